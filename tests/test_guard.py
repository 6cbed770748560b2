"""What is refused before it is parsed: texts too long, too deep, or no text at all."""

import pytest

from cstokg.engine import guard
from cstokg.engine.query_text import read
from cstokg.errors import MalformedQueryError, QueryTooDeepError, QueryTooLongError
from cstokg.settings import Limits

LIMITS = Limits(depth=10, query_bytes=1000)


@pytest.mark.parametrize("bracket", ["(", "[", "{", "([{"])
def test_deep_nesting_is_refused_where_it_gets_too_deep(bracket: str) -> None:
    """At the first bracket beyond the limit, whether it is closed or not."""
    sparql = "ASK\n" + bracket * 20
    with pytest.raises(QueryTooDeepError, match="more than 10 levels") as caught:
        guard.check_depth(read(sparql), LIMITS)
    assert (caught.value.line, caught.value.column) == (2, 11)


@pytest.mark.parametrize(
    "sparql",
    [
        f"ASK {{ {'()' * 50} }}",
        f"ASK {{ ?s ?p '{'(' * 50}' }}",
        f'ASK {{ ?s ?p "{"{" * 50}" }}',
        f"ASK {{ ?s ?p '''{'[' * 50}' ''' }}",
        f'ASK {{ ?s ?p """{"(" * 50}\\""" """ }}',
        f"ASK {{ ?s <http://x/{'(' * 50}> ?o }}",
        "ASK { ex:" + "\\(" * 50 + " ?p ?o }",
        "ASK { # " + "(" * 20 + "\n }",
        "ASK { ex:a# " + "(" * 20 + "\n ?p ?o }",
    ],
)
def test_brackets_that_do_not_nest_are_no_depth(sparql: str) -> None:
    """Side by side, in strings, in IRIs, escaped in names, in comments."""
    guard.check_depth(read(sparql), LIMITS)


@pytest.mark.parametrize(
    "sparql",
    [
        # Text that looks like a comment, a string or an IRI may be something else.
        "ASK { ex:a\\# " + "(" * 20,
        "ASK { ex:a\\' " + "(" * 20 + "'",
        "ASK { FILTER(?a<?b " + "(" * 20 + ">",
        "ASK { FILTER(?a<" + "(" * 20 + "1" + ")" * 20 + ">?b) }",
        "ASK { " + "<<( " * 11,
    ],
)
def test_depth_cannot_be_hidden(sparql: str) -> None:
    """What may be brackets counts."""
    with pytest.raises(QueryTooDeepError):
        guard.check_depth(read(sparql), LIMITS)


def test_long_text_is_refused_by_its_bytes() -> None:
    """Not by its characters."""
    guard.check_size("#" + "a" * 999, LIMITS)
    with pytest.raises(QueryTooLongError, match="1,001 bytes, at most 1,000"):
        guard.check_size("#" + "a" * 1000, LIMITS)
    with pytest.raises(QueryTooLongError):
        guard.check_size("#" + "ж" * 500, LIMITS)


def test_half_a_character_is_malformed() -> None:
    """A lone surrogate is not text; the message has its place."""
    with pytest.raises(MalformedQueryError, match="surrogate") as caught:
        guard.check_size("ASK {\n'\ud800' }", LIMITS)
    assert (caught.value.line, caught.value.column) == (2, 2)
