"""The end of a request for what does not exist: with the names that come nearest."""

from collections.abc import Sequence
from typing import NoReturn

from flask import Response, abort, render_template, request

from cstokg.web import addresses, http
from cstokg.web.catalogue import Catalogue
from cstokg.web.problems import ProblemError


def end(sentence: str, nearest: Sequence[str]) -> NoReturn:
    """End the request with 404: as a page that links the nearest IRIs, or as a problem that lists them."""
    if http.prefers_html(request.headers.get("Accept", "")):
        page = render_template("missing.html", what=sentence, nearest=nearest)
        response = Response(page, 404, content_type="text/html; charset=utf-8")
        response.vary.add("Accept")
        abort(response)
    raise ProblemError("not-found", sentence, {"nearest": list(nearest)})


def entity(catalogue: Catalogue, iri: str) -> NoReturn:
    """End the request for an IRI that the graph does not know."""
    end(f"The graph knows no <{iri}>.", catalogue.nearest(addresses.step_of(iri) or iri))
