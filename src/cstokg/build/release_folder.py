"""The folder of releases: one process at a time writes there, and a new release is swapped in by one rename.

A release comes from a build, or is fetched from a server that serves it.
"""

import fcntl
import os
import shutil
import stat
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from http.client import HTTPException
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.parse import quote
from urllib.request import Request, urlopen

from cstokg import http_requests, release
from cstokg.release import CURRENT, FILES, MANIFEST, Release, ReleaseError

_UNFINISHED = ".build-"
_ATTEMPTS = 5
_SECONDS = 60.0
_MOST_BYTES = 16_000_000_000


class FetchError(ReleaseError):
    """A release cannot be fetched; the message names the address, and the remedy."""


class _ChangedError(Exception):
    """A file is not that of the manifest: the server has another release now."""


@contextmanager
def lock(out: Path) -> Iterator[None]:
    """Make the folder of releases, and let one build at a time work in it.

    Raises:
        ReleaseError: the folder cannot be written to, or the lock is not a regular file.
    """
    path = out / ".lock"
    try:
        out.mkdir(parents=True, exist_ok=True)
        # Follow no link and truncate nothing: a file of that name may be the user's.
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK, 0o666)
    except OSError as error:
        if path.is_symlink():
            raise ReleaseError(f"{path}: a link. A build locks this file; remove the link.") from error
        message = f"{error.filename}: {error.strerror}. A build writes there; let this user do so."
        raise ReleaseError(message) from error
    with os.fdopen(descriptor) as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise ReleaseError(f"{path}: not a regular file. A build locks this file; remove what is there.")
        fcntl.flock(file, fcntl.LOCK_EX)
        _remove_unfinished(out)
        yield


def install(contents: Mapping[str, bytes], out: Path) -> Path:
    """Write a release, manifest included, make it the current one, and return its folder.

    Whatever fails, ``current`` is afterwards either what it was or the new release, complete.

    Raises:
        ReleaseError: ``current`` exists and is not a link, or the disk cannot be written to.
    """
    current = out / CURRENT
    if current.exists() and not current.is_symlink():
        raise ReleaseError(f"{current}: not a link to a release. Move it away.")
    previous = current.readlink().name if current.is_symlink() else ""
    folder = out / release.identifier(contents[MANIFEST])
    try:
        if not _is_complete(folder):
            _write(contents, out, folder)
        if previous != folder.name:
            link = out / f"{_UNFINISHED}link"
            link.symlink_to(folder.name)
            link.replace(current)
            _sync(out)
    except OSError as error:
        size = sum(map(len, contents.values())) // 1_000_000 + 1
        raise ReleaseError(
            f"{out}: {error.strerror}. A release needs {size} MB; the releases in it stay as they were."
        ) from error
    if previous != folder.name:
        for old in out.iterdir():
            if release.is_id(old.name) and old.name not in (folder.name, previous):
                _remove(old)
    return folder


def _is_complete(folder: Path) -> bool:
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
            path = unfinished / name
            path.parent.mkdir(exist_ok=True)
            with path.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
        unfinished.chmod(0o755)
        for changed in {path.parent for path in map(unfinished.joinpath, contents)}:
            _sync(changed)
        if os.path.lexists(folder):
            folder.rename(unfinished.with_name(f"{_UNFINISHED}broken-{folder.name}"))
        unfinished.rename(folder)
        _sync(out)
    finally:
        _remove_unfinished(out)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _remove_unfinished(out: Path) -> None:
    for path in out.glob(f"{_UNFINISHED}*"):
        _remove(path)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()


def fetch(address: str, out: Path, on_step: Callable[[str], None] = lambda step: None) -> Release:
    """Fetch the release that a server serves, unless it is the current one of a folder, and return it.

    Each file is compared with the manifest before the release becomes the current one. A file that the
    current release has too is not fetched, unless it is damaged there.

    Raises:
        FetchError: the server does not answer, or not with a release.
        ReleaseError: the folder cannot be written to.
    """
    if not http_requests.is_address(address) or "?" in address or "#" in address:
        raise FetchError(f"{address}: not the address of a server; write it in ASCII, as https://example.org")
    base = f"{address.rstrip('/')}/downloads/"
    for _ in range(_ATTEMPTS):
        manifest = _get(base + MANIFEST)
        current = out / CURRENT
        if current.exists() and current.resolve().name == release.identifier(manifest):
            with suppress(ReleaseError):
                return release.load(current)
        try:
            contents = {**_fetch_files(base, manifest, current, on_step), MANIFEST: manifest}
        except _ChangedError:
            continue
        with lock(out):
            return release.load(install(contents, out))
    raise FetchError(f"{base}: the files were not those of the manifest, {_ATTEMPTS} times; try again later")


def _fetch_files(
    base: str, manifest: bytes, current: Path, on_step: Callable[[str], None]
) -> dict[str, bytes]:
    """Return the contents of the files in a manifest, by name.

    Raises:
        FetchError: the text is not a manifest, or a file is missing from it.
        _ChangedError: a file is not the one of the manifest.
    """
    contents: dict[str, bytes] = {}
    try:
        digests = release.read_manifest(manifest, current).files
    except ReleaseError as error:
        raise FetchError(f"{base}{MANIFEST}: {error}") from error
    if missing := sorted(FILES.keys() - digests.keys()):
        raise FetchError(
            f"{base}{MANIFEST}: the release lacks {missing[0]}. Does the server run another version of "
            "cstokg?"
        )
    for name, digest in digests.items():
        path = current / name
        content = path.read_bytes() if path.is_file() else b""
        if release.sha256(content) != digest:
            on_step(f"fetching {name}")
            content = _get(base + quote(name), changes=True)
        if release.sha256(content) != digest:
            raise _ChangedError
        contents[name] = content
    return contents


def _get(address: str, *, changes: bool = False) -> bytes:
    """Return what is at an address.

    Raises:
        FetchError: there is nothing, or the server does not answer.
        _ChangedError: with ``changes``, there is nothing, perhaps because the server has a new release.
    """
    headers = {"User-Agent": http_requests.user_agent(), "Cache-Control": "no-cache"}
    request = Request(address, headers=headers)  # noqa: S310 - the scheme was checked
    try:
        with urlopen(request, timeout=_SECONDS) as response:  # noqa: S310 - the scheme was checked
            content: bytes = response.read(_MOST_BYTES)
            return content
    except HTTPError as error:
        if changes and error.code in (404, 503):
            raise _ChangedError from error
        raise FetchError(
            f"{address} answered {error.code} {error.reason}. Is it the address of a cstokg server, and does "
            "that serve a release?"
        ) from error
    except (URLError, OSError, HTTPException) as error:
        reason = error.reason if isinstance(error, URLError) else error
        raise FetchError(f"{address} cannot be reached ({reason}); check that the server runs") from error
