"""Facets: narrow the statements by what they share, and count what each further choice would leave."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from urllib.parse import urlencode

from werkzeug.datastructures import MultiDict

from cstokg import namespaces
from cstokg.web.catalogue import Catalogue
from cstokg.web.records import NONE, Statement
from cstokg.web.terms import natural

Chosen = Mapping[str, tuple[str, ...]]  # facet, and its values as addresses give them


@dataclass(frozen=True, slots=True)
class Kind:
    """A facet: its heading, where the IRIs of its values begin, and what a missing value means."""

    title: str
    below: str
    missing: str


KINDS = MappingProxyType(
    {
        "speaker": Kind("Speaker", "", "no speaker named"),
        "state": Kind("Speaks for the state", "state/", "for no state"),
        "topic": Kind("Topic", "concept/topic/", "no topic"),
        "outlet": Kind("Reported via", "outlet/", "the article's own report"),
        "relayed": Kind("Passes on the words of", "", "own words"),
        "meeting": Kind("Said at", "meeting/", "no meeting given"),
        "year": Kind("Year said", "", "not given"),
        "article": Kind("Article", "article/", "no article"),
        "form": Kind("Form", "concept/statement-form/", "not given"),
        "modality": Kind("Put as", "concept/modality/", "not given"),
    }
)
NAMES = tuple(KINDS)
STEM = "/statements"


@dataclass(frozen=True, slots=True)
class Choice:
    """A value of a facet.

    Attributes:
        value: as the address gives it.
        label: as the page shows it.
        count: the statements that it would show, beside the choices in other facets.
        chosen: whether it is chosen.
        address: the page with it added, or taken away if it is chosen.
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
    """What an address chooses: values by facet, both in a fixed order; other parameters do not count."""
    found = {name: tuple(sorted({value for value in arguments.getlist(name) if value})) for name in NAMES}
    return {name: values for name, values in found.items() if values}


def narrow(statements: Sequence[Statement], choices: Chosen, but: str = "") -> list[Statement]:
    """The statements that have, in each chosen facet but one, at least one of the chosen values."""
    return [
        row
        for row in statements
        if all(
            any(step(name, value) in values for value in row.of(name))
            for name, values in choices.items()
            if name != but
        )
    ]


def count(catalogue: Catalogue, statements: Sequence[Statement], choices: Chosen) -> list[Facet]:
    """The facets with what each value would show."""
    found = []
    for name, kind in KINDS.items():
        counts = Counter(value for row in narrow(statements, choices, but=name) for value in row.of(name))
        taken = choices.get(name, ())
        for value in {value for row in statements for value in row.of(name)}:
            if step(name, value) in taken:
                counts.setdefault(value, 0)
        ordered = sorted(counts, key=lambda value: _order(catalogue, name, value, counts[value]))
        found.append(
            Facet(
                name,
                kind.title,
                tuple(_choice(catalogue, choices, name, value, counts[value]) for value in ordered),
            )
        )
    return found


def unknown(statements: Sequence[Statement], choices: Chosen) -> list[tuple[str, str]]:
    """The facets and values that an address chooses and no statement has."""
    return [
        (name, value)
        for name, values in choices.items()
        for value in values
        if not any(step(name, one) == value for row in statements for one in row.of(name))
    ]


def step(name: str, value: str) -> str:
    """A value as the address gives it: the IRI without what all values of the facet share."""
    return value.removeprefix(namespaces.ID + KINDS[name].below)


def label(catalogue: Catalogue, name: str, value: str) -> str:
    """A value as a page shows it."""
    if value == NONE:
        return KINDS[name].missing
    return catalogue.label(value) if value.startswith(namespaces.ID) else value


def shown(catalogue: Catalogue, name: str, value: str) -> str:
    """The same for a value as the address gives it."""
    iri = namespaces.ID + KINDS[name].below + value
    return label(catalogue, name, iri if iri in catalogue else value)


def address(choices: Chosen) -> str:
    """The address of the page with some choices, always written the same way."""
    pairs = [(name, value) for name in NAMES for value in sorted(choices.get(name, ()))]
    return f"{STEM}?{urlencode(pairs, safe='/')}" if pairs else STEM


def _choice(catalogue: Catalogue, choices: Chosen, name: str, value: str, number: int) -> Choice:
    taken = set(choices.get(name, ()))
    is_chosen = step(name, value) in taken
    others = {**choices, name: tuple(taken ^ {step(name, value)})}
    return Choice(step(name, value), label(catalogue, name, value), number, is_chosen, address(others))


def _order(catalogue: Catalogue, name: str, value: str, number: int) -> tuple[object, ...]:
    text = natural(label(catalogue, name, value).casefold())
    if name in ("year", "meeting", "article"):
        return (value == NONE, 0, natural(value.rpartition("/")[2]))
    return (value == NONE, -number, text)
