"""Entity tags, known before a query is evaluated, and the queries that can have none.

A release never changes, so release, query, graphs and format determine an answer, unless the query
asks for the time, for chance, for new blank nodes, or at another endpoint.
"""

import hashlib

from cstokg.engine import query_text
from cstokg.web.protocol import Operation

form_of = query_text.form


def is_volatile(sparql: str) -> bool:
    """Whether two evaluations of a query over the same data may differ; in doubt, yes."""
    return query_text.read(sparql).is_volatile


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
