"""The argument of ``cstokg query`` is found among the saved questions and the files."""

from pathlib import Path

from cstokg import questions
from cstokg.cli import query

QUERIES = Path(__file__).parents[1] / "queries"


def test_listing_breaks_no_line() -> None:
    saved = questions.read_all(QUERIES)
    lines = query.list_questions(saved).splitlines()
    assert [line.split()[0] for line in lines] == [question.name for question in saved]
