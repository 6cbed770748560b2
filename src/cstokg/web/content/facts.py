"""The facts about an entity, ready for its page: in reading order, with their spans, and as JSON-LD.

After them come the sections of the page, with the records that point at the entity; ``display.toml`` says
which sections the page of a kind has.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from markupsafe import Markup

from cstokg import namespaces
from cstokg.web.content import display, footnotes, periods, testimonies
from cstokg.web.content.catalogue import Catalogue, Term, natural
from cstokg.web.content.display import ACTING, ROLE, SOURCE, THIS, WHEN, Column, Section
from cstokg.web.content.graph import Description

_PERIOD = frozenset(namespaces.expand(name) for name in periods.BOUNDS)
_START = namespaces.expand(periods.BOUNDS[0])
_ESCAPES = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}
_TYPE = namespaces.expand("rdf:type")
_FACTS = frozenset({namespaces.expand("modality:reported-fact")})
_PREFERRED = namespaces.expand("rank:preferred")

# A meeting that is only announced has not happened, so its facts are worded as plans.
_PLANNED = {
    namespaces.expand("ckg:heldIn"): "to be held in",
    namespaces.expand("ckg:chairedBy"): "to be chaired by",
    namespaces.expand("ckg:onDate"): "planned for",
}

SpansByRecord = Mapping[str, Sequence[str]]
SpansByValue = Mapping[tuple[str, str], tuple[str, ...]]  # spans by predicate and object


@dataclass(frozen=True, slots=True)
class Value:
    """One value of a property.

    Attributes:
        term: what is said.
        spans: the spans that support it.
        inferred: whether it follows from other triples.
    """

    term: Term
    spans: tuple[str, ...] = ()
    inferred: bool = False

    @property
    def key(self) -> str:
        """The value as addresses have it."""
        return namespaces.shorten(self.term.value).strip("<>") if self.term.is_iri else self.term.value


@dataclass(frozen=True, slots=True)
class Fact:
    """A property with its values.

    Attributes:
        predicate: its IRI.
        label: what to call it.
        values: what is said.
        is_background: whether only the editors' general knowledge supports it, and no article says it.
    """

    predicate: str
    label: str
    values: tuple[Value, ...]
    is_background: bool = False

    @property
    def name(self) -> str:
        """The property as ``prefix:name``, as addresses have it."""
        return namespaces.shorten(self.predicate).strip("<>")


@dataclass(frozen=True, slots=True)
class Incoming:
    """What points at the entity by one property and is of one class."""

    predicate: str
    label: str
    class_: str
    subjects: tuple[str, ...]


def facts_of(
    description: Description,
    catalogue: Catalogue,
    hidden: Collection[str] = (),
    *,
    periods_in_words: bool = True,
) -> list[Fact]:
    """Return the facts of an entity in the order of ``display.toml``.

    With ``periods_in_words``, the bounds of its time are one fact, in words.

    Properties in ``hidden``, given as ``prefix:name``, are left out. The spans of a value are those of
    the claims that put it forward, else of the testimonies that have it themselves, else of the records
    from which it follows, else of the testimonies that support the property, else of the record itself.
    If testimonies support other properties but not this one, it has no spans: it comes from the editors.
    """
    about = description.triples.get(description.iri, {})
    own = tuple(span.value for span in description.values(description.iri, "ckg:evidence"))
    by_value = {**testimonies.spans_by_value(description), **spans_of_claims(description)}
    testified = testimonies.spans_by_property(description)
    background = testimonies.background(description)
    planned = _PLANNED if is_only_announced(catalogue, description.iri) else {}
    words = {**display.read().words, **planned}
    rows = []
    for predicate in sorted(filter(display.is_fact, about), key=display.fact_order):
        if (periods_in_words and predicate in _PERIOD) or namespaces.shorten(predicate) in hidden:
            continue
        values = tuple(
            _value(description, predicate, term, by_value, testified, own)
            for term in sorted(
                about[predicate], key=lambda term: (natural(catalogue.label(term.value)), term.order)
            )
        )
        label = words.get(predicate) or catalogue.label(predicate)
        rows.append(Fact(predicate, label, values, predicate in background))
    if periods_in_words and (time := when(description, description.iri, bounds_only=True)):
        spans = {span for bound in _PERIOD for span in testified.get(bound, ())}
        value = Value(Term(time, "literal"), tuple(sorted(spans, key=natural)) or (() if testified else own))
        rows.append(Fact(_START, "time", (value,), background.issuperset(_PERIOD.intersection(about))))
        rows.sort(key=lambda fact: display.fact_order(fact.predicate))
    return rows


def _value(
    description: Description,
    predicate: str,
    term: Term,
    by_value: SpansByValue,
    testified: Mapping[str, tuple[str, ...]],
    own: tuple[str, ...],
) -> Value:
    inferred = (description.iri, predicate, term.value) in description.inferred
    spans = (
        by_value.get((predicate, term.value))
        or (footnotes.spans_of_inferred(description, predicate, term) if inferred else ())
        or testified.get(predicate)
        or (own if inferred or not testified else ())
    )
    return Value(term, spans, inferred)


def spans_of_claims(description: Description) -> SpansByValue:
    """Return the evidence of the accepted claims about an entity, by predicate and object."""
    spans_by_value: dict[tuple[str, str], list[str]] = defaultdict(list)
    for claim in description.incoming("rdf:subject"):
        predicate, term, rank = (
            description.first(claim, name) for name in ("rdf:predicate", "rdf:object", "ckg:rank")
        )
        if predicate and term and rank and rank.value == _PREFERRED:
            spans_by_value[predicate.value, term.value] += footnotes.spans_of_records(description, claim)
    return {key: tuple(values) for key, values in spans_by_value.items()}


def incoming(description: Description, catalogue: Catalogue, shown: Collection[str] = ()) -> list[Incoming]:
    """Return what points at the entity, by property and class, without what the page shows already."""
    groups: dict[tuple[str, str], list[str]] = defaultdict(list)
    for predicate, subjects in description.pointing.items():
        for subject in subjects:
            if subject in shown or subject not in catalogue or not display.is_fact(predicate):
                continue
            if _repeats(description, subject, predicate):
                continue
            groups[predicate, catalogue.class_of(subject)].append(subject)
    return [
        Incoming(predicate, catalogue.label(predicate), class_, tuple(sorted(subjects, key=natural)))
        for (predicate, class_), subjects in sorted(
            groups.items(), key=lambda item: (display.fact_order(item[0][0]), item[0][1])
        )
    ]


def _repeats(description: Description, subject: str, predicate: str) -> bool:
    """Return whether a link to the entity says no more than a fact of it, or than another such link.

    One of the two is inferred: it is the inverse of the other, or follows from it.
    """
    link_is_inferred = (subject, predicate, description.iri) in description.inferred
    facts = [
        fact
        for fact, terms in description.triples.get(description.iri, {}).items()
        if display.is_fact(fact) and any(term.value == subject for term in terms)
    ]
    if any(link_is_inferred or (description.iri, fact, subject) in description.inferred for fact in facts):
        return True
    return link_is_inferred and any(
        subject in subjects and (subject, other, description.iri) not in description.inferred
        for other, subjects in description.pointing.items()
        if other != predicate
    )


def is_only_announced(catalogue: Catalogue, iri: str) -> bool:
    """Return whether something is a meeting that is announced and that no article reports as held."""
    return catalogue.is_a(iri, "ckg:AnnouncedMeeting") and not catalogue.is_a(iri, "ckg:HeldMeeting")


def property_label(catalogue: Catalogue, subject: str, predicate: str) -> str:
    """Return what pages call a property of a subject: for a meeting only announced, as a plan."""
    planned = _PLANNED.get(predicate) if is_only_announced(catalogue, subject) else None
    return planned or display.read().words.get(predicate) or catalogue.label(predicate)


def without_records(facts: Iterable[Fact], shown: Collection[str]) -> list[Fact]:
    """Return the facts without those whose values are all records that the page shows in its sections."""
    return [fact for fact in facts if not all(value.term.value in shown for value in fact.values)]


def when(description: Description, subject: str, *, bounds_only: bool = False) -> str:
    """Return the day of something, or else its period, in words; with ``bounds_only`` its period.

    The period of a presidency that is only announced is worded as a plan.
    """
    if not bounds_only and (day := description.text(subject, "ckg:onDate")):
        return periods.day(day)
    words = testimonies.time_in_words(description, subject, description.period(subject))
    is_tenure = namespaces.kind_of(subject) == "tenure"
    return words.replace("known ", "known in office ", 1) if is_tenure else words


def json_ld(description: Description) -> Markup:
    """Return the triples of an entity as JSON-LD 1.1, safe inside a script element."""
    context: dict[str, str] = {}
    document: dict[str, object] = {}
    for predicate, terms in description.triples.get(description.iri, {}).items():
        key = "@type" if predicate == _TYPE else _compact(predicate, context)
        values = [
            _compact(term.value, context) if key == "@type" else _json_ld_value(term, context)
            for term in sorted(terms, key=lambda term: term.order)
        ]
        document[key] = values[0] if len(values) == 1 else values
    whole = {
        "@context": dict(sorted(context.items())),
        "@id": description.iri,
        **dict(sorted(document.items())),
    }
    return script(whole)


def script(document: Mapping[str, object]) -> Markup:
    """Return a document as JSON that is safe inside a script element."""
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    for character, escape in _ESCAPES.items():
        text = text.replace(character, escape)
    return Markup(text)  # noqa: S704 - every character that HTML reads is escaped


def _compact(iri: str, context: dict[str, str]) -> str:
    name = namespaces.shorten(iri)
    if name.startswith("<"):
        return iri
    prefix = name.partition(":")[0]
    context[prefix] = namespaces.PREFIXES[prefix]
    return name


def _json_ld_value(term: Term, context: dict[str, str]) -> object:
    if term.is_iri:
        return {"@id": _compact(term.value, context)}
    if term.kind == "bnode":
        return {"@id": f"_:{term.value}"}
    if term.language:
        return {"@language": term.language, "@value": term.value}
    return {"@type": _compact(term.datatype, context), "@value": term.value} if term.datatype else term.value


@dataclass(frozen=True, slots=True)
class SectionCell:
    """One cell: terms, or words."""

    terms: tuple[Term, ...] = ()
    words: str = ""


@dataclass(frozen=True, slots=True)
class SectionRecord:
    """One row: the record, its cells, and the spans that are its evidence."""

    iri: str
    cells: tuple[SectionCell, ...]
    spans: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FilledSection:
    """A section with its records, and those columns that are not empty.

    Attributes:
        section: the section, as ``display.toml`` describes it.
        columns: the columns that are not empty.
        records: a row for each record.
        count: how many there are of what its title names, in words if they are of several kinds; empty if
            the title has no number beside it.
    """

    section: Section
    columns: tuple[Column, ...]
    records: tuple[SectionRecord, ...]
    count: str

    @property
    def anchor(self) -> str:
        """The fragment of the section's address on the page."""
        return self.section.title.lower().replace(",", "").replace(" ", "-")


def sections_of(
    description: Description,
    catalogue: Catalogue,
    acting: SpansByRecord = MappingProxyType({}),
    sources: Mapping[str, Sequence[str]] = MappingProxyType({}),
    order_in_texts: Mapping[str, int] = MappingProxyType({}),
) -> list[FilledSection]:
    """Return the sections of an entity's page that have records; each record is in the first that fits.

    ``acting`` has the records of people who are only acting in the post, with the spans that say so;
    ``sources``, by record, the statements and outlets that are the articles' only source for it; and
    ``order_in_texts`` a number for each statement, by which those of one day are put in order.
    """
    filled, shown = [], set[str]()
    for section in display.read().kind(namespaces.kind_of(description.iri)).sections:
        subjects = [
            subject
            for subject in description.incoming(*section.links)
            if subject not in shown
            and (not section.classes or any(catalogue.is_a(subject, name) for name in section.classes))
            and (not section.having or description.values(subject, section.having))
        ]
        shown.update(subjects)
        if subjects:
            titled = _with_title(section, subjects, description, sources)
            rows = _records(titled, subjects, description, acting, sources)
            filled.append(_filled(titled, _in_order(titled, rows, description, order_in_texts)))
    return filled


def _with_title(
    section: Section, subjects: Sequence[str], description: Description, sources: Mapping[str, Sequence[str]]
) -> Section:
    """Return a section with its title for plans if all its records are plans, or its title for facts.

    The title for facts adds “as reported” if the articles know of some only from speakers or other outlets.
    """
    if not section.planned:
        return section
    modalities = [
        {term.value for term in description.values(subject, "ckg:modality")} for subject in subjects
    ]
    if all(given and given <= testimonies.PLANS for given in modalities):
        return replace(section, title=section.planned)
    if all(given == _FACTS for given in modalities):
        told = any(map(sources.get, subjects))
        return replace(section, title=f"{section.done}, as reported" if told else section.done)
    return section


def _filled(section: Section, records: Sequence[SectionRecord]) -> FilledSection:
    used = [
        number
        for number in range(len(section.columns))
        if any(record.cells[number] != SectionCell() for record in records)
    ]
    return FilledSection(
        section,
        tuple(section.columns[number] for number in used),
        tuple(replace(record, cells=tuple(record.cells[number] for number in used)) for record in records),
        _count(section, records),
    )


def _count(section: Section, records: Sequence[SectionRecord]) -> str:
    """Return how many records a section has, or how many its first column names: ``1 person, 4 groups``."""
    if not section.numbered:
        return ""
    if not section.counted:
        return str(len(records))
    kinds = Counter(
        namespaces.kind_of(term.value) for term in {term for row in records for term in row.cells[0].terms}
    )
    if len(kinds) == 1:
        return str(kinds.total())
    named = (
        (number, display.read().kind(kind))
        for kind, number in sorted(kinds.items(), key=lambda item: (item[0] == "group", item[0]))
    )
    return ", ".join(
        f"{number} {kind.singular if number == 1 else kind.plural.lower()}" for number, kind in named
    )


def _records(
    section: Section,
    subjects: Sequence[str],
    description: Description,
    acting: SpansByRecord,
    sources: Mapping[str, Sequence[str]],
) -> list[SectionRecord]:
    return [
        SectionRecord(
            subject,
            tuple(
                SectionCell(tuple(map(Term, sources.get(subject, ()))))
                if column[1] == SOURCE
                else _cell(column[1], subject, section, description, acting)
                for column in section.columns
            ),
            tuple(
                footnotes.with_more(footnotes.spans_of_records(description, subject), acting.get(subject, ()))
            ),
        )
        for subject in subjects
    ]


def _in_order(
    section: Section,
    rows: Sequence[SectionRecord],
    description: Description,
    order_in_texts: Mapping[str, int],
) -> list[SectionRecord]:
    """Return rows by their day; statements of one day in the order of the articles' texts."""
    in_text = section.style == "statements"
    days = {row.iri: _day(row.iri, description) for row in rows}
    return sorted(
        rows,
        key=lambda record: (
            not in_text and not days[record.iri],  # what has no day comes last in a table
            days[record.iri],
            order_in_texts.get(record.iri, len(order_in_texts)),
            natural(record.iri),
        ),
    )


def _day(subject: str, description: Description) -> str:
    """Return a day to sort by: meetings and articles are in order of time."""
    return description.text(
        subject, "ckg:onDate", "ckg:startNotAfter", "ckg:startNotBefore", "ckg:endNotAfter"
    )


def _cell(
    source: str, subject: str, section: Section, description: Description, acting: SpansByRecord
) -> SectionCell:
    if source == THIS:
        return SectionCell((Term(subject),))
    if source == WHEN:
        return SectionCell(words=when(description, subject))
    if source == ROLE:
        return SectionCell(
            tuple(
                Term(namespaces.expand(link))
                for link in section.links
                if subject in description.incoming(link)
            )
        )
    if source == ACTING:
        is_acting = subject in acting or description.text(subject, "ckg:acting") == "true"
        return SectionCell(words="acting" if is_acting else "")
    for predicate in source.split("|"):
        if terms := description.values(subject, predicate):
            return SectionCell(tuple(terms))
    return SectionCell()
