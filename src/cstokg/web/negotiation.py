"""Which media types a client takes, best first (RFC 9110, section 12.5.1)."""

from functools import lru_cache

from werkzeug import Request
from werkzeug.datastructures import MIMEAccept
from werkzeug.http import parse_accept_header

from cstokg import formats
from cstokg.web.problems import ProblemError

HTML = "text/html"
PLAIN = "application/json"
SPREADSHEET = "csv-excel"
GZIP = "gzip"
IDENTITY = ""

# HTML stands last: a client that takes anything is a program.
OFFERED = (*(row.media_type for row in formats.FORMATS), HTML)
GRAPHS = tuple(row.media_type for row in formats.for_kind(formats.GRAPH))

_REMEMBERED = 1_000  # characters; what a longer Accept header means is worked out each time
_KINDS = {
    "SELECT": formats.BINDINGS,
    "ASK": formats.BOOLEAN,
    "CONSTRUCT": formats.GRAPH,
    "DESCRIBE": formats.GRAPH,
}


def media_types(request: Request, named: str | None, offered: tuple[str, ...] = OFFERED) -> tuple[str, ...]:
    """The media types that a request takes: those of the format it names, else those of its Accept header.

    Raises:
        ProblemError: the named format does not exist, or the header takes nothing that there is.
    """
    if named is not None:
        found = tuple(media_type for media_type in _named(named) if media_type in offered)
        if not found:
            choices = ", ".join(("html", SPREADSHEET, *formats.NAMES))
            raise ProblemError(
                "bad-parameter", f"Choose one of these formats: {choices}.", {"parameter": "format"}
            )
        return found
    header = request.environ.get("HTTP_ACCEPT", "")
    taken = (_taken if len(header) < _REMEMBERED else _taken.__wrapped__)(header, offered)
    if not taken:
        raise ProblemError("not-acceptable", f"Ask for one of {', '.join(offered)}.", {"formats": offered})
    return taken


def of_question(form: str) -> tuple[str, ...]:
    """The media types of the answer to a saved question of a form; tables come as plain JSON at first."""
    kind = _KINDS[form]
    found = tuple(row.media_type for row in formats.for_kind(kind))
    return found if kind == formats.GRAPH else (PLAIN, *found)


def fitting(media_types: tuple[str, ...], form: str) -> str:
    """The first of some media types that can hold the answer to a query of a form, as the engine chooses.

    HTML holds every answer, and what is wrong with a query without a form, if it is preferred.
    Empty if none can.
    """
    kind = _KINDS.get(form)
    if kind is None:
        return HTML if media_types[0] == HTML else ""
    for media_type in media_types:
        if media_type == HTML or kind in formats.BY_MEDIA_TYPE[media_type].kinds:
            return media_type
    return ""


def coding(accept_encoding: str) -> str:
    """The content coding to use: gzip where a client takes it, else none (RFC 9110, section 12.5.3)."""
    taken: dict[str, float] = {}
    for item in accept_encoding.lower().split(","):
        name, _, parameter = item.partition(";")
        quality = parameter.strip().removeprefix("q=")
        try:
            taken[name.strip()] = float(quality) if parameter else 1.0
        except ValueError:
            continue
    best = taken.get(GZIP, taken.get("x-gzip", taken.get("*", 0.0)))
    return GZIP if best > 0 and best >= taken.get("identity", 0.0) else IDENTITY


def content_type(media_type: str) -> str:
    """A media type as a header gives it: text with its encoding."""
    return f"{media_type}; charset=utf-8" if media_type.startswith("text/") else media_type


def prefers_html(request: Request) -> bool:
    """Whether the one who asks is a person with a browser."""
    return request.accept_mimetypes.best_match(OFFERED, default="") == HTML


@lru_cache
def _taken(header: str, offered: tuple[str, ...]) -> tuple[str, ...]:
    """The media types of those offered that an Accept header takes, best first."""
    accept = parse_accept_header(header, MIMEAccept)
    if not accept:
        return offered
    quality = {media_type: accept.quality(media_type) for media_type in offered}
    return tuple(sorted((one for one in offered if quality[one] > 0), key=lambda of: -quality[of]))


def _named(name: str) -> tuple[str, ...]:
    if name in ("html", HTML):
        return (HTML,)
    return ("text/csv",) if name == SPREADSHEET else formats.named(name)
