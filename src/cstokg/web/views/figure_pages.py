"""The pages of figures, with the filters in the address; the figures as files, frames and previews."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from flask import Blueprint, Response, abort, render_template, request
from flask.typing import ResponseReturnValue

from cstokg import formats, namespaces
from cstokg.engine import results
from cstokg.formats import Format
from cstokg.web.content import citation_files, citations
from cstokg.web.content.citations import Citation
from cstokg.web.figures import figure_files
from cstokg.web.figures.figure import (
    Figure,
    FigureKind,
    Filter,
    FilterError,
    FilterValues,
    in_words,
    read_filters,
)
from cstokg.web.figures.registry import FIGURES
from cstokg.web.figures.svg import Drawing, Link
from cstokg.web.serving import http
from cstokg.web.serving.problems import ProblemError
from cstokg.web.site import NAME, Site, at, current, sentence

STEM = "/figures"
EMBED = f"/embed{STEM}"
CARDS = f"/cards{STEM}"

blueprint = Blueprint("figures", __name__)


@dataclass(frozen=True, slots=True)
class Drawn:
    """A figure with the values of its filters.

    Attributes:
        query: the query of its address, with the question mark; defaults are left out.
        chosen: the values of the filters in words, and what is not confirmed.
    """

    kind: FigureKind
    figure: Figure
    filters: tuple[Filter, ...]
    values: FilterValues
    query: str
    chosen: str

    @property
    def stem(self) -> str:
        """The name of its files, without suffix."""
        parts = [value.replace("/", "-") for value in self.values.values() if value] if self.query else []
        return "-".join([self.kind.name, *parts])


@blueprint.get(STEM, endpoint="figures")
def listing() -> ResponseReturnValue:
    """Return the list of figures."""
    return render_template("figures.html", figures=FIGURES.values())


@blueprint.get(f"{STEM}/<name>")
def page(name: str) -> ResponseReturnValue:
    """Return the page of a figure; if a filter is wrong, the page says so and shows the whole figure."""
    kind, problem = _kind(name), ""
    try:
        drawn = draw(kind, request.args.to_dict(), page_link)
    except FilterError as error:
        drawn, problem = draw(kind, {}, page_link), str(error)
    body = render_template(
        "figure.html",
        drawn=drawn,
        frame=f"{request.url_root.rstrip('/')}{EMBED}/{name}{drawn.query}",
        figures=FIGURES.values(),
        citation=_citation(drawn),
        citations=_addresses(drawn, formats.CITATION_FORMATS),
        files=_addresses(drawn, formats.FIGURE_FORMATS),
        preview=f"{CARDS}/{name}.png{drawn.query}",
        problem=problem,
        sources=sources(current(), drawn.figure.articles),
    )
    return body, 400 if problem else 200


@blueprint.get(f"{EMBED}/<name>")
def embedded(name: str) -> ResponseReturnValue:
    """Return a page with nothing but a figure, which other sites may show in a frame."""
    drawn = _drawn(name, page_link)
    response = Response(
        render_template("embedded.html", drawn=drawn, sources=sources(current(), drawn.figure.articles))
    )
    response.headers["Content-Security-Policy"] = http.FRAMED_POLICY
    return response


@blueprint.get(f"{CARDS}/<name>.png")
def preview(name: str) -> ResponseReturnValue:
    """Return a preview of a figure, for other sites that link to its page."""
    drawn = _drawn(name, file_link)
    foot = sources(current(), drawn.figure.articles)
    card = figure_files.card(sentence(drawn.figure.headline), foot, drawn.figure.drawing)
    return _file(_picture(card, formats.PNG, drawn), formats.PNG, f"{drawn.stem}-preview.png")


def _addresses(drawn: Drawn, offered: Mapping[str, Format]) -> list[tuple[str, Format]]:
    """Return the addresses of the files of a figure with their formats."""
    return [(f"{STEM}/{drawn.kind.name}.{suffix}{drawn.query}", row) for suffix, row in offered.items()]


@blueprint.get(f"{STEM}/<name>.<any(txt, bib, ris, json):suffix>")
def cite(name: str, suffix: str) -> ResponseReturnValue:
    """Return the footnote for a figure as a file."""
    drawn, media_type = _drawn(name, file_link), formats.CITATION_FORMATS[suffix].media_type
    body = citation_files.as_file([_citation(drawn)], media_type).encode()
    return _file(body, media_type, f"{drawn.stem}.{suffix}")


def _citation(drawn: Drawn) -> Citation:
    """Return the footnote for a figure: what it shows, its articles, and the release."""
    site = current()
    title = ", ".join(part for part in (drawn.kind.title, drawn.chosen) if part)
    matter = f"{sentence(drawn.figure.headline).rstrip('.')} (figure: {title})"
    iri = f"{namespaces.BASE.rstrip('/')}{STEM}/{drawn.kind.name}{drawn.query}"
    return citations.of_articles(site, drawn.stem, matter, iri, drawn.figure.articles)


@blueprint.get(f"{STEM}/<name>.<any(svg, png, pdf, csv):suffix>")
def file(name: str, suffix: str) -> ResponseReturnValue:
    """Return a figure as a file: its drawing, or its table."""
    drawn, media_type = _drawn(name, file_link), formats.FIGURE_FORMATS[suffix].media_type
    if media_type == formats.CSV:
        body = table(drawn.figure)
    elif media_type == formats.SVG:
        body = _plate(drawn).document()
    else:
        body = _picture(_plate(drawn), media_type, drawn)
    return _file(body, media_type, f"{drawn.stem}.{suffix}")


def page_link(target: str) -> str:
    """Return where an IRI or an address leads on this site."""
    return at(target if target.startswith("/") else namespaces.page_path(target))


def file_link(target: str) -> str:
    """Return an IRI as it is, since the links in a file must work away from this server; empty for others."""
    return target if target.startswith("http") else ""


def sources(site: Site, articles: Iterable[str]) -> str:
    """Return words for the articles, if there are any, and the release from which a figure is drawn.

    The name of an article that does not print its day in full has an asterisk.
    """
    ordered = sorted(articles, key=site.by_day)
    marked = {iri for iri in ordered if iri in site.references and not site.references[iri].is_dated_in_full}
    names = "; ".join(f"{site.source_name(iri)}{'*' if iri in marked else ''}" for iri in ordered)
    named = f"Source{'s' if len(ordered) > 1 else ''}: {names}. " if names else ""
    named += "* Date not printed in full. " if marked else ""
    if site.release is None:
        return f"{named}Data: {site.version}"
    version = f"{site.version}, {site.release.version[:12]}"
    return f"{named}Data: {NAME}, {version}, public domain (CC0), {namespaces.BASE}"


def query(filters: tuple[Filter, ...], values: FilterValues) -> str:
    """Return the query of an address with its question mark; defaults are left out."""
    pairs = [
        (filter_.name, values[filter_.name])
        for filter_ in filters
        if values[filter_.name] not in ("", filter_.default)
    ]
    return f"?{urlencode(pairs, safe='/')}" if pairs else ""


def table(figure: Figure) -> bytes:
    """Return the table of a figure as CSV for spreadsheets; each column of names has another one of IRIs."""
    named = [index for index in range(len(figure.columns)) if any(row[index].iri for row in figure.rows)]
    header = [*figure.columns, *(f"{figure.columns[index]} (IRI)" for index in named)]
    rows = [[*(cell.text for cell in row), *(row[index].iri for index in named)] for row in figure.rows]
    return results.write_spreadsheet([header, *rows])


def _kind(name: str) -> FigureKind:
    """Return the kind of figure of this name, or end the request."""
    return FIGURES.get(name) or abort(404)


def draw(kind: FigureKind, arguments: dict[str, str], link: Link) -> Drawn:
    """Return a figure for the parameters of an address.

    Raises:
        FilterError: a filter is wrong.
    """
    site = current()
    filters = kind.filters(site)
    values = read_filters(filters, arguments)
    figure = kind.draw(site, values, link)
    chosen = "; ".join(filter(None, (in_words(filters, values), figure.caution)))
    return Drawn(kind, figure, filters, values, query(filters, values), chosen)


def _drawn(name: str, link: Link) -> Drawn:
    """Return the figure that a request asks for; end the request if a filter is wrong."""
    try:
        return draw(_kind(name), request.args.to_dict(), link)
    except FilterError as error:
        raise ProblemError("bad-parameter", sentence(f"{error}.")) from error


def _plate(drawn: Drawn) -> Drawing:
    """Return a figure with its headline, its caption and its sources, to be published."""
    figure, kind = drawn.figure, drawn.kind
    subtitle = f"{kind.title} ({drawn.chosen})" if drawn.chosen else kind.title
    foot = (figure.caption, sources(current(), figure.articles))
    return figure_files.plate(figure.drawing, sentence(figure.headline), subtitle, foot)


def _picture(drawing: Drawing, media_type: str, drawn: Drawn) -> bytes:
    return current().pictures.draw(drawing, media_type, drawn.figure.headline, NAME)


def _file(body: bytes, media_type: str, name: str) -> Response:
    response = Response(body, content_type=formats.content_type(media_type))
    response.headers["Content-Disposition"] = f'inline; filename="{name}"'
    response.headers["Link"] = f'<{namespaces.DATASET}>; rel="describes"'
    return response
