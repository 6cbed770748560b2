"""A cache of whole responses by the bytes of their requests, so that none is made twice.

A web page that sends a query for each of its readers sends the same bytes each time. If the answer is in the
cache of ``sparql_protocol``, the bytes of the response are kept here, by the bytes of the request. Only the
header Date is written anew.
"""

from collections.abc import Callable
from dataclasses import dataclass
from email.utils import formatdate
from time import time
from typing import NamedTuple

from cachetools import LRUCache

REUSABLE = "cstokg.reusable"
"""The name in the scope of a request under which its application puts a ``Reusable``."""

_START, _VERSION, _END = b"GET /", b" HTTP/1.1\r\n", b"\r\n\r\n"
_OK = b"HTTP/1.1 200 OK\r\n"
_DATE = b"\r\ndate: "
_DATE_BYTES = 29  # RFC 9110, section 5.6.7
_MAX_BYTES = 65_536  # bytes of a request and its response together
_OVERHEAD_BYTES = 500


class Reusable(NamedTuple):
    """What an application says of a response that may be sent again as it is.

    Attributes:
        version: the version of the data that the response depends on.
        note: the function to call whenever it is sent again, with the address of the client.
    """

    version: str
    note: Callable[[str], None]


@dataclass(frozen=True, slots=True)
class StoredResponse:
    """A response in two parts, before and after its date, and what its application says of it."""

    before: bytes
    after: bytes
    reusable: Reusable

    @property
    def size(self) -> int:
        """Return about how many bytes it takes in memory, without the request."""
        return len(self.before) + len(self.after) + _OVERHEAD_BYTES


class ResponseCache:
    """Responses by the bytes of their requests."""

    def __init__(self, limit: int) -> None:
        """Keep up to this many bytes; 0 keeps nothing."""
        self._stored: LRUCache[bytes, StoredResponse] = LRUCache(limit, getsizeof=lambda stored: stored.size)
        self._second = 0
        self._date = b""

    def get(self, request: bytes, version: str, client: str) -> bytes | None:
        """Return the response to a request, if it is kept for this version, and note that it is sent."""
        stored = self._stored.get(request)
        if stored is None or stored.reusable.version != version:
            return None
        stored.reusable.note(client)
        now = int(time())
        if now != self._second:
            self._second, self._date = now, formatdate(now, usegmt=True).encode()
        return stored.before + self._date + stored.after

    def put(self, request: bytes, response: bytes, reusable: Reusable) -> None:
        """Keep a response if it and its request are whole, and neither closes the connection."""
        head, _, body = response.partition(_END)
        place = head.find(_DATE)
        if (
            not is_whole(request)
            or len(request) + len(response) > _MAX_BYTES
            or not head.startswith(_OK)
            or b"\r\ncontent-length: %d\r\n" % len(body) not in head + b"\r\n"
            or place < 0
            or b"close" in request.lower()
        ):
            return
        start = place + len(_DATE)
        # The response cache counts only the response and an overhead; the request is kept as the key.
        stored = StoredResponse(response[:start], response[start + _DATE_BYTES :], reusable)
        if stored.size <= self._stored.maxsize:
            self._stored[request] = stored


def is_whole(data: bytes) -> bool:
    """Return whether some bytes are one whole GET request and nothing else."""
    return (
        data.startswith(_START)
        and data.endswith(_END)
        and data.find(_END) == len(data) - len(_END)
        and _VERSION in data
        and not has_body(data)
    )


def has_body(head: bytes | bytearray) -> bool:
    """Return whether the head of a request may announce a body (RFC 9112, section 6.3)."""
    lower = head.lower()
    return b"content-length" in lower or b"transfer-encoding" in lower
