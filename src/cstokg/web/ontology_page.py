"""The ontology: its IRI and those of its terms lead to one page, or to its data."""

from functools import cache

from flask import Blueprint, abort, redirect, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug import Response

from cstokg import namespaces
from cstokg.web import addresses, diagram, writing
from cstokg.web.context import at
from cstokg.web.site import Site
from cstokg.web.vocabulary import Vocabulary

_GRAPH = f"{namespaces.GRAPH}ontology/ckg"
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


def blueprint(site: Site) -> Blueprint:
    """The page of the ontology, and its data."""
    ontology = Blueprint("ontology", __name__)
    needs = cache(lambda: _needs(site))

    @ontology.get("/ontology")
    def page() -> ResponseReturnValue:
        suffix = writing.suffix(request)
        if suffix:
            response = redirect(at(f"/ontology.{suffix}"), 303)
            response.vary.add("Accept")
            return response
        return render_template("vocabulary.html", **needs()), {"Vary": "Accept"}

    @ontology.get("/ontology/<version>")
    def version(version: str) -> ResponseReturnValue:
        return redirect(at("/ontology"), 303)

    @ontology.get("/ontology.<suffix>")
    def data(suffix: str) -> ResponseReturnValue:
        representation = addresses.BY_SUFFIX.get(suffix) or abort(404)
        body = writing.write(site.graph, _GRAPH, representation.media_type)
        return Response(body, content_type=writing.content_type(representation.media_type))

    return ontology


def _needs(site: Site) -> dict[str, object]:
    """What the template of the page needs."""
    vocabulary = Vocabulary(site)
    classes = [class_ for section in vocabulary.sections for class_ in section.classes]
    return {
        "ckg": namespaces.CKG,
        "compact": lambda iri: namespaces.shorten(iri).strip("<>"),
        "diagram": diagram.draw(classes, site.catalogue),
        "facts": _FACTS,
        "iri": namespaces.ONTOLOGY,
        "representations": addresses.REPRESENTATIONS,
        "vocabulary": vocabulary,
    }
