"""Saved questions are listed, answers are compared, and a query that takes too long ends with an error."""

import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import planted
from cstokg import questions
from cstokg.cli import query
from cstokg.cli.main import main
from cstokg.settings import Limits
from pools import ENDLESS

QUERIES = Path(__file__).parents[1] / "queries"

PERSON = "https://w3id.org/csto-kg/id/person/doe-jane"
ANSWER = f"person\n{PERSON}\n"

ANSWERED = "SELECT ?n { VALUES ?n { 1 2 } }"
# The parser tries each bracket in several ways, and takes longer than any test waits.
NESTED = f"SELECT * {{ ?s ?p ?o FILTER({'!(' * 90} 1 + {')' * 90}) }}"


def test_listing_breaks_no_line() -> None:
    saved = questions.read_all(QUERIES)
    lines = query.list_questions(saved).splitlines()
    assert [line.split()[0] for line in lines] == [question.name for question in saved]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a small project with a release."""
    root = planted.write(tmp_path_factory.mktemp("project"))
    assert run(root, command="build").exit_code == 0
    return root


def run(root: Path, *arguments: str, command: str = "answers") -> Result:
    return CliRunner().invoke(main, [command, "--root", str(root), *arguments])


def test_differences_are_shown_and_written(built: Path) -> None:
    folder = built / "tests" / "answers"
    folder.mkdir(parents=True)
    (folder / "attended.csv").write_text("person\nnobody\n", encoding="utf-8")
    (folder / "forgotten.csv").write_text("person\n", encoding="utf-8")
    shown = run(built)
    assert shown.exit_code == 1
    assert f" person\n-nobody\n+{PERSON}\n" in shown.stdout
    assert "+++ no question\n@@ -1 +0,0 @@\n-person\n" in shown.stdout
    assert (folder / "forgotten.csv").exists()
    updated = run(built, "--update")
    assert (updated.exit_code, updated.stdout) == (0, shown.stdout)
    assert "1 questions, 2 answers written" in updated.stderr
    assert (folder / "attended.csv").read_bytes() == ANSWER.encode()
    assert not (folder / "forgotten.csv").exists()
    again = run(built)
    assert (again.exit_code, again.stdout) == (0, "")


def test_question_that_is_not_there_is_named(built: Path) -> None:
    result = run(built, "atended")
    assert result.exit_code == 1
    assert "no saved question is called atended" in result.stderr


def test_release_of_other_sources_is_refused(tmp_path: Path) -> None:
    root = planted.write(tmp_path)
    assert run(root, command="build").exit_code == 0
    planted.change(root, "data/register/people.ttl", "Jane Doe", "Joan Doe")
    result = run(root, "--update")
    assert result.exit_code == 1
    assert "Run `cstokg build` first" in result.stderr


def ask(root: Path, sparql: str, *options: str) -> subprocess.CompletedProcess[str]:
    """Run ``cstokg query`` in a process of its own, and return its result."""
    command = [sys.executable, "-m", "cstokg", "query", "--root", str(root), *options, "-"]
    return subprocess.run(command, input=sparql, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize("sparql", [ENDLESS, NESTED])
def test_query_ends_at_its_deadline(built: Path, sparql: str) -> None:
    """Whatever the engine is doing then."""
    start = time.monotonic()
    result = ask(built, sparql, "--deadline", "0.5", "--format", "csv")
    assert result.returncode == 124
    assert result.stdout == ""
    assert result.stderr.startswith("Error: the query was stopped after 0.5 s")
    assert result.stderr.endswith("; allow more time with --deadline\n")
    assert time.monotonic() - start < 10


@pytest.mark.parametrize("options", [(), ("--deadline", "0"), ("--deadline", "30")])
def test_query_in_time_is_answered(built: Path, options: tuple[str, ...]) -> None:
    """With a deadline or without."""
    result = ask(built, ANSWERED, *options)
    assert (result.returncode, result.stdout.split()) == (0, ["n", "1", "2"])


def test_answer_in_time_is_printed_where_the_names_of_articles_come_too_late(built: Path) -> None:
    late = (
        "import sys; from cstokg.cli.main import main; from cstokg.errors import QueryTimeoutError; "
        "from cstokg.web.content import articles\n"
        "def references(graph): raise QueryTimeoutError('too late', 1)\n"
        "articles.references = references; main()"
    )
    command = [sys.executable, "-c", late, "query", "--root", str(built), "--format", "table", "-"]
    result = subprocess.run(command, input=ANSWERED, capture_output=True, text=True, check=False)
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.endswith("2 rows\n")


def test_default_is_that_of_the_endpoint(built: Path) -> None:
    """As the help says."""
    told = CliRunner().invoke(main, ["query", "--help"]).output
    assert f"[default: {Limits().timeout}; x>=0]" in " ".join(told.split())
