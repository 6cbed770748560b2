"""Every kind and every property has its place on the pages."""

import re
import tomllib
from pathlib import Path

import pytest
from rdflib import OWL, RDF

from cstokg import namespaces
from cstokg.build.sources import Sources
from cstokg.web.content import display

WEB = Path(display.__file__).parents[1]


def test_every_property_of_the_ontology_is_placed(sources: Sources) -> None:
    """A new one has to be put into reading order, or shown elsewhere."""
    ontology = sources.ontology()
    properties = {
        str(term)
        for kind in (OWL.ObjectProperty, OWL.DatatypeProperty)
        for term in ontology.subjects(RDF.type, kind)
        if str(term).startswith(namespaces.CKG)
    }
    ordered = {
        term for term in properties if display.fact_order(term)[0] != display.fact_order("urn:unknown")[0]
    }
    ordered.add(namespaces.expand("ckg:modality"))
    assert {term for term in properties if display.is_fact(term)} - ordered == set()


def test_evidence_comes_last() -> None:
    """Unknown properties come before it."""
    terms = ["ckg:reportedIn", "ckg:speaker", "urn:unknown", "dcterms:type"]
    assert sorted(map(namespaces.expand, terms), key=display.fact_order) == list(
        map(namespaces.expand, ["dcterms:type", "ckg:speaker", "urn:unknown", "ckg:reportedIn"])
    )


def test_every_kind_of_the_namespaces_has_titles() -> None:
    assert set(namespaces.KINDS) - display.read().kinds.keys() == set()


def test_lists_name_kinds_that_exist() -> None:
    shown = display.read()
    listed = [kinds for _, kinds in shown.browse] + list(shown.orders.values())
    assert listed
    assert {kind for kinds in listed for kind in kinds} - shown.kinds.keys() == set()


def test_browse_lists_every_kind_once() -> None:
    listed = [kind for _, kinds in display.read().browse for kind in kinds]
    assert sorted(listed) == sorted({*namespaces.KINDS, "concept/topic"})


def test_every_section_is_on_a_page() -> None:
    tables = tomllib.loads((WEB / "display.toml").read_text(encoding="utf-8"))
    used = {name for entry in tables["kind"].values() for name in entry.get("sections", ())}
    assert used == set(tables["section"])


def test_titles_of_sections_differ_on_each_page() -> None:
    """Since they become anchors."""
    for name, kind in display.read().kinds.items():
        titles = [section.title for section in kind.sections]
        assert len(set(titles)) == len(titles), name


def test_display_names_terms_of_the_ontology(sources: Sources) -> None:
    text = (WEB / "display.toml").read_text(encoding="utf-8")
    named = set(re.findall(r"ckg:\w+", text))
    defined = {namespaces.shorten(str(term)) for term in sources.ontology().subjects()}
    assert named
    assert named - defined == set()


@pytest.mark.parametrize(
    ("kind", "family"),
    [("person", "person"), ("concept/topic", "topic"), ("concept/basis", "topic"), ("span", "other")],
)
def test_every_kind_has_a_family(kind: str, family: str) -> None:
    assert display.family_of(kind) == family
