"""Watching finds what changed, and in it what the check of the file finds."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from threading import Timer

import pytest

import meeting_articles
from cstokg.build import turtle_parser
from cstokg.build.checks.watching import Watcher
from cstokg.build.sources import SourceError
from cstokg.build.turtle_parser import Document
from meeting_articles import FIRST, SECOND

DAY = "2031-05-20"
ONE, TWO = f"data/articles/{FIRST}.ttl", f"data/articles/{SECOND}.ttl"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return a project of two articles."""
    return meeting_articles.write(tmp_path, FIRST, SECOND)[0]


def change(root: Path, path: str, old: str, new: str) -> None:
    text = (root / path).read_text(encoding="utf-8")
    assert old in text
    (root / path).write_text(text.replace(old, new, 1), encoding="utf-8")


def violations(watcher: Watcher, path: str) -> list[str]:
    return [str(each) for each in watcher.check(path, DAY).findings if each.severity == "violation"]


def test_changed_files_are_named_once(root: Path) -> None:
    watcher = Watcher(root)
    assert watcher.changed() == []
    change(root, ONE, "Doe wants", "Doe hopes for")
    (root / TWO).with_suffix(".spans.tsv").write_text("start\tend\tsha256\n", encoding="utf-8")
    assert watcher.changed() == [ONE, TWO]
    assert watcher.changed() == []


def test_mistakes_are_found_until_they_are_mended(root: Path) -> None:
    watcher = Watcher(root)
    assert violations(watcher, ONE) == []
    change(root, ONE, "    ckg:meetingOf organ:example-council ;\n", "")
    (finding,) = violations(watcher, ONE)
    assert "meeting:2031-05-14-example-council" in finding
    change(root, ONE, "ckg:speaker", "ckg:speeker")
    found = violations(watcher, ONE)
    assert len(found) == 2
    assert any("Did you mean ckg:speaker?" in each for each in found)
    change(root, ONE, "ckg:speeker", "ckg:speaker")
    assert violations(watcher, ONE) == [finding]
    change(root, ONE, "    ckg:heldIn", "    ckg:meetingOf organ:example-council ;\n    ckg:heldIn")
    assert violations(watcher, ONE) == []


def test_broken_file_is_an_error_and_the_next_check_works(root: Path) -> None:
    watcher = Watcher(root)
    change(root, ONE, "    a ckg:Tenure ;", "    a ckg:Tenure")
    with pytest.raises(SourceError, match=r"exampleville-2031\.ttl:\d+: not valid Turtle"):
        watcher.check(ONE, DAY)
    change(root, ONE, "    a ckg:Tenure", "    a ckg:Tenure ;")
    assert violations(watcher, ONE) == []


def test_clash_with_another_article_is_found(root: Path) -> None:
    watcher = Watcher(root)
    change(
        root,
        TWO,
        "meeting:2031-05-14-example-council\n",
        'meeting:2031-05-14-example-council\n    ckg:onDate "2031-05-13"^^xsd:date ;\n',
    )
    (finding,) = violations(watcher, TWO)
    assert "If the articles disagree" in finding


def test_save_parses_no_file_but_the_saved_one(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    parsed = []

    def recording(usual: Callable[..., Document]) -> Callable[..., Document]:
        def parse(text: str, label: str, prefixes: dict[str, str], *, blank_nodes: bool) -> Document:
            parsed.append(label)
            return usual(text, label, prefixes, blank_nodes=blank_nodes)

        return parse

    for name in ("parse", "parse_quickly"):
        monkeypatch.setattr(turtle_parser, name, recording(getattr(turtle_parser, name)))
    watcher = Watcher(root)
    assert violations(watcher, ONE) == []
    assert len(parsed) > 3
    parsed.clear()
    change(root, ONE, "ckg:speaker", "ckg:speeker")
    assert violations(watcher, ONE)
    assert len(parsed) == 1


def test_command_prints_what_a_save_brought(root: Path) -> None:
    command = [sys.executable, "-m", "cstokg", "check", "--watch", "--root", str(root)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stderr
        late = Timer(120, process.kill)
        late.start()
        assert "watching" in process.stderr.readline()
        change(root, ONE, "ckg:speaker", "ckg:speeker")
        assert any("Did you mean ckg:speaker?" in process.stdout.readline() for _ in range(3))
        assert f"{ONE}: 1 violation, " in process.stderr.readline()
        late.cancel()
        process.terminate()
