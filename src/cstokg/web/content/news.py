"""What a newsroom would lead with: plans that no article confirms, and the findings of the front page.

All of it is computed from the graph, so another release brings other findings.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from cstokg import namespaces
from cstokg.web.content import conflicts, footnotes, passages, periods
from cstokg.web.content.articles import names_of_articles
from cstokg.web.content.catalogue import natural
from cstokg.web.content.graph import Graph, once, period, text
from cstokg.web.content.meetings import Situation, read_meetings, read_situations
from cstokg.web.content.statements import sources_by_record, speakers_in

FINDINGS = 3
# Where there is more of a kind of finding, and what to call it.
_ALL_CONFLICTS = ("/conflicts", "All cases where accounts differ")
_ALL_ATTENDANCES = ("/questions/attendances", "All attendances")
_ANNOUNCED = ("/announced", "All announcements that are not confirmed")
_MEMBERSHIPS = ("/browse/membership", "All memberships")
_PRESIDENCIES = ("/questions/presidencies", "All presidencies")

# The kinds of things that can be plans; what is to happen at a planned meeting is a plan too.
_PLANNED = frozenset(
    ("meeting", "event", "action", "presidency", "agenda-item", "expected-attendance", "expected-absence")
)
_PLANS = """\
SELECT DISTINCT
  ?plan ?meeting ?outcome ?occasion ?occasionEnd ?day
  ?startNotBefore ?startNotAfter ?endNotBefore ?endNotAfter
WHERE {
  { SELECT DISTINCT ?plan WHERE {
    ?plan ckg:hasTestimony/ckg:modality ?how
    FILTER (?how IN (modality:announced, modality:call, modality:expected, modality:hope, modality:intended))
  } }
  FILTER NOT EXISTS { ?plan a ckg:Occurrence }
  FILTER NOT EXISTS {
    ?plan ckg:hasTestimony ?testimony . ?testimony ckg:modality modality:reported-fact
    FILTER NOT EXISTS { ?testimony ckg:accordingTo ?statement }
  }
  OPTIONAL { ?plan ckg:atMeeting|ckg:agendaItemOf|ckg:expectedAgendaItemOf ?meeting }
  # An anniversary or a presidency to which it, or the statement that tells of it, belongs.
  OPTIONAL {
    ?plan (^ckg:tellsOf)?/ckg:refersTo ?occasion
    FILTER EXISTS { VALUES ?class { ckg:Anniversary ckg:Presidency } ?occasion a ?class }
    OPTIONAL { ?occasion ckg:endNotAfter ?end }
    OPTIONAL { ?occasion ckg:startNotAfter ?begun }
    BIND (COALESCE(?end, ?begun) AS ?occasionEnd)
  }
  FILTER NOT EXISTS {
    ?plan ckg:participant ?person . ?attendance ckg:atMeeting ?meeting ; ckg:attendee ?person
  }
  OPTIONAL { ?plan ckg:onDate ?day }
  BOUNDS
  # That a plan was realised is a conclusion of the editors, which the graph does not assert.
  OPTIONAL {
    ?claim rdf:predicate ckg:realisesPlan ; rdf:object ?plan ; rdf:subject ?outcome
    FILTER NOT EXISTS { ?claim ckg:rank rank:deprecated }
  }
}
""".replace("BOUNDS", periods.bounds_of("plan"))
_HANDOVERS = """\
SELECT DISTINCT ?presidency ?handover
WHERE {
  ?presidency ckg:presidingState ?state ; ckg:presidencyOf ?body ; ckg:reportedIn ?article .
  ?handover a ckg:Occurrence ; dcterms:type event-kind:handover-of-presidency ;
    ckg:recipient ?state ; ckg:affected ?body ; ckg:reportedIn ?article
}
ORDER BY ?presidency ?handover
"""
_CHANGES = """\
SELECT DISTINCT ?event ?last ?member
WHERE {
  ?event a ckg:Occurrence ; ckg:affectsMembership/ckg:member ?member
  OPTIONAL { ?event ckg:onDate ?day }
  OPTIONAL { ?event ckg:endNotAfter ?end }
  BIND (COALESCE(?day, ?end) AS ?last)
  FILTER (BOUND(?last))
}
"""
_ATTENDANCES = """\
SELECT DISTINCT ?person ?meeting ?attendance
WHERE {
  ?attendance a ckg:Attendance ; ckg:attendee ?person ; ckg:atMeeting ?meeting . ?meeting a ckg:HeldMeeting
}
"""


# Plans.


@dataclass(frozen=True, slots=True)
class Plan:
    """Something that is announced, expected, intended, wished or called for, and that no article reports.

    The saved question still-ahead has threats, possibilities and what has been reported since as well.

    Attributes:
        iri: what is planned.
        when: its day or period, in words; empty where no article gives one.
        first_day: the first day on which it could happen; None where that is not known.
        last_day: the last day on which it could have happened; None where that is not known.
        meeting: the meeting at which it was to happen; empty for a meeting, and where there is none.
        outcome: the meeting held that the editors conclude it to be; empty where there is none.
        same: the other plan that the editors conclude it to be; empty where there is none.
        handover: for a presidency, the event by which an article reports that it was handed over; or empty.
        occasions: the anniversaries and presidencies with which it is connected, where it has no time of
            its own.
        parts: what was to happen at it, for a meeting.
    """

    iri: str
    when: str
    first_day: date | None
    last_day: date | None
    meeting: str = ""
    outcome: str = ""
    same: str = ""
    handover: str = ""
    occasions: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()

    @property
    def is_meeting(self) -> bool:
        """Whether it is a meeting."""
        return namespaces.kind_of(self.iri) == "meeting"

    def standing(self, today: date) -> str:
        """Return how it stands on a day: ``held``, ``waiting``, ``ahead``, or ``undated``."""
        if self.outcome:
            return "held"
        if self.last_day:
            return "waiting" if self.last_day < today else "ahead"
        if self.first_day:  # with no last day, it may have been held on any day since
            return "waiting" if self.first_day < today else "ahead"
        return "undated"


@once
def plans(graph: Graph) -> Sequence[Plan]:
    """Return the plans that no article confirms, the latest first, and those without a day at the end.

    A plan with no time of its own has that of the anniversary or presidency with which it is connected.
    What was to happen at a planned meeting is a part of that plan.
    """
    meetings = {meeting.iri: meeting for meeting in read_meetings(graph)}
    handovers = graph.pairs(_HANDOVERS)
    parts: dict[str, list[str]] = defaultdict(list)
    occasions: dict[str, list[str]] = defaultdict(list)
    by_iri: dict[str, Plan] = {}
    for row in graph.select(_PLANS):
        iri = row["plan"].value
        if namespaces.kind_of(iri) not in _PLANNED:
            continue
        meeting = meetings.get(row["meeting"].value) if "meeting" in row else None
        if meeting and not meeting.held:
            parts[meeting.iri].append(iri)
            continue
        bounds = period(row)
        day = text(row, "day")
        last = periods.read_day(day) if day else bounds.dates[3] or bounds.dates[1]
        first = last if day else bounds.dates[0]
        when = periods.day(day) if day else bounds.planned_words
        outcome = text(row, "outcome")
        if outcome not in meetings or not meetings[outcome].held:
            outcome = by_iri[iri].outcome if iri in by_iri else ""
        last = last or (meeting.day if meeting else None)
        if not when and "occasion" in row:
            occasions[iri].append(row["occasion"].value)
            last = last or periods.read_day(text(row, "occasionEnd"))
        same = meetings[iri].same if iri in meetings and not outcome else ""
        at, handover = meeting.iri if meeting else "", handovers.get(iri, [""])[0]
        by_iri[iri] = Plan(iri, when, first, last, at, outcome, same, handover)
    rows = [
        replace(
            plan,
            occasions=tuple(sorted(set(occasions[plan.iri]), key=natural)),
            parts=tuple(sorted(set(parts[plan.iri]), key=natural)),
        )
        for plan in by_iri.values()
    ]

    def newest_first(plan: Plan) -> tuple[object, ...]:
        return (-(plan.last_day or plan.first_day or date.min).toordinal(), natural(plan.iri))

    return tuple(sorted(rows, key=newest_first))


def unconfirmed(graph: Graph, today: date) -> list[Plan]:
    """Return the plans whose last day has passed, without those that, the editors conclude, were held."""
    return [plan for plan in plans(graph) if plan.last_day and plan.standing(today) == "waiting"]


# Findings.


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a finding.

    Attributes:
        iri: the record to which it leads.
        words: what it says.
        source: who says it, in words.
        spans: its evidence.
    """

    iri: str
    words: str
    source: str = ""
    spans: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """A piece of news.

    Attributes:
        kind: what kind of news it is, in a few words.
        iri: what it is about.
        headline: the finding.
        lines: what it rests on.
        more: the address of a page with more of the kind, and what to call it.
    """

    kind: str
    iri: str
    headline: str
    lines: tuple[Line, ...]
    more: tuple[str, str]


def findings(graph: Graph, today: date) -> list[Finding]:
    """Return the three findings with which to lead.

    They are the weightiest conflict, the latest change of a membership or a presidency, and the latest
    plan that no article confirms; where one is missing, who came to most meetings.
    """
    disputed = _dispute(graph)
    about = disputed.iri if disputed else ""
    makers: tuple[Callable[[], Finding | None], ...] = (
        lambda: disputed,
        lambda: _change(graph, about),
        lambda: _plan(graph, today, about),
        lambda: _most_often(graph),
    )
    rows = [finding for make in makers if (finding := make())]
    return rows[:FINDINGS]


def _dispute(graph: Graph) -> Finding | None:
    conflict = next(iter(conflicts.conflicts_by_weight(graph)), None)
    if conflict is None:
        return None
    label = graph.catalogue.label
    lines = [
        Line(side.iri, side.words, conflicts.source_of_side(graph, side), side.spans)
        for side in conflict.sides
    ]
    return Finding(conflict.who_differs, conflict.iri, label(conflict.iri), tuple(lines), _ALL_CONFLICTS)


def _change(graph: Graph, conflict: str) -> Finding | None:
    """Return the latest change of a membership or presidency that the conflict is not about."""
    contested = {iri for iri, touched in conflicts.conflicts_by_entity(graph).items() if conflict in touched}
    events = [
        (last, row["event"].value, row["member"].value)
        for row in graph.select(_CHANGES)
        if (last := periods.read_day(row["last"].value))
    ]
    situations = {row.iri: row for row in read_situations(graph) if row.kind == "presidency"}
    starts = [
        (bound, row.iri, row.state)
        for row in situations.values()
        if (bound := row.period.dates[1] or row.period.dates[0])
    ]
    latest = max((row for row in (*events, *starts) if row[1] not in contested), default=None)
    if latest is None:
        return None
    iri = latest[1]
    if iri in situations:
        return _presidency(graph, situations[iri], situations.values())
    return Finding("Membership", iri, graph.catalogue.label(iri), (_line(graph, iri),), _MEMBERSHIPS)


def _presidency(graph: Graph, latest: Situation, others: Iterable[Situation]) -> Finding:
    """Return the news of the latest presidency, with those before it."""
    label = graph.catalogue.label
    of_body = [row for row in others if row.body == latest.body and row.iri != latest.iri]
    before = [row.iri for row in reversed(of_body) if row.period.known_dates][: FINDINGS - 1]
    planned = {
        plan.iri: " (announced; its handover is reported)" if plan.handover else " (announced)"
        for plan in plans(graph)
    }
    lines = [_line(graph, iri, label(iri) + planned.get(iri, "")) for iri in (latest.iri, *before)]
    standing = "announced" if latest.iri in planned else "reported"
    headline = f"The latest presidency {standing}: {label(latest.state)}"
    return Finding("Presidency", latest.iri, headline, tuple(lines), _PRESIDENCIES)


def _plan(graph: Graph, today: date, conflict: str) -> Finding | None:
    """Return the latest meeting announced and not confirmed that the conflict is not about."""
    contested = conflicts.conflicts_by_entity(graph)
    waiting = [
        plan
        for plan in unconfirmed(graph, today)
        if plan.is_meeting and not plan.same and conflict not in contested.get(plan.iri, ())
    ]
    if not waiting:
        return None
    plan = waiting[0]
    lines = [_line(graph, plan.iri, f"Announced for {plan.when}; no article says that it was held")]
    return Finding(
        "Announced, not confirmed", plan.iri, graph.catalogue.label(plan.iri), tuple(lines), _ANNOUNCED
    )


def _most_often(graph: Graph) -> Finding | None:
    came: dict[str, dict[str, str]] = defaultdict(dict)
    for row in graph.select(_ATTENDANCES):
        came[row["person"].value][row["meeting"].value] = row["attendance"].value
    label = graph.catalogue.label
    person = min(came, key=lambda iri: (-len(came[iri]), label(iri)), default="")
    if not person or len(came[person]) == 1:
        return None
    lines = [_line(graph, came[person][meeting], label(meeting)) for meeting in sorted(came[person])]
    alone = sum(len(meetings) == len(lines) for meetings in came.values()) == 1
    others = ", more than anyone else" if alone else "; nobody came to more"
    headline = f"{label(person)} came to {len(lines)} meetings{others}"
    return Finding("Who attended most often", person, headline, tuple(lines), _ALL_ATTENDANCES)


def _line(graph: Graph, iri: str, words: str = "") -> Line:
    """Return a line about a record: its articles, the speakers if only they report it, its most telling span.

    If that span does not give the time of the record, the most telling of those that do is added.
    """
    spans = footnotes.evidence(graph).get(iri, ())
    of_the_matter = passages.spans_of_the_matter(graph).get(iri, frozenset())
    spans = tuple(span for span in spans if span in of_the_matter) or spans
    articles = dict.fromkeys(span.article for span in map(namespaces.parse_span, spans) if span)
    uses = footnotes.uses(graph)
    telling = [footnotes.most_telling(spans, uses)] if spans else []
    of_the_time = passages.spans_of_the_time(graph).get(iri, ())
    if of_the_time and not set(telling).intersection(of_the_time):
        telling = footnotes.with_more([footnotes.most_telling(of_the_time, uses)], telling)
    speakers = speakers_in(graph, sources_by_record(graph).get(iri, ()))
    sources = names_of_articles(graph, articles), " and ".join(map(graph.catalogue.label, speakers))
    return Line(
        iri,
        words or graph.catalogue.label(iri),
        ", according to ".join(filter(None, sources)),
        tuple(telling),
    )
