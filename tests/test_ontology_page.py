"""The page of the ontology shows every term, with what the graph says of it."""

import re
from html import unescape
from xml.etree import ElementTree as ET

import pytest
from werkzeug.test import Client

from cstokg import namespaces
from cstokg.engine.engine import Engine
from cstokg.web.site import Site
from cstokg.web.views.ontology_terms import WHOLE_GRAPH, Class, Vocabulary, checks_by_class

BROWSER = {"Accept": "text/html"}
_TERMS = f"""\
SELECT DISTINCT ?term WHERE {{
  GRAPH <{namespaces.GRAPH}ontology/ckg> {{ ?term a ?type ; rdfs:label ?label }}
  FILTER (STRSTARTS(STR(?term), "{namespaces.CKG}"))
}}
"""
_SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def site(engine: Engine) -> Site:
    """Return the site over the release."""
    return Site(engine)


@pytest.fixture(scope="module")
def vocabulary(site: Site) -> Vocabulary:
    """Return the terms of the release."""
    return Vocabulary(site.graph)


@pytest.fixture(scope="module")
def page(client: Client) -> str:
    """Return the page."""
    return client.get("/ontology", headers=BROWSER).get_data(as_text=True)


@pytest.fixture(scope="module")
def classes(vocabulary: Vocabulary) -> dict[str, Class]:
    """Return the classes by name."""
    return {one.term.anchor: one for section in vocabulary.sections for one in section.classes}


def test_every_term_has_its_anchor(site: Site, page: str) -> None:
    """Once, so that the IRI of the term leads to it."""
    terms = [row["term"].value for row in site.graph.select(_TERMS)]
    assert len(terms) > 100
    for iri in terms:
        assert page.count(f'id="{iri.removeprefix(namespaces.CKG)}"') == 1, iri


def test_every_identifier_is_unique_and_every_anchor_is_met(page: str) -> None:
    """No link on the page leads nowhere."""
    identifiers = re.findall(r'\sid="([^"]+)"', page)
    assert len(identifiers) == len(set(identifiers))
    assert set(re.findall(r'href="#([^"]+)"', page)) <= set(identifiers)


def test_every_term_shows_its_names_and_definition(vocabulary: Vocabulary, page: str) -> None:
    """In both languages."""
    shown = unescape(page)
    for term in vocabulary.terms:
        assert {"en", "ru"} <= {label.language for label in term.labels}, term.iri
        for text in (*term.labels, *term.definitions, *term.notes):
            assert text.value in shown, term.iri


def test_classes_stand_below_the_ones_they_belong_to(classes: dict[str, Class]) -> None:
    """In reading order, and none is left over for the last section."""
    order = list(classes)
    for name, class_ in classes.items():
        for above in class_.superclasses:
            assert order.index(above.removeprefix(namespaces.CKG)) < order.index(name)
    assert order.index("Person") < order.index("Meeting") < order.index("Conflict")


def test_no_class_is_left_for_the_section_of_further_ones(vocabulary: Vocabulary) -> None:
    """The table of sections knows the heads of all trees."""
    assert "Further classes" not in [section.title for section in vocabulary.sections]


def test_class_shows_what_the_graph_says(classes: dict[str, Class]) -> None:
    """Its properties, examples, alignments, and what makes something a member."""
    meeting = classes["Meeting"]
    assert "chairedBy" in [property_.term.anchor for property_ in meeting.properties]
    assert meeting.members > len(meeting.examples) == 3
    assert all(example.startswith(f"{namespaces.ID}meeting/") for example in meeting.examples)
    role = f"{namespaces.ID}concept/role/foreign-minister"
    assert classes["ForeignMinister"].implied_by == ((f"{namespaces.CKG}hasHeldRole", role),)
    assert f"{namespaces.CKG}Statement" in classes["Document"].disjoint
    assert ("every one is also a", namespaces.expand("org:Membership")) in classes["Tenure"].term.alignments


def test_property_shows_what_it_follows_from(classes: dict[str, Class], page: str) -> None:
    """As a path of links, and its inverse on both sides."""
    attended = next(one for one in classes["Agent"].properties if one.term.anchor == "attended")
    assert attended.chains == ((f"{namespaces.CKG}hasAttendance", f"{namespaces.CKG}atMeeting"),)
    tenure = next(one for one in classes["Person"].properties if one.term.anchor == "hasTenure")
    assert tenure.inverses == (f"{namespaces.CKG}holder",)
    assert re.search(r'Follows from <a href="#hasAttendance">.*?, then <a href="#atMeeting">', page)


def test_every_property_that_is_used_has_an_example(site: Site, vocabulary: Vocabulary) -> None:
    """A triple of the graph."""
    properties = [
        one for section in vocabulary.sections for class_ in section.classes for one in class_.properties
    ]
    shown = [one for one in (*properties, *vocabulary.shared) if one.example]
    assert len(shown) > 60
    for one in shown[::10]:
        assert one.example
        subject, value = one.example
        ask = f'SELECT ?o {{ <{subject}> <{one.term.iri}> ?o FILTER (STR(?o) = "{value}") }}'
        assert site.graph.select(ask), one.term.iri


def test_every_constraint_stands_in_words(site: Site, page: str) -> None:
    """All names of the shapes are on the page, and no message has a placeholder."""
    ids = {
        row["id"].value
        for row in site.graph.select(
            f"SELECT DISTINCT ?id {{ GRAPH <{namespaces.GRAPH}ontology/shapes> {{ ?shape sh:name ?id }} }}"
        )
    }
    checks = checks_by_class(site.graph)
    assert ids == {check.id for found in checks.values() for check in found}
    assert checks[WHOLE_GRAPH]
    shown = unescape(page)
    for name, found in checks.items():
        if name == WHOLE_GRAPH or name.startswith(namespaces.CKG):
            assert all(check.message in shown for check in found), name
    assert "{?" not in page


def test_lists_of_concepts_are_whole(site: Site, vocabulary: Vocabulary, page: str) -> None:
    """Each scheme with each of its concepts."""
    assert {scheme.rpartition("/")[2] for scheme, _ in vocabulary.schemes()} == set(namespaces.SCHEMES)
    for scheme, concepts in vocabulary.schemes():
        assert f'id="scheme-{scheme.rpartition("/")[2]}"' in page
        for concept in concepts:
            assert f'href="/page/{concept.removeprefix(namespaces.ID)}"' in page
    assert site.catalogue.by_kind["scheme"]


def test_diagram_leads_to_every_class(classes: dict[str, Class], page: str) -> None:
    """No two boxes cover each other."""
    svg = page[page.index("<svg") : page.index("</svg>") + len("</svg>")]
    tree = ET.fromstring(svg)  # noqa: S314 - our own
    links = {link.get("href") for link in tree.iter(f"{_SVG}a")}
    assert {f"#{name}" for name in classes} <= links
    assert "…" not in svg, "a line is cut short: widen the boxes"
    boxes = [
        tuple(float(box.get(side, "0")) for side in ("x", "y", "width", "height"))
        for box in tree.iter(f"{_SVG}rect")
        if box.get("class") == "box"
    ]
    assert len(boxes) == len(classes)
    for number, (x, y, width, height) in enumerate(boxes):
        for x2, y2, width2, height2 in boxes[number + 1 :]:
            assert x + width <= x2 or x2 + width2 <= x or y + height <= y2 or y2 + height2 <= y


@pytest.mark.parametrize("media_type", ["text/turtle", "application/ld+json", "application/rdf+xml"])
def test_programs_get_data_from_the_same_address(client: Client, media_type: str) -> None:
    """In the format that Accept asks for."""
    response = client.get("/ontology", headers={"Accept": media_type}, follow_redirects=True)
    assert response.status_code == 200
    assert response.mimetype == media_type


def test_page_is_small(client: Client) -> None:
    """Compressed it weighs less than 60 kB."""
    response = client.get("/ontology", headers={**BROWSER, "Accept-Encoding": "gzip"})
    assert response.headers["Content-Encoding"] == "gzip"
    assert len(response.get_data()) < 60_000
