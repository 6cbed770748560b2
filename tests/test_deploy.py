"""The files in deploy/ do what they say, in the server for which they are written."""

import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import pytest

import other_servers
from cstokg import namespaces
from cstokg.release import Release
from servers import Server, serving

ROOT = Path(__file__).parents[1]
HTACCESS = ROOT / "deploy" / "w3id" / ".htaccess"
SITE = "https://csto-kg.example"
IRIS = (
    namespaces.BASE,
    namespaces.ONTOLOGY,
    f"{namespaces.ID}person/lavrov-sergey",
    f"{namespaces.ID}dataset",
    f"{namespaces.ID}concept/topic/afghanistan",
    f"{namespaces.GRAPH}articles/minsk-2011",
    f"{namespaces.BASE}queries/holder-on-day?post=post%3Aforeign-minister-russia&day=2021-05-19",
    f"{namespaces.BASE}problems/not-found",
)


@pytest.fixture(scope="module")
def site(release: Release) -> Iterator[Server]:
    with serving("--release", release.folder) as server:
        yield server


@pytest.fixture(scope="module")
def w3id(site: Server) -> Iterator[int]:
    """The port of an Apache that has the file as w3id.org would, for the site on loopback."""
    # Apache started by root reads as another user, who may not enter pytest's folders.
    with tempfile.TemporaryDirectory() as folder:
        yield from _apache(Path(folder), site)


def _apache(folder: Path, site: Server) -> Iterator[int]:
    if shutil.which("apache2") is None:
        refuse = pytest.fail if os.environ.get("CI") else pytest.skip
        refuse("install apache2 to try deploy/w3id/.htaccess")
    text = HTACCESS.read_text(encoding="utf-8")
    (folder / "www" / "csto-kg").mkdir(parents=True)
    for path in (folder, folder / "www", folder / "www" / "csto-kg"):
        path.chmod(0o755)
    (folder / "www" / "csto-kg" / ".htaccess").write_text(
        re.sub(rf"^(RewriteRule .*){re.escape(SITE)}", rf"\1http://127.0.0.1:{site.port}", text, flags=re.M),
        encoding="utf-8",
    )
    (folder / "www" / "alive").write_text("yes", encoding="utf-8")
    port = other_servers.free_port()
    modules = ("mpm_event", "authz_core", "rewrite")
    settings = folder / "apache2.conf"
    settings.write_text(
        f"ServerName localhost\nServerRoot {folder}\nPidFile {folder}/pid\nErrorLog {folder}/error.log\n"
        + "".join(f"LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so\n" for name in modules)
        + f"Listen 127.0.0.1:{port}\nUser www-data\nGroup www-data\nDocumentRoot {folder}/www\n"
        f"<Directory {folder}/www>\n  AllowOverride All\n  Require all granted\n</Directory>\n",
        encoding="utf-8",
    )
    command = ["apache2", "-f", str(settings), "-D", "FOREGROUND"]
    with other_servers.started(command, f"http://127.0.0.1:{port}/alive?"):
        yield port


def location(port: int, target: str) -> tuple[int, str]:
    """The status of a response, and where it leads."""
    with closing(HTTPConnection("127.0.0.1", port, timeout=30)) as connection:
        connection.request("GET", target, headers={"Accept": "text/html"})
        with connection.getresponse() as response:
            response.read()
            return response.status, response.headers.get("Location", "")


@pytest.mark.parametrize("iri", IRIS)
def test_each_iri_leads_to_the_site_that_has_it_at_the_same_path(w3id: int, site: Server, iri: str) -> None:
    path = iri.removeprefix("https://w3id.org")
    assert location(w3id, path) == (302, f"http://127.0.0.1:{site.port}{path.removeprefix('/csto-kg')}")
    answer = urlsplit(location(w3id, path)[1])
    target = f"{answer.path}?{answer.query}" if answer.query else answer.path
    for _ in range(3):
        status, next_ = location(site.port, target)
        if status not in (302, 303):
            break
        target = next_.removeprefix(f"http://127.0.0.1:{site.port}")
    assert status == 200


def test_file_says_that_the_address_is_not_registered() -> None:
    text = HTACCESS.read_text(encoding="utf-8")
    assert text.startswith("# NOT LIVE")
    assert text.count(SITE) == 2  # the rule, and the line that says what to put in its place
