"""Facets: narrow the statements by speaker, topic and the like, and count what each choice would show."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from urllib.parse import urlencode

from werkzeug.datastructures import MultiDict

from cstokg import namespaces
from cstokg.web.content import testimonies
from cstokg.web.content.catalogue import Catalogue, natural
from cstokg.web.content.statements import NONE, Statement

Chosen = Mapping[str, tuple[str, ...]]  # the chosen values of each facet, as addresses give them


@dataclass(frozen=True, slots=True)
class Kind:
    """A facet.

    Attributes:
        title: the heading.
        below: what follows the namespace in the IRIs of all its values.
        missing: what to show where a statement has no value.
    """

    title: str
    below: str
    missing: str


KINDS = MappingProxyType(
    {
        "speaker": Kind("Speaker", "", "no speaker named"),
        "state": Kind("Speaks for the state", "state/", "for no state"),
        "topic": Kind("Topic", "concept/topic/", "no topic"),
        "outlet": Kind("Reported via", "outlet/", "no other outlet named"),
        "publisher": Kind("Published by", "outlet/", "no publisher printed"),
        "relayed": Kind("Passes on the words of", "", "own words"),
        "meeting": Kind("Occasion", "meeting/", "no occasion given"),
        "year": Kind("Year said, or possible", "", "not given"),
        "article": Kind("Article", "article/", "no article"),
        "form": Kind("Form", "concept/statement-form/", "not given"),
        "modality": Kind("Presented as", "concept/modality/", "not given"),
    }
)
NAMES = tuple(KINDS)
ORDER = "order"  # the parameter
ORDERS = MappingProxyType({"": "oldest first", "newest": "newest first", "text": "as in the articles"})
STEM = "/statements"


@dataclass(frozen=True, slots=True)
class Choice:
    """A value of a facet.

    Attributes:
        value: as the address gives it.
        label: as the page shows it.
        count: how many statements it would show, given the choices in other facets.
        chosen: whether it is chosen.
        address: the page with the choice added, or without it if it is chosen.
    """

    value: str
    label: str
    count: int
    chosen: bool
    address: str


@dataclass(frozen=True, slots=True)
class Facet:
    """A facet with its choices: the most frequent first, years in order."""

    name: str
    title: str
    choices: tuple[Choice, ...]


def chosen(arguments: MultiDict[str, str]) -> dict[str, tuple[str, ...]]:
    """Return the values by facet in the parameters of an address, in a fixed order."""
    by_name = {name: tuple(sorted({value for value in arguments.getlist(name) if value})) for name in NAMES}
    return {name: values for name, values in by_name.items() if values}


def narrow(statements: Sequence[Statement], choices: Chosen, but: str = "") -> list[Statement]:
    """Return the statements that have one of the chosen values in each facet, except in the facet ``but``."""
    return [
        statement
        for statement in statements
        if all(
            any(in_address(name, value) in values for value in statement.values_of_facet(name))
            for name, values in choices.items()
            if name != but
        )
    ]


def in_order(
    statements: Sequence[Statement], order: str, day_of_article: Callable[[str], tuple[date, str]]
) -> list[Statement]:
    """Return statements in one of the ``ORDERS``; those without a day come last, by their article's day.

    ``statements`` has them in the order of the articles' texts; statements of one day stay in that order.
    """
    if order == "text":
        return list(statements)
    dated = [(day, statement) for statement in statements if (day := statement.first_day)]
    undated = [statement for statement in statements if statement.first_day is None]
    is_newest = order == "newest"
    dated.sort(key=lambda pair: pair[0], reverse=is_newest)
    undated.sort(
        key=lambda row: min(map(day_of_article, row.values("ckg:reportedIn")), default=(date.max, "")),
        reverse=is_newest,
    )
    return [*(statement for _, statement in dated), *undated]


def count(
    catalogue: Catalogue, statements: Sequence[Statement], choices: Chosen, order: str = ""
) -> list[Facet]:
    """Return the facets, with how many statements each value would show; addresses keep the ``order``."""
    facets = []
    fitting_all = narrow(statements, choices)
    for name, kind in KINDS.items():
        shown = narrow(statements, choices, but=name) if name in choices else fitting_all
        counts = Counter(value for statement in shown for value in statement.values_of_facet(name))
        if name in choices:
            for value in {value for statement in statements for value in statement.values_of_facet(name)}:
                if in_address(name, value) in choices[name]:
                    counts.setdefault(value, 0)
        ordered = sorted(counts, key=lambda value: _order(catalogue, name, value, counts[value]))
        facets.append(
            Facet(
                name,
                kind.title,
                tuple(_choice(catalogue, choices, name, value, counts[value], order) for value in ordered),
            )
        )
    return facets


def unknown(statements: Sequence[Statement], choices: Chosen) -> list[tuple[str, str]]:
    """Return each facet and value that is chosen and that no statement has."""
    return [
        (name, value)
        for name, values in choices.items()
        for value in values
        if not any(
            in_address(name, other) == value
            for statement in statements
            for other in statement.values_of_facet(name)
        )
    ]


def in_address(name: str, value: str) -> str:
    """Return a value as addresses give it: without what the IRIs of all values of the facet begin with."""
    return value.removeprefix(namespaces.ID + KINDS[name].below)


def label(catalogue: Catalogue, name: str, value: str) -> str:
    """Return a value as a page shows it."""
    if value == NONE:
        return KINDS[name].missing
    if name == "modality":
        return testimonies.modality_of_statements(catalogue, value)
    return catalogue.label(value) if value.startswith(namespaces.ID) else value


def shown(catalogue: Catalogue, name: str, value: str) -> str:
    """Return what a page shows for a value in an address."""
    iri = namespaces.ID + KINDS[name].below + value
    return label(catalogue, name, iri if iri in catalogue else value)


def address(choices: Chosen, order: str = "") -> str:
    """Return the address of the page with some choices; the same choices always give the same address."""
    pairs = [(name, value) for name in NAMES for value in sorted(choices.get(name, ()))]
    pairs += [(ORDER, order)] if order else []
    return f"{STEM}?{urlencode(pairs, safe='/')}" if pairs else STEM


def _choice(catalogue: Catalogue, choices: Chosen, name: str, value: str, number: int, order: str) -> Choice:
    values = set(choices.get(name, ()))
    is_chosen = in_address(name, value) in values
    toggled = {**choices, name: tuple(values ^ {in_address(name, value)})}
    return Choice(
        in_address(name, value),
        label(catalogue, name, value),
        number,
        is_chosen,
        address(toggled, order),
    )


def _order(catalogue: Catalogue, name: str, value: str, number: int) -> tuple[object, ...]:
    text = natural(label(catalogue, name, value).casefold())
    if name in ("year", "meeting", "article"):
        return (value == NONE, 0, natural(value.rpartition("/")[2]))
    return (value == NONE, -number, text)
