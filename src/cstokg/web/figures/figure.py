"""What a figure is: a drawing, a table of what it shows, and the filters that narrow it."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from cstokg.web.answers.tables import Cell
from cstokg.web.content import facets
from cstokg.web.content.articles import articles_of, names_of_articles
from cstokg.web.content.meetings import Meeting, Situation, read_meetings, read_situations
from cstokg.web.content.statements import NONE, STATE, TOPIC, Statement, narrower_topics, read_statements
from cstokg.web.figures.svg import Drawing, Link
from cstokg.web.site import Site

WIDE = 1000.0  # the least width of a drawing, in pixels
OTHER_GATHERINGS = "“Other gatherings” are not meetings of an organ."

_WORDS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")

FilterValues = dict[str, str]  # by the name of the filter; an empty value does not narrow


@dataclass(frozen=True, slots=True)
class Filter:
    """A filter that narrows a figure.

    Attributes:
        name: the name of the parameter in the address.
        label: what pages call it.
        choices: the values, each with a label; None if the value is a year.
        default: the value that counts where the address gives none.
    """

    name: str
    label: str
    choices: tuple[tuple[str, str], ...] | None = None
    default: str = ""


class FilterError(ValueError):
    """An address gives a filter a value that it cannot have; the message names both."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a bar, in percent of the available width; ``kind`` is its style class."""

    left: float
    width: float
    kind: str = "certain"


@dataclass(frozen=True, slots=True)
class Bar:
    """An entry of a list with bars.

    Attributes:
        label: the label of the entry.
        target: the IRI or the address to which it leads.
        words: what the bar shows, in words or as a number.
        parts: the parts of the bar; none for an entry without a bar.
    """

    label: str
    target: str
    words: str = ""
    parts: tuple[Part, ...] = ()


@dataclass(frozen=True, slots=True)
class BarGroup:
    """Entries under one heading.

    Attributes:
        title: the heading.
        target: the IRI or the address to which the heading leads; empty if it leads nowhere.
        bars: the entries.
        level: the level of the heading: 3, or 4 below another heading.
        scale: what the width of the bars stands for, here and in the groups below; may be empty.
    """

    title: str
    target: str
    bars: tuple[Bar, ...] = ()
    level: int = 3
    scale: str = ""


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure as it is drawn for some values of its filters.

    Attributes:
        drawing: the image.
        headline: the finding, in a sentence without a full stop.
        note: what a reader should know of it, in a sentence or two; may be empty.
        columns: the headings of its table.
        rows: the table: every number and name that the image shows.
        bars: the same as a list, for narrow screens.
        articles: the articles from which it is drawn, by their IRIs.
        key: how to read the drawing, in a sentence or two; narrow screens have no drawing and do not show it.
        page_columns: how many columns a page shows, if the others only repeat them for programs.
        caution: a warning below the headline that what it shows is not confirmed; may be empty.
    """

    drawing: Drawing
    headline: str
    note: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    bars: tuple[BarGroup, ...]
    articles: frozenset[str]
    key: str = ""
    page_columns: int | None = None
    caution: str = ""

    @property
    def caption(self) -> str:
        """What stands below the drawing: the key and the note."""
        return " ".join(filter(None, (self.key, self.note)))


Draw = Callable[[Site, FilterValues, Link], Figure]


@dataclass(frozen=True)
class FigureKind:
    """A kind of figure; `cstokg.web.figures.registry` lists all kinds.

    Attributes:
        name: its name in the address.
        title: the heading.
        lead: what the figure shows, in a sentence or two.
        filters: returns its filters.
        draw: draws it, given the site, the values of the filters, and how IRIs become links.
    """

    name: str
    title: str
    lead: str
    filters: Callable[[Site], tuple[Filter, ...]]
    draw: Draw = field(repr=False)


def read_filters(filters: tuple[Filter, ...], arguments: dict[str, str]) -> FilterValues:
    """Return the value of each filter: as the address gives it, or its default.

    Raises:
        FilterError: a value is not one of the choices, or not a year.
    """
    values = {}
    for filter_ in filters:
        value = arguments.get(filter_.name, "").strip() or filter_.default
        if value and filter_.choices is not None and value not in dict(filter_.choices):
            raise FilterError(f"there is no {filter_.label.lower()} “{value}”; choose one from the list")
        if (
            value
            and filter_.choices is None
            and not (len(value) == 4 and value.isascii() and value.isdigit())
        ):
            raise FilterError(f"“{value}” is not a year; write four digits, as in 2011")
        values[filter_.name] = value
    return values


def in_words(filters: tuple[Filter, ...], values: FilterValues) -> str:
    """Return the values of the filters for people, without defaults."""
    return ", ".join(
        f"{filter_.label.lower()}: {_label(filter_, values[filter_.name])}"
        for filter_ in filters
        if values[filter_.name] not in ("", filter_.default)
    )


def _label(filter_: Filter, value: str) -> str:
    return dict(filter_.choices or ()).get(value, value)


def lengths(number: int, most: int) -> tuple[Part, ...]:
    """Return a bar for a number; a bar for ``most`` fills the width."""
    return (Part(0.0, round(100 * number / max(most, 1), 2)),)


def joined(words: Sequence[str]) -> str:
    """Return words as a list in a sentence."""
    return " and ".join(filter(None, (", ".join(words[:-1]), *words[-1:])))


def counted(number: int, noun: str) -> str:
    """Return a number with its noun, in the plural unless the number is one."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def meetings_in_words(meetings: Sequence[Meeting]) -> str:
    """Return in words how many meetings of organs there are, and how many other gatherings."""
    organs = [meeting for meeting in meetings if meeting.organs]
    others = [meeting for meeting in meetings if not meeting.organs]
    parts = ((organs, "meeting"), (others, "other gathering"))
    return joined([counted(len(rows), noun) for rows, noun in parts if rows]) or "no meeting"


def spelled(number: int) -> str:
    """Return a number below ten as a word, and others in digits."""
    return _WORDS[number] if 0 <= number < len(_WORDS) else str(number)


def scope_of_meetings(site: Site, values: FilterValues, meetings: Iterable[Meeting]) -> str:
    """Return words for the state and topic to which meetings are narrowed, to follow “meetings”."""
    state, topic = values["state"], values["topic"]
    subject = site.catalogue.label(TOPIC + topic) if topic else ""
    name = site.catalogue.label(STATE + state) if state else ""
    if name and any(STATE + state in meeting.hosts for meeting in meetings):
        # That a meeting was in a town of the state does not mean that an article names the state.
        return f" in {name} or with someone of {name} named{f', with {subject} as a topic' if topic else ''}"
    reasons = (name and f"names someone of {name}", subject and f"gives {subject} as a topic")
    words = joined([reason for reason in reasons if reason])
    return f" for which an article {words}" if words else ""


def narrow_meetings(site: Site, values: FilterValues) -> list[Meeting]:
    """Return the meetings that a state hosted or took part in and that took up a topic or a narrower one."""
    state, fitting = values["state"], _meetings_of_any_state(site, values)
    return [meeting for meeting in fitting if not state or STATE + state in meeting.states]


def not_to_attend(site: Site, values: FilterValues) -> list[Meeting]:
    """Return the meetings that a filter leaves out because the state was not to attend them."""
    state, fitting = values["state"], _meetings_of_any_state(site, values)
    return [meeting for meeting in fitting if STATE + state in meeting.absent - meeting.states]


def _meetings_of_any_state(site: Site, values: FilterValues) -> list[Meeting]:
    topics = narrower_topics(site.graph, values["topic"])
    return [
        meeting
        for meeting in read_meetings(site.graph)
        if (not topics or meeting.topics & topics) and meeting.overlaps(values["from"], values["until"])
    ]


def narrow_situations(site: Site, values: FilterValues) -> list[Situation]:
    """Return the situations of a state within the years of the filters."""
    return [
        situation
        for situation in read_situations(site.graph)
        if (not values["state"] or situation.state == STATE + values["state"])
        and situation.period.overlaps(values["from"], values["until"])
    ]


def narrow_statements(site: Site, values: FilterValues) -> list[Statement]:
    """Return the statements for a state on a topic or a narrower one; with years, without undated ones."""
    state, topics = values["state"], narrower_topics(site.graph, values["topic"])
    return [
        statement
        for statement in read_statements(site.graph)
        if (not state or STATE + state in statement.states)
        and (not topics or topics.intersection(statement.values_of_facet("topic")))
        and (not (values["from"] or values["until"]) or years_between(statement, values))
    ]


def years_between(statement: Statement, values: FilterValues) -> list[str]:
    """Return those years of a statement that are within the filters' years; none if no year is known."""
    first, last = values["from"], values["until"]
    return [year for year in statement.years if year != NONE and year >= first and (not last or year <= last)]


def left_out(site: Site, values: FilterValues, meetings: Sequence[Meeting]) -> str:
    """Return a sentence on the meetings left out because the state was not to attend; empty if none are."""
    if not meetings:
        return ""
    named = f"meeting{'s' if len(meetings) > 1 else ''} of {joined([row.when for row in meetings])}"
    name = site.catalogue.label(STATE + values["state"])
    return f"Left out: the {named}, which an article says {name} will not attend."


def scope_of_statements(site: Site, values: FilterValues) -> str:
    """Return words for the state, topic and years to which a figure is narrowed, to follow “statements”."""
    state = f" for {site.catalogue.label(STATE + values['state'])}" if values["state"] else ""
    topic = f" on {site.catalogue.label(TOPIC + values['topic'])}" if values["topic"] else ""
    return f"{state}{topic}{scope_of_years(values)}"


def scope_of_years(values: FilterValues) -> str:
    """Return words for the years to which a figure is narrowed, with a space before them; empty for all."""
    first, last = values["from"], values["until"]
    if first and last:
        return f" in {first}" if first == last else f" from {first} to {last}"
    return f" from {first} on" if first else f" until {last}" if last else ""


def state_filter(site: Site) -> Filter:
    """Return the filter for one of the states."""
    return Filter("state", "State", _choices(site, "state", STATE))


def topic_filter(site: Site) -> Filter:
    """Return the filter for one of the topics."""
    return Filter("topic", "Topic", _choices(site, "concept/topic", TOPIC))


def year_filters() -> tuple[Filter, Filter]:
    """Return the filters for the first and the last year."""
    return Filter("from", "From year"), Filter("until", "Until year")


def usual_filters(site: Site) -> tuple[Filter, ...]:
    """Return the filters that most figures have: state, topic and years."""
    return (state_filter(site), topic_filter(site), *year_filters())


def facet_choices(site: Site, values: FilterValues, statements: Iterable[Statement]) -> facets.Chosen:
    """Return the facets of the page of statements for the filters; ``statements`` are those shown."""
    choices: dict[str, tuple[str, ...]] = {}
    if values["state"]:
        choices["state"] = (values["state"],)
    if topics := narrower_topics(site.graph, values["topic"]):
        choices["topic"] = tuple(facets.in_address("topic", topic) for topic in topics)
    if values["from"] or values["until"]:
        years = {year for row in statements for year in years_between(row, values)}
        choices["year"] = tuple(years)
    return choices


def _choices(site: Site, kind: str, stem: str) -> tuple[tuple[str, str], ...]:
    """Return the last steps of the IRIs of a kind of thing with their labels, by label."""
    entries = sorted(site.catalogue.by_kind.get(kind, ()), key=lambda entry: entry.label.casefold())
    return tuple((entry.iri.removeprefix(stem), entry.label) for entry in entries)


def articles_cell(site: Site, iri: str) -> Cell:
    """Return the names of the articles that report a record, the earliest first."""
    articles = sorted(articles_of(site.graph, (iri,)), key=site.by_day)
    return Cell(names_of_articles(site.graph, articles))
