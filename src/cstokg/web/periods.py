"""Days and periods in words, with what is not known about them."""

from calendar import monthrange
from datetime import date

_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


def day(text: str) -> str:
    """``19 May 2021`` for ``2021-05-19``; any other text as it is."""
    try:
        return _day(date.fromisoformat(text))
    except ValueError:
        return text


def between(first: str, last: str) -> str:
    """The time between two days, either of which may be empty: ``2002``, ``by 31 May 2011``."""
    if not first and not last:
        return ""
    if not last:
        return f"{day(first)} or later"
    if not first:
        return f"by {day(last)}"
    if first == last:
        return day(first)
    try:
        start, end = date.fromisoformat(first), date.fromisoformat(last)
    except ValueError:
        return f"between {first} and {last}"
    if (start.month, start.day) == (1, 1) and (end.month, end.day) == (12, 31):
        return str(start.year) if start.year == end.year else f"between {start.year} and {end.year}"
    if start.day == 1 and (end.year, end.month) == (start.year, start.month) and end.day == _last(end):
        return f"{_MONTHS[start.month - 1]} {start.year}"
    return f"between {_day(start)} and {_day(end)}"


def period(start: tuple[str, str], end: tuple[str, str]) -> str:
    """A period whose start and end each lie between two days, either of which may be empty."""
    if start[1] and start[1] == end[0] and not start[0] and not end[1]:
        return f"attested on {day(start[1])}"
    if start == end and all(start):
        return between(*start)
    if not start[1] and not end[0]:  # nothing but the days between which it lies
        return between(start[0], end[1])
    return ", ".join(words for words in (_start(*start), _end(*end)) if words)


def _start(first: str, last: str) -> str:
    if first and last:
        return f"from {between(first, last)}"
    if first:
        return f"not before {day(first)}"
    return f"since {day(last)} or earlier" if last else ""


def _end(first: str, last: str) -> str:
    if first and last:
        return f"until {between(first, last)}"
    if first:
        return f"still on {day(first)}"
    return f"ended by {day(last)}" if last else ""


def _day(when: date) -> str:
    return f"{when.day} {_MONTHS[when.month - 1]} {when.year}"


def _last(when: date) -> int:
    return monthrange(when.year, when.month)[1]
