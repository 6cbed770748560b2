"""The folder of releases: one is put in place whole or not at all, and the one before is kept."""

import fcntl
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from cstokg import release
from cstokg.release import CURRENT, MANIFEST, ReleaseError

_UNFINISHED = ".build-"


@contextmanager
def locked(out: Path) -> Iterator[None]:
    """Make the folder, and let one program at a time work in it.

    Raises:
        ReleaseError: nothing may be written there, or the lock is no file of its own.
    """
    path = out / ".lock"
    try:
        out.mkdir(parents=True, exist_ok=True)
        # Not through a link, and nothing is truncated: what stands there may be somebody's file.
        lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK, 0o666)
    except OSError as error:
        if path.is_symlink():
            raise ReleaseError(f"{path}: a link. A build locks this file; remove the link.") from error
        message = f"{error.filename}: {error.strerror}. A build writes there; let this user do so."
        raise ReleaseError(message) from error
    with os.fdopen(lock) as file:
        if not stat.S_ISREG(os.fstat(lock).st_mode):
            raise ReleaseError(f"{path}: not a regular file. A build locks this file; remove what is there.")
        fcntl.flock(file, fcntl.LOCK_EX)
        for left in out.glob(f"{_UNFINISHED}*"):
            _remove(left)
        yield


def install(contents: Mapping[str, bytes], out: Path) -> Path:
    """Write a release, manifest included, make it the current one, and return its folder.

    Whatever goes wrong, ``current`` is afterwards either what it was or the new release, whole.

    Raises:
        ReleaseError: something that is no link stands in the place of ``current``, or the disk refuses.
    """
    current = out / CURRENT
    if current.exists() and not current.is_symlink():
        raise ReleaseError(f"{current}: not the link that it has to be. Move it away.")
    before = current.readlink().name if current.is_symlink() else ""
    folder = out / release.identifier(contents[MANIFEST])
    if not _is_whole(folder):
        try:
            _write(contents, out, folder)
        except OSError as error:
            size = sum(map(len, contents.values())) // 1_000_000 + 1
            raise ReleaseError(
                f"{out}: {error.strerror}. A release needs {size} MB; what was there before stays as it was."
            ) from error
    if before != folder.name:
        link = out / f"{_UNFINISHED}link"
        link.symlink_to(folder.name)
        link.replace(current)
        _sync(out)
        for old in out.iterdir():
            if release.is_id(old.name) and old.name not in (folder.name, before):
                _remove(old)
    return folder


def _is_whole(folder: Path) -> bool:
    if folder.is_symlink():
        return False
    try:
        release.load(folder)
    except ReleaseError:
        return False
    return True


def _write(contents: Mapping[str, bytes], out: Path, folder: Path) -> None:
    unfinished = Path(tempfile.mkdtemp(prefix=_UNFINISHED, dir=out))
    try:
        for name, content in contents.items():
            with (unfinished / name).open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
        unfinished.chmod(0o755)
        _sync(unfinished)
        if os.path.lexists(folder):
            folder.rename(unfinished.with_name(f"{_UNFINISHED}broken-{folder.name}"))
        unfinished.rename(folder)
        _sync(out)
    finally:
        for left in out.glob(f"{_UNFINISHED}*"):
            _remove(left)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()
