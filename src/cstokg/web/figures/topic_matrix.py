"""Statements counted by topic and by speaker, state, article or year: the darker a cell, the more."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cstokg import namespaces
from cstokg.web.answers.tables import Cell
from cstokg.web.content import facets
from cstokg.web.content.articles import articles_of
from cstokg.web.content.statements import (
    NONE,
    TOPIC,
    Statement,
    broadest_topic,
    narrower_topics,
    passed_on,
)
from cstokg.web.figures.figure import (
    WIDE,
    Bar,
    BarGroup,
    Figure,
    FigureKind,
    Filter,
    FilterValues,
    counted,
    facet_choices,
    joined,
    lengths,
    narrow_statements,
    scope_of_statements,
    usual_filters,
    years_between,
)
from cstokg.web.figures.svg import Drawing, Link, lines, shortened, width_of
from cstokg.web.site import Site, sentence

_BY = (("speaker", "speaker"), ("state", "state spoken for"), ("article", "article"), ("year", "year said"))
_BEFORE = {"speaker": "by", "state": "for", "article": "in", "year": "in"}  # a value of each
# What to say of those without a value.
_WITHOUT = {
    "speaker": "with no speaker named",
    "state": "for no state",
    "article": "in no article",
    "year": "of no known year",
}
_MOST_NAMED = 3  # topics in the headline
_TITLE = "Statements by topic and speaker"
_KEY = (
    "A cell counts the statements that an article attributes to the speaker and that deal with the topic. "
    "An empty cell means none."
)
_NOTE = "One statement can deal with several topics, so the numbers do not add up to statements."

_ROW = 25.0
_OPACITIES = (0.14, 0.28, 0.43, 0.82, 1.0)
_STRONG = 0.5  # above this opacity, numbers are printed in the colour of the paper
_LINE = 16.0

_LABELS = 244.0  # pixels for the topics
_LEAST, _MOST = 33.0, 62.0  # how wide a column is
_LONGEST = 400.0  # how long a column's name may be
_TURN, _RISE = -45, 0.72  # by how many degrees it is turned, and how far it then rises for each pixel


@dataclass(frozen=True, slots=True)
class Counts:
    """How many statements deal with each topic, by the values of a facet.

    Attributes:
        site: has the labels.
        by: the facet by which they are counted.
        choices: what narrows them, as the page of statements has it.
        groups: topics under a broad one.
        columns: the values of the facet, in order.
        numbers: the count for each topic and value.
        twice: how many statements are there twice: as said, and as another speaker passes them on. The
            attributes below count only the latter of the two.
        once: the count for each topic and value.
        totals: how many statements deal with each topic.
        values: how many statements, on whatever topic, have each value.
        single: the statements, each once.
        articles: those that report them.
    """

    site: Site
    by: str
    choices: facets.Chosen
    groups: Sequence[tuple[str, list[str]]]
    columns: Sequence[str]
    numbers: Counter[tuple[str, str]]
    twice: int
    once: Counter[tuple[str, str]]
    totals: Counter[str]
    values: Counter[str]
    single: Sequence[Statement]
    articles: frozenset[str]

    def of_topic(self, topic: str) -> Iterator[tuple[str, int]]:
        """Return the values that have statements on a topic, each with their number."""
        return ((value, self.numbers[topic, value]) for value in self.columns if self.numbers[topic, value])

    def label(self, value: str) -> str:
        """Return the label of a value."""
        return facets.label(self.site.catalogue, self.by, value)


def filters(site: Site) -> tuple[Filter, ...]:
    """Return the filters: what the columns are, state, topic and years."""
    return (Filter("by", "Count by", _BY, "speaker"), *usual_filters(site))


def draw(site: Site, values: FilterValues, link: Link) -> Figure:
    """Return the counts for some values of the filters; a topic includes all narrower ones."""
    drawing = Drawing(
        "topics",
        _TITLE,
        f"A table of numbers: topics in rows, in groups; one column for each {dict(_BY)[values['by']]}. "
        "The darker a cell, the more statements. The table below has the same numbers.",
        WIDE,
        link,
    )
    counts = _count(site, values)
    if counts.numbers:
        _draw_matrix(drawing, counts)
    else:
        drawing.text(0, 24, "No statement fits.")
        drawing.height = 40
    columns = ("Topic", dict(_BY)[counts.by].capitalize(), "Statements")
    return Figure(
        drawing,
        _headline(counts, values),
        " ".join(filter(None, (_NOTE, _counted_twice(counts)))),
        columns,
        tuple(_rows(counts)),
        tuple(_bars(counts)),
        counts.articles,
        _KEY,
    )


def _headline(counts: Counts, values: FilterValues) -> str:
    """Return which topic is the most frequent, and who says most on it, unless several are equal."""
    totals, label = counts.totals, counts.site.catalogue.label
    if not totals:
        return "No statement fits"
    scope = scope_of_statements(counts.site, values)
    if values["topic"]:
        whom = _by_whom(counts, counts.values, len(counts.single))
        return f"{counted(len(counts.single), 'statement')}{scope}{whom}"
    most = max(totals.values())
    topics = sorted((topic for topic in totals if totals[topic] == most), key=label)
    number, of_all = counted(most, "statement"), f" of the statements{scope}" if scope else ""
    if len(topics) > 1:
        names = joined([label(topic) for topic in topics])
        if len(topics) > _MOST_NAMED:
            names = f"{len(topics)} topics"
        return f"{names} are the most frequent topics{of_all}: {number} each"
    numbers = Counter({value: counts.once[topics[0], value] for value, _ in counts.of_topic(topics[0])})
    whom = _by_whom(counts, numbers, most)
    more = _with_narrower(counts, values, topics[0])
    return f"{label(topics[0])} is the most frequent topic{of_all}: {number}{whom}{more}"


def _with_narrower(counts: Counts, values: FilterValues, topic: str) -> str:
    """Return how many statements are on a topic or a narrower one, and whose; empty if they are no more."""
    topics = narrower_topics(counts.site.graph, topic.removeprefix(TOPIC))
    statements = [
        statement for statement in counts.single if topics.intersection(statement.values_of_facet("topic"))
    ]
    if len(statements) == counts.totals[topic]:
        return ""
    numbers = Counter(value for statement in statements for value in _values(statement, values))
    return f"; with narrower topics {len(statements)}{_by_whom(counts, numbers, len(statements))}"


def _counted_twice(counts: Counts) -> str:
    """Return how many statements the cells count twice, in a sentence; empty if there are none."""
    if not counts.twice:
        return ""
    are = "1 statement is" if counts.twice == 1 else f"{counts.twice} statements are"
    twice = f"{are} in the cells twice, as said and as passed on by another speaker"
    return f"{twice}; the headline counts {'it' if counts.twice == 1 else 'each'} once."


def _by_whom(counts: Counts, numbers: Counter[str], total: int) -> str:
    """Return which value has most of some statements, after a comma; empty if several are equal."""
    most = max(numbers.values())
    values = [value for value, number in numbers.items() if number == most]
    if len(values) > 1:
        return ""
    of_them = f"{most} of them " if most < total else "all " if total > 1 else ""
    value = _WITHOUT[counts.by] if values[0] == NONE else f"{_BEFORE[counts.by]} {counts.label(values[0])}"
    return f", {of_them}{value}"


def _bars(counts: Counts) -> Iterator[BarGroup]:
    """Yield a list for each topic, with a bar for each value that has statements on it."""
    most = max(counts.numbers.values(), default=1)
    for group, topics in counts.groups:
        if topics != [group]:
            yield BarGroup(counts.site.catalogue.label(group), group)
        for topic in topics:
            numbers = sorted(counts.of_topic(topic), key=lambda row: -row[1])
            bars = tuple(
                Bar(counts.label(value), _address(counts, topic, value), str(number), lengths(number, most))
                for value, number in numbers
            )
            label = _topic_label(counts, topic, group, topics)
            yield BarGroup(label, topic, bars, level=3 if topics == [group] else 4)


def _count(site: Site, values: FilterValues) -> Counts:
    topics, by = narrower_topics(site.graph, values["topic"]), values["by"]
    statements = narrow_statements(site, values)
    numbers, once = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    totals: Counter[str] = Counter()
    twice = passed_on(statements)
    single = [statement for statement in statements if statement not in twice]
    for statement in statements:
        for topic in statement.values_of_facet("topic"):
            if topic != NONE and (not topics or topic in topics):
                cells = [(topic, value) for value in _values(statement, values)]
                numbers.update(cells)
                if statement not in twice:
                    totals[topic] += 1
                    once.update(cells)
    return Counts(
        site,
        by,
        facet_choices(site, values, statements),
        _groups(site, numbers),
        _columns(site, by, numbers),
        numbers,
        len(twice),
        once,
        totals,
        Counter(value for statement in single for value in _values(statement, values)),
        single,
        articles_of(site.graph, (statement.iri for statement in statements)),
    )


def _values(statement: Statement, values: FilterValues) -> Sequence[str]:
    """Return the values of a statement by which it is counted; years only where they are asked for."""
    if values["by"] == "year" and (values["from"] or values["until"]):
        return years_between(statement, values)
    return statement.values_of_facet(values["by"])


def _columns(site: Site, by: str, numbers: Counter[tuple[str, str]]) -> list[str]:
    """Return articles and years in order of time, and others with most statements first."""
    totals: Counter[str] = Counter()
    for (_, value), number in numbers.items():
        totals[value] += number
    if by == "article":
        return sorted(totals, key=lambda value: (value == NONE, site.by_day(value)))
    if by == "year":
        return sorted(totals, key=lambda value: (value == NONE, value))
    return sorted(totals, key=lambda value: (value == NONE, -totals[value], site.catalogue.label(value)))


def _groups(site: Site, numbers: Counter[tuple[str, str]]) -> list[tuple[str, list[str]]]:
    """Return the topics under their broad ones, those with most statements first."""
    label = site.catalogue.label
    totals: Counter[str] = Counter()
    group_totals: Counter[str] = Counter()
    groups: dict[str, list[str]] = defaultdict(list)
    for (topic, _), number in numbers.items():
        totals[topic] += number
        group_totals[broadest_topic(site.graph, topic)] += number
    for topic in totals:
        groups[broadest_topic(site.graph, topic)].append(topic)
    return [
        (group, sorted(groups[group], key=lambda topic: (topic != group, -totals[topic], label(topic))))
        for group in sorted(groups, key=lambda group: (-group_totals[group], label(group)))
    ]


def _draw_matrix(drawing: Drawing, counts: Counts) -> None:
    """Draw a row for each topic, and a column for each value."""
    labels = [shortened(counts.label(value), _LONGEST, 1)[0] for value in counts.columns]
    lean = max(map(width_of, labels)) * _RISE
    y = lean + 18
    width = min(_MOST, max(_LEAST, (drawing.width - _LABELS - lean) / len(labels)))
    right = _LABELS + width * len(labels)
    drawing.width = max(drawing.width, right + lean)
    places = {value: _LABELS + width * index for index, value in enumerate(counts.columns)}
    for (value, x), label in zip(places.items(), labels, strict=True):
        with drawing.link(value, counts.label(value)):
            turned = f"translate({x + width / 2 + 4:.1f} {y - 6:.1f}) rotate({_TURN})"
            drawing.text(0, 0, label).set("transform", turned)
    for group, topics in counts.groups:
        y = _draw_heading(drawing, counts, group, topics, y)
        for topic in topics:
            printed = lines(_topic_label(counts, topic, group, topics), _LABELS - 12)
            height = max(_LINE * len(printed) + 9, _ROW)
            drawing.add("line", class_="rule", x1=0, x2=right, y1=y + height, y2=y + height)
            _draw_topic(drawing, counts, topic, printed, (_LABELS - 10, y, height))
            for value, number in counts.of_topic(topic):
                label = f"{counts.label(value)} on {counts.site.catalogue.label(topic)}: {number}"
                with drawing.link(_address(counts, topic, value), label):
                    _draw_cell(drawing, counts, number, (places[value], y, width, height))
            y += height
        y += 8
    drawing.height = y


def _draw_heading(drawing: Drawing, counts: Counts, group: str, topics: Sequence[str], y: float) -> float:
    """Write the name of a group of several topics, and return the top of its first topic."""
    if topics == [group]:
        return y
    drawing.text(0, y + 18, sentence(counts.site.catalogue.label(group)), "heading")
    return y + 26


def _topic_label(counts: Counts, topic: str, group: str, topics: Sequence[str]) -> str:
    return "in general" if topic == group and topics != [group] else counts.site.catalogue.label(topic)


def _draw_topic(
    drawing: Drawing, counts: Counts, topic: str, printed: Sequence[str], box: tuple[float, float, float]
) -> None:
    width, y, height = box
    with drawing.link(topic, counts.site.catalogue.label(topic)):
        drawing.add("rect", class_="target", x=0, y=y, width=width, height=height)
        for index, line in enumerate(printed):
            drawing.text(0, y + 17 + _LINE * index, line)


def _address(counts: Counts, topic: str, value: str) -> str:
    """Return the address of the statements that are counted."""
    return facets.address(
        {
            **counts.choices,
            counts.by: (facets.in_address(counts.by, value),),
            "topic": (facets.in_address("topic", topic),),
        }
    )


def _draw_cell(drawing: Drawing, counts: Counts, number: int, box: tuple[float, float, float, float]) -> None:
    x, y, width, height = box
    most = max(counts.numbers.values())
    step = number - 1 if most <= len(_OPACITIES) else (number * len(_OPACITIES) - 1) // most
    opacity = _OPACITIES[min(step, len(_OPACITIES) - 1)]
    drawing.add("rect", class_="cell", x=x, y=y, width=width, height=height, fill_opacity=f"{opacity:.2f}")
    class_ = "number strong" if opacity > _STRONG else "number"
    drawing.text(x + width / 2, y + height / 2 + 4.5, str(number), class_, "middle")


def _rows(counts: Counts) -> Iterator[tuple[Cell, ...]]:
    for _, topics in counts.groups:
        for topic in topics:
            for value, number in counts.of_topic(topic):
                label, iri = counts.label(value), value if value.startswith(namespaces.ID) else ""
                yield (
                    Cell(counts.site.catalogue.label(topic), topic),
                    Cell(label, iri, numeric=label.isdecimal()),
                    Cell(str(number), numeric=True),
                )


KIND = FigureKind(
    "topics",
    _TITLE,
    "The statements that the articles report, counted by topic and by who made them.",
    filters,
    draw,
)
