"""The site: what every page and every template may use, and the entries of the navigation."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path

from flask import Flask, current_app, request, url_for

from cstokg import formats, namespaces
from cstokg.article_text import ArticleTexts
from cstokg.engine import suggestions
from cstokg.engine.engine import Engine
from cstokg.questions import Question
from cstokg.release import Release
from cstokg.settings import Serving
from cstokg.web.content import conflicts, display, footnotes, periods, testimonies
from cstokg.web.content.articles import Reference, references
from cstokg.web.content.catalogue import Catalogue, natural
from cstokg.web.content.conflicts import conflicts_by_entity
from cstokg.web.content.footnotes import Footnotes
from cstokg.web.content.graph import Graph
from cstokg.web.content.meetings import unconfirmed_meetings
from cstokg.web.content.passages import Passages
from cstokg.web.content.statements import (
    Statement,
    acting_records,
    implied_occasions,
    posts_of_people,
    read_statements,
    sources_by_record,
    speakers_in,
    statements_by_iri,
    tellers_by_statement,
)
from cstokg.web.figures.figure_files import Pictures
from cstokg.web.serving import http

NAME = "Meetings of the CSTO Council of Foreign Ministers"
EXTENSION = "cstokg"  # under which an application keeps its site
# The label and the address of each entry: first those for readers, then, in smaller type, those for people
# who query the data.
_NAVIGATION = (
    ("Where accounts differ", "/conflicts"),
    ("Statements", "/statements"),
    ("Figures", "/figures"),
    ("Questions", "/questions"),
    ("Browse", "/browse"),
)
_TOOLS = (("Query", "/sparql"), ("Explore", "/explore"), ("Ontology", "/ontology"), ("About", "/about"))
_VENDORED = "vendor"  # the folder below the static one


@dataclass
class Site:
    """What is served.

    Attributes:
        engine: answers queries.
        questions: the saved questions.
        release: the release behind the engine; None if the engine has other files.
        texts: the articles' texts; None if the operator gave none.
        settings: how the site is served, for the page about limits.
        graph: the data of the engine, as the pages ask for it.
        pictures: makes drawings as PNG and PDF, and keeps them.
    """

    engine: Engine
    questions: Sequence[Question] = ()
    release: Release | None = None
    texts: ArticleTexts | None = None
    settings: Serving = field(default_factory=Serving)
    graph: Graph = field(init=False)
    pictures: Pictures = field(init=False)

    def __post_init__(self) -> None:
        """Connect the graph to the engine, and begin without pictures."""
        self.graph = Graph(self.engine)
        self.pictures = Pictures(self.settings.picture_cache)

    @property
    def catalogue(self) -> Catalogue:
        """Return the catalogue of all entities."""
        return self.graph.catalogue

    @cached_property
    def question(self) -> dict[str, Question]:
        """Return the saved questions by name."""
        return {question.name: question for question in self.questions}

    @cached_property
    def own_iris(self) -> frozenset[str]:
        """Return the IRIs of this project that are in the data.

        Raises:
            QueryError: the engine does not answer.
        """
        return frozenset(row["iri"].value for row in self.graph.select(suggestions.KNOWN_NAMES))

    @property
    def version(self) -> str:
        """Return what is served, in words: the release's number and day, or the engine's title."""
        if self.release is None:
            return self.engine.title
        return f"version {self.release.number} of {periods.day(self.release.date)}"

    @property
    def name_and_version(self) -> str:
        """Return the name and the version of the dataset, as in citations."""
        parts = (NAME, self.version, *([self.release.version[:12]] if self.release else ()))
        return ", ".join(parts)

    @cached_property
    def publisher_of_dataset(self) -> str:
        """Return the name of the dataset's publisher; empty if the graph does not say."""
        publisher = self.graph.about(namespaces.DATASET).text(namespaces.DATASET, "dcterms:publisher")
        return self.catalogue.label(publisher) if publisher else ""

    def by_day(self, article: str) -> tuple[date, str]:
        """Return the key by which articles are sorted: their first day; articles without one come last."""
        reference = self.references.get(article)
        return reference.first_day if reference else date.max, article

    def day_of(self, article: str) -> str:
        """Return when an article appeared, in words."""
        reference = self.references.get(article)
        return (reference.when if reference else "") or "no known day"

    def citation(self, title: str, iri: str, articles: Iterable[str] = ()) -> str:
        """Return how to cite what rests on no single passage: a title, the articles used, and the release."""
        named = title if title.endswith(("?", "!")) else f"{title.rstrip('.')}."
        sources = "; ".join(
            self.references[article].name_in_list if article in self.references else self.source_name(article)
            for article in articles
        )
        parts = (
            named if title else "",
            f"After {sources}." if sources else "",
            f"{self.name_and_version}.",
            iri,
        )
        return " ".join(part for part in parts if part)

    @cached_property
    def passages(self) -> Passages:
        """Return the passages, which find the words of spans."""
        return Passages(self.graph, self.texts)

    def main_span(self, record: str, spans: Sequence[str]) -> str:
        """Return the span on which a record rests most, by its paraphrase or else its label.

        If the articles know of the record only from a statement, it is the main span of the statement.
        """
        statements = statements_by_iri(self.graph)
        statement = statements.get(record)
        for source in sources_by_record(self.graph).get(record, ()) if statement is None else ():
            if source in statements and (main := self.main_span(source, statements[source].spans)) in spans:
                return main
        words = statement.paraphrase if statement else self.catalogue.label(record)
        return self.passages.main_span(spans, words, record)

    @cached_property
    def order_in_texts(self) -> Mapping[str, int]:
        """Return, by statement, its number in the order of the articles' texts, the oldest article first.

        The place of a statement is that of its main span.
        """

        def place(statement: Statement) -> tuple[object, ...]:
            main = self.main_span(statement.iri, statement.spans)
            address = namespaces.parse_span(main)
            return self.by_day(address.article if address else ""), natural(main), natural(statement.iri)

        ordered = sorted(read_statements(self.graph), key=place)
        return {statement.iri: number for number, statement in enumerate(ordered)}

    @property
    def references(self) -> Mapping[str, Reference]:
        """Return what readers know of each article, by IRI."""
        return references(self.graph)

    def source_name(self, article: str) -> str:
        """Return what to call an article where a source is shown: its outlet and day."""
        reference = self.references.get(article)
        return reference.name if reference else self.catalogue.label(article)

    @cached_property
    def tag(self) -> str:
        """Return an entity tag for what all pages depend on: code, data, texts and settings."""
        texts = sorted(self.texts.folder.iterdir()) if self.texts else ()
        stats = [(path.name, path.stat().st_size, path.stat().st_mtime_ns) for path in texts]
        parts = (
            http.code_version(),
            self.engine.version,
            self.engine.title,
            self.engine.limits,
            self.engine.services,
            self.release.id if self.release else "",
            stats,
            self.settings,
        )
        return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


def current() -> Site:
    """Return the site of the application that answers the current request."""
    site: Site = current_app.extensions[EXTENSION]
    return site


def add_to_templates(app: Flask, site: Site) -> None:
    """Give every template the site, the navigation, and functions for labels and addresses.

    ``vendored`` returns the address of a script from npm that the package may contain. It is empty if the
    file is missing; pages work without it.
    """

    def static(name: str) -> str:
        return url_for("static", filename=name, v=http.code_version())

    def vendored(name: str) -> str:
        path = Path(str(app.static_folder)) / _VENDORED / name
        return static(f"{_VENDORED}/{name}") if path.is_file() else ""

    @app.context_processor
    def context() -> dict[str, object]:
        root = request.script_root
        return {
            "catalogue": site.catalogue,
            "day": periods.day,
            "footnotes": Footnotes(site.catalogue),  # new for each page
            "heading": heading,
            "kind_word": kind_word,
            "kinds": display.read().kinds,
            "navigation": [
                (label, at(address), entries is _TOOLS)
                for entries in (_NAVIGATION, _TOOLS)
                for label, address in entries
            ],
            "by_editors": testimonies.BY_EDITORS,
            "not_as_fact": testimonies.not_as_fact(site.graph),
            "posts_of_people": posts_of_people(site.graph),
            "page_of": lambda iri: _below(root, namespaces.page_path(iri)),
            "at": at,
            "citation_formats": formats.CITATION_FORMATS,
            "cite_of": lambda iri: _below(root, namespaces.cite_path(iri)),
            "acting": acting_records(site.graph),
            "implied_occasions": implied_occasions(site.graph),
            "modality_in_words": lambda *said: testimonies.modality_in_words(site.graph, *said),
            "source_name": site.source_name,
            "sentence": sentence,
            "short": short,
            "site": site,
            "readings_about": testimonies.readings,
            "spans_of": footnotes.spans_of_records,
            "standing_of_claims": conflicts.standing_of_claims(site.graph),
            "static": static,
            "speakers_in": lambda iris: speakers_in(site.graph, iris),
            "statements_behind": testimonies.statements_behind,
            "statement_of": lambda iri: statements_by_iri(site.graph).get(iri),
            "unconfirmed_meeting": lambda iri: unconfirmed_meetings(site.graph).get(iri),
            "disputes_about": lambda iri: conflicts_by_entity(site.graph).get(iri, ()),
            "tellers": lambda iri: tellers_by_statement(site.graph).get(iri, ()),
            "vendored": vendored,
        }


def at(address: str) -> str:
    """Return an address of this site below the path under which a proxy offers it; any other as it is."""
    return _below(request.script_root, address)


def _below(root: str, address: str) -> str:
    return root + address if address.startswith("/") else address


def kind_word(iri: str) -> str:
    """Return the word for the kind of thing that an IRI names."""
    return display.read().kind(namespaces.kind_of(iri)).singular


def short(iri: str) -> str:
    """Return the last step of an IRI, where a label would be too long."""
    return iri.rpartition("/")[2]


def heading(name: str) -> str:
    """Return the name of a variable as words: ``on behalf of`` for ``onBehalfOf``."""
    return (
        "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in name)
        .replace("_", " ")
        .strip()
    )


def sentence(text: str) -> str:
    """Return a text with a capital as its first letter."""
    return text[:1].upper() + text[1:]
