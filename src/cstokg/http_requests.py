"""Requests to other servers: addresses, the name under which we ask, redirects that are not followed."""

import base64
import re
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import Self
from urllib.parse import quote, unquote, urlsplit
from urllib.request import HTTPRedirectHandler

from cstokg.errors import CstokgError

_ADDRESS = re.compile(r"https?://[!-~]+")  # urllib sends ASCII only


class EndpointError(CstokgError):
    """A server cannot be asked, or its answer is incomplete; the message names the server and the remedy."""


@dataclass(frozen=True, slots=True)
class Address:
    """An address in the parts that a connection and a request need.

    Attributes:
        iri: the whole address, without user name and password.
        host: where to connect to.
        port: the TCP port there.
        is_secure: whether to connect by TLS.
        authority: the value of the header Host.
        target: path and query, in ASCII.
        authorization: the value of the header Authorization, if the address has a user name (RFC 7617).
    """

    iri: str
    host: str
    port: int
    is_secure: bool
    authority: str
    target: str
    authorization: str = field(default="", repr=False)

    @classmethod
    def of(cls, iri: str) -> Self:
        """Return the parts of an address that begins with http:// or https://.

        Raises:
            ValueError: it has no host, or its port is not a number from 1 to 65535.
        """
        parts = urlsplit(iri)
        is_secure = parts.scheme == "https"
        credentials, _, authority = parts.netloc.rpartition("@")
        if not parts.hostname or parts.port == 0:
            raise ValueError("no host, or port 0")
        path_and_query = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        name, _, password = credentials.partition(":")
        coded = base64.b64encode(f"{unquote(name)}:{unquote(password)}".encode()).decode()
        return cls(
            parts._replace(netloc=authority).geturl(),
            parts.hostname,
            parts.port or (443 if is_secure else 80),
            is_secure,
            authority.encode("idna").decode("ascii"),
            quote(path_and_query, safe="/?:@!$&'()*+,;=%~"),
            f"Basic {coded}" if credentials else "",
        )


class NoRedirects(HTTPRedirectHandler):
    """Treat a redirect as an error, because following it would lose the body of the request."""

    def redirect_request(self, *_: object) -> None:
        """Return no request."""
        return


@cache
def user_agent() -> str:
    """Return how we name ourselves to other servers: with the version, and where to read who we are."""
    name = "cstokg"
    with suppress(PackageNotFoundError):  # where the code runs without being installed
        name += f"/{version(name)}"
    return f"{name} (https://w3id.org/csto-kg/)"


def is_address(text: str) -> bool:
    """Return whether a text is the address of a server: http or https, with a host and no invalid port."""
    try:
        parts = urlsplit(text)
        has_host = bool(parts.hostname and parts.port != 0)
    except ValueError:  # the port is not a number, or one bracket of a pair is missing
        return False
    return has_host and _ADDRESS.fullmatch(text) is not None
