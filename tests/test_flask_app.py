"""Pages and files are small on their way, and whole."""

import gzip
import time
from pathlib import Path

import pytest
from flask import request
from werkzeug.test import Client

from cstokg.engine.engine import Engine
from protocol_client import write
from site_client import create_app

LINES = "".join(f"console.log({number});\n" for number in range(100_000)).encode()
PACKED = {"Accept-Encoding": "gzip"}


@pytest.fixture
def client(tmp_path: Path) -> Client:
    """A client of an application over a small file, with a large script."""
    app = create_app(Engine.from_files([write(tmp_path)]))
    app.pages.static_folder = str(tmp_path)
    (tmp_path / "large.js").write_bytes(LINES)
    return app.test_client()


def test_file_is_compressed_once(client: Client, tmp_path: Path) -> None:
    """The second who asks does not wait for it; a file that has changed is compressed again."""
    took = []
    for _ in range(3):
        start = time.process_time()
        response = client.get("/static/large.js", headers=PACKED, buffered=True)
        took.append(time.process_time() - start)
        assert gzip.decompress(response.data) == LINES
    assert min(took[1:]) < took[0] / 3
    (tmp_path / "large.js").write_bytes(LINES[:2000])
    assert gzip.decompress(client.get("/static/large.js", headers=PACKED, buffered=True).data) == LINES[:2000]


def test_part_of_a_file_is_not_compressed(client: Client) -> None:
    """Its place is that in the file as it is."""
    part = client.get("/static/large.js", headers={**PACKED, "Range": "bytes=10-3009"}, buffered=True)
    assert (part.status_code, part.data) == (206, LINES[10:3010])
    assert "Content-Encoding" not in part.headers


def test_whoever_takes_no_compression_gets_none(client: Client) -> None:
    """And is told that others do."""
    plain = client.get("/static/large.js", buffered=True)
    assert plain.data == LINES
    assert "Accept-Encoding" in plain.vary


def test_page_is_made_once(tmp_path: Path) -> None:
    """For whoever asks in the same way; another format, coding or host is another response."""
    app = create_app(Engine.from_files([write(tmp_path)]))
    made = []
    app.pages.before_request(lambda: made.append(request.path))
    client = app.test_client()
    first, second = (client.get("/limits", headers=PACKED) for _ in range(2))
    assert first.data == second.data
    assert first.headers["ETag"] == second.headers["ETag"]
    assert made == ["/limits"]
    known = client.get("/limits", headers={**PACKED, "If-None-Match": first.headers["ETag"]})
    assert (known.status_code, len(made)) == (304, 1)
    client.get("/limits")
    client.get("/limits", headers={**PACKED, "Accept": "text/html"})
    client.get("/limits", headers={**PACKED, "Host": "example.org"})
    assert len(made) == 4


def test_page_with_an_answer_or_a_problem_is_made_each_time(tmp_path: Path) -> None:
    app = create_app(Engine.from_files([write(tmp_path)]))
    made = []
    app.pages.before_request(lambda: made.append(request.path))
    client = app.test_client()
    for query in ("SELECT * { ?s ?p ?o }", "SELECT ?"):
        for _ in range(2):
            client.get("/sparql", query_string={"query": query}, headers={"Accept": "text/html"})
    assert len(made) == 4
