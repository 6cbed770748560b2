"""One process writes in the folder of releases, and touches nothing there that is not its own."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

import planted
from cstokg import release
from cstokg.build import build, release_folder
from cstokg.release import ReleaseError


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return a small project."""
    return planted.write(tmp_path / "project")


def test_leftovers_of_a_killed_build_are_removed(root: Path) -> None:
    left = root / "releases" / ".build-left"
    left.mkdir(parents=True)
    (left / "dataset.nq").write_text("half a li", encoding="utf-8")
    build.build(root)
    assert not left.exists()


def test_lock_that_is_a_link_leaves_the_file_behind_it_alone(root: Path, tmp_path: Path) -> None:
    theirs = tmp_path / "theirs"
    theirs.write_text("keep this", encoding="utf-8")
    (root / "releases").mkdir()
    (root / "releases" / ".lock").symlink_to(theirs)
    with pytest.raises(ReleaseError, match=r"releases/\.lock: a link\..*remove the link"):
        build.build(root)
    assert theirs.read_text(encoding="utf-8") == "keep this"


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir])
def test_lock_that_is_no_file_is_refused(root: Path, make: Callable[[Path], None]) -> None:
    (root / "releases").mkdir()
    make(root / "releases" / ".lock")
    with pytest.raises(ReleaseError, match=r"releases/\.lock: (not a regular file|Is a directory)"):
        build.build(root)


def test_lock_keeps_its_content(root: Path) -> None:
    (root / "releases").mkdir()
    (root / "releases" / ".lock").write_text("kept", encoding="utf-8")
    build.build(root)
    assert (root / "releases" / ".lock").read_text(encoding="utf-8") == "kept"


def test_release_that_is_a_link_is_made_anew(root: Path, tmp_path: Path) -> None:
    """What the link leads to stays as it was."""
    made = build.build(root)
    for there in (True, False):
        made.folder.rename(tmp_path / f"moved-{there}")
        made.folder.symlink_to(tmp_path / f"moved-{there}" if there else tmp_path / "nowhere")
        assert build.build(root).id == made.id
        assert made.folder.is_dir()
        assert not made.folder.is_symlink()
        assert (tmp_path / f"moved-{there}" / "dataset.nq").is_file()


def test_broken_release_of_the_same_name_is_made_anew(root: Path) -> None:
    made = build.build(root)
    (made.folder / "dataset.nq").write_text("", encoding="utf-8")
    with pytest.raises(ReleaseError, match="cstokg build"):
        release.load(made.folder)
    assert release.load(build.build(root).folder) == made


def test_folder_in_the_place_of_the_link_is_left_alone(root: Path) -> None:
    (root / "releases" / "current").mkdir(parents=True)
    with pytest.raises(ReleaseError, match="not a link to a release"):
        build.build(root)
    assert (root / "releases" / "current").is_dir()


def test_only_folders_of_releases_are_removed(tmp_path: Path) -> None:
    (tmp_path / "notes").mkdir()
    (tmp_path / "0123456789abcdef").mkdir()
    with release_folder.lock(tmp_path):
        release_folder.install({release.MANIFEST: b"{}"}, tmp_path)
    assert (tmp_path / "notes").is_dir()
    assert not (tmp_path / "0123456789abcdef").exists()


def test_folder_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    """A file takes the place of such a folder, because root may write in every folder."""
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(ReleaseError, match=r"file/releases: .*let this user do so"),
        release_folder.lock(tmp_path / "file" / "releases"),
    ):
        pass
