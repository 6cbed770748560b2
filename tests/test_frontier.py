"""The place of a mistake in a query is the token at which the parser stopped, wherever that is."""

from pathlib import Path

import pytest
from pyoxigraph import Store

from conftest import ROOT
from cstokg.engine import MalformedQueryError, frontier, syntax
from cstokg.engine.answers import Request
from cstokg.engine.evaluation import evaluate

HERE = "⟨here⟩"
JUNK = "& "  # fits nowhere in SPARQL outside of strings, IRIs and comments
QUERIES = sorted((ROOT / "queries").glob("*.rq"))[::8]


def explained(sparql: str) -> tuple[int, str]:
    """The offset of the mistake in a query, and what is said of it."""
    with pytest.raises(MalformedQueryError) as caught:
        evaluate(Store(), Request(sparql, ("text/csv", "text/turtle")))
    assert caught.value.line is not None
    assert caught.value.column is not None
    return syntax.offset_of(sparql, caught.value.line, caught.value.column), caught.value.message


@pytest.mark.parametrize(
    ("marked", "message"),
    [
        ("SELECT * { ?s ?p ?o FILTER(?o > 1 + ⟨here⟩) }", "did not expect “) }”"),
        ("SELECT * { ?s ?p ?o FILTER(?o = ⟨here⟩= 1) }", "did not expect “= 1) }”"),
        ("SELECT * { ?s ?p ?o FILTER(BOUND(?o ⟨here⟩+ 1)) } LIMIT 5", 'expected ")"'),
        ("SELECT * { ?s ?p ?o FILTER(⟨here⟩STRLENN(?o) > 3) } LIMIT 5", "did not expect “STRLENN"),
        ("SELECT * { ?s ?p ?o FILTER(CONTAINS(LCASE(?o), 'x') ⟨here⟩}\nORDER BY ?s", "did not expect “}”"),
        ("SELECT * {\n ?s ?p ?o # a (\n FILTER(?s + # b\n ⟨here⟩) } LIMIT 5", "did not expect “)"),
        ("SELECT * { ?s ?p ?o FILTER(?o > ⟨here⟩nono:x && ?p = 3) }", "the prefix nono: is not declared"),
        ("SELECT * { ?s person:a\\# ?o FILTER(?o + ⟨here⟩) }", "did not expect “) }”"),
        ("SELECT (⟨here⟩COALESCE (?x, 1) AS ?y) {}", "no blank between COALESCE and its bracket"),
        ("SELECT * { ?s ?p '😀' FILTER(?o = 'ж' + ⟨here⟩) } # 😀", "did not expect “) }"),
        ("SELECT * { ?s ?p ?o FILTER(?o > ⟨here⟩'abc) } LIMIT 5", "the string that begins here"),
        ('SELECT * { ?s ?p ?o FILTER(?o > ⟨here⟩"a\\qb") } LIMIT 5', "the string that begins here"),
        ("SELECT * { ?s ?p ?o FILTER(?o > ⟨here⟩<a b>) } LIMIT 5", "is not an IRI"),
        ("SELECT * { ?s ?p ?o FILTER(?o > ⟨here⟩<http://[x>) } LIMIT 5", "is not an IRI"),
        ("SELECT * { ?s ?p ?o } ⟨here⟩foo", "did not expect “foo”"),
        ("SELECT (SUM(?s⟨here⟩, ?o) AS ?x) { ?s ?p ?o }", "did not expect “, ?o)"),
        ("SELECT * { ?s ?p ?o FILTER(⟨here⟩", "breaks off"),
        ("SELECT * { ?s ?p ?o BIND(1 AS ?s) ⟨here⟩} LIMIT 5", "before this place: BIND is overriding"),
        (
            "SELECT * { VALUES (?x ?y) { (1) ⟨here⟩} } LIMIT 5",
            "what stands before “} } LIMIT 5” does not fit",
        ),
        ("SELECT * { ?s ?p '" + "abc " * 40 + "}⟨here⟩", "a string is not closed, before this place"),
    ],
)
def test_mistake_is_found_where_it_is(marked: str, message: str) -> None:
    """Not where the longest keyword that was tried would end."""
    sparql = marked.replace(HERE, "")
    offset, said = explained(sparql)
    assert (sparql[:offset] + HERE + sparql[offset:], offset) == (marked, marked.index(HERE))
    assert message in said


@pytest.mark.parametrize("path", QUERIES, ids=lambda path: path.stem)
def test_junk_is_found_between_any_two_tokens(path: Path) -> None:
    """In real queries, to the character."""
    sparql = path.read_text(encoding="utf-8")
    for token in list(frontier.TOKENS.finditer(sparql))[::5]:
        # The parser takes no blank behind this one keyword.
        if token[1] and not sparql[: token.start()].endswith("COALESCE "):
            offset, _ = explained(sparql[: token.start()] + JUNK + sparql[token.start() :])
            assert offset == token.start()


def test_nothing_runs_to_find_a_mistake(monkeypatch: pytest.MonkeyPatch) -> None:
    """What stands before it may be a query that calls another endpoint."""
    sparql = "ASK { SERVICE <http://127.0.0.1:9/> {} } foo bar"
    asked: list[str] = []

    class Watched:
        def query(self, text: str, **options: object) -> object:
            asked.append(text)
            return Store().query(text.replace("SERVICE", "GRAPH"), **options)  # type: ignore[arg-type]

    monkeypatch.setattr(frontier, "Store", Watched)
    assert frontier.furthest(sparql, len(sparql)) == sparql.index("foo")
    assert not frontier.expected_at(sparql, sparql.index("foo")).expected
    assert asked
    assert all("\0" in text for text in asked)
