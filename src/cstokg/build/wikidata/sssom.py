"""Read the table of links to Wikidata into triples with their lines.

The table is SSSOM/TSV (https://w3id.org/sssom/spec): metadata in comments, a header, and a row for
each decision. A row without an item says in its comment why there is none, and becomes a note.
"""

import re
from collections.abc import Iterator
from datetime import date
from itertools import pairwise, takewhile
from pathlib import PurePath

from rdflib import SKOS, Literal

from cstokg import namespaces
from cstokg.build.rdf_terms import Triple, iri_of
from cstokg.build.turtle_parser import Document, Problem

PATH = PurePath("data", "wikidata.sssom.tsv")
COLUMNS = (
    "subject_id",
    "subject_label",
    "predicate_id",
    "object_id",
    "object_label",
    "mapping_justification",
    "author_label",
    "mapping_date",
    "confidence",
    "comment",
)
NO_ITEM = "sssom:NoTermFound"
UNLINKED = "Not linked to Wikidata: "

_EXACT = "skos:exactMatch"
_PREDICATES = (_EXACT, "skos:closeMatch")
_JUSTIFICATION = "semapv:ManualMappingCuration"
_ITEM = re.compile(r"wd:Q[1-9][0-9]*")
_CONFIDENCE = re.compile(r"0(\.[0-9]+)?|1(\.0+)?")

Row = dict[str, str]


def parse(text: str) -> Document:
    """Return the triples of the table, the line of each and of each subject, and what is wrong with it.

    A link is ``skos:exactMatch`` or ``skos:closeMatch`` to the item; a row without an item is a
    ``skos:editorialNote`` that begins with ``UNLINKED``.
    """
    document = Document()
    lines = text.split("\n")
    if lines.pop():
        document.problems.append(Problem(len(lines) + 1, "the last line has no end. Add a line break."))
    start = len(list(takewhile(lambda line: line.startswith("#"), lines)))
    header = "\t".join(COLUMNS)
    if lines[start : start + 1] != [header]:
        document.problems.append(
            Problem(start + 1, f"the header must be {header!r}, below the lines that begin with '#'.")
        )
        return document
    rows: dict[int, Row] = {}
    for line, cells in enumerate(lines[start + 1 :], start + 2):
        defects = list(_defects(cells))
        document.problems += [Problem(line, message) for message in defects]
        if not defects:
            rows[line] = _row(cells)
            triple = _triple(rows[line])
            document.triples.setdefault(triple, line)
            document.subjects.setdefault(triple[0], line)
    document.problems += _misplaced(rows)
    document.problems.sort(key=lambda problem: problem.line)
    return document


def rows(text: str) -> list[Row]:
    """Return the rows of a table that has no problems."""
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    return [_row(line) for line in lines[1:]]


def _row(cells: str) -> Row:
    return dict(zip(COLUMNS, cells.split("\t"), strict=True))


def _triple(row: Row) -> Triple:
    subject = iri_of(row["subject_id"])
    if row["object_id"] == NO_ITEM:
        return subject, SKOS.editorialNote, Literal(UNLINKED + row["comment"], lang="en")
    return subject, iri_of(row["predicate_id"]), iri_of(row["object_id"])


def _defects(cells: str) -> Iterator[str]:
    count = cells.count("\t") + 1
    if count != len(COLUMNS):
        yield f"{count} cells, not {len(COLUMNS)}. Separate them by one tab each, even the empty ones."
        return
    row = _row(cells)
    if '"' in cells or any(cell != cell.strip() for cell in row.values()):
        yield "a quotation mark, or a space at the edge of a cell. Remove it."
    subject = namespaces.expand(row["subject_id"])
    if not subject.startswith(namespaces.ID) or not namespaces.is_well_formed(subject):
        name = row["subject_id"]
        yield f"subject_id {name!r} is not an entity of ours. Write it like person:lavrov-sergey."
    linked = row["object_id"] != NO_ITEM
    if linked and not _ITEM.fullmatch(row["object_id"]):
        yield f"object_id {row['object_id']!r} is not an item. Write it like wd:Q42, or {NO_ITEM}."
    if row["predicate_id"] not in (_PREDICATES if linked else (_EXACT,)):
        allowed = " or ".join(_PREDICATES) if linked else f"{_EXACT}, the match that was not found"
        yield f"predicate_id {row['predicate_id']!r} is not allowed here. Write {allowed}."
    if row["mapping_justification"] != _JUSTIFICATION:
        yield f"mapping_justification must be {_JUSTIFICATION}: a person decides every row."
    if linked and not _CONFIDENCE.fullmatch(row["confidence"]):
        yield f"confidence {row['confidence']!r} is not a decimal from 0 to 1. Write it like 0.9."
    if not linked and (row["confidence"] or row["object_label"]):
        yield "without an item there is no object_label and no confidence. Empty the two cells."
    needed = ["subject_label", "author_label", "comment", *(["object_label"] if linked else [])]
    for column in needed:
        if not row[column]:
            yield (
                f"{column} is empty. Fill it; a comment gives the reason for the link, "
                "or why there is no item."
            )
    try:
        date.fromisoformat(row["mapping_date"])
    except ValueError:
        yield f"mapping_date {row['mapping_date']!r} is not a day. Write it like 2021-05-19."


def _misplaced(rows: dict[int, Row]) -> Iterator[Problem]:
    for (_, before), (line, row) in pairwise(rows.items()):
        key, previous = ((cells["subject_id"], cells["object_id"]) for cells in (row, before))
        if key <= previous:
            yield Problem(line, "out of order, or twice. Sort the rows by subject_id, then by object_id.")
        elif previous == (row["subject_id"], NO_ITEM):
            yield Problem(line, f"an item for {key[0]}, which has none in the row before. Remove one.")
