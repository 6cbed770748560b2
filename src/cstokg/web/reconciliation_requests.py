"""Requests to ``/reconcile``, read and checked: batches of queries, and of entities to extend.

The forms are those of the Reconciliation Service API 0.2, sections 4.1 and 7.4.
"""

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from cstokg.engine import suggestions
from cstokg.settings import Serving
from cstokg.web.problems import ProblemError

QUERIES, EXTEND = "queries", "extend"

_STRICTNESS = ("any", "all", "should")
_MEMBERS = ("query", "type", "limit", "properties", "type_strict")
_LONGEST_NAME = 80  # characters of a name in a message


@dataclass(frozen=True, slots=True)
class Wanted:
    """A property that a candidate should have: its id, and values of which one should be its own."""

    property: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Query:
    """What is to be matched.

    Attributes:
        text: the name; empty if the properties alone are to decide.
        types: the types, as the request names them.
        strict: ``any`` or ``all`` of them are needed, or one ``should`` be.
        limit: how many candidates are wanted.
        properties: what else is known.
    """

    text: str
    types: tuple[str, ...]
    strict: str
    limit: int
    properties: tuple[Wanted, ...]


@dataclass(frozen=True, slots=True)
class Extension:
    """A table to fill.

    Attributes:
        ids: of the entities, as the request names them.
        properties: the ids of the properties, each with the most values to return; 0 for all.
    """

    ids: tuple[str, ...]
    properties: tuple[tuple[str, int], ...]


def read_queries(text: str, settings: Serving) -> Mapping[str, Query]:
    """Return the queries of a batch by their names.

    Raises:
        ProblemError: the text is no such batch, or exceeds a limit.
    """
    batch = _members(_json(text, QUERIES), QUERIES, "the batch")
    if len(batch) > settings.reconcile_queries:
        raise ProblemError("batch-too-large", f"A batch holds at most {settings.reconcile_queries} queries.")
    return {name: _query(value, f"query {_quoted(name)}", settings) for name, value in batch.items()}


def read_extension(text: str, settings: Serving) -> Extension:
    """Return which entities are to be extended by which properties.

    Raises:
        ProblemError: the text is no such request, or exceeds a limit.
    """
    given = _members(_json(text, EXTEND), EXTEND, "the request")
    ids = _list(given.get("ids"), EXTEND, "“ids”")
    if len(ids) > settings.reconcile_rows:
        detail = f"A request to extend holds at most {settings.reconcile_rows} entities."
        raise ProblemError("batch-too-large", detail)
    rows = _list(given.get("properties"), EXTEND, "“properties”")
    _check_count(rows, settings, EXTEND)
    properties = []
    for row in rows:
        member = _members(row, EXTEND, "a property")
        own = member.get("settings")
        limit = _members(own, EXTEND, "“settings”").get("limit", 0) if own is not None else 0
        properties.append(
            (_string(member.get("id"), EXTEND, "the id of a property", settings), _count(limit))
        )
    return Extension(
        tuple(_string(id_, EXTEND, "an id", settings, longest=settings.path_bytes) for id_ in ids),
        tuple(properties),
    )


def _query(value: object, where: str, settings: Serving) -> Query:
    given = _members(value, QUERIES, where)
    for name in given:
        if name not in _MEMBERS:
            nearest = suggestions.nearest(name[:_LONGEST_NAME], _MEMBERS, 1)
            advice = f" Did you mean “{nearest[0]}”?" if nearest else ""
            _refuse(QUERIES, f"There is no member {_quoted(name)} of {where}.{advice}")
    text = given.get("query", "")
    types = given.get("type", [])
    types = types if isinstance(types, list) else [types]
    _check_count(types, settings, QUERIES)
    strict = given.get("type_strict", "any")
    if strict not in _STRICTNESS:
        _refuse(QUERIES, f"Give as “type_strict” of {where} one of {', '.join(_STRICTNESS)}.")
    rows = _list(given.get("properties", []), QUERIES, f"“properties” of {where}")
    _check_count(rows, settings, QUERIES)
    query = Query(
        _string(text, QUERIES, f"“query” of {where}", settings),
        tuple(_string(type_, QUERIES, f"“type” of {where}", settings) for type_ in types if type_ != ""),
        strict,
        _limit(given.get("limit", settings.reconcile_results), where, settings),
        tuple(_wanted(row, where, settings) for row in rows),
    )
    if not query.text.strip() and not query.properties:
        _refuse(QUERIES, f"Give “query” or “properties” for {where}.")
    return query


def _wanted(row: object, where: str, settings: Serving) -> Wanted:
    given = _members(row, QUERIES, f"a property of {where}")
    if "v" not in given:
        _refuse(QUERIES, f"A property of {where} has no “v”.")
    values = given["v"] if isinstance(given["v"], list) else [given["v"]]
    _check_count(values, settings, QUERIES)
    return Wanted(
        _string(given.get("pid"), QUERIES, f"“pid” of a property of {where}", settings),
        tuple(_value(value, where, settings) for value in values),
    )


def _value(value: object, where: str, settings: Serving) -> str:
    """Return the text of a value: a string, number or truth value, or the id of an entity."""
    if isinstance(value, Mapping):
        return _string(value.get("id"), QUERIES, f"the id of a value of {where}", settings)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return f"{value:g}" if isinstance(value, float) else str(value)
    return _string(value, QUERIES, f"a value of {where}", settings)


def _json(text: str, parameter: str) -> object:
    def refuse_constant(name: str) -> NoReturn:
        raise ValueError(name)

    try:
        return json.loads(text, parse_constant=refuse_constant)
    except (ValueError, RecursionError) as error:
        place = f" at character {error.pos + 1}" if isinstance(error, json.JSONDecodeError) else ""
        _refuse(parameter, f"The parameter “{parameter}” is not JSON{place}.")


def _members(value: object, parameter: str, what: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        _refuse(parameter, f"Give {what} as an object.")
    return value


def _list(value: object, parameter: str, what: str) -> list[object]:
    if not isinstance(value, list):
        _refuse(parameter, f"Give {what} as an array.")
    return value


def _string(value: object, parameter: str, what: str, settings: Serving, longest: int = 0) -> str:
    longest = longest or settings.reconcile_characters
    if not isinstance(value, str):
        _refuse(parameter, f"Give {what} as a string.")
    if len(value) > longest:
        _refuse(parameter, f"Give {what} with at most {longest} characters.")
    return value.encode("utf-8", "replace").decode("utf-8")  # half of a surrogate pair is no character


def _limit(value: object, where: str, settings: Serving) -> int:
    if isinstance(value, bool) or not isinstance(value, int | float) or not value >= 1:
        _refuse(QUERIES, f"Give “limit” of {where} as a number from 1.")
    return int(min(value, settings.reconcile_results))


def _count(value: object) -> int:
    """Return a number of values; what a form has no number for means all."""
    try:
        return max(0, int(value))  # type: ignore[call-overload,no-any-return]
    except (TypeError, ValueError, OverflowError):
        _refuse(EXTEND, "Give the limit of a property as a number.")


def _check_count(values: Collection[object], settings: Serving, parameter: str) -> None:
    if len(values) > settings.reconcile_properties:
        most = settings.reconcile_properties
        _refuse(parameter, f"Give at most {most} properties, types, or values of one property.")


def unknown(what: str, name: str, names: Iterable[str], parameter: str) -> ProblemError:
    """Return the problem of a type or property that there is not, with the nearest that there is."""
    nearest = suggestions.nearest(name[:_LONGEST_NAME], list(names), 3)
    members: dict[str, object] = {"parameter": parameter, "nearest": nearest}
    return ProblemError("bad-parameter", f"There is no {what} {_quoted(name)} here.", members)


def _refuse(parameter: str, detail: str) -> NoReturn:
    raise ProblemError("bad-parameter", detail, {"parameter": parameter})


def _quoted(name: str) -> str:
    return f"“{name[:_LONGEST_NAME]}”".encode("utf-8", "replace").decode("utf-8")
