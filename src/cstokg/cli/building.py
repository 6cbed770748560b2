"""The commands that turn the sources into files: build and export."""

from pathlib import Path

import click

from cstokg import formats
from cstokg.cli import options

_WIKIDATA = ("quickstatements", "wikidata-rdf")


@click.command()
@options.root
@click.option("--quiet", is_flag=True, help="Print nothing but errors.")
@click.option(
    "--reference",
    is_flag=True,
    help="Compare the quick rules with pyshacl and owlrl, and record in reference.sha256 that they agree, "
    "so that builds of the same sources need the quick rules only.",
)
def build(root: Path, quiet: bool, reference: bool) -> None:
    """Make a release in releases/: read, check, infer, describe, write.

    If there are violations, no release is made, and the one before stays the current one.
    """
    from time import monotonic

    from cstokg.build import build
    from cstokg.build.checks.validation import Report

    def print_findings(report: Report) -> None:
        for finding in report.findings:
            if finding.severity == "violation" or (finding.severity == "warning" and not quiet):
                click.echo(str(finding), err=True)
        if not quiet:
            click.echo(f"engines: {report.engines}", err=True)

    start = monotonic()
    step_printer = options.step_printer(quiet=quiet)
    with options.without_garbage_collection():
        release = build.build(root, reference=reference, on_report=print_findings, on_step=step_printer)
    if not quiet:
        counts = ", ".join(f"{name} {count:,}" for name, count in release.counts.items())
        click.echo(f"release {release.id}: {counts}", err=True)
        click.echo(f"version {release.version}, {release.date}, in {monotonic() - start:.1f} s", err=True)


@click.command()
@options.root
@click.option("--graph", help="Only this graph: graph:articles/minsk-2011, or minsk-2011 for short.")
@click.option("--entity", help="Only the triples about this entity: its IRI, or person:lavrov-sergey.")
@click.option("--inferred", is_flag=True, help="Add the inferred triples.")
@click.option(
    "--format",
    "format_",
    type=click.Choice([*(row.name for row in formats.for_kind(formats.GRAPH)), *_WIKIDATA]),
    help="Default: that of FILE's suffix, or turtle. quickstatements and wikidata-rdf are what the articles "
    "add to Wikidata, as commands for the tool QuickStatements and in Wikidata's RDF model.",
)
@click.option("--article", help="With quickstatements and wikidata-rdf: only what this article states.")
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
    """Write the dataset, a graph or an entity to FILE or standard output.

    The sources are read as they are now; no release is needed.
    """
    from cstokg.build import sources
    from cstokg.build.writers import export

    if format_ in _WIKIDATA:
        if graph or entity or inferred:
            raise click.UsageError(f"{format_} takes --article, and neither --graph, --entity nor --inferred")
        content = _additions(root, format_, article)
    else:
        if article:
            raise click.UsageError(f"--article goes with {' and '.join(_WIKIDATA)}; give --graph instead")
        format_name = format_ or (export.format_of(file.suffix) if file else "turtle")
        selected = export.select(sources.read(root), graph=graph, inferred=inferred, entity=entity)
        content = export.write(selected, format_name)
    if file:
        try:
            file.write_bytes(content)
        except OSError as error:
            raise click.ClickException(f"{file}: {error.strerror}") from error
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
