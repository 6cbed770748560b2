"""The one-minute form of the soak test: good and hostile clients together, on whatever machine this is."""

import json
import subprocess
import sys
from pathlib import Path

from cstokg.release import Release

SCRIPT = Path(__file__).parents[1] / "benchmarks" / "soak.py"
SECONDS = 60


def test_good_clients_are_served_beside_hostile_ones(release: Release, tmp_path: Path) -> None:
    """No wrong answer, health always told, memory flat; speed is for the long form to judge."""
    figures = tmp_path / "figures.json"
    options = ["--seconds", str(SECONDS), "--cache", "1000000", "--ratio", "1000", "--out", str(figures)]
    command = [sys.executable, str(SCRIPT), "--release", str(release.folder), *options]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    seen = json.loads(figures.read_text())
    assert seen["small questions"]["in the storm"]["right"] > 100
    assert sum(seen["hostile requests by status"].values()) > 20
    assert "500" not in seen["hostile requests by status"]
