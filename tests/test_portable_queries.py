"""Only queries that both engines answer alike, whatever the data are, are taken for such."""

import pytest

from cstokg.build.checks.portable_queries import about, both_engines_agree


@pytest.mark.parametrize(
    "query",
    [
        "SELECT $this (?focus AS ?value) { ?focus a ex:Thing }",
        "SELECT DISTINCT $this (?s AS ?value) WHERE { ?s a/rdfs:subClassOf* ?c FILTER(?c != ex:b) }",
        "SELECT $this ?value { ?value ex:p ?o FILTER(STRLEN(STR(?o)) > 300) }",
        "SELECT $this ?a { ?a ex:p|ex:q ?b FILTER(STR(?a) < LCASE(STR(?b))) }",
        "SELECT $this ?a { ?a ?p ?b FILTER(?p NOT IN (rdf:type, <http://x.example/p>)) }",
        "SELECT $this ?a { ?a (ex:p|^ex:q)/(ex:p|^ex:q)* ?a }",
        "SELECT $this ?a { ?a !ex:p ?b FILTER(!isIRI(?b) && (?a IN (ex:a) || sameTerm(?a, ?b))) }",
    ],
)
def test_query_that_both_engines_answer_alike_is_recognised(query: str) -> None:
    assert both_engines_agree(query)


DATES = "DATATYPE(?b) = xsd:date && DATATYPE(?c) = xsd:date"
COMPARED = {
    "dates": f"FILTER({DATES} && ?b < ?c)",
    "in another order": f"FILTER(?b >= ?c && {DATES})",
    "sums": "FILTER(DATATYPE(?b) = xsd:integer && DATATYPE(?c) = xsd:integer && ?b - ?c > 500)",
    "a datatype alone": "FILTER(DATATYPE(?b) = xsd:date)",
}
INTEGERS = "DATATYPE(?b) = xsd:integer && DATATYPE(?c) = xsd:integer"


@pytest.mark.parametrize("condition", COMPARED.values(), ids=COMPARED)
def test_comparison_of_plain_values_is_answered_alike(condition: str) -> None:
    query = f"SELECT $this (?a AS ?value) {{ ?a ex:p ?b ; ex:q ?c {condition} }}"
    assert both_engines_agree(query, frozenset({"xsd:date", "xsd:integer"}))
    assert not both_engines_agree(query, frozenset({"xsd:string"}))


@pytest.mark.parametrize(
    "condition",
    [
        "FILTER(DATATYPE(?b) = xsd:date && ?b < ?c)",
        "FILTER(DATATYPE(?b) = xsd:date && DATATYPE(?c) = xsd:integer && ?b < ?c)",
        f"FILTER({DATES} || ?b < ?c)",
        f"FILTER(!({DATES} && ?b < ?c))",
        f"FILTER({DATES}) FILTER(?b < ?c)",
        "FILTER(DATATYPE(?b) = xsd:time && DATATYPE(?c) = xsd:time && ?b < ?c)",
        f"FILTER({DATES} && ?b < 5)",
        f"FILTER({DATES} && ?b - ?c >= ?c - ?b)",
        f"FILTER({INTEGERS} && ?b < 99999999999999999999)",
        f"FILTER({INTEGERS} && ?b < 5.5)",
        f"FILTER({DATES} && ?b < ?c",
    ],
)
def test_comparison_of_other_values_is_left_to_rdflib(condition: str) -> None:
    query = f"SELECT $this (?a AS ?value) {{ ?a ex:p ?b ; ex:q ?c {condition} }}"
    assert not both_engines_agree(query, frozenset({"xsd:date", "xsd:integer"}))


@pytest.mark.parametrize(
    ("query", "alike"),
    [
        ("SELECT $this ?a { ?a a ?b FILTER(!REGEX(STR(?a), '^http://[a-z]+/(x|y)?$')) }", True),
        ("SELECT $this ?a { ?b a ?a FILTER(!REGEX(STR(?a), '^http://[a-z]+/(x|y)?$')) }", False),
        ("SELECT $this ?a { ?a ex:p|^ex:q ?b FILTER(!REGEX(STR(?a), '^x$')) }", False),
        ("SELECT $this ?a { ?a ^ex:p ?b FILTER(!REGEX(STR(?a), '^x$')) }", False),
        ("SELECT $this ?a { ?a a ?b FILTER(!REGEX(STR(?a), 'a*+a$')) }", False),
        ("SELECT $this ?a { ?a a ?b FILTER(!REGEX(STR(?a), '^*a')) }", False),
        ("SELECT $this ?a { ?a a ?b FILTER(!REGEX(STR(?a), '(?i)i')) }", False),
        ("SELECT $this ?a { ?a a ?b FILTER(!REGEX(STR(?a), '[q[a]]')) }", False),
        ("SELECT $this ?a { ?a a ?b FILTER(!REGEX(STR(?a), '[a-z--b]')) }", False),
        ("SELECT $this ?a { ?a a ?b FILTER(!REGEX(STR(?a), '(a|b')) }", False),
        ("SELECT $this ?a { ?a a ?b FILTER(!REGEX(STR(?a), '[z-a]')) }", False),
        ("SELECT $this ?a { ?a a ?b FILTER(!REGEX(STR(?a), '[[:alpha:]]')) }", False),
        ("SELECT $this ?a { ?a a ?b FILTER(!REGEX(STR(?a), '\\\\d')) }", False),
        ("SELECT $this ?a { ?a a ?b FILTER(!REGEX(STR(?a), 'x', 'i')) }", False),
    ],
)
def test_only_plain_patterns_about_subjects_are_read_alike(query: str, *, alike: bool) -> None:
    assert both_engines_agree(query) is alike


@pytest.mark.parametrize(
    "query",
    [
        "SELECT $this { $this a ?c }",
        "SELECT ?a { $this a ?a }",
        "SELECT * { ?this a ?c }",
        "SELECT $this { ?a ex:p ?b FILTER(?a < ?b) }",
        "SELECT $this { ?a ex:p ?b FILTER(?b = 7) }",
        "SELECT $this { ?a ex:p ?b FILTER(?b IN (ex:a, 7)) }",
        "SELECT $this { ?a ex:p ?b FILTER(STR(?b) IN (ex:a)) }",
        "SELECT $this { ?a ex:p 7 }",
        "SELECT $this { ?a ex:p 'x'@en }",
        "SELECT $this { ?a rdfs:subClassOf* ?b }",
        "SELECT $this { ?a (ex:p|^ex:q)* ?b }",
        "SELECT $this { ?a ex:p/(ex:q*)* ?b }",
        "SELECT $this { ?a ex:p ?b FILTER(?a / (?b) * ?b) }",
        "SELECT $this { ?a ex:p ?b FILTER(REGEX(?b, '^x$')) }",
        "SELECT $this { ?a ex:p ?b FILTER(STRSTARTS(?b, 'x')) }",
        "SELECT $this { ?a ex:p ?b FILTER(CONTAINS(STR(?b), ?a)) }",
        "SELECT $this { ?a ex:p ?b FILTER(STRLEN(?b) > 3) }",
        "SELECT $this { ?a ex:p ?b FILTER(STR(?a) = CONCAT('x', ?b)) }",
        "SELECT $this { ?a ex:p ?b FILTER(STRLEN(STR(STR(?b))) > 3) }",
        "SELECT $this { ?a ex:p ?b FILTER(ex:function(?b)) }",
        "SELECT $this { OPTIONAL { ?a ex:p ?b } }",
        "SELECT $this { ?a $PATH ?b }",
        "SELECT $this { ?a ex:p ?b } LIMIT 1",
        "SELECT $this { { SELECT ?a { ?a ex:p ?b } } }",
        "SELECT $this { ?a ex:p ?b FILTER(?b = ex:function(?a)) }",
        "SELECT $this { ?a !^ex:p ?b }",
        "SELECT $this { ?a !(ex:p|^ex:q) ?b }",
        "SELECT $this { ?a ex:p ?b FILTER(?b) }",
        "SELECT $this { ?a ex:p ?b FILTER(!?b != ex:a) }",
        "SELECT $this { ?a ex:p ?b FILTER(isIRI(?b) || ?b) }",
        "SELECT $this { ?a ex:p ?b FILTER(isIRI(?b || ?a)) }",
        "SELECT $this { ?a ex:p ?b FILTER(?b NOT IN ()) }",
        "SELECT $this (EXISTS { ?a ex:q ?c } AS ?value) { ?a ex:p ?b }",
        "SELECT $this (isIRI(?c) && isIRI(?a) AS ?value) { ?a ex:p ?b }",
        "SELECT $this { ?a ex:p ?b FILTER(sameTerm(isIRI(?a), ?b)) }",
        "SELECT $this { ?a ex:p ?b FILTER(!sameTerm(STR(?c), ?b)) }",
        "SELECT $this { ?a ex:p ?b FILTER(!isIRI(STR(?c))) }",
        "SELECT $this { ?a ex:p ?b FILTER(!(isIRI(?c) && isIRI(?b))) }",
        "SELECT $this { ?a ex:p ?b FILTER(sameTerm(?b, ?a = ex:a)) }",
        "SELECT $this { ?a ex:p ?b BIND(isIRI(?a) AS ?c) FILTER(sameTerm(?c, ?b)) }",
        "SELECT $this { ?a ex:p ?b BIND(STR(?a) = STR(?b) AS ?c) }",
        "SELECT $this { ?a ex:p ?b FILTER(CONTAINS(STR(?a) = STR(?b), 'true')) }",
        "SELECT $this { ?a ex:p ?b FILTER(STRLEN(STR(?b)) < 99999999999999999999) }",
        r"SELECT $this { ?a ex:p ?b FILTER(CONTAINS(STR(?b), '\\u0041')) }",
        "SELECT $this { ?a ex:p ?b # \\u000A FILTER(isIRI(?b))\n }",
    ],
)
def test_query_that_depends_on_the_engine_is_not_portable(query: str) -> None:
    assert not both_engines_agree(query)


ALIKE_IN_GROUPS = [
    "?a ex:p ?b { ?a ex:q ?c FILTER(STR(?c) = STR(?a)) }",
    "?a ex:p ?b FILTER NOT EXISTS { ?a ex:q ?c FILTER(STR(?c) = STR(?b)) }",
    "{ ?a a ex:A BIND('a' AS ?kind) } UNION { ?a a ex:B BIND('b' AS ?kind) } FILTER(STR(?kind) = STR(?a))",
    "{ ?a ex:p ?b FILTER(isIRI(?c)) }",
]
UNLIKE_IN_GROUPS = [
    "?a ex:p ?b { FILTER(STR(?b) = 'x') }",
    "?a ex:p ?b { ?a ex:q ?c FILTER NOT EXISTS { ?c ex:r ?b } }",
    "?a ex:p ?b { ?a ex:q ?c } UNION { ?c ex:r ?b FILTER(isIRI(?a)) }",
    "?a ex:p ?b { { ?a ex:q ?c } UNION { ?b ex:q ?d } FILTER(isIRI(?c)) } ?c ex:r ?d",
    "?a ex:p ?b FILTER EXISTS { ?a ex:q ?c { ?c ex:r ?d FILTER(isIRI(?b)) } }",
    "?a ex:p ?b { BIND('x' AS ?b) }",
    "{ BIND('x' AS ?b) } { BIND('y' AS ?b) } ?a ex:p ?c",
    "?a ex:p ?b FILTER EXISTS { ?a ex:q ?c BIND(?c AS ?b) }",
    "?a ex:p ?b FILTER NOT EXISTS { ?a ex:q ?c BIND(STR(?b) AS ?d) FILTER(STR(?c) = STR(?d)) }",
    "?a ex:p ?b BIND('x' AS ?c) BIND('y' AS ?c)",
    "?a ex:p ?b { ?c ex:q ?d BIND(STR(?a) AS ?e) }",
]


@pytest.mark.parametrize(
    ("pattern", "alike"),
    [*((pattern, True) for pattern in ALIKE_IN_GROUPS), *((pattern, False) for pattern in UNLIKE_IN_GROUPS)],
)
def test_groups_use_only_what_they_match(pattern: str, *, alike: bool) -> None:
    """Rdflib evaluates a group with the values of the patterns around it."""
    assert both_engines_agree(f"SELECT $this (?a AS ?value) {{ {pattern} }}") is alike


@pytest.mark.parametrize(
    ("pattern", "is_narrowed"),
    [
        ("?a ex:p ?b", True),
        ("{ ?a ex:p ?b } UNION { ?b ex:q ?a }", True),
        ("{ ?a ex:p ?b } UNION { ?b ex:q ?c }", False),
        ("?b ex:p ?c BIND(?b AS ?a)", False),
        ("?b ex:p ?c FILTER NOT EXISTS { ?b ex:q ?a }", False),
        ("?b ex:p ?c FILTER(isIRI(?a))", False),
    ],
)
def test_only_what_has_a_value_in_each_row_is_asked_about(pattern: str, *, is_narrowed: bool) -> None:
    query = f"SELECT DISTINCT $this (?a AS ?value) WHERE {{ {pattern} }}"
    assert (about(query, lambda variable: f"ex:asked ex:asked {variable} .") != query) is is_narrowed


def test_comment_is_not_taken_for_the_beginning_of_the_pattern() -> None:
    query = "SELECT DISTINCT $this (?a AS ?value) # WHERE {\n { ?a ex:p ?b }"
    assert about(query, lambda variable: f"ex:asked ex:asked {variable} .") == query
