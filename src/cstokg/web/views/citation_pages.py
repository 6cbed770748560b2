"""The footnotes for a thing, a fact, a span or a testimony: a page to copy from, and files for programs."""

from urllib.parse import urlencode

from flask import Blueprint, Response, abort, redirect, render_template, request
from flask.typing import ResponseReturnValue

from cstokg import formats, namespaces
from cstokg.web.content import citation_files, citations
from cstokg.web.content.catalogue import Term
from cstokg.web.content.citations import Citation
from cstokg.web.site import at, current
from cstokg.web.views import problem_pages

blueprint = Blueprint("citations", __name__)


@blueprint.get("/cite/<path:step>")
def cite(step: str) -> ResponseReturnValue:
    """Show the footnotes for what an address names, or return them in the format of its extension.

    The parameters ``property`` and ``value`` narrow them to a fact.
    """
    stem, dot, extension = step.rpartition(".")
    row = formats.CITATION_FORMATS.get(extension) if dot else None
    iri = _known_iri(stem if row else step)
    given = _find(iri)
    if row is None:
        return _page(iri, given)
    response = Response(
        citation_files.as_file(given, row.media_type), content_type=formats.content_type(row.media_type)
    )
    name = f"{namespaces.step_of(iri).replace('/', '-')}.{extension}"
    response.headers["Content-Disposition"] = f'inline; filename="{name}"'
    return response


def _known_iri(step: str) -> str:
    iri, catalogue = namespaces.iri_of_step(step), current().catalogue
    subject = _subject(iri)
    if new := catalogue.replaced.get(subject):
        abort(redirect(at(namespaces.cite_path(new)), 301))
    if subject not in catalogue:
        problem_pages.end_unknown_entity(catalogue, subject)
    return iri


def _subject(iri: str) -> str:
    """Return the IRI that a testimony is about; any other IRI as it is."""
    return iri.partition(namespaces.TESTIMONY)[0]


def _find(iri: str) -> list[Citation]:
    name, value = request.args.get("property", ""), request.args.get("value", "")
    subject = _subject(iri)
    description = current().graph.about(subject)
    if iri != subject and Term(iri) not in description.values(subject, "ckg:hasTestimony"):
        problem_pages.end_not_found("No testimony on this thing has this address.", [subject])
    given = citations.cite(current(), description, iri, name, value)
    if not given:
        problem_pages.end_not_found("This thing does not have this property and value.", [iri])
    return given


def _page(iri: str, given: list[Citation]) -> str:
    site = current()
    kept = {name: request.args[name] for name in ("property", "value") if request.args.get(name)}
    query = f"?{urlencode(kept)}" if kept else ""
    subject = _subject(iri)
    return render_template(
        "citation.html",
        citations=given,
        files=[
            (f"{namespaces.cite_path(iri)}.{extension}{query}", row)
            for extension, row in formats.CITATION_FORMATS.items()
        ],
        paraphrase=site.graph.about_only(subject).first(subject, "ckg:paraphrase"),
        subject=subject,
    )
