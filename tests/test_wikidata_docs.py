"""What docs/wikidata.md says can be done: its commands run, and its question adds Wikidata's data to ours."""

import dataclasses
import json
import re
import shlex
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner
from rdflib import SKOS, URIRef

import cstokg
from cstokg import namespaces, questions
from cstokg.build.sources import Sources
from cstokg.cli.main import main
from cstokg.engine.engine import Engine
from cstokg.engine.loading.store import Source
from cstokg.engine.workers import sandbox
from cstokg.errors import CstokgError
from cstokg.questions import Question
from cstokg.release import Release
from cstokg.web.flask_app import create_app
from remote_endpoints import remote, send
from servers import Server, serving

DOCS = Path(__file__).parents[1] / "docs"
TEXT = (DOCS / "wikidata.md").read_text(encoding="utf-8")
QUESTION = questions.read(DOCS.parent / "queries" / "wikidata-terms.rq")
WIKIDATA = "https://query.wikidata.org/sparql"
EXCERPT = Path(__file__).parent / "wikidata" / "excerpt.ttl"
COMMANDS = [
    line.partition("#")[0].strip()
    for block in re.findall(r"^```sh\n(.*?)^```", TEXT, re.M | re.S)
    for line in block.splitlines()
]


@pytest.mark.usefixtures("project_is_read_once")
@pytest.mark.parametrize("command", COMMANDS)
def test_command_works(command: str) -> None:
    done = CliRunner().invoke(main, shlex.split(command)[1:])
    assert done.exit_code == 0
    assert done.stdout


def test_options_that_need_a_network_are_there() -> None:
    help_text = CliRunner().invoke(main, ["links", "check", "--help"]).stdout
    (command,) = re.findall(r"^cstokg links check .*$", TEXT, re.M)
    assert all(option in help_text for option in re.findall(r"--[a-z]+", command))


@pytest.fixture(scope="module")
def other() -> Iterator[Server]:
    """Yield an endpoint with an excerpt of Wikidata."""
    with serving("--data", EXCERPT) as server:
        yield server


def question_to(endpoint: str) -> Question:
    """Return the saved question, put to another endpoint than Wikidata's."""
    assert QUESTION.sparql.count(f"SERVICE <{QUESTION.endpoint}>") == 1
    sparql = QUESTION.sparql.replace(f"SERVICE <{QUESTION.endpoint}>", f"SERVICE <{endpoint}>")
    return dataclasses.replace(QUESTION, sparql=sparql, endpoint=endpoint)


@pytest.mark.skipif(not sandbox.can_restrict_network(), reason="needs Landlock 4, which came with Linux 6.7")
def test_other_endpoint_is_called_once_for_each_answer(release: Release) -> None:
    """Not again for the evidence of the rows, which is in our graph, and not at all for HEAD."""
    terms = {"personItem": namespaces.expand("wd:Q58217"), "postItem": namespaces.expand("wd:Q1418873")}
    row = {name: {"type": "uri", "value": value} for name, value in terms.items()}
    row |= {"start": {"type": "literal", "value": "2004"}}
    body = json.dumps({"head": {"vars": [*row, "end"]}, "results": {"bindings": [row]}}).encode()
    with remote(lambda handler, _: send(handler, body)) as other:
        question = question_to(other.endpoint)
        engine = Engine.isolated(Source(release.folder), services=[other.endpoint])
        address = f"/questions/{question.name}"
        with closing(engine), create_app(engine, [question], release=release).test_client() as client:
            for path in (address, f"{address}.csv", f"{address}.xlsx", f"/api{address}"):
                other.requests.clear()
                assert client.head(path).status_code == 200
                assert len(other.requests) == 0
                answer = client.get(path)
                assert (answer.status_code, len(other.requests)) == (200, 1)
                if path == address:
                    assert "2004" in answer.text
                    assert 'class="footnote' in answer.text  # the evidence is still there


@pytest.mark.skipif(not sandbox.can_restrict_network(), reason="needs Landlock 4, which came with Linux 6.7")
def test_question_adds_the_terms_of_the_other_endpoint(release: Release, other: Server) -> None:
    question = question_to(other.endpoint)
    engine = Engine.isolated(Source(release.folder), services=[other.endpoint])
    with closing(engine), create_app(engine, [question], release=release).test_client() as client:
        answer = client.get(f"/api/questions/{question.name}").get_json()
        page = client.get(f"/questions/{question.name}").text
        kept = [
            path
            for path in (f"/questions/{question.name}", f"/questions/{question.name}.csv", answer["url"])
            if client.get(path).headers["Cache-Control"] != "no-store"
        ]
    assert not kept  # what another endpoint answers changes without a new release
    rows = answer["rows"]
    lavrov = [row for row in rows if row["person"].endswith("/lavrov-sergey")]
    assert {row["day"] for row in lavrov} == {"2018-06-11", "2021-05-19", "2024-06-21"}
    assert {row["start"] for row in lavrov} == {"2004-03-09T00:00:00Z"}
    assert len({row["person"] for row in rows}) == 7
    assert answer["endpoint"] == other.endpoint
    assert f"{len(rows)} rows" in page
    assert "is not in our articles" in page
    assert "may not call" not in page


def test_question_is_shown_where_its_endpoint_may_not_be_called(release: Release, engine: Engine) -> None:
    """Its page says how to ask it; programs get the problem."""
    with create_app(engine, [QUESTION], release=release).test_client() as client:
        page = client.get(f"/questions/{QUESTION.name}")
        problem = client.get(f"/api/questions/{QUESTION.name}")
    assert page.status_code == 200
    assert f"cstokg serve --allow-service {WIKIDATA}" in page.text
    assert "SERVICE &lt;" in page.text
    assert "Permanent address" not in page.text
    assert (problem.status_code, problem.get_json()["type"].rpartition("/")[2]) == (403, "service-refused")


def test_command_and_library_say_that_no_call_is_allowed(release: Release) -> None:
    """They have no option for it."""
    done = CliRunner().invoke(main, ["query", "--root", str(release.folder.parent.parent), QUESTION.name])
    assert done.exit_code == 1
    assert "cstokg serve --allow-service" in done.stderr
    with cstokg.open(release.folder) as graph, pytest.raises(CstokgError, match="--allow-service"):
        graph.question(QUESTION.name)


def test_question_names_the_items_of_all_foreign_ministers(sources: Sources) -> None:
    data = sources.data()
    role = URIRef(namespaces.expand("role:foreign-minister"))
    posts = data.subjects(URIRef(f"{namespaces.CKG}postRole"), role)
    items = {namespaces.shorten(str(item)) for post in posts for item in data.objects(post, SKOS.exactMatch)}
    assert set(re.findall(r"wd:Q\d+", QUESTION.sparql)) == items
