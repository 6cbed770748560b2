"""What figures can be narrowed by, with the choices that the graph offers."""

from collections.abc import Iterable

from cstokg import namespaces
from cstokg.web.catalogue import Catalogue
from cstokg.web.figures.figure import Filter
from cstokg.web.site import Site

_STATE, _TOPIC = f"{namespaces.ID}state/", f"{namespaces.ID}concept/topic/"


def state(site: Site) -> Filter:
    """One of the states."""
    return Filter("state", "State", _named(site.catalogue, "state", _STATE))


def topic(site: Site) -> Filter:
    """One of the topics."""
    return Filter("topic", "Topic", _named(site.catalogue, "concept/topic", _TOPIC))


def years(first: str = "", last: str = "") -> tuple[Filter, Filter]:
    """The first and the last year."""
    return Filter("from", "From year", default=first), Filter("until", "Until year", default=last)


def state_iri(step: str) -> str:
    """The IRI of a chosen state."""
    return _STATE + step


def topic_iri(step: str) -> str:
    """The IRI of a chosen topic."""
    return _TOPIC + step


def within(narrower: Iterable[tuple[str, str]], topic: str) -> set[str]:
    """A topic with all that are narrower, given pairs of a topic and a broader one."""
    pairs = list(narrower)
    found, waiting = set[str](), [topic]
    while waiting:
        one = waiting.pop()
        if one not in found:
            found.add(one)
            waiting += [below for below, above in pairs if above == one]
    return found


def _named(catalogue: Catalogue, kind: str, below: str) -> tuple[tuple[str, str], ...]:
    entries = sorted(catalogue.by_kind.get(kind, ()), key=lambda entry: entry.label.casefold())
    return tuple((entry.iri.removeprefix(below), entry.label) for entry in entries)
