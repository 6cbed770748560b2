"""Footnotes to copy: what an article says, with the outlet, its day, the characters and the release.

A footnote names one article. It never puts a paraphrase in quotation marks. It marks plans, opinions and
conclusions of the editors, so that they do not look like reported facts.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from types import MappingProxyType

from cstokg import namespaces
from cstokg.web.content import conflicts, facts, footnotes, passages, periods, testimonies
from cstokg.web.content.articles import Reference, references
from cstokg.web.content.catalogue import Catalogue, Term, natural
from cstokg.web.content.facts import Fact, Value
from cstokg.web.content.graph import Description
from cstokg.web.content.statements import (
    IMPLIED,
    Statement,
    acting_records,
    description_of_statements,
    implied_occasions,
    sources_by_record,
    speakers_in,
    statements_by_iri,
    tellers_by_statement,
)
from cstokg.web.site import Site, sentence

# Records of these kinds have no name, so their paraphrase is cited, and marked as such.
_PARAPHRASED = MappingProxyType({"claim": "Claim", "record": "Remark", "rule": "Rule"})
_WITH_ARTICLE = frozenset(("body", "government-body", "organ"))  # kinds of speakers
_CONCLUDED = "The editors’ conclusion from the passages cited"

_TYPE, _STATED = map(Term, map(namespaces.expand, ("rdf:type", "basis:stated")))
_PLANS = frozenset(map(Term, testimonies.PLANS))
_KIND_OF_MEETING = re.compile(r"(?:Joint |Regular )?(?:Meeting|Reception|Session|meeting|session)\b")
_MOST_MATTERS = 3  # statements that the footnote of one row names


@dataclass(frozen=True, slots=True)
class Citation:
    """One footnote.

    Attributes:
        key: its identifier in files of references.
        matter: what is cited, in words.
        via: the outlets from which the article has it.
        reference: the article; None for something that rests on no article.
        spans: the spans of the article that are cited.
        places: the sentences in which they are, with their characters, in words.
        release: the dataset and its release, in words.
        iri: what is cited.
        publisher: who publishes the dataset.
        released: the day of the release; None where no release is served.
    """

    key: str
    matter: str
    via: tuple[str, ...]
    reference: Reference | None
    spans: tuple[str, ...]
    places: str
    release: str
    iri: str
    publisher: str = ""
    released: date | None = None

    @property
    def matter_and_outlets(self) -> str:
        """What is cited, and the outlets from which the article has it."""
        return _with_outlets(self.matter, self.via)

    @property
    def text(self) -> str:
        """The footnote as text: who says it and when, the article, its address, the release."""
        article, address = (self.reference.full_name, self.reference.address) if self.reference else ("", "")
        source = ", ".join(part for part in (article, self.places, address) if part)
        parts = (self.matter_and_outlets, source, self.release)
        return " ".join(part if part.endswith("?") else f"{part}." for part in parts if part) + f" {self.iri}"


def _with_outlets(matter: str, outlets: Sequence[str]) -> str:
    return f"{matter}, reported via {' and '.join(outlets)}" if outlets else matter


# What is cited.


def cite(
    site: Site, description: Description, iri: str = "", predicate: str = "", value: str = ""
) -> list[Citation]:
    """Return the footnotes of an entity, a record, a span or a testimony: one for each article.

    Args:
        site: what is served.
        description: the entity, or what the testimony is about.
        iri: the testimony; what is described, if this is empty.
        predicate: the property of it that is cited; all of it if this is empty.
        value: the value of the property, as ``Value.key`` gives it; all values if this is empty.

    There are none if it has no such property or value.
    """
    iri = iri or description.iri
    spans, about = _spans(site, description, iri), ""
    if predicate:
        cited = [
            (fact, each)
            for fact in facts.facts_of(description, site.catalogue)
            if fact.name == predicate
            for each in fact.values
            if value in ("", each.key)
        ]
        if not cited:
            return []
        about = f": {_fact_in_words(site, description, cited)}"
        spans = [span for _, each in cited for span in each.spans]
        people = [each.term.value for _, each in cited]
        spans = footnotes.with_more(spans, _spans_of_acting(site, description, people))

    def matter(article: str) -> str:
        named = _matter(site, description, article)
        return named + about if named else sentence(about.removeprefix(": "))

    return _citations(site, description, iri, matter, spans)


def of_articles(site: Site, key: str, matter: str, iri: str, articles: Iterable[str]) -> Citation:
    """Return the footnote for what rests on no single passage, such as a figure: it names the articles."""
    ordered = sorted(articles, key=site.by_day)
    sources = "; ".join(site.references[article].name_in_list for article in ordered)
    return _without_article(site, key, f"{matter}. After {sources}" if sources else matter, iri)


def of_statement(site: Site, iri: str) -> list[Citation]:
    """Return the footnotes of a statement: one for each article."""
    said = replace(description_of_statements(site.graph), iri=iri)
    spans = footnotes.with_more(
        footnotes.spans_of_records(said, iri), acting_records(site.graph).get(iri, ())
    )
    return _citations(site, said, iri, _in_each_article(_statement(site, said, iri)), spans)


def of_row(site: Site, iri: str, behind: Mapping[str, Sequence[str]]) -> list[Citation]:
    """Return the footnotes of a row of an answer: each is for one article, and for one statement at most.

    The passages of a statement stand apart from those of the row's other records. Where many statements are
    behind a row, none is named. What rests on a conclusion of the editors says so.

    Args:
        site: what is served.
        iri: the answer.
        behind: the records on which the row rests, each with its evidence.
    """
    said = description_of_statements(site.graph)
    cited: list[str] = []
    given: list[tuple[str, Citation]] = []
    for matter, records in _records_by_matter(site, behind):
        spans = [span for record in records for span in behind[record]]
        spans = spans if matter else footnotes.not_within(spans, cited)
        cited += spans
        made = _citations(site, said, iri, _in_each_article(matter), spans, records)
        given += [(each.reference.iri, each) for each in made if each.reference]
    return [each for _, each in sorted(given, key=lambda pair: natural(pair[0]))]


def _records_by_matter(site: Site, behind: Iterable[str]) -> list[tuple[str, list[str]]]:
    """Return the records behind a row, grouped by what their footnotes say of them.

    The records of which footnotes say nothing come last.
    """
    said, standing = description_of_statements(site.graph), conflicts.standing_of_claims(site.graph)
    matters = {
        record: _with_outlets(_statement(site, said, record), _outlets(site, said, record))
        for record in behind
        if record in said.triples
    }
    named = len(set(matters.values())) <= _MOST_MATTERS
    together: dict[str, list[str]] = defaultdict(list)
    for record in behind:
        is_conclusion = standing.get(record, "").startswith(conflicts.CONCLUSION)
        own = matters.get(record, "") if named else ""
        together[_CONCLUDED if is_conclusion else own].append(record)
    return sorted(together.items(), key=lambda pair: not pair[0])


def _in_each_article(matter: str) -> Callable[[str], str]:
    return lambda _: matter


def _without_article(site: Site, key: str, matter: str, iri: str) -> Citation:
    """Return the footnote for what rests on the dataset as a whole."""
    released = date.fromisoformat(site.release.date) if site.release else None
    return Citation(
        key, matter, (), None, (), "", site.name_and_version, iri, site.publisher_of_dataset, released
    )


def _fact_in_words(site: Site, description: Description, cited: Sequence[tuple[Fact, Value]]) -> str:
    words = ", ".join(
        (
            _how_in_words(site, description, value.term.value)
            if fact.name == "ckg:modality"
            else _in_words(site.catalogue, value.term) + _posts(site, description, value.term.value)
        )
        for fact, value in cited
    )
    fact = cited[0][0]
    if fact.is_background:
        return f"{fact.label} {words}{testimonies.BY_EDITORS}"
    is_implied = namespaces.expand(fact.name) in testimonies.implied(description)
    return f"{fact.label} {words}{IMPLIED if is_implied else ''}"


def _how_in_words(site: Site, description: Description, modality: str) -> str:
    """Return how a thing is presented; if it is in several ways, also who presents it in this one."""
    words = testimonies.modality_in_words(site.graph, description.iri, modality)
    speakers = speakers_in(site.graph, testimonies.statements_behind(description, modality))
    named = " and ".join(map(site.catalogue.label, speakers))
    return f"{words} (according to {named})" if named else words


def _posts(site: Site, description: Description, person: str) -> str:
    """Return in which post a person attended the described meeting, or is in the described record."""
    if namespaces.kind_of(person) != "person":
        return ""
    posts = [
        site.catalogue.label(term.value) + (" (acting)" if record in acting_records(site.graph) else "")
        for record in _records_of(description, person)
        for term in description.values(record, "ckg:inCapacityOf")
    ]
    return "".join(f", {post}" for post in dict.fromkeys(posts))


def _records_of(description: Description, person: str) -> list[str]:
    """Return the records that name a person: the described one, or those of the described meeting."""
    return [
        record
        for record in (description.iri, *description.incoming("ckg:atMeeting"))
        if Term(person) in description.values(record, "ckg:attendee", "ckg:participant", "ckg:speaker")
    ]


def _spans_of_acting(site: Site, description: Description, people: Iterable[str]) -> list[str]:
    """Return the spans which say that these people are only acting in the post that the footnote names."""
    acting = acting_records(site.graph)
    return [
        span
        for person in people
        for record in _records_of(description, person)
        for span in acting.get(record, ())
    ]


def _in_words(catalogue: Catalogue, term: Term) -> str:
    if term.is_iri:
        return catalogue.label(term.value)
    return periods.day(term.value) if term.is_date else term.value


def _spans(site: Site, description: Description, iri: str) -> list[str]:
    kind = namespaces.kind_of(iri)
    if kind in ("article", "span"):
        return [iri] if kind == "span" else []
    if kind == "conflict":
        claims = description.values(iri, "ckg:hasClaim")
        sides = conflicts.description_of_conflicts(site.graph)
        return [span for claim in claims for span in footnotes.spans_of_records(sides, claim.value)]
    people = [
        term.value for term in description.values(iri, "ckg:attendee", "ckg:participant", "ckg:speaker")
    ]
    own = [term.value for term in description.values(iri, "ckg:evidence")]
    return footnotes.with_more(own, _spans_of_acting(site, description, people))


def _matter(site: Site, description: Description, article: str) -> str:
    """Return what a footnote says of an entity: its name, how it is presented, and who says so."""
    iri, said = description.iri, description_of_statements(site.graph)
    kind = namespaces.kind_of(iri)
    if kind == "statement":
        return _statement(site, said, iri)
    if kind == "span":
        uses = footnotes.uses(site.graph)
        statements = {
            _statement(site, said, record)
            for record in description.incoming("ckg:evidence")
            if record in said.triples
            and footnotes.most_telling(footnotes.spans_of_records(said, record), uses) == iri
        }
        return "; ".join(sorted(statements))
    if kind == "article":
        return ""
    paraphrase, words = description.text(iri, "ckg:paraphrase").rstrip("."), _PARAPHRASED.get(kind, "")
    label = site.catalogue.whole_label(iri)
    if kind == "claim" and testimonies.INFERRED in description.values(iri, "ckg:basis"):
        return f"{_CONCLUDED}: {paraphrase or label}"
    named = f"{words}, in the editors’ words: {paraphrase}" if paraphrase and words else ""
    # If an article also says it in its own voice, nobody is named; outlets are in ``Citation.via``.
    sources = (
        [term.value for term in description.values(iri, "ckg:accordingTo")]
        if kind == "claim"
        else sources_by_record(site.graph).get(iri, ())
    )
    according = [
        f"according to {_speakers(site, said, source)}"
        for source in sources
        if not article or Term(article) in said.values(source, "ckg:reportedIn")
    ]
    people = description.values(iri, "ckg:attendee", "ckg:participant") if not named else []
    posts = [_posts(site, description, term.value).removeprefix(", ") for term in people]
    in_post = [f"in the post of {post}" for post in posts if post]
    name = (named or label) + _how_presented(site, description, article, label)
    return ", ".join((name, *in_post[:1], *according[:1]))


def _how_presented(site: Site, description: Description, article: str, label: str) -> str:
    """Return in brackets that an article only implies something, or how it presents what it does not report.

    A fact that the article states gets no words, and no word is returned that is in the label already. A
    document that the article does not present in any way has the words of the actions on it: it is expected
    if it is to be signed. A tenure may be acting.
    """
    iri = description.iri
    told = [row for row in testimonies.testimonies_of(description, site.catalogue) if row.article == article]
    bases = {
        term for row in told if _TYPE in description.values(row.iri, "ckg:supports") for term in row.basis
    }
    words = [] if _STATED in bases else sorted(site.catalogue.label(term.value) for term in bases)
    if description.text(iri, "ckg:acting") == "true":
        words.append("acting")
    else:
        words += _modality_in_words(site, description, told)
    words = [word for word in words if word not in label]
    return f" ({', '.join(words)})" if words else ""


def _modality_in_words(
    site: Site, description: Description, told: Iterable[testimonies.Testimony]
) -> list[str]:
    """Return how an article presents what it does not report as a fact."""
    iri = description.iri
    given = {term for testimony in told for term in testimony.modality}
    given = given or {*description.values(iri, "ckg:modality")}
    if not given:
        actions = description.incoming("ckg:actionOn")
        given = {term for action in actions for term in description.values(action, "ckg:modality")}
        given = given if Term(testimonies.REPORTED_FACT) in given else given & _PLANS
    if Term(testimonies.REPORTED_FACT) in given:
        return []
    return sorted(site.catalogue.label(term.value) for term in given)


def _statement(site: Site, description: Description, iri: str) -> str:
    speakers, own = _speakers(site, description, iri), _occasions(site, description, iri)
    first = [
        _speakers(site, description, term.value, but=own) for term in description.values(iri, "ckg:relays")
    ]
    tellers = [_named(site, teller) for teller in tellers_by_statement(site.graph).get(iri, ())]
    source = f", according to {' and '.join(tellers)}" if tellers else ""
    return f"Statement by {', on what was said by '.join((speakers, *first[:1]))}{source}"


def _named(site: Site, teller: Statement) -> str:
    """Return who reports a statement of somebody else, and through which outlets."""
    named = ", ".join(_with_article(site, speaker) for speaker in teller.speakers)
    outlets = " and ".join(map(site.catalogue.label, teller.values("ckg:reportedVia")))
    return f"{named} via {outlets}" if outlets else named


def _speakers(site: Site, description: Description, iri: str, but: Sequence[str] = ()) -> str:
    """Return who made a statement, in which post, when and on which occasion, without what is in ``but``."""
    label = site.catalogue.label
    acting = " (acting)" if iri in acting_records(site.graph) else ""
    speakers = [_with_article(site, term.value) for term in description.values(iri, "ckg:speaker")]
    posts = [label(term.value) + acting for term in description.values(iri, "ckg:inCapacityOf")]
    if posts and not speakers:
        posts[0] = f"the {posts[0]}"
    parts = [*speakers, *posts] or ["a speaker who is not named"]
    parts += [part for part in _occasions(site, description, iri) if part not in but]
    return ", ".join(parts)


def _occasions(site: Site, description: Description, iri: str) -> list[str]:
    """Return when a statement was made and on which occasions, or that no article gives that."""
    # “by 21 June” could also mean that something is due by then.
    when = re.sub("^by ", "on or before ", facts.when(description, iri))
    said = statements_by_iri(site.graph).get(iri)
    if said and said.is_day_implied and description.text(iri, "ckg:onDate"):
        when += IMPLIED
    implied = implied_occasions(site.graph)
    occasions = [
        f"on the occasion of {_occasion(site.catalogue, term.value)}{IMPLIED if iri in implied else ''}"
        for term in description.values(iri, "ckg:statedAt")
    ]
    return [*([when] if when else []), *occasions] or ["day not given"]


def _occasion(catalogue: Catalogue, iri: str) -> str:
    """Return the name of an occasion within a sentence; one named after its organ is called a meeting."""
    label = catalogue.label(iri)
    if namespaces.kind_of(iri) != "meeting":
        return label
    kind = _KIND_OF_MEETING.match(label)
    return f"the {kind[0].lower()}{label[kind.end() :]}" if kind else f"the meeting of the {label}"


def _with_article(site: Site, speaker: str) -> str:
    """Return the name of a speaker within a sentence."""
    label = site.catalogue.label(speaker)
    needs_article = namespaces.kind_of(speaker) in _WITH_ARTICLE and not label.startswith(("the ", "The "))
    return f"the {label}" if needs_article else label


def _citations(
    site: Site,
    description: Description,
    iri: str,
    matter: Callable[[str], str],
    spans: Iterable[str],
    records: Sequence[str] = (),
) -> list[Citation]:
    """Return a footnote for each article with some of the spans; ``matter`` says what is cited from it.

    The spans are the evidence of ``records``; of what is cited, if that is empty.
    """
    articles: dict[str, list[str]] = defaultdict(list)
    for span in sorted(set(spans), key=natural):
        if address := namespaces.parse_span(span):
            articles[address.article].append(span)
    if namespaces.kind_of(iri) == "article":
        articles[iri] = []
    outlets = _outlets(site, description, description.iri)
    known, stem = references(site.graph), namespaces.step_of(iri).replace("/", "-")
    return [
        Citation(
            _key(stem, article),
            matter(article),
            outlets,
            known[article],
            tuple(own),
            _place(site, records or (iri,), own),
            site.name_and_version,
            iri,
        )
        for article, own in articles.items()
        if article in known
    ] or [_without_article(site, stem, matter("") or site.catalogue.whole_label(iri), iri)]


def _outlets(site: Site, description: Description, iri: str) -> tuple[str, ...]:
    """Return the outlets from which the articles have a record."""
    return tuple(site.catalogue.label(term.value) for term in description.values(iri, "ckg:reportedVia"))


def _place(site: Site, records: Sequence[str], spans: Sequence[str]) -> str:
    """Return the sentences and characters of spans and, if the texts are here, the first words of one span.

    Readers who count sentences in another way find the passage by these words. They are from the main span of
    the record, or from the most telling of the main spans of several records.
    """
    main = site.main_span(records[0], spans) if len(records) == 1 else _main_span(site, records, spans)
    opening = site.passages.opening(main)
    return ", ".join(filter(None, (passages.place(site.graph, spans), opening and f"“{opening}”")))


def _main_span(site: Site, records: Iterable[str], spans: Sequence[str]) -> str:
    """Return the most telling of the spans on which records rest most.

    Spans that support a record itself come before those that support only its day or the like.
    """
    evidence, of_the_matter = footnotes.evidence(site.graph), passages.spans_of_the_matter(site.graph)
    mains = dict[str, bool]()
    for record in records:
        if own := [span for span in spans if span in evidence.get(record, ())]:
            main = site.main_span(record, own)
            mains[main] = mains.get(main, False) or main in of_the_matter.get(record, ())
    telling = [span for span, of_a_record in mains.items() if of_a_record]
    return footnotes.most_telling(telling or mains, footnotes.uses(site.graph))


def _key(stem: str, article: str) -> str:
    name = article.rpartition("/")[2]
    return stem if name in stem else f"{stem}-in-{name}"
