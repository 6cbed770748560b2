"""Write drafted records in Turtle, line by line.

``…`` stands where only a reader of the article can say what belongs there.
"""

import re
from collections.abc import Sequence
from datetime import date
from itertools import count
from typing import NamedTuple

from cstokg import namespaces

LABELS = 'skos:prefLabel "…"@en , "…"@ru'
PARAPHRASE = 'ckg:paraphrase "…"@en'

_MONTHS = {
    language: tuple(months.split())
    for language, months in {
        "en": "January February March April May June July August September October November December",
        "ru": "января февраля марта апреля мая июня июля августа сентября октября ноября декабря",
        "ru, alone": "январь февраль март апрель май июнь июль август сентябрь октябрь ноябрь декабрь",
    }.items()
}


class Period(NamedTuple):
    """A month or a year that a sentence names, and whether it prints the year."""

    begin: date
    end: date
    printed: bool

    @property
    def name(self) -> str:
        """The period as in the names of records: ``2031-05`` or ``2031``."""
        return str(self.begin)[: 7 if self.begin.month == self.end.month else 4]


def block(name: str, lines: Sequence[str], *testimonies: Sequence[str]) -> list[str]:
    """Return a record in Turtle, line by line.

    Args:
        name: its name in Turtle.
        lines: its predicates with their objects, one predicate a line.
        testimonies: the same of each of its testimonies.
    """
    written = [name, *(f"    {line} ;" for line in lines)]
    for number, testimony in enumerate(testimonies):
        written.append("    ckg:hasTestimony [" if number == 0 else "    ] , [")
        written += [f"        {line} ;" for line in testimony]
    return [*written, *(["    ] ;"] if testimonies else []), "."]


def free_name(name: str, used: set[str]) -> str:
    """Return a name in Turtle, followed by the first free number if its IRI is in use; add that IRI."""
    names = (name if number == 1 else f"{name}-{number}" for number in count(1))
    free = next(candidate for candidate in names if namespaces.expand(candidate) not in used)
    used.add(namespaces.expand(free))
    return free


def escaped(text: str) -> str:
    """Return a text as it stands between the quotation marks of a literal."""
    return text.replace("\\", "\\\\").replace('"', '\\"')


def long_day(day: date | None, language: str = "en") -> str:
    """Return a day as it is written out: *15 May 2031*, *15 мая 2031 года*; ``…`` for no day."""
    if day is None:
        return "…"
    return f"{day.day} {_MONTHS[language][day.month - 1]} {day.year}{' года' if language == 'ru' else ''}"


def long_period(period: Period | None, language: str) -> str:
    """Return a month or a year as it is written out: *May 2031*, *май 2031 года*; ``…`` for no period."""
    if period is None:
        return "…"
    month = period.begin.month if period.begin.month == period.end.month else 0
    names = _MONTHS["en" if language == "en" else "ru, alone"]
    year = f"{period.begin.year}{' года' if language == 'ru' else ''}"
    return f"{names[month - 1]} {year}" if month else year


def bounds(period: Period | None) -> list[str]:
    """Return the lines that bound a record in time; none for no period."""
    if period is None:
        return []
    return [
        f'ckg:startNotBefore "{period.begin}"^^xsd:date',
        f'ckg:endNotAfter "{period.end}"^^xsd:date',
    ]


def stated(*spans: str, modality: str = "reported-fact") -> list[str]:
    """Return the lines of a testimony that states the whole record in these spans."""
    return [
        f"ckg:modality modality:{modality}",
        f"ckg:evidence {' , '.join(spans)}",
        "ckg:basis basis:stated",
    ]


def in_order(*spans: str) -> list[str]:
    """Return each span once, in the order of the text; empty ones are left out."""
    numbers = {span: tuple(int(number) for number in re.findall(r"\d+", span)) for span in spans if span}
    return sorted(numbers, key=lambda span: numbers[span])
