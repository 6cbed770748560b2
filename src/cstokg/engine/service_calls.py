"""SERVICE in the text of a query: find the calls to other endpoints and send them to the relay.

The parser offers no syntax tree, and it executes every SERVICE that it reads. So the tokens say
where a call is, and the parser confirms it on a text that calls nobody: there GRAPH stands for the
keyword SERVICE, which may stand in the same places (SPARQL 1.1 Query, section 19.8, rules 58 and
59), and a random name for every other "service" in the text. If that parses, no call was overlooked.

This runs in workers; the relay, which runs in the server process, is in `federation`.
"""

import re
import secrets
import string
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from pyoxigraph import Store

from cstokg.engine import syntax_errors
from cstokg.engine.errors import ServiceFailedError, ServiceRefusedError
from cstokg.engine.query_text import BASE_IRI, PREFIXES, QueryText, Token

MOST_CALLS = 10
NO_SERVICES: Mapping[str, str] = MappingProxyType({})

_SERVICE = re.compile("service", re.IGNORECASE | re.ASCII)
_ENDPOINTS = frozenset({"iri", "name", "variable"})
_KEYWORD = re.compile("service|silent", re.IGNORECASE | re.ASCII)


@dataclass(slots=True, eq=False)
class _Call:
    """A call in a text: its tokens, the call around it, where it ends, and the IRI ("" for a variable)."""

    keyword: Token
    silent: Token | None
    endpoint: Token
    outer: "_Call | None"
    end: int = 0
    iri: str = ""


@dataclass(frozen=True, slots=True)
class Redirected:
    """A query that calls endpoints, or would if it might."""

    _query: QueryText
    _calls: tuple[_Call, ...]
    _addresses: Mapping[str, str]

    def make_calls(self, ask: Callable[[str], Iterable[object]]) -> tuple[str, tuple[str, ...]]:
        """Make each call once, and return the text to evaluate and the SILENT calls without an answer.

        Each call is asked for by itself first, because a query with a SILENT call that failed gives no
        sign of it. The relay keeps the answers: when the text is evaluated, no endpoint is asked again.
        Where a SILENT call had no answer, the text has a pattern with one solution, which binds nothing
        (SPARQL 1.1 Federated Query, section 2.3).

        Args:
            ask: evaluate a query with the project's base and prefixes; the solutions come back.

        Raises:
            ServiceFailedError: an endpoint that is called without SILENT did not answer as it has to.
        """
        failed: list[_Call] = []
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
        return _edited(self._query.sparql, edits), tuple(names)

    def _query_of_call(self, call: _Call) -> str:
        """Return a query that makes this call and no other."""
        start = call.keyword.start
        edits, _ = self._edits(())
        inside = [edit for edit in edits if start <= edit[0] and edit[1] <= call.end]
        sparql = self._query.sparql
        pattern = _edited(sparql[: call.end], inside)[start:]
        return f"{sparql[: self._query.body]}\nSELECT * {{ {pattern} }}"

    def _edits(self, failed: Collection[_Call]) -> tuple[list[tuple[int, int, str]], list[_Call]]:
        """What to replace in the text, in order; and the calls that are left out."""
        edits: list[tuple[int, int, str]] = []
        left_out: list[_Call] = []
        within: set[_Call] = set()
        for number, call in enumerate(self._calls):
            keyword, silent, endpoint = call.keyword, call.silent, call.endpoint
            blank = [(silent.start, silent.end, " " * len(silent.text))] if silent else []
            if call.outer in within:
                edits += [(keyword.start, keyword.end, "GRAPH"), *blank]
            elif call.iri not in self._addresses or call in failed:
                left_out.append(call)
                # The variables stay those of the query; the solutions of the group are none.
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
    """Find the calls in a query; None if it makes none.

    Args:
        query: the query.
        addresses: where the relay takes calls, by the IRI of an endpoint; see `federation.Permission`.

    Raises:
        ServiceRefusedError: it calls, without SILENT, an endpoint that has no address or is a variable.
        MalformedQueryError: it is no query.
    """
    if "SERVICE" not in query.uppercase:
        return None
    calls = _find(query)
    _confirm(query, calls)
    if not calls:
        return None
    if len(calls) > MOST_CALLS:
        raise _refusal(query, calls[MOST_CALLS].keyword, f"a query may make {MOST_CALLS} calls at most")
    left_out: set[_Call] = set()
    for call in calls:
        if call.endpoint.kind != "variable":
            call.iri = query.resolve(call.endpoint)
        if call.outer in left_out or (call.iri not in addresses and call.silent):
            left_out.add(call)
        elif not addresses:
            raise _refusal(query, call.keyword, "calls to other endpoints (SERVICE) are off")
        elif not call.iri:
            raise _refusal(query, call.keyword, "SERVICE needs an IRI")
        elif call.iri not in addresses:
            raise _refusal(query, call.keyword, f"the endpoint {call.iri} is not one that may be called")
    return Redirected(query, tuple(calls), addresses)


def require_none(query: QueryText) -> None:
    """Raise if a query calls an endpoint, also where it says SILENT.

    Raises:
        ServiceRefusedError: it does.
        MalformedQueryError: it is no query.
    """
    if redirect(query) is not None:
        token = next(part for part in query.tokens if "SERVICE" in part.text.upper())
        raise _refusal(query, token, "calls to other endpoints (SERVICE) are off")


def _refusal(query: QueryText, token: Token, message: str) -> ServiceRefusedError:
    return ServiceRefusedError(message, *syntax_errors.place(query.sparql, token.start))


def _confirm(query: QueryText, calls: Iterable[_Call]) -> None:
    """Raise if the parser finds other calls in a query than these, or no query."""
    edits = []
    for call in calls:
        edits.append((call.keyword.start, call.keyword.end, "GRAPH  "))
        if call.silent:
            edits.append((call.silent.start, call.silent.end, "      "))
    random_names: dict[str, str] = {}  # the case of letters tells ?service from ?Service
    harmless = _SERVICE.sub(
        lambda match: random_names.setdefault(match[0], _random_name(match[0])), _edited(query.sparql, edits)
    )
    try:
        Store().query(harmless, base_iri=BASE_IRI, prefixes=PREFIXES)
    except SyntaxError as error:
        explained = syntax_errors.explain(error, QueryText(harmless, query.tokens), query.sparql)
    else:
        return
    if explained.line is not None and explained.column is not None:
        offset = syntax_errors.offset_of(query.sparql, explained.line, explained.column)
        token = next((token for token in query.tokens if token.start <= offset < token.end), None)
        # What looks like an IRI may be a comparison and a call, ?a<?b)SERVICE?c#>.
        hidden = _SERVICE.search(token.text) if token and token.kind == "iri" else None
        if token and hidden:
            keyword = Token("word", hidden[0], token.start + hidden.start())
            raise _refusal(query, keyword, "SERVICE cannot be told from an IRI here; put blanks around <")
    raise explained


def _random_name(word: str) -> str:
    """A name as long as a word, in the same case; no keyword of SPARQL begins with q."""
    letters = "q" + "".join(secrets.choice(string.ascii_lowercase) for _ in word[1:])
    return "".join(new.upper() if old.isupper() else new for old, new in zip(word, letters, strict=True))


def _find(query: QueryText) -> list[_Call]:
    """The calls that the tokens of a text show, in order."""
    prefixes = {*PREFIXES, *(token.text[:-1] for token in query.declared)}
    read = [part for token in query.tokens[query.first :] for part in _keywords_apart(token, prefixes)]
    calls: list[_Call] = []
    starts: dict[int, _Call] = {}  # by the offset of the brace
    opened: list[_Call | None] = []  # for each brace that is open: the innermost call around what follows
    for position, token in enumerate(read):
        around = opened[-1] if opened else None
        if token.text == "{":
            opened.append(starts.get(token.start, around))
        elif token.text == "}" and opened:
            closed = opened.pop()
            if closed and closed is not (opened[-1] if opened else None):
                closed.end = token.end
        elif token.kind == "word" and token.text.upper() == "SERVICE":
            following = read[position + 1 : position + 4]
            silent = following.pop(0) if following and following[0].text.upper() == "SILENT" else None
            # Where this is otherwise, the parser will say what is wrong.
            if [part.text for part in following[1:2]] == ["{"] and following[0].kind in _ENDPOINTS:
                call = _Call(token, silent, following[0], around)
                starts[following[1].start] = call
                calls.append(call)
    return calls


def _keywords_apart(token: Token, prefixes: Collection[str]) -> Iterator[Token]:
    """Split ``trueSERVICE`` and ``SERVICEex:a``: the grammar asks for no space between them."""
    prefix = token.text.partition(":")[0]
    position = 0
    if token.kind == "word" or (token.kind == "name" and prefix not in prefixes):
        for match in _KEYWORD.finditer(prefix):
            if match.start() > position:
                yield Token("word", prefix[position : match.start()], token.start + position)
            yield Token("word", match[0], token.start + match.start())
            position = match.end()
    if position < len(token.text):
        yield Token(token.kind, token.text[position:], token.start + position)


def _edited(text: str, edits: Iterable[tuple[int, int, str]]) -> str:
    """A text with some places replaced, which are given in order."""
    parts, position = [], 0
    for start, end, replacement in edits:
        parts += [text[position:start], replacement]
        position = end
    return "".join([*parts, text[position:]])
