"""The command ``cstokg serve``: a real server and independent clients."""

import json
import os
import shlex
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pytest
from click.testing import CliRunner
from rdflib.plugins.stores.sparqlstore import SPARQLStore

from cstokg.cli.main import main
from cstokg.engine.workers import sandbox
from cstokg.release import Release
from cstokg.web.serving import server
from servers import START_SECONDS, Server, serving

DATA = '<http://example.org/s> <http://example.org/p> "x" <http://example.org/one> .\n'


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Return a file with one triple, in a named graph."""
    path = tmp_path / "data.nq"
    path.write_text(DATA)
    return path


def failing(*options: str | Path) -> subprocess.CompletedProcess[str]:
    """Run a server that is expected not to start, and return its result."""
    command = [sys.executable, "-m", "cstokg", "serve", *map(str, options)]
    return subprocess.run(command, capture_output=True, text=True, timeout=START_SECONDS, check=False)


def ask(endpoint: str, sparql: str, **headers: str) -> tuple[int, str]:
    """Send a query by GET, and return the status and body of the answer."""
    request = Request(f"{endpoint}?{urlencode({'query': sparql})}", headers=headers)  # noqa: S310
    try:
        with urlopen(request, timeout=10) as response:  # noqa: S310
            return response.status, response.read().decode()
    except HTTPError as error:
        with error:
            return error.code, error.read().decode()


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Yield a server of that file."""
    path = tmp_path_factory.mktemp("server") / "data.nq"
    path.write_text(DATA)
    with serving("--data", path, "--default-graph", "union") as server:
        yield server


def test_files_are_served_over_http(running: Server) -> None:
    """By GET and by POST, errors too; a merged default graph if asked for."""
    assert running.title == "data.nq"
    assert ask(running.endpoint, "SELECT ?o { ?s ?p ?o }", Accept="text/csv") == (200, "o\r\nx\r\n")
    post = Request(  # noqa: S310
        running.endpoint, data=b"ASK { ?s ?p 'x' }", headers={"Content-Type": "application/sparql-query"}
    )
    with urlopen(post, timeout=10) as response:  # noqa: S310
        assert json.load(response)["boolean"] is True
    status, body = ask(running.endpoint, "SELECT")
    assert status == 400
    assert json.loads(body)["status"] == 400


def test_start_line_has_the_base_path(data: Path) -> None:
    with serving("--data", data, "--base-path", "/kg") as running:
        assert running.endpoint == f"http://127.0.0.1:{running.port}/kg/sparql"
        assert ask(running.endpoint, "ASK {}", Accept="text/csv")[0] == 200


def test_release_is_served_with_its_questions(tmp_path: Path, release: Release) -> None:
    """The current one of the root, unless another is named."""
    (tmp_path / "releases").mkdir()
    (tmp_path / "releases" / "current").symlink_to(release.folder)
    with serving("--root", tmp_path) as running:
        assert running.title == f"release {release.version[:12]}"
        with urlopen(Request(running.endpoint, headers={"Accept": "text/html"}), timeout=10) as response:  # noqa: S310
            assert "Who chaired each meeting?</a>" in response.read().decode()


def test_independent_client_is_understood(running: Server) -> None:
    """The SPARQL store of rdflib, by GET and by POST."""
    for method in ("GET", "POST"):
        store = SPARQLStore(running.endpoint, method=method)
        rows = store.query("SELECT ?o { GRAPH <http://example.org/one> { ?s ?p ?o } }")
        assert [str(row[0]) for row in rows] == ["x"]  # type: ignore[index]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_server_stops_when_told(data: Path, number: signal.Signals) -> None:
    """With status 0, nothing on standard error but of the sandbox, and the port free again."""
    with serving("--data", data) as running:
        running.process.send_signal(number)
        assert running.process.wait(timeout=START_SECONDS) == 0
        assert running.process.stderr is not None
        said = running.process.stderr.read().splitlines()
        assert [line for line in said if line != f"Warning: {sandbox.describe()}"] == []
        assert bool(said) is not sandbox.is_complete()
        server.listen("127.0.0.1", running.port).close()


def test_taken_port_is_reported(data: Path) -> None:
    """With the remedy, and nothing else, though the data are being loaded."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = failing("--data", data, "--port", str(port))
    assert result.returncode == 1
    message = f"port {port} of 127.0.0.1 is taken; choose another with --port, or 0 for a free one"
    assert result.stderr == f"Error: {message}\n"


def test_foreign_address_is_reported() -> None:
    """An address of no interface of this machine cannot be listened on."""
    with pytest.raises(server.ServeError, match=r"cannot listen on port 0 of 192\.0\.2\.1"):
        server.listen("192.0.2.1", 0)


def test_missing_release_is_reported_with_the_remedy(tmp_path: Path) -> None:
    """With the command that makes one, and no stack trace."""
    result = failing("--root", tmp_path, "--port", "0")
    assert result.returncode == 1
    assert "no release here. Run `cstokg build`" in result.stderr
    assert "Traceback" not in result.stderr


def test_release_or_data_not_both(tmp_path: Path, data: Path) -> None:
    result = CliRunner().invoke(main, ["serve", "--release", str(tmp_path), "--data", str(data)])
    assert (result.exit_code, "--release or --data" in result.output) == (2, True)


@pytest.mark.parametrize(
    "option",
    [
        "--timeout nan",
        "--timeout inf",
        "--timeout 0",
        "--workers 0",
        "--connections 0",
        "--cache -5",
        "--page-threads 0",
        "--work -3",
        "--depth 0",
        "--head-bytes 0",
        "--base-path kg",
        "--base-path /kg/",
        "--base-path '/k g'",
        "--trust-proxies -1",
        "--short -1",
        "--default-graph union",
        "--allow-service 'http://a b/'",
    ],
)
def test_value_with_which_no_server_could_run_is_a_usage_error(option: str) -> None:
    result = CliRunner().invoke(main, ["serve", "--port", "0", *shlex.split(option)])
    assert result.exit_code == 2
    assert option.split()[0] in result.output


def test_serving_imports_nothing_that_only_the_build_needs(data: Path) -> None:
    script = f"""
import sys
from pathlib import Path
from cstokg.cli import serving
from cstokg.engine.workers import fork_server_connection
from cstokg.engine.engine import Engine
from cstokg.web.serving import server
from site_client import create_app
client = create_app(Engine.from_files([Path({str(data)!r})])).test_client()
for accept in ("text/html", "text/turtle", "application/ld+json", "application/rdf+xml"):
    response = client.get("/sparql?query=CONSTRUCT+WHERE+{{?s+?p+?o}}", headers={{"Accept": accept}})
    assert response.status_code == 200, response.text
print(sorted({{"rdflib", "owlrl", "pyshacl"}} & set(sys.modules)))
"""
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([*filter(None, sys.path), str(Path(__file__).parent)]),
    }
    command = [sys.executable, "-c", script]
    result = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    assert result.stdout == "[]\n"
