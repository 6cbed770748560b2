"""The command that begins an article: new-article."""

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
@click.argument("text", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def new_article(root: Path, publisher: str, day: datetime, name: str, language: str, text: Path) -> None:
    """Write the files of the article in the file TEXT: all that a machine can.

    That is its Turtle file with a skeleton for each sentence, its spans, and its entries in the dataset
    and the copy guard. No sentence of the article is written.
    """
    from cstokg.build import article_draft, sources

    created = article_draft.create(
        sources.read(root), text, publisher=publisher, day=day.date(), name=name, language=language
    )
    for file in created.files:
        click.echo(f"wrote {file}")
    for remark in created.remarks:
        click.echo(remark, err=True)
