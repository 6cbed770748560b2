"""Queries are answered from another server as from the engine, within the same limits, or not at all."""

import csv
import io
import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from urllib.parse import parse_qs, quote

import pytest
from click.testing import CliRunner

import other_servers
import planted
import remote_endpoints
import servers
from cstokg import namespaces, questions
from cstokg.build import build, publishing
from cstokg.build.target_server import TargetServer
from cstokg.cli.main import main
from cstokg.engine.engine import Engine
from cstokg.release import Release
from servers import Server

pytestmark = pytest.mark.early

ROOT = Path(__file__).parents[1]
SAVED = [question for question in questions.read_all(ROOT / "queries") if not question.endpoint]
OTHER = f"{namespaces.GRAPH}of-others"


@pytest.fixture(scope="module", params=["oxigraph", "virtuoso"])
def behind(
    request: pytest.FixtureRequest, release: Release, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """A server of ours before one of another make that holds the release, and a graph of others."""
    start = getattr(other_servers, request.param)
    with start(tmp_path_factory.mktemp(request.param)) as server:
        target = replace(server, merged=other_servers.MERGED)
        publishing.publish(release, target)
        insert = "INSERT DATA { GRAPH <IRI> { <urn:x> <urn:y> 1 } }".replace("IRI", OTHER)
        TargetServer(target).update([insert])
        with servers.serving(
            "--release", release.folder, "--backend", target.query, "--timeout", "25"
        ) as ours:
            yield ours


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Release:
    """Return a release that is published in a moment, for what does not depend on the data."""
    return build.build(planted.write(tmp_path_factory.mktemp("small")))


def rows(body: bytes) -> list[list[str]]:
    """The rows of CSV."""
    return list(csv.reader(io.StringIO(body.decode())))


@pytest.fixture(scope="module")
def expected(engine: Engine) -> dict[str, list[list[str]]]:
    """Return the rows of the saved questions, by their names, as the engine answers them."""
    return {question.name: rows(engine.query(question.sparql, "text/csv").body) for question in SAVED}


def test_saved_questions_have_the_same_answers(behind: Server, expected: dict[str, list[list[str]]]) -> None:
    """All of them, whatever plans Virtuoso chooses by its samples of the data."""
    different = set()
    for question in SAVED:
        response = behind.ask(question.sparql)
        if (response.status, rows(response.body)) != (200, expected[question.name]):
            different.add((question.name, response.status))
    assert not different


@pytest.mark.parametrize(
    ("sparql", "accept"),
    [
        ("ASK { ?s a ckg:Meeting }", "application/sparql-results+xml"),
        ("SELECT * { ?s a ckg:State } ORDER BY ?s", "text/tab-separated-values"),
        ("CONSTRUCT { ?s a ?c } WHERE { ?s a ?c . FILTER (?c = ckg:State) }", "text/turtle"),
        ("CONSTRUCT { ?s sh:uniqueLang ?o } WHERE { ?s sh:uniqueLang ?o }", "text/turtle"),
        ("SELECT (COUNT(*) AS ?n) { GRAPH graph:inferred { ?s ?p ?o } }", "text/csv"),
        ("SELECT DISTINCT ?g { GRAPH ?g { ?s a ckg:State } } ORDER BY ?g", "text/csv"),
        ("SELECT (COUNT(*) AS ?n) FROM graph:inferred { ?s ?p ?o }", "text/csv"),
        ("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }", "text/csv"),
    ],
)
def test_graphs_and_formats_are_those_of_the_engine(
    behind: Server, engine: Engine, sparql: str, accept: str
) -> None:
    response = behind.ask(sparql, accept)
    assert response.body == engine.query(sparql, accept).body
    assert response.headers["content-type"].partition(";")[0] == accept
    assert response.headers["etag"]


@pytest.mark.parametrize(
    ("sparql", "status", "kind"),
    [
        ("SELECT ?s {\n  ?s ?p }", 400, "malformed-query"),
        (
            "DEFINE get:soft 'replace' SELECT * FROM <http://127.0.0.1:9/> { ?s ?p ?o }",
            400,
            "malformed-query",
        ),
        ("SELECT (bif:rand(5) AS ?x) {}", 400, ""),
        ("DROP ALL", 403, "update-refused"),
        ("SELECT * { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }", 403, "service-refused"),
        ("SELECT * { SERVICE SILENT <http://127.0.0.1:9/> { ?s ?p ?o } }", 403, "service-refused"),
        ("SELECT * {" * 200, 422, "query-too-deep"),
        ("#" * 200_000, 413, "body-too-large"),
        ("SELECT * FROM graph:inferred FROM graph:readings { ?s ?p ?o }", 400, "unsupported-query"),
        ("SELECT * FROMgraph:inferred { ?s ?p ?o }", 400, "unsupported-query"),
        ("SELECT * FROM NAMEDgraph:inferred { ?s ?p ?o }", 400, "unsupported-query"),
        ("SELECT * { GRAPHgraph:inferred { ?s ?p ?o } }", 400, "unsupported-query"),
        ("SELECT * { ?s ?p ?o FILTER(?s<?o)GRAPH?c#>\n{ ?a ?b ?c } }", 400, "unsupported-query"),
    ],
)
def test_errors_are_those_of_the_engine(behind: Server, sparql: str, status: int, kind: str) -> None:
    response = behind.ask(sparql)
    assert (response.status, kind in json.loads(response.body)["type"]) == (status, True)


@pytest.mark.parametrize("graph", [OTHER, namespaces.PUBLISHED])
def test_graphs_of_others_are_not_seen(behind: Server, graph: str) -> None:
    for sparql in ("SELECT * { GRAPH <IRI> { ?s ?p ?o } }", "SELECT * FROM <IRI> { ?s ?p ?o }"):
        assert len(rows(behind.ask(sparql.replace("IRI", graph)).body)) == 1
    assert rows(behind.ask("SELECT * { ?s ?p ?o }", **{"default-graph-uri": graph}).body)[1:] == []


def test_blank_nodes_are_told_apart(behind: Server, engine: Engine) -> None:
    """Virtuoso's labels of blank nodes are not valid in SPARQL's results."""
    query = (
        "PREFIX sh: <http://www.w3.org/ns/shacl#> SELECT ?node { ?node sh:path ?path FILTER isBlank(?node) }"
    )
    expected = rows(engine.query(query, "text/csv").body)
    answered = rows(behind.ask(query).body)
    assert len(expected) > 100
    assert (len(answered), len(set(map(tuple, answered)))) == (len(expected), len(set(map(tuple, expected))))


def test_pages_are_served_from_it(behind: Server) -> None:
    page = behind.send("GET", "/page/person/lavrov-sergey", headers={"Accept": "text/html"})
    assert (page.status, b"Lavrov" in page.body) == (200, True)


def test_answer_that_virtuoso_cuts_is_an_error(small: Release, tmp_path: Path) -> None:
    """The release has fewer triples than are given at most, or it could not be published; so it gets more."""
    more = " ".join(f"<urn:s> <urn:p> {number} ." for number in range(1000))
    with other_servers.virtuoso(tmp_path, "ResultSetMaxRows = 1000") as target:
        publishing.publish(small, target)
        TargetServer(target).update([f"INSERT DATA {{ GRAPH <{other_servers.MERGED}> {{ {more} }} }}"])
        with servers.serving("--release", small.folder, "--backend", target.query) as server:
            assert len(rows(server.ask("SELECT ?p { ?s ?p ?o } LIMIT 999").body)) == 1000
            response = server.ask("SELECT ?p { ?s ?p ?o }")
            assert (response.status, b"has cut its answer" in response.body) == (502, True)
            response = server.ask("CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }", "text/turtle")
            assert (response.status, b"cuts graphs" in response.body) == (502, True)


def test_backend_that_is_down_is_reported(small: Release, tmp_path: Path) -> None:
    with ExitStack() as behind:
        target = replace(behind.enter_context(other_servers.oxigraph(tmp_path)), merged=other_servers.MERGED)
        publishing.publish(small, target)
        with servers.serving("--release", small.folder, "--backend", target.query) as server:
            assert server.send("GET", "/health").status == 200
            assert server.ask("SELECT ?s { ?s a ckg:State }").status == 200
            behind.close()
            response = server.ask("SELECT ?s { ?s a ckg:Person }")
            problem = json.loads(response.body)
            assert (response.status, problem["type"].rpartition("/")[2]) == (503, "backend-unavailable")
            health = server.send("GET", "/health")
            assert (health.status, json.loads(health.body)["status"]) == (503, "degraded")
            assert "cannot be reached" in json.loads(health.body)["reason"]


def test_user_and_password_of_the_address_are_used_and_not_shown(small: Release, tmp_path: Path) -> None:
    with (
        other_servers.oxigraph(tmp_path) as target,
        other_servers.behind_password(tmp_path, target) as asked,
    ):
        publishing.publish(small, replace(target, merged=other_servers.MERGED))
        address = asked.query.replace("http://", f"http://{quote(asked.user)}:{quote(asked.password)}@")
        with servers.serving("--release", small.folder, "--backend", address) as server:
            answers = [server.ask("SELECT ?s { ?s a ckg:State }")]
            answers += [server.send("GET", path) for path in ("/health", "/", "/limits")]
            assert [answer.status for answer in answers] == [200] * 4
            assert not any(quote(asked.password).encode() in answer.body for answer in answers)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--backend", "http://[::1"), "--backend http://[::1: write an address that begins with http://"),
        (("--backend", "http://a.example:x/"), "write an address that begins with http://"),
        (("--allow-service", "http://a:b@a.example/"), "write the IRI without user name and password"),
    ],
)
def test_address_that_cannot_be_used_is_refused(options: tuple[str, ...], message: str) -> None:
    result = CliRunner().invoke(main, ["serve", *options])
    assert result.exit_code == 2
    assert message in result.stderr


Respond = Callable[[BaseHTTPRequestHandler, str], None]


@contextmanager
def before(
    release: Release,
    respond: Respond,
    tokens: Callable[[], str] = lambda: "one",
    *options: str,
    folder: Path | None = None,
    held: Callable[[], str] | None = None,
) -> Iterator[Server]:
    """A server of ours before an endpoint that says it holds the release, and responds to queries as told."""

    def choose(handler: BaseHTTPRequestHandler, body: str) -> None:
        query = parse_qs(body)["query"][0]
        if namespaces.PUBLISHED not in query:
            respond(handler, query)
            return
        marks = {
            "http://purl.org/dc/terms/hasVersion": held() if held else release.id,
            "http://purl.org/dc/terms/identifier": tokens(),
            "http://www.w3.org/ns/sparql-service-description#defaultGraph": other_servers.MERGED,
        }
        bindings = [
            {"name": {"type": "uri", "value": name}, "value": {"type": "literal", "value": value}}
            for name, value in marks.items()
        ]
        document = {"head": {"vars": ["name", "value"]}, "results": {"bindings": bindings}}
        remote_endpoints.send(handler, json.dumps(document).encode())

    with (
        remote_endpoints.remote(choose) as remote,
        servers.serving(
            "--release",
            folder or release.folder,
            "--backend",
            remote.endpoint,
            *options,
            "--timeout",
            "2",
            "--result-bytes",
            "500000",
        ) as server,
    ):
        yield server


@pytest.fixture(scope="module")
def misbehaving(release: Release) -> Iterator[tuple[Server, list[Respond]]]:
    """Yield a server before an endpoint that responds by the last function in the list."""
    responds: list[Respond] = []
    with before(release, lambda handler, query: responds[-1](handler, query)) as server:
        yield server, responds


@pytest.mark.parametrize(
    ("bad", "status"),
    [
        ("slow", 503),
        ("slow body", 503),
        ("endless", 422),
        ("too large", 422),
        ("breaks off", 503),
        ("says nothing", 503),
        ("redirects", 502),
        ("fails", 502),
        ("page", 502),
        ("malformed", 502),
        ("not results", 502),
        ("other format", 502),
        ("boolean", 502),
        ("not HTTP", 503),
    ],
)
def test_incomplete_or_malformed_answer_is_an_error(
    misbehaving: tuple[Server, list[Respond]], bad: str, status: int
) -> None:
    server, responds = misbehaving
    responds.append(remote_endpoints.BAD[bad])
    assert server.ask(f"SELECT ?s {{ ?s ?p ?o }} # {bad}").status == status


def test_missing_password_is_reported_with_the_remedy(
    misbehaving: tuple[Server, list[Respond]],
) -> None:
    server, responds = misbehaving
    responds.append(lambda handler, _: remote_endpoints.send(handler, b"", 401))
    response = server.ask("SELECT ?s { ?s a ckg:State }")
    assert (response.status, b"--backend https://USER:PASSWORD@HOST/" in response.body) == (502, True)


def test_answer_from_two_releases_is_dropped(release: Release) -> None:
    """The first answer comes while another release takes the place of the one that was asked."""
    answers = iter((remote_endpoints.EMPTY, remote_endpoints.EMPTY[:-3] + remote_endpoints.ROW + b"]}}"))
    tokens = iter(("one", "two", "two", "two"))

    def respond(handler: BaseHTTPRequestHandler, _: str) -> None:
        remote_endpoints.send(handler, next(answers))

    with before(release, respond, lambda: next(tokens)) as server:
        assert len(rows(server.ask("SELECT ?s { ?s ?p ?o }").body)) == 2


def test_graphs_are_given_again_once_the_operator_has_raised_the_limit(
    misbehaving: tuple[Server, list[Respond]],
) -> None:
    lines = [b"<urn:s> <urn:p> <urn:o%d> .\n" % number for number in range(5)]
    limits = iter((1, 5, 5))
    count = b'{"head":{"vars":["n"]},"results":{"bindings":[{"n":{"type":"literal","value":"5"}}]}}'

    def respond(handler: BaseHTTPRequestHandler, query: str) -> None:
        if "COUNT" in query:
            remote_endpoints.send(handler, count)
        else:
            body = b"".join(lines[: next(limits)])
            remote_endpoints.send(handler, body, Content_Type="application/n-triples")

    server, responds = misbehaving
    responds.append(respond)
    sparql = "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }"
    assert [server.ask(sparql, "text/turtle").status for _ in range(2)] == [502, 200]


def test_missing_release_is_reported(release: Release, tmp_path: Path) -> None:
    link = tmp_path / "current"
    link.symlink_to(release.folder)
    held = iter((release.id,) * 2)

    def respond(handler: BaseHTTPRequestHandler, _: str) -> None:
        remote_endpoints.send(handler, remote_endpoints.EMPTY)

    with before(release, respond, folder=link, held=lambda: next(held, "another")) as server:
        assert server.ask("SELECT ?s { ?s ?p ?o }").status == 200
        link.unlink()
        response = server.ask("SELECT ?p { ?s ?p ?o }")
        assert (response.status, b"no release here" in response.body) == (503, True)


def test_query_that_was_not_answered_in_time_counts_as_work(release: Release) -> None:
    with before(release, remote_endpoints.BAD["slow"], lambda: "one", "--work", "1") as server:
        statuses = [server.ask(f"SELECT ?s {{ ?s ?p ?o }} # {number}").status for number in range(2)]
    assert statuses == [503, 429]
