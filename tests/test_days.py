"""What is said of a day: certain, possible or no, and never more than the articles allow."""

import csv
from pathlib import Path

import pytest

from cstokg import questions
from cstokg.engine.engine import Engine

QUERIES = Path(__file__).parents[1] / "queries"


def _rows(engine: Engine, name: str, **values: str) -> list[dict[str, str]]:
    question = questions.read(QUERIES / f"{name}.rq")
    answer = engine.query(questions.bind_texts(question, values), "text/csv").text
    return list(csv.DictReader(answer.splitlines()))


@pytest.mark.parametrize(
    ("day", "verdicts"),
    [
        # Tajikistan certainly presided in 2021, so no presidency runs through that year.
        ("2011-06-01", {("Belarus", "moscow-2011"): "possible", ("Kazakhstan", "almaty-2024"): "no"}),
        ("2019-01-01", {("Kazakhstan", "almaty-2018"): "possible", ("Kazakhstan", "almaty-2024"): "no"}),
        ("2021-01-01", {("Tajikistan", "dushanbe-2021"): "certain", ("Belarus", "moscow-2011"): "no"}),
        ("2024-06-21", {("Kazakhstan", "almaty-2024"): "certain", ("Kazakhstan", "almaty-2018"): "no"}),
    ],
)
def test_presidency_on_a_day(engine: Engine, day: str, verdicts: dict[tuple[str, str], str]) -> None:
    """One state at a time, each without a break."""
    rows = _rows(engine, "presiding-state-on-day", day=day)
    found = {(row["state"], row["article"]): row["verdict"] for row in rows}
    assert len(found) == len(rows)
    assert verdicts.items() <= found.items()


@pytest.mark.parametrize(
    ("day", "verdicts"),
    [
        ("2011-08-01", {"minsk-2011": "possible", "moscow-2011": "possible", "dushanbe-2021": "no"}),
        ("2011-12-19", {"moscow-2011": "certain", "dushanbe-2021": "no"}),
        ("2022-01-01", {"minsk-2011": "no", "moscow-2011": "no", "dushanbe-2021": "possible"}),
    ],
)
def test_holder_on_a_day(engine: Engine, day: str, verdicts: dict[str, str]) -> None:
    """Whoever held the post in between rules out a tenure that would run through."""
    rows = _rows(engine, "holder-on-day", post="post:foreign-minister-kazakhstan", day=day)
    assert verdicts.items() <= {row["article"]: row["verdict"] for row in rows}.items()


@pytest.mark.parametrize(
    ("state", "day", "verdict"),
    [
        ("uzbekistan", "2005-06-01", "no"),
        ("uzbekistan", "2011-05-31", "certain"),
        ("uzbekistan", "2013-01-01", "possible"),
        ("uzbekistan", "2024-06-21", "no"),
        ("armenia", "2001-01-01", "no"),
        ("armenia", "2005-01-01", "possible"),
        ("armenia", "2024-06-21", "certain"),
        ("armenia", "2025-01-01", "possible"),
    ],
)
def test_member_on_a_day(engine: Engine, state: str, day: str, verdict: str) -> None:
    """Certain between two attestations, possible beyond them, no where an article excludes it."""
    rows = _rows(engine, "member-on-day", state=f"state:{state}", body="body:csto", day=day)
    assert [row["verdict"] for row in rows] == [verdict]


def test_suspension_on_a_day_is_on_somebodys_word(engine: Engine) -> None:
    """It does not end the membership."""
    (armenia,) = _rows(engine, "member-on-day", state="state:armenia", body="body:csto", day="2024-06-21")
    assert (armenia["verdict"], armenia["suspendedAccordingTo"]) == ("certain", "Nikol Pashinyan")
