"""Write a table as Apache Parquet, by arro3: the bytes depend on the table and on arro3's version alone."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from arro3.core import Array, DataType, Field, Schema, Table, list_array
from arro3.io import write_parquet

TEXT, DATE, INTEGER, NUMBER, BOOLEAN = "string", "date", "integer", "number", "boolean"

_EPOCH = date(1970, 1, 1).toordinal()
_TYPES = {
    TEXT: DataType.string(),
    DATE: DataType.date32(),
    INTEGER: DataType.int64(),
    NUMBER: DataType.float64(),
    BOOLEAN: DataType.bool(),
}

Value = str | date | int | float | bool
Cell = Value | Sequence[Value] | None


@dataclass(frozen=True, slots=True)
class Column:
    """A column.

    Attributes:
        name: its name.
        type: one of the types of this module.
        many: whether each cell is a list.
        cells: the cells; lists of values, or values and ``None``.
    """

    name: str
    type: str
    many: bool
    cells: Sequence[Cell]


def write(columns: Sequence[Column]) -> bytes:
    """Return a file that holds the columns, which are of one length."""
    arrays = [_lists(column) if column.many else _array(column.type, column.cells) for column in columns]
    fields = [
        Field(column.name, array.type, nullable=not column.many)
        for column, array in zip(columns, arrays, strict=True)
    ]
    content = io.BytesIO()
    table = Table.from_arrays(arrays, schema=Schema(fields))
    write_parquet(table, content, compression="zstd(9)", created_by="cstokg", skip_arrow_metadata=True)
    return content.getvalue()


def values_of(cell: Cell) -> Sequence[Value]:
    """Return the values in a cell."""
    if cell is None:
        return ()
    return (cell,) if isinstance(cell, str | date | int | float) else cell


def _lists(column: Column) -> Array:
    values = [values_of(cell) for cell in column.cells]
    ends = [0]
    for items in values:
        ends.append(ends[-1] + len(items))
    element = Field("element", _TYPES[column.type], nullable=False)
    return list_array(
        Array(ends, DataType.int32()),
        _array(column.type, [value for items in values for value in items]),
        type=DataType.list(element),
    )


def _array(type_: str, cells: Sequence[Cell]) -> Array:
    if type_ == DATE:  # arro3 makes no days from those of Python
        days = [cell.toordinal() - _EPOCH if isinstance(cell, date) else None for cell in cells]
        return Array(days, DataType.int32()).cast(DataType.date32())
    return Array(list(cells), _TYPES[type_])
