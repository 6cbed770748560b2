"""A table on a terminal shows everything, in columns."""

import json

import pytest
from rich.cells import cell_len

from cstokg import namespaces
from cstokg.cli import terminal

IRI = {"type": "uri", "value": f"{namespaces.CKG}a"}


def results(rows: list[dict[str, dict[str, str]]], *header: str) -> str:
    """Return an answer in the SPARQL 1.1 Query Results JSON Format."""
    return json.dumps({"head": {"vars": header}, "results": {"bindings": rows}})


def test_cells_stand_in_columns() -> None:
    """Names of the columns, a line, the rows, and how many they are."""
    rows = [
        {
            "who": {"type": "uri", "value": f"{namespaces.ID}person/doe-jane"},
            "name": {"type": "literal", "value": "Джейн", "xml:lang": "ru"},
        },
        {"who": {"type": "bnode", "value": "b0"}},
    ]
    assert terminal.of_results(results(rows, "who", "name"), 80) == (
        "who              name\n───────────────  ─────\nperson:doe-jane  Джейн\n_:b0\n2 rows\n"
    )


@pytest.mark.parametrize(
    ("iri", "shown"),
    [
        (f"{namespaces.CKG}Person", "ckg:Person"),
        ("http://www.w3.org/2004/02/skos/core#Concept", "skos:Concept"),
        ("https://elsewhere.example/a", "https://elsewhere.example/a"),
    ],
)
def test_iris_are_short_where_we_have_a_prefix(iri: str, shown: str) -> None:
    """Others stay as they are."""
    table = terminal.of_results(results([{"x": {"type": "uri", "value": iri}}], "x"), 80)
    assert table.splitlines()[2].strip() == shown


def test_triple_term_is_as_in_turtle() -> None:
    """With those within it, and on one line."""
    literal = {"type": "literal", "value": 'a "b"\nc', "xml:lang": "ar", "its:dir": "rtl"}
    inner = {"subject": {"type": "bnode", "value": "b0"}, "predicate": IRI, "object": literal}
    term = {"subject": IRI, "predicate": IRI, "object": {"type": "triple", "value": inner}}
    table = terminal.of_results(results([{"x": {"type": "triple", "value": term}}], "x"), 200)  # type: ignore[dict-item]
    shown = r'<<( ckg:a ckg:a <<( _:b0 ckg:a "a \"b\"\nc"@ar--rtl )>> )>>'
    assert table.splitlines()[2].strip() == shown


@pytest.mark.parametrize(("value", "shown"), [(True, "true\n"), (False, "false\n")])
def test_yes_and_no(value: bool, shown: str) -> None:
    """An ASK query has no table."""
    assert terminal.of_results(json.dumps({"head": {}, "boolean": value}), 80) == shown


def test_no_rows() -> None:
    """The columns are shown nevertheless."""
    assert terminal.of_results(results([], "x", "name"), 80).splitlines() == [
        "x  name",
        "─  ────",
        "0 rows",
    ]


@pytest.mark.parametrize("width", [1, 20, 40, 80, 200])
def test_nothing_is_cut_off(width: int) -> None:
    """Long cells are wrapped, words and what has no blanks alike; every character is still there."""
    cells = ["word " * 40, "x" * 300, "界" * 60, "Ё" * 5]
    rows = [dict(zip("abcd", ({"type": "literal", "value": cell} for cell in cells), strict=True))]
    table = terminal.of_results(results(rows, "a", "b", "c", "d"), width)
    for character, count in (("w", 40), ("x", 300), ("界", 60), ("Ё", 5)):
        assert table.count(character) == count + (character == "w")  # "1 row"


def test_a_wide_terminal_is_not_exceeded() -> None:
    """As long as the words fit; wide characters count twice."""
    rows = [
        {"a": {"type": "literal", "value": "界 " * 100}, "b": {"type": "literal", "value": "word " * 100}}
    ]
    lines = terminal.of_results(results(rows, "a", "b"), 60).splitlines()
    assert max(map(cell_len, lines)) <= 60
    assert len(lines) > 5


def test_markup_and_control_characters_are_shown() -> None:
    """A cell can neither colour the terminal nor move its cursor."""
    rows = [{"a": {"type": "literal", "value": "[bold]x[/bold] :smile: \x1b[2J\r\x07"}}]
    table = terminal.of_results(results(rows, "a"), 80)
    assert "[bold]x[/bold] :smile: \\x1b[2J\\x0d\\x07" in table


def test_columns_without_a_header() -> None:
    assert terminal.table([("a", "long name"), ("bcd", "x")], 80) == "a    long name\nbcd  x\n"
