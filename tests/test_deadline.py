"""A query that takes too long ends with an error, a status of its own, and no part of an answer."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

import planted
from cstokg.build import build as releases
from cstokg.settings import Limits
from pools import ENDLESS

ANSWERED = "SELECT ?n { VALUES ?n { 1 2 } }"
# The parser tries each bracket in several ways, and takes longer than any test waits.
NESTED = f"SELECT * {{ ?s ?p ?o FILTER({'!(' * 90} 1 + {')' * 90}) }}"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a small project with a release; no test may change it."""
    folder = planted.write(tmp_path_factory.mktemp("project"))
    releases.build(folder)
    return folder


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


def test_default_is_that_of_the_endpoint(built: Path) -> None:
    """As the help says."""
    command = [sys.executable, "-m", "cstokg", "query", "--help"]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert f"[default: {Limits().timeout}; x>=0]" in " ".join(told.split())
