"""The page of the ontology, and its data: the IRI of each term leads to one or the other."""

from flask import Blueprint, abort, redirect, render_template
from flask.typing import ResponseReturnValue

from cstokg import formats, namespaces
from cstokg.web import entity_pages, ontology_diagram
from cstokg.web.context import at
from cstokg.web.graph import Graph, once
from cstokg.web.ontology_terms import Vocabulary
from cstokg.web.site import current

_GRAPH = f"{namespaces.GRAPH}ontology/ckg"
# What the page says of the ontology: the label, and the property.
_FACTS = (
    ("Version", "owl:versionInfo"),
    ("Status", "bibo:status"),
    ("Created", "dcterms:created"),
    ("Modified", "dcterms:modified"),
    ("Creator", "dcterms:creator"),
    ("Publisher", "dcterms:publisher"),
    ("Licence", "dcterms:license"),
    ("Built on", "dcterms:source"),
    ("Cite as", "dcterms:bibliographicCitation"),
)

blueprint = Blueprint("ontology", __name__)


@blueprint.get("/ontology")
def page() -> ResponseReturnValue:
    """Show the page, or lead programs to the data."""
    suffix = entity_pages.preferred_extension()
    if suffix:
        response = redirect(at(f"/ontology.{suffix}"), 303)
        response.vary.add("Accept")
        return response
    return render_template("vocabulary.html", **_context(current().graph)), {"Vary": "Accept"}


@blueprint.get("/ontology/<version>")
def version(version: str) -> ResponseReturnValue:
    """Lead from the IRI of any version to the page."""
    return redirect(at("/ontology"), 303)


@blueprint.get("/ontology.<suffix>")
def data(suffix: str) -> ResponseReturnValue:
    """Return the ontology in a format."""
    format_ = formats.ENTITY_FORMATS.get(suffix) or abort(404)
    return entity_pages.data_response(current().graph, _GRAPH, format_.media_type)


@once
def _context(graph: Graph) -> dict[str, object]:
    """Return what the template needs."""
    vocabulary = Vocabulary(graph)
    classes = [class_ for section in vocabulary.sections for class_ in section.classes]
    return {
        "ckg": namespaces.CKG,
        "compact": lambda iri: namespaces.shorten(iri).strip("<>"),
        "diagram": ontology_diagram.draw(classes, graph.catalogue),
        "facts": _FACTS,
        "iri": namespaces.ONTOLOGY,
        "representations": formats.ENTITY_FORMATS.values(),
        "vocabulary": vocabulary,
    }
