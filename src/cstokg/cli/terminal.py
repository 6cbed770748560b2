"""What commands share: options, numbers, progress and tables on a terminal, and garbage collection."""

import gc
import math
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial
from itertools import zip_longest
from pathlib import Path
from time import monotonic
from types import MappingProxyType
from typing import Any

import click
from rich.cells import cell_len, chop_cells, set_cell_size

from cstokg import namespaces

_BOOLEAN = namespaces.expand("xsd:boolean")
_YES_OR_NO = {"true": "yes", "1": "yes", "false": "no", "0": "no"}

root_option = click.option(
    "--root",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=".",
    show_default="this folder",
    help="The folder with ontology/, data/ and queries/.",
)

articles_option = partial(
    click.option,
    "--articles",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    envvar="CSTOKG_ARTICLES",
    show_envvar=True,
    help="The folder with the articles' texts, under any file names.",
)

_LONGEST_WORD = 20  # characters; a longer word may be broken into lines
_GAP = "  "
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]")


class Number(click.FloatRange):
    """A finite number in a range."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Return the number, or end the command with what is wrong with it."""
        number: float = super().convert(value, param, ctx)
        if not math.isfinite(number):
            self.fail(f"{value} is not a finite number", param, ctx)
        return number


def working(activity: str) -> AbstractContextManager[object]:
    """Return a context manager that shows on a terminal that the command is working; elsewhere, nothing."""
    if not sys.stderr.isatty():
        return nullcontext()
    from rich.console import Console

    return Console(stderr=True).status(f"{activity} …")


@contextmanager
def without_garbage_collection(*, ends: bool = False) -> Iterator[None]:
    """Switch garbage collection off in the block: commands leave little garbage, and run faster without.

    Args:
        ends: whether the command ends after the block, so that what exists then is never scanned either.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if ends:
            gc.freeze()
        if enabled:
            gc.enable()


def step_printer(*, quiet: bool) -> Callable[[str], None]:
    """Return a function that prints a step with the seconds so far, if standard error is a terminal."""
    start = monotonic()

    def print_step(step: str) -> None:
        if not quiet and sys.stderr.isatty():
            click.echo(f"{monotonic() - start:5.1f} s  {step}", err=True)

    return print_step


def of_results(results: str, width: int, names: Mapping[str, str] = MappingProxyType({})) -> str:
    """Return an answer in the SPARQL 1.1 Query Results JSON Format as a table, or ``true`` or ``false``.

    IRIs of ours and of the vocabularies we use are written ``prefix:local``, and a boolean in a cell, as on
    the pages, as yes or no. An identifier in ``names``, or a list of them, is replaced by the names.
    """
    from cstokg import json_results

    header, bindings, boolean = json_results.read(results)
    if boolean is not None:
        return f"{str(boolean).lower()}\n"
    rows = [[_cell(binding.get(variable), names) for variable in header] for binding in bindings]
    count = "1 row" if len(rows) == 1 else f"{len(rows)} rows"
    return f"{table(rows, width, header)}{count}\n"


def table(rows: Sequence[Sequence[str]], width: int, header: Sequence[str] = ()) -> str:
    """Return rows of text as aligned lines, at most ``width`` columns wide unless the words need more."""
    cells = [[_CONTROL.sub(_visible, cell) for cell in row] for row in ([header] if header else [])]
    cells += [[_CONTROL.sub(_visible, cell) for cell in row] for row in rows]
    widths = _widths(list(zip(*cells, strict=True)), width)
    drawn = [_row(row, widths) for row in cells]
    if header:
        drawn.insert(1, _row(["─" * width for width in widths], widths))
    return "".join(drawn)


def _widths(columns: Sequence[Sequence[str]], width: int) -> list[int]:
    """Return the width of each column: its words fit, and the fullest columns share the rest."""
    full = [max(1, *(cell_len(line) for cell in column for line in cell.split("\n"))) for column in columns]
    widths = [
        max(1, *(min(_LONGEST_WORD, cell_len(word)) for cell in column for word in cell.split() or [""]))
        for column in columns
    ]
    for _ in range(width - sum(widths) - len(_GAP) * (len(widths) - 1)):
        short = [number for number in range(len(widths)) if widths[number] < full[number]]
        if not short:
            break
        widths[max(short, key=lambda number: full[number] / widths[number])] += 1
    return widths


def _row(cells: Sequence[str], widths: Sequence[int]) -> str:
    wrapped = [list(_wrap(cell, width)) for cell, width in zip(cells, widths, strict=True)]
    lines = (
        _GAP.join(set_cell_size(part, width) for part, width in zip(parts, widths, strict=True)).rstrip()
        for parts in zip_longest(*wrapped, fillvalue="")
    )
    return "".join(f"{line}\n" for line in lines)


def _wrap(cell: str, width: int) -> Iterator[str]:
    for paragraph in cell.split("\n"):
        line = ""
        for word in paragraph.split():
            if line and cell_len(line) + 1 + cell_len(word) > width:
                yield line
                line = ""
            *pieces, word = chop_cells(word, width)
            yield from pieces
            line = f"{line} {word}" if line else word
        yield line


def _cell(term: dict[str, Any] | None, names: Mapping[str, str]) -> str:
    if term is None:
        return ""
    from cstokg import json_results

    value: str = term["value"]
    if term["type"] == "uri":
        return namespaces.shorten(value).strip("<>")
    if term["type"] != "literal":
        return json_results.in_turtle(term)
    if term.get("datatype", "") == _BOOLEAN:
        return _YES_OR_NO.get(value, value)
    listed = value.split(", ")
    if not names.keys() >= set(listed):
        return value
    return "; ".join(names[identifier] for identifier in listed)


def _visible(control: re.Match[str]) -> str:
    # A control sequence in a literal must not reach the terminal.
    return f"\\x{ord(control[0]):02x}"
