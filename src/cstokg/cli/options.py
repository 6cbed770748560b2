"""Options that several commands share, progress on a terminal, and garbage collection."""

import gc
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial
from pathlib import Path
from time import monotonic

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


def working(activity: str) -> AbstractContextManager[object]:
    """Return a context during which a terminal shows that the command is working; a pipe gets nothing."""
    if not sys.stderr.isatty():
        return nullcontext()
    from rich.console import Console

    return Console(stderr=True).status(f"{activity} …")


@contextmanager
def without_garbage_collection() -> Iterator[None]:
    """Collect no garbage inside the block: commands leave little, and become up to a third faster."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def step_printer(*, quiet: bool) -> Callable[[str], None]:
    """Return a function that prints each step with the seconds so far; it prints on a terminal only."""
    start = monotonic()

    def print_step(step: str) -> None:
        if not quiet and sys.stderr.isatty():
            click.echo(f"{monotonic() - start:5.1f} s  {step}", err=True)

    return print_step
