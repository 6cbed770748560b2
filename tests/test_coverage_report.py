"""The report of what records rest on, sentence by sentence."""

import json
from pathlib import Path

import pytest

import exampleville
from cstokg.build import coverage_report, spans
from exampleville import NAME, TEXT


@pytest.fixture
def cited_article(tmp_path: Path) -> tuple[Path, Path]:
    """Return an article with evidence for one sentence and a half, an unused span, and furniture."""
    root, articles = exampleville.write(tmp_path)
    lines = ["Ministers meet in Exampleville", "We waited. Nobody", "Leave a comment", "the town hall"]
    first, second, last, _ = (spans.cite(root, articles, NAME, line) for line in lines)
    uses = {"first": first.name, "second": second.name, "also-second": second.name}
    exampleville.record(root, evidence=uses, furniture=last.name)
    return root, articles


def coverage_of(cited_article: tuple[Path, Path], *options: str) -> tuple[int, str]:
    root, articles = cited_article
    return exampleville.run("coverage", "--root", root, "--articles", articles, *options)


@pytest.mark.parametrize(
    ("ranges", "shown"),
    [([(4, 11)], [(5, 11)]), ([(0, 5)], [(0, 4)]), ([(4, 5), (10, 11)], []), ([(1, 2)], [(1, 2)])],
)
def test_uncovered_words_are_shown_without_blanks_and_punctuation(
    ranges: list[tuple[int, int]], shown: list[tuple[int, int]]
) -> None:
    assert coverage_report.worded("They argue.", ranges) == shown


def test_text_shows_what_no_span_touches(cited_article: tuple[Path, Path]) -> None:
    """Spans that no record uses do not count, and neither does the page's furniture."""
    status, output = coverage_of(cited_article)
    assert status == 0
    assert output.splitlines()[0] == f"{NAME}: 2 of 6 sentences covered (33.3 %)"
    assert "!   2  31-76  The council met on Monday – in the town hall." in output
    assert "no span for 127-151: called,” the mayor said" in output
    assert "Ministers meet" not in output
    assert "Leave a comment" not in output


def test_records_stand_under_their_spans(cited_article: tuple[Path, Path]) -> None:
    _, output = coverage_of(cited_article, "--records")
    assert output.count("span:109-126\n         meeting:also-second\n         meeting:second\n") == 2
    assert "Ministers meet in Exampleville" in output


def test_json_has_offsets_and_no_words(cited_article: tuple[Path, Path]) -> None:
    _, output = coverage_of(cited_article, "--format", "json", "--records", NAME)
    (article,) = json.loads(output)["articles"]
    assert (article["sentences"], article["covered"], article["percent"]) == (6, 2, 33.3)
    assert article["by_sentence"][4] == {
        "number": 5,
        "start": 120,
        "end": 151,
        "covered": False,
        "spans": ["109-126"],
        "uncovered": [[127, 151]],
        "records": [f"https://w3id.org/csto-kg/id/meeting/{name}" for name in ("also-second", "second")],
    }
    assert not any(word in output for word in TEXT.split() if len(word) > 8)


@pytest.mark.parametrize(("threshold", "status"), [("33", 0), ("34", 1), ("100", 1)])
def test_too_little_coverage_ends_with_status_1(
    cited_article: tuple[Path, Path], threshold: str, status: int
) -> None:
    assert coverage_of(cited_article, "--fail-under", threshold)[0] == status


def test_article_that_is_not_there_is_named(cited_article: tuple[Path, Path]) -> None:
    status, output = coverage_of(cited_article, "nowhere-2031")
    assert status == 1
    assert f"nowhere-2031.ttl: no such article. Write its record first, or name one of: {NAME}" in output
