"""A reader of QuickStatements V1 commands that add statements, after the tool's own help page.

https://www.wikidata.org/wiki/Help:QuickStatements. It knows nothing of the writer. As the tool does, it
divides commands at line breaks and ``||``, and their columns at tabs and ``|``, wherever these stand.
What the help page does not allow, and commands that do anything but add a statement, are errors.
"""

import re
from dataclasses import dataclass

_ENTITY = re.compile(r"[QP][1-9][0-9]*")
_ITEM = re.compile(r"Q[1-9][0-9]*")
_PROPERTY = re.compile(r"P[1-9][0-9]*")
_SOURCE = re.compile(r"(?P<new>!?)S(?P<number>[1-9][0-9]*)")
_STRING = re.compile(r'"(?P<text>.*)"')
_MONOLINGUAL = re.compile(r'(?P<language>[a-z]{2,}(?:-[a-z]+)*):"(?P<text>.*)"')
_TIME = re.compile(
    r"(?P<time>[+-](?P<year>\d{4,})-(?P<month>\d\d)-(?P<day>\d\d)T00:00:00Z)/(?P<precision>\d{1,2})"
)
_COMMENT = re.compile(r"(?P<command>.*?)\s*/\*\s*(?P<comment>.*?)\s*\*/\s*")

Value = tuple[str, ...]
"""The type of a value and its parts: item, string, text with its language, time with its precision."""
Snak = tuple[str, Value]


class QuickStatementsError(ValueError):
    """A command that the tool would refuse, or would not take for the addition of a statement."""


@dataclass(frozen=True)
class Command:
    """A statement to add."""

    subject: str
    property: str
    value: Value
    qualifiers: tuple[Snak, ...] = ()
    references: tuple[tuple[Snak, ...], ...] = ()
    comment: str = ""


def read(text: str) -> list[Command]:
    """Return the commands of a text."""
    lines = text.replace("||", "\n").split("\n")
    return [_command(line) for line in lines if line.strip()]


def _command(line: str) -> Command:
    comment = ""
    if match := _COMMENT.fullmatch(line):
        line, comment = match["command"], match["comment"]
    if "/*" in line or "*/" in line:
        raise QuickStatementsError(f"a comment that does not end the command: {line}")
    columns = [column.strip() for column in line.replace("|", "\t").split("\t")]
    if len(columns) < 3 or len(columns) % 2 == 0 or not all(columns):
        raise QuickStatementsError(f"not an entity, then pairs of properties and values: {line}")
    subject, name, value, *others = columns
    if not _ENTITY.fullmatch(subject):
        raise QuickStatementsError(f"not an entity: {subject}")
    if not _PROPERTY.fullmatch(name):
        raise QuickStatementsError(f"not a property: {name}")
    qualifiers: list[Snak] = []
    references: list[list[Snak]] = []
    for key, text in zip(others[::2], others[1::2], strict=True):
        if _PROPERTY.fullmatch(key):
            qualifiers.append((key, _value(text)))
        elif source := _SOURCE.fullmatch(key):
            if source["new"] or not references:
                references.append([])
            references[-1].append((f"P{source['number']}", _value(text)))
        else:
            raise QuickStatementsError(f"neither a qualifier nor a source: {key}")
    return Command(subject, name, _value(value), tuple(qualifiers), tuple(map(tuple, references)), comment)


def _value(text: str) -> Value:
    if _ITEM.fullmatch(text):
        return "item", text
    if match := _STRING.fullmatch(text):
        return "string", match["text"]
    if match := _MONOLINGUAL.fullmatch(text):
        return "text", match["language"], match["text"]
    if match := _TIME.fullmatch(text):
        _check_time(match)
        return "time", match["time"], match["precision"]
    raise QuickStatementsError(f"not a value: {text}")


def _check_time(match: re.Match[str]) -> None:
    """Precision 9 is a year, 10 a month, 11 a day."""
    month, day, precision = (int(match[part]) for part in ("month", "day", "precision"))
    if precision not in (9, 10, 11):
        raise QuickStatementsError(f"no precision of a date: {match[0]}")
    if month > 12 or day > 31 or (precision >= 10 and not month) or (precision == 11 and not day):
        raise QuickStatementsError(f"not as precise as it says: {match[0]}")
