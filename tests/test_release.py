"""Loading checks that a release is complete, and that each file is what the manifest says."""

import json
import shutil
from pathlib import Path

import pytest

import planted
from cstokg import release
from cstokg.build import build
from cstokg.release import Release, ReleaseError


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Release:
    """Return the release of a small project; no test may change it."""
    return build.build(planted.write(tmp_path_factory.mktemp("project")))


@pytest.fixture
def made(built: Release, tmp_path: Path) -> Path:
    """Return a copy of the folder of that release, to which a link leads as to that of a project."""
    folder = shutil.copytree(built.folder, tmp_path / "releases" / built.id)
    (tmp_path / "releases" / release.CURRENT).symlink_to(built.id)
    return folder


@pytest.mark.parametrize("name", [*release.FILES, release.MANIFEST])
@pytest.mark.parametrize("damage", ["missing", "truncated"])
def test_damaged_release_is_refused(made: Path, name: str, damage: str) -> None:
    path = made / name
    if damage == "missing":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(ReleaseError, match=r"Run `cstokg build` in the folder of a project") as caught:
        release.load(made.parent / release.CURRENT)
    assert name in str(caught.value) or damage == "missing"


def test_manifest_that_lists_other_files_is_refused(made: Path) -> None:
    path = made / release.MANIFEST
    content = json.loads(path.read_bytes())
    content["date"] = "2031-05-16"
    path.write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(ReleaseError, match="changed since"):
        release.load(path.parent)


def test_no_release_names_the_remedy(tmp_path: Path) -> None:
    """Neither an empty folder nor a dangling link is a release."""
    with pytest.raises(
        ReleaseError,
        match=r"no release here\. Run `cstokg build` in the folder of a project, or `cstokg fetch-",
    ):
        release.load(tmp_path / "releases" / "current")
    planted.write(tmp_path)
    with pytest.raises(ReleaseError, match=r"no release here\. Run `cstokg build`\.$"):
        release.load(tmp_path / "releases" / "current")


def test_release_of_the_package_that_is_damaged_is_installed_again(
    made: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(release, "CARRIED", made.parent)
    (made / release.PACKAGE).unlink()
    with pytest.raises(ReleaseError, match=r"missing from the release\. Install cstokg again\.$"):
        release.load(made)
