"""SHACL in two ways: pyshacl, which judges, and SELECT queries in pyoxigraph, which are quick.

pyshacl spends most of its time on ``sh:sparql``, which it evaluates with rdflib once per focus
node. One query in pyoxigraph with all focus nodes in a VALUES block gives the same rows.
"""

import logging
from collections.abc import Iterator, Set
from dataclasses import dataclass

import pyoxigraph as ox
import pyshacl
from rdflib import OWL, RDF, RDFS, SH, BNode, Graph, Literal
from rdflib.term import Node

from cstokg.build import rdf_terms
from cstokg.errors import CstokgError

_PRE_BOUND = ("rdf", "rdfs", "owl")
_TARGETS = (SH.targetClass, SH.targetNode, SH.targetObjectsOf, SH.targetSubjectsOf)


class ShapeError(CstokgError):
    """A shape that cannot be evaluated."""


@dataclass(frozen=True, slots=True)
class Result:
    """A validation result (SHACL 1.0, section 3.6.2)."""

    focus: Node
    path: Node | None
    value: Node | None
    severity: Node
    component: Node
    shape: Node
    messages: frozenset[Node]


def judge(data: Graph, shapes: Graph) -> set[Result]:
    """The results of pyshacl, without inference.

    Raises:
        ShapeError: the shapes graph is ill-formed.
    """
    logger = logging.getLogger("pyshacl-validate")
    # pyshacl hangs a new handler on its logger each time, and logs what its report says anyway.
    handlers = list(logger.handlers)
    logger.addFilter(_discard)
    try:
        _, report, text = pyshacl.validate(
            data, shacl_graph=shapes, inference="none", advanced=True, inplace=True
        )
    except pyshacl.errors.ReportableRuntimeError as error:
        raise ShapeError(f"ontology/shapes.ttl: {error.message}") from error
    finally:
        logger.removeFilter(_discard)
        logger.handlers = handlers
    if not isinstance(report, Graph):
        raise ShapeError(f"ontology/shapes.ttl: {text}")
    results = {_result(report, node) for node in report.objects(None, SH.result)}
    return {result for result in results if not _is_of_datatype(result, shapes)}


def judge_quickly(
    data: Graph, shapes: Graph, focus_nodes: Set[Node] | None = None, *, store: ox.Store | None = None
) -> set[Result]:
    """The same results, those of ``sh:sparql`` on node shapes from pyoxigraph and the rest from pyshacl.

    Args:
        data: what is judged.
        shapes: what it is judged by.
        focus_nodes: what pyshacl looks at, if not at everything; the queries look at everything.
        store: the data in a store, for whoever has one.

    Raises:
        ShapeError: the shapes graph is ill-formed, or a query of it.
    """
    core = Graph(store="SimpleMemory", bind_namespaces="none")
    queries = []
    for s, p, o in shapes:
        if p == SH.sparql and (s, SH.path, None) not in shapes:
            queries.append((s, o))
        else:
            core.add((s, p, o))
    store = store or rdf_terms.store(data)
    results = {
        result for shape, constraint in queries for result in _select(data, store, shapes, shape, constraint)
    }
    if focus_nodes is not None:
        _narrow(data, core, focus_nodes)
    return results | judge(data, core)


def _narrow(data: Graph, shapes: Graph, focus_nodes: Set[Node]) -> None:
    """Let the shapes target these nodes only, of those that they target.

    The ``focus_nodes`` of pyshacl will not do: it applies them to nested shapes too, and then
    everything passes a nested shape, and nothing its negation.
    """
    for shape in {shape for target in _TARGETS for shape in shapes.subjects(target)}:
        nodes = _targets(data, shapes, shape)
        for target in _TARGETS:
            shapes.remove((shape, target, None))
        for node in nodes & focus_nodes:
            shapes.add((shape, SH.targetNode, node))


def _discard(_: logging.LogRecord) -> bool:
    return False


def _result(report: Graph, node: Node) -> Result:
    said = dict(report.predicate_objects(node))
    return Result(
        focus=said[SH.focusNode],
        path=said.get(SH.resultPath),
        value=said.get(SH.value),
        severity=said[SH.resultSeverity],
        component=said[SH.sourceConstraintComponent],
        shape=said[SH.sourceShape],
        messages=frozenset(report.objects(node, SH.resultMessage)),
    )


def _is_of_datatype(result: Result, shapes: Graph) -> bool:
    """Whether pyshacl missed a datatype because Python cannot hold the value."""
    value = result.value
    return (
        result.component == SH.DatatypeConstraintComponent
        and isinstance(value, Literal)
        and value.datatype == shapes.value(result.shape, SH.datatype)
        and rdf_terms.is_valid(value)
    )


def _select(data: Graph, store: ox.Store, shapes: Graph, shape: Node, constraint: Node) -> Iterator[Result]:
    if any(_is_true(shapes.value(node, SH.deactivated)) for node in (shape, constraint)):
        return
    targets = " ".join(sorted(str(rdf_terms.to_oxigraph(node)) for node in _targets(data, shapes, shape)))
    query = str(shapes.value(constraint, SH.select))
    head, brace, tail = query.partition("{")
    if not targets or not brace:
        return
    query = f"{_prefixes(shapes, constraint)}{head}{{ VALUES $this {{ {targets} }} {tail}"
    templates = {*shapes.objects(constraint, SH.message), *shapes.objects(shape, SH.message)}
    severity = shapes.value(shape, SH.severity) or SH.Violation
    try:
        rows = list(rdf_terms.select(store, query))
    except SyntaxError as error:
        raise ShapeError(f"ontology/shapes.ttl: the query of {shape}: {error}") from error
    for row in rows:
        focus = row["this"]
        yield Result(
            focus=focus,
            path=row.get("path"),
            value=row.get("value", focus),
            severity=severity,
            component=SH.SPARQLConstraintComponent,
            shape=shape,
            messages=frozenset(_fill(template, row) for template in templates),
        )


def _fill(template: Node, row: dict[str, Node]) -> Literal:
    text = str(template)
    for name, node in row.items():
        text = text.replace(f"{{?{name}}}", str(node)).replace(f"{{${name}}}", str(node))
    return Literal(text)


def _prefixes(shapes: Graph, constraint: Node) -> str:
    declared = {name: str({"rdf": RDF, "rdfs": RDFS, "owl": OWL}[name]) for name in _PRE_BOUND}
    for group in shapes.objects(constraint, SH.prefixes):
        for declaration in shapes.objects(group, SH.declare):
            declared[str(shapes.value(declaration, SH.prefix))] = str(shapes.value(declaration, SH.namespace))
    return "".join(f"PREFIX {prefix}: <{namespace}>\n" for prefix, namespace in sorted(declared.items()))


def _targets(data: Graph, shapes: Graph, shape: Node) -> Set[Node]:
    """The focus nodes of a shape (SHACL 1.0, section 2.1.3)."""
    found = set(shapes.objects(shape, SH.targetNode))
    classes = set(shapes.objects(shape, SH.targetClass))
    if (shape, RDF.type, RDFS.Class) in shapes or (shape, RDF.type, OWL.Class) in shapes:
        classes.add(shape)
    for target in classes:
        for narrower in data.transitive_subjects(RDFS.subClassOf, target):
            found |= set(data.subjects(RDF.type, narrower))
    for predicate in shapes.objects(shape, SH.targetSubjectsOf):
        found |= set(data.subjects(predicate))
    for predicate in shapes.objects(shape, SH.targetObjectsOf):
        found |= set(data.objects(None, predicate))
    # A blank node cannot stand in VALUES.
    return {node for node in found if not isinstance(node, BNode)}


def _is_true(node: Node | None) -> bool:
    return isinstance(node, Literal) and node.value is True
