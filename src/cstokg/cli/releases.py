"""The commands for releases and exports: build, export, diff, push, fetch-release."""

from pathlib import Path

import click

from cstokg import formats, release
from cstokg.cli import terminal

_WIKIDATA = ("quickstatements", "wikidata-rdf")
_SHOWN = 20  # the most literals rewritten by a server that are printed


@click.command()
@terminal.root_option
@click.option("--quiet", is_flag=True, help="Print nothing but errors.")
@click.option(
    "--reference",
    is_flag=True,
    help="Use pyshacl and owlrl, compare their results with those of the quick rules, and record in "
    "reference.sha256 that they agree. Later builds of the same sources then use the quick rules alone.",
)
def build(root: Path, quiet: bool, reference: bool) -> None:
    """Make a release in releases/: read the sources, check them, infer, and write the files.

    If there are violations, no release is made, and the previous one stays the current one.
    """
    from time import monotonic

    from cstokg.build import build
    from cstokg.build.checks.findings import Report

    def print_findings(report: Report) -> None:
        for finding in report.findings:
            if finding.severity == "violation" or (finding.severity == "warning" and not quiet):
                click.echo(str(finding), err=True)
        if not quiet:
            click.echo(f"engines: {report.engines}", err=True)

    start = monotonic()
    step_printer = terminal.step_printer(quiet=quiet)
    with terminal.without_garbage_collection():
        release = build.build(root, reference=reference, on_report=print_findings, on_step=step_printer)
    if not quiet:
        counts = ", ".join(f"{name} {count:,}" for name, count in release.counts.items())
        click.echo(f"release {release.id}: {counts}", err=True)
        click.echo(f"version {release.version}, {release.date}, in {monotonic() - start:.1f} s", err=True)


@click.command()
@terminal.root_option
@click.option("--graph", help="Only this graph: graph:articles/minsk-2011, or minsk-2011 for short.")
@click.option("--entity", help="Only the triples about this entity: its IRI, or person:lavrov-sergey.")
@click.option("--inferred", is_flag=True, help="Add the inferred triples.")
@click.option(
    "--format",
    "format_",
    type=click.Choice([*(row.name for row in formats.for_kind(formats.GRAPH)), *_WIKIDATA]),
    help="Default: that of FILE's suffix, or turtle. quickstatements and wikidata-rdf give what the articles "
    "add to Wikidata: as commands for the tool QuickStatements, and in Wikidata's RDF model.",
)
@click.option("--article", help="With quickstatements or wikidata-rdf: only what this article states.")
@click.argument("file", required=False, type=click.Path(dir_okay=False, path_type=Path))
def export(
    root: Path,
    graph: str | None,
    entity: str | None,
    inferred: bool,
    format_: str | None,
    article: str | None,
    file: Path | None,
) -> None:
    """Write the whole dataset, a graph or an entity to FILE or standard output.

    The sources are read as they are now; no release is needed.
    """
    from cstokg.build import sources
    from cstokg.build.writers import export

    if format_ in _WIKIDATA:
        if graph or entity or inferred:
            raise click.UsageError(f"{format_} takes --article, but not --graph, --entity or --inferred")
        content = _additions(root, format_, article)
    else:
        if article:
            raise click.UsageError(f"--article needs --format {' or '.join(_WIKIDATA)}; use --graph instead")
        format_name = format_ or (export.format_of(file.suffix) if file else "turtle")
        selected = export.select(sources.read(root), graph=graph, inferred=inferred, entity=entity)
        content = export.write(selected, format_name)
    if file:
        try:
            file.write_bytes(content)
        except OSError as error:
            raise click.ClickException(f"{file}: {error.strerror}; give another FILE") from error
    else:
        click.echo(content, nl=False)


def _additions(root: Path, format_: str, article: str | None) -> bytes:
    """Return what the articles add to Wikidata; what cannot be written is counted on standard error."""
    from cstokg.build import sources
    from cstokg.build.wikidata import wikidata_formats, wikidata_statements

    additions = wikidata_statements.additions(sources.read(root), article)
    for reason, count in sorted(additions.left_out.items()):
        click.echo(f"# left out: {count} × {reason}", err=True)
    for advice in additions.advice:
        click.echo(f"# {advice}", err=True)
    write = wikidata_formats.quickstatements if format_ == "quickstatements" else wikidata_formats.turtle
    return write(additions.statements).encode()


@click.command()
@terminal.root_option
@click.option("--to", "query", required=True, metavar="URL", help="The server's address for queries.")
@click.option("--update", metavar="URL", show_default="that of --to", help="Its address for updates.")
@click.option(
    "--graph-store",
    metavar="URL",
    default="",
    help="Its address for whole graphs (SPARQL 1.1 Graph Store Protocol).",
)
@click.option(
    "--protocol",
    type=click.Choice(["graph-store", "update"]),
    show_default="graph-store if that address is given",
    help="How the graphs are sent.",
)
@click.option(
    "--user", default="", envvar="CSTOKG_USER", show_envvar=True, help="The user, if the server needs one."
)
@click.option(
    "--password",
    default="",
    envvar="CSTOKG_PASSWORD",
    show_envvar=True,
    help="For digest or basic authentication. Other users of this machine can see it on the command line, "
    "but not in the variable.",
)
@click.option(
    "--default-graph",
    "merged",
    metavar="IRI",
    default="",
    show_default="the server's own default graph",
    help="A graph to put the merge of all graphs into, for servers whose default graph is the union of all. "
    "What a push without this option has put into the server's own default graph is removed.",
)
@click.option(
    "--seconds",
    type=terminal.Number(min=1),
    default=300.0,
    show_default=True,
    help="How long one request may take.",
)
@click.option("--take-over", is_flag=True, help="Publish although another push, which was killed, began.")
def push(
    root: Path,
    query: str,
    update: str | None,
    graph_store: str,
    protocol: str | None,
    user: str,
    password: str,
    merged: str,
    seconds: float,
    take_over: bool,
) -> None:
    """Publish the current release to a SPARQL 1.1 server: all graphs, or none.

    All graphs are sent to staging graphs, and one update puts them in place. They are read back and
    compared by count and hash before and after. If anything fails, the server keeps its old data.
    Only one push to a server runs at a time.
    """
    from cstokg import release
    from cstokg.build import publishing
    from cstokg.build.target_server import Target

    if protocol == "graph-store" and not graph_store:
        raise click.UsageError("--protocol graph-store needs --graph-store URL")
    if protocol == "update":
        graph_store = ""
    target = Target(query, update or query, graph_store, user, password, merged, seconds)
    current = release.load(release.current(root))
    published = publishing.publish(current, target, terminal.step_printer(quiet=False), take_over=take_over)
    for name, (count, digest) in published.graphs.items():
        click.echo(f"{name or 'default graph'}\t{count}\t{digest}")
    rewritten = list(published.rewritten.items())
    for (written, received), count in rewritten[:_SHOWN]:
        click.echo(f"The server writes {written} as {received}, the same value, {count} times.", err=True)
    if len(rewritten) > _SHOWN:
        click.echo(f"It writes {len(rewritten) - _SHOWN:,} more literals in another form.", err=True)
    click.echo(f"release {current.id} is published at {query}", err=True)


@click.command()
@terminal.root_option
@click.option(
    "--every",
    type=terminal.Number(min=0.1),
    metavar="SECONDS",
    help="Keep running, and look for a new release at this interval.",
)
@click.argument("address", metavar="URL")
def fetch_release(root: Path, every: float | None, address: str) -> None:
    """Fetch the release that the server at URL serves, and make it the current one.

    Each file is compared with the checksum in the manifest. A server that serves the folder then changes to
    the new release by itself.
    """
    from time import sleep

    from cstokg import release
    from cstokg.build import release_folder
    from cstokg.errors import CstokgError

    out, current_id = root / release.FOLDER, ""
    while True:
        try:
            fetched = release_folder.fetch(address, out, terminal.step_printer(quiet=False))
            if fetched.id != current_id:
                click.echo(f"release {fetched.id} is the current one in {out}", err=True)
            current_id = fetched.id
        except CstokgError as error:
            if every is None:
                raise
            click.echo(f"Error: {error}", err=True)
        if every is None:
            return
        sleep(every)


@click.command()
@terminal.root_option
@click.option(
    "--format",
    "format_",
    type=click.Choice(["text", "rdf-patch", "json"]),
    default="text",
    show_default=True,
    help="text is for people; rdf-patch is an RDF Patch that turns the triples of OLD into those of NEW.",
)
@click.argument("old")
@click.argument("new")
def diff(root: Path, format_: str, old: str, new: str) -> None:
    """Print which facts of NEW are not in OLD, which of OLD are not in NEW, and which have changed.

    OLD and NEW are each the folder of a release, the name of one in releases/, or a file of N-Quads, TriG,
    N-Triples or Turtle. Inferred triples are not compared.
    """
    from cstokg import comparing

    datasets = [comparing.read(_path(root, name)) for name in (old, new)]
    comparison = comparing.compare(*datasets)
    if format_ == "rdf-patch":
        text = comparing.as_patch(comparison)
    else:
        from cstokg.web.content import periods
        from cstokg.web.content.catalogue import Catalogue

        catalogue = Catalogue.of_datasets(*datasets)
        if format_ == "text":
            text = periods.with_days_in_words(comparing.as_text(comparison, catalogue.words))
        else:
            text = comparing.as_json(comparison, catalogue.label)
    click.echo(text, nl=False)


def _path(root: Path, name: str) -> Path:
    """Return the path of that name; if there is none, the folder of the release of that name."""
    path, of_release = Path(name), root / release.FOLDER / name
    return of_release if not path.exists() and of_release.exists() else path
