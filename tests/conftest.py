"""What several test files need."""

import fcntl
import gc
import os
import signal
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import pytest
from werkzeug.test import Client

import protocol_client
from cstokg import release as loading
from cstokg.build import build as releases
from cstokg.build import sources as reading
from cstokg.build import turtle_parser
from cstokg.build.sources import Sources, read
from cstokg.build.turtle_parser import Document
from cstokg.engine.engine import Engine
from cstokg.questions import from_json
from cstokg.release import Release
from cstokg.web.content.graph import Graph
from installed import folder, missing
from site_client import create_app

if TYPE_CHECKING:
    from playwright.sync_api import Browser

ROOT = Path(__file__).parents[1]
# The shell is the same browser without windows of its own, which take a quarter of the processor time.
CHROMIUM = (Path("/usr/bin/chromium-headless-shell"), Path("/usr/bin/chromium"))
# Pages of tests end before it pays to optimise their scripts, or to look for garbage.
_SHORT_LIVED = "--js-flags=--no-opt,--initial-heap-size=1000"

# The same examples in each run, and no time limit for one, because the machine may be busy.
hypothesis.settings.register_profile("repeatable", derandomize=True, deadline=None)
hypothesis.settings.load_profile("repeatable")


def pytest_report_header() -> list[str]:
    """Return what will be skipped, and how to install what it needs."""
    return [f"skipped: {line}" for line in missing()] or ["skipped: nothing"]


def pytest_sessionstart() -> None:
    """Let SIGINT end the processes that tests start, also if a shell runs the tests in the background."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def articles() -> Path:
    """Return the folder of the articles' texts, which are not part of the project."""
    if not folder("CSTOKG_ARTICLES").is_dir():
        pytest.skip("the articles' texts are not here; name their folder in CSTOKG_ARTICLES")
    return folder("CSTOKG_ARTICLES")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Return how many processes run tests: one more than there are processors, since many tests wait."""
    return len(os.sched_getaffinity(0)) + 1


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Return True for files without a test of the marker, if only tests marked alone or patient are run."""
    marker = config.option.markexpr
    asked = marker in ("alone", "patient") and collection_path.suffix == ".py"
    return True if asked and f"mark.{marker}" not in collection_path.read_text(encoding="utf-8") else None


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the tests marked early first: they take long, and one that ran last would run alone."""
    items.sort(key=lambda item: item.get_closest_marker("early") is None)


def pytest_collection() -> None:
    """Switch garbage collection off while tests are collected: it would visit all objects many times."""
    gc.disable()


def pytest_collection_finish() -> None:
    """Switch garbage collection on again, for all objects but those of the tests and libraries."""
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
    gc.enable()


@pytest.fixture(autouse=True)
def _commands_find_no_articles(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hide the articles' texts from the commands that tests start; tests that need the texts name them."""
    monkeypatch.delenv("CSTOKG_ARTICLES", raising=False)


@pytest.fixture(scope="module", autouse=True)
def _servers_are_stopped() -> Iterator[None]:
    """Fail if a file of tests leaves the thread of a server running: it would slow down all later tests."""
    yield
    left = [thread.name for thread in threading.enumerate() if "serve_forever" in thread.name]
    assert left == []


@pytest.fixture(scope="session", autouse=True)
def _ontology_is_parsed_once() -> Iterator[None]:
    """Parse each text of the ontology only once, since most small projects have the project's ontology."""
    original = turtle_parser.parse
    parsed: dict[tuple[str, str], Document] = {}

    def parse(text: str, label: str, prefixes: Mapping[str, str], *, blank_nodes: bool = True) -> Document:
        if not label.startswith("ontology"):
            return original(text, label, prefixes, blank_nodes=blank_nodes)
        if (text, label) not in parsed:
            parsed[text, label] = original(text, label, prefixes, blank_nodes=blank_nodes)
        document = parsed[text, label]
        return Document(dict(document.triples), dict(document.subjects), list(document.problems))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(turtle_parser, "parse", parse)
        yield


@pytest.fixture(scope="session")
def sources() -> Sources:
    """Return the files of the project, read; no test may change them."""
    return read(ROOT)


@pytest.fixture(scope="module")
def project_is_read_once(sources: Sources) -> Iterator[None]:
    """Have commands that run in this process take the files of the project as they have been read.

    For tests of what is done with them; a command that reads another folder reads it.
    """
    original = reading.read

    def read_once(root: Path) -> Sources:
        return sources if root.resolve() == ROOT else original(root)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reading, "read", read_once)
        yield


@pytest.fixture(scope="session")
def release(tmp_path_factory: pytest.TempPathFactory) -> Release:
    """Return a release of the project's files, built once for all processes; no test may change it.

    ``make test`` names a folder in which it is built once for all of its runs.
    """
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    if "TEST_RELEASES" in os.environ:
        shared = ROOT / os.environ["TEST_RELEASES"]
        shared.mkdir(parents=True, exist_ok=True)
    with (shared / "releases.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        current = shared / "releases" / loading.CURRENT
        return loading.load(current) if current.exists() else releases.build(ROOT, shared / "releases")


@pytest.fixture(scope="session")
def engine(release: Release) -> Engine:
    """Return an engine that answers from that release."""
    return Engine.from_release(release.folder)


@pytest.fixture(scope="session")
def graph(engine: Engine) -> Graph:
    """Return the graph of that release."""
    return Graph(engine)


@pytest.fixture(scope="session")
def client(engine: Engine, release: Release) -> Iterator[Client]:
    """Yield a client of the whole site about that release."""
    questions = from_json((release.folder / "questions.json").read_text(encoding="utf-8"))
    with create_app(engine, questions, release=release).test_client() as client:
        yield client


@pytest.fixture(scope="session")
def reader(engine: Engine, release: Release, articles: Path) -> Iterator[Client]:
    """Yield a client of the same site with the articles' texts."""
    questions = from_json((release.folder / "questions.json").read_text(encoding="utf-8"))
    with create_app(engine, questions, release=release, articles=articles).test_client() as client:
        yield client


@pytest.fixture
def small_engine(tmp_path: Path) -> Engine:
    """Return an engine over a small file."""
    return Engine.from_files([protocol_client.write(tmp_path)])


@pytest.fixture
def small_client(small_engine: Engine) -> Iterator[Client]:
    """Yield a client of an application over that engine."""
    with create_app(small_engine).test_client() as client:
        yield client


@pytest.fixture(scope="module")
def browser() -> "Iterator[Browser]":
    """Debian's Chromium; outside of CI, tests that need it are skipped without it."""
    from playwright.sync_api import sync_playwright  # takes time, and most files of tests need no browser

    found = next(filter(Path.exists, CHROMIUM), None)
    if not found and not os.environ.get("CI"):
        pytest.skip("install chromium to try the pages in a browser")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox", _SHORT_LIVED])
        yield browser
        browser.close()
