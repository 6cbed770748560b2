"""The figures: well-formed, linked, the same every time, and with every number in a table."""

import re
from collections import Counter
from xml.etree import ElementTree as ET

import pytest
from werkzeug.test import Client

from cstokg import namespaces
from cstokg.engine.engine import Engine
from cstokg.web.figures import figure, statement_flows, svg, topic_matrix
from cstokg.web.figures.registry import FIGURES
from figure_client import PLAIN, SVG, drawing, inline, page, rows
from site_client import create_app

NAMES = tuple(FIGURES)
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
def client(engine: Engine) -> Client:
    """A client of the application over the release."""
    return create_app(engine).test_client()


@pytest.fixture(scope="module")
def another_client(engine: Engine) -> Client:
    """A client of another application over the release."""
    return create_app(engine).test_client()


@pytest.fixture(scope="module")
def visited() -> set[str]:
    """The addresses that have been seen to lead somewhere."""
    return set()


@pytest.mark.parametrize("name", NAMES)
def test_a_figure_is_a_titled_group_with_a_table_under_it(client: Client, name: str) -> None:
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


@pytest.mark.parametrize("name", NAMES)
def test_identifiers_in_a_page_are_given_once(client: Client, name: str) -> None:
    counts = Counter(re.findall(r'\bid="([^"]+)"', page(client, f"/figures/{name}")))
    assert [one for one, count in counts.items() if count > 1] == []


@pytest.mark.parametrize("address", [*(f"/figures/{name}" for name in NAMES), *NARROWED])
def test_every_link_in_a_figure_leads_to_a_page(client: Client, visited: set[str], address: str) -> None:
    links = {
        link.get("href", "") for image in inline(page(client, address)) for link in image.iter(f"{SVG}a")
    }
    assert links
    for link in links - visited:
        assert link.startswith("/"), link
        if not link.startswith("/ontology"):
            assert client.get(link).status_code == 200, link
    visited |= links


@pytest.mark.parametrize("address", [*(f"/figures/{name}" for name in NAMES), *NARROWED])
def test_a_file_carries_its_style_and_links_that_hold_anywhere(client: Client, address: str) -> None:
    image = drawing(client, address)
    style = image.find(f"{SVG}style")
    assert style is not None
    assert style.text == svg.STYLE.read_text(encoding="utf-8")
    assert all(link.get("href", "").startswith(namespaces.BASE) for link in image.iter(f"{SVG}a"))


@pytest.mark.parametrize("address", [*(f"/figures/{name}" for name in NAMES), *NARROWED])
def test_nothing_is_drawn_outside_the_frame(client: Client, address: str) -> None:
    for image in inline(page(client, address)):
        width, height = (float(image.get(name, "0")) for name in ("width", "height"))
        for one in image.iter(f"{SVG}text"):
            if one.get("transform"):
                continue
            x, reach = float(one.get("x", "0")), svg.width_of(one.text or "", 12) * 0.9
            left = x - {"end": reach, "middle": reach / 2}.get(one.get("text-anchor", ""), 0)
            assert left >= -2, one.text
            assert left + reach <= width + 2, one.text
            assert 0 <= float(one.get("y", "0")) <= height, one.text


@pytest.mark.parametrize("address", [*(f"/figures/{name}" for name in NAMES), *NARROWED, *EMPTY])
def test_a_page_has_a_drawing_for_a_narrow_screen(client: Client, address: str) -> None:
    wide, narrow = inline(page(client, address))
    assert float(wide.get("width", "0")) >= 1000
    assert float(narrow.get("width", "0")) == figure.NARROW
    for link in narrow.iter(f"{SVG}a"):
        tall = [
            float(one.get("height") or 0) or 2 * float(one.get("r") or 0)
            for one in link
            if one.get("class") in ("target", "cell", "centre", "label-ground")
        ]
        # The bars of what lasts are thin, but well apart.
        least = 12 if address.startswith("/figures/timeline") else 24
        assert not tall or max(tall) >= least, link.get("aria-label")


@pytest.mark.parametrize("address", [*(f"/figures/{name}" for name in NAMES), *NARROWED])
def test_a_figure_is_the_same_every_time(client: Client, another_client: Client, address: str) -> None:
    assert ET.tostring(drawing(client, address)) == ET.tostring(drawing(another_client, address))


@pytest.mark.parametrize("address", [f"/figures/{name}" for name in NAMES])
def test_a_page_is_light(client: Client, address: str) -> None:
    assert len(client.get(address, headers={"Accept-Encoding": "gzip"}).data) < 60_000


@pytest.mark.parametrize("address", EMPTY)
def test_what_fits_nothing_says_so(client: Client, address: str) -> None:
    assert rows(client, address) == []
    assert "fits" in "".join(drawing(client, address).itertext()) or address.startswith("/figures/map")


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("/figures/timeline?from=19x0", "is not a year"),
        ("/figures/timeline?state=atlantis", "there is no state"),
        ("/figures/map?state=%3Cscript%3E", "there is no state"),
        ("/figures/neighbourhood?entity=body/nothing", "there is no entity"),
    ],
)
def test_a_filter_that_does_not_exist_is_named(client: Client, address: str, words: str) -> None:
    response = client.get(address, headers=PLAIN)
    assert response.status_code == 400
    assert words in response.text.lower().replace("“", '"')
    assert "<script>" not in response.text
    name, _, query = address.partition("?")
    assert client.get(f"{name}.svg?{query}").status_code == 400


def test_an_unknown_figure_is_missing(client: Client) -> None:
    for suffix in ("", ".svg", ".csv"):
        assert client.get(f"/figures/nothing{suffix}").status_code == 404


@pytest.mark.parametrize("query", ["", "?state=russia", "?topic=afghanistan&from=2018", "?until=2011"])
def test_a_band_leads_to_the_statements_of_which_it_is_made(client: Client, query: str) -> None:
    image = next(inline(page(client, f"/figures/relays{query}")))
    bands = [link for link in image.iter(f"{SVG}a") if link.find(f"{SVG}path") is not None]
    assert bands
    for link in bands:
        number = (link.get("aria-label") or "").rpartition(" ")[2]
        assert f'id="found">{number} statement' in page(client, link.get("href", "")), link.get("href")


def test_the_list_shows_every_figure(client: Client) -> None:
    text = page(client, "/figures")
    assert all(f'href="/figures/{name}"' in text and f"/figures/{name}.svg" in text for name in NAMES)
    assert {statement_flows.KIND.name, topic_matrix.KIND.name} <= set(NAMES)
