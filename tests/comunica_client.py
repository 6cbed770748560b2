"""Comunica, a client that knows nothing of this project, in the version that its lock file names."""

import json
import subprocess
from pathlib import Path

import npm_packages

_SECONDS = 600
_COMMAND = "node_modules/@comunica/query-sparql/bin/query.js"


def install() -> Path:
    """Install Comunica, and return its folder."""
    return npm_packages.install(Path(__file__).parent / "comunica")


def ask(folder: Path, source: str, sparql: str) -> list[dict[str, str]]:
    """Send a SELECT query, and return its rows; a literal comes as in N-Triples."""
    done = subprocess.run(
        [str(npm_packages.node()), _COMMAND, source, "-q", sparql, "-t", "application/json"],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    rows: list[dict[str, str]] = json.loads(done.stdout)
    return rows
