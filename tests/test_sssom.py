"""The table of links becomes triples, and every broken row is named with its line and the remedy."""

from pathlib import Path

import pytest
from rdflib import SKOS, Literal, URIRef

import exampleville
from cstokg import namespaces
from cstokg.build.sources import Position, SourceError, read
from cstokg.build.wikidata import sssom

HEADER = "\t".join(sssom.COLUMNS)
CELLS = {
    "subject_id": "person:doe-jane",
    "subject_label": "Jane Doe",
    "predicate_id": "skos:exactMatch",
    "object_id": "wd:Q42",
    "object_label": "Jane Doe",
    "mapping_justification": "semapv:ManualMappingCuration",
    "author_label": "Somebody",
    "mapping_date": "2031-05-19",
    "confidence": "0.9",
    "comment": "The same person.",
}
WITHOUT = {"object_id": sssom.NO_ITEM, "object_label": "", "confidence": "", "comment": "Not found."}
JANE = URIRef(f"{namespaces.ID}person/doe-jane")
ITEM = URIRef("http://www.wikidata.org/entity/Q42")


def row(**cells: str) -> str:
    """Return a line of the table: a good one but for these cells."""
    return "\t".join({**CELLS, **cells}.values())


def table(*rows: str) -> str:
    """Return a table with two lines of metadata above its header."""
    return "\n".join(["#license: https://example.org/", "#comment: none", HEADER, *rows, ""])


def complaints(*rows: str) -> list[str]:
    """Return what is wrong with a table of these rows, each with its line."""
    return [f"{problem.line}: {problem.message}" for problem in sssom.parse(table(*rows)).problems]


@pytest.mark.parametrize("confidence", ["0", "0.99", "1", "1.0"])
def test_link_is_a_triple_with_its_line(confidence: str) -> None:
    document = sssom.parse(table(row(confidence=confidence), row(object_id="wd:Q43")))
    assert not document.problems
    assert document.triples[JANE, SKOS.exactMatch, ITEM] == 4
    assert document.subjects == {JANE: 4}


def test_close_match_stays_close() -> None:
    assert list(sssom.parse(table(row(predicate_id="skos:closeMatch"))).triples) == [
        (JANE, SKOS.closeMatch, ITEM)
    ]


def test_row_without_item_is_a_note() -> None:
    document = sssom.parse(table(row(**WITHOUT)))
    note = Literal("Not linked to Wikidata: Not found.", lang="en")
    assert document.triples == {(JANE, SKOS.editorialNote, note): 4}
    assert not document.problems


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ({"comment": "Same.\tPerson."}, "11 cells, not 10"),
        ({"comment": 'The "same".'}, "a quotation mark, or a space at the edge"),
        ({"comment": "The same. "}, "a quotation mark, or a space at the edge"),
        ({"comment": ""}, "comment is empty"),
        ({"subject_id": "preson:doe-jane"}, "subject_id 'preson:doe-jane' is not an entity of ours"),
        ({"subject_id": "person:Doe"}, "subject_id 'person:Doe' is not an entity of ours"),
        ({"subject_id": "wd:Q42"}, "subject_id 'wd:Q42' is not an entity of ours"),
        ({"subject_label": ""}, "subject_label is empty"),
        ({"predicate_id": "owl:sameAs"}, "predicate_id 'owl:sameAs' is not allowed here"),
        ({"object_id": "Q42"}, "object_id 'Q42' is not an item. Write it like wd:Q42"),
        ({"object_id": "wd:Q042"}, "object_id 'wd:Q042' is not an item"),
        ({"object_id": "wd:P31"}, "object_id 'wd:P31' is not an item"),
        ({"object_label": ""}, "object_label is empty"),
        ({"mapping_justification": "semapv:LexicalMatching"}, "mapping_justification must be semapv:Manual"),
        ({"author_label": ""}, "author_label is empty"),
        ({"mapping_date": "2031-02-29"}, "mapping_date '2031-02-29' is not a day"),
        ({"confidence": "1.1"}, "confidence '1.1' is not a decimal from 0 to 1"),
        ({"confidence": ""}, "confidence '' is not a decimal"),
        (WITHOUT | {"confidence": "0.9"}, "without an item there is no object_label and no confidence"),
        (WITHOUT | {"object_label": "Jane"}, "without an item there is no object_label"),
        (
            WITHOUT | {"predicate_id": "skos:closeMatch"},
            "Write skos:exactMatch, the match that was not found",
        ),
        (WITHOUT | {"comment": ""}, "why there is no item"),
    ],
)
def test_broken_row_is_named_and_left_out(cells: dict[str, str], message: str) -> None:
    good = row(subject_id="place:exampleville")
    [complaint] = complaints(row(**cells), good)
    assert complaint.startswith("4: ")
    assert message in complaint
    assert len(sssom.parse(table(row(**cells), good)).triples) == 1


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ((row(), row()), "out of order, or twice"),
        ((row(), row(subject_id="body:council")), "out of order, or twice"),
        ((row(**WITHOUT), row()), "an item for person:doe-jane, which has none"),
    ],
)
def test_misplaced_row_is_named(rows: tuple[str, str], message: str) -> None:
    """Sorted rows make a change easy to see, and a second row for one thing hard to miss."""
    [complaint] = complaints(*rows)
    assert complaint.startswith("5: ")
    assert message in complaint


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("", 1, "the header must be"),
        ("#license: none\n", 2, "the header must be"),
        ("subject_id\tobject_id\n", 1, "the header must be"),
        (table(row()).replace("\n", "\r\n"), 3, "the header must be"),
        (table(row()).removesuffix("\n"), 4, "the last line has no end"),
    ],
)
def test_broken_table_is_named(text: str, line: int, message: str) -> None:
    """A table without its header or its last line end is not read any further, or only so far."""
    problem = sssom.parse(text).problems[0]
    assert (problem.line, problem.message[: len(message)]) == (line, message)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return a project with one meeting, and no links yet."""
    made, _ = exampleville.write(tmp_path)
    exampleville.record(made, evidence={"2031-05-19-council": "0-8"})
    table = made / exampleville.TABLE
    table.write_text(f"start\tend\tsha256\n0\t8\t{'0' * 64}\n", encoding="utf-8")
    return made


def write(root: Path, *rows: str) -> None:
    """Give a project these links."""
    (root / sssom.PATH).write_text(table(*rows), encoding="utf-8")


def test_links_are_a_graph_of_the_sources(root: Path) -> None:
    meeting = URIRef(f"{namespaces.ID}meeting/2031-05-19-council")
    write(root, row(subject_id="meeting:2031-05-19-council"))
    found = read(root)
    triple = (meeting, SKOS.exactMatch, ITEM)
    assert set(found.graphs[f"{namespaces.GRAPH}wikidata"]) == {triple}
    assert found.triples[triple] == Position("data/wikidata.sssom.tsv", 4)
    assert triple in found.data()
    assert found.subjects[meeting].path == exampleville.RECORD.as_posix()


def test_project_needs_no_links(root: Path) -> None:
    assert f"{namespaces.GRAPH}wikidata" not in read(root).graphs


def test_row_of_an_unknown_entity_is_refused(root: Path) -> None:
    """A misspelt name would link nothing."""
    write(root, row())
    with pytest.raises(SourceError, match=r"^data/wikidata\.sssom\.tsv:4: no file describes person:doe-jane"):
        read(root)


def test_broken_row_stops_the_reading(root: Path) -> None:
    write(root, row(confidence="high"))
    with pytest.raises(SourceError, match=r"^data/wikidata\.sssom\.tsv:4: confidence 'high'"):
        read(root)


def test_entity_of_a_broken_file_is_not_called_unknown(root: Path) -> None:
    write(root, row())
    with (root / exampleville.RECORD).open("a", encoding="utf-8") as record:
        record.write("person:doe-jane a ckg:Person .\n")
    with pytest.raises(SourceError) as error:
        read(root)
    assert "no file describes" not in str(error.value)
