"""The reader of QuickStatements takes what the tool's help page shows, and refuses what it does not."""

import pytest

from quickstatements_reader import Command, QuickStatementsError, read


def test_statement_of_three_columns() -> None:
    assert read("Q4115189\tP31\tQ1") == [Command("Q4115189", "P31", ("item", "Q1"))]


def test_bars_stand_for_tabs_and_line_breaks() -> None:
    assert read("Q1|P31|Q2||Q3|P31|Q4\n\n") == read("Q1\tP31\tQ2\nQ3\tP31\tQ4")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('"string"', ("string", "string")),
        ('"a "quoted" word"', ("string", 'a "quoted" word')),
        ('en:"text"', ("text", "en", "text")),
        ("+1967-01-17T00:00:00Z/11", ("time", "+1967-01-17T00:00:00Z", "11")),
        ("+1967-01-00T00:00:00Z/10", ("time", "+1967-01-00T00:00:00Z", "10")),
        ("+1967-00-00T00:00:00Z/9", ("time", "+1967-00-00T00:00:00Z", "9")),
    ],
)
def test_values(text: str, value: tuple[str, ...]) -> None:
    assert read(f"Q1\tP1\t{text}")[0].value == value


def test_qualifiers_sources_and_comment() -> None:
    (command,) = read(
        "Q1\tP39\tQ2\tP580\t+2004-03-09T00:00:00Z/11"
        '\tS248\tQ3\tS1476\ten:"T"\t!S854\t"https://a.example/" /* why */'
    )
    assert command.qualifiers == (("P580", ("time", "+2004-03-09T00:00:00Z", "11")),)
    assert command.references == (
        (("P248", ("item", "Q3")), ("P1476", ("text", "en", "T"))),
        (("P854", ("string", "https://a.example/")),),
    )
    assert command.comment == "why"


@pytest.mark.parametrize(
    "line",
    [
        "CREATE",
        "-Q1\tP31\tQ2",
        'Q1\tLen\t"label"',
        "Q1\tP31",
        "Q1\tP31\tQ2\tP580",
        "Q1\tP31\tQ2\t\t",
        "Q1\tP31\tunquoted",
        "Q1\tP31\tQ2\tX580\tQ3",
        "Q1\tP31\t+1967-01-17T00:00:00Z",
        "Q1\tP31\t+1967-01-00T00:00:00Z/11",
        "Q1\tP31\t+1967-13-01T00:00:00Z/11",
        "Q1\tP31\t+1967-01-17T00:00:00Z/12",
        'Q1\tP1476\ten:"a | b"',
        "Q1\tP31\tQ2 /* not closed",
    ],
)
def test_anything_else_is_refused(line: str) -> None:
    with pytest.raises(QuickStatementsError):
        read(line)
