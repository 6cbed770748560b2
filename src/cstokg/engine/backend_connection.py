"""Send queries to a SPARQL server over connections that are kept open."""

import asyncio
import ssl
from urllib.parse import urlencode

import h11

from cstokg import formats, http_requests
from cstokg.errors import BackendFailedError, BackendUnavailableError, ResultTooLargeError
from cstokg.http_requests import Address

_READ_BYTES = 1 << 16
_EXCERPT = 200
# Headers with which servers say that they have left rows out: Virtuoso's limits on rows and on time.
_CUT = (b"x-sparql-maxrows", b"x-sql-state")
_BUSY = (429, 503)


class Connections:
    """Connections to one SPARQL endpoint.

    Attributes:
        endpoint: its address, without user name and password, because errors and pages show it.

    All of its methods are for one event loop.
    """

    def __init__(self, endpoint: str) -> None:
        """Take the address of the endpoint, perhaps with a user name and password; nothing is opened yet.

        Raises:
            ValueError: the text is not an address.
        """
        self._address = Address.of(endpoint)
        self.endpoint = self._address.iri
        self._tls = ssl.create_default_context() if self._address.is_secure else None
        self._idle: list[_Connection] = []

    async def post(self, fields: list[tuple[str, str]], accept: str, most_bytes: int) -> bytes:
        """Return the whole body of the answer to a form.

        Cancelling the task ends the connection, so that the server can end the query.

        Raises:
            BackendUnavailableError: the server cannot be reached, is busy, or breaks off its answer.
            BackendFailedError: it refuses the query, sends another media type, or says that rows are missing.
            ResultTooLargeError: the body has more bytes than the limit.
        """
        body = urlencode(fields).encode()
        authorization = self._address.authorization
        request = h11.Request(
            method="POST",
            target=self._address.target,
            headers=[
                ("Host", self._address.authority),
                *([("Authorization", authorization)] if authorization else []),
                ("User-Agent", http_requests.user_agent()),
                ("Accept", accept),
                ("Accept-Encoding", "identity"),
                ("Content-Type", formats.FORM),
                ("Content-Length", str(len(body))),
            ],
        )
        while True:
            connection = self._idle.pop() if self._idle else None
            is_reused = connection is not None
            try:
                if connection is None:
                    host, port = self._address.host, self._address.port
                    reader, writer = await asyncio.open_connection(host, port, ssl=self._tls)
                    connection = _Connection(reader, writer)
                response, content = await connection.exchange(request, body, most_bytes)
            except (OSError, ValueError, h11.ProtocolError) as error:
                if connection:
                    connection.abort()
                if is_reused and not (connection and connection.answered):
                    continue  # the server has closed it meanwhile
                reason = "broke off its answer" if connection and connection.answered else "cannot be reached"
                raise BackendUnavailableError(f"the server behind this one {reason} ({error})") from error
            except BaseException:
                if connection:
                    connection.abort()
                raise
            if connection.prepare_for_reuse():
                self._idle.append(connection)
            _check(response, content, accept)
            return content

    def close(self) -> None:
        """End all connections."""
        while self._idle:
            self._idle.pop().abort()


class _Connection:
    """One connection.

    Attributes:
        answered: whether the head of a response has come.
    """

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.answered = False
        self._reader = reader
        self._writer = writer
        self._http = h11.Connection(h11.CLIENT)

    async def exchange(
        self, request: h11.Request, body: bytes, most_bytes: int
    ) -> tuple[h11.Response, bytes]:
        """Return the head and the body of the response to a request."""
        self.answered = False
        for event in (request, h11.Data(body), h11.EndOfMessage()):
            self._writer.write(self._http.send(event) or b"")
        await self._writer.drain()
        head: h11.Response | None = None
        content = bytearray()
        while True:
            match self._http.next_event():
                case h11.NEED_DATA:
                    self._http.receive_data(await self._reader.read(_READ_BYTES))
                case h11.Response() as head:
                    self.answered = True
                case h11.Data(data=data):
                    content += data
                    if len(content) > most_bytes:
                        raise ResultTooLargeError(
                            f"the result has more than {most_bytes:,} bytes; add a LIMIT, or ask for fewer "
                            "columns"
                        )
                case h11.EndOfMessage() if head:
                    return head, bytes(content)
                case h11.ConnectionClosed() | h11.PAUSED:
                    raise h11.RemoteProtocolError("the connection was closed")

    def prepare_for_reuse(self) -> bool:
        """Prepare for another request and return True; close the connection if the server takes no more."""
        if self._http.our_state is h11.DONE and self._http.their_state is h11.DONE:
            self._http.start_next_cycle()
            return True
        self.abort()
        return False

    def abort(self) -> None:
        """End the connection."""
        self._writer.transport.abort()


def _check(response: h11.Response, content: bytes, accept: str) -> None:
    """Raise if a response does not answer the query, or says that it is incomplete."""
    status = response.status_code
    headers = dict(response.headers)
    if status in _BUSY:
        raise BackendUnavailableError(f"the server behind this one is too busy (it answers {status})")
    if status == 401:
        raise BackendFailedError(
            "the server behind this one asks for a user name and a password, or for others; write them "
            "into the address: --backend https://USER:PASSWORD@HOST/…"
        )
    if status != 200:
        text = " ".join(content[:2_000].decode("utf-8", "replace").split())[:_EXCERPT]
        raise BackendFailedError(f"the server behind this one answers {status} to this query: {text}")
    for name in _CUT:
        if name in headers:
            raise BackendFailedError(
                f"the server behind this one has cut its answer ({name.decode()}: "
                f"{headers[name].decode('latin-1')}); ask for less at a time, with LIMIT and OFFSET"
            )
    media_type = headers.get(b"content-type", b"").partition(b";")[0].strip().lower().decode("latin-1")
    if media_type != accept:
        raise BackendFailedError(f"the server behind this one sent {media_type or 'no media type'}")
