"""Findings: what is wrong, where, and what to do; and the report of them as text, JSON and Turtle."""

import json
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field, replace

from rdflib import DCTERMS, RDF, SH, BNode, Graph, Literal, URIRef
from rdflib.term import Node

from cstokg import namespaces
from cstokg.build.sources import Position, Sources
from cstokg.build.writers import turtle_writer

SEVERITIES = ("violation", "warning", "info")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that validation found, and where to look.

    ``constraint`` is the ``sh:name`` of the shape that found it, or its local name. ``path`` and
    ``value`` are None where the constraint speaks of the whole node.
    """

    position: Position | None
    severity: str
    focus: Node
    path: Node | None
    value: Node | None
    message: str
    constraint: str

    def __str__(self) -> str:
        """``path:line: severity: message``, the form that editors can follow."""
        return f"{self.position or 'data'}: {self.severity}: {self.message}"


@dataclass(frozen=True, slots=True)
class Report:
    """The findings, in the order of the files.

    Attributes:
        findings: the findings.
        engines: which programs found them, for people; it does not count in comparisons.
    """

    findings: tuple[Finding, ...]
    engines: str = field(default="", compare=False)

    @classmethod
    def of(cls, findings: Collection[Finding], engines: str = "") -> "Report":
        """Return a report of these findings, each once."""
        return cls(tuple(sorted(set(findings), key=_order)), engines)

    def with_engine(self, engine: str) -> "Report":
        """Return the same report, which names one more engine."""
        return replace(self, engines=f"{self.engines}; {engine}")

    @property
    def conforms(self) -> bool:
        """Whether there is no violation; warnings and infos do not stop a release."""
        return not any(finding.severity == "violation" for finding in self.findings)

    def counts(self) -> dict[str, int]:
        """Return the number of findings of each severity, gravest first."""
        numbers = Counter(finding.severity for finding in self.findings)
        return {severity: numbers[severity] for severity in SEVERITIES}

    def summary(self) -> str:
        """Return the counts in words: ``0 violations, 2 warnings, 1 info``."""
        return ", ".join(
            f"{count} {name}{'' if count == 1 else 's'}" for name, count in self.counts().items()
        )

    def text(self) -> str:
        """Return one line per finding; an empty text if there is none."""
        return "".join(f"{finding}\n" for finding in self.findings)

    def json(self) -> str:
        """Return JSON: ``conforms``, the counts by severity, and ``findings`` with IRIs in full."""
        report = {
            "conforms": self.conforms,
            **self.counts(),
            "findings": [
                {
                    "file": finding.position and finding.position.path,
                    "line": finding.position and finding.position.line,
                    "severity": finding.severity,
                    "constraint": finding.constraint,
                    "focus": str(finding.focus),
                    "path": finding.path and str(finding.path),
                    "value": None if finding.value is None else str(finding.value),
                    "message": finding.message,
                }
                for finding in self.findings
            ],
        }
        return json.dumps(report, ensure_ascii=False, indent=2) + "\n"

    def graph(self) -> Graph:
        """Return a SHACL validation report, with the file and line of each result as ``dcterms:source``.

        ``sh:conforms`` is true only if nothing at all was found (SHACL 1.0, section 3.6.1.1).
        """
        graph = Graph(bind_namespaces="none")
        report = BNode("report")
        graph.add((report, RDF.type, SH.ValidationReport))
        graph.add((report, SH.conforms, Literal(not self.findings)))
        for number, finding in enumerate(self.findings):
            result = BNode(f"result{number}")
            graph.add((report, SH.result, result))
            graph.add((result, RDF.type, SH.ValidationResult))
            graph.add((result, SH.focusNode, finding.focus))
            graph.add((result, SH.resultSeverity, SH[finding.severity.capitalize()]))
            graph.add((result, SH.resultMessage, Literal(finding.message, lang="en")))
            graph.add((result, DCTERMS.identifier, Literal(finding.constraint)))
            if finding.path is not None:
                graph.add((result, SH.resultPath, finding.path))
            if finding.value is not None:
                graph.add((result, SH.value, finding.value))
            if finding.position is not None:
                graph.add((result, DCTERMS.source, Literal(str(finding.position))))
        return graph

    def turtle(self) -> str:
        """Return the validation report as Turtle, the same bytes for the same findings."""
        return turtle_writer.write(self.graph())


def shorten(node: Node) -> str:
    """Return a term for a message: ``prefix:local``, or a literal as Turtle writes it."""
    if isinstance(node, URIRef):
        return namespaces.shorten(str(node))
    if not isinstance(node, Literal):
        return "a blank node"
    text = str(node) if len(node) <= 60 else f"{node[:59]}…"
    suffix = (
        f"@{node.language}"
        if node.language
        else f"^^{namespaces.shorten(node.datatype)}"
        if node.datatype
        else ""
    )
    return f'"{text}"{suffix}'


def _order(finding: Finding) -> tuple[str, int, int, str, str, str]:
    position = finding.position or Position("", 0)
    severity = SEVERITIES.index(finding.severity)
    return position.path, position.line, severity, finding.constraint, finding.message, str(finding.value)


def described_in(sources: Sources, paths: Collection[str]) -> set[Node]:
    """Return the subjects of which these files and folders, given below the root, say something."""
    files = {file for file in sources.files() if is_in(Position(file, 1), paths)}
    return {subject for (subject, _, _), at in sources.triples.items() if at.path in files}


def is_in(position: Position | None, paths: Collection[str]) -> bool:
    """Return whether a position is in one of these files and folders, given below the root.

    The spans of an article count as part of its file.
    """
    if position is None:
        return False
    file = _stem(position.path)
    return any(file == _stem(path) or file.startswith(f"{path.rstrip('/')}/") for path in paths)


def _stem(path: str) -> str:
    return path.removesuffix(".ttl").removesuffix(".spans.tsv")
