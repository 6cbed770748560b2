"""The page that compares releases, and the feed of the changes."""

import dataclasses
import json
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import feedparser
import pytest
from werkzeug.test import Client

from cstokg import namespaces
from cstokg.engine.engine import Engine
from cstokg.formats import ATOM
from cstokg.release import MANIFEST, Release
from site_client import BROWSER, create_app, links, words

OLDEST, OLDER = "1" * 16, "2" * 16
LAVROV = f"{namespaces.ID}person/lavrov-sergey"


def earlier(folder: Path, of: Path, date: str, *replaced: tuple[str, str]) -> None:
    """A release of another day in which words are replaced."""
    folder.mkdir()
    manifest = json.loads((of / MANIFEST).read_text(encoding="utf-8"))
    manifest |= {"date": date, "number": "0.2.0", "version": folder.name * 4}
    (folder / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")
    text = (of / "dataset.nq").read_text(encoding="utf-8")
    for old, new in replaced:
        assert old in text
        text = text.replace(old, new)
    (folder / "dataset.nq").write_text(text, encoding="utf-8")


@pytest.fixture(scope="module")
def here(release: Release, tmp_path_factory: pytest.TempPathFactory) -> Release:
    """Return a release with two earlier ones beside it."""
    base = tmp_path_factory.mktemp("releases")
    shutil.copytree(release.folder, base / release.id)
    earlier(base / OLDER, release.folder, "2026-02-01", ('"Sergey Lavrov"', '"S. Lavrov"'))
    many = (
        ('"2011-05-31"^', '"2011-05-30"^'),
        ("/id/outlet/tass>", "/id/outlet/gone>"),
        ("basis/stated>", "basis/other>"),
    )
    earlier(base / OLDEST, release.folder, "2026-01-01", *many)
    (base / "current").symlink_to(release.id)
    return dataclasses.replace(release, folder=base / release.id)


@pytest.fixture(scope="module")
def client(engine: Engine, here: Release) -> Iterator[Client]:
    """Yield a client of the site over that release."""
    with create_app(engine, release=here).test_client() as client:
        yield client


def test_page_compares_with_the_release_before(client: Client) -> None:
    page = client.get("/about/changes", headers=BROWSER)
    text = words(page)
    assert f"From version 0.2.0 of 1 February 2026, {OLDER[:12]} to" in text
    assert "changed name S. Lavrov (en) Sergey Lavrov (en)" in text
    assert "/page/person/lavrov-sergey" in links(page)
    assert page.text.count("<option") == 6


def test_a_release_is_called_the_same_as_in_citations(client: Client, here: Release) -> None:
    shown = words(client.get("/about/changes", headers=BROWSER))
    assert here.version[:12] in shown
    assert here.id not in shown
    assert f", {here.version[:12]}" in client.get("/cite/dataset.txt").text


def test_two_builds_of_the_same_data_are_told_apart(engine: Engine, release: Release, tmp_path: Path) -> None:
    for name in (release.id, OLDER):
        shutil.copytree(release.folder, tmp_path / name)
    os.utime(tmp_path / OLDER, (0, 0))
    app = create_app(engine, release=dataclasses.replace(release, folder=tmp_path / release.id))
    shown = words(app.test_client().get("/about/changes", headers=BROWSER))
    assert f", {release.version[:12]}, in {OLDER} to" in shown


def test_page_compares_any_two(client: Client) -> None:
    page = client.get(f"/about/changes?old={OLDER}&new={OLDEST}", headers=BROWSER)
    old, new = f"1 February 2026, {OLDER[:12]}", f"1 January 2026, {OLDEST[:12]}"
    assert f"From version 0.2.0 of {old} to version 0.2.0 of {new}" in words(page)
    assert f'<option value="{OLDEST}" selected' in page.text


def test_many_changes_are_counted_by_entity_and_one_entity_is_shown_whole(
    client: Client, here: Release
) -> None:
    page = client.get(f"/about/changes?old={OLDEST}&new={here.id}", headers=BROWSER)
    assert "Before" not in words(page)
    address = next(link for link in links(page) if link.endswith("id/article/minsk-2011"))
    one = client.get(address, headers=BROWSER)
    assert "30 May 2011 31 May 2011" in words(one)
    assert one.text.count('<section aria-labelledby="change-') == 1
    # A thing that was removed has the name that it had in the earlier release.
    assert "outlet:gone" not in words(page)


def test_facts_stand_before_what_changed_in_their_evidence(client: Client, here: Release) -> None:
    """Changes in the evidence are folded, and not mixed with changed facts."""
    query = (
        f"old={OLDEST}&new={here.id}&entity={namespaces.ID}tenure/lavrov-sergey-foreign-minister-russia-2021"
    )
    page = client.get(f"/about/changes?{query}", headers=BROWSER).text
    assert "<summary>What each article supports, and with which passages" in page
    assert "in NIAT Khovar on the Dushanbe meeting" not in page.partition("<summary>")[0]


def test_unknown_releases_and_entities_are_not_found(client: Client, here: Release) -> None:
    for query in ("old=ffffffffffffffff", "new=..", f"entity={namespaces.ID}person/nobody"):
        assert client.get(f"/about/changes?{query}", headers=BROWSER).status_code == 404
    assert client.get(f"/about/changes?old={here.id}&new={here.id}", headers=BROWSER).status_code == 200


def test_the_first_release_has_nothing_to_compare_with(
    engine: Engine, release: Release, tmp_path: Path
) -> None:
    shutil.copytree(release.folder, tmp_path / release.id)
    alone = dataclasses.replace(release, folder=tmp_path / release.id)
    with create_app(engine, release=alone).test_client() as client:
        page = client.get("/about/changes", headers=BROWSER)
        assert "no earlier release" in words(page)
        # The page says what it will show, and links to the pages that exist.
        assert "this page lists the facts that were added, removed and changed" in words(page)
        for address in ("/conflicts", "/announced", "/browse/article", "/about/changes.atom"):
            assert links(page).count(address) >= 1
            assert client.get(address, headers=BROWSER).status_code == 200
        feed = feedparser.parse(client.get("/about/changes.atom").data)
        assert not feed.bozo
        assert [entry.title.endswith(": the first release") for entry in feed.entries] == [True]
    with create_app(engine).test_client() as client:
        page = client.get("/about/changes", headers=BROWSER)
        assert "no earlier release" in words(page)
        assert "/about/changes.atom" not in links(page)
        assert client.get("/about/changes.atom").status_code == 404


def test_the_oldest_release_is_called_the_first_and_not_the_one_that_is_served(client: Client) -> None:
    page = words(client.get(f"/about/changes?new={OLDEST}", headers=BROWSER))
    name = f"version 0.2.0 of 1 January 2026, {OLDEST[:12]}"
    assert f"no earlier release here to compare with: {name} is the first." in page


def test_a_parameter_without_a_value_is_ignored(client: Client) -> None:
    page = client.get("/about/changes?old=&new=", headers=BROWSER)
    assert words(page) == words(client.get("/about/changes", headers=BROWSER))


def test_a_release_may_be_in_a_folder_of_any_name(engine: Engine, release: Release, tmp_path: Path) -> None:
    shutil.copytree(release.folder, tmp_path / "mine")
    with create_app(
        engine, release=dataclasses.replace(release, folder=tmp_path / "mine")
    ).test_client() as client:
        assert "no earlier release" in words(client.get("/about/changes", headers=BROWSER))
        assert feedparser.parse(client.get("/about/changes.atom").data).feed.title.startswith("Changes")


def test_feed_has_an_entry_for_each_release(client: Client, here: Release) -> None:
    response = client.get("/about/changes.atom")
    assert response.mimetype == ATOM
    feed = feedparser.parse(response.data)
    assert not feed.bozo
    assert feed.version == "atom10"
    assert feed.feed.id == f"{namespaces.DATASET}#changes"
    assert feed.feed.updated == f"{here.date}T00:00:00Z"
    assert feed.feed.author
    assert {link.rel for link in feed.feed.links} == {"self", "alternate"}
    assert [entry.id.rpartition("#")[2] for entry in feed.entries] == [
        f"changes-{OLDER}-{here.id}",
        f"changes-{OLDEST}-{OLDER}",
        f"changes-{OLDEST}",
    ]
    assert feed.entries[-1].title == "0.2.0 of 1 January 2026: the first release"
    first = client.get(feed.entries[-1].link.removeprefix("http://localhost"), headers=BROWSER)
    assert "is the first." in words(first)
    newest = feed.entries[0]
    assert " changed, about 1 thing" in newest.title
    assert "name: S. Lavrov (en) -> Sergey Lavrov (en)" in newest.content[0].value
    assert newest.updated_parsed
    page = client.get(newest.link.removeprefix("http://localhost"), headers=BROWSER)
    assert f"From version 0.2.0 of 1 February 2026, {OLDER[:12]}" in words(page)


def test_readers_find_the_feed(client: Client) -> None:
    for path in ("/", "/about/changes"):
        assert f'type="{ATOM}"' in client.get(path, headers=BROWSER).text


def test_a_release_that_cannot_be_read_is_named_without_its_folder(
    engine: Engine, release: Release, tmp_path: Path
) -> None:
    here, before = tmp_path / release.id, tmp_path / "0123456789abcdef"
    shutil.copytree(release.folder, here)
    before.mkdir()
    shutil.copy(here / MANIFEST, before)
    (before / "dataset.nq").write_text("<urn:s> <urn:p> <urn:o> <urn:g>\n", encoding="utf-8")
    os.utime(before, (0, 0))
    with create_app(engine, release=dataclasses.replace(release, folder=here)).test_client() as client:
        for path in ("/about/changes", "/about/changes.atom"):
            response = client.get(path, headers={"Accept": "text/html"})
            assert response.status_code == 500
            assert re.search(r"0123456789abcdef/dataset\.nq:\d: not readable", response.text)
            assert str(tmp_path) not in response.text
        shutil.copy(here / "dataset.nq", before)
        page = client.get("/about/changes", headers={"Accept": "text/html"})
        assert page.status_code == 200
        assert "No fact was added, removed or changed" in page.text
