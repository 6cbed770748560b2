"""Entity tags, known before a query is evaluated, and the queries that can have none.

A release never changes, so release, query, graphs and format determine an answer, unless the query
asks for the time, for chance, for new blank nodes, or at another endpoint.
"""

import hashlib
import re

from cstokg.engine import prologue
from cstokg.web.protocol import Operation

# Any of these words before a bracket counts, also in a comment or as the end of a longer word.
_VOLATILE = re.compile(r"(?:NOW|RAND|UUID|BNODE)\s*(?:#[^\r\n]*\s*)*\(|SERVICE", re.IGNORECASE)
_FORM = re.compile(r"SELECT|ASK|CONSTRUCT|DESCRIBE", re.IGNORECASE)
_TEMPLATE = re.compile(
    r"""CONSTRUCT[^{]*\{((?:<[^<>\s]*>|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[^}<"'])*)""", re.I
)
_NEW_NODE = re.compile(r"_:|[\[(]")


def form_of(sparql: str) -> str:
    """The query form in capitals: SELECT, ASK, CONSTRUCT or DESCRIBE; empty if the text has none."""
    found = _FORM.match(sparql, prologue.read(sparql).end)
    return found[0].upper() if found else ""


def is_volatile(sparql: str, form: str) -> bool:
    """Whether two evaluations of a query of a form over the same data may differ; in doubt, yes."""
    if _VOLATILE.search(sparql):
        return True
    if form != "CONSTRUCT":
        return False
    template = _TEMPLATE.match(sparql, prologue.read(sparql).end)
    return template is not None and _NEW_NODE.search(template[1]) is not None


def tag(version: str, operation: Operation, media_type: str, coding: str) -> str:
    """The strong entity tag of an answer, in quotation marks (RFC 9110, section 8.8.3)."""
    parts = (
        version,
        operation.query or "",
        "\n".join(operation.default_graphs),
        "\n".join(operation.named_graphs),
        media_type,
        operation.format or "",
        coding,
    )
    digest = hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()
    return f'"{digest[:32]}"'


def matches(header: str, entity_tag: str) -> bool:
    """Whether an If-None-Match header names an entity tag; compared weakly, as it has to be.

    ``*`` matches nothing here: whether there is an answer at all is not known before evaluation.
    """
    return any(
        candidate.strip().removeprefix("W/").removesuffix("-gzip") == entity_tag
        for candidate in header.split(",")
    )
