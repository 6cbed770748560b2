"""The articles' texts, which are no part of the project: files of any name, known by their SHA-256."""

import hashlib
from pathlib import Path

from cstokg.errors import CstokgError


class TextError(CstokgError):
    """A text is not what its record says; the message names what differs."""


def digest(text: str) -> str:
    """The lower-case hexadecimal SHA-256 of a text's UTF-8 bytes."""
    return hashlib.sha256(text.encode()).hexdigest()


def find(folder: Path, sha256: str) -> str | None:
    """The text in a folder whose bytes have that SHA-256; None if it is not there.

    Raises:
        TextError: the file is not UTF-8.
    """
    for path in sorted(folder.iterdir()):
        if not path.is_file():
            continue
        content = path.read_bytes()
        if hashlib.sha256(content).hexdigest() == sha256:
            try:
                return content.decode("utf-8")
            except UnicodeDecodeError as error:
                raise TextError(
                    f"{path.name}: byte {error.start} is not UTF-8; save the text as UTF-8"
                ) from None
    return None
