"""Whether values name things of the graph, and which names come nearest to one that does not exist."""

import difflib
from collections.abc import Iterable, Mapping

import pyoxigraph as ox

from cstokg import namespaces
from cstokg.engine.engine import Engine
from cstokg.parameters import DATATYPES, Parameter, ParameterError
from cstokg.questions import Question

_MOST = 3
_SHOWN = 80  # characters of a name that does not exist


class UnknownNameError(ParameterError):
    """A value names nothing, or a thing of another class than its parameter wants.

    Attributes:
        parameter: the name of the parameter.
        nearest: the names that come nearest, as ``prefix:name``.
    """

    def __init__(self, parameter: Parameter, text: str, nearest: Iterable[str]) -> None:
        """What stands in the value's text."""
        self.parameter, self.nearest = parameter.name, tuple(nearest)
        what = "thing" if parameter.datatype == "iri" else parameter.datatype
        shown = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
        hint = f"; the nearest names: {', '.join(self.nearest)}" if self.nearest else ""
        super().__init__(f"parameter '{parameter.name}': no {what} is called {shown}{hint}")


def check(question: Question, texts: Mapping[str, str], engine: Engine) -> None:
    """Make sure that each IRI among the values names a thing of the class that its parameter wants.

    Raises:
        ParameterError: a name is no parameter of the question, or a text is not of its datatype.
        UnknownNameError: nothing is called so, or it is of another class.
        QueryError: the engine does not answer.
    """
    for name, text in texts.items():
        parameter = question.parameter(name)
        if parameter.datatype in DATATYPES:
            continue
        term = parameter.term(text)
        wanted = (
            "?class" if parameter.datatype == "iri" else ox.NamedNode(namespaces.expand(parameter.datatype))
        )
        if engine.query(f"ASK {{ {term} a {wanted} }}", "text/csv").text != "true":
            answer = engine.query(f"SELECT DISTINCT ?thing {{ ?thing a {wanted} }}", "text/csv")
            there = [namespaces.shorten(iri) for iri in answer.text.splitlines()[1:]]
            raise UnknownNameError(parameter, text, nearest(namespaces.shorten(term.value), there))


def nearest(name: str, known: Iterable[str]) -> list[str]:
    """The few names that come nearest to one that does not exist; none where all are far."""
    return difflib.get_close_matches(name, sorted(known), n=_MOST)
