"""The page and the data of each entity, and the redirects from its IRI.

A page has the facts of its entity in reading order, then the sections of its kind, then other links to
the entity, and last the footnotes.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from types import MappingProxyType
from urllib.parse import urlencode

from flask import Blueprint, abort, redirect, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug import Response

from cstokg import formats, namespaces
from cstokg.article_text import TextError
from cstokg.web.content import articles, citations, conflicts, display, facts, periods, testimonies
from cstokg.web.content.catalogue import Catalogue
from cstokg.web.content.graph import Description, Graph, node
from cstokg.web.content.statements import acting_records, posts_of_people, sources_by_record
from cstokg.web.content.testimonies import Testimony
from cstokg.web.figures import figure_files
from cstokg.web.serving.problems import ProblemError
from cstokg.web.site import NAME, Site, at, current, kind_word, sentence
from cstokg.web.views import problem_pages

_REPORTED = "What the articles report, with the passages that support each fact."
_SPAN_FACTS = frozenset({"ckg:charEnd", "ckg:charStart", "ckg:spanOf"})

_SHOWN_CITATIONS = 3  # one for each article
_ITEM = re.compile(r"Q[1-9][0-9]{0,14}")
_LINKED_WITH_ITEM = f"""\
SELECT ?entity ?exact {{
  {{ ?entity skos:exactMatch ITEM BIND (true AS ?exact) }} UNION {{ ?entity skos:closeMatch ITEM }}
  FILTER (STRSTARTS(STR(?entity), "{namespaces.ID}"))
}}
ORDER BY DESC(?exact) ?entity
"""

# Derived facts that say no more than the records in a section of the same page.
_REPEATED = MappingProxyType(
    {
        "Agenda": ("ckg:discussed",),
        "What was discussed": ("ckg:discussed",),
        "Attendances": ("ckg:attended",),
        "Memberships": ("ckg:hasBeenMemberOf",),
        "Posts held": ("ckg:hasHeldPost", "ckg:hasHeldRole"),
    }
)
# Facts that say no more than another one.
_IMPLIED = MappingProxyType({"ckg:attendee": "ckg:participant"})
# The properties that the page of a statement shows as the way in which it reached the article.
_WAY = frozenset(
    {
        *("ckg:speaker", "ckg:inCapacityOf", "ckg:statedAt", "ckg:onDate", "ckg:addressee", "ckg:relays"),
        *("ckg:accordingTo", "ckg:reportedVia", "ckg:reportedIn"),
    }
)

blueprint = Blueprint("entities", __name__)


@blueprint.get("/id/<path:step>")
def identify(step: str) -> ResponseReturnValue:
    """Redirect from an IRI to its page or its data, by the extension or by what the client prefers."""
    stem, extension = _split_extension(step)
    extension = extension or preferred_extension()
    address = partial(namespaces.data_path, extension=extension) if extension else namespaces.page_path
    return _redirect(address(_known_iri(stem, address)), 303)


@blueprint.get("/graph/<path:step>")
def identify_graph(step: str) -> ResponseReturnValue:
    """Redirect from the IRI of a named graph to its page or its data."""
    return identify(f"graph/{step}")


@blueprint.get("/wikidata/<item>")
def identify_wikidata(item: str) -> ResponseReturnValue:
    """Redirect from a Wikidata item to the entity that is the same thing, or the only one close to it."""
    is_item = _ITEM.fullmatch(item)
    linked = current().graph.select(_LINKED_WITH_ITEM.replace("ITEM", f"wd:{item}")) if is_item else []
    if not linked or ("exact" not in linked[0] and len(linked) > 1):
        problem_pages.end_not_found(f"No single entity here is the Wikidata item “{item}”.", [])
    return redirect(at(namespaces.page_path(linked[0]["entity"].value)), 303)


@blueprint.get("/page/<path:step>")
def page(step: str) -> ResponseReturnValue:
    """Show the page about an entity."""
    iri = _known_iri(step)
    template, values = _page(current(), iri)
    return render_template(template, **values), {"Link": _links(iri)}


@blueprint.get("/cards/page/<path:step>.png")
def preview(step: str) -> ResponseReturnValue:
    """Return a preview of the page about an entity, for other sites that link to it."""
    site, iri = current(), _known_iri(step, _card_path)
    entry = site.catalogue.entries[iri]
    # The ontology's label, conflict, would be read as a conflict between states.
    is_conflict = namespaces.kind_of(iri) == "conflict"
    kind = kind_word(iri) if is_conflict else ", ".join(map(site.catalogue.label, entry.classes))
    if namespaces.kind_of(iri) == "person":
        kind = posts_of_people(site.graph).get(iri, kind_word(iri))
    foot = f"{NAME}, {site.version}"
    text = _described(site, site.graph.about_only(iri))
    card = figure_files.text_card(sentence(kind), sentence(entry.label), text, foot)
    return Response(site.pictures.draw(card, formats.PNG, entry.label, NAME), content_type=formats.PNG)


def _card_path(iri: str) -> str:
    return f"/cards{namespaces.page_path(iri)}.png"


def _described(site: Site, about: Description) -> str:
    """Return what a preview says below the label; for a paraphrase, that it is one, and its articles."""
    iri = about.iri
    if not about.first(iri, "ckg:paraphrase"):
        return site.catalogue.entries[iri].definition or _REPORTED
    sources = "; ".join(site.source_name(term.value) for term in about.values(iri, "ckg:reportedIn"))
    return f"In the editors' words, not a quotation.{f' Source: {sources}.' if sources else ''}"


@blueprint.get("/data/<path:step>")
def data(step: str) -> ResponseReturnValue:
    """Return the data about an entity in the format that the extension names."""
    stem, extension = _split_extension(step)
    if not extension:
        _known_iri(stem)
        extensions = ", ".join(f".{extension}" for extension in formats.ENTITY_FORMATS)
        raise ProblemError("not-found", f"Say in which format: end the address in one of {extensions}.")
    iri = _known_iri(stem, partial(namespaces.data_path, extension=extension))
    response = data_response(current().graph, iri, formats.ENTITY_FORMATS[extension].media_type)
    name = f"{namespaces.step_of(iri).replace('/', '-')}.{extension}"
    response.headers["Content-Disposition"] = f'inline; filename="{name}"'
    page_path = at(namespaces.page_path(iri))
    page = f'<{page_path}>; rel="alternate"; type="{formats.HTML}"'
    response.headers["Link"] = f'<{iri}>; rel="describes", {page}'
    return response


def _split_extension(step: str) -> tuple[str, str]:
    """Return a path without the extension of a format, and the extension; empty if there is none."""
    stem, dot, extension = step.rpartition(".")
    return (stem, extension) if dot and extension in formats.ENTITY_FORMATS else (step, "")


def _known_iri(step: str, address: Callable[[str], str] = namespaces.page_path) -> str:
    """Return the IRI of a path; end the request if the entity has moved or does not exist.

    ``address`` returns the path that was asked for: of the page of an IRI, or of its data.
    """
    iri, catalogue = namespaces.iri_of_step(step), current().catalogue
    if namespaces.kind_of(iri) == "testimony":
        subject = iri.partition(namespaces.TESTIMONY)[0]
        anchor = "#testimony" if address == namespaces.page_path else ""
        abort(_redirect(f"{address(subject)}{anchor}", 303))
    if new := catalogue.replaced.get(iri):
        abort(_redirect(address(new), 301))
    if iri not in catalogue:
        problem_pages.end_unknown_entity(catalogue, iri)
    return iri


def _redirect(path: str, status: int) -> Response:
    """Return a redirect that may depend on what the client accepts."""
    response = redirect(at(path), status)
    response.vary.add("Accept")
    return response


def preferred_extension() -> str:
    """Return the extension of the data that a client prefers; an empty text if it prefers the page.

    Raises:
        ProblemError: the client takes neither.
    """
    extensions = {row.media_type: extension for extension, row in formats.ENTITY_FORMATS.items()}
    accepted = formats.accepted(request.headers.get("Accept", ""), (*extensions, formats.HTML))
    if not accepted:
        raise ProblemError("not-acceptable", f"Ask for one of text/html, {', '.join(extensions)}.")
    return extensions.get(accepted[0], "")


# The page.


def _links(iri: str) -> str:
    """Return the header that tells programs where the data behind a page are (RFC 8288)."""
    alternates = [
        f'<{at(namespaces.data_path(iri, extension))}>; rel="alternate"; type="{row.media_type}"'
        for extension, row in formats.ENTITY_FORMATS.items()
    ]
    return ", ".join([f'<{iri}>; rel="canonical"', *alternates])


def _page(site: Site, iri: str) -> tuple[str, dict[str, object]]:
    """Return the template of the page about an IRI, and its values."""
    description = site.graph.about(iri)
    sections = facts.sections_of(
        description,
        site.catalogue,
        acting_records(site.graph),
        sources_by_record(site.graph),
        site.order_in_texts,
    )
    view = _view(site, description)
    rows = testimonies.testimonies_of(description, site.catalogue)
    columns = testimonies.own_columns(rows, description)
    shown = {record.iri for section in sections for record in section.records}
    own = facts.without_records(
        facts.facts_of(
            description, site.catalogue, view.hidden | _repeated(description, sections, rows) | columns
        ),
        shown,
    )
    shown |= view.shown | set(description.incoming("rdf:subject"))
    return view.template, {
        "description": description,
        "disputes": conflicts.with_who_differs(
            site.graph, conflicts.conflicts_by_entity(site.graph).get(iri, ())
        ),
        "entry": site.catalogue.entries[iri],
        "citations": citations.cite(site, description)[:_SHOWN_CITATIONS],
        "around": namespaces.step_of(iri)
        if namespaces.kind_of(iri) in display.read().orders["figure"]
        else "",
        "bars": bar_charts(sections, description, site.catalogue),
        "facts": own,
        "not_said": _not_said(site, description),
        "incoming": facts.incoming(description, site.catalogue, shown),
        "iri": iri,
        "described": _described(site, description),
        "preview": _card_path(iri),
        "json_ld": facts.json_ld(description),
        "query_url": f"/sparql?{urlencode({'query': _query(iri)})}",
        "representations": [
            (namespaces.data_path(iri, extension), row) for extension, row in formats.ENTITY_FORMATS.items()
        ],
        "sections": sections,
        "testimonies": rows,
        "testimony_columns": columns,
        **view.values,
    }


def _not_said(site: Site, description: Description) -> list[str]:
    """Return the properties, as IRIs, that a reader will look for and no article gives."""
    is_meeting_of_organ = site.catalogue.is_a(description.iri, "ckg:HeldMeeting") and description.values(
        description.iri, "ckg:meetingOf"
    )
    chair = "ckg:chairedBy"
    return (
        [namespaces.expand(chair)]
        if is_meeting_of_organ and not description.values(description.iri, chair)
        else []
    )


def _repeated(
    description: Description, sections: Sequence[facts.FilledSection], rows: Sequence[Testimony]
) -> set[str]:
    """Return the properties, as ``prefix:name``, whose values stand in another part of the page."""
    repeated = {name for filled in sections for name in _REPEATED.get(filled.section.title, ())}
    repeated |= {less for more, less in _IMPLIED.items() if description.values(description.iri, more)}
    articles = {row.article for row in rows}
    if {term.value for term in description.values(description.iri, "ckg:reportedIn")} <= articles:
        repeated.add("ckg:reportedIn")
    return repeated


def bar_charts(
    filled: Sequence[facts.FilledSection], description: Description, catalogue: Catalogue
) -> dict[str, periods.BarChart]:
    """Return, by title, the charts of those sections that show how long several records lasted."""
    charts = {
        section.section.title: periods.bar_chart(
            [
                (
                    ", ".join(catalogue.label(term.value) for term in record.cells[0].terms),
                    description.period(record.iri),
                )
                for record in section.records
            ]
        )
        for section in filled
        if section.section.chart and len(section.records) > 1
    }
    return {title: chart for title, chart in charts.items() if chart}


def _query(iri: str) -> str:
    """Return a query for the triples that a page shows, to read and to change."""
    name = namespaces.shorten(iri)
    if "/" in name:  # a slash needs an escape in a prefixed name
        name = node(iri)
    return f"""\
# Everything that is said of the entity, and everything that points at it
SELECT ?subject ?property ?value
WHERE {{
  {{ {name} ?property ?value . BIND ({name} AS ?subject) }}
  UNION
  {{ ?subject ?property {name} . BIND ({name} AS ?value) }}
}}
ORDER BY ?property ?subject ?value
"""


# Pages with a template of their own.


@dataclass(frozen=True, slots=True)
class View:
    """How to show an entity.

    Attributes:
        template: the name of the template.
        values: what it needs beyond what every page has.
        shown: the things pointing at the entity that the template shows itself.
        hidden: the properties that the template shows itself, as ``prefix:name``.
    """

    template: str = "entity.html"
    values: Mapping[str, object] = field(default_factory=dict)
    shown: frozenset[str] = frozenset()
    hidden: frozenset[str] = frozenset()


def _view(site: Site, description: Description) -> View:
    """Return how to show an entity, by what kind of thing its IRI names."""
    view_of_kind = _VIEWS.get(namespaces.kind_of(description.iri))
    return view_of_kind(site, description) if view_of_kind else View()


def _view_article(site: Site, description: Description) -> View:
    rows = articles.cited_records(description, site.catalogue, site.main_span)
    measured = articles.measure_coverage(description, rows)
    values = {
        "cells": articles.sentence_cells(measured, rows),
        "claims": [row for row in rows if row.is_claim],
        "coverage": measured,
        "said": [row for row in rows if not row.is_claim],
        "words": site.passages.sentences(description.iri),
    }
    shown = frozenset(row.iri for row in rows)
    return View("article.html", values, shown, frozenset({"ckg:reportedIn", "dcterms:identifier"}))


def _view_span(site: Site, description: Description) -> View:
    address = namespaces.parse_span(description.iri)
    if address is None:
        return View()
    article = site.graph.about_only(address.article)
    words: str | None = None
    problem = ""
    if site.texts:
        try:
            words = site.texts.words(
                article.text(address.article, "ckg:sha256"),
                (address.start, address.end),
                description.text(description.iri, "ckg:sha256"),
            )
        except TextError as error:
            problem = str(error)
    subjects = description.incoming("ckg:evidence")
    by_class: dict[str, list[str]] = defaultdict(list)
    for record in subjects:
        by_class[site.catalogue.class_of(record)].append(record)
    furniture = description.incoming("ckg:furniture")
    values = {
        "address": address,
        "article": article,
        "with_words": words is not None,
        "problem": problem,
        "records": sorted(by_class.items()),
        "is_furniture": bool(furniture),
    }
    return View("span.html", values, frozenset([*subjects, *furniture]), _SPAN_FACTS)


def _view_conflict(site: Site, description: Description) -> View:
    conflict = conflicts.find(site.graph, description.iri)
    if conflict is None:
        return View()
    return View("conflict.html", {"conflict": conflict}, hidden=frozenset({"ckg:hasClaim"}))


def _view_claim(site: Site, description: Description) -> View:
    concluded = testimonies.INFERRED in description.values(description.iri, "ckg:basis")
    return View("claim.html", {"is_concluded": concluded})


def _view_meeting(site: Site, description: Description) -> View:
    """Return the view of a meeting, with those who, in an article that expects a group, will not attend."""

    def records_of(class_: str) -> list[str]:
        records = description.incoming("ckg:atMeeting")
        return [record for record in records if site.catalogue.is_a(record, class_)]

    articles_of_groups = {
        article
        for record in records_of("ckg:ExpectedAttendance")
        if any(
            namespaces.kind_of(who.value) == "group" for who in description.values(record, "ckg:participant")
        )
        for article in description.values(record, "ckg:reportedIn")
    }
    absent = (
        who.value
        for record in records_of("ckg:ExpectedAbsence")
        if articles_of_groups.intersection(description.values(record, "ckg:reportedIn"))
        for who in description.values(record, "ckg:participant")
    )
    return View(values={"absent": list(dict.fromkeys(absent))})


def _view_remark(site: Site, description: Description) -> View:
    return View("claim.html", {"is_concluded": False})


def _view_scheme(site: Site, description: Description) -> View:
    concepts = description.incoming("skos:inScheme", "skos:topConceptOf")
    return View("scheme.html", {"concepts": concepts}, frozenset(concepts))


def _view_statement(site: Site, description: Description) -> View:
    way = {fact.name: fact for fact in facts.facts_of(description, site.catalogue) if fact.name in _WAY}
    return View("statement.html", {"way": way}, hidden=_WAY)


_VIEWS: Mapping[str, Callable[[Site, Description], View]] = MappingProxyType(
    {
        "article": _view_article,
        "claim": _view_claim,
        "conflict": _view_conflict,
        "meeting": _view_meeting,
        "record": _view_remark,
        "rule": _view_remark,
        "scheme": _view_scheme,
        "span": _view_span,
        "statement": _view_statement,
    }
)


# The data.

# Each branch finds the labels of its own things: joined with a union, all labels would be read first.
_ENTITY = """\
CONSTRUCT { ?s ?p ?o }
WHERE {
  { ENTITY ?p ?o . BIND (ENTITY AS ?s) }
  UNION { ?s ?p ENTITY . BIND (ENTITY AS ?o) }
  UNION { ENTITY ?link ?s . ?s ?p ?o . FILTER (?p IN (skos:prefLabel, rdfs:label)) }
  UNION { ?s ?link ENTITY ; ?p ?o . FILTER (?p IN (skos:prefLabel, rdfs:label)) }
  UNION { ENTITY ?s ?any . ?s ?p ?o . FILTER (?p IN (skos:prefLabel, rdfs:label)) }
}
"""
_ENTITY_TABLE = """\
SELECT ?subject ?property ?value
WHERE {
  { ENTITY ?property ?value . BIND (ENTITY AS ?subject) }
  UNION { ?subject ?property ENTITY . BIND (ENTITY AS ?value) }
}
ORDER BY ?subject ?property ?value
"""
_GRAPH = "CONSTRUCT { ?s ?p ?o } WHERE { GRAPH ENTITY { ?s ?p ?o } }"
_GRAPH_TABLE = """\
SELECT ?subject ?property ?value
WHERE { GRAPH ENTITY { ?subject ?property ?value } }
ORDER BY ?subject ?property ?value
"""


def data_response(graph: Graph, iri: str, media_type: str) -> Response:
    """Return what the graph says about an entity, or what a named graph holds, in a media type.

    Raises:
        QueryError: it cannot be evaluated.
    """
    is_graph = namespaces.kind_of(iri) == "graph" or iri == namespaces.ONTOLOGY
    if media_type == formats.CSV:
        query = _GRAPH_TABLE if is_graph else _ENTITY_TABLE
    else:
        query = _GRAPH if is_graph else _ENTITY
    body = graph.write(query.replace("ENTITY", node(iri)), media_type)
    charset = "; charset=utf-8" if media_type.startswith("text/") else ""
    return Response(body, content_type=media_type + charset)
