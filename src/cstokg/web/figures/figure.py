"""What a figure is: a drawing, the numbers that it shows, and what it may be narrowed by."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from cstokg.web.figures.svg import Drawing, Link
from cstokg.web.site import Site

NARROW = 320.0  # pixels of a drawing for a narrow screen
_DAY = re.compile(r"\d{4}-\d\d-\d\d")


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of the table: what to show, and the IRI that it names."""

    text: str
    iri: str = ""

    @property
    def class_(self) -> str:
        """How a page sets it: as a number, as a day, or as text."""
        if self.text.isdecimal():
            return "number"
        return "day" if _DAY.fullmatch(self.text) else ""


@dataclass(frozen=True, slots=True)
class Filter:
    """What narrows a figure.

    Attributes:
        name: of the parameter.
        label: for people.
        choices: the values, each with a label; none for a year.
        default: the value that counts where the address gives none.
    """

    name: str
    label: str
    choices: tuple[tuple[str, str], ...] = ()
    default: str = ""


class FilterError(ValueError):
    """An address gives a filter a value that it cannot have; the message names both."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure.

    Attributes:
        drawing: the image.
        note: how to read it, in a sentence or two.
        columns: the headings of its table.
        rows: the table: every number and name that the image shows.
        printed: how many columns a page has, where the others only repeat them for programs; else none.
    """

    drawing: Drawing
    note: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    printed: int | None = None


Chosen = dict[str, str]


@dataclass(frozen=True)
class Kind:
    """A kind of figure.

    Attributes:
        name: in the address.
        title: the heading.
        lead: what the figure tells.
        filters: what narrows it, given the site.
        draw: the figure, given the site, what is chosen, and how IRIs become links.
        narrow: the same for a narrow screen, where there is one.
    """

    name: str
    title: str
    lead: str
    filters: Callable[[Site], tuple[Filter, ...]]
    draw: Callable[[Site, Chosen, Link], Figure] = field(repr=False)
    narrow: Callable[[Site, Chosen, Link], Figure] | None = field(default=None, repr=False)


def chosen(filters: tuple[Filter, ...], given: dict[str, str]) -> Chosen:
    """The value of each filter: as given, or its default.

    Raises:
        FilterError: a given value is none of the choices, or no year.
    """
    found = {}
    for one in filters:
        value = given.get(one.name, "").strip() or one.default
        if value and one.choices and value not in dict(one.choices):
            raise FilterError(f"there is no {one.label.lower()} “{value}”; choose one of the list")
        if value and not one.choices and not (len(value) == 4 and value.isascii() and value.isdigit()):
            raise FilterError(f"“{value}” is no year; write four digits, as in 2011")
        found[one.name] = value
    return found
