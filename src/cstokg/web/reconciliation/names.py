"""The words of names and of texts, how alike two words are, and the names of a thing in all their forms.

``names.toml`` says which words may stand beside names, and how names change.
"""

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import product
from typing import Any

from anyascii import anyascii
from rapidfuzz.distance import OSA

from cstokg.web.content.spelling import readings, spelling_key, spelling_keys

_MOST_WORDS = 30  # of a text; further ones are not read
_WORD = re.compile(r"[^\W_]+(?:['’ʻʼ][^\W_]+)*\.?")
_BRACKETS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")
_TITLES = re.compile(
    r"(?:(?:[Mm]rs?|[Mm]s|[Mm]me|[Dd]r|[Pp]rof|[Ss]ir|[Hh]err|[Ff]rau|[Mm]onsieur|[Mm]adame|[Pp]ani?|[Ss]ignor"
    r"|H\. ?E|(?:His|Her) Excellency|S\. ?E|[Дд]-р|[Пп]ан[аеуі]?|[Сс]падар"
    r"|[Гг]-(?:н|на|ну|жа|жи|жу)|[Гг]осподина?|[Гг]оспож[аиу]|[Тт]ов)(?:\.|\b)\s*)+"
    r"|M\.\s+(?=\w{2,}\s+\w{2,})"  # of two names: before one it may be an initial
)
_PATRONYMIC = re.compile(r"(?:ich|ovna|evna|ichna|ogli|uli|ulu|kisi)$")  # in keys
# Cyrillic and Latin letters that look alike; a word has letters of one script.
_CYRILLIC, _LATIN = "АВЕЅІЈКМНОРСТУХаеѕіјорсух", "ABESIJKMHOPCTYXaesijopcyx"
_TO_CYRILLIC = str.maketrans(_LATIN, _CYRILLIC)
_TO_LATIN = str.maketrans(_CYRILLIC, _LATIN)
_IN_CYRILLIC = re.compile("[\u0400-\u052f]")
_IN_LATIN = re.compile("[A-Za-z]")
_JOINED = re.compile(r"(?<=[^\W\d_]{4})(?<=[a-zа-яё])(?=[A-ZА-ЯЁ][^\W\d_]{3})")  # MakeiVladimir
_CONTRACTED = re.compile(r"['’][a-z]{1,2}$")  # Int'l, Gov't
_POSSESSIVE = re.compile("['’]s$")
# Latin letters that stand for one Cyrillic letter, in initials.
_DIGRAPHS = frozenset(("ch", "dzh", "kh", "sh", "shch", "ts", "ya", "ye", "yo", "yu", "zh"))
_VOWELS = frozenset("aeiou")
_FEMININE = re.compile(r"(?:[aeo]v|in)a$|(?:sk|tsk)aia$")
_INITIALS = 2  # capitals that may be initials without dots
_LONG = 6  # the least letters of a word of which one letter may be wrong
ROOT = 4  # letters that words of one root share at least
_MOST_SHORTENED = 8  # the most words of a name of which an acronym is made


@cache
def _table() -> dict[str, Any]:
    """Return what ``names.toml`` says."""
    text = files("cstokg.web.reconciliation").joinpath("names.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


@cache
def _words(name: str) -> frozenset[str]:
    return frozenset(_table()[name])


@cache
def _ranks() -> frozenset[str]:
    """Return the keys of words that may stand beside any person's name."""
    return frozenset(key for word in _table()["ranks"] for key in spelling_keys(word))


@cache
def _cases(kind: str) -> Sequence[tuple[re.Pattern[str], Sequence[str]]]:
    return [(re.compile(row["pattern"]), row["endings"]) for row in _table()[kind]]


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a text or a name.

    Attributes:
        text: as it is written.
        key: its spelling key.
        keys: the keys that it can have, by the schemes of transliteration.
        cut: whether a dot or an apostrophe says that it is shortened.
        little: whether it distinguishes little, as *of* does.
    """

    text: str
    key: str
    keys: tuple[str, ...]
    cut: bool = False
    little: bool = False

    @property
    def is_initial(self) -> bool:
        """Whether it is the first letter of a name."""
        return (len(self.text) == 1 and self.text.isalpha()) or (self.cut and self.text.lower() in _DIGRAPHS)

    @property
    def counts_in_acronyms(self) -> bool:
        """Whether its first letter is part of acronyms."""
        return not self.little or self.key in _words("in_acronyms")


def words_of_name(text: str) -> list[Word]:
    """Return the words of a name."""
    joined = re.sub(r"\b([Cc])o-(?=\w)", r"\1o", text)
    words = []
    for match in _WORD.finditer(joined):
        word = _POSSESSIVE.sub("", match[0].rstrip("."))
        if keys := readings(word):
            # The only word of a text is never little: IS, ON.
            little = word.lower() in _words("little") and match[0] != text.strip()
            is_cut = match[0].endswith(".") or bool(_CONTRACTED.search(word))
            words.append(Word(word, keys[0], keys, is_cut, little))
    return words[:_MOST_WORDS]


def words_in_brackets(text: str) -> list[Word]:
    """Return the words of a text that stand in brackets."""
    return [word for part in _BRACKETS.findall(_normalised(text)) for word in words_of_name(part[1:-1])]


def _normalised(text: str) -> str:
    """Return a text without invisible characters and marks, with words in one script each, and not joined."""
    visible = "".join(
        character
        for character in unicodedata.normalize("NFKC", text)
        if unicodedata.category(character) not in ("Cf", "Mn")
    )
    return _JOINED.sub(" ", re.sub(r"\w+", lambda match: _in_one_script(match[0]), visible))


def _in_one_script(word: str) -> str:
    """Return a word in the script of most of its letters, if the other letters have look-alikes there."""
    cyrillic, latin = len(_IN_CYRILLIC.findall(word)), len(_IN_LATIN.findall(word))
    if not cyrillic or not latin:
        return word
    other = word.translate(_TO_CYRILLIC if cyrillic >= latin else _TO_LATIN)
    return word if _IN_CYRILLIC.search(other) and _IN_LATIN.search(other) else other


def words_of_text(text: str) -> list[Word]:
    """Return the words of a text, each once, without a title at its beginning and words in brackets."""
    text = _normalised(text)
    title = _TITLES.match(text.lstrip())
    outside = _BRACKETS.sub(" ", text.lstrip()[title.end() if title else 0 :])
    kept = outside if _WORD.search(outside) else text
    if re.fullmatch(r"\s*(?:[^\W\d_](?:\.\s?|\s)){1,7}[^\W\d_]\.?\s*", kept):
        kept = re.sub(r"[.\s]", "", kept)  # U.S., U S A
    return list(dict.fromkeys(words_of_name(kept)))


def acronym(words: Iterable[Word]) -> Word:
    """Return the acronym of words."""
    letters = "".join(word.text[0].upper() for word in words if word.counts_in_acronyms)
    key = acronym_key(letters)
    return Word(letters, key, (key,))


def is_acronym(name: str) -> bool:
    """Return whether a name is one word with several capitals."""
    return " " not in name and sum(letter.isupper() for letter in name) > 1


def acronym_key(text: str) -> str:
    """Return the key of capitals that may be an acronym; no other word has it. Empty for any other text."""
    return f"={anyascii(text).lower()}" if len(text) > 1 and text.isupper() else ""


def initials_apart(word: Word) -> list[Word]:
    """Return the letters of two initials without dots, as in *Lavrov SV*; any other word as it is."""
    may_be = len(word.text) == _INITIALS and word.text.isupper() and word.key not in _ranks()
    letters = word.text if may_be else ""
    return [apart for letter in letters for apart in words_of_name(f"{letter}.")] or [word]


def likeness_if_misspelled(reading: str, other: str, word: Word) -> float:
    """Return how alike a reading of a word and another key are, if one is a likely misspelling; else 0.

    Short words are no misspellings. In schemes other than English, one letter may be wrong.
    """
    length = max(len(reading), len(other))
    most = 0 if length <= 4 else 1 if length <= 8 or reading != word.key else 2
    first = {reading[0], other[0]}
    distance = OSA.distance(reading, other, score_cutoff=most)
    return 1 - distance / length if 0 < distance <= most and (len(first) == 1 or first <= _VOWELS) else 0.0


def is_contraction(short: str, word: str) -> bool:
    """Return whether a word is shortened to some of its letters, the first and the last included: *Govt.*."""
    letters = iter(word)
    ends = len(short) > 1 and (short[0], short[-1]) == (word[0], word[-1])
    return ends and short != word and all(letter in letters for letter in short)


def have_same_root(one: str, other: str) -> bool:
    """Return whether two keys differ in endings only, as *Armenia* and *Armenian* do."""
    if one[:ROOT] != other[:ROOT]:
        return False
    if one[-3:] == other[-3:]:
        return one == other  # forms of a word differ at the end
    length = next(
        (place for place, pair in enumerate(zip(one, other, strict=False)) if pair[0] != pair[1]),
        min(len(one), len(other)),
    )
    # The root may be shorter than what both begin with.
    endings = _words("endings")
    return (
        any(one[root:] in endings and other[root:] in endings for root in range(ROOT, length + 1))
        and not one.isdecimal()
    )


def is_initial_of(word: Word, part: Word) -> bool:
    """Return whether a name begins with a letter, in spelling or in sound: Ж. and Zhanna."""
    letter, written = anyascii(word.text).lower(), anyascii(part.text).lower()
    return written.startswith(letter) or part.key.startswith(spelling_key(f"{letter}a")[:-1])


def is_rank_or_patronymic(word: Word) -> bool:
    """Return whether a word may stand beside the name of any person."""
    return any(key in _ranks() or _PATRONYMIC.search(key) for key in word.keys)


def likeness_in_person(word: Word, part: Word, likeness: float, *, family: bool) -> float:
    """Return how alike a word and a part of a person's name are, given how alike words are in other names.

    A longer or shorter family name is another name, and so is a feminine form; a given name may lack its last
    letter.
    """
    likeness = likeness or _likeness_as_written(word, part)
    if likeness in (0.0, 1.0):
        return likeness
    shorter, longer = sorted((word.key, part.key), key=len)
    if longer.startswith(shorter) and (family or len(longer) - len(shorter) > 1 or longer.endswith("a")):
        return 0.0
    swapped = sorted(word.key) == sorted(part.key)
    if not swapped and bool(_FEMININE.search(word.key)) != bool(_FEMININE.search(part.key)):
        return 0.0
    return max(
        _likeness_as_written(word, part),
        *(likeness_if_misspelled(key, part.key, word) for key in word.keys),
    )


def _likeness_as_written(word: Word, part: Word) -> float:
    """Return how alike two long words are as they are written, if they differ by one letter; else 0."""
    one, other = word.text.lower(), part.text.lower()
    length = max(len(one), len(other))
    if length < _LONG or one[0] != other[0] or OSA.distance(one, other, score_cutoff=1) != 1:
        return 0.0
    return 1 - 1 / length


# The forms of names.


@dataclass(frozen=True, slots=True)
class Named:
    """Something that has names.

    Attributes:
        id: its id.
        names: all its names.
        others: further names, in other languages or short, of which no further forms are made.
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
    """Yield the keys of words that may stand beside a name; except for people, the words of all names too."""
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
            texts = _declined(name, "cases_of_names")
        elif thing.personal and rest:
            texts = [
                *map(
                    " ".join,
                    zip(
                        _declined(first, "cases_of_names"),
                        _declined(rest, "cases_of_family_names"),
                        strict=True,
                    ),
                )
            ]
        else:
            continue
        yield from (tuple(words_of_name(text)) for text in texts)


def _declined_family(name: str) -> Iterator[Word]:
    """Yield a Russian family name in the cases that differ from the other sex's form: *Лавровым*, *Макея*."""
    if not name.isascii():
        cases = _declined(name, "cases_of_family_names")
        shared = ("ова", "ева", "ина", "ына", "овой", "евой", "иной", "ыной")
        for text in cases[2:3] if cases[0].endswith(shared) else cases:
            if text != name:
                yield from words_of_name(text)


def _declined(name: str, kind: str) -> Sequence[str]:
    """Return a name in four cases, by one of the tables in ``names.toml``; as it is, if it has none."""
    for pattern, endings in _cases(kind):
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
    """Yield a person's name in its forms; a family name alone also gets the given names of other names."""
    given = {tuple(words_of_name(name)[:-1]) for name in names} - {()} if len(words) == 1 else ()
    for whole in [(*before, *words) for before in sorted(given, key=str)] or [words]:
        yield from product(*map(_same_given, whole[:-1]), whole[-1:])


def _same_given(word: Word) -> Iterator[Word]:
    """Yield a given name as it is, and its forms in other languages."""
    yield word
    for names in _table()["given"]:
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
