"""Tables as workbooks for spreadsheet programs: numbers and days as such, all else as text, no formulas."""

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from cstokg.errors import InexpressibleResultError

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

Value = int | float | bool | str | date | None

# What Office Open XML has room for.
LONGEST_TEXT = 32_767  # characters of a cell
MOST_ROWS = 1_048_575  # below the heads
_DIGITS = 10**15  # of a number

_FIRST_DAY = date(1900, 3, 1)  # before it, programs disagree on the day for which a number stands
_WIDEST, _NARROWEST = 60, 10  # characters


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table to write.

    Attributes:
        name: of the sheet.
        heads: the heads of the columns.
        rows: the values; None is an empty cell.
    """

    name: str
    heads: Sequence[str]
    rows: Sequence[Sequence[Value]]


def write(sheet: Sheet, notes: Iterable[tuple[str, str]], day: date) -> bytes:
    """Return a workbook with a table, and with a second sheet that says what the table is.

    Args:
        sheet: the table.
        notes: what the second sheet says: names and texts.
        day: the day of the data, which the file gives as its own.

    Raises:
        InexpressibleResultError: the table has more rows, or a text more characters, than a sheet holds.
    """
    # It takes time to load, and most servers write no workbook for hours.
    from xlsxwriter import Workbook

    if len(sheet.rows) > MOST_ROWS:
        raise InexpressibleResultError(f"a sheet holds {MOST_ROWS:,} rows; filter the table, or ask for CSV")
    buffer = io.BytesIO()
    with Workbook(buffer, {"in_memory": True}) as book:
        book.set_properties({"created": datetime(day.year, day.month, day.day)})  # noqa: DTZ001 - a day
        styles = _Styles(book)
        _write_table(book.add_worksheet(sheet.name), sheet, styles)
        about = book.add_worksheet("About")
        about.set_column(0, 0, 20)
        about.set_column(1, 1, 100)
        for row, (name, text) in enumerate(notes):
            _put(about, row, 0, name, styles, head=True)
            _put(about, row, 1, text, styles)
    return buffer.getvalue()


class _Styles:
    def __init__(self, book: "Workbook") -> None:
        self.head: Format = book.add_format({"bold": True, "valign": "top"})
        self.text: Format = book.add_format({"text_wrap": True, "valign": "top"})
        self.day: Format = book.add_format({"num_format": "yyyy-mm-dd", "valign": "top"})
        self.plain: Format = book.add_format({"valign": "top"})


def _write_table(page: "Worksheet", sheet: Sheet, styles: _Styles) -> None:
    for column, head in enumerate(sheet.heads):
        _put(page, 0, column, head, styles, head=True)
        widest = max(len(str(row[column])) for row in (sheet.heads, *sheet.rows))
        page.set_column(column, column, max(_NARROWEST, min(_WIDEST, widest + 2)))
    for number, values in enumerate(sheet.rows, 1):
        for column, value in enumerate(values):
            if value is not None:
                _put(page, number, column, value, styles)
    page.freeze_panes(1, 0)
    if sheet.rows:
        page.autofilter(0, 0, len(sheet.rows), len(sheet.heads) - 1)


def _put(
    page: "Worksheet", row: int, column: int, value: Value, styles: _Styles, *, head: bool = False
) -> None:
    if isinstance(value, bool):
        page.write_boolean(row, column, value, styles.plain)
    elif isinstance(value, date) and value >= _FIRST_DAY:
        page.write_datetime(row, column, value, styles.day)
    elif isinstance(value, int | float) and abs(value) < _DIGITS:
        page.write_number(row, column, value, styles.plain)
    else:
        text = str(value)
        if len(text) > LONGEST_TEXT:
            raise InexpressibleResultError(f"a cell holds {LONGEST_TEXT:,} characters; ask for CSV")
        # As a string whatever it begins with: a program would run what it takes for a formula.
        page.write_string(row, column, text, styles.head if head else styles.text)
