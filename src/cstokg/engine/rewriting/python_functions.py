"""Functions in Python that corrected queries call where pyoxigraph's own give an error or a wrong value.

Operators: ``xsd:integer`` and ``xsd:decimal`` of any size (pyoxigraph has 64 bits and 18 digits),
order of booleans and NaN (SPARQL 1.1, section 17.3), and the opposite of a duration, since
pyoxigraph subtracts durations from dates but adds only some. None stands for an error, as in pyoxigraph.
"""

import decimal
import math
import operator
import re
from collections.abc import Callable
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from pyoxigraph import BlankNode, Literal, NamedNode

from cstokg.engine.rewriting import xpath_regex
from cstokg.namespaces import PREFIXES

_NAMESPACE = "urn:x-cstokg:function:"
_XSD = PREFIXES["xsd"]

# The functions in place of the operators, by sign.
OPERATORS = MappingProxyType(
    {
        sign: f"<{_NAMESPACE}{name}>"
        for sign, name in {
            "<": "less",
            ">": "greater",
            "<=": "at-most",
            ">=": "at-least",
            "=": "equal",
            "!=": "unequal",
            "+": "plus",
            "-": "minus",
            "*": "times",
            "/": "divided",
        }.items()
    }
)
OPPOSITE = f"<{_NAMESPACE}opposite>"
IS_NUMERIC = f"<{_NAMESPACE}is-numeric>"
BLANK_NODE = f"<{_NAMESPACE}blank-node>"
AGGREGATES = {word: f"<{_NAMESPACE}{word.lower()}>" for word in ("SUM", "AVG", "MIN", "MAX")}

_INTEGERS = frozenset(
    {
        "integer",
        "long",
        "int",
        "short",
        "byte",
        "unsignedLong",
        "unsignedInt",
        "unsignedShort",
        "unsignedByte",
    }
    | {"nonNegativeInteger", "positiveInteger", "nonPositiveInteger", "negativeInteger"}
)
_INTEGER = re.compile(r"[+-]?[0-9]++", re.ASCII)
_DECIMAL = re.compile(r"[+-]?(?:[0-9]++(?:\.[0-9]*+)?|\.[0-9]++)", re.ASCII)
_DOUBLE = re.compile(r"[+-]?(?:[0-9]++(?:\.[0-9]*+)?|\.[0-9]++)(?:[eE][+-]?[0-9]++)?|[+-]?INF|NaN", re.ASCII)
_DURATIONS = frozenset(f"{_XSD}{name}" for name in ("duration", "yearMonthDuration", "dayTimeDuration"))

# Enough digits for sums and products of values in a graph. Larger exponents overflow, so that no computation
# takes long.
_CONTEXT = decimal.Context(prec=100, Emax=10_000, Emin=-10_000)
_MAX_DIGITS = 4000

Number = int | Decimal | float


def number(term: Any) -> tuple[Number, str] | None:
    """Return the value of a numeric literal and its type: integer, decimal, float or double."""
    if not isinstance(term, Literal) or not term.datatype.value.startswith(_XSD):
        return None
    kind, text = term.datatype.value[len(_XSD) :], term.value.strip(" \t\r\n")
    if len(text) > _MAX_DIGITS:
        return None
    if kind in _INTEGERS:
        return (int(text), "integer") if _INTEGER.fullmatch(text) else None
    if kind == "decimal":
        return (Decimal(text), kind) if _DECIMAL.fullmatch(text) else None
    if kind in ("double", "float"):
        return (float(text), kind) if _DOUBLE.fullmatch(text) else None
    return None


def _boolean(term: Any) -> bool | None:
    if isinstance(term, Literal) and term.datatype.value == f"{_XSD}boolean":
        return {"true": True, "1": True, "false": False, "0": False}.get(term.value)
    return None


def _literal(value: Number, kind: str) -> Literal | None:
    if kind == "integer":
        return Literal(str(value), datatype=NamedNode(f"{_XSD}integer"))
    if kind == "decimal":
        text = format(Decimal(value), "f")
        return Literal(
            text.rstrip("0").rstrip(".") if "." in text else text, datatype=NamedNode(f"{_XSD}decimal")
        )
    value = float(value)
    text = (
        repr(value).upper()
        if math.isfinite(value)
        else {math.inf: "INF", -math.inf: "-INF"}.get(value, "NaN")
    )
    return Literal(text, datatype=NamedNode(_XSD + kind))


def _comparison(compare: Callable[[Any, Any], bool]) -> Callable[[Any, Any], Literal | None]:
    def function(left: Any, right: Any) -> Literal | None:
        numbers = number(left), number(right)
        if numbers[0] is not None and numbers[1] is not None:
            (a, a_kind), (b, b_kind) = numbers[0], numbers[1]
            if "double" in (a_kind, b_kind) or "float" in (a_kind, b_kind):
                a, b = _as_float(a), _as_float(b)
            return Literal(compare(a, b))
        booleans = _boolean(left), _boolean(right)
        if booleans[0] is not None and booleans[1] is not None:
            return Literal(compare(*booleans))
        return None

    return function


def _as_float(value: Number) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.copysign(math.inf, value)


_LEVELS = ("integer", "decimal", "float", "double")


def _computation(sign: str) -> Callable[[Any, Any], Literal | None]:
    exact = {"+": _CONTEXT.add, "-": _CONTEXT.subtract, "*": _CONTEXT.multiply, "/": _CONTEXT.divide}[sign]
    plain = {"+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv}[sign]

    def function(left: Any, right: Any) -> Literal | None:
        a, b = number(left), number(right)
        if a is None or b is None:
            return None
        kind = max(a[1], b[1], key=_LEVELS.index)
        try:
            if kind in ("float", "double"):
                return _literal(plain(_as_float(a[0]), _as_float(b[0])), kind)
            if kind == "integer" and sign != "/":
                return _literal(plain(a[0], b[0]), kind)
            return _literal(exact(Decimal(a[0]), Decimal(b[0])), "decimal")
        except (ArithmeticError, ValueError):
            return None

    return function


def _opposite(term: Any) -> Literal | None:
    """Return a duration with the other sign."""
    if not isinstance(term, Literal) or term.datatype.value not in _DURATIONS:
        return None
    text = term.value
    return Literal(text[1:] if text.startswith("-") else f"-{text}", datatype=term.datatype)


def _is_numeric(term: Any) -> Literal:
    return Literal(number(term) is not None)


def _blank_node(label: Any) -> BlankNode | None:
    """Return a new node for each solution (section 17.4.2.9)."""
    simple = isinstance(label, Literal) and label.language is None and label.datatype.value == f"{_XSD}string"
    return BlankNode() if simple else None


class _Fold:
    """A numeric aggregate of all terms; None if one is not a number."""

    def __init__(self, word: str) -> None:
        self.word = word
        self.numbers: list[Literal] = []
        self.failed = False

    def accumulate(self, term: Any) -> None:
        if number(term) is None:
            self.failed = True
        else:
            self.numbers.append(term)

    def finish(self) -> Literal | None:
        if self.failed or not self.numbers:
            return None
        if self.word in ("MIN", "MAX"):
            better = _comparison(operator.lt if self.word == "MIN" else operator.gt)
            best = self.numbers[0]
            for term in self.numbers:
                best = term if better(term, best) == Literal(True) else best
            return best
        total: Literal | None = Literal(0)
        for term in self.numbers:
            total = _computation("+")(total, term)
        return _computation("/")(total, Literal(len(self.numbers))) if self.word == "AVG" else total


_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    ">": operator.gt,
    "<=": operator.le,
    ">=": operator.ge,
    "=": operator.eq,
    "!=": operator.ne,
}


def _named(name: str) -> NamedNode:
    return NamedNode(name[1:-1])


# The arguments of ``Store.query`` that let a rewritten query call these functions.
QUERY_OPTIONS: dict[str, Any] = {
    "custom_functions": {
        **{_named(OPERATORS[sign]): _comparison(compare) for sign, compare in _COMPARISONS.items()},
        **{_named(OPERATORS[sign]): _computation(sign) for sign in "+-*/"},
        _named(OPPOSITE): _opposite,
        _named(IS_NUMERIC): _is_numeric,
        _named(BLANK_NODE): _blank_node,
        _named(xpath_regex.MATCHES): xpath_regex.matches,
        _named(xpath_regex.REPLACES): xpath_regex.replaced,
    },
    "custom_aggregate_functions": {
        _named(name): (lambda word=word: _Fold(word)) for word, name in AGGREGATES.items()
    },
}
