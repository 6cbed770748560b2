"""Tables for a terminal: columns aligned, long cells wrapped, nothing cut off."""

import io
import json
import re
from collections.abc import Sequence
from itertools import zip_longest

from cstokg import names

_LONGEST_WORD = 20  # a longer one may be broken
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]")


def of_results(results: str, width: int) -> str:
    """An answer in the SPARQL 1.1 Query Results JSON Format, as a table or as ``true`` or ``false``.

    IRIs of ours and of the vocabularies we use are written ``prefix:local``.
    """
    document = json.loads(results)
    if "boolean" in document:
        return f"{str(document['boolean']).lower()}\n"
    header = document["head"]["vars"]
    rows = [
        [_cell(binding.get(variable)) for variable in header] for binding in document["results"]["bindings"]
    ]
    count = "1 row" if len(rows) == 1 else f"{len(rows)} rows"
    return f"{table(rows, width, header)}{count}\n"


def table(rows: Sequence[Sequence[str]], width: int, header: Sequence[str] | None = None) -> str:
    """Rows of text as aligned lines, at most ``width`` columns wide unless the cells need more."""
    from rich import box
    from rich.cells import cell_len
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    columns = list(zip_longest(*([header] if header else []), *rows, fillvalue=""))
    drawn = Table(box=box.SIMPLE_HEAD if header else None, show_header=bool(header), pad_edge=False)
    needed = 0
    for number, column in enumerate(columns):
        words = (word for cell in column for word in cell.split())
        narrowest = min(_LONGEST_WORD, max(map(cell_len, words), default=1))
        needed += narrowest + 3
        title = Text(header[number]) if header else ""
        drawn.add_column(title, overflow="fold", min_width=narrowest)
    for row in rows:
        drawn.add_row(*(Text(_CONTROL.sub(_visible, cell)) for cell in row))
    file = io.StringIO()
    Console(file=file, width=max(width, needed), color_system=None, force_terminal=False).print(drawn)
    return "".join(f"{line.rstrip()}\n" for line in file.getvalue().splitlines() if line.strip())


def _cell(term: dict[str, str] | None) -> str:
    if term is None:
        return ""
    if term["type"] == "uri":
        return names.shorten(term["value"]).strip("<>")
    return f"_:{term['value']}" if term["type"] == "bnode" else term["value"]


def _visible(control: re.Match[str]) -> str:
    # A control sequence in a literal must not reach the terminal.
    return f"\\x{ord(control[0]):02x}"
