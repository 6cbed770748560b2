"""Search names, paraphrases and the articles' own words, and look up exact names for programs.

Words are compared in a form that common spellings share (``spelling``); ``Index`` also finds misspelled and
unfinished words. ``/api/names`` says whether the data have a name, or else gives the nearest one.
"""

import math
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from flask import Blueprint, Response, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from rapidfuzz import fuzz, process

from cstokg import formats, namespaces
from cstokg.engine import suggestions
from cstokg.web.content import articles, display
from cstokg.web.content.catalogue import natural, shorten_text
from cstokg.web.content.graph import Graph, once
from cstokg.web.content.spelling import latin_words, spelling_key
from cstokg.web.serving.problems import ProblemError
from cstokg.web.serving.sparql_protocol import NAMES_PATH
from cstokg.web.site import Site, at, current

STEM = "/search"
LONGEST = 200  # characters of a search that count
SHOWN = 12  # hits of one kind
_MOST_NAMES = 20  # in one look-up

_HTML, _JSON = formats.HTML, formats.JSON

blueprint = Blueprint("search", __name__)


@blueprint.get(STEM, endpoint="search")
def page() -> ResponseReturnValue:
    """Show what fits the words of the parameter ``q``; as JSON for a client that prefers it."""
    if formats.accepted(request.headers.get("Accept", ""), (_HTML, _JSON))[:1] == (_JSON,):
        response = as_json()
    else:
        words = _words()
        body = render_template("search.html", words=words, groups=_find(words), cited=namespaces.KINDS)
        response = Response(body, mimetype=_HTML)
    response.vary.add("Accept")
    return response


@blueprint.get(f"{STEM}.json")
def as_json() -> Response:
    """Return the same as JSON."""
    words = _words()
    groups = _find(words)
    count = sum(len(group.hits) for group in groups)
    return jsonify({"query": words, "count": count, "groups": _plain(groups)})


def _words() -> str:
    """Return the words of the parameter ``q``, cut after ``LONGEST`` characters."""
    return " ".join(request.args.get("q", "").split())[:LONGEST]


def _plain(groups: "list[Group]") -> list[dict[str, object]]:
    return [
        {
            "kind": group.kind,
            "title": group.title,
            "total": group.total,
            "hits": [
                {
                    "iri": hit.iri,
                    "label": hit.label,
                    "matched": hit.matched,
                    "page": at(hit.page),
                    "records": list(hit.records),
                    "also_cited_for": list(hit.also),
                    "score": hit.score,
                }
                for hit in group.hits
            ],
        }
        for group in groups
    ]


# Exact names: whether the data have them, and which are nearest.


@blueprint.get(NAMES_PATH)
def look_up() -> ResponseReturnValue:
    """Return, for each name in the address, whether the data have it, or else the nearest name."""
    names = request.args.getlist("name")
    if not 0 < len(names) <= _MOST_NAMES:
        raise ProblemError("bad-parameter", f"Give one to {_MOST_NAMES} names.", {"parameter": "name"})
    iris = current().own_iris
    return jsonify(names=[_describe_name(name, iris) for name in names])


def _describe_name(name: str, iris: frozenset[str]) -> dict[str, object]:
    iri = namespaces.expand(name)
    if not iri.startswith(namespaces.BASE):
        detail = f"“{name[:LONGEST]}” is not a name of this graph: those begin with <{namespaces.BASE}>."
        raise ProblemError("bad-parameter", detail, {"parameter": "name"})
    nearest = "" if iri in iris else suggestions.nearest_name(iri, iris)
    return {"name": name, "iri": iri, "known": iri in iris, "nearest": nearest or None}


# What is found, and in which order.

_NAME, _TEXT = 3.0, 1.0  # how much a word counts in a name, and in a longer text
_CLOSE = 78.0  # per cent of likeness from which a word may be a misspelling of another
# Words with which a question begins; a hit need not have them.
_ASKING = frozenset(("did", "does", "how", "what", "when", "where", "which", "who", "why"))
_SHORT = 4  # the most letters of a word that has to be spelled correctly
_STEM = 6  # letters that words of one root share
_PREFIX = 3  # the least letters of the beginning of a word that finds it
_ENOUGH = 0.55  # the least share, by weight, of the words searched for that a hit must have
_PARAPHRASES = "SELECT ?s ?text WHERE { ?s ckg:paraphrase|skos:editorialNote ?text }"
_LONGEST_MATCH = 400  # characters of a text that are shown; sentences of articles are shown whole
_PASSAGE = "passage"  # the kind of hits that are sentences of articles
_SENTENCE = "sentence-"  # with its number, the fragment of a sentence's address on the page of its article
_LEFT_OUT = ("span", "claim", "graph", "")


@dataclass(frozen=True, slots=True)
class Hit:
    """Something that fits.

    Attributes:
        iri: its IRI.
        label: its name.
        matched: the name or text that fits best, if that is not the label.
        score: how well it fits, compared with other hits of the same search.
        records: for a sentence of an article, the records that rest on it.
        also: for a sentence, others that cite it, for a name, a day or an occasion.
    """

    iri: str
    label: str
    matched: str
    score: float
    records: tuple[str, ...] = ()
    also: tuple[str, ...] = ()

    @property
    def page(self) -> str:
        """The path of its page; that of a sentence leads to its place on the page of its article."""
        article, hash_, sentence = self.iri.partition("#")
        return (
            namespaces.page_path(article) + hash_ + sentence
            if sentence.startswith(_SENTENCE)
            else (namespaces.page_path(self.iri))
        )


@dataclass(frozen=True, slots=True)
class Group:
    """The best hits of one kind.

    Attributes:
        kind: the kind, as addresses have it.
        title: the name of the kind.
        hits: the best hits.
        total: how many hits there are.
        minor: whether things of this kind only link others, as attendances and tenures do.
    """

    kind: str
    title: str
    hits: tuple[Hit, ...]
    total: int
    minor: bool


@dataclass(frozen=True, slots=True)
class Entry:
    """A text that can be found.

    Attributes:
        iri: the thing that it names or describes.
        kind: the kind of the thing.
        label: the name of the thing.
        text: the words to find.
        weight: how much each word counts.
        records: for a sentence of an article, the records that rest on it.
        also: for a sentence, others that cite it.
        shown: what to show in place of the text; empty for the text itself.
    """

    iri: str
    kind: str
    label: str
    text: str
    weight: float
    records: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    shown: str = ""


class Index:
    """The words of some texts, to find the texts that fit a search."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        """Read the words of the texts."""
        self._entries = tuple(entries)
        self._by_word: dict[str, list[int]] = defaultdict(list)
        self._spellings: dict[str, set[str]] = defaultdict(set)
        self._lengths = []
        for number, entry in enumerate(self._entries):
            words = latin_words(entry.text)
            self._lengths.append(len(words))
            for word in words:
                self._spellings[spelling_key(word)].add(word)
            for key in dict.fromkeys(map(spelling_key, words)):
                self._by_word[key].append(number)

    def find(self, text: str) -> list[Group]:
        """Return what fits a search, by kind: the kind with the best hit first."""
        typed = latin_words(text)
        typed = [word for word in typed if word not in _ASKING] or typed
        words = {spelling_key(word): word for word in typed}
        total_weight = sum(map(self._rarity, words))
        scores: dict[int, float] = defaultdict(float)
        for word, spelling in words.items():
            best: dict[int, float] = {}
            for indexed, likeness in self._similar(word, spelling).items():
                for number in self._by_word[indexed]:
                    best[number] = max(best.get(number, 0.0), likeness)
            for number, likeness in best.items():
                scores[number] += likeness * self._rarity(word)
        hits: dict[str, Hit] = {}
        kind_of: dict[str, str] = {}
        for number, score in scores.items():
            if score < _ENOUGH * total_weight:
                continue
            entry = self._entries[number]
            length = 1 + math.log1p(max(self._lengths[number] - len(words), 0)) / 4
            value = round(entry.weight * score / total_weight / length, 4)
            if entry.iri not in hits or hits[entry.iri].score < value:
                matched = entry.shown or ("" if entry.text == entry.label else entry.text)
                hits[entry.iri] = Hit(entry.iri, entry.label, matched, value, entry.records, entry.also)
                kind_of[entry.iri] = entry.kind
        return _groups(hits.values(), kind_of)

    @cached_property
    def _words(self) -> list[str]:
        return sorted(self._by_word)

    def _rarity(self, word: str) -> float:
        """Return how much a word counts: the rarer it is, the more."""
        return 1 + math.log(1 + len(self._entries) / (1 + len(self._by_word.get(word, ()))))

    def _similar(self, word: str, spelling: str) -> Mapping[str, float]:
        """Return the words of the index that a word can mean, with their likeness up to one.

        They are the word itself, those that begin with it, and those of the same root; if there are none,
        those of which it may be a misspelling. A short word finds only words that begin with its spelling.
        """
        similar = {word: 1.0} if word in self._by_word else {}
        if len(spelling) >= _PREFIX:
            similar |= {
                other: 0.9
                for other in self._beginning(word)
                if other != word and (len(word) > _PREFIX or self._begins(other, spelling))
            }
        if len(word) > _STEM:
            root = word[:_STEM]
            similar |= {other: 0.8 for other in self._beginning(root) if other not in similar}
        if len(word) > _SHORT and not similar:
            for other, likeness, _ in process.extract(
                word, self._words, scorer=fuzz.ratio, score_cutoff=_CLOSE, limit=None
            ):
                similar[other] = 0.85 * likeness / 100
        return similar

    def _begins(self, word: str, spelling: str) -> bool:
        return any(each.startswith(spelling) for each in self._spellings[word])

    def _beginning(self, start: str) -> Sequence[str]:
        """Return the words of the index with this beginning; "~" comes after all letters and digits."""
        return self._words[bisect_left(self._words, start) : bisect_left(self._words, f"{start}~")]


def _find(words: str) -> list[Group]:
    """Return what fits some words; the records of a sentence whose labels have the words come first."""
    site = current()
    groups = _index(site.graph).find(words) if words else []
    typed = set(map(spelling_key, latin_words(words)))

    def others_last(iri: str) -> int:
        return -len(typed.intersection(map(spelling_key, latin_words(site.catalogue.label(iri)))))

    return [
        replace(
            group,
            hits=tuple(
                replace(
                    hit,
                    records=tuple(sorted(hit.records, key=others_last)),
                    also=tuple(sorted(hit.also, key=others_last)),
                )
                for hit in group.hits
            ),
        )
        for group in groups
    ]


@once
def _index(graph: Graph) -> Index:
    return make_index(current())


def make_index(site: Site) -> Index:
    """Return the index of a site's names, paraphrases, notes, questions and terms."""
    return Index(_entries(site))


def _entries(site: Site) -> Iterator[Entry]:
    kinds, searched = display.read().kinds, display.read().searched
    for iri in sorted(site.catalogue.entries, key=natural):
        entry = site.catalogue.entries[iri]
        kind = "term" if iri.startswith(namespaces.CKG) else entry.kind
        if kind in _LEFT_OUT or kind not in kinds:
            continue
        for name in dict.fromkeys(
            (entry.label, *(term.value for term in entry.names), *searched.get(iri, ()))
        ):
            yield Entry(iri, kind, entry.label, name, _NAME)
        if entry.definition:
            yield Entry(iri, kind, entry.label, entry.definition, _TEXT)
    for row in site.graph.select(_PARAPHRASES):
        iri = row["s"].value
        if iri in site.catalogue and site.catalogue.entries[iri].kind in kinds:
            entry = site.catalogue.entries[iri]
            if entry.kind not in _LEFT_OUT:
                yield Entry(iri, entry.kind, entry.label, row["text"].value, _TEXT)
    yield from _sentences(site)
    for question in site.questions:
        iri = f"{namespaces.BASE}queries/{question.name}"
        yield Entry(iri, "question", question.question, question.question, _TEXT)


def _sentences(site: Site) -> Iterator[Entry]:
    """Yield the sentences of the articles whose texts are here, each with the records that rest on it.

    A sentence is also found by the names, in other languages, of the records that cite it.
    """
    for article in site.references:
        words = site.passages.sentences(article)
        if not words:
            continue
        shown = site.passages.sentences_alone(article)
        records = articles.records_by_sentence(site.graph.about(article), site.catalogue, site.main_span)
        for number, sentence in enumerate(words, 1):
            label = f"{site.source_name(article)}, sentence {number}"
            iri = f"{article}#{_SENTENCE}{number}"
            citing = records.get(number, ((), ()))
            yield Entry(iri, _PASSAGE, label, sentence, _TEXT, *citing, shown[number - 1])
            names = " ".join(_names_in_other_languages(site, article, {*citing[0], *citing[1]}))
            if names:
                yield Entry(iri, _PASSAGE, label, names, _TEXT, *citing, shown[number - 1])


def _names_in_other_languages(site: Site, article: str, things: Iterable[str]) -> list[str]:
    """Return the names of some things in languages other than that of an article, in a fixed order."""
    language = site.references[article].language
    entries = (site.catalogue.entries[iri] for iri in sorted(things) if iri in site.catalogue)
    return [term.value for entry in entries for term in entry.names if term.language not in ("", language)]


def _groups(hits: Iterable[Hit], kind_of: Mapping[str, str]) -> list[Group]:
    by_kind: dict[str, list[Hit]] = defaultdict(list)
    for hit in hits:
        by_kind[kind_of[hit.iri]].append(hit)
    kinds = display.read().kinds
    rank = {kind: number for number, kind in enumerate(display.read().orders["search"])}
    groups = []
    for kind, members in by_kind.items():
        ordered = sorted(members, key=lambda hit: (-hit.score, natural(hit.label.casefold()), hit.iri))
        shown = tuple(ordered[:SHOWN])
        if kind != _PASSAGE:
            shown = tuple(replace(hit, matched=shorten_text(hit.matched, _LONGEST_MATCH)) for hit in shown)
        groups.append(Group(kind, kinds[kind].plural, shown, len(members), kind not in rank))
    return sorted(
        groups,
        key=lambda group: (group.minor, -group.hits[0].score, rank.get(group.kind, len(rank)), group.kind),
    )
