"""The tokens of a SPARQL query, as far as saved questions need them: its form, prefixes and VALUES blocks.

Not a parser: it tells comments, strings and IRIs from the rest (SPARQL 1.1, section 19.8), so that
a brace or a ``#`` inside one of them is not taken for more than it is.
"""

import re

_TOKEN = re.compile(
    r"""(?P<space>[\x20\t\r\n]+|\#[^\r\n]*)
    |(?P<iri><[^<>"{}|^`\\\x00-\x20]*>)
    |(?P<string>'''(?:'{0,2}(?:[^'\\]|\\.))*'''|\"{3}(?:"{0,2}(?:[^"\\]|\\.))*\"{3}
        |'(?:[^'\\\r\n]|\\.)*'|"(?:[^"\\\r\n]|\\.)*")
    |(?P<name>[?$]?(?:[\w:%.-]|\\[_~.!$&'()*+,;=/?\#@%-])+)
    |(?P<other>.)""",
    re.DOTALL | re.VERBOSE,
)
_FORMS = ("SELECT", "ASK", "CONSTRUCT", "DESCRIBE")


def form(sparql: str) -> str:
    """The query form, in capitals; ``""`` where the text has none."""
    words = (text.upper() for kind, text, _ in _tokens(sparql) if kind == "name")
    return next((word for word in words if word in _FORMS), "")


def prefixes(sparql: str) -> str:
    """The ``PREFIX`` and ``BASE`` lines that open a query, as Turtle takes them too."""
    tokens = _tokens(sparql)
    parts = []
    position = 0
    while position < len(tokens):
        word = tokens[position][1].upper()
        length = {"PREFIX": 3, "BASE": 2}.get(word)
        if length is None:
            break
        parts.append(" ".join(text for _, text, _ in tokens[position : position + length]))
        position += length
    return "\n".join(parts)


def values_blocks(sparql: str, variable: str) -> list[tuple[int, int]]:
    """Where the contents of each ``VALUES ?variable { … }`` start and end, braces not included."""
    tokens = _tokens(sparql)
    blocks = []
    for position in range(len(tokens) - 2):
        words = [text for _, text, _ in tokens[position : position + 3]]
        if (
            words[0].upper() != "VALUES"
            or words[1] not in (f"?{variable}", f"${variable}")
            or words[2] != "{"
        ):
            continue
        start = tokens[position + 2][2] + 1
        closing = next((at for _, text, at in tokens[position + 3 :] if text == "}"), None)
        if closing is not None:
            blocks.append((start, closing))
    return blocks


def _tokens(sparql: str) -> list[tuple[str, str, int]]:
    """Kind, text and position of every token but white space and comments."""
    return [
        (found.lastgroup or "", found[0], found.start())
        for found in _TOKEN.finditer(sparql)
        if found.lastgroup != "space"
    ]
