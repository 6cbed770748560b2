"""What the README says is so: its counts, its commands and its answers."""

import functools
import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cstokg import questions
from cstokg.build import sources
from cstokg.cli.main import main
from cstokg.engine.engine import Engine
from cstokg.release import Release

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
SHOWN = re.findall(r"^```console\n\$ (cstokg [^\n]*)\n(.*?)^```", README, re.M | re.S)
COMMANDS = [
    line.partition("#")[0].strip()
    for block in re.findall(r"^```sh\n(.*?)^```", README, re.M | re.S)
    for line in block.splitlines()
    if line.startswith(("cstokg ", "echo ")) and not line.startswith(("cstokg serve", "cstokg build"))
]
WITHOUT_TEXTS = {"cstokg coverage": 2, "cstokg verify": 3}
WIDTH = "104"


@pytest.fixture(scope="module")
def project(release: Release, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder as after ``cstokg build``, where commands can write."""
    root = tmp_path_factory.mktemp("project")
    for name in ("data", "ontology", "queries"):
        (root / name).symlink_to(ROOT / name)
    (root / "releases").symlink_to(release.folder.parent)
    return root


@pytest.fixture(scope="module", autouse=True)
def _project_is_read_once() -> Iterator[None]:
    """Have the commands share what the first of them reads of that folder."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sources, "read", functools.cache(sources.read))
        yield


def _run(command: str) -> Result:
    """Run a command in this folder; if it reads from a pipe, a shell runs the command before the pipe."""
    given, _, command = command.rpartition(" | ")
    text = subprocess.check_output(["/bin/sh", "-c", given], text=True) if given else ""
    environment = {"COLUMNS": WIDTH, "CSTOKG_ARTICLES": ""}
    return CliRunner().invoke(main, shlex.split(command)[1:], input=text, env=environment)


@pytest.mark.parametrize(("command", "answer"), SHOWN, ids=[command for command, _ in SHOWN])
def test_answer_is_the_one_shown(
    project: Path, monkeypatch: pytest.MonkeyPatch, command: str, answer: str
) -> None:
    """Character by character, on a terminal of the width of the README's tables."""
    monkeypatch.chdir(project)
    shown = _run(f"{command} --format table")
    assert shown.stdout == answer, shown.stderr


@pytest.mark.parametrize("command", COMMANDS)
def test_command_works(project: Path, monkeypatch: pytest.MonkeyPatch, command: str) -> None:
    """Commands that need the articles' texts have none here, and end with the documented status."""
    monkeypatch.chdir(project)
    done = _run(command)
    assert done.exit_code == WITHOUT_TEXTS.get(command, 0), done.output


def test_counts_are_those_of_the_graph(engine: Engine) -> None:
    """Those of the question ``counts``, and the number of questions."""
    query = (ROOT / "queries" / "counts.rq").read_text(encoding="utf-8")
    rows = engine.query(query, "text/csv").text.splitlines()[1:]
    count = {kind: int(number) for kind, _, number in (row.rpartition(",") for row in rows)}
    said = (
        f"{count['article']} articles",
        f"{count['held meeting'] + count['announced meeting']} meetings held or announced",
        f"{count['statement']} statements",
        f"{count['claim']} claims",
        f"{count['conflict']} cases where accounts differ",
        f"{count['evidence span']} spans",
        f"{len(questions.read_all(ROOT / 'queries'))} questions",
    )
    text = " ".join(README.split())
    missing = ", ".join(item for item in said if item not in text)
    assert not missing, f"write in README.md: {missing}"
