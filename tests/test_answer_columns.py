"""A page shows an answer in fewer columns than it has variables, without leaving anything out."""

from pathlib import Path

import pytest

from cstokg.json_results import JsonTerm
from cstokg.questions import from_json
from cstokg.release import Release
from cstokg.web.answers import answer_columns
from cstokg.web.answers.tables import Cell

ANSWERS = Path(__file__).parent / "answers"


def _literal(value: str) -> JsonTerm:
    return {"type": "literal", "value": value}


def _shown(**values: str) -> dict[str, list[str]]:
    """Return, by head, what a page shows of a row; an empty value is an unbound variable."""
    row = {name: _literal(value) for name, value in values.items() if value}
    cells = {name: Cell(value) if value else None for name, value in values.items()}
    shown = {}
    for column in answer_columns.shown(tuple(values)):
        cell = answer_columns.cell(column, row, cells)
        beneath = [f"{words} {below.text}".strip() for words, below in cell.beneath]
        shown[column.head] = [*([cell.value.text] if cell.value else []), *beneath]
    return shown


def test_every_variable_of_every_answer_is_shown_once(release: Release) -> None:
    for question in from_json((release.folder / "questions.json").read_text(encoding="utf-8")):
        names = tuple(_variables(question.name))
        shown = [name for column in answer_columns.shown(names) for name in column.variables]
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
    (column,) = answer_columns.shown(("name", "entity"))
    entity = Cell("Almaty", href="/page/place/almaty")
    cell = answer_columns.cell(column, {}, {"name": Cell("Almaty"), "entity": entity})
    assert cell == answer_columns.ShownCell(entity)
    assert _shown(modality="reported fact", reportedAsFact="yes") == {"Presented as": ["reported fact"]}
