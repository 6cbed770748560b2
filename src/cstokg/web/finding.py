"""The index behind the search: the words of all names and paraphrases, and how well they fit a question."""

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType

from rapidfuzz import fuzz, process

from cstokg import namespaces
from cstokg.web import kinds, labels, spelling
from cstokg.web.site import Site
from cstokg.web.terms import natural

SHOWN = 12  # hits of one kind

_NAME, _TEXT = 3.0, 1.0  # how much a word counts in a name, and in a longer text
_CLOSE = 78.0  # per cent of likeness from which a word is taken for a misspelling of another
_SHORT = 4  # letters up to which a word has to be right
_STEM = 6  # letters that words of one root share
_PREFIX = 3  # letters from which the beginning of a word stands for it
_ENOUGH = 0.55  # of the words of a question, by weight, that a hit must have
_PARAPHRASES = "SELECT ?s ?text WHERE { ?s ckg:paraphrase|skos:editorialNote ?text }"
_ORDER = (
    *("person", "state", "body", "organ", "government-body", "post", "meeting", "statement", "concept/topic"),
    *("document", "conflict", "change", "suspension", "incident", "place", "outlet", "article", "record"),
    *("agenda-item", "anniversary", "group", "question", "term"),
)
_TITLES = MappingProxyType({**kinds.TITLES, "question": "Questions", "term": "Terms of the ontology"})
_LEFT_OUT = ("span", "claim", "graph", "")


@dataclass(frozen=True, slots=True)
class Hit:
    """Something that fits.

    Attributes:
        iri: what was found.
        label: what it is called.
        matched: the name or text that fits best, where it is not the label.
        score: how well it fits; only to compare with others of the same question.
    """

    iri: str
    label: str
    matched: str
    score: float


@dataclass(frozen=True, slots=True)
class Group:
    """The best hits of one kind, the number of all, and what the kind is called.

    Minor are the kinds that only link others: attendances, tenures and the like.
    """

    kind: str
    title: str
    hits: tuple[Hit, ...]
    total: int
    minor: bool


@dataclass(frozen=True, slots=True)
class Entry:
    """A text that can be found: what it names or describes, its kind, its words, and how much each counts."""

    iri: str
    kind: str
    label: str
    text: str
    weight: float


class Index:
    """Finds what fits a question, however its names are spelled."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        """An index of some texts."""
        self._entries = tuple(entries)
        self._by_word: dict[str, list[int]] = defaultdict(list)
        self._lengths = []
        for number, entry in enumerate(self._entries):
            words = spelling.keys(entry.text)
            self._lengths.append(len(words))
            for word in dict.fromkeys(words):
                self._by_word[word].append(number)

    def find(self, question: str) -> list[Group]:
        """What fits a question, by kind: the kind with the best hit first."""
        asked = list(dict.fromkeys(spelling.keys(question)))
        scores: dict[int, float] = defaultdict(float)
        whole = sum(map(self._rarity, asked))
        for word in asked:
            best: dict[int, float] = {}
            for known, likeness in self._like(word).items():
                for number in self._by_word[known]:
                    best[number] = max(best.get(number, 0.0), likeness)
            for number, likeness in best.items():
                scores[number] += likeness * self._rarity(word)
        hits: dict[str, Hit] = {}
        kinds: dict[str, str] = {}
        for number, score in scores.items():
            if score < _ENOUGH * whole:
                continue
            entry = self._entries[number]
            length = 1 + math.log1p(max(self._lengths[number] - len(asked), 0)) / 4
            value = round(entry.weight * score / whole / length, 4)
            if entry.iri not in hits or hits[entry.iri].score < value:
                matched = "" if entry.text == entry.label else entry.text
                hits[entry.iri], kinds[entry.iri] = Hit(entry.iri, entry.label, matched, value), entry.kind
        return _groups(hits.values(), kinds)

    @cached_property
    def _words(self) -> list[str]:
        return sorted(self._by_word)

    def _rarity(self, word: str) -> float:
        """How much a word of a question tells: the rarer, the more."""
        return 1 + math.log(1 + len(self._entries) / (1 + len(self._by_word.get(word, ()))))

    def _like(self, word: str) -> Mapping[str, float]:
        """The known words for which a word can stand, with their likeness up to one."""
        found = {word: 1.0} if word in self._by_word else {}
        if len(word) >= _PREFIX:
            found |= {known: 0.9 for known in self._words if known.startswith(word) and known != word}
        if len(word) > _STEM:
            found |= {
                known: 0.8 for known in self._words if known.startswith(word[:_STEM]) and known not in found
            }
        if len(word) > _SHORT:
            for known, likeness, _ in process.extract(
                word, self._words, scorer=fuzz.ratio, score_cutoff=_CLOSE, limit=None
            ):
                found.setdefault(known, 0.85 * likeness / 100)
        return found


def read(site: Site) -> Index:
    """The index of what a site shows: names, paraphrases, notes, questions and terms."""
    return Index(_entries(site))


def _entries(site: Site) -> Iterator[Entry]:
    for iri in sorted(site.catalogue.entries, key=natural):
        entry = site.catalogue.entries[iri]
        kind = "term" if iri.startswith(namespaces.CKG) else entry.kind
        if kind in _LEFT_OUT or kind not in _TITLES:
            continue
        for name in dict.fromkeys((entry.label, *(term.value for term in entry.names))):
            yield Entry(iri, kind, entry.label, name, _NAME)
        if entry.definition:
            yield Entry(iri, kind, entry.label, entry.definition, _TEXT)
    for row in site.graph.select(_PARAPHRASES):
        iri = row["s"].value
        if iri in site.catalogue and site.catalogue.entries[iri].kind in _TITLES:
            entry = site.catalogue.entries[iri]
            if entry.kind not in _LEFT_OUT:
                yield Entry(iri, entry.kind, entry.label, row["text"].value, _TEXT)
    for question in site.questions:
        iri = f"{namespaces.BASE}queries/{question.name}"
        yield Entry(iri, "question", question.question, question.question, _TEXT)


def _groups(hits: Iterable[Hit], kinds: Mapping[str, str]) -> list[Group]:
    by_kind: dict[str, list[Hit]] = defaultdict(list)
    for hit in hits:
        by_kind[kinds[hit.iri]].append(hit)
    groups = []
    for kind, found in by_kind.items():
        ordered = sorted(found, key=lambda hit: (-hit.score, natural(hit.label.casefold()), hit.iri))
        shown = tuple(
            Hit(hit.iri, hit.label, labels.shorten(hit.matched, 200), hit.score) for hit in ordered[:SHOWN]
        )
        groups.append(Group(kind, _TITLES[kind], shown, len(found), kind not in _ORDER))
    rank = {kind: number for number, kind in enumerate(_ORDER)}
    return sorted(
        groups,
        key=lambda group: (group.minor, -group.hits[0].score, rank.get(group.kind, len(rank)), group.kind),
    )
