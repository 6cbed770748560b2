r"""SPARQL text as tokens: the one place where it is read without a parser.

The tokens are the terminals of SPARQL 1.1 (section 19.8), longest match first. Every alternative
consumes what it has looked at, also where a string is not closed, so the time is linear in the
length of any text. What the tokens say serves messages and rewriting; the parser decides whether a
text is a query, and the sandbox of the worker what it may do.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

_LOCAL = r"(?:[\w.:%-]|\\[_~.!$&'()*+,;=/?#@%-])*+"
_TOKEN = re.compile(
    rf"""[\x20\t\r\n]++|\#[^\r\n]*+
    |(?P<iri><(?:[^<>"{{}}|^`\\\x00-\x20]|\\u[0-9A-Fa-f]{{4}}|\\U[0-9A-Fa-f]{{8}})*+>)
    |(?P<long>(?P<quotes>\"{{3}}|'{{3}})(?:[^"'\\]|\\.|(?!(?P=quotes))["'])*+(?P<long_end>(?P=quotes))?)
    |(?P<short>(?P<quote>["'])(?:[^"'\\\r\n]|\\.|(?!(?P=quote))["'])*+(?P<short_end>(?P=quote))?)
    |(?P<variable>[?$]\w++)
    |(?P<blank>_:{_LOCAL})
    |(?P<number>\d++(?:\.\d++)?+(?:[eE][+-]?+\d++)?+|\.\d++(?:[eE][+-]?+\d++)?+)
    |(?P<language>@[A-Za-z]++(?:-[A-Za-z0-9]++)*+)
    |(?P<name>(?:[^\W\d_][\w.-]*+)?+:{_LOCAL})
    |(?P<word>[^\W\d_][\w.-]*+)
    |(?P<sign>&&|\|\||\^\^|<<\(|\)>>|<<|>>|<=|>=|!=|.)""",
    re.DOTALL | re.VERBOSE,
)


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
        """The offset behind the last character."""
        return self.start + len(self.text)


def tokens(sparql: str) -> Iterator[Token]:
    """The tokens of a text in order, without white space and comments."""
    for match in _TOKEN.finditer(sparql):
        kind = match.lastgroup
        if kind is None:
            continue
        text, start = match[0], match.start()
        if kind == "long" or kind == "short":
            yield Token("string" if match[f"{kind}_end"] else "broken", text, start)
        elif text[-1] == "." and kind in ("name", "word", "blank"):
            # A dot at the end of a name ends a triple, unless it is escaped.
            bare = text.rstrip(".")
            bare += "." if bare.endswith("\\") else ""
            yield Token(kind, bare, start)
            for offset in range(len(bare), len(text)):
                yield Token("sign", ".", start + offset)
        else:
            yield Token(kind, text, start)
