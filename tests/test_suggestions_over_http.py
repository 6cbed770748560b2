"""Programs are told of misspelt names, beside the answer and by a look at single names."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urljoin

import pytest
from werkzeug.http import parse_options_header
from werkzeug.test import Client

from cstokg import names
from cstokg.engine.engine import Engine
from cstokg.engine.errors import QueryTimeoutError
from cstokg.engine.evaluation import Answer
from cstokg.web import hints
from site_client import create_app

TITLE = "The data have no ckg:HeldMeetng. Did you mean ckg:HeldMeeting?"


@pytest.fixture(scope="module")
def client(engine: Engine) -> Iterator[Client]:
    """A client of the application over the release."""
    with create_app(engine).test_client() as client:
        yield client


@pytest.mark.parametrize(
    "sparql",
    [
        "SELECT * { ?m a ckg:HeldMeetng }",
        "SELECT (COUNT(*) AS ?n) { ?m a ckg:HeldMeetng }",
        "ASK { ?m a ckg:HeldMeetng }",
        "CONSTRUCT WHERE { ?m a ckg:HeldMeetng }",
    ],
)
def test_answer_to_a_misspelt_query_links_help(client: Client, sparql: str) -> None:
    """Also from the cache; the answer itself is as ever."""
    for _ in range(2):
        response = client.get("/sparql", query_string={"query": sparql})
        assert response.status_code == 200
        assert b"HeldMeeting" not in response.data
        target, options = parse_options_header(response.headers["Link"])
        assert options == {"rel": "help", "title": TITLE}
        (told,) = client.get(urljoin("/sparql", target.strip("<>"))).get_json()["names"]
        assert told == {
            "name": "ckg:HeldMeetng",
            "iri": f"{names.CKG}HeldMeetng",
            "known": False,
            "nearest": "ckg:HeldMeeting",
        }


@pytest.mark.parametrize(
    "sparql",
    ["SELECT * { ?m a ckg:HeldMeeting }", "ASK { ?m a ckg:HeldMeeting }", "ASK { ?s ?p <urn:x:HeldMeetng> }"],
)
def test_other_answers_have_no_such_link(client: Client, sparql: str) -> None:
    """Names that are right, and names of others."""
    assert "Link" not in client.get("/sparql", query_string={"query": sparql}).headers


def test_names_are_looked_up(client: Client) -> None:
    """In the order asked; the name of a person under a wrong spelling too."""
    asked = ["person:lavrov-sergey", f"<{names.ID}person/lavrov-sergej>", "ckg:zzzzzzzzz"]
    found = client.get("/api/names", query_string={"name": asked}).get_json()["names"]
    assert [row["name"] for row in found] == asked
    assert [row["known"] for row in found] == [True, False, False]
    assert [row["nearest"] for row in found] == [None, "person:lavrov-sergey", None]


@pytest.mark.parametrize("query", ["", "name=foaf:name", "name=", "&".join(["name=ckg:x"] * 21)])
def test_wrong_look_ups_are_refused(client: Client, query: str) -> None:
    """None, too many, and names of others."""
    response = client.get(f"/api/names?{query}")
    assert response.status_code == 400
    assert response.get_json()["parameter"] == "name"


def test_data_with_too_many_names_are_asked_for_them_once(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who asks a query waits for no hint in vain, and who looks up a name is told."""
    asked = []
    query = Engine.query

    def slow(self: Engine, sparql: str, *rest: Any, **more: Any) -> Answer:
        if "isIRI" in sparql:
            asked.append(sparql)
            raise QueryTimeoutError("too long", 2.0)
        return query(self, sparql, *rest, **more)

    monkeypatch.setattr(Engine, "query", slow)
    client = create_app(engine).test_client()
    for number in range(3):
        response = client.get("/sparql", query_string={"query": f"ASK {{ ?m a ckg:HeldMeetng }} # {number}"})
        assert response.status_code == 200
        assert "Link" not in response.headers
    assert len(asked) == 1
    assert client.get("/api/names?name=ckg:HeldMeetng").status_code == 503


def test_header_stays_small_and_plain() -> None:
    """Whatever the names are; letters that a header cannot hold stand in the address only."""
    assert hints.link([("ckg:" + "x" * 10_000, "ckg:y")]) == ""
    assert hints.link([("ckg:\u043c", "ckg:m")]) == '<api/names?name=ckg%3A%D0%BC>; rel="help"'
