"""The check of a file finds what the check of everything finds in it; watching finds it at each save."""

import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from threading import Timer

import pytest

import meeting_articles
from cstokg.build import neighbours, sources
from cstokg.build.checks import checking, mapping_checks, validation
from cstokg.build.checks.checking import Watcher
from cstokg.build.checks.findings import Report
from cstokg.build.sources import SourceError, Sources
from invalid_files import PATHS
from meeting_articles import CONTRADICTION, FIRST, SECOND

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
    return [str(each) for each in watcher.check(path, DAY).report.findings if each.severity == "violation"]


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a project of fourteen articles on one meeting."""
    root, texts = meeting_articles.write(tmp_path_factory.mktemp("many"), FIRST, SECOND)
    for seed in range(12):
        meeting_articles.add(root, texts, *meeting_articles.shuffled(seed))
    meeting_articles.link(root)
    return root


def of_all(read: Sources, path: str) -> Report:
    """Return what a check that has read everything finds about a file."""
    report = validation.check(read, reference=False, paths=[path])
    hashes = mapping_checks.forbidden_runs(read.root, None)
    return mapping_checks.complete(report, read, day=DAY, hashes=hashes, paths=[path])


def test_check_of_an_article_reads_few_others_and_finds_the_same(many: Path) -> None:
    everything = sources.read(many)
    for path in (ONE, TWO, "data/articles/shuffled-0.ttl", "data/articles/shuffled-7.ttl"):
        checked = checking.check(many, [path], day=DAY)
        assert checked.others >= 8
        assert checked.report == of_all(everything, path)
    assert checked.summary().endswith("say nothing else of the same things and the questions")
    assert "left to" not in checking.check(many, day=DAY).summary()


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        (TWO, "ckg:attendee person:roe-richard", "ckg:attendee person:roe-richerd"),
        (ONE, '"2031-05-14"^^xsd:date ;\n    ckg:heldIn', '"2031-06-14"^^xsd:date ;\n    ckg:heldIn'),
        (
            ONE,
            "ckg:tenurePost post:foreign-minister-exampleland",
            "ckg:tenurePost post:foreign-minister-norland",
        ),
        (ONE, "ckg:endNotBefore", "ckg:endNotAfter"),
        (TWO, '"2031-01-01"^^xsd:date', '"2032-01-01"^^xsd:date'),
    ],
)
def test_mistake_in_an_article_is_found_as_in_the_whole(
    tmp_path: Path, many: Path, path: str, old: str, new: str
) -> None:
    """Also where the mistake is in what the file says of things that others describe."""
    root = tmp_path / "root"
    shutil.copytree(many, root)
    change(root, path, old, new)
    report = checking.check(root, [path], day=DAY).report
    assert report == of_all(sources.read(root), path)
    assert report.findings != ()


def test_clash_with_many_articles_is_found_with_each(tmp_path: Path, many: Path) -> None:
    root = tmp_path / "root"
    shutil.copytree(many, root)
    text = (root / TWO).read_text(encoding="utf-8")
    span = re.findall(r"span:\d+-\d+", text)[0]
    added = CONTRADICTION.replace("span:«on 13 May 2031»", span)
    (root / TWO).write_text(text + added, encoding="utf-8")
    checked = checking.check(root, [TWO], day=DAY)
    assert checked.report == of_all(sources.read(root), TWO)
    assert "conflict" in {finding.constraint for finding in checked.report.findings}
    assert checked.others == 0


@pytest.mark.parametrize("invalid", PATHS[::30], ids=lambda path: path.stem)
def test_invalid_file_is_checked_as_in_the_whole(tmp_path: Path, many: Path, invalid: Path) -> None:
    """As an article beside others."""
    root = tmp_path / "root"
    shutil.copytree(many, root)
    path = f"data/articles/{invalid.name}"
    shutil.copy(invalid, root / path)
    (root / path).with_suffix(".spans.tsv").write_text("start\tend\tsha256\n", encoding="utf-8")
    assert outcome(lambda: checking.check(root, [path], day=DAY).report) == outcome(
        lambda: of_all(sources.read(root), path)
    )


def outcome(check: Callable[[], Report]) -> Report | str:
    """Return a report, or the error that says why there is none."""
    try:
        return check()
    except SourceError as error:
        return str(error)


def test_file_that_is_broken_elsewhere_is_named(tmp_path: Path, many: Path) -> None:
    root = tmp_path / "root"
    shutil.copytree(many, root)
    change(root, TWO, "a ckg:Attendance ;", "a ckg:Attendance")
    with pytest.raises(SourceError, match=r"samplepost-2031\.ttl:\d+: not valid Turtle"):
        checking.check(root, [ONE], day=DAY)
    with pytest.raises(neighbours.UnreadableError, match="samplepost"):
        neighbours.find(root, [Path(ONE)])


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
