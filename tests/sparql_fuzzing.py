"""Send random queries to a running server, and compare each answer with pyoxigraph's in this process."""

import http.client
import json
import re
from collections import Counter
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pyoxigraph as ox
from hypothesis import HealthCheck, Phase, given, seed, settings

from cstokg import namespaces
from sparql_grammar import anything

SECONDS = 1.0
_JSON = "application/sparql-results+json"
_ACCEPT = f"{_JSON}, application/n-triples"
_LABEL = re.compile(r"_:[0-9a-f]+")
_LIMITED = (503, 422)  # refusals that are allowed: too slow, too large

Result = ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples
Rows = Counter[frozenset[tuple[str, str]]]


class Fuzzer:
    """Asks a server and an oracle the same, and counts the statuses."""

    def __init__(self, endpoint: str, dataset: Path) -> None:
        """Ask the server at an address, whose data are in a file of quads."""
        self.statuses: Counter[int] = Counter()
        self.compared = 0
        self.filled = 0
        address = urlsplit(endpoint)
        self._path = address.path
        self._connection = http.client.HTTPConnection(address.netloc, timeout=30)
        self._store = ox.Store()
        self._store.load(path=str(dataset), format=ox.RdfFormat.N_QUADS)

    def close(self) -> None:
        """End the connection."""
        self._connection.close()

    def check(self, sparql: str) -> None:
        """Raise if the server does not answer a query as it has to.

        Raises:
            AssertionError: it does not.
        """
        status, body = self._send(sparql)
        self.statuses[status] += 1
        assert status in (200, 400, *_LIMITED), (status, sparql, body[:500])
        if status in _LIMITED:
            return
        result = self._expected(sparql)
        assert status == (400 if result is None else 200), (status, sparql, body[:500])
        if result is not None:
            self._compare(sparql, result, body)

    def _expected(self, sparql: str) -> Result | None:
        try:
            return self._store.query(sparql, base_iri=namespaces.BASE, prefixes=dict(namespaces.PREFIXES))
        except SyntaxError:
            return None

    def _compare(self, sparql: str, result: Result, body: bytes) -> None:
        self.compared += 1
        if isinstance(result, ox.QueryTriples):
            found = {quad.triple for quad in ox.parse(body, format=ox.RdfFormat.N_TRIPLES)}
            assert _triples(found) == _triples(set(result)), sparql
            return
        expected_document = json.loads(result.serialize(format=ox.QueryResultsFormat.JSON) or b"")
        document = json.loads(body)
        if "boolean" in expected_document:
            assert document["boolean"] == expected_document["boolean"], sparql
            return
        assert set(document["head"]["vars"]) == set(expected_document["head"]["vars"]), sparql
        self.filled += bool(document["results"]["bindings"])
        rows, expected = _rows(document), _rows(expected_document)
        if "|" in sparql.replace("||", ""):
            # pyoxigraph drops the duplicates of p|q, which the server keeps (SPARQL 1.1, section 9.3).
            assert set(rows) == set(expected), sparql
        else:
            assert rows == expected, sparql

    def _send(self, sparql: str) -> tuple[int, bytes]:
        body = urlencode({"query": sparql, "timeout": str(SECONDS)})
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": _ACCEPT}
        self._connection.request("POST", self._path, body, headers)
        response = self._connection.getresponse()
        return response.status, response.read()


def run(fuzzer: Fuzzer, count: int, start: int) -> None:
    """Let a fuzzer check this many queries; the same seed gives the same queries.

    Raises:
        AssertionError: an answer is not right; the message holds the query.
    """

    @seed(start)
    @settings(
        max_examples=count,
        deadline=None,
        database=None,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )
    @given(anything)
    def check(sparql: str) -> None:
        fuzzer.check(sparql)

    check()


# Blank nodes have other labels in each store, so all count as one.


def _triples(triples: set[ox.Triple]) -> Counter[str]:
    return Counter(_LABEL.sub("_:", str(triple)) for triple in triples)


def _rows(document: dict[str, dict[str, list[dict[str, dict[str, str]]]]]) -> Rows:
    return Counter(
        frozenset((name, _term(term)) for name, term in row.items())
        for row in document["results"]["bindings"]
    )


def _term(term: dict[str, str]) -> str:
    if term["type"] == "bnode":
        return "blank"
    # pyoxigraph reads the derived types of integers as integers; the server gives them as they are written.
    return json.dumps(term, sort_keys=True).replace("XMLSchema#nonNegativeInteger", "XMLSchema#integer")
