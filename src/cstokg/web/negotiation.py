"""Which media types a client takes, best first (RFC 9110, section 12.5.1)."""

from werkzeug import Request

from cstokg.engine import formats
from cstokg.web.problems import ProblemError

HTML = "text/html"

# HTML stands last: a client that takes anything is a program.
OFFERED = (*(row.media_type for row in formats.FORMATS), HTML)


def media_types(request: Request, named: str | None) -> tuple[str, ...]:
    """The media types that a request takes: those of the format it names, else those of its Accept header.

    Raises:
        ProblemError: the named format does not exist, or the header takes nothing that there is.
    """
    if named is not None:
        found = (HTML,) if named in ("html", HTML) else formats.named(named)
        if not found:
            choices = ", ".join(("html", *formats.NAMES))
            raise ProblemError(
                "bad-parameter", f"Choose one of these formats: {choices}.", {"parameter": "format"}
            )
        return found
    accept = request.accept_mimetypes
    if not accept:
        return OFFERED
    quality = {offered: accept.quality(offered) for offered in OFFERED}
    taken = sorted((offered for offered in OFFERED if quality[offered] > 0), key=lambda of: -quality[of])
    if not taken:
        raise ProblemError("not-acceptable", f"Ask for one of {', '.join(OFFERED)}.")
    return tuple(taken)


def prefers_html(request: Request) -> bool:
    """Whether the one who asks is a person with a browser."""
    return request.accept_mimetypes.best_match(OFFERED, default="") == HTML
