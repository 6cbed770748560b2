"""A text is known by its bytes, whatever its file is called."""

import hashlib
from pathlib import Path

import pytest

from cstokg import texts


def test_text_is_found_by_its_hash(tmp_path: Path) -> None:
    """To the letter, beside folders and files that are no text."""
    (tmp_path / "a folder").mkdir()
    (tmp_path / "no text").write_bytes(b"\xff")
    (tmp_path / "of any name").write_text("Nobody called.\r\n", encoding="utf-8", newline="")
    assert texts.find(tmp_path, texts.digest("Nobody called.\r\n")) == "Nobody called.\r\n"
    assert texts.find(tmp_path, texts.digest("Nobody called.\n")) is None


def test_text_in_another_encoding_is_refused(tmp_path: Path) -> None:
    """With the place of the first byte that is not UTF-8."""
    (tmp_path / "old").write_bytes(b"caf\xe9")
    with pytest.raises(texts.TextError, match="old: byte 3 is not UTF-8"):
        texts.find(tmp_path, hashlib.sha256(b"caf\xe9").hexdigest())
