"""What is exported is what was read, in every format, the same every time; a wrong name gets a hint."""

import functools
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pyoxigraph as ox
import pytest
import rdflib
from hypothesis import given, settings
from hypothesis import strategies as st
from rdflib import RDF, XSD, Dataset, Graph, URIRef
from rdflib.compare import to_isomorphic

import planted
from cstokg import namespaces
from cstokg.build import canonical, turtle_parser
from cstokg.build.sources import Sources, read
from cstokg.build.writers import export
from cstokg.build.writers.export import ExportError

RDFLIB = {"ntriples": "nt", "jsonld": "json-ld", "rdfxml": "xml"}
OXIGRAPH = {
    "turtle": ox.RdfFormat.TURTLE,
    "trig": ox.RdfFormat.TRIG,
    "nquads": ox.RdfFormat.N_QUADS,
    "ntriples": ox.RdfFormat.N_TRIPLES,
    "jsonld": ox.RdfFormat.JSON_LD,
    "rdfxml": ox.RdfFormat.RDF_XML,
}
Exported = Callable[[str], bytes]
PERSON = URIRef(f"{namespaces.ID}person/doe-jane")


@pytest.fixture
def small(tmp_path: Path) -> Sources:
    """Return a small project, read."""
    return read(planted.write(tmp_path))


@pytest.fixture(scope="module")
def exported(sources: Sources) -> Exported:
    """Return a function that exports the project in a format, once."""
    return functools.cache(lambda name: export.write(sources.graphs, name))


@pytest.fixture(scope="module")
def merged(sources: Sources) -> list[str]:
    """Return the merge of the project's graphs as canonical N-Quads."""
    return canonical.canonical_nquads({canonical.DEFAULT_GRAPH: export.merge(sources.graphs.values())})


# rdflib's own parsers use what rdflib deprecates.
@pytest.mark.filterwarnings("ignore:Dataset.default_context is deprecated:DeprecationWarning")
@pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")
@pytest.mark.parametrize("name", export.FORMATS)
def test_rdflib_reads_back_what_was_exported(name: str, merged: list[str], exported: Exported) -> None:
    parsed = Dataset() if name in ("trig", "nquads") else Graph()
    parsed.parse(data=exported(name), format=RDFLIB.get(name, name))
    graph = export.merge(parsed.graphs()) if isinstance(parsed, Dataset) else parsed
    assert canonical.canonical_nquads({canonical.DEFAULT_GRAPH: graph}) == merged


@pytest.fixture(scope="module")
def named(sources: Sources) -> list[str]:
    """Return the project's graphs as canonical N-Quads."""
    return canonical.canonical_nquads(sources.graphs)


@pytest.mark.parametrize("name", export.FORMATS)
def test_pyoxigraph_reads_back_what_was_exported(
    name: str, merged: list[str], named: list[str], exported: Exported
) -> None:
    dataset = ox.Dataset(ox.parse(exported(name), format=OXIGRAPH[name]))
    dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    assert sorted(f"{quad} ." for quad in dataset) == (named if name in ("trig", "nquads") else merged)


def test_formats_without_graphs_get_the_merge(small: Sources) -> None:
    twice = {"urn:a": small.data(), "urn:b": small.data()}
    assert export.write(twice, "turtle") == export.write({"urn:a": small.data()}, "turtle")


def test_json_ld_has_our_prefixes_and_no_others(small: Sources) -> None:
    text = export.write({"urn:a": small.graphs[f"{namespaces.GRAPH}register/people"]}, "jsonld").decode()
    assert text == (
        '{\n  "@context": {\n'
        '    "ckg": "https://w3id.org/csto-kg/ontology#",\n'
        '    "person": "https://w3id.org/csto-kg/id/person/",\n'
        '    "skos": "http://www.w3.org/2004/02/skos/core#"\n'
        '  },\n  "@graph": [\n    {\n'
        '      "@id": "person:doe-jane",\n'
        '      "@type": "ckg:Person",\n'
        '      "skos:prefLabel": [\n'
        '        {\n          "@language": "en",\n          "@value": "Jane Doe"\n        },\n'
        '        {\n          "@language": "ru",\n          "@value": "Джейн Доу"\n        }\n'
        "      ]\n    }\n  ]\n}\n"
    )


@pytest.mark.parametrize(
    "name",
    [
        "exampleville-2031",
        "graph:articles/exampleville-2031",
        "https://w3id.org/csto-kg/graph/articles/exampleville-2031",
        "<https://w3id.org/csto-kg/graph/articles/exampleville-2031>",
    ],
)
def test_a_graph_has_four_names(small: Sources, name: str) -> None:
    graph = f"{namespaces.GRAPH}articles/exampleville-2031"
    assert export.select(small, graph=name) == {graph: small.graphs[graph]}


def test_whole_dataset_leaves_the_shapes_out(small: Sources) -> None:
    assert f"{namespaces.GRAPH}ontology/shapes" not in export.select(small)
    assert f"{namespaces.GRAPH}ontology/ckg" in export.select(small)
    assert export.select(small, graph="shapes")


def test_what_follows_is_added_on_request(small: Sources) -> None:
    attended = URIRef(f"{namespaces.CKG}attended")
    assert namespaces.INFERRED not in export.select(small)
    assert (PERSON, attended, None) in export.select(small, inferred=True)[namespaces.INFERRED]
    assert (PERSON, attended, None) in export.select(small, graph="graph:inferred")[namespaces.INFERRED]
    described = export.select(small, entity="person:doe-jane", inferred=True)
    assert (PERSON, attended, None) in described[namespaces.INFERRED]


def test_metadata_can_be_exported(small: Sources) -> None:
    (graph,) = export.select(small, graph="graph:metadata").values()
    assert (URIRef(namespaces.DATASET), RDF.type, None) in graph


def test_an_entity_comes_with_what_points_at_it_and_with_labels(small: Sources) -> None:
    described = export.select(small, entity="person:doe-jane")
    merged = export.merge(described.values())
    attendance = URIRef(f"{namespaces.ID}attendance/2031-05-14-example-council-doe-jane")
    person_class = URIRef(f"{namespaces.CKG}Person")
    assert set(merged.subjects()) == {PERSON, attendance, person_class}
    assert set(merged.predicates(attendance)) == {URIRef(f"{namespaces.CKG}attendee")}
    assert [str(label) for label in merged.objects(person_class)] == ["person"]
    assert set(described) == {
        f"{namespaces.GRAPH}{part}"
        for part in ("articles/exampleville-2031", "ontology/ckg", "register/people")
    }


def test_an_entity_comes_with_its_blank_nodes(small: Sources) -> None:
    (graph,) = export.select(small, graph="ckg", entity="ckg:attended").values()
    assert b"( ckg:hasAttendance ckg:atMeeting )" in export.write({"urn:a": graph}, "turtle")
    (graph,) = export.select(small, graph="ckg", entity="ckg:atMeeting").values()
    assert b"( ckg:hasAttendance ckg:atMeeting )" in export.write({"urn:a": graph}, "turtle")


@pytest.mark.parametrize(
    ("options", "hint"),
    [
        ({"graph": "exampleville"}, "nearest names: .*exampleville-2031"),
        ({"graph": "graph:articles/exampleville-2030"}, "nearest names: graph:articles/exampleville-2031"),
        ({"graph": "zzz"}, "names look like graph:articles/exampleville-2031"),
        ({"entity": "person:doe-jan"}, "nearest names: person:doe-jane"),
        ({"entity": "people:doe-jane"}, "nearest names: person:doe-jane"),
        ({"entity": "zzz"}, "names look like article:exampleville-2031"),
    ],
)
def test_a_wrong_name_gets_the_nearest_ones(small: Sources, options: dict[str, str], hint: str) -> None:
    with pytest.raises(ExportError, match=hint) as caught:
        export.select(small, **options)  # type: ignore[arg-type]
    assert f"'{next(iter(options.values()))}'" in str(caught.value)


def test_a_stem_that_fits_two_graphs_is_refused() -> None:
    known = [f"{namespaces.GRAPH}{folder}/minsk" for folder in ("a", "b")]
    with pytest.raises(ExportError, match="graph:a/minsk, graph:b/minsk"):
        export.find_graph("minsk", known)


@pytest.mark.parametrize("name", export.FORMATS)
def test_a_suffix_says_its_format(name: str) -> None:
    assert export.format_of(f".{export.FORMATS[name].extension}") == name


def test_an_unknown_suffix_lists_the_known_ones() -> None:
    with pytest.raises(ExportError, match=r"'\.docx'.*\.ttl.*--format"):
        export.format_of(".docx")


IRIS = (
    "urn:p",
    "urn:-",
    "urn:é1",
    "http://x/",
    "http://x/1",
    "http://x/a1.",
    "http://x/a%20b",
    "http://x/a%20",
    "http://x/a?b=c&d='e'",
    "http://x/(a),b;c*d!e$f~",
    "http://x/a\u00a0b",
    "http://x/\u3000",
    "http://x/\u202eab",
    "http://x/😀",
    "http://x/中",
    "http://x/\u0e01\u0e31",
    "http://[::1]/..//a",
    "http://www.w3.org/2000/xmlns/f",
    "http://www.w3.org/XML/1998/namespace",
    "http://www.w3.org/XML/1998/namespacelang",
    "schema:x",
    "schema://x",
    "Schema:x",
    "span-minsk-2011:190-485",
    "https://schema.org/name",
    "mailto:a@b",
    f"{namespaces.ID}article/minsk-2011/span/190-485",
    *(
        namespaces.expand(f"rdf:{name}")
        for name in ("nil", "first", "rest", "li", "ID", "bagID", "Description", "_1", "type", "value")
    ),
    *(f"{namespaces.CKG}{local}" for local in ("", "a", "007", "-a", "a.", "a.b", "a,b", "a/b", "a:b")),
)
NUMBERS = (
    "7",
    "007",
    "+1",
    "-0",
    "1.",
    ".5",
    "0.50",
    "1.50",
    "0.0000001",
    "1E0",
    "1e3",
    ".5e1",
    "INF",
    "true",
    "1",
)
TEXTS = st.text(
    st.one_of(
        st.sampled_from("\\\"'\r\n\t\b\f\x00\x0b\x1c\x7f\x85\xa0\u2028\u202e\ufeff\ufffe\uffff😀<>&]@^ a"),
        st.characters(exclude_categories=["Cs"]),
    ),
    max_size=6,
)
NAMED_NODES = st.sampled_from([ox.NamedNode(iri) for iri in IRIS])
BLANK_NODES = st.sampled_from([ox.BlankNode(name) for name in "abc"])
LITERALS = st.one_of(
    st.builds(ox.Literal, TEXTS),
    st.builds(ox.Literal, TEXTS, language=st.sampled_from(["en", "ru-latn"])),
    st.builds(ox.Literal, TEXTS, datatype=NAMED_NODES),
    st.builds(
        ox.Literal,
        st.sampled_from(NUMBERS),
        datatype=st.sampled_from(
            [
                ox.NamedNode(str(kind))
                for kind in (XSD.integer, XSD.decimal, XSD.double, XSD.boolean, XSD.string)
            ]
        ),
    ),
)
TRIPLES = st.builds(
    ox.Triple,
    st.one_of(NAMED_NODES, BLANK_NODES),
    st.one_of(NAMED_NODES, st.just(ox.NamedNode(str(RDF.type)))),
    st.one_of(NAMED_NODES, BLANK_NODES, LITERALS),
)


@contextmanager
def as_written() -> Iterator[None]:
    """Let rdflib keep lexical forms, and parse without warnings of its own."""
    rdflib.NORMALIZE_LITERALS = False
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        rdflib.NORMALIZE_LITERALS = True


def accepted(text: str) -> Graph | None:
    """Return the graph that the build reads from a file with this text, unless it refuses the file."""
    document = turtle_parser.parse(text, "t", namespaces.PREFIXES)
    graph = Graph(store="SimpleMemory", bind_namespaces="none")
    for triple in document.triples:
        graph.add(triple)
    return None if document.problems else graph


def assert_comes_back(graph: Graph, name: str, known_hash: int | None = None) -> None:
    """Export the graph, and read it with rdflib and pyoxigraph.

    Args:
        graph: the graph.
        name: the format.
        known_hash: what ``canonical_hash`` returns of the graph, if it is known.
    """
    written = export.write({"urn:g": graph}, name)
    quads = ox.parse(written, format=OXIGRAPH[name])
    graph_name = ox.NamedNode("urn:g") if name in ("trig", "nquads") else ox.DefaultGraph()
    dataset = ox.Dataset(quads)
    dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    key = "urn:g" if name in ("trig", "nquads") else canonical.DEFAULT_GRAPH
    assert sorted(f"{quad} ." for quad in dataset) == canonical.canonical_nquads({key: graph})
    assert {quad.graph_name for quad in dataset} <= {graph_name}
    parsed = Dataset() if name in ("trig", "nquads") else Graph()
    with as_written():
        parsed.parse(data=written, format=RDFLIB.get(name, name))
        back = export.merge(parsed.graphs()) if isinstance(parsed, Dataset) else parsed
        assert len(back) == len(graph)
        assert canonical_hash(back) == (canonical_hash(graph) if known_hash is None else known_hash)


def canonical_hash(graph: Graph) -> int:
    """Return what is the same for isomorphic graphs only, by rdflib."""
    hashed: int = to_isomorphic(graph).internal_hash()  # type: ignore[no-untyped-call]
    return hashed


@settings(derandomize=True, database=None, deadline=None, max_examples=100)
@given(triples=st.lists(TRIPLES, min_size=1, max_size=4))
def test_whatever_the_build_accepts_comes_back_or_is_refused(triples: list[ox.Triple]) -> None:
    """In every format, of which one example after another is written and read."""
    graph = accepted("".join(f"{triple} .\n" for triple in triples))
    if graph is None:
        return
    known_hash = canonical_hash(graph)
    for name in export.FORMATS:
        try:
            assert_comes_back(graph, name, known_hash)
        except ExportError:
            assert name == "rdfxml"
            assert any(cannot_be_xml(triple) for triple in triples)


def cannot_be_xml(triple: ox.Triple) -> bool:
    """Return whether the words of RDF/XML or the rules of XML exclude a triple."""
    predicate = triple.predicate.value
    text = triple.object.value if isinstance(triple.object, ox.Literal) else ""
    return (
        predicate.endswith(("/", "#", "/1", "#007", "%20", "'", "~", "-", "😀", "#-a", "/f", "190-485"))
        or "\u00a0" in predicate
        or "\u3000" in predicate
        or predicate.rpartition("#")[2] in ("li", "ID", "bagID", "Description")
        or any(
            character in "\ufffe\uffff" or (character < " " and character not in "\t\n\r")
            for character in text
        )
    )


@pytest.mark.parametrize("name", export.FORMATS)
@pytest.mark.parametrize(
    "text",
    [
        f'<urn:s> <urn:p> "1.5"^^<{XSD.double}>, "1E0"^^<{XSD.double}>, "1."^^<{XSD.decimal}> .',
        "<urn:s> <urn:p> 007, +1, -0, .5, 1E0, 1.e3, 0.0000001, true .",
        '<urn:s> <urn:p> "Minsk"@en-US, "x"@ru-Latn-x-Foo, [ <urn:q> "y"@EN ] .',
        f'<urn:s> <urn:p> "x"^^<{XSD.string}>, "y", [ <urn:q> "x"^^<{XSD.string}> ] .',
        f"<urn:s> a <http://x/1>, <{RDF.nil}>, <{RDF}Description>, <{RDF}li>, <{RDF}bagID>, <http://x/> .",
        f"<urn:s> <{RDF.nil}> <{RDF.nil}> . <{RDF.nil}> <urn:p> <{RDF.nil}>, 1 .",
        "<schema:x> <schema:p> <schema:y> ; a <schema:T> ; <https://schema.org/name> 'x'^^<schema:d> .",
        "<urn:s> <urn:p> <http://x/a\u00a0b>, <http://x/\u3000>, '\u3000 \u2028' ; a <http://x/\u3000a> .",
        '<urn:s> <urn:p> "\\r", "\\n", "\\r\\n", " ", "", "a\\rb", "]]>", "<b>&amp;</b>", "\\\\", "\\"" .',
        f"<urn:s> <urn:p> 'x{'9' * 5000}', <urn:x{'8' * 5000}>, 'x1' .",
    ],
)
def test_what_writers_get_wrong_comes_back(text: str, name: str) -> None:
    graph = accepted(text)
    assert graph is not None
    assert_comes_back(graph, name)


def test_deep_brackets_and_lists_come_back() -> None:
    nested = "".join(f"_:a{at} <urn:p> _:a{at + 1} ; <urn:n> {at} .\n" for at in range(400))
    lists = "".join(f"_:b{at} <{RDF.first}> ( {at} _:b{at + 1} ) ; <{RDF.rest}> () .\n" for at in range(100))
    graph = accepted(f"{nested}{lists}<urn:s> <urn:p> _:b0 .")
    assert graph is not None
    written = export.write({"urn:g": graph}, "turtle")
    lines = canonical.canonical_nquads({canonical.DEFAULT_GRAPH: graph})
    assert canonical.canonical_nquads({canonical.DEFAULT_GRAPH: Graph().parse(data=written)}) == lines
    assert len(list(ox.parse(written, format=ox.RdfFormat.TURTLE))) == len(graph)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "<urn:s> <http://x/1> 1 .",
            r'RDF/XML cannot hold the triple <urn:s> <http://x/1> "1": its predicate',
        ),
        ("<urn:s> <http://x/😀> 1 .", "XML name: .*another format"),
        ("<urn:s> <http://x/\u00a0a> 1 .", "has a blank, .*another format"),
        ("<urn:s> <http://www.w3.org/2000/xmlns/f> 1 .", "XML name: .*another format"),
        (f"<urn:s> <{RDF}li> 1 .", "the triple <urn:s> rdf:li .* syntax of RDF/XML.*another format"),
        (f"<urn:s> <{RDF}aboutEach> 1 .", "the triple <urn:s> rdf:aboutEach .* syntax of RDF/XML"),
        (r'<urn:s> <urn:p> "a\u0001" .', r'<urn:p> "a\\x01": its object has .*U\+0001.*another format'),
        (r'<urn:s> <urn:p> "\uFFFE", "\u000B" .', r"2 triples, such as <urn:s> <urn:p> .*U\+FFFE"),
    ],
)
def test_what_xml_cannot_hold_is_refused_by_name(text: str, message: str) -> None:
    graph = accepted(text)
    assert graph is not None
    with pytest.raises(ExportError, match=message):
        export.write({"urn:g": graph}, "rdfxml")
    assert_comes_back(graph, "turtle")


@pytest.mark.parametrize("name", export.FORMATS)
@pytest.mark.parametrize("node", [rdflib.Literal("\ud800"), URIRef("http://x/a b"), URIRef("relative")])
@pytest.mark.filterwarnings("ignore")
def test_what_is_no_term_of_rdf_is_refused_by_name(node: rdflib.term.Node, name: str) -> None:
    graph = Graph(bind_namespaces="none").add((URIRef("urn:s"), URIRef("urn:p"), node))
    with pytest.raises(ExportError, match=r"cannot hold the triple <urn:s> <urn:p> .* not a term of RDF"):
        export.write({"urn:g": graph}, name)


def test_a_graph_without_an_iri_is_refused_by_name() -> None:
    graph = Graph(bind_namespaces="none").add((URIRef("urn:s"), URIRef("urn:p"), URIRef("urn:o")))
    with pytest.raises(ExportError, match=r"the graph 'urn:a b' .* Rename its file"):
        export.write({"urn:a b": graph}, "trig")
