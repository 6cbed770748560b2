"""The shapes in words: what is checked, how strictly, and what a mapper who errs is told."""

import re
from collections import defaultdict
from dataclasses import dataclass

from cstokg import namespaces
from cstokg.web.graph import Graph
from cstokg.web.terms import Term, natural

_QUERY = f"""\
SELECT ?s ?p ?o
WHERE {{
  GRAPH <{namespaces.GRAPH}ontology/shapes> {{ ?s ?p ?o }}
}}
"""
_SH = namespaces.PREFIXES["sh"]
_PLACEHOLDER = re.compile(r"\{[?$]\w+\}")
_SEVERITIES = ("Violation", "Warning", "Info")
WHOLE = ""  # the key of the checks that look at the whole graph


@dataclass(frozen=True, slots=True)
class Check:
    """One constraint.

    Attributes:
        id: its short name.
        severity: Violation, Warning or Info.
        message: what to do.
    """

    id: str
    severity: str
    message: str


def checks_by_class(graph: Graph) -> dict[str, tuple[Check, ...]]:
    """The checks of the members of each class, by its IRI; those of the whole graph are under ``WHOLE``.

    Raises:
        QueryError: the engine does not answer.
    """
    said: dict[str, dict[str, list[Term]]] = defaultdict(lambda: defaultdict(list))
    for row in graph.select(_QUERY):
        said[row["s"].value][row["p"].value.removeprefix(_SH)].append(row["o"])
    found: dict[str, set[Check]] = defaultdict(set)
    for shape, about in list(said.items()):
        targets = [term.value for term in about.get("targetClass", ())]
        if not targets and any(key.startswith("target") for key in about):
            targets = [WHOLE]
        for target in targets:
            found[target].update(_checks(said, shape))
    return {target: tuple(sorted(checks, key=_order)) for target, checks in found.items()}


def _checks(
    said: dict[str, dict[str, list[Term]]], shape: str, id_: str = "", severity: str = "Violation"
) -> set[Check]:
    """The checks of a shape and of the shapes in it, which take over its name and severity."""
    about = said[shape]
    id_ = _first(about.get("name")) or id_
    severity = _first(about.get("severity")).removeprefix(_SH) or severity
    messages = sorted(about.get("message", ()), key=lambda term: term.order)
    found = {Check(id_, severity, _PLACEHOLDER.sub("…", messages[0].value))} if messages else set()
    for part in (*about.get("property", ()), *about.get("sparql", ())):
        found |= _checks(said, part.value, id_, severity)
    return found


def _first(terms: list[Term] | None) -> str:
    return terms[0].value if terms else ""


def _order(check: Check) -> tuple[object, ...]:
    return (_SEVERITIES.index(check.severity), natural(check.id), check.message)
