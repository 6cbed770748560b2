"""What several test files need."""

import os
from pathlib import Path

import pytest

from cstokg.sources import Sources, read

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
