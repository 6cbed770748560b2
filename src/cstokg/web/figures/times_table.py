"""The table of the timeline: each time in words for people, and bound by bound for programs."""

from collections.abc import Sequence

from cstokg.web.figures.figure import Cell
from cstokg.web.records import Meeting, Situation
from cstokg.web.site import Site

COLUMNS = (
    "Record",
    "Kind",
    "Who",
    "Of",
    "When",
    "Day",
    "Began not before",
    "Began not after",
    "Ended not before",
    "Ended not after",
)
PRINTED = COLUMNS.index("Day")  # the columns after it say in numbers what "When" says in words


def rows(site: Site, held: Sequence[Meeting], lasting: Sequence[Situation]) -> tuple[tuple[Cell, ...], ...]:
    """The meetings, and below them what lasts."""
    return (*(_meeting(site, one) for one in held), *(_situation(site, one) for one in lasting))


def _meeting(site: Site, one: Meeting) -> tuple[Cell, ...]:
    return (
        Cell(site.catalogue.label(one.iri), one.iri),
        Cell(f"meeting, {one.standing}"),
        Cell(""),
        Cell(", ".join(site.catalogue.label(organ) for organ in one.organs)),
        Cell(one.when),
        Cell(one.day.isoformat() if one.day else ""),
        *_bounds(one),
    )


def _situation(site: Site, one: Situation) -> tuple[Cell, ...]:
    return (
        Cell(site.catalogue.label(one.iri), one.iri),
        Cell(one.kind),
        Cell(site.catalogue.label(one.state), one.state),
        Cell(site.catalogue.label(one.body), one.body),
        Cell(one.times.words),
        Cell(""),
        *_bounds(one),
    )


def _bounds(one: Meeting | Situation) -> list[Cell]:
    return [Cell(bound.isoformat() if bound else "") for bound in one.times.bounds]
