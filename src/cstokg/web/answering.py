"""Answers as HTTP gives them: with an entity tag, compressed where wanted, and kept for the next who asks."""

import gzip
import hashlib
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from types import MappingProxyType

from cstokg import formats
from cstokg.engine import Engine, QueryError
from cstokg.web import headers, hints, negotiation, problems, validators
from cstokg.web.cache import Cache, Entry
from cstokg.web.description import Descriptions
from cstokg.web.protocol import Operation
from cstokg.web.suggestions import Suggestions

Headers = tuple[tuple[str, str], ...]

CACHE_BYTES = 64_000_000

# A cache may keep an answer and has to ask whether it still holds, which costs a 304.
KEEP = "public, no-cache"
VARY = "Accept, Accept-Encoding"

_SMALLEST = 1_000  # bytes; less is not worth compressing
_LEVEL = 5
_FEW = 1  # rows; a name that is misspelt leaves none, or one that counts none
_STATIC: MappingProxyType[str, str] = headers.ALL


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a client wants: a query form, in media types best first, gzip or nothing, if not what it has.

    ``has`` is the header If-None-Match.
    """

    form: str
    media_types: tuple[str, ...]
    coding: str = ""
    has: str = ""


class Answering:
    """Gives the answers of one engine."""

    def __init__(self, engine: Engine, cache_bytes: int = CACHE_BYTES) -> None:
        """Keep as many bytes of answers."""
        self.engine = engine
        self.cache = Cache(cache_bytes)
        self.suggestions = Suggestions(engine)
        self.descriptions = Descriptions(engine)

    def kept(self, key: Hashable) -> Entry | None:
        """What was answered before to the same request of the same release."""
        return self.cache.get((self.engine.version, key))

    def answer(
        self,
        operation: Operation,
        wanted: Wanted,
        key: tuple[str, ...],
        cancelled: Callable[[], bool] | None = None,
    ) -> Entry:
        """The answer to a query; its body is empty and its rows are -1 where the client has it already.

        It is kept under the key, unless two evaluations may differ.

        Raises:
            ProblemError: there is no answer.
        """
        sparql = operation.query or ""
        version = self.engine.version
        query_hash = hash_of(sparql)
        chosen = negotiation.fitting(wanted.media_types, wanted.form)
        volatile = not chosen or not version or validators.is_volatile(sparql)
        tag = "" if volatile else validators.tag(version, operation, chosen, wanted.coding)
        if tag and wanted.has and validators.matches(wanted.has, tag):
            return Entry(tag, _headers(tag, None), b"", -1, query_hash)
        accepted = (
            (chosen,) if chosen else tuple(one for one in wanted.media_types if one != negotiation.HTML)
        )
        try:
            answer = self.engine.query(
                sparql,
                accepted or ("application/sparql-results+json", "text/turtle"),
                operation.default_graphs,
                operation.named_graphs,
                spreadsheet=operation.format == negotiation.SPREADSHEET,
                timeout=operation.timeout,
                cancelled=cancelled,
            )
        except QueryError as error:
            raise problems.of_error(error, sparql) from error
        if answer.version != version or answer.failed_services:
            volatile, tag = True, ""
        body = answer.body
        compressed = wanted.coding == negotiation.GZIP and len(body) >= _SMALLEST
        if compressed:
            body = gzip.compress(body, _LEVEL, mtime=0)
        found = _headers(tag, answer.media_type, operation, compressed)
        if answer.rows <= _FEW and (help_ := hints.link(self.suggestions.unknown_names(sparql))):
            found += (("Link", help_),)
        entry = Entry(tag, found, body, answer.rows, query_hash)
        if not volatile:
            self.cache.put((version, key), entry, sum(map(len, key)))
        return entry


def hash_of(sparql: str) -> str:
    """A short name for a query, which says nothing of what is in it."""
    return hashlib.sha256(sparql.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _headers(
    tag: str, media_type: str | None, operation: Operation | None = None, compressed: bool = False
) -> Headers:
    """The headers of an answer; those of a 304 where there is no media type."""
    found = [*_STATIC.items(), ("Vary", VARY), ("Cache-Control", KEEP if tag else "no-store")]
    if tag:
        found.append(("ETag", tag))
    if media_type is None:
        return tuple(found)
    found.append(("Content-Type", negotiation.content_type(media_type)))
    if compressed:
        found.append(("Content-Encoding", negotiation.GZIP))
    if operation and operation.format is not None:
        extension = formats.BY_MEDIA_TYPE[media_type].extension
        found.append(("Content-Disposition", f'inline; filename="answer.{extension}"'))
    return tuple(found)
