"""Verifying sees every change of a span, of a sentence and of a text."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

import exampleville
import meeting_articles
from cstokg.build import sources, spans
from cstokg.build.checks import span_checks
from cstokg.cli.main import main
from exampleville import NAME, RECORD, TABLE, TEXT, run
from meeting_articles import FIRST, SECOND

ROOT = Path(__file__).parents[1]

TWO = f"data/articles/{SECOND}.ttl"


@pytest.fixture
def project(tmp_path: Path) -> tuple[Path, Path]:
    """Return the root, and the folder of the text."""
    return exampleville.write(tmp_path)


def test_spans_as_cited_are_verified(project: tuple[Path, Path]) -> None:
    root, articles = project
    spans.cite(root, articles, NAME, "Jane Doe’s … empty.")
    status, output = run("verify", "--root", root, "--articles", articles)
    assert (status, output) == (0, "1 spans verified, 0 failures, 0 warnings, 0 articles not checked\n")


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("78\t106", "spans.tsv:2: span 78-106: the SHA-256 is not that of these characters. Cite it again."),
        ("78\t1070", "spans.tsv:2: span 78-1070: ends beyond the text, which has 201 code points."),
        ("107\t78", "spans.tsv:2: "),
    ],
)
def test_changed_span_is_a_failure(project: tuple[Path, Path], row: str, message: str) -> None:
    root, articles = project
    span = spans.cite(root, articles, NAME, "Jane Doe’s … empty.")
    (root / TABLE).write_text(f"start\tend\tsha256\n{row}\t{span.sha256}\n", encoding="utf-8")
    status, output = run("verify", "--root", root, "--articles", articles)
    assert status == 1
    assert message in output


@pytest.mark.parametrize(
    ("places", "line"),
    [
        ({"starts": "0"}, 9),
        ({"ends": f"{exampleville.ENDS} , 202"}, 10),
        ({"starts": exampleville.STARTS.replace("31", "30")}, 9),
    ],
)
def test_sentences_of_another_text_are_a_failure(
    project: tuple[Path, Path], places: dict[str, str], line: int
) -> None:
    """The message has the line to write instead; ``check`` finds the same."""
    root, articles = project
    spans.cite(root, articles, NAME, "Jane Doe’s … empty.")
    exampleville.record(root, evidence={"a": "78-106"}, **places)
    names_ = {
        "starts": ("ckg:sentenceStart", exampleville.STARTS),
        "ends": ("ckg:sentenceEnd", exampleville.ENDS),
    }
    predicate, written = names_[next(iter(places))]
    expected = f"{predicate} is not what the text has. Write `{predicate} {written} ;`.\n"
    status, output = run("verify", "--root", root, "--articles", articles)
    assert (status, output.count("ckg:sentence")) == (1, 2)
    assert f"{RECORD.as_posix()}:{line}: {expected}" in output
    assert expected in run("check", "--root", root, "--articles", articles, root / RECORD)[1]


def test_record_without_sentences_is_a_failure(project: tuple[Path, Path]) -> None:
    root, articles = project
    spans.cite(root, articles, NAME, "Ministers meet")
    text = (root / RECORD).read_text(encoding="utf-8")
    (root / RECORD).write_text(re.sub(r"(?m)^    ckg:sentence.*\n", "", text), encoding="utf-8")
    _, output = run("verify", "--root", root, "--articles", articles)
    assert f"{RECORD.as_posix()}:6: ckg:sentenceStart is not" in output
    assert f"Write `ckg:sentenceEnd {exampleville.ENDS} ;`" in output


def test_table_out_of_order_is_a_failure(project: tuple[Path, Path]) -> None:
    root, articles = project
    for words in ("Ministers meet", "Leave a comment"):
        spans.cite(root, articles, NAME, words)
    header, *rows = (root / TABLE).read_text(encoding="utf-8").splitlines()
    (root / TABLE).write_text("\n".join([header, *reversed(rows), ""]), encoding="utf-8")
    status, output = run("verify", "--root", root, "--articles", articles)
    assert status == 1
    assert "spans.tsv:3: out of order" in output


def test_evidence_that_is_in_no_table_is_a_failure(project: tuple[Path, Path]) -> None:
    root, articles = project
    spans.cite(root, articles, NAME, "Ministers meet")
    exampleville.record(root, evidence={"a": "0-15"})
    status, output = run("verify", "--root", root, "--articles", articles)
    assert status == 1
    assert "exampleville-2031.ttl:15: exampleville-2031.spans.tsv has no span 0-15." in output


def test_what_cannot_be_compared_is_reported(project: tuple[Path, Path]) -> None:
    """No folder, or no such text in it: status 3, and no span counts as verified."""
    root, articles = project
    spans.cite(root, articles, NAME, "Ministers meet")
    status, output = run("verify", "--root", root)
    assert status == 3
    assert "exampleville-2031.ttl: 1 spans not compared: no folder of texts was named" in output
    (articles / "of any name").write_text(TEXT + "!", encoding="utf-8", newline="")
    status, output = run("verify", "--root", root, "--articles", articles)
    assert status == 3
    assert "1 spans not compared: no file in" in output
    assert "0 spans verified" in output


def test_real_spans_are_those_of_the_real_texts(articles: Path) -> None:
    result = span_checks.verify(sources.read(ROOT), articles)
    assert (result.failures, result.unlisted) == ((), ())
    assert result.verified > 0


@pytest.fixture
def two_articles(tmp_path: Path) -> tuple[Path, Path]:
    """Return the root of a project of two articles, and the folder of their texts."""
    return meeting_articles.write(tmp_path, FIRST, SECOND)


def test_everything_that_is_cited_is_found(two_articles: tuple[Path, Path]) -> None:
    root, texts = two_articles
    assert list(span_checks.unstated_parts(sources.read(root), texts)) == []


@pytest.mark.parametrize(
    ("path", "old", "new", "message"),
    [
        (
            FIRST,
            '"2031-05-14"^^xsd:date ;\n    ckg:heldIn',
            '"2031-05-17"^^xsd:date ;\n    ckg:heldIn',
            "the day 2031-05-17",
        ),
        (
            FIRST,
            "ckg:speaker person:doe-jane",
            "ckg:speaker person:roe-richard",
            "ckg:speaker person:roe-richard",
        ),
        (FIRST, "    ckg:topic", "    ckg:termInYears 5 ;\n    ckg:topic", "ckg:termInYears 5"),
        (SECOND, '"2031-01-01"^^xsd:date', '"2031-02-03"^^xsd:date', "ckg:startNotBefore 2031-02-03"),
        (SECOND, '"Jayne Doe"@en', '"Jaine Doe"@en', "Jaine Doe is not printed"),
    ],
    ids=["day", "name", "number", "bound", "printed name"],
)
def test_part_that_is_not_there_is_named_with_its_line(
    two_articles: tuple[Path, Path], path: str, old: str, new: str, message: str
) -> None:
    root, texts = two_articles
    file = root / f"data/articles/{path}.ttl"
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    found = [str(failure) for failure in span_checks.unstated_parts(sources.read(root), texts)]
    assert any(message in each and each.startswith(f"data/articles/{path}.ttl:") for each in found)
    arguments = ["verify", "--root", str(root), "--articles", str(texts)]
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 0
    assert f"{len(found)} warnings" in result.stdout
    assert ": warning: " in result.stderr


def test_article_without_its_text_is_left_out(two_articles: tuple[Path, Path]) -> None:
    root, texts = two_articles
    for file in texts.iterdir():
        file.unlink()
    assert list(span_checks.unstated_parts(sources.read(root), texts)) == []
