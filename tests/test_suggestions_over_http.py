"""Programs are told of misspelt names, beside the answer and by a look at single names."""

from collections.abc import Iterator
from urllib.parse import urljoin

import pytest
from werkzeug.http import parse_options_header
from werkzeug.test import Client

from cstokg import namespaces
from cstokg.engine import evaluation
from cstokg.engine.engine import Engine
from cstokg.web import sparql_protocol
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
            "iri": f"{namespaces.CKG}HeldMeetng",
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
    asked = ["person:lavrov-sergey", f"<{namespaces.ID}person/lavrov-sergej>", "ckg:zzzzzzzzz"]
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


def test_names_in_large_data_are_not_read_for_a_hint(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evaluation, "_SEARCHED", 10)
    client = create_app(engine).test_client()
    assert "Link" not in client.get("/sparql?query=ASK{?m a ckg:HeldMeetng}").headers


def test_header_stays_small_and_plain() -> None:
    """Whatever the names are; letters that a header cannot hold stand in the address only."""
    assert sparql_protocol._help_link((("ckg:" + "x" * 10_000, "ckg:y"),), "/sparql") == ""  # noqa: SLF001
    header = sparql_protocol._help_link((("ckg:\u043c", "ckg:m"),), "/sparql")  # noqa: SLF001
    assert header == '<api/names?name=ckg%3A%D0%BC>; rel="help"'
