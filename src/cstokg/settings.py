"""The limits on queries and the options of the server: one table for the command line and ``/limits``.

This module imports nothing slow, because the command line reads the table for its help.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

HOST = "127.0.0.1"  # the address on which the server listens
PORT = 8000


def _setting(default: float | str, unit: str, meaning: str, *, least: float = 1) -> Any:
    return field(default=default, metadata={"unit": unit, "meaning": meaning, "least": least})


@dataclass(frozen=True, slots=True)
class Limits:
    """What one query, and all of them together, may use; the metadata of each field say it in words."""

    timeout: float = _setting(
        10.0, "seconds", "A query is stopped after this time. Clients may ask for less.", least=0.01
    )
    query_bytes: int = _setting(100_000, "bytes", "A longer query is refused.")
    depth: int = _setting(100, "levels", "A query whose brackets nest deeper is refused.")
    result_bytes: int = _setting(
        32_000_000, "bytes", "A larger result is an error; no result is ever cut short."
    )
    memory: int = _setting(512, "MiB", "The memory that one query may use, besides the data.", least=16)
    workers: int = _setting(8, "processes", "At most this many short queries are evaluated at once.")
    short: float = _setting(
        0.05,
        "seconds",
        "A query that has used the processor for longer is a long one: it continues at a low priority, and "
        "its place goes to the next query.",
        least=0.001,
    )
    long_workers: int = _setting(
        8,
        "processes",
        "At most this many long queries continue at once; one more keeps its place, and is stopped with "
        "503 if it continues while others wait.",
        least=0,
    )
    queue: int = _setting(
        256,
        "queries",
        "At most this many queries wait for a place; one more is refused with 503.",
        least=0,
    )
    queue_seconds: float = _setting(
        10.0, "seconds", "A query that has waited longer for a place is refused with 503.", least=0
    )
    service_timeout: float = _setting(
        30.0, "seconds", "A query that calls an allowed endpoint is stopped after this time.", least=0.01
    )
    service_workers: int = _setting(
        2, "processes", "At most this many queries that call other endpoints run at once."
    )
    data_bytes: int = _setting(
        16_000_000_000, "bytes", "A file of data that is longer, or longer once decompressed, is refused."
    )
    data_memory: int = _setting(
        8_192, "MiB", "The memory that loading the data may take; 0 for no limit.", least=0
    )


@dataclass(frozen=True, slots=True)
class Serving:
    """What connections and requests may use, and how the server works with proxies and logs."""

    connections: int = _setting(
        1_000,
        "connections",
        "At most this many connections are open; for one more, the one that has been idle longest is closed.",
    )
    client_connections: int = _setting(
        500,
        "connections",
        "At most this many connections from one address are open; for one more, the one of them that has "
        "been idle longest is closed.",
    )
    head_bytes: int = _setting(
        65_536,
        "bytes",
        "A request whose address and headers together are longer is refused, or its connection closed.",
        least=1_000,
    )
    head_seconds: float = _setting(
        10.0, "seconds", "A connection is closed if no complete request comes within this time.", least=0.1
    )
    body_bytes: int = _setting(400_000, "bytes", "A request with a longer body is refused.")
    body_seconds: float = _setting(
        20.0, "seconds", "A request whose body is not complete after this time is refused.", least=0.1
    )
    send_seconds: float = _setting(
        20.0,
        "seconds",
        "A connection is closed if its client reads nothing of an answer for this time.",
        least=0.1,
    )
    send_bytes: int = _setting(
        256_000_000,
        "bytes",
        "The memory that answers above 256 KiB may take together while clients read them; beyond it, further "
        "large answers are refused with 503. Otherwise a connection takes at most head_bytes, body_bytes and "
        "64 KiB.",
    )
    path_bytes: int = _setting(2_000, "bytes", "A request with a longer path is refused.")
    address_bytes: int = _setting(
        32_000, "bytes", "A request with a longer query string in its address is refused."
    )
    header_bytes: int = _setting(8_000, "bytes", "A request with a longer header is refused.")
    headers: int = _setting(100, "headers", "A request with more headers is refused.")
    parameters: int = _setting(200, "parameters", "A request with more parameters is refused.")
    page_threads: int = _setting(4, "threads", "At most this many pages are made at once.")
    page_queue: int = _setting(
        200, "pages", "At most this many pages wait to be made; one more is refused with 503.", least=0
    )
    cache: int = _setting(
        64_000_000, "bytes", "The size of the cache of answers; 0 switches it off.", least=0
    )
    page_cache: int = _setting(
        16_000_000, "bytes", "The size of the cache of pages; 0 switches it off.", least=0
    )
    picture_cache: int = _setting(
        32_000_000,
        "bytes",
        "The size of the cache of figures as PNG and PDF; 0 switches it off.",
        least=0,
    )
    reconcile_queries: int = _setting(
        50, "queries", "A batch with more names to match, sent to /reconcile, is refused."
    )
    reconcile_characters: int = _setting(
        250,
        "characters",
        "At /reconcile a longer name has no candidates, and a longer value of a property matches nothing.",
    )
    reconcile_results: int = _setting(
        25, "candidates", "At /reconcile at most this many candidates or suggestions are returned at a time."
    )
    reconcile_properties: int = _setting(
        20,
        "properties",
        "A request to /reconcile with more properties, types or values of one is refused.",
    )
    reconcile_rows: int = _setting(
        200, "entities", "A request to /reconcile for the properties of more entities is refused."
    )
    described_graphs: int = _setting(
        1_000,
        "graphs",
        "Of data with more named graphs, the first ones are listed in the descriptions of the service and of "
        "the dataset, which say so.",
    )
    filter_characters: int = _setting(
        200, "characters", "A longer text to filter the rows of an answer by is refused."
    )
    work: float = _setting(
        0.0,
        "seconds a minute",
        "The seconds of work that one client may cause in a minute; 0 for no limit.",
        least=0,
    )
    trust_proxies: int = _setting(
        0,
        "proxies",
        "How many proxies are in front of the server; their X-Forwarded headers are trusted.",
        least=0,
    )
    base_path: str = _setting("", "path", "The path under which a proxy offers the site, such as /kg.")
    access_log: str = _setting("", "file", "Write a line of JSON for each request; - for standard output.")


_TYPES: Mapping[object, type[int] | type[float] | type[str]] = {int: int, float: float, str: str}


@dataclass(frozen=True, slots=True)
class Row:
    """One setting: its name, option, type, value, unit, meaning and least value, where it is a number."""

    name: str
    option: str
    type: type[int] | type[float] | type[str]
    value: float | str
    unit: str
    meaning: str
    least: float


def rows(settings: Limits | Serving) -> tuple[Row, ...]:
    """Return every setting with its value, in the order of the table."""
    return tuple(
        Row(
            row.name,
            "--" + row.name.replace("_", "-"),
            _TYPES[row.type],
            getattr(settings, row.name),
            row.metadata["unit"],
            row.metadata["meaning"],
            row.metadata["least"],
        )
        for row in fields(settings)
    )
