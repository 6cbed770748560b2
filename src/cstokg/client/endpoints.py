"""What answers: a release in processes of this machine, or a site elsewhere over HTTP.

Both give a whole answer or raise the same errors.
"""

import json
import math
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from typing import Protocol
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlencode
from urllib.request import Request, build_opener

from cstokg import errors, formats, http_requests, release
from cstokg.engine.engine import Engine
from cstokg.engine.evaluation import Answer
from cstokg.engine.loading.store import Source
from cstokg.errors import CstokgError, QueryError
from cstokg.http_requests import EndpointError
from cstokg.settings import Limits
from cstokg.web.serving import problems

_PATH = "/sparql"
_CHUNK = 1 << 16
_GRACE = 5.0  # seconds that a site may take beyond the time that a query may take
_WORKERS = 2
_SHOWN = 200  # characters shown of an answer that is not a problem document


class Endpoint(Protocol):
    """What a ``Graph`` sends its queries to."""

    def query(self, sparql: str, media_type: str | Sequence[str]) -> Answer:
        """Return the answer to a query.

        Raises:
            QueryError: there is no answer; the class says why.
            EndpointError: the site cannot be asked, or its answer is incomplete.
        """

    def file(self, name: str) -> bytes:
        """Return a file of the release, whose hash is the one that the manifest gives.

        Raises:
            ReleaseError: the release has no such file.
            QueryTimeoutError: the site does not send it in time.
            EndpointError: the site cannot be asked, or its answer is incomplete.
        """

    def release_id(self) -> str:
        """Return the name of the release that answers now; it changes whenever an answer could.

        Raises:
            QueryTimeoutError: the site does not say it in time.
            EndpointError: the site cannot be asked, or its answer is incomplete.
        """

    def close(self) -> None:
        """End the processes that were started, if any."""


class Local:
    """A release on this machine; separate processes evaluate the queries, so that each can be stopped."""

    def __init__(self, folder: Path, timeout: float) -> None:
        """Take the folder of a release and the seconds that a query may take.

        Raises:
            ReleaseError: there is no release, or it is incomplete.
        """
        self._release = release.load(folder)
        self._limits = Limits(timeout=timeout, workers=_WORKERS, short=math.inf)
        self._engine: Engine | None = None
        self._lock = threading.Lock()  # so that two threads with a first query do not both start processes

    def __repr__(self) -> str:
        """Return the name that messages use."""
        return f"the release in {self._release.folder}"

    def query(self, sparql: str, media_type: str | Sequence[str]) -> Answer:
        """Return the answer to a query; the first one starts the processes."""
        with self._lock:
            if self._engine is None:
                self._engine = Engine.isolated(Source(self._release.folder), self._limits)
            engine = self._engine
        return engine.query(sparql, media_type)

    def file(self, name: str) -> bytes:
        """Return a file of the release."""
        path = self._release.folder / name
        try:
            content = path.read_bytes()
        except OSError as error:
            raise release.ReleaseError(f"{path}: {error.strerror}") from error
        if name != release.MANIFEST and release.sha256(content) != self._release.files.get(name):
            raise release.ReleaseError(
                f"{path}: not what the manifest says. {release.remedy(self._release.folder)}"
            )
        return content

    def release_id(self) -> str:
        """Return the name of the release, which never changes."""
        return self._release.id

    def close(self) -> None:
        """End the processes."""
        with self._lock:
            if self._engine is not None:
                self._engine.close()
                self._engine = None


class Remote:
    """A site that ``cstokg serve`` serves elsewhere."""

    def __init__(self, address: str, timeout: float) -> None:
        """Take the address of a site, with or without /sparql, and the seconds that a query may take.

        Raises:
            EndpointError: it is not an address.
        """
        if not http_requests.is_address(address) or "?" in address or "#" in address:
            raise EndpointError(
                f"{address}: not the address of a site; write it in ASCII, as https://example.org/kg"
            )
        self.address = address.rstrip("/").removesuffix(_PATH)
        self._timeout = timeout

    def __repr__(self) -> str:
        """Return the name that messages use."""
        return self.address

    def query(self, sparql: str, media_type: str | Sequence[str]) -> Answer:
        """Return the answer to a query, sent by POST."""
        accept = media_type if isinstance(media_type, str) else ", ".join(media_type)
        body = urlencode({"query": sparql, "timeout": f"{self._timeout:g}"}).encode()
        headers = {"Accept": accept, "Content-Type": formats.FORM}
        content, response = self._request(_PATH, body, headers)
        received = response.headers.get_content_type()
        if received not in accept.split(", "):
            raise EndpointError(
                f"{self.address}{_PATH} sent {received}, not {accept}. Is it a site of cstokg?"
            )
        failed = tuple(response.headers.get("Failed-Services", "").split())
        return Answer(received, content, failed_services=failed)

    def file(self, name: str) -> bytes:
        """Return a file of the release that is served."""
        manifest, _ = self._request(f"/downloads/{release.MANIFEST}")
        if name == release.MANIFEST:
            return manifest
        try:
            digests = release.read_manifest(manifest, Path()).files
        except release.ReleaseError as error:
            raise self._no_site(f"/downloads/{release.MANIFEST}") from error
        if name not in digests:
            raise release.ReleaseError(f"{self.address}: its release has no file {name}")
        content, _ = self._request(f"/downloads/{quote(name)}")
        if release.sha256(content) != digests[name]:
            raise EndpointError(
                f"{self.address}/downloads/{name} is not what the manifest says; the release may have "
                "changed just now, so ask again"
            )
        return content

    def release_id(self) -> str:
        """Return the name of the release that is served now."""
        content, _ = self._request("/health")
        try:
            return str(json.loads(content)["release"])
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise self._no_site("/health") from error

    def close(self) -> None:
        """Do nothing: each request has a connection of its own."""

    def _request(
        self, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> tuple[bytes, HTTPResponse]:
        request = Request(  # noqa: S310 - the scheme was checked
            self.address + path, body, {"User-Agent": http_requests.user_agent(), **(headers or {})}
        )
        seconds = self._timeout + _GRACE
        end = time.monotonic() + seconds
        try:
            with build_opener().open(request, timeout=seconds) as response:
                # urllib follows a redirect but leaves out the body.
                if body is not None and response.url != request.full_url:
                    raise self._redirect(response.url)
                return _read(response, end), response
        except HTTPError as error:
            raise self._error(error, end) from error
        except TimeoutError as error:
            raise self._too_late() from error
        except URLError as error:
            if isinstance(error.reason, TimeoutError):
                raise self._too_late() from error
            raise EndpointError(
                f"{self.address} cannot be reached ({error.reason}). Check the address."
            ) from error
        except (OSError, HTTPException) as error:
            raise EndpointError(
                f"{self.address}{path}: the answer was cut off ({error!r}); ask again"
            ) from error

    def _no_site(self, path: str) -> EndpointError:
        return EndpointError(f"{self.address}{path} is not what a site of cstokg has there")

    def _redirect(self, address: str) -> EndpointError:
        return EndpointError(f"{self.address} redirects to {address}; if that is right, open that address")

    def _too_late(self) -> QueryError:
        return errors.QueryTimeoutError(
            f"{self.address} did not answer within {self._timeout:g} seconds", self._timeout
        )

    def _error(self, error: HTTPError, end: float) -> CstokgError:
        """Return the error that a problem document describes (RFC 9457), or one with the status."""
        content = b""
        with error, suppress(OSError, HTTPException):
            for part in _parts(error, end):
                content += part
                if len(content) > _CHUNK:
                    break
        if location := error.headers.get("Location"):
            return self._redirect(location)
        text = content.decode("utf-8", "replace")
        with suppress(ValueError, KeyError, TypeError, AttributeError):
            problem = json.loads(text)
            name, detail = str(problem["type"]).removeprefix(problems.BASE), str(problem["detail"])
            kind = next((kind for kind, row in problems.OF_ERROR if row == name), None)
            if kind is errors.QueryTimeoutError:
                return errors.QueryTimeoutError(detail, self._timeout)
            return kind(detail) if kind else EndpointError(f"{self.address}: {detail}")
        shown = " ".join(text.split())[:_SHOWN]
        return EndpointError(
            f"{self.address} answered {error.code} {error.reason} ({shown}). Is it a site of cstokg?"
        )


def _read(response: HTTPResponse, end: float) -> bytes:
    """Return the whole body.

    Raises:
        HTTPException: it is cut short, or does not say where it ends.
        TimeoutError: it is not complete at the time ``end``.
    """
    length = response.headers.get("Content-Length")
    if length is None and response.headers.get("Transfer-Encoding", "").lower() != "chunked":
        raise HTTPException("the answer does not say how long it is")
    body = b"".join(_parts(response, end))
    if length is not None and str(len(body)) != length.strip():
        raise HTTPException(f"{len(body)} of {length} bytes")
    return body


def _parts(response: HTTPResponse | HTTPError, end: float) -> Iterator[bytes]:
    """Yield the body in parts, each as soon as it comes.

    Raises:
        HTTPException: it is cut short.
        TimeoutError: it is not complete at the time ``end``.
    """
    while part := response.read1(_CHUNK):
        yield part
        if time.monotonic() > end:
            raise TimeoutError
