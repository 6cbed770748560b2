"""What ``benchmarks/linear_time.py`` measures is there, and takes a text."""

from collections.abc import Callable

import pytest
from benchmarks import linear_time


@pytest.mark.parametrize("scan", linear_time.SCANNERS.values(), ids=linear_time.SCANNERS)
def test_every_scanner_takes_a_text(scan: Callable[[str], object]) -> None:
    scan("SELECT * { ?s ?p ?o }")


def test_every_pattern_of_the_modules_is_measured() -> None:
    patterns = dict(linear_time.patterns())
    assert len(patterns) > 40
    for pattern in patterns.values():
        linear_time.apply(pattern)("SELECT * { ?s ?p ?o }")
