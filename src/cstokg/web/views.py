"""Pages made for their kind: which template, and what it needs."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from cstokg import namespaces
from cstokg.article_text import TextError
from cstokg.web import articles
from cstokg.web.catalogue import natural
from cstokg.web.graph import Description
from cstokg.web.site import Site
from cstokg.web.texts import Passage

_SPAN_FACTS = frozenset({"ckg:charEnd", "ckg:charStart", "ckg:spanOf"})


@dataclass(frozen=True, slots=True)
class View:
    """How to show an entity.

    Attributes:
        template: the name of the template.
        needs: what it needs beyond what every page has.
        shown: what it shows by itself of what points at the entity.
        hidden: the properties that it shows by itself, as ``prefix:name``.
    """

    template: str = "entity.html"
    needs: Mapping[str, object] = field(default_factory=dict)
    shown: frozenset[str] = frozenset()
    hidden: frozenset[str] = frozenset()


def of(site: Site, description: Description) -> View:
    """How to show an entity, by what kind of thing its IRI names."""
    made = _OF_KIND.get(namespaces.kind_of(description.iri))
    return made(site, description) if made else View()


def _article(site: Site, description: Description) -> View:
    rows = articles.reported(description, site.catalogue)
    measured = articles.measure(description, rows)
    needs = {
        "cells": articles.cells(measured, rows),
        "claims": [row for row in rows if row.is_claim],
        "coverage": measured,
        "said": [row for row in rows if not row.is_claim],
    }
    return View("article.html", needs, frozenset(row.iri for row in rows))


def _span(site: Site, description: Description) -> View:
    address = namespaces.parse_span(description.iri)
    if address is None:
        return View()
    article = site.graph.about_only(address.article)
    passage: Passage | None = None
    problem = ""
    if site.texts:
        try:
            passage = site.texts.passage(
                article.text(address.article, "ckg:sha256"),
                (address.start, address.end),
                description.text(description.iri, "ckg:sha256"),
                articles.sentences(article, address.article),
            )
        except TextError as error:
            problem = str(error)
    resting = description.incoming("ckg:evidence")
    by_class: dict[str, list[str]] = defaultdict(list)
    for record in resting:
        by_class[site.catalogue.entries[record].classes[0]].append(record)
    furniture = description.incoming("ckg:furniture")
    needs = {
        "address": address,
        "article": article,
        "passage": passage,
        "problem": problem,
        "records": sorted(by_class.items()),
        "is_furniture": bool(furniture),
    }
    return View("span.html", needs, frozenset([*resting, *furniture]), _SPAN_FACTS)


def _conflict(site: Site, description: Description) -> View:
    claims = [term.value for term in description.values(description.iri, "ckg:hasClaim")]
    return View("conflict.html", {"claims": sorted(claims, key=natural)}, hidden=frozenset({"ckg:hasClaim"}))


def _scheme(site: Site, description: Description) -> View:
    concepts = description.incoming("skos:inScheme", "skos:topConceptOf")
    return View("scheme.html", {"concepts": concepts}, frozenset(concepts))


def _statement(site: Site, description: Description) -> View:
    return View("statement.html")


_OF_KIND: Mapping[str, Callable[[Site, Description], View]] = MappingProxyType(
    {
        "article": _article,
        "conflict": _conflict,
        "scheme": _scheme,
        "span": _span,
        "statement": _statement,
    }
)
