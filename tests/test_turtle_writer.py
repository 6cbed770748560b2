"""The Turtle that is written is easy to read, holds exactly the triples given, and is always the same."""

import warnings

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rdflib import RDF, XSD, BNode, Graph, Literal, Namespace, URIRef
from rdflib.compare import isomorphic

from cstokg import namespaces
from cstokg.build import canonical
from cstokg.build.sources import Sources
from cstokg.build.writers import turtle_writer

EX = Namespace("https://example.org/")
CKG = Namespace(namespaces.CKG)
ARTICLE = URIRef(f"{namespaces.ID}article/exampleville-2031")


def graph_of(*triples: tuple[URIRef | BNode, URIRef, URIRef | BNode | Literal]) -> Graph:
    """Return a graph of these triples, with no prefixes bound."""
    graph = Graph(bind_namespaces="none")
    for triple in triples:
        graph.add(triple)
    return graph


def lines(graph: Graph) -> list[str]:
    """Return the graph as canonical N-Triples: equal for equal graphs, term by term."""
    return canonical.canonical_nquads({canonical.DEFAULT_GRAPH: graph})


def reread(text: str) -> list[str]:
    """Return the triples of the text as canonical N-Triples; the parser keeps lexical forms."""
    dataset = ox.Dataset(ox.parse(text, format=ox.RdfFormat.TURTLE))
    dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    return sorted(f"{quad} ." for quad in dataset)


def test_layout_is_that_of_data_files() -> None:
    person = URIRef(f"{namespaces.ID}person/doe-jane")
    span = URIRef(f"{ARTICLE}/span/190-485")
    graph = graph_of(
        (person, RDF.type, CKG.Person),
        (person, URIRef(namespaces.expand("skos:prefLabel")), Literal("Джейн Доу", lang="ru")),
        (person, URIRef(namespaces.expand("skos:prefLabel")), Literal("Jane Doe", lang="en")),
        (ARTICLE, CKG.evidence, span),
        (ARTICLE, RDF.type, CKG.Article),
        (ARTICLE, CKG.onDate, Literal("2031-05-15", datatype=XSD.date)),
        (span, CKG.charStart, Literal("190", datatype=XSD.integer)),
    )
    assert turtle_writer.write(graph) == (
        "PREFIX article: <https://w3id.org/csto-kg/id/article/>\n"
        "PREFIX ckg: <https://w3id.org/csto-kg/ontology#>\n"
        "PREFIX person: <https://w3id.org/csto-kg/id/person/>\n"
        "PREFIX span-exampleville-2031: <https://w3id.org/csto-kg/id/article/exampleville-2031/span/>\n"
        "\n"
        "PREFIX skos: <http://www.w3.org/2004/02/skos/core#>\n"
        "PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>\n"
        "\n"
        "# --- Articles -----------------------------------------------------------------\n"
        "\n"
        "article:exampleville-2031\n"
        "    a ckg:Article ;\n"
        '    ckg:onDate "2031-05-15"^^xsd:date ;\n'
        "    ckg:evidence span-exampleville-2031:190-485 ;\n"
        ".\n"
        "\n"
        "# --- People -------------------------------------------------------------------\n"
        "\n"
        "person:doe-jane\n"
        "    a ckg:Person ;\n"
        '    skos:prefLabel "Jane Doe"@en , "Джейн Доу"@ru ;\n'
        ".\n"
        "\n"
        "# --- Spans --------------------------------------------------------------------\n"
        "\n"
        "span-exampleville-2031:190-485\n"
        "    ckg:charStart 190 ;\n"
        ".\n"
    )


def test_blank_nodes_stand_where_they_are_used() -> None:
    text = turtle_writer.write(
        Graph(bind_namespaces="none").parse(
            data="""
            PREFIX ckg: <https://w3id.org/csto-kg/ontology#>
            PREFIX owl: <http://www.w3.org/2002/07/owl#>
            PREFIX sh: <http://www.w3.org/ns/shacl#>
            ckg:a owl:propertyChainAxiom ( ckg:b ckg:c ) ; owl:members () .
            ckg:a sh:property [ sh:path ckg:e ] , [ sh:path ckg:d ; sh:maxCount 1 ] .
            [] a owl:AllDisjointClasses ; owl:members ( ckg:f ckg:g ) .
            """
        )
    )
    assert text.endswith(
        "ckg:a\n"
        "    owl:members () ;\n"
        "    owl:propertyChainAxiom ( ckg:b ckg:c ) ;\n"
        "    sh:property [\n"
        "        sh:path ckg:d ;\n"
        "        sh:maxCount 1 ;\n"
        "    ] , [\n"
        "        sh:path ckg:e ;\n"
        "    ] ;\n"
        ".\n"
        "\n"
        "[]\n"
        "    a owl:AllDisjointClasses ;\n"
        "    owl:members ( ckg:f ckg:g ) ;\n"
        ".\n"
    )


def test_what_a_shared_node_holds_still_stands_in_its_place() -> None:
    text = "<urn:a> <urn:p> _:x . <urn:b> <urn:p> _:x . _:x <urn:q> [ <urn:r> 1 ] ."
    assert turtle_writer.write(Graph(bind_namespaces="none").parse(data=text)).count("_:") == 3


@pytest.mark.parametrize(
    "text",
    [
        "_:a <urn:p> _:a .",
        "_:a <urn:p> _:b . _:b <urn:p> _:a .",
        "<urn:s> <urn:p> _:a , _:b . _:a <urn:q> _:b . _:b <urn:q> _:a .",
        "<urn:s> <urn:p> _:a . <urn:t> <urn:p> _:a . _:a <urn:p> 1 .",
        "<urn:s> <urn:p> [] .",
        "<urn:s> <urn:p> _:l . _:l rdf:first 1 .",
        "<urn:s> <urn:p> _:l . _:l rdf:first 1 , 2 ; rdf:rest () .",
        "<urn:s> <urn:p> _:l . _:l rdf:first 1 ; rdf:rest () ; <urn:more> 3 .",
        "<urn:s> <urn:p> _:l . _:l rdf:first 1 ; rdf:rest _:l .",
        "<urn:s> <urn:p> ( 1 _:m ) . _:m rdf:first 2 ; rdf:rest _:n . _:n rdf:first 3 .",
        "<urn:s> <urn:p> ( ( 1 2 ) [ <urn:q> ( ) ] _:a _:a ) .",
        "<urn:s> <urn:p> ( 1 2 ) . <urn:t> <urn:p> ( 1 2 ) .",
        "_:l rdf:first 1 ; rdf:rest () .",
        "<urn:s> rdf:type [ <urn:p> 'a literal' ] .",
    ],
)
def test_any_shape_of_blank_nodes_is_read_back(text: str) -> None:
    graph = Graph(bind_namespaces="none").parse(
        data=f"PREFIX rdf: <{RDF}>\n{text}", format="turtle", publicID="urn:base"
    )
    written = turtle_writer.write(graph)
    assert reread(written) == lines(graph)
    assert isomorphic(Graph().parse(data=written), graph)


@pytest.mark.parametrize(
    ("lexical", "datatype", "written"),
    [
        ("190", XSD.integer, "190"),
        ("007", XSD.integer, '"007"^^xsd:integer'),
        ("-5", XSD.integer, "-5"),
        ("1.50", XSD.decimal, "1.50"),
        ("5", XSD.decimal, '"5"^^xsd:decimal'),
        ("true", XSD.boolean, "true"),
        ("1", XSD.boolean, '"1"^^xsd:boolean'),
        ("1e3", XSD.double, '"1e3"^^xsd:double'),
        ("-1.50E+02", XSD.double, '"-1.50E+02"^^xsd:double'),
        ("123456789.25", XSD.double, '"123456789.25"^^xsd:double'),
        ("x", XSD.string, '"x"^^xsd:string'),
        ("x", None, '"x"'),
        ('say "no"', None, '"say \\"no\\""'),
        ("a\nb", None, '"""a\nb"""'),
        ('a\n"""', None, '"""a\n\\""\\""""'),
        ("tab\tbell\x07", None, '"tab\\tbell\\u0007"'),
        ("a\r\nb", None, '"""a\\r\nb"""'),
    ],
)
def test_literals_keep_their_lexical_form(lexical: str, datatype: URIRef | None, written: str) -> None:
    literal = Literal(lexical, datatype=datatype, normalize=False)
    graph = graph_of((EX.s, EX.p, literal))
    text = turtle_writer.write(graph)
    assert f" {written} ;\n" in text
    assert reread(text) == lines(graph)


@given(
    text=st.text(st.characters(exclude_categories=["Cs"])),
    language=st.sampled_from([None, "en", "ru"]),
    local=st.text("abcZ019-_.~%'()/#:é", max_size=6),
)
def test_any_text_and_name_is_read_back(text: str, language: str | None, local: str) -> None:
    try:
        ox.NamedNode(CKG[local])
    except ValueError:
        return
    graph = graph_of(
        (CKG[local], CKG[local], Literal(text, lang=language)), (CKG[local], CKG[local], CKG[local])
    )
    assert reread(turtle_writer.write(graph)) == lines(graph)


def test_real_graphs_are_read_back(sources: Sources) -> None:
    assert sources.graphs
    for name, graph in sources.graphs.items():
        written = turtle_writer.write(graph)
        assert reread(written) == lines(graph), name
        assert lines(Graph().parse(data=written)) == lines(graph), name


def test_writing_what_was_written_changes_nothing(sources: Sources) -> None:
    written = turtle_writer.write(sources.merged(shapes=True))
    assert turtle_writer.write(Graph(bind_namespaces="none").parse(data=written)) == written


def test_trig_keeps_triples_in_their_graphs(sources: Sources) -> None:
    written = turtle_writer.write_trig(sources.graphs)
    dataset = ox.Dataset(ox.parse(written, format=ox.RdfFormat.TRIG))
    dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    assert sorted(f"{quad} ." for quad in dataset) == canonical.canonical_nquads(sources.graphs)


def test_longturtle_still_needs_replacing() -> None:
    """The reason for a writer of our own: if this fails, look at rdflib's again."""
    graph = graph_of((EX.s, EX.p, Literal("123456789.25", datatype=XSD.double)))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert "123456789.25" not in graph.serialize(format="longturtle")


def test_every_kind_has_its_section() -> None:
    """So a kind that is added to namespaces.py has to be put into a section."""
    placed = {kind for kinds in turtle_writer.SECTIONS.values() for kind in kinds}
    assert set(namespaces.KINDS) - placed == set()


def test_numbers_in_names_count_as_numbers() -> None:
    spans = [f"{ARTICLE}/span/{span}" for span in ("1000-1001", "20-30", "3-5", "20-4")]
    assert sorted(spans, key=turtle_writer.natural) == [spans[2], spans[3], spans[1], spans[0]]


def test_a_class_is_followed_by_the_properties_that_start_from_it(sources: Sources) -> None:
    text = turtle_writer.write(sources.ontology())
    found = [line for line in text.splitlines() if line in ("ckg:Attendance", "ckg:attendee", "ckg:Article")]
    assert found == ["ckg:Article", "ckg:Attendance", "ckg:attendee"]


def test_a_thing_is_followed_by_its_testimonies(sources: Sources) -> None:
    text = turtle_writer.write(sources.graphs[f"{namespaces.GRAPH}articles/dushanbe-2021"])
    subjects = [line for line in text.splitlines() if line.endswith("2021-05-19-cfm-mukhriddin-sirojiddin")]
    assert subjects == ["attendance:2021-05-19-cfm-mukhriddin-sirojiddin"]
    following = text.split(f"\n{subjects[0]}\n")[1].split("\n.\n")
    assert f"\n<{namespaces.ID}attendance/2021-05-19-cfm-mukhriddin-sirojiddin/testimony/" in following[1]


def test_an_empty_graph_is_an_empty_text() -> None:
    assert turtle_writer.write(Graph()) == ""
