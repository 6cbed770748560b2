"""How many solutions a written result has: the serializer does not say."""

from pyoxigraph import QueryResultsFormat


def rows(body: bytes, syntax: QueryResultsFormat) -> int:
    """The number of solutions in a body as pyoxigraph writes it."""
    if syntax == QueryResultsFormat.XML:
        return body.count(b"<result>")  # in a text the bracket is escaped
    if syntax == QueryResultsFormat.TSV:
        return body.count(b"\n") - 1  # in a text the line break is escaped
    if syntax == QueryResultsFormat.CSV:
        return _outside_quotes(body).count(b"\n") - 1
    # A solution is an object in an array, a term is an object behind a name.
    structure = _outside_quotes(body.replace(b"\\\\", b"").replace(b'\\"', b""))
    return structure.count(b"[{") + structure.count(b",{")


def _outside_quotes(body: bytes) -> bytes:
    return b"".join(body.split(b'"')[::2])
