"""Which thing a name means: names however they are spelled, shortened or ordered; and how sure that is.

A name is compared word by word. Two words are alike if they are one in some spelling (``spelling``), if one
is a likely misspelling of the other, or if they share a root, as *Armenia* and *Armenian* do. What decides
is what is left over: a word of the text that the name does not have, a given name or an initial that is
another, or a number, speaks against the name, however alike the rest is.
"""

import math
import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import takewhile
from types import MappingProxyType

from anyascii import anyascii
from rapidfuzz import process
from rapidfuzz.distance import OSA

from cstokg.web.content.spelling import readings, spelling_key

# The features that explain a score: what each value says, by the name under which results have it.
FEATURES: Mapping[str, str] = MappingProxyType(
    {
        "same_words": "Whether the text and the name have the same words in some spelling",
        "spelling": "How alike the words are that were found in the name, in per cent",
        "text_found": "How much of the text the name has, in per cent; rare words count more",
        "name_found": "How much of the name the text has, in per cent; rare words count more",
        "contradiction": "Whether a word, an initial or a number of the text speaks against the name",
        "same_id": "Whether the text is the identifier",
        "type": "Whether it is of a type asked for",
        "properties": "How many of the given values of properties it has, in per cent",
        "lead": "By how many points its score is ahead of the next, or behind the best",
    }
)

CERTAIN = 80.0  # points from which the best is good enough
LEAD = 10.0  # points by which it has to be ahead of the next
_MOST_SHORTENED = 8  # words of a name of which an acronym is made
_REMEMBERED = 4_096  # words of texts, with what they may be
_SHOWN = 25.0  # points below which nothing is worth showing
_SCORED = 50  # names that are compared in full; those with the most and the rarest words in common
_MOST_WORDS = 30  # of a text; further ones are not read

_WORD = re.compile(r"[^\W_]+(?:['’ʻʼ][^\W_]+)*\.?")
_BRACKETS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")
_TITLES = re.compile(
    r"(?:(?:[Mm]rs?|[Mm]s|[Dd]r|[Pp]rof|[Ss]ir|H\. ?E|(?:His|Her) Excellency|[Дд]-р"
    r"|[Гг]-(?:н|на|ну|жа|жи|жу)|[Гг]осподина?|[Гг]оспож[аиу]|[Тт]ов)(?:\.|\b)\s*)+"
)
_PATRONYMIC = re.compile(r"(?:ich|ovna|evna|ichna|ogli|uli|ulu|kisi)$")  # in keys
# What may stand beside a person's name, whoever it is.
_RANKS = frozenset(
    spelling_key(word)
    for word in (
        *("academician", "admiral", "ambassador", "army", "colonel", "fm", "general", "lieutenant", "major"),
        *("marshal", "minister", "pm", "president", "prime", "akademik", "armii", "ministr", "polkovnik"),
        *("posol", "premer", "prezident"),
    )
)
_POSSESSIVE = re.compile("['’]s$")
# One Cyrillic letter, as initials have it in Latin ones.
_DIGRAPHS = frozenset(("ch", "dzh", "kh", "sh", "shch", "ts", "ya", "ye", "yo", "yu", "zh"))
_VOWELS = frozenset("aeiou")
_FEMININE = re.compile(r"(?:ov|ev|in)a$|(?:sk|tsk)aia$")
# Words that say little.
_STOP = frozenset(
    (
        *("a", "affairs", "an", "and", "at", "by", "for", "in", "of", "on", "the", "to"),
        *("в", "дел", "для", "за", "и", "из", "на", "о", "об", "от", "по", "с", "со", "у"),
    )
)
_COUNTED = frozenset(("avairs", "del"))  # those of them that acronyms have: MFA, МИД
# Endings by which words of one root differ: of English and Russian adjectives and cases, as keys have them.
_ENDINGS = frozenset(
    (
        *("", "a", "e", "i", "o", "u", "n", "s", "an", "ei", "em", "ia", "ie", "ii", "im", "in", "iu"),
        *("oe", "oi", "om", "ov", "ogo", "ian", "ani", "stan", "tan", "istan", "stani", "stana", "tana"),
        *("istana", "ski", "skoi", "skogo", "skaia", "skie", "anski", "anskaia"),
    )
)
_INITIALS = 2  # capitals that may be initials without dots
_ROOT = 4  # letters that words of one root share at least

_BY_ROOT, _BY_INITIAL, _BY_CONTEXT = 0.9, 0.9, 0.8
_FAMILY, _GIVEN = 60.0, 40.0  # points for each part of a person's name
_NO_GIVEN = 0.6  # of the points for the given name, where the text has none
_AGAINST = 0.5  # of the score is left where something speaks against the name


@dataclass(frozen=True, slots=True)
class Named:
    """Something that has names.

    Attributes:
        id: what it is known by here.
        names: all its names.
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


@dataclass(frozen=True, slots=True)
class Match:
    """Something that a text may mean.

    Attributes:
        id: of the thing.
        name: that name of it which fits best.
        score: from 0 to 100.
        features: what the score is made of, by the names in ``FEATURES``.
        certain: whether the text means it for certain.
    """

    id: str
    name: str
    score: float
    features: Mapping[str, float | bool]
    certain: bool = False


@dataclass(frozen=True, slots=True)
class _Word:
    """A word of a text or a name.

    Attributes:
        text: as it is written.
        key: its spelling key.
        keys: all that it can be, by the schemes of writing.
        cut: whether a dot says that it is shortened.
        little: whether it says little, as *of* does.
    """

    text: str
    key: str
    keys: tuple[str, ...]
    cut: bool = False
    little: bool = False

    @property
    def is_initial(self) -> bool:
        return (len(self.text) == 1 and self.text.isalpha()) or (self.cut and self.text.lower() in _DIGRAPHS)


@dataclass(frozen=True, slots=True)
class _Name:
    """A name with its words; ``number`` is that of the thing in the list of all."""

    number: int
    text: str
    words: tuple[_Word, ...]


class Names:
    """The names of many things."""

    def __init__(self, things: Iterable[Named]) -> None:
        """Read the words of all names."""
        self._things = tuple(things)
        self._numbers = {thing.id: number for number, thing in enumerate(self._things)}
        self._names: list[_Name] = []
        self._by_key: dict[str, list[int]] = defaultdict(list)
        self._context = [frozenset(_context(thing)) for thing in self._things]
        for number, thing in enumerate(self._things):
            for text, words in _forms(thing):
                for key in {word.key for word in words if not word.little}:
                    self._by_key[key].append(len(self._names))
                self._names.append(_Name(number, text, words))
        self._keys = sorted(self._by_key)
        self._by_root: dict[str, list[str]] = defaultdict(list)
        for key in self._keys:
            self._by_root[key[:_ROOT]].append(key)
        self._alike = lru_cache(_REMEMBERED)(self._find_alike)  # tables repeat their words

    def match(self, text: str, among: Collection[str] | None = None) -> list[Match]:
        """Return what a text may mean, the best first; among these ids, or all.

        None of them is certain yet: see ``decide``.
        """
        number = self._numbers.get(text)
        if number is not None and (among is None or text in among):
            return [Match(text, self._things[number].names[0], 100.0, {"same_id": True})]
        words = _words_of_text(text)
        alike = {word: self._alike(word) for word in set(words)}
        best: dict[int, Match] = {}
        for name in self._candidates(alike, among):
            thing = self._things[name.number]
            compare = self._compare_person if thing.personal else self._compare
            match = compare(words, name, alike)
            if match.score >= _SHOWN and match.score > getattr(best.get(name.number), "score", 0.0):
                best[name.number] = match
        return sorted(best.values(), key=lambda match: (-match.score, match.id))

    def begin(self, text: str) -> list[str]:
        """Return the ids of things of which a name has a word that begins with each word of a text."""
        words = [word.key for word in _words(text)]
        if not words:
            return []
        ranks: dict[int, bool] = {}
        for name in self._names:
            keys = [word.key for word in name.words]
            if all(any(key.startswith(word) for key in keys) for word in words):
                is_first = self._things[name.number].personal or keys[0].startswith(words[0])
                ranks[name.number] = ranks.get(name.number, False) or is_first
        return [self._things[number].id for number in sorted(ranks, key=lambda n: (not ranks[n], n))]

    def _find_alike(self, word: _Word) -> Mapping[str, float]:
        """Return the keys of names that a word may be, with their likeness up to 1."""
        alike: dict[str, float] = {}
        if word.little:
            return alike
        for reading in (*word.keys, _acronym_key(word.text)):
            if reading in self._by_key:
                alike[reading] = 1.0
        if word.text.isdecimal() or len(word.text) == 1:
            return alike
        for reading in word.keys:
            for key, _, _ in process.extract(
                reading, self._keys, scorer=OSA.distance, score_cutoff=2, limit=None
            ):
                if likeness := _likeness_if_misspelled(reading, key, word):
                    alike[key] = max(alike.get(key, 0.0), likeness)
        for key in self._by_root.get(word.key[:_ROOT], ()):
            if (word.cut and key.startswith(word.key)) or _have_same_root(key, word.key):
                alike[key] = max(alike.get(key, 0.0), _BY_ROOT)
        if word.cut:
            alike |= {key: _BY_ROOT for key in self._keys if _is_contraction(word.key, key)}
        if word.cut and len(word.key) == _ROOT - 1:
            start = bisect_left(self._keys, word.key)
            for key in takewhile(lambda key: key.startswith(word.key), self._keys[start:]):
                alike[key] = max(alike.get(key, 0.0), _BY_ROOT)
        return alike

    def _candidates(
        self, alike: Mapping[_Word, Mapping[str, float]], among: Collection[str] | None
    ) -> Iterator[_Name]:
        """Give the names that have the most of the words."""
        common: dict[int, float] = defaultdict(float)
        for keys in alike.values():
            values: dict[int, float] = {}
            for key, likeness in keys.items():
                for number in self._by_key[key]:
                    values[number] = max(values.get(number, 0.0), likeness * self._rarity(key))
            for number, value in values.items():
                common[number] += value
        order = sorted(common, key=lambda number: (-common[number], len(self._names[number].words), number))
        allowed = (
            name
            for name in map(self._names.__getitem__, order)
            if among is None or self._things[name.number].id in among
        )
        for _, name in zip(range(_SCORED), allowed, strict=False):
            yield name

    def _rarity(self, key: str) -> float:
        """Return how much a word counts: the rarer it is, the more."""
        return 1 + math.log(1 + len(self._names) / (1 + len(self._by_key.get(key, ()))))

    def _compare(
        self, words: Sequence[_Word], name: _Name, alike: Mapping[_Word, Mapping[str, float]]
    ) -> Match:
        """Return how well the words fit a name that is not a person's."""
        pairs = _pairs(words, name.words, alike)
        context = self._context[name.number]
        against, accounted, total = False, 0.0, 0.0
        for position, word in enumerate(words):
            rarity = self._rarity(word.key)
            likeness = pairs[position][1] if position in pairs else 0.0
            if word.little or not pairs:
                rarity = 0.0
            elif not likeness and word.key in context:
                likeness, rarity = _BY_CONTEXT, rarity / 4
            against = against or (not likeness and rarity > 0)
            accounted, total = accounted + likeness * rarity, total + rarity
        matched = dict(pairs.values())
        rarities = [0.0 if word.little else self._rarity(word.key) for word in name.words]
        covered = sum(rarity * matched.get(place, 0.0) for place, rarity in enumerate(rarities))
        text_found, name_found = accounted / (total or 1), covered / (sum(rarities) or 1)
        # One word of a longer name is too little, and so is a word of the same root alone.
        bare = len(matched) == 1 and sum(not word.little for word in name.words) > 1
        only_root = len(words) == 1 and any(
            likeness < 1 and _have_same_root(words[0].key, name.words[place].key)
            for place, likeness in matched.items()
        )
        score = 100 * (0.6 * text_found + 0.4 * name_found) * (0.7 if bare or only_root else 1)
        return self._as_match(name, score, matched.values(), text_found, name_found, against=against)

    def _compare_person(
        self, words: Sequence[_Word], name: _Name, alike: Mapping[_Word, Mapping[str, float]]
    ) -> Match:
        """Return how well the words fit a person's name: first the family name, then all others."""
        *given, family = name.words
        likeness = {word: _of_person(family, word, alike) for word in words if not word.is_initial}
        best = max(likeness, key=likeness.__getitem__, default=None)
        family_found = likeness[best] if best else 0.0
        others = [word for word in words if word is not best or not family_found]
        rest = [apart for word in others for apart in _initials_apart(word)]
        given_found, initials, against = 0.0, 0, not family_found
        for word in rest:
            if word.is_initial:
                initials += 1
                if initials == 1 and given and given_found < 1:
                    fits = any(_is_initial_of(word, part) for part in given)
                    given_found = max(given_found, _BY_INITIAL if fits else 0.0)
                    against = against or not fits
                continue
            value = max((_of_person(part, word, alike) for part in given), default=0.0)
            given_found = max(given_found, value)
            accounted = value or self._may_accompany(word, name.number)
            against = against or not accounted
        if len(given) == 0 and not rest:
            given_found = _NO_GIVEN  # the name is the family name alone
        said = given_found or (0.0 if against else _NO_GIVEN)
        score = _FAMILY * family_found + _GIVEN * said
        likenesses = [value for value in (family_found, given_found) if value]
        text_found = len(likenesses) / max(1, sum(not word.is_initial for word in words) or 1)
        name_found = (family_found + given_found) / 2
        return self._as_match(name, score, likenesses, min(text_found, 1.0), name_found, against=against)

    def _may_accompany(self, word: _Word, number: int) -> bool:
        """Return whether a word says nothing against a person: a title, a patronymic, or part of a post."""
        return bool(
            word.little
            or word.key in _RANKS
            or any(_PATRONYMIC.search(key) for key in word.keys)
            or word.key in self._context[number]
            or any(_have_same_root(word.key, key) for key in self._context[number])
        )

    def _as_match(
        self,
        name: _Name,
        score: float,
        likenesses: Iterable[float],
        text_found: float,
        name_found: float,
        *,
        against: bool,
    ) -> Match:
        values = list(likenesses)
        spelling = sum(values) / len(values) if values else 0.0
        same = not against and min(spelling, text_found, name_found) == 1
        features = {
            "same_words": same,
            "spelling": _percent(spelling),
            "text_found": _percent(text_found),
            "name_found": _percent(name_found),
            "contradiction": against,
        }
        points = round(score * (_AGAINST if against else 1), 1)
        return Match(self._things[name.number].id, name.text, points, features)


def adjust(match: Match, of_type: bool | None, properties: float | None) -> Match:
    """Return a match with what else was asked: whether the type is right, and the share of properties.

    None where nothing was asked. Of another type it gets half the points; a value of a property counts as
    much as a third of the name, and if none is right, something speaks against the match.
    """
    score, features = match.score, dict(match.features)
    if properties is not None:
        features["properties"] = _percent(properties)
        features["contradiction"] = bool(features.get("contradiction", False)) or not properties
        score = 0.75 * score + 25 * properties
    if of_type is not None:
        features["type"] = of_type
        score *= 1 if of_type else 0.5
    return replace(match, score=round(score, 1), features=features)


def decide(matches: Iterable[Match]) -> list[Match]:
    """Return matches by their scores; the first is certain if it is good and clearly ahead of the second."""
    ordered = sorted(matches, key=lambda match: (-match.score, match.id))
    decided = []
    for place, match in enumerate(ordered):
        other = ordered[1 if place == 0 else 0].score if len(ordered) > 1 else 0.0
        lead = round(match.score - other, 1)
        doubtful = match.features.get("contradiction") or match.features.get("type") is False
        certain = place == 0 and match.score >= CERTAIN and lead >= LEAD and not doubtful
        decided.append(replace(match, features={**match.features, "lead": lead}, certain=certain))
    return decided


# Words.


def _context(thing: Named) -> Iterator[str]:
    """Give the keys of words that may stand beside a name: also those of its others, unless a person's."""
    texts = thing.context if thing.personal else (*thing.names, *thing.context)
    return (word.key for text in texts for word in _words(text))


def _forms(thing: Named) -> Iterator[tuple[str, tuple[_Word, ...]]]:
    """Give each name of a thing with its words, and further forms of it."""
    seen = set()
    for name, words in ((name, tuple(_words(name))) for name in thing.names):
        forms: Iterable[tuple[_Word, ...]] = (words,)
        if thing.personal:
            forms = _with_given_names(words, thing.names)
        elif thing.abbreviated:
            forms = _with_acronyms(words, thing.names)
        for form in (*forms, *_with_other_parts(words, thing.parts)):
            if form and form not in seen:
                seen.add(form)
                yield name, form


def _with_other_parts(
    words: tuple[_Word, ...], parts: Iterable[Sequence[str]]
) -> Iterator[tuple[_Word, ...]]:
    """Give a name with a short form in place of the long one of a part, or the other way: *UN*, *РФ*."""
    for names in parts:
        forms = [tuple(_words(name)) for name in names]
        long = [form for form in forms if not _is_acronym(form[0].text)]
        short = [form for form in forms if form not in long]
        short += [(_initials(form),) for form in long if len(form) > 1]
        for some, others in ((long, short), (short, long)):
            for form in some:
                yield from (_replaced(words, form, other) for other in others)


def _replaced(
    words: tuple[_Word, ...], part: tuple[_Word, ...], other: tuple[_Word, ...]
) -> tuple[_Word, ...]:
    """Return words with another form of a part in the same script; nothing where the part is missing."""
    for start in range(1 + len(words) - len(part)):
        end = start + len(part)
        pairs = zip(words[start:end], part, strict=True)
        if words[0].text.isascii() == other[0].text.isascii() and all(
            one.text == each.text or _have_same_root(one.key, each.key) for one, each in pairs
        ):
            return (*words[:start], *other, *words[end:])
    return ()


def _with_given_names(words: tuple[_Word, ...], names: Sequence[str]) -> Iterator[tuple[_Word, ...]]:
    """Give a person's name; a family name alone with the given names that others of the names have."""
    given = {tuple(_words(name)[:-1]) for name in names} - {()} if len(words) == 1 else ()
    if given:
        yield from ((*before, *words) for before in given)
    else:
        yield words


def _with_acronyms(words: tuple[_Word, ...], names: Sequence[str]) -> Iterator[tuple[_Word, ...]]:
    """Give a name, and forms in which its first words are an acronym: ``MFA Russia``, ``СМИД ОДКБ``.

    What has an acronym of its own in that script is not shortened to another.
    """
    yield words
    full = [word for word in words if not word.little or word.key in _COUNTED]
    if len(full) > _MOST_SHORTENED or any(word.text.isdecimal() for word in full):
        return
    latin = all(word.text.isascii() for word in full)
    has_own = any(_is_acronym(name) and name.isascii() == latin for name in names)
    for count in range(2, len(full) + 1 - has_own):
        if not any(_is_acronym(word.text) for word in full[:count]):
            yield (_initials(full[:count]), *full[count:])


def _initials(words: Iterable[_Word]) -> _Word:
    """Return the acronym of words."""
    letters = "".join(word.text[0].upper() for word in words if not word.little or word.key in _COUNTED)
    key = _acronym_key(letters)
    return _Word(letters, key, (key,))


def _is_acronym(name: str) -> bool:
    return " " not in name and sum(letter.isupper() for letter in name) > 1


def _acronym_key(text: str) -> str:
    """Return the key of capitals that may stand for words, which no other spelling has; or nothing."""
    return f"={anyascii(text).lower()}" if len(text) > 1 and text.isupper() else ""


def _words(text: str) -> list[_Word]:
    """Return the words of a name."""
    joined = re.sub(r"\b([Cc])o-(?=\w)", r"\1o", text)
    words = []
    for match in _WORD.finditer(joined):
        word = _POSSESSIVE.sub("", match[0].rstrip("."))
        if keys := readings(word):
            # A word alone is meant: IS, ON.
            little = word.lower() in _STOP and match[0] != text.strip()
            words.append(_Word(word, keys[0], keys, match[0].endswith("."), little))
    return words[:_MOST_WORDS]


def _words_of_text(text: str) -> list[_Word]:
    """Return the words of a text, each once, without a title before them and what stands in brackets."""
    title = _TITLES.match(text.lstrip())
    outside = _BRACKETS.sub(" ", text.lstrip()[title.end() if title else 0 :])
    kept = outside if _WORD.search(outside) else text
    if letters := re.fullmatch(r"\s*((?:[^\W\d_]\.){2,})\s*", kept):
        kept = letters[1].replace(".", "")  # U.S.
    return list(dict.fromkeys(_words(kept)))


def _initials_apart(word: _Word) -> list[_Word]:
    """Return the letters of two initials without dots, as in *Lavrov SV*; any other word as it is."""
    may_be = len(word.text) == _INITIALS and word.text.isupper() and word.key not in _RANKS
    letters = word.text if may_be else ""
    return [apart for letter in letters for apart in _words(f"{letter}.")] or [word]


def _likeness_if_misspelled(reading: str, other: str, word: _Word) -> float:
    """Return how alike a reading of a word is to another, if that is a likely misspelling of it; else 0.

    Short words are not, and in a scheme other than English one letter may be wrong.
    """
    length = max(len(reading), len(other))
    most = 0 if length <= 4 else 1 if length <= 8 or reading != word.key else 2
    first = {reading[0], other[0]}
    distance = OSA.distance(reading, other, score_cutoff=most)
    return 1 - distance / length if 0 < distance <= most and (len(first) == 1 or first <= _VOWELS) else 0.0


def _is_contraction(short: str, word: str) -> bool:
    """Return whether letters are some of a word's, with its first and its last: *Gt.*, *Govt.*."""
    letters = iter(word)
    ends = len(short) > 1 and (short[0], short[-1]) == (word[0], word[-1])
    return ends and short != word and all(letter in letters for letter in short)


def _have_same_root(one: str, other: str) -> bool:
    if one[-3:] == other[-3:]:
        return one == other  # forms of a word differ in their ends
    length = next(
        (place for place, pair in enumerate(zip(one, other, strict=False)) if pair[0] != pair[1]),
        min(len(one), len(other)),
    )
    # The root may be shorter than what both begin with.
    return (
        any(one[root:] in _ENDINGS and other[root:] in _ENDINGS for root in range(_ROOT, length + 1))
        and not one.isdecimal()
    )


def _pairs(
    words: Sequence[_Word], of_name: Sequence[_Word], alike: Mapping[_Word, Mapping[str, float]]
) -> dict[int, tuple[int, float]]:
    """Return each word's place in the name, by its own place, with the likeness; the likest pairs first."""
    likenesses = [
        (alike[word][other.key], place, place_in_name)
        for place, word in enumerate(words)
        for place_in_name, other in enumerate(of_name)
        if other.key in alike[word]
    ]
    pairs: dict[int, tuple[int, float]] = {}
    taken: set[int] = set()
    for likeness, place, place_in_name in sorted(likenesses, key=lambda row: (-row[0], row[1], row[2])):
        if place not in pairs and place_in_name not in taken:
            pairs[place] = place_in_name, likeness
            taken.add(place_in_name)
    return pairs


def _of_person(part: _Word, word: _Word, alike: Mapping[_Word, Mapping[str, float]]) -> float:
    """Return how alike a word is to a part of a person's name.

    A longer or shorter family name is another one, and so is the feminine form.
    """
    likeness = alike[word].get(part.key, 0.0)
    if likeness in (0.0, 1.0):
        return likeness
    if word.key.startswith(part.key) or part.key.startswith(word.key):
        return 0.0
    if bool(_FEMININE.search(word.key)) != bool(_FEMININE.search(part.key)):
        return 0.0
    return max(_likeness_if_misspelled(key, part.key, word) for key in word.keys)


def _is_initial_of(word: _Word, part: _Word) -> bool:
    """Return whether a letter begins a name, as either is written or as it sounds: Ж. and Zhanna."""
    letter, written = anyascii(word.text).lower(), anyascii(part.text).lower()
    return written.startswith(letter) or part.key.startswith(spelling_key(f"{letter}a")[:-1])


def _percent(share: float) -> float:
    return round(100 * share, 1)
