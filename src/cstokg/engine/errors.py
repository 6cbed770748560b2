"""What can be wrong with a query, or with the files a query is asked about."""

from cstokg.errors import CstokgError


class LoadError(CstokgError):
    """A file cannot be loaded; the message names the file."""


class QueryError(CstokgError):
    """A query gets no answer.

    Attributes:
        message: what is wrong, in one sentence.
        line: the line of the query where it shows, counted from 1; None where no place is known.
        column: the column, in characters from 1; None where no place is known.
    """

    def __init__(self, message: str, line: int | None = None, column: int | None = None) -> None:
        """Prefix the message with the place, where one is known."""
        place = "" if line is None else f"line {line}, column {column}: "
        super().__init__(place + message)
        self.message = message
        self.line = line
        self.column = column


class MalformedQueryError(QueryError):
    """The text is not a SPARQL 1.1 query."""


class UpdateRefusedError(QueryError):
    """The text is a SPARQL 1.1 Update; the data are read-only."""


class ServiceRefusedError(QueryError):
    """The query calls another endpoint with SERVICE, which is off."""


class GraphNameError(QueryError):
    """The name of a graph given beside the query is not an IRI."""


class NotAcceptableError(QueryError):
    """The result cannot be written in any of the media types asked for."""
