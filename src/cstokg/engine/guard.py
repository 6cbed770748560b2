"""What is refused before it runs: texts too long or too deep, updates, and calls of other endpoints.

The parser offers no syntax tree, and it executes every SERVICE that it reads. So the tokens say where a
call is, and the parser confirms it on a text that makes no call: GRAPH replaces the keyword SERVICE,
since both are allowed in the same places (SPARQL 1.1 Query, section 19.8, rules 58 and 59), and a random
name replaces every other "service" in the text. If that parses, no call was overlooked.

A call that is allowed is sent to the relay, which runs in the server process: ``service_relay``.
"""

import re
import secrets
import string
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from pyoxigraph import Store

from cstokg.engine import syntax_errors
from cstokg.engine.query_text import BASE_IRI, PREFIXES, QueryText, Token
from cstokg.errors import (
    MalformedQueryError,
    QueryTooDeepError,
    QueryTooLongError,
    ServiceFailedError,
    ServiceRefusedError,
    UpdateRefusedError,
)
from cstokg.settings import Limits

_OPENING, _CLOSING = frozenset({"(", "[", "{", "<<("}), frozenset({")", "]", "}", ")>>"})

_SERVICE = re.compile("service", re.IGNORECASE | re.ASCII)
_ENDPOINTS = frozenset({"iri", "name", "variable"})

MAX_CALLS = 10  # of SERVICE in one query
_SERVICE_IS_OFF = (
    "calls to other endpoints (SERVICE) are off; `cstokg serve --allow-service` allows single ones"
)
NO_SERVICES: Mapping[str, str] = MappingProxyType({})


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


@dataclass(slots=True, eq=False)
class Call:
    """A call of an endpoint.

    Attributes:
        keyword: the token SERVICE.
        silent: the token SILENT, if there is one.
        endpoint: the token that names the endpoint.
        outer: the call around this one.
        end: the offset at which the call ends.
        iri: of the endpoint; empty where a variable names it.
    """

    keyword: Token
    silent: Token | None
    endpoint: Token
    outer: "Call | None"
    end: int = 0
    iri: str = ""


def find_calls(query: QueryText) -> list[Call]:
    """Return the calls in a query, in order.

    Raises:
        ServiceRefusedError: it calls an endpoint where the text looks like an IRI.
        MalformedQueryError: the text is not a query.
    """
    if "SERVICE" not in query.uppercase:
        return []
    calls = _find_in_tokens(query)
    _confirm_calls(query, calls)
    for call in calls:
        if call.endpoint.kind != "variable":
            call.iri = query.resolve(call.endpoint)
    return calls


def with_edits(text: str, edits: Iterable[tuple[int, int, str]]) -> str:
    """Return a text with edits applied: each a start, an end and a replacement, in the order of the text."""
    parts, position = [], 0
    for start, end, replacement in edits:
        parts += [text[position:start], replacement]
        position = end
    return "".join([*parts, text[position:]])


def _confirm_calls(query: QueryText, calls: Iterable[Call]) -> None:
    """Raise if the parser finds other calls in the text than these, or if the text is not a query."""
    edits = []
    for call in calls:
        edits.append((call.keyword.start, call.keyword.end, "GRAPH  "))
        if call.silent:
            edits.append((call.silent.start, call.silent.end, "      "))
    random_names: dict[str, str] = {}  # the case of letters tells ?service from ?Service
    harmless = _SERVICE.sub(
        lambda match: random_names.setdefault(match[0], _random_name(match[0])),
        with_edits(query.sparql, edits),
    )
    try:
        Store().query(harmless, base_iri=BASE_IRI, prefixes=PREFIXES)
    except SyntaxError as error:
        explained = syntax_errors.explain(error, QueryText(harmless, query.tokens), query.sparql)
    except (OSError, RuntimeError, ValueError):
        return  # it parses, and calls a function that does not exist
    else:
        return
    if explained.line is not None and explained.column is not None:
        offset = syntax_errors.offset_of(query.sparql, explained.line, explained.column)
        token = next((token for token in query.tokens if token.start <= offset < token.end), None)
        # What looks like an IRI may be a comparison and a call, ?a<?b)SERVICE?c#>.
        hidden = _SERVICE.search(token.text) if token and token.kind == "iri" else None
        if token and hidden:
            message = "SERVICE looks like a part of an IRI here; put blanks around <"
            place = syntax_errors.place(query.sparql, token.start + hidden.start())
            raise ServiceRefusedError(message, *place)
    raise explained


def _random_name(word: str) -> str:
    """Return a name as long as a word, in the same case; no keyword of SPARQL begins with q."""
    letters = "q" + "".join(secrets.choice(string.ascii_lowercase) for _ in word[1:])
    return "".join(new.upper() if old.isupper() else new for old, new in zip(word, letters, strict=True))


def _find_in_tokens(query: QueryText) -> list[Call]:
    """Return the calls that the tokens of a text show, in order."""
    read = query.keywords_apart("SERVICE", "SILENT")
    calls: list[Call] = []
    starts: dict[int, Call] = {}  # by the offset of the brace
    opened: list[Call | None] = []  # for each brace that is open: the innermost call around what follows
    for position, token in enumerate(read):
        outer = opened[-1] if opened else None
        if token.text == "{":
            opened.append(starts.get(token.start, outer))
        elif token.text == "}" and opened:
            closed = opened.pop()
            if closed and closed is not (opened[-1] if opened else None):
                closed.end = token.end
        elif token.kind == "word" and token.text.upper() == "SERVICE":
            following = read[position + 1 : position + 4]
            silent = following.pop(0) if following and following[0].text.upper() == "SILENT" else None
            # If other tokens follow, the parser will say what is wrong.
            if [part.text for part in following[1:2]] == ["{"] and following[0].kind in _ENDPOINTS:
                call = Call(token, silent, following[0], outer)
                starts[following[1].start] = call
                calls.append(call)
    return calls


@dataclass(frozen=True, slots=True)
class Redirected:
    """A query that calls endpoints, of which some may be left out."""

    _query: QueryText
    _calls: tuple[Call, ...]
    _addresses: Mapping[str, str]

    def make_calls(self, ask: Callable[[str], Iterable[object]]) -> tuple[str, tuple[str, ...]]:
        """Make each call once, and return the text to evaluate and the SILENT calls without an answer.

        Each call is asked for by itself first, because a query with a SILENT call that failed gives no
        sign of it. The relay keeps the answers: when the text is evaluated, no endpoint is asked again.
        Where a SILENT call had no answer, the text has a pattern with one solution, which binds nothing
        (SPARQL 1.1 Federated Query, section 2.3).

        Args:
            ask: evaluates a query with the project's base and prefixes, and returns the solutions.

        Raises:
            ServiceFailedError: an endpoint called without SILENT did not answer with results of SPARQL.
        """
        failed: list[Call] = []
        for call in self._calls:
            if call.outer or call.iri not in self._addresses:
                continue
            try:
                for _ in ask(self._query_of_call(call)):
                    pass
            except (OSError, RuntimeError, ValueError, SyntaxError):
                if call.silent is None:
                    message = f"{call.iri} did not answer with results of SPARQL"
                    raise ServiceFailedError(
                        message, *syntax_errors.place(self._query.sparql, call.keyword.start)
                    ) from None
                failed.append(call)
        edits, left_out = self._edits(failed)
        names = dict.fromkeys(call.iri or call.endpoint.text for call in left_out)
        return with_edits(self._query.sparql, edits), tuple(names)

    def _query_of_call(self, call: Call) -> str:
        """Return a query that makes this call and no other."""
        start = call.keyword.start
        edits, _ = self._edits(())
        inside = [edit for edit in edits if start <= edit[0] and edit[1] <= call.end]
        sparql = self._query.sparql
        pattern = with_edits(sparql[: call.end], inside)[start:]
        return f"{sparql[: self._query.body]}\nSELECT * {{ {pattern} }}"

    def _edits(self, failed: Collection[Call]) -> tuple[list[tuple[int, int, str]], list[Call]]:
        """Return what to replace in the text, in order, and the calls that are left out."""
        edits: list[tuple[int, int, str]] = []
        left_out: list[Call] = []
        within: set[Call] = set()
        for number, call in enumerate(self._calls):
            keyword, silent, endpoint = call.keyword, call.silent, call.endpoint
            blank = [(silent.start, silent.end, " " * len(silent.text))] if silent else []
            if call.outer in within:
                edits += [(keyword.start, keyword.end, "GRAPH"), *blank]
            elif call.iri not in self._addresses or call in failed:
                left_out.append(call)
                # The query keeps its variables, but the group has no solutions.
                edits += [(keyword.start, keyword.end, "OPTIONAL { FILTER(false) GRAPH"), *blank]
                edits.append((call.end, call.end, " }"))
            else:
                if call.outer is None:  # an inner call is made by the endpoint
                    address = f"<{self._addresses[call.iri]}/{number}>"
                    edits += [*blank, (endpoint.start, endpoint.end, address)]
                continue
            within.add(call)
        return sorted(edits), left_out


def redirect(query: QueryText, addresses: Mapping[str, str] = NO_SERVICES) -> Redirected | None:
    """Return a query with its calls; None if it makes none.

    Args:
        query: the query.
        addresses: where the relay takes calls, by the IRI of an endpoint; see `service_relay.Permission`.

    Raises:
        ServiceRefusedError: it calls, without SILENT, an endpoint that has no address or is a variable.
        MalformedQueryError: the text is not a query.
    """
    calls = find_calls(query)
    check_services(query, calls, addresses)
    return Redirected(query, tuple(calls), addresses) if calls else None


def check_services(query: QueryText, calls: Sequence[Call], allowed: Collection[str]) -> None:
    """Raise if a query calls an endpoint (SERVICE) that it may not call; with SILENT it may call any.

    Raises:
        ServiceRefusedError: it calls an endpoint that is not allowed, or makes too many calls.
    """
    if len(calls) > MAX_CALLS:
        raise _refusal(query, calls[MAX_CALLS].keyword, f"a query may make {MAX_CALLS} calls at most")
    left_out: set[Call] = set()
    for call in calls:
        if call.outer in left_out or (call.iri not in allowed and call.silent):
            left_out.add(call)
        elif not allowed:
            raise _refusal(query, call.keyword, _SERVICE_IS_OFF)
        elif not call.iri:
            raise _refusal(query, call.keyword, "SERVICE needs an IRI")
        elif call.iri not in allowed:
            raise _refusal(query, call.keyword, f"the endpoint {call.iri} is not one that may be called")


def check_no_service(query: QueryText) -> None:
    """Raise if a query calls an endpoint, even with SILENT.

    Raises:
        ServiceRefusedError: it calls an endpoint.
        MalformedQueryError: the text is not a query.
    """
    if calls := find_calls(query):
        raise _refusal(query, calls[0].keyword, _SERVICE_IS_OFF)


def _refusal(query: QueryText, token: Token, message: str) -> ServiceRefusedError:
    return ServiceRefusedError(message, *syntax_errors.place(query.sparql, token.start))
