"""A text is found by its bytes, split into sentences, and covered by the spans that records cite."""

import hashlib
import os
from pathlib import Path

import pytest

from cstokg import article_text, project_files
from cstokg.article_text import ArticleTexts, digest
from exampleville import TEXT


def test_text_is_found_by_its_hash(tmp_path: Path) -> None:
    (tmp_path / "a folder").mkdir()
    (tmp_path / "no text").write_bytes(b"\xff")
    (tmp_path / "of any name").write_text("Nobody called.\r\n", encoding="utf-8", newline="")
    assert article_text.find(tmp_path, article_text.digest("Nobody called.\r\n")) == "Nobody called.\r\n"
    assert article_text.find(tmp_path, article_text.digest("Nobody called.\n")) is None


def test_text_in_another_encoding_is_refused(tmp_path: Path) -> None:
    (tmp_path / "old").write_bytes(b"caf\xe9")
    with pytest.raises(article_text.TextError, match="old: byte 3 is not UTF-8"):
        article_text.find(tmp_path, hashlib.sha256(b"caf\xe9").hexdigest())


def test_files_that_cannot_be_texts_are_skipped_with_a_reason(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a pipe.txt")
    (tmp_path / "endless").symlink_to("/dev/zero")
    (tmp_path / "gone").symlink_to("nowhere")
    with (tmp_path / "film.txt").open("wb") as file:
        file.truncate(2_000_000_000)
    (tmp_path / "folder").mkdir()
    (tmp_path / "text").write_text("Nobody called.", encoding="utf-8")
    assert article_text.find(tmp_path, article_text.digest("Nobody called.")) == "Nobody called."
    assert article_text.find(tmp_path, article_text.digest("Somebody called.")) is None
    assert article_text.skipped(tmp_path) == (
        " (skipped: a pipe.txt (a pipe, not a regular file), endless (a device, not a regular file), "
        "film.txt (2,000.0 MB, and no more than 5 MB are read), "
        "gone (cannot be read: No such file or directory))"
    )


def test_text_may_be_as_large_as_the_limit(tmp_path: Path) -> None:
    text = "x" * project_files.MAX_TEXT_BYTES
    (tmp_path / "long").write_text(text, encoding="utf-8")
    assert article_text.find(tmp_path, article_text.digest(text)) == text
    assert article_text.skipped(tmp_path) == ""


def test_sentences_end_with_their_closing_marks() -> None:
    """Quotations are split too, and a mark belongs to the sentence that it opens or closes."""
    assert [TEXT[start:end] for start, end in article_text.split_sentences(TEXT)] == [
        "Ministers meet in Exampleville",
        "The council met on\u00a0Monday – in the town hall.",
        "Jane Doe’s chair stood empty.",
        "“We waited.",
        "Nobody called,” the mayor said.",
        "The council met again on Tuesday.",
        "Leave a comment",
    ]


@pytest.mark.parametrize(
    ("spans", "covered", "uncovered"),
    [
        ([], False, [(10, 20)]),
        ([(10, 11)], False, [(11, 20)]),
        ([(0, 14)], False, [(14, 20)]),
        ([(0, 15)], True, [(15, 20)]),
        ([(15, 30)], True, [(10, 15)]),
        ([(10, 12), (17, 20)], True, [(12, 17)]),
        ([(10, 13), (11, 14)], False, [(14, 20)]),
        ([(0, 10), (20, 30)], False, [(10, 20)]),
    ],
)
def test_half_of_the_characters_make_a_sentence_covered(
    spans: list[article_text.Range], covered: bool, uncovered: list[article_text.Range]
) -> None:
    """Characters in two spans count once, and those outside the sentence do not count."""
    measured = article_text.measure_coverage([(10, 20)], {span: ["r"] for span in spans})
    (sentence,) = measured.sentences
    assert (sentence.covered, list(sentence.uncovered)) == (covered, uncovered)
    assert measured.percent == (100 if covered else 0)


def test_furniture_is_neither_covered_nor_uncovered() -> None:
    """A sentence that is all furniture is left out; of others, only what is not furniture counts."""
    sentences = [(0, 10), (11, 22), (23, 29)]
    measured = article_text.measure_coverage(sentences, {(16, 22): ["r"]}, [(0, 16), (23, 29)])
    assert [sentence.furniture for sentence in measured.sentences] == [True, False, True]
    (sentence,) = measured.counting
    assert (sentence.number, sentence.covered, sentence.uncovered) == (2, True, ())
    assert (measured.covered, measured.percent) == (1, 100)


def test_sentence_knows_the_records_that_touch_it() -> None:
    records = {(8, 12): ["b"], (0, 5): ["a", "c"], (20, 25): ["d"]}
    first, second = article_text.measure_coverage([(0, 10), (10, 20)], records).sentences
    assert list(first.records.items()) == [((0, 5), ["a", "c"]), ((8, 12), ["b"])]
    assert list(second.records) == [(8, 12)]


def test_article_of_furniture_alone_is_covered() -> None:
    assert article_text.measure_coverage([(0, 5)], {}, [(0, 5)]).percent == 100


MAYOR_TEXT = "The mayor opened the day. Jane Doe’s chair — empty. Nobody called."


@pytest.fixture
def texts(tmp_path: Path) -> ArticleTexts:
    """Return the texts of a folder with one text and two other things."""
    (tmp_path / "x").write_text(MAYOR_TEXT, encoding="utf-8")
    (tmp_path / "y").write_bytes(b"\xff")
    (tmp_path / "folder").mkdir()
    return ArticleTexts(tmp_path)


def test_the_words_of_a_span_are_found_by_their_place(texts: ArticleTexts) -> None:
    start = MAYOR_TEXT.index("chair")
    assert texts.words(digest(MAYOR_TEXT), (start, start + 5), digest("chair")) == "chair"


def test_words_of_another_text_are_not_shown(texts: ArticleTexts) -> None:
    with pytest.raises(article_text.TextError, match="hash"):
        texts.words(digest(MAYOR_TEXT), (0, 3), digest("An "))


def test_missing_text_gives_no_words(texts: ArticleTexts) -> None:
    assert texts.words(digest("another"), (0, 3), digest("The")) is None
