"""Each result is written in every format that can hold it, and reads back the same."""

from pathlib import Path

import pyoxigraph as ox
import pytest
import rdflib
from rdflib.compare import isomorphic

from cstokg import formats
from cstokg.engine.engine import Engine

DATA = """
PREFIX ckg: <https://w3id.org/csto-kg/ontology#>
PREFIX span: <https://w3id.org/csto-kg/id/article/here-2021/span/>
PREFIX article: <https://w3id.org/csto-kg/id/article/>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>

<https://w3id.org/csto-kg/id/article/here-2021/span/1-2> ckg:spanOf article:here-2021 ;
    ckg:charStart 1 ;
    a ckg:EvidenceSpan .
article:here-2021 rdfs:label "owl: one \\"word\\" .\\n next, <b> & c"@en, "слово"@ru ;
    ckg:onDate "2021-05-19"^^xsd:date .
"""
SELECT = "SELECT ?s ?o { ?s ?p ?o } ORDER BY ?s ?o"
CONSTRUCT = "CONSTRUCT WHERE { ?s ?p ?o }"
RDFLIB_NAMES = {
    "text/turtle": "turtle",
    "application/n-triples": "nt",
    "application/rdf+xml": "xml",
    "application/ld+json": "json-ld",
    # Without a named graph these are N-Triples and Turtle.
    "application/n-quads": "nt",
    "application/trig": "turtle",
}


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Return a file with IRIs that need escapes, and text that needs them too."""
    path = tmp_path / "data.ttl"
    path.write_text(DATA, encoding="utf-8")
    return path


@pytest.fixture
def engine(source: Path) -> Engine:
    """Return an engine over that file."""
    return Engine.from_files([source])


@pytest.mark.filterwarnings(
    "ignore:ConjunctiveGraph is deprecated:DeprecationWarning"
)  # rdflib's JSON-LD parser
@pytest.mark.parametrize("media_type", RDFLIB_NAMES)
def test_graph_reads_back_the_same(engine: Engine, source: Path, media_type: str) -> None:
    """By rdflib, which did not write it."""
    answer = engine.query(CONSTRUCT, media_type)
    assert answer.media_type == media_type
    read = rdflib.Graph().parse(data=answer.text, format=RDFLIB_NAMES[media_type])
    assert isomorphic(read, rdflib.Graph().parse(source))


def test_every_graph_format_is_tested() -> None:
    """The table and this file name the same formats."""
    assert {row.media_type for row in formats.for_kind(formats.GRAPH)} == set(RDFLIB_NAMES)


@pytest.mark.parametrize("media_type", ["application/sparql-results+json", "application/sparql-results+xml"])
def test_bindings_read_back_the_same(engine: Engine, media_type: str) -> None:
    """Seven rows of two columns, literals with their languages and datatypes."""
    answer = engine.query(SELECT, media_type)
    results = ox.parse_query_results(answer.body, format=ox.QueryResultsFormat.from_media_type(media_type))
    assert isinstance(results, ox.QuerySolutions)
    assert [variable.value for variable in results.variables] == ["s", "o"]
    found = {str(solution["o"]) for solution in results}
    assert '"слово"@ru' in found
    assert '"2021-05-19"^^<http://www.w3.org/2001/XMLSchema#date>' in found
    assert len(found) == 6


@pytest.mark.parametrize(
    "media_type", [row.media_type for row in formats.FORMATS if formats.BOOLEAN in row.kinds]
)
def test_boolean_in_every_format(engine: Engine, media_type: str) -> None:
    """A yes says true."""
    answer = engine.query("ASK {}", media_type)
    assert answer.media_type == media_type
    assert "true" in answer.text


def test_turtle_declares_the_prefixes_it_uses_and_no_others(engine: Engine) -> None:
    """Ours first; a name in a text is no use of a prefix."""
    turtle = engine.query(CONSTRUCT, "text/turtle").text
    declared = [line.split()[1] for line in turtle.splitlines() if line.startswith("PREFIX")]
    assert declared == ["article:", "ckg:", "rdfs:", "xsd:"]


def test_turtle_groups_and_sorts(engine: Engine) -> None:
    """One block a subject, its type first; the same bytes each time."""
    turtle = engine.query(CONSTRUCT, "text/turtle").text
    assert "article:here-2021\\/span\\/1-2 a ckg:EvidenceSpan ;\n" in turtle
    assert len(turtle.strip().split("\n\n")) == 3
    assert turtle == engine.query(CONSTRUCT, "text/turtle").text


def test_empty_graph_is_empty_turtle(engine: Engine) -> None:
    assert engine.query("CONSTRUCT WHERE { ?s <http://none> ?o }", "text/turtle").body == b""


def test_rdf_xml_uses_our_prefixes(engine: Engine) -> None:
    """Those of its predicates and types only."""
    xml = engine.query(CONSTRUCT, "application/rdf+xml").text
    assert "<ckg:spanOf " in xml
    assert "xmlns:article" not in xml


def test_names_are_unambiguous_within_a_kind() -> None:
    """One format per kind and short name, whatever its aliases; media types are listed once."""
    for kind in (formats.BINDINGS, formats.BOOLEAN, formats.GRAPH):
        names = [row.name for row in formats.for_kind(kind)]
        assert len(names) == len(set(names))
    assert len(formats.BY_MEDIA_TYPE) == len(formats.FORMATS)
    assert [row.name for row in formats.for_kind(formats.BINDINGS)] == ["json", "xml", "csv", "tsv"]


def test_a_name_stands_for_its_main_type_first() -> None:
    """And a media type for itself; anything else for nothing."""
    assert formats.named("json")[0] == "application/sparql-results+json"
    assert formats.named("text/csv") == ("text/csv",)
    assert formats.named("docx") == ()


@pytest.mark.parametrize(
    ("name", "media_type"),
    [
        ("cstokg.ttl", "text/turtle"),
        ("dataset.nq", "application/n-quads"),
        ("report.json", "application/json"),
        ("report.xyz", "application/octet-stream"),
        ("report", "application/octet-stream"),
    ],
)
def test_name_of_a_file_gives_its_media_type(name: str, media_type: str) -> None:
    assert formats.of_file(name) == media_type


def test_texts_and_drawings_are_compressed_and_pictures_are_not() -> None:
    assert all(map(formats.is_compressible, [formats.HTML, "text/css", formats.SVG, formats.N_QUADS]))
    assert not any(map(formats.is_compressible, ["image/png", formats.BYTES]))
