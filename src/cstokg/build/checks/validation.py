"""Validation of what was written: asserted data and ontology against the shapes, nothing inferred.

Every finding has a file and a line, as exact as possible, and tells the mapper what to do.
Checks of the whole graph target one node, the dataset; their findings are about the offender, which they
return as ``?value``.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Set
from dataclasses import replace
from pathlib import Path

from rdflib import SH, Graph, Literal, URIRef
from rdflib.term import Node

from cstokg import namespaces
from cstokg.build.checks import shacl, shape_queries
from cstokg.build.checks.findings import Finding, Report, described_in, is_in, shorten
from cstokg.build.checks.shacl import Result
from cstokg.build.reasoning import InconsistencyError, infer, require_consistency
from cstokg.build.sources import Position, Sources
from cstokg.build.stored_graph import StoredGraph

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
    """Return the findings about the sources, in the order of the files.

    Args:
        sources: what was read, with its shapes.
        reference: whether rdflib evaluates every query. If not, pyoxigraph evaluates those on which
            both agree, which gives the same findings faster.

    Raises:
        ShapeError: the shapes cannot be evaluated, or could reach beyond the data.
    """
    return _check_shapes(sources, sources.merged() if reference else sources.stored)


def check(
    sources: Sources, *, reference: bool = True, paths: Collection[str] = (), articles: Path | None = None
) -> Report:
    """Return the findings of ``validate``, the contradictions that inference finds, and wrong spans.

    Args:
        sources: what was read, with its shapes.
        reference: whether rdflib and owlrl evaluate everything.
        paths: return only findings in these files and folders, given below the root, and findings about
            what they describe, in any file; all findings if none is named.
        articles: the folder of the articles' texts, with which spans and sentences are compared.

    Raises:
        TextError: a text is not UTF-8.
        ShapeError: the shapes cannot be evaluated, or could reach beyond the data.
        UnknownAxiomError: the quick rules do not implement an axiom of the ontology.
    """
    # If several files describe a node, the finding about it may be in a file that is not among the paths.
    nodes = described_in(sources, paths) if paths else None
    asserted = sources.merged() if reference else sources.stored
    report = _check_shapes(sources, asserted, nodes)
    try:
        if isinstance(asserted, StoredGraph):
            require_consistency(asserted, asserted.copy_of_facts())
        else:
            infer(asserted)
    except InconsistencyError as error:
        report = with_contradictions(sources, report, error)
    if articles:
        report = Report.of([*report.findings, *_wrong_spans(sources, articles)])
    if nodes is None:
        return report
    return Report.of(
        [finding for finding in report.findings if finding.focus in nodes or is_in(finding.position, paths)]
    )


def with_contradictions(sources: Sources, report: Report, error: InconsistencyError) -> Report:
    """Return the findings of a report, and a violation for each contradiction of the error."""
    return Report.of([*report.findings, *_contradictions(sources, error)], report.engines)


def _check_shapes(sources: Sources, asserted: Graph, nodes: Set[Node] | None = None) -> Report:
    """Return what the shapes find in the asserted triples; the quick check may keep to some focus nodes.

    The check is quick if the triples are stored.
    """
    shapes = sources.shapes()
    shape_queries.require_no_external_access(shapes, sources.triples)
    with shape_queries.external_access_disabled():
        if not isinstance(asserted, StoredGraph):
            engines = "shapes by pyshacl with rdflib"
            results = shacl.check(asserted, shapes)
        else:
            by_rdflib: set[Node] = set()
            results = shacl.check_quickly(asserted, shapes, nodes, on_rdflib=by_rdflib.add)
            engines = "shapes by pyshacl with pyoxigraph"
            if by_rdflib:
                engines += f", but rdflib for {', '.join(sorted(map(shorten, by_rdflib)))}"
    return replace(_Findings(sources, shapes).report(results), engines=engines)


def _contradictions(sources: Sources, error: InconsistencyError) -> Iterator[Finding]:
    for contradiction in error.contradictions:
        focus = URIRef(contradiction.node)
        position = sources.subjects.get(focus)
        yield Finding(position, "violation", focus, None, None, contradiction.message, "contradiction")


def _wrong_spans(sources: Sources, articles: Path) -> Iterator[Finding]:
    from cstokg.build.checks import span_checks  # here, because most checks have no texts

    for failure in span_checks.verify(sources, articles).failures:
        yield Finding(failure.position, "violation", failure.subject, None, None, failure.message, "text")


class _Findings:
    """Makes findings of the results of SHACL, with the lines of the sources."""

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
        text = _english(result.messages)
        focus = shorten(result.focus)
        message = _MENTION.sub(lambda match: namespaces.shorten(match[0]), text)
        if result.component != SH.SPARQLConstraintComponent:
            path = "" if result.path is None else shacl.path_text(self._shapes, result.path)
            message = f"{_phrase(result, path)} {message}"
        elif focus not in message:
            message = f"{focus}: {message}"
        return Finding(
            position=self._position(result, text),
            severity=str(result.severity).rpartition("#")[2].lower(),
            focus=result.focus,
            path=result.path,
            value=result.value,
            message=message,
            constraint=self._constraint(result.shape),
        )

    def _position(self, result: Result, text: str) -> Position | None:
        about = self._about[result.focus]
        mentioned = set(_MENTION.findall(text)) - {str(result.focus)}
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
        """Return the ``sh:name`` of the shape, or of the one it is part of; else a local name."""
        node: Node | None = shape
        while node is not None:
            if name := self._shapes.value(node, SH.name):
                return str(name)
            if isinstance(node, URIRef):
                return re.split(r"[#/]", str(node))[-1]
            node = min(self._shapes.subjects(None, node), key=str, default=None)
        return "shape"


def _about_offender(result: Result) -> Result:
    """Return a result about the dataset as one about the node that it reports."""
    if result.focus != _DATASET or result.value is None or result.value == _DATASET:
        return result
    return replace(result, focus=result.value, value=None)


def _english(messages: Iterable[Node]) -> str:
    english = [
        str(message)
        for message in messages
        if isinstance(message, Literal) and message.language in (None, "en")
    ]
    return " ".join(sorted(english) or sorted(str(message) for message in messages))


def _phrase(result: Result, path: str) -> str:
    template = _PHRASES.get(result.component, "{focus} {path} {value}:")
    if not path:
        return f"{shorten(result.focus)}:"
    return template.format(
        focus=shorten(result.focus),
        path=path,
        value="" if result.value is None else shorten(result.value),
    ).replace(" :", ":")
