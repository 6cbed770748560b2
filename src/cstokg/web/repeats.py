"""Requests that come again byte for byte: their responses are sent as they were, without being made again.

A page that asks the same query for each of its readers sends the same bytes each time. Where the answer
is kept anyway (see the cache of ``sparql_protocol``), its bytes on the wire are kept too, by the bytes of
the request. Only the field Date is written anew.
"""

from dataclasses import dataclass
from email.utils import formatdate
from time import time

from cachetools import LRUCache

REPEATABLE = "cstokg.repeatable"
"""The name in the scope of a request under which its application says what its response depends on."""

_START, _VERSION, _END = b"GET /", b" HTTP/1.1\r\n", b"\r\n\r\n"
_OK = b"HTTP/1.1 200 OK\r\n"
_DATE = b"\r\ndate: "
_DATE_BYTES = 29  # RFC 9110, section 5.6.7
_LARGEST = 65_536  # bytes of a request and its response together
_OVERHEAD = 500


@dataclass(frozen=True, slots=True)
class Repeat:
    """The response to a request: what stands before and after its date, and the version it depends on."""

    before: bytes
    after: bytes
    version: str

    @property
    def size(self) -> int:
        """About how many bytes it takes in memory, without the request."""
        return len(self.before) + len(self.after) + _OVERHEAD


class Repeats:
    """Responses by the bytes of their requests."""

    def __init__(self, limit: int) -> None:
        """Keep as many bytes; 0 keeps nothing."""
        self._kept: LRUCache[bytes, Repeat] = LRUCache(limit, getsizeof=lambda repeat: repeat.size)
        self._second = 0
        self._date = b""

    def get(self, request: bytes, version: str) -> bytes | None:
        """The response to a request, if it is kept and depends on this version."""
        repeat = self._kept.get(request)
        if repeat is None or repeat.version != version:
            return None
        now = int(time())
        if now != self._second:
            self._second, self._date = now, formatdate(now, usegmt=True).encode()
        return repeat.before + self._date + repeat.after

    def put(self, request: bytes, response: bytes, version: str) -> None:
        """Keep a response, if it and its request are whole, and leave their connection open."""
        head, _, body = response.partition(_END)
        place = head.find(_DATE)
        if (
            not is_whole(request)
            or len(request) + len(response) > _LARGEST
            or not head.startswith(_OK)
            or b"\r\ncontent-length: %d" % len(body) not in head
            or place < 0
            or b"close" in request.lower()
        ):
            return
        start = place + len(_DATE)
        # The request is counted as part of its response: both are kept.
        repeat = Repeat(response[:start], response[start + _DATE_BYTES :], version)
        if repeat.size <= self._kept.maxsize:
            self._kept[request] = repeat


def is_whole(data: bytes) -> bool:
    """Whether some bytes are one whole GET request and nothing else."""
    return (
        data.startswith(_START)
        and data.endswith(_END)
        and data.find(_END) == len(data) - len(_END)
        and _VERSION in data
        and b"\ncontent-length:" not in data.lower()
        and b"\ntransfer-encoding:" not in data.lower()
    )
