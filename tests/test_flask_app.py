"""Pages and files are small on their way, and whole."""

import gzip
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest
from flask import request
from werkzeug.test import Client

from cstokg import formats
from cstokg.engine.engine import Engine
from cstokg.engine.evaluation import Answer
from cstokg.errors import OverloadedError
from cstokg.settings import Serving
from cstokg.web.serving import http
from protocol_client import write
from site_client import create_app

LINES = "".join(f"console.log({number});\n" for number in range(100_000)).encode()
PACKED = {"Accept-Encoding": "gzip"}
HTML = {"Accept": "text/html"}
# What the shapes would refuse: texts in place of days and numbers, things without a class.
UNCHECKED = """\
PREFIX article: <https://w3id.org/csto-kg/id/article/>
PREFIX ckg: <https://w3id.org/csto-kg/ontology#>
PREFIX dcterms: <http://purl.org/dc/terms/>
PREFIX id: <https://w3id.org/csto-kg/id/>
PREFIX membership: <https://w3id.org/csto-kg/id/membership/>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
PREFIX span: <https://w3id.org/csto-kg/id/article/a/span/>
PREFIX statement: <https://w3id.org/csto-kg/id/statement/>
PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
article:a a ckg:Article ; ckg:onDate "soon" ; ckg:retrievedOn "yesterday" .
article:without-class dcterms:title "Title" .
span:3-9 a ckg:EvidenceSpan ; ckg:spanOf article:a .
<https://w3id.org/csto-kg/id/meeting/m> a ckg:Meeting , ckg:HeldMeeting ;
  ckg:onDate "no day" ; ckg:endNotAfter "9999-12-31"^^xsd:date ;
  ckg:heldIn <https://w3id.org/csto-kg/id/place/p> .
<https://w3id.org/csto-kg/id/place/p> a ckg:Place ; skos:prefLabel "P" ;
  ckg:latitude "40 N" ; ckg:longitude 10 .
<https://w3id.org/csto-kg/id/state/s> a ckg:State ; skos:prefLabel "S"@en .
<https://w3id.org/csto-kg/id/body/b> a ckg:Organisation ; skos:prefLabel "B"@en .
membership:one a ckg:Membership ; ckg:member <https://w3id.org/csto-kg/id/state/s> ;
  ckg:membershipIn <https://w3id.org/csto-kg/id/body/b> ; ckg:startNotAfter "9999-12-31"^^xsd:date .
membership:two a ckg:Membership ; ckg:member <https://w3id.org/csto-kg/id/state/s> ;
  ckg:membershipIn <https://w3id.org/csto-kg/id/body/b> ; ckg:startNotAfter "2001"^^xsd:gYear .
<https://w3id.org/csto-kg/id/event/e> a ckg:Event , ckg:Occurrence ;
  ckg:onDate "2021" ; ckg:affectsMembership membership:one .
statement:dated a ckg:Statement ; ckg:onDate "2021-13-01" ;
  ckg:evidence span:3-9 ; ckg:reportedIn article:a .
statement:undated a ckg:Statement ; ckg:startNotBefore "long ago" .
statement:in-another a ckg:Statement ; ckg:reportedIn article:not-described .
<https://w3id.org/csto-kg/id/meeting/held> a ckg:HeldMeeting ; ckg:onDate "2020-01-01"^^xsd:date .
<https://w3id.org/csto-kg/id/attendance/odd> a ckg:Attendance ;
  ckg:atMeeting <https://w3id.org/csto-kg/id/meeting/m> ;
  ckg:attendee <http://example.org/somebody> , <https://w3id.org/csto-kg/id/person/p> .
<https://w3id.org/csto-kg/id/record/r> ckg:evidence span:3-9 ; ckg:reportedIn article:a ;
  ckg:paraphrase "Words" .
<https://w3id.org/csto-kg/id/record/nothing> ckg:evidence span:3-9 ; ckg:reportedIn article:a .
<https://w3id.org/csto-kg/id/conflict/c> skos:prefLabel "Conflict" .
"""


@pytest.fixture
def client(tmp_path: Path) -> Client:
    """Return a client of an application over a small file, with a large script."""
    app = create_app(Engine.from_files([write(tmp_path)]))
    app.pages.static_folder = str(tmp_path)
    (tmp_path / "large.js").write_bytes(LINES)
    return app.test_client()


def test_file_is_compressed_once(client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second request does not wait for it; a file that has changed is compressed again."""
    compressed = Mock(side_effect=gzip.compress)
    monkeypatch.setattr(formats, "gzip", Mock(compress=compressed))
    for made, content in enumerate((b"// one\n" + LINES, b"// two\n" + LINES), 1):
        (tmp_path / "large.js").write_bytes(content)
        for _ in range(3):
            response = client.get("/static/large.js", headers=PACKED, buffered=True)
            assert gzip.decompress(response.data) == content
        assert compressed.call_count == made


@pytest.mark.parametrize("part", ["bytes=10-3009", "bytes=999999999-", "items=0-1"])
def test_files_are_sent_whole(client: Client, part: str) -> None:
    response = client.get("/static/large.js", headers={"Range": part}, buffered=True)
    assert (response.status_code, response.data) == (200, LINES)
    assert "Accept-Ranges" not in response.headers


def test_date_is_left_to_the_server(client: Client) -> None:
    """Which writes it; some proxies refuse a response that has it twice."""
    assert "Date" not in client.get("/static/large.js", buffered=True).headers


def test_client_that_accepts_no_compression_gets_none(client: Client) -> None:
    """The Vary header says that other clients get a compressed file."""
    plain = client.get("/static/large.js", buffered=True)
    assert plain.data == LINES
    assert "Accept-Encoding" in plain.vary


def test_page_is_made_once(tmp_path: Path) -> None:
    """Once for all requests with the same format, content coding and host."""
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


def test_form_for_queries_is_made_once(tmp_path: Path) -> None:
    """It is the same for all who have not asked yet; an answer is for the one who asked."""
    client = create_app(Engine.from_files([write(tmp_path)])).test_client()
    browser = {"Accept": "text/html"}
    form, again = (client.get("/sparql", headers=browser) for _ in range(2))
    assert form.data == again.data
    assert form.headers["ETag"]
    assert form.cache_control.max_age
    known = client.get("/sparql", headers={**browser, "If-None-Match": form.headers["ETag"]})
    assert known.status_code == 304
    for query in ("ASK{}", "ASK"):
        answered = client.get("/sparql", query_string={"query": query}, headers=browser)
        assert "ETag" not in answered.headers
        assert answered.cache_control.no_cache or answered.cache_control.no_store


def test_tag_changes_with_the_data_the_code_the_settings_and_the_coding(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where files are served and not a release."""

    def tag(settings: Serving, headers: dict[str, str], more: str = "") -> str:
        path = write(tmp_path)
        with path.open("a") as file:
            file.write(more)
        engine = Engine.from_files([path])
        response = create_app(engine, settings=settings).test_client().get("/limits", headers=headers)
        assert {"Accept", "Accept-Encoding"} <= {*response.vary}
        return response.headers["ETag"]

    usual = Serving()
    tags = [tag(usual, {}), tag(usual, PACKED), tag(Serving(headers=50), {})]
    tags.append(tag(usual, {}, "<http://x/a> <http://x/b> <http://x/c> ."))
    again = tag(usual, {}, "<http://x/a> <http://x/b> <http://x/c> .")
    assert again == tags[-1]
    monkeypatch.setattr(http, "code_version", lambda: "another")
    tags.append(tag(usual, {}))
    assert len({*tags}) == len(tags)


def test_tag_of_an_answer_changes_with_the_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tags = set()
    for version in ("1", "2"):
        monkeypatch.setattr(http, "code_version", lambda version=version: version)
        client = create_app(Engine.from_files([write(tmp_path)])).test_client()
        tags.add(client.get("/sparql?query=ASK{}", headers={"Accept": "text/csv"}).headers["ETag"])
    assert len(tags) == 2


def test_page_that_lacks_an_answer_is_neither_shown_nor_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that was busy for a moment would show the gap until the next release."""
    engine = Engine.from_files([write(tmp_path)])
    client = create_app(engine).test_client()
    asked = engine.query

    def fail(sparql: str, *rest: Any, **more: Any) -> Answer:
        if "ckg:Meeting" in sparql:
            raise OverloadedError("m", 7)
        return asked(sparql, *rest, **more)

    monkeypatch.setattr(engine, "query", fail)
    page = client.get("/", headers={"Accept": "text/html"})
    assert (page.status_code, page.headers["Retry-After"]) == (503, "7")
    monkeypatch.undo()
    assert client.get("/", headers={"Accept": "text/html"}).status_code == 200


@pytest.fixture(scope="module")
def unchecked(tmp_path_factory: pytest.TempPathFactory) -> Client:
    """Return a client of an application over data that no shape has checked."""
    path = tmp_path_factory.mktemp("unchecked") / "data.ttl"
    path.write_text(UNCHECKED, encoding="utf-8")
    return create_app(Engine.from_files([path], "union")).test_client()


def test_pages_without_a_release_mention_none(unchecked: Client) -> None:
    front, plans = (unchecked.get(address, headers=HTML).text for address in ("/", "/announced"))
    assert "changes.atom" not in front
    assert "dataset.bib" not in front
    assert "this release" not in plans
    assert "this release" not in unchecked.get("/figures", headers=HTML).text


@pytest.mark.parametrize(
    "address",
    [
        *("/", "/announced", "/browse", "/conflicts", "/explore", "/ontology", "/reconcile"),
        "/search?q=words",
        *(
            "/figures/map",
            "/figures/neighbourhood",
            "/figures/relays",
            "/figures/timeline",
            "/figures/topics",
        ),
        *("/statements", "/statements.csv", "/statements.xlsx", "/statements?year=2021"),
        *("/page/article/a", "/page/article/a/span/3-9", "/page/article/without-class", "/page/body/b"),
        *("/page/conflict/c", "/page/event/e", "/page/meeting/m", "/page/place/p", "/page/record/r"),
        *("/page/state/s", "/page/statement/dated", "/page/statement/undated"),
        *("/cite/article/a", "/cite/article/a.bib", "/cite/article/a.json", "/cite/article/a.ris"),
    ],
)
def test_data_that_nobody_has_checked_are_shown_as_far_as_they_can_be_read(
    unchecked: Client, address: str
) -> None:
    """Any file can be served, so a literal that is no day spoils no page."""
    assert unchecked.get(address, headers={} if "." in address else HTML).status_code == 200


def test_other_data_are_not_said_to_be_in_the_public_domain(unchecked: Client) -> None:
    for address in ("/", "/figures/timeline"):
        assert "CC0" not in unchecked.get(address, headers=HTML).text
    assert "their licence is not known here" in unchecked.get("/about/licence", headers=HTML).text
