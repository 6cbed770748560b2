"""Headers that every response carries."""

from types import MappingProxyType

from werkzeug import Response

# The data are public and read-only, so scripts of any origin may read them, without credentials.
ALL = MappingProxyType(
    {
        "Access-Control-Allow-Origin": "*",
        "Access-Control-Expose-Headers": "Accept-Query, Allow, Content-Disposition, ETag, Link, Location, "
        "Retry-After, X-Request-Id",
        "Content-Security-Policy": "default-src 'self'; img-src 'self' data:; "
        "style-src 'self' 'unsafe-inline'; object-src 'none'; base-uri 'self'; frame-ancestors 'self'",
        "Referrer-Policy": "strict-origin-when-cross-origin",
        "X-Content-Type-Options": "nosniff",
    }
)


def add_to(response: Response) -> None:
    """Add the headers to a response."""
    response.headers.update(ALL)
