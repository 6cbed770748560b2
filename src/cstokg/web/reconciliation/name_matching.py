"""Which thing a name means, however it is spelled, shortened or ordered, and how sure that is.

Names are compared word by word. Two words are alike if some spelling makes them the same (``spelling``), if
one is a likely misspelling of the other, or if they share a root, as *Armenia* and *Armenian* do. The
words that are left over decide: a word of the text that the name does not have, another given name or
initial, or another number contradicts the name, however alike the rest is.
"""

import math
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import takewhile
from types import MappingProxyType

from rapidfuzz import process
from rapidfuzz.distance import OSA

from cstokg.web.reconciliation import names
from cstokg.web.reconciliation.names import ROOT, Named, Word, words_of_name, words_of_text

# The features that explain a score: what each value says, by the name under which results have it.
FEATURES: Mapping[str, str] = MappingProxyType(
    {
        "same_words": "Whether the text and the name have the same words in some spelling",
        "spelling": "How alike the words of the text and those found in the name are, in per cent",
        "text_found": "How much of the text is in the name, in per cent; rare words count more",
        "name_found": "How much of the name is in the text, in per cent; rare words count more",
        "contradiction": "Whether a word, an initial or a number of the text contradicts the name",
        "same_id": "Whether the text is the identifier",
        "type": "Whether the candidate is of a type asked for",
        "properties": "How many of the given values of properties the candidate has, in per cent",
        "lead": "By how many points the candidate is ahead of the next one, or behind the best",
    }
)

CERTAIN = 80.0  # the least points of a certain match
LEAD = 10.0  # points by which it has to be ahead of the next
_CACHED = 4_096  # words of texts, each with the keys that it may mean
_SHOWN = 25.0  # the least points of a match that is shown
_SCORED = 50  # names that are compared in full; those with the most and the rarest words in common

_BY_ROOT, _BY_INITIAL, _BY_CONTEXT = 0.9, 0.9, 0.8
_FAMILY, _GIVEN = 60.0, 40.0  # points for each part of a person's name
_NO_GIVEN = 0.6  # share of the points for the given name, if the text has none
_WHOLE = 90.0  # the least per cent of the text and of the name that each has to find in the other to be whole
_DECLINED = 95.0  # points for a name in another case
_BORROWED = 0.9  # factor for a name that is first of all the name of something else
_AGAINST = 0.5  # factor if something contradicts the name


@dataclass(frozen=True, slots=True)
class Match:
    """Something that a text may mean.

    Attributes:
        id: the id of the thing.
        name: the one of its names that fits best.
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
class _Name:
    """A name with its words.

    Attributes:
        number: the number of the thing in the list of all things.
        text: the name.
        words: its words.
        is_borrowed: whether it is first of all the name of something else, as Tashkent is that of a city.
    """

    number: int
    text: str
    words: tuple[Word, ...]
    is_borrowed: bool


class Names:
    """The names of many things."""

    def __init__(self, things: Iterable[Named]) -> None:
        """Read the words of all names."""
        self._things = tuple(things)
        self._numbers = {thing.id: number for number, thing in enumerate(self._things)}
        self._names: list[_Name] = []
        self._by_key: dict[str, list[int]] = defaultdict(list)
        self._context = [frozenset(names.context_keys(thing)) for thing in self._things]
        first = {tuple(words_of_name(name)): thing.id for thing in self._things for name in thing.names}
        for number, thing in enumerate(self._things):
            for text, words in names.forms(thing):
                is_borrowed = text in thing.others and first.get(words, thing.id) != thing.id
                for key in {word.key for word in words if not word.little}:
                    self._by_key[key].append(len(self._names))
                self._names.append(_Name(number, text, words, is_borrowed))
        self._declined = {
            frozenset(word.key for word in words): number
            for number, thing in enumerate(self._things)
            for words in names.declined(thing)
        }
        self._keys = sorted(self._by_key)
        self._by_root: dict[str, list[str]] = defaultdict(list)
        for key in self._keys:
            self._by_root[key[:ROOT]].append(key)
        # Tables repeat their words.
        self._alike = lru_cache(_CACHED)(self._find_alike)
        self._rarity = lru_cache(_CACHED)(self._find_rarity)

    def match(self, text: str, among: Collection[str] | None = None) -> list[Match]:
        """Return what a text may mean, the best first; with ``among``, only things with these ids.

        None of them is certain yet: see ``decide``.
        """
        number = self._numbers.get(text)
        if number is not None and (among is None or text in among):
            return [Match(text, self._things[number].names[0], 100.0, {"same_id": True})]
        words = words_of_text(text)
        apart = [word for word in names.words_in_brackets(text) if not word.little]
        alike = {word: self._alike(word) for word in set(words)}
        best: dict[int, Match] = {}
        for name in self._candidates(alike, among):
            thing = self._things[name.number]
            compare = self._compare_person if thing.personal else self._compare
            match = compare(words, name, alike)
            if apart and not any(self._belongs(word, name.number) for word in apart):
                features = {**match.features, "same_words": False, "contradiction": True}
                match = replace(match, score=round(match.score * _AGAINST, 1), features=features)
            if match.score >= _SHOWN and match.score > getattr(best.get(name.number), "score", 0.0):
                best[name.number] = match
        number = self._declined.get(frozenset(word.key for word in words))
        if number is not None and (among is None or self._things[number].id in among):
            features = {"same_words": True, "contradiction": False}
            thing = self._things[number]
            best[number] = Match(thing.id, thing.names[0], _DECLINED, features)
        return sorted(best.values(), key=lambda match: (-match.score, match.id))

    def _belongs(self, word: Word, number: int) -> bool:
        """Return whether a word may stand in brackets after a name of a thing."""
        keys = (*word.keys, names.acronym_key(word.text))
        numbers = (self._names[name].number for key in keys for name in self._by_key.get(key, ()))
        context = self._context[number]
        return number in numbers or any(
            key == other or names.have_same_root(key, other) for key in word.keys for other in context
        )

    def begin(self, text: str) -> list[str]:
        """Return the ids of things with a name in which, for each word of a text, a word begins with it."""
        words = [word.key for word in words_of_name(text)]
        if not words:
            return []
        ranks: dict[int, bool] = {}
        for name in self._names:
            keys = [word.key for word in name.words]
            if all(any(key.startswith(word) for key in keys) for word in words):
                is_first = self._things[name.number].personal or keys[0].startswith(words[0])
                ranks[name.number] = ranks.get(name.number, False) or is_first
        return [self._things[number].id for number in sorted(ranks, key=lambda n: (not ranks[n], n))]

    def _find_alike(self, word: Word) -> Mapping[str, float]:
        """Return the keys of names that a word may mean, with their likeness up to 1."""
        alike: dict[str, float] = {}
        if word.little:
            return alike
        for reading in (*word.keys, names.acronym_key(word.text)):
            if reading in self._by_key:
                alike[reading] = 1.0
        if word.text.isdecimal() or len(word.text) == 1:
            return alike
        for reading in word.keys:
            for key, _, _ in process.extract(
                reading, self._keys, scorer=OSA.distance, score_cutoff=2, limit=None
            ):
                if likeness := names.likeness_if_misspelled(reading, key, word):
                    alike[key] = max(alike.get(key, 0.0), likeness)
        for key in self._by_root.get(word.key[:ROOT], ()):
            if (word.cut and key.startswith(word.key)) or names.have_same_root(key, word.key):
                alike[key] = max(alike.get(key, 0.0), _BY_ROOT)
        if word.cut:
            alike |= {key: _BY_ROOT for key in self._keys if names.is_contraction(word.key, key)}
        if word.cut and len(word.key) == ROOT - 1:
            start = bisect_left(self._keys, word.key)
            for key in takewhile(lambda key: key.startswith(word.key), self._keys[start:]):
                alike[key] = max(alike.get(key, 0.0), _BY_ROOT)
        return alike

    def _candidates(
        self, alike: Mapping[Word, Mapping[str, float]], among: Collection[str] | None
    ) -> Iterator[_Name]:
        """Yield the names that have the most of the words."""
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

    def _find_rarity(self, key: str) -> float:
        """Return how much a word counts: the rarer it is, the more."""
        return 1 + math.log(1 + len(self._names) / (1 + len(self._by_key.get(key, ()))))

    def _compare(
        self, words: Sequence[Word], name: _Name, alike: Mapping[Word, Mapping[str, float]]
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
        # One word of a longer name is too little, and so is one word with the same root.
        bare = len(matched) == 1 and sum(not word.little for word in name.words) > 1
        only_root = len(words) == 1 and any(
            likeness < 1 and names.have_same_root(words[0].key, name.words[place].key)
            for place, likeness in matched.items()
        )
        score = 100 * (0.6 * text_found + 0.4 * name_found) * (0.7 if bare or only_root else 1)
        return self._as_match(name, score, matched.values(), text_found, name_found, against=against)

    def _compare_person(
        self, words: Sequence[Word], name: _Name, alike: Mapping[Word, Mapping[str, float]]
    ) -> Match:
        """Return how well the words fit a person's name: first the family name, then all others."""
        *given, family = name.words
        # A misspelling of a name in another case is too far from the name itself.
        is_declined = not any(family.text in other for other in self._things[name.number].names)
        likeness = {
            word: names.likeness_in_person(word, family, alike[word].get(family.key, 0.0), family=True)
            for word in words
            if not word.is_initial and (word.key == family.key or not is_declined)
        }
        best = max(likeness, key=likeness.__getitem__, default=None)
        family_found = likeness[best] if best else 0.0
        others = [word for word in words if word is not best or not family_found]
        rest = [apart for word in others for apart in names.initials_apart(word)]
        given_found, initials, against = 0.0, 0, not family_found
        for word in rest:
            if word.is_initial:
                initials += 1
                if initials == 1 and given and given_found < 1:
                    fits = any(names.is_initial_of(word, part) for part in given)
                    given_found = max(given_found, _BY_INITIAL if fits else 0.0)
                    against = against or not fits
                continue
            value = max(
                (
                    names.likeness_in_person(word, part, alike[word].get(part.key, 0.0), family=False)
                    for part in given
                ),
                default=0.0,
            )
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

    def _may_accompany(self, word: Word, number: int) -> bool:
        """Return whether a word contradicts no person: a title, a patronymic, or part of a post or state."""
        return bool(
            word.little
            or names.is_rank_or_patronymic(word)
            or word.key in self._context[number]
            or any(names.have_same_root(word.key, key) for key in self._context[number])
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
        same = not against and not name.is_borrowed and min(spelling, text_found, name_found) == 1
        features = {
            "same_words": same,
            "spelling": _percent(spelling),
            "text_found": _percent(text_found),
            "name_found": _percent(name_found),
            "contradiction": against,
        }
        points = round(score * (_AGAINST if against else _BORROWED if name.is_borrowed else 1), 1)
        return Match(self._things[name.number].id, name.text, points, features)


def adjust(match: Match, of_type: bool | None, properties: float | None) -> Match:
    """Return a match whose score takes account of its type and its properties.

    A match of another type gets half the points. The properties count a third as much as the name; if
    none is right, the match is contradicted.

    Args:
        match: the match by name.
        of_type: whether its type is one asked for; None if none was.
        properties: the share of the given properties that it has, up to 1; None if none was given.
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
    """Return matches by their scores; the first is certain if it is good and clearly ahead of the second.

    A match with the same words is ahead of all without, and so is one in which no word is left over.
    """
    ordered = sorted(matches, key=lambda match: (-match.score, match.id))
    decided = []
    for place, match in enumerate(ordered):
        other = ordered[1 if place == 0 else 0].score if len(ordered) > 1 else 0.0
        lead = round(match.score - other, 1)
        doubtful = match.features.get("contradiction") or match.features.get("type") is False
        is_ahead = lead >= LEAD or any(
            fits(match) and not any(map(fits, ordered[1:])) for fits in (_has_same_words, _is_whole)
        )
        certain = bool(place == 0 and match.score >= CERTAIN and is_ahead and not doubtful)
        decided.append(replace(match, features={**match.features, "lead": lead}, certain=certain))
    return decided


def _has_same_words(match: Match) -> bool:
    return bool(match.features.get("same_words"))


def _is_whole(match: Match) -> bool:
    return min(match.features.get("text_found", 0), match.features.get("name_found", 0)) >= _WHOLE


def _pairs(
    words: Sequence[Word], of_name: Sequence[Word], alike: Mapping[Word, Mapping[str, float]]
) -> dict[int, tuple[int, float]]:
    """Return, by the place of a word in the text, its place in the name and the likeness.

    The pairs that are most alike are made first, and each word is in one pair only.
    """
    likenesses = [
        (keys[other.key], place, place_in_name)
        for place, keys in enumerate(map(alike.__getitem__, words))
        for place_in_name, other in enumerate(of_name)
        if other.key in keys
    ]
    pairs: dict[int, tuple[int, float]] = {}
    taken: set[int] = set()
    for likeness, place, place_in_name in sorted(likenesses, key=lambda row: (-row[0], row[1], row[2])):
        if place not in pairs and place_in_name not in taken:
            pairs[place] = place_in_name, likeness
            taken.add(place_in_name)
    return pairs


def _percent(share: float) -> float:
    return round(100 * share, 1)
