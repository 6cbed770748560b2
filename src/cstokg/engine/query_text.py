r"""SPARQL text as tokens: the one place where it is read without a parser.

The tokens are the terminals of SPARQL 1.1 (section 19.8), longest match first. Every alternative
consumes what it has looked at, also where a string is not closed, so the time is linear in the
length of any text. What the tokens say serves messages and rewriting; the parser decides whether a
text is a query, and the sandbox of the worker what it may do: pyoxigraph's parser knows no tokens,
it reads ``trueSERVICE`` as a literal and a keyword, and ``?a<?b&&?c>?d`` as comparisons.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

from pyoxigraph import NamedNode, QuerySolutions, Store

from cstokg import namespaces

BASE_IRI = namespaces.BASE
PREFIXES = dict(namespaces.PREFIXES)  # as the parser takes them
_PREFIXES = tuple((name, f"{name}:", iri) for name, iri in PREFIXES.items())

_SPACE = r"[\x20\t\r\n]*+(?:\#[^\r\n]*+[\x20\t\r\n]*+)*+"
_LOCAL = r"(?:[\w.:%-]|\\[_~.!$&'()*+,;=/?#@%-])*+"
_TOKEN = re.compile(
    rf"""{_SPACE}(?:
    (?P<bracket>[{{}}(\[\];,]|\)(?!>>))
    |(?P<variable>[?$]\w++)
    |(?P<name>(?:[^\W\d_][\w.-]*+)?+:{_LOCAL})
    |(?P<word>[^\W\d_][\w.-]*+)
    |(?P<iri><(?:[^<>"{{}}|^`\\\x00-\x20]|\\u[0-9A-Fa-f]{{4}}|\\U[0-9A-Fa-f]{{8}})*+>)
    |(?P<long>(?P<quotes>\"{{3}}|'{{3}})(?:[^"'\\]|\\.|(?!(?P=quotes))["'])*+(?P<long_end>(?P=quotes))?)
    |(?P<short>(?P<quote>["'])(?:[^"'\\\r\n]|\\.|(?!(?P=quote))["'])*+(?P<short_end>(?P=quote))?)
    |(?P<blank>_:{_LOCAL})
    |(?P<number>\d++(?:\.\d++)?+(?:[eE][+-]?+\d++)?+|\.\d++(?:[eE][+-]?+\d++)?+)
    |(?P<language>@[A-Za-z]++(?:-[A-Za-z0-9]++)*+)
    |(?P<sign>&&|\|\||\^\^|<<\(|\)>>|<<|>>|<=|>=|!=|.)
    |\Z)""",
    re.DOTALL | re.VERBOSE,
)
_AS_WRITTEN = frozenset({"variable", "iri", "number", "language", "sign"})
_DOTTED = frozenset({"name", "word", "blank"})
_DECLARATIONS = frozenset({"BASE", "PREFIX"})
_FORMS = frozenset({"SELECT", "ASK", "CONSTRUCT", "DESCRIBE"})
_UPDATES = frozenset(
    {"ADD", "CLEAR", "COPY", "CREATE", "DELETE", "DROP", "INSERT", "LOAD", "MOVE", "WITH"}
)  # SPARQL 1.1 Update, section 3
_MODIFIERS = frozenset({"DISTINCT", "REDUCED"})
# Looked for at the ends of words, because the parser needs no blank after a keyword: FILTERRAND() calls RAND.
NEW_EACH_TIME = ("NOW", "RAND", "UUID", "BNODE", "SERVICE")
_ESCAPE = re.compile(r"\\(.)")
_SCHEME = re.compile(r"(?<![A-Za-z0-9+.-])[A-Za-z][A-Za-z0-9+.-]*+:")


class Token(NamedTuple):
    """A token: its kind, its text as written, and the offset of its first character.

    Kinds are ``iri``, ``string``, ``variable``, ``blank``, ``number``, ``language``, ``name`` (with a
    colon), ``word`` (without), ``sign``, and ``broken`` for a string that is not closed.
    """

    kind: str
    text: str
    start: int

    @property
    def end(self) -> int:
        """Return the offset after the last character."""
        return self.start + len(self.text)


def tokens(sparql: str) -> list[Token]:
    """Return the tokens of a text in order, without white space and comments."""
    result: list[Token] = []
    # Calling Token(…) for every token of every query would take twice the time.
    append, new = result.append, tuple.__new__
    for match in _TOKEN.finditer(sparql):
        kind = match.lastgroup
        if kind is None:
            break  # the end of the text
        text = match[kind]
        if kind in _AS_WRITTEN or (kind in _DOTTED and text[-1] != "."):
            append(new(Token, (kind, text, match.end() - len(text))))
        elif kind == "bracket":  # one of the signs, matched first because they are the most frequent
            append(new(Token, ("sign", text, match.end() - 1)))
        elif kind in _DOTTED:
            # A dot at the end of a name ends a triple, unless it is escaped.
            start = match.end() - len(text)
            bare = text.rstrip(".")
            bare += "." if bare.endswith("\\") else ""
            append(Token(kind, bare, start))
            result += [Token("sign", ".", start + offset) for offset in range(len(bare), len(text))]
        else:
            append(Token("string" if match[f"{kind}_end"] else "broken", text, match.end() - len(text)))
    return result


def read(sparql: str) -> "QueryText":
    """Return a ``QueryText`` for a text, which need not be a query; a byte order mark is left out."""
    return QueryText(sparql.removeprefix("\ufeff"))


class QueryText:
    """What can be learnt of a query without parsing it.

    Often a search for a word in the whole text is enough; the tokens are read once, when they are
    needed.

    Attributes:
        sparql: the text, without a byte order mark.
        uppercase: the text in capitals; searching it for a word is faster than searching the tokens.
    """

    def __init__(self, sparql: str, tokens: Sequence[Token] | None = None) -> None:
        """Take a text, and its tokens where they have been read already."""
        self.sparql = sparql
        self.uppercase = sparql.upper()
        if tokens is not None:
            self.tokens = tokens

    @cached_property
    def tokens(self) -> Sequence[Token]:
        """Return the tokens of the text."""
        return tokens(self.sparql)

    @property
    def declared(self) -> list[Token]:
        """Return the tokens of the prefixes that the prologue declares."""
        return self._prologue[0]

    @cached_property
    def known_prefixes(self) -> frozenset[str]:
        """Return the prefixes that a name may have: the project's, and those that the text declares."""
        return frozenset((*PREFIXES, *(token.text[:-1] for token in self.declared)))

    @property
    def first(self) -> int:
        """Return the index of the first token after the prologue."""
        return self._prologue[1]

    @cached_property
    def _prologue(self) -> tuple[list[Token], int]:
        declared: list[Token] = []
        first = 0
        # Nothing else can stand between the declarations (section 19.8, rules 4 to 6).
        while first < len(self.tokens) and (keyword := self.tokens[first].text.upper()) in _DECLARATIONS:
            kinds = [token.kind for token in self.tokens[first : first + 3]]
            if keyword == "BASE" and kinds[:2] == ["word", "iri"]:
                first += 2
            elif keyword == "PREFIX" and kinds == ["word", "name", "iri"]:
                declared.append(self.tokens[first + 1])
                first += 3
            else:
                break
        return declared, first

    @cached_property
    def body(self) -> int:
        """Return the offset at which the prologue ends and the query proper begins."""
        return self.tokens[self.first].start if self.first < len(self.tokens) else len(self.sparql)

    @cached_property
    def form(self) -> str:
        """Return SELECT, ASK, CONSTRUCT or DESCRIBE; empty if no such word follows the prologue."""
        word = self._first_word
        return word if word in _FORMS else ""

    @cached_property
    def is_update(self) -> bool:
        """Return whether the text begins as a SPARQL 1.1 Update."""
        return any(word in self.uppercase for word in _UPDATES) and self._first_word in _UPDATES

    @cached_property
    def selects_all(self) -> bool:
        """Return whether the columns are those of ``SELECT *``."""
        return "*" in self.sparql and self.form == "SELECT" and self._after_modifiers == "*"

    @cached_property
    def variables(self) -> tuple[str, ...]:
        """Return the names of the variables, each once, in the order in which they are first written."""
        return tuple(dict.fromkeys(token.text[1:] for token in self.tokens if token.kind == "variable"))

    @cached_property
    def own_prefixes(self) -> dict[str, str]:
        """Return the project's prefixes that the text may use; the parser takes longer with each."""
        return {name: iri for name, with_colon, iri in _PREFIXES if with_colon in self.sparql}

    @cached_property
    def prefixes(self) -> Mapping[str, str]:
        """Return the namespaces by prefix: the project's, and those that the text declares.

        Raises:
            SyntaxError: the parser refuses the declarations.
        """
        if not self.declared:
            return namespaces.PREFIXES
        last = dict.fromkeys(token.text for token in self.declared)
        return {
            **namespaces.PREFIXES,
            **{name[:-1]: iri for name, iri in zip(last, self._resolve(last), strict=True)},
        }

    @cached_property
    def graphs(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return the IRIs after FROM and those after FROM NAMED, as often as they are written.

        Raises:
            SyntaxError: the parser refuses the declarations, or one of the IRIs.
        """
        default, named = self.dataset_clauses
        if not default and not named:
            return (), ()
        iris = self._resolve([token.text for token in (*default, *named)])
        return tuple(iris[: len(default)]), tuple(iris[len(default) :])

    @cached_property
    def merges_graphs(self) -> bool:
        """Return whether there are several FROM clauses, whose graphs make up the default graph together."""
        return self.uppercase.count("FROM") > 1 and len(self.dataset_clauses[0]) > 1

    @cached_property
    def is_volatile(self) -> bool:
        """Return whether two evaluations over the same data may differ; True if the tokens cannot tell."""
        suspects = any(word in self.uppercase for word in NEW_EACH_TIME)
        for kind, text, _ in self.tokens if suspects else ():
            if kind == "word" and text.upper().endswith(NEW_EACH_TIME):
                return True
            # What looks like an IRI or a name may be a comparison and a call, ?a<?b+RAND()>?c.
            if "(" in text and kind == "iri" and any(word in text.upper() for word in NEW_EACH_TIME):
                return True
        return "CONSTRUCT" in self.uppercase and self.form == "CONSTRUCT" and self._template_makes_nodes

    def own_names(self) -> Iterator[str]:
        """Yield the IRIs of the project that the query proper names, in written order.

        Raises:
            SyntaxError: the parser refuses the declarations.
        """
        for kind, text, _ in self.tokens[self.first :]:
            iri = ""
            if kind == "iri":
                iri = text[1:-1]
            elif kind == "name":
                prefix, _, local = text.partition(":")
                iri = self.prefixes.get(prefix, "") + _ESCAPE.sub(r"\1", local) if local else ""
            if iri.startswith(namespaces.BASE) and iri != namespaces.BASE:
                yield iri

    def resolve(self, token: Token) -> str:
        """Return the absolute IRI of a token that is an IRI or a prefixed name.

        Raises:
            SyntaxError: the parser refuses it, or the declarations.
        """
        if token.kind == "iri" and _SCHEME.match(token.text, 1) and "\\" not in token.text:
            return token.text[1:-1]
        return self._resolve([token.text])[0]

    def _resolve(self, terms: Sequence[str] | Mapping[str, None]) -> list[str]:
        """Return the absolute IRIs that the parser makes of IRIs and prefixed names.

        Only the declarations and terms are parsed, so nothing can be called.
        """
        columns = " ".join(f"({term} AS ?t{index})" for index, term in enumerate(terms))
        sparql = f"{self.sparql[: self.body]}\nSELECT {columns} {{}}"
        result = Store().query(sparql, base_iri=BASE_IRI, prefixes=self.own_prefixes)
        row = next(iter(result)) if isinstance(result, QuerySolutions) else ()
        return [term.value for term in row if isinstance(term, NamedNode)]

    def keywords_apart(self, *keywords: str) -> list[Token]:
        """Return the tokens of the query proper, with these keywords split off from what they touch.

        The grammar needs no space inside ``trueSERVICE`` and ``SERVICEex:a``.
        """
        pattern = re.compile("|".join(keywords), re.IGNORECASE | re.ASCII)
        parts: list[Token] = []
        for token in self.tokens[self.first :]:
            prefix = token.text.partition(":")[0]
            position = 0
            if token.kind == "word" or (token.kind == "name" and prefix not in self.known_prefixes):
                for match in pattern.finditer(prefix):
                    if match.start() > position:
                        parts.append(Token("word", prefix[position : match.start()], token.start + position))
                    parts.append(Token("word", match[0], token.start + match.start()))
                    position = match.end()
            if position < len(token.text):
                parts.append(Token(token.kind, token.text[position:], token.start + position))
        return parts

    @property
    def _first_word(self) -> str:
        token = self.tokens[self.first] if self.first < len(self.tokens) else None
        return token.text.upper() if token and token.kind == "word" else ""

    @property
    def _after_modifiers(self) -> str:
        for token in self.tokens[self.first + 1 : self.first + 3]:
            if token.text.upper() not in _MODIFIERS:
                return token.text
        return ""

    @cached_property
    def dataset_clauses(self) -> tuple[list[Token], list[Token]]:
        """Return the tokens of graphs after FROM, and after FROM NAMED, before the first brace."""
        default: list[Token] = []
        named: list[Token] = []
        body = self.keywords_apart("FROM", "NAMED") if "FROM" in self.uppercase else ()
        for index, token in enumerate(body):
            if token.text == "{" and self.form != "CONSTRUCT":
                break
            if token.kind != "word" or token.text.upper() != "FROM":
                continue
            following = body[index + 1 : index + 3]
            is_named = bool(following) and following[0].text.upper() == "NAMED"
            graph = following[is_named : is_named + 1]
            if graph and graph[0].kind in ("iri", "name"):
                (named if is_named else default).append(graph[0])
        return default, named

    @property
    def _template_makes_nodes(self) -> bool:
        """Return whether there is a blank node, a list or a property list in the braces after CONSTRUCT."""
        for token in self.tokens[self.first :]:
            if token.text == "}":
                return False
            if token.kind == "blank" or token.text in ("[", "("):
                return True
        return False


def form(sparql: str) -> str:
    """Return the query form, in capitals; empty where the text has none."""
    return read(sparql).form


def prologue(sparql: str) -> str:
    """Return the ``PREFIX`` and ``BASE`` declarations that open a query, as Turtle has them too."""
    query = read(sparql)
    lines: list[list[str]] = []
    for token in query.tokens[: query.first]:
        if token.kind == "word":
            lines.append([])
        lines[-1].append(token.text)
    return "\n".join(map(" ".join, lines))


def values_blocks(sparql: str, variable: str) -> list[tuple[int, int]]:
    """Return where the contents of each ``VALUES ?variable { … }`` start and end, without the braces."""
    all_tokens = tokens(sparql)
    closing: int | None = None
    blocks = []
    # From the end, so that the nearest closing brace after each block is known.
    for index in range(len(all_tokens) - 1, -1, -1):
        if all_tokens[index].text == "}":
            closing = all_tokens[index].start
        words = [token.text for token in all_tokens[index : index + 3]]
        if (
            closing is not None
            and words[0].upper() == "VALUES"
            and words[1:] in ([f"?{variable}", "{"], [f"${variable}", "{"])
        ):
            blocks.append((all_tokens[index + 2].end, closing))
    return blocks[::-1]


class UnreadableError(Exception):
    """The query has syntax beyond SPARQL 1.1 that the reader does not understand."""


def joined(tokens: Sequence[Token]) -> str:
    """Return the tokens as text again."""
    return " ".join(token.text for token in tokens)


class TokenReader:
    """A position among the tokens of a query, and what has been rewritten so far.

    Attributes:
        tokens: of the query, with an empty one of the kind "end" after the last.
        position: the index of the token that is read next.
        exact: whether operators have to compute values that pyoxigraph does not know.
        changed: whether any of the text read so far was corrected.
        variables_added: how many variables the corrections have added.
    """

    def __init__(self, tokens: Sequence[Token], *, exact: bool) -> None:
        """Begin at the first token."""
        self.tokens = [*tokens, Token("end", "", 0)]
        self.position = 0
        self.exact = exact
        self.changed = False
        self.variables_added = 0
        self._used_names = {token.text[1:] for token in tokens if token.kind == "variable"}

    @property
    def token(self) -> Token:
        """Return the token that is read next."""
        return self.tokens[self.position]

    def take(self) -> str:
        """Read a token and return its text.

        Raises:
            UnreadableError: no token is left.
        """
        token = self.tokens[self.position]
        if token.kind == "end":
            raise UnreadableError
        self.position += 1
        return token.text

    def at(self, *texts: str) -> bool:
        """Return whether the next token is one of these signs or keywords."""
        token = self.tokens[self.position]
        return token.kind in ("sign", "word") and token.text.upper() in texts

    def expect(self, text: str) -> str:
        """Read a sign or keyword that has to come next, and return its text.

        Raises:
            UnreadableError: another token comes next.
        """
        if not self.at(text):
            raise UnreadableError
        return self.take()

    def read_brackets(self, opening: str, closing: str) -> str:
        """Read from an opening bracket to the closing one that belongs to it; return the text unchanged."""
        parts, depth = [], 0
        while True:
            text = self.take()
            parts.append(text)
            depth += (text == opening) - (text == closing)
            if depth == 0:
                return " ".join(parts)

    def new_variable(self) -> str:
        """Return a variable that the query does not use."""
        self.variables_added += 1
        while f"_c{self.variables_added}" in self._used_names:
            self.variables_added += 1
        return f"?_c{self.variables_added}"
