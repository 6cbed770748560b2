"""Send the responses to requests that come again byte for byte, without making them again.

A page that asks the same query for each of its readers sends the same bytes each time. Where the answer
is kept anyway (see the cache of ``sparql_protocol``), its bytes on the wire are kept too, by the bytes of
the request. Only the field Date is written anew.
"""

from collections.abc import Callable
from dataclasses import dataclass
from email.utils import formatdate
from time import time
from typing import NamedTuple

from cachetools import LRUCache

REPEATABLE = "cstokg.repeatable"
"""The name in the scope of a request under which its application puts a ``Repeatable``."""

_START, _VERSION, _END = b"GET /", b" HTTP/1.1\r\n", b"\r\n\r\n"
_OK = b"HTTP/1.1 200 OK\r\n"
_DATE = b"\r\ndate: "
_DATE_BYTES = 29  # RFC 9110, section 5.6.7
_LARGEST = 65_536  # bytes of a request and its response together
_OVERHEAD = 500


class Repeatable(NamedTuple):
    """What an application says of a response that may be sent again as it is.

    Attributes:
        version: of the data that the response depends on.
        note: is called whenever it was sent again, with the address of the client.
    """

    version: str
    note: Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Repeat:
    """The response to a request: what stands before and after its date, and what is said of it."""

    before: bytes
    after: bytes
    repeatable: Repeatable

    @property
    def size(self) -> int:
        """Return about how many bytes it takes in memory, without the request."""
        return len(self.before) + len(self.after) + _OVERHEAD


class Repeats:
    """Responses by the bytes of their requests."""

    def __init__(self, limit: int) -> None:
        """Keep as many bytes; 0 keeps nothing."""
        self._kept: LRUCache[bytes, Repeat] = LRUCache(limit, getsizeof=lambda repeat: repeat.size)
        self._second = 0
        self._date = b""

    def get(self, request: bytes, version: str, client: str) -> bytes | None:
        """Return the response to a request, if it is kept for this version, and note that it is sent."""
        repeat = self._kept.get(request)
        if repeat is None or repeat.repeatable.version != version:
            return None
        repeat.repeatable.note(client)
        now = int(time())
        if now != self._second:
            self._second, self._date = now, formatdate(now, usegmt=True).encode()
        return repeat.before + self._date + repeat.after

    def put(self, request: bytes, response: bytes, repeatable: Repeatable) -> None:
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
        repeat = Repeat(response[:start], response[start + _DATE_BYTES :], repeatable)
        if repeat.size <= self._kept.maxsize:
            self._kept[request] = repeat


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
    """Return whether the head of a request announces a body (RFC 9112, section 6.3); in doubt, yes."""
    lower = head.lower()
    return b"content-length" in lower or b"transfer-encoding" in lower
