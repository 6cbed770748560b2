"""What the articles add to Wikidata: participation in meetings, positions held, memberships.

A statement is made of linked entities only, and of what an article states in its own voice. Nothing
comes from plans, from other outlets, from what speakers say, from the editors' readings, or from a
record about which there is a conflict. What cannot be written is counted, with the reason.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import chain
from types import MappingProxyType

from rdflib import DCTERMS, RDF, SKOS, Graph, Literal, URIRef
from rdflib.term import Node

from cstokg import namespaces
from cstokg.build.rdf_terms import CKG, day_of, iri_of
from cstokg.build.sources import Sources
from cstokg.build.written_testimonies import ACCORDING_TO, BOUNDS, EVIDENCE, HAS_TESTIMONY, SUPPORTS
from cstokg.engine import suggestions
from cstokg.errors import CstokgError

MEMBER_OF, PARTICIPANT, PARTICIPANT_OF, POSITION_HELD = "P463", "P710", "P1344", "P39"
START, END, POINT_IN_TIME = "P580", "P582", "P585"
STATED_IN, TITLE, PUBLISHED, URL = "P248", "P1476", "P577", "P854"
YEAR, MONTH, DAY = 9, 10, 11  # Wikidata's precisions
# What QuickStatements would take for the end of a column or for a comment; it knows no escape.
_MISREAD = re.compile(r"\||/\*|\*/")

_STATED, _IMPLIED, _FACT = map(iri_of, ("basis:stated", "basis:implied", "modality:reported-fact"))
_BOUNDS = tuple(BOUNDS)
_START_KINDS = tuple(map(iri_of, ("event-kind:accession", "event-kind:founding", "event-kind:return")))
_END_KINDS = tuple(map(iri_of, ("event-kind:non-renewal", "event-kind:withdrawal")))


class UnknownArticleError(CstokgError):
    """No article has that name; the message lists the nearest names."""


@dataclass(frozen=True, slots=True)
class Time:
    """A day, and whether the day, its month or its year is meant."""

    day: date
    precision: int


@dataclass(frozen=True, slots=True)
class Text:
    """A text in a language."""

    text: str
    language: str


@dataclass(frozen=True, slots=True)
class Item:
    """An item, as ``Q42``."""

    qid: str


Value = Item | Time | Text | str
Snak = tuple[str, Value]
_Key = tuple[Node, Node]  # a thing and an article


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement to add.

    Attributes:
        record: our record of it.
        article: the article that states it.
        subject: the item that it is about.
        property: the property.
        value: the item that is its value.
        qualifiers: the qualifiers, in order.
        reference: the parts of the one reference, in order.
    """

    record: URIRef
    article: URIRef
    subject: Item
    property: str
    value: Item
    qualifiers: tuple[Snak, ...]
    reference: tuple[Snak, ...] = ()


@dataclass(slots=True)
class Additions:
    """The statements, how many records were left out for each reason, and what to mend."""

    statements: list[Statement] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)
    advice: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Account:
    """What one article says of one thing in its own voice, and the bounds that it gives."""

    stated: set[Node] = field(default_factory=set)
    concluded: set[Node] = field(default_factory=set)  # stated, or implied
    stated_bounds: dict[Node, date] = field(default_factory=dict)
    bounds: dict[Node, date] = field(default_factory=dict)


def additions(sources: Sources, article: str | None = None) -> Additions:
    """Return what the articles add to Wikidata, in order of the records.

    Args:
        sources: the source files, as read.
        article: only what this one says: its name, ``article:NAME`` or its IRI.

    Raises:
        UnknownArticleError: there is no such article.
    """
    data = _Data(sources.data())
    articles = [find_article(article, data.graph)] if article else _articles(data.graph)
    result = Additions()
    for iri in articles:
        reference = data.reference(iri)
        parts = {name for name, _ in reference}
        before = len(result.statements)
        for statement in data.made_by(iri):
            if isinstance(statement, str):  # the reason why there is none
                result.left_out[statement] += 1
            elif reference:
                result.statements.append(replace(statement, reference=reference))
            else:
                result.left_out["the article has nothing to cite: no linked publisher, title or date"] += 1
        if len(result.statements) > before and not parts & {STATED_IN, TITLE, URL}:
            result.advice.append(
                f"the references to {namespaces.shorten(iri)} have a date and nothing else; give it a "
                "dcterms:title or a ckg:address, or link its publisher"
            )
    return result


def find_article(name: str, graph: Graph) -> URIRef:
    """Return the IRI of the article of that name.

    Raises:
        UnknownArticleError: no article has that name.
    """
    articles = _articles(graph)
    for iri in (namespaces.expand(name), f"{namespaces.ID}article/{name}"):
        if URIRef(iri) in articles:
            return URIRef(iri)
    names = [str(iri).rpartition("/")[2] for iri in articles]
    nearest = suggestions.nearest(name.rpartition(":")[2], names) or names
    raise UnknownArticleError(f"no article is called '{name}'; names are {', '.join(nearest)}")


def linked_items(graph: Graph) -> dict[Node, Item]:
    """Return the item of each entity that is an exact match; for states and bodies also a close match.

    Wikidata has the statements about a state on the item of the whole country, and memberships in a body on
    an item that also covers the body's predecessor. Both items are only close matches.
    """
    wikidata = namespaces.PREFIXES["wd"]
    links = chain(
        graph.subject_objects(SKOS.exactMatch),
        (
            (s, o)
            for s, o in graph.subject_objects(SKOS.closeMatch)
            if any((s, RDF.type, CKG[name]) in graph for name in ("State", "InternationalBody"))
        ),
    )
    return {s: Item(str(o).removeprefix(wikidata)) for s, o in links if str(o).startswith(wikidata)}


def _articles(graph: Graph) -> list[URIRef]:
    subjects = graph.subjects(RDF.type, CKG.Article)
    return sorted(subject for subject in subjects if isinstance(subject, URIRef))


class _Data:
    """The data, with the accounts of all articles."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self._items = linked_items(graph)
        self._accounts, self._testified = _accounts(graph)
        claims = set(graph.objects(None, CKG.hasClaim))
        claims |= {end for pair in graph.subject_objects(CKG.contradicts) for end in pair}
        ends = (RDF.subject, RDF.object)
        self._disputed = {end for claim in claims for part in ends for end in graph.objects(claim, part)}

    def reference(self, article: URIRef) -> tuple[Snak, ...]:
        """Return what a reference says of an article."""
        days = [self.graph.value(article, name) for name in (CKG.onDate, _BOUNDS[0], _BOUNDS[3])]
        on, first, last = (day_of(day) for day in days)
        published = Time(on, DAY) if on else _between(first, last)
        parts: list[Snak] = [
            (STATED_IN, self._items[outlet])
            for outlet in sorted(self.graph.objects(article, DCTERMS.publisher), key=str)
            if outlet in self._items
        ]
        for title in sorted(self.graph.objects(article, DCTERMS.title), key=str):
            language = title.language if isinstance(title, Literal) else None
            language = language or str(self.graph.value(article, DCTERMS.language) or "und")
            text = " ".join(re.sub("[“”]", '"', str(title)).split())  # the tool has only straight marks
            if not _MISREAD.search(text):
                parts.append((TITLE, Text(text, language)))
        if published:
            parts.append((PUBLISHED, published))
        parts += [(URL, address) for address in sorted(map(str, self.graph.objects(article, CKG.address)))]
        return tuple(parts)

    def made_by(self, article: URIRef) -> Iterator[Statement | str]:
        """Yield what an article states, and the reason for each record that becomes no statement."""
        kinds: tuple[tuple[str, Callable[[URIRef, URIRef], Iterator[Statement | str]]], ...] = (
            ("Attendance", self._participation),
            ("Tenure", self._position),
            ("Membership", self._membership),
        )
        for name, make in kinds:
            for record in sorted(self.graph.subjects(RDF.type, CKG[name]), key=str):
                if not isinstance(record, URIRef) or (record, article) not in self._testified:
                    continue
                if record in self._disputed:
                    yield f"{name.lower()}: a conflict is about it"
                else:
                    yield from make(record, article)

    def _participation(self, record: URIRef, article: URIRef) -> Iterator[Statement | str]:
        attendee, meeting = (self.graph.value(record, CKG[name]) for name in ("attendee", "atMeeting"))
        if not {RDF.type, CKG.attendee, CKG.atMeeting} <= self._account(record, article).stated:
            yield "attendance: the article does not state it in its own voice"
        elif meeting not in self._items:
            yield "attendance: the meeting has no item"
        elif attendee not in self._items:
            yield "attendance: the participant has no item"
        elif (meeting, RDF.type, CKG.HeldMeeting) not in self.graph:
            yield "attendance: the meeting is not reported as held"
        else:
            person, event = self._items[attendee], self._items[meeting]
            day = self._day(meeting, self._account(meeting, article))
            if meeting in self._disputed:
                day = None
            when: tuple[Snak, ...] = ((POINT_IN_TIME, day),) if day else ()
            yield Statement(record, article, person, PARTICIPANT_OF, event, when)
            yield Statement(record, article, event, PARTICIPANT, person, when)

    def _position(self, record: URIRef, article: URIRef) -> Iterator[Statement | str]:
        holder, post = (self.graph.value(record, CKG[name]) for name in ("holder", "tenurePost"))
        account = self._account(record, article)
        if not {RDF.type, CKG.holder, CKG.tenurePost} <= account.stated:
            yield "tenure: the article does not state it in its own voice"
        elif any(str(acting) == "true" for acting in self.graph.objects(record, CKG.acting)):
            yield "tenure: the holder is acting, which a position held does not say"
        elif holder not in self._items:
            yield "tenure: the holder has no item"
        elif post not in self._items:
            yield "tenure: the post has no item"
        else:
            person, value = self._items[holder], self._items[post]
            yield Statement(record, article, person, POSITION_HELD, value, _period(account))

    def _membership(self, record: URIRef, article: URIRef) -> Iterator[Statement | str]:
        member, body = (self.graph.value(record, CKG[name]) for name in ("member", "membershipIn"))
        account = self._account(record, article)
        if not {RDF.type, CKG.member, CKG.membershipIn} <= account.stated:
            yield "membership: the article does not state it in its own voice"
        elif member not in self._items:
            yield "membership: the member has no item"
        elif body not in self._items:
            yield "membership: the body has no item"
        else:
            period = _period(account, self._changes(record, article))
            yield Statement(record, article, self._items[member], MEMBER_OF, self._items[body], period)

    def _changes(self, membership: URIRef, article: URIRef) -> dict[str, Time]:
        """Return when an article states that a membership began or ended, by what happened."""
        needed = {RDF.type, DCTERMS.type, CKG.affectsMembership}
        changes = {}
        for event in sorted(self.graph.subjects(CKG.affectsMembership, membership), key=str):
            account = self._account(event, article)
            if event in self._disputed or not needed <= account.stated:
                continue
            if (event, RDF.type, CKG.Occurrence) not in self.graph:
                continue
            kinds = set(self.graph.objects(event, DCTERMS.type))
            for name, fitting in ((START, _START_KINDS), (END, _END_KINDS)):
                if kinds.intersection(fitting) and (day := self._day(event, account, stated=True)):
                    changes[name] = day
        return changes

    def _day(self, thing: Node, account: _Account, *, stated: bool = False) -> Time | None:
        """Return the day of a meeting or an event, as precisely as an article gives it."""
        supported = account.stated if stated else account.concluded
        if CKG.onDate in supported:
            days = sorted(filter(None, map(day_of, self.graph.objects(thing, CKG.onDate))))
            return Time(days[0], DAY) if len(days) == 1 else None
        bounds = account.stated_bounds if stated else account.bounds
        return _between(bounds.get(_BOUNDS[0]), bounds.get(_BOUNDS[3]))

    def _account(self, thing: Node, article: Node) -> _Account:
        return self._accounts.get((thing, article), _Account())


def _accounts(graph: Graph) -> tuple[Mapping[_Key, _Account], set[_Key]]:
    """Return what each article says of each thing in its own voice, and which articles say anything of it."""
    accounts: dict[_Key, _Account] = defaultdict(_Account)
    testified: set[_Key] = set()
    for thing, testimony in graph.subject_objects(HAS_TESTIMONY):
        spans = map(namespaces.parse_span, map(str, graph.objects(testimony, EVIDENCE)))
        articles = {span.article for span in spans if span}
        testified |= {(thing, URIRef(article)) for article in articles}
        basis = graph.value(testimony, CKG.basis)
        hearsay = any((testimony, predicate, None) in graph for predicate in (ACCORDING_TO, CKG.reportedVia))
        modalities = set(graph.objects(testimony, CKG.modality))
        if len(articles) != 1 or hearsay or modalities - {_FACT} or basis not in (_STATED, _IMPLIED):
            continue
        account = accounts[thing, URIRef(articles.pop())]
        supported = set(graph.objects(testimony, SUPPORTS))
        bounds: dict[Node, date] = {
            bound: day
            for bound in _BOUNDS
            for day in filter(None, map(day_of, graph.objects(testimony, bound)))
        }
        account.concluded |= supported
        account.bounds |= bounds
        if basis == _STATED:
            account.stated |= supported
            account.stated_bounds |= bounds
    return accounts, testified


def _period(account: _Account, changes: Mapping[str, Time] = MappingProxyType({})) -> tuple[Snak, ...]:
    """Return the qualifiers of a situation: its start and end where stated, else when it is attested."""
    start_after, start_before, end_after, end_before = (account.stated_bounds.get(bound) for bound in _BOUNDS)
    times = {START: _between(start_after, start_before), END: _between(end_after, end_before)}
    times |= changes
    if not any(times.values()):
        times = {POINT_IN_TIME: _attested(account.bounds)}
    return tuple((name, time) for name, time in times.items() if time)


def _attested(bounds: Mapping[Node, date]) -> Time | None:
    """Return a time at which a situation certainly held: it had begun by one day and lasted until another."""
    begun, going_on = bounds.get(_BOUNDS[1]), bounds.get(_BOUNDS[2])
    if begun is None or going_on is None:
        return None
    return Time(begun, DAY) if begun < going_on else _between(going_on, begun)


def _between(first: date | None, last: date | None) -> Time | None:
    """Return the day, the month or the year in which both days lie."""
    if first is None or last is None or first > last or first.year != last.year:
        return None
    if first == last:
        return Time(first, DAY)
    return Time(first, MONTH) if first.month == last.month else Time(first, YEAR)
