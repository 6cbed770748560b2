"""The names of a thing in all the forms that a text may have: short forms, acronyms, given names.

A name is a sequence of words (``name_words``).
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product

from cstokg.web.reconciliation.name_words import Word, acronym, have_same_root, is_acronym, words_of_name

# One given name in several languages, where spelling does not make them alike.
_SAME_GIVEN = (
    ("Александр", "Олександр", "Аляксандр", "Alexandre", "Aleksander", "Alessandro", "Alejandro"),
    ("Андрей", "Андрій", "Андрэй", "André", "Andrzej", "Andreas"),
    ("Виктор", "Віктор", "Віктар"),
    ("Владимир", "Володимир", "Уладзімір", "Volodymyr", "Uladzimir", "Vladimiro", "Wladimir"),
    ("Григорий", "Григорій", "Рыгор", "Gregory", "Grégoire"),
    ("Дмитрий", "Дмитро", "Дзмітрый", "Dmytro", "Demetrio"),
    ("Игорь", "Ігор", "Ігар", "Ihor"),
    ("Илья", "Ілля", "Ілья", "Illia"),
    ("Иван", "Іван", "Ivan", "Iwan"),
    ("Мария", "Марія", "Марыя", "Maria", "Maryja", "Marie"),
    ("Михаил", "Михайло", "Міхаіл", "Michael", "Michel", "Michał"),
    ("Николай", "Микола", "Мікалай", "Mykola", "Nicolas", "Nikolaus", "Nicola"),
    ("Пётр", "Петро", "Пятро", "Peter", "Pierre", "Piotr"),
    ("Сергей", "Сергій", "Сяргей", "Siarhei", "Serhii", "Serge", "Sergio", "Sergiusz"),
    ("Станислав", "Станіслав", "Станіслаў", "Stanislas", "Stanisław", "Stanislao"),
    ("Юрий", "Юрій", "Юры", "Georges"),
)
# The endings of Russian family names in the genitive, dative, instrumental and prepositional; of those in
# -a the last is the accusative.
_CASES = (
    (re.compile("(?<=[ое]в)а$|(?<=[иы]н)а$"), ("ой", "ой", "ой", "у")),
    (re.compile("(?:ск|ц)ая$"), ("ской", "ской", "ской", "скую")),
    (re.compile("(?<=[жчшщ])а$"), ("и", "е", "ей", "у")),
    (re.compile("(?<=[^аеиоу])а$"), ("ы", "е", "ой", "у")),
    (re.compile("(?:[иы]й)$"), ("ого", "ому", "им", "ом")),
    (re.compile("[йь]$"), ("я", "ю", "ем", "е")),
    (re.compile("(?<=[ое]в)$|(?<=[иы]н)$"), ("а", "у", "ым", "е")),
    (re.compile("(?<=[бвгджзклмнпрстфхцчшщ])$"), ("а", "у", "ом", "е")),
)
_CASES_OF_NAMES = (
    (re.compile("ий$"), ("ия", "ию", "ием", "ии")),
    (re.compile("ия$"), ("ии", "ию", "ией", "ии")),
    (re.compile("ья$"), ("ьи", "ье", "ьей", "ью")),
    (re.compile("(?<=с)ь$"), ("и", "и", "ью", "и")),
    (re.compile("(?<=[^аеиоу])а$"), ("ы", "е", "ой", "у")),
    (re.compile("[йь]$"), ("я", "ю", "ем", "е")),
    (re.compile("(?<=[бвгджзклмнпрстфхцчшщ])$"), ("а", "у", "ом", "е")),
)
_MOST_SHORTENED = 8  # words of a name of which an acronym is made


@dataclass(frozen=True, slots=True)
class Named:
    """Something that has names.

    Attributes:
        id: what it is known by here.
        names: all its names.
        others: names that it has elsewhere, in other languages or short; no further forms are made of them.
        personal: whether it is a person: the last word of a name is the family name.
        abbreviated: whether acronyms are made of its names, as of those of bodies.
        parts: for each thing whose name may be part of its names, such as its state, all names of that.
        context: texts whose words may stand beside its name, such as the state in which it lies.
    """

    id: str
    names: tuple[str, ...]
    personal: bool = False
    abbreviated: bool = False
    parts: tuple[tuple[str, ...], ...] = ()
    context: tuple[str, ...] = ()
    others: tuple[str, ...] = ()


def context_keys(thing: Named) -> Iterator[str]:
    """Yield the keys of words that may stand beside a name: also those of its others, unless a person's."""
    texts = thing.context if thing.personal else (*thing.names, *thing.context)
    return (word.key for text in texts for word in words_of_name(text))


def forms(thing: Named) -> Iterator[tuple[str, tuple[Word, ...]]]:
    """Yield each name of a thing with its words, and further forms of it."""
    seen = set()
    for name in (*thing.names, *thing.others):
        words = tuple(words_of_name(name))
        for form in (words,) if name in thing.others else _further_forms(words, thing):
            if form and form not in seen:
                seen.add(form)
                yield name, form


def _further_forms(words: tuple[Word, ...], thing: Named) -> Iterator[tuple[Word, ...]]:
    if thing.personal:
        for form in _with_given_names(words, thing.names):
            yield form
            yield from ((*form[:-1], family) for family in _declined_family(form[-1].text))
        return
    for form in _with_acronyms(words, thing.names) if thing.abbreviated else (words,):
        yield form
        yield from _with_other_parts(form, thing.parts)


def declined(thing: Named) -> Iterator[tuple[Word, ...]]:
    """Yield Russian names in other cases: of a person, *Сергея Лаврова*; of one word, *России*."""
    for name in thing.names:
        first, _, rest = name.partition(" ")
        if name.isascii() or is_acronym(name) or not name.replace(" ", "").isalpha():
            continue
        if not thing.personal and not rest:
            texts = _declined(name, _CASES_OF_NAMES)
        elif thing.personal and rest:
            texts = [
                *map(" ".join, zip(_declined(first, _CASES_OF_NAMES), _declined(rest, _CASES), strict=True))
            ]
        else:
            continue
        yield from (tuple(words_of_name(text)) for text in texts)


def _declined_family(name: str) -> Iterator[Word]:
    """Yield a Russian family name in those cases which nobody of the other sex has: *Лавровым*, *Макея*."""
    if not name.isascii():
        cases = _declined(name, _CASES)
        shared = ("ова", "ева", "ина", "ына", "овой", "евой", "иной", "ыной")
        for text in cases[2:3] if cases[0].endswith(shared) else cases:
            if text != name:
                yield from words_of_name(text)


def _declined(name: str, cases: Iterable[tuple[re.Pattern[str], Sequence[str]]]) -> Sequence[str]:
    """Return a name in four cases; as it is, if it has none."""
    for pattern, endings in cases:
        if pattern.search(name):
            return [pattern.sub(ending, name, count=1) for ending in endings]
    return [name] * 4


def _with_other_parts(words: tuple[Word, ...], parts: Iterable[Sequence[str]]) -> Iterator[tuple[Word, ...]]:
    """Yield a name with a short form in place of the long one of a part, or the other way: *UN*, *РФ*."""
    for names in parts:
        forms = [tuple(words_of_name(name)) for name in names]
        long = [form for form in forms if not is_acronym(form[0].text)]
        short = [form for form in forms if form not in long]
        short += [(acronym(form),) for form in long if len(form) > 1]
        for some, others in ((long, short), (short, long)):
            for form in some:
                yield from (_replaced(words, form, other) for other in others)


def _replaced(words: tuple[Word, ...], part: tuple[Word, ...], other: tuple[Word, ...]) -> tuple[Word, ...]:
    """Return words with another form of a part in the same script; nothing where the part is missing."""
    for start in range(1 + len(words) - len(part)):
        end = start + len(part)
        pairs = zip(words[start:end], part, strict=True)
        if words[0].text.isascii() == other[0].text.isascii() and all(
            one.text == each.text or have_same_root(one.key, each.key) for one, each in pairs
        ):
            return (*words[:start], *other, *words[end:])
    return ()


def _with_given_names(words: tuple[Word, ...], names: Sequence[str]) -> Iterator[tuple[Word, ...]]:
    """Yield a person's name; a family name alone with the given names that others of the names have."""
    given = {tuple(words_of_name(name)[:-1]) for name in names} - {()} if len(words) == 1 else ()
    for whole in [(*before, *words) for before in sorted(given, key=str)] or [words]:
        yield from product(*map(_same_given, whole[:-1]), whole[-1:])


def _same_given(word: Word) -> Iterator[Word]:
    """Yield a given name as it is, and as other languages have it."""
    yield word
    for names in _SAME_GIVEN:
        others = [other for name in names for other in words_of_name(name)]
        if any(word.key == other.key for other in others):
            yield from (other for other in others if other.key != word.key)


def _with_acronyms(words: tuple[Word, ...], names: Sequence[str]) -> Iterator[tuple[Word, ...]]:
    """Yield a name, and forms in which its first words are an acronym: ``MFA Russia``, ``СМИД ОДКБ``.

    A thing that has its own acronym in that script gets no second one.
    """
    yield words
    full = [word for word in words if word.counts_in_acronyms]
    if len(full) > _MOST_SHORTENED or any(word.text.isdecimal() for word in full):
        return
    latin = all(word.text.isascii() for word in full)
    has_own = any(is_acronym(name) and name.isascii() == latin for name in names)
    for count in range(2, len(full) + 1 - has_own):
        if not any(is_acronym(word.text) for word in full[:count]):
            yield (acronym(full[:count]), *full[count:])
