"""Requests to other servers: addresses, the name under which we ask, redirects that are not followed."""

import re
from contextlib import suppress
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler

from cstokg.errors import CstokgError

_ADDRESS = re.compile(r"https?://[!-~]+")  # urllib sends ASCII only


class EndpointError(CstokgError):
    """A server cannot be asked, or its answer is not whole; the message names it, and the remedy."""


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
    """Return whether a text is the address of a server, with a host and a port that can be one."""
    try:
        parts = urlsplit(text)
        has_host = bool(parts.hostname and parts.port != 0)
    except ValueError:  # a port that is no number, or a bracket without the other
        return False
    return has_host and _ADDRESS.fullmatch(text) is not None
