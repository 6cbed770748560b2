"""The site as a whole: the front page, the about pages, and that every link on it leads somewhere."""

import re
import zlib
from html import unescape
from pathlib import Path
from urllib.parse import urldefrag

import pytest
from werkzeug.test import Client

from cstokg.engine.engine import Engine
from cstokg.formats import ENTITY_FORMATS
from cstokg.release import Release, sha256
from cstokg.settings import Serving
from cstokg.web import flask_app
from cstokg.web.site import current
from site_client import BROWSER, create_app, links

ALIKE = 40  # of so many links that are made alike, one is followed
SOME, PER_ENTITY = 4, ("/explore?", "/figures/neighbourhood?")  # and of so many of these
LIMIT = 60_000  # bytes of a page, compressed


def test_downloads_are_the_files_of_the_release(client: Client, release: Release) -> None:
    """Byte for byte, with the hashes that the page gives."""
    page = client.get("/about/downloads", headers=BROWSER)
    for name, digest in release.files.items():
        assert digest in page.text
        assert sha256(client.get(f"/downloads/{name}").data) == digest
    assert client.get("/downloads/..%2frelease.json").status_code == 404
    assert client.get("/downloads/nothing.ttl").status_code == 404


def _is_followed(address: str) -> bool:
    """Return whether the test asks for an address. Of addresses that are answered alike it asks for some.

    Of the files of an entity it asks for one, in another format for each entity; of footnotes and of the
    links that sort columns, for one in ``ALIKE``; of spans and of figures and pages of neighbours, for one
    in ``SOME``.
    """
    alike = zlib.crc32(address.encode())
    if address.startswith("/cite/") or "?sort=" in address:
        return alike % ALIKE == 0
    if (address.startswith(PER_ENTITY) or "/span/" in address) and alike % SOME:
        return False
    stem, _, extension = address.rpartition(".")
    formats = list(ENTITY_FORMATS)
    if not address.startswith("/data/") or extension not in formats:
        return True
    return formats.index(extension) == zlib.crc32(stem.encode()) % len(formats)


@pytest.mark.early
def test_every_link_resolves(client: Client) -> None:
    """From the front page on, to each page and each place in it."""
    waiting, seen, wrong = ["/"], {"/"}, []
    anchors: dict[str, set[str]] = {}
    wanted: list[tuple[str, str, str]] = []
    while waiting:
        address = waiting.pop()
        response = client.get(address, headers={**BROWSER, "Accept-Encoding": "identity"})
        if response.status_code not in (200, 303):
            wrong.append((address, response.status_code))
        if response.mimetype != "text/html" or response.status_code != 200:
            response.close()
            continue
        anchors[address] = {unescape(anchor) for anchor in re.findall(r'\sid="([^"]+)"', response.text)}
        for link in dict.fromkeys(links(response)):
            target, anchor = urldefrag(link)
            target = target or address
            if not target.startswith("/") or target.startswith("//"):
                continue
            if anchor:
                wanted.append((address, target, anchor))
            # The links to queries are alike for all entities, and choices of filters combine without end.
            endless = target.startswith("/sparql?") or ("?" in target and "?" in address)
            if target not in seen and not endless and _is_followed(target):
                seen.add(target)
                waiting.append(target)
    assert wrong == []
    assert len(seen) > 1_000
    assert [row for row in wanted if row[2] not in anchors.get(row[1], {row[2]})] == []


def test_pages_are_small(client: Client) -> None:
    """The largest pages, compressed."""
    for path in ("/", "/page/body/csto", "/page/article/almaty-2018", "/questions/evidence", "/browse/claim"):
        response = client.get(path, headers={**BROWSER, "Accept-Encoding": "gzip"})
        assert response.headers["Content-Encoding"] == "gzip"
        assert len(response.data) < LIMIT


@pytest.mark.parametrize("page", ["", "/sources", "/limits", "/licence", "/changes"])
def test_about_pages_open(client: Client, page: str) -> None:
    """Each is one of the list beside it."""
    response = client.get(f"/about{page}", headers=BROWSER)
    assert response.status_code == 200
    assert "/about/limits" in links(response)


def test_views_find_the_site_of_their_own_application(engine: Engine) -> None:
    applications = [flask_app.create_app(engine), flask_app.create_app(engine, settings=Serving(work=1))]
    for application, work in zip(applications, (0, 1), strict=True):
        with application.app_context():
            assert current().settings.work == work
            assert current().engine is engine


def test_pages_say_of_facts_from_articles_only_that_they_are_cited(client: Client) -> None:
    """Facts of the register cite no article."""
    text = client.get("/", headers=BROWSER).text.lower()
    assert text.count("fact taken from an article cites the passage that supports it") == 2
    assert "every fact cites" not in text


@pytest.mark.parametrize(
    ("address", "script", "own", "remains"),
    [
        ("/explore?iri=person:lavrov-sergey", "cytoscape", "explore.js", "data-explore"),
        ("/sparql", "yasgui", "editor.js", '<form class="ask"'),
    ],
)
def test_page_does_without_the_scripts_of_others(
    engine: Engine, tmp_path: Path, address: str, script: str, own: str, remains: str
) -> None:
    """Where the build has not brought them, they are not asked for."""
    app = create_app(engine)
    app.pages.static_folder = str(tmp_path)
    page = app.test_client().get(address, headers=BROWSER).text
    assert script not in page
    assert f"static/{own}" not in page
    assert remains in page
    (tmp_path / "vendor").mkdir()
    (tmp_path / "vendor" / f"{script}.min.js").touch()
    app = create_app(engine)  # since pages are kept, another one
    app.pages.static_folder = str(tmp_path)
    page = app.test_client().get(address, headers=BROWSER).text
    assert f"static/vendor/{script}.min.js" in page
    assert f"static/{own}" in page
