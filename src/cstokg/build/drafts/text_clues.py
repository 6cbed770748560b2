"""Find in a new article's text what its records are drafted from: posts, people, groups, days, topics.

All of it is a guess, from ``draft_words.toml`` and from what the project knows of posts and topics.
"""

import re
import tomllib
from calendar import monthrange
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from math import log, sqrt
from typing import NamedTuple

from rdflib import RDF, SKOS, Literal, URIRef

from cstokg import namespaces
from cstokg.build.checks import printed_forms
from cstokg.build.checks.printed_forms import Name
from cstokg.build.sources import Sources

_CKG = namespaces.CKG
_ACTING = re.compile(r"\b(?:acting|исполняющ\w+ обязанности|и\. ?о\.)\s*$", re.IGNORECASE)
_DEPUTY = re.compile(r"\b(?:(?:first\s+)?deputy|vice|(?:первый\s+)?заместител\w+)[\s-]*$", re.IGNORECASE)
_OWNER = re.compile(r"([^\W\d_]+)(?:[’']s)?\s+$")
_OWNED = re.compile(r"\s+(?:of\s+(?:the\s+)?)?([^\W\d_]+)")
_STATE_BEHIND = re.compile(r"(?: of | \(|, )(?:the )?(\w+)")
_PERSON = re.compile(r",?\s{1,2}((?:[^\W\d_a-zа-яё][\w’'-]+)(?: [^\W\d_a-zа-яё][\w’'-]+){1,2})")
_WEEKDAYS = (
    "monday|понедельник",
    "tuesday|вторник",
    "wednesday|сред[уы]",
    "thursday|четверг",
    "friday|пятниц",
    "saturday|суббот",
    "sunday|воскресень",
)
_LABEL_WEIGHT = 8  # a word of a topic's label counts as often as that
_LEAST_LIKENESS = 0.12  # of a sentence and a topic, for the topic to be proposed
_STEM = 6  # letters that make up a stem, which is exact enough to propose a topic


class Post(NamedTuple):
    """A post in a text: its place, its role, its name in Turtle, and whether its holder is only acting."""

    start: int
    end: int
    role: str
    name: str
    acting: bool


class Dateline(NamedTuple):
    """The place (a name in Turtle) and the day at the head of a report: where they stand, and as printed."""

    place: str
    start: int
    end: int
    printed: str


class Period(NamedTuple):
    """A month or a year that a sentence names, and whether it prints the year."""

    begin: date
    end: date
    printed: bool

    @property
    def name(self) -> str:
        """The period as in the names of records: ``2031-05`` or ``2031``."""
        return str(self.begin)[: 7 if self.begin.month == self.end.month else 4]


@dataclass(slots=True)
class Knowledge:
    """What the sources say that helps to guess; all IRIs as strings.

    Attributes:
        labels: the labels of each thing by language.
        posts: the post by its role and its state or body.
        person_posts: the posts that a person is said to have held.
        seats: the organs in which a role has a seat.
        topics: the weight of each stem in the texts about a topic; the squares add up to 1.
        described: every IRI that has a type.
    """

    labels: dict[str, dict[str, str]] = field(default_factory=dict)
    posts: dict[tuple[str, str], str] = field(default_factory=dict)
    person_posts: dict[str, list[str]] = field(default_factory=dict)
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
    holders = values.get(f"{_CKG}holder", {})
    for tenure, posts in sorted(values.get(f"{_CKG}tenurePost", {}).items(), reverse=True):
        for person in holders.get(tenure, ()):
            result.person_posts.setdefault(person, []).extend(posts)
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
    spread = Counter(stem for each in counts.values() for stem in each)
    weights = {}
    for topic, each in counts.items():
        raw = {stem: (1 + log(count)) * log(len(counts) / spread[stem]) for stem, count in each.items()}
        length = sqrt(sum(weight**2 for weight in raw.values())) or 1.0
        weights[topic] = {stem: weight / length for stem, weight in raw.items()}
    return weights


def dateline(text: str, names: Sequence[Name], day: date) -> Dateline | None:
    """Return the dateline: a place, of the register or not, and behind it the article's day."""
    printed = min(printed_forms.days(text), key=lambda each: each.start, default=None)
    if printed is None or not printed.is_(day):
        return None
    start = text.rfind("\n", 0, printed.start) + 1
    for each in names:
        if namespaces.kind_of(each.iri) == "place" and start <= each.start < printed.start:
            return Dateline(
                namespaces.shorten(each.iri), each.start, printed.end, text[each.start : each.end]
            )
    match = re.fullmatch(
        r"\s*([^\W\d_][\w .'’-]{2,40}?)\s*[,.(/–—-]\s*(?:\w+\.? )?", text[start : printed.start]
    )
    if match is None:
        return None
    return Dateline(f"place:{slug(match[1])}", start + match.start(1), printed.end, match[1].title())


def posts(text: str, knowledge: Knowledge) -> list[Post]:
    """Return the posts that a text names, in its order: a role with its state or body, or a role alone."""
    forms: dict[str, str] = {}
    for (role, _), post in knowledge.posts.items():
        forms.update({each.lower(): role for each in knowledge.labels.get(role, {}).values()})
        label = knowledge.labels.get(post, {}).get("en", "").lower()
        forms.setdefault(label.rpartition(" of ")[0].removesuffix(" of the") or label, role)
    forms.pop("", None)
    named: list[Post] = []
    for form, role in sorted(forms.items(), key=lambda item: -len(item[0])):
        pattern = re.escape(form).replace(r"\ ", r"[\s-]")
        for match in re.finditer(rf"\b{pattern}(?:s|ы|а|ом|у)?\b", text, re.IGNORECASE):
            if all(match.end() <= other.start or other.end <= match.start() for other in named):
                named.append(_post(text, match, role, knowledge))
    return sorted(named)


def _post(text: str, match: re.Match[str], role: str, knowledge: Knowledge) -> Post:
    before, after = text[max(0, match.start() - 50) : match.start()], text[match.end() : match.end() + 50]
    start, end = match.span()
    deputy = _DEPUTY.search(before)
    if deputy:
        before = before[: deputy.start()]
    acting = _ACTING.search(before)
    if acting:
        before = before[: acting.start()]
    start -= len(text[max(0, match.start() - 50) : match.start()]) - len(before)
    owner, owned = _OWNER.search(before), _OWNED.match(after)
    holder = ""
    if owner and (holder := holder_of(owner[1], role, knowledge)):
        start -= len(before) - owner.start()
        acting = acting or _ACTING.search(before[: owner.start()])
    elif owned and (holder := holder_of(owned[1], role, knowledge)):
        end += owned.end()
    elif not deputy:
        holders = [each for (other, each) in knowledge.posts if other == role]
        holder = holders[0] if len(holders) == 1 else ""
    if deputy:
        step = holder.rpartition("/")[2] or "…"
        return Post(start, end, "", f"post:deputy-{role.rpartition('/')[2]}-{step}", acting is not None)
    iri = knowledge.posts.get((role, holder), "")
    return Post(start, end, role, namespaces.shorten(iri) if iri else "post:…", acting is not None)


def holder_of(word: str, role: str, knowledge: Knowledge) -> str:
    """Return the state or body with a role that a word names or is derived from: *Kyrgyz*, *Армении*.

    Nothing if there is none.
    """
    plain = printed_forms.plain(word)
    if word[:1].isupper():
        for holder in (each for (other, each) in knowledge.posts if other == role):
            names = [*knowledge.labels.get(holder, {}).values(), holder.rpartition("/")[2]]
            for name in map(printed_forms.plain, names):
                pairs = enumerate(zip(name, plain, strict=False))
                shared = next((at for at, (a, b) in pairs if a != b), min(len(name), len(plain)))
                if name == plain or shared >= max(4, len(plain) - 3):
                    return holder
    return ""


def post_beside(text: str, start: int, end: int, named: Sequence[Post], knowledge: Knowledge) -> Post | None:
    """Return the post that stands beside a name: "Minister A. B.", "A. B., the minister", "A. B. of X".

    None where it could as well be another's: in "A. B., the minister, C. D." each of the two may hold it.
    """
    for post in named:
        if post.end <= start and re.fullmatch(r"\s{1,2}", text[post.end : start]):
            return post
    for post in named:
        if post.end <= start and re.fullmatch(r",\s", text[post.end : start]):
            return None if re.search(r"\w,? (?:and )?(?:the )?$", text[: post.start]) else post
        if end <= post.start and re.fullmatch(r",? (?:the )?", text[end : post.start]):
            return None if _PERSON.match(text, post.end) else post
    # In a list, the role stands once before all names, and the state behind each.
    line = text.rfind("\n", 0, start) + 1
    before = [post for post in named if line <= post.start < start and post.role and post.name == "post:…"]
    behind = _STATE_BEHIND.match(text, end)
    if before and behind and (holder := holder_of(behind[1], before[-1].role, knowledge)):
        name = namespaces.shorten(knowledge.posts[before[-1].role, holder])
        return Post(start, end, before[-1].role, name, before[-1].acting)
    return None


def people(text: str, names: Sequence[Name], named: Sequence[Post]) -> dict[str, str]:
    """Return people whom the register lacks and the text names behind a post: the names, by IRI."""
    unknown = {}
    for post in named:
        match = _PERSON.match(text, post.end)
        if match and not any(
            each.start < match.end(1) and match.start(1) < each.end and "/person/" in each.iri
            for each in names
        ):
            given, *rest = match[1].split()
            unknown[f"{namespaces.ID}person/{slug(' '.join([*rest[::-1], given]))}"] = match[1]
    return unknown


def names_of(text: str, forms: dict[str, str]) -> Iterator[Name]:
    """Yield where a text has the full names and the family names of people, given by IRI."""
    for iri, form in forms.items():
        for match in re.finditer(rf"\b(?:{re.escape(form)}|{re.escape(form.split()[-1])})\b", text):
            yield Name(match.start(), match.end(), iri, True)


def groups(text: str, article: str) -> Iterator[Name]:
    """Yield where a text speaks of people or states together: *the ministers*, *the member states*."""
    for group, pattern in patterns("group").items():
        for match in re.finditer(rf"\b(?:{pattern})", text, re.IGNORECASE):
            yield Name(match.start(), match.end(), f"{namespaces.ID}group/{group}-{article}", False)


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


def slug(name: str) -> str:
    """Return the last step of an IRI for a name: small Latin letters, digits, hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", printed_forms.plain(name)).strip("-")


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


def _stems(text: str) -> list[str]:
    return [word[:_STEM] for word in re.findall(r"[a-zа-яё]{4,}", text.lower())]
