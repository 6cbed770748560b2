"""The limits on queries and the options of serving: one table for options, their help, and ``/limits``.

Nothing is imported that takes time, because the command line reads this table for its help.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any


def _setting(default: float | str, unit: str, meaning: str) -> Any:
    return field(default=default, metadata={"unit": unit, "meaning": meaning})


@dataclass(frozen=True, slots=True)
class Limits:
    """What one query, and all of them together, may use; the metadata of each field say it in words."""

    timeout: float = _setting(
        10.0, "seconds", "A query is stopped after this time. Clients may ask for less."
    )
    query_bytes: int = _setting(100_000, "bytes", "A longer query is refused.")
    depth: int = _setting(100, "levels", "A query whose brackets nest deeper is refused.")
    result_bytes: int = _setting(
        32_000_000, "bytes", "A larger result is an error; no result is ever cut short."
    )
    memory: int = _setting(512, "MiB", "The memory that one query may use, besides the data.")
    workers: int = _setting(2, "processes", "As many queries are evaluated at once.")
    short: float = _setting(
        0.05,
        "seconds",
        "A query whose worker has used the processor for longer is a long one: it goes on with what others "
        "leave, and its place is given to the next.",
    )
    long_workers: int = _setting(
        4,
        "processes",
        "As many long queries go on at once; a further one keeps its place, and is stopped with 503 if it "
        "goes on while others wait.",
    )
    queue: int = _setting(
        256, "queries", "As many queries may wait for a place; a further one is refused with 503."
    )
    queue_seconds: float = _setting(
        10.0, "seconds", "A query that waits for a place longer is refused with 503."
    )
    service_timeout: float = _setting(
        30.0, "seconds", "A query that calls an allowed endpoint is stopped after this time."
    )
    service_workers: int = _setting(2, "processes", "As many queries that call other endpoints run at once.")
    data_bytes: int = _setting(
        16_000_000_000, "bytes", "A file of data that is longer, or expands to more, is refused."
    )
    data_memory: int = _setting(
        8_192, "MiB", "The memory that the data may take while they are loaded; 0 for no limit."
    )


@dataclass(frozen=True, slots=True)
class Serving:
    """What connections and requests may use, and how the server stands to others."""

    connections: int = _setting(
        1_000, "connections", "As many are held; for a further one the one that has been silent longest ends."
    )
    client_connections: int = _setting(
        500, "connections", "As many are held of one client address; beyond, its own longest silent one ends."
    )
    head_bytes: int = _setting(
        65_536, "bytes", "A request with a longer address and headers is refused, or its connection ended."
    )
    head_seconds: float = _setting(
        10.0, "seconds", "A connection on which no whole request has come for so long is ended."
    )
    body_bytes: int = _setting(400_000, "bytes", "A request with a longer body is refused.")
    body_seconds: float = _setting(
        20.0, "seconds", "A body that has not come whole after this time is refused."
    )
    send_seconds: float = _setting(
        20.0, "seconds", "A connection whose client takes nothing of an answer for so long is ended."
    )
    send_bytes: int = _setting(
        256_000_000,
        "bytes",
        "As much of large answers is held for clients that are reading; a further one is refused with 503.",
    )
    path_bytes: int = _setting(2_000, "bytes", "A request with a longer path is refused.")
    address_bytes: int = _setting(
        32_000, "bytes", "A request with longer parameters in its address is refused."
    )
    header_bytes: int = _setting(8_000, "bytes", "A request with a longer header is refused.")
    headers: int = _setting(100, "headers", "A request with more headers is refused.")
    parameters: int = _setting(200, "parameters", "A request with more parameters is refused.")
    page_threads: int = _setting(4, "threads", "As many pages are made at once.")
    page_queue: int = _setting(200, "pages", "As many pages may wait; a further one is refused with 503.")
    cache: int = _setting(64_000_000, "bytes", "So much of answers is kept for the next who asks.")
    work: float = _setting(
        0.0,
        "seconds a minute",
        "The seconds of work that one client may ask for in a minute; 0 sets no limit.",
    )
    trust_proxies: int = _setting(
        0, "proxies", "How many proxies in front may say in X-Forwarded headers for whom they ask."
    )
    base_path: str = _setting("", "path", "Under which a proxy offers the site, as /kg.")
    access_log: str = _setting("", "file", "Write a line of JSON a request; - for standard output.")


_TYPES: Mapping[object, type[int] | type[float] | type[str]] = {int: int, float: float, str: str}


@dataclass(frozen=True, slots=True)
class Row:
    """One setting: its name, option, type, value, unit and meaning."""

    name: str
    option: str
    type: type[int] | type[float] | type[str]
    value: float | str
    unit: str
    meaning: str


def rows(settings: Limits | Serving) -> tuple[Row, ...]:
    """Every setting with its value, in the order of the table."""
    return tuple(
        Row(
            row.name,
            "--" + row.name.replace("_", "-"),
            _TYPES[row.type],
            getattr(settings, row.name),
            row.metadata["unit"],
            row.metadata["meaning"],
        )
        for row in fields(settings)
    )


def as_dict(settings: Limits | Serving) -> Mapping[str, float | str]:
    """The values by name."""
    return {row.name: row.value for row in rows(settings)}
