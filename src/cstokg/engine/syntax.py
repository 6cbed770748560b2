"""Parsing without evaluating, and saying where and why a query does not parse."""

import re

from pyoxigraph import Store

from cstokg.engine import frontier, prologue
from cstokg.engine.errors import MalformedQueryError
from cstokg.engine.frontier import Report, offset_of

__all__ = ["explain", "offset_of", "parse", "place"]

_PREFIX = re.compile(r"([A-Za-z][\w.-]*):")
_SPACED = re.compile(r"COALESCE\s", re.IGNORECASE)
_QUOTES = {"'": '"\'"', '"': '"\\""'}  # as the parser names them
_ESCAPE = '"\\\\"'
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
    report = frontier.read(error, sparql)
    if report is None:
        return MalformedQueryError(str(error))
    offset = frontier.furthest(sparql, report.offset)
    if offset is None:
        what = "a string is not closed" if _ESCAPE in report.signs else "something does not fit"
        return MalformedQueryError(f"{what}, before this place", *place(sparql, report.offset))
    undeclared = _PREFIX.match(sparql, offset)
    if undeclared and undeclared[1] not in prologue.read(sparql).prefixes:
        message = f"the prefix {undeclared[1]}: is not declared; add PREFIX {undeclared[1]}: <…> at the top"
        return MalformedQueryError(message, *place(sparql, offset))
    if report.reasons:
        return MalformedQueryError("; ".join(report.reasons), *place(sparql, report.offset))
    expected = frontier.expected_at(sparql, offset)
    if '">"' in expected.signs and '"<"' not in expected.signs:
        offset = sparql.rfind("<", 0, offset)  # within an IRI nothing but its end is expected
    return MalformedQueryError(_message(sparql, offset, expected), *place(sparql, offset))


def place(text: str, offset: int) -> tuple[int, int]:
    """The line and column of an offset, both counted from 1."""
    before = text[:offset]
    return before.count("\n") + 1, offset - (before.rfind("\n") + 1) + 1


def _message(sparql: str, offset: int, expected: Report) -> str:
    found = sparql[offset:].split("\n", 1)[0].strip()[:_EXCERPT]
    signs = expected.signs
    if expected.reasons:
        return f"before this place: {'; '.join(expected.reasons)}"
    if not found:
        here = "the query breaks off, something is missing before this place"
    elif _QUOTES.get(found[0]) in signs:
        return "the string that begins here is not closed, or has an escape that does not exist"
    elif found[0] == "<" and '"<="' not in signs and {'"<"', '">"'} & {*signs}:
        return "what begins here is not an IRI"
    elif _SPACED.match(found):
        return "this parser takes no blank between COALESCE and its bracket"
    elif found[0] in ")]}" and f'"{found[0]}"' in signs:
        return f"what stands before “{found}” does not fit"
    else:
        here = f"did not expect “{found}”"
    # Of the keywords that would fit the parser names the longest only, so they would mislead.
    return f"{here}; expected {' or '.join(signs)}" if 0 < len(signs) <= _SHOWN else here
