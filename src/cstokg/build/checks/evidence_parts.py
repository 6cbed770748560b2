"""Compare what records state with the sentences of their spans: the day, the numbers and the names.

A span that does not have the day or the name that it is cited for supports something else. What is
found here is worth a second look; it proves nothing, because *he* or *the host* can name a person too.
"""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from rdflib import Literal, URIRef
from rdflib.term import Node

from cstokg import article_text, namespaces
from cstokg.build import evidence
from cstokg.build.checks import printed_forms
from cstokg.build.checks.findings import shorten
from cstokg.build.checks.span_checks import Failure
from cstokg.build.sources import Sources
from cstokg.build.written_testimonies import BOUNDS, EVIDENCE, HAS_TESTIMONY, PRINTED_AS, SUPPORTS

_ON_DATE = URIRef(f"{namespaces.CKG}onDate")
_BASIS = URIRef(f"{namespaces.CKG}basis")
_STATED = URIRef(namespaces.expand("basis:stated"))
_NUMBERS = frozenset(
    URIRef(namespaces.CKG + name) for name in ("itemCount", "years", "termInYears", "timesPerYear")
)
_NAMED = frozenset(
    URIRef(namespaces.CKG + name)
    for name in (
        "attendee",
        "chairedBy",
        "heldIn",
        "holder",
        "member",
        "membershipIn",
        "participant",
        "presidencyOf",
        "presidingState",
        "signatory",
        "speaker",
    )
)


def missing(sources: Sources, articles: Path) -> Iterator[Failure]:
    """Yield each day, number and name that the sentences of its spans do not have, in order of the files.

    Names are looked for where a testimony says that they are stated, days and numbers everywhere.

    Args:
        sources: what was read.
        articles: the folder of the articles' texts; articles whose text is not there are left out.
    """
    texts = {
        name: text
        for name in evidence.articles_of(sources)
        if (text := article_text.find(articles, evidence.recorded_hash(sources.root, name))) is not None
    }
    sentences = {name: list(article_text.split_sentences(text)) for name, text in texts.items()}
    values: dict[Node, dict[Node, list[Node]]] = defaultdict(lambda: defaultdict(list))
    for subject, predicate, node in sources.triples:
        values[subject][predicate].append(node)
    names_of = printed_forms.names_of_register(sources)
    failures = []
    for triple, position in sources.triples.items():
        subject, predicate, testimony = triple
        if predicate != HAS_TESTIMONY:
            continue
        spans = [namespaces.parse_span(str(span)) for span in values[testimony][EVIDENCE]]
        places = [span for span in spans if span and span.name in texts]
        if not places or len(places) < len(spans):
            continue
        passage = " ".join(
            texts[span.name][start:end]
            for span in places
            for start, end in sentences[span.name]
            if start < span.end and span.start < end
        )
        for message in _missing(values[subject], values[testimony], passage, names_of):
            failures.append(Failure(position, subject, f"{shorten(subject)}: {message}"))
    yield from sorted(failures, key=lambda failure: (failure.position, failure.message))


def _missing(
    record: dict[Node, list[Node]],
    testimony: dict[Node, list[Node]],
    passage: str,
    names_of: dict[str, set[str]],
) -> Iterator[str]:
    supported = set(testimony[SUPPORTS])
    stated = _STATED in testimony[_BASIS]
    for day in record[_ON_DATE] if _ON_DATE in supported else ():
        if (value := _day(day)) and not printed_forms.has_day(passage, value):
            yield f"the day {day} is not in the sentences of the spans. Cite the words that give it too."
    for bound in BOUNDS:
        for day in testimony[bound]:
            if (value := _day(day)) and not printed_forms.has_bound(passage, value):
                yield (
                    f"{shorten(bound)} {day} is not in the sentences of the spans. "
                    "Cite the words that give it too."
                )
    for predicate in sorted(_NUMBERS & supported):
        for number in record[predicate]:
            if str(number).isdecimal() and not printed_forms.has_number(passage, int(str(number))):
                yield f"{shorten(predicate)} {number} is not in the sentences of the spans."
    for predicate in sorted(_NAMED & supported if stated else ()):
        for entity in record[predicate]:
            forms = names_of.get(str(entity))
            if forms and not printed_forms.has_name(passage, forms):
                yield (
                    f"{shorten(predicate)} {shorten(entity)} is not named in the sentences of the spans. "
                    "Cite the words that name it too."
                )
    for form in testimony[PRINTED_AS]:
        if str(form) not in passage:
            yield f"{form!s} is not printed in the sentences of the spans."


def _day(value: Node) -> date | None:
    try:
        return date.fromisoformat(str(value)) if isinstance(value, Literal) else None
    except ValueError:
        return None
