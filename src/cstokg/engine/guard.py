"""What is refused before it runs: texts too long or too deep, and updates.

Calls of other endpoints are refused in ``service_calls``.
"""

from cstokg.engine import syntax_errors
from cstokg.engine.query_text import QueryText
from cstokg.errors import MalformedQueryError, QueryTooDeepError, QueryTooLongError, UpdateRefusedError
from cstokg.settings import Limits

MAX_CALLS = 10  # of SERVICE in one query
_SERVICE_IS_OFF = (
    "calls to other endpoints (SERVICE) are off; `cstokg serve --allow-service` allows single ones"
)
_OPENING, _CLOSING = frozenset({"(", "[", "{", "<<("}), frozenset({")", "]", "}", ")>>"})


def check_size(sparql: str, limits: Limits) -> None:
    """Raise if a text is too long to be read.

    Raises:
        QueryTooLongError: it has more bytes than the limit.
        MalformedQueryError: it is not Unicode text.
    """
    try:
        size = len(sparql) if sparql.isascii() else len(sparql.encode())
    except UnicodeEncodeError as error:
        message = "half a surrogate pair is not a character"
        raise MalformedQueryError(message, *syntax_errors.place(sparql, error.start)) from None
    if size > limits.query_bytes:
        raise QueryTooLongError(f"the query has {size:,} bytes, at most {limits.query_bytes:,} are read")


def check_depth(query: QueryText, limits: Limits) -> None:
    """Raise if a text nests so deep that it could end the parser.

    Raises:
        QueryTooDeepError: its brackets nest deeper than the limit.
    """
    if sum(map(query.sparql.count, "([{")) <= limits.depth:
        return
    level = 0
    for token in query.tokens:
        if token.text in _OPENING:
            level += 1
        elif token.text in _CLOSING:
            level = max(0, level - 1)
        # What looks like a relative IRI may be a comparison with brackets, ?a<((1))>?b.
        inside = 0 if token.kind != "iri" or ":" in token.text else sum(map(token.text.count, "(["))
        if level + inside > limits.depth:
            message = f"the brackets nest more than {limits.depth} levels deep"
            raise QueryTooDeepError(message, *syntax_errors.place(query.sparql, token.start))


def check_update(query: QueryText) -> None:
    """Raise if a text is an update.

    Raises:
        UpdateRefusedError: it is one.
    """
    if query.is_update:
        place = syntax_errors.place(query.sparql, query.body)
        raise UpdateRefusedError("the data are read-only, updates are off", *place)
