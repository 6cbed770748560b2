"""Queries that pyoxigraph answers otherwise than SPARQL 1.1 says, each with the right answer."""

import psutil
import pytest
from pyoxigraph import Literal, NamedNode, QueryBoolean, QuerySolutions, RdfFormat, Store

from cstokg.engine import query_text
from cstokg.engine.rewriting import corrections, xpath_regex
from cstokg.errors import UnsupportedQueryError

PROLOGUE = "PREFIX ex: <http://example.org/> PREFIX xsd: <http://www.w3.org/2001/XMLSchema#> "
DATA = """
ex:a ex:p ex:b ; ex:q ex:b, ex:c . ex:b ex:p ex:c ; ex:n 1, 2.5 .
ex:g1 { ex:a ex:p ex:b . ex:b ex:p ex:c ; ex:n 7 }
ex:g2 { ex:x ex:p ex:y . ex:a ex:q ex:z }
"""
INTEGER = "^^<http://www.w3.org/2001/XMLSchema#integer>"

Rows = list[tuple[str, ...]]


@pytest.fixture(scope="module")
def store() -> Store:
    store = Store()
    store.load((PROLOGUE + DATA).encode(), format=RdfFormat.TRIG)
    return store


def corrected(store: Store | None, query: str, exact: bool = False) -> corrections.Corrected:
    sparql = PROLOGUE + query
    return corrections.apply(sparql, list(query_text.tokens(sparql)), store, exact=exact)


def short(term: object) -> str:
    text = (
        str(term).replace("<http://example.org/", "ex:").replace("^^<http://www.w3.org/2001/XMLSchema#", "^^")
    )
    text = text.removesuffix(">")
    return text.split('"')[1] if text.endswith(("^^integer", "^^boolean", "^^decimal")) else text


def answer(store: Store, query: str, exact: bool = False) -> Rows | bool:
    rewritten = corrected(store, query, exact)
    result = store.query(
        rewritten.sparql,
        custom_functions=dict(rewritten.custom_functions),
        custom_aggregate_functions=dict(rewritten.custom_aggregate_functions),
    )
    return _rows(result)


def plain_answer(store: Store, query: str) -> Rows | bool | None:
    try:
        return _rows(store.query(PROLOGUE + query))
    except SyntaxError:
        return None


def _rows(result: object) -> Rows | bool:
    if isinstance(result, QueryBoolean):
        return bool(result)
    assert isinstance(result, QuerySolutions)
    names = [variable.value for variable in result.variables]
    return sorted(tuple("" if row[name] is None else short(row[name]) for name in names) for row in result)


CASES: list[tuple[str, Rows | bool]] = [
    # GRAPH evaluates in each graph, section 18.6
    ("SELECT ?g ?c { GRAPH ?g { SELECT (COUNT(*) AS ?c) { ?s ?p ?o } } }", [("ex:g1", "3"), ("ex:g2", "2")]),
    (
        "SELECT ?g ?s { GRAPH ?g { SELECT ?s { ?s ?p ?o } ORDER BY DESC(?s) LIMIT 1 } }",
        [("ex:g1", "ex:b"), ("ex:g2", "ex:x")],
    ),
    (
        "SELECT * { GRAPH ?g { { SELECT ?s { _:x ex:p ?s . ?s ex:n [] } LIMIT 1 } UNION { ?s ex:q [] } } }",
        [("ex:g1", "ex:b"), ("ex:g2", "ex:a")],
    ),
    (
        "SELECT ?g ?m { GRAPH ?g { BIND(1 AS ?x) { SELECT (MAX(?n) AS ?m) { ?s ex:n ?n } } } }",
        [("ex:g1", "7"), ("ex:g2", "")],
    ),
    ("SELECT ?g ?c FROM NAMED ex:g2 { GRAPH ?g { SELECT (COUNT(*) AS ?c) { ?s ?p ?o } } }", [("ex:g2", "2")]),
    (
        "SELECT ?g ?h { GRAPH ?g { GRAPH ?h { SELECT ?s { ?s ?p ?o } LIMIT 1 } } }",
        [(f"ex:g{n}", f"ex:g{m}") for n in (1, 2) for m in (1, 2)],
    ),
    (
        "SELECT ?g ?c { VALUES ?g { ex:g1 ex:none } GRAPH ?g { SELECT (COUNT(*) AS ?c) { ?s ?p ?o } } }",
        [("ex:g1", "3")],
    ),
    (
        "SELECT ?g ?s { GRAPH ?g { ?s ex:p ?o MINUS { ?x ex:q ?z } } }",
        [("ex:g1", "ex:a"), ("ex:g1", "ex:b"), ("ex:g2", "ex:x")],
    ),
    ("SELECT ?g ?x { GRAPH ?g { VALUES ?x { 1 } } }", [("ex:g1", "1"), ("ex:g2", "1")]),
    ("SELECT ?x { GRAPH ex:none { VALUES ?x { 1 } } }", []),
    ("SELECT ?c { GRAPH ex:none { SELECT (COUNT(*) AS ?c) { ?s ?p ?o } } }", []),
    # an alternative is a union, section 18.2.2.4
    ("SELECT (COUNT(*) AS ?c) { ex:a ex:p|ex:q ?o }", [("3",)]),
    ("SELECT (COUNT(?o) AS ?c) { ex:a ex:p|ex:q ex:b ; ex:q|ex:p ?o }", [("6",)]),
    ("SELECT ?s { ?s (ex:p|ex:q)/ex:p ex:c }", [("ex:a",), ("ex:a",)]),
    ("SELECT ?s { ?s ^(ex:p|ex:q) ex:a }", [("ex:b",), ("ex:b",), ("ex:c",)]),
    ("SELECT * { ex:a ex:p|ex:q [ ex:p ?o ] }", [("ex:c",), ("ex:c",)]),
    ("SELECT * { ex:a ex:p|ex:q _:b . _:b ex:p ?o }", [("ex:c",), ("ex:c",)]),
    ("SELECT * { { SELECT * { ex:a ex:p|ex:q _:b . _:b ex:p ?o } } }", [("ex:c",), ("ex:c",)]),
    ("SELECT (COUNT(*) AS ?c) { ex:a ex:p|ex:q _:b . _:b ex:p ?o }", [("2",)]),
    ("SELECT (COUNT(*) AS ?c) { { SELECT DISTINCT ?s { ?s ex:p|ex:q ?o } } ?s ex:p|ex:q ?o }", [("4",)]),
    ("SELECT (COUNT(*) AS ?c) { GRAPH ?g { ex:a ex:p|ex:q|ex:p ex:b } }", [("2",)]),
    ("SELECT (COUNT(*) AS ?c) { ex:a !ex:z ex:b }", [("2",)]),
    ("SELECT (COUNT(*) AS ?c) { ex:c !(ex:n|^ex:n) ?o }", [("2",)]),
    ("SELECT DISTINCT ?c { ex:a ex:p|ex:q ?c } GROUP BY ?c HAVING (COUNT(*) > 1)", [("ex:b",)]),
    ("SELECT (COUNT(*) AS ?c) { BIND(<<( ex:a ex:p ex:b )>> AS ?t) ex:a ex:p|ex:q ex:b }", [("2",)]),
    ("SELECT * { ex:a !ex:n ?o }", [("ex:b",), ("ex:b",), ("ex:c",)]),
    # a path of no triple, section 18.4
    ("SELECT * { ex:none ex:p* ?o }", [("ex:none",)]),
    ("SELECT * { ?s ex:p? ex:none }", [("ex:none",)]),
    ('SELECT * { ?s ex:p? "text"@en }', [('"text"@en',)]),
    ("ASK { ex:none ex:p* ex:none }", True),
    ("SELECT * { ex:none ex:p*/^ex:q? ?o }", [("ex:none",)]),
    ("SELECT * { ex:none (ex:p|ex:q)* ?o }", [("ex:none",)]),
    ("SELECT ?g ?o { GRAPH ?g { ex:c ex:p* ?o } }", [("ex:g1", "ex:c"), ("ex:g2", "ex:c")]),
    ("SELECT ?o { ?s ex:n 1 OPTIONAL { ex:none ex:p* ?o } }", [("ex:none",)]),
    # REGEX and REPLACE, XPath functions 7.6
    (r"SELECT (REPLACE('2021-05-19','([0-9]+)-([0-9]+)-([0-9]+)','$3_$2_$1') AS ?x) {}", [('"19_05_2021"',)]),
    (r"SELECT (REPLACE('abc','(b)','$1x') AS ?x) {}", [('"abxc"',)]),
    (r"SELECT (REPLACE('USD5','USD','\\$') AS ?x) {}", [('"$5"',)]),
    (r"SELECT (REPLACE('abc','(b)','$12') AS ?x) {}", [('"ab2c"',)]),
    (r"SELECT (REPLACE('abc'@en,'(b)','$1x') AS ?x) {}", [('"abxc"@en',)]),
    (r"SELECT (REPLACE('aXbxc','x','$0_', 'i') AS ?x) {}", [('"aX_bx_c"',)]),
    (r"SELECT (REPLACE('abc', ?p, ?r) AS ?x) { VALUES (?p ?r) { ('(b)' '$1x') } }", [('"abxc"',)]),
    (r"SELECT (REGEX('aa','^(a)\\1$') AS ?x) {}", [("true",)]),
    (r"SELECT (REGEX('abc','^[\\w-[b]]+$') AS ?x) {}", [("false",)]),
    (r"SELECT (REGEX('x-1','^\\i\\c*$') AS ?x) {}", [("true",)]),
    (r"SELECT (REGEX('1x','^\\i\\c*$') AS ?x) {}", [("false",)]),
    (r"SELECT (REGEX('ä','^\\p{IsBasicLatin}$') AS ?x) {}", [("false",)]),
    (r"SELECT (REGEX('AA','^(a)\\1$', 'i') AS ?x) {}", [("true",)]),
    (r"SELECT (REGEX('aa',?p) AS ?x) { VALUES ?p { '(a)\\1' } }", [("true",)]),
    # GROUP_CONCAT joins strings, section 18.5.1.7
    (
        "SELECT (GROUP_CONCAT(?o; SEPARATOR=',') AS ?x) { SELECT ?o { ex:a ex:q ?o } ORDER BY ?o }",
        [('"http://example.org/b,http://example.org/c"',)],
    ),
    ("SELECT (GROUP_CONCAT(DISTINCT ?o) AS ?x) { VALUES ?o { 1 1 2.5 } }", [('"1 2.5"',)]),
    ("SELECT (GROUP_CONCAT(?o) AS ?x) { VALUES ?o { 'a'@en 'b'@en } }", [('"a b"',)]),
    # SELECT may name a variable twice, section 16.1
    ("SELECT ?s ?s { ?s ex:n 1 }", [("ex:b",)]),
    ("SELECT ?s $s { { SELECT ?s ?n ?s { ?s ex:n ?n } } FILTER(?n = 1) }", [("ex:b",)]),
    # operators, section 17.3
    ("SELECT (true > false AS ?x) (true <= false AS ?y) {}", [("true", "false")]),
    (
        "SELECT ('NaN'^^xsd:double < 1 AS ?x) ('NaN'^^xsd:double >= 'NaN'^^xsd:double AS ?y) {}",
        [("false", "false")],
    ),
    ("SELECT (COUNT(DISTINCT ?b) AS ?c) { ex:a ?p ?o BIND(BNODE('x') AS ?b) }", [("3",)]),
    (
        "SELECT (12345678901234567890 > 5 AS ?x) (12345678901234567890 + 1 AS ?y) {}",
        [("true", "12345678901234567891")],
    ),
    (
        "SELECT (-12345678901234567890 < 0 AS ?x) (- (12345678901234567890) AS ?y) {}",
        [("true", "-12345678901234567890")],
    ),
    (
        "SELECT (1.0000000000000000001 = 1.0 AS ?x) (isNumeric(12345678901234567890) AS ?y) {}",
        [("false", "true")],
    ),
    ("SELECT (9223372036854775807 + 1 - 1 AS ?x) {}", [("9223372036854775807",)]),
    (
        "SELECT (SUM(?v) AS ?x) (MAX(?v) AS ?y) { VALUES ?v { 9223372036854775807 12345678901234567890 } }",
        [("21569050938089343697", "12345678901234567890")],
    ),
    ("SELECT ('2024-01-31'^^xsd:date + 'P1M'^^xsd:yearMonthDuration AS ?x) {}", [('"2024-02-29"^^date',)]),
    (
        "SELECT ('2024-01-01T00:00:00Z'^^xsd:dateTime + 'PT1H'^^xsd:dayTimeDuration AS ?x) {}",
        [('"2024-01-01T01:00:00Z"^^dateTime',)],
    ),
    ("SELECT ('-P1M'^^xsd:yearMonthDuration + '2024-03-31'^^xsd:date AS ?x) {}", [('"2024-02-29"^^date',)]),
]


@pytest.mark.parametrize(("query", "expected"), CASES, ids=[query for query, _ in CASES])
def test_the_answer_is_what_the_specification_says(store: Store, query: str, expected: Rows | bool) -> None:
    assert answer(store, query) == expected


@pytest.mark.parametrize(("query", "expected"), CASES, ids=[query for query, _ in CASES])
def test_pyoxigraph_alone_still_needs_the_correction(store: Store, query: str, expected: Rows | bool) -> None:
    right_by_itself = {
        # Only with two fixed ends pyoxigraph drops duplicates.
        "SELECT (COUNT(*) AS ?c) { ex:c !(ex:n|^ex:n) ?o }",
        "SELECT * { ex:a !ex:n ?o }",
        "SELECT ('-P1M'^^xsd:yearMonthDuration + '2024-03-31'^^xsd:date AS ?x) {}",
    }
    if query not in right_by_itself:
        assert plain_answer(store, query) != expected


@pytest.mark.parametrize(
    "query",
    [
        "SELECT ?s { ?s ex:p ?o }",
        "SELECT * { ?s ex:p/ex:q ?o FILTER(?o > 1 && ?o != 2) } ORDER BY ?s LIMIT 3",
        "SELECT ?s (COUNT(*) AS ?n) { ?s ex:p+ ?o } GROUP BY ?s HAVING(COUNT(*) > 1)",
        "SELECT ?s { GRAPH ex:g1 { ?s ex:p ?o } }",
        "ASK { ex:a ex:p|ex:q ?o }",
        "SELECT DISTINCT ?s { ?s ex:p|ex:q ?o }",
    ],
)
def test_a_query_that_needs_nothing_stays_the_same_text(store: Store, query: str) -> None:
    sparql = PROLOGUE + query
    assert corrections.apply(sparql, list(query_text.tokens(sparql)), store).sparql is sparql


@pytest.mark.parametrize(
    "query", ["SELECT ?s ?s { GRAPH ?g { SELECT }", "SELECT (REGEX('a') AS ?x) { }", "garbage |", ""]
)
def test_a_text_that_does_not_parse_comes_back(store: Store, query: str) -> None:
    sparql = PROLOGUE + query
    assert corrections.apply(sparql, list(query_text.tokens(sparql)), store).sparql is sparql


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("SELECT (REGEX('a', '(a') AS ?x) {}", r"the pattern “\(a”"),
        (r"SELECT (REPLACE('a', 'a', '$') AS ?x) {}", "the replacement “\\$”"),
        ("SELECT (REGEX('a', 'a', 'k') AS ?x) {}", "the flag “k”"),
        ("SELECT (COUNT(DISTINCT *) AS ?c) { ?s !ex:p ?o }", "COUNT"),
        ("SELECT (BNODE('a') AS ?x) (BNODE('a') AS ?y) {}", "BNODE"),
        ("SELECT * { ?s " + "/".join(["(ex:p|ex:q)"] * 9) + " ?o }", "more than 256"),
    ],
)
def test_what_would_be_wrong_is_refused(store: Store, query: str, message: str) -> None:
    with pytest.raises(UnsupportedQueryError, match=message):
        corrected(store, query)


def test_more_graphs_than_can_be_written_out_are_refused() -> None:
    store = Store()
    for number in range(201):
        store.add_graph(NamedNode(f"http://example.org/{number}"))
    query = "SELECT * { GRAPH ?g { SELECT (COUNT(*) AS ?c) { ?s ?p ?o } } }"
    with pytest.raises(UnsupportedQueryError, match="more than 200 graphs"):
        corrected(store, query)


def test_data_beyond_the_store_need_exact_operators(store: Store) -> None:
    query = "SELECT (?v > 5 AS ?x) { VALUES ?v { '12345678901234567890'^^xsd:integer } }"
    assert answer(store, query, exact=True) == [("true",)]


def test_errors_stay_errors_with_exact_operators(store: Store) -> None:
    query = "SELECT (?s > 1 AS ?x) (1/0 AS ?y) ('a' + 1 AS ?z) (?u = 1 AS ?w) { BIND(ex:a AS ?s) }"
    assert answer(store, query, exact=True) == [("", "", "", "")]


@pytest.mark.parametrize(
    "query",
    [
        "SELECT (1" + " + 12345678901234567890" * 60 + " AS ?x) {}",
        "SELECT (" + "- (" * 60 + "12345678901234567890" + ")" * 60 + " AS ?x) {}",
        "SELECT * { " + "{ ?s ex:p|ex:q ?o }" * 60 + " }",
        "SELECT * { ?s " + "|".join(["ex:p"] * 200) + " ?o }",
    ],
)
def test_the_text_does_not_grow_beyond_the_square(store: Store, query: str) -> None:
    sparql = PROLOGUE + query
    assert len(corrected(store, query).sparql) < len(sparql) ** 2


def test_patterns_that_are_remembered_take_little_memory() -> None:
    """However many are kept, and whatever regular expressions they become."""
    memory = psutil.Process().memory_info
    xpath_regex.matches(Literal("a"), Literal(r"^\i$"))
    before = memory().rss
    for number in range(60):
        pattern = Literal(r"\i" * 30 + f"{number}(.)\\1")
        result = xpath_regex.matches(Literal("a" * 30 + f"{number}bb"), pattern, Literal("i"))
        assert result is not None
        assert result.value == "true"
    assert memory().rss - before < 30_000_000
