"""Several hundred random queries are answered correctly; benchmarks/fuzz.py can send more."""

import pytest

from cstokg.release import Release
from servers import serving
from sparql_fuzzing import Fuzzer, run

pytestmark = pytest.mark.early

QUERIES = 300


def test_random_queries_get_right_answers(release: Release) -> None:
    """Texts that are not queries are refused, and the server keeps running."""
    with serving("--release", release.folder) as server:
        fuzzer = Fuzzer(server.endpoint, release.folder / "dataset.nq")
        try:
            run(fuzzer, QUERIES, 1)
            fuzzer.check("ASK {}")
        finally:
            fuzzer.close()
    assert fuzzer.statuses[200] > QUERIES / 2
    assert fuzzer.statuses[400] > 0
    assert fuzzer.filled > QUERIES / 10
