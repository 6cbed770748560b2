"""Literals come back as the data write them."""

import pytest
from pyoxigraph import Literal, NamedNode, Quad, QuerySolutions, QueryTriples, RdfFormat, Store, parse

from cstokg.engine import query_text
from cstokg.engine.loading import lexical_forms

PROLOGUE = "PREFIX ex: <http://example.org/> PREFIX xsd: <http://www.w3.org/2001/XMLSchema#> "
WRITTEN = {
    "007": "integer",
    "2.50": "decimal",
    "5": "short",
    "1": "boolean",
    "2024-01-01T24:00:00Z": "dateTime",
    "1.0E3": "double",
    "P0Y1M": "duration",
    "-0": "integer",
}


def quads(turtle: str) -> list[Quad]:
    return list(parse((PROLOGUE + turtle).encode(), format=RdfFormat.TURTLE))


def typed(value: str, kind: str) -> Literal:
    return Literal(value, datatype=NamedNode(f"http://www.w3.org/2001/XMLSchema#{kind}"))


def loaded(data: list[Quad]) -> Store:
    store = Store()
    store.extend(data)
    return store


@pytest.mark.parametrize(("value", "kind"), WRITTEN.items())
def test_a_solution_gets_the_form_of_the_data(value: str, kind: str) -> None:
    data = quads(f'ex:a ex:p "{value}"^^xsd:{kind} .')
    result = loaded(data).query("SELECT ?o { ?s ?p ?o }")
    assert isinstance(result, QuerySolutions)
    stored = next(iter(result))["o"]
    assert stored != typed(value, kind)
    assert lexical_forms.read(data).term(stored) == typed(value, kind)


@pytest.mark.parametrize(
    "data", ['ex:a ex:p "007"^^xsd:integer, 7 .', 'ex:a ex:p "007"^^xsd:integer . ex:b ex:p 7 .']
)
def test_a_graph_comes_back_with_all_its_triples(data: str) -> None:
    written = quads(data)
    forms = lexical_forms.read(written)
    result = loaded(written).query("CONSTRUCT { ?s ?p ?o } { ?s ?p ?o }")
    assert isinstance(result, QueryTriples)
    restored = {triple for stored in result for triple in forms.triples(stored)}
    assert restored == {quad.triple for quad in written}


def test_a_value_in_two_forms_stays_as_the_store_has_it() -> None:
    forms = lexical_forms.read(quads('ex:a ex:p "007"^^xsd:integer . ex:b ex:p "07"^^xsd:integer, 7 .'))
    assert forms.term(Literal(7)) == Literal(7)


def test_data_in_usual_forms_have_an_empty_table() -> None:
    forms = lexical_forms.read(
        quads(
            'ex:a ex:p 7, "x"@en, "2024-01-01"^^xsd:date, true, 2.5, "2024-01-01T10:00:00Z"^^xsd:dateTime .'
        )
    )
    assert not forms
    assert not forms.exact


@pytest.mark.parametrize("kind", ["integer", "decimal", "date", "dateTime", "gYear", "boolean", "anyURI"])
@pytest.mark.parametrize(
    "value",
    [
        "0",
        "-1",
        "12",
        "1.5",
        "0.05",
        "-0.5",
        "true",
        "2024-02-30",
        "2024-01-01T00:00:00",
        "1850",
    ],
)
def test_a_form_taken_for_usual_is_what_the_store_gives_back(value: str, kind: str) -> None:
    data = quads(f'ex:a ex:p "{value}"^^xsd:{kind} .')
    forms = lexical_forms.read(data)
    stored = next(iter(loaded(data)))
    assert list(forms.triples(stored.triple)) == [data[0].triple]


@pytest.mark.parametrize("value", ["12345678901234567890", "9223372036854775807"])
def test_numbers_beyond_the_store_ask_for_exact_operators(value: str) -> None:
    assert lexical_forms.read(quads(f"ex:a ex:p {value} .")).exact


def test_lines_are_read_like_quads() -> None:
    line = (
        b'<http://example.org/a> <http://example.org/p> "%s"^^<http://www.w3.org/2001/XMLSchema#integer> .\n'
    )
    assert lexical_forms.is_plain(line % b"7")
    assert not lexical_forms.is_plain(line % b"7" + line % b"007")


@pytest.mark.parametrize(
    "sparql",
    [
        "SELECT ?o ?x { ?s ?p ?o BIND(?o + 1 AS ?x) }",
        "SELECT ?o ?x { ?s ?p ?o VALUES ?x { 7 } }",
        "SELECT ?o ?x { ?s ?p ?o VALUES (?y ?x) { (1 7) } }",
        "SELECT ?o (COUNT(*) as ?x) { ?s ?p ?o } GROUP BY ?o",
    ],
)
def test_a_column_that_the_query_gives_a_value_is_not_from_the_data(sparql: str) -> None:
    assert lexical_forms.unassigned(list(query_text.tokens(sparql)), ["o", "x"]) == {"o"}
