"""Write statements as QuickStatements V1 commands: https://www.wikidata.org/wiki/Help:QuickStatements.

The tool divides commands at ``||`` and their columns at ``|`` wherever these stand, and knows no escape.
So a bar in an address is percent-encoded; titles with one are in no reference.
"""

from collections.abc import Iterable

from cstokg.build.wikidata_statements import DAY, MONTH, Item, Statement, Text, Time, Value


def write(statements: Iterable[Statement]) -> str:
    """Return a command for each statement; without comments, which not every reader knows."""
    return "".join(f"{_command(statement)}\n" for statement in statements)


def _command(statement: Statement) -> str:
    columns = [statement.subject.qid, statement.property, _value(statement.value)]
    for name, value in statement.qualifiers:
        columns += [name, _value(value)]
    for name, value in statement.reference:
        columns += [f"S{name[1:]}", _value(value)]
    return "\t".join(columns)


def _value(value: Value) -> str:
    if isinstance(value, Item):
        return value.qid
    if isinstance(value, Time):
        month = value.day.month if value.precision >= MONTH else 0
        day = value.day.day if value.precision == DAY else 0
        return f"+{value.day.year:04}-{month:02}-{day:02}T00:00:00Z/{value.precision}"
    if isinstance(value, Text):
        return f'{value.language}:"{value.text}"'
    return f'"{value.replace("|", "%7C")}"'
