"""Citing finds the words and records their span."""

from pathlib import Path

import pytest

import exampleville
from cstokg import article_text
from cstokg.build import spans
from exampleville import NAME, RECORD, TABLE, TEXT, run

ROOT = Path(__file__).parents[1]


@pytest.fixture
def project(tmp_path: Path) -> tuple[Path, Path]:
    """Return the root, and the folder of the text."""
    return exampleville.write(tmp_path)


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("the town hall", "the town hall"),
        ("met  on\nMonday - in the Town Hall.", "met on\u00a0Monday – in the town hall."),
        ("jane doe's", "Jane Doe’s"),
        ('"We waited', "“We waited"),
        ("Jane Doe … empty.", "Jane Doe’s chair stood empty."),
        ("Jane Doe...chair...empty", "Jane Doe’s chair stood empty"),
        ("again on Tues\u00adday", "again on Tuesday"),
        ("Leave", "Leave"),
    ],
)
def test_words_are_found_as_readers_compare_them(words: str, found: str) -> None:
    start, end = spans.locate(TEXT, words)
    assert TEXT[start:end] == found


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("council met", r"(?s)is in 2 places.*35-46: .*\[council met\] on Monday.*\[council met\] again"),
        ("Jane Do", r"(?s)not in the text.*\[Jane Doe\]"),
        ("Jane Roe", r"(?s)not in the text.*\[Jane Doe\]"),
        ("Monday … the", "is in 3 places"),
        ("Tuesday … Monday", "not in the text"),
        ("Jane …", "both sides"),
        ("…", "no words"),
        (" ", "no words"),
    ],
)
def test_words_in_no_place_or_several_are_refused(words: str, message: str) -> None:
    with pytest.raises(spans.PhraseError, match=message):
        spans.locate(TEXT, words)


def test_span_too_long_to_check_at_a_glance_is_refused() -> None:
    """If several places have the words, those that are too long do not count."""
    filler = "word " * 200
    with pytest.raises(spans.PhraseError, match="at most 500"):
        spans.locate(f"First {filler} last", "First … last")
    assert spans.locate(f"First {filler} last, first and last", "first … last") == (1013, 1027)


def test_only_place_with_the_same_letters_is_cited() -> None:
    text = "Old Trees\nThey fell old trees.\nOld trees grow."
    assert spans.locate(text, "Old Trees") == (0, 9)
    assert spans.locate(text, "old trees") == (20, 29)
    with pytest.raises(spans.PhraseError, match="3 places"):
        spans.locate(text, "OLD TREES")


def test_words_of_a_text_with_an_ellipsis_are_found_as_they_stand() -> None:
    assert spans.locate("He said: well… maybe. Maybe.", "well... maybe") == (9, 20)


def test_citing_prints_the_span_and_records_it_once(project: tuple[Path, Path]) -> None:
    """The first span creates the table, which is sorted and has each span once."""
    root, articles = project
    cite = ("cite", "--root", root, "--articles", articles, NAME)
    status, output = run(*cite, "Jane Doe’s … empty.")
    assert (status, output) == (0, f"span:78-107\n<https://w3id.org/csto-kg/id/article/{NAME}/span/78-107>\n")
    assert run(*cite, "-", stdin="Leave a comment\n\njane doe's … empty.\nMinisters meet\n") == (
        0,
        "span:186-201\tLeave a comment\nspan:78-107\tjane doe's … empty.\nspan:0-14\tMinisters meet\n",
    )
    lines = (root / TABLE).read_bytes().decode().split("\n")
    assert [line.rpartition("\t")[0] for line in lines] == ["start\tend", "0\t14", "78\t107", "186\t201", ""]
    assert lines[2].rpartition("\t")[2] == article_text.digest("Jane Doe’s chair stood empty.")


def test_batch_goes_on_after_a_bad_line_and_names_it(project: tuple[Path, Path]) -> None:
    root, articles = project
    phrases = "Ministers meet\n\nno such words\nLeave a comment\n"
    status, output = run("cite", "--root", root, "--articles", articles, NAME, "-", stdin=phrases)
    assert status == 1
    assert "line 3: 'no such words' is not in the text" in output
    assert "span:0-14\tMinisters meet\n" in output
    assert "span:186-201\tLeave a comment\n" in output
    assert (root / TABLE).read_text(encoding="utf-8").count("\n") == 3


def test_batch_of_bad_lines_only_records_nothing(project: tuple[Path, Path]) -> None:
    root, articles = project
    cite = ("cite", "--root", root, "--articles", articles, NAME, "-")
    assert run(*cite, stdin="no such words\n")[0] == 1
    assert not (root / TABLE).exists()


def test_words_without_quotation_marks_are_shown_with_them(project: tuple[Path, Path]) -> None:
    """The shell has split the phrase, and only its first word would be cited."""
    root, articles = project
    cite = ("cite", "--root", root, "--articles", articles, NAME)
    status, output = run(*cite, "Ministers", "meet")
    assert status == 2
    assert "between quotation marks: 'Ministers meet'" in output
    assert not (root / TABLE).exists()


@pytest.mark.parametrize(
    ("turtle", "message"),
    [
        (None, r"exampleville-2031\.ttl: no such article.*name one of: other"),
        ("article:exampleville-2031 a", r"exampleville-2031\.ttl:1: "),
        ("# Nothing yet.\n", r"exampleville-2031\.ttl:1: 0 values of ckg:sha256"),
        (
            f'<https://w3id.org/csto-kg/id/article/{NAME}> <https://w3id.org/csto-kg/ontology#sha256> "0" .',
            r"texts: no file here has the SHA-256 0, which .* records\. Name the folder",
        ),
    ],
    ids=["no file", "broken", "no hash", "no text"],
)
def test_article_that_cannot_be_cited_says_why(
    project: tuple[Path, Path], turtle: str | None, message: str
) -> None:
    root, articles = project
    (root / RECORD).rename(root / RECORD.with_name("other.ttl"))
    if turtle is not None:
        (root / RECORD).write_text(turtle, encoding="utf-8")
    with pytest.raises(spans.SpanError, match=message):
        spans.cite(root, articles, NAME, "Ministers meet")


def test_broken_table_is_not_overwritten(project: tuple[Path, Path]) -> None:
    root, articles = project
    spans.cite(root, articles, NAME, "Ministers meet")
    spoiled = (root / TABLE).read_text(encoding="utf-8") + "15\t30\tdeadbeef\n"
    (root / TABLE).write_text(spoiled, encoding="utf-8")
    with pytest.raises(spans.SpanError, match=r"spans\.tsv:3: .*only `cstokg cite` writes it"):
        spans.cite(root, articles, NAME, "Leave a comment")
    assert (root / TABLE).read_text(encoding="utf-8") == spoiled


def test_pruning_removes_what_nothing_cites(project: tuple[Path, Path]) -> None:
    root, articles = project
    for words in ("Ministers meet", "in Exampleville", "Leave a comment"):
        spans.cite(root, articles, NAME, words)
    exampleville.record(root, evidence={"a": "0-14"}, furniture="186-201")
    assert run("cite", "--root", root, "--prune", NAME) == (0, "removed span:15-30\n")
    assert [span.name for span in spans.read(root, NAME).values()] == ["0-14", "186-201"]


def test_citing_does_not_write_through_a_link(project: tuple[Path, Path], tmp_path: Path) -> None:
    root, articles = project
    theirs = tmp_path / "theirs"
    theirs.write_text("keep this", encoding="utf-8")
    (root / TABLE).with_name(f".{TABLE.name}.new").symlink_to(theirs)
    assert run("cite", "--root", root, "--articles", articles, NAME, "Leave")[0] == 0
    assert theirs.read_text(encoding="utf-8") == "keep this"
    assert not (root / TABLE).is_symlink()


def test_missing_text_is_reported_with_the_files_that_were_skipped(project: tuple[Path, Path]) -> None:
    root, articles = project
    assert run("cite", "--root", root, "--articles", articles, NAME, "Leave")[0] == 0
    (articles / "of any name").unlink()
    with (articles / "of any name").open("wb") as file:
        file.truncate(2_000_000_000)
    for command in (("cite", NAME, "Leave"), ("verify",)):
        name, *arguments = command
        status, output = run(name, "--root", root, "--articles", articles, *arguments)
        assert status != 0
        assert "(skipped: of any name (2,000.0 MB, and no more than 5 MB are read))" in output
