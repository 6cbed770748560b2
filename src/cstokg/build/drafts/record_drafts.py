"""Draft the records of a new article: what its sentences seem to report, for the mapper to confirm.

A draft is guessed (``text_clues``). It holds no words of the article but names; ``…`` stands where only a
reader can say what belongs there.
"""

import re
from collections.abc import Sequence
from datetime import date
from itertools import count

from cstokg import article_text, namespaces
from cstokg.build.checks import printed_forms
from cstokg.build.drafts import text_clues
from cstokg.build.drafts.register_names import Name
from cstokg.build.drafts.text_clues import Dateline, Knowledge, Period, Post
from cstokg.build.spans import MAX_LENGTH

_MONTHS = {
    language: tuple(months.split())
    for language, months in {
        "en": "January February March April May June July August September October November December",
        "ru": "января февраля марта апреля мая июня июля августа сентября октября ноября декабря",
        "ru, alone": "январь февраль март апрель май июнь июль август сентябрь октябрь ноябрь декабрь",
    }.items()
}
_QUOTED = re.compile(r"[“«\"„][^”»\"“]{12,}[”»\"“]")
_PRONOUN = re.compile(
    r"\b(?:he|she|him|her|the (?:\w+ )?minister|the diplomat|он|она|министр)\b", re.IGNORECASE
)
_NO_END = re.compile(r"[^.!?…»”\"]$")
_SPEAKERS = frozenset({"person", "organ", "government-body", "group", "outlet"})
_LABELS = 'skos:prefLabel "…"@en , "…"@ru'
_PARAPHRASE = 'ckg:paraphrase "…"@en'


def block(name: str, lines: Sequence[str], *testimonies: Sequence[str]) -> list[str]:
    """Return a record in Turtle, line by line; each testimony is given by what stands in its brackets."""
    written = [name, *(f"    {line} ;" for line in lines)]
    for number, testimony in enumerate(testimonies):
        written.append("    ckg:hasTestimony [" if number == 0 else "    ] , [")
        written += [f"        {line} ;" for line in testimony]
    return [*written, *(["    ] ;"] if testimonies else []), "."]


def escaped(text: str) -> str:
    """Return a text as it stands between the quotation marks of a literal."""
    return text.replace("\\", "\\\\").replace('"', '\\"')


def long_day(day: date | None, language: str = "en") -> str:
    """Return a day as it is written out: *15 May 2031*, *15 мая 2031 года*; ``…`` for no day."""
    if day is None:
        return "…"
    return f"{day.day} {_MONTHS[language][day.month - 1]} {day.year}{' года' if language == 'ru' else ''}"


class Drafter:
    """Drafts the records of an article, sentence by sentence, in its order.

    Attributes:
        furniture: the spans of what seems to be furniture of the page.
        unknown: people that the register lacks, by IRI.
        found: the names in the text, those of unknown people and of groups among them.
    """

    def __init__(
        self,
        name: str,
        text: str,
        day: date,
        sentences: Sequence[article_text.Range],
        found: Sequence[Name],
        known: Knowledge,
        place: Dateline | None,
    ) -> None:
        """Begin an article.

        Args:
            name: the article's name.
            text: its text.
            day: the day on which it was published.
            sentences: where its sentences stand.
            found: the names of the register in it.
            known: what the sources say.
            place: its dateline.
        """
        self._name, self._text, self._day, self._sentences = name, text, day, sentences
        self._known, self._place = known, place
        self._posts = text_clues.posts(text, known)
        self.unknown = text_clues.people(text, found, self._posts)
        more = [
            *text_clues.names_of(text, self.unknown),
            *text_clues.groups(text, name),
        ]
        posts = [post for post in self._posts if post.name != "post:…"]
        kept = [each for each in found if not _overlaps(each, [*posts, *more]) or "/person/" in each.iri]
        self.found = sorted({*kept, *(each for each in more if not _overlaps(each, kept))})
        self.furniture: list[str] = []
        self._lacking: set[str] = set()
        self._capacity: dict[str, Post] = {}
        self._used: set[str] = set(known.described)
        self._attested: set[str] = set()
        self._meeting, self._meeting_span, self._meeting_spans = "", "", [""]
        self._meeting_day: date | None = None
        self._organ_span, self._meeting_organ = "", ""
        self._accused = False
        self._number = 0
        self._speaker, self._speaker_span = "", ""
        # The last statement that accuses somebody, and else the last: its name, its span, what it tells of.
        self._answered = ("", "", "")

    def posts_lacking(self) -> list[str]:
        """The posts, named in Turtle, that the text has and the register lacks."""
        named = self._lacking | {post.name for post in self._posts if "…" not in post.name}
        return sorted(each for each in named if namespaces.expand(each) not in self._known.described)

    def drafts(self, start: int, end: int) -> tuple[str, list[list[str]]]:
        """Return what a sentence seems to be, and the records it seems to report, in Turtle by line."""
        words = self._text[start:end]
        self._number += 1
        span = f"span:{start}-{end}" if end - start <= MAX_LENGTH else "span:…"
        if re.match(text_clues.patterns("kind")["furniture"], words, re.IGNORECASE):
            self.furniture.append(span)
            return "furniture", []
        if self._place and start <= self._place.start < end <= self._place.end + 40:
            return "dateline", []
        if start == 0 and _NO_END.search(words) and self._text[end : end + 1] == "\n":
            return "headline: cite it beside the sentence that says the same", []
        people = self._people(start, end)
        quotation = _QUOTED.search(words)
        speech = text_clues.search(text_clues.patterns("kind")["speech"], words)
        meets = text_clues.matches("meeting", words)
        drafts: list[list[str]] = []
        if meets and not self._meeting and not text_clues.matches("coming", words):
            drafts += self._held_meeting(words, start, end, span)
        if speech or quotation:
            drafts += self._statements(words, start, span, quotation is not None, speech)
        else:
            drafts += self._reports(words, start, end, span, people, meets=meets)
        drafts += [self._tenure(each, span) for each in people if each in self._capacity]
        if people and not speech and not quotation:
            # "He" in the next sentence is whoever is named here, if it is only one.
            self._speaker, self._speaker_span = (people[0], span) if len(people) == 1 else ("", "")
        if any("/organ/" in each.iri for each in self._there(start, end)):
            self._organ_span = span
        return "", [draft for draft in drafts if draft]

    def _reports(
        self, words: str, start: int, end: int, span: str, people: list[str], *, meets: bool
    ) -> list[list[str]]:
        """What the article reports in its own voice."""
        absent = text_clues.matches("absence", words)
        if people and not absent and text_clues.matches("attendance", words):
            expected = text_clues.matches("coming", words)
            return [self._attendance(person, span, expected=expected) for person in people]
        for kind, draft in (
            ("rule", self._rule),
            ("suspension", self._suspension),
            ("presidency", self._presidency),
        ):
            if text_clues.matches(kind, words) and (drafted := draft(words, start, end, span)):
                return drafted
        if meets and text_clues.matches("coming", words):
            return [self._announced_meeting(words, start, end, span)]
        period = text_clues.period_in(words, self._day)
        past = period is not None and period.end.year < self._day.year
        if not absent and not past and text_clues.first("action", words):
            return self._action(words, start, end, span)
        kind_of_event = text_clues.first("event", words)
        if not absent and kind_of_event not in {"state-of-affairs", "talks"}:
            evidence = ["ckg:modality modality:reported-fact", f"ckg:evidence {span}"]
            return [self._event(kind_of_event, words, start, end, "a ckg:Occurrence", evidence)]
        if meets and not absent:
            return []  # one meeting once: what more is said of it joins its record
        refers = {_short(each.iri) for each in self._there(start, end)}
        refers |= {post.name for post in self._posts if start <= post.start < end and post.name != "post:…"}
        if absent and self._meeting:
            refers.add(self._meeting)
        refers_to = [f"ckg:refersTo {' , '.join(sorted(refers))}"] if refers else []
        name = self._free(f"record:{self._name}-{'absence' if absent else self._topic(words)[1]}")
        lines = ["a ckg:Remark", "dcterms:type record-kind:account", _PARAPHRASE, *refers_to]
        return [block(name, lines, _stated(span))]

    def _held_meeting(self, words: str, start: int, end: int, span: str) -> list[list[str]]:
        organ = self._organ(start, end) or self._organ()
        place, place_span = self._place_in(start, end)
        if not self._there_is_place(start, end) and not self._place:
            place = ""
        inside = max(start, self._place.end) if self._place and start < self._place.end < end else start
        day, printed = text_clues.day_in(self._text[inside:end], self._day)
        self._meeting = f"meeting:{day or 'DATE'}-{organ.partition(':')[2] if organ else 'ORGAN'}"
        self._meeting_day, self._meeting_span, self._meeting_organ = day, span, organ
        self._meeting_spans = _in_order(span, *([] if printed else self._day_span()))
        chair = self._chair()
        stated = _stated(*_in_order(span, *place_span, *([chair[1]] if chair else [])))
        of_day = [
            "ckg:supports ckg:onDate",
            f"ckg:evidence {' , '.join(self._meeting_spans)}",
            f"ckg:basis basis:{'stated' if printed else 'implied'}",
        ]
        chaired = [f"ckg:chairedBy {chair[0]}"] if chair else []
        if namespaces.expand(self._meeting) in self._known.described:
            return [block(self._meeting, chaired, stated, of_day)]
        labels = " , ".join(
            f'"{self._label(organ, language)}, {self._label(place, language)}, '
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
        return [block(self._meeting, lines, stated, of_day)]

    def _chair(self) -> tuple[str, str] | None:
        """Who chaired, and the span of the sentence that says so."""
        for start, end in self._sentences:
            chaired = text_clues.search(text_clues.patterns("kind")["chair"], self._text[start:end])
            people = [each for each in self._there(start, end) if "/person/" in each.iri]
            if chaired and people and end - start <= MAX_LENGTH:
                passive = re.search(
                    r"\bby\b|under|под", self._text[start + chaired.start() : end], re.IGNORECASE
                )
                behind = [each for each in people if each.start >= start + chaired.end()]
                chosen = behind[0] if passive and behind else people[0]
                return _short(chosen.iri), f"span:{start}-{end}"
        return None

    def _announced_meeting(self, words: str, start: int, end: int, span: str) -> list[str]:
        follows = self._meeting and re.search(r"\bnext\b|следующ", words, re.IGNORECASE)
        # "Its next meeting" is that of the same organ, whatever other organ is named beside.
        here = "" if follows else self._organ(start, end)
        organ = here or self._meeting_organ or self._organ()
        place, _ = self._place_in(start, end, dateline=False)
        period = text_clues.period_in(words, self._day)
        when = period.name if period else str(self._day.year)
        name = self._free(f"meeting:{when}-{organ.partition(':')[2] if organ else 'ORGAN'}-plan")
        labels = []
        for language, expected in (("en", "expected"), ("ru", "ожидается")):
            where = f", {self._label(place, language)}" if place else ""
            labels.append(
                f'"{self._label(organ, language)}{where}, {expected} {_month(period, language)}"@{language}'
            )
        lines = [
            "a ckg:AnnouncedMeeting",
            f"skos:prefLabel {' , '.join(labels)}",
            f"ckg:meetingOf {organ or 'organ:…'}",
            *([f"ckg:heldIn {place}"] if place else []),
            *([f"ckg:after {self._meeting}"] if follows else []),
        ]
        modality = "expected" if re.search(r"expect|ожида", words, re.IGNORECASE) else "announced"
        spans = _in_order(span, *self._day_span()) if period else [span]
        stated = [f"ckg:modality modality:{modality}", *_bounds(period), *_stated(*spans)[1:]]
        if here:
            return block(name, lines, stated)
        implied = ["ckg:meetingOf", *(["ckg:after"] if follows else [])]
        before = [self._organ_span, *([self._meeting_span] if follows else [])]
        evidence = " , ".join(_in_order(span, *before))
        return block(
            name,
            lines,
            stated,
            [f"ckg:supports {' , '.join(implied)}", f"ckg:evidence {evidence}", "ckg:basis basis:implied"],
        )

    def _attendance(self, person: str, span: str, *, expected: bool) -> list[str]:
        meeting = self._meeting or "meeting:…"
        kind = "expected-attendance" if expected else "attendance"
        name = f"{kind}:{meeting.partition(':')[2].replace('…', 'MEETING')}-{person.partition(':')[2]}"
        lines = [
            f"a ckg:{'ExpectedAttendance' if expected else 'Attendance'}",
            f"ckg:atMeeting {meeting}",
            f"ckg:{'participant' if expected else 'attendee'} {person}",
            *([f"ckg:inCapacityOf {self._capacity[person].name}"] if person in self._capacity else []),
        ]
        return block(name, lines, _stated(span, modality="announced" if expected else "reported-fact"))

    def _tenure(self, person: str, span: str) -> list[str]:
        """The post in which the sentence names a person: attested on the meeting's day, or the article's."""
        if person in self._attested:
            return []
        self._attested.add(person)
        post = self._capacity[person]
        day = self._meeting_day or self._day
        spans = _in_order(span, *(self._meeting_spans if self._meeting_day else self._day_span()))
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

    def _statements(
        self, words: str, start: int, span: str, quoted: bool, speech: re.Match[str] | None
    ) -> list[list[str]]:
        """The statement that a sentence reports, and what it tells of."""
        spans = self._find_speaker(words, start, span, speech)
        speaker = self._speaker or "…"
        there = [each for each in self._there(start, start + len(words)) if _short(each.iri) != speaker]
        topic, keyword = self._topic(words)
        modality = text_clues.first("modality", words) or "reported-fact"
        who = speaker.partition(":")[2] or "speaker"
        name = self._free(f"statement:{self._name}-{who}-{keyword}")
        denied, denied_span, denied_event = self._answered if modality == "denied" else ("", "", "")
        told = denied_event if denied else self._free(_event_name(self._name, keyword))
        role = text_clues.first("role", words)
        whom = self._object_of(role, words, start) if role else ""
        to = next((each for each in there if speech and 0 <= each.start - start - speech.end() <= 2), None)
        told_to = to is not None and speech is not None and re.match("told|сказал", speech[0], re.IGNORECASE)
        lines = [
            "a ckg:Statement",
            f"dcterms:type statement-form:{'direct' if quoted else 'indirect'}",
            f"ckg:speaker {speaker}",
            *([f"ckg:inCapacityOf {self._capacity[speaker].name}"] if speaker in self._capacity else []),
            *([f"ckg:addressee {_short(to.iri)}"] if to and told_to else []),
            f"ckg:topic topic:{topic}",
            *([f"ckg:{role} {whom}"] if role and not denied else []),
            *([f"ckg:respondsTo {denied}"] if denied else []),
            f"ckg:tellsOf {told}",
            _PARAPHRASE,
        ]
        drafts = [block(name, lines, _stated(*spans, modality=modality))]
        testimony = [f"ckg:accordingTo {name}", f"ckg:modality modality:{modality}", f"ckg:evidence {span}"]
        if denied:
            both = f"ckg:evidence {' , '.join(_in_order(denied_span, span))}"
            drafts.append(block(told, [], [*testimony[:-1], both, "ckg:basis basis:implied"]))
        else:
            kind = text_clues.first("event", words)
            end = start + len(words)
            drafts.append(self._event(kind, words, start, end, "a ckg:Event", testimony, told))
        if role == "blamed" or not self._accused:
            self._answered, self._accused = (name, span, told), role == "blamed"
        return drafts

    def _object_of(self, role: str, words: str, start: int) -> str:
        """Whoever is named close behind the verb of a role; ``…`` if the register has no such name."""
        verb = text_clues.search(text_clues.patterns("role")[role], words)
        behind = start + verb.end() if verb else start
        kinds = {"state", "body", "group", "organ", "person"}
        agents = (each for each in self._there(behind, behind + 60) if namespaces.kind_of(each.iri) in kinds)
        nearest = next(agents, None)
        return _short(nearest.iri) if nearest and nearest.start - behind <= 20 else "…"

    def _find_speaker(self, words: str, start: int, span: str, speech: re.Match[str] | None) -> list[str]:
        """Set the speaker: whoever is named nearest to the verb, or who spoke before; return the spans."""
        quotations = [match.span() for match in _QUOTED.finditer(words)]
        named = [
            each
            for each in self._there(start, start + len(words))
            if namespaces.kind_of(each.iri) in _SPEAKERS
            and not any(begin <= each.start - start < end for begin, end in quotations)
        ]
        pronoun = _PRONOUN.search(words)
        if pronoun and any(begin <= pronoun.start() < end for begin, end in quotations):
            pronoun = None
        near = start + (speech.start() if speech else 0)
        before = named
        if speech and re.match("according|по словам", speech[0], re.IGNORECASE):
            before = [each for each in named if each.start >= near]
        elif speech and not quotations:
            before = [each for each in named if each.end <= near + 1]
        nearest = min(
            before, key=lambda each: min(abs(each.start - near), abs(each.end - near)), default=None
        )
        if nearest and not (pronoun and speech and nearest.start - start < pronoun.start() < speech.start()):
            self._speaker, self._speaker_span = _short(nearest.iri), span
            return [span]
        alone = not speech and bool(quotations)
        of_him = speech is not None and re.match("according|по словам", speech[0], re.IGNORECASE) is not None
        subject = pronoun and (not speech or of_him or pronoun.start() < speech.start())
        if self._speaker and (alone or subject):
            return _in_order(self._speaker_span, span)
        self._speaker, self._speaker_span = "", span
        return [span]

    def _event(
        self, kind: str, words: str, start: int, end: int, type_: str, testimony: list[str], name: str = ""
    ) -> list[str]:
        period = text_clues.period_in(words, self._day)
        topic = self._known.topic(words)
        lines = [
            type_,
            _LABELS,
            f"dcterms:type event-kind:{kind}",
            *self._affected(start, end, kind),
            *([f"ckg:topic topic:{topic}"] if topic != "…" else []),
        ]
        *head, evidence = testimony
        if period and not period.printed:
            spans = _in_order(evidence.removeprefix("ckg:evidence "), *self._day_span())
            evidence = f"ckg:evidence {' , '.join(spans)}"
        basis = f"ckg:basis basis:{'implied' if period and not period.printed else 'stated'}"
        name = name or self._free(f"event:{kind}-{self._name}")
        return block(name, lines, [*head, *_bounds(period), evidence, basis])

    def _affected(self, start: int, end: int, kind: str) -> list[str]:
        there = self._there(start, end)
        if kind == "signing":
            documents = [_short(each.iri) for each in there if "/document/" in each.iri]
            return [f"ckg:affected {documents[0]}"] if documents else []
        return ["ckg:perpetrator …", "ckg:target …"] if kind == "attack" else []

    def _action(self, words: str, start: int, end: int, span: str) -> list[list[str]]:
        kind = text_clues.first("action", words)
        document_kind = text_clues.first("document", words)
        coming = text_clues.matches("coming", words)
        drafts = []
        known = [_short(each.iri) for each in self._there(start, end) if "/document/" in each.iri]
        topic, keyword = self._topic(words)
        if known:
            on = [f"ckg:actionOn {known[0]}"]
        elif document_kind:
            document = self._free(f"document:{self._name}-{document_kind}")
            lines = ["a ckg:Document", f"dcterms:type document-kind:{document_kind}", _LABELS]
            drafts.append(block(document, lines, _stated(span)))
            on = [f"ckg:actionOn {document}"]
        else:
            on = [f"ckg:topic topic:{topic}"]
        # Only whoever begins the sentence can be taken for its subject.
        who = [each for each in self._there(start, end) if _is_agent(each.iri) and each.start <= start + 4]
        request = text_clues.search(text_clues.patterns("kind")["request"], words)
        if request:
            who = [each for each in self._there(start + request.end(), end) if _is_agent(each.iri)]
        role = "proposer" if request or kind in {"propose", "present"} else "actor"
        keyword = document_kind or keyword
        at_meeting = self._meeting and not coming
        lines = [
            f"a ckg:Action{'' if coming else ' , ckg:Occurrence'}",
            _LABELS,
            f"dcterms:type action-kind:{kind}",
            *on,
            *([f"ckg:atMeeting {self._meeting}"] if at_meeting else []),
            *([f"ckg:{role} {_short(who[0].iri)}"] if who else []),
        ]
        testimonies = [_stated(span, modality="expected" if coming else "reported-fact")]
        if at_meeting:
            evidence = " , ".join(_in_order(span, self._meeting_span))
            implied = ["ckg:supports ckg:atMeeting", f"ckg:evidence {evidence}", "ckg:basis basis:implied"]
            testimonies.append(implied)
        drafts.append(block(self._free(f"action:{self._name}-{keyword}-{kind}"), lines, *testimonies))
        if kind == "put-off" and (
            put_off := text_clues.search(r"sign\w*|adopt\w*|approv\w*|подпис\w+", words)
        ):
            what = {"s": "sign", "п": "sign"}.get(
                put_off[0][0].lower(), text_clues.first("action", put_off[0])
            )
            lines = ["a ckg:Action", _LABELS, f"dcterms:type action-kind:{what}", *on]
            name = self._free(f"action:{self._name}-{keyword}-{what}")
            drafts.append(block(name, lines, _stated(span, modality="expected")))
        return drafts

    def _rule(self, words: str, start: int, end: int, span: str) -> list[list[str]]:
        times = text_clues.first("number", words)
        if re.search(r"at least|не менее|не реже", words, re.IGNORECASE):
            times = ""  # the number would say that it is never more
        topic = self._known.topic(words)
        documents = sorted({_short(each.iri) for each in self._there(start, end) if "/document/" in each.iri})
        lines = [
            "a ckg:Rule",
            f"ckg:ruleOf {self._organ(start, end) or self._organ() or 'organ:…'}",
            *([f"ckg:timesPerYear {times}"] if times else []),
            f"ckg:topic topic:{'affairs-of-the-organisation' if topic == '…' else topic}",
            _PARAPHRASE,
            *([f"ckg:refersTo {' , '.join(documents)}"] if documents else []),
        ]
        name = self._free(f"rule:{self._name}-{self._topic(words)[1]}")
        return [block(name, lines, _stated(span))]

    def _suspension(self, words: str, start: int, end: int, span: str) -> list[list[str]]:
        states = [_short(each.iri) for each in self._there(start, end) if "/state/" in each.iri]
        if not states:
            return []
        period = text_clues.period_in(words, self._day)
        step = states[0].partition(":")[2]
        prefix = f"{namespaces.ID}membership/{step}-"
        known = (each for each in self._known.described if each.startswith(prefix))
        memberships = sorted(each for each in known if namespaces.kind_of(each) == "membership")
        year = period.begin.year if period else self._day.year
        name = f"suspension:{step}-csto-{year}"
        membership = _short(memberships[-1]) if memberships else f"membership:{step}-csto-{year}"
        described = namespaces.expand(name) in self._known.described
        lines = [] if described else ["a ckg:Suspension", _LABELS, f"ckg:suspends {membership}"]
        bounds = [line.replace("endNotAfter", "startNotAfter") for line in _bounds(period)]
        drafts = [block(name, lines, ["ckg:modality modality:reported-fact", *bounds, *_stated(span)[1:]])]
        supports = "ckg:supports ckg:member , ckg:membershipIn"
        held = [supports, f"ckg:evidence {span}", "ckg:basis basis:implied"]
        return [*drafts, block(membership, [], held)] if memberships else drafts

    def _presidency(self, words: str, start: int, end: int, span: str) -> list[list[str]]:
        states = [_short(each.iri) for each in self._there(start, end) if "/state/" in each.iri]
        if not states:
            return []
        period = text_clues.period_in(words, self._day)
        state, year = states[0], period.begin.year if period else self._day.year
        attested = [f'ckg:{each} "{self._day}"^^xsd:date' for each in ("startNotAfter", "endNotBefore")]
        bounds = sorted({*_bounds(period), *(attested if year == self._day.year else [])})
        name = f"presidency:{state.partition(':')[2]}-csto-{year}"
        labels = (
            f'"CSTO presidency of {self._label(state, "en")}, {year}"@en , '
            f'"Председательство в ОДКБ: {self._label(state, "ru")}, {year} год"@ru'
        )
        lines = [
            "a ckg:Presidency",
            f"skos:prefLabel {labels}",
            f"ckg:presidingState {state}",
            "ckg:presidencyOf body:csto",
        ]
        evidence = " , ".join(_in_order(span, *self._day_span()))
        of_bounds = [
            f"ckg:supports {' , '.join(line.split()[0] for line in bounds)}",
            *bounds,
            f"ckg:evidence {evidence}",
            "ckg:basis basis:implied",
        ]
        described = namespaces.expand(name) in self._known.described
        return [block(name, [] if described else lines, _stated(span), of_bounds)]

    def _people(self, start: int, end: int) -> list[str]:
        """The people named in a range, each once; the posts in which they are named are remembered."""
        people = []
        for each in self._there(start, end):
            if "/person/" in each.iri:
                post = text_clues.post_beside(self._text, each.start, each.end, self._posts, self._known)
                person = _short(each.iri)
                if post and post.name.endswith("-…"):
                    states = [other.iri for other in self._there(start, end) if "/state/" in other.iri]
                    step = states[0].rpartition("/")[2] if states else "…"
                    post = post._replace(name=post.name.replace("…", step))
                    self._lacking.add(post.name)
                if post:
                    self._capacity.setdefault(person, post)
                if person not in people:
                    people.append(person)
        return people

    def _there(self, start: int, end: int) -> list[Name]:
        return [each for each in self.found if start <= each.start and each.end <= end]

    def _organ(self, start: int = 0, end: int | None = None) -> str:
        """The organ named in a range, or the one whose seats belong to the posts named in it."""
        end = len(self._text) if end is None else end
        organs = [each.iri for each in self._there(start, end) if "/organ/" in each.iri]
        if not organs:
            roles = [post.role for post in self._posts if start <= post.start and post.end <= end]
            organs = [organ for role in roles for organ in self._known.seats.get(role, ())]
        return _short(organs[0]) if organs else ""

    def _there_is_place(self, start: int, end: int) -> bool:
        return any("/place/" in each.iri for each in self._there(start, end))

    def _place_in(self, start: int, end: int, *, dateline: bool = True) -> tuple[str, list[str]]:
        places = [
            each
            for each in self._there(start, end)
            if "/place/" in each.iri and not (self._place and each.start == self._place.start)
        ]
        if places:
            return _short(places[0].iri), []
        if dateline and self._place:
            return self._place.place, self._day_span()
        return "", []

    def _day_span(self) -> list[str]:
        """The span of the article's day, where it prints it."""
        if self._place:
            return [f"span:{self._place.start}-{self._place.end}"]
        printed = next((each for each in printed_forms.days(self._text) if each.is_(self._day)), None)
        return [f"span:{printed.start}-{printed.end}"] if printed else []

    def _free(self, name: str) -> str:
        """That name, with the first number that is free if it is in use."""
        names = (name if number == 1 else f"{name}-{number}" for number in count(1))
        free = next(each for each in names if namespaces.expand(each) not in self._used)
        self._used.add(namespaces.expand(free))
        return free

    def _topic(self, words: str) -> tuple[str, str]:
        """The topic of a sentence, and a keyword for the names of records: that topic, or its number."""
        topic = self._known.topic(words)
        return topic, str(self._number) if topic == "…" else topic

    def _label(self, name: str, language: str) -> str:
        label = self._known.label(name, language)
        if label == "…" and language == "en" and self._place and name == self._place.place:
            return self._place.printed
        return label


def _event_name(article: str, keyword: str) -> str:
    """The name of an event: the topic first, because others may report it too; a mere number last."""
    return f"event:{article}-{keyword}" if keyword.isdigit() else f"event:{keyword}-{article}"


def _overlaps(name: Name, others: Sequence[Name | Post]) -> bool:
    return any(name.start < other.end and other.start < name.end for other in others)


def _is_agent(iri: str) -> bool:
    return namespaces.kind_of(iri) in {*_SPEAKERS, "state"}


def _bounds(period: Period | None) -> list[str]:
    if period is None:
        return []
    return [
        f'ckg:startNotBefore "{period.begin}"^^xsd:date',
        f'ckg:endNotAfter "{period.end}"^^xsd:date',
    ]


def _month(period: Period | None, language: str) -> str:
    if period is None:
        return "…"
    month = period.begin.month if period.begin.month == period.end.month else 0
    names = _MONTHS["en" if language == "en" else "ru, alone"]
    year = f"{period.begin.year}{' года' if language == 'ru' else ''}"
    return f"{names[month - 1]} {year}" if month else year


def _stated(*spans: str, modality: str = "reported-fact") -> list[str]:
    return [
        f"ckg:modality modality:{modality}",
        f"ckg:evidence {' , '.join(spans)}",
        "ckg:basis basis:stated",
    ]


def _in_order(*spans: str) -> list[str]:
    """Each span once, in the order of the text."""
    numbers = {span: tuple(int(number) for number in re.findall(r"\d+", span)) for span in spans if span}
    return sorted(numbers, key=lambda span: numbers[span])


def _short(iri: str) -> str:
    return namespaces.shorten(iri)
