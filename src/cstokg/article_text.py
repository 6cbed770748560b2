"""The articles' texts, which are no part of the project: files of any name, known by their SHA-256."""

import hashlib
from pathlib import Path

from cstokg import project_files
from cstokg.errors import CstokgError


class TextError(CstokgError):
    """A text is not what its record says; the message names what differs."""


def digest(text: str) -> str:
    """The lower-case hexadecimal SHA-256 of a text's UTF-8 bytes."""
    return hashlib.sha256(text.encode()).hexdigest()


def find(folder: Path, sha256: str) -> str | None:
    """The text in a folder whose bytes have that SHA-256; None if it is not there.

    What cannot be a text is passed over; ``skipped`` says what that was.

    Raises:
        TextError: the file is not UTF-8.
    """
    for path in sorted(folder.iterdir()):
        try:
            content = project_files.read_regular(path, project_files.MAX_TEXT_BYTES)
        except project_files.FileError:
            continue
        if hashlib.sha256(content).hexdigest() == sha256:
            try:
                return content.decode("utf-8")
            except UnicodeDecodeError as error:
                raise TextError(
                    f"{path.name}: byte {error.start} is not UTF-8; save the text as UTF-8"
                ) from None
    return None


def skipped(folder: Path) -> str:
    """Which files of a folder ``find`` passes over and why, to stand behind a clause; mostly nothing."""
    reasons = []
    for path in sorted(folder.iterdir()):
        try:
            if not path.is_dir():
                project_files.require_regular(path, project_files.MAX_TEXT_BYTES)
        except project_files.FileError as error:
            reasons.append(f"{path.name} ({str(error).partition('. ')[0]})")
    return f" (passed over: {', '.join(reasons)})" if reasons else ""
