"""A cache in memory, bounded by the bytes that it holds; what was used longest ago goes first."""

import threading
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass

_OVERHEAD = 1_000  # bytes of an entry beside its body and key: headers and Python's objects
_SHARE = 8  # no entry takes more than one part in so many


@dataclass(frozen=True, slots=True)
class Entry:
    """A response that may be given again.

    Attributes:
        tag: the entity tag, in quotation marks.
        headers: all of the response's headers that do not depend on the request.
        body: what is sent, compressed or not.
        rows: how many solutions or triples it has.
        query_hash: of the query, for the access log.
    """

    tag: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    rows: int
    query_hash: str


class Cache:
    """Entries by key, for several threads."""

    def __init__(self, limit: int) -> None:
        """Hold as many bytes; 0 keeps nothing."""
        self._limit = limit
        self._entries: OrderedDict[Hashable, tuple[Entry, int]] = OrderedDict()
        self._size = 0
        self._lock = threading.Lock()

    @property
    def size(self) -> int:
        """How many bytes are held."""
        return self._size

    def __len__(self) -> int:
        """How many entries are held."""
        return len(self._entries)

    def get(self, key: Hashable) -> Entry | None:
        """The entry under a key."""
        with self._lock:
            found = self._entries.get(key)
            if found is None:
                return None
            self._entries.move_to_end(key)
            return found[0]

    def put(self, key: Hashable, entry: Entry, key_size: int) -> None:
        """Keep an entry, unless it is too large beside the limit; the key's size in bytes counts too."""
        size = len(entry.body) + key_size + _OVERHEAD
        if size * _SHARE > self._limit:
            return
        with self._lock:
            before = self._entries.pop(key, None)
            if before is not None:
                self._size -= before[1]
            self._entries[key] = entry, size
            self._size += size
            while self._size > self._limit:
                _, (_, gone) = self._entries.popitem(last=False)
                self._size -= gone
