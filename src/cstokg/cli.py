"""The command ``cstokg``: each command parses its options, calls one module, and prints."""

import sys
from functools import partial
from pathlib import Path

import click

from cstokg.errors import CstokgError

_ROOT = click.option(
    "--root",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=".",
    show_default="this folder",
    help="The folder that holds ontology/, data/ and queries/.",
)


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


_articles = partial(
    click.option,
    "--articles",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    envvar="CSTOKG_ARTICLES",
    show_envvar=True,
    help="The folder that holds the articles' texts, under any file names.",
)


@main.command()
@_ROOT
@_articles(required=True)
@click.argument("article")
@click.argument("words")
def cite(root: Path, articles: Path, article: str, words: str) -> None:
    """Print the span of WORDS in ARTICLE, and record it.

    WORDS are an exact phrase, or 'first words … last words' (three dots do as well). With - they
    are read from standard input, one phrase a line, and one span is printed for each.
    """
    from cstokg import evidence

    if words == "-":
        for span in evidence.cite_all(root, articles, article, sys.stdin.readlines()):
            click.echo(f"span:{span.name}")
    else:
        span = evidence.cite(root, articles, article, words)
        click.echo(f"span:{span.name}\n<{span.iri(article)}>")
