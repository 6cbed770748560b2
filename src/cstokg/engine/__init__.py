"""The engine: answers SPARQL queries about a release or about files, and knows nothing of HTTP."""

from cstokg.engine.engine import Engine
from cstokg.engine.errors import (
    GraphNameError,
    InexpressibleResultError,
    LoadError,
    MalformedQueryError,
    MemoryExceededError,
    NotAcceptableError,
    OverloadedError,
    QueryCancelledError,
    QueryError,
    QueryTimeoutError,
    QueryTooDeepError,
    QueryTooLongError,
    ResultTooLargeError,
    ServiceFailedError,
    ServiceRefusedError,
    UpdateRefusedError,
    WorkerLostError,
)
from cstokg.engine.evaluation import Answer

__all__ = [
    "Answer",
    "Engine",
    "GraphNameError",
    "InexpressibleResultError",
    "LoadError",
    "MalformedQueryError",
    "MemoryExceededError",
    "NotAcceptableError",
    "OverloadedError",
    "QueryCancelledError",
    "QueryError",
    "QueryTimeoutError",
    "QueryTooDeepError",
    "QueryTooLongError",
    "ResultTooLargeError",
    "ServiceFailedError",
    "ServiceRefusedError",
    "UpdateRefusedError",
    "WorkerLostError",
]
