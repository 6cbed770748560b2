"""Headers that every response carries."""

from types import MappingProxyType

from werkzeug import Response

POLICY = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'self'; frame-ancestors 'self'"
)
# For what brings styles in its own text: drawings as files, and the query editor.
STYLED = f"{POLICY}; style-src 'self' 'unsafe-inline'"

# The data are public and read-only, so scripts of any origin may read them, without credentials.
ALL = MappingProxyType(
    {
        "Access-Control-Allow-Origin": "*",
        "Access-Control-Expose-Headers": "Accept-Query, Allow, Content-Disposition, ETag, Link, Location, "
        "Retry-After, X-Request-Id",
        "Content-Security-Policy": POLICY,
        "Referrer-Policy": "strict-origin-when-cross-origin",
        "X-Content-Type-Options": "nosniff",
    }
)


def add_to(response: Response) -> None:
    """Add the headers to a response, save those that it has."""
    for name, value in ALL.items():
        response.headers.setdefault(name, value)
