"""Form fields for the parameters of a question, with what the graph offers to choose from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from cstokg import namespaces
from cstokg.parameters import DATATYPES, Parameter
from cstokg.questions import Question
from cstokg.web import periods
from cstokg.web.catalogue import Entry
from cstokg.web.site import Site

_INPUTS = MappingProxyType({"xsd:date": "date", "xsd:integer": "number", "xsd:string": "text"})

# Where any thing may be named: what statements and claims are about.
_ANYTHING = (
    "ckg:State",
    "ckg:Organisation",
    "ckg:Person",
    "ckg:Document",
    "ckg:Place",
    "ckg:Meeting",
    "ckg:Incident",
)

Group = tuple[str, Sequence[tuple[str, str]]]  # heading; value and label of each choice


@dataclass(frozen=True, slots=True)
class Field:
    """One field.

    Attributes:
        parameter: what it asks for.
        kind: the type of an input element, or ``select``.
        value: what is chosen now.
        groups: what there is to choose from.
    """

    parameter: Parameter
    kind: str
    value: str
    groups: tuple[Group, ...] = ()


def fields(site: Site, question: Question, given: Mapping[str, str]) -> list[Field]:
    """The fields of a question's form."""
    return [_field(site, parameter, given) for parameter in question.parameters]


def _field(site: Site, parameter: Parameter, given: Mapping[str, str]) -> Field:
    value = given.get(parameter.name, parameter.default)
    if parameter.datatype in DATATYPES:
        # A browser refuses to show what is wrong in a field made for what is right.
        right = DATATYPES[parameter.datatype][0](value)
        return Field(parameter, _INPUTS[parameter.datatype] if right else "text", value)
    classes = _ANYTHING if parameter.datatype == "iri" else (parameter.datatype,)
    groups = []
    for name in classes:
        entries = site.catalogue.of_class(name)
        if name == "skos:Concept":
            entries = _like(entries, namespaces.expand(parameter.default))
        if entries:
            heading = site.catalogue.label(namespaces.expand(name)) if len(classes) > 1 else ""
            groups.append(
                (heading, [(namespaces.shorten(entry.iri).strip("<>"), entry.label) for entry in entries])
            )
    short = namespaces.shorten(namespaces.expand(value)).strip("<>")
    if not any(short == choice for _, choices in groups for choice, _ in choices):
        groups.insert(0, ("", [(value, value)]))
    return Field(parameter, "select", short, tuple(groups))


def _like(entries: Sequence[Entry], example: str) -> list[Entry]:
    """The concepts of the scheme from which the default comes."""
    scheme = example.rpartition("/")[0]
    return [entry for entry in entries if entry.iri.startswith(f"{scheme}/")]


def in_words(site: Site, question: Question, given: Mapping[str, str]) -> str:
    """For what a question is asked: each parameter with its value, or else its default."""
    return ", ".join(
        f"{parameter.name} {_in_words(site, given.get(parameter.name, parameter.default))}"
        for parameter in question.parameters
    )


def _in_words(site: Site, value: str) -> str:
    iri = namespaces.expand(value)
    return site.catalogue.label(iri) if iri in site.catalogue else periods.day(value)
