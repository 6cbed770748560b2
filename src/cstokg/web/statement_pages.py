"""The statements browser: all statements, narrowed by facets that stand in the address."""

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue

from cstokg.engine import results
from cstokg.web import facets, grounds, records
from cstokg.web.apparatus import Apparatus
from cstokg.web.graph import Description
from cstokg.web.records import NONE, Statement
from cstokg.web.site import Site

_CSV = "text/csv"
_HTML = "text/html"
_COLUMNS = ("statement", "paraphrase", *facets.NAMES, "day", "evidence")


def blueprint(site: Site) -> Blueprint:
    """The browser under ``/statements``, and its table under ``/statements.csv``."""
    statements = Blueprint("statements", __name__)

    @statements.get("/statements", endpoint="statements")
    def browse() -> ResponseReturnValue:
        chosen = facets.chosen(request.args)
        if request.accept_mimetypes.best_match((_HTML, _CSV), default=_HTML) == _CSV:
            return _vary(table(chosen))
        found = facets.narrow(records.statements(site.graph), chosen)
        description = Description("")
        for row in found:
            description.triples[row.iri].update(row.triples)
        page = render_template(
            "statements.html",
            apparatus=Apparatus(site.catalogue),
            chosen=[
                (facet, facets.shown(site.catalogue, facet, value))
                for facet, values in chosen.items()
                for value in values
            ],
            csv=facets.address(chosen).replace(facets.STEM, f"{facets.STEM}.csv", 1),
            description=description,
            facets=facets.count(site.catalogue, records.statements(site.graph), chosen),
            found=found,
            spans={row.iri: grounds.spans(description, row.iri) for row in found},
            total=len(records.statements(site.graph)),
            unknown=facets.unknown(records.statements(site.graph), chosen),
        )
        return _vary(Response(page, mimetype=_HTML))

    @statements.get("/statements.csv")
    def as_csv() -> ResponseReturnValue:
        return table(facets.chosen(request.args))

    def table(chosen: facets.Chosen) -> Response:
        rows = (_line(site, row) for row in facets.narrow(records.statements(site.graph), chosen))
        response = Response(results.write_spreadsheet([_COLUMNS, *rows]), mimetype=_CSV)
        response.headers["Content-Disposition"] = 'attachment; filename="statements.csv"'
        return response

    return statements


def _line(site: Site, row: Statement) -> list[str]:
    cells = [
        "; ".join(facets.label(site.catalogue, name, value) for value in row.of(name) if value != NONE)
        for name in facets.NAMES
    ]
    return [row.iri, row.paraphrase, *cells, row.day, " ".join(row.spans)]


def _vary(response: Response) -> Response:
    response.vary.add("Accept")
    return response
