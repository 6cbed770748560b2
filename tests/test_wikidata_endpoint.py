"""An endpoint is asked as it wishes to be, and what is no answer ends with a message."""

import email.utils
import json
import time
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import parse_qs

import pytest
from pyoxigraph import Store

from cstokg.build.wikidata import wikidata_endpoint
from cstokg.build.wikidata.wikidata_endpoint import Client
from cstokg.http_requests import EndpointError
from remote_endpoints import BAD, Remote, remote, send
from wikidata_excerpt import ALL_REQUESTS, BATCH, LINKED, Responder, check, form_of, store

pytestmark = pytest.mark.usefixtures("project_is_read_once")


def refusing(times: int, status: int, made: Store, **headers: str) -> Responder:
    """Return responses that are right after some refusals."""
    left = [times]
    respond = form_of(made)

    def respond_or_refuse(handler: BaseHTTPRequestHandler, body: str) -> None:
        if left[0]:
            left[0] -= 1
            send(handler, b"Too many", status, Content_Type="text/plain", **headers)
        else:
            respond(handler, body)

    return respond_or_refuse


QUERY = """SELECT ?name {
  <http://www.wikidata.org/entity/Q649> <http://www.w3.org/2000/01/rdf-schema#label> ?name
}"""


def client(other: Remote, slept: list[float]) -> Client:
    """Return a client that does not sleep, but notes for how long it would."""
    return Client(other.endpoint, sleep=slept.append)


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(("after", "waits"), [("7", [7.0, 7.0]), ("", [2.0, 4.0]), ("soon", [2.0, 4.0])])
def test_refusal_is_followed_by_a_pause(status: int, after: str, waits: list[float]) -> None:
    slept: list[float] = []
    headers = {"Retry_After": after} if after else {}
    with remote(refusing(2, status, store(), **headers)) as other:
        assert len(client(other, slept).select(QUERY)) == 2
    assert slept == waits
    assert len(other.requests) == 3


def test_pause_until_a_day_and_hour() -> None:
    slept: list[float] = []
    at = email.utils.formatdate(time.time() + 60, usegmt=True)
    with remote(refusing(1, 429, store(), Retry_After=at)) as other:
        client(other, slept).select(QUERY)
    assert 50 < slept[0] <= 60


def test_pause_that_is_too_long_ends_the_run() -> None:
    slept: list[float] = []
    with (
        remote(refusing(1, 429, store(), Retry_After="86400")) as other,
        pytest.raises(
            EndpointError, match="asks for a pause of 86400 seconds; with --state FILE a later run"
        ),
    ):
        client(other, slept).select(QUERY)
    assert slept == []


def test_endpoint_that_always_refuses_is_given_up_after_growing_pauses() -> None:
    slept: list[float] = []
    with remote(refusing(99, 503, store())) as other, pytest.raises(EndpointError, match="503"):
        client(other, slept).select(QUERY)
    assert slept == [2.0, 4.0, 8.0, 16.0]


def test_command_waits_and_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wikidata_endpoint, "_FIRST_WAIT", 0.01)
    with remote(refusing(1, 429, store())) as other:
        found = check(other.endpoint)
    assert found.stderr.startswith("429 Too Many Requests: waiting 0 seconds\n")
    assert f"links {LINKED}:" in found.stderr


def test_requests_say_who_asks_and_name_many_items() -> None:
    with remote(form_of(store())) as other:
        check(other.endpoint, *BATCH)
    assert len(other.requests) == ALL_REQUESTS
    for _, headers, body in other.requests:
        assert headers["user-agent"].startswith("cstokg/")
        assert "https://w3id.org/csto-kg/" in headers["user-agent"]
        assert headers["accept"] == "application/sparql-results+json"
        assert parse_qs(body)["query"][0].count(" wd:Q") > 10


def test_broken_off_run_goes_on_and_then_leaves_nothing(tmp_path: Path) -> None:
    state = tmp_path / "state.json"
    respond = form_of(store())
    breaks = [True]

    def break_off(handler: BaseHTTPRequestHandler, body: str) -> None:
        if breaks[0] and len(other.requests) > 8:
            send(handler, b"Down", 500, Content_Type="text/plain")
        else:
            respond(handler, body)

    with remote(break_off) as other:
        broken = check(other.endpoint, *BATCH, "--state", state)
        assert broken.exit_code == 1
        assert f"500 Internal Server Error (Down); the next run continues from {state}" in broken.stderr
        assert len(json.loads(state.read_text(encoding="utf-8"))["answers"]) == 8
        breaks[0] = False
        resumed = check(other.endpoint, *BATCH, "--state", state)
        assert len(other.requests) == 9 + ALL_REQUESTS - 8
        assert not state.exists()
        whole = check(other.endpoint, *BATCH)
    assert resumed.stdout == whole.stdout != ""


def test_state_of_another_endpoint_is_kept(tmp_path: Path) -> None:
    state = tmp_path / "state.json"
    content = json.dumps({"endpoint": "https://other.example/sparql", "answers": {}})
    state.write_text(content, encoding="utf-8")
    with pytest.raises(
        EndpointError,
        match=r"the state of a run at https://other\.example/sparql; remove it, or name another",
    ):
        Client("http://127.0.0.1:9/", state)
    assert state.read_text(encoding="utf-8") == content


def test_refusal_is_closed_before_the_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    closed: list[HTTPError] = []
    close = HTTPError.close

    def noted(error: HTTPError) -> None:
        closed.append(error)
        close(error)

    monkeypatch.setattr(HTTPError, "close", noted)
    closed_at_pauses: list[int] = []
    with remote(refusing(2, 503, store())) as other:
        Client(other.endpoint, sleep=lambda seconds: closed_at_pauses.append(len(set(closed)))).select(QUERY)
    assert closed_at_pauses == [1, 2]


@pytest.mark.parametrize("content", ["", "[]", '{"endpoint": "http://127.0.0.1:9/"}', "{"])
def test_file_that_holds_no_state_of_a_run_is_refused(tmp_path: Path, content: str) -> None:
    state = tmp_path / "state.json"
    state.write_text(content, encoding="utf-8")
    with pytest.raises(EndpointError, match=r"not the state of a run .*; remove it"):
        Client("http://127.0.0.1:9/", state)


def test_without_network_the_message_names_the_endpoint_and_the_remedy() -> None:
    found = check("http://127.0.0.1:9/sparql")
    assert found.exit_code == 1
    assert found.stdout == ""
    assert found.stderr.startswith("Error: http://127.0.0.1:9/sparql cannot be reached (")
    assert "name another endpoint with --endpoint" in found.stderr


@pytest.mark.parametrize(
    "endpoint", ["file:///etc/passwd", "query.wikidata.org", "ftp://a.example/", "http://", "http://[::1"]
)
def test_malformed_address_is_refused(endpoint: str) -> None:
    found = check(endpoint)
    assert found.exit_code == 1
    assert f"{endpoint}: not the address of an endpoint" in found.stderr


@pytest.mark.parametrize(
    "name", ["breaks off", "says nothing", "fails", "page", "malformed", "not results", "not HTTP"]
)
def test_bad_endpoint_ends_with_a_message(name: str) -> None:
    with remote(BAD[name]) as other, pytest.raises(EndpointError, match=other.endpoint):
        client(other, []).select(QUERY)


HEAD = '{"head":{"vars":["item"]},"results":{"bindings":'


@pytest.mark.parametrize(
    "body",
    [
        "[" * 300_000,
        '{"x":' + "[" * 50_000 + "]" * 50_000 + ',"head":{"vars":[]},"results":{"bindings":[]}}',
        HEAD + "[1]}}",
        HEAD + '{"a":1}}}',
        HEAD + '[{"item":"Q1"}]}}',
        HEAD + '[{"item":{"type":"uri"}}]}}',
        HEAD + '[{"item":{"type":"uri","value":5}}]}}',
        '{"head":{},"boolean":true}',
        '{"head":{"vars":null},"results":{"bindings":[]}}',
    ],
    ids=lambda body: body[:60],
)
def test_json_other_than_results_ends_with_a_message(body: str) -> None:
    with remote(lambda handler, _: send(handler, body.encode())) as other:
        result = check(other.endpoint)
    assert (result.exit_code, result.stdout) == (1, "")
    assert "sent no results in JSON. Is it the address of a SPARQL endpoint?" in result.stderr


@pytest.mark.parametrize("row", ["{}", '{"item":{"type":"uri","value":"http://www.wikidata.org/entity/Q0"}}'])
def test_answer_about_something_else_ends_with_a_message(row: str) -> None:
    with remote(lambda handler, _: send(handler, f"{HEAD}[{row}]}}}}".encode())) as other:
        result = check(other.endpoint)
    assert (result.exit_code, result.stdout) == (1, "")
    assert "answers what it was not asked" in result.stderr


def test_redirect_is_not_followed() -> None:
    """The query would be lost."""
    with (
        remote(BAD["redirects"]) as other,
        pytest.raises(EndpointError, match=r"redirects to http://127\.0\.0\.1:1/; if"),
    ):
        client(other, []).select(QUERY)
    assert len(other.requests) == 1
