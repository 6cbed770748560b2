"""What several test files need."""

import os
from pathlib import Path

import pytest

from cstokg.build import build as releases
from cstokg.build.sources import Sources, read
from cstokg.engine.engine import Engine
from cstokg.release import Release

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def articles() -> Path:
    """The folder of the articles' texts, which are no part of the project."""
    folder = Path(os.environ.get("CSTOKG_ARTICLES", ROOT.parent / "shared" / "articles"))
    if not folder.is_dir():
        pytest.skip("the articles' texts are not here; name their folder in CSTOKG_ARTICLES")
    return folder


@pytest.fixture(scope="session")
def sources() -> Sources:
    """What the files of the project say; no test may change it."""
    return read(ROOT)


@pytest.fixture(scope="session")
def release(tmp_path_factory: pytest.TempPathFactory) -> Release:
    """A release of the project as it stands; no test may change it."""
    return releases.build(ROOT, tmp_path_factory.mktemp("releases"))


@pytest.fixture(scope="session")
def engine(release: Release) -> Engine:
    """An engine that answers from that release."""
    return Engine.from_release(release.folder)
