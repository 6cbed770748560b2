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
