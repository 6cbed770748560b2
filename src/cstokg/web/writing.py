"""Data about one entity in a format: what starts from it, what points at it, and the labels of both."""

from werkzeug import Request

from cstokg import formats, namespaces
from cstokg.web.graph import Graph, node
from cstokg.web.problems import ProblemError

_CSV = "text/csv"
_ENTITY = """\
CONSTRUCT { ?s ?p ?o }
WHERE {
  { ENTITY ?p ?o . BIND (ENTITY AS ?s) }
  UNION { ?s ?p ENTITY . BIND (ENTITY AS ?o) }
  UNION {
    { ENTITY ?link ?s } UNION { ?s ?link ENTITY } UNION { ENTITY ?s ?any }
    VALUES ?p { skos:prefLabel rdfs:label }
    ?s ?p ?o
  }
}
"""
_ENTITY_TABLE = """\
SELECT ?subject ?property ?value
WHERE {
  { ENTITY ?property ?value . BIND (ENTITY AS ?subject) }
  UNION { ?subject ?property ENTITY . BIND (ENTITY AS ?value) }
}
ORDER BY ?subject ?property ?value
"""
_GRAPH = "CONSTRUCT { ?s ?p ?o } WHERE { GRAPH ENTITY { ?s ?p ?o } }"
_GRAPH_TABLE = """\
SELECT ?subject ?property ?value
WHERE { GRAPH ENTITY { ?subject ?property ?value } }
ORDER BY ?subject ?property ?value
"""


def write(graph: Graph, iri: str, media_type: str) -> bytes:
    """What the graph says of an entity, or what a named graph holds, in a media type.

    Raises:
        QueryError: it cannot be evaluated.
    """
    is_graph = namespaces.kind_of(iri) == "graph" or iri == namespaces.ONTOLOGY
    table = media_type == _CSV
    query = (_GRAPH_TABLE if table else _GRAPH) if is_graph else (_ENTITY_TABLE if table else _ENTITY)
    return graph.write(query.replace("ENTITY", node(iri)), media_type)


def suffix(request: Request) -> str:
    """The suffix of the data that a client prefers to a page; empty where it prefers the page.

    Raises:
        ProblemError: it takes neither.
    """
    accept = request.accept_mimetypes
    if not accept:
        return next(iter(formats.ENTITY_FORMATS))
    offered = [(accept.quality(row.media_type), row.extension) for row in formats.ENTITY_FORMATS.values()]
    offered.append((accept.quality("text/html"), ""))
    quality, best = max(offered, key=lambda row: row[0])
    if quality <= 0:
        media_types = ", ".join(row.media_type for row in formats.ENTITY_FORMATS.values())
        raise ProblemError("not-acceptable", f"Ask for one of text/html, {media_types}.")
    return best


def content_type(media_type: str) -> str:
    """A media type as a header gives it: text with its encoding."""
    return f"{media_type}; charset=utf-8" if media_type.startswith("text/") else media_type
