"""What is exported is what was read, in every format, the same every time; a wrong name gets a hint."""

from pathlib import Path

import pyoxigraph as ox
import pytest
from rdflib import RDF, Dataset, Graph, URIRef

import planted
from cstokg import namespaces
from cstokg.build import export, rdf_terms
from cstokg.build.export import ExportError
from cstokg.build.sources import Sources, read
from hash_seeds import outputs

RDFLIB = {"ntriples": "nt", "jsonld": "json-ld", "rdfxml": "xml"}
OXIGRAPH = {
    "turtle": ox.RdfFormat.TURTLE,
    "trig": ox.RdfFormat.TRIG,
    "nquads": ox.RdfFormat.N_QUADS,
    "ntriples": ox.RdfFormat.N_TRIPLES,
    "jsonld": ox.RdfFormat.JSON_LD,
    "rdfxml": ox.RdfFormat.RDF_XML,
}
PERSON = URIRef(f"{namespaces.ID}person/doe-jane")


@pytest.fixture
def small(tmp_path: Path) -> Sources:
    """A small project, read."""
    return read(planted.write(tmp_path))


# rdflib's own parsers use what rdflib deprecates.
@pytest.mark.filterwarnings("ignore:Dataset.default_context is deprecated:DeprecationWarning")
@pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")
@pytest.mark.parametrize("name", export.FORMATS)
def test_rdflib_reads_back_what_was_exported(name: str, sources: Sources) -> None:
    """The same triples, on the real data."""
    written = export.write(sources.graphs, name)
    parsed = Dataset() if name in ("trig", "nquads") else Graph()
    parsed.parse(data=written, format=RDFLIB.get(name, name))
    graph = export.merge(parsed.graphs()) if isinstance(parsed, Dataset) else parsed
    merged = export.merge(sources.graphs.values())
    assert rdf_terms.canonical_nquads({rdf_terms.DEFAULT_GRAPH: graph}) == rdf_terms.canonical_nquads(
        {rdf_terms.DEFAULT_GRAPH: merged}
    )


@pytest.mark.parametrize("name", export.FORMATS)
def test_pyoxigraph_reads_back_what_was_exported(name: str, sources: Sources) -> None:
    """The same terms, character by character, and in quad formats in the same graphs."""
    dataset = ox.Dataset(ox.parse(export.write(sources.graphs, name), format=OXIGRAPH[name]))
    dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    merged = {rdf_terms.DEFAULT_GRAPH: export.merge(sources.graphs.values())}
    graphs = sources.graphs if name in ("trig", "nquads") else merged
    assert sorted(f"{quad} ." for quad in dataset) == rdf_terms.canonical_nquads(graphs)


def test_same_bytes_under_any_hash_seed(sources: Sources) -> None:
    """In all formats, with what follows."""
    script = (
        "import sys, pathlib; from cstokg.build import export, sources; "
        "graphs = export.select(sources.read(pathlib.Path(sys.argv[1])), inferred=True); "
        "[sys.stdout.buffer.write(export.write(graphs, name)) for name in export.FORMATS]"
    )
    written = outputs(script, sources.root)
    assert len(written) == 1
    assert len(written.pop()) > 100_000


def test_formats_without_graphs_get_the_merge(small: Sources) -> None:
    """A triple of two graphs is written once."""
    twice = {"urn:a": small.data(), "urn:b": small.data()}
    assert export.write(twice, "turtle") == export.write({"urn:a": small.data()}, "turtle")


def test_json_ld_has_our_prefixes_and_no_others(small: Sources) -> None:
    """Readable, and no context that has to be fetched."""
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
    """The stem of its file, a CURIE, and its IRI with or without brackets."""
    graph = f"{namespaces.GRAPH}articles/exampleville-2031"
    assert export.select(small, graph=name) == {graph: small.graphs[graph]}


def test_whole_dataset_leaves_the_shapes_out(small: Sources) -> None:
    """They say nothing of the data; they can be had by name."""
    assert f"{namespaces.GRAPH}ontology/shapes" not in export.select(small)
    assert f"{namespaces.GRAPH}ontology/ckg" in export.select(small)
    assert export.select(small, graph="shapes")


def test_what_follows_is_added_on_request(small: Sources) -> None:
    """Computed from the sources as they are; no release is looked at."""
    attended = URIRef(f"{namespaces.CKG}attended")
    assert namespaces.INFERRED not in export.select(small)
    assert (PERSON, attended, None) in export.select(small, inferred=True)[namespaces.INFERRED]
    assert (PERSON, attended, None) in export.select(small, graph="graph:inferred")[namespaces.INFERRED]
    described = export.select(small, entity="person:doe-jane", inferred=True)
    assert (PERSON, attended, None) in described[namespaces.INFERRED]


def test_metadata_can_be_exported(small: Sources) -> None:
    """As the next release will have it."""
    (graph,) = export.select(small, graph="graph:metadata").values()
    assert (URIRef(namespaces.DATASET), RDF.type, None) in graph


def test_an_entity_comes_with_what_points_at_it_and_with_labels(small: Sources) -> None:
    """Its triples, in their graphs; the rest of its neighbours stays out."""
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
    """A list or a bracket is never cut in half."""
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
    """The error names what was asked for, and what there is."""
    with pytest.raises(ExportError, match=hint) as caught:
        export.select(small, **options)  # type: ignore[arg-type]
    assert f"'{next(iter(options.values()))}'" in str(caught.value)


def test_a_stem_that_fits_two_graphs_is_refused() -> None:
    """The error lists both."""
    known = [f"{namespaces.GRAPH}{folder}/minsk" for folder in ("a", "b")]
    with pytest.raises(ExportError, match="graph:a/minsk, graph:b/minsk"):
        export.find_graph("minsk", known)


@pytest.mark.parametrize("name", export.FORMATS)
def test_a_suffix_says_its_format(name: str) -> None:
    """No two formats share one."""
    assert export.format_of(export.FORMATS[name].suffix) == name


def test_an_unknown_suffix_lists_the_known_ones() -> None:
    """And names the option that helps."""
    with pytest.raises(ExportError, match=r"'\.docx'.*\.ttl.*--format"):
        export.format_of(".docx")
