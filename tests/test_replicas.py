"""Several servers behind nginx: a new release reaches all, and no client sees an error or a mixture."""

import json
import re
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from click.testing import CliRunner

import other_servers
import remote_endpoints
import servers
from cstokg import release as releases
from cstokg.build import release_folder
from cstokg.build.release_folder import FetchError
from cstokg.cli.main import main
from cstokg.release import Release
from servers import Server

ROOT = Path(__file__).parents[1]
OLD, NEW = b"Sergey Lavrov", b"Sergey Invented"
LEAST_ANSWERS = 50  # before the change, and after it
CHANGE_SECONDS = 60
PAUSE_SECONDS = 0.05  # of each client, so that the servers come to load the new release
TARGETS = {
    f"/sparql?query={quote('SELECT ?o { person:lavrov-sergey skos:prefLabel ?o } ORDER BY ?o')}": "text/csv",
    f"/sparql?query={quote('SELECT ?s ?o { ?s skos:prefLabel ?o } ORDER BY ?s ?o')}": "text/csv",
    "/page/person/lavrov-sergey": "text/html",
    "/data/person/lavrov-sergey.ttl": "text/turtle",
    "/downloads/dataset.nq": "*/*",
}


def install(release: Release, out: Path, *, changed: bool = False) -> Release:
    """Make a release the current one in a folder: as it is, or with another name for a person."""
    contents = {name: (release.folder / name).read_bytes() for name in release.files}
    if changed:
        assert OLD in contents["dataset.nq"]
        contents["dataset.nq"] = contents["dataset.nq"].replace(OLD, NEW)
    numbers = {"version": release.version, "number": release.number, "date": release.date}
    contents[releases.MANIFEST] = releases.write(contents, counts=release.counts, **numbers)
    with release_folder.lock(out):
        return releases.load(release_folder.install(contents, out))


@contextmanager
def nginx(folder: Path, *upstream: Server) -> Iterator[int]:
    """The port of an nginx, as the documentation sets it up, before two servers."""
    settings = re.findall(
        r"```nginx\n(.*?)```", (ROOT / "docs" / "scale.md").read_text(encoding="utf-8"), re.S
    )[0]
    port = other_servers.free_port()
    for documented, actual in (("8001", upstream[0].port), ("8002", upstream[1].port), ("8000", port)):
        settings = settings.replace(f"127.0.0.1:{documented}", f"127.0.0.1:{actual}")
    with other_servers.nginx(folder, settings, f"http://127.0.0.1:{port}/health?"):
        yield port


class Load:
    """Clients that ask until they are stopped; each answer by target and entity tag, and what went wrong."""

    def __init__(self, port: int) -> None:
        """Ask at a port of loopback."""
        self.answers: dict[str, dict[str, set[bytes]]] = defaultdict(lambda: defaultdict(set))
        self.wrong: list[str] = []
        self.count = 0
        self._port = port
        self._stopped = threading.Event()
        self._threads = [threading.Thread(target=self._ask) for _ in range(4)]

    def __enter__(self) -> "Load":  # noqa: D105
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:  # noqa: D105
        self._stopped.set()
        for thread in self._threads:
            thread.join()

    def _ask(self) -> None:
        connection = HTTPConnection("127.0.0.1", self._port, timeout=30)
        while not self._stopped.is_set():
            for target, accept in TARGETS.items():
                try:
                    connection.request("GET", target, headers={"Accept": accept})
                    with connection.getresponse() as response:
                        status, tag, body = response.status, response.headers.get("ETag", ""), response.read()
                except OSError as error:
                    self.wrong.append(f"{target}: {error!r}")
                    connection.close()
                    continue
                self.count += 1
                time.sleep(PAUSE_SECONDS)
                if status != 200:
                    self.wrong.append(f"{target}: {status} {body[:200]!r}")
                elif OLD in body and NEW in body:
                    self.wrong.append(f"{target}: two releases in one answer")
                else:
                    self.answers[target][tag].add(body)
        connection.close()


def test_new_release_under_load(release: Release, tmp_path: Path) -> None:
    first, second = tmp_path / "first" / "releases", tmp_path / "second" / "releases"
    install(release, first)
    install(release, second)
    (tmp_path / "nginx").mkdir()
    with (
        servers.serving("--root", first.parent, "--trust-proxies", "1") as one,
        servers.serving("--root", second.parent, "--trust-proxies", "1") as two,
        nginx(tmp_path / "nginx", one, two) as port,
    ):
        with Load(port) as load:
            end = time.monotonic() + CHANGE_SECONDS

            def wait_for(condition: Callable[[], bool]) -> None:
                while not condition():
                    assert time.monotonic() < end
                    time.sleep(0.1)

            wait_for(lambda: load.count > LEAST_ANSWERS)
            changed = install(release, first, changed=True)
            wait_for(lambda: json.loads(one.send("GET", "/health").body)["release"] == changed.id)
            release_folder.fetch(f"http://127.0.0.1:{one.port}", second)
            wait_for(lambda: json.loads(two.send("GET", "/health").body)["release"] == changed.id)
            before = load.count
            wait_for(lambda: load.count > before + LEAST_ANSWERS)
        assert load.wrong == []
        for target, answers in load.answers.items():
            assert len(answers) == 2, target  # the old release, and the new one
            assert [len(bodies) for bodies in answers.values()] == [1, 1], target
        named = next(iter(TARGETS))
        assert {NEW in body for bodies in load.answers[named].values() for body in bodies} == {True, False}


def test_fetched_release_is_that_of_the_server(release: Release, tmp_path: Path) -> None:
    with servers.serving("--release", release.folder) as server:
        address = f"http://127.0.0.1:{server.port}"
        result = CliRunner().invoke(main, ["fetch-release", "--root", str(tmp_path), address])
    assert result.exit_code == 0, result.output
    assert releases.load(tmp_path / "releases" / "current").id == release.id


def fetch(release: Release, out: Path, manifest: object, **contents: bytes) -> Release:
    """Fetch a release from a server that has these contents of files in place of a release's own."""
    text = manifest if isinstance(manifest, bytes) else json.dumps(manifest).encode()
    answers = {"release.json": text, **{name.replace("_nq", ".nq"): body for name, body in contents.items()}}

    def answer(path: str) -> bytes:
        name = path.removeprefix("/downloads/")
        return answers[name] if name in answers else (release.folder / name).read_bytes()

    with remote_endpoints.getting(answer) as base:
        return release_folder.fetch(base, out)


def described(release: Release) -> dict[str, Any]:
    """Return a release's manifest."""
    manifest: dict[str, Any] = json.loads((release.folder / releases.MANIFEST).read_bytes())
    return manifest


NAMES = (
    "../../evil",
    "/etc/evil",
    "",
    ".",
    "./release.json",
    "release.json",
    "a\0b",
    "\ud800",
    "a/b/c",
    ".evil",
)


@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_manifest_that_names_other_files_is_refused(release: Release, tmp_path: Path, name: str) -> None:
    manifest = described(release)
    manifest["files"][name] = {"bytes": 4, "sha256": releases.sha256(b"evil")}
    with pytest.raises(FetchError, match="is not the name of a file of a release"):
        fetch(release, tmp_path / "kg" / "releases", manifest)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "manifest", [b"<html>", b"[" * 200_000, b"[1]", b"\xff", {"files": [1]}, {"files": {}}]
)
def test_what_is_no_manifest_is_refused(release: Release, tmp_path: Path, manifest: object) -> None:
    with pytest.raises(FetchError, match=r"release\.json: not the manifest of a release"):
        fetch(release, tmp_path / "releases", manifest)


def test_file_that_is_not_that_of_the_manifest_is_refused(release: Release, tmp_path: Path) -> None:
    with pytest.raises(FetchError, match="the files were not those of the manifest"):
        fetch(release, tmp_path / "releases", described(release), dataset_nq=b"<urn:a> <urn:b> <urn:c> .\n")
    assert not (tmp_path / "releases" / "current").exists()


def test_release_that_is_not_whole_does_not_take_the_place_of_one_that_is(
    release: Release, tmp_path: Path
) -> None:
    """Its checksums are right, but a file is missing that every release has."""
    out = tmp_path / "releases"
    fetch(release, out, (release.folder / releases.MANIFEST).read_bytes())
    manifest = described(release)
    del manifest["files"]["dataset.nq"]
    with pytest.raises(FetchError, match=r"lacks dataset\.nq. Does the server run another version of cstokg"):
        fetch(release, out, manifest)
    assert releases.load(out / "current").id == release.id


def test_release_that_is_damaged_here_is_fetched_again(release: Release, tmp_path: Path) -> None:
    out = tmp_path / "releases"
    manifest = (release.folder / releases.MANIFEST).read_bytes()
    fetch(release, out, manifest)
    (out / "current" / "dataset.nq").write_bytes(b"damaged")
    assert fetch(release, out, manifest).id == release.id
    assert releases.load(out / "current").id == release.id


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("file:///etc", "not the address of a server"),
        ("http://[::1", "not the address of a server"),
        ("http://127.0.0.1:1/путь", "not the address of a server"),
        ("http://127.0.0.1:1/?a=b", "not the address of a server"),
        ("http://127.0.0.1:1", "cannot be reached"),
    ],
)
def test_server_that_is_not_there_is_named(tmp_path: Path, address: str, message: str) -> None:
    with pytest.raises(FetchError, match=message):
        release_folder.fetch(address, tmp_path / "releases")
