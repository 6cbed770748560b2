"""RDF terms, as small as a page needs them."""

import re
from typing import NamedTuple

from cstokg import namespaces
from cstokg.bounded_cache import bounded_cache

_DIGITS = re.compile(r"(\d+)")
_DIGITS_READ = 1_000
_XSD = namespaces.PREFIXES["xsd"]


class Term(NamedTuple):
    """One RDF term: a named tuple, since a page has thousands and dataclasses are slow to make.

    Attributes:
        value: the IRI, the blank node's label or the literal's text.
        kind: ``uri``, ``bnode`` or ``literal``.
        language: the language tag of a literal.
        datatype: the IRI of a literal's datatype, empty for plain text.
    """

    value: str
    kind: str = "uri"
    language: str = ""
    datatype: str = ""

    @property
    def is_iri(self) -> bool:
        """Whether the term is an IRI."""
        return self.kind == "uri"

    @property
    def is_date(self) -> bool:
        """Whether the term is a day."""
        return self.datatype == f"{_XSD}date"

    @property
    def order(self) -> tuple[object, ...]:
        """A key that sorts terms: English before Russian, numbers inside a text as numbers."""
        return (self.kind, self.language != "en", self.language, natural(self.value))


def of_json(term: dict[str, str]) -> Term:
    """A term of a result in SPARQL 1.1 Query Results JSON."""
    if term["type"] == "uri":
        return Term(term["value"])
    return Term(term["value"], term["type"], term.get("xml:lang", ""), term.get("datatype", ""))


@bounded_cache(1 << 15)
def natural(text: str) -> tuple[tuple[int, str], ...]:
    """A key under which ``190-485`` comes before ``1000-1200``."""
    parts = filter(None, _DIGITS.split(text))
    # Python reads no number of more digits than a few thousand, and nobody expects one in its place.
    return tuple(
        (int(part), "") if part.isdecimal() and len(part) < _DIGITS_READ else (-1, part) for part in parts
    )
