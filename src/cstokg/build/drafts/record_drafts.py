"""Draft the records of a new article: what its sentences seem to report, for the mapper to confirm.

A draft is guessed (``guessing``). It holds no words of the article but names; ``…`` stands where only a
reader can say what belongs there.
"""

import re
from collections.abc import Sequence
from datetime import date

from cstokg import article_text, namespaces
from cstokg.build.drafts import guessing, record_turtle, statement_drafts
from cstokg.build.drafts.named_things import NamedThings
from cstokg.build.drafts.record_turtle import (
    LABELS,
    PARAPHRASE,
    block,
    in_order,
    long_day,
    long_period,
    stated,
)
from cstokg.build.drafts.statement_drafts import StatementDrafts
from cstokg.build.spans import MAX_LENGTH

_PASSIVE = re.compile(r"\bby\b|under|под", re.IGNORECASE)
_NO_END = re.compile(r"[^.!?…»”\"]$")
_AGENTS = statement_drafts.SPEAKERS | {"state"}


class Drafter:
    """Drafts the records of an article, sentence by sentence, in its order.

    Attributes:
        furniture: the spans of what seems to be furniture of the page.
    """

    def __init__(self, things: NamedThings, sentences: Sequence[article_text.Range]) -> None:
        """Begin an article that names these things, and has these sentences."""
        self._things = things
        self._meetings = _Meetings(things, sentences)
        self._statements = StatementDrafts(things)
        self.furniture: list[str] = []
        self._number = 0

    def drafts(self, start: int, end: int) -> tuple[str, list[list[str]]]:
        """Return what a sentence seems to be, and the records it seems to report, in Turtle by line."""
        text, dateline = self._things.text, self._things.dateline
        words = text[start:end]
        self._number += 1
        span = f"span:{start}-{end}" if end - start <= MAX_LENGTH else "span:…"
        if re.match(guessing.patterns("kind")["furniture"], words, re.IGNORECASE):
            self.furniture.append(span)
            return "furniture", []
        if dateline and start <= dateline.start < end <= dateline.end + 40:
            return "dateline", []
        if start == 0 and _NO_END.search(words) and text[end : end + 1] == "\n":
            return "headline: cite it beside the sentence that says the same", []
        people = self._things.people(start, end)
        speech = guessing.search(guessing.patterns("kind")["speech"], words)
        is_statement = bool(speech or statement_drafts.quotation(words))
        meets = guessing.matches("meeting", words)
        drafts: list[list[str]] = []
        if meets and not self._meetings.meeting and not guessing.matches("coming", words):
            drafts.append(self._meetings.held(start, end, span))
        if is_statement:
            drafts += self._statements.statement(words, start, span, self._keyword(words), speech)
        else:
            drafts += self._reports(words, start, span, people, meets=meets)
        drafts += [self._meetings.tenure(person, span) for person in people]
        if people and not is_statement:
            self._statements.name_people(people, span)
        if self._things.of_kind("organ", start, end):
            self._meetings.organ_span = span
        return "", [draft for draft in drafts if draft]

    def _reports(
        self, words: str, start: int, span: str, people: list[str], *, meets: bool
    ) -> list[list[str]]:
        """Return what the article reports in its own voice."""
        end = start + len(words)
        absent = guessing.matches("absence", words)
        if people and not absent and guessing.matches("attendance", words):
            is_expected = guessing.matches("coming", words)
            return [self._meetings.attendance(person, span, is_expected=is_expected) for person in people]
        for kind, draft in (
            ("rule", self._rule),
            ("suspension", self._suspension),
            ("presidency", self._presidency),
        ):
            if guessing.matches(kind, words) and (drafts := draft(words, start, end, span)):
                return drafts
        if meets and guessing.matches("coming", words):
            return [self._meetings.announced(words, start, span)]
        period = guessing.period_in(words, self._things.day)
        is_past = period is not None and period.end.year < self._things.day.year
        if not absent and not is_past and guessing.first("action", words):
            return self._action(words, start, end, span)
        kind = guessing.first("event", words)
        if not absent and kind not in {"state-of-affairs", "talks"}:
            testimony = ["ckg:modality modality:reported-fact"]
            return [statement_drafts.event_draft(self._things, kind, words, start, span, testimony)]
        if meets and not absent:
            return []  # one meeting once: what more is said of it joins its record
        return [self._remark(words, start, end, span, absent=absent)]

    def _remark(self, words: str, start: int, end: int, span: str, *, absent: bool) -> list[str]:
        refers = {namespaces.shorten(name.iri) for name in self._things.between(start, end)}
        refers |= {
            post.name for post in self._things.posts if start <= post.start < end and post.name != "post:…"
        }
        if absent and self._meetings.meeting:
            refers.add(self._meetings.meeting)
        refers_to = [f"ckg:refersTo {' , '.join(sorted(refers))}"] if refers else []
        keyword = "absence" if absent else self._keyword(words)
        name = self._things.free(f"record:{self._things.article}-{keyword}")
        lines = ["a ckg:Remark", "dcterms:type record-kind:account", PARAPHRASE, *refers_to]
        return block(name, lines, stated(span))

    def _action(self, words: str, start: int, end: int, span: str) -> list[list[str]]:
        kind = guessing.first("action", words)
        document_kind = guessing.first("document", words)
        is_coming = guessing.matches("coming", words)
        drafts = []
        documents = self._things.of_kind("document", start, end)
        if documents:
            on = [f"ckg:actionOn {documents[0]}"]
        elif document_kind:
            document = self._things.free(f"document:{self._things.article}-{document_kind}")
            lines = ["a ckg:Document", f"dcterms:type document-kind:{document_kind}", LABELS]
            drafts.append(block(document, lines, stated(span)))
            on = [f"ckg:actionOn {document}"]
        else:
            on = [f"ckg:topic topic:{self._things.knowledge.topic(words)}"]
        role, who = self._agent(kind, words, start, end)
        keyword = f"{self._things.article}-{document_kind or self._keyword(words)}"
        at_meeting = self._meetings.meeting and not is_coming
        lines = [
            f"a ckg:Action{'' if is_coming else ' , ckg:Occurrence'}",
            LABELS,
            f"dcterms:type action-kind:{kind}",
            *on,
            *([f"ckg:atMeeting {self._meetings.meeting}"] if at_meeting else []),
            *([f"ckg:{role} {who}"] if who else []),
        ]
        testimonies = [stated(span, modality="expected" if is_coming else "reported-fact")]
        if at_meeting:
            evidence = " , ".join(in_order(span, self._meetings.meeting_span))
            implied = ["ckg:supports ckg:atMeeting", f"ckg:evidence {evidence}", "ckg:basis basis:implied"]
            testimonies.append(implied)
        drafts.append(block(self._things.free(f"action:{keyword}-{kind}"), lines, *testimonies))
        delayed = guessing.search(r"sign\w*|adopt\w*|approv\w*|подпис\w+", words)
        if kind == "put-off" and delayed:
            is_signing = delayed[0][0].lower() in {"s", "п"}
            delayed_kind = "sign" if is_signing else guessing.first("action", delayed[0])
            lines = ["a ckg:Action", LABELS, f"dcterms:type action-kind:{delayed_kind}", *on]
            name = self._things.free(f"action:{keyword}-{delayed_kind}")
            drafts.append(block(name, lines, stated(span, modality="expected")))
        return drafts

    def _agent(self, kind: str, words: str, start: int, end: int) -> tuple[str, str]:
        """Return the property for whoever did what a sentence reports, and who that is; or nothing."""
        request = guessing.search(guessing.patterns("kind")["request"], words)
        role = "proposer" if request or kind in {"propose", "present"} else "actor"
        first = start + (request.end() if request else 0)
        # Without a request, only whoever begins the sentence can be taken for its subject.
        last = end if request else start + 4
        names = (name for name in self._things.between(first, end) if name.start <= last)
        agents = (name.iri for name in names if namespaces.kind_of(name.iri) in _AGENTS)
        iri = next(agents, "")
        return role, namespaces.shorten(iri) if iri else ""

    def _rule(self, words: str, start: int, end: int, span: str) -> list[list[str]]:
        times = guessing.first("number", words)
        if re.search(r"at least|не менее|не реже", words, re.IGNORECASE):
            times = ""  # the number would say that it is never more
        topic = self._things.knowledge.topic(words)
        documents = sorted(set(self._things.of_kind("document", start, end)))
        lines = [
            "a ckg:Rule",
            f"ckg:ruleOf {self._things.organ(start, end) or self._things.organ() or 'organ:…'}",
            *([f"ckg:timesPerYear {times}"] if times else []),
            f"ckg:topic topic:{'affairs-of-the-organisation' if topic == '…' else topic}",
            PARAPHRASE,
            *([f"ckg:refersTo {' , '.join(documents)}"] if documents else []),
        ]
        name = self._things.free(f"rule:{self._things.article}-{self._keyword(words)}")
        return [block(name, lines, stated(span))]

    def _suspension(self, words: str, start: int, end: int, span: str) -> list[list[str]]:
        states = self._things.of_kind("state", start, end)
        if not states:
            return []
        period = guessing.period_in(words, self._things.day)
        step = states[0].partition(":")[2]
        prefix = f"{namespaces.ID}membership/{step}-"
        memberships = sorted(
            iri
            for iri in self._things.knowledge.described
            if iri.startswith(prefix) and namespaces.kind_of(iri) == "membership"
        )
        year = period.begin.year if period else self._things.day.year
        name = f"suspension:{step}-csto-{year}"
        membership = namespaces.shorten(memberships[-1]) if memberships else f"membership:{step}-csto-{year}"
        is_described = self._things.is_described(name)
        lines = [] if is_described else ["a ckg:Suspension", LABELS, f"ckg:suspends {membership}"]
        bounds = [line.replace("endNotAfter", "startNotAfter") for line in record_turtle.bounds(period)]
        testimony = ["ckg:modality modality:reported-fact", *bounds, *stated(span)[1:]]
        drafts = [block(name, lines, testimony)]
        supports = "ckg:supports ckg:member , ckg:membershipIn"
        of_membership = [supports, f"ckg:evidence {span}", "ckg:basis basis:implied"]
        return [*drafts, block(membership, [], of_membership)] if memberships else drafts

    def _presidency(self, words: str, start: int, end: int, span: str) -> list[list[str]]:
        states = self._things.of_kind("state", start, end)
        if not states:
            return []
        day, state = self._things.day, states[0]
        period = guessing.period_in(words, day)
        year = period.begin.year if period else day.year
        # That a state presides in a year does not mean that it did not before, or will not after it.
        first, last = (period.begin, period.end) if period and year != day.year else (day, day)
        bounds = [f'ckg:endNotBefore "{first}"^^xsd:date', f'ckg:startNotAfter "{last}"^^xsd:date']
        name = f"presidency:{state.partition(':')[2]}-csto-{year}"
        labels = (
            f'"CSTO presidency of {self._things.label(state, "en")}, {year}"@en , '
            f'"Председательство в ОДКБ: {self._things.label(state, "ru")}, {year} год"@ru'
        )
        lines = [
            "a ckg:Presidency",
            f"skos:prefLabel {labels}",
            f"ckg:presidingState {state}",
            "ckg:presidencyOf body:csto",
        ]
        evidence = " , ".join(in_order(span, *self._things.day_span()))
        of_bounds = [
            f"ckg:supports {' , '.join(line.split()[0] for line in bounds)}",
            *bounds,
            f"ckg:evidence {evidence}",
            "ckg:basis basis:implied",
        ]
        return [block(name, [] if self._things.is_described(name) else lines, stated(span), of_bounds)]

    def _keyword(self, words: str) -> str:
        """Return a keyword for the names of records: the topic of a sentence, or else its number."""
        topic = self._things.knowledge.topic(words)
        return str(self._number) if topic == "…" else topic


class _Meetings:
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
        day, is_printed = guessing.day_in(text[inside:end], things.day)
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
            chaired = guessing.search(guessing.patterns("kind")["chair"], words)
            people = [name for name in self._things.between(start, end) if "/person/" in name.iri]
            if chaired and people and end - start <= MAX_LENGTH:
                after = [name for name in people if name.start >= start + chaired.end()]
                chair = after[0] if _PASSIVE.search(words, chaired.start()) and after else people[0]
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
        period = guessing.period_in(words, things.day)
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

        It is attested on the meeting's day, or else the article's. If the person's tenure was drafted before,
        there are no lines.
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
