"""Whatever is written of the project has the same bytes, however Python orders its sets."""

from pathlib import Path

import pytest

import hash_seeds

pytestmark = pytest.mark.early

ROOT = Path(__file__).parents[1]
LEAST_BYTES = {"exports": 100_000, "dumps": 100_000, "Turtle with the shapes": 100_000}


@pytest.fixture(scope="module")
def written() -> list[dict[str, tuple[str, int]]]:
    """Return what the writers write under two seeds, in one process for each seed."""
    return [hash_seeds.written(ROOT, seed) for seed in ("1", "2")]


@pytest.mark.parametrize("name", hash_seeds.WRITERS)
def test_same_bytes_under_any_hash_seed(written: list[dict[str, tuple[str, int]]], name: str) -> None:
    first, second = (each[name] for each in written)
    assert first == second
    assert first[1] > LEAST_BYTES.get(name, 0)
