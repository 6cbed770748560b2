"""The map: every place with its number, equal areas, and no stand on boundaries."""

import re
from collections import Counter
from itertools import pairwise

import pytest
from flask.testing import FlaskClient

from cstokg.engine import Engine
from cstokg.web import create_app
from cstokg.web.drawings import places, svg
from drawn import SVG, drawing, rows


@pytest.fixture(scope="module")
def client(engine: Engine) -> FlaskClient:
    """A client of the application over the release."""
    return create_app(engine).test_client()


def test_every_place_of_a_meeting_is_on_the_map_with_its_number(client: FlaskClient) -> None:
    """Every place of a meeting is on the map with its number."""
    found = rows(client, "/figures/map")
    named = [row for row in found if row["Place"] != "not given"]
    assert named
    assert all(row["On the map at"] for row in named)
    drawn = {
        link.get("href"): link.get("aria-label", "")
        for link in drawing(client, "/figures/map").iter(f"{SVG}a")
    }
    for place, number in Counter(row["On the map at (IRI)"] for row in named).items():
        assert sum(map(int, re.findall(r"\d+", drawn[place]))) == number


def test_the_map_endorses_no_boundaries(client: FlaskClient) -> None:
    """The map endorses no boundaries."""
    assert "No endorsement of boundaries is implied" in "".join(drawing(client, "/figures/map").itertext())
    paths = list(drawing(client, "/figures/map").iter(f"{SVG}path"))
    assert {one.get("class") for one in paths} == {"coast", "border"}
    style = svg.STYLE.read_text(encoding="utf-8")
    assert re.search(r"\.border \{ fill: none;", style)
    assert re.search(r"\.coast \{ fill: none;", style)
    assert (svg.STYLE.parents[1] / "drawings" / "outline.tsv").stat().st_size < 40_000


def test_the_projection_keeps_areas() -> None:
    """The projection keeps areas."""

    def area(east: float, north: float) -> float:
        corners = [
            places.project(east + x, north + y) for x, y in ((0, 0), (0.1, 0), (0.1, 0.1), (0, 0.1), (0, 0))
        ]
        return abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in pairwise(corners))) / 2

    # A piece of a degree shrinks towards the pole as the cosine of its latitude: 0.643 / 0.766.
    assert area(60, 50) / area(60, 40) == pytest.approx(0.6421 / 0.7655, rel=0.001)
