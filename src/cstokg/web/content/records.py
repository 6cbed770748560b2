"""The records that figures and pages count and compare: meetings, situations, statements.

Each is read from a graph once, since a release never changes. States and topics by which records are
narrowed are given by the last steps of their IRIs; an empty step or year is no limit.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

from cstokg import namespaces
from cstokg.web.content import periods
from cstokg.web.content.catalogue import Term, natural
from cstokg.web.content.graph import Graph, Row, once
from cstokg.web.content.periods import Period

NONE = "none"  # stands for a value that no article gives
STATE, TOPIC = f"{namespaces.ID}state/", f"{namespaces.ID}concept/topic/"

_NO_TIME = "time not given"
_VARIABLES = tuple(name.partition(":")[2] for name in periods.BOUNDS)
_BOUNDS = " ".join(
    f"OPTIONAL {{ ?record {name} ?{variable} }}"
    for name, variable in zip(periods.BOUNDS, _VARIABLES, strict=True)
)
_MEETINGS = f"""\
SELECT * WHERE {{
  ?record a ckg:Meeting
  BIND (EXISTS {{ ?record a ckg:HeldMeeting }} AS ?held)
  BIND (EXISTS {{ ?record a ckg:AnnouncedMeeting }} AS ?announced)
  OPTIONAL {{ ?record ckg:onDate ?day }}
  {_BOUNDS}
  OPTIONAL {{ ?record ckg:heldIn ?place }}
  # That a plan was realised is a conclusion of the editors, which the graph does not assert.
  OPTIONAL {{
    ?claim rdf:predicate ckg:realisesPlan ; rdf:object ?record ; rdf:subject ?outcome .
    ?outcome a ckg:HeldMeeting
    FILTER NOT EXISTS {{ ?claim ckg:rank rank:deprecated }}
  }}
  OPTIONAL {{
    ?presumption rdf:predicate ckg:realisesPlan ; rdf:object ?record ; rdf:subject ?same .
    ?same a ckg:Meeting
    FILTER NOT EXISTS {{ ?presumption ckg:rank rank:deprecated }}
    FILTER NOT EXISTS {{ ?same a ckg:HeldMeeting }}
  }}
}}
"""
_LINKS_OF_MEETINGS = """\
SELECT DISTINCT ?record ?kind ?value WHERE {
  ?record a ckg:Meeting
  { ?record ckg:meetingOf ?value BIND ("organ" AS ?kind) }
  UNION { ?record ckg:hostState ?value BIND ("host" AS ?kind) }
  UNION {
    ?involved ckg:atMeeting ?record ; ckg:onBehalfOf|ckg:participant ?value . ?value a ckg:State
    BIND ("state" AS ?kind)
  }
  UNION { ?item ckg:agendaItemOf|ckg:expectedAgendaItemOf ?record ; ckg:topic ?value BIND ("topic" AS ?kind) }
  UNION { ?said ckg:statedAt ?record ; ckg:topic ?value BIND ("topic" AS ?kind) }
}
"""
_SITUATIONS = f"""\
SELECT * WHERE {{
  {{ ?record ckg:member ?state ; ckg:membershipIn ?body BIND ("membership" AS ?kind) }}
  UNION {{ ?record ckg:presidingState ?state ; ckg:presidencyOf ?body BIND ("presidency" AS ?kind) }}
  UNION {{
    ?record ckg:suspends ?membership . ?membership ckg:member ?state ; ckg:membershipIn ?body
    BIND ("suspension" AS ?kind)
  }}
  {_BOUNDS}
}}
"""
# What is only announced, and by whose statements alone the articles know of a situation.
_PLANNED_SITUATIONS = """\
SELECT DISTINCT ?record
WHERE {
  ?record ckg:hasTestimony/ckg:modality ?how
  FILTER (?how IN (modality:announced, modality:expected, modality:intended))
  FILTER NOT EXISTS {
    ?record ckg:hasTestimony ?testimony . ?testimony ckg:modality modality:reported-fact
    FILTER NOT EXISTS { ?testimony ckg:accordingTo ?statement }
  }
}
"""
_SAID_SITUATIONS = """\
SELECT DISTINCT ?record ?statement
WHERE {
  ?record ckg:hasTestimony/ckg:accordingTo ?statement . ?statement a ckg:Statement
  FILTER NOT EXISTS {
    ?record ckg:hasTestimony ?testimony . ?testimony ckg:modality ?modality
    FILTER NOT EXISTS { ?testimony ckg:accordingTo ?other }
  }
}
ORDER BY ?record ?statement
"""
_STATEMENTS = "SELECT ?s ?p ?o WHERE { ?s a ckg:Statement ; ?p ?o }"
_TELLERS = """\
SELECT DISTINCT ?statement ?teller
WHERE { ?statement a ckg:Statement ; ckg:hasTestimony/ckg:accordingTo ?teller . ?teller a ckg:Statement }
ORDER BY ?statement ?teller
"""
# A record that an article also gives in its own voice rests on no statement.
_SOURCES = """\
SELECT DISTINCT ?record ?statement
WHERE {
  ?record ckg:hasTestimony ?testimony . ?testimony ckg:supports rdf:type ; ckg:accordingTo ?statement
  FILTER NOT EXISTS {
    ?record ckg:hasTestimony ?own . ?own ckg:supports rdf:type
    FILTER NOT EXISTS { ?own ckg:accordingTo ?any }
  }
}
ORDER BY ?record ?statement
"""
_DAYS_OF_EVENTS = "SELECT ?event ?day WHERE { ?event a ckg:Event ; ckg:onDate ?day }"
_PUBLISHERS = "SELECT ?article ?outlet WHERE { ?article a ckg:Article ; dcterms:publisher ?outlet }"
_BODIES_OF_STATES = "SELECT ?body ?state WHERE { ?body ckg:organOf ?state . ?state a ckg:State }"
# People who take part or speak in a post in which the same article says that they are only acting.
IN_POST = """\
?tenure ckg:holder ?person ; ckg:tenurePost ?post ; ckg:reportedIn ?article .
  ?record ckg:attendee|ckg:participant|ckg:speaker ?person ; ckg:inCapacityOf ?post ;
    ckg:reportedIn ?article .
"""
_ACTING = f"SELECT DISTINCT ?record WHERE {{ ?tenure ckg:acting true . {IN_POST} }}"
# What is no number is left out by the comparison.
_COORDINATES = """\
SELECT ?place ?east ?north
WHERE {
  ?place ckg:longitude ?longitude ; ckg:latitude ?latitude
  BIND (xsd:double(?longitude) AS ?east) BIND (xsd:double(?latitude) AS ?north)
  FILTER (ABS(?east) <= 180 && ABS(?north) <= 90)
}
"""
Triples = dict[str, dict[Term, None]]  # objects by predicate


@dataclass(frozen=True, slots=True)
class Meeting:
    """A meeting that was held, announced or both.

    Attributes:
        outcome: the meeting held that a plan became, if the editors conclude so.
        same: the other plan for the same meeting, if the editors presume so.
        states: those in which it was or was to be, or for which somebody is named.
        hosts: those in which it was or was to be, by its place.
    """

    iri: str
    held: bool
    announced: bool
    day: date | None
    period: Period
    place: str = ""
    outcome: str = ""
    same: str = ""
    organs: tuple[str, ...] = ()
    states: frozenset[str] = frozenset()
    hosts: frozenset[str] = frozenset()
    topics: frozenset[str] = frozenset()

    @property
    def standing(self) -> str:
        """Whether it was held, announced or both, in words."""
        if self.held:
            return "held, also announced" if self.announced else "held"
        return "announced; held later (the editors' conclusion)" if self.outcome else "announced"

    @property
    def when(self) -> str:
        """The day or the period in words."""
        if self.day:
            return periods.day(self.day.isoformat())
        return self.period.words or _NO_TIME

    @property
    def first_day(self) -> date:
        """The earliest day that is known, to sort by; far in the future if none is known."""
        known = self.period.known_dates
        return self.day or (known[0] if known else date.max)

    def overlaps(self, first_year: str, last_year: str) -> bool:
        """Return whether its day, or the time between its known bounds, is in these years."""
        if self.day:
            year = self.day.year
            return (not first_year or year >= int(first_year)) and (not last_year or year <= int(last_year))
        return self.period.overlaps(first_year, last_year)


@dataclass(frozen=True, slots=True)
class Saying:
    """A statement through which alone the articles know of something.

    Attributes:
        speaker: who made it.
        day: the day on which it was said, as the graph writes days; empty if only a period is known.
        period: within which it was said.
    """

    speaker: str
    day: str
    period: Period

    @property
    def when(self) -> str:
        """The day or the period in words; empty if neither is known."""
        return periods.day(self.day) if self.day else self.period.words

    @property
    def known_dates(self) -> list[date]:
        """The day, or the bounds that are known, the earliest first."""
        said = periods.read_day(self.day)
        return [said] if said else self.period.known_dates


@dataclass(frozen=True, slots=True)
class Situation:
    """A membership, a presidency or a suspension of a state.

    Attributes:
        kind: which of the three.
        announced: whether it is only announced, and no article reports it.
        sayings: the statements by which alone the articles know of it; none where an article itself tells it.
    """

    iri: str
    kind: str
    state: str
    body: str
    period: Period
    announced: bool = False
    sayings: tuple[Saying, ...] = ()

    @property
    def when(self) -> str:
        """The period in words."""
        return (self.period.planned_words if self.announced else self.period.words) or _NO_TIME


@dataclass(frozen=True)
class Statement:
    """A statement that an article reports.

    Attributes:
        iri: the statement.
        triples: what the graph says of it, by predicate.
        day: the day on which it was said, or on which the event was at which it was said; else empty.
        body_states: the states whose bodies speak.
        relayed: the speakers whose words it passes on.
        tellers: the statements of others through which alone the articles know of it.
        told_via: the outlets through which the articles have those.
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

    def values(self, name: str) -> tuple[str, ...]:
        """Return the values of a property given as ``prefix:name``, in a fixed order."""
        terms = sorted(self.triples.get(namespaces.expand(name), ()), key=lambda term: term.order)
        return tuple(term.value for term in terms)

    @cached_property
    def paraphrase(self) -> str:
        """The content in the editors' words."""
        return next(iter(self.values("ckg:paraphrase")), "")

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
    def first_day(self) -> date | None:
        """The first day that is known of it, to sort by; None if none is."""
        return periods.read_day(self.day) or next(iter(self.period.known_dates), None)

    @cached_property
    def outlets(self) -> tuple[str, ...]:
        """The outlets through which it came, or ``none``; then the others that publish it."""
        through = self.values("ckg:reportedVia") or self.told_via or (NONE,)
        return (*through, *(outlet for outlet in self.publishers if outlet not in through))

    def of(self, facet: str) -> tuple[str, ...]:
        """Return the values of a facet: IRIs, years, or ``none``."""
        if facet == "outlet":
            return self.outlets
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
def meetings(graph: Graph) -> tuple[Meeting, ...]:
    """Return the meetings, the oldest first."""
    by_iri: dict[str, Meeting] = {}
    for row in graph.select(_MEETINGS):
        iri = row["record"].value
        by_iri[iri] = Meeting(
            iri,
            row["held"].value == "true",
            row["announced"].value == "true",
            periods.read_day(row["day"].value) if "day" in row else None,
            _period(row),
            row["place"].value if "place" in row else "",
            row["outcome"].value if "outcome" in row else "",
            row["same"].value if "same" in row else "",
        )
    for row in graph.select(_LINKS_OF_MEETINGS):
        meeting, value = by_iri[row["record"].value], row["value"].value
        if row["kind"].value == "organ":
            by_iri[meeting.iri] = replace(meeting, organs=tuple(sorted({*meeting.organs, value})))
        elif row["kind"].value in ("state", "host"):
            hosts = meeting.hosts | {value} if row["kind"].value == "host" else meeting.hosts
            by_iri[meeting.iri] = replace(meeting, states=meeting.states | {value}, hosts=hosts)
        else:
            by_iri[meeting.iri] = replace(meeting, topics=meeting.topics | {value})
    return tuple(sorted(by_iri.values(), key=lambda meeting: (meeting.first_day, meeting.iri)))


def narrow_meetings(graph: Graph, state: str, topic: str, first_year: str, last_year: str) -> list[Meeting]:
    """Return the meetings that a state hosted or took part in and that took up a topic or a narrower one."""
    topics = narrower_topics(graph, topic)
    return [
        meeting
        for meeting in meetings(graph)
        if (not state or STATE + state in meeting.states)
        and (not topic or meeting.topics & topics)
        and meeting.overlaps(first_year, last_year)
    ]


@once
def situations(graph: Graph) -> tuple[Situation, ...]:
    """Return the memberships, presidencies and suspensions, the oldest first."""
    planned = {row["record"].value for row in graph.select(_PLANNED_SITUATIONS)}
    by_iri = {statement.iri: statement for statement in statements(graph)}
    sayings: dict[str, list[Saying]] = defaultdict(list)
    for row in graph.select(_SAID_SITUATIONS):
        if statement := by_iri.get(row["statement"].value):
            bounds = (next(iter(statement.values(name)), "") for name in periods.BOUNDS)
            saying = Saying(statement.speakers[0], statement.day, Period(*bounds))
            sayings[row["record"].value].append(saying)
    rows = [
        Situation(
            iri := row["record"].value,
            row["kind"].value,
            row["state"].value,
            row["body"].value,
            _period(row),
            iri in planned,
            tuple(dict.fromkeys(sayings[iri])),
        )
        for row in graph.select(_SITUATIONS)
    ]
    return tuple(sorted(rows, key=lambda row: (row.period.known_dates[:1] or [date.max], row.iri)))


def narrow_situations(graph: Graph, state: str, first_year: str, last_year: str) -> list[Situation]:
    """Return the situations of a state."""
    return [
        situation
        for situation in situations(graph)
        if (not state or situation.state == STATE + state)
        and situation.period.overlaps(first_year, last_year)
    ]


@once
def statements(graph: Graph) -> tuple[Statement, ...]:
    """Return the statements, in the order of the articles' texts."""
    triples_of: dict[str, Triples] = defaultdict(lambda: defaultdict(dict))
    for row in graph.select(_STATEMENTS):
        triples_of[row["s"].value][row["p"].value][row["o"]] = None
    days = {row["event"].value: row["day"].value for row in graph.select(_DAYS_OF_EVENTS)}
    states = {row["body"].value: row["state"].value for row in graph.select(_BODIES_OF_STATES)}
    publishers: dict[str, set[str]] = defaultdict(set)
    for row in graph.select(_PUBLISHERS):
        publishers[row["article"].value].add(row["outlet"].value)
    speaker, reported_in = namespaces.expand("ckg:speaker"), namespaces.expand("ckg:reportedIn")
    rows = [
        Statement(
            iri,
            dict(triples),
            _day_said(triples, days),
            tuple(states[term.value] for term in triples.get(speaker, ()) if term.value in states),
            publishers=tuple(
                sorted(
                    {
                        outlet
                        for term in triples.get(reported_in, ())
                        for outlet in publishers.get(term.value, ())
                    }
                )
            ),
        )
        for iri, triples in triples_of.items()
    ]
    speakers = {row.iri: row.speakers[0] for row in rows}
    outlets = {row.iri: row.values("ckg:reportedVia") for row in rows}
    tellers: dict[str, list[str]] = defaultdict(list)
    for found in graph.select(_TELLERS):
        tellers[found["statement"].value].append(found["teller"].value)
    rows = [
        replace(
            row,
            relayed=tuple(sorted({speakers[iri] for iri in row.values("ckg:relays") if iri in speakers})),
            tellers=tuple(tellers[row.iri]),
            told_via=tuple(dict.fromkeys(iri for teller in tellers[row.iri] for iri in outlets[teller])),
        )
        for row in rows
    ]
    return tuple(sorted(rows, key=lambda row: (natural(" ".join(row.spans[-1:])), natural(row.iri))))


@once
def statements_by_iri(graph: Graph) -> Mapping[str, Statement]:
    """Return the statements by their IRIs."""
    return {statement.iri: statement for statement in statements(graph)}


def speakers_in(graph: Graph, iris: Iterable[str]) -> list[str]:
    """Return the speakers of those records that are statements, each once."""
    by_iri = statements_by_iri(graph)
    speakers = (speaker for iri in iris if iri in by_iri for speaker in by_iri[iri].speakers)
    return [speaker for speaker in dict.fromkeys(speakers) if speaker != NONE]


@once
def tellers(graph: Graph) -> Mapping[str, Sequence[Statement]]:
    """Return, by statement, the statements of others through which alone the articles know of it."""
    by_iri = statements_by_iri(graph)
    return {iri: [by_iri[teller] for teller in row.tellers] for iri, row in by_iri.items()}


@once
def sources(graph: Graph) -> Mapping[str, Sequence[str]]:
    """Return, by record, the statements through which alone the articles know of it."""
    by_record: dict[str, list[str]] = defaultdict(list)
    for row in graph.select(_SOURCES):
        by_record[row["record"].value].append(row["statement"].value)
    return by_record


def narrow_statements(
    graph: Graph, state: str, topic: str, first_year: str, last_year: str
) -> list[Statement]:
    """Return the statements for a state on a topic or a narrower one; years leave out what has no time."""
    topics = narrower_topics(graph, topic)
    return [
        statement
        for statement in statements(graph)
        if (not state or STATE + state in statement.states)
        and (not topic or topics.intersection(statement.of("topic")))
        and (not (first_year or last_year) or years_between(statement, first_year, last_year))
    ]


def years_between(statement: Statement, first_year: str, last_year: str) -> list[str]:
    """Return those years of a statement that are between two others; none where no year is known."""
    return [
        year
        for year in statement.years
        if year != NONE and year >= first_year and (not last_year or year <= last_year)
    ]


@once
def broader_topics(graph: Graph) -> tuple[tuple[str, str], ...]:
    """Return pairs of a topic and a broader one, in a fixed order."""
    rows = graph.select("SELECT ?topic ?broader WHERE { ?topic skos:broader ?broader }")
    return tuple(sorted((row["topic"].value, row["broader"].value) for row in rows))


def narrower_topics(graph: Graph, topic: str) -> set[str]:
    """Return the IRIs of a topic and of all narrower ones; an empty set for no topic."""
    iris, waiting = set[str](), [TOPIC + topic] if topic else []
    while waiting:
        iri = waiting.pop()
        if iri not in iris:
            iris.add(iri)
            waiting += [narrower for narrower, broader in broader_topics(graph) if broader == iri]
    return iris


def broadest_topic(graph: Graph, topic: str) -> str:
    """Return the IRI of the topic at the top of the list under which a topic stands."""
    broader, passed = dict(broader_topics(graph)), set[str]()
    while topic in broader and topic not in passed:
        passed.add(topic)
        topic = broader[topic]
    return topic


@once
def larger_places(graph: Graph) -> dict[str, str]:
    """Return, by place, the larger place that contains it, if the graph says so."""
    rows = graph.select("SELECT ?place ?larger WHERE { ?place ckg:locatedIn ?larger }")
    return {row["place"].value: row["larger"].value for row in rows}


@once
def coordinates(graph: Graph) -> dict[str, tuple[float, float]]:
    """Return the degrees of longitude and latitude of each place that has them, by its IRI."""
    rows = graph.select(_COORDINATES)
    return {row["place"].value: (float(row["east"].value), float(row["north"].value)) for row in rows}


@once
def acting(graph: Graph) -> frozenset[str]:
    """Return the attendances, expectations and statements of people who only act in the post they name."""
    return frozenset(row["record"].value for row in graph.select(_ACTING))


@once
def states_of_places(graph: Graph) -> dict[str, str]:
    """Return the state in which each place lies, if the graph says so."""
    rows = graph.select("SELECT ?place ?state WHERE { ?place ckg:inState ?state }")
    return {row["place"].value: row["state"].value for row in rows}


def _period(row: Row) -> Period:
    return Period(*(row[name].value if name in row else "" for name in _VARIABLES))


def _day_said(triples: Triples, days: dict[str, str]) -> str:
    if own := triples.get(namespaces.expand("ckg:onDate")):
        return min(term.value for term in own)
    events = triples.get(namespaces.expand("ckg:statedAt"), {})
    return min((days[term.value] for term in events if term.value in days), default="")
