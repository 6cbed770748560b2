"""The graph from Python: the same from a release here as from a site elsewhere, and whole or an error."""

import http.server
import json
import re
import time
import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import pytest
import rdflib

import cstokg
import remote_endpoints
from cstokg import errors, formats, namespaces
from cstokg import release as releases
from cstokg.article_text import ArticleTexts, TextError
from cstokg.client import endpoints
from cstokg.client.entities import UnknownEntityError
from cstokg.client.open_graph import FormError, Graph
from cstokg.client.values import BindingError, Iri, Text
from cstokg.engine.engine import Engine
from cstokg.http_requests import EndpointError
from cstokg.parameters import ParameterError, UnknownNameError
from cstokg.questions import QuestionError, UnknownQuestionError
from cstokg.release import Release, ReleaseError
from servers import serving

ROOT = Path(__file__).parents[1]
LAVROV = "person:lavrov-sergey"
MEETING = "meeting:2021-05-19-cfm"
ATTENDANCE = "attendance:2021-05-19-cfm-mukhriddin-sirojiddin"
SLOW = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"


@pytest.fixture(scope="module")
def endpoint(release: Release) -> Iterator[str]:
    """Yield the endpoint of a server of the release."""
    with serving("--release", release.folder) as server:
        yield server.endpoint


@pytest.fixture(scope="module", params=["local", "remote"])
def graph(request: pytest.FixtureRequest, release: Release) -> Iterator[Graph]:
    """The same release on this machine, and behind a server on loopback; without the articles' texts."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("CSTOKG_ARTICLES", raising=False)
        if request.param == "local":
            with cstokg.open(release.folder) as graph:
                yield graph
            return
        yield cstokg.open(request.getfixturevalue("endpoint"))


def test_rows_have_values_of_python(graph: Graph) -> None:
    (row,) = graph.query(
        """SELECT ?meeting ?day ?name ?nothing {
             ?meeting ckg:onDate ?day ; skos:prefLabel ?name FILTER (LANG(?name) = "ru")
             OPTIONAL { ?meeting ckg:nothing ?nothing }
           }""",
        meeting=Iri(MEETING),
    )
    assert row["meeting"] == Iri(MEETING)
    assert isinstance(row["meeting"], Iri)
    assert row["meeting"].name == MEETING
    assert row["day"] == date(2021, 5, 19)
    assert isinstance(row["name"], Text)
    assert row["name"].language == "ru"
    assert row["nothing"] is None


def test_values_take_the_place_of_variables(graph: Graph) -> None:
    rows = graph.query("SELECT ?day { ?meeting ckg:onDate ?day }", meeting=Iri(MEETING))
    assert rows.column("day") == [date(2021, 5, 19)]
    assert graph.ask("ASK { ?meeting ckg:onDate ?day }", day=date(2021, 5, 19), meeting=Iri(MEETING))
    assert not graph.ask("ASK { ?meeting ckg:onDate ?day }", day=date(2021, 5, 20), meeting=Iri(MEETING))
    with pytest.raises(BindingError, match=r"no variable \?meting"):
        graph.query("SELECT ?day { ?meeting ckg:onDate ?day }", meting=Iri(MEETING))


def test_questions_are_answered_as_saved(graph: Graph) -> None:
    rows = graph.question("attendances-of-a-meeting", meeting=MEETING)
    assert rows == graph.question("attendances-of-a-meeting", meeting=graph.entity(MEETING))
    assert len(rows) == 7
    assert {row["acting"] for row in rows} == {True, None}
    assert graph.questions["member-on-day"].parameters
    graph.question("member-on-day", state="state:armenia", day=date(2024, 6, 21))


@pytest.mark.parametrize(
    ("name", "values", "error", "message"),
    [
        ("attendance-of-meeting", {}, UnknownQuestionError, "attendances-of-a-meeting"),
        ("attendances-of-a-meeting", {"metting": MEETING}, ParameterError, "no parameter 'metting'"),
        ("attendances-of-a-meeting", {"meeting": "meeting:2021-05-19-cmf"}, UnknownNameError, MEETING),
        ("member-on-day", {"day": "21 June 2024"}, ParameterError, "a day such as"),
    ],
)
def test_a_question_that_cannot_be_asked_is_an_error_with_the_remedy(
    graph: Graph, name: str, values: dict[str, str], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        graph.question(name, **values)


def test_an_entity_has_label_kind_facts_with_evidence_and_links(graph: Graph) -> None:
    entity = graph.entity(LAVROV)
    assert (str(entity), entity.kind, entity.iri.name) == ("Sergey Lavrov", "foreign minister", LAVROV)
    assert {text.language for text in entity.labels} == {"en", "ru"}
    assert entity.links == (Iri("wd:Q58217"),)
    facts = [fact for fact in entity.facts if fact.value == Iri(MEETING)]
    assert [fact.label for fact in facts] == ["attended"]
    assert facts[0].inferred
    assert {evidence.article.name for evidence in facts[0].evidence} == {"article:dushanbe-2021"}
    assert any(link.property.name == "ckg:attendee" for link in entity.mentions)
    meeting = graph.entity(f"<{namespaces.ID}meeting/2021-05-19-cfm>")
    assert meeting.values("ckg:onDate") == (date(2021, 5, 19),)


def test_bounds_of_time_are_days_and_no_words(graph: Graph) -> None:
    (row,) = graph.query("SELECT ?thing ?day { ?thing ckg:startNotBefore ?day } ORDER BY ?thing LIMIT 1")
    thing, day = row["thing"], row["day"]
    assert isinstance(thing, Iri)
    assert isinstance(day, date)
    assert graph.entity(thing).values("ckg:startNotBefore") == (day,)


def test_evidence_says_where_in_which_article(graph: Graph) -> None:
    (evidence,) = graph.evidence(ATTENDANCE)
    assert (evidence.article.name, evidence.start, evidence.end) == ("article:dushanbe-2021", 190, 278)
    assert evidence.sha256.startswith("16357217e540f43d")
    assert evidence.source == "NIAT Khovar, 20 May 2021"
    assert evidence.text is None
    assert graph.evidence(evidence.span) == (evidence,)
    everything = graph.evidence(LAVROV)
    attended = graph.evidence(graph.entity(LAVROV), "ckg:attended")
    assert set(attended) < set(everything)
    assert list(everything) == sorted(everything, key=lambda row: (row.article, row.start, row.end))


@pytest.mark.parametrize("name", ["person:lavrov-sergej", "person:nobody-at-all", "no name"])
def test_an_unknown_entity_is_an_error(graph: Graph, name: str) -> None:
    with pytest.raises(UnknownEntityError, match="nothing is called"):
        graph.entity(name)
    with pytest.raises(UnknownEntityError):
        graph.evidence(name)


@pytest.mark.filterwarnings("ignore:Dataset.default_context:DeprecationWarning")  # rdflib's own use of it
def test_the_dataset_is_that_of_the_release(graph: Graph, release: Release) -> None:
    dataset = graph.dataset()
    named = [g for g in dataset.graphs() if len(g) and str(g.identifier).startswith(namespaces.GRAPH)]
    assert len(named) == release.counts["graphs"]
    meeting = rdflib.URIRef(namespaces.expand(MEETING))
    assert (meeting, rdflib.URIRef(f"{namespaces.CKG}onDate"), None) in dataset
    inferred = dataset.graph(rdflib.URIRef(namespaces.INFERRED))
    assert len(inferred) == release.counts["inferred"]
    assert graph.release == release.id


def test_construct_gives_a_graph(graph: Graph) -> None:
    described = graph.construct("CONSTRUCT { ?meeting ?p ?o } WHERE { ?meeting ?p ?o }", meeting=Iri(MEETING))
    assert {str(subject) for subject in described.subjects()} == {namespaces.expand(MEETING)}
    assert len(graph.construct(f"DESCRIBE {MEETING}"))


@pytest.mark.parametrize(
    ("sparql", "error"),
    [
        ("SELECT * { ?s", errors.MalformedQueryError),
        ("not a query", errors.MalformedQueryError),
        ("DELETE WHERE { ?s ?p ?o }", errors.UpdateRefusedError),
        ("SELECT * { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }", errors.ServiceRefusedError),
        (f"SELECT * {{ {'{' * 200}{'}' * 200} }}", errors.QueryTooDeepError),
        ("SELECT * { ?a ?b ?c . ?d ?e ?f } LIMIT 300000", errors.ResultTooLargeError),
        ("ASK { ?s ?p ?o }", FormError),
        ("DESCRIBE meeting:2021-05-19-cfm", FormError),
    ],
)
def test_errors_are_the_same_here_and_over_http(graph: Graph, sparql: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        graph.query(sparql)


def test_a_query_out_of_time_is_an_error(release: Release, endpoint: str) -> None:
    with cstokg.open(release.folder, timeout=0.3) as local:
        for graph in (local, cstokg.open(endpoint, timeout=0.3)):
            with pytest.raises(errors.QueryTimeoutError):
                graph.query(SLOW)


def test_the_words_of_spans_come_from_the_folder_of_texts(release: Release, articles: Path) -> None:
    with cstokg.open(release.folder, articles=articles) as graph:
        (evidence,) = graph.evidence(ATTENDANCE)
        assert evidence.text is not None
        assert len(evidence.text) == evidence.end - evidence.start


def test_without_the_right_text_there_are_no_words(release: Release, tmp_path: Path) -> None:
    (tmp_path / "other.txt").write_text("another text", encoding="utf-8")
    with cstokg.open(release.folder, articles=tmp_path) as graph:
        assert graph.evidence(ATTENDANCE)[0].text is None


def test_missing_release_is_an_error_with_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(ReleaseError, match="cstokg build"):
        cstokg.open(tmp_path)


@pytest.mark.parametrize(
    "address",
    [
        "http://",
        "http:///sparql",
        "https://example.org/?query=x",
        "http://example.org:eighty",
        "http://[::1",
        "http://example.org/a b",
        "http://пример.example/",
    ],
)
def test_a_wrong_address_is_an_error(address: str) -> None:
    with pytest.raises(EndpointError, match="not the address of a site"):
        cstokg.open(address)


def test_the_documentation_runs(release: Release, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All its Python, in order, in a folder with the release."""
    (tmp_path / "releases").symlink_to(release.folder.parent)
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(
        r"^```python\n(.*?)^```", (ROOT / "docs/python.md").read_text(encoding="utf-8"), re.M | re.S
    )
    names: dict[str, object] = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        exec("\n".join(blocks), names)  # noqa: S102 - the project's own
    assert isinstance(names["graph"], Graph)
    names["graph"].close()
    assert str(names["person"]) == "Sergey Lavrov"


# Sites that answer wrongly.

WHOLE = json.dumps({"head": {"vars": ["a"]}, "results": {"bindings": []}}).encode()
YES = json.dumps({"head": {}, "boolean": True}).encode()
JSON = {"Content-Type": formats.RESULTS_JSON}


@contextmanager
def answering(status: int, headers: dict[str, str], body: bytes) -> Iterator[str]:
    """Yield the address of a server that gives the same answer to everything, and closes the connection."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST  # noqa: N815 - the names of http.server

        def log_message(self, *_: object) -> None:
            """Print nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    with server, remote_endpoints.answering(server):
        yield f"http://127.0.0.1:{server.server_port}"


@pytest.mark.parametrize(
    ("status", "headers", "body", "error", "message"),
    [
        (200, {"Content-Length": str(len(WHOLE) + 1)}, WHOLE, EndpointError, "cut off"),
        (200, {"Content-Length": "all"}, WHOLE, EndpointError, "cut off"),
        (200, {}, WHOLE, EndpointError, "does not say how long it is"),
        (200, {"Transfer-Encoding": "chunked"}, b'5\r\n{"a":\r\n', EndpointError, "cut off"),
        (200, {"Content-Length": "9"}, b"<html></>", EndpointError, "Is it a site of cstokg"),
        (200, {"Content-Length": "9", **JSON}, b"<html></>", EndpointError, "Is it a site of cstokg"),
        (200, {"Content-Length": str(len(YES)), **JSON}, YES, EndpointError, "Is it a site of cstokg"),
        (404, {"Content-Length": "7"}, b"nothing", EndpointError, "404"),
        (503, {"Content-Length": "2"}, b"{}", EndpointError, "503"),
        (
            200,
            {"Content-Length": str(len(WHOLE)), "Failed-Services": "http://other.example/", **JSON},
            WHOLE,
            errors.ServiceFailedError,
            "other.example",
        ),
    ],
)
def test_an_incomplete_answer_is_an_error(
    status: int, headers: dict[str, str], body: bytes, error: type[Exception], message: str
) -> None:
    with answering(status, headers, body) as address, pytest.raises(error, match=message):
        cstokg.open(address, timeout=5).query("SELECT ?a { ?a ?b ?c }")


def test_a_complete_answer_of_such_a_server_is_accepted() -> None:
    with answering(200, {"Content-Length": str(len(WHOLE)), **JSON}, WHOLE) as address:
        graph = cstokg.open(address, timeout=5)
        assert len(graph.query("SELECT ?a { ?a ?b ?c }")) == 0
        with pytest.raises(EndpointError, match="Is it a site of cstokg"):
            graph.ask("ASK { ?a ?b ?c }")
        with pytest.raises(EndpointError, match="Is it a site of cstokg"):
            graph.construct("CONSTRUCT WHERE { ?a ?b ?c }")


def test_a_graph_that_is_malformed_is_an_error() -> None:
    headers = {"Content-Length": "9", "Content-Type": formats.N_TRIPLES}
    with (
        answering(200, headers, b"<a> <b> .") as address,
        pytest.raises(EndpointError, match="Is it a site of cstokg"),
    ):
        cstokg.open(address, timeout=5).construct("CONSTRUCT WHERE { ?a ?b ?c }")


def test_an_address_that_redirects_is_an_error_which_names_the_other(endpoint: str) -> None:
    """Urllib would follow by GET without the query, and the site would answer with its description."""
    headers = {"Content-Length": "0", "Location": endpoint}
    with (
        answering(301, headers, b"") as address,
        pytest.raises(EndpointError, match=f"redirects to {endpoint}"),
    ):
        cstokg.open(address, timeout=5).construct("CONSTRUCT WHERE { ?a ?b ?c }")


def test_an_answer_that_trickles_is_stopped_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    def trickle(handler: http.server.BaseHTTPRequestHandler, _: str) -> None:
        remote_endpoints.send(handler, b"", Content_Length="100")
        for number in range(100):
            handler.wfile.write(str(number % 10).encode())
            time.sleep(0.1)

    monkeypatch.setattr(endpoints, "_GRACE", 0.0)
    start = time.monotonic()
    with remote_endpoints.remote(trickle) as site, pytest.raises(errors.QueryTimeoutError):
        cstokg.open(site.endpoint, timeout=0.5).query("SELECT ?a { ?a ?b ?c }")
    assert time.monotonic() - start < 5


def test_a_site_that_is_not_there_is_an_error() -> None:
    with pytest.raises(EndpointError, match="cannot be reached"):
        cstokg.open("http://127.0.0.1:9").query("SELECT ?a { ?a ?b ?c }")


@pytest.mark.parametrize("body", [b"<p>Welcome", b"[1]", b"{}", b'{"files":{"a":1}}', b"[" * 200_000])
def test_what_is_no_site_is_an_error(body: bytes) -> None:
    with answering(200, {"Content-Length": str(len(body))}, body) as address:
        graph = cstokg.open(address, timeout=5)
        with pytest.raises(EndpointError, match="is not what a site of cstokg has there"):
            _ = graph.questions
        with pytest.raises(EndpointError, match="is not what a site of cstokg has there"):
            graph.entity(LAVROV)


def test_a_file_with_another_hash_is_an_error() -> None:
    contents = {"cstokg.trig": b""}
    manifest = releases.write(contents, version="0" * 64, number="1", date="2031-05-20", counts={})
    with (
        answering(200, {"Content-Length": str(len(manifest))}, manifest) as address,
        pytest.raises(EndpointError, match="not what the manifest says"),
    ):
        cstokg.open(address, timeout=5).dataset()


def test_an_entity_is_read_of_one_release(release: Release, monkeypatch: pytest.MonkeyPatch) -> None:
    with cstokg.open(release.folder) as graph:
        endpoint = graph._endpoint  # noqa: SLF001 - a release is swapped while it is read
        ids = iter(["old", "new", "new", "new"])
        monkeypatch.setattr(endpoint, "release_id", lambda: next(ids))
        assert graph.entity(LAVROV).label == "Sergey Lavrov"
        assert list(ids) == []
        counter = iter(range(100))
        monkeypatch.setattr(endpoint, "release_id", lambda: str(next(counter)))
        with pytest.raises(EndpointError, match="again and again"):
            graph.entity(LAVROV)


def test_what_only_the_new_release_has_is_found(release: Release, monkeypatch: pytest.MonkeyPatch) -> None:
    with cstokg.open(release.folder) as graph:
        endpoint = graph._endpoint  # noqa: SLF001 - a release is swapped while it is read
        monkeypatch.setattr(endpoint, "release_id", lambda: "old")
        assert graph.entity(LAVROV)
        reader = graph._reader  # noqa: SLF001
        assert reader is not None
        del reader._graph.catalogue.entries[namespaces.expand(LAVROV)]  # noqa: SLF001
        with pytest.raises(UnknownEntityError):
            graph.entity(LAVROV)
        monkeypatch.setattr(endpoint, "release_id", lambda: "new")
        assert graph.entity(LAVROV).label == "Sergey Lavrov"


def test_questions_of_another_version_are_an_error(monkeypatch: pytest.MonkeyPatch, release: Release) -> None:
    with cstokg.open(release.folder) as graph:
        monkeypatch.setattr(graph._endpoint, "file", lambda name: b'[{"name": "a", "colour": "red"}]')  # noqa: SLF001
        with pytest.raises(QuestionError, match="another version"):
            _ = graph.questions


def test_threads_share_the_processes_that_evaluate(release: Release, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[str] = []

    class Started:
        def query(self, sparql: str, media_type: str) -> str:
            return sparql

        def close(self) -> None:
            started.append("closed")

    def isolated(*_: object) -> Started:
        time.sleep(0.1)
        started.append("started")
        return Started()

    monkeypatch.setattr(Engine, "isolated", isolated)
    local = endpoints.Local(release.folder, 5)
    with ThreadPoolExecutor(4) as executor:
        list(executor.map(lambda number: local.query(str(number), formats.CSV), range(4)))
    local.close()
    assert started == ["started", "closed"]


def test_texts_that_do_not_fit_are_an_error(
    release: Release, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(ArticleTexts, "find", lambda self, sha256: "x" * 5000)
    with (
        cstokg.open(release.folder, articles=tmp_path) as graph,
        pytest.raises(TextError, match="do not have the recorded hash"),
    ):
        graph.evidence(ATTENDANCE)
