"""What several commands share: options, and the sign of work on a terminal."""

import sys
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from pathlib import Path

import click

root = click.option(
    "--root",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=".",
    show_default="this folder",
    help="The folder that holds ontology/, data/ and queries/.",
)

articles = partial(
    click.option,
    "--articles",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    envvar="CSTOKG_ARTICLES",
    show_envvar=True,
    help="The folder that holds the articles' texts, under any file names.",
)


def working(what: str) -> AbstractContextManager[object]:
    """A context in which a terminal shows that something is being done; a pipe shows nothing."""
    if not sys.stderr.isatty():
        return nullcontext()
    from rich.console import Console

    return Console(stderr=True).status(f"{what} …")
