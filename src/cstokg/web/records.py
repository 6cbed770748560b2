"""The records that figures show: meetings, and what lasts for some time."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from cstokg import namespaces
from cstokg.web import periods
from cstokg.web.figures import choices
from cstokg.web.graph import Graph, Row
from cstokg.web.remembered import once

_TIMES = """
  OPTIONAL { ?record ckg:startNotBefore ?a } OPTIONAL { ?record ckg:startNotAfter ?b }
  OPTIONAL { ?record ckg:endNotBefore ?c } OPTIONAL { ?record ckg:endNotAfter ?d }
"""
_MEETINGS = f"""\
SELECT * WHERE {{
  ?record a ckg:Meeting
  BIND (EXISTS {{ ?record a ckg:HeldMeeting }} AS ?held)
  BIND (EXISTS {{ ?record a ckg:AnnouncedMeeting }} AS ?announced)
  OPTIONAL {{ ?record ckg:onDate ?day }}
  {_TIMES}
  OPTIONAL {{ ?record ckg:heldIn ?place }}
  OPTIONAL {{ ?outcome ckg:realisesPlan ?record }}
}}
"""
_LINKS = """\
SELECT DISTINCT ?record ?kind ?value WHERE {
  ?record a ckg:Meeting
  { ?record ckg:meetingOf ?value BIND ("organ" AS ?kind) }
  UNION { ?record ckg:hostState ?value BIND ("state" AS ?kind) }
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
  {_TIMES}
}}
"""
_BROADER = "SELECT ?topic ?broader WHERE { ?topic skos:broader ?broader }"


@dataclass(frozen=True, slots=True)
class Times:
    """The four bounds of a time: it began between two days and ended between two; each may be unknown."""

    start_after: date | None = None
    start_by: date | None = None
    end_after: date | None = None
    end_by: date | None = None

    @property
    def known(self) -> list[date]:
        """The bounds that are known, in order."""
        return sorted(bound for bound in self.bounds if bound)

    @property
    def bounds(self) -> tuple[date | None, date | None, date | None, date | None]:
        """All four."""
        return self.start_after, self.start_by, self.end_after, self.end_by

    @property
    def words(self) -> str:
        """The time in words."""
        texts = [bound.isoformat() if bound else "" for bound in self.bounds]
        return periods.period((texts[0], texts[1]), (texts[2], texts[3])) if any(texts) else "time not given"

    def overlaps(self, first: str, last: str) -> bool:
        """Whether something is known of it in the years from the first to the last; either may be empty."""
        if not self.known:
            return not first and not last
        begins, ends = self.known[0].year, self.known[-1].year
        return (not last or begins <= int(last)) and (not first or ends >= int(first))


@dataclass(frozen=True, slots=True)
class Meeting:
    """A meeting: held, announced or both; a plan that came true names the meeting that it became."""

    iri: str
    held: bool
    announced: bool
    day: date | None
    times: Times
    place: str = ""
    outcome: str = ""
    organs: tuple[str, ...] = ()
    states: frozenset[str] = frozenset()
    topics: frozenset[str] = frozenset()

    @property
    def standing(self) -> str:
        """Held, announced or both, in words."""
        if self.held:
            return "held, also announced" if self.announced else "held"
        return "announced; a meeting held later is taken for it" if self.outcome else "announced"

    @property
    def when(self) -> str:
        """The day or the time in words."""
        if self.day:
            return periods.day(self.day.isoformat())
        first, _, _, last = self.times.bounds
        if len(self.times.known) == 2 and first and last:
            return periods.between(first.isoformat(), last.isoformat())
        return self.times.words

    @property
    def middle(self) -> date:
        """A day to sort by."""
        known = self.times.known
        return self.day or (known[0] if known else date.max)

    def overlaps(self, first: str, last: str) -> bool:
        """Whether it can lie in some of the years from the first to the last."""
        if self.day:
            return (not first or self.day.year >= int(first)) and (not last or self.day.year <= int(last))
        return self.times.overlaps(first, last)


@dataclass(frozen=True, slots=True)
class Situation:
    """A membership, a presidency or a suspension of a state."""

    iri: str
    kind: str
    state: str
    body: str
    times: Times


@once
def meetings(graph: Graph) -> tuple[Meeting, ...]:
    """The meetings, oldest first."""
    found: dict[str, Meeting] = {}
    for row in graph.select(_MEETINGS):
        found[row["record"].value] = Meeting(
            row["record"].value,
            row["held"].value == "true",
            row["announced"].value == "true",
            _date(row, "day"),
            _times(row),
            row["place"].value if "place" in row else "",
            row["outcome"].value if "outcome" in row else "",
        )
    for row in graph.select(_LINKS):
        meeting, value = found[row["record"].value], row["value"].value
        if row["kind"].value == "organ":
            found[meeting.iri] = replace(meeting, organs=tuple(sorted({*meeting.organs, value})))
        elif row["kind"].value == "state":
            found[meeting.iri] = replace(meeting, states=meeting.states | {value})
        else:
            found[meeting.iri] = replace(meeting, topics=meeting.topics | {value})
    return tuple(sorted(found.values(), key=lambda meeting: (meeting.middle, meeting.iri)))


def narrowed(
    graph: Graph, found: Sequence[Meeting], state: str, topic: str, first: str, last: str
) -> list[Meeting]:
    """The meetings that a state hosted or took part in, that took up a topic or a narrower one.

    State and topic are the last steps of their IRIs; what is empty does not count.
    """
    topics = choices.within(broader(graph), choices.topic_iri(topic)) if topic else set()
    return [
        meeting
        for meeting in found
        if (not state or choices.state_iri(state) in meeting.states)
        and (not topic or meeting.topics & topics)
        and meeting.overlaps(first, last)
    ]


@once
def situations(graph: Graph) -> tuple[Situation, ...]:
    """The memberships, presidencies and suspensions, oldest first."""
    found = [
        Situation(row["record"].value, row["kind"].value, row["state"].value, row["body"].value, _times(row))
        for row in graph.select(_SITUATIONS)
    ]
    return tuple(sorted(found, key=lambda one: (one.times.known[:1] or [date.max], one.iri)))


@once
def broader(graph: Graph) -> tuple[tuple[str, str], ...]:
    """Each topic with its broader one."""
    return tuple(sorted((row["topic"].value, row["broader"].value) for row in graph.select(_BROADER)))


@once
def place_steps(graph: Graph) -> dict[str, str]:
    """The larger place in which each place lies, where the graph says."""
    rows = graph.select("SELECT ?place ?larger WHERE { ?place ckg:locatedIn ?larger }")
    return {row["place"].value: row["larger"].value for row in rows}


def step(iri: str) -> str:
    """An IRI without what all of ours begin with."""
    return iri.removeprefix(namespaces.ID)


def _times(row: Row) -> Times:
    return Times(*(_date(row, name) for name in "abcd"))


def _date(row: Row, name: str) -> date | None:
    try:
        return date.fromisoformat(row[name].value) if name in row else None
    except ValueError:
        return None
