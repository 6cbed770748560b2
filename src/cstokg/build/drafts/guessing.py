"""What drafts are guessed from: words of ``draft_words.toml``, days in words, and what the sources say."""

import re
import tomllib
from calendar import monthrange
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from math import log, sqrt

from rdflib import RDF, SKOS, Literal, URIRef

from cstokg import namespaces
from cstokg.build.checks import printed_forms
from cstokg.build.drafts.record_turtle import Period
from cstokg.build.sources import Sources

_CKG = namespaces.CKG
_WEEKDAYS = (
    "monday|понедельник",
    "tuesday|вторник",
    "wednesday|сред[уы]",
    "thursday|четверг",
    "friday|пятниц",
    "saturday|суббот",
    "sunday|воскресень",
)

_LABEL_WEIGHT = 8  # a word of a topic's label counts this many times
_LEAST_LIKENESS = 0.12  # of a sentence and a topic, for the topic to be proposed
_STEM = 6  # letters that make up a stem, which is exact enough to propose a topic


@dataclass(slots=True)
class Knowledge:
    """What the sources say that helps to guess; all IRIs as strings.

    Attributes:
        labels: the labels of each thing by language.
        posts: the post by its role and its state or body.
        seats: the organs in which a role has a seat.
        topics: the weight of each stem in the texts about a topic; the squares add up to 1.
        described: every IRI that has a type.
    """

    labels: dict[str, dict[str, str]] = field(default_factory=dict)
    posts: dict[tuple[str, str], str] = field(default_factory=dict)
    seats: dict[str, list[str]] = field(default_factory=dict)
    topics: dict[str, dict[str, float]] = field(default_factory=dict)
    described: set[str] = field(default_factory=set)

    def label(self, name: str, language: str) -> str:
        """Return the label of a thing, given by its name in Turtle; ``…`` if it has none."""
        return self.labels.get(namespaces.expand(name), {}).get(language, "…") if name else "…"

    def topic(self, words: str) -> str:
        """Return the topic whose texts share most with the words of a sentence; ``…`` if none is near."""
        stems = set(_stems(words))
        named_words = set(re.findall(r"\w+", words.lower()))
        named = [
            topic
            for topic in sorted(self.topics)
            if named_words >= set(re.findall(r"\w+", self.labels[topic].get("en", "…").lower()))
        ]
        if named:
            return max(named, key=len).rpartition("/")[2]
        scores = {
            topic: sum(weights.get(stem, 0) for stem in stems)
            for topic, weights in sorted(self.topics.items())
        }
        best = max(scores, key=lambda topic: scores[topic], default="")
        near = best and scores[best] >= _LEAST_LIKENESS * sqrt(len(stems)) > 0
        return best.rpartition("/")[2] if near else "…"


def knowledge_of(sources: Sources) -> Knowledge:
    """Return what the sources say that helps to guess what a sentence reports."""
    result = Knowledge()
    values: dict[str, dict[str, list[str]]] = {}
    for subject, predicate, node in sources.triples:
        iri, name = str(subject), str(predicate)
        if predicate == RDF.type:
            result.described.add(iri)
        elif predicate == SKOS.prefLabel and isinstance(node, Literal):
            result.labels.setdefault(iri, {})[node.language or "en"] = str(node)
        if isinstance(node, URIRef) or name in {f"{_CKG}paraphrase", str(SKOS.definition)}:
            values.setdefault(name, {}).setdefault(iri, []).append(str(node))
    held_in = values.get(f"{_CKG}postIn", {})
    for post, (role, *_) in sorted(values.get(f"{_CKG}postRole", {}).items()):
        for holder in held_in.get(post, ()):
            result.posts.setdefault((role, holder), post)
    for organ, seats in sorted(values.get(f"{_CKG}hasSeatFor", {}).items()):
        for role in seats:
            result.seats.setdefault(role, []).append(organ)
    result.topics = _topics(result.labels, values)
    return result


def _topics(
    labels: dict[str, dict[str, str]], values: dict[str, dict[str, list[str]]]
) -> dict[str, dict[str, float]]:
    """Weigh the stems of each topic: often in its label, definition and paraphrases, in few other topics."""
    counts: dict[str, Counter[str]] = {}
    definitions = values.get(str(SKOS.definition), {})
    for topic in (iri for iri in labels if namespaces.kind_of(iri) == "concept/topic"):
        counts[topic] = Counter(_stems(f"{labels[topic].get('en', '')} " * _LABEL_WEIGHT))
        counts[topic].update(_stems(" ".join(definitions.get(topic, ()))))
    paraphrases = values.get(f"{_CKG}paraphrase", {})
    for record, topics in values.get(f"{_CKG}topic", {}).items():
        for topic in topics:
            counts.setdefault(topic, Counter()).update(_stems(" ".join(paraphrases.get(record, ()))))
    spread = Counter(stem for stems in counts.values() for stem in stems)
    weights = {}
    for topic, stems in counts.items():
        raw = {stem: (1 + log(count)) * log(len(counts) / spread[stem]) for stem, count in stems.items()}
        length = sqrt(sum(weight**2 for weight in raw.values())) or 1.0
        weights[topic] = {stem: weight / length for stem, weight in raw.items()}
    return weights


def holder_of(word: str, role: str, knowledge: Knowledge) -> str:
    """Return the IRI of a state or body with a role, given its name or an adjective: *Kyrgyz*, *Армении*.

    It is empty if no state or body with that role is meant.
    """
    plain = printed_forms.plain(word)
    if word[:1].isupper():
        for holder in (body for (other_role, body) in knowledge.posts if other_role == role):
            names = [*knowledge.labels.get(holder, {}).values(), holder.rpartition("/")[2]]
            for name in map(printed_forms.plain, names):
                pairs = enumerate(zip(name, plain, strict=False))
                shared = next((at for at, (a, b) in pairs if a != b), min(len(name), len(plain)))
                if name == plain or shared >= max(4, len(plain) - 3):
                    return holder
    return ""


@cache
def patterns(table: str) -> dict[str, str]:
    """Return a table of ``draft_words.toml``: regular expressions by name, in order."""
    text = files("cstokg.build.drafts").joinpath("draft_words.toml").read_text(encoding="utf-8")
    table_patterns: dict[str, str] = tomllib.loads(text)[table]
    return table_patterns


def search(pattern: str, words: str) -> re.Match[str] | None:
    """Return where a pattern first matches at the beginning of a word, in any case."""
    return re.search(rf"\b(?:{pattern})", words, re.IGNORECASE)


def matches(kind: str, words: str) -> bool:
    """Return whether the words have the signs of a kind of report: *meeting*, *speech*, …."""
    return search(patterns("kind")[kind], words) is not None


def first(table: str, words: str) -> str:
    """Return the first name in a table whose pattern occurs in the words; empty if none does."""
    return next((name for name, pattern in patterns(table).items() if search(pattern, words)), "")


def day_in(words: str, published: date) -> tuple[date | None, bool]:
    """Return the day of the past that a sentence names, and whether it prints it with its month."""
    for printed in printed_forms.days(words):
        try:
            return date(printed.year or published.year, printed.month, printed.day), True
        except ValueError:
            continue
    for number, pattern in enumerate(_WEEKDAYS):
        if re.search(rf"\b(?:{pattern})", words, re.IGNORECASE):
            return published - timedelta((published.weekday() - number) % 7), False
    if re.search(r"\b(?:yesterday|вчера|накануне)\b", words, re.IGNORECASE):
        return published - timedelta(1), False
    if re.search(r"\b(?:today|сегодня)\b", words, re.IGNORECASE):
        return published, False
    return None, False


def period_in(words: str, published: date) -> Period | None:
    """Return the month or the year that a sentence names; a month without a year is in the article's year."""
    year = re.search(r"(?<![\d-])(?:19|20)\d\d(?![\d-])", words)
    month = next((number for number in range(1, 13) if search(patterns("month")[f"{number:02}"], words)), 0)
    if not year and not month and not re.search(r"\b(?:this year|в этом году)\b", words, re.IGNORECASE):
        return None
    in_year = int(year[0]) if year else published.year
    first, last = (month, month) if month else (1, 12)
    return Period(
        date(in_year, first, 1), date(in_year, last, monthrange(in_year, last)[1]), year is not None
    )


def _stems(text: str) -> list[str]:
    return [word[:_STEM] for word in re.findall(r"[a-zа-яё]{4,}", text.lower())]
