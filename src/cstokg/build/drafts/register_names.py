"""Find the names of register entries in a text: by every label and printed form, Latin and Cyrillic."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from rapidfuzz import fuzz, process
from rdflib import RDF, SKOS

from cstokg import namespaces
from cstokg.build import written_testimonies
from cstokg.build.checks import printed_forms
from cstokg.build.sources import Sources

_KINDS = frozenset(
    {"body", "government-body", "organ", "outlet", "person", "place", "post", "state", "event", "document"}
)
_NAMES = (SKOS.prefLabel, SKOS.altLabel)
_LIKENESS = 88  # of a window of words and a name, both in small Latin letters
_MOST_WORDS = 7
_ARTICLES = ("the ", "a ", "an ")
_TOKEN = re.compile(r"[^\W_]+(?:[’'.-][^\W_]+)*")


class Name(NamedTuple):
    """A name in a text: its place, and the entity that may be meant; ``exact`` if every letter agrees."""

    start: int
    end: int
    iri: str
    exact: bool


@dataclass(frozen=True, slots=True)
class _Form:
    plain: str
    words: int
    iri: str
    written: str


def names(sources: Sources) -> dict[str, set[str]]:
    """Return all names of each entity in the register: labels, and what articles print."""
    forms_of: dict[str, set[str]] = {}
    for subject, predicate, node in sources.triples:
        iri = str(subject)
        if predicate == written_testimonies.PRINTED_AS:
            iri = iri.partition("/testimony/")[0]
        elif predicate not in _NAMES:
            continue
        if namespaces.kind_of(iri) in _KINDS:
            forms_of.setdefault(iri, set()).add(str(node))
    typed = {str(subject) for subject, predicate, _ in sources.triples if predicate == RDF.type}
    return {iri: forms for iri, forms in forms_of.items() if iri in typed}


def find(text: str, register: Mapping[str, set[str]]) -> list[Name]:
    """Return the names in a text, in its order; of names that overlap, the longest.

    Args:
        text: the article's text.
        register: the names of each entity, by IRI.
    """
    tokens = [match.span() for match in _TOKEN.finditer(text)]
    forms = list(_forms(register))
    candidates: list[tuple[int, float, Name]] = []
    for count in range(1, _MOST_WORDS + 1):
        form_of = {form.plain: form for form in forms if form.words == count}
        if not form_of:
            continue
        choices = list(form_of)
        for index in range(len(tokens) - count + 1):
            start, end = tokens[index][0], tokens[index + count - 1][1]
            words = text[start:end]
            if "\n" in words or not words[:1].isupper() or words.lower().startswith(_ARTICLES):
                continue
            match = process.extractOne(
                printed_forms.plain(words), choices, scorer=fuzz.ratio, score_cutoff=_LIKENESS
            )
            if match:
                form = form_of[match[0]]
                name = Name(start, end, form.iri, words == form.written)
                candidates.append((end - start, match[1], name))
    longest: list[Name] = []
    for _, _, name in sorted(candidates, key=lambda candidate: (-candidate[0], -candidate[1])):
        if all(name.end <= other.start or other.end <= name.start for other in longest):
            longest.append(name)
    return sorted(longest)


def _forms(register: Mapping[str, set[str]]) -> Iterator[_Form]:
    ambiguous: dict[str, set[str]] = {}
    short: list[_Form] = []
    for iri, forms in sorted(register.items()):
        for form in sorted(forms):
            count = len(_TOKEN.findall(form))
            if len(form) > 2 and count:
                yield _Form(printed_forms.plain(form), count, iri, form)
            # People are also called by their family name.
            if namespaces.kind_of(iri) == "person" and count > 1:
                family = _TOKEN.findall(form)[-1]
                if len(family) > 2:
                    short.append(_Form(printed_forms.plain(family), 1, iri, family))
                    ambiguous.setdefault(printed_forms.plain(family), set()).add(iri)
    yield from (form for form in short if len(ambiguous[form.plain]) == 1)
