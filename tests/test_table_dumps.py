"""The tables hold what the graph holds; they are a valid data package, and engines read their Parquet."""

import csv
import json
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import duckdb
import pyarrow
import pyarrow.parquet
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rdflib import RDF, SKOS, XSD, Literal, URIRef
from rdflib.term import Node

from cstokg import namespaces
from cstokg.build.sources import Sources
from cstokg.build.writers import table_dumps
from cstokg.build.writers.table_dumps import BOOLEAN, DATE, INTEGER, NUMBER, SEPARATOR, TEXT, Column, Value
from cstokg.release import Release

CKG = namespaces.CKG

VALUES: dict[str, st.SearchStrategy[Value]] = {
    TEXT: st.text(max_size=4),
    DATE: st.dates(),
    INTEGER: st.integers(-(1 << 63), (1 << 63) - 1),
    NUMBER: st.floats(allow_nan=False),
    BOOLEAN: st.booleans(),
}


@pytest.fixture(scope="module")
def package(release: Release) -> Path:
    """Return the descriptor of the data package of the release."""
    return release.folder / "csv" / "datapackage.json"


def rows(path: Path) -> list[dict[str, str]]:
    """Return the rows of a CSV file, by column."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_data_package_is_valid(package: Path) -> None:
    import frictionless  # here: each process imports all tests, and this takes long

    report = frictionless.validate(str(package))
    assert report.valid, report.flatten(["name", "rowNumber", "fieldName", "note"])
    assert len(report.tasks) > 25


def test_data_package_says_what_the_dataset_says(package: Path, release: Release) -> None:
    descriptor = json.loads(package.read_text(encoding="utf-8"))
    assert descriptor["version"] == release.number
    assert descriptor["title"] == "Meetings of the CSTO Council of Foreign Ministers"
    assert descriptor["licenses"] == [{"path": "https://creativecommons.org/publicdomain/zero/1.0/"}]
    for resource in descriptor["resources"]:
        assert resource["hash"] == f"sha256:{release.files['csv/' + resource['path']]}"
        assert resource["bytes"] == (package.parent / resource["path"]).stat().st_size


def test_every_thing_is_in_the_table_of_its_kind(package: Path, sources: Sources) -> None:
    data = sources.data()
    for name, class_ in (("person", "Person"), ("meeting", "Meeting"), ("statement", "Statement")):
        classes = {URIRef(CKG + class_)} | ({URIRef(f"{CKG}HeldMeeting")} if name == "meeting" else set())
        ids = [row["id"] for row in rows(package.parent / f"{name}.csv")]
        expected = {str(thing) for each in classes for thing in data.subjects(RDF.type, each)}
        assert expected <= {namespaces.ID + id_ for id_ in ids}
        assert len(ids) == len(set(ids))


def test_cells_are_the_values(package: Path, sources: Sources) -> None:
    by_id = {row["id"]: row for row in rows(package.parent / "person.csv")}
    lavrov = by_id["person/lavrov-sergey"]
    assert (lavrov["type"], lavrov["prefLabel_en"], lavrov["prefLabel_ru"], lavrov["exactMatch"]) == (
        "Person",
        "Sergey Lavrov",
        "Сергей Лавров",
        "wd:Q58217",
    )
    meetings = {row["id"]: row for row in rows(package.parent / "meeting.csv")}
    graph = sources.data()
    for thing, day in graph.subject_objects(URIRef(f"{CKG}onDate")):
        if str(thing).startswith(f"{namespaces.ID}meeting/"):
            assert meetings[str(thing).removeprefix(namespaces.ID)]["onDate"] == str(day)


def test_what_articles_say_refers_to_the_things(package: Path) -> None:
    testimonies = rows(package.parent / "testimony.csv")
    assert all(row["id"].startswith(f"{row['testimonyOf']}/testimony/") for row in testimonies)
    spans = {row["id"] for row in rows(package.parent / "span.csv")}
    assert {span for row in testimonies for span in row["evidence"].split(SEPARATOR) if span} <= spans


def test_no_cell_is_a_formula_or_holds_the_separator(package: Path, release: Release) -> None:
    """Spreadsheets would compute a formula, and a separator inside a value could not be told from others."""
    for path in package.parent.glob("*.csv"):
        for row in rows(path):
            assert not any(cell[:1] in ("=", "+", "-", "@", "\t") for cell in row.values())
    for subject, predicate, node in tables_of(release):
        assert SEPARATOR not in node, (subject, predicate)


def tables_of(release: Release) -> list[tuple[str, str, str]]:
    """Return the triples of the release, as the table of them has them."""
    path = release.folder / "parquet" / "triples.parquet"
    found = duckdb.execute(f"SELECT subject, predicate, object FROM '{path}'").fetchall()  # noqa: S608 - a path
    return [(str(subject), str(predicate), str(node)) for subject, predicate, node in found]


def test_table_of_triples_has_all(release: Release) -> None:
    assert len(set(tables_of(release))) > release.counts["asserted"] + release.counts["inferred"]


def test_parquet_has_the_rows_of_csv(package: Path, release: Release) -> None:
    import pandas  # here: each process imports all tests, and this takes long

    for path in sorted(package.parent.glob("*.csv")):
        frame = pandas.read_csv(path, dtype=str, keep_default_na=False)
        parquet = release.folder / "parquet" / f"{path.stem}.parquet"
        relation = duckdb.execute(f"SELECT * FROM '{parquet}'")  # noqa: S608 - a path
        assert list(frame.columns) == [column[0] for column in relation.description or ()]
        assert [row[0] for row in relation.fetchall()] == list(frame["id"])


def test_a_column_has_the_type_of_all_its_values() -> None:
    """A value that is not what its datatype says makes texts of all."""
    number, day = URIRef(f"{CKG}number"), URIRef(f"{CKG}day")
    things: dict[Node, dict[Node, list[Node]]] = {
        URIRef(f"{namespaces.ID}event/{name}"): {
            number: [Literal(text, datatype=XSD.integer, normalize=False)],
            day: [Literal("2031-05-14", datatype=XSD.date)],
            SKOS.prefLabel: [Literal("One", lang="en"), Literal("Один", lang="ru")],
        }
        for name, text in (("a", "7"), ("b", "07"))
    }
    (table,) = table_dumps.tables(things)
    assert [(column.name, column.type, column.many) for column in table.columns] == [
        ("id", "string", False),
        ("prefLabel_en", "string", False),
        ("prefLabel_ru", "string", False),
        ("day", "date", False),
        ("number", "integer", False),
    ]
    things[URIRef(f"{namespaces.ID}event/a")][number] = [Literal("x", datatype=XSD.integer, normalize=False)]
    (table,) = table_dumps.tables(things)
    assert (table.columns[-1].type, list(table.columns[-1].cells)) == ("string", ["x", "07"])


def test_replaced_things_and_other_subjects_are_in_no_table() -> None:
    things: dict[Node, dict[Node, list[Node]]] = {
        URIRef(f"{namespaces.ID}person/former"): {
            URIRef(namespaces.expand("dcterms:isReplacedBy")): [URIRef(f"{namespaces.ID}person/new")]
        },
        URIRef(namespaces.DATASET): {RDF.type: [URIRef("urn:x")]},
        URIRef(f"{CKG}Person"): {RDF.type: [URIRef("urn:x")]},
    }
    assert table_dumps.tables(things) == []


def read(columns: Sequence[Column], path: Path) -> None:
    """Check that pyarrow finds the cells of the columns in the file that is written."""
    path.write_bytes(table_dumps.as_parquet(columns))
    table = pyarrow.parquet.read_table(path)
    for column in columns:
        cells = [list(cell) if isinstance(cell, list | tuple) else cell for cell in column.cells]
        assert table[column.name].to_pylist() == cells


@pytest.mark.parametrize("many", [False, True])
@pytest.mark.parametrize("type_", VALUES)
@settings(max_examples=40)
@given(data=st.data())
def test_pyarrow_reads_what_was_written(
    type_: str, many: bool, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    values = VALUES[type_]
    cells = data.draw(st.lists(st.lists(values, max_size=3) if many else st.none() | values, max_size=20))
    read([Column("cells", type_, many, cells)], tmp_path_factory.getbasetemp() / "x.parquet")


@pytest.mark.parametrize("rows", [0, 1, 7, 8, 9, 5000])
def test_tables_of_any_length_are_read(rows: int, tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    read(
        [
            Column("number", INTEGER, False, list(range(rows))),
            Column("text", TEXT, False, [f"Слово {row % 700}" if row % 3 else None for row in range(rows)]),
            Column("days", DATE, True, [[date(2031, 5, 14)] * (row % 3) for row in range(rows)]),
            Column("nothing", TEXT, False, [None] * rows),
        ],
        path,
    )
    query = f"SELECT COUNT(*), COUNT(text), SUM(LEN(days)), SUM(number) FROM '{path}'"  # noqa: S608 - a path
    assert duckdb.execute(query).fetchall() == [
        (
            rows,
            sum(1 for row in range(rows) if row % 3),
            sum(row % 3 for row in range(rows)) if rows else None,
            sum(range(rows)) if rows else None,
        )
    ]


def test_types_are_those_of_the_columns(tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    cells: dict[str, Value] = {TEXT: "a", DATE: date(1961, 4, 12), INTEGER: -1, NUMBER: 0.5, BOOLEAN: True}
    read([Column(type_, type_, False, [cell]) for type_, cell in cells.items()], path)
    assert [str(field.type) for field in pyarrow.parquet.read_schema(path)] == [
        "string",
        "date32[day]",
        "int64",
        "double",
        "bool",
    ]
