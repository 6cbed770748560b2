"""Check the values of a saved question's parameters, and turn them into RDF terms."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import TYPE_CHECKING

import pyoxigraph as ox

from cstokg import formats, namespaces
from cstokg.engine import suggestions
from cstokg.engine.query_text import prologue
from cstokg.errors import CstokgError

if TYPE_CHECKING:
    from cstokg.engine.engine import Queryable

Term = ox.NamedNode | ox.Literal

# The parameters that sort and filter the rows of every answer; no question may have such parameters.
SORT, CONTAINS, WITHIN = "sort", "contains", "in"
OF_ROWS = (SORT, CONTAINS, WITHIN)

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_INTEGER = re.compile(r"[+-]?[0-9]{1,100}")
_CLASS = re.compile(r"(?:ckg|skos):[A-Z][A-Za-z]*")
_SHOWN = 60  # characters of a refused value that a message shows
_NAME_SHOWN = 80  # characters of an unknown name that a message shows


class ParameterError(CstokgError):
    """A value does not fit its parameter; the message names the parameter and what it expects."""


class UnknownNameError(ParameterError):
    """A value names nothing, or a thing of another class than its parameter expects.

    Attributes:
        parameter: the name of the parameter.
        nearest: the names that are spelled most like the value, as ``prefix:name``.
    """

    def __init__(self, parameter: "Parameter", text: str, nearest: Iterable[str]) -> None:
        """Make the message from the text of the value and the nearest names."""
        self.parameter, self.nearest = parameter.name, tuple(nearest)
        what = "thing" if parameter.datatype == "iri" else parameter.datatype
        hint = f"; the nearest names: {', '.join(self.nearest)}" if self.nearest else ""
        name = _cut(text, _NAME_SHOWN)
        super().__init__(f"parameter '{parameter.name}': no {what} is called {name}{hint}")


def _is_date(text: str) -> bool:
    if not _DATE.fullmatch(text):
        return False
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


# What each datatype accepts, and how the message describes it.
DATATYPES: MappingProxyType[str, tuple[Callable[[str], bool], str]] = MappingProxyType(
    {
        "xsd:date": (_is_date, "a day such as 2021-05-19"),
        "xsd:string": (lambda text: True, "a text"),
        "xsd:integer": (lambda text: _INTEGER.fullmatch(text) is not None, "a whole number"),
    }
)


def is_datatype(name: str) -> bool:
    """Return whether a parameter may have a datatype: one of ``DATATYPES``, ``iri`` or a class of ours."""
    return name in DATATYPES or name == "iri" or _CLASS.fullmatch(name) is not None


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of a question: a variable of its query to which each request may give another value.

    Attributes:
        name: the name of the variable in the query.
        datatype: one of ``DATATYPES``, ``iri``, or a class such as ``ckg:Post``, which stands for the IRI
            of a thing of that class.
        description: what the value means.
        default: the text of the value if none is given; ``term`` accepts it.
    """

    name: str
    datatype: str
    description: str
    default: str

    @property
    def expected(self) -> str:
        """Return what the parameter expects, in words."""
        if self.datatype in DATATYPES:
            return DATATYPES[self.datatype][1]
        what = "thing" if self.datatype == "iri" else self.datatype
        return f"the IRI of a {what}, in full or as prefix:name"

    def term(self, text: str) -> Term:
        """Return the RDF term for a text: a literal as written, or an IRI in full or as ``prefix:name``.

        Raises:
            ParameterError: the text is not of the datatype, or is not an IRI.
        """
        try:
            if self.datatype in DATATYPES:
                term: Term = ox.Literal(text, datatype=ox.NamedNode(namespaces.expand(self.datatype)))
            else:
                term = ox.NamedNode(namespaces.expand(text))
        except (ValueError, UnicodeEncodeError) as error:
            raise self._refusal(text) from error
        self.check(term)
        return term

    def check(self, term: Term) -> None:
        """Raise if a term is not of the parameter's datatype.

        Raises:
            ParameterError: the message names the parameter and what it expects.
        """
        if self.datatype in DATATYPES:
            if not isinstance(term, ox.Literal) or term.datatype.value != namespaces.expand(self.datatype):
                raise self._refusal(str(term))
            if not DATATYPES[self.datatype][0](term.value):
                raise self._refusal(term.value)
            return
        if not isinstance(term, ox.NamedNode):
            raise self._refusal(str(term))
        if not term.value.startswith(("http://", "https://", "urn:")) or not namespaces.is_well_formed(
            term.value
        ):
            raise self._refusal(term.value)

    def check_name(self, text: str, engine: "Queryable") -> None:
        """Raise if the value should name a thing, but an engine's data have no thing of that name and class.

        Raises:
            ParameterError: the text is not of the datatype.
            UnknownNameError: nothing has this name, or a thing of another class has it.
            QueryError: the engine gives no answer.
        """
        if self.datatype in DATATYPES:
            return
        term = self.term(text)
        class_ = "?class" if self.datatype == "iri" else ox.NamedNode(namespaces.expand(self.datatype))
        if engine.query(f"ASK {{ {term} a {class_} }}", formats.CSV).text != "true":
            answer = engine.query(f"SELECT DISTINCT ?thing {{ ?thing a {class_} }}", formats.CSV)
            names = [namespaces.shorten(iri) for iri in answer.text.splitlines()[1:]]
            raise UnknownNameError(self, text, suggestions.nearest(namespaces.shorten(term.value), names))

    def read_default(self, content: str, sparql: str) -> str:
        """Return the text of the default.

        Args:
            content: what is between the braces of the ``VALUES`` block: one term.
            sparql: the whole query.

        Raises:
            ParameterError: there is not exactly one term, or it is not of the datatype.
        """
        try:
            turtle = f"{prologue(sparql)}\n<urn:s> <urn:p> {content}\n."
            objects = [quad.object for quad in ox.parse(turtle, format=ox.RdfFormat.TURTLE)]
        except SyntaxError as error:
            raise self._refusal(content) from error
        if len(objects) != 1 or not isinstance(objects[0], ox.NamedNode | ox.Literal):
            raise self._refusal(content)
        term = objects[0]
        self.check(term)
        return namespaces.shorten(term.value) if isinstance(term, ox.NamedNode) else term.value

    def _refusal(self, text: str) -> ParameterError:
        return ParameterError(f"parameter '{self.name}' expects {self.expected}, not {_cut(text, _SHOWN)!r}")


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else f"{text[:length]}…"
