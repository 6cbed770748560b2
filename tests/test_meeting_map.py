"""The map: every place with its number, equal areas, and no stand on boundaries."""

import re
from collections import Counter
from itertools import combinations, pairwise
from xml.etree import ElementTree as ET

import pytest
from werkzeug.test import Client

from cstokg.engine.engine import Engine
from cstokg.web.figures import meeting_map, svg
from figure_client import SVG, drawing, inline, page, rows
from site_client import create_app


@pytest.fixture(scope="module")
def client(engine: Engine) -> Client:
    """A client of the application over the release."""
    return create_app(engine).test_client()


def test_every_place_of_a_meeting_is_on_the_map_with_its_number(client: Client) -> None:
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


def test_no_name_on_the_map_hides_another(client: Client) -> None:
    images = list(inline(page(client, "/figures/map")))
    assert len(images) == 2
    for image in images:
        boxes = {one.text or str(index): _box(one) for index, one in enumerate(image.iter(f"{SVG}text"))}
        boxes |= {
            f"disc at {one.get('cx')}": _disc(one)
            for one in image.iter(f"{SVG}circle")
            if one.get("class") == "announced"
        }
        assert len(boxes) > 15
        for (name, box), (other, beside) in combinations(boxes.items(), 2):
            apart = box[2] <= beside[0] or beside[2] <= box[0] or box[3] <= beside[1] or beside[3] <= box[1]
            assert apart, (name, other)
        assert all(box[0] >= 0 and box[2] <= float(image.get("width", "0")) for box in boxes.values())


def _box(one: ET.Element) -> tuple[float, float, float, float]:
    classes = (one.get("class") or "").split()
    size = 13 if "country" in classes and "town" in classes else 15 if "town" in classes else 11.5
    width = svg.width_of(one.text or "", size * 0.9) * (1.12 if "state" in classes else 1)
    x, y = float(one.get("x", "0")), float(one.get("y", "0"))
    left = x - {"end": width, "middle": width / 2}.get(one.get("text-anchor", ""), 0)
    return left, y - size * 0.72, left + width, y


def _disc(one: ET.Element) -> tuple[float, float, float, float]:
    x, y, r = (float(one.get(name, "0")) for name in ("cx", "cy", "r"))
    return x - r * 0.8, y - r * 0.8, x + r * 0.8, y + r * 0.8


def test_the_map_endorses_no_boundaries(client: Client) -> None:
    for image in inline(page(client, "/figures/map")):
        assert "No endorsement of boundaries is implied" in "".join(image.itertext())
    paths = list(drawing(client, "/figures/map").iter(f"{SVG}path"))
    assert {one.get("class") for one in paths} == {"coast", "border"}
    style = svg.STYLE.read_text(encoding="utf-8")
    assert re.search(r"\.border \{ fill: none;", style)
    assert re.search(r"\.coast \{ fill: none;", style)
    assert meeting_map.OUTLINES.stat().st_size < 40_000


def test_the_projection_keeps_areas() -> None:

    def area(east: float, north: float) -> float:
        corners = [
            meeting_map.project(east + x, north + y)
            for x, y in ((0, 0), (0.1, 0), (0.1, 0.1), (0, 0.1), (0, 0))
        ]
        return abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in pairwise(corners))) / 2

    # A piece of a degree shrinks towards the pole as the cosine of its latitude: 0.643 / 0.766.
    assert area(60, 50) / area(60, 40) == pytest.approx(0.6421 / 0.7655, rel=0.001)
