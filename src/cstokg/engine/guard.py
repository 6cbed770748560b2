r"""What is refused before it runs: texts too long or too deep, updates, and calls to other endpoints.

pyoxigraph executes every SERVICE, offers no switch for it and shows no algebra. Most texts do not
hold the word at all. Where one does, the tokens say which is the keyword, and the parser is asked
once whether they are right, over a text without the keyword and in which every other "service" is
a name that is no keyword: ``ex:a\# SERVICE …`` holds no comment, and ``trueSERVICE<…>{}`` is a
literal followed by a call. Behind this stands the worker, which cannot open a connection at all.
"""

import re
import secrets
import string
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from pyoxigraph import Store

from cstokg.engine import syntax_errors
from cstokg.engine.errors import (
    MalformedQueryError,
    QueryTooDeepError,
    QueryTooLongError,
    ServiceRefusedError,
    UpdateRefusedError,
)
from cstokg.engine.query_text import BASE_IRI, PREFIXES, QueryText, Token
from cstokg.settings import Limits

NO_SERVICES: Mapping[str, str] = MappingProxyType({})

_SERVICE = re.compile("service", re.IGNORECASE)
_OPENING, _CLOSING = frozenset({"(", "[", "{", "<<("}), frozenset({")", "]", "}", ")>>"})
# Nothing can be reached under it, so a call fails at once.
_NOWHERE = "<nowhere:>"


class _Call(NamedTuple):
    """The tokens of a SERVICE: its keyword, SILENT, and what names the endpoint."""

    keyword: Token
    silent: Token | None
    endpoint: Token | None


def check_size(sparql: str, limits: Limits) -> None:
    """Raise if a text is too long to be read.

    Raises:
        QueryTooLongError: it has more bytes than the limit.
        MalformedQueryError: it is not Unicode text.
    """
    try:
        size = len(sparql) if sparql.isascii() else len(sparql.encode())
    except UnicodeEncodeError as error:
        message = "half a surrogate pair is not a character"
        raise MalformedQueryError(message, *syntax_errors.place(sparql, error.start)) from None
    if size > limits.query_bytes:
        raise QueryTooLongError(f"the query has {size:,} bytes, at most {limits.query_bytes:,} are read")


def check_depth(query: QueryText, limits: Limits) -> None:
    """Raise if a text nests so deep that it could end the parser.

    Raises:
        QueryTooDeepError: its brackets nest deeper than the limit.
    """
    if sum(map(query.sparql.count, "([{")) <= limits.depth:
        return
    level = 0
    for token in query.tokens:
        if token.text in _OPENING:
            level += 1
        elif token.text in _CLOSING:
            level = max(0, level - 1)
        # What looks like a relative IRI may be a comparison with brackets, ?a<((1))>?b.
        inside = 0 if token.kind != "iri" or ":" in token.text else sum(map(token.text.count, "(["))
        if level + inside > limits.depth:
            message = f"the brackets nest more than {limits.depth} levels deep"
            raise QueryTooDeepError(message, *syntax_errors.place(query.sparql, token.start))


def check_update(query: QueryText) -> None:
    """Raise if a text is an update.

    Raises:
        UpdateRefusedError: it is one.
    """
    if query.is_update:
        place = syntax_errors.place(query.sparql, query.body)
        raise UpdateRefusedError("the data are read-only, updates are off", *place)


def may_call(sparql: str) -> bool:
    """Whether a text could call an endpoint, because it has the word."""
    return _SERVICE.search(sparql) is not None


def redirect_calls(query: QueryText, addresses: Mapping[str, str] = NO_SERVICES) -> str | None:
    """A query with its calls sent to other addresses, which stand by endpoint; None if it calls nobody.

    A SERVICE SILENT to an endpoint without an address is sent nowhere, and so adds nothing to a
    solution (SPARQL 1.1 Federated Query, section 2.4).

    Raises:
        ServiceRefusedError: it calls an endpoint that has no address, or one that it computes.
        MalformedQueryError: it is no query.
    """
    if "SERVICE" not in query.capitals:
        return None
    found = [_call(query.tokens[index : index + 3]) for index in query.services]
    _check_keywords(query, found)
    if not found:
        return None
    rewritten, end = [], 0
    for call in found:
        if call.endpoint is None:
            continue  # the parser has taken it, so this cannot be
        address = _address(query, call, addresses)
        rewritten += [query.sparql[end : call.endpoint.start], address]
        end = call.endpoint.end
    return "".join([*rewritten, query.sparql[end:]])


def _call(tokens: Sequence[Token]) -> _Call:
    silent = tokens[1] if len(tokens) > 1 and tokens[1].text.upper() == "SILENT" else None
    following = tokens[2 if silent else 1 :]
    return _Call(tokens[0], silent, following[0] if following else None)


def _check_keywords(query: QueryText, found: Sequence[_Call]) -> None:
    """Raise if the parser finds other calls in a query than these, or no query."""
    harmless = _SERVICE.sub(_name(), query.sparql)
    for call in found:
        # GRAPH stands in the same places (SPARQL 1.1 Query, section 19.8, rules 58 and 59).
        for token, text in ((call.keyword, "GRAPH  "), (call.silent, "      ")):
            if token:
                harmless = harmless[: token.start] + text + harmless[token.end :]
    try:
        Store().query(harmless, base_iri=BASE_IRI, prefixes=PREFIXES)
    except SyntaxError as error:
        explained = syntax_errors.explain(error, QueryText(harmless, query.tokens), query.sparql)
    else:
        return
    if explained.line is not None and explained.column is not None:
        offset = syntax_errors.offset_of(query.sparql, explained.line, explained.column)
        token = next((token for token in query.tokens if token.start <= offset < token.end), None)
        if token and _SERVICE.search(token.text) and token.kind != "string":
            raise _refusal(query, token)
    raise explained


def _address(query: QueryText, call: _Call, addresses: Mapping[str, str]) -> str:
    endpoint = call.endpoint
    iri = query.resolve(endpoint) if endpoint and endpoint.kind in ("iri", "name") else ""
    if iri in addresses:
        return f"<{addresses[iri]}>"
    if call.silent:
        return _NOWHERE
    if addresses:
        message = f"the endpoint {iri} is not one that may be called" if iri else "SERVICE needs an IRI"
        raise ServiceRefusedError(message, *syntax_errors.place(query.sparql, call.keyword.start))
    raise _refusal(query, call.keyword)


def _refusal(query: QueryText, token: Token) -> ServiceRefusedError:
    message = "calls to other endpoints (SERVICE) are off"
    return ServiceRefusedError(message, *syntax_errors.place(query.sparql, token.start))


def _name() -> str:
    """A random name as long as the keyword.

    No SPARQL keyword begins with q, and nobody can declare a prefix with a name not known before.
    """
    return "q" + "".join(secrets.choice(string.ascii_lowercase) for _ in "ervice")
