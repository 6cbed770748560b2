"""Find days, numbers and names in a text as articles print them, in English and in Russian.

Names are those of the register: every label and printed form, in Latin and Cyrillic letters.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from anyascii import anyascii
from rapidfuzz import fuzz, process
from rdflib import RDF, SKOS

from cstokg import namespaces
from cstokg.build import written_testimonies
from cstokg.build.sources import Sources

_MONTHS = (
    ("january", "jan", "январ"),
    ("february", "feb", "феврал"),
    ("march", "mar", "март"),
    ("april", "apr", "апрел"),
    ("may", "may", "ма[йяе]"),
    ("june", "jun", "июн"),
    ("july", "jul", "июл"),
    ("august", "aug", "август"),
    ("september", "sept?", "сентябр"),
    ("october", "oct", "октябр"),
    ("november", "nov", "ноябр"),
    ("december", "dec", "декабр"),
)
_MONTH_FORMS = tuple(rf"(?:{full}|{short}\.?|{russian}\w*)" for full, short, russian in _MONTHS)
_MONTH = "|".join(f"(?P<m{number}>{form})" for number, form in enumerate(_MONTH_FORMS, 1))
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th|-?(?:го|е))?"
_YEAR = r"(?:,?\s+(?:of\s+)?(?P<year>\d{4}))?"
# Patterns, which `re` compiles when they are first used: that takes longer than the rest of the module.
_DATES = (
    rf"(?i)\b{_DAY}(?:\s+of)?\s+(?:{_MONTH})\b{_YEAR}",
    rf"(?i)\b(?:{_MONTH})\s+{_DAY}\b{_YEAR}",
    r"\b(?P<day>\d{1,2})[./](?P<month>\d{1,2})[./](?P<year>\d{4})\b",
    r"\b(?P<year>\d{4})-(?P<month>\d{2})-(?P<day>\d{2})\b",
)
_RELATIVE = re.compile(
    r"\b(?:today|yesterday|tomorrow|tonight|(?:mon|tues|wednes|thurs|fri|satur|sun)day|the\s+day|days?\s+(?:ago|before|"
    r"after|later)|on\s+the\s+eve|years?\s+(?:ago|before|after|later)|now|current(?:ly)?|at\s+present|this\s+(?:week|month|year)|"
    r"(?:last|next|coming|past)\s+(?:week|month|year)|recent(?:ly)?|"
    r"сегодня|вчера|завтра|накануне|понедельник\w*|вторник\w*|сред[уы]|четверг\w*|пятниц\w*|суббот\w*|воскресень\w*)\b",
    re.IGNORECASE,
)
_ONES = (
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
)
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_ORDINALS = (
    "zeroth",
    "first",
    "second",
    "third",
    "fourth",
    "fifth",
    "sixth",
    "seventh",
    "eighth",
    "ninth",
    "tenth",
    "eleventh",
    "twelfth",
)
_RUSSIAN = {
    1: "один|одна|одно|одного|перв",
    2: "два|две|двух|втор",
    3: "три|трёх|трех|трет",
    4: "четыр|четвёрт|четверт",
    5: "пят",
    6: "шест",
    7: "сем[ьи]|седьм",
    8: "восем|восьм",
    9: "девят",
    10: "десят",
    20: "двадцат",
    30: "тридцат",
    40: "сорок",
    50: "пятьдесят|пятидесят",
}
_TIMES = {
    1: "once|single|a|an|annual|annually|yearly|один раз",
    2: "twice|pair|both|дважды",
    3: "thrice|трижды",
}
_NAME_LIKENESS = 80
_WORD = re.compile(r"[^\W\d_](?:[^\W\d_]|[’'-](?=[^\W\d_]))*")

_KINDS = frozenset(
    {"body", "government-body", "organ", "outlet", "person", "place", "post", "state", "event", "document"}
)
_NAMES = (SKOS.prefLabel, SKOS.altLabel)
_LIKENESS = 88  # of a window of words and a name, both in small Latin letters
_MOST_WORDS = 7
_ENGLISH_ARTICLES = ("the ", "a ", "an ")
_TOKEN = re.compile(r"[^\W_]+(?:[’'.-][^\W_]+)*")


@dataclass(frozen=True, slots=True)
class Day:
    """A day as it is printed: where, and what of it is printed."""

    start: int
    end: int
    day: int
    month: int
    year: int | None

    def is_(self, other: date) -> bool:
        """Return whether it is that day, as far as it is printed."""
        return (self.day, self.month) == (other.day, other.month) and self.year in (None, other.year)


def days(text: str) -> Iterator[Day]:
    """Yield the days that a text prints with their month, in any usual form."""
    for pattern in _DATES:
        for match in re.finditer(pattern, text):
            groups = match.groupdict()
            month = groups.get("month") or next(n for n in range(1, 13) if groups.get(f"m{n}"))
            year = groups.get("year")
            yield Day(*match.span(), int(match["day"]), int(month), int(year) if year else None)


def has_day(text: str, day: date) -> bool:
    """Return whether a text prints a day, or words like *yesterday* from which it can be worked out."""
    if any(printed.is_(day) for printed in days(text)) or _RELATIVE.search(text):
        return True
    return re.search(rf"\b(?:the|on)\s+{day.day}(?:st|nd|rd|th)\b", text, re.IGNORECASE) is not None


def has_bound(text: str, day: date) -> bool:
    """Return whether a text prints a day, or the month or year that begins or ends with it."""
    if has_day(text, day):
        return True
    year = re.search(rf"(?<!\d){day.year}(?!\d)", text) is not None
    if (day.month, day.day) in {(1, 1), (12, 31), (6, 30), (7, 1)}:
        return year
    month = re.search(rf"\b{_MONTH_FORMS[day.month - 1]}\b", text, re.IGNORECASE) is not None
    return month and (day.day == 1 or day.day >= 28)


def has_number(text: str, number: int) -> bool:
    """Return whether a text prints a number, in digits or in words, cardinal or ordinal."""
    forms = [rf"{number}(?:st|nd|rd|th)?", *_words(number)]
    return re.search(rf"(?<![\w.,])(?:{'|'.join(forms)})(?![\w])", text, re.IGNORECASE) is not None


def _words(number: int) -> Iterator[str]:
    if number in _TIMES:
        yield _TIMES[number]
    if number < len(_ORDINALS):
        yield _ORDINALS[number]
    if number < len(_ONES):
        yield f"{_ONES[number]}(?:th)?"
    elif number < 100:
        tens, ones = _TENS[number // 10 - 2], number % 10
        yield rf"{tens}[-\s](?:{_ONES[ones]}|{_ORDINALS[ones]})" if ones else f"{tens}|{tens[:-1]}ieth"
    if number in _RUSSIAN:
        yield rf"(?:{_RUSSIAN[number]})\w*"


def has_name(text: str, forms: Iterable[str]) -> bool:
    """Return whether a text prints a form of a name, its last word, or something spelled like it."""
    words = {word for match in _WORD.finditer(text) for word in plain(match[0]).split("-") if word}
    folded = plain(text)
    for form in forms:
        name = plain(form)
        if name and name in folded:
            return True
        parts = [part for part in re.split(r"[^\w]+", name) if len(part) > 2]
        if parts and all(
            any(fuzz.ratio(part, word, score_cutoff=_NAME_LIKENESS) for word in words) for part in parts[-1:]
        ):
            return True
    return False


def plain(text: str) -> str:
    """Return a text in small Latin letters, so that spellings in two scripts can be compared."""
    return anyascii(text).lower().replace("’", "'")


class Name(NamedTuple):
    """A name in a text: its place, and the entity that may be meant; ``exact`` if every letter agrees."""

    start: int
    end: int
    iri: str
    exact: bool


@dataclass(frozen=True, slots=True)
class _Form:
    plain: str
    words: int
    iri: str
    written: str


def names_of_register(sources: Sources) -> dict[str, set[str]]:
    """Return all names of each entity in the register: labels, and what articles print."""
    forms_of: dict[str, set[str]] = {}
    for subject, predicate, node in sources.triples:
        iri = str(subject)
        if predicate == written_testimonies.PRINTED_AS:
            iri = iri.partition("/testimony/")[0]
        elif predicate not in _NAMES:
            continue
        if namespaces.kind_of(iri) in _KINDS:
            forms_of.setdefault(iri, set()).add(str(node))
    typed = {str(subject) for subject, predicate, _ in sources.triples if predicate == RDF.type}
    return {iri: forms for iri, forms in forms_of.items() if iri in typed}


def find_names(text: str, register: Mapping[str, set[str]]) -> list[Name]:
    """Return the names in a text, in its order; of names that overlap, the longest.

    Args:
        text: the article's text.
        register: the names of each entity, by IRI.
    """
    tokens = [match.span() for match in _TOKEN.finditer(text)]
    forms = list(_forms(register))
    candidates: list[tuple[int, float, Name]] = []
    for count in range(1, _MOST_WORDS + 1):
        form_of = {form.plain: form for form in forms if form.words == count}
        if not form_of:
            continue
        choices = list(form_of)
        for index in range(len(tokens) - count + 1):
            start, end = tokens[index][0], tokens[index + count - 1][1]
            words = text[start:end]
            if "\n" in words or not words[:1].isupper() or words.lower().startswith(_ENGLISH_ARTICLES):
                continue
            match = process.extractOne(plain(words), choices, scorer=fuzz.ratio, score_cutoff=_LIKENESS)
            if match:
                form = form_of[match[0]]
                name = Name(start, end, form.iri, words == form.written)
                candidates.append((end - start, match[1], name))
    longest: list[Name] = []
    for _, _, name in sorted(candidates, key=lambda candidate: (-candidate[0], -candidate[1])):
        if all(name.end <= other.start or other.end <= name.start for other in longest):
            longest.append(name)
    return sorted(longest)


def _forms(register: Mapping[str, set[str]]) -> Iterator[_Form]:
    ambiguous: dict[str, set[str]] = {}
    short: list[_Form] = []
    for iri, forms in sorted(register.items()):
        for form in sorted(forms):
            count = len(_TOKEN.findall(form))
            if len(form) > 2 and count:
                yield _Form(plain(form), count, iri, form)
            # People are also called by their family name.
            if namespaces.kind_of(iri) == "person" and count > 1:
                family = _TOKEN.findall(form)[-1]
                if len(family) > 2:
                    short.append(_Form(plain(family), 1, iri, family))
                    ambiguous.setdefault(plain(family), set()).add(iri)
    yield from (form for form in short if len(ambiguous[form.plain]) == 1)
