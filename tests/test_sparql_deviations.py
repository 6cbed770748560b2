"""Every listed difference from SPARQL 1.1 still exists, and docs/limits.md is made from the table."""

from pathlib import Path

import pytest

from cstokg.engine import sparql_deviations

DOCUMENT = Path(__file__).parents[1] / "docs" / "limits.md"


@pytest.mark.parametrize("deviation", sparql_deviations.deviations(), ids=lambda deviation: deviation.title)
def test_the_example_is_answered_as_the_table_says(deviation: sparql_deviations.Deviation) -> None:
    assert sparql_deviations.answer(deviation) == deviation.answer


def test_the_document_holds_the_table() -> None:
    assert sparql_deviations.markdown() in DOCUMENT.read_text(encoding="utf-8")


def test_no_difference_stands_twice() -> None:
    titles = [deviation.title for deviation in sparql_deviations.deviations()]
    assert len(set(titles)) == len(titles)
