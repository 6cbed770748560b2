"""Footnotes to copy: what an article says, with the outlet, its day, the characters and the release.

A footnote names one article. It never puts a paraphrase in quotation marks.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from cstokg import namespaces
from cstokg.web.content import conflicts, facts, footnotes, periods, records, testimonies
from cstokg.web.content.catalogue import Catalogue, Term, natural
from cstokg.web.content.facts import Fact, Value
from cstokg.web.content.graph import Description
from cstokg.web.content.testimonies import Reference
from cstokg.web.site import Site

# Records of these kinds have no name, so their paraphrase is cited, and marked as such.
_PARAPHRASED = MappingProxyType({"claim": "Claim", "record": "Remark", "rule": "Rule"})


@dataclass(frozen=True, slots=True)
class Citation:
    """One footnote.

    Attributes:
        key: its identifier in files of references.
        matter: what is cited, in words.
        via: the outlets from which the article has it.
        reference: the article; None for what rests on no article.
        spans: the spans of the article that are cited.
        release: the dataset and its release, in words.
        iri: what is cited.
    """

    key: str
    matter: str
    via: tuple[str, ...]
    reference: Reference | None
    spans: tuple[str, ...]
    release: str
    iri: str

    @property
    def places(self) -> str:
        """The characters of the article, in words."""
        addresses = (namespaces.parse_span(span) for span in self.spans)
        ranges = [f"{address.start}–{address.end}" for address in addresses if address]
        return f"characters {', '.join(ranges)}" if ranges else ""

    @property
    def matter_and_outlets(self) -> str:
        """What is cited, and the outlets from which the article has it."""
        return f"{self.matter}, reported via {' and '.join(self.via)}" if self.via else self.matter

    @property
    def text(self) -> str:
        """The footnote as text."""
        article = _described(self.reference) if self.reference else ""
        source = ", ".join(part for part in (article, self.places) if part)
        parts = (self.matter_and_outlets, source[:1].upper() + source[1:], self.release)
        return " ".join(part if part.endswith("?") else f"{part}." for part in parts if part) + f" {self.iri}"


def _described(reference: Reference) -> str:
    """Return an article with its authors, headline, outlet, day and address."""
    headline = f"“{reference.headline}”" if reference.headline else ""
    credit = f"credited to {reference.credit}" if reference.credit else ""
    outlet = reference.outlet or ("" if credit or reference.names else reference.source)
    parts = (*reference.names, headline, outlet, credit, reference.when, reference.address)
    return ", ".join(part for part in parts if part)


# What is cited.


def cite(
    site: Site, description: Description, iri: str = "", predicate: str = "", value: str = ""
) -> list[Citation]:
    """Return the footnotes of an entity, a record, a span or a testimony: one for each article.

    Args:
        site: what is served.
        description: the entity, or what the testimony is about.
        iri: the testimony; what is described, if this is empty.
        predicate: the property of it that is cited; all of it if this is empty.
        value: the value of the property, as ``Value.key`` gives it; all values if this is empty.

    There are none if it has no such property or value.
    """
    iri = iri or description.iri
    matter, spans = _matter(site, description), _spans(site, description, iri)
    if predicate:
        cited = [
            (fact, each)
            for fact in facts.facts_of(description, site.catalogue)
            if fact.name == predicate
            for each in fact.values
            if value in ("", each.key)
        ]
        if not cited:
            return []
        matter += f": {_fact_in_words(site.catalogue, cited)}"
        spans = [span for _, each in cited for span in each.spans]
    return _citations(site, description, iri, matter, spans)


def of_articles(site: Site, key: str, matter: str, iri: str, articles: Iterable[str]) -> Citation:
    """Return the footnote for what rests on no single passage, such as a figure: it names the articles."""
    ordered = sorted(articles, key=lambda article: (site.references[article].first_day, article))
    sources = "; ".join(site.references[article].name for article in ordered)
    return Citation(key, f"{matter}. After {sources}", (), None, (), site.name_and_version, iri)


def _fact_in_words(catalogue: Catalogue, cited: Sequence[tuple[Fact, Value]]) -> str:
    words = ", ".join(_in_words(catalogue, value.term) for _, value in cited)
    return f"{cited[0][0].label} {words}"


def _in_words(catalogue: Catalogue, term: Term) -> str:
    if term.is_iri:
        return catalogue.label(term.value)
    return periods.day(term.value) if term.is_date else term.value


def _spans(site: Site, description: Description, iri: str) -> list[str]:
    kind = namespaces.kind_of(iri)
    if kind in ("article", "span"):
        return [iri] if kind == "span" else []
    if kind == "conflict":
        claims = description.values(iri, "ckg:hasClaim")
        sides = conflicts.description_of_conflicts(site.graph)
        return [span for claim in claims for span in footnotes.spans_of_records(sides, claim.value)]
    return [term.value for term in description.values(iri, "ckg:evidence")]


def _matter(site: Site, description: Description) -> str:
    """Return what an entity is, in words; who speaks, where it is a statement or rests on one."""
    iri, said = description.iri, _statements(site)
    kind = namespaces.kind_of(iri)
    if kind == "statement":
        return _statement(site, said, iri)
    if kind == "span":
        uses = footnotes.uses(site.graph)
        statements = {
            _statement(site, said, record)
            for record in description.incoming("ckg:evidence")
            if record in said.triples
            and footnotes.most_telling(footnotes.spans_of_records(said, record), uses) == iri
        }
        return "; ".join(sorted(statements))
    if kind == "article":
        return ""
    paraphrase, words = description.text(iri, "ckg:paraphrase").rstrip("."), _PARAPHRASED.get(kind, "")
    named = f"{words}, in the editors’ words: {paraphrase}" if paraphrase and words else ""
    sources = [
        f"according to {_speakers(site, said, term.value)}"
        for term in description.values(iri, "ckg:accordingTo")
    ]
    return ", ".join((named or site.catalogue.label(iri), *sources[:1]))


def _statements(site: Site) -> Description:
    """Return what the graph says of all statements."""
    description = Description("")
    for statement in records.statements(site.graph):
        description.triples[statement.iri].update(statement.triples)
    return description


def _statement(site: Site, description: Description, iri: str) -> str:
    first = [_speakers(site, description, term.value) for term in description.values(iri, "ckg:relays")]
    speakers = _speakers(site, description, iri)
    return f"Statement by {', on what was said by '.join((speakers, *first[:1]))}"


def _speakers(site: Site, description: Description, iri: str) -> str:
    """Return who made a statement, in which post, when and on which occasion."""
    label = site.catalogue.label
    acting = " (acting)" if iri in records.acting(site.graph) else ""
    speakers = [label(term.value) for term in description.values(iri, "ckg:speaker")]
    posts = [label(term.value) + acting for term in description.values(iri, "ckg:inCapacityOf")]
    parts = [*speakers, *posts] or ["a speaker who is not named"]
    if when := facts.when(description, iri):
        parts.append(when)
    occasions = description.values(iri, "ckg:statedAt")
    parts += [f"on the occasion of {label(term.value)}" for term in occasions]
    return ", ".join(parts)


def _citations(
    site: Site, description: Description, iri: str, matter: str, spans: Iterable[str]
) -> list[Citation]:
    articles: dict[str, list[str]] = defaultdict(list)
    for span in sorted(set(spans), key=natural):
        if address := namespaces.parse_span(span):
            articles[address.article].append(span)
    if namespaces.kind_of(iri) == "article":
        articles[iri] = []
    outlets = tuple(
        site.catalogue.label(term.value) for term in description.values(description.iri, "ckg:reportedVia")
    )
    known, stem = testimonies.references(site.graph), namespaces.step_of(iri).replace("/", "-")
    return [
        Citation(_key(stem, article), matter, outlets, known[article], tuple(own), site.name_and_version, iri)
        for article, own in articles.items()
        if article in known
    ] or [Citation(stem, site.catalogue.label(iri), (), None, (), site.name_and_version, iri)]


def _key(stem: str, article: str) -> str:
    name = article.rpartition("/")[2]
    return stem if name in stem else f"{stem}-in-{name}"
