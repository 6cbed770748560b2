"""Meetings, and the situations of states: memberships, presidencies, suspensions; and where places are.

Each is read from a graph once, since a release never changes.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date

from cstokg.web.content import periods
from cstokg.web.content.catalogue import Catalogue
from cstokg.web.content.graph import Graph, once, period, text
from cstokg.web.content.periods import Period
from cstokg.web.content.statements import Statement, statements_by_iri
from cstokg.web.content.testimonies import BY_EDITORS

_NO_TIME = "time not given"
_MEETINGS = f"""\
SELECT * WHERE {{
  ?record a ckg:Meeting
  BIND (EXISTS {{ ?record a ckg:HeldMeeting }} AS ?held)
  BIND (EXISTS {{ ?record a ckg:AnnouncedMeeting }} AS ?announced)
  OPTIONAL {{ ?record ckg:onDate ?day }}
  {periods.bounds_of("record")}
  OPTIONAL {{ ?record ckg:heldIn ?place }}
  # That a plan was realised is a conclusion of the editors, which the graph does not assert.
  OPTIONAL {{
    ?claim rdf:predicate ckg:realisesPlan ; rdf:object ?record ; rdf:subject ?outcome .
    ?outcome a ckg:HeldMeeting
    FILTER NOT EXISTS {{ ?claim ckg:rank rank:deprecated }}
  }}
  OPTIONAL {{
    ?conclusion rdf:predicate ckg:realisesPlan ; rdf:object ?record ; rdf:subject ?same .
    ?same a ckg:Meeting
    FILTER NOT EXISTS {{ ?conclusion ckg:rank rank:deprecated }}
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
    BIND (IF (EXISTS { ?involved a ckg:ExpectedAbsence }, "absent", "state") AS ?kind)
  }
  UNION {
    ?record ckg:meetingOf ?value ; ckg:hasTestimony ?testimony .
    ?testimony ckg:supports ckg:meetingOf ; ckg:basis basis:background
    BIND ("unnamed" AS ?kind)
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
  {periods.bounds_of("record")}
}}
"""
# The records that are only announced; and the statements that are the articles' only source for a record.
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
# The comparison leaves out what is not a number.
_COORDINATES = """\
SELECT ?place ?east ?north
WHERE {
  ?place ckg:longitude ?longitude ; ckg:latitude ?latitude
  BIND (xsd:double(?longitude) AS ?east) BIND (xsd:double(?latitude) AS ?north)
  FILTER (ABS(?east) <= 180 && ABS(?north) <= 90)
}
"""


@dataclass(frozen=True, slots=True)
class Meeting:
    """A meeting that was held, announced or both.

    Attributes:
        outcome: the meeting held that a plan became, if the editors conclude so.
        same: the other plan for the same meeting, if the editors conclude so.
        unnamed_organs: those of its organs that no article names; the editors know them from elsewhere.
        states: the states in which it was or was to be held, and those for which somebody is named as a
            participant, past or expected.
        absent: the states for which an article says that nobody will come.
        hosts: the states in which it was or was to be held.
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
    unnamed_organs: frozenset[str] = frozenset()
    states: frozenset[str] = frozenset()
    absent: frozenset[str] = frozenset()
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
class Situation:
    """A membership, a presidency or a suspension of a state.

    Attributes:
        kind: which of the three.
        announced: whether it is only announced, and no article reports it.
        said_by: the statements that are the articles' only source for it; none if an article says it itself.
    """

    iri: str
    kind: str
    state: str
    body: str
    period: Period
    announced: bool = False
    said_by: tuple[Statement, ...] = ()

    @property
    def when(self) -> str:
        """The period in words."""
        return (self.period.planned_words if self.announced else self.period.words) or _NO_TIME


@once
def read_meetings(graph: Graph) -> tuple[Meeting, ...]:
    """Return the meetings, the oldest first."""
    by_iri: dict[str, Meeting] = {}
    for row in graph.select(_MEETINGS):
        iri = row["record"].value
        by_iri[iri] = Meeting(
            iri,
            row["held"].value == "true",
            row["announced"].value == "true",
            periods.read_day(text(row, "day")),
            period(row),
            text(row, "place"),
            text(row, "outcome"),
            text(row, "same"),
        )
    for row in graph.select(_LINKS_OF_MEETINGS):
        meeting, value = by_iri[row["record"].value], row["value"].value
        if row["kind"].value == "organ":
            by_iri[meeting.iri] = replace(meeting, organs=tuple(sorted({*meeting.organs, value})))
        elif row["kind"].value in ("state", "host"):
            hosts = meeting.hosts | {value} if row["kind"].value == "host" else meeting.hosts
            by_iri[meeting.iri] = replace(meeting, states=meeting.states | {value}, hosts=hosts)
        elif row["kind"].value == "absent":
            by_iri[meeting.iri] = replace(meeting, absent=meeting.absent | {value})
        elif row["kind"].value == "unnamed":
            by_iri[meeting.iri] = replace(meeting, unnamed_organs=meeting.unnamed_organs | {value})
        else:
            by_iri[meeting.iri] = replace(meeting, topics=meeting.topics | {value})
    return tuple(sorted(by_iri.values(), key=lambda meeting: (meeting.first_day, meeting.iri)))


@once
def unconfirmed_meetings(graph: Graph) -> Mapping[str, Meeting]:
    """Return, by their IRIs, the meetings that no article reports as held."""
    return {meeting.iri: meeting for meeting in read_meetings(graph) if not meeting.held}


def organs_in_words(catalogue: Catalogue, meeting: Meeting) -> list[str]:
    """Return the names of the organs of a meeting; those that only the editors know of are marked."""
    return [
        catalogue.label(organ) + (BY_EDITORS if organ in meeting.unnamed_organs else "")
        for organ in meeting.organs
    ]


def counted_once(meetings: Iterable[Meeting]) -> tuple[list[Meeting], list[Meeting], list[Meeting]]:
    """Return the meetings held, those only announced, and the plans that are left out.

    A plan is left out if the editors conclude that it is for another of the meetings.
    """
    among = list(meetings)
    iris = {meeting.iri for meeting in among}
    again = {meeting.iri for meeting in among if iris & {meeting.outcome, meeting.same}}
    held = [meeting for meeting in among if meeting.held]
    plans = [meeting for meeting in among if not meeting.held]
    announced = [meeting for meeting in plans if meeting.iri not in again]
    return held, announced, [meeting for meeting in plans if meeting.iri in again]


@once
def read_situations(graph: Graph) -> tuple[Situation, ...]:
    """Return the memberships, presidencies and suspensions, the oldest first."""
    planned = {row["record"].value for row in graph.select(_PLANNED_SITUATIONS)}
    by_iri, said = statements_by_iri(graph), graph.pairs(_SAID_SITUATIONS)
    rows = [
        Situation(
            iri := row["record"].value,
            row["kind"].value,
            row["state"].value,
            row["body"].value,
            period(row),
            iri in planned,
            tuple(by_iri[statement] for statement in said.get(iri, ()) if statement in by_iri),
        )
        for row in graph.select(_SITUATIONS)
    ]
    return tuple(sorted(rows, key=lambda row: (row.period.known_dates[:1] or [date.max], row.iri)))


@once
def larger_places(graph: Graph) -> dict[str, str]:
    """Return, by place, the larger place that contains it, if the graph says so."""
    larger = graph.pairs("SELECT ?place ?larger WHERE { ?place ckg:locatedIn ?larger }")
    return {place: places[-1] for place, places in larger.items()}


@once
def coordinates_of_places(graph: Graph) -> dict[str, tuple[float, float]]:
    """Return the degrees of longitude and latitude of each place that has them, by its IRI."""
    rows = graph.select(_COORDINATES)
    return {row["place"].value: (float(row["east"].value), float(row["north"].value)) for row in rows}


@once
def states_of_places(graph: Graph) -> dict[str, str]:
    """Return the state in which each place lies, if the graph says so."""
    states = graph.pairs("SELECT ?place ?state WHERE { ?place ckg:inState ?state }")
    return {place: iris[-1] for place, iris in states.items()}
