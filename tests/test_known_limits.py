"""Every known difference from SPARQL 1.1 is still one, and the document is made from the table."""

from pathlib import Path

import pytest

from cstokg.engine import known_limits

DOCUMENT = Path(__file__).parents[1] / "docs" / "limits.md"


@pytest.mark.parametrize("limit", known_limits.limits(), ids=lambda limit: limit.title)
def test_the_example_is_answered_as_the_table_says(limit: known_limits.KnownLimit) -> None:
    assert known_limits.answer(limit) == limit.answer


def test_the_document_holds_the_table() -> None:
    assert known_limits.table() in DOCUMENT.read_text(encoding="utf-8")


def test_no_difference_stands_twice() -> None:
    titles = [limit.title for limit in known_limits.limits()]
    assert len(set(titles)) == len(titles)
