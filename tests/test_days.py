"""Answers about a day: certain, possible or no, and never more than the articles allow."""

import csv
from pathlib import Path

import pytest

from cstokg import questions
from cstokg.engine.engine import Engine
from cstokg.release import Release

QUERIES = Path(__file__).parents[1] / "queries"


def _rows(engine: Engine, name: str, **values: str) -> list[dict[str, str]]:
    question = questions.read(QUERIES / f"{name}.rq")
    answer = engine.query(questions.bind_texts(question, values), "text/csv").text
    return list(csv.DictReader(answer.splitlines()))


@pytest.mark.parametrize(
    ("day", "verdicts"),
    [
        # Tajikistan certainly presided in 2021, so no presidency runs through that year.
        ("2010-12-15", {("Belarus", "moscow-2011"): "possible", ("Kazakhstan", "moscow-2011"): "no"}),
        ("2011-12-18", {("Belarus", "moscow-2011"): "possible", ("Kazakhstan", "moscow-2011"): "no"}),
        # The presidency was handed over on one of these days, at the earliest.
        ("2011-12-19", {("Belarus", "moscow-2011"): "possible", ("Kazakhstan", "moscow-2011"): "possible"}),
        ("2011-12-20", {("Belarus", "moscow-2011"): "possible", ("Kazakhstan", "moscow-2011"): "possible"}),
        ("2012-01-01", {("Belarus", "moscow-2011"): "no", ("Kazakhstan", "moscow-2011"): "possible"}),
        (
            "2023-12-31",
            {("Kazakhstan", "almaty-2024"): "possible", ("Tajikistan", "dushanbe-2021"): "possible"},
        ),
        ("2025-01-01", {("Kazakhstan", "almaty-2024"): "possible", ("Tajikistan", "dushanbe-2021"): "no"}),
        ("2011-06-01", {("Belarus", "moscow-2011"): "possible", ("Kazakhstan", "almaty-2024"): "no"}),
        ("2019-01-01", {("Tajikistan", "dushanbe-2021"): "no", ("Kazakhstan", "almaty-2024"): "no"}),
        ("2021-01-01", {("Tajikistan", "dushanbe-2021"): "certain", ("Belarus", "moscow-2011"): "no"}),
        ("2024-06-21", {("Kazakhstan", "almaty-2024"): "certain", ("Kazakhstan", "moscow-2011"): "no"}),
    ],
)
def test_presidency_on_a_day(engine: Engine, day: str, verdicts: dict[tuple[str, str], str]) -> None:
    """The verdicts assume that one state presides at a time, and each without a break."""
    rows = _rows(engine, "presiding-state-on-day", day=day)
    found = {(row["state"], row["article"]): row["verdict"] for row in rows}
    assert len(found) == len(rows)
    assert verdicts.items() <= found.items()


@pytest.mark.parametrize("name", ["meetings-known-by-day", "records-known-by-day"])
@pytest.mark.parametrize(
    ("day", "article", "verdict"),
    [
        ("2011-12-18", "moscow-2011", None),
        ("2011-12-19", "moscow-2011", ("possible", "2011-12-20")),
        ("2011-12-20", "moscow-2011", ("certain", "2011-12-20")),
        ("2018-06-10", "almaty-2018", None),
        ("2018-06-11", "almaty-2018", ("possible", "")),
        ("2030-01-01", "almaty-2018", ("possible", "")),
        ("2030-01-01", "almaty-2024", ("certain", "2024-06-21")),
    ],
)
def test_what_an_article_had_reported_by_a_day(
    engine: Engine, name: str, day: str, article: str, verdict: tuple[str, str] | None
) -> None:
    rows = [row for row in _rows(engine, name, day=day) if row["article"] == article]
    assert {(row["byThatDay"], row["published"]) for row in rows} == ({verdict} if verdict else set())


def test_the_basis_of_a_report_does_not_stand_beside_the_answer_no(engine: Engine) -> None:
    """Otherwise the answer would read as if an article said no."""
    rows = _rows(engine, "presiding-state-on-day", day="2010-12-15")
    assert {row["verdict"] for row in rows} == {"no", "possible"}
    assert not any(value in ("stated", "implied") for row in rows for value in row.values())


@pytest.mark.parametrize(
    ("day", "verdicts"),
    [
        ("2011-08-01", {"minsk-2011": "possible", "moscow-2011": "possible", "dushanbe-2021": "no"}),
        ("2011-12-19", {"moscow-2011": "certain", "dushanbe-2021": "no"}),
        ("2022-01-01", {"minsk-2011": "no", "moscow-2011": "no", "dushanbe-2021": "possible"}),
    ],
)
def test_holder_on_a_day(engine: Engine, day: str, verdicts: dict[str, str]) -> None:
    """If somebody else held the post in between, a tenure cannot have lasted until that day."""
    rows = _rows(engine, "holder-on-day", post="post:foreign-minister-kazakhstan", day=day)
    assert verdicts.items() <= {row["article"]: row["verdict"] for row in rows}.items()


@pytest.mark.parametrize(
    ("state", "body", "day", "verdicts"),
    [
        ("uzbekistan", "csto", "2005-06-01", ["no"]),
        ("uzbekistan", "csto", "2011-05-31", ["certain"]),
        ("uzbekistan", "csto", "2013-01-01", ["possible"]),
        ("azerbaijan", "cst", "1992-06-01", ["no"]),
        ("azerbaijan", "cst", "1993-06-01", ["possible"]),
        ("armenia", "cst", "1991-12-31", ["no", "possible"]),
        ("armenia", "csto", "2005-01-01", ["possible", "possible"]),
        ("armenia", "csto", "2011-05-31", ["certain"]),
        ("armenia", "csto", "2024-06-21", ["certain"]),
        ("armenia", "csto", "2025-01-01", ["possible", "possible"]),
    ],
)
def test_member_on_a_day(engine: Engine, state: str, body: str, day: str, verdicts: list[str]) -> None:
    """Certain between two attestations, possible beyond them, no where an article excludes it."""
    rows = _rows(engine, "member-on-day", state=f"state:{state}", body=f"body:{body}", day=day)
    assert sorted(row["verdict"] for row in rows) == verdicts


@pytest.mark.parametrize(
    ("day", "body", "state", "words"),
    [
        ("2024-06-21", "csto", "Uzbekistan", "not listed in June 2024"),
        ("2012-06-28", "csto", "Uzbekistan", ""),
        ("2024-06-21", "csto", "Armenia", ""),
        ("2001-01-01", "csto", "Armenia", "not a member of the CSTO before October 2002"),
    ],
)
def test_a_conclusion_against_a_membership_stands_beside_the_verdict(
    engine: Engine, day: str, body: str, state: str, words: str
) -> None:
    """The verdict itself rests on the articles alone."""
    rows = [
        row for row in _rows(engine, "members-on-day", body=f"body:{body}", day=day) if row["state"] == state
    ]
    (one,) = {(row["verdict"], row["editorsConclude"]) for row in rows}
    assert words in one[1]
    assert bool(one[1]) == bool(words)
    assert not words or one[0] == "possible"


BOUNDS_OF_ARMENIA = """\
PREFIX basis: <https://w3id.org/csto-kg/id/concept/basis/>
PREFIX ckg: <https://w3id.org/csto-kg/ontology#>
PREFIX membership: <https://w3id.org/csto-kg/id/membership/>
PREFIX rank: <https://w3id.org/csto-kg/id/concept/rank/>
PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>
PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
[] rdf:subject membership:armenia-csto-2011 ; rdf:predicate ckg:endNotAfter ;
  rdf:object "2000-06-01"^^xsd:date ; ckg:paraphrase "It had ended."@en ; ckg:rank RANK ;
  ckg:hasTestimony [ ckg:basis BASIS ] .
[] rdf:subject membership:armenia-csto-2011 ; rdf:predicate ckg:startNotBefore ;
  rdf:object "2002-01-01"^^xsd:date ; ckg:paraphrase "It had not begun."@en ; ckg:rank RANK ;
  ckg:hasTestimony [ ckg:basis BASIS ] .
"""


@pytest.mark.parametrize(
    ("basis", "rank", "concluded"),
    [
        ("basis:inferred", "rank:normal", True),
        ("basis:inferred", "rank:deprecated", False),
        ("basis:stated", "rank:normal", False),
    ],
)
def test_only_what_the_editors_conclude_and_keep_is_called_so(
    release: Release, tmp_path: Path, basis: str, rank: str, concluded: bool
) -> None:
    """Claims of speakers or articles, and conclusions that the editors no longer accept, are not."""
    claims = tmp_path / "claims.ttl"
    claims.write_text(BOUNDS_OF_ARMENIA.replace("BASIS", basis).replace("RANK", rank), encoding="utf-8")
    engine = Engine.from_files([release.folder / "dataset.nq", claims])
    for name, values in (("members-on-day", {}), ("member-on-day", {"state": "state:armenia"})):
        rows = _rows(engine, name, body="body:csto", day="2001-01-01", **values)
        words = {row["editorsConclude"] for row in rows}
        assert any(word.startswith("It had ") for word in words) is concluded, name


def test_posts_that_are_only_possible_come_last_with_the_time_of_their_evidence(engine: Engine) -> None:
    rows = _rows(engine, "posts-on-day", day="2021-05-19")
    verdicts = [row["verdict"] for row in rows]
    assert verdicts == sorted(verdicts)
    assert {row["latestStart"][:4] for row in rows if row["verdict"] == "possible"} == {"2024"}


@pytest.mark.parametrize(
    ("state", "day", "speaker"),
    [
        ("uzbekistan", "2012-06-27", ""),
        ("uzbekistan", "2012-06-28", "Uzbekistan"),
        ("armenia", "2024-02-28", ""),  # he gives no start, and his remark is of February 2024
        ("armenia", "2024-06-21", "Nikol Pashinyan"),
    ],
)
def test_suspension_on_a_day_names_who_says_so(engine: Engine, state: str, day: str, speaker: str) -> None:
    """It does not end the membership."""
    rows = _rows(engine, "member-on-day", state=f"state:{state}", body="body:csto", day=day)
    assert {row.get("hadSpokenOfSuspension") for row in rows} == {speaker}
    assert "no" not in {row["verdict"] for row in rows}
    (name,) = {
        row.get("hadSpokenOfSuspension")
        for row in _rows(engine, "members-on-day", body="body:csto", day=day)
        if row["state"] == state.title()
    }
    assert name == speaker


@pytest.mark.parametrize("day", ["2005-01-01", "2011-05-31", "2024-03-01", "2024-06-21", "2026-11-29"])
def test_members_on_a_day_have_one_row_each(engine: Engine, day: str) -> None:
    """Also a state with two reported memberships, of which somebody says that one is suspended."""
    states = [row["state"] for row in _rows(engine, "members-on-day", body="body:csto", day=day)]
    assert len(states) == len(set(states)) == 7
