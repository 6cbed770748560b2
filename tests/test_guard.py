"""What is refused before it is parsed: texts too long, too deep, or no text at all."""

import pytest

from cstokg.engine import guard
from cstokg.engine.errors import (
    MalformedQueryError,
    QueryTooDeepError,
    QueryTooLongError,
    ServiceRefusedError,
)
from cstokg.engine.query_text import read
from cstokg.settings import Limits

LIMITS = Limits(depth=10, query_bytes=1000)


@pytest.mark.parametrize("bracket", ["(", "[", "{", "([{"])
def test_deep_nesting_is_refused_where_it_gets_too_deep(bracket: str) -> None:
    """At the first bracket beyond the limit, closed or not."""
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
        # What looks like a comment, a string or an IRI may be none.
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
    """A lone surrogate is not text; the place is told."""
    with pytest.raises(MalformedQueryError, match="surrogate") as caught:
        guard.check_size("ASK {\n'\ud800' }", LIMITS)
    assert (caught.value.line, caught.value.column) == (2, 2)


ADDRESSES = {
    "http://a.example/sparql": "http://127.0.0.1:1/x/0",
    "http://b.example/": "http://127.0.0.1:1/x/1",
}


def redirected(sparql: str) -> str | None:
    """A query with its calls sent elsewhere."""
    return guard.redirect_calls(read(sparql), ADDRESSES)


@pytest.mark.parametrize(
    ("sparql", "rewritten"),
    [
        ("ASK { ?s ?p ?o }", None),
        ("ASK { ?service a 'SERVICE <x> {}', <http://service.example/> } # SERVICE <x> {}", None),
        ("PREFIX service: <http://x/service#> ASK { service:a ?p ?o }", None),
        (
            "ASK { SERVICE <http://a.example/sparql> {} service#x\n silent<http://b.example/> {} }",
            "ASK { SERVICE <http://127.0.0.1:1/x/0> {} service#x\n silent<http://127.0.0.1:1/x/1> {} }",
        ),
        (
            "BASE <http://a.example/> PREFIX b: <http://b.example/> ASK { SERVICE b: {SERVICE <sparql> {} }}",
            (
                "BASE <http://a.example/> PREFIX b: <http://b.example/> "
                "ASK { SERVICE <http://127.0.0.1:1/x/1> {SERVICE <http://127.0.0.1:1/x/0> {} }}"
            ),
        ),
        (
            "ASK { SERVICE <http://a.example/sparql> { ?s ?p 'SERVICE <x> {}' } }",
            "ASK { SERVICE <http://127.0.0.1:1/x/0> { ?s ?p 'SERVICE <x> {}' } }",
        ),
        (
            "ASK { SERVICE#x\nSILENT#<y>\n<http://b.example/>{ SERVICE <http://a.example/sparql> {} } }",
            "ASK { SERVICE#x\nSILENT#<y>\n<http://127.0.0.1:1/x/1>{ SERVICE <http://127.0.0.1:1/x/0> {} } }",
        ),
        ("ASK { SERVICE SILENT <http://c.example/> {} }", "ASK { SERVICE SILENT <nowhere:> {} }"),
        ("ASK { ?s ?p ?g SERVICE SILENT ?g {} }", "ASK { ?s ?p ?g SERVICE SILENT <nowhere:> {} }"),
    ],
)
def test_calls_are_sent_to_other_addresses(sparql: str, rewritten: str | None) -> None:
    assert redirected(sparql) == rewritten


@pytest.mark.parametrize(
    ("sparql", "message", "column"),
    [
        ("ASK { SERVICE <http://c.example/> {} }", "the endpoint http://c.example/ is not one", 7),
        ("ASK { ?s ?p ?g SERVICE ?g {} }", "SERVICE needs an IRI", 16),
        ("ASK { ?s ?p trueSERVICE<http://a.example/sparql>{} }", "SERVICE", 13),
        ("ASK { FILTER(?a<?b)SERVICE?x#>\n{} }", "SERVICE", 16),
    ],
)
def test_other_calls_are_refused(sparql: str, message: str, column: int) -> None:
    with pytest.raises(ServiceRefusedError, match=message) as caught:
        redirected(sparql)
    assert caught.value.column == column


@pytest.mark.parametrize(
    "sparql",
    ["ASK { SERVICE", "ASK { SERVICE SILENT }", "ASK { SERVICE <x> { ?s } }", "ASK { SERVICE <x> {} " * 9],
)
def test_calls_in_no_query_are_malformed(sparql: str) -> None:
    with pytest.raises(MalformedQueryError):
        redirected(sparql)
