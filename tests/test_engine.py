"""The engine answers queries about files and releases, and refuses what would leave the data."""

import csv
import json
from pathlib import Path

import pytest

from cstokg.engine.engine import Engine
from cstokg.errors import (
    GraphNameError,
    LoadError,
    MalformedQueryError,
    NotAcceptableError,
    ServiceRefusedError,
    UpdateRefusedError,
)

ONE, TWO = "http://example.org/one", "http://example.org/two"
# Both graphs report the first triple; the second has one more.
QUADS = f"""\
<http://example.org/s> <http://example.org/p> "x" <{ONE}> .
<http://example.org/s> <http://example.org/p> "x" <{TWO}> .
<http://example.org/s> <http://example.org/p> "y" <{TWO}> .
<http://example.org/s> <http://example.org/p> "default" .
"""
COUNT = "SELECT (COUNT(*) AS ?n) {} WHERE {{ ?s ?p ?o }}"


@pytest.fixture
def quads(tmp_path: Path) -> Path:
    """Return a file with a default graph and two named ones."""
    path = tmp_path / "data.nq"
    path.write_text(QUADS)
    return path


@pytest.fixture
def plain(quads: Path) -> Engine:
    """Return the file, its default graph as it is."""
    return Engine.from_files([quads])


def rows(engine: Engine, sparql: str, **graphs: list[str]) -> list[list[str]]:
    """Return the rows of an answer as CSV, without the header."""
    answer = engine.query(
        sparql, "text/csv", graphs.get("default_graphs", ()), graphs.get("named_graphs", ())
    )
    return list(csv.reader(answer.text.splitlines()))[1:]


def test_plain_default_graph_holds_its_own_triples(plain: Engine) -> None:
    """Quads keep their graphs."""
    assert rows(plain, COUNT.format("")) == [["1"]]
    assert rows(plain, "SELECT ?g WHERE { GRAPH ?g { ?s ?p 'y' } }") == [[TWO]]


def test_union_default_graph_is_a_merge(quads: Path) -> None:
    """A triple of two graphs stands in the merge once."""
    union = Engine.from_files([quads], "union")
    assert rows(union, COUNT.format("")) == [["3"]]


@pytest.mark.parametrize(
    "clause",
    [
        f"FROM <{ONE}> FROM <{TWO}>",
        f"from<{ONE}>From #comment\n <{TWO}>",
        f"FROM <{ONE}> FROM NAMED <{ONE}> FROM <{TWO}>",
        f"FROM ex:one FROM <{TWO}> FROM <{TWO}>",
        "FROM from:one FROM from:two",
    ],
)
def test_several_from_clauses_are_merged(plain: Engine, clause: str) -> None:
    """Each triple counts once, however the graphs are written."""
    prefixes = "PREFIX ex: <http://example.org/> PREFIX from: <http://example.org/> # from\n"
    assert rows(plain, prefixes + COUNT.format(clause)) == [["2"]]


def test_the_word_from_elsewhere_is_no_clause(plain: Engine) -> None:
    """In a comment, a variable, a string or an IRI it names no graph."""
    sparql = "# from <x>\nSELECT ?from { ?from ?p 'default' FILTER(?p != <http://x/from> && 'from' != '') }"
    assert rows(plain, sparql) == [["http://example.org/s"]]


def test_graphs_of_the_request_are_merged_and_replace_those_of_the_query(plain: Engine) -> None:
    """SPARQL 1.1 Protocol, section 2.1.4."""
    assert rows(plain, COUNT.format(f"FROM <{TWO}>"), default_graphs=[ONE]) == [["1"]]
    assert rows(plain, COUNT.format(""), default_graphs=[ONE, TWO]) == [["2"]]
    named = "SELECT ?o { GRAPH ?g { ?s ?p ?o } }"
    assert rows(plain, named, default_graphs=[ONE, TWO]) == []
    assert rows(plain, named, named_graphs=[ONE]) == [["x"]]
    assert rows(plain, COUNT.format(""), named_graphs=[ONE]) == [["0"]]
    assert rows(plain, named, default_graphs=[ONE, TWO], named_graphs=[ONE]) == [["x"]]


def test_unknown_graph_is_empty(plain: Engine) -> None:
    """A graph that is not there has no triples; a name that is no IRI is an error."""
    assert rows(plain, COUNT.format(""), default_graphs=["http://example.org/none"]) == [["0"]]
    with pytest.raises(GraphNameError, match="absolute IRI"):
        rows(plain, COUNT.format(""), default_graphs=["no iri"])


def test_blank_nodes_of_different_files_differ(tmp_path: Path) -> None:
    """The same label in two files names two nodes."""
    for name in ("a.ttl", "b.ttl"):
        (tmp_path / name).write_text("_:same <http://example.org/p> 1 .")
    engine = Engine.from_files([tmp_path / "a.ttl", tmp_path / "b.ttl"])
    assert rows(engine, "SELECT (COUNT(DISTINCT ?s) AS ?n) { ?s ?p ?o }") == [["2"]]


def test_release_is_read_from_its_folder(tmp_path: Path, quads: Path) -> None:
    """The default graph is as written; the title names the version."""
    folder = tmp_path / "release"
    folder.mkdir()
    quads.rename(folder / "dataset.nq")
    (folder / "release.json").write_text(json.dumps({"version": "0123456789abcdef"}))
    engine = Engine.from_release(folder)
    assert engine.title == "release 0123456789ab"
    assert engine.release_version == "0123456789abcdef" != engine.version
    assert rows(engine, COUNT.format("")) == [["1"]]


def test_missing_release_says_what_to_do(tmp_path: Path) -> None:
    """The message names the command that makes one."""
    with pytest.raises(LoadError, match=r"dataset\.nq: no release here\. .*cstokg build"):
        Engine.from_release(tmp_path)


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("data.txt", "", r"data\.txt: the extension has to be one of \.ttl"),
        ("data.ttl", "<a> <b>\n.", r"data\.ttl:2: "),
        ("data.nq", "nonsense", r"data\.nq:1: "),
    ],
)
def test_broken_file_is_named(tmp_path: Path, name: str, text: str, message: str) -> None:
    """With the line where the parser stopped."""
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(LoadError, match=message):
        Engine.from_files([path])


def test_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(LoadError, match=r"none\.ttl: "):
        Engine.from_files([tmp_path / "none.ttl"])


def test_project_prefixes_need_no_declaration(plain: Engine) -> None:
    """And a query may still declare them otherwise."""
    assert plain.query("ASK { BIND(ckg:Meeting AS ?x) }", "application/json").text.endswith("true}")
    redeclared = "PREFIX ckg: <http://example.org/> SELECT ?o { ckg:s ?p ?o }"
    assert rows(plain, redeclared) == [["default"]]


@pytest.mark.parametrize(
    ("sparql", "line", "column", "message"),
    [
        ("", 1, 1, "breaks off"),
        ("SELECT ?s\nWHERE { ?s ?p ?o", 2, 17, "breaks off"),
        ("SELECT ?s\nWHERE { ?s nono:p ?o }", 2, 12, "the prefix nono: is not declared"),
        ("SELECT ?s WHERE { ?s a nono:p }", 1, 24, "the prefix nono: is not declared"),
        ("SELCT ?s {}", 1, 1, "did not expect “SELCT"),
        ("ASK {} ASK {}", 1, 8, "did not expect “ASK {}”"),
        ("SELECT (1 AS ?x) (2 AS ?x) {}", 1, 30, "Duplicated variable"),
    ],
)
def test_error_of_a_malformed_query_has_its_place(
    plain: Engine, sparql: str, line: int, column: int, message: str
) -> None:
    """Line and column count from 1 and point at what is wrong."""
    with pytest.raises(MalformedQueryError, match=message) as caught:
        plain.query(sparql, "text/csv")
    assert (caught.value.line, caught.value.column) == (line, column)


@pytest.mark.parametrize(
    "sparql",
    [
        "INSERT DATA { <http://example.org/s> <http://example.org/p> 1 }",
        "# why\nPREFIX a: <http://example.org/> BASE <x>\n delete where { ?s ?p ?o }",
        "CLEAR ALL",
        "LOAD <file:///etc/hostname>",
        f"WITH <{ONE}> DELETE {{ ?s ?p ?o }} WHERE {{ ?s ?p ?o }}",
    ],
)
def test_update_is_refused(plain: Engine, sparql: str) -> None:
    """And changes nothing."""
    with pytest.raises(UpdateRefusedError, match="read-only"):
        plain.query(sparql, "text/csv")
    assert rows(plain, COUNT.format("")) == [["1"]]


@pytest.mark.parametrize(
    "sparql",
    [
        "SELECT * { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }",
        "ASK { service#x\n<http://127.0.0.1:9/> {} }",
        "ASK { SERVICE<http://127.0.0.1:9/>{} }",
        "PREFIX ex: <http://127.0.0.1:9/> ASK { ex:a\\# ?p ?o . SERVICE <http://127.0.0.1:9/> {} }",
        "PREFIX ex: <http://127.0.0.1:9/> ASK { ex:a\\' ?p ?o . SERVICE ex:b {} }",
        "PREFIX ex: <http://127.0.0.1:9/> ASK { ?s ?p trueSERVICEex:x{} }",
        "ASK { FILTER(?a<?b)SERVICE?x#>\n{} }",
        "SELECT * { { SELECT * { OPTIONAL { SERVICE ?g { ?s ?p ?o } } } } }",
    ],
)
def test_service_is_refused_however_it_is_written(plain: Engine, sparql: str) -> None:
    """The parser decides, so disguises by comments, strings or missing spaces do not help."""
    with pytest.raises(ServiceRefusedError, match="SERVICE"):
        plain.query(sparql, "application/json")


def test_silent_call_to_what_is_not_allowed_adds_nothing(plain: Engine) -> None:
    """It also removes nothing (SPARQL 1.1 Federated Query, section 2.4)."""
    sparql = "SELECT * { ?s ?p ?o SERVICE SILENT <http://127.0.0.1:9/> { ?s ?p ?other } }"
    assert rows(plain, sparql) == [["http://example.org/s", "http://example.org/p", "default", ""]]
    assert rows(plain, "SELECT * { SERVICE SILENT ?g { ?s ?p ?o } }") == [["", "", "", ""]]


def test_the_word_service_elsewhere_is_allowed(plain: Engine) -> None:
    """As a prefix, a variable, a string, a comment or part of an IRI."""
    sparql = """PREFIX service: <http://example.org/service#> # SERVICE <x> {}
        ASK { service:a ?service 'SERVICE <x> {}', <http://service.example.org/#> }"""
    assert plain.query(sparql, "application/json").text.endswith("false}")


def test_syntax_error_in_a_query_that_speaks_of_services_is_a_syntax_error(plain: Engine) -> None:
    """Not every such query that fails calls a service."""
    with pytest.raises(MalformedQueryError):
        plain.query("SELECT * { ?s a 'service' . ?x }", "text/csv")


def test_answer_comes_in_the_first_media_type_that_fits(plain: Engine) -> None:
    """The kind of result decides."""
    wanted = ("text/turtle", "text/csv")
    assert plain.query("SELECT ?s { ?s ?p ?o }", wanted).media_type == "text/csv"
    assert plain.query("CONSTRUCT WHERE { ?s ?p ?o }", wanted).media_type == "text/turtle"
    with pytest.raises(NotAcceptableError, match="text/turtle, application/n-triples"):
        plain.query("DESCRIBE <http://example.org/s>", "text/csv")


def test_relative_iris_start_from_the_project(plain: Engine) -> None:
    """A service may define a base IRI (SPARQL 1.1 Protocol, section 2.1.3)."""
    assert rows(plain, "SELECT (<id/x> AS ?x) {}") == [["https://w3id.org/csto-kg/id/x"]]
