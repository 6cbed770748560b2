"""The command ``cstokg``: each command parses its options, calls one module, and prints."""

import gc
import os
import sys
from collections.abc import Callable, Collection
from contextlib import AbstractContextManager, closing, nullcontext
from functools import partial
from pathlib import Path
from typing import Any, Literal, TypeVar

import click

from cstokg.errors import CstokgError

_ROOT = click.option(
    "--root",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=".",
    show_default="this folder",
    help="The folder that holds ontology/, data/ and queries/.",
)

# Repeated here so that --help needs no other module; a test compares them.
_GRAPH_FORMATS = ("turtle", "trig", "nquads", "ntriples", "jsonld", "rdfxml")
_RESULT_FORMATS = ("table", "json", "xml", "csv", "tsv", *_GRAPH_FORMATS)

_Function = TypeVar("_Function", bound=Callable[..., Any])


class _Command(click.Group):
    """Broken input ends a command with its message and status 1, never with a stack trace."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except CstokgError as error:
            raise click.ClickException(str(error)) from error


@click.group(cls=_Command, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="cstokg")
def main() -> None:
    """Build, check, ask and serve the graph of CSTO foreign ministers' meetings."""


@main.command()
@_ROOT
@click.option(
    "--format", "format_", type=click.Choice(["text", "json", "turtle"]), default="text", show_default=True
)
@click.option(
    "--judge", is_flag=True, help="Use pyshacl and owlrl throughout: the same findings, ten times slower."
)
@click.argument("paths", metavar="[PATH]...", nargs=-1, type=click.Path(exists=True, path_type=Path))
def check(root: Path, format_: str, judge: bool, paths: tuple[Path, ...]) -> None:
    """Read everything, and print what does not hold; with PATHs, only what is about those files.

    The status is 1 if a violation was printed. Warnings and infos are for a second look.
    """
    from cstokg import sources, validation

    gc.disable()  # nothing to collect in a process of a second, and a tenth of the time saved
    with _working("Checking"):
        read = sources.read(root)
        wanted = [_source(root, path, read.files()) for path in paths]
        report = validation.check(read, judge=judge, paths=wanted)
    click.echo({"text": report.text, "json": report.json, "turtle": report.turtle}[format_](), nl=False)
    click.echo(f"{len(read.graphs)} files, {len(read.triples):,} triples: {report.summary()}", err=True)
    sys.exit(0 if report.conforms else 1)


def _source(root: Path, path: Path, files: Collection[str]) -> str:
    from cstokg.findings import is_in
    from cstokg.sources import Position

    below = os.path.relpath(path.resolve(), root.resolve())
    if not any(is_in(Position(file, 1), [below]) for file in files):
        raise click.BadParameter(
            f"{path} is no source; name a file or folder of {root / 'ontology'} or {root / 'data'}",
            param_hint="PATH",
        )
    return below


def _working(what: str) -> AbstractContextManager[object]:
    if not sys.stderr.isatty():
        return nullcontext()
    from rich.console import Console

    return Console(stderr=True).status(f"{what} …")


_articles = partial(
    click.option,
    "--articles",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    envvar="CSTOKG_ARTICLES",
    show_envvar=True,
    help="The folder that holds the articles' texts, under any file names.",
)


def _limits(command: _Function) -> _Function:
    """Add an option for each limit on queries."""
    from cstokg import limits

    for row in reversed(limits.rows(limits.Limits())):
        option = click.option(
            row.option,
            type=row.type,
            default=row.value,
            show_default=True,
            metavar=row.unit.upper(),
            help=row.meaning,
        )
        command = option(command)
    return command


@main.command()
@_ROOT
@_articles()
@click.option("--prune", is_flag=True, help="Instead, remove the spans of ARTICLE that no record uses.")
@click.argument("article")
@click.argument("words", required=False)
def cite(root: Path, articles: Path | None, prune: bool, article: str, words: str | None) -> None:
    """Print the span of WORDS in ARTICLE, and record it.

    WORDS are an exact phrase, or 'first words … last words' (three dots do as well). With - they
    are read from standard input, one phrase a line, and one span is printed for each.
    """
    from cstokg import evidence, sources

    if prune:
        for span in evidence.prune(sources.read(root), article):
            click.echo(f"removed span:{span.name}")
        return
    if articles is None:
        raise click.UsageError("name the folder of the texts, with --articles or in CSTOKG_ARTICLES")
    if words is None:
        raise click.UsageError("give WORDS, or - to read them from standard input")
    if words == "-":
        for span in evidence.cite_all(root, articles, article, sys.stdin.readlines()):
            click.echo(f"span:{span.name}")
    else:
        span = evidence.cite(root, articles, article, words)
        click.echo(f"span:{span.name}\n<{span.iri(article)}>")


@main.command()
@_ROOT
@_articles()
def verify(root: Path, articles: Path | None) -> None:
    """Compare every span with the article's text.

    The status is 0 when all agree, 1 when something does not, and 3 when a text is missing.
    """
    from cstokg import evidence, sources

    result = evidence.verify(sources.read(root), articles)
    for line in (*result.failures, *result.unchecked):
        click.echo(line, err=True)
    click.echo(
        f"{result.verified} spans verified, {len(result.failures)} failures, "
        f"{len(result.unchecked)} articles not checked"
    )
    sys.exit(1 if result.failures else 3 if result.unchecked else 0)


@main.command()
@_ROOT
@_articles(required=True)
@click.option("--format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option("--by-sentence", is_flag=True, help="List the covered sentences too.")
@click.option("--records", is_flag=True, help="List the records that rest on each span.")
@click.option(
    "--fail-under",
    type=click.FloatRange(0, 100),
    help="End with status 1 if an article has a smaller percentage of sentences covered.",
)
@click.argument("names", metavar="[ARTICLE]...", nargs=-1)
def coverage(
    root: Path,
    articles: Path,
    format_: str,
    by_sentence: bool,
    records: bool,
    fail_under: float | None,
    names: tuple[str, ...],
) -> None:
    """Show which sentences of the articles the records rest on.

    A sentence is covered when at least half of its characters lie in spans that some record takes as
    ckg:evidence; blanks and the page's furniture do not count. Text output quotes the articles, so
    do not keep it in a file; JSON has offsets only.
    """
    from cstokg import coverage as measured
    from cstokg import sources

    coverages = measured.cover(sources.read(root), articles, names)
    if format_ == "json":
        click.echo(measured.as_json(coverages, records=records))
    else:
        for article in coverages:
            for line in measured.as_lines(article, by_sentence=by_sentence, records=records):
                click.echo(line)
    if fail_under is not None and any(article.percent < fail_under for article in coverages):
        sys.exit(1)


@main.command()
@_ROOT
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8000, show_default=True, help="0 takes any free port."
)
@click.option(
    "--release",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    show_default="the current one",
    help="The folder of the release to serve.",
)
@click.option(
    "--data",
    "files",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    multiple=True,
    help="Serve RDF files instead of a release; repeat for more.",
)
@click.option(
    "--default-graph",
    type=click.Choice(["plain", "union"]),
    default="plain",
    show_default=True,
    help="With --data: the default graph as the files have it, or the merge of all their graphs.",
)
@_articles()
@click.option(
    "--allow-service",
    "services",
    multiple=True,
    metavar="IRI",
    help="An endpoint that queries may call with SERVICE; repeat for more. Needs Linux 6.7.",
)
@click.option("--base-path", default="", metavar="PATH", help="Under which a proxy offers the site, as /kg.")
@click.option(
    "--trust-proxies",
    type=click.IntRange(0),
    default=0,
    show_default=True,
    help="How many proxies in front may say in X-Forwarded headers for whom they ask.",
)
@click.option(
    "--work",
    type=click.FloatRange(0),
    default=0,
    metavar="SECONDS",
    help="The seconds of work that one client may ask for in a minute; no limit without it.",
)
@click.option(
    "--access-log", default="", metavar="FILE", help="Write a line of JSON a request; - for standard output."
)
@click.option(
    "--cache",
    type=click.IntRange(0),
    default=64_000_000,
    show_default=True,
    metavar="BYTES",
    help="How much of the answers to keep for the next who asks.",
)
@_limits
def serve(
    root: Path,
    host: str,
    port: int,
    release: Path | None,
    files: tuple[Path, ...],
    default_graph: Literal["plain", "union"],
    articles: Path | None,
    services: tuple[str, ...],
    base_path: str,
    trust_proxies: int,
    work: float,
    access_log: str,
    cache: int,
    **limits: Any,
) -> None:
    """Serve a release at http://HOST:PORT/sparql until interrupted.

    A new release is served as soon as it is the current one, and after SIGHUP.
    """
    from cstokg.engine.loading import Source
    from cstokg.engine.processes import Nursery
    from cstokg.limits import Limits

    if release and files:
        raise click.UsageError("give --release or --data, not both")
    if not all(iri.startswith(("http://", "https://")) for iri in services):
        raise click.UsageError("an endpoint for --allow-service begins with http:// or https://")
    source = Source(release or root / "releases" / "current", files, default_graph)
    limited = Limits(**limits)
    # It loads the data while this process loads the server.
    with closing(Nursery(source, limited)) as nursery:
        from cstokg.web import conduct, server

        how = conduct.Conduct(base_path, trust_proxies, work, access_log, cache)
        server.serve(server.Settings(source, host, port, limited, articles, how, services), nursery)


@main.command()
@_ROOT
@click.option("--quiet", is_flag=True, help="Print nothing but errors.")
def build(root: Path, quiet: bool) -> None:
    """Make a release in releases/: read, check, infer, describe, write.

    Violations stop it, and the release before stays the current one.
    """
    from time import monotonic

    from cstokg import release
    from cstokg.findings import Report

    def show(report: Report) -> None:
        for finding in report.findings:
            if finding.severity == "violation" or (finding.severity == "warning" and not quiet):
                click.echo(str(finding), err=True)

    start = monotonic()
    with nullcontext() if quiet else _working("Building"):
        made = release.build(root, checked=show)
    if not quiet:
        counts = ", ".join(f"{name} {count:,}" for name, count in made.counts.items())
        click.echo(f"release {made.id}: {counts}", err=True)
        click.echo(f"version {made.version}, {made.date}, in {monotonic() - start:.1f} s", err=True)


@main.command()
@_ROOT
@click.option("--param", "params", multiple=True, metavar="NAME=VALUE", help="In place of a default.")
@click.option("--format", "format_", type=click.Choice(_RESULT_FORMATS), help="Of the answer.")
@click.argument("query", required=False)
def query(root: Path, params: tuple[str, ...], format_: str | None, query: str | None) -> None:
    """Answer a question from the current release; without QUERY, list the saved questions.

    QUERY is the name of a saved question, a file, or - for SPARQL from standard input. Answers
    come as a table on a terminal, as CSV or Turtle elsewhere.
    """
    from shutil import get_terminal_size

    from cstokg import asking, questions, release, tables
    from cstokg.engine import Engine, formats

    width = get_terminal_size().columns
    if query is None:
        click.echo(asking.listing(questions.read_all(root / "queries")), nl=False)
        return
    question = asking.plain("query", sys.stdin.read()) if query == "-" else asking.find(query, root)
    sparql = questions.bind_texts(question, asking.texts(params))
    folder = release.load(root / release.FOLDER / release.CURRENT).folder
    as_table = format_ == "table" or (format_ is None and sys.stdout.isatty())
    accepted = formats.named(format_) if format_ not in (None, "table") else asking.PIPE
    answer = Engine.from_release(folder).query(sparql, asking.TABLE if as_table else accepted)
    if answer.media_type == asking.TABLE[0] and as_table:
        click.echo(tables.of_results(answer.text, width), nl=False)
    else:
        click.echo(answer.body, nl=False)


@main.command()
@_ROOT
@click.option("--graph", help="Only this graph: graph:articles/minsk-2011, or minsk-2011 for short.")
@click.option("--entity", help="Only what is said of this entity: its IRI, or person:lavrov-sergey.")
@click.option("--inferred", is_flag=True, help="With what follows from the asserted triples.")
@click.option(
    "--format", "format_", type=click.Choice(_GRAPH_FORMATS), help="Default: as FILE ends, or turtle."
)
@click.argument("file", required=False, type=click.Path(dir_okay=False, path_type=Path))
def export(
    root: Path, graph: str | None, entity: str | None, inferred: bool, format_: str | None, file: Path | None
) -> None:
    """Write the dataset, a graph or an entity to FILE or standard output.

    The sources are read as they are now; no release is needed.
    """
    from cstokg import exports, sources

    chosen = format_ or (exports.format_of(file.suffix) if file else "turtle")
    selected = exports.select(sources.read(root), graph=graph, inferred=inferred, entity=entity)
    content = exports.write(selected, chosen)
    if file:
        file.write_bytes(content)
    else:
        click.echo(content, nl=False)
