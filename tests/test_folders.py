"""A folder of releases that cannot be one is refused with a message."""

from pathlib import Path

import pytest

from cstokg.build import folders
from cstokg.release import ReleaseError


def test_place_where_nothing_can_be_written_is_told(tmp_path: Path) -> None:
    """As one of another user is; a file stands in for it, which refuses root too."""
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(ReleaseError, match=r"file/releases: .*let this user do so"),
        folders.locked(tmp_path / "file" / "releases"),
    ):
        pass
