"""The ontology: its IRI and those of its terms lead to one page, or to its data."""

from flask import Blueprint, abort, redirect, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug import Response

from cstokg import names
from cstokg.web import addresses, writing
from cstokg.web.context import at
from cstokg.web.site import Site

_GRAPH = f"{names.GRAPH}ontology/ckg"


def blueprint(site: Site) -> Blueprint:
    """The page of the ontology, and its data."""
    ontology = Blueprint("ontology", __name__)

    @ontology.get("/ontology")
    def page() -> ResponseReturnValue:
        suffix = writing.suffix(request)
        if suffix:
            response = redirect(at(f"/ontology.{suffix}"), 303)
            response.vary.add("Accept")
            return response
        terms = [entry for iri, entry in site.catalogue.entries.items() if iri.startswith(names.CKG)]
        return render_template("ontology.html", terms=terms, iri=names.ONTOLOGY), {"Vary": "Accept"}

    @ontology.get("/ontology/<version>")
    def version(version: str) -> ResponseReturnValue:
        return redirect(at("/ontology"), 303)

    @ontology.get("/ontology.<suffix>")
    def data(suffix: str) -> ResponseReturnValue:
        representation = addresses.BY_SUFFIX.get(suffix) or abort(404)
        body = writing.write(site.graph, _GRAPH, representation.media_type)
        return Response(body, content_type=writing.content_type(representation.media_type))

    return ontology
