"""Who said how much about which topic: a table whose cells are the darker the more was said."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator

from cstokg import namespaces
from cstokg.web import facets, records, said
from cstokg.web.figures import cells, choices
from cstokg.web.figures.cells import Counts
from cstokg.web.figures.figure import NARROW, Cell, Chosen, Figure, Filter, Kind
from cstokg.web.figures.svg import Drawing, Link
from cstokg.web.said import NONE, Statement
from cstokg.web.site import Site

_BY = (("speaker", "speaker"), ("state", "state spoken for"), ("article", "article"), ("year", "year said"))
_WIDTH = 1000.0
_NOTE = (
    "A cell counts the statements that an article attributes to the speaker and that deal with the topic. "
    "One statement can deal with several topics, so rows do not add up to statements. Empty cells are none."
)


def filters(site: Site) -> tuple[Filter, ...]:
    """What the columns are, state, topic and years."""
    return (
        Filter("by", "Count by", _BY, "speaker"),
        choices.state(site),
        choices.topic(site),
        *choices.years(),
    )


def draw(site: Site, chosen: Chosen, link: Link) -> Figure:
    """The table of what is chosen: a topic stands for all narrower ones as well."""
    counts = _count(site, chosen)
    drawing = Drawing(
        "topics",
        "Who said how much about which topic",
        f"A table of numbers: topics in rows, in groups; one column for each {dict(_BY)[counts.by]}. "
        "The darker a cell, the more statements. The table below has the same numbers.",
        _WIDTH,
        link,
    )
    return _figure(site, counts, drawing, cells.wide)


def draw_narrow(site: Site, chosen: Chosen, link: Link) -> Figure:
    """The same for a narrow screen."""
    counts = _count(site, chosen)
    drawing = Drawing(
        "topics-narrow",
        "Who said how much about which topic",
        f"Topics in groups; beside each the numbers for each {dict(_BY)[counts.by]}. "
        "The darker a number's cell, the more statements. The table below has the same numbers.",
        NARROW,
        link,
    )
    return _figure(site, counts, drawing, cells.narrow)


def _figure(
    site: Site, counts: Counts, drawing: Drawing, shape: Callable[[Drawing, Site, Counts], None]
) -> Figure:
    if counts.numbers:
        shape(drawing, site, counts)
    else:
        drawing.text(0, 24, "No statement fits.")
        drawing.height = 40
    columns = ("Topic", dict(_BY)[counts.by].capitalize(), "Statements")
    return Figure(drawing, _NOTE, columns, tuple(_rows(site, counts)))


def _count(site: Site, chosen: Chosen) -> Counts:
    broader = records.broader(site.graph)
    found = [row for row in said.read(site.graph) if _fits(row, chosen)]
    wanted = choices.within(broader, choices.topic_iri(chosen["topic"])) if chosen["topic"] else None
    by = chosen["by"]
    numbers: Counter[tuple[str, str]] = Counter()
    for row in found:
        for topic in row.of("topic"):
            if topic != NONE and (wanted is None or topic in wanted):
                numbers.update((topic, one) for one in row.of(by))
    return Counts(by, _groups(site, numbers, dict(broader)), _columns(site, by, numbers), numbers)


def _fits(row: Statement, chosen: Chosen) -> bool:
    year = row.of("year")[0]
    dated = year != NONE or not (chosen["from"] or chosen["until"])
    return (
        dated
        and (not chosen["state"] or choices.state_iri(chosen["state"]) in row.states)
        and (not chosen["from"] or year >= chosen["from"])
        and (not chosen["until"] or year <= chosen["until"])
    )


def _columns(site: Site, by: str, counts: Counter[tuple[str, str]]) -> list[str]:
    totals: Counter[str] = Counter()
    for (_, one), number in counts.items():
        totals[one] += number
    if by in ("year", "article"):
        return sorted(totals, key=lambda one: (one == NONE, one[-4:], one))
    return sorted(totals, key=lambda one: (one == NONE, -totals[one], site.catalogue.label(one)))


def _groups(
    site: Site, counts: Counter[tuple[str, str]], broader: dict[str, str]
) -> list[tuple[str, list[str]]]:
    """The topics under their broadest ones, those first of which most is said."""
    totals: Counter[str] = Counter()
    for (topic, _), number in counts.items():
        totals[topic] += number
    groups: dict[str, list[str]] = defaultdict(list)
    for topic in totals:
        groups[broader.get(topic, topic)].append(topic)
    weight = {group: sum(totals[topic] for topic in topics) for group, topics in groups.items()}
    return [
        (
            group,
            sorted(topics, key=lambda topic: (topic != group, -totals[topic], site.catalogue.label(topic))),
        )
        for group, topics in sorted(
            groups.items(), key=lambda row: (-weight[row[0]], site.catalogue.label(row[0]))
        )
    ]


def _rows(site: Site, counts: Counts) -> Iterator[tuple[Cell, ...]]:
    for _, topics in counts.groups:
        for topic in topics:
            for one, number in counts.of(topic):
                yield (
                    Cell(site.catalogue.label(topic), topic),
                    Cell(
                        facets.label(site.catalogue, counts.by, one),
                        one if one.startswith(namespaces.ID) else "",
                    ),
                    Cell(str(number)),
                )


KIND = Kind(
    "topics",
    "Who said how much about which topic",
    "The statements that the articles report, counted by topic and by who made them.",
    filters,
    draw,
    draw_narrow,
)
