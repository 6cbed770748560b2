"""The files of a release, as they are offered for downloading."""

import shutil
from pathlib import Path

import pytest
from werkzeug.test import Client

from cstokg.engine.engine import Engine
from cstokg.release import Release, load
from protocol_client import get, problem
from site_client import create_app


@pytest.fixture
def copied(tmp_path: Path, release: Release) -> tuple[Path, Client]:
    """Return a copy of a release, and a client of the application that serves it."""
    folder = tmp_path / release.folder.name
    shutil.copytree(release.folder, folder)
    made = create_app(Engine.from_release(folder), release=load(folder))
    return folder, made.test_client()


def test_downloads_are_the_files_of_the_manifest(copied: tuple[Path, Client]) -> None:
    folder, client = copied
    response = client.get("/downloads/cstokg.ttl")
    assert response.data == (folder / "cstokg.ttl").read_bytes()
    assert response.content_type == "text/turtle; charset=utf-8"
    tag = response.headers["ETag"]
    assert client.get("/downloads/cstokg.ttl", headers={"If-None-Match": tag}).status_code == 304
    packed = client.get("/downloads/cstokg.ttl", headers={"Accept-Encoding": "gzip"})
    assert packed.headers["ETag"] != tag
    assert client.head("/downloads/cstokg.ttl").headers["Content-Length"] == str(len(response.data))
    table = client.get("/downloads/parquet/triples.parquet")
    assert table.headers["Content-Disposition"] == 'attachment; filename="triples.parquet"'
    assert table.content_type == "application/vnd.apache.parquet"
    for name in ("none.ttl", "../x", "release.json/", ""):
        assert client.get(f"/downloads/{name}").status_code == 404
    assert client.post("/downloads/cstokg.ttl").status_code == 405
    assert client.get("/downloads").headers["Location"] == "/about/downloads"


def test_the_manifest_is_a_download_too(copied: tuple[Path, Client]) -> None:
    """With it whoever fetches a release can check the other files."""
    folder, client = copied
    response = client.get("/downloads/release.json")
    assert response.data == (folder / "release.json").read_bytes()
    assert response.content_type == "application/json"


@pytest.mark.parametrize("change", ["edited", "removed", "all removed"])
def test_download_whose_file_is_not_that_of_the_manifest_is_refused(
    copied: tuple[Path, Client], change: str
) -> None:
    folder, client = copied
    if change == "edited":
        path = folder / "cstokg.ttl"
        path.write_bytes(path.read_bytes().replace(b"ckg:", b"gkc:", 1))
    elif change == "removed":
        (folder / "cstokg.ttl").unlink()
    else:
        shutil.rmtree(folder)
    response = client.get("/downloads/cstokg.ttl")
    assert response.status_code == 503
    assert str(problem(response)["type"]).endswith("/file-unavailable")
    assert get(client, "ASK {}").status_code == 200
