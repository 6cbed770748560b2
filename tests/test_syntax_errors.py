"""The place of a mistake in a query is the token at which the parser stopped, wherever that is."""

from pathlib import Path

import pytest
from pyoxigraph import Store

from conftest import ROOT
from cstokg.engine import query_text, syntax_errors
from cstokg.engine.evaluation import Request, evaluate
from cstokg.engine.loading.store import Loaded
from cstokg.errors import MalformedQueryError, UnknownFunctionError

HERE = "⟨here⟩"
JUNK = "& "  # fits nowhere in SPARQL outside of strings, IRIs and comments
QUERIES = sorted((ROOT / "queries").glob("*.rq"))[::8]


def explained(sparql: str) -> tuple[int, str]:
    """Return the offset of the mistake in a query, and what is said of it."""
    store = Store()
    store.update("INSERT DATA { <http://x/s> <http://x/p> 1 }")
    with pytest.raises(MalformedQueryError) as caught:
        evaluate(Loaded(store, "", "", "", None), Request(sparql, ("text/csv", "text/turtle")))
    assert caught.value.line is not None
    assert caught.value.column is not None
    return syntax_errors.offset_of(sparql, caught.value.line, caught.value.column), caught.value.message


@pytest.mark.parametrize(
    ("marked", "message"),
    [
        ("SELECT * { ?s ?p ?o FILTER(?o > 1 + ⟨here⟩) }", "did not expect “) }”"),
        ("SELECT * { ?s ?p ?o FILTER(?o = ⟨here⟩= 1) }", "did not expect “= 1) }”"),
        ("SELECT * { ?s ?p ?o FILTER(BOUND(?o ⟨here⟩+ 1)) } LIMIT 5", 'expected ")"'),
        (
            "SELECT * { ?s ?p ?o FILTER(⟨here⟩STRLENN(?o) > 3) } LIMIT 5",
            "there is no function or aggregate STRLENN",
        ),
        ("SELECT * { ?s ?p ?o FILTER(CONTAINS(LCASE(?o), 'x') ⟨here⟩}\nORDER BY ?s", "did not expect “}”"),
        ("SELECT * {\n ?s ?p ?o # a (\n FILTER(?s + # b\n ⟨here⟩) } LIMIT 5", "did not expect “)"),
        ("SELECT * { ?s ?p ?o FILTER(?o > ⟨here⟩nono:x && ?p = 3) }", "the prefix nono: is not declared"),
        ("SELECT * { ?s person:a\\# ?o FILTER(?o + ⟨here⟩) }", "did not expect “) }”"),
        ("SELECT (⟨here⟩COALESCE (?x, 1) AS ?y) {}", "no blank between COALESCE and its bracket"),
        ("SELECT (⟨here⟩concat (?x, '1') AS ?y) {}", "no blank between CONCAT and its bracket"),
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
        ("SELECT * { ?s ?p ⟨here⟩'" + "abc " * 40 + "}", "the string that begins here is not closed"),
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
    for token in list(query_text.tokens(sparql))[::5]:
        # The parser takes no blank behind these two keywords, and nothing else.
        if not sparql[: token.start].rstrip().endswith(("COALESCE", "CONCAT")):
            offset, _ = explained(sparql[: token.start] + JUNK + sparql[token.start :])
            assert offset == token.start


@pytest.mark.parametrize(
    ("marked", "message"),
    [
        ("SELECT (⟨here⟩<http://x/nope>(?s) AS ?x) { ?s ?p ?o }", "there is no function <http://x/nope>"),
        ("PREFIX ex: <http://x/>\nASK { FILTER(⟨here⟩ex:nope(1)) }", "there is no function <http://x/nope>"),
        ("SELECT (⟨here⟩MEDIAN(?y) AS ?x) { ?y ?p ?o }", "there is no function or aggregate MEDIAN"),
        ("SELECT * { ?s ?p ?o FILTER ⟨here⟩ISURI2(?s) }", "there is no function or aggregate ISURI2"),
        ("SELECT (SUM(⟨here⟩TWICE(?o)) AS ?x) { ?s ?p ?o }", "there is no function or aggregate TWICE"),
        (
            "PREFIX ex: <http://x/> SELECT (⟨here⟩ex:nope(DISTINCT ?y) AS ?x) { ?y ?p ?o }",
            "there is no aggregate ex:nope",
        ),
    ],
)
def test_unknown_function_is_named(marked: str, message: str) -> None:
    sparql = marked.replace(HERE, "")
    offset, said = explained(sparql)
    assert said.startswith(message)
    assert offset == marked.index(HERE)
    with pytest.raises(UnknownFunctionError):
        evaluate(Loaded(Store(), "", "", "", None), Request(sparql, ("text/csv",)))


def test_the_word_before_a_bracket_in_a_pattern_is_no_function() -> None:
    assert "function" not in explained("SELECT * { ?s ?p ?o foo (1) }")[1]


def test_byte_order_mark_is_skipped_and_not_counted() -> None:
    with pytest.raises(MalformedQueryError) as caught:
        evaluate(Loaded(Store(), "", "", "", None), Request("\ufeffASK { & }", ("text/csv",)))
    assert (caught.value.line, caught.value.column) == (1, 7)


@pytest.mark.parametrize(
    "declaration", ["PREFIX my: <https://⟨here⟩[your-domain]/ns/>", "BASE <⟨here⟩https://[your-domain]/ns/>"]
)
def test_placeholder_in_a_declaration_is_malformed(declaration: str) -> None:
    offset, said = explained(f"{declaration.replace(HERE, '')} SELECT * {{ ?s ?p ?o }}")
    assert "IRI" in said
    assert offset <= len(declaration)


@pytest.mark.parametrize(
    ("sparql", "suggestion"),
    [
        ("SELCT * {}", "SELECT"),
        ("SELECT * { ?s ?p ?o FITLER(?o) }", "FILTER"),
        ("ASK { ?s persn:x ?o }", "person:"),
        ("PREFIX mine: <x> ASK { ?s mien:x ?o }", "mine:"),
        ("ASK { FILTER(STRLENN(?o) > 3) }", "STRLEN"),
        ("ASK { ?s ?p }", ""),
        ("QQQQQQQ {}", ""),
    ],
)
def test_word_that_comes_near_is_suggested(sparql: str, suggestion: str) -> None:
    with pytest.raises(MalformedQueryError) as caught:
        evaluate(Loaded(Store(), "", "", "", None), Request(sparql, ("text/csv",)))
    assert caught.value.suggestion == suggestion


def test_nothing_runs_to_find_a_mistake(monkeypatch: pytest.MonkeyPatch) -> None:
    """The text before the mistake may be a query that calls another endpoint."""
    sparql = "ASK { SERVICE <http://127.0.0.1:9/> {} } foo bar"
    asked: list[str] = []

    class Watched:
        def query(self, text: str, **options: object) -> object:
            asked.append(text)
            return Store().query(text.replace("SERVICE", "GRAPH"), **options)  # type: ignore[arg-type]

    monkeypatch.setattr(syntax_errors, "Store", Watched)
    error = SyntaxError(f"error at 1:{len(sparql) + 1}: expected VALUES")
    found = syntax_errors.explain(error, query_text.read(sparql))
    assert found.column == sparql.index("foo") + 1
    assert asked
    assert all(text.endswith("\0") for text in asked)  # which makes them no queries


LONG = {
    "name": "ASK { ?s ckg:\\~" + "A" * 30_000 + " ?o",
    "local name": "CONSTRUCT { ?s ckg:" + "a" * 90_000 + " & ?o } {}",
    "comment": "ASK { ?s ?p ?o } now #" + "#" * 40 + "\n" + "#" * 99_000,
    "run of letters": "a" * 99_000,
    "run in a filter": "ASK { FILTER(" + "a" * 99_000 + ") }",
    "string": "SELECT * { ?s ?p '" + "abc " * 24_000,
    "escapes": "SELECT * { ?s ?p '''" + "\\\\\n" * 33_000,
    "quotes": "ASK { ?s ?p " + "'''\\'''\n\\" * 9_000,
    "triples": "SELECT * { " + "?s ?p ?o . " * 8_900 + " & }",
    "lines": "SELECT * {" + "\n" * 99_000 + "& }",
    "filters": "SELECT * { " + "?s ?p ?o FILTER(?o > 1 + 2 && STRLEN(?o) = 3) . " * 2_000 + " & }",
}


@pytest.mark.parametrize("sparql", LONG.values(), ids=LONG)
def test_mistake_in_a_long_text_is_found_with_little_parsing(
    sparql: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The parser reads a few times the length of the text (for our functions, benchmarks/linear_time.py)."""
    parsed: list[int] = []

    class Counting:
        def query(self, text: str, **options: object) -> object:
            parsed.append(len(text))
            return Store().query(text, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(syntax_errors, "Store", Counting)
    explained(sparql)
    assert 1 <= len(parsed) <= 30
    assert sum(parsed) < 6 * len(sparql) + 10_000
