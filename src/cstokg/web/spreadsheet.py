"""CSV for spreadsheet programs, which guess encodings and run what looks like a formula."""

import csv
import io
import re

BOM = "\ufeff"

_FORMULA = re.compile(r"[=+\-@\t\r]")
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")


def guard(body: bytes) -> bytes:
    """A CSV file with a byte order mark, in which an apostrophe stands before what looks like a formula."""
    written = io.StringIO(newline="")
    writer = csv.writer(written, lineterminator="\r\n")
    for row in csv.reader(io.StringIO(body.decode("utf-8"), newline="")):
        writer.writerow([_safe(cell) for cell in row])
    return (BOM + written.getvalue()).encode("utf-8")


def _safe(cell: str) -> str:
    return f"'{cell}" if _FORMULA.match(cell) and not _NUMBER.fullmatch(cell) else cell
