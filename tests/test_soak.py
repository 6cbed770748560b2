"""The one-minute form of the soak test: good and hostile clients together, on whatever machine this is."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from cstokg.release import Release

pytestmark = pytest.mark.alone

SCRIPT = Path(__file__).parents[1] / "benchmarks" / "soak.py"
SECONDS = 60


def test_good_clients_are_served_beside_slow_and_hostile_ones(release: Release, tmp_path: Path) -> None:
    """By all limits of the benchmark, with more room for speed and growth, which need a long run.

    In a third of a minute the memory of the queries that run does not even out.
    """
    figures = tmp_path / "figures.json"
    options = ["--seconds", str(SECONDS), "--cache", "1000000", "--out", str(figures)]
    options += ["--ratio", "1000", "--growth", "40"]
    command = [sys.executable, str(SCRIPT), "--release", str(release.folder), *options]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    seen = json.loads(figures.read_text())["statuses in the storm"]
    assert seen["light 200"] > 100
    assert sum(count for name, count in seen.items() if name.startswith("hostile ")) > 20
    assert {"left", "read nothing", "silent", "slow bodies", "slow heads"} <= seen.keys()
