"""Where the articles disagree: all conflicts with their sides and the editors' note, on one page."""

from collections import Counter
from dataclasses import dataclass

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from cstokg import namespaces
from cstokg.web import grounds
from cstokg.web.apparatus import Apparatus
from cstokg.web.graph import Description
from cstokg.web.site import Site
from cstokg.web.terms import natural

STEM = "/conflicts"

_QUERY = """\
SELECT ?s ?p ?o
WHERE {
  { ?s a ckg:Conflict ; ?p ?o }
  UNION { ?conflict a ckg:Conflict ; ckg:hasClaim ?s . ?s ?p ?o }
}
"""
_CONFLICT = namespaces.expand("ckg:Conflict")
_KIND = f"{namespaces.ID}concept/conflict-kind/"


@dataclass(frozen=True, slots=True)
class Conflict:
    """A conflict: its kinds, and its claims in the order of their names."""

    iri: str
    kinds: tuple[str, ...]
    claims: tuple[str, ...]


def blueprint(site: Site) -> Blueprint:
    """The page under ``/conflicts``, which ``?kind=`` narrows to one kind."""
    conflicts = Blueprint("conflicts", __name__)

    @conflicts.get(STEM, endpoint="conflicts")
    def page() -> ResponseReturnValue:
        description = Description("")
        for row in site.graph.select(_QUERY):
            description.triples[row["s"].value][row["p"].value][row["o"]] = None
        found = _conflicts(site, description)
        kinds = Counter(kind for conflict in found for kind in conflict.kinds)
        chosen = request.args.get("kind", "")
        return render_template(
            "conflicts.html",
            apparatus=Apparatus(site.catalogue),
            chosen=chosen,
            conflicts=[one for one in found if not chosen or _KIND + chosen in one.kinds],
            description=description,
            kinds=[
                (kind, kind.removeprefix(_KIND), kinds[kind])
                for kind in sorted(kinds, key=lambda kind: (-kinds[kind], kind))
            ],
            spans_of=grounds.spans,
            total=len(found),
        )

    return conflicts


def _conflicts(site: Site, description: Description) -> list[Conflict]:
    found = [
        Conflict(
            iri,
            tuple(term.value for term in description.values(iri, "dcterms:type")),
            tuple(sorted((term.value for term in description.values(iri, "ckg:hasClaim")), key=natural)),
        )
        for iri in list(description.triples)
        if any(term.value == _CONFLICT for term in description.values(iri, "rdf:type"))
    ]
    return sorted(found, key=lambda conflict: natural(site.catalogue.label(conflict.iri).casefold()))
