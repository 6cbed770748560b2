"""What is written as Parquet is what two readers of other makes find in it."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import duckdb
import pyarrow
import pyarrow.parquet
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cstokg.build.writers import parquet_writer
from cstokg.build.writers.parquet_writer import BOOLEAN, DATE, INTEGER, NUMBER, TEXT, Column, Value

VALUES: dict[str, st.SearchStrategy[Value]] = {
    TEXT: st.text(max_size=4),
    DATE: st.dates(),
    INTEGER: st.integers(-(1 << 63), (1 << 63) - 1),
    NUMBER: st.floats(allow_nan=False),
    BOOLEAN: st.booleans(),
}


def read(columns: Sequence[Column], path: Path) -> None:
    """Check that pyarrow finds the cells of the columns in the file that is written."""
    path.write_bytes(parquet_writer.write(columns))
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
