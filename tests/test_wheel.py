"""A wheel is enough: it carries a release, which is served and queried from any folder."""

import os
import re
import shutil
import subprocess
import sys
import sysconfig
import threading
import venv
import zipfile
from collections.abc import Iterator
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

from cstokg import release as releases
from cstokg.release import Release, ReleaseError

ROOT = Path(__file__).parents[1]
VENDOR = ROOT / "src/cstokg/web/static/vendor"
SECONDS = 300
MOST_BYTES = 10_000_000


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the wheel of the project as it stands."""
    if not VENDOR.is_dir() and not os.environ.get("CI"):
        pytest.skip("the scripts of pages are not here; `make scripts` fetches them")
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=SECONDS)
    (path,) = folder.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def cstokg(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The command of the wheel, installed in an environment that has what it depends on, and no more."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, symlinks=True)
    # As in the Makefile; pip of the tests' own environment takes less time than another one.
    python = str(folder / "bin" / "python")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", python, "install"]
    uv = ["uv", "pip", "install", "--python", python]
    install = uv if shutil.which("uv") else pip
    subprocess.run([*install, "--quiet", "--no-index", "--no-deps", wheel], check=True, timeout=SECONDS)
    site = next((folder / "lib").glob("python*/site-packages"))
    # Its own packages come first, so what is tested is the wheel.
    (site / "others.pth").write_text(f"{sysconfig.get_path('purelib')}\n")
    return folder / "bin" / "cstokg"


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PYTHONPATH", raising=False)


def test_the_wheel_carries_one_whole_release_and_stays_small(
    wheel: Path, release: Release, tmp_path: Path
) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = [name for name in archive.namelist() if name.startswith("cstokg/releases/")]
        archive.extractall(tmp_path, names)
    (folder,) = (tmp_path / "cstokg/releases").iterdir()
    assert releases.load(folder).id == release.id
    assert wheel.stat().st_size < MOST_BYTES


@pytest.mark.usefixtures("environment")
def test_questions_are_listed_and_answered_from_an_empty_folder(cstokg: Path, tmp_path: Path) -> None:
    def run(*arguments: str) -> str:
        command = [str(cstokg), "query", *arguments]
        done = subprocess.run(
            command, cwd=tmp_path, check=True, capture_output=True, text=True, timeout=SECONDS
        )
        return done.stdout

    assert "attendances-of-a-meeting" in run()
    answer = run("attendances-of-a-meeting", "--param", "meeting=meeting:2021-05-19-cfm", "--format", "csv")
    assert answer.replace("\r\n", "\n") == (ROOT / "tests/answers/attendances-of-a-meeting.csv").read_text(
        encoding="utf-8"
    )


@pytest.mark.usefixtures("environment")
def test_the_release_of_the_wheel_can_be_published(cstokg: Path, tmp_path: Path) -> None:
    """The command finds the release, and fails only because there is no server."""
    command = ["push", "--to", "http://127.0.0.1:9/query"]
    done = subprocess.run([cstokg, *command], cwd=tmp_path, check=False, capture_output=True, text=True)
    assert done.returncode == 1
    assert "http://127.0.0.1:9/query cannot be reached" in done.stderr


@pytest.mark.usefixtures("environment")
def test_an_unknown_question_is_refused_with_the_nearest(cstokg: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [cstokg, "query", "attendance"], cwd=tmp_path, check=False, capture_output=True, text=True
    )
    assert done.returncode == 1
    assert re.search(r"no saved question.*attendances", done.stderr)


@pytest.fixture
def address(cstokg: Path, tmp_path: Path, environment: None) -> Iterator[str]:
    """Yield the address of a site that the installed command serves from an empty folder."""
    with subprocess.Popen(
        [cstokg, "serve", "--port", "0"], cwd=tmp_path, stdout=subprocess.PIPE, text=True
    ) as process:
        watchdog = threading.Timer(SECONDS, process.kill)
        watchdog.start()
        try:
            assert process.stdout is not None
            ready = re.search(r" on (http://\S+)/sparql", process.stdout.readline())
            assert ready
            yield ready[1]
        finally:
            watchdog.cancel()
            process.terminate()


def test_the_site_is_served_from_an_empty_folder(address: str) -> None:
    for path, expected in (
        ("/", "Council of Foreign Ministers"),
        ("/page/person/lavrov-sergey", "Lavrov"),
        ("/questions", "attendances-of-a-meeting"),
        ("/sparql", "yasgui.min.js"),
    ):
        request = Request(address + path, headers={"Accept": "text/html"})  # noqa: S310 - it has just started
        with urlopen(request) as response:  # noqa: S310
            assert expected.lower() in response.read().decode().lower()


def test_a_folder_with_a_release_uses_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    carried = tmp_path / "package" / "0123456789abcdef"
    carried.mkdir(parents=True)
    monkeypatch.setattr(releases, "CARRIED", carried.parent)
    own = tmp_path / "releases" / "current"
    assert releases.current(tmp_path) == carried
    own.mkdir(parents=True)
    (own / "release.json").touch()
    assert releases.current(tmp_path) == own


def test_a_project_without_a_release_is_told_to_build_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise the release in the package would be taken for that of the project."""
    (tmp_path / "package" / "0123456789abcdef").mkdir(parents=True)
    monkeypatch.setattr(releases, "CARRIED", tmp_path / "package")
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "dataset.ttl").touch()
    with pytest.raises(ReleaseError, match="cstokg build"):
        releases.load(releases.current(tmp_path))
