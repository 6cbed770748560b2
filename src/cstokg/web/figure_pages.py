"""The figures: each a page with its filters in the address, its table, and both to download."""

from urllib.parse import urlencode

from flask import Blueprint, Response, abort, render_template, request
from flask.typing import ResponseReturnValue

from cstokg import formats, namespaces
from cstokg.engine import results
from cstokg.web import http
from cstokg.web.figures.figure import Figure, FigureKind, Filter, FilterError, FilterValues, read_filters
from cstokg.web.figures.registry import FIGURES
from cstokg.web.figures.svg import Link
from cstokg.web.site import current

STEM = "/figures"

blueprint = Blueprint("figures", __name__)


@blueprint.get(STEM, endpoint="figures")
def listing() -> ResponseReturnValue:
    """Return the list of figures."""
    return render_template("figures.html", figures=FIGURES.values())


@blueprint.get(f"{STEM}/<name>")
def page(name: str) -> ResponseReturnValue:
    """Return the page of a figure; where a filter is wrong, it says so and shows the whole figure."""
    kind, site = _kind(name), current()
    filters = kind.filters(site)
    problem = ""
    try:
        values = read_filters(filters, request.args.to_dict())
    except FilterError as error:
        values, problem = read_filters(filters, {}), str(error)
    body = render_template(
        "figure.html",
        figure=kind.draw(site, values, namespaces.page_path),
        figures=FIGURES.values(),
        filters=filters,
        kind=kind,
        narrow=kind.draw_narrow(site, values, namespaces.page_path),
        problem=problem,
        query=query(filters, values),
        values=values,
    )
    return body, 400 if problem else 200


@blueprint.get(f"{STEM}/<name>.svg")
def svg(name: str) -> ResponseReturnValue:
    """Return the drawing of a figure as a file."""
    # Files leave the server, and their links must still lead somewhere.
    figure, stem = _draw(name, lambda iri: iri if iri.startswith("http") else "")
    response = _file(figure.drawing.file(), formats.SVG, f"{stem}.svg")
    response.headers["Content-Security-Policy"] = http.STYLED_POLICY
    return response


@blueprint.get(f"{STEM}/<name>.csv")
def csv(name: str) -> ResponseReturnValue:
    """Return the table of a figure as a file."""
    figure, stem = _draw(name, namespaces.page_path)
    return _file(table(figure), formats.CSV, f"{stem}.csv")


def query(filters: tuple[Filter, ...], values: FilterValues) -> str:
    """Return the query of an address with its question mark; defaults are left out."""
    pairs = [
        (filter_.name, values[filter_.name])
        for filter_ in filters
        if values[filter_.name] not in ("", filter_.default)
    ]
    return f"?{urlencode(pairs, safe='/')}" if pairs else ""


def table(figure: Figure) -> bytes:
    """Return the table of a figure as CSV, fit for spreadsheets; for each column of names one of IRIs."""
    named = [index for index in range(len(figure.columns)) if any(row[index].iri for row in figure.rows)]
    header = [*figure.columns, *(f"{figure.columns[index]} (IRI)" for index in named)]
    rows = [[*(cell.text for cell in row), *(row[index].iri for index in named)] for row in figure.rows]
    return results.write_spreadsheet([header, *rows])


def _kind(name: str) -> FigureKind:
    """Return the kind of figure of this name, or end the request."""
    return FIGURES.get(name) or abort(404)


def _draw(name: str, link: Link) -> tuple[Figure, str]:
    """Return the figure and the name of its file without suffix; end the request if a filter is wrong."""
    kind, site = _kind(name), current()
    filters = kind.filters(site)
    try:
        values = read_filters(filters, request.args.to_dict())
    except FilterError as error:
        abort(Response(f"{error}\n", 400, mimetype=formats.TEXT))
    parts = [value.replace("/", "-") for value in values.values() if value] if query(filters, values) else []
    return kind.draw(site, values, link), "-".join([kind.name, *parts])


def _file(body: bytes, media_type: str, name: str) -> Response:
    response = Response(body, mimetype=media_type)
    response.headers["Content-Disposition"] = f'inline; filename="{name}"'
    response.headers["Link"] = f'<{namespaces.DATASET}>; rel="describes"'
    return response
