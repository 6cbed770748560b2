"""Workbooks hold numbers, days and letters as such, and nothing that a program would run."""

import io
import zipfile
from datetime import date, datetime

import openpyxl
import pandas
import pytest

from cstokg.errors import InexpressibleResultError
from cstokg.web.answers import tables
from cstokg.web.answers.tables import CellValue, Sheet

DAY = date(2026, 11, 28)
ROW: tuple[CellValue, ...] = (
    "Совет министров иностранных дел",
    date(2021, 5, 19),
    2012,
    2.5,
    True,
    None,
    '=HYPERLINK("http://example.org")',
    "+7 495",
    "-1",
    "@SUM(A1)",
    "https://w3id.org/csto-kg/",
    date(1812, 9, 7),
    10**18,
    "a\u0001b",
    "2021-05",
)


def _body(*rows: tuple[CellValue, ...]) -> bytes:
    heads = [f"Column {number}" for number in range(len(rows[0]))]
    return tables.as_workbook(Sheet("Answer", heads, rows), [("Question", "=Who?")], DAY)


def test_values_come_back_as_they_were() -> None:
    """As openpyxl reads them: types, and no formula."""
    book = openpyxl.load_workbook(io.BytesIO(_body(ROW)))
    cells = next(book["Answer"].iter_rows(min_row=2))
    values = [cell.value for cell in cells]
    assert values[:6] == [ROW[0], datetime(2021, 5, 19), 2012, 2.5, True, None]  # noqa: DTZ001
    assert cells[1].number_format == "yyyy-mm-dd"
    assert values[6:11] == list(ROW[6:11])
    assert values[11:13] == ["1812-09-07", str(10**18)]
    assert values[14] == "2021-05"
    assert {cell.data_type for cell in cells} <= {"s", "d", "n", "b"}
    assert all(cell.hyperlink is None for cell in cells)
    assert [cell.value for cell in next(book["About"].iter_rows())] == ["Question", "=Who?"]
    assert book["Answer"].freeze_panes == "A2"


def test_pandas_reads_the_same() -> None:
    """A second reader; it takes the empty cell for a missing value."""
    frame = pandas.read_excel(io.BytesIO(_body(ROW, ROW)))
    assert list(frame.iloc[:, 0]) == [ROW[0]] * 2
    assert frame.iloc[:, 1].dtype.kind == "M"
    assert frame.iloc[:, 2].dtype.kind == "i"
    assert frame.iloc[:, 6].tolist() == [ROW[6]] * 2


def test_no_sheet_holds_a_formula() -> None:
    with zipfile.ZipFile(io.BytesIO(_body(ROW))) as archive:
        for name in archive.namelist():
            if name.startswith("xl/worksheets/"):
                assert b"<f>" not in archive.read(name)
                assert b"<hyperlink" not in archive.read(name)


def test_same_table_makes_the_same_bytes() -> None:
    assert _body(ROW) == _body(ROW)


def test_text_that_does_not_fit_is_not_cut() -> None:
    with pytest.raises(InexpressibleResultError, match="32,767"):
        _body(("x" * 32_768,))
