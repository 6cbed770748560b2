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
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from cstokg import names
from cstokg.engine import syntax
from cstokg.engine.errors import MalformedQueryError, ServiceFailedError, ServiceRefusedError
from cstokg.engine.query_text import Token, tokens

MOST_CALLS = 10

_SERVICE = re.compile("service", re.IGNORECASE | re.ASCII)
_KEYWORD = re.compile("service|silent", re.IGNORECASE | re.ASCII)


@dataclass(slots=True, eq=False)
class _Call:
    """A call in a text: its tokens, the IRI it calls ("" for a variable), its end, the call around it."""

    keyword: Token
    silent: Token | None
    endpoint: Token
    iri: str
    outer: "_Call | None"
    end: int = 0

    @property
    def name(self) -> str:
        """What is called, for a reader."""
        return self.iri or self.endpoint.text


@dataclass(frozen=True, slots=True)
class Redirected:
    """A query that calls endpoints.

    Attributes:
        harmless: the same text with GRAPH in place of SERVICE. It parses, has the same columns and
            dataset, and calls nobody. Up to the first call it is the text itself.
    """

    harmless: str
    _sparql: str
    _calls: tuple[_Call, ...]
    _addresses: Mapping[str, str]
    _prologue_end: int

    def settle(self, ask: Callable[[str], Iterable[object]]) -> tuple[str, tuple[str, ...]]:
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
                for _ in ask(self._alone(call)):
                    pass
            except (OSError, RuntimeError, ValueError, SyntaxError):
                if call.silent is None:
                    message = f"{call.iri} did not answer with results of SPARQL"
                    raise ServiceFailedError(
                        message, *syntax.place(self._sparql, call.keyword.start)
                    ) from None
                failed.append(call)
        edits, left_out = self._edits(failed)
        return _edited(self._sparql, edits), tuple(dict.fromkeys(call.name for call in left_out))

    def _alone(self, call: _Call) -> str:
        """A query that makes one call and no other."""
        start = call.keyword.start
        edits, _ = self._edits(())
        inside = [edit for edit in edits if start <= edit[0] and edit[1] <= call.end]
        # In one line, as the end of the prologue may be a comment.
        prologue = self._sparql[: self._prologue_end]
        pattern = _edited(self._sparql[: call.end], inside)[start:]
        return f"{prologue}\nSELECT * {{ {pattern} }}"

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


def redirect(sparql: str, addresses: Mapping[str, str]) -> Redirected | None:
    """Find the calls in a query; None if it makes none.

    Args:
        sparql: the query.
        addresses: where the relay takes calls, by the IRI of an endpoint; see `Ticket`. Empty if no
            endpoint may be called.

    Raises:
        ServiceRefusedError: it calls, without SILENT, an endpoint that has no address or is a variable.
        MalformedQueryError: it is no query.
    """
    if not _SERVICE.search(sparql):
        return None
    calls, prologue_end = _find(sparql)
    as_graphs = [
        edit
        for call in calls
        for edit in (
            (call.keyword.start, call.keyword.end, "GRAPH  "),
            *([(call.silent.start, call.silent.end, " " * len(call.silent.text))] if call.silent else []),
        )
    ]
    harmless = _edited(sparql, as_graphs)
    _confirm(harmless)
    if not calls:
        return None
    if len(calls) > MOST_CALLS:
        message = f"a query may make {MOST_CALLS} calls to other endpoints"
        raise ServiceRefusedError(message, *syntax.place(sparql, calls[MOST_CALLS].keyword.start))
    left_out: set[_Call] = set()
    for call in calls:
        if call.outer in left_out or (call.iri not in addresses and call.silent):
            left_out.add(call)
        elif call.iri not in addresses:
            raise ServiceRefusedError(_refusal(call, addresses), *syntax.place(sparql, call.keyword.start))
    return Redirected(harmless, sparql, tuple(calls), addresses, prologue_end)


def _refusal(call: _Call, addresses: Mapping[str, str]) -> str:
    if not addresses:
        return "calls to other endpoints (SERVICE) are off"
    if not call.iri:
        return "SERVICE needs the IRI of an endpoint that may be called"
    return f"the endpoint {call.iri} is not one that may be called"


def _confirm(harmless: str) -> None:
    """Raise MalformedQueryError unless a text parses, also where no "service" in it is a keyword."""
    random_names: dict[str, str] = {}

    def random_name(match: re.Match[str]) -> str:
        return random_names.setdefault(match[0], _random_name(match[0]))

    try:
        syntax.parse(_SERVICE.sub(random_name, harmless))
    except MalformedQueryError as error:
        message = error.message
        for word, name in random_names.items():
            message = message.replace(name, word)
        raise MalformedQueryError(message, error.line, error.column) from None


def _random_name(word: str) -> str:
    """A name as long as a word, in the same case; no keyword of SPARQL begins with q."""
    letters = "q" + "".join(secrets.choice(string.ascii_lowercase) for _ in word[1:])
    return "".join(new.upper() if old.isupper() else new for old, new in zip(word, letters, strict=True))


def _find(sparql: str) -> tuple[list[_Call], int]:
    """The calls that the tokens of a text show, in order; and where its prologue ends."""
    read = list(tokens(sparql))
    base, prefixes, first = _prologue(read)
    prologue_end = read[first].start if first < len(read) else len(sparql)
    read = [part for token in read[first:] for part in _keywords_apart(token, prefixes)]
    calls: list[_Call] = []
    opened: list[_Call | None] = []  # for each brace that is open: the innermost call around what follows
    starts: dict[int, _Call] = {}
    for position, token in enumerate(read):
        if token.text == "{" and token.kind == "sign":
            opened.append(starts.get(token.start, opened[-1] if opened else None))
        elif token.text == "}" and token.kind == "sign" and opened:
            closed = opened.pop()
            if closed and closed is not (opened[-1] if opened else None):
                closed.end = token.end
        elif token.kind == "word" and token.text.upper() == "SERVICE":
            following = read[position + 1 : position + 4]
            silent = following.pop(0) if following and following[0].text.upper() == "SILENT" else None
            if len(following) < 2 or following[1].text != "{":  # the parser will say what is wrong
                continue
            endpoint = following[0]
            iri = _iri(endpoint, base, prefixes)
            if iri is None:
                continue
            call = _Call(token, silent, endpoint, iri, opened[-1] if opened else None)
            starts[following[1].start] = call
            calls.append(call)
    return calls, prologue_end


def _keywords_apart(token: Token, prefixes: Mapping[str, str]) -> Iterator[Token]:
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


def _prologue(read: Sequence[Token]) -> tuple[str, dict[str, str], int]:
    """The base IRI, the prefixes, and which token is the first behind their declarations."""
    base, prefixes, position = names.BASE, dict(names.PREFIXES), 0
    while position + 1 < len(read):
        match (
            [token.text.upper() for token in read[position : position + 1]],
            read[position + 1 : position + 3],
        ):
            case ["BASE"], [Token(kind="iri") as iri, *_]:
                base = _resolved(base, iri.text)
                position += 2
            case ["PREFIX"], [Token(kind="name") as name, Token(kind="iri") as iri]:
                prefixes[name.text.removesuffix(":")] = _resolved(base, iri.text)
                position += 3
            case ["VERSION"], [Token(kind="string"), *_]:
                position += 2
            case _:
                break
    return base, prefixes, position


def _iri(token: Token, base: str, prefixes: Mapping[str, str]) -> str | None:
    """The IRI of a token; "" for a variable or an unknown prefix, None for anything else."""
    if token.kind == "iri":
        return _resolved(base, token.text)
    if token.kind == "name":
        prefix, _, local = token.text.partition(":")
        return prefixes[prefix] + local.replace("\\", "") if prefix in prefixes else ""
    return "" if token.kind == "variable" else None


def _resolved(base: str, written: str) -> str:
    """The absolute IRI of an IRI between angle brackets; "" if there is none."""
    first, *escaped = written[1:-1].split("\\")
    try:
        for part in escaped:
            length = 4 if part[0] == "u" else 8
            first += chr(int(part[1 : 1 + length], 16)) + part[1 + length :]
        resolved = first if urlsplit(first).scheme else urljoin(base, first)
    except ValueError:
        return ""
    return f"{resolved}#" if first.endswith("#") and not resolved.endswith("#") else resolved


def _edited(text: str, edits: Iterable[tuple[int, int, str]]) -> str:
    """A text with some places replaced, which are given in order."""
    parts, position = [], 0
    for start, end, replacement in edits:
        parts += [text[position:start], replacement]
        position = end
    return "".join([*parts, text[position:]])
