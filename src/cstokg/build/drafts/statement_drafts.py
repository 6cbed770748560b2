"""Draft statements, and the events that sentences tell of."""

import re

from cstokg import namespaces
from cstokg.build.drafts import guessing, record_turtle
from cstokg.build.drafts.named_things import NamedThings
from cstokg.build.drafts.record_turtle import LABELS, PARAPHRASE, block, in_order, stated

SPEAKERS = frozenset({"person", "organ", "government-body", "group", "outlet"})

_QUOTED = re.compile(r"[“«\"„][^”»\"“]{12,}[”»\"“]")
_PRONOUN = re.compile(
    r"\b(?:he|she|him|her|the (?:\w+ )?minister|the diplomat|он|она|министр)\b", re.IGNORECASE
)
_ACCORDING_TO = re.compile("according|по словам", re.IGNORECASE)
_TOLD = re.compile("told|сказал", re.IGNORECASE)
_ROLES = frozenset({"state", "body", "group", "organ", "person"})  # kinds that a statement blames or praises
_MOST_BETWEEN = 20  # characters between a verb and whoever it is about
_MOST_AFTER = 60  # characters after a verb in which a name is looked for


def quotation(words: str) -> re.Match[str] | None:
    """Return the first quotation in a sentence that is long enough to be a statement."""
    return _QUOTED.search(words)


class StatementDrafts:
    """Drafts the statements of an article, in its order: who speaks may follow from an earlier sentence."""

    def __init__(self, things: NamedThings) -> None:
        """Begin an article that names these things."""
        self._things = things
        self._accused = False
        self._speaker, self._speaker_span = "", ""
        # The last statement that accuses somebody, and else the last: its name, its span, what it tells of.
        self._answered = ("", "", "")

    def name_people(self, people: list[str], span: str) -> None:
        """Take note of the people in a sentence that is not a statement.

        "He" in the next sentence is whoever is named here, if it is only one.
        """
        self._speaker, self._speaker_span = (people[0], span) if len(people) == 1 else ("", "")

    def statement(
        self, words: str, start: int, span: str, keyword: str, speech: re.Match[str] | None
    ) -> list[list[str]]:
        """Return the statement that a sentence reports, and what it tells of, in Turtle by line.

        Args:
            words: the sentence.
            start: where it begins.
            span: the sentence as a span.
            keyword: for the names of the records.
            speech: the verb of speech in it.
        """
        spans = self._find_speaker(words, start, span, speech)
        speaker = self._speaker or "…"
        others = [
            name
            for name in self._things.between(start, start + len(words))
            if namespaces.shorten(name.iri) != speaker
        ]
        topic = self._things.knowledge.topic(words)
        modality = guessing.first("modality", words) or "reported-fact"
        who = speaker.partition(":")[2] or "speaker"
        name = self._things.free(f"statement:{self._things.article}-{who}-{keyword}")
        denied, denied_span, denied_event = self._answered if modality == "denied" else ("", "", "")
        event = denied_event if denied else self._things.free(self._event_name(keyword))
        role = guessing.first("role", words)
        whom = self._object_of(role, words, start) if role else ""
        to = next(
            (other for other in others if speech and 0 <= other.start - start - speech.end() <= 2), None
        )
        is_addressee = to is not None and speech is not None and _TOLD.match(speech[0])
        post = self._things.post_of.get(speaker)
        lines = [
            "a ckg:Statement",
            f"dcterms:type statement-form:{'direct' if quotation(words) else 'indirect'}",
            f"ckg:speaker {speaker}",
            *([f"ckg:inCapacityOf {post.name}"] if post else []),
            *([f"ckg:addressee {namespaces.shorten(to.iri)}"] if to and is_addressee else []),
            f"ckg:topic topic:{topic}",
            *([f"ckg:{role} {whom}"] if role and not denied else []),
            *([f"ckg:respondsTo {denied}"] if denied else []),
            f"ckg:tellsOf {event}",
            PARAPHRASE,
        ]
        drafts = [block(name, lines, stated(*spans, modality=modality))]
        testimony = [f"ckg:accordingTo {name}", f"ckg:modality modality:{modality}"]
        if denied:
            evidence = f"ckg:evidence {' , '.join(in_order(denied_span, span))}"
            drafts.append(block(event, [], [*testimony, evidence, "ckg:basis basis:implied"]))
        else:
            kind = guessing.first("event", words)
            drafts.append(event_draft(self._things, kind, words, start, span, testimony, event))
        if role == "blamed" or not self._accused:
            self._answered, self._accused = (name, span, event), role == "blamed"
        return drafts

    def _event_name(self, keyword: str) -> str:
        """Return the name of an event: the topic first, because others may report it too; a number last."""
        article = self._things.article
        return f"event:{article}-{keyword}" if keyword.isdigit() else f"event:{keyword}-{article}"

    def _object_of(self, role: str, words: str, start: int) -> str:
        """Return whoever is named soon after the verb of a role; ``…`` if the register has no such name."""
        verb = guessing.search(guessing.patterns("role")[role], words)
        after = start + verb.end() if verb else start
        names = self._things.between(after, after + _MOST_AFTER)
        nearest = next((name for name in names if namespaces.kind_of(name.iri) in _ROLES), None)
        is_near = nearest and nearest.start - after <= _MOST_BETWEEN
        return namespaces.shorten(nearest.iri) if nearest and is_near else "…"

    def _find_speaker(self, words: str, start: int, span: str, speech: re.Match[str] | None) -> list[str]:
        """Set the speaker: whoever is named nearest to the verb, or who spoke before; return the spans."""
        quotations = [match.span() for match in _QUOTED.finditer(words)]
        candidates = [
            name
            for name in self._things.between(start, start + len(words))
            if namespaces.kind_of(name.iri) in SPEAKERS
            and not any(begin <= name.start - start < end for begin, end in quotations)
        ]
        pronoun = _PRONOUN.search(words)
        if pronoun and any(begin <= pronoun.start() < end for begin, end in quotations):
            pronoun = None
        verb = start + (speech.start() if speech else 0)
        according_to = speech is not None and _ACCORDING_TO.match(speech[0]) is not None
        if according_to:
            candidates = [name for name in candidates if name.start >= verb]
        elif speech and not quotations:
            candidates = [name for name in candidates if name.end <= verb + 1]
        nearest = min(
            candidates, key=lambda name: min(abs(name.start - verb), abs(name.end - verb)), default=None
        )
        if nearest and not (pronoun and speech and nearest.start - start < pronoun.start() < speech.start()):
            self._speaker, self._speaker_span = namespaces.shorten(nearest.iri), span
            return [span]
        only_quoted = not speech and bool(quotations)
        is_subject = pronoun and (not speech or according_to or pronoun.start() < speech.start())
        if self._speaker and (only_quoted or is_subject):
            return in_order(self._speaker_span, span)
        self._speaker, self._speaker_span = "", span
        return [span]


def event_draft(
    things: NamedThings, kind: str, words: str, start: int, span: str, testimony: list[str], name: str = ""
) -> list[str]:
    """Return an event that a sentence reports, in Turtle by line.

    Args:
        things: what the article names.
        kind: the kind of event.
        words: the sentence.
        start: where it begins.
        span: the sentence as a span.
        testimony: the lines of the testimony up to its bounds in time.
        name: the name of an event that a statement tells of; none for an occurrence.
    """
    period = guessing.period_in(words, things.day)
    topic = things.knowledge.topic(words)
    lines = [
        "a ckg:Event" if name else "a ckg:Occurrence",
        LABELS,
        f"dcterms:type event-kind:{kind}",
        *_affected(things, kind, start, start + len(words)),
        *([f"ckg:topic topic:{topic}"] if topic != "…" else []),
    ]
    is_day_needed = period is not None and not period.printed
    spans = in_order(span, *things.day_span()) if is_day_needed else [span]
    evidence = f"ckg:evidence {' , '.join(spans)}"
    basis = f"ckg:basis basis:{'implied' if is_day_needed else 'stated'}"
    name = name or things.free(f"event:{kind}-{things.article}")
    return block(name, lines, [*testimony, *record_turtle.bounds(period), evidence, basis])


def _affected(things: NamedThings, kind: str, start: int, end: int) -> list[str]:
    """Return the lines that say whom or what an event of a kind affects."""
    if kind == "signing":
        documents = things.of_kind("document", start, end)
        return [f"ckg:affected {documents[0]}"] if documents else []
    return ["ckg:perpetrator …", "ckg:target …"] if kind == "attack" else []
