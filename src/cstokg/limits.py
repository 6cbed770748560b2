"""The limits on queries, as a table: each is an option of ``serve`` and a line of the page that lists them.

Nothing is imported that takes time, because the command line reads this table for its help.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any


def _limit(default: float, unit: str, meaning: str) -> Any:
    return field(default=default, metadata={"unit": unit, "meaning": meaning})


@dataclass(frozen=True, slots=True)
class Limits:
    """What one query, and all of them together, may use; the metadata of each field say it in words."""

    timeout: float = _limit(10.0, "seconds", "A query is stopped after this time. Clients may ask for less.")
    query_bytes: int = _limit(100_000, "bytes", "A longer query is refused unread.")
    depth: int = _limit(100, "levels", "A query whose brackets nest deeper is refused unparsed.")
    result_bytes: int = _limit(
        32_000_000, "bytes", "A larger result is an error; no result is ever cut short."
    )
    memory: int = _limit(512, "MiB", "The memory that one query may use, beside the data.")
    workers: int = _limit(2, "processes", "As many queries are evaluated at once.")
    short: float = _limit(
        0.02,
        "seconds",
        "A query that computes for longer is a long one: others take its place, and go first.",
    )
    long_workers: int = _limit(
        4,
        "processes",
        "As many long queries go on at once; more only while nobody waits, then they are stopped.",
    )
    queue: int = _limit(32, "queries", "As many may wait for a worker; one more is turned away, as overload.")
    queue_seconds: float = _limit(2.0, "seconds", "A query that waits longer is turned away, as overload.")
    service_timeout: float = _limit(
        30.0, "seconds", "A query that calls an allowed endpoint is stopped after this time."
    )
    service_workers: int = _limit(2, "processes", "As many queries that call other endpoints run at once.")


@dataclass(frozen=True, slots=True)
class Row:
    """One limit: its name, option, type, value, unit and meaning."""

    name: str
    option: str
    type: type[int] | type[float]
    value: float
    unit: str
    meaning: str


def rows(limits: Limits) -> tuple[Row, ...]:
    """Every limit with its value, in the order of the table."""
    return tuple(
        Row(
            row.name,
            "--" + row.name.replace("_", "-"),
            int if isinstance(row.default, int) else float,
            getattr(limits, row.name),
            row.metadata["unit"],
            row.metadata["meaning"],
        )
        for row in fields(limits)
    )


def as_dict(limits: Limits) -> Mapping[str, float]:
    """The values by name."""
    return {row.name: row.value for row in rows(limits)}
