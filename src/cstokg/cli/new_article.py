"""The commands that write an article's files: new-article, add."""

import sys
from datetime import datetime
from pathlib import Path

import click

from cstokg.cli import options


@click.command("new-article")
@options.root
@click.option("--publisher", required=True, help="The outlet: outlet:example-wire, or what it is called.")
@click.option(
    "--date",
    "day",
    required=True,
    type=click.DateTime(["%Y-%m-%d"]),
    help="The day on which the article was published: 2031-05-15.",
)
@click.option("--id", "name", default="", help="The article's name. Default: place and year, if free.")
@click.option("--language", default="en", show_default=True, help="The language of the text.")
@click.option("--replace", is_flag=True, help="Write the article's files anew; what they hold is lost.")
@click.argument("text", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def new_article(
    root: Path, publisher: str, day: datetime, name: str, language: str, replace: bool, text: Path
) -> None:
    """Write the files of the article in the file TEXT: all that a machine can.

    That is its Turtle file with a skeleton for each sentence, its spans, and its entries in the dataset
    and the copy guard. No sentence of the article is written.
    """
    from cstokg.build import sources
    from cstokg.build.drafts import article_draft

    created = article_draft.create(
        sources.read(root),
        text,
        publisher=publisher,
        day=day.date(),
        name=name,
        language=language,
        replace=replace,
    )
    for file in created.files:
        click.echo(f"wrote {file}")
    for remark in created.remarks:
        click.echo(remark, err=True)


@click.command()
@options.root
@options.articles()
@click.argument("article")
@click.argument("line")
def add(root: Path, articles: Path | None, article: str, line: str) -> None:
    """Write the record of LINE into the file of ARTICLE: SENTENCES KIND property=value ….

    With - the lines are read from standard input; one that makes no record does not stop the others, but
    the status is 1. SENTENCES are numbers, or spans such as 190-278, with commas between them.
    """
    from cstokg.build import sources
    from cstokg.build.drafts import short_records

    if articles is None:
        raise click.UsageError("name the folder of the texts, with --articles or in CSTOKG_ARTICLES")
    lines = sys.stdin.read().splitlines() if line == "-" else [line]
    failed = False
    for given, result in short_records.add(sources.read(root), articles, article, lines):
        if isinstance(result, short_records.LineError):
            failed = True
            click.echo(f"Error: {given[:60]}: {result}", err=True)
        else:
            click.echo("wrote " + " and ".join(result))
    sys.exit(int(failed))
