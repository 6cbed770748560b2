"""The figures: well-formed, linked, the same every time, and with every number in a table."""

import io
import re
from collections import Counter
from html import unescape
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from bibtexparser.entrypoint import parse_string
from PIL import Image
from werkzeug.test import Client

from cstokg import formats, namespaces
from cstokg.engine.engine import Engine
from cstokg.release import Release
from cstokg.web.figures import figure, figure_files, statement_flows, svg, topic_matrix
from cstokg.web.figures.registry import FIGURES
from figure_client import PLAIN, SVG, drawing, entries, inline, page, rows
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
def another_client(engine: Engine, release: Release) -> Client:
    """Return a client of another application over the release."""
    return create_app(engine, release=release).test_client()


@pytest.fixture(scope="module")
def visited() -> set[str]:
    """Return the addresses that have been checked."""
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
def test_a_file_has_what_every_renderer_knows(client: Client, address: str) -> None:
    """Literal looks: no style sheet, variable, pattern or colour that depends on where the file is."""
    image = drawing(client, address)
    tags = {one.tag.removeprefix(SVG) for one in image.iter()}
    assert tags <= {
        "a",
        "circle",
        "clipPath",
        "defs",
        "desc",
        "g",
        "line",
        "path",
        "rect",
        "svg",
        "text",
        "title",
    }
    for one in image.iter():
        assert {"style", "paint-order", "filter"}.isdisjoint(one.attrib), one.attrib
        assert one.get("class") != "target"
        for name in ("fill", "stroke"):
            assert re.fullmatch(r"none|#[0-9a-f]{6}", one.get(name, "none")), one.attrib
    clipped = image.findall(f".//{SVG}clipPath/{SVG}rect")
    for one in image.iter():
        if one.tag in {f"{SVG}{tag}" for tag in ("rect", "circle", "path")} and one not in clipped:
            assert one.get("fill"), one.attrib
        if one.tag == f"{SVG}line":
            assert one.get("stroke"), one.attrib
    assert all(link.get("href", "").startswith(namespaces.BASE) for link in image.iter(f"{SVG}a"))
    assert "Arial" in image.get("font-family", "")


@pytest.mark.parametrize("address", [*(f"/figures/{name}" for name in NAMES), *NARROWED])
def test_a_file_says_what_it_finds_and_where_that_comes_from(
    client: Client, release: Release, address: str
) -> None:
    image = drawing(client, address)
    headline = image.findtext(f"{SVG}title") or ""
    printed = " ".join(one.text or "" for one in image.iter(f"{SVG}text"))
    assert headline in printed
    assert headline in unescape(page(client, address))
    article = [] if address in NARROWED else ["TASS, 21 June 2024*"]
    for words in ("Source", *article, release.number, release.version[:12], "CC0"):
        assert words in printed


@pytest.mark.parametrize(
    ("query", "articles"),
    [
        ("topics?from=2024", ["TASS, 21 June 2024*"]),
        ("relays?from=2021&until=2021", ["NIAT Khovar, 20 May 2021"]),
        ("map?state=armenia", ["NIAT Khovar, 20 May 2021", "TASS, 21 June 2024*"]),
        ("timeline?from=1900&until=1901", []),
        ("neighbourhood?entity=person/makei-vladimir", ["NIAT Khovar, 20 May 2021"]),
    ],
)
def test_a_narrowed_figure_names_only_the_articles_that_it_shows(
    client: Client, query: str, articles: list[str]
) -> None:
    """In its caption, its frame, its files and its footnote."""
    name, _, filters = query.partition("?")
    image = client.get(f"/figures/{name}.svg?{filters}").text
    texts = [page(client, f"/figures/{query}"), page(client, f"/embed/figures/{query}"), image]
    noted = " * Date not printed in full." if any("*" in article for article in articles) else ""
    named = f"Source{'s' if len(articles) > 1 else ''}: {'; '.join(articles)}.{noted} Data"
    for text in texts:
        assert (named in " ".join(re.sub("<[^>]+>", " ", text).split())) == bool(articles)
        assert articles or "Source" not in text
    footnote = client.get(f"/figures/{name}.txt?{filters}").text
    in_footnote = [article.replace("*", " (date not printed in full)") for article in articles]
    assert f"After {'; '.join(in_footnote)}." in footnote or not articles


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
def test_a_page_has_one_drawing_and_a_list_for_a_narrow_screen(
    client: Client, visited: set[str], address: str
) -> None:
    text = page(client, address)
    (image,) = inline(text)
    assert float(image.get("width", "0")) >= figure.WIDE
    listed = entries(text)
    assert listed or address in EMPTY
    for link in {entry.address for entry in listed if entry.address} - visited:
        assert client.get(link).status_code == 200, link
    visited |= {entry.address for entry in listed}


@pytest.mark.parametrize("suffix", ["png", "pdf"])
@pytest.mark.parametrize("name", NAMES)
def test_a_figure_comes_as_a_picture(client: Client, name: str, suffix: str) -> None:
    width, height = (
        float(drawing(client, f"/figures/{name}").get(side, "0")) for side in ("width", "height")
    )
    response = client.get(f"/figures/{name}.{suffix}")
    assert response.status_code == 200
    assert f'filename="{name}.{suffix}"' in response.headers["Content-Disposition"]
    if suffix == "png":
        assert response.content_type == "image/png"
        with Image.open(io.BytesIO(response.data)) as picture:
            assert picture.size == pytest.approx((2 * width, 2 * height), abs=2)
    else:
        assert response.content_type == "application/pdf"
        assert response.data.startswith(b"%PDF-")
        assert b"Arimo" in response.data
        boxes = re.findall(rb"/MediaBox ?\[0 0 ([0-9.]+) ([0-9.]+)\]", response.data)
        (box,) = boxes
        assert tuple(map(float, box)) == pytest.approx((0.75 * width, 0.75 * height), abs=1)


def test_a_picture_is_drawn_once(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    first = client.get("/figures/map.png?from=2018").data
    monkeypatch.setattr(figure_files, "_draw", lambda *_: b"another")
    assert client.get("/figures/map.png?from=2018").data == first
    assert client.get("/figures/map.png?from=2019").data == b"another"


@pytest.mark.parametrize("name", NAMES)
def test_a_page_names_the_address_of_each_format(client: Client, name: str) -> None:
    text = page(client, f"/figures/{name}?until=2020" if name != "neighbourhood" else f"/figures/{name}")
    for suffix in formats.FIGURE_FORMATS:
        assert re.search(rf'<a href="/figures/{name}\.{suffix}[^"]*" download>', text)
        assert re.search(rf'<link rel="alternate" type="[^"]*" href="/figures/{name}\.{suffix}', text)


@pytest.mark.parametrize("address", ["/figures/timeline", "/figures/map?state=kazakhstan"])
def test_a_figure_can_be_shown_in_a_frame(client: Client, address: str) -> None:
    snippet = re.search(r'<code id="frame">(.*?)</code>', page(client, address), re.DOTALL)
    assert snippet
    source = re.search(r'src="http://localhost([^"]*)"', unescape(snippet[1]))
    assert source
    assert unescape(source[1]) == f"/embed{address}"
    response = client.get(f"/embed{address}")
    assert "frame-ancestors *" in response.headers["Content-Security-Policy"]
    assert '<base target="_top">' in response.text
    assert "<script" not in response.text
    assert len(list(inline(response.text))) == 1
    assert "frame-ancestors 'self'" in client.get(address).headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    "address", ["/figures/topics", "/figures/map?state=kazakhstan", "/page/person/lavrov-sergey"]
)
def test_those_who_link_to_a_page_can_show_a_card(client: Client, address: str) -> None:
    told = dict(re.findall(r'<meta property="og:(\w+)" content="([^"]*)">', page(client, address)))
    assert told["title"]
    assert told["description"]
    assert unescape(told["url"]) == f"http://localhost{address}"
    response = client.get(unescape(told["image"]).removeprefix("http://localhost"))
    assert response.content_type == "image/png"
    with Image.open(io.BytesIO(response.data)) as picture:
        assert picture.size == (2400, 1260)


@pytest.mark.parametrize("address", [*(f"/figures/{name}" for name in NAMES), *NARROWED])
def test_a_card_shows_the_whole_drawing_with_headline_and_sources(client: Client, address: str) -> None:
    """At one scale, within the frame, and right of the words."""
    text = page(client, address)
    told = re.search(r'property="og:title" content="([^"]*)"', text)
    assert told
    headline, image = unescape(told[1]), next(inline(text))
    width, height = float(image.get("width", "")), float(image.get("height", ""))
    whole = svg.Drawing("figure", "", "", width, str)
    whole.height = height
    foot = "Sources: TASS, 21 June 2024."
    card = ET.fromstring(figure_files.card(headline, foot, whole).document())  # noqa: S314 - our own
    (moved,) = (one.get("transform", "") for one in card.iter(f"{SVG}g") if one.get("transform"))
    left, top, scale = (float(number) for number in re.findall(r"[\d.]+", moved))
    assert left + scale * width <= 1200
    assert top >= 0
    assert top + scale * height <= 630
    printed = list(card.iter(f"{SVG}text"))
    assert f"{foot} {headline}" == " ".join(one.text or "" for one in printed)
    assert all(float(one.get("x", "")) + 200 < left for one in printed)


def test_many_sources_leave_room_for_the_headline_of_a_card() -> None:
    whole = svg.Drawing("figure", "", "", 1000.0, str)
    whole.height = 500.0
    foot = f"Sources: {'; '.join(f'Example News, {day} May 2031' for day in range(1, 101))}. Data: Example"
    headline = "Three meetings were held in Exampleville and one in another town"
    card = ET.fromstring(figure_files.card(headline, foot, whole).document())  # noqa: S314 - our own
    printed = list(card.iter(f"{SVG}text"))
    assert all(20 < float(one.get("y", "")) < 610 for one in printed)
    small = [one for one in printed if one.get("font-size") == "15"]
    large = [one for one in printed if one not in small]
    assert " ".join(one.text or "" for one in large) == headline
    assert float(large[-1].get("y", "")) < float(small[0].get("y", ""))


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
        ("/figures/timeline?from=19x0", "“19x0” is not a year"),
        ("/figures/timeline?state=Atlantis", "There is no state “Atlantis”"),
        ("/figures/map?state=%3Cscript%3E", "There is no state “<script>”"),
        ("/figures/neighbourhood?entity=body/nothing", "There is no entity “body/nothing”"),
    ],
)
def test_a_filter_that_does_not_exist_is_named(client: Client, address: str, words: str) -> None:
    response = client.get(address, headers=PLAIN)
    assert response.status_code == 400
    assert words in unescape(response.text)
    assert "<script>" not in response.text
    name, _, query = address.partition("?")
    assert client.get(f"{name}.svg?{query}").status_code == 400


@pytest.fixture(scope="module")
def nothing(tmp_path_factory: pytest.TempPathFactory) -> Client:
    """Return a client of an application without data."""
    path = tmp_path_factory.mktemp("nothing") / "data.ttl"
    path.write_text("", encoding="utf-8")
    return create_app(Engine.from_files([path])).test_client()


@pytest.mark.parametrize("name", NAMES)
def test_without_data_a_figure_is_empty_and_names_no_source(nothing: Client, name: str) -> None:
    assert rows(nothing, f"/figures/{name}") == []
    assert "fits" in page(nothing, f"/figures/{name}")
    assert "Sources:" not in page(nothing, f"/figures/{name}")
    assert "After" not in nothing.get(f"/figures/{name}.txt").text


@pytest.mark.parametrize("address", ["/figures/timeline?state=2011", "/figures/neighbourhood?entity=2011"])
def test_a_filter_without_choices_takes_no_year(nothing: Client, address: str) -> None:
    response = nothing.get(address, headers=PLAIN)
    assert response.status_code == 400
    assert "“2011”; choose one" in response.text


def test_the_code_to_embed_a_figure_is_html_whatever_the_headline_has(tmp_path: Path) -> None:
    data = tmp_path / "data.ttl"
    data.write_text(
        """PREFIX ckg: <https://w3id.org/csto-kg/ontology#>
        PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
        <https://w3id.org/csto-kg/id/body/one> a ckg:Organisation ; skos:prefLabel 'The "One" & <Only>'@en .
        """
    )
    client = create_app(Engine.from_files([data])).test_client()
    text = page(client, "/figures/neighbourhood?entity=body/one")
    snippet = re.search(r'<code id="frame">(.*?)</code>', text, re.DOTALL)
    assert snippet
    (title,) = re.findall(r' title="([^"]*)" width=', unescape(snippet[1]))
    assert unescape(title).startswith('The "One" & <Only> is linked')


def test_an_unknown_figure_is_missing(client: Client) -> None:
    for suffix in ("", ".svg", ".png", ".csv"):
        assert client.get(f"/figures/nothing{suffix}").status_code == 404


@pytest.mark.parametrize(
    "query", ["", "?state=russia", "?topic=afghanistan&from=2018", "?until=2011", "?from=2012&until=2017"]
)
def test_a_band_leads_to_the_statements_of_which_it_is_made(client: Client, query: str) -> None:
    image = next(inline(page(client, f"/figures/relays{query}")))
    bands = [link for link in image.iter(f"{SVG}a") if link.find(f"{SVG}path") is not None]
    assert bands
    for link in bands:
        number = (link.get("aria-label") or "").rpartition(" ")[2]
        listed = page(client, link.get("href", ""))
        found = re.search(r'id="found">(\d+) statement', listed)
        twice = re.search(r"(\d+) of them (?:is|are) here twice", listed)
        assert found
        assert int(found[1]) - int(twice[1] if twice else 0) == int(number), link.get("href")


def test_the_list_shows_every_figure(client: Client) -> None:
    text = page(client, "/figures")
    assert all(f'href="/figures/{name}"' in text and f"/figures/{name}.svg" in text for name in NAMES)
    assert {statement_flows.KIND.name, topic_matrix.KIND.name} <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_figure_has_a_footnote_to_copy(client: Client, name: str) -> None:
    """It says what the figure shows, names articles and release, and is offered as files."""
    text = unescape(page(client, f"/figures/{name}"))
    footnote = re.search(r'<span id="citation">(.*?)</span>', text, re.DOTALL)
    assert footnote
    assert "TASS, 21 June 2024" in footnote[1]
    assert "version " in footnote[1]
    assert f"https://w3id.org/csto-kg/figures/{name}" in footnote[1]
    for suffix, row in formats.CITATION_FORMATS.items():
        assert re.search(rf'<a href="/figures/{name}\.{suffix}', text)
        response = client.get(f"/figures/{name}.{suffix}")
        assert response.mimetype == row.media_type
    assert client.get(f"/figures/{name}.txt").text.strip() == footnote[1]
    (entry,) = parse_string(client.get(f"/figures/{name}.bib").text).entries
    assert entry.entry_type == "misc"


def test_a_wrong_filter_of_a_file_is_a_problem(client: Client) -> None:
    problem = client.get("/figures/timeline.svg?from=soon")
    assert problem.status_code == 400
    assert problem.get_json()["type"].endswith("bad-parameter")


def test_files_of_a_figure_are_saved_and_not_opened(client: Client) -> None:
    page = client.get("/figures/timeline", headers={"Accept": "text/html"}).text
    assert '<a href="/figures/timeline.pdf" download>PDF</a>' in page


@pytest.mark.parametrize("name", NAMES)
def test_captions_tell_how_to_read_the_drawing_only_beside_it(client: Client, name: str) -> None:
    """Narrow screens have a list instead, where the style sheet hides that part of the caption."""
    text = page(client, f"/figures/{name}")
    caption = text.partition("<figcaption>")[2].partition("</figcaption>")[0]
    lead = text.partition('class="lead">')[2].partition("<")[0]
    shown = lead.lower() + re.sub(r'<span class="of-drawing">.*?</span>', "", caption).lower()
    for words in ("on the map", "hatch", "outline", "dots", "arrow", "a cell", "a band", "solid line"):
        assert words not in shown
