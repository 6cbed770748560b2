"""Terms of the ontology as their page shows them."""

from dataclasses import dataclass

from cstokg.web.constraints import Check
from cstokg.web.terms import Term


@dataclass(frozen=True, slots=True)
class Described:
    """What every term has.

    Attributes:
        iri: the IRI.
        labels: its names, in English first.
        definitions: what could stand in place of the term.
        notes: where people would hesitate.
        alignments: the relation in words and the IRI of a term of others.
    """

    iri: str
    labels: tuple[Term, ...]
    definitions: tuple[Term, ...]
    notes: tuple[Term, ...]
    alignments: tuple[tuple[str, str], ...]

    @property
    def anchor(self) -> str:
        """The identifier of the term on the page."""
        return self.iri.partition("#")[2]

    @property
    def label(self) -> str:
        """The name to call it by."""
        return self.labels[0].value if self.labels else self.anchor


@dataclass(frozen=True, slots=True)
class Property:
    """A property.

    Attributes:
        term: what every term has.
        domains: the classes from which it starts.
        ranges: the classes or datatypes to which it leads.
        traits: how it behaves, in words.
        inverses: the properties that say the same the other way round.
        chains: paths of properties from which it follows.
        above: the properties of ours that it implies.
        uses: in how many triples it stands.
        example: the subject and the object of one of these.
    """

    term: Described
    domains: tuple[str, ...]
    ranges: tuple[str, ...]
    traits: tuple[str, ...]
    inverses: tuple[str, ...]
    chains: tuple[tuple[str, ...], ...]
    above: tuple[str, ...]
    uses: int
    example: tuple[str, str] | None


@dataclass(frozen=True, slots=True)
class Class:
    """A class with the properties that start from it.

    Attributes:
        term: what every term has.
        above: the classes of ours to which each member belongs too.
        below: the classes of ours directly below.
        apart: the classes with which it shares no member.
        implied_by: a property and a value that make something a member.
        properties: those that start from it, in reading order.
        checks: what is checked of its members.
        members: how many there are.
        examples: a few of them.
    """

    term: Described
    above: tuple[str, ...]
    below: tuple[str, ...]
    apart: tuple[str, ...]
    implied_by: tuple[tuple[str, str], ...]
    properties: tuple[Property, ...]
    checks: tuple[Check, ...]
    members: int
    examples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """Classes that are read together."""

    title: str
    classes: tuple[Class, ...]

    @property
    def anchor(self) -> str:
        """The identifier of the section on the page."""
        return "section-" + self.title.partition(",")[0].lower().replace(" ", "-")
