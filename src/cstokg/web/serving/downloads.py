"""The files of a release for downloading, each checked against the manifest."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

from cachetools import LRUCache

from cstokg import formats, release
from cstokg.release import Release
from cstokg.web.serving import http
from cstokg.web.serving.http import Request, Response
from cstokg.web.serving.problems import ProblemError

DOWNLOADS_PATH = "/downloads/"

_CACHE_BYTES = 64_000_000


class Downloads:
    """Answers requests for the files of the release that is served."""

    def __init__(self, current_release: Callable[[], Awaitable[Release | None]]) -> None:
        """Use this function, which returns the release that is served."""
        self._current_release = current_release
        self._contents: LRUCache[tuple[str, bool], bytes] = LRUCache(_CACHE_BYTES, getsizeof=len)

    async def respond(self, request: Request) -> Response:
        """Return a file of the release.

        Raises:
            ProblemError: there is no such file, or it is not what the manifest says.
        """
        http.require_method(request)
        name = request.path.removeprefix(DOWNLOADS_PATH)
        current = await self._current_release()
        files = {} if current is None else {**current.files, release.MANIFEST: current.manifest_sha256}
        if current is None or name not in files:
            raise ProblemError("not-found", f"There is no file “{name}” to download.")
        digest, packed = files[name], http.takes_gzip(request.header("accept-encoding"))
        content = self._contents.get((digest, packed))
        if content is None:
            content = await asyncio.to_thread(_read_file, current.folder / name, digest, packed)
            if len(content) <= self._contents.maxsize:
                self._contents[digest, packed] = content
        tag = f'"{digest[:32]}{"-gzip" if packed else ""}"'
        headers = {
            "Content-Type": formats.content_type(formats.of_file(name)),
            "Content-Disposition": f'attachment; filename="{name.rpartition("/")[2]}"',
            "Cache-Control": http.KEPT_A_WHILE,
            "Vary": "Accept-Encoding",
            "ETag": tag,
            **({"Content-Encoding": http.GZIP} if packed else {}),
        }
        return http.unless_known(request, Response(200, headers, content, tag))


def _read_file(path: Path, digest: str, packed: bool) -> bytes:
    """Return a file of a release, compressed or not, if it has the hash in the manifest.

    Raises:
        ProblemError: it is gone, or has been changed.
    """
    try:
        content = path.read_bytes()
    except OSError:
        raise ProblemError("file-unavailable", f"The file “{path.name}” of the release is gone.") from None
    if release.sha256(content) != digest:
        raise ProblemError(
            "file-unavailable", f"The file “{path.name}” does not have the hash in the release's manifest."
        )
    return formats.compressed(content) if packed else content
