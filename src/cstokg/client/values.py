"""RDF terms as Python values, Python values as RDF terms, and as values for the variables of a query.

A literal becomes a value of Python that says exactly the same, or else a ``Text`` with its datatype: a
day with a time zone, for example, is no ``date``.
"""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Self

import pyoxigraph as ox

from cstokg import json_results, namespaces
from cstokg.engine import query_text
from cstokg.engine.query_text import Token
from cstokg.errors import CstokgError
from cstokg.json_results import JsonTerm

_XSD = namespaces.PREFIXES["xsd"]
_STRING = f"{_XSD}string"
_LANGUAGE_STRING = f"{namespaces.PREFIXES['rdf']}langString"

_INTEGER = re.compile(r"[+-]?[0-9]{1,4000}")  # Python reads no more digits
_DECIMAL = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)")
_DOUBLE = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?|[+-]?INF|NaN")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_DATE_TIME = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?(?:Z|[+-][0-9]{2}:[0-9]{2})?"
)
_YEAR = re.compile(r"[0-9]{4}")
_YEAR_MONTH = re.compile(r"[0-9]{4}-(?:0[1-9]|1[0-2])")
_NAME = re.compile(r"[a-z-]+:\S+")
_BOOLEAN = re.compile(r"true|false|1|0")


class ValueRefusedError(CstokgError):
    """A Python value stands for no RDF term, or could stand for two; the message says what to write."""


class Iri(str):
    """The IRI of a thing; ``Iri("person:lavrov-sergey")`` is the same as the whole IRI."""

    __slots__ = ()

    def __new__(cls, text: str) -> Self:
        """Take an IRI, or ``prefix:name``."""
        return super().__new__(cls, namespaces.expand(text))

    @property
    def name(self) -> str:
        """Return ``prefix:name``, or the whole IRI where no prefix of the project fits."""
        return namespaces.shorten(self).strip("<>")


class Blank(str):
    """The label of a blank node; it means something within one answer only."""

    __slots__ = ()


class Text(str):
    """The text of a literal.

    Attributes:
        language: the language tag; empty where there is none.
        datatype: the datatype's IRI; empty for plain texts and those in a language.
    """

    language: str
    datatype: str

    __slots__ = ("datatype", "language")

    def __new__(cls, text: str, language: str = "", datatype: str = "") -> Self:
        """Take a text, with its language or else its datatype."""
        self = super().__new__(cls, text)
        self.language = language
        self.datatype = datatype
        return self


@dataclass(frozen=True, order=True, slots=True)
class Year:
    """A year of which no day is known (``xsd:gYear``)."""

    year: int

    def __str__(self) -> str:
        """Return the year as RDF writes it."""
        return f"{self.year:04}"


@dataclass(frozen=True, order=True, slots=True)
class YearMonth:
    """A month of which no day is known (``xsd:gYearMonth``)."""

    year: int
    month: int

    def __str__(self) -> str:
        """Return the month as RDF writes it."""
        return f"{self.year:04}-{self.month:02}"


Value = Iri | Blank | Text | bool | int | float | Decimal | date | datetime | Year | YearMonth


_INTEGERS = (
    *("integer", "long", "int", "short", "byte", "nonNegativeInteger", "positiveInteger"),
    *("nonPositiveInteger", "negativeInteger"),
    *("unsignedLong", "unsignedInt", "unsignedShort", "unsignedByte"),
)
# How the literals of each datatype are written, and what reads them.
_READERS: Mapping[str, tuple[re.Pattern[str], Callable[[str], Value]]] = MappingProxyType(
    {
        **{f"{_XSD}{name}": (_INTEGER, int) for name in _INTEGERS},
        f"{_XSD}boolean": (_BOOLEAN, lambda text: text in ("true", "1")),
        f"{_XSD}date": (_DATE, date.fromisoformat),
        f"{_XSD}dateTime": (_DATE_TIME, datetime.fromisoformat),
        f"{_XSD}decimal": (_DECIMAL, Decimal),
        f"{_XSD}double": (_DOUBLE, float),
        f"{_XSD}float": (_DOUBLE, float),
        f"{_XSD}gYear": (_YEAR, lambda text: Year(int(text))),
        f"{_XSD}gYearMonth": (_YEAR_MONTH, lambda text: YearMonth(int(text[:4]), int(text[5:]))),
    }
)


def of_json(term: JsonTerm) -> Value:
    """Return the value for a term of a result in JSON."""
    kind, text = term["type"], term["value"]
    if kind == "uri":
        return Iri(f"<{text}>")
    if kind == "bnode":
        return Blank(text)
    if kind == "triple":
        return Text(json_results.in_turtle(term))
    return of_literal(text, term.get("xml:lang", ""), term.get("datatype", ""))


def of_literal(text: str, language: str, datatype: str) -> Value:
    """Return the value for a literal: a value of Python if one says the same, else a ``Text``."""
    if (row := _READERS.get(datatype)) and row[0].fullmatch(text):
        with suppress(ValueError):  # such as a 30 February
            return row[1](text)
    return Text(text, language, "" if datatype in (_STRING, _LANGUAGE_STRING) else datatype)


def to_term(value: object) -> ox.NamedNode | ox.Literal:
    """Return the term that a Python value stands for.

    A plain string is a text; but one that looks like the name of a thing is refused, because as a text
    it would match nothing.

    Raises:
        ValueRefusedError: the value stands for no term, or could be meant as a name or as a text.
    """
    match value:
        case Iri():
            try:
                return ox.NamedNode(str(value))
            except ValueError as error:
                raise ValueRefusedError(
                    f"'{value}' is not an IRI; write one such as Iri('person:lavrov-sergey')"
                ) from error
        case Text():
            if value.language:
                return ox.Literal(str(value), language=value.language)
            return _literal(str(value), value.datatype or _STRING)
        case str() if (_NAME.fullmatch(value) and namespaces.expand(value) != value) or "://" in value:
            raise ValueRefusedError(
                f"is '{value}' a thing or a text? Write Iri('{value}') for the thing, or Text('{value}')"
            )
        case str():
            return ox.Literal(value)
        case bool():
            return ox.Literal(value)
        case int():
            return _literal(str(value), f"{_XSD}integer")
        case float():
            special = "NaN" if math.isnan(value) else "INF" if value > 0 else "-INF"
            return _literal(repr(value) if math.isfinite(value) else special, f"{_XSD}double")
        case Decimal() if value.is_finite():
            return _literal(f"{value:f}", f"{_XSD}decimal")
        case datetime():
            return _literal(value.isoformat(), f"{_XSD}dateTime")
        case date():
            return _literal(value.isoformat(), f"{_XSD}date")
        case Year():
            return _literal(str(value), f"{_XSD}gYear")
        case YearMonth():
            return _literal(str(value), f"{_XSD}gYearMonth")
    raise ValueRefusedError(
        f"{value!r} stands for no term; give an Iri, a text, a number, a bool, a date or a Year"
    )


def _literal(text: str, datatype: str) -> ox.Literal:
    return ox.Literal(text, datatype=ox.NamedNode(datatype))


class BindingError(CstokgError):
    """A value cannot be written into a query; the message names the reason and the remedy."""


def bind(sparql: str, bindings: Mapping[str, object]) -> str:
    """Return a query that answers as if its ``WHERE`` began with ``VALUES ?name { value }`` for each name.

    If the query already has such a block, as the saved questions do, the value replaces what is in it. A
    variable inside a subquery that does not select it is another variable.

    Raises:
        BindingError: the query lacks a variable, or has no WHERE in braces.
        ValueRefusedError: a value does not stand for an RDF term.
    """
    sparql = sparql.removeprefix("\ufeff")  # a byte order mark, which the tokens do not count
    missing = {}
    for name, value in bindings.items():
        term = to_term(value)
        tokens = query_text.tokens(sparql)
        if not any(token.kind == "variable" and token.text[1:] == name for token in tokens):
            raise BindingError(f"the query has no variable ?{name}; remove the value, or add the variable")
        blocks = query_text.values_blocks(sparql, name)
        for start, end in reversed(blocks):
            sparql = f"{sparql[:start]} {term} {sparql[end:]}"
        if not blocks:
            missing[name] = term
    if not missing:
        return sparql
    start, end, is_subquery = _group(query_text.read(sparql))
    text = " ".join(f"VALUES ?{name} {{ {term} }}" for name, term in missing.items())
    inner = f"{{{sparql[start:end]}}}" if is_subquery else sparql[start:end]
    return f"{sparql[:start]} {text} {inner}{sparql[end:]}"


def _group(query: query_text.QueryText) -> tuple[int, int, bool]:
    """Return where the inside of the outermost group starts and ends, and whether it is only a subquery."""
    opening = _braces(query.tokens[query.first :])
    position = 0 if query.form != "CONSTRUCT" else 1  # the first group is the template
    if len(opening) <= position:
        raise BindingError("the query has no place for values; write WHERE { … } in full")
    first, last, next_word = opening[position]
    return first, last, next_word == "SELECT"


def _braces(tokens: Sequence[Token]) -> list[tuple[int, int, str]]:
    """Return the inside of each outermost pair of braces, and the word that it begins with."""
    depth, start, groups = 0, 0, list[tuple[int, int, str]]()
    for index, token in enumerate(tokens):
        if token.kind != "sign":
            continue
        if token.text in "{([":
            if depth == 0 and token.text == "{":
                start = index
            depth += 1
        elif token.text in "})]":
            depth -= 1
            if depth == 0 and token.text == "}":
                groups.append((tokens[start].end, token.start, tokens[start + 1].text.upper()))
    return groups
