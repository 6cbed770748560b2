"""The dataset that the FROM clauses of a query describe."""

import re

from cstokg.engine import prologue, syntax
from cstokg.engine.errors import MalformedQueryError
from cstokg.engine.guard import nonce
from cstokg.engine.store import Dataset

_FROM = re.compile("from", re.IGNORECASE)
_NAMED = re.compile("named", re.IGNORECASE)
_PREFIX_END = re.compile(r"[\w.-]*:")
_PREFIX_START = re.compile(r"[\w.-]*\Z")


def of_query(sparql: str) -> Dataset | None:
    """The dataset that the FROM clauses of a query describe; None if it has none.

    As in the guard the parser is the judge of which "from" is the keyword.

    Raises:
        MalformedQueryError: the text holds the word and does not parse.
    """
    if not _FROM.search(sparql) or _parses(_FROM.sub(nonce("from"), sparql)):
        return None
    syntax.parse(sparql)
    declared = prologue.read(sparql)
    default_graphs: list[str] = []
    named_graphs: list[str] = []
    for word in _FROM.finditer(sparql, declared.end):
        if _is_prefix(sparql, word, declared) or _parses(
            sparql[: word.start()] + nonce("from") + sparql[word.end() :]
        ):
            continue
        position = prologue.space(sparql, word.end())
        named = _NAMED.match(sparql, position)
        iri = declared.iri(sparql, named.end() if named else position)
        if iri is None:
            raise MalformedQueryError("expected a graph after FROM", *syntax.place(sparql, position))
        (named_graphs if named else default_graphs).append(iri)
    return Dataset(tuple(default_graphs), tuple(named_graphs))


def _parses(sparql: str) -> bool:
    try:
        syntax.parse(sparql)
    except MalformedQueryError:
        return False
    return True


def _is_prefix(sparql: str, word: re.Match[str], declared: prologue.Prologue) -> bool:
    """Whether a "from" is part of a declared prefix, which cannot be replaced in one place only."""
    end = _PREFIX_END.match(sparql, word.end())
    start = _PREFIX_START.search(sparql[: word.start()])
    if end is None or start is None:
        return False
    return (start[0] + word[0] + end[0])[:-1] in declared.prefixes
