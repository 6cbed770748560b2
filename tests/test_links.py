"""Links are listed with the gaps, and compared with another endpoint: what is wrong there is found."""

import csv
import email.utils
import io
import json
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import parse_qs

import pytest
import sssom_pydantic
from click.testing import CliRunner, Result
from pyoxigraph import RdfFormat, Store
from sssom_pydantic import SemanticMappingPack

import linked_project
import planted as planted_project
from cstokg.build.wikidata import sssom, wikidata_endpoint
from cstokg.build.wikidata.wikidata_endpoint import Client
from cstokg.cli.main import main
from cstokg.http_requests import EndpointError
from remote_endpoints import BAD, EMPTY, Remote, of_store, remote, send
from servers import serving

pytestmark = pytest.mark.usefixtures("project_is_read_once")

EXCERPT = Path(__file__).parent / "wikidata" / "excerpt.ttl"
BATCH = ("--batch", "30")
TABLE = (Path(__file__).parents[1] / sssom.PATH).read_text(encoding="utf-8")
LINKED = TABLE.count("\twd:Q")
ALL_REQUESTS = -(-LINKED // 30) * 6  # six for each batch
Responder = Callable[[BaseHTTPRequestHandler, str], None]
Row = dict[str, str]


def rows(result: Result) -> list[Row]:
    """Return the rows that a command printed."""
    return list(csv.DictReader(io.StringIO(result.stdout)))


def check(endpoint: str, *arguments: str | Path) -> Result:
    """Run ``links check`` on the project's links, and return its result."""
    return CliRunner().invoke(main, ["links", "check", "--endpoint", endpoint, *map(str, arguments)])


def excerpt(*changes: tuple[str, str]) -> bytes:
    """Return the excerpt of Wikidata, with pieces replaced that stand in it once."""
    text = EXCERPT.read_text(encoding="utf-8")
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text.encode()


def item(name: str) -> str:
    """Return the whole description of an item in the excerpt."""
    text = EXCERPT.read_text(encoding="utf-8")
    start = text.index(f"\nwd:{name}\n")
    return text[start : text.index("\n.\n", start) + 3]


def store(*changes: tuple[str, str]) -> Store:
    """Return the excerpt, loaded."""
    made = Store()
    made.load(excerpt(*changes), format=RdfFormat.TURTLE)
    return made


def form_of(made: Store) -> Responder:
    """Return responses that are right to queries that come in a form."""
    respond = of_store(made)
    return lambda handler, body: respond(handler, parse_qs(body)["query"][0])


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Result]:
    """Yield what is said of a Wikidata, served by a server of ours, in which much is wrong."""
    file = tmp_path_factory.mktemp("wikidata") / "planted.ttl"
    file.write_bytes(
        excerpt(
            (item("Q328343"), "\nwd:Q328343 owl:sameAs wd:Q999 .\nwd:Q999 rdfs:label 'Another'@en .\n"),
            (item("Q166846"), "\n"),
            (
                'wd:Q649\n    rdfs:label "Moscow"@en , "Москва"@ru ;\n    wdt:P31 wd:Q515 ',
                'wd:Q649\n    rdfs:label "Moscow"@en , "Москва"@ru ;\n    wdt:P31 wd:Q207326 ',
            ),
            ('rdfs:label "Dushanbe"@en', 'rdfs:label "Kulob"@en'),
            (
                "    ps:P39 wd:Q1418873 ;",
                '    ps:P39 wd:Q1418873 ;\n    pq:P582 "2020-01-21T00:00:00Z"^^xsd:dateTime ;',
            ),
            ("PREFIX p: ", "PREFIX owl: <http://www.w3.org/2002/07/owl#>\nPREFIX p: "),
        )
    )
    with serving("--data", file) as server:
        yield check(server.endpoint, *BATCH, "--format", "csv")


def test_listing_has_links_and_gaps_with_reasons() -> None:
    result = CliRunner().invoke(main, ["links"])
    listed = {row["entity"]: row for row in rows(result)}
    assert listed["person:lavrov-sergey"]["item"] == "Q58217"
    assert listed["person:lavrov-sergey"]["match"] == "exact"
    assert listed["state:armenia"]["match"] == "close"
    gap = listed["person:kharlamov-ilya"]
    assert (gap["item"], gap["comment"][:15]) == ("", "No item is know")
    linked = sum(bool(row["item"]) for row in listed.values())
    assert result.stderr == f"links {linked}, gaps {len(listed) - linked}\n"


def test_listing_of_the_gaps_alone() -> None:
    listed = rows(CliRunner().invoke(main, ["links", "--gaps"]))
    assert len(listed) > 10
    assert all(not row["item"] and row["comment"] for row in listed)


def test_project_without_a_table_has_gaps_only(tmp_path: Path) -> None:
    root = planted_project.write(tmp_path)
    listed = CliRunner().invoke(main, ["links", "--root", str(root)])
    assert [(row["entity"], row["comment"]) for row in rows(listed)] == [
        ("person:doe-jane", "no row in the table yet")
    ]


def test_listing_as_a_table() -> None:
    result = CliRunner().invoke(main, ["links", "--format", "table"], env={"COLUMNS": "200"})
    assert result.stdout.startswith("entity")
    assert "person:lavrov-sergey" in result.stdout


def test_what_agrees_is_said_to_agree() -> None:
    """Of the excerpt as it is, with one name that is written otherwise; most names in Russian are missing."""
    with serving("--data", EXCERPT) as server:
        found = check(server.endpoint)
    by_verdict = {
        verdict: [row for row in rows(found) if row["verdict"] == verdict]
        for verdict in ("contradiction", "addition", "agreement")
    }
    assert [(row["entity"], row["aspect"]) for row in by_verdict["contradiction"]] == [
        ("document:start-3-treaty", "label ru")
    ]
    lavrov = {row["aspect"] for row in by_verdict["agreement"] if row["entity"] == "person:lavrov-sergey"}
    assert lavrov == {"item", "class", "label en", "position held"}
    assert "theirs: from 2002" in next(
        row["detail"]
        for row in by_verdict["agreement"]
        if (row["entity"], row["aspect"]) == ("state:russia", "member of")
    )
    additions = {
        (row["entity"], row["aspect"], row["detail"].partition(":")[0]) for row in by_verdict["addition"]
    }
    assert {
        ("person:lavrov-sergey", "label ru", "only ours"),
        ("person:lavrov-sergey", "position held", "theirs has days"),
        ("person:peskov-dmitry", "position held", "only ours"),
        ("state:russia", "member of", "only theirs"),
    } <= additions
    assert found.exit_code == 1


@pytest.mark.parametrize(
    ("entity", "aspect", "detail"),
    [
        ("person:bordiuzha-nikolay", "item", "redirects to Q999"),
        ("person:kazykhanov-yerzhan", "item", "does not exist"),
        ("place:moscow", "class", "theirs: Q207326 (summit); fitting would be Q515"),
        ("place:dushanbe", "label en", "ours: Dushanbe; theirs: Kulob"),
        ("person:lavrov-sergey", "position held", "tenure:lavrov-sergey-foreign-minister-russia-2021"),
        ("person:lavrov-sergey", "position held", "tenure:lavrov-sergey-foreign-minister-russia-2024"),
    ],
)
def test_planted_contradiction_is_found(planted: Result, entity: str, aspect: str, detail: str) -> None:
    contradictions = [row for row in rows(planted) if row["verdict"] == "contradiction"]
    assert any(
        (row["entity"], row["aspect"]) == (entity, aspect) and detail in row["detail"]
        for row in contradictions
    ), contradictions


def test_nothing_else_is_a_contradiction(planted: Result) -> None:
    """His term in 2018 still agrees; of an item that is not there, nothing more is said."""
    contradictions = [row for row in rows(planted) if row["verdict"] == "contradiction"]
    assert len(contradictions) == 7
    assert {row["aspect"] for row in rows(planted) if row["item"] in ("Q328343", "Q166846")} == {"item"}
    assert "tenure:lavrov-sergey-foreign-minister-russia-2018" in "".join(
        row["detail"] for row in rows(planted) if row["verdict"] == "agreement"
    )
    assert planted.exit_code == 1
    assert planted.stderr.startswith(f"30 of {LINKED} items\n60 of {LINKED} items\n")
    assert f"\nlinks {LINKED}: contradictions 7, additions " in planted.stderr


@pytest.mark.parametrize(
    ("start", "end", "agrees"),
    [
        (("2004-03-09", 11), None, True),
        (("2018-06-12", 11), None, False),
        (("2018-06-01", 10), None, True),
        (("2018-01-01", 9), None, True),
        (("2000-01-01", 7), None, True),
        (None, ("2018-06-10", 11), False),
        (None, ("2018-06-01", 10), True),
        (None, ("2018-01-01", 9), True),
        (None, None, True),
    ],
)
def test_terms_are_compared_as_precisely_as_their_days(
    start: tuple[str, int] | None, end: tuple[str, int] | None, agrees: bool
) -> None:
    """The minister of 11 June 2018 may have begun in that month or year, and ended in it."""
    days = ""
    nodes = ""
    for name, day in (("P580", start), ("P582", end)):
        if day:
            days += f' pq:{name} "{day[0]}T00:00:00Z"^^xsd:dateTime ; pqv:{name} wdv:{name} ;'
            nodes += f"wdv:{name} wikibase:timePrecision {day[1]} .\n"
    statement = "wds:Q58217-CB722A66-F98E-4919-A478-BCAAC6CC8C1D\n"
    text = EXCERPT.read_text(encoding="utf-8")
    begin = text.index(f"\n{statement}")
    old = text[begin : text.index("\n.\n", begin) + 3]
    changed = store((old, f"\n{statement} ps:P39 wd:Q1418873 ;{days}\n.\n{nodes}"))
    with remote(form_of(changed)) as other:
        found = rows(check(other.endpoint))
    verdict = next(row["verdict"] for row in found if "foreign-minister-russia-2018" in row["detail"])
    assert verdict == ("agreement" if agrees else "contradiction")


def test_deprecated_statement_does_not_count() -> None:
    changed = excerpt(
        (
            "    ps:P39 wd:Q1418873 ;\n    wikibase:rank wikibase:NormalRank ;",
            "    ps:P39 wd:Q1418873 ;\n    wikibase:rank wikibase:DeprecatedRank ;",
        )
    )
    made = Store()
    made.load(changed, format=RdfFormat.TURTLE)
    with remote(form_of(made)) as other:
        found = [row for row in rows(check(other.endpoint)) if row["entity"] == "person:lavrov-sergey"]
    assert {row["verdict"] for row in found if row["aspect"] == "position held"} == {"addition"}


def test_findings_as_sssom(tmp_path: Path) -> None:
    file = tmp_path / "review.sssom.tsv"
    with remote(form_of(store((item("Q328343"), "\n")))) as other:
        check(other.endpoint, "--sssom", file)
    read = sssom_pydantic.read(file, return_errors=True)
    assert not isinstance(read, SemanticMappingPack)
    mappings, _, _, errors = read
    assert errors == []
    assert len(mappings) == LINKED
    lines = [line for line in file.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    by_subject = {row["subject_id"]: row for row in csv.DictReader(lines, delimiter="\t")}
    missing = by_subject["person:bordiuzha-nikolay"]
    assert (missing["object_id"], missing["comment"]) == (
        "sssom:NoTermFound",
        "contradiction, item: does not exist",
    )
    assert by_subject["state:armenia"]["predicate_id"] == "skos:closeMatch"
    assert by_subject["place:minsk"]["comment"].endswith(" | no contradiction")


# The client.


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


def test_endpoint_that_always_refuses() -> None:
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
        assert f"500 Internal Server Error (Down); the next run goes on from {state}" in broken.stderr
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
def test_state_that_is_none(tmp_path: Path, content: str) -> None:
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
def test_address_that_is_none(endpoint: str) -> None:
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
def test_json_that_is_no_results_ends_with_a_message(body: str) -> None:
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


def test_endpoint_that_knows_no_item_is_asked_about() -> None:
    """Each item is missing there, which is a contradiction; but more likely it is another endpoint."""
    with remote(lambda handler, _: send(handler, EMPTY)) as other:
        result = check(other.endpoint)
    assert result.exit_code == 1
    assert (
        f"{other.endpoint} has none of the items: give the endpoint of Wikidata, or of a copy of its data"
        in result.stderr
    )


def test_redirect_is_not_followed() -> None:
    """The query would be lost."""
    with (
        remote(BAD["redirects"]) as other,
        pytest.raises(EndpointError, match=r"redirects to http://127\.0\.0\.1:1/; if"),
    ):
        client(other, []).select(QUERY)
    assert len(other.requests) == 1


def test_root_may_stand_behind_check(tmp_path: Path) -> None:
    root = linked_project.write(tmp_path, linked_project.ARTICLE)
    with remote(lambda handler, _: send(handler, EMPTY)) as other:
        found = check(other.endpoint, "--root", root)
        before = CliRunner().invoke(
            main, ["links", "--root", str(root), "check", "--endpoint", other.endpoint]
        )
    assert found.stdout == before.stdout
    assert "person:doe-jane,Q1,item,contradiction,does not exist" in found.stdout


def test_endpoint_without_any_answer_finds_no_item() -> None:
    """So an empty endpoint is not taken for one that agrees."""
    with remote(lambda handler, _: send(handler, EMPTY)) as other:
        found = rows(check(other.endpoint))
    assert {row["detail"] for row in found} == {"does not exist"}
    assert len(found) == LINKED
