"""The argument of ``cstokg query`` is found among the saved questions and the files."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import planted
from cstokg import questions
from cstokg.cli import query
from cstokg.cli.main import main

QUERIES = Path(__file__).parents[1] / "queries"

PERSON = "https://w3id.org/csto-kg/id/person/doe-jane"
ANSWER = f"person\n{PERSON}\n"


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
