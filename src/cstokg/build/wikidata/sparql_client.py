"""Ask a SPARQL endpoint over HTTP; after 429 and 503, wait as it asks and try again.

Answers can be kept in a file, so that a run that was broken off does not ask again.
"""

import json
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from hashlib import sha256
from http.client import HTTPException
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode
from urllib.request import Request, build_opener

from cstokg import formats, http_requests, json_results
from cstokg.http_requests import EndpointError
from cstokg.json_results import JsonTerm

_AGAIN = (429, 503)
_ATTEMPTS = 5
_FIRST_WAIT = 2.0  # seconds; each further one is twice as long
_LONGEST_WAIT = 300.0
_SECONDS = 90.0  # Wikidata's own limit is 60
_MOST_BYTES = 64_000_000

Rows = list[dict[str, JsonTerm]]


@dataclass(slots=True)
class Client:
    """Asks one endpoint.

    Attributes:
        endpoint: its address.
        state: the file that keeps the answers, if they are to be kept.
        on_wait: is told for how many seconds the client waits, and why.
        sleep: waits.
        asked: how many requests were sent.
    """

    endpoint: str
    state: Path | None = None
    on_wait: Callable[[float, str], None] = lambda seconds, reason: None
    sleep: Callable[[float], None] = time.sleep
    asked: int = 0
    _answers: dict[str, Rows] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Read the state.

        Raises:
            EndpointError: the address is not one, or the file holds something else, also the answers of
                another endpoint.
        """
        if not http_requests.is_address(self.endpoint):
            raise EndpointError(f"{self.endpoint}: not the address of an endpoint; write it with https://")
        if self.state and self.state.exists():
            try:
                kept = json.loads(self.state.read_bytes())
                endpoint, self._answers = str(kept["endpoint"]), dict(kept["answers"])
            except (OSError, ValueError, KeyError, TypeError) as error:
                raise EndpointError(
                    f"{self.state}: not the state of a run that was broken off; remove it, or name another"
                ) from error
            if endpoint != self.endpoint:
                raise EndpointError(
                    f"{self.state}: the state of a run at {endpoint}; remove it, or name another file"
                )

    def select(self, query: str) -> Rows:
        """Return the rows of a SELECT query, from the state if they are there.

        Raises:
            EndpointError: there is no answer, or it holds no results.
        """
        key = sha256(query.encode()).hexdigest()
        if key not in self._answers:
            self._answers[key] = self._ask(query)
            self._keep()
        return self._answers[key]

    def finish(self) -> None:
        """Remove the state of a run that is complete."""
        if self.state:
            self.state.unlink(missing_ok=True)

    def _keep(self) -> None:
        if not self.state:
            return
        text = json.dumps({"endpoint": self.endpoint, "answers": self._answers}, ensure_ascii=False)
        new = self.state.with_name(f"{self.state.name}.new")
        try:
            new.write_text(text, encoding="utf-8")
            new.replace(self.state)
        except OSError as error:
            raise EndpointError(f"{self.state}: {error.strerror}; name another file") from error

    def _ask(self, query: str) -> Rows:
        for attempt in range(_ATTEMPTS):
            self.asked += 1
            try:
                return self._request(query)
            except HTTPError as error:
                with error:  # the connection is of no use during the pause
                    if error.code not in _AGAIN or attempt == _ATTEMPTS - 1:
                        raise EndpointError(self._refusal(error)) from error
                seconds = _seconds_to_wait(error.headers.get("Retry-After"), attempt)
                if seconds > _LONGEST_WAIT:
                    raise EndpointError(
                        f"{self.endpoint} asks for a pause of {seconds:.0f} seconds; {self._later()}"
                    ) from error
                self.on_wait(seconds, f"{error.code} {error.reason}")
                self.sleep(seconds)
            except (URLError, OSError, HTTPException) as error:
                reason = error.reason if isinstance(error, URLError) else error
                raise EndpointError(
                    f"{self.endpoint} cannot be reached ({reason}). Check the network and the address, or "
                    f"name another endpoint with --endpoint; {self._later()}"
                ) from error
        raise AssertionError("the last attempt returns or raises")

    def _request(self, query: str) -> Rows:
        request = Request(  # noqa: S310 - the scheme was checked
            self.endpoint,
            urlencode({"query": query}).encode(),
            {
                "Accept": formats.RESULTS_JSON,
                "Content-Type": formats.FORM,
                "User-Agent": http_requests.user_agent(),
            },
        )
        with build_opener(http_requests.NoRedirects).open(request, timeout=_SECONDS) as response:
            body = response.read(_MOST_BYTES + 1)
        if len(body) > _MOST_BYTES:
            raise EndpointError(
                f"{self.endpoint} sent more than {_MOST_BYTES:,} bytes; ask for less with --batch"
            )
        try:
            results = json_results.read_foreign(body)
            if results.boolean is not None:
                raise ValueError("the answer to another form of query")
            return results.rows
        except ValueError as error:
            raise EndpointError(
                f"{self.endpoint} sent no results in JSON. Is it the address of a SPARQL endpoint?"
            ) from error

    def _refusal(self, error: HTTPError) -> str:
        if location := error.headers.get("Location"):
            return f"{self.endpoint} redirects to {location}; if that is right, name it with --endpoint"
        with suppress(OSError, HTTPException):
            text = " ".join(error.read(2000).decode("utf-8", "replace").split())[:200]
            return f"{self.endpoint} answered {error.code} {error.reason} ({text}); {self._later()}"
        return f"{self.endpoint} answered {error.code} {error.reason}; {self._later()}"

    def _later(self) -> str:
        if self.state:
            return f"the next run goes on from {self.state}"
        return "with --state FILE a later run goes on where this one stopped"


def _seconds_to_wait(retry_after: str | None, attempt: int) -> float:
    """Return the seconds to wait: as the endpoint asks, in seconds or as a date, or longer each time."""
    if retry_after and retry_after.strip().isdecimal():
        return float(retry_after)
    if retry_after:
        with suppress(ValueError):
            at = parsedate_to_datetime(retry_after)
            return max(0.0, (at.replace(tzinfo=at.tzinfo or UTC) - datetime.now(UTC)).total_seconds())
    return _FIRST_WAIT * (1 << attempt)
