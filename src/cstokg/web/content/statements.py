"""The statements that articles report: who made them, when, on which topics, and who tells of them.

They are read from a graph once, since a release never changes.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

from cstokg import namespaces
from cstokg.web.content import periods
from cstokg.web.content.catalogue import Term, natural
from cstokg.web.content.graph import Description, Graph, once, text
from cstokg.web.content.periods import Period

NONE = "none"  # stands for a value that no article gives
STATE, TOPIC = f"{namespaces.ID}state/", f"{namespaces.ID}concept/topic/"

_STATEMENTS = "SELECT ?s ?p ?o WHERE { ?s a ckg:Statement ; ?p ?o }"
_TELLERS = """\
SELECT DISTINCT ?statement ?teller
WHERE { ?statement a ckg:Statement ; ckg:hasTestimony/ckg:accordingTo ?teller . ?teller a ckg:Statement }
ORDER BY ?statement ?teller
"""
# A record that an article also gives in its own voice has no other source.
_SOURCES = """\
SELECT DISTINCT ?record ?source
WHERE {
  ?record ckg:hasTestimony ?testimony . ?testimony ckg:supports rdf:type
  { ?testimony ckg:accordingTo ?source }
  UNION
  { ?testimony ckg:reportedVia ?source FILTER NOT EXISTS { ?testimony ckg:accordingTo ?statement } }
  FILTER NOT EXISTS {
    ?record ckg:hasTestimony ?own . ?own ckg:supports rdf:type
    FILTER NOT EXISTS { ?own ckg:accordingTo|ckg:reportedVia ?any }
  }
}
ORDER BY ?record ?source
"""
_BROADER = "SELECT ?topic ?broader WHERE { ?topic skos:broader ?broader } ORDER BY ?topic ?broader"
_DAYS_OF_EVENTS = "SELECT ?event ?day WHERE { ?event a ckg:Event ; ckg:onDate ?day }"
_PUBLISHERS = "SELECT ?article ?outlet WHERE { ?article a ckg:Article ; dcterms:publisher ?outlet }"
_STATES_OF_BODIES = "SELECT ?body ?state WHERE { ?body ckg:organOf ?state . ?state a ckg:State }"
# The records in which people take part or speak in a post that, by the same article, they hold in a tenure.
IN_POST = """\
?tenure ckg:holder ?person ; ckg:tenurePost ?post ; ckg:reportedIn ?article .
  ?record ckg:attendee|ckg:participant|ckg:speaker ?person ; ckg:inCapacityOf ?post ;
    ckg:reportedIn ?article .
"""
_ACTING = f"""\
SELECT DISTINCT ?record ?span
WHERE {{
  ?tenure ckg:acting true . {IN_POST}
  OPTIONAL {{ ?tenure ckg:hasTestimony ?testimony . ?testimony ckg:supports ckg:acting ; ckg:evidence ?span }}
}}
ORDER BY ?record ?span
"""
_TENURES = f"""\
SELECT *
WHERE {{
  ?tenure ckg:holder ?person ; ckg:tenurePost ?post
  OPTIONAL {{ ?tenure ckg:acting ?acting }}
  {periods.bounds_of("tenure")}
}}
ORDER BY ?person ?post ?tenure
"""
# Statements whose day or occasion an article implies and no article states.
_IMPLIED = """\
SELECT DISTINCT ?statement ?property
WHERE {
  VALUES ?property { ckg:onDate ckg:statedAt }
  ?statement a ckg:Statement ; ckg:hasTestimony ?testimony .
  ?testimony ckg:supports ?property ; ckg:basis basis:implied
  FILTER NOT EXISTS {
    ?statement ckg:hasTestimony ?other . ?other ckg:supports ?property ; ckg:basis basis:stated
  }
}
"""
_ON_DATE, _STATED_AT = map(namespaces.expand, ("ckg:onDate", "ckg:statedAt"))
IMPLIED = " (implied)"  # after what an article does not state
Triples = dict[str, dict[Term, None]]  # objects by predicate


@dataclass(frozen=True)
class Statement:
    """A statement that an article reports.

    Attributes:
        iri: the statement.
        triples: what the graph says of it, by predicate.
        day: the day on which it was said, or else the day of the event at which it was said; empty if neither
            is known.
        is_day_implied: whether the articles only imply that day, or only that it was said at the event.
        body_states: the states whose bodies speak.
        relayed: the speakers whose words it passes on.
        tellers: the statements of others that are the articles' only source for it.
        told_via: the outlets through which the articles have those statements.
        publishers: the outlets that publish its articles.
    """

    iri: str
    triples: Triples
    day: str
    body_states: tuple[str, ...] = ()
    relayed: tuple[str, ...] = ()
    tellers: tuple[str, ...] = ()
    told_via: tuple[str, ...] = ()
    publishers: tuple[str, ...] = ()
    is_day_implied: bool = False

    def values(self, name: str) -> tuple[str, ...]:
        """Return the values of a property given as ``prefix:name``, in a fixed order."""
        terms = sorted(self.triples.get(namespaces.expand(name), ()), key=lambda term: term.order)
        return tuple(term.value for term in terms)

    @cached_property
    def paraphrase(self) -> str:
        """The content in the editors' words."""
        return next(iter(self.values("ckg:paraphrase")), "")

    @property
    def notes(self) -> tuple[str, ...]:
        """The editors' notes."""
        return (*self.values("skos:scopeNote"), *self.values("skos:editorialNote"))

    @cached_property
    def speakers(self) -> tuple[str, ...]:
        """The speakers; where an article names only a post, the post."""
        return self.values("ckg:speaker") or self.values("ckg:inCapacityOf") or (NONE,)

    @cached_property
    def spans(self) -> tuple[str, ...]:
        """The spans that support it."""
        return tuple(sorted(self.values("ckg:evidence"), key=natural))

    @cached_property
    def states(self) -> tuple[str, ...]:
        """The states that speak, or for which a person or a body of theirs speaks."""
        iris = (*self.values("ckg:speaker"), *self.values("ckg:onBehalfOf"), *self.body_states)
        return tuple(sorted({iri for iri in iris if iri.startswith(STATE)})) or (NONE,)

    @cached_property
    def years(self) -> tuple[str, ...]:
        """The year in which it was said; without a day, those into which its bounds fall; or ``none``."""
        if day := periods.read_day(self.day):
            return (f"{day.year:04}",)
        bounds = (periods.read_day(bound) for name in periods.BOUNDS for bound in self.values(name))
        years = [bound.year for bound in bounds if bound]
        return tuple(f"{year:04}" for year in range(min(years), max(years) + 1)) if years else (NONE,)

    @cached_property
    def period(self) -> Period:
        """The bounds of the time at which it was said."""
        return Period(*(next(iter(self.values(name)), "") for name in periods.BOUNDS))

    @property
    def when(self) -> str:
        """The day, or else the time, in words; empty if no article gives it."""
        return periods.day(self.day) if self.day else self.period.words

    @property
    def when_and_how_sure(self) -> str:
        """The same, marked where the articles only imply the day."""
        return self.when + IMPLIED if self.day and self.is_day_implied else self.when

    @property
    def known_dates(self) -> list[date]:
        """The day, or else the bounds of the time that are known, the earliest first."""
        day = periods.read_day(self.day)
        return [day] if day else self.period.known_dates

    @property
    def first_day(self) -> date | None:
        """The first day that is known of it, to sort by; None if none is."""
        return next(iter(self.known_dates), None)

    @cached_property
    def outlets(self) -> tuple[str, ...]:
        """The outlets through which it came, or ``none``."""
        return self.values("ckg:reportedVia") or self.told_via or (NONE,)

    def values_of_facet(self, facet: str) -> tuple[str, ...]:
        """Return the values of a facet: IRIs, years, or ``none``."""
        if facet == "outlet":
            return self.outlets
        if facet == "publisher":
            return self.publishers or (NONE,)
        if facet == "speaker":
            return self.speakers
        if facet == "relayed":
            return self.relayed or (NONE,)
        if facet == "state":
            return self.states
        if facet == "year":
            return self.years
        return self.values(_PROPERTIES[facet]) or (NONE,)


_PROPERTIES = {
    "topic": "ckg:topic",
    "meeting": "ckg:statedAt",
    "article": "ckg:reportedIn",
    "form": "dcterms:type",
    "modality": "ckg:modality",
}


@once
def description_of_statements(graph: Graph) -> Description:
    """Return what the graph says of all statements."""
    return graph.describe(_STATEMENTS)


@once
def read_statements(graph: Graph) -> tuple[Statement, ...]:
    """Return the statements, by their IRIs."""
    days, states, publishers, tellers, implied = map(
        graph.pairs, (_DAYS_OF_EVENTS, _STATES_OF_BODIES, _PUBLISHERS, _TELLERS, _IMPLIED)
    )
    triples = description_of_statements(graph).triples
    alone = {iri: Statement(iri, about, "") for iri, about in triples.items()}
    rows = [
        replace(
            row,
            day=min(row.values("ckg:onDate") or _days_of_occasions(row, days), default=""),
            body_states=tuple(_values_of(states, row.values("ckg:speaker"))),
            relayed=tuple(
                sorted({alone[iri].speakers[0] for iri in row.values("ckg:relays") if iri in alone})
            ),
            tellers=tuple(tellers.get(row.iri, ())),
            told_via=tuple(
                dict.fromkeys(
                    outlet
                    for teller in tellers.get(row.iri, ())
                    for outlet in alone[teller].values("ckg:reportedVia")
                )
            ),
            publishers=tuple(sorted(set(_values_of(publishers, row.values("ckg:reportedIn"))))),
            is_day_implied=(_ON_DATE if row.values("ckg:onDate") else _STATED_AT) in implied.get(row.iri, ()),
        )
        for row in alone.values()
    ]
    return tuple(sorted(rows, key=lambda row: natural(row.iri)))


def _days_of_occasions(statement: Statement, days: Mapping[str, Sequence[str]]) -> list[str]:
    """Return the days of the events at which a statement was made; none if it may have been made later."""
    return [] if statement.values("ckg:endNotAfter") else _values_of(days, statement.values("ckg:statedAt"))


def _values_of(values: Mapping[str, Sequence[str]], iris: Iterable[str]) -> list[str]:
    """Return the values of some IRIs, in their order."""
    return [value for iri in iris for value in values.get(iri, ())]


@once
def statements_by_iri(graph: Graph) -> Mapping[str, Statement]:
    """Return the statements by their IRIs."""
    return {statement.iri: statement for statement in read_statements(graph)}


def speakers_in(graph: Graph, iris: Iterable[str]) -> list[str]:
    """Return the speakers of those records that are statements, each once."""
    by_iri = statements_by_iri(graph)
    speakers = (speaker for iri in iris if iri in by_iri for speaker in by_iri[iri].speakers)
    return [speaker for speaker in dict.fromkeys(speakers) if speaker != NONE]


@once
def tellers_by_statement(graph: Graph) -> Mapping[str, Sequence[Statement]]:
    """Return, by statement, the statements of others that are the articles' only source for it."""
    by_iri = statements_by_iri(graph)
    return {iri: [by_iri[teller] for teller in row.tellers] for iri, row in by_iri.items()}


def passed_on(statements: Iterable[Statement]) -> list[Statement]:
    """Return those of the statements that another of them passes on, so that they are among them twice."""
    among = list(statements)
    iris = {statement.iri for statement in among}
    return [statement for statement in among if iris.intersection(statement.tellers)]


@once
def sources_by_record(graph: Graph) -> Mapping[str, Sequence[str]]:
    """Return, by record, the statements and outlets that are the articles' only source for it."""
    return graph.pairs(_SOURCES)


@once
def broader_topics(graph: Graph) -> Mapping[str, Sequence[str]]:
    """Return, by topic, the topics directly above it, in a fixed order."""
    return graph.pairs(_BROADER)


def narrower_topics(graph: Graph, topic: str) -> set[str]:
    """Return the IRIs of a topic and of all narrower ones; an empty set for no topic."""
    iris, waiting = set[str](), [TOPIC + topic] if topic else []
    while waiting:
        iri = waiting.pop()
        if iri not in iris:
            iris.add(iri)
            waiting += [narrower for narrower, broader in broader_topics(graph).items() if iri in broader]
    return iris


def broadest_topic(graph: Graph, topic: str) -> str:
    """Return the IRI of the broadest topic above a topic, or the topic itself if there is none above."""
    broader, passed = broader_topics(graph), set[str]()
    while topic in broader and topic not in passed:
        passed.add(topic)
        topic = broader[topic][-1]
    return topic


@once
def acting_records(graph: Graph) -> Mapping[str, tuple[str, ...]]:
    """Return the attendances, expectations and statements of people who are only acting in the post named.

    Each has the spans that say so.
    """
    spans: dict[str, list[str]] = defaultdict(list)
    for row in graph.select(_ACTING):
        spans[row["record"].value] += [row["span"].value] if "span" in row else []
    return {record: tuple(iris) for record, iris in spans.items()}


@once
def implied_occasions(graph: Graph) -> frozenset[str]:
    """Return the statements whose occasion the articles only imply."""
    return frozenset(iri for iri, implied in graph.pairs(_IMPLIED).items() if _STATED_AT in implied)


@once
def posts_of_people(graph: Graph) -> Mapping[str, str]:
    """Return, by person, in which posts articles name them, acting or not, and in which years."""
    years: dict[str, dict[str, set[int]]] = defaultdict(lambda: defaultdict(set))
    for row in graph.select(_TENURES):
        acting = "acting " if text(row, "acting") == "true" else ""
        post = acting + graph.catalogue.label(row["post"].value)
        known = Period(*(text(row, name) for name in periods.VARIABLES)).known_dates
        years[row["person"].value][post].update(day.year for day in known)
    return {
        person: "; ".join(", ".join((post, *map(str, sorted(posts[post])))) for post in posts)
        for person, posts in years.items()
    }
