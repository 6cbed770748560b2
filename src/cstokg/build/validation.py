"""Validation of what was written: asserted data and ontology against the shapes, nothing inferred.

Every finding has the file and line of the most exact thing that is known, and speaks to the
mapper. Checks of the whole graph hang on one node, the dataset; their findings are about the
offender, which they return as ``?value``.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Set
from functools import partial
from pathlib import Path

from rdflib import SH, Graph, Literal, URIRef
from rdflib.term import Node

from cstokg import namespaces
from cstokg.build import evidence, rdf_terms, shacl, shape_queries
from cstokg.build.findings import Finding, Report, is_in, shorten
from cstokg.build.reasoning import InconsistencyError, infer, require_consistency
from cstokg.build.shacl import Result
from cstokg.build.sources import Position, Sources

__all__ = ["Finding", "Report", "check", "validate", "with_contradictions"]

_DATASET = URIRef(namespaces.DATASET)
_MENTION = re.compile(r"https?://[^\s<>\"'{}|^`]*[^\s<>\"'{}|^`.,:;!?)\]]")

# What each kind of constraint found, in front of what the shape says to do.
_PHRASES: dict[Node, str] = {
    SH.ClassConstraintComponent: "{focus} {path} {value} is of another class.",
    SH.ClosedConstraintComponent: "{focus} {path} does not belong here.",
    SH.DatatypeConstraintComponent: "{focus} {path} {value} is of another datatype.",
    SH.HasValueConstraintComponent: "{focus} {path} lacks a value.",
    SH.MaxCountConstraintComponent: "{focus} has too many {path}.",
    SH.MinCountConstraintComponent: "{focus} has no {path}.",
    SH.QualifiedMinCountConstraintComponent: "{focus} has no fitting {path}.",
    SH.UniqueLangConstraintComponent: "{focus} has two {path} in one language.",
}


def validate(sources: Sources, *, reference: bool = True) -> Report:
    """The findings about the sources, in the order of the files.

    Args:
        sources: what was read, with its shapes.
        reference: whether rdflib evaluates every query. If not, pyoxigraph evaluates those on which
            both agree, which gives the same findings sooner.

    Raises:
        ShapeError: the shapes cannot be evaluated, or could reach beyond the data.
    """
    shapes = sources.shapes()
    shape_queries.require_closed(shapes, sources.triples)
    evaluate = shacl.check if reference else shacl.check_quickly
    with shape_queries.nobody_called():
        results = evaluate(sources.merged(), shapes)
    return _Readings(sources, shapes).report(results)


def check(
    sources: Sources, *, reference: bool = True, paths: Collection[str] = (), articles: Path | None = None
) -> Report:
    """The findings of ``validate``, what inference finds contradictory, and what the texts do not bear out.

    Args:
        sources: what was read, with its shapes.
        reference: whether rdflib and owlrl evaluate everything.
        paths: only findings in these files and folders, given below the root, and about what they
            describe, wherever the finding stands; all findings if none is named.
        articles: the folder of the articles' texts, with which spans and sentences are compared.

    Raises:
        TextError: a text is not UTF-8.
        ShapeError: the shapes cannot be evaluated, or could reach beyond the data.
        UnknownAxiomError: the quick rules do not implement an axiom of the ontology.
    """
    asserted = sources.merged()
    # A node described in several files is everybody's business: the finding may stand in another.
    nodes = {s for (s, _, _), at in sources.triples.items() if is_in(at, paths)} if paths else None
    shapes = sources.shapes()
    shape_queries.require_closed(shapes, sources.triples)
    with shape_queries.nobody_called():
        evaluate = partial(shacl.check_quickly, focus_nodes=nodes)
        results = (shacl.check if reference else evaluate)(asserted, shapes)
    report = _Readings(sources, shapes).report(results)
    try:
        if reference:
            infer(asserted)
        else:
            require_consistency(asserted, rdf_terms.store(asserted))
    except InconsistencyError as error:
        report = with_contradictions(sources, report, error)
    if articles:
        report = Report.of([*report.findings, *_untrue(sources, articles)])
    if nodes is None:
        return report
    kept = [found for found in report.findings if found.focus in nodes or is_in(found.position, paths)]
    return Report.of(kept)


def check_nodes(sources: Sources, nodes: Set[Node]) -> Report:
    """The findings of the shapes about some nodes, from what is around them; not those of the whole graph.

    Raises:
        ShapeError: the shapes cannot be evaluated, or could reach beyond the data.
    """
    shapes = sources.shapes()
    shape_queries.require_closed(shapes, sources.triples)
    with shape_queries.nobody_called():
        results = shacl.check_nodes(_around(sources, nodes), shapes, nodes)
    return _Readings(sources, shapes).report(results)


def _around(sources: Sources, nodes: Set[Node]) -> Graph:
    """The ontology, and what is said of the nodes, of what points to them, and of what these name."""
    near = {s for s, _, o in sources.triples if o in nodes} | nodes
    near |= {o for s, _, o in sources.triples if s in near}
    near |= {o for s, _, o in sources.triples if s in near}
    graph = sources.ontology()
    for triple in sources.triples:
        if triple[0] in near:
            graph.add(triple)
    return graph


def with_contradictions(sources: Sources, report: Report, error: InconsistencyError) -> Report:
    """The findings of a report, and a violation for each contradiction of the error."""
    return Report.of([*report.findings, *_contradictions(sources, error)])


def _contradictions(sources: Sources, error: InconsistencyError) -> Iterator[Finding]:
    for found in error.contradictions:
        yield Finding(
            position=sources.subjects.get(URIRef(found.node)),
            severity="violation",
            focus=URIRef(found.node),
            path=None,
            value=None,
            message=found.message,
            constraint="contradiction",
        )


def _untrue(sources: Sources, articles: Path) -> Iterator[Finding]:
    for failure in evidence.verify(sources, articles).failures:
        yield Finding(failure.position, "violation", failure.subject, None, None, failure.message, "text")


class _Readings:
    """Results of SHACL, read against the sources."""

    def __init__(self, sources: Sources, shapes: Graph) -> None:
        self._sources = sources
        self._shapes = shapes
        self._about: dict[Node, list[tuple[Node, Node, Position]]] = defaultdict(list)

    def report(self, results: Iterable[Result]) -> Report:
        results = [_about_offender(result) for result in results]
        focus_nodes = {result.focus for result in results}
        for (s, p, o), position in self._sources.triples.items():
            if s in focus_nodes:
                self._about[s].append((p, o, position))
        return Report.of([self._finding(result) for result in results])

    def _finding(self, result: Result) -> Finding:
        said = _said(result.messages)
        focus = shorten(result.focus)
        message = _MENTION.sub(lambda match: namespaces.shorten(match[0]), said)
        if result.component != SH.SPARQLConstraintComponent:
            message = f"{_phrase(result)} {message}"
        elif focus not in message:
            message = f"{focus}: {message}"
        return Finding(
            position=self._position(result, said),
            severity=str(result.severity).rpartition("#")[2].lower(),
            focus=result.focus,
            path=result.path,
            value=result.value,
            message=message,
            constraint=self._constraint(result.shape),
        )

    def _position(self, result: Result, said: str) -> Position | None:
        about = self._about[result.focus]
        mentioned = set(_MENTION.findall(said)) - {str(result.focus)}
        fitting = (
            [at for p, o, at in about if p == result.path and o == result.value],
            # Of too many values, the last is the one to look at.
            [at for p, _, at in about if p == result.path][-1:],
            [at for _, o, at in about if str(o) in mentioned],
            [at for p, _, at in about if str(p) in mentioned],
        )
        for positions in fitting:
            if positions:
                return positions[0]
        return self._sources.subjects.get(result.focus)

    def _constraint(self, shape: Node) -> str:
        """The ``sh:name`` of the shape, or of the one it is part of; else a local name."""
        node: Node | None = shape
        while node is not None:
            if name := self._shapes.value(node, SH.name):
                return str(name)
            if isinstance(node, URIRef):
                return re.split(r"[#/]", str(node))[-1]
            node = min(self._shapes.subjects(None, node), key=str, default=None)
        return "shape"


def _about_offender(result: Result) -> Result:
    if result.focus != _DATASET or result.value in (None, _DATASET):
        return result
    assert result.value is not None  # noqa: S101 - the line above
    return Result(
        focus=result.value,
        path=result.path,
        value=None,
        severity=result.severity,
        component=result.component,
        shape=result.shape,
        messages=result.messages,
    )


def _said(messages: Iterable[Node]) -> str:
    english = [
        str(message)
        for message in messages
        if isinstance(message, Literal) and message.language in (None, "en")
    ]
    return " ".join(sorted(english) or sorted(str(message) for message in messages))


def _phrase(result: Result) -> str:
    template = _PHRASES.get(result.component, "{focus} {path} {value}:")
    if result.path is None:
        return f"{shorten(result.focus)}:"
    return template.format(
        focus=shorten(result.focus),
        path=shorten(result.path),
        value="" if result.value is None else shorten(result.value),
    ).replace(" :", ":")
