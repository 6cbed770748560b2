"""Passages come from the right text, word for word, or not at all."""

import hashlib
from pathlib import Path

import pytest

from cstokg.article_text import TextError
from cstokg.web.texts import Passage, Texts

TEXT = "The mayor opened the day. Jane Doe’s chair — empty. Nobody called."
SENTENCES = [(0, 25), (26, 51), (52, 66)]


def sha256(text: str) -> str:
    """The hash of a text."""
    return hashlib.sha256(text.encode()).hexdigest()


@pytest.fixture
def texts(tmp_path: Path) -> Texts:
    """A folder with one text under some name, and things that are none."""
    (tmp_path / "x").write_text(TEXT, encoding="utf-8")
    (tmp_path / "y").write_bytes(b"\xff")
    (tmp_path / "folder").mkdir()
    return Texts(tmp_path)


def test_passage_stands_in_its_sentence(texts: Texts) -> None:
    """Offsets are code points."""
    start = TEXT.index("chair")
    passage = texts.passage(sha256(TEXT), (start, start + 5), sha256("chair"), SENTENCES)
    assert passage == Passage("Jane Doe’s ", "chair", " — empty.", 2, 2)


def test_passage_over_several_sentences(texts: Texts) -> None:
    """All of them are shown."""
    start, end = TEXT.index("Jane"), TEXT.index(" called")
    passage = texts.passage(sha256(TEXT), (start, end), sha256(TEXT[start:end]), SENTENCES)
    assert passage is not None
    assert (passage.before, passage.after, passage.first, passage.last) == ("", " called.", 2, 3)


def test_words_of_another_text_are_not_shown(texts: Texts) -> None:
    """The hash is compared first."""
    with pytest.raises(TextError, match="hash"):
        texts.passage(sha256(TEXT), (0, 3), sha256("An "), SENTENCES)


def test_text_that_is_not_there(texts: Texts) -> None:
    """Nothing to show, and nothing wrong."""
    assert texts.passage(sha256("another"), (0, 3), sha256("The"), SENTENCES) is None


def test_words_stand_alone_where_no_sentence_is_known(texts: Texts) -> None:
    """Other data may not say where sentences begin."""
    assert texts.passage(sha256(TEXT), (0, 3), sha256("The"), []) == Passage("", "The", "", 0, 0)
