"""Whatever is written of the project has the same bytes, however Python orders its sets."""

from pathlib import Path

import pytest

import hash_seeds
from cstokg.build.sources import Sources
from cstokg.build.writers import export
from cstokg.release import Release

pytestmark = pytest.mark.early

ROOT = Path(__file__).parents[1]
NAMES = [
    *(("exports", name) for name in export.FORMATS),
    ("Wikidata", "QuickStatements"),
    ("Wikidata", "RDF"),
]
LEAST_BYTES = {"exports": 100_000, "Wikidata": 1000}


@pytest.fixture(scope="module")
def written() -> hash_seeds.Written:
    """Return what is written in a process with another seed."""
    return hash_seeds.written(ROOT, "1", ["exports", "Wikidata", "dumps"])


@pytest.fixture(scope="module")
def written_here(sources: Sources) -> hash_seeds.Written:
    """Return what is written under the seed of the tests, which Python draws."""
    return hash_seeds.written_here(sources, ["exports", "Wikidata"])


@pytest.mark.parametrize(("writer", "name"), NAMES)
def test_same_bytes_under_any_hash_seed(
    written: hash_seeds.Written, written_here: hash_seeds.Written, writer: str, name: str
) -> None:
    first, second = (each[writer][name] for each in (written, written_here))
    assert first == second
    assert first[1] > LEAST_BYTES[writer]


def test_dumps_are_those_of_the_release_under_another_hash_seed(
    written: hash_seeds.Written, release: Release
) -> None:
    """The release was written under the seed of the tests."""
    dumps = {name: digest for name, (digest, _) in written["dumps"].items()}
    assert len(dumps) > 30
    assert dumps == {name: release.files[name] for name in dumps}
