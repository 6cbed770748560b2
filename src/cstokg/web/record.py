"""What is noted of one request while it is answered: for the access log and the metrics."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

_KEY = "cstokg.record"


@dataclass(slots=True)
class Record:
    """A request.

    Attributes:
        id: a name that no other request has.
        status: the HTTP status; 0 until it is known.
        query_hash: of its query.
        rows: how many solutions or triples were sent; -1 where that says nothing.
        cached: whether it cost no evaluation.
        cause: why it failed: the name of a problem's type.
    """

    id: str = ""
    status: int = 0
    query_hash: str = ""
    rows: int = -1
    cached: bool = False
    cause: str = ""


def of(environ: "WSGIEnvironment") -> Record:
    """The record of a request; one that nobody reads where nothing is noted."""
    found = environ.get(_KEY)
    return found if isinstance(found, Record) else Record()


def begin(environ: "WSGIEnvironment", record: Record) -> None:
    """Note what happens to a request in this record."""
    environ[_KEY] = record
