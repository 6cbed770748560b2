"""The ways of statements article by article, as bars: for a screen on which bands would have no room."""

from collections import Counter
from collections.abc import Sequence

from cstokg.web import facets
from cstokg.web.figures.flows import DIRECT, RELAYED, VIA
from cstokg.web.figures.svg import Drawing, lines
from cstokg.web.said import NONE, Statement
from cstokg.web.site import Site

_ROW, _LINE, _PAD = 25.0, 16.0, 9.0
_BAR, _THICK, _UNIT = 196.0, 14.0, 16.0  # where bars begin, how thick, and how long at most for one statement
_NUMBER = 22.0  # for the number after a bar
_INDENT = 14.0
_BLOCK = 5.0

Way = tuple[str, str, str, str]  # article, speaker, outlet, and whose words are passed on


def draw(drawing: Drawing, site: Site, kept: Sequence[Statement], choices: facets.Chosen) -> None:
    """The articles, each with the ways into it."""
    counts = Counter(way for row in kept for way in _ways(row))
    unit = min(_UNIT, (drawing.width - _BAR - _NUMBER) / max(counts.values(), default=1))
    y = 0.0
    for article in sorted({way[0] for way in counts}, key=lambda iri: (iri[-4:], iri)):
        said = Counter[str]()
        for way, number in counts.items():
            if way[0] == article and not way[3]:
                said[way[1]] += number
        y = _article(drawing, site, article, said.total(), y)
        for speaker in sorted(said, key=lambda iri: (-said[iri], _name(site, iri))):
            ways = sorted(way for way in counts if way[:2] == (article, speaker))
            y = _speaker(drawing, site, {way: counts[way] for way in ways}, unit, choices, y)
        y += 14
    drawing.height = y


def _ways(row: Statement) -> list[Way]:
    """The ways of a statement: its own into each article, and one for each whose words it passes on."""
    speaker, outlet = row.speakers[0], row.of("outlet")[0]
    return [
        (article, speaker, outlet, other) for article in row.of("article") for other in ("", *row.relayed)
    ]


def _article(drawing: Drawing, site: Site, article: str, number: int, y: float) -> float:
    """The bottom of the name of an article."""
    printed = lines(f"{_name(site, article)}: {number}", drawing.width - _INDENT, 15)
    height = 20 * len(printed) + 4
    with drawing.link(article, f"{_name(site, article)}: {number}"):
        drawing.add("rect", class_="target", x=0, y=y, width=drawing.width, height=height)
        drawing.add("rect", class_="block", x=0, y=y + 3, width=_BLOCK, height=height - 4)
        for index, line in enumerate(printed):
            drawing.text(_INDENT, y + 17 + 20 * index, line, "heading")
    return y + height + 4


def _speaker(
    drawing: Drawing, site: Site, counts: dict[Way, int], unit: float, choices: facets.Chosen, y: float
) -> float:
    """The bottom of the ways from a speaker into an article."""
    article, speaker, *_ = next(iter(counts))
    direct = (article, speaker, NONE, "")
    if direct in counts:
        _bar(drawing, site, direct, counts[direct], unit, choices, y)
    y = _label(drawing, site, speaker, "", _INDENT, y)
    for way in sorted(counts, key=lambda way: (way[3] != "", -counts[way], way)):
        if way != direct:
            _bar(drawing, site, way, counts[way], unit, choices, y)
            *_, outlet, other = way
            before = "passing on words of " if other else "through "
            y = _label(drawing, site, other or outlet, before, 2 * _INDENT, y)
    drawing.add("line", class_="rule", x1=_INDENT, x2=drawing.width, y1=y, y2=y)
    return y + 1


def _label(drawing: Drawing, site: Site, iri: str, before: str, x: float, y: float) -> float:
    """The bottom of a name that leads to its page."""
    printed = lines(before + _name(site, iri), _BAR - x - 8)
    height = max(_ROW, _LINE * len(printed) + _PAD)
    with drawing.link(iri, before + _name(site, iri)):
        drawing.add("rect", class_="target", x=x, y=y, width=_BAR - x - 6, height=height)
        for index, line in enumerate(printed):
            drawing.text(x, y + 17 + _LINE * index, line)
    return y + height


def _bar(
    drawing: Drawing, site: Site, way: Way, number: int, unit: float, choices: facets.Chosen, y: float
) -> None:
    """A bar that leads to the statements that it counts."""
    article, speaker, outlet, other = way
    sort = RELAYED if other else DIRECT if outlet == NONE else VIA
    chosen = {**choices, "article": (facets.step("article", article),)}
    chosen |= {"speaker": (facets.step("speaker", speaker),), "outlet": (facets.step("outlet", outlet),)}
    if other:
        chosen["relayed"] = (facets.step("relayed", other),)
    with drawing.link_to(facets.address(chosen), f"{_way(site, way)}: {number}"):
        drawing.add("rect", class_="target", x=_BAR, y=y, width=drawing.width - _BAR, height=_ROW)
        top = y + (_ROW - _THICK) / 2
        drawing.add("rect", class_=f"flow {sort} length", x=_BAR, y=top, width=number * unit, height=_THICK)
        drawing.text(_BAR + number * unit + 6, y + 17, str(number), "number")


def _way(site: Site, way: Way) -> str:
    """A way in words."""
    article, speaker, outlet, other = way
    start = f"{_name(site, other)}, passed on by {_name(site, speaker)}" if other else _name(site, speaker)
    through = "" if outlet == NONE else f" through {_name(site, outlet)}"
    return f"{start}{through} to {_name(site, article)}"


def _name(site: Site, iri: str) -> str:
    return facets.label(site.catalogue, "speaker", iri)
