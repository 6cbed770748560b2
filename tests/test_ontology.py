"""The terms are complete, named and defined alike, and free of what corrupts data under reasoning."""

import itertools
import re
from pathlib import Path

import pyoxigraph
import pytest
import rdflib
import rdflib.compare
from rapidfuzz.distance import Levenshtein
from rdflib import RDFS, SKOS

from cstokg import namespaces
from ontology_checks import CHECKS, PROLOGUE, Check

ROOT = Path(__file__).parents[1]
FILE = ROOT / "ontology" / "ckg.ttl"
ALIGNMENTS = ROOT / "ontology" / "alignments.ttl"
VOCABULARIES = (
    "http://semanticweb.cs.vu.nl/2009/11/sem/",
    "http://www.w3.org/ns/oa#",
    "http://www.w3.org/ns/org#",
    "http://www.w3.org/ns/prov#",
    "http://xmlns.com/foaf/0.1/",
    "https://schema.org/",
)


def read() -> pyoxigraph.Store:
    """Return the ontology alone, in a store that a test may change."""
    store = pyoxigraph.Store()
    store.load(path=FILE, format=pyoxigraph.RdfFormat.TURTLE)
    return store


def offenders(store: pyoxigraph.Store, pattern: str) -> list[str]:
    """Return what the pattern binds ``?term`` to, sorted, each once."""
    rows = store.query(f"{PROLOGUE} SELECT ?term WHERE {{ {pattern} \n}}")
    assert isinstance(rows, pyoxigraph.QuerySolutions)
    return sorted({str(row["term"]) for row in rows})


@pytest.mark.parametrize("check", CHECKS.values(), ids=CHECKS.keys())
def test_no_term_offends(check: Check) -> None:
    assert offenders(read(), check.offenders) == []


@pytest.mark.parametrize("check", CHECKS.values(), ids=CHECKS.keys())
def test_each_check_notices_its_defect(check: Check) -> None:
    store = read()
    store.update(PROLOGUE + check.defect)
    assert offenders(store, check.offenders) != []


def test_two_parsers_read_the_same() -> None:
    """Both rdflib and pyoxigraph agree on the graph."""
    by_rdflib = rdflib.Graph().parse(FILE)
    triples = read().dump(format=pyoxigraph.RdfFormat.N_TRIPLES, from_graph=pyoxigraph.DefaultGraph())
    assert triples
    by_pyoxigraph = rdflib.Graph().parse(data=triples, format="nt")
    assert rdflib.compare.isomorphic(by_rdflib, by_pyoxigraph)


@pytest.mark.parametrize("path", [FILE, ALIGNMENTS], ids=lambda path: path.stem)
def test_prefixes_are_used_and_in_order(path: Path) -> None:
    """Ours first, both parts alphabetical, and no prefix that nothing uses."""
    text = path.read_text(encoding="utf-8")
    prefixes = re.findall(r"^PREFIX (\w+): <(.+)>$", text, re.MULTILINE)
    body = re.sub(r'"[^"\n]*"|<[^>\n]*>|^PREFIX.*$|^#.*$', "", text, flags=re.MULTILINE)
    assert {prefix for prefix, _ in prefixes} == set(re.findall(r"\b(\w+):\w", body))
    assert prefixes == sorted(prefixes, key=lambda row: (not row[1].startswith(namespaces.BASE), row[0]))


def test_ontology_iri_can_last() -> None:
    """A persistent host, no file extension, and the namespace less its hash."""
    assert re.fullmatch(r"https://w3id\.org/[a-z-]+(/[a-z-]+)*", namespaces.ONTOLOGY)
    assert namespaces.CKG.removesuffix("#") == namespaces.ONTOLOGY


def test_alignments_only_align() -> None:
    """Each triple leads from a term of ours to one of theirs, by a link that gives nothing its identity."""
    ours = set(rdflib.Graph().parse(FILE).subjects(rdflib.RDF.type))
    for subject, link, target in rdflib.Graph().parse(ALIGNMENTS):
        assert subject in ours
        assert link in {RDFS.subClassOf, RDFS.subPropertyOf, RDFS.seeAlso, SKOS.closeMatch}
        assert str(target).startswith(VOCABULARIES)


def near_duplicates(signatures: dict[str, tuple[str, ...]]) -> list[tuple[str, str]]:
    """Return names at most two edits apart that have the same domain and range."""
    return [
        (one, two)
        for one, two in itertools.combinations(signatures, 2)
        if signatures[one] == signatures[two] and Levenshtein.distance(one, two) <= 2
    ]


def test_no_two_properties_are_nearly_one() -> None:
    """No name is a typing mistake away from another that would fit in its place."""
    graph = rdflib.Graph().parse(FILE)
    properties = itertools.chain(
        graph.subjects(rdflib.RDF.type, rdflib.OWL.ObjectProperty),
        graph.subjects(rdflib.RDF.type, rdflib.OWL.DatatypeProperty),
    )
    signatures = {
        str(term): tuple(str(graph.value(term, edge)) for edge in (RDFS.domain, RDFS.range))
        for term in properties
    }
    assert len(signatures) > 2
    assert near_duplicates(signatures) == []
    assert near_duplicates({"held": ("Event",), "heldIn": ("Event",), "heldOn": ("Post",)}) == [
        ("held", "heldIn")
    ]


def test_each_class_is_followed_by_its_properties() -> None:
    """A property stands below the class from which it starts, before the next class."""
    domains = {
        str(s): str(o).removeprefix(namespaces.CKG)
        for s, o in rdflib.Graph().parse(FILE).subject_objects(RDFS.domain)
    }
    current = ""
    for name in re.findall(r"^ckg:(\w+)$", FILE.read_text(encoding="utf-8"), re.MULTILINE):
        current = name if name[0].isupper() else current
        assert domains.get(namespaces.CKG + name, current) == current
