"""The neighbours of an entity, and their figure: those that are not drawn are counted."""

import re
from pathlib import Path

import pytest
from werkzeug.test import Client

from cstokg import namespaces
from cstokg.engine.engine import Engine
from cstokg.web.content.graph import Graph
from cstokg.web.figures.neighbourhood import IN, OUT, neighbours_of
from figure_client import SVG, drawing, entries, inline, page, rows

LAVROV = f"{namespaces.ID}person/lavrov-sergey"


def test_the_neighbourhood_tells_all_that_it_cannot_draw(client: Client) -> None:
    found = rows(client, "/figures/neighbourhood?entity=body/csto")
    text = page(client, "/figures/neighbourhood?entity=body/csto")
    (image,) = inline(text)
    drawn = sum(one.get("class") == "node" for one in image.iter(f"{SVG}circle"))
    more = sum(int(number) for number in re.findall(r"and (\d+) more", "".join(image.itertext())))
    assert drawn + more == len(found)
    listed = entries(text)
    more = sum(
        int(number) for number in re.findall(r"and (\d+) more", " ".join(entry.label for entry in listed))
    )
    assert sum(bool(entry.address) for entry in listed) + more == len(found)


def test_neighbours_say_by_which_property_and_in_which_direction(graph: Graph) -> None:
    """A link that is inferred from a link on the page is not shown as well."""
    edges = neighbours_of(graph, LAVROV)
    speaker = namespaces.expand("ckg:speaker")
    spoken = [edge for edge in edges if edge.property == speaker]
    assert spoken
    assert all(edge.direction == IN and not edge.inferred for edge in spoken)
    held = [edge for edge in edges if edge.property == namespaces.expand("ckg:hasHeldPost")]
    assert [edge.iri for edge in held] == [f"{namespaces.ID}post/foreign-minister-russia"]
    assert held[0].inferred
    assert held[0].direction == OUT
    assert not [edge for edge in edges if edge.property == namespaces.expand("ckg:hasTenure")]


def test_neighbours_are_the_links_of_the_graph(graph: Graph) -> None:
    """As an independent query finds them, without evidence and things linked with nearly everything."""
    rows = graph.select(f"SELECT DISTINCT ?other {{ ?other ckg:speaker|ckg:holder|ckg:attendee <{LAVROV}> }}")
    found = {edge.iri for edge in neighbours_of(graph, LAVROV)}
    assert rows
    assert {row["other"].value for row in rows} <= found
    assert not [iri for iri in found if namespaces.parse_span(iri)]
    assert LAVROV not in found


def test_an_iri_may_have_capitals(tmp_path: Path) -> None:
    data = tmp_path / "data.ttl"
    data.write_text(
        """PREFIX ckg: <https://w3id.org/csto-kg/ontology#>
        PREFIX document: <https://w3id.org/csto-kg/id/document/>
        document:COVID-19-ENTITY a ckg:Document ; ckg:refersTo document:other .
        document:other a ckg:Document .
        """
    )
    graph = Graph(Engine.from_files([data]))
    (edge,) = neighbours_of(graph, f"{namespaces.ID}document/COVID-19-ENTITY")
    assert edge.iri == f"{namespaces.ID}document/other"


@pytest.mark.parametrize("entity", ["person/lavrov-sergey", "body/csto"])
def test_names_are_whole(client: Client, entity: str) -> None:
    """A file has no page beside it that gives what is cut."""
    image = drawing(client, f"/figures/neighbourhood?entity={entity}")
    assert not [one.text for one in image.iter(f"{SVG}text") if (one.text or "").endswith("…")]


def test_what_is_only_announced_is_drawn_as_a_plan(client: Client) -> None:
    """As the meeting's own page words it, and with a warning below the headline, in files too."""
    address = "/figures/neighbourhood{}?entity=meeting/2024-06-21-cfm"
    warning = "ot confirmed: no article reports that it was held"
    assert warning in page(client, address.format(""))
    assert warning in client.get(address.format(".txt")).text
    printed = " ".join(one.text or "" for one in drawing(client, address.format("")).iter(f"{SVG}text"))
    assert warning in printed
    for text in (printed, page(client, address.format("")), client.get(address.format(".csv")).text):
        assert "to be held in" in text
        assert "to be chaired by" in text
    assert not re.search("(?<!to be )(held in|chaired by)", printed)


def test_the_place_of_a_plan_is_no_place_of_a_meeting(client: Client) -> None:
    found = {
        (row["Relation"], row["Neighbour"])
        for row in rows(client, "/figures/neighbourhood?entity=place/almaty")
    }
    assert ("held in", "CSTO Council of Foreign Ministers, Almaty, 11 June 2018") in found
    assert ("to be held in", "CSTO Council of Foreign Ministers, announced for Almaty, 21 June 2024") in found


def test_what_is_reported_has_no_warning(client: Client) -> None:
    assert "ot confirmed" not in page(client, "/figures/neighbourhood?entity=meeting/2018-06-11-cfm")
