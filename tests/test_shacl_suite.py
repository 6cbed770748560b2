"""The W3C's SHACL test suite, core and SPARQL, by both checks: what it expects, but for what is listed here.

The files of the suite are those in the npm package shacl-engine. Checks give a set, in which results that
are equal in all that the suite compares are one; so each is compared as a set. Messages are not compared,
as the suite leaves them open.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import rdflib
from rdflib import RDF, SH, BNode, Graph, Namespace
from rdflib.term import Node

import npm_packages
from cstokg.build.checks import shacl, shape_queries
from cstokg.build.checks.shape_queries import ShapeError
from cstokg.build.sources import Position

SHA256 = "1a8a60bdbef495bdf0a7bf5213db96b9fe5efc3527f1a9af255787439fc674d0"
FOLDER = "package/test/assets/data-shapes"
TESTS = 98, 23  # of the core, and of SPARQL

MF = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#")
SHT = Namespace("http://www.w3.org/ns/shacl-test#")

DIFFERENT = {
    "core/property/uniqueLang-002": 'rdflib reads "1"^^xsd:boolean as true, and the suite only the word',
    "sparql/pre-binding/shapesGraph-001": "$shapesGraph is refused; SHACL leaves it to processors (5.3.1)",
}

Outcome = frozenset[tuple[Node | None, ...]] | str
Check = Callable[[Graph, Graph], set[shacl.Result]]


@pytest.fixture(scope="module")
def suite() -> Path:
    return npm_packages.unpack("shacl-engine", "1.1.2", SHA256) / FOLDER


@pytest.mark.parametrize(("part", "count"), [("core", TESTS[0]), ("sparql", TESTS[1])])
@pytest.mark.filterwarnings("ignore:Parsing weird boolean")  # rdflib, about data that are wrong on purpose
def test_both_checks_give_what_the_suite_expects(suite: Path, part: str, count: int) -> None:
    different, number = {}, 0
    for name, data, shapes, expected in cases(suite, part):
        number += 1
        outcomes = [outcome(check, data, shapes) for check in (shacl.check, shacl.check_quickly)]
        assert outcomes[0] == outcomes[1], name
        if outcomes[0] != expected:
            different[name] = outcomes[0]
    assert number == count
    assert sorted(different) == sorted(name for name in DIFFERENT if name.startswith(part))


def cases(suite: Path, part: str) -> Iterator[tuple[str, Graph, Graph, Outcome]]:
    """Yield the tests: name, data, shapes, and the results that are expected."""
    for path in sorted((suite / part).rglob("*.ttl")):
        graph = read(path)
        for test in graph.subjects(RDF.type, SHT.Validate):
            action, expected = graph.value(test, MF.action), graph.value(test, MF.result)
            assert action is not None
            data, shapes = (
                read(Path(str(graph.value(action, kind)).removeprefix("file://")))
                for kind in (SHT.dataGraph, SHT.shapesGraph)
            )
            name = path.relative_to(suite).with_suffix("").as_posix()
            yield name, data, shapes, "refused" if expected == SHT.Failure else reported(graph, expected)


def read(path: Path) -> Graph:
    """Read a file with its literals as written, as the sources are read.

    rdflib would make "none"^^xsd:boolean "false", and only its own object would tell that this was wrong.
    """
    usual, rdflib.NORMALIZE_LITERALS = rdflib.NORMALIZE_LITERALS, False
    try:
        return Graph().parse(path, format="turtle")
    finally:
        rdflib.NORMALIZE_LITERALS = usual


def reported(graph: Graph, report: Node | None) -> Outcome:
    properties = (SH.focusNode, SH.value, SH.resultSeverity, SH.sourceConstraintComponent, SH.sourceShape)
    return frozenset(
        row(
            *(graph.value(result, name) for name in properties),
            graph.value(result, SH.resultPath),
        )
        for result in graph.objects(report, SH.result)
    )


def outcome(check: Check, data: Graph, shapes: Graph) -> Outcome:
    """Return the results of a check, or that it refuses the shapes, as where the sources are read."""
    positions: defaultdict[Any, Position] = defaultdict(lambda: Position("shapes.ttl", 1))
    try:
        shape_queries.require_no_external_access(shapes, positions)
        return frozenset(
            row(result.focus, result.value, result.severity, result.component, result.shape, result.path)
            for result in check(data, shapes)
        )
    except ShapeError:
        return "refused"


def row(*nodes: Node | None) -> tuple[Node | None, ...]:
    """Return the nodes, with all blank nodes as one: two files have no labels in common."""
    blank = BNode("any")
    return tuple(blank if isinstance(node, BNode) else node for node in nodes)
