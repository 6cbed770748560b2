"""What requests to other servers have in common: addresses, and redirects that are not followed."""

import re
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler

_ADDRESS = re.compile(r"https?://[!-~]+")  # urllib sends ASCII only


class NoRedirects(HTTPRedirectHandler):
    """Treat a redirect as an error, because following it would lose the body of the request."""

    def redirect_request(self, *_: object) -> None:
        """Return no request."""
        return


def is_address(text: str) -> bool:
    """Return whether a text is the address of a server, with a host and a port that can be one."""
    try:
        parts = urlsplit(text)
        has_host = bool(parts.hostname and parts.port != 0)
    except ValueError:  # a port that is no number, or a bracket without the other
        return False
    return has_host and _ADDRESS.fullmatch(text) is not None
