"""Fetch a release from a server that serves it, and make it the current one."""

from collections.abc import Callable
from contextlib import suppress
from http.client import HTTPException
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.parse import quote
from urllib.request import Request, urlopen

from cstokg import http_requests, release
from cstokg.build import build
from cstokg.release import CURRENT, FILES, MANIFEST, Release, ReleaseError

_ATTEMPTS = 5
_SECONDS = 60.0
_MOST_BYTES = 16_000_000_000


class FetchError(ReleaseError):
    """A release cannot be fetched; the message names the address, and the remedy."""


class _ChangedError(Exception):
    """A file is not that of the manifest: the server has another release now."""


def fetch(address: str, out: Path, on_step: Callable[[str], None] = lambda step: None) -> Release:
    """Fetch the release that a server serves, unless it is the current one of a folder, and return it.

    Each file is compared with the manifest before the release becomes the current one. A file that the
    current release has too is not fetched; one that is damaged there is.

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
            contents = {**_files(base, manifest, current, on_step), MANIFEST: manifest}
        except _ChangedError:
            continue
        with build.lock(out):
            return release.load(build.install(contents, out))
    raise FetchError(f"{base}: the files were not those of the manifest, {_ATTEMPTS} times; try again later")


def _files(base: str, manifest: bytes, current: Path, on_step: Callable[[str], None]) -> dict[str, bytes]:
    """Return the contents of the files in a manifest, by name.

    Raises:
        FetchError: it is no manifest.
        _ChangedError: a file is not the one of the manifest.
    """
    contents: dict[str, bytes] = {}
    try:
        digests = release.read_manifest(manifest, current).files
    except ReleaseError as error:
        raise FetchError(f"{base}{MANIFEST}: {error}") from error
    if missing := sorted(FILES.keys() - digests.keys()):
        raise FetchError(
            f"{base}{MANIFEST}: the release lacks {missing[0]}. Has the server another version of cstokg?"
        )
    for name, digest in digests.items():
        here = current / name
        content = here.read_bytes() if here.is_file() else b""
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
        FetchError: nothing is, or the server does not answer.
        _ChangedError: nothing is, where another release may have taken its place.
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
