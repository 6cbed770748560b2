"""Calls to other endpoints: which a query makes, whether it may, and where they really go.

A call goes to a relay of the pool's, which speaks with the endpoint; the worker could not. Whether a
"service" in the text is the keyword the parser says, and it must not execute the call while it
does: so the keyword is replaced by GRAPH, which stands in the same places (SPARQL 1.1 Query, section
19.8, rules 58 and 59), one after the other until the text parses.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from cstokg.engine import prologue, syntax
from cstokg.engine.errors import MalformedQueryError, ServiceRefusedError
from cstokg.engine.guard import nonce

_SERVICE = re.compile("service", re.IGNORECASE)
_WORD_WITH_SERVICE = re.compile(r"[\w:.-]*service[\w:.-]*", re.IGNORECASE)
_SILENT = re.compile("silent", re.IGNORECASE)
# Of prefixed names the plain ones only: what they end with leaves no doubt.
_ENDPOINT = re.compile(r"<[^<>\"{}|^`\\\x00-\x20]*>|[A-Za-z][\w-]*:[\w-]*(?=[\s{])")
_MOST = 10


@dataclass(frozen=True, slots=True)
class Redirected:
    """A query that calls endpoints.

    Attributes:
        harmless: the same text with GRAPH in place of SERVICE, to be looked at.
        sparql: the same text with other addresses, to be evaluated.
    """

    harmless: str
    sparql: str


def may_call(sparql: str) -> bool:
    """Whether a text could call an endpoint; if not, it need not be looked at here."""
    return _SERVICE.search(sparql) is not None


def redirect(sparql: str, addresses: Mapping[str, str]) -> Redirected | None:
    """A query with its calls sent to other addresses, which stand by endpoint; None if it calls nobody.

    Raises:
        ServiceRefusedError: it calls an endpoint that has no address, or one that it computes.
        MalformedQueryError: it is no query.
    """
    words = list(_SERVICE.finditer(sparql))
    harmless = _SERVICE.sub(nonce("service"), sparql)
    declared = prologue.read(sparql)
    calls: dict[int, tuple[int, int, str]] = {}
    while True:
        try:
            syntax.parse(harmless)
            break
        except MalformedQueryError as error:
            found = _keyword_at(error, sparql, words, calls)
            if found is None or len(calls) >= _MOST:
                raise
        start, end = found.span()
        position = prologue.space(sparql, end)
        if silent := _SILENT.match(sparql, position):
            position = prologue.space(sparql, silent.end())
        endpoint = _ENDPOINT.match(sparql, position)
        iri = (declared.iri(endpoint[0], 0) or "") if endpoint else ""
        if endpoint is None or iri not in addresses:
            message = f"the endpoint {iri} is not one that may be called" if iri else "SERVICE needs an IRI"
            raise ServiceRefusedError(message, *syntax.place(sparql, start))
        calls[start] = (*endpoint.span(), addresses[iri])
        silenced = " " * (silent.end() - silent.start()) if silent else ""
        gap_end = silent.start() if silent else endpoint.start()
        harmless = (
            f"{harmless[:start]}GRAPH  {sparql[end:gap_end]}{silenced}"
            f"{sparql[silent.end() : endpoint.start()] if silent else ''}{harmless[endpoint.start() :]}"
        )
    if not calls:
        return None
    rewritten = sparql
    for start, end, address in sorted(calls.values(), reverse=True):
        rewritten = f"{rewritten[:start]}<{address}>{rewritten[end:]}"
    return Redirected(harmless, rewritten)


def _keyword_at(
    error: MalformedQueryError, sparql: str, words: list[re.Match[str]], calls: Mapping[int, object]
) -> re.Match[str] | None:
    """The "service" at which the parser stumbled, if it did over one."""
    if error.line is None or error.column is None:
        return None
    offset = syntax.offset_of(sparql, error.line, error.column)
    for context in _WORD_WITH_SERVICE.finditer(sparql):
        if context.start() <= offset <= context.end():
            inside = (word for word in words if context.start() <= word.start() < context.end())
            return next((word for word in inside if word.start() not in calls), None)
    return None
