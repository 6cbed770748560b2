"""The sections of a page, filled with the records that point at its entity.

``display.toml`` says which sections the page of a kind has.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from cstokg import namespaces
from cstokg.web.content import display, facts, footnotes
from cstokg.web.content.catalogue import Catalogue, Term, natural
from cstokg.web.content.display import ACTING, ROLE, THIS, WHEN, Column, Section
from cstokg.web.content.graph import Description


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell: terms, or words."""

    terms: tuple[Term, ...] = ()
    words: str = ""


@dataclass(frozen=True, slots=True)
class Record:
    """One row: the record, its cells, and the spans that are its evidence."""

    iri: str
    cells: tuple[Cell, ...]
    spans: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FilledSection:
    """A section with its records, and those columns that are not empty."""

    section: Section
    columns: tuple[Column, ...]
    records: tuple[Record, ...]

    @property
    def anchor(self) -> str:
        """The name of the section in the page's addresses."""
        return self.section.title.lower().replace(",", "").replace(" ", "-")


def fill(description: Description, catalogue: Catalogue, acting: Collection[str] = ()) -> list[FilledSection]:
    """Return the sections of an entity's page that have records; each record is in the first that fits.

    ``acting`` are the records of people who only act in the post.
    """
    filled, shown = [], set[str]()
    for section in display.sections_of(namespaces.kind_of(description.iri)):
        subjects = [
            subject
            for subject in description.incoming(*section.links)
            if subject not in shown
            and (not section.classes or any(catalogue.is_a(subject, name) for name in section.classes))
        ]
        shown.update(subjects)
        if subjects:
            filled.append(_filled(section, _records(section, subjects, description, acting)))
    return filled


def _filled(section: Section, records: Sequence[Record]) -> FilledSection:
    used = [
        number
        for number in range(len(section.columns))
        if any(record.cells[number] != Cell() for record in records)
    ]
    return FilledSection(
        section,
        tuple(section.columns[number] for number in used),
        tuple(replace(record, cells=tuple(record.cells[number] for number in used)) for record in records),
    )


def _records(
    section: Section, subjects: Sequence[str], description: Description, acting: Collection[str]
) -> list[Record]:
    rows = [
        Record(
            subject,
            tuple(_cell(column[1], subject, section, description, acting) for column in section.columns),
            tuple(footnotes.spans_of_records(description, subject)),
        )
        for subject in subjects
    ]
    return sorted(rows, key=lambda record: (_day(record.iri, description), natural(record.iri)))


def _day(subject: str, description: Description) -> str:
    """Return a day to sort by: meetings and articles are in order of time."""
    return description.text(
        subject, "ckg:onDate", "ckg:startNotBefore", "ckg:startNotAfter", "ckg:endNotAfter"
    )


def _cell(
    source: str, subject: str, section: Section, description: Description, acting: Collection[str]
) -> Cell:
    if source == THIS:
        return Cell((Term(subject),))
    if source == WHEN:
        return Cell(words=facts.when(description, subject))
    if source == ROLE:
        return Cell(
            tuple(
                Term(namespaces.expand(link))
                for link in section.links
                if subject in description.incoming(link)
            )
        )
    if source == ACTING:
        is_acting = subject in acting or description.text(subject, "ckg:acting") == "true"
        return Cell(words="acting" if is_acting else "")
    for predicate in source.split("|"):
        if terms := description.values(subject, predicate):
            return Cell(tuple(terms))
    return Cell()
