"""The quads of the benchmark are as many as wanted, and their merged graph holds each triple once."""

from pathlib import Path

import pyoxigraph
import pytest
from benchmarks import quads


@pytest.mark.parametrize("count", [1, 999, 1000])
def test_the_merged_graph_is_the_merge_of_as_many_quads(tmp_path: Path, count: int) -> None:
    named, merged = quads.write(tmp_path, count)
    found = list(pyoxigraph.parse(path=str(named)))
    triples = [quad.triple for quad in pyoxigraph.parse(path=str(merged))]
    assert len(found) == len(set(found)) == count
    assert len(triples) == len(set(triples))
    assert set(triples) == {quad.triple for quad in found}


def test_some_triples_are_in_two_of_twenty_graphs(tmp_path: Path) -> None:
    named, merged = quads.write(tmp_path, 1000)
    found = list(pyoxigraph.parse(path=str(named)))
    assert len({quad.graph_name for quad in found}) == quads.GRAPHS
    assert 0.9 * len(found) < len(merged.read_text().splitlines()) < len(found)
