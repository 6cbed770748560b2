"""The engine: answers SPARQL queries about a release or about files, and knows nothing of HTTP."""

from cstokg.engine.engine import Answer, Engine
from cstokg.engine.errors import (
    GraphNameError,
    LoadError,
    MalformedQueryError,
    NotAcceptableError,
    QueryError,
    ServiceRefusedError,
    UpdateRefusedError,
)

__all__ = [
    "Answer",
    "Engine",
    "GraphNameError",
    "LoadError",
    "MalformedQueryError",
    "NotAcceptableError",
    "QueryError",
    "ServiceRefusedError",
    "UpdateRefusedError",
]
