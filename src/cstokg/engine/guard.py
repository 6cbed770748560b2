r"""What is refused before it runs: texts too long or too deep, updates, and calls to other endpoints.

pyoxigraph executes every SERVICE, offers no switch for it and shows no algebra. A scan for the
word is foolable, because what a character means depends on the grammar: ``ex:a\# SERVICE …`` holds
no comment, and ``trueSERVICE<…>{}`` is a literal followed by a service call. So the parser is the
judge. Each "service" in the text is replaced by a random name of the same length, which fits
wherever a name, a string, an IRI or a comment may hold anything, and is no keyword. If the text
still parses, none of them was the keyword. A query in which the word cannot be replaced, such as
one with an IRI of scheme ``service:`` in a strict place, may be refused without need, never let
through. Behind it stands the worker, which cannot open a connection at all.
"""

import re
import secrets
import string

from cstokg.engine import prologue, scan, syntax
from cstokg.engine.errors import (
    MalformedQueryError,
    QueryTooDeepError,
    QueryTooLongError,
    ServiceRefusedError,
    UpdateRefusedError,
)
from cstokg.settings import Limits

_SERVICE = re.compile("service", re.IGNORECASE)
_WORD_WITH_SERVICE = re.compile(r"[\w:.-]*service[\w:.-]*", re.IGNORECASE)
_UPDATE = re.compile(r"(?:ADD|CLEAR|COPY|CREATE|DELETE|DROP|INSERT|LOAD|MOVE|WITH)\b", re.IGNORECASE)


def check_size(sparql: str, limits: Limits) -> None:
    """Nothing, if a text may be given to the parser, which overlong and deep ones would end.

    Raises:
        QueryTooLongError: it has more bytes than the limit.
        QueryTooDeepError: its brackets nest deeper than the limit.
        MalformedQueryError: it is not Unicode text.
    """
    try:
        size = len(sparql) if sparql.isascii() else len(sparql.encode())
    except UnicodeEncodeError as error:
        message = "half a surrogate pair is not a character"
        raise MalformedQueryError(message, *syntax.place(sparql, error.start)) from None
    if size > limits.query_bytes:
        raise QueryTooLongError(f"the query has {size:,} bytes, at most {limits.query_bytes:,} are read")
    offset = scan.too_deep_at(sparql, limits.depth)
    if offset is not None:
        message = f"the brackets nest more than {limits.depth} levels deep"
        raise QueryTooDeepError(message, *syntax.place(sparql, offset))


def check(sparql: str) -> None:
    """Nothing, if a query may run.

    Raises:
        UpdateRefusedError: the text is an update.
        ServiceRefusedError: the query calls another endpoint.
        MalformedQueryError: the text speaks of services and is no query.
    """
    start = prologue.read(sparql).end
    if _UPDATE.match(sparql, start):
        raise UpdateRefusedError("the data are read-only, updates are off", *syntax.place(sparql, start))
    if not _SERVICE.search(sparql):
        return
    try:
        syntax.parse(_SERVICE.sub(nonce("service"), sparql))
    except MalformedQueryError as error:
        if error.line is None or error.column is None:
            raise
        offset = syntax.offset_of(sparql, error.line, error.column)
        for word in _WORD_WITH_SERVICE.finditer(sparql):
            if word.start() <= offset <= word.end():
                message = "calls to other endpoints (SERVICE) are off"
                raise ServiceRefusedError(message, *syntax.place(sparql, word.start())) from None
        raise


def nonce(word: str) -> str:
    """A random name of the same length as a keyword.

    No SPARQL keyword begins with q, and nobody can declare a prefix with a name not known before.
    """
    letters = (secrets.choice(string.ascii_lowercase) for _ in word[1:])
    return "q" + "".join(letters)
