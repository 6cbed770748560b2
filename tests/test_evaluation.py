"""Answers are written as the formats say, whatever the terms hold, and their rows are counted."""

import csv
import gc
import gzip
import io
import json
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pyoxigraph as ox
import pytest
import rdflib

from cstokg import formats, namespaces
from cstokg.engine.engine import Engine
from cstokg.engine.evaluation import Request, evaluate
from cstokg.engine.loading.store import Loaded
from cstokg.errors import (
    InexpressibleResultError,
    MalformedQueryError,
    NotAcceptableError,
    QueryError,
    ResultTooLargeError,
    UnknownFunctionError,
)
from cstokg.settings import Limits, rows

TABULAR = [row.media_type for row in formats.FORMATS if formats.BINDINGS in row.kinds]
# Texts that look like the end of one solution and the beginning of the next.
ODD = r"""SELECT ?a ?b ?c { VALUES (?a ?b ?c) {
    ("x\n,y\n" "\"}},{\"a\":{\"type\":" <http://example.org/,>)
    (",{" "[{" "\"\n\"\"\n")
    ("\\" ",{\"" "},{\"b\":{\"type\":\"literal\"")
    (UNDEF UNDEF UNDEF)
    ("</result><result>" "{}" ",{}")
    (UNDEF "\r\n\t" UNDEF)
} }"""


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    """Return an engine over very few triples."""
    path = tmp_path / "data.nt"
    path.write_text('<http://example.org/s> <http://example.org/p> "a\\u0001b" .\n')
    return Engine.from_files([path])


@pytest.mark.parametrize("media_type", TABULAR)
def test_solutions_are_counted(engine: Engine, media_type: str) -> None:
    """Texts that look like solutions are not counted."""
    assert engine.query(ODD, media_type).rows == 6
    assert engine.query("SELECT ?s { ?s ?p 7 }", media_type).rows == 0
    assert engine.query("SELECT ?x { VALUES ?y { 1 2 3 } }", media_type).rows == 3
    assert engine.query("ASK {}", media_type).rows == 1


def test_an_error_leaves_nothing_to_free_in_another_thread(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pyoxigraph's solutions may be freed only where they were made; an error may be kept elsewhere."""
    complaints: list[object] = []
    monkeypatch.setattr(sys, "unraisablehook", complaints.append)
    with ThreadPoolExecutor(1) as threads:
        future = threads.submit(engine.query, "SELECT * { ?s ?p ?o }", "application/sparql-results+xml")
        assert isinstance(future.exception(), InexpressibleResultError)
    del future
    gc.collect()
    assert complaints == []


def test_triples_are_counted(engine: Engine) -> None:
    assert engine.query("CONSTRUCT { ?s ?p 1, 2 } { ?s ?p ?o . ?a ?b ?c }", "text/turtle").rows == 2


@pytest.mark.parametrize("media_type", ["application/sparql-results+xml", "application/rdf+xml"])
def test_character_that_xml_does_not_have_is_an_error(engine: Engine, media_type: str) -> None:
    """XML 1.0, section 2.2: it cannot be escaped either. Other formats have it."""
    form = "SELECT *" if "results" in media_type else "CONSTRUCT"
    with pytest.raises(InexpressibleResultError, match=r"U\+0001.*ask for JSON"):
        engine.query(f"{form} WHERE {{ ?s ?p ?o }}", media_type)
    assert "\\u0001" in engine.query("SELECT * { ?s ?p ?o }", "application/json").text


def test_carriage_returns_survive_xml(engine: Engine) -> None:
    """A parser would make them line feeds (XML 1.0, section 2.11)."""
    xml = engine.query("SELECT ('a\\rb' AS ?x) {}", "application/sparql-results+xml").text
    assert "<literal>a&#13;b</literal>" in xml


@pytest.mark.parametrize(
    ("sparql", "columns"),
    [
        ("SELECT * { ?z ?y ?x }", "z,y,x"),
        ("SELECT * # ?c\n { ?z <?b> ?x . ?x ?y '?a' }", "z,x,y"),
        ("PREFIX select: <http://x/*> SELECT DISTINCT # *\n * { ?z ?y ?x FILTER(?z != '*') }", "z,y,x"),
        ("SELECT REDUCED* { ?z ?y ?x } ORDER BY ?a", "z,y,x"),
        ("SELECT * { { SELECT ?z ?x { ?x ?y ?z } } BIND(1 AS ?a) }", "z,x,a"),
        ("SELECT (COUNT(*) AS ?n) ?z { ?z ?y ?x } GROUP BY ?z", "n,z"),
        ("SELECT * { VALUES (?b ?a) { (1 2) } }", "b,a"),
        ("SELECT * {}", ""),
    ],
)
def test_columns_come_in_written_order(engine: Engine, sparql: str, columns: str) -> None:
    """Also those of a star."""
    assert engine.query(sparql, "text/csv").text.split("\r\n")[0] == columns


def test_limits_are_listed_as_options() -> None:
    """Each with its value, unit and meaning."""
    listed = {row.name: row for row in rows(Limits(timeout=3))}
    assert (listed["timeout"].option, listed["timeout"].value, listed["timeout"].type) == (
        "--timeout",
        3,
        float,
    )
    assert listed["query_bytes"].option == "--query-bytes"
    assert all(row.unit and row.meaning.endswith(".") for row in listed.values())


EX = "http://example.org/"


@pytest.fixture
def odd(tmp_path: Path) -> Engine:
    """Return an engine over an IRI with a comma, a triple term, a blank node and a formula."""
    path = tmp_path / "data.ttl"
    path.write_text(
        f"PREFIX : <{EX}> :a :iri <{EX}Paris,_Texas> . :b :term <<( :s :p 'x, \"y\"\\nz' )>> .\n"
        ":c :blank _:b . :d :text '=1+1' . :e :number -4.5 ."
    )
    return Engine.from_files([path])


def table(text: str) -> list[list[str]]:
    """Return the rows of a CSV, its header left out."""
    return list(csv.reader(io.StringIO(text, newline="")))[1:]


def test_csv_quotes_every_kind_of_term(odd: Engine) -> None:
    """SPARQL 1.1 Query Results CSV, section 3.2, and RFC 4180."""
    answer = odd.query("SELECT ?o ?none { ?s ?p ?o } ORDER BY ?s", "text/csv")
    assert answer.text.startswith("o,none\r\n")
    assert f'"{EX}Paris,_Texas",\r\n' in answer.text
    rows = table(answer.text)
    assert answer.rows == len(rows) == 5
    assert rows[1] == [f'<<( <{EX}s> <{EX}p> "x, \\"y\\"\\nz" )>>', ""]
    assert rows[2][0].startswith("_:")
    assert [row[0] for row in rows[3:]] == ["=1+1", "-4.5"]


def test_csv_for_spreadsheets_holds_long_texts(odd: Engine) -> None:
    sparql = f"SELECT (CONCAT(?t, ?t) AS ?o) {{ VALUES ?t {{ '={'x' * 90_000}' '+' }} }}"
    answer = odd.query(sparql, "text/csv", spreadsheet=True)
    limit = csv.field_size_limit(300_000)
    try:
        assert table(answer.text) == [["'" + 2 * ("=" + "x" * 90_000)], ["'++"]]
    finally:
        csv.field_size_limit(limit)
    assert answer.text.startswith("\ufeffo\r\n")
    numbers = "SELECT * { VALUES ?n { '+1e3' '-2' '-.5' '-1-' } }"
    assert odd.query(numbers, "text/csv", spreadsheet=True).text.split() == [
        "\ufeffn",
        *("+1e3", "-2", "-.5", "'-1-"),
    ]


def test_triple_term_in_json_and_xml(odd: Engine) -> None:
    """SPARQL 1.2 Query Results JSON, section 3.2.2, and XML."""
    sparql = f"SELECT ?o {{ ?s <{EX}term> ?o }}"
    answer = odd.query(sparql, "application/sparql-results+json")
    ((term,),) = [row.values() for row in json.loads(answer.body)["results"]["bindings"]]
    assert term == {
        "type": "triple",
        "value": {
            "subject": {"type": "uri", "value": f"{EX}s"},
            "predicate": {"type": "uri", "value": f"{EX}p"},
            "object": {"type": "literal", "value": 'x, "y"\nz'},
        },
    }
    assert answer.rows == 1
    xml = odd.query(sparql, "application/sparql-results+xml").body
    assert b"<triple><subject><uri>" in xml
    read = ox.parse_query_results(xml, format=ox.QueryResultsFormat.XML)
    assert isinstance(read, ox.QuerySolutions)
    assert isinstance(next(read)["o"], ox.Triple)


@pytest.mark.parametrize("media_type", ["application/ld+json", "application/rdf+xml"])
def test_graph_with_triple_terms_names_the_formats_that_can_hold_it(odd: Engine, media_type: str) -> None:
    sparql = f"CONSTRUCT WHERE {{ ?s <{EX}term> ?o }}"
    with pytest.raises(NotAcceptableError, match="text/turtle, application/n-triples") as caught:
        odd.query(sparql, media_type)
    assert media_type not in str(caught.value)
    assert odd.query(sparql, (media_type, "text/turtle")).media_type == "text/turtle"


@pytest.mark.parametrize(
    "predicate",
    [
        "http://e/1",
        "http://e/a²",
        "http://e/𝒳",
        "http://e/",
        "http://e/a%20",
        "http://www.w3.org/2000/xmlns/x",
    ]
    + [f"http://www.w3.org/1999/02/22-rdf-syntax-ns#{name}" for name in ("li", "Description", "about")],
)
def test_predicate_that_rdf_xml_cannot_write_is_an_error(engine: Engine, predicate: str) -> None:
    with pytest.raises(InexpressibleResultError, match=r"RDF/XML cannot write .*ask for Turtle"):
        engine.query(f"CONSTRUCT {{ ?s <{predicate}> 1 }} {{ ?s ?p ?o }}", "application/rdf+xml")


def test_written_rdf_xml_is_well_formed(engine: Engine) -> None:
    for predicate in ("http://e/a", "http://e/é", "http://e/a&b", "urn:x:-a", "http://e/p·q", "tag:x"):
        sparql = f"CONSTRUCT {{ ?s <{predicate}> '<&>\\r' }} {{ ?s ?p ?o }}"
        graph = rdflib.Graph().parse(data=engine.query(sparql, "application/rdf+xml").body, format="xml")
        assert [(str(p), str(o)) for _, p, o in graph] == [(predicate, "<&>\r")]


@pytest.mark.parametrize("media_type", TABULAR)
def test_columns_come_in_written_order_in_every_format(engine: Engine, media_type: str) -> None:
    """And the cells with them."""
    sparql = (
        "SELECT * { VALUES (?z ?é ?a) { ('1' '2' UNDEF) ('4\\t' '5\\n' '6}},{\"') (UNDEF UNDEF UNDEF) } }"
    )
    answer = engine.query(sparql, media_type)
    assert answer.rows == 3
    if media_type == "text/csv":
        assert answer.text.split("\r\n")[0] == "z,é,a"
        assert table(answer.text) == [["1", "2", ""], ["4\t", "5\n", '6}},{"'], ["", "", ""]]
    elif media_type == "text/tab-separated-values":
        lines = answer.text.split("\n")
        assert lines == ["?z\t?é\t?a", '"1"\t"2"\t', '"4\\t"\t"5\\n"\t"6}},{\\""', "\t\t", ""]
    else:
        form = ox.QueryResultsFormat.XML if "xml" in media_type else ox.QueryResultsFormat.JSON
        read = ox.parse_query_results(answer.body, format=form)
        assert isinstance(read, ox.QuerySolutions)
        assert [variable.value for variable in read.variables] == ["z", "é", "a"]
        rows = [[row["z"], row["é"], row["a"]] for row in read]
        assert [[cell and cell.value for cell in row] for row in rows] == [
            ["1", "2", None],
            ["4\t", "5\n", '6}},{"'],
            [None, None, None],
        ]


def test_query_is_parsed_and_evaluated_once(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where its columns are those of a star."""
    asked = []

    class Watched:
        def __init__(self, store: ox.Store) -> None:
            self.store = store

        def query(self, sparql: str, **options: object) -> object:
            asked.append(sparql)
            return self.store.query(sparql, **options)  # type: ignore[arg-type]

    data = Loaded(Watched(ox.Store()), "", "", "", None)  # type: ignore[arg-type]
    answer = evaluate(data, Request("SELECT * { ?z ?y ?x }", ("text/csv",)))
    assert answer.text == "z,y,x\r\n"
    assert len(asked) == 1


def test_result_is_bounded_while_it_is_written(engine: Engine) -> None:
    """In every format; the whole of it would take hours."""
    digits = "VALUES ?{0} {{ 0 1 2 3 4 5 6 7 8 9 }}"
    product = " ".join(digits.format(name) for name in "abcdefghijkl")
    data = Loaded(ox.Store(), "", "", "", None)
    for media_type in TABULAR:
        with pytest.raises(ResultTooLargeError, match="more than 100,000 bytes"):
            evaluate(data, Request(f"SELECT * {{ {product} }}", (media_type,)), Limits(result_bytes=100_000))


def test_large_answers_are_compressed_where_it_is_asked() -> None:
    data = Loaded(ox.Store(), "", "v1", "", None)
    sparql = f"SELECT ('{'x' * 2_000}' AS ?x) {{}}"
    plain = evaluate(data, Request(sparql, ("text/csv",)))
    packed = evaluate(data, Request(sparql, ("text/csv",), gzip=True))
    assert (plain.gzipped, packed.gzipped) == (False, True)
    assert gzip.decompress(packed.body) == plain.body
    assert packed.text == plain.text
    assert packed.body == evaluate(data, Request(sparql, ("text/csv",), gzip=True)).body
    assert not evaluate(data, Request("SELECT (1 AS ?x) {}", ("text/csv",), gzip=True)).gzipped
    assert plain.version == "v1"


def test_answer_says_what_it_is(odd: Engine) -> None:
    assert not odd.query("SELECT * { ?s ?p ?o }", "text/csv").volatile
    assert odd.query("SELECT (NOW() AS ?x) {}", "text/csv").volatile


def test_names_that_the_data_lack_come_with_the_nearest() -> None:
    store = ox.Store()
    store.update("INSERT DATA { <x:s> a <https://w3id.org/csto-kg/ontology#HeldMeeting> }")
    data = Loaded(store, "", "", "", None)
    for sparql in ("ASK { ?s a ckg:HeldMeetng }", "SELECT (COUNT(*) AS ?n) { ?s a ckg:HeldMeetng }"):
        found = evaluate(data, Request(sparql, ("text/csv",))).unknown_names
        assert found == (("ckg:HeldMeetng", "ckg:HeldMeeting"),)
    for sparql in ("ASK { ?s a ckg:HeldMeeting }", "ASK { ?s a foaf:HeldMeetng, ckg:Zzzzzzzzzzz }"):
        assert evaluate(data, Request(sparql, ("text/csv",))).unknown_names == ()


@pytest.mark.parametrize(
    "pattern", ["SERVICE SILENT <http://127.0.0.1:9/> { ?s ?p ?o }", "?s !(<urn:p>|^<urn:q>) ?o"]
)
def test_unknown_function_beside_what_is_rewritten_is_an_error_of_the_query(
    engine: Engine, pattern: str
) -> None:
    with pytest.raises(UnknownFunctionError):
        engine.query(f"SELECT * {{ {pattern} FILTER(<urn:f>(1)) }}", formats.CSV)


@pytest.mark.parametrize(
    ("graphs", "kind", "column"),
    [
        ("FROM nope:x FROM <urn:a>", MalformedQueryError, 15),
        ("FROM nope:x FROMckg:y", MalformedQueryError, 15),
    ],
)
def test_name_of_a_graph_that_cannot_be_read_is_an_error_of_the_query(
    engine: Engine, graphs: str, kind: type[QueryError], column: int | None
) -> None:
    with pytest.raises(kind) as raised:
        engine.query(f"SELECT * {graphs} {{ ?s ?p ?o }}", formats.CSV)
    assert raised.value.column == column


@pytest.mark.parametrize(
    ("clauses", "count"),
    [
        ("FROM graph:a FROM graph:b", "1,0"),
        ("FROMgraph:a FROMgraph:b", "1,0"),
        ("FROM graph:a FROM graph:b FROM NAMEDgraph:a", "1,1"),
    ],
)
def test_triple_in_two_graphs_counts_once_however_the_clauses_are_written(
    tmp_path: Path, clauses: str, count: str
) -> None:
    path = tmp_path / "data.trig"
    triple = "<urn:s> <urn:p> <urn:o>"
    path.write_text("".join(f"<{namespaces.GRAPH}{name}> {{ {triple} }}" for name in "ab"))
    sparql = f"""SELECT (COUNT(?s) AS ?n) (COUNT(?g) AS ?m) {clauses} {{
        {{ ?s ?p ?o }} UNION {{ GRAPH ?g {{ ?x ?y ?z }} }} }}"""
    assert Engine.from_files([path]).query(sparql, formats.CSV).text == f"n,m\r\n{count}\r\n"


def test_prefix_that_no_token_shows_is_known() -> None:
    """What looks like an IRI are two comparisons."""
    sparql = "ASK { BIND(1 AS ?a) FILTER(?a<2&&?a!=ckg:x&&?a>0) }"
    assert evaluate(Loaded(ox.Store(), "", "", "", None), Request(sparql, ("text/csv",))).text == "true"
