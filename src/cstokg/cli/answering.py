"""What whoever asks and takes away needs: build, query, export."""

import math
import signal
import sys
from contextlib import closing, nullcontext
from pathlib import Path

import click

from cstokg.cli import options
from cstokg.settings import Limits

# Repeated here so that --help needs no other module; a test compares them.
GRAPH_FORMATS = ("turtle", "trig", "nquads", "ntriples", "jsonld", "rdfxml")
RESULT_FORMATS = ("table", "json", "xml", "csv", "tsv", *GRAPH_FORMATS)


class _TooLongError(click.ClickException):
    """A query was stopped at its deadline."""

    exit_code = 124  # as of timeout in the GNU coreutils


@click.command()
@options.root
@click.option("--quiet", is_flag=True, help="Print nothing but errors.")
def build(root: Path, quiet: bool) -> None:
    """Make a release in releases/: read, check, infer, describe, write.

    Violations stop it, and the release before stays the current one.
    """
    from time import monotonic

    from cstokg.build import build
    from cstokg.build.findings import Report

    def show(report: Report) -> None:
        for finding in report.findings:
            if finding.severity == "violation" or (finding.severity == "warning" and not quiet):
                click.echo(str(finding), err=True)

    start = monotonic()
    with nullcontext() if quiet else options.working("Building"):
        made = build.build(root, checked=show)
    if not quiet:
        counts = ", ".join(f"{name} {count:,}" for name, count in made.counts.items())
        click.echo(f"release {made.id}: {counts}", err=True)
        click.echo(f"version {made.version}, {made.date}, in {monotonic() - start:.1f} s", err=True)


@click.command()
@options.root
@click.option("--param", "params", multiple=True, metavar="NAME=VALUE", help="In place of a default.")
@click.option("--format", "format_", type=click.Choice(RESULT_FORMATS), help="Of the answer.")
@click.option(
    "--deadline",
    type=click.FloatRange(0),
    default=Limits().timeout,
    show_default=True,
    metavar="SECONDS",
    help="Stop then, with an error and status 124; 0 for no limit, on memory neither.",
)
@click.argument("query", required=False)
def query(
    root: Path, params: tuple[str, ...], format_: str | None, deadline: float, query: str | None
) -> None:
    """Answer a question from the current release; without QUERY, list the saved questions.

    QUERY is the name of a saved question, a file, or - for SPARQL from standard input. Answers
    come as a table on a terminal, as CSV or Turtle elsewhere.
    """
    from shutil import get_terminal_size

    from cstokg import formats, questions
    from cstokg.build import build
    from cstokg.cli import lookup, tables
    from cstokg.engine.engine import Engine
    from cstokg.engine.errors import QueryTimeoutError
    from cstokg.engine.store import Source

    width = get_terminal_size().columns
    if query is None:
        click.echo(lookup.listing(questions.read_all(root / "queries")), nl=False)
        return
    question = lookup.plain("query", sys.stdin.read()) if query == "-" else lookup.find(query, root)
    values = lookup.texts(params)
    sparql = questions.bind_texts(question, values)
    folder = build.load(root / build.FOLDER / build.CURRENT).folder
    as_table = format_ == "table" or (format_ is None and sys.stdout.isatty())
    accepted = formats.named(format_) if format_ not in (None, "table") else lookup.PIPE
    if deadline:
        # The parser itself can take for ever, and only another process can end that.
        limits = Limits(timeout=deadline, workers=1, short=math.inf)
        engine = Engine.isolated(Source(folder), limits)
    else:
        engine = Engine.from_release(folder)
    with closing(engine):
        questions.check_names(question, values, engine)
        if as_table and question.parameters:
            click.echo(lookup.asked(question, values), err=True)
        # An engine in this process hears no signals of Python's while it works, and must end all the same.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        try:
            answer = engine.query(sparql, lookup.TABLE if as_table else accepted)
        except QueryTimeoutError as error:
            raise _TooLongError(f"{error}; give it more with --deadline") from error
    if answer.media_type == lookup.TABLE[0] and as_table:
        click.echo(tables.of_results(answer.text, width), nl=False)
    else:
        click.echo(answer.body, nl=False)


@click.command()
@options.root
@click.option("--graph", help="Only this graph: graph:articles/minsk-2011, or minsk-2011 for short.")
@click.option("--entity", help="Only what is said of this entity: its IRI, or person:lavrov-sergey.")
@click.option("--inferred", is_flag=True, help="With what follows from the asserted triples.")
@click.option(
    "--format", "format_", type=click.Choice(GRAPH_FORMATS), help="Default: as FILE ends, or turtle."
)
@click.argument("file", required=False, type=click.Path(dir_okay=False, path_type=Path))
def export(
    root: Path, graph: str | None, entity: str | None, inferred: bool, format_: str | None, file: Path | None
) -> None:
    """Write the dataset, a graph or an entity to FILE or standard output.

    The sources are read as they are now; no release is needed.
    """
    from cstokg.build import export, sources

    chosen = format_ or (export.format_of(file.suffix) if file else "turtle")
    selected = export.select(sources.read(root), graph=graph, inferred=inferred, entity=entity)
    content = export.write(selected, chosen)
    if file:
        try:
            file.write_bytes(content)
        except OSError as error:
            raise click.ClickException(f"{file}: {error.strerror}") from error
    else:
        click.echo(content, nl=False)
