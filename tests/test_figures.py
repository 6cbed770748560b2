"""The figures: well-formed, linked, the same every time, and with every number in a table."""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from datetime import date
from itertools import pairwise
from xml.etree import ElementTree as ET

import pytest
from flask.testing import FlaskClient

from cstokg import names
from cstokg.engine import Engine
from cstokg.web import create_app, figures
from cstokg.web.drawings import places, relays, svg, topics
from cstokg.web.drawings.records import Times, meetings, situations
from cstokg.web.graph import Graph

SVG = "{http://www.w3.org/2000/svg}"
PLAIN = {"Accept-Encoding": "identity"}
KINDS = tuple(figures.KINDS)
NARROWED = (
    "/figures/timeline?state=armenia&from=2010",
    "/figures/timeline?topic=afghanistan&until=2012",
    "/figures/map?state=kazakhstan",
    "/figures/map?organ=cfm&from=2018&until=2021",
    "/figures/topics?by=state&topic=international-security",
    "/figures/topics?by=year&from=2018",
    "/figures/relays?state=russia",
    "/figures/relays?topic=afghanistan&from=2018",
    "/figures/neighbourhood?entity=meeting/2018-06-11-cfm",
)
EMPTY = (
    "/figures/timeline?from=1900&until=1901",
    "/figures/map?from=1900&until=1901",
    "/figures/topics?from=1900&until=1901",
    "/figures/relays?from=1900&until=1901",
)


@pytest.fixture(scope="module")
def client(engine: Engine) -> FlaskClient:
    """A client of the application over the release."""
    return create_app(engine).test_client()


@pytest.fixture(scope="module")
def another_client(engine: Engine) -> FlaskClient:
    """A client of another application over the release."""
    return create_app(engine).test_client()


@pytest.fixture(scope="module")
def visited() -> set[str]:
    """The addresses that have been seen to lead somewhere."""
    return set()


@pytest.fixture(scope="module")
def graph(engine: Engine) -> Graph:
    """The graph of the release."""
    return Graph(engine)


def page(client: FlaskClient, address: str) -> str:
    """A page that must exist."""
    response = client.get(address, headers=PLAIN)
    assert response.status_code == 200, address
    return response.text


def drawing(client: FlaskClient, address: str) -> ET.Element:
    """The file of a figure, parsed."""
    name, _, query = address.partition("?")
    response = client.get(f"{name}.svg?{query}", headers=PLAIN)
    assert response.status_code == 200, address
    assert response.content_type == "image/svg+xml; charset=utf-8"
    return ET.fromstring(response.data)  # noqa: S314 - written by ourselves


def rows(client: FlaskClient, address: str) -> list[dict[str, str]]:
    """The table of a figure."""
    name, _, query = address.partition("?")
    response = client.get(f"{name}.csv?{query}", headers=PLAIN)
    assert response.status_code == 200, address
    return list(csv.DictReader(io.StringIO(response.data.decode("utf-8-sig"), newline="")))


def inline(text: str) -> Iterator[ET.Element]:
    """The images inside a page."""
    for image in re.findall(r"<svg .*?</svg>", text, flags=re.DOTALL):
        yield ET.fromstring(image)  # noqa: S314 - written by ourselves


@pytest.mark.parametrize("name", KINDS)
def test_a_figure_is_a_titled_group_with_a_table_under_it(client: FlaskClient, name: str) -> None:
    """A figure is a titled group with a table under it."""
    text = page(client, f"/figures/{name}")
    for image in inline(text):
        assert image.get("role") == "group"
        title, description = image.get("aria-labelledby", "").split()
        described = {
            one.get("id"): one.text for one in image.iter() if one.tag in (f"{SVG}title", f"{SVG}desc")
        }
        assert described[title]
        assert described[description]
    assert text.count("<svg ") >= 1
    assert "<tbody>" in text
    assert "<script>" not in text
    assert " onclick" not in text


@pytest.mark.parametrize("name", KINDS)
def test_identifiers_in_a_page_are_given_once(client: FlaskClient, name: str) -> None:
    """Identifiers in a page are given once."""
    counts = Counter(re.findall(r'\bid="([^"]+)"', page(client, f"/figures/{name}")))
    assert [one for one, count in counts.items() if count > 1] == []


@pytest.mark.parametrize("address", [*(f"/figures/{name}" for name in KINDS), *NARROWED])
def test_every_link_in_a_figure_leads_to_a_page(client: FlaskClient, visited: set[str], address: str) -> None:
    """Every link in a figure leads to a page."""
    links = {
        link.get("href", "") for image in inline(page(client, address)) for link in image.iter(f"{SVG}a")
    }
    assert links
    for link in links - visited:
        assert link.startswith("/"), link
        if not link.startswith("/ontology"):
            assert client.get(link).status_code == 200, link
    visited |= links


@pytest.mark.parametrize("address", [*(f"/figures/{name}" for name in KINDS), *NARROWED])
def test_a_file_carries_its_style_and_links_that_hold_anywhere(client: FlaskClient, address: str) -> None:
    """A file carries its style and links that hold anywhere."""
    image = drawing(client, address)
    style = image.find(f"{SVG}style")
    assert style is not None
    assert style.text == svg.STYLE.read_text(encoding="utf-8")
    assert all(link.get("href", "").startswith(names.BASE) for link in image.iter(f"{SVG}a"))


@pytest.mark.parametrize("address", [*(f"/figures/{name}" for name in KINDS), *NARROWED])
def test_nothing_is_drawn_outside_the_frame(client: FlaskClient, address: str) -> None:
    """Nothing is drawn outside the frame."""
    image = drawing(client, address)
    width, height = (float(image.get(name, "0")) for name in ("width", "height"))
    for one in image.iter(f"{SVG}text"):
        if one.get("transform"):
            continue
        x, reach = float(one.get("x", "0")), svg.width_of(one.text or "", 12) * 0.9
        left = x - {"end": reach, "middle": reach / 2}.get(one.get("text-anchor", ""), 0)
        assert left >= -2, one.text
        assert left + reach <= width + 2, one.text
        assert 0 <= float(one.get("y", "0")) <= height, one.text


@pytest.mark.parametrize("address", [*(f"/figures/{name}" for name in KINDS), *NARROWED])
def test_a_figure_is_the_same_every_time(
    client: FlaskClient, another_client: FlaskClient, address: str
) -> None:
    """A figure is the same every time."""
    assert ET.tostring(drawing(client, address)) == ET.tostring(drawing(another_client, address))


@pytest.mark.parametrize("address", [f"/figures/{name}" for name in KINDS])
def test_a_page_is_light(client: FlaskClient, address: str) -> None:
    """A page is light."""
    assert len(client.get(address, headers={"Accept-Encoding": "gzip"}).data) < 60_000


@pytest.mark.parametrize("address", EMPTY)
def test_what_fits_nothing_says_so(client: FlaskClient, address: str) -> None:
    """What fits nothing says so."""
    assert rows(client, address) == []
    assert "fits" in "".join(drawing(client, address).itertext()) or address.startswith("/figures/map")


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("/figures/timeline?from=19x0", "is no year"),
        ("/figures/timeline?state=atlantis", "there is no state"),
        ("/figures/map?state=%3Cscript%3E", "there is no state"),
        ("/figures/neighbourhood?entity=body/nothing", "there is no entity"),
    ],
)
def test_a_filter_that_does_not_exist_is_named(client: FlaskClient, address: str, words: str) -> None:
    """A filter that does not exist is named."""
    response = client.get(address, headers=PLAIN)
    assert response.status_code == 400
    assert words in response.text.lower().replace("“", '"')
    assert "<script>" not in response.text
    name, _, query = address.partition("?")
    assert client.get(f"{name}.svg?{query}").status_code == 400


def test_an_unknown_figure_is_missing(client: FlaskClient) -> None:
    """An unknown figure is missing."""
    for suffix in ("", ".svg", ".csv"):
        assert client.get(f"/figures/nothing{suffix}").status_code == 404


def test_each_meeting_and_each_membership_is_on_the_timeline(client: FlaskClient, graph: Graph) -> None:
    """Each meeting and each membership is on the timeline."""
    linked = {link.get("href") for link in drawing(client, "/figures/timeline").iter(f"{SVG}a")}
    told = {row["Record (IRI)"] for row in rows(client, "/figures/timeline")}
    everything = {one.iri for one in meetings(graph)} | {one.iri for one in situations(graph)}
    assert told == everything
    assert everything <= linked


def test_held_meetings_are_filled_and_announced_ones_are_open(client: FlaskClient, graph: Graph) -> None:
    """Held meetings are filled and announced ones are open."""
    image = drawing(client, "/figures/timeline")
    classes = {
        link.get("href"): {one.get("class") for one in link if one.get("class") != "target"}
        for link in image.iter(f"{SVG}a")
    }
    for one in meetings(graph):
        if one.day:
            assert classes[one.iri] >= {"held" if one.held else "announced"}, one.iri


def test_only_what_is_certain_is_solid(client: FlaskClient, graph: Graph) -> None:
    """Only what is certain is solid."""
    image = drawing(client, "/figures/timeline")
    solid = {
        link.get("href")
        for link in image.iter(f"{SVG}a")
        for one in link
        if (one.get("class") or "").startswith("certain")
    }
    for one in situations(graph):
        bounds = one.times
        certain = bool(bounds.start_by and bounds.end_after and bounds.start_by <= bounds.end_after)
        assert (one.iri in solid) == certain, one.iri


def test_the_years_narrow_what_is_told_of_them() -> None:
    """The years narrow what is told of them."""
    times = Times(date(2001, 1, 1), None, date(2003, 5, 1), None)
    assert times.overlaps("2003", "2010")
    assert times.overlaps("", "2001")
    assert not times.overlaps("2004", "")
    assert not times.overlaps("", "2000")


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


def test_the_counts_of_topics_are_those_of_a_query(client: FlaskClient, graph: Graph) -> None:
    """The counts of topics are those of a query."""
    told = {
        (row["Topic (IRI)"], row["State spoken for (IRI)"]): int(row["Statements"])
        for row in rows(client, "/figures/topics?by=state")
    }
    assert told[f"{names.ID}concept/topic/afghanistan", f"{names.ID}state/russia"] == 5
    asked = graph.select(
        "SELECT ?topic ?speaker (COUNT(DISTINCT ?s) AS ?n) "
        "WHERE { ?s a ckg:Statement ; ckg:topic ?topic ; ckg:speaker ?speaker } GROUP BY ?topic ?speaker"
    )
    by_speaker = {
        (row["Topic (IRI)"], row["Speaker (IRI)"]): row["Statements"]
        for row in rows(client, "/figures/topics")
    }
    for row in asked:
        assert by_speaker[row["topic"].value, row["speaker"].value] == row["n"].value


def test_a_cell_leads_to_as_many_statements_as_it_counts(client: FlaskClient) -> None:
    """A cell leads to as many statements as it counts."""
    image = next(inline(page(client, "/figures/topics")))
    cells = [link for link in image.iter(f"{SVG}a") if link.find(f"{SVG}rect[@class='cell']") is not None]
    assert cells
    for link in cells[:12]:
        number = (link.get("aria-label") or "").rpartition(" ")[2]
        assert f'id="found">{number} statement' in page(client, link.get("href", ""))


def test_relayed_words_reach_the_one_who_relays_them(client: FlaskClient) -> None:
    """Relayed words reach the one who relays them."""
    told = [row for row in rows(client, "/figures/relays") if row["Way"] == "passed on"]
    assert {row["To"] for row in told} == {"Sergey Lavrov"}
    assert sum(int(row["Statements"]) for row in told) == 3  # one of them passes on two


@pytest.mark.parametrize("query", ["", "?state=russia", "?topic=afghanistan&from=2018", "?until=2011"])
def test_a_band_leads_to_the_statements_of_which_it_is_made(client: FlaskClient, query: str) -> None:
    """A band leads to the statements of which it is made."""
    image = next(inline(page(client, f"/figures/relays{query}")))
    bands = [link for link in image.iter(f"{SVG}a") if link.find(f"{SVG}path") is not None]
    assert bands
    for link in bands:
        number = (link.get("aria-label") or "").rpartition(" ")[2]
        assert f'id="found">{number} statement' in page(client, link.get("href", "")), link.get("href")


def test_what_enters_an_outlet_leaves_it(client: FlaskClient) -> None:
    """What enters an outlet leaves it."""
    through = [row for row in rows(client, "/figures/relays") if row["Way"] == "through the outlet"]
    outlets = {row["From"] for row in through} & {row["To"] for row in through}
    assert outlets
    for outlet in outlets:
        into = sum(int(row["Statements"]) for row in through if row["To"] == outlet)
        assert into == sum(int(row["Statements"]) for row in through if row["From"] == outlet)


def test_the_neighbourhood_tells_all_that_it_cannot_draw(client: FlaskClient) -> None:
    """The neighbourhood tells all that it cannot draw."""
    found = rows(client, "/figures/neighbourhood?entity=body/csto")
    image = drawing(client, "/figures/neighbourhood?entity=body/csto")
    drawn = sum(one.get("class") == "node" for one in image.iter(f"{SVG}circle"))
    more = sum(int(number) for number in re.findall(r"and (\d+) more", "".join(image.itertext())))
    assert drawn + more == len(found)


def test_text_in_a_drawing_is_text() -> None:
    """Text in a drawing is text."""
    made = svg.Drawing("any", "<script>", "\x00 & ]]>", 100, lambda iri: iri)
    made.text(0, 0, "</text><script>alert(1)</script>\x0b")
    with made.link("https://example.org/?a=1&b=<", '"><img>'):
        made.add("circle", r=1)
    written = str(made.markup())
    assert "<script>" not in written
    assert "<img>" not in written
    assert "\x00" not in written
    ET.fromstring(made.file())  # noqa: S314 - written by ourselves


def test_long_text_is_cut_and_broken() -> None:
    """Long text is cut and broken."""
    assert svg.fit("Ministry of Foreign Affairs", 60).endswith("…")
    assert svg.fit("short", 100) == "short"
    assert all(svg.width_of(line) <= 120 for line in svg.lines("one two three four five six seven", 120))


def test_the_list_shows_every_figure(client: FlaskClient) -> None:
    """The list shows every figure."""
    text = page(client, "/figures")
    assert all(f'href="/figures/{name}"' in text and f"/figures/{name}.svg" in text for name in KINDS)
    assert {relays.KIND.name, topics.KIND.name} <= set(KINDS)
