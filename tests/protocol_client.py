"""A small dataset, requests to /sparql, and problems read back, for the tests of the protocol."""

import json
from pathlib import Path

from werkzeug.test import Client, TestResponse

from cstokg import namespaces
from cstokg.engine.engine import Engine
from cstokg.engine.evaluation import Answer, Request

MEETING = f"{namespaces.ID}meeting/2021-05-19-cfm"
DATA = f"""\
<http://example.org/s> <http://example.org/p> "<script>alert(1)</script>"@en <http://example.org/one> .
<http://example.org/s> <http://example.org/p> "=1+1" .
<http://example.org/s> <http://example.org/p> "-4.5"^^<http://www.w3.org/2001/XMLSchema#decimal> .
<http://example.org/s> <http://example.org/p> <http://example.org/o?a=1&b=2> .
<{MEETING}> <{namespaces.CKG}attended> "x" <{namespaces.GRAPH}articles/here-2021> .
<{MEETING}> <{namespaces.CKG}attended> "x" .
"""
SELECT = "SELECT ?o WHERE { ?s ?p ?o } ORDER BY STR(?o)"
BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


DIRECT = "application/sparql-query"


class CountingEngine(Engine):
    """An engine that counts what it is asked."""

    asked = 0

    async def answer(self, request: Request, timeout: float | None = None, *, urgent: bool = False) -> Answer:
        """Return the answer of the engine itself."""
        type(self).asked += 1
        return await super().answer(request, timeout, urgent=urgent)


def write(folder: Path) -> Path:
    """Write a file of quads, and return its path."""
    path = folder / "data.nq"
    path.write_text(DATA)
    return path


def get(client: Client, sparql: str, accept: str | None = None, **more: str) -> TestResponse:
    """Send a query by GET, and return the response."""
    headers = {} if accept is None else {"Accept": accept}
    return client.get("/sparql", query_string={"query": sparql, **more}, headers=headers)


def send(client: Client, method: str, body: bytes, media_type: str = DIRECT, **headers: str) -> TestResponse:
    """Send a request with a body, and return the response."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.open("/sparql", method=method, data=body, content_type=media_type, headers=named)


def problem(response: TestResponse) -> dict[str, object]:
    """Return the problem document of a response, whose members agree with its status."""
    assert response.mimetype == "application/problem+json"
    document: dict[str, object] = json.loads(response.data)
    assert document["status"] == response.status_code
    assert str(document["type"]).startswith(f"{namespaces.BASE}problems/")
    assert document["title"]
    assert document["detail"]
    return document
