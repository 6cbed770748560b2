"""Pages about the site: changes between releases are counted by entity, without what is computed."""

import dataclasses
import os
import shutil
from pathlib import Path

import pytest

from cstokg import namespaces
from cstokg.engine.engine import Engine
from cstokg.release import MANIFEST, Release, ReleaseError
from cstokg.web.views import site_pages
from site_client import create_app

ONE, TWO, SPAN = (
    f"{namespaces.ID}person/one",
    f"{namespaces.ID}person/two",
    f"{namespaces.ID}article/a/span/1-2",
)


def write(folder: Path, *facts: tuple[str, str, str], graph: str = f"{namespaces.GRAPH}x") -> Path:
    """A folder with a dataset of these facts."""
    folder.mkdir()
    lines = [f"<{s}> <urn:{p}> {o} <{graph}> .\n" for s, p, o in facts]
    (folder / "dataset.nq").write_text(
        "".join(lines) + f"<{ONE}> <urn:p> _:b <{graph}> .\n", encoding="utf-8"
    )
    return folder


def test_changes_are_counted_by_entity(tmp_path: Path) -> None:
    """Added, removed, and another value in place of one."""
    before = write(tmp_path / "a", (ONE, "name", '"A"'), (ONE, "old", '"x"'), (TWO, "same", '"y"'))
    after = write(
        tmp_path / "b", (ONE, "name", '"B"'), (TWO, "same", '"y"'), (TWO, "new", '"z"'), (SPAN, "n", '"1"')
    )
    found = site_pages.compare(before, after)
    assert (found.added, found.removed, found.changed) == (2, 1, 1)
    assert found.entities == ((ONE, (0, 1, 1)), (TWO, (1, 0, 0)))


def test_what_follows_is_not_counted(tmp_path: Path) -> None:
    """Nor what is computed about the dataset."""
    before = write(tmp_path / "a")
    after = write(tmp_path / "b", (ONE, "name", '"A"'), graph=namespaces.INFERRED)
    assert site_pages.compare(before, after).entities == ()


def test_a_dataset_that_does_not_parse_is_an_error(tmp_path: Path) -> None:
    before, after = write(tmp_path / "a"), write(tmp_path / "b")
    with (after / "dataset.nq").open("a", encoding="utf-8") as file:
        file.write("<urn:s> <urn:p> .\n")
    with pytest.raises(ReleaseError, match=r"b/dataset\.nq: not readable as N-Quads: .* line 2"):
        site_pages.compare(before, after)
    (tmp_path / "empty").mkdir()
    with pytest.raises(ReleaseError, match=r"empty/dataset\.nq: not readable"):
        site_pages.compare(tmp_path / "empty", before)


def test_the_page_of_changes_says_which_release_cannot_be_read(
    engine: Engine, release: Release, tmp_path: Path
) -> None:
    here, before = tmp_path / release.id, tmp_path / "0123456789abcdef"
    shutil.copytree(release.folder, here)
    before.mkdir()
    shutil.copy(here / MANIFEST, before)
    (before / "dataset.nq").write_text("<urn:s> <urn:p> <urn:o> <urn:g>\n", encoding="utf-8")
    os.utime(before, (0, 0))
    client = create_app(engine, release=dataclasses.replace(release, folder=here)).test_client()
    response = client.get("/about/changes", headers={"Accept": "text/html"})
    assert response.status_code == 500
    assert "0123456789abcdef/dataset.nq: not readable as N-Quads" in response.text
    assert str(tmp_path) not in response.text
    shutil.copy(here / "dataset.nq", before)
    page = client.get("/about/changes", headers={"Accept": "text/html"})
    assert page.status_code == 200
    assert "Since release <code>0123456789abcdef</code>: 0 facts added" in page.text
