"""The map: every place with its number, equal areas, and no boundaries."""

import re
from collections import Counter
from itertools import combinations, pairwise
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from werkzeug.test import Client

from cstokg.engine.engine import Engine
from cstokg.web.figures import meeting_map, svg
from cstokg.web.figures.figure import spelled
from figure_client import SVG, drawing, inline, page, rows
from site_client import create_app


def test_every_place_of_a_meeting_is_on_the_map_with_its_number(client: Client) -> None:
    found = rows(client, "/figures/map")
    named = [row for row in found if row["Place"] != "not given"]
    assert named
    assert all(row["On the map at"] for row in named)
    assert all(row["Articles"] for row in found)
    drawn = {
        link.get("href"): link.get("aria-label", "")
        for link in drawing(client, "/figures/map").iter(f"{SVG}a")
    }
    for place, number in Counter(row["On the map at (IRI)"] for row in named).items():
        assert sum(map(int, re.findall(r"\d+", drawn[place]))) == number


def test_no_name_on_the_map_hides_another(client: Client) -> None:
    images = list(inline(page(client, "/figures/map")))
    for image in images:
        boxes = {
            f"{one.text} {index}": _box(one)
            for index, one in enumerate(image.iter(f"{SVG}text"))
            if one.get("class") != "sea"
        }
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
    size = float(one.get("font-size", "13"))
    width = svg.width_of(one.text or "", size * 0.9)
    x, y = float(one.get("x", "0")), float(one.get("y", "0"))
    left = x - {"end": width, "middle": width / 2}.get(one.get("text-anchor", ""), 0)
    return left, y - size * 0.72, left + width, y


def _disc(one: ET.Element) -> tuple[float, float, float, float]:
    x, y, r = (float(one.get(name, "0")) for name in ("cx", "cy", "r"))
    return x - r * 0.8, y - r * 0.8, x + r * 0.8, y + r * 0.8


def test_the_map_has_no_borders_and_says_so(client: Client) -> None:
    image = drawing(client, "/figures/map")
    assert "coasts and places, and no borders" in "".join(image.itertext())
    assert {one.get("class") for one in image.iter(f"{SVG}path")} == {"land", "graticule"}
    assert meeting_map.OUTLINES.stat().st_size < 40_000


@pytest.mark.parametrize(
    ("place", "east", "north", "is_land"),
    [
        ("the isthmus of Perekop", 33.7, 46.15, True),
        ("the strait of Kerch", 36.55, 45.15, False),
        ("the mouth of the Dnieper, too narrow to be shown", 32.3, 46.6, True),
        ("the middle of the Black Sea", 34.5, 43.0, False),
        ("the middle of the Caspian Sea", 51.0, 42.0, False),
        ("Minsk", 27.6, 53.9, True),
        ("Almaty", 76.9, 43.3, True),
    ],
)
def test_coasts_are_where_they_are(place: str, east: float, north: float, is_land: bool) -> None:
    """A point is on land if a line from it to the east crosses coasts an odd number of times."""
    crossed = 0
    for line in meeting_map.OUTLINES.read_text(encoding="utf-8").splitlines()[1:]:
        points = [tuple(map(float, pair.split(","))) for pair in line.split(" ")]
        for (x, y), (to_x, to_y) in pairwise([*points, points[0]]):
            if (y > north) != (to_y > north) and x + (north - y) / (to_y - y) * (to_x - x) > east:
                crossed += 1
    assert crossed % 2 == is_land, place


def test_a_town_is_named_with_its_state(client: Client) -> None:
    for link in drawing(client, "/figures/map").iter(f"{SVG}a"):
        if (link.get("href") or "").endswith("place/almaty"):
            words = [one.text for one in link.iter(f"{SVG}text")]
            assert words[:2] == ["Almaty", "Kazakhstan"]
            return
    pytest.fail("Almaty is not on the map")


def test_the_projection_keeps_areas() -> None:

    def area(east: float, north: float) -> float:
        corners = [
            meeting_map.project(east + x, north + y)
            for x, y in ((0, 0), (0.1, 0), (0.1, 0.1), (0, 0.1), (0, 0))
        ]
        return abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in pairwise(corners))) / 2

    # A piece of a degree shrinks towards the pole as the cosine of its latitude: 0.643 / 0.766.
    assert area(60, 50) / area(60, 40) == pytest.approx(0.6421 / 0.7655, rel=0.001)


def test_the_headline_counts_only_meetings_whose_place_is_known(client: Client) -> None:
    """Of the others nobody knows where they were, so they say nothing about what is most often."""
    held = [row for row in rows(client, "/figures/map") if row["Standing"].startswith("held")]
    placed = [row for row in held if row["On the map at"]]
    assert 0 < len(placed) < len(held)
    assert f"The articles give the place of {spelled(len(placed))} CSTO meetings held: " in page(
        client, "/figures/map"
    )


def test_map_says_why_a_meeting_is_not_on_it(tmp_path: Path) -> None:
    data = tmp_path / "data.ttl"
    data.write_text(
        """PREFIX ckg: <https://w3id.org/csto-kg/ontology#>
        PREFIX m: <https://w3id.org/csto-kg/id/meeting/>
        m:one a ckg:Meeting , ckg:HeldMeeting .
        m:two a ckg:Meeting , ckg:HeldMeeting ; ckg:heldIn <https://w3id.org/csto-kg/id/place/somewhere> .
        """
    )
    client = create_app(Engine.from_files([data])).test_client()
    text = page(client, "/figures/map")
    total = "Of 2 other gatherings, 1 is not shown, as"
    assert f"{total} no article gives its place." in text
    assert f"{total} its place has no coordinates." in text
    assert "“Other gatherings” are not meetings of an organ." in text


@pytest.mark.parametrize(
    ("query", "headline"),
    [
        (
            "",
            "five CSTO meetings held: two in Almaty, one each in Dushanbe, Minsk and Moscow",
        ),
        (
            "state=armenia",
            "one CSTO meeting held for which an article names someone of Armenia: in Dushanbe",
        ),
        ("from=2024", "one CSTO meeting held from 2024 on: in Almaty"),
        ("until=2011", "two CSTO meetings held until 2011: one each in Minsk and Moscow"),
        (
            "organ=csc",
            "one meeting of the CSTO Collective Security Council held: in Moscow",
        ),
        ("from=2012&until=2017", "No meeting fits"),
        ("from=2030", "No meeting fits"),
    ],
)
def test_the_headline_says_where_most_meetings_were(client: Client, query: str, headline: str) -> None:
    before = "" if headline.startswith("No") else "The articles give the place of "
    assert f'class="finding">{before}{headline}<' in page(client, f"/figures/map?{query}")


def test_the_numbers_on_the_map_add_up_with_those_below_it(client: Client) -> None:
    """Of two records of one meeting the map shows both, but counts one, as the timeline does."""
    text = page(client, "/figures/map")
    assert (
        "Of 10 meetings and 1 other gathering, 4 are not shown, as no article gives their places. “Other "
        "gatherings” are not meetings of an organ. The map also counts 1 announcement for Moscow that, the "
        "editors conclude, is for a meeting already counted."
    ) in text
    labels = (link.get("aria-label") or "" for link in drawing(client, "/figures/map").iter(f"{SVG}a"))
    drawn = sum(int(number) for label in labels for number in re.findall(r"\d+", label))
    assert drawn == 10 + 1 - 4 + 1


def test_only_places_of_meetings_are_on_the_map(client: Client) -> None:
    """A town that an article names for another reason would look like one of them."""
    places = {link.get("href") for link in drawing(client, "/figures/map").iter(f"{SVG}a")}
    assert places == {row["On the map at (IRI)"] for row in rows(client, "/figures/map")} - {""}


def test_the_words_for_bars_stand_with_the_bars_and_those_for_discs_on_the_map(client: Client) -> None:
    text = page(client, "/figures/map")
    caption = text.partition("<figcaption>")[2].partition("</figcaption>")[0]
    assert "bar" not in caption
    assert "disc" not in caption
    assert "the larger, the more meetings" in "".join(drawing(client, "/figures/map").itertext())
    assert "A longer bar: more meetings" in text


def test_the_note_says_that_a_plan_was_held_later_by_the_editors_conclusion(client: Client) -> None:
    words = (
        "The editors conclude that 1 meeting announced for Moscow was held later, at a place that no article"
    )
    assert words in page(client, "/figures/map")
    assert "held later" not in page(client, "/figures/map?from=2018")
