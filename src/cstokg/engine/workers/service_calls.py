"""SERVICE in the text of a query: find the calls to other endpoints.

The parser offers no syntax tree, and it executes every SERVICE that it reads. So the tokens say
where a call is, and the parser confirms it on a text that makes no call: there GRAPH stands for the
keyword SERVICE, which may stand in the same places (SPARQL 1.1 Query, section 19.8, rules 58 and
59), and a random name for every other "service" in the text. If that parses, no call was overlooked.

Which calls are refused is decided in ``guard``; ``service_redirection`` sends the others to the relay.
"""

import re
import secrets
import string
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from pyoxigraph import Store

from cstokg.engine import syntax_errors
from cstokg.engine.errors import ServiceRefusedError
from cstokg.engine.query_text import BASE_IRI, PREFIXES, QueryText, Token

_SERVICE = re.compile("service", re.IGNORECASE | re.ASCII)
_ENDPOINTS = frozenset({"iri", "name", "variable"})
_KEYWORD = re.compile("service|silent", re.IGNORECASE | re.ASCII)


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


def find(query: QueryText) -> list[Call]:
    """Return the calls in a query, in order.

    Raises:
        ServiceRefusedError: it calls an endpoint where the text looks like an IRI.
        MalformedQueryError: it is no query.
    """
    if "SERVICE" not in query.uppercase:
        return []
    calls = _find_in_tokens(query)
    _confirm(query, calls)
    for call in calls:
        if call.endpoint.kind != "variable":
            call.iri = query.resolve(call.endpoint)
    return calls


def edited(text: str, edits: Iterable[tuple[int, int, str]]) -> str:
    """Return a text with some places replaced, which are given in order."""
    parts, position = [], 0
    for start, end, replacement in edits:
        parts += [text[position:start], replacement]
        position = end
    return "".join([*parts, text[position:]])


def _confirm(query: QueryText, calls: Iterable[Call]) -> None:
    """Raise if the parser finds other calls in a query than these, or no query."""
    edits = []
    for call in calls:
        edits.append((call.keyword.start, call.keyword.end, "GRAPH  "))
        if call.silent:
            edits.append((call.silent.start, call.silent.end, "      "))
    random_names: dict[str, str] = {}  # the case of letters tells ?service from ?Service
    harmless = _SERVICE.sub(
        lambda match: random_names.setdefault(match[0], _random_name(match[0])), edited(query.sparql, edits)
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
    prefixes = {*PREFIXES, *(token.text[:-1] for token in query.declared)}
    read = [part for token in query.tokens[query.first :] for part in _keywords_apart(token, prefixes)]
    calls: list[Call] = []
    starts: dict[int, Call] = {}  # by the offset of the brace
    opened: list[Call | None] = []  # for each brace that is open: the innermost call around what follows
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
                call = Call(token, silent, following[0], around)
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
