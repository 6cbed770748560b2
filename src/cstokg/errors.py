"""What can be wrong: the base class of all errors that broken input causes, and the errors of queries.

Each module defines the subclasses for its own input. Here each cause for which a query has no answer has its
own class, so that a server can give each its own status. Something is wrong with the query: it is malformed,
refused, too long or too deep, or its result is too large or does not fit the format. It has used up its time
or memory. Or it fails for other reasons: overload, a lost worker, a client that disconnected.
"""


class CstokgError(Exception):
    """The input is broken. The message names the file and line, or the parameter, and the remedy."""


class LoadError(CstokgError):
    """A file cannot be loaded; the message names the file."""


class QueryError(CstokgError):
    """A query gets no answer.

    Attributes:
        message: what is wrong, in one sentence.
        line: the line of the query where it shows, counted from 1; None where no place is known.
        column: the column, in characters from 1; None where no place is known.
        suggestion: the word that may have been meant at the place; empty where none comes near.
        ends_worker: whether the process that evaluated the query ends.
        busy_seconds: how long a worker has been busy with the query.
    """

    def __init__(self, message: str, line: int | None = None, column: int | None = None) -> None:
        """Put the place before the message, where there is one."""
        place = "" if line is None else f"line {line}, column {column}: "
        super().__init__(place + message)
        self.message = message
        self.line = line
        self.column = column
        self.suggestion = ""
        self.ends_worker = False
        self.busy_seconds = 0.0


class MalformedQueryError(QueryError):
    """The text is not a SPARQL 1.1 query."""


class UnknownFunctionError(MalformedQueryError):
    """The query calls a function or an aggregate that the engine does not have."""


class UnsupportedQueryError(QueryError):
    """The query is well formed, and the engine cannot answer it as SPARQL 1.1 says."""


class UpdateRefusedError(QueryError):
    """The text is a SPARQL 1.1 Update; the data are read-only."""


class ServiceRefusedError(QueryError):
    """The query calls an endpoint with SERVICE that it may not call."""


class GraphNameError(QueryError):
    """The name of a graph given beside the query is not an IRI."""


class NotAcceptableError(QueryError):
    """The result cannot be written in any of the media types asked for."""


class QueryTooLongError(QueryError):
    """The text has more bytes than the limit; it was not parsed."""


class QueryTooDeepError(QueryError):
    """The text nests deeper than the limit, or so deep that the parser had to be killed."""


class ResultTooLargeError(QueryError):
    """The written result has more bytes than the limit; nothing of it is kept."""


class InexpressibleResultError(QueryError):
    """The result holds a character that the format cannot carry at all, such as U+0001 in XML 1.0."""


class QueryTimeoutError(QueryError):
    """The query was stopped at its deadline; asking again would change nothing.

    Attributes:
        seconds: the time that it had.
    """

    def __init__(self, message: str, seconds: float) -> None:
        """Keep the time beside the message."""
        super().__init__(message)
        self.seconds = seconds


class MemoryExceededError(QueryError):
    """The query needed more memory than a worker has; asking again would change nothing."""


class OverloadedError(QueryError):
    """All workers are busy and the queue is full; asking again later helps.

    Attributes:
        retry_after: whole seconds after which to ask again.
    """

    def __init__(self, message: str, retry_after: int = 1) -> None:
        """Keep the advice beside the message."""
        super().__init__(message)
        self.retry_after = retry_after


class WorkerLostError(OverloadedError):
    """Each worker that got the query died from outside; asking again later helps."""


class QueryCancelledError(QueryError):
    """The client has left before the answer was ready."""


class ServiceFailedError(QueryError):
    """An endpoint that the query may call did not answer, or not in time, or not with results of SPARQL."""


class BackendUnavailableError(QueryError):
    """The server that is asked in place of an engine cannot be reached, or lacks the release; ask later."""


class BackendFailedError(QueryError):
    """The server that is asked in place of an engine gave no answer to this query, or not all of it."""
