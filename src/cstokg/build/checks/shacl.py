"""SHACL by pyshacl, with the queries of shapes answered by rdflib or pyoxigraph.

pyshacl finds the shapes, their targets and their values in both checks. Only the rows of a query
come from one engine or the other, so no constraint is missed, also below ``sh:node``,
``sh:or``, ``sh:property`` or a ``sh:target``. The reference check asks rdflib for all rows. The
quick check asks pyoxigraph for those rows for which ``portable_queries`` says that both give the same.
"""

import functools
import logging
import re
import signal
import threading
import traceback
from collections import defaultdict
from collections.abc import Callable, Iterator, Set
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pyshacl
from pyshacl.constraints import CONSTRAINT_PARAMETERS_MAP
from pyshacl.constraints.core.shape_based_constraints import (
    NodeConstraintComponent,
    QualifiedValueShapeConstraintComponent,
)
from pyshacl.constraints.core.value_constraints import DatatypeConstraintComponent
from pyshacl.constraints.sparql.sparql_based_constraints import SPARQLBasedConstraint
from pyshacl.errors import ReportableRuntimeError
from pyshacl.helper.path_helper import shacl_path_to_sparql_path
from pyshacl.shape import Shape
from pyshacl.shapes_graph import ShapesGraph
from rdflib import OWL, RDF, RDFS, SH, XSD, BNode, Graph, Literal, URIRef
from rdflib.collection import Collection
from rdflib.plugins.sparql import prepareQuery
from rdflib.plugins.sparql.sparql import Query
from rdflib.term import Node

from cstokg import namespaces
from cstokg.build import rdf_terms
from cstokg.build.checks import portable_queries, shape_queries
from cstokg.build.checks.shape_queries import ShapeError
from cstokg.build.stored_graph import LABEL, StoredGraph

_TARGETS = (SH.targetClass, SH.targetNode, SH.targetObjectsOf, SH.targetSubjectsOf)
_PLACEHOLDER = re.compile(r"\{[?$](\w+)\}")
_XSD = f"PREFIX xsd: <{XSD}>\n"
_DATASET = URIRef(namespaces.DATASET)
_SECONDS = 120.0

Row = dict[str, Any]


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


class _Rows:
    """The rows of queries over one graph."""

    def __init__(
        self,
        data: Graph,
        *,
        restricted: bool = False,
        on_rdflib: Callable[[Node], None] = lambda shape: None,
    ) -> None:
        """Ask about these data.

        Args:
            data: the graph; if it is stored, pyoxigraph answers the queries that both engines answer alike.
            restricted: whether checks of the whole graph need rows only about what ``ask_about`` named.
            on_rdflib: called with each shape whose query rdflib answers.
        """
        self._data = data
        self._restricted = restricted
        self._on_rdflib = on_rdflib
        self._portable: dict[str, list[Row]] = {}
        self._prologues: dict[frozenset[Node], str] = {}

    def prologue(self, shapes: Graph, constraint: Any) -> str:
        """Return the prefixes of a constraint, which are those of all that name the same declarations."""
        groups = frozenset(shapes.objects(constraint.node, SH.prefixes))
        if groups not in self._prologues:
            self._prologues[groups] = _prologue(shapes, constraint, groups)
        return self._prologues[groups]

    def select(self, prologue: str, query: str, focus: Node, shape: Node) -> list[Row]:
        """Return the rows of a query, in which ``$this`` is the focus node.

        Raises:
            ShapeError: it is not a SELECT query, or takes too long.
        """
        try:
            with _deadline():
                if not isinstance(self._data, StoredGraph) or not portable_queries.both_engines_agree(
                    query, self._data.plain_datatypes if _XSD in prologue else frozenset()
                ):
                    self._on_rdflib(shape)
                    return self._by_rdflib(prologue + query, focus, shape)
                if focus == _DATASET and self._restricted:
                    query = portable_queries.about(query, self._data.asked)
                query = portable_queries.with_labels(query, LABEL)
                # The rows are the same for each focus node, as the query has $this in its result only.
                if prologue + query not in self._portable:
                    data = self._data
                    self._portable[prologue + query] = _in_thread(lambda: list(data.select(prologue + query)))
                return self._portable[prologue + query]
        except TimeoutError:
            raise ShapeError(
                f"{_place(shape)} took more than {_SECONDS:.0f} seconds for {focus}. "
                "Let its patterns share variables, or deactivate the shape (sh:deactivated true)."
            ) from None
        except ShapeError:
            raise
        except Exception as error:  # the engines raise many kinds
            raise ShapeError(f"{_place(shape)} cannot be evaluated: {error}") from error

    def _by_rdflib(self, query: str, focus: Node, shape: Node) -> list[Row]:
        bindings: dict[str, Any] = {"this": focus, "currentShape": shape}
        with _paths_through_any_literal():
            result = self._data.query(_prepare(query), initBindings=bindings)
            # rdflib evaluates some queries only when their rows are asked for.
            rows = list(result.bindings) if result.type == "SELECT" else []
        if result.type != "SELECT":
            raise TypeError("not a SELECT query")
        return [{str(name): node for name, node in row.items()} for row in rows]


@contextmanager
def _paths_through_any_literal() -> Iterator[None]:
    """Let Python take all literals for true: in a path, rdflib takes a false one, such as 0, for no value."""
    usual = Literal.__bool__
    Literal.__bool__ = _is_a_term  # type: ignore[method-assign]
    try:
        yield
    finally:
        Literal.__bool__ = usual  # type: ignore[method-assign]


def _is_a_term(self: Literal) -> bool:
    return True


def _place(shape: Node) -> str:
    """Return the place of a shape's query, for a message."""
    return f"ontology/shapes.ttl: the query of {shape}"


@contextmanager
def _deadline() -> Iterator[None]:
    """Raise TimeoutError when a query takes too long; this works in the main thread only."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(*_: object) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, _SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@functools.lru_cache(maxsize=500)
def _prepare(query: str) -> Query:
    """Return a query as rdflib evaluates it; cached, because parsing one takes 40 milliseconds."""
    return prepareQuery(query)


def _in_thread(function: Callable[[], list[Row]]) -> list[Row]:
    """Call a function in a thread: a signal can then interrupt the caller, though not the function."""
    future: Future[list[Row]] = Future()

    def run() -> None:
        try:
            future.set_result(function())
        except Exception as error:
            # pyoxigraph's results have to be freed in the thread that asked for them.
            traceback.clear_frames(error.__traceback__)
            future.set_exception(error)

    threading.Thread(target=run, daemon=True).start()
    return future.result()


def check(data: Graph, shapes: Graph) -> set[Result]:
    """Return the results of the reference check, without inference.

    Raises:
        ShapeError: a shape or its query cannot be evaluated.
    """
    return _validate(data, shapes, _Rows(data))


def check_quickly(
    data: Graph,
    shapes: Graph,
    focus_nodes: Set[Node] | None = None,
    on_rdflib: Callable[[Node], None] = lambda shape: None,
) -> set[Result]:
    """Return the same results as the reference check, faster.

    Args:
        data: what is checked.
        shapes: what it is checked against; neither is changed.
        focus_nodes: the nodes whose results are needed, with the results of the dataset that are about them;
            None for all results.
        on_rdflib: called with each shape whose query rdflib answers.

    Raises:
        ShapeError: a shape or its query cannot be evaluated.
    """
    if not isinstance(data, StoredGraph):
        data = StoredGraph(data, data.namespaces())
    rows = _Rows(data, restricted=focus_nodes is not None, on_rdflib=on_rdflib)
    shapes = _with_targeted_properties(shapes)
    if focus_nodes is None:
        return _validate(data, shapes, rows)
    data.ask_about(focus_nodes | {_DATASET})
    # A property of a property reports values of the focus node as focus nodes.
    if any((path_shape, SH.property, None) in shapes for path_shape in shapes.subjects(SH.path)):
        return _validate(data, shapes, rows)
    with _targets_among(data, focus_nodes | {_DATASET}):
        return _validate(data, shapes, rows)


def path_text(shapes: Graph, path: Node) -> str:
    """Return a property path of the shapes as SPARQL writes it, with short names: ``^ckg:holder``."""
    text = shacl_path_to_sparql_path(ShapesGraph(shapes), path)
    return re.sub(r"<([^<>]*)>", lambda match: namespaces.shorten(match[1]), text)


def _validate(data: Graph, shapes: Graph, rows: _Rows) -> set[Result]:
    # pyshacl adds a handler to its logger at each call, and logs what its report says anyway; rdflib logs a
    # stack trace for each literal that Python has no value for, such as a day before Christ.
    logger, terms = (logging.getLogger(name) for name in ("pyshacl-validate", "rdflib.term"))
    handlers = list(logger.handlers)
    logger.addFilter(_discard)
    terms.addFilter(_discard)
    try:
        with _components(rows):
            _, report, text = pyshacl.validate(
                data, shacl_graph=shapes, inference="none", advanced=True, inplace=True
            )
    except ReportableRuntimeError as error:
        raise ShapeError(f"ontology/shapes.ttl: {error.message}") from error
    finally:
        logger.removeFilter(_discard)
        terms.removeFilter(_discard)
        logger.handlers = handlers
    if not isinstance(report, Graph):
        raise ShapeError(f"ontology/shapes.ttl: {text}")
    return {_result(report, node) for node in report.objects(None, SH.result)}


@contextmanager
def _components(rows: _Rows) -> Iterator[None]:
    """Let pyshacl use the components of this module inside the block."""

    def constraint(shape: Any) -> SPARQLBasedConstraint:
        return _SparqlConstraint(shape, rows)

    components: dict[Any, Any] = {
        SH.sparql: constraint,
        SH.datatype: _Datatype,
        SH.node: _Node,
        **dict.fromkeys(_QualifiedValueShape.constraint_parameters(), _QualifiedValueShape),
    }
    usual = {predicate: CONSTRAINT_PARAMETERS_MAP[predicate] for predicate in components}
    CONSTRAINT_PARAMETERS_MAP.update(components)
    try:
        yield
    finally:
        CONSTRAINT_PARAMETERS_MAP.update(usual)


class _Datatype(DatatypeConstraintComponent):
    """``sh:datatype``, which also accepts the dates that Python cannot hold, such as years before 1."""

    def evaluate(
        self, executor: Any, graph: Any, values: dict[Any, Set[Any]], path: list[Any]
    ) -> tuple[bool, list[Any]]:
        others = {
            focus: {value for value in nodes if not self._fits(value)} for focus, nodes in values.items()
        }
        result: tuple[bool, list[Any]] = super().evaluate(executor, graph, others, path)
        return result

    def _fits(self, value: Node) -> bool:
        return (
            isinstance(value, Literal)
            and value.datatype == self.datatype_rule
            and value.value is None
            and rdf_terms.is_valid(value)
        )


class _Node(NodeConstraintComponent):
    """``sh:node``, with which pyshacl compares a value once, not once for each focus node that has it.

    Whether a value fits a shape does not depend on the focus node (SHACL 1.0, section 3.4.2).
    """

    def evaluate(
        self, executor: Any, graph: Any, values: dict[Any, Set[Any]], path: list[Any]
    ) -> tuple[bool, list[Any]]:
        usual = super().evaluate
        if len(values) > 1:  # inside of another shape there is one focus node
            wrong = {
                value
                for value in set().union(*values.values())
                if not usual(executor, graph, {value: {value}}, path)[0]
            }
            values = {focus: wrong.intersection(nodes) for focus, nodes in values.items()}
        result: tuple[bool, list[Any]] = usual(executor, graph, values, path)
        return result


class _QualifiedValueShape(QualifiedValueShapeConstraintComponent):
    """``sh:qualifiedValueShape``; pyshacl looks only at things that may lack labels in a language.

    It writes a result for each label in another language, so it gets only things with too few in this one.
    """

    def evaluate(
        self, executor: Any, graph: Any, values: dict[Any, Set[Any]], path: list[Any]
    ) -> tuple[bool, list[Any]]:
        if languages := self._languages():
            values = {
                focus: nodes
                for focus, nodes in values.items()
                if sum(getattr(node, "language", None) in languages for node in nodes) < (self.min_count or 0)
            }
        result: tuple[bool, list[Any]] = super().evaluate(executor, graph, values, path)
        return result

    def _languages(self) -> Set[str]:
        """Return the languages in which the shape requires labels; none if it requires anything else."""
        shapes: Graph = self.shape.sg.graph
        parts = [part for shape in self.value_shapes for part in shapes.predicate_objects(shape)]
        if self.min_count is None or self.max_count is not None or self.is_disjoint or len(parts) != 1:
            return frozenset()
        ((predicate, listed),) = parts
        languages = list(Collection(shapes, listed)) if predicate == SH.languageIn else []
        return set(map(str, languages)) if all(isinstance(node, Literal) for node in languages) else set()


class _SparqlConstraint(SPARQLBasedConstraint):
    """``sh:sparql`` as SHACL 1.0, section 5.3 describes it."""

    def __init__(self, shape: Any, rows: _Rows) -> None:
        super().__init__(shape)
        self._rows = rows

    def _evaluate_sparql_constraint(
        self, constraint: Any, graph: Any, values: dict[Any, Set[Any]]
    ) -> tuple[bool, list[Any]]:
        shape = self.shape
        if message := shape_queries.forbidden(constraint.select_text):
            raise ShapeError(f"{_place(shape.node)}: {message}")
        try:
            query = shape_queries.with_path(constraint.select_text, self._path(constraint))
        except ShapeError as error:
            raise ShapeError(f"{_place(shape.node)}: {error}") from None
        prologue = self._rows.prologue(shape.sg.graph, constraint)
        reports = []
        for focus in values:
            for row in self._rows.select(prologue, query, focus, shape.node):
                if row.get("failure") == Literal(True):
                    raise ShapeError(f"{_place(shape.node)} ends with ?failure for {focus}.")
                report = self.make_v_result(
                    graph,
                    focus,
                    value_node=row.get("value", None if shape.is_property_shape else focus),
                    result_path=row.get("path"),
                    source_constraint=constraint.node,
                )
                description, node, triples = report
                triples = [triple for triple in triples if triple[1] != SH.resultMessage]
                for text in self._messages(constraint, {**row, "this": focus}):
                    triples.append((node, SH.resultMessage, text))
                reports.append((description, node, triples))
        return bool(reports), reports

    def _path(self, constraint: Any) -> str:
        path = self.shape.path()  # type: ignore[no-untyped-call]
        if path is None:
            return ""
        return f"({shacl_path_to_sparql_path(self.shape.sg, path, prefixes=constraint.prefixes)})"

    def _messages(self, constraint: Any, row: Row) -> Iterator[Node]:
        if "message" in row:
            yield row["message"]
            return
        for template in {*(constraint.messages or ()), *self.shape.message}:
            # In one pass, so that braces in a value are not taken for a placeholder.
            text = _PLACEHOLDER.sub(lambda match: str(row.get(match[1], match[0])), str(template))
            yield Literal(text, lang=getattr(template, "language", None))


def _prologue(shapes: Graph, constraint: Any, groups: Set[Node]) -> str:
    """Return the prefixes of a constraint, with those of imported ontologies, which pyshacl leaves out."""
    declared = {name: str(namespace) for name, namespace in constraint.prefixes.items()}
    for group in groups:
        for ontology in shapes.transitive_objects(group, OWL.imports):
            for declaration in shapes.objects(ontology, SH.declare):
                prefix = str(shapes.value(declaration, SH.prefix))
                declared.setdefault(prefix, str(shapes.value(declaration, SH.namespace)))
    return "".join(f"PREFIX {name}: <{namespace}>\n" for name, namespace in sorted(declared.items()))


def _with_targeted_properties(shapes: Graph) -> Graph:
    """Return the shapes with the targets of each node shape given to its property shapes.

    pyshacl validates a property shape of a node shape once for each focus node, but one with targets
    once for all. The results are the same: those of ``sh:property`` are those of the property shape
    about the same focus node (SHACL 1.0, section 4.7.2). A shape stays as it is where another refers
    to it, and where it has no core target alone, is deactivated, or is itself a property shape.
    """
    result = _copy(shapes)
    for shape in set(shapes.subjects(SH.property)):
        targets = [(target, node) for target in _TARGETS for node in shapes.objects(shape, target)]
        properties = set(shapes.objects(shape, SH.property))
        if (
            not targets
            or any((shape, predicate, None) in shapes for predicate in (SH.path, SH.deactivated, SH.target))
            or (shape, RDF.type, RDFS.Class) in shapes
            or (None, None, shape) in shapes
            or any((node, SH.path, None) not in shapes for node in properties)
            # It compares with the other properties of the same shape (section 4.7.3).
            or any((node, SH.qualifiedValueShapesDisjoint, None) in shapes for node in properties)
        ):
            continue
        result.remove((shape, SH.property, None))
        if (shape, SH.closed, None) in shapes:
            # A closed shape allows the paths of its properties (section 4.8.1), which were removed from it.
            ignored = [path for node in properties for path in shapes.objects(node, SH.path)]
            for items in shapes.objects(shape, SH.ignoredProperties):
                ignored += Collection(result, items)
            result.set((shape, SH.ignoredProperties, Collection(result, BNode(), ignored).uri))
        # Without a type, pyshacl would not recognise a shape that has no other property.
        result.add((shape, RDF.type, SH.NodeShape))
        for node in properties:
            result.add((node, RDF.type, SH.PropertyShape))
            for target, value in targets:
                result.add((node, target, value))
    return result


def _copy(shapes: Graph) -> Graph:
    """Return a graph of the same triples, with the same prefixes: pyshacl writes them into messages."""
    result = Graph(store="SimpleMemory", bind_namespaces="none")
    for prefix, namespace in shapes.namespaces():
        result.bind(prefix, namespace)
    for triple in shapes:
        result.add(triple)
    return result


@contextmanager
def _targets_among(data: StoredGraph, focus_nodes: Set[Node]) -> Iterator[None]:
    """Restrict the core targets of shapes to these nodes inside the block; the data are asked about them.

    pyshacl's own ``focus_nodes`` do not work here: it applies them to nested shapes too, and then
    everything passes a nested shape, and nothing its negation.
    """
    usual: Callable[..., Set[Node]] = Shape.focus_nodes
    instances: dict[Node | None, set[Node]] = defaultdict(set)
    for row in data.select(f"SELECT ?node ?class {{ {data.asked('?node')} ?node a ?class }}"):
        instances[row["class"]].add(row["node"])

    @functools.cache
    def instances_of(class_: Node) -> Set[Node]:
        narrower = data.transitive_subjects(RDFS.subClassOf, class_)
        return set().union(*(instances[subclass] for subclass in narrower))

    @functools.cache
    def fitting(pattern: str) -> Set[Node]:
        query = f"SELECT DISTINCT ?node {{ {data.asked('?node')} {pattern} }}"
        return {row["node"] for row in data.select(query)}

    def focus_nodes_of(shape: Any, graph: Any, debug: bool = False) -> Set[Node]:
        if shape.advanced_target():
            return usual(shape, graph, debug)
        nodes, classes, implicit, objects_of, subjects_of = shape.target()
        return focus_nodes & set(nodes).union(
            *map(instances_of, {*classes, *implicit}),
            *(fitting(f"?node {predicate.n3()} ?object") for predicate in subjects_of),
            *(fitting(f"?subject {predicate.n3()} ?node") for predicate in objects_of),
        )

    Shape.focus_nodes = focus_nodes_of  # type: ignore[method-assign]
    try:
        yield
    finally:
        Shape.focus_nodes = usual  # type: ignore[method-assign]


def _discard(_: logging.LogRecord) -> bool:
    return False


def _result(report: Graph, node: Node) -> Result:
    properties = dict(report.predicate_objects(node))
    return Result(
        focus=properties[SH.focusNode],
        path=properties.get(SH.resultPath),
        value=properties.get(SH.value),
        severity=properties[SH.resultSeverity],
        component=properties[SH.sourceConstraintComponent],
        shape=properties[SH.sourceShape],
        messages=frozenset(report.objects(node, SH.resultMessage)),
    )
