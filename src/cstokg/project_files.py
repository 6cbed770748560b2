"""Read a project's files safely: regular files of a limited size, and nothing outside the project.

Reading a pipe or a device may never end, a link may lead to any file of the machine, and a file of
gigabytes may fill the memory.
"""

import errno
import os
import stat
from pathlib import Path
from typing import Literal

from cstokg.errors import CstokgError

# The most that a file may hold: one of the project, and one among the articles' texts.
MAX_BYTES = 50_000_000
MAX_TEXT_BYTES = 5_000_000

_MEGABYTE = 1_000_000
_KINDS = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


class FileError(CstokgError):
    """A file is not read. The message has the reason and the remedy.

    Where a function does not say that the message names the file, its caller adds the name.
    """


def find(root: Path, folder: str, ending: str) -> list[Path]:
    """Return the paths, below the root, of the files with this ending in a folder and its subfolders.

    They are sorted. Links to folders are not followed, but listed, so that ``read`` refuses them.

    Raises:
        FileError: a folder cannot be read; the message names it.
    """
    return sorted(
        Path(at).relative_to(root) / name
        for at, folders, files in os.walk(root / folder, onerror=_unreadable)
        for name in (*folders, *files)
        if name.endswith(ending) or (name in folders and Path(at, name).is_symlink())
    )


def read(root: Path, path: Path, parents: dict[Path, str] | None = None) -> bytes:
    """Return the content of a file of the project, given its path below the root.

    Args:
        root: the project.
        path: the file.
        parents: the real paths of folders, by the folder's path; a caller that reads many files gives
            the same dictionary each time, so that each folder is looked up once.

    Raises:
        FileError: it is not a regular file, is a link out of the project, is too large, or cannot be read.
        FileNotFoundError: there is no such file.
    """
    parents = {} if parents is None else parents
    try:
        real = _real(root / path, parents)
    except FileNotFoundError:
        if (root / path).is_symlink():
            raise FileError("a link whose target does not exist. Put the file itself there.") from None
        raise
    except OSError as error:
        raise FileError(f"cannot be read: {error.strerror}.") from error
    # A top folder of the project may itself be a link, because the data may be kept elsewhere.
    if not (_is_in(real, root, parents) or _is_in(real, root / path.parts[0], parents)):
        raise FileError("a link out of the project. Put the file itself there.")
    return read_regular(Path(real), MAX_BYTES)


def _is_in(real: str, folder: Path, parents: dict[Path, str]) -> bool:
    if folder not in parents:
        parents[folder] = os.path.realpath(folder)
    return real.startswith(os.path.join(parents[folder], ""))  # noqa: PTH118 - "/" has its end already


def _real(path: Path, parents: dict[Path, str]) -> str:
    """Return the real path of a file, with all links followed.

    Raises:
        OSError: the file does not exist, or cannot be looked up.
    """
    folder = path.parent
    if folder not in parents:
        parents[folder] = os.path.realpath(folder, strict=True)
    real = f"{parents[folder]}/{path.name}"
    return os.path.realpath(real, strict=True) if stat.S_ISLNK(os.lstat(real).st_mode) else real


def read_text(
    root: Path,
    path: Path,
    parents: dict[Path, str] | None = None,
    *,
    errors: Literal["strict", "replace"] = "strict",
) -> str:
    """Return the text of a file of the project, given its path below the root.

    Args:
        root: the project.
        path: the file.
        parents: as for ``read``.
        errors: what to do with bytes that are not UTF-8, as in ``bytes.decode``.

    Raises:
        FileError: it cannot be read, or is not UTF-8; the message begins with ``path:line:``.
        FileNotFoundError: there is no such file.
    """
    try:
        return read(root, path, parents).decode(errors=errors)
    except FileError as error:
        raise FileError(f"{path.as_posix()}:1: {error}") from error
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise FileError(f"{path.as_posix()}:{line}: not UTF-8. Save the file in that encoding.") from error


def read_regular(path: Path, max_bytes: int) -> bytes:
    """Return the content of a regular file; nothing else is opened.

    Raises:
        FileError: it is not a regular file, too large, or cannot be read.
    """
    require_regular(path, max_bytes)
    try:
        # If a pipe has replaced the file since the check, opening it must not wait for a writer.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY)
        with os.fdopen(descriptor, "rb") as file:
            status = os.fstat(descriptor)
            _require(status, max_bytes)
            content = file.read(status.st_size + 1)
    except OSError as error:
        raise FileError(f"cannot be read: {error.strerror}.") from error
    if len(content) > status.st_size:
        raise FileError("grows while it is read, or is not a file on a disk. Put a plain file there.")
    return content


def require_regular(path: Path, max_bytes: int) -> None:
    """Raise if ``read_regular`` would refuse a file, as far as that shows without opening it.

    Raises:
        FileError: it is not a regular file, too large, or cannot be read.
    """
    try:
        _require(path.stat(), max_bytes)
        if not os.access(path, os.R_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    except OSError as error:
        raise FileError(f"cannot be read: {error.strerror}. Let this user read it.") from error


def _require(status: os.stat_result, max_bytes: int) -> None:
    if not stat.S_ISREG(status.st_mode):
        kind = next((name for test, name in _KINDS if test(status.st_mode)), "no file")
        raise FileError(f"{kind}, not a regular file. Put a file there, or remove it.")
    if status.st_size > max_bytes:
        size, limit = status.st_size / _MEGABYTE, max_bytes / _MEGABYTE
        raise FileError(f"{size:,.1f} MB, and no more than {limit:g} MB are read. Split it, or remove it.")


def _unreadable(error: OSError) -> None:
    raise FileError(f"{error.filename}: cannot be read: {error.strerror}. Let this user read it.") from error
