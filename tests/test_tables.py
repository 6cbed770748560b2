"""A page shows an answer in fewer columns than it has variables; workbooks hold numbers and days as such."""

import io
import zipfile
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pytest

from cstokg.errors import InexpressibleResultError
from cstokg.json_results import JsonTerm
from cstokg.questions import from_json
from cstokg.release import Release
from cstokg.web.answers import tables
from cstokg.web.answers.tables import Cell, CellValue, Sheet

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
    import pandas  # here: each process imports all tests, and this takes long

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


# Columns on a page.

ANSWERS = Path(__file__).parent / "answers"


def _literal(value: str) -> JsonTerm:
    return {"type": "literal", "value": value}


def _shown(**values: str) -> dict[str, list[str]]:
    """Return, by head, what a page shows of a row; an empty value is an unbound variable."""
    row = {name: _literal(value) for name, value in values.items() if value}
    cells = {name: Cell(value) if value else None for name, value in values.items()}
    shown = {}
    for column in tables.columns_of(tuple(values)):
        cell = tables.shown_cell(column, row, cells)
        beneath = [f"{words} {below.text}".strip() for words, below in cell.beneath]
        shown[column.head] = [*([cell.value.text] if cell.value else []), *beneath]
    return shown


def test_every_variable_of_every_answer_is_shown_once(release: Release) -> None:
    for question in from_json((release.folder / "questions.json").read_text(encoding="utf-8")):
        names = tuple(_variables(question.name))
        shown = [name for column in tables.columns_of(names) for name in column.variables]
        assert sorted(shown) == sorted(names), question.name


def _variables(name: str) -> list[str]:
    """Return the variables of a saved question's answer."""
    path = ANSWERS / f"{name}.csv"
    return path.read_text(encoding="utf-8").splitlines()[0].split(",") if path.is_file() else []


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"earliest": "2005-05-01", "latest": "2005-05-31"}, "May 2005"),
        ({"earliest": "", "latest": "2011-07-01"}, "by 1 July 2011"),
        ({"date": "2021-05-19", "earliest": "", "latest": ""}, "19 May 2021"),
        ({"date": "", "earliest": "2011-07-01", "latest": ""}, "1 July 2011 or later"),
        ({"startNotAfter": "2021-05-19", "endNotBefore": "2021-05-19"}, "known on 19 May 2021"),
        (
            {"startNotBefore": "2020-12-01", "startNotAfter": "2020-12-31", "endNotBefore": "2021-05-19"},
            "from December 2020, still on 19 May 2021",
        ),
    ],
)
def test_bounds_are_one_time_in_words(values: dict[str, str], words: str) -> None:
    assert _shown(**values) == {"When": [words]}


def test_time_that_is_not_known_is_said_to_be_not_given() -> None:
    assert _shown(earliest="", latest="") == {"When": ["not given"]}


def test_one_day_alone_keeps_its_head() -> None:
    assert _shown(date="2021-05-19", latestStart="") == {"Date": ["2021-05-19"], "Latest start": []}


def test_what_qualifies_a_value_stands_beneath_it() -> None:
    """Also where the value itself is missing."""
    assert _shown(speaker="", post="Minister") == {"Speaker": ["Minister"]}
    assert _shown(agent="Russia", role="target") == {"Agent": ["Russia", "as target"]}
    assert _shown(post="Minister") == {"Post": ["Minister"]}
    shown = _shown(modality="expected", reportedAsFact="no", accordingTo="Lavrov")
    assert shown == {"Presented as": ["expected", "reported as fact: no", "according to Lavrov"]}
    shown = _shown(modality="reported fact", reportedAsFact="no")
    assert shown == {"Presented as": ["reported fact", "reported as fact: no"]}


def test_nothing_is_said_twice_in_a_cell() -> None:
    """What has a name is the link of the name, and a reported fact is reported as a fact."""
    (column,) = tables.columns_of(("name", "entity"))
    entity = Cell("Almaty", href="/page/place/almaty")
    cell = tables.shown_cell(column, {}, {"name": Cell("Almaty"), "entity": entity})
    assert cell == tables.ShownCell(entity)
    assert _shown(modality="reported fact", reportedAsFact="yes") == {"Presented as": ["reported fact"]}
