"""Who said how much about which topic: a table whose cells are the darker the more was said."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from cstokg import names
from cstokg.web import facets, said
from cstokg.web.drawings import choices, records
from cstokg.web.drawings.figure import Cell, Chosen, Figure, Filter, Kind
from cstokg.web.drawings.svg import Drawing, Link, fit, width_of
from cstokg.web.said import NONE, Statement
from cstokg.web.site import Site

_BY = (("speaker", "speaker"), ("state", "state spoken for"), ("article", "article"), ("year", "year said"))
_LABELS, _COLUMN, _ROW = 244.0, 33.0, 25.0
_WIDEST_COLUMN = 62.0
_WIDTH = 1000.0
_LONGEST = 264.0  # pixels of a column's name
_LEAN = 0.72  # how far a slanted name rises and leans for each pixel of its length
_STEPS = (0.14, 0.28, 0.43, 0.82, 1.0)
_STRONG = 0.5  # from this opacity on numbers are printed in the colour of the paper
_NOTE = (
    "A cell counts the statements that an article attributes to the speaker and that deal with the topic. "
    "One statement can deal with several topics, so rows do not add up to statements. Empty cells are none."
)


def filters(site: Site) -> tuple[Filter, ...]:
    """What the columns are, state, topic and years."""
    return (
        Filter("by", "Columns", _BY, "speaker"),
        choices.state(site),
        choices.topic(site),
        *choices.years(),
    )


def draw(site: Site, chosen: Chosen, link: Link) -> Figure:
    """The table of what is chosen: a topic stands for all narrower ones as well."""
    broader = records.broader(site.graph)
    found = [row for row in said.read(site.graph) if _fits(row, chosen)]
    wanted = choices.within(broader, choices.topic_iri(chosen["topic"])) if chosen["topic"] else None
    by = chosen["by"]
    counts: Counter[tuple[str, str]] = Counter()
    for row in found:
        for topic in row.of("topic"):
            if topic != NONE and (wanted is None or topic in wanted):
                counts.update((topic, one) for one in row.of(by))
    columns = _columns(site, by, counts)
    groups = _groups(site, counts, dict(broader))
    drawing = Drawing(
        "topics",
        "Who said how much about which topic",
        f"A table of numbers: topics in rows, in groups; one column for each {dict(_BY)[by]}. "
        "The darker a cell, the more statements. The table below has the same numbers.",
        _WIDTH,
        link,
    )
    if counts:
        _paint(drawing, site, by, groups, columns, counts)
    else:
        drawing.text(0, 24, "No statement fits.")
        drawing.height = 40
    rows = tuple(_rows(site, by, groups, columns, counts))
    return Figure(drawing, _NOTE, ("Topic", dict(_BY)[by].capitalize(), "Statements"), rows)


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


def _paint(
    drawing: Drawing,
    site: Site,
    by: str,
    groups: Sequence[tuple[str, list[str]]],
    columns: Sequence[str],
    counts: Counter[tuple[str, str]],
) -> None:
    labels = [fit(facets.label(site.catalogue, by, one), _LONGEST) for one in columns]
    rise = max(map(width_of, labels)) * _LEAN
    column = min(_WIDEST_COLUMN, max(_COLUMN, (_WIDTH - _LABELS - rise - 10) / len(columns)))
    drawing.width = max(_WIDTH, _LABELS + column * len(columns) + rise)
    top = rise + 18
    most = max(counts.values())
    for index, (one, label) in enumerate(zip(columns, labels, strict=True)):
        x = _LABELS + column * index + column / 2
        with drawing.link(one, facets.label(site.catalogue, by, one)):
            drawing.text(0, 0, label).set("transform", f"translate({x + 3:.1f} {top - 6:.1f}) rotate(-45)")
    y = top
    for group, topics in groups:
        if topics != [group]:
            drawing.text(0, y + 18, site.catalogue.label(group).capitalize(), "heading")
            y += 26
        for topic in topics:
            drawing.add(
                "line", class_="rule", x1=0, x2=_LABELS + column * len(columns), y1=y + _ROW, y2=y + _ROW
            )
            with drawing.link(topic, site.catalogue.label(topic)):
                drawing.add("rect", class_="target", x=0, y=y, width=_LABELS - 10, height=_ROW)
                general = topic == group and topics != [group]
                words = "in general" if general else site.catalogue.label(topic)
                drawing.text(0, y + 17, fit(words, _LABELS - 14))
            for index, one in enumerate(columns):
                if number := counts[topic, one]:
                    _cell(
                        drawing, site, (by, one), topic, number, (_LABELS + column * index, y, column), most
                    )
            y += _ROW
        y += 8
    drawing.height = y


def _cell(
    drawing: Drawing,
    site: Site,
    column: tuple[str, str],
    topic: str,
    number: int,
    box: tuple[float, float, float],
    most: int,
) -> None:
    x, y, width = box
    opacity = (
        _STEPS[min(number - 1, len(_STEPS) - 1)]
        if most <= len(_STEPS)
        else _STEPS[(number * len(_STEPS) - 1) // most]
    )
    words = f"{facets.label(site.catalogue, *column)} on {site.catalogue.label(topic)}: {number}"
    choice = {column[0]: (facets.step(*column),), "topic": (facets.step("topic", topic),)}
    with drawing.link_to(facets.address(choice), words):
        drawing.add("rect", class_="cell", x=x, y=y, width=width, height=_ROW, fill_opacity=f"{opacity:.2f}")
        strong = "number strong" if opacity > _STRONG else "number"
        drawing.text(x + width / 2, y + 17, str(number), strong, "middle")


def _rows(
    site: Site,
    by: str,
    groups: Sequence[tuple[str, list[str]]],
    columns: Sequence[str],
    counts: Counter[tuple[str, str]],
) -> Iterator[tuple[Cell, ...]]:
    for _, topics in groups:
        for topic in topics:
            for one in columns:
                if number := counts[topic, one]:
                    iri = one if one.startswith(names.ID) else ""
                    yield (
                        Cell(site.catalogue.label(topic), topic),
                        Cell(facets.label(site.catalogue, by, one), iri),
                        Cell(str(number)),
                    )


KIND = Kind(
    "topics",
    "Who said how much about which topic",
    "The statements that the articles report, counted by topic and by who made them.",
    filters,
    draw,
)
