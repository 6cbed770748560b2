"""What parsing makes of one Turtle file."""

from dataclasses import dataclass, field

from rdflib.term import Node

Triple = tuple[Node, Node, Node]


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong at one line of a file, and the remedy."""

    line: int
    message: str


@dataclass(slots=True)
class Document:
    """One parsed file: its triples in the order of the file, and the line of each."""

    triples: dict[Triple, int] = field(default_factory=dict)
    subjects: dict[Node, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
