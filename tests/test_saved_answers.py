"""Rows of answers are sorted by value and filtered, and nothing else is accepted."""

import pytest

from cstokg.json_results import JsonTerm, Results
from cstokg.parameters import ParameterError
from cstokg.web.answers import saved_answers
from cstokg.web.answers.tables import Cell, Table

XSD = "http://www.w3.org/2001/XMLSchema#"


def _literal(value: str, datatype: str = "") -> JsonTerm:
    return {"type": "literal", "value": value, **({"datatype": XSD + datatype} if datatype else {})}


def _arranged(terms: list[JsonTerm | None], **values: str) -> list[str]:
    """Return the values of a column v after an arrangement; a missing value is empty."""
    rows = [{"v": term} if term else {} for term in terms]
    cells = [
        (Cell(term["value"], numeric=term.get("datatype", "").endswith(("integer", "decimal"))),)
        if term
        else (None,)
        for term in terms
    ]
    results, table = Results(("v",), rows), Table("bindings", ("v",), tuple(cells), len(cells))
    chosen = saved_answers.read_arrangement(values, ("v",), 20)
    order = saved_answers.indices(chosen, results, table)
    return [rows[index]["v"]["value"] if rows[index] else "" for index in order]


def test_numbers_are_sorted_as_numbers() -> None:
    terms = [_literal("10", "integer"), _literal("9", "integer"), None, _literal("9.5", "decimal")]
    assert _arranged([*terms], sort="v") == ["9", "9.5", "10", ""]
    assert _arranged([*terms], sort="-v") == ["10", "9.5", "9", ""]


def test_days_are_sorted_as_days() -> None:
    """Also a year among days, and years of five digits."""
    terms = [
        _literal("2021-05-19", "date"),
        _literal("12021-01-01", "date"),
        _literal("2021", "gYear"),
        _literal("2020-12-31", "date"),
    ]
    assert _arranged([*terms], sort="v") == ["2020-12-31", "2021", "2021-05-19", "12021-01-01"]


def test_letters_are_sorted_by_unicode() -> None:
    """Accents and case decide only between words that are otherwise equal, but й is a letter of its own."""
    words = ["ямб", "Йод", "ель", "ёлка", "Бета", "иск", "Éclair", "echo", "edge", "Zulu"]
    assert _arranged([_literal(word) for word in words], sort="v") == [
        "echo",
        "Éclair",
        "edge",
        "Zulu",
        "Бета",
        "ёлка",
        "ель",
        "иск",
        "Йод",
        "ямб",
    ]


def test_equal_values_keep_their_order() -> None:
    rows = [{"v": _literal("a"), "n": _literal(str(number))} for number in range(3)]
    cells = tuple((Cell("a"), Cell(str(number))) for number in range(3))
    results, table = Results(("v", "n"), rows), Table("bindings", ("v", "n"), cells)
    for sort in ("v", "-v"):
        chosen = saved_answers.read_arrangement({"sort": sort}, results.columns, 20)
        assert saved_answers.indices(chosen, results, table) == [0, 1, 2]


def test_filter_ignores_capitals_and_composition() -> None:
    words = ["Москва", "ЙОД", "Dushanbe"]
    terms = [_literal(word) for word in words]
    assert _arranged([*terms], contains="МОСК") == ["Москва"]
    assert _arranged([*terms], contains="и\u0306од") == ["ЙОД"]
    assert _arranged([*terms], contains="  ") == words
    assert _arranged([*terms], contains="nothing") == []


def test_filter_in_a_column() -> None:
    rows = [{"a": _literal("x"), "b": _literal("y")}, {"a": _literal("y"), "b": _literal("x")}]
    cells = ((Cell("x"), Cell("y")), (Cell("y"), Cell("x")))
    chosen = saved_answers.read_arrangement({"contains": "x", "in": "b"}, ("a", "b"), 20)
    assert saved_answers.indices(chosen, Results(("a", "b"), rows), Table("bindings", ("a", "b"), cells)) == [
        1
    ]
    assert chosen.values == {"contains": "x", "in": "b"}


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"sort": "speaker"}, "parameter 'sort': expected one of v; got 'speaker'"),
        ({"sort": "--v"}, "parameter 'sort': expected one of v; got '-v'"),
        ({"in": "x" * 90}, "parameter 'in': expected one of v; got '" + "x" * 20 + "'"),
        ({"contains": "x" * 21}, "parameter 'contains': expected at most 20 characters"),
    ],
)
def test_wrong_value_is_named(values: dict[str, str], message: str) -> None:
    with pytest.raises(ParameterError) as error:
        saved_answers.read_arrangement(values, ("v",), 20)
    assert str(error.value) == message


def test_answer_without_columns_cannot_be_arranged() -> None:
    with pytest.raises(ParameterError, match="has no columns"):
        saved_answers.read_arrangement({"contains": "x"}, (), 20)
    assert not saved_answers.read_arrangement({}, (), 20)
