"""What docs/wikidata.md says can be done: its commands run, and its query adds Wikidata's data to ours."""

import csv
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from rdflib import SKOS, URIRef

from cstokg import namespaces, questions
from cstokg.build.sources import Sources
from cstokg.cli.main import main
from cstokg.engine.workers import sandbox
from cstokg.release import Release
from servers import Server, serving

DOCS = Path(__file__).parents[1] / "docs"
TEXT = (DOCS / "wikidata.md").read_text(encoding="utf-8")
QUERY = (DOCS / "wikidata-terms.rq").read_text(encoding="utf-8")
WIKIDATA = "https://query.wikidata.org/sparql"
EXCERPT = Path(__file__).parent / "wikidata" / "excerpt.ttl"
COMMANDS = [
    line.partition("#")[0].strip()
    for block in re.findall(r"^```sh\n(.*?)^```", TEXT, re.M | re.S)
    for line in block.splitlines()
]


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


@pytest.mark.skipif(not sandbox.can_restrict_network(), reason="needs Landlock 4, which came with Linux 6.7")
def test_query_adds_the_terms_of_the_other_endpoint(release: Release, other: Server) -> None:
    assert QUERY.count(f"<{WIKIDATA}>") == 1
    with serving("--release", release.folder, "--allow-service", other.endpoint) as ours:
        answer = ours.ask(QUERY.replace(WIKIDATA, other.endpoint))
    rows = list(csv.DictReader(answer.body.decode().splitlines()))
    lavrov = [row for row in rows if row["person"].endswith("/lavrov-sergey")]
    assert {row["day"] for row in lavrov} == {"2018-06-11", "2021-05-19", "2024-06-21"}
    assert {row["start"] for row in lavrov} == {"2004-03-09T00:00:00Z"}
    assert len({row["person"] for row in rows}) == 7


def test_query_is_refused_where_no_call_is_allowed(release: Release) -> None:
    with serving("--release", release.folder) as ours:
        assert ours.ask(QUERY).status == 403


def test_query_cannot_be_a_saved_question(tmp_path: Path) -> None:
    """That is why it stands in docs/."""
    header = "#+ question: Who?\n#+ answer: A row.\n#+ tags: links\n"
    file = tmp_path / "terms.rq"
    file.write_text(header + QUERY, encoding="utf-8")
    with pytest.raises(questions.QuestionError, match="SERVICE"):
        questions.read(file)


def test_query_names_the_items_of_all_foreign_ministers(sources: Sources) -> None:
    data = sources.data()
    role = URIRef(namespaces.expand("role:foreign-minister"))
    posts = data.subjects(URIRef(f"{namespaces.CKG}postRole"), role)
    items = {namespaces.shorten(str(item)) for post in posts for item in data.objects(post, SKOS.exactMatch)}
    assert set(re.findall(r"wd:Q\d+", QUERY)) == items
