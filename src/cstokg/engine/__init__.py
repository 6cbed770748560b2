"""The engine: answers SPARQL queries about a release or about files, and knows nothing of HTTP."""

from cstokg.engine.engine import Answer, Engine
from cstokg.engine.errors import (
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
    "LoadError",
    "MalformedQueryError",
    "NotAcceptableError",
    "QueryError",
    "ServiceRefusedError",
    "UpdateRefusedError",
]
