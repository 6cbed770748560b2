"""Every command refuses, by name and without waiting, what is not a plain file of the project."""

import os
import re
import resource
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from click.testing import CliRunner

import planted
from cstokg import project_files
from cstokg.cli.main import main
from cstokg.project_files import FileError

SECONDS = 20  # every command ends sooner, unless it hangs
MEMORY = 3_000_000_000  # bytes of address space beyond what these tests use

Place = Callable[[Path], None]


def huge(path: Path) -> None:
    """A file of two gigabytes that takes no room on the disk."""
    with path.open("wb") as file:
        file.truncate(2_000_000_000)


PLACES: dict[str, tuple[Place, str]] = {
    "pipe": (os.mkfifo, "a pipe, not a regular file"),
    "folder": (Path.mkdir, "a folder, not a regular file"),
    "device": (lambda path: path.symlink_to("/dev/zero"), "a link out of the project"),
    "link out": (lambda path: path.symlink_to("/etc/hostname"), "a link out of the project"),
    "link to itself": (lambda path: path.symlink_to(path.name), "cannot be read: Too many levels"),
    "link to nothing": (lambda path: path.symlink_to("nothing"), "a link whose target does not exist"),
    "two gigabytes": (huge, r"2,000\.0 MB, and no more than 50 MB are read"),
}
FILES = (
    "data/x.ttl",
    "ontology/x.ttl",
    "ontology/shapes.ttl",
    "data/articles/exampleville-2031.ttl",
    "data/articles/exampleville-2031.spans.tsv",
    "data/wikidata.sssom.tsv",
    "queries/attended.rq",
)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return a small project."""
    return planted.write(tmp_path / "project")


@pytest.fixture(autouse=True)
def _limited() -> Iterator[None]:
    """Fail a test that takes long, or much memory."""

    def end(*_: object) -> None:
        raise AssertionError("it takes too long")

    before = signal.signal(signal.SIGALRM, end)
    limits = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (psutil.Process().memory_info().vms + MEMORY, limits[1]))
    signal.alarm(SECONDS)
    try:
        yield
    finally:
        signal.alarm(0)
        resource.setrlimit(resource.RLIMIT_AS, limits)
        signal.signal(signal.SIGALRM, before)


def run(root: Path, command: str, *arguments: object) -> tuple[int, str]:
    """Run a command, and return its status and errors."""
    done = CliRunner().invoke(main, [command, "--root", str(root), *map(str, arguments)])
    return done.exit_code, done.stderr


@pytest.mark.parametrize("what", PLACES)
def test_what_is_not_a_plain_file_is_refused_by_name(root: Path, what: str) -> None:
    place, message = PLACES[what]
    for name in ("data/x.ttl", "data/articles/exampleville-2031.spans.tsv"):
        (root / name).unlink(missing_ok=True)
        place(root / name)
    status, errors = run(root, "check")
    assert status == 1
    for name in ("data/x.ttl", "data/articles/exampleville-2031.spans.tsv"):
        assert re.search(rf"(?m)^(Error: )?{re.escape(name)}:1: {message}", errors), errors


@pytest.mark.parametrize("name", FILES)
def test_every_kind_of_file_of_the_project_is_looked_at(root: Path, name: str) -> None:
    (root / name).unlink(missing_ok=True)
    os.mkfifo(root / name)
    status, errors = run(root, "check")
    assert status == 1
    assert f"{name}:" in errors
    assert "a pipe, not a regular file" in errors


@pytest.mark.parametrize("what", PLACES)
def test_question_that_is_no_plain_file_is_refused_by_name(root: Path, what: str) -> None:
    place, message = PLACES[what]
    place(root / "queries" / "other.rq")
    for command, *arguments in (("build",), ("query", "other")):
        status, errors = run(root, command, *arguments)
        assert status == 1
        assert re.search(rf"queries/other\.rq: {message}", errors), errors


def test_folder_that_is_a_link_is_refused(root: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (root / "data" / "more").symlink_to(tmp_path / "elsewhere")
    assert run(root, "check")[1].startswith("Error: data/more:1: a link out of the project")


def test_link_within_the_project_and_a_linked_folder_of_data_are_read(root: Path, tmp_path: Path) -> None:
    (root / "data" / "register" / "people.ttl").rename(root / "people.ttl")
    (root / "data" / "register" / "people.ttl").symlink_to(root / "people.ttl")
    (root / "queries").rename(tmp_path / "queries")
    (root / "queries").symlink_to(tmp_path / "queries")
    assert run(root, "check")[0] == 0


def test_whole_machine_may_be_the_project(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(__file__)
    path = (tmp_path / "link").relative_to("/")
    assert project_files.read(Path("/"), path) == Path(__file__).read_bytes()


def test_cite_looks_at_the_record_that_it_reads(root: Path, tmp_path: Path) -> None:
    name = "data/articles/exampleville-2031.ttl"
    (root / name).unlink()
    os.mkfifo(root / name)
    status, errors = run(root, "cite", "--articles", tmp_path, "exampleville-2031", "words")
    assert status == 1
    assert errors == f"Error: {name}: a pipe, not a regular file. Put a file there, or remove it.\n"


def test_file_that_may_not_be_read_is_refused_by_name(root: Path) -> None:
    (root / "data" / "register" / "people.ttl").chmod(0)
    # Root may read every file, unless the process gives up these capabilities.
    prefix = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"] if os.geteuid() == 0 else []
    command = [*prefix, sys.executable, "-m", "cstokg", "check", "--root", str(root)]
    errors = subprocess.run(command, stderr=subprocess.PIPE, text=True, check=False).stderr
    assert "data/register/people.ttl:1: cannot be read: Permission denied" in errors


def test_file_without_an_end_is_refused() -> None:
    """The kernel's files have size 0 and are not empty."""
    with pytest.raises(FileError, match="grows while it is read"):
        project_files.read_regular(Path("/proc/self/status"), project_files.MAX_BYTES)


def test_pipe_that_takes_the_place_of_a_file_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    os.mkfifo(tmp_path / "pipe")
    monkeypatch.setattr(project_files, "require_regular", lambda path, most: None)
    with pytest.raises(FileError, match="a pipe"):
        project_files.read_regular(tmp_path / "pipe", project_files.MAX_BYTES)
