"""Every IRI answers: it leads to a page or to data, and the page shows what is known and on what ground."""

from collections.abc import Sequence
from urllib.parse import urlencode

from flask import Blueprint, abort, redirect, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug import Response

from cstokg import formats, namespaces
from cstokg.web import facts, linked, periods, problem_pages, records, sections, views, writing
from cstokg.web.catalogue import Catalogue
from cstokg.web.context import at
from cstokg.web.figures import neighbourhood
from cstokg.web.footnotes import Footnotes
from cstokg.web.graph import Description, node
from cstokg.web.problems import ProblemError
from cstokg.web.site import Site

_WITH_BARS = frozenset(("Memberships", "Members", "Presidencies"))  # titles of sections


def blueprint(site: Site) -> Blueprint:
    """The IRIs below ``id/`` and ``graph/``, with their pages and data."""
    entities = Blueprint("entities", __name__)

    @entities.get("/id/<path:step>")
    def identify(step: str) -> ResponseReturnValue:
        return lead(step)

    @entities.get("/graph/<path:step>")
    def identify_graph(step: str) -> ResponseReturnValue:
        return lead(f"graph/{step}")

    def lead(step: str) -> ResponseReturnValue:
        """See Other: to the page or the data, by suffix or by what the client takes."""
        stem, suffix = _split_extension(step)
        iri = known(stem)
        suffix = suffix or writing.suffix(request)
        response = redirect(
            at(namespaces.data_path(iri, suffix) if suffix else namespaces.page_path(iri)), 303
        )
        response.vary.add("Accept")
        return response

    @entities.get("/page/<path:step>")
    def page(step: str) -> ResponseReturnValue:
        iri = known(step)
        template, needs = _page(site, iri)
        return render_template(template, **needs), {"Link": _links(iri)}

    @entities.get("/data/<path:step>")
    def data(step: str) -> ResponseReturnValue:
        stem, suffix = _split_extension(step)
        iri = known(stem)
        if not suffix:
            suffixes = ", ".join(f".{extension}" for extension in formats.ENTITY_FORMATS)
            raise ProblemError("not-found", f"Say in which format: end the address in one of {suffixes}.")
        representation = formats.ENTITY_FORMATS[suffix]
        name = f"{namespaces.step_of(iri).replace('/', '-')}.{suffix}"
        response = Response(writing.write(site.graph, iri, representation.media_type))
        response.content_type = writing.content_type(representation.media_type)
        response.headers["Content-Disposition"] = f'inline; filename="{name}"'
        response.headers["Link"] = (
            f'<{iri}>; rel="describes", <{at(namespaces.page_path(iri))}>; rel="alternate"; type="text/html"'
        )
        return response

    def known(step: str) -> str:
        """The IRI that a path stands for; ends the request where it has moved or does not exist."""
        iri = namespaces.iri_of_step(step)
        if new := site.catalogue.replaced.get(iri):
            abort(redirect(at(namespaces.page_path(new)), 301))
        if iri not in site.catalogue:
            problem_pages.end_unknown_entity(site.catalogue, iri)
        return iri

    return entities


def _links(iri: str) -> str:
    """The data behind a page, for programs (RFC 8288)."""
    alternates = [
        f'<{at(namespaces.data_path(iri, row.extension))}>; rel="alternate"; type="{row.media_type}"'
        for row in formats.ENTITY_FORMATS.values()
    ]
    return ", ".join([f'<{iri}>; rel="canonical"', *alternates])


def _page(site: Site, iri: str) -> tuple[str, dict[str, object]]:
    """The template of the page about an IRI, and what it needs."""
    description = site.graph.about(iri)
    filled = sections.fill(description, site.catalogue)
    view = views.of(site, description)
    shown = {record.iri for section in filled for record in section.records}
    shown |= view.shown | set(description.incoming("rdf:subject"))
    return view.template, {
        "footnotes": Footnotes(site.catalogue),
        "description": description,
        "disputes": records.conflicts_by_entity(site.graph).get(iri, ()),
        "entry": site.catalogue.entries[iri],
        "around": namespaces.step_of(iri) if namespaces.kind_of(iri) in neighbourhood.KINDS else "",
        "bars": bar_charts(filled, description, site.catalogue),
        "facts": facts.facts(description, site.catalogue, view.hidden),
        "incoming": facts.incoming(description, site.catalogue, shown),
        "iri": iri,
        "json_ld": linked.script(description),
        "query_url": f"/sparql?{urlencode({'query': query(iri)})}",
        "representations": [
            (namespaces.data_path(iri, row.extension), row) for row in formats.ENTITY_FORMATS.values()
        ],
        "sections": filled,
        **view.needs,
    }


def bar_charts(
    filled: Sequence[sections.Filled], description: Description, catalogue: Catalogue
) -> dict[str, periods.BarChart]:
    """Return, by title, the charts of those sections that show how long several records lasted."""
    charts = {
        section.section.title: periods.bar_chart(
            [
                (
                    ", ".join(catalogue.label(term.value) for term in record.cells[0].terms),
                    facts.period(description, record.iri),
                )
                for record in section.records
            ]
        )
        for section in filled
        if section.section.title in _WITH_BARS and len(section.records) > 1
    }
    return {title: chart for title, chart in charts.items() if chart}


def query(iri: str) -> str:
    """A query for all that a page rests on, to read and to change."""
    name = namespaces.shorten(iri)
    if "/" in name:  # a slash needs an escape in a prefixed name
        name = node(iri)
    return f"""\
# All that is said of the entity, and all that points at it
SELECT ?subject ?property ?value
WHERE {{
  {{ {name} ?property ?value . BIND ({name} AS ?subject) }}
  UNION
  {{ ?subject ?property {name} . BIND ({name} AS ?value) }}
}}
ORDER BY ?property ?subject ?value
"""


def _split_extension(step: str) -> tuple[str, str]:
    """Return a path and the extension of a format at its end, which is empty where there is none."""
    stem, dot, extension = step.rpartition(".")
    return (stem, extension) if dot and extension in formats.ENTITY_FORMATS else (step, "")
