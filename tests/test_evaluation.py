"""How many solutions there are is read off the written result, whatever the texts hold."""

from pathlib import Path

import pytest

from cstokg import formats
from cstokg.engine.engine import Engine
from cstokg.engine.errors import InexpressibleResultError
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
    """An engine over next to nothing."""
    path = tmp_path / "data.nt"
    path.write_text('<http://example.org/s> <http://example.org/p> "a\\u0001b" .\n')
    return Engine.from_files([path])


@pytest.mark.parametrize("media_type", TABULAR)
def test_solutions_are_counted(engine: Engine, media_type: str) -> None:
    """Not what looks like them."""
    assert engine.query(ODD, media_type).rows == 6
    assert engine.query("SELECT ?s { ?s ?p 7 }", media_type).rows == 0
    assert engine.query("SELECT ?x { VALUES ?y { 1 2 3 } }", media_type).rows == 3
    assert engine.query("ASK {}", media_type).rows == 1


def test_triples_are_counted(engine: Engine) -> None:
    """Each once."""
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


def test_predicate_that_is_no_name_is_an_error_in_rdf_xml(engine: Engine) -> None:
    """It has to end in what XML takes for a name."""
    sparql = "CONSTRUCT { ?s <http://example.org/123> 1 } { ?s ?p ?o }"
    with pytest.raises(InexpressibleResultError, match="ask for Turtle"):
        engine.query(sparql, "application/rdf+xml")


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
    """Also where the star is."""
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
