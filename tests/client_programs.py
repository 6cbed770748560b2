"""Run programs of other projects in tests: clients, and readers of formats."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

import npm_packages

_SECONDS = 120
_JAVASCRIPT = Path(__file__).parent / "javascript_clients"


def run(program: str, *arguments: str, feed: str = "") -> str:
    """Run a program, and return what it prints. Without it the test is skipped, or fails in CI."""
    path = shutil.which(program)
    if path is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(f"there is no {program} here")
    done = subprocess.run(
        [path, *arguments],
        input=feed,
        capture_output=True,
        encoding="utf-8",
        timeout=_SECONDS,
        env={**os.environ, "LC_ALL": "C.UTF-8"},
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def javascript(*arguments: str) -> dict[str, dict[str, Any]]:
    """Return what JavaScript clients read: bindings, numbers of triples, answers to ASK; by client."""
    folder = npm_packages.install(_JAVASCRIPT)
    done = subprocess.run(
        [str(npm_packages.node()), "--input-type=module", "-", *arguments],
        input=(_JAVASCRIPT / "ask.mjs").read_text(),
        cwd=folder,
        capture_output=True,
        encoding="utf-8",
        timeout=_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, dict[str, Any]] = json.loads(done.stdout)
    return found
