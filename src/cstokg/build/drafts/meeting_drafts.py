"""Draft the meeting that an article reports, further ones that it announces, and who came to it."""

import re
from collections.abc import Sequence
from datetime import date

from cstokg import article_text, namespaces
from cstokg.build.drafts import record_turtle, text_clues
from cstokg.build.drafts.named_things import NamedThings
from cstokg.build.drafts.record_turtle import block, in_order, long_day, long_period, stated
from cstokg.build.spans import MAX_LENGTH

_PASSIVE = re.compile(r"\bby\b|under|под", re.IGNORECASE)


class MeetingDrafts:
    """Drafts an article's meetings and attendances, sentence by sentence.

    Attributes:
        meeting: the meeting that the article reports, in Turtle; nothing until a sentence reports it.
        meeting_span: the sentence that reports it, as a span.
        organ_span: the last sentence that named an organ, as a span; whoever drafts the sentences sets it.
    """

    def __init__(self, things: NamedThings, sentences: Sequence[article_text.Range]) -> None:
        """Begin an article that names these things, and has these sentences."""
        self._things, self._sentences = things, sentences
        self.meeting, self.meeting_span, self.organ_span = "", "", ""
        self._organ, self._day, self._day_spans = "", None, [""]
        self._attested: set[str] = set()

    _day: date | None

    def held(self, start: int, end: int, span: str) -> list[str]:
        """Return the meeting that a sentence reports, in Turtle by line."""
        things, text = self._things, self._things.text
        dateline = things.dateline
        organ = things.organ(start, end) or things.organ()
        place, place_span = things.place(start, end)
        if not things.of_kind("place", start, end) and not dateline:
            place = ""
        inside = max(start, dateline.end) if dateline and start < dateline.end < end else start
        day, is_printed = text_clues.day_in(text[inside:end], things.day)
        self.meeting = f"meeting:{day or 'DATE'}-{organ.partition(':')[2] if organ else 'ORGAN'}"
        self.meeting_span, self._organ, self._day = span, organ, day
        self._day_spans = in_order(span, *([] if is_printed else things.day_span()))
        chair = self._chair()
        of_meeting = stated(*in_order(span, *place_span, *([chair[1]] if chair else [])))
        of_day = [
            "ckg:supports ckg:onDate",
            f"ckg:evidence {' , '.join(self._day_spans)}",
            f"ckg:basis basis:{'stated' if is_printed else 'implied'}",
        ]
        chaired = [f"ckg:chairedBy {chair[0]}"] if chair else []
        if things.is_described(self.meeting):
            return block(self.meeting, chaired, of_meeting, of_day)
        labels = " , ".join(
            f'"{things.label(organ, language)}, {things.label(place, language)}, '
            f'{long_day(day, language)}"@{language}'
            for language in ("en", "ru")
        )
        lines = [
            "a ckg:HeldMeeting",
            f"skos:prefLabel {labels}",
            f"ckg:meetingOf {organ or 'organ:…'}",
            f'ckg:onDate "{day or "…"}"^^xsd:date',
            f"ckg:heldIn {place or 'place:…'}",
            *chaired,
        ]
        return block(self.meeting, lines, of_meeting, of_day)

    def _chair(self) -> tuple[str, str] | None:
        """Return who chaired, and the span of the sentence that says so; None if no sentence does."""
        for start, end in self._sentences:
            words = self._things.text[start:end]
            chaired = text_clues.search(text_clues.patterns("kind")["chair"], words)
            people = [name for name in self._things.between(start, end) if "/person/" in name.iri]
            if chaired and people and end - start <= MAX_LENGTH:
                behind = [name for name in people if name.start >= start + chaired.end()]
                chair = behind[0] if _PASSIVE.search(words, chaired.start()) and behind else people[0]
                return namespaces.shorten(chair.iri), f"span:{start}-{end}"
        return None

    def announced(self, words: str, start: int, span: str) -> list[str]:
        """Return the meeting that a sentence announces, in Turtle by line."""
        things, end = self._things, start + len(words)
        is_next = self.meeting and re.search(r"\bnext\b|следующ", words, re.IGNORECASE)
        # "Its next meeting" is that of the same organ, whatever other organ is named beside.
        named_organ = "" if is_next else things.organ(start, end)
        organ = named_organ or self._organ or things.organ()
        place, _ = things.place(start, end, dateline=False)
        period = text_clues.period_in(words, things.day)
        when = period.name if period else str(things.day.year)
        name = things.free(f"meeting:{when}-{organ.partition(':')[2] if organ else 'ORGAN'}-plan")
        labels = []
        for language, expected in (("en", "expected"), ("ru", "ожидается")):
            where = f", {things.label(place, language)}" if place else ""
            when = long_period(period, language)
            labels.append(f'"{things.label(organ, language)}{where}, {expected} {when}"@{language}')
        lines = [
            "a ckg:AnnouncedMeeting",
            f"skos:prefLabel {' , '.join(labels)}",
            f"ckg:meetingOf {organ or 'organ:…'}",
            *([f"ckg:heldIn {place}"] if place else []),
            *([f"ckg:after {self.meeting}"] if is_next else []),
        ]
        modality = "expected" if re.search(r"expect|ожида", words, re.IGNORECASE) else "announced"
        spans = in_order(span, *things.day_span()) if period else [span]
        of_meeting = [
            f"ckg:modality modality:{modality}",
            *record_turtle.bounds(period),
            *stated(*spans)[1:],
        ]
        if named_organ:
            return block(name, lines, of_meeting)
        implied = ["ckg:meetingOf", *(["ckg:after"] if is_next else [])]
        evidence = in_order(span, self.organ_span, *([self.meeting_span] if is_next else []))
        of_organ = [
            f"ckg:supports {' , '.join(implied)}",
            f"ckg:evidence {' , '.join(evidence)}",
            "ckg:basis basis:implied",
        ]
        return block(name, lines, of_meeting, of_organ)

    def attendance(self, person: str, span: str, *, is_expected: bool) -> list[str]:
        """Return the attendance of a person, past or expected, in Turtle by line."""
        meeting = self.meeting or "meeting:…"
        kind = "expected-attendance" if is_expected else "attendance"
        name = f"{kind}:{meeting.partition(':')[2].replace('…', 'MEETING')}-{person.partition(':')[2]}"
        post = self._things.post_of.get(person)
        lines = [
            f"a ckg:{'ExpectedAttendance' if is_expected else 'Attendance'}",
            f"ckg:atMeeting {meeting}",
            f"ckg:{'participant' if is_expected else 'attendee'} {person}",
            *([f"ckg:inCapacityOf {post.name}"] if post else []),
        ]
        return block(name, lines, stated(span, modality="announced" if is_expected else "reported-fact"))

    def tenure(self, person: str, span: str) -> list[str]:
        """Return the tenure of the post in which a sentence names a person, in Turtle by line.

        It is attested on the meeting's day, or else the article's. The second time there is none.
        """
        post = self._things.post_of.get(person)
        if post is None or person in self._attested:
            return []
        self._attested.add(person)
        day = self._day or self._things.day
        spans = in_order(span, *(self._day_spans if self._day else self._things.day_span()))
        return block(
            f"tenure:{person.partition(':')[2]}-{post.name.partition(':')[2]}-{day.year}",
            [
                "a ckg:Tenure",
                f"ckg:holder {person}",
                f"ckg:tenurePost {post.name}",
                *(["ckg:acting true"] if post.acting else []),
            ],
            [
                f'ckg:startNotAfter "{day}"^^xsd:date',
                f'ckg:endNotBefore "{day}"^^xsd:date',
                f"ckg:evidence {' , '.join(spans)}",
                "ckg:basis basis:stated",
            ],
        )
