"""A text is known by its bytes, whatever its file is called."""

import hashlib
import os
from pathlib import Path

import pytest

from cstokg import article_text, project_files


def test_text_is_found_by_its_hash(tmp_path: Path) -> None:
    """To the letter, beside folders and files that are no text."""
    (tmp_path / "a folder").mkdir()
    (tmp_path / "no text").write_bytes(b"\xff")
    (tmp_path / "of any name").write_text("Nobody called.\r\n", encoding="utf-8", newline="")
    assert article_text.find(tmp_path, article_text.digest("Nobody called.\r\n")) == "Nobody called.\r\n"
    assert article_text.find(tmp_path, article_text.digest("Nobody called.\n")) is None


def test_text_in_another_encoding_is_refused(tmp_path: Path) -> None:
    """With the place of the first byte that is not UTF-8."""
    (tmp_path / "old").write_bytes(b"caf\xe9")
    with pytest.raises(article_text.TextError, match="old: byte 3 is not UTF-8"):
        article_text.find(tmp_path, hashlib.sha256(b"caf\xe9").hexdigest())


def test_what_can_be_no_text_is_passed_over_with_its_reason(tmp_path: Path) -> None:
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
        " (passed over: a pipe.txt (a pipe, not a regular file), endless (a device, not a regular file), "
        "film.txt (2,000.0 MB, and no more than 5 MB are read), "
        "gone (cannot be read: No such file or directory))"
    )


def test_text_may_be_as_large_as_the_limit(tmp_path: Path) -> None:
    text = "x" * project_files.MAX_TEXT_BYTES
    (tmp_path / "long").write_text(text, encoding="utf-8")
    assert article_text.find(tmp_path, article_text.digest(text)) == text
    assert article_text.skipped(tmp_path) == ""
