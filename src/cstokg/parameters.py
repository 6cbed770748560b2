"""Parameters of saved questions: from the text that somebody types to an RDF term, or a plain refusal.

rdflib stays out: programs that serve a release bind parameters too, and start in an instant.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

import pyoxigraph as ox

from cstokg import namespaces
from cstokg.engine.query_text import prologue
from cstokg.errors import CstokgError

Term = ox.NamedNode | ox.Literal

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_INTEGER = re.compile(r"[+-]?[0-9]{1,100}")
_CLASS = re.compile(r"(?:ckg|skos):[A-Z][A-Za-z]*")


class ParameterError(CstokgError):
    """A value does not fit its parameter; the message names the parameter and what it expects."""


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
    """Whether a parameter may have this datatype: one of ``DATATYPES``, ``iri``, or a class of ours."""
    return name in DATATYPES or name == "iri" or _CLASS.fullmatch(name) is not None


@dataclass(frozen=True, slots=True)
class Parameter:
    """A value that a question leaves open, and the default that makes it run as it is.

    ``datatype`` is one of ``DATATYPES``, ``iri``, or a class such as ``ckg:Post``, which stands for
    the IRI of a thing of that class. ``default`` is text that ``term`` accepts.
    """

    name: str
    datatype: str
    description: str
    default: str

    @property
    def expected(self) -> str:
        """What the parameter expects, in words."""
        if self.datatype in DATATYPES:
            return DATATYPES[self.datatype][1]
        what = "thing" if self.datatype == "iri" else self.datatype
        return f"the IRI of a {what}, in full or as prefix:name"

    def term(self, text: str) -> Term:
        """The RDF term that a text stands for: a literal as written, or an IRI in full or as ``prefix:name``.

        Raises:
            ParameterError: the text is not of the datatype, or no IRI.
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
        """Refuse a term that is not of the parameter's datatype.

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

    def read_default(self, content: str, sparql: str) -> str:
        """The text of the one term between the braces of the ``VALUES`` block, given the whole query.

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
        shown = text if len(text) <= 60 else f"{text[:60]}…"
        return ParameterError(f"parameter '{self.name}' expects {self.expected}, not {shown!r}")
