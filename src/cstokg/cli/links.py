"""The command links: list the links to Wikidata and the gaps, or compare the links with an endpoint."""

import sys
from collections.abc import Sequence
from pathlib import Path

import click

from cstokg.cli import terminal

_WIKIDATA = "https://query.wikidata.org/sparql"
_COLUMNS = ("entity", "label", "kind", "match", "item", "confidence", "comment")

_format = click.option(
    "--format",
    "format_",
    type=click.Choice(["table", "csv"]),
    show_default="table on a terminal, csv elsewhere",
    help="How to print the rows.",
)


@click.group(invoke_without_command=True)
@terminal.root_option
@click.option("--gaps", is_flag=True, help="Only entities without a link, with the reasons.")
@_format
@click.pass_context
def links(context: click.Context, root: Path, gaps: bool, format_: str | None) -> None:
    """List the links to Wikidata, and the entities without one, with the reasons.

    The rows are those of data/wikidata.sssom.tsv, and one for each entity that is not in that table.
    """
    if context.invoked_subcommand:
        context.obj = root
        return
    from cstokg.build import sources
    from cstokg.build.wikidata import wikidata_links

    linked, unlinked = wikidata_links.read(sources.read(root))
    rows = [
        (
            link.entity,
            link.label,
            link.kind,
            link.predicate.removeprefix("skos:").removesuffix("Match"),
            link.item,
            link.confidence,
            link.comment,
        )
        for link in ([] if gaps else linked)
    ]
    rows += [(gap.entity, gap.label, gap.kind, "", "", "", gap.reason) for gap in unlinked]
    _print(_COLUMNS, rows, format_)
    click.echo(f"links {len(linked)}, gaps {len(unlinked)}", err=True)


@links.command()
@click.option(
    "--root",
    "own_root",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    show_default="that of links",
    help="The folder with ontology/ and data/.",
)
@click.option(
    "--endpoint",
    default=_WIKIDATA,
    show_default=True,
    help="The SPARQL endpoint: Wikidata's, or another with its data model.",
)
@click.option(
    "--batch",
    type=click.IntRange(1, 500),
    default=40,
    show_default=True,
    help="How many items each query asks about.",
)
@click.option(
    "--state",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Save the answers here during the run, so that an interrupted run can be continued. A complete run "
    "removes the file.",
)
@click.option(
    "--sssom",
    "sssom_file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Also write an SSSOM mapping set, with a row for each link; the comment of a row says what was "
    "found.",
)
@_format
@click.pass_obj
def check(
    root: Path,
    own_root: Path | None,
    endpoint: str,
    batch: int,
    state: Path | None,
    sssom_file: Path | None,
    format_: str | None,
) -> None:
    """Compare the links with what a SPARQL endpoint says about the items.

    Each item has to exist, must not redirect, and needs a fitting class and a similar name in English and
    Russian; terms of office and memberships must not contradict ours. What only one side has is an
    addition. The status is 1 if there is a contradiction.
    """
    from datetime import date

    from cstokg.build import sources
    from cstokg.build.wikidata import wikidata_check, wikidata_links
    from cstokg.build.wikidata.wikidata_endpoint import Client

    def say(text: str) -> None:
        click.echo(text, err=True)

    read = sources.read(own_root or root)
    linked, _ = wikidata_links.read(read)
    client = Client(endpoint, state, lambda seconds, reason: say(f"{reason}: waiting {seconds:.0f} seconds"))
    comparison = wikidata_check.compare(
        read.data(), linked, client, batch, lambda done, total: say(f"{done} of {total} items")
    )
    if sssom_file:
        day = date.today().isoformat()  # noqa: DTZ011 - the day where the editor is
        text = wikidata_check.write_sssom(comparison, linked, endpoint, day)
        try:
            sssom_file.write_text(text, encoding="utf-8")
        except OSError as error:
            raise click.ClickException(
                f"{sssom_file}: {error.strerror}; give another --sssom file"
            ) from error
    client.finish()
    _print(wikidata_check.COLUMNS, wikidata_check.rows(comparison), format_)
    verdicts = [finding.verdict for finding in comparison.findings]
    counts = ", ".join(f"{verdict}s {verdicts.count(verdict)}" for verdict in wikidata_check.VERDICTS)
    say(f"links {len(linked)}: {counts}")
    if linked and not any(about.exists for about in comparison.answers.values()):
        say(f"{endpoint} has none of the items: give the endpoint of Wikidata, or of a copy of its data")
    sys.exit(1 if wikidata_check.CONTRADICTION in verdicts else 0)


def _print(header: Sequence[str], rows: Sequence[Sequence[str]], format_: str | None) -> None:
    if format_ == "table" or (format_ is None and sys.stdout.isatty()):
        from shutil import get_terminal_size

        click.echo(terminal.table(rows, get_terminal_size().columns, header), nl=False)
        return
    import csv
    import io

    lines = io.StringIO()
    csv.writer(lines, lineterminator="\n").writerows([header, *rows])
    click.echo(lines.getvalue(), nl=False)
