"""The page of all statements, narrowed by facets, and the page of the conflicts between articles."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue

from cstokg import formats, namespaces
from cstokg.engine import results
from cstokg.web.content import facets, footnotes, records
from cstokg.web.content.catalogue import natural
from cstokg.web.content.footnotes import Footnotes
from cstokg.web.content.graph import Description
from cstokg.web.content.records import NONE, Statement
from cstokg.web.site import Site, current

_CSV, _HTML = formats.CSV, formats.HTML
_CSV_COLUMNS = ("statement", "paraphrase", *facets.NAMES, "day", "evidence")  # ``_csv_row`` fills them

_CONFLICTS = """\
SELECT ?s ?p ?o
WHERE {
  { ?s a ckg:Conflict ; ?p ?o }
  UNION { ?conflict a ckg:Conflict ; ckg:hasClaim ?s . ?s ?p ?o }
}
"""
_CONFLICT = namespaces.expand("ckg:Conflict")
_CONFLICT_KIND = f"{namespaces.ID}concept/conflict-kind/"

blueprint = Blueprint("statements", __name__)


@blueprint.get("/statements", endpoint="statements")
def browse() -> ResponseReturnValue:
    """Show the statements that the facets in the address choose; as CSV for those who prefer that."""
    if request.accept_mimetypes.best_match((_HTML, _CSV), default=_HTML) == _CSV:
        response = as_csv()
    else:
        response = Response(_statements_page(current()), mimetype=_HTML)
    response.vary.add("Accept")
    return response


@blueprint.get("/statements.csv")
def as_csv() -> Response:
    """Return the same statements as CSV."""
    site = current()
    shown = facets.narrow(_statements(site), facets.chosen(request.args))
    rows = (_csv_row(site, statement) for statement in shown)
    response = Response(results.write_spreadsheet([_CSV_COLUMNS, *rows]), mimetype=_CSV)
    response.headers["Content-Disposition"] = 'attachment; filename="statements.csv"'
    return response


def _statements(site: Site) -> Sequence[Statement]:
    return records.statements(site.graph)


def _statements_page(site: Site) -> str:
    statements, chosen = _statements(site), facets.chosen(request.args)
    shown = facets.narrow(statements, chosen)
    description = Description("")
    for statement in shown:
        description.triples[statement.iri].update(statement.triples)
    return render_template(
        "statements.html",
        footnotes=Footnotes(site.catalogue),
        chosen=[
            (facet, facets.shown(site.catalogue, facet, value))
            for facet, values in chosen.items()
            for value in values
        ],
        csv=facets.address(chosen).replace(facets.STEM, f"{facets.STEM}.csv", 1),
        description=description,
        facets=facets.count(site.catalogue, statements, chosen),
        shown=shown,
        spans={statement.iri: footnotes.spans_of_records(description, statement.iri) for statement in shown},
        total=len(statements),
        unknown=facets.unknown(statements, chosen),
    )


def _csv_row(site: Site, statement: Statement) -> list[str]:
    cells = [
        "; ".join(facets.label(site.catalogue, name, value) for value in statement.of(name) if value != NONE)
        for name in facets.NAMES
    ]
    return [statement.iri, statement.paraphrase, *cells, statement.day, " ".join(statement.spans)]


@dataclass(frozen=True, slots=True)
class Conflict:
    """A conflict: its kinds, and its claims in the order of their names."""

    iri: str
    kinds: tuple[str, ...]
    claims: tuple[str, ...]


@blueprint.get("/conflicts")
def conflicts() -> ResponseReturnValue:
    """Show all conflicts with their sides and the editors' note; ``?kind=`` narrows them to one kind."""
    site = current()
    description = Description("")
    for row in site.graph.select(_CONFLICTS):
        description.triples[row["s"].value][row["p"].value][row["o"]] = None
    all_conflicts = _conflicts(site, description)
    counts = Counter(kind for conflict in all_conflicts for kind in conflict.kinds)
    chosen = request.args.get("kind", "")
    return render_template(
        "conflicts.html",
        footnotes=Footnotes(site.catalogue),
        chosen=chosen,
        conflicts=[
            conflict for conflict in all_conflicts if not chosen or _CONFLICT_KIND + chosen in conflict.kinds
        ],
        description=description,
        kinds=[
            (kind, kind.removeprefix(_CONFLICT_KIND), counts[kind])
            for kind in sorted(counts, key=lambda kind: (-counts[kind], kind))
        ],
        spans_of=footnotes.spans_of_records,
        total=len(all_conflicts),
    )


def _conflicts(site: Site, description: Description) -> list[Conflict]:
    unsorted = [
        Conflict(
            iri,
            tuple(term.value for term in description.values(iri, "dcterms:type")),
            tuple(sorted((term.value for term in description.values(iri, "ckg:hasClaim")), key=natural)),
        )
        for iri in list(description.triples)
        if any(term.value == _CONFLICT for term in description.values(iri, "rdf:type"))
    ]
    return sorted(unsorted, key=lambda conflict: natural(site.catalogue.label(conflict.iri).casefold()))
