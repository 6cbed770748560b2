"""What goes over the socket between a pool and a worker: one frame there, one frame back.

The worker is not trusted, since strangers' queries run in it: nothing that it sends is executed, and
a frame is as long as its header says or the worker counts as lost.
"""

import json
import marshal
import struct
from collections.abc import Callable, Mapping
from types import MappingProxyType

from cstokg import formats
from cstokg.engine import errors
from cstokg.engine.errors import QueryError
from cstokg.engine.evaluation import Answer, Request

RECEIVED_AT_ONCE = 65_536

_LENGTH = struct.Struct("=I")
_HEADER = struct.Struct("=BBQQ")  # is an answer or an error, the format's index, rows, bytes that follow
_NO_SERVICES: Mapping[str, str] = MappingProxyType({})
_ANSWER, _LAST_ANSWER, _ERROR, _LAST_ERROR = range(4)
_INDEX = {row.media_type: index for index, row in enumerate(formats.FORMATS)}
_KINDS = {
    kind.__name__: kind
    for kind in vars(errors).values()
    if isinstance(kind, type)
    and issubclass(kind, QueryError)
    and not issubclass(kind, errors.QueryTimeoutError | errors.OverloadedError)
}


class LostError(Exception):
    """The other end is gone, or sent what is no frame."""


def pack_request(request: Request, services: Mapping[str, str] = _NO_SERVICES) -> bytes:
    """A frame with a query, and with the addresses of the endpoints that it may call."""
    fields = (
        request.sparql,
        request.media_types,
        request.default_graphs,
        request.named_graphs,
        request.spreadsheet,
        dict(services),
    )
    content = marshal.dumps(fields)
    return _LENGTH.pack(len(content)) + content


def read_request(receive: Callable[[int], bytes]) -> tuple[Request, Mapping[str, str]] | None:
    """The next query, and the addresses of the endpoints that it may call; None at the end of the stream."""
    data = receive(RECEIVED_AT_ONCE)
    if not data:
        return None
    missing = _LENGTH.size + _LENGTH.unpack_from(data)[0] - len(data)
    while missing > 0:
        more = receive(missing)
        if not more:
            return None
        data += more
        missing -= len(more)
    *fields, services = marshal.loads(data[_LENGTH.size :])  # noqa: S302 - from our own pool
    return Request(*fields), services


def pack_answer(answer: Answer, *, last: bool) -> tuple[bytes, bytes]:
    """The header and the body of an answer; the last one of a worker that will end itself."""
    kind = _LAST_ANSWER if last else _ANSWER
    return _HEADER.pack(kind, _INDEX[answer.media_type], answer.rows, len(answer.body)), answer.body


def pack_error(error: QueryError, *, last: bool) -> tuple[bytes, bytes]:
    """The header and the body of an error."""
    name = next(kind.__name__ for kind in type(error).__mro__ if kind.__name__ in _KINDS)
    body = json.dumps([name, error.message, error.line, error.column, error.suggestion]).encode()
    return _HEADER.pack(_LAST_ERROR if last else _ERROR, 0, 0, len(body)), body


class Reply:
    """A frame from a worker, as it comes in."""

    __slots__ = ("_body", "_form", "_kind", "_limit", "_missing", "_rows")

    def __init__(self, limit: int) -> None:
        """Expect no more bytes than the limit."""
        self._limit = limit
        self._body: bytes | bytearray = b""
        self._missing = -1
        self._kind = self._form = self._rows = 0

    def feed(self, data: bytes) -> bool:
        """Whether the frame is complete.

        Raises:
            LostError: the stream has ended, or is not what a worker sends.
        """
        if not data:
            raise LostError
        if self._missing < 0:
            if len(data) < _HEADER.size:
                raise LostError
            self._kind, self._form, self._rows, length = _HEADER.unpack_from(data)
            if length > self._limit or self._form >= len(formats.FORMATS):
                raise LostError
            self._body = data[_HEADER.size :]
            self._missing = length - len(self._body)
            if self._missing > 0:
                self._body = bytearray(self._body)
        else:
            self._body += data
            self._missing -= len(data)
        if self._missing < 0:
            raise LostError
        return self._missing == 0

    @property
    def wanted(self) -> int:
        """How many bytes to receive next at most."""
        return RECEIVED_AT_ONCE if self._missing < 0 else min(self._missing, 1 << 20)

    @property
    def is_last(self) -> bool:
        """Whether the worker ends itself."""
        return self._kind in (_LAST_ANSWER, _LAST_ERROR)

    def answer(self, version: str) -> Answer:
        """The answer in a complete frame.

        Raises:
            QueryError: the frame holds an error.
            LostError: the frame holds neither.
        """
        body = bytes(self._body)
        if self._kind in (_ANSWER, _LAST_ANSWER):
            return Answer(formats.FORMATS[self._form].media_type, body, self._rows, version)
        try:
            name, message, line, column, suggestion = json.loads(body)
            error = _KINDS[name](message, line, column)
            error.suggestion = str(suggestion)
        except (ValueError, KeyError, TypeError):
            raise LostError from None
        raise error
