"""How many solutions a written result has: the serializer does not say."""

import re

from pyoxigraph import QueryResultsFormat

# A solution is an object in an array, a term is an object behind a name; quotes in texts are escaped.
_JSON_SOLUTION = re.compile(rb'[\[,]\{"[^"\\]*":\{"type":')
_JSON_TEXT = re.compile(rb'"(?:[^"\\]|\\.)*"')
_CSV_TEXT = re.compile(rb'"[^"]*"')


def rows(body: bytes, syntax: QueryResultsFormat) -> int:
    """The number of solutions in a body as pyoxigraph writes it; without copies of what may be large."""
    if syntax == QueryResultsFormat.XML:
        return body.count(b"<result>")  # in a text the bracket is escaped
    if syntax == QueryResultsFormat.TSV:
        return body.count(b"\n") - 1  # in a text the line break is escaped
    if syntax == QueryResultsFormat.CSV:
        return body.count(b"\n") - sum(text[0].count(b"\n") for text in _CSV_TEXT.finditer(body)) - 1
    found = sum(1 for _ in _JSON_SOLUTION.finditer(body))
    if b"{}" in body:
        # Perhaps solutions in which nothing is bound.
        structure = _JSON_TEXT.sub(b"", body)
        found += structure.count(b"[{}") + structure.count(b",{}")
    return found
