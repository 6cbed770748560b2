"""Parsing without evaluating, and saying where and why a query does not parse."""

import re

from pyoxigraph import Store

from cstokg.engine import prologue
from cstokg.engine.errors import MalformedQueryError

_REPORT = re.compile(r"error at (\d+):(\d+): expected (?:one of )?(.*)", re.DOTALL)
_CHARACTERS = re.compile(r"\[(?:[^\]\[]|'\['|'\]')*\]")
_KEYWORD = re.compile(r"[A-Z]+")
_PREFIX = re.compile(r"([A-Za-z][\w.-]*):")
_PREFIXED_NAME = re.compile(r"[A-Za-z][\w.-]*:[\w.%-]*\Z")
_SHOWN = 4
_EXCERPT = 40


def parse(sparql: str) -> None:
    """Nothing, if a text is a query in SPARQL's grammar.

    Only for a text that cannot call SERVICE: an ASK is evaluated too, over no data.

    Raises:
        MalformedQueryError: it is not; with line and column.
    """
    try:
        Store().query(sparql, base_iri=prologue.BASE_IRI, prefixes=prologue.known_prefixes(sparql))
    except SyntaxError as error:
        raise explain(error, sparql) from None


def explain(error: SyntaxError, sparql: str) -> MalformedQueryError:
    """The parser's report in plain words, at the place where the reader has to look."""
    report = _REPORT.fullmatch(str(error))
    if report is None:
        return MalformedQueryError(str(error))
    line, column = int(report[1]), int(report[2])
    expected = [item.strip() for item in _CHARACTERS.sub("", report[3]).split(", ")]
    expected = [item for item in expected if item.strip(" ,|\n")]
    offset = offset_of(sparql, line, column)
    if expected and all(_KEYWORD.fullmatch(item) for item in expected) and "[" not in report[3]:
        # The parser reports the end of the text that it compared with a keyword, not its beginning.
        offset = max(0, offset - min(map(len, expected)))
    name = _PREFIXED_NAME.search(sparql, 0, offset)
    if name and "Prefix not found" in expected:
        offset = name.start()
    return MalformedQueryError(_message(sparql, offset, expected), *place(sparql, offset))


def offset_of(text: str, line: int, column: int) -> int:
    """The offset of a line and column, both counted from 1."""
    before = text.split("\n")[: line - 1]
    return min(len(text), sum(len(row) + 1 for row in before) + column - 1)


def place(text: str, offset: int) -> tuple[int, int]:
    """The line and column of an offset, both counted from 1."""
    before = text[:offset]
    return before.count("\n") + 1, offset - (before.rfind("\n") + 1) + 1


def _message(sparql: str, offset: int, expected: list[str]) -> str:
    reasons = [item for item in expected if " " in item and not item.startswith('"')]
    match = _PREFIX.match(sparql, offset)
    if match and match[1] not in prologue.read(sparql).prefixes:
        return f"the prefix {match[1]}: is not declared; add PREFIX {match[1]}: <…> at the top"
    if reasons:
        return "; ".join(reasons)
    found = sparql[offset:].split("\n", 1)[0].strip()[:_EXCERPT]
    here = (
        f"did not expect “{found}”"
        if found
        else "the query breaks off, something is missing before this place"
    )
    # Of the keywords that would fit the parser names the longest only, so they would mislead.
    signs = [item for item in expected if item.startswith('"')]
    return f"{here}; expected {' or '.join(signs)}" if 0 < len(signs) <= _SHOWN else here
