"""The figures: each a page with its filters in the address, its table, and both to download."""

from collections.abc import Mapping
from types import MappingProxyType
from urllib.parse import urlencode

from flask import Blueprint, Response, abort, render_template, request
from flask.typing import ResponseReturnValue

from cstokg import namespaces
from cstokg.engine import results
from cstokg.web import addresses, http
from cstokg.web.figures import around, figure, places, relays, timeline, topics
from cstokg.web.figures.figure import Chosen, Figure, FilterError, Kind
from cstokg.web.figures.svg import Link
from cstokg.web.site import Site

STEM = "/figures"
_DRAWN = (timeline, places, topics, relays, around)
KINDS: Mapping[str, Kind] = MappingProxyType({module.KIND.name: module.KIND for module in _DRAWN})


def blueprint(site: Site) -> Blueprint:
    """The list under ``/figures``, and each figure below it as a page, as SVG and as CSV."""
    figures = Blueprint("figures", __name__)

    @figures.get(STEM, endpoint="figures")
    def listing() -> ResponseReturnValue:
        return render_template("figures.html", figures=KINDS.values())

    @figures.get(f"{STEM}/<name>")
    def page(name: str) -> ResponseReturnValue:
        kind = known(name)
        filters = kind.filters(site)
        problem = ""
        try:
            chosen = figure.chosen(filters, request.args.to_dict())
        except FilterError as error:
            chosen, problem = figure.chosen(filters, {}), str(error)
        body = render_template(
            "figure.html",
            chosen=chosen,
            drawn=kind.draw(site, chosen, addresses.page),
            figures=KINDS.values(),
            filters=filters,
            kind=kind,
            narrow=kind.narrow(site, chosen, addresses.page).drawing if kind.narrow else None,
            problem=problem,
            query=query(filters, chosen),
        )
        return body, 400 if problem else 200

    @figures.get(f"{STEM}/<name>.svg")
    def as_svg(name: str) -> ResponseReturnValue:
        # Files leave the server, and their links must still lead somewhere.
        kind, drawn, tail = drawn_for(name, lambda iri: iri if iri.startswith("http") else "")
        response = _file(drawn.drawing.file(), "image/svg+xml", f"{kind.name}{tail}.svg")
        response.headers["Content-Security-Policy"] = http.STYLED_POLICY
        return response

    @figures.get(f"{STEM}/<name>.csv")
    def as_csv(name: str) -> ResponseReturnValue:
        kind, drawn, tail = drawn_for(name, addresses.page)
        return _file(table(drawn), "text/csv", f"{kind.name}{tail}.csv")

    def known(name: str) -> Kind:
        if name not in KINDS:
            abort(404)
        return KINDS[name]

    def drawn_for(name: str, link: Link) -> tuple[Kind, Figure, str]:
        kind = known(name)
        filters = kind.filters(site)
        try:
            chosen = figure.chosen(filters, request.args.to_dict())
        except FilterError as error:
            abort(Response(f"{error}\n", 400, mimetype="text/plain"))
        values = [value.replace("/", "-") for value in chosen.values() if value]
        tail = "".join(f"-{value}" for value in values) if query(filters, chosen) else ""
        return kind, kind.draw(site, chosen, link), tail

    return figures


def query(filters: tuple[figure.Filter, ...], chosen: Chosen) -> str:
    """The part of an address that chooses, with its question mark; what is as by default is left out."""
    pairs = [(one.name, chosen[one.name]) for one in filters if chosen[one.name] not in ("", one.default)]
    return f"?{urlencode(pairs, safe='/')}" if pairs else ""


def table(drawn: Figure) -> bytes:
    """The table of a figure as CSV, fit for spreadsheets; for each column of names one of IRIs."""
    named = [index for index in range(len(drawn.columns)) if any(row[index].iri for row in drawn.rows)]
    header = [*drawn.columns, *(f"{drawn.columns[index]} (IRI)" for index in named)]
    rows = [[*(cell.text for cell in row), *(row[index].iri for index in named)] for row in drawn.rows]
    return results.write_spreadsheet([header, *rows])


def _file(body: bytes, media_type: str, name: str) -> Response:
    response = Response(body, mimetype=media_type)
    response.headers["Content-Disposition"] = f'inline; filename="{name}"'
    response.headers["Link"] = f'<{namespaces.DATASET}>; rel="describes"'
    return response
