"""Write a table as Apache Parquet: https://github.com/apache/parquet-format.

One row group without compression, so that the bytes depend on the table alone; texts by dictionary. A
library for this takes a hundred megabytes, and writes its own version into each file.
"""

import struct
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

TEXT, DATE, INTEGER, NUMBER, BOOLEAN = "string", "date", "integer", "number", "boolean"

_MAGIC = b"PAR1"
_CREATED_BY = "cstokg"
_EPOCH = date(1970, 1, 1).toordinal()
_REQUIRED, _OPTIONAL, _REPEATED = 0, 1, 2
_PLAIN, _RLE, _RLE_DICTIONARY = 0, 3, 8
_DATA_PAGE, _DICTIONARY_PAGE = 0, 2
_LIST = 3  # as a converted type
_BYTES = 6  # as a physical type
# By type: the physical type, the converted type and the field of the logical type, if there are any.
_TYPES: dict[str, tuple[int, int | None, int | None]] = {
    TEXT: (_BYTES, 0, 1),
    DATE: (1, 6, 6),
    INTEGER: (2, None, None),
    NUMBER: (5, None, None),
    BOOLEAN: (0, None, None),
}
_PACKED = {DATE: "i", INTEGER: "q", NUMBER: "d"}

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
    content = bytearray(_MAGIC)
    chunks = []
    for column in columns:
        start = len(content)
        pages, parts = _pages(column)
        content += b"".join(pages)
        size = len(content) - start
        data_page = start + sum(map(len, pages[:-1]))
        is_text = column.type == TEXT
        path = [column.name, "list", "element"] if column.many else [column.name]
        metadata = _struct(
            (1, _TYPES[column.type][0]),
            (2, [_PLAIN, _RLE, _RLE_DICTIONARY] if is_text else [_PLAIN, _RLE]),
            (3, path),
            (4, 0),
            (5, _Long(parts)),
            (6, _Long(size)),
            (7, _Long(size)),
            (9, _Long(data_page)),
            (11, _Long(start) if is_text else None),
        )
        chunks.append(_struct((2, _Long(start)), (3, metadata)))
    rows = len(columns[0].cells) if columns else 0
    group = _struct((1, chunks), (2, _Long(len(content) - len(_MAGIC))), (3, _Long(rows)))
    schema = [_element("schema", children=len(columns))]
    for column in columns:
        schema += _elements(column)
    footer = _struct((1, 2), (2, schema), (3, _Long(rows)), (4, [group]), (6, _CREATED_BY)).content
    return bytes(content) + footer + struct.pack("<I", len(footer)) + _MAGIC


def _elements(column: Column) -> Iterator["_Struct"]:
    """Give the elements of the schema that are a column: one, or the three of a list."""
    physical, converted, logical = _TYPES[column.type]
    if column.many:
        yield _element(column.name, _REQUIRED, children=1, converted=_LIST, logical=3)
        yield _element("list", _REPEATED, children=1)
        yield _element("element", _REQUIRED, physical, converted=converted, logical=logical)
    else:
        yield _element(column.name, _OPTIONAL, physical, converted=converted, logical=logical)


def _element(
    name: str,
    repetition: int | None = None,
    physical: int | None = None,
    *,
    children: int | None = None,
    converted: int | None = None,
    logical: int | None = None,
) -> "_Struct":
    kind = _struct((logical, _struct())) if logical else None
    return _struct((1, physical), (3, repetition), (4, name), (5, children), (6, converted), (10, kind))


def _pages(column: Column) -> tuple[list[bytes], int]:
    """Return the pages of a column, the one with the values last, and how many parts that has.

    A part is a value, or says that a cell has none.
    """
    repetitions: list[int] = []
    definitions: list[int] = []
    values: list[Value] = []
    for cell in column.cells:
        items = values_of(cell)
        values += items
        repetitions += [0, *[1] * (len(items) - 1)]
        definitions += [1] * len(items) or [0]
    levels = (_levels(repetitions) if column.many else b"") + _levels(definitions)
    pages = []
    if column.type == TEXT:
        numbers: dict[Value, int] = {}
        indexes = [numbers.setdefault(value, len(numbers)) for value in values]
        texts = [str(text).encode() for text in numbers]
        entries = b"".join(struct.pack("<I", len(text)) + text for text in texts)
        header = _struct((1, len(texts)), (2, _PLAIN))
        pages.append(_page(_DICTIONARY_PAGE, entries, (7, header)))
        body, encoding = _packed_indexes(indexes, len(texts)), _RLE_DICTIONARY
    else:
        body, encoding = _plain(column.type, values), _PLAIN
    header = _struct((1, len(definitions)), (2, encoding), (3, _RLE), (4, _RLE))
    pages.append(_page(_DATA_PAGE, levels + body, (5, header)))
    return pages, len(definitions)


def values_of(cell: Cell) -> Sequence[Value]:
    """Return the values in a cell."""
    if cell is None:
        return ()
    return (cell,) if isinstance(cell, str | date | int | float) else cell


def _page(type_: int, body: bytes, header: tuple[int, "_Struct"]) -> bytes:
    return _struct((1, type_), (2, len(body)), (3, len(body)), header).content + body


def _plain(type_: str, values: Sequence[Value]) -> bytes:
    if type_ == BOOLEAN:
        return _packed_bits([int(bool(value)) for value in values], 1)
    numbers = [value.toordinal() - _EPOCH if isinstance(value, date) else value for value in values]
    return struct.pack(f"<{len(numbers)}{_PACKED[type_]}", *numbers)


def _levels(levels: Iterable[int]) -> bytes:
    """Return levels of 0 and 1 as runs, with their length in bytes before them."""
    runs = ((level, sum(1 for _ in run)) for level, run in groupby(levels))
    content = b"".join(_varint(count << 1) + bytes([level]) for level, count in runs)
    return struct.pack("<I", len(content)) + content


def _packed_indexes(indexes: Sequence[int], count: int) -> bytes:
    """Return indexes below a count as one bit-packed run, with their width before them."""
    width = max(1, (count - 1).bit_length())
    groups = -(-len(indexes) // 8)
    return bytes([width]) + _varint(groups << 1 | 1) + _packed_bits(indexes, width, groups * width)


def _packed_bits(numbers: Sequence[int], width: int, size: int | None = None) -> bytes:
    """Return numbers of some bits each, the lowest bits first, in as many bytes as they need or as given."""
    eights = (
        sum(number << place * width for place, number in enumerate(numbers[start : start + 8])).to_bytes(
            width, "little"
        )
        for start in range(0, len(numbers), 8)
    )
    needed = -(-len(numbers) * width // 8) if size is None else size
    return b"".join(eights)[:needed]


# Thrift's compact protocol.


@dataclass(frozen=True, slots=True)
class _Struct:
    content: bytes


@dataclass(frozen=True, slots=True)
class _Long:
    number: int


_Field = int | _Long | str | _Struct | Sequence[int] | Sequence[str] | Sequence[_Struct]


def _struct(*fields: tuple[int, _Field | None]) -> _Struct:
    """Return a struct of fields in ascending order; those without a value are left out."""
    content = bytearray()
    last = 0
    for number, value in fields:
        if value is not None:
            type_, encoded = _encoded(value)
            content.append(number - last << 4 | type_)
            content += encoded
            last = number
    return _Struct(bytes(content) + b"\0")


def _encoded(value: _Field) -> tuple[int, bytes]:
    """Return the type of a value in this protocol, and its bytes."""
    if isinstance(value, int):
        return 5, _varint(value << 1)
    if isinstance(value, _Long):
        return 6, _varint(value.number << 1)
    if isinstance(value, str):
        text = value.encode()
        return 8, _varint(len(text)) + text
    if isinstance(value, _Struct):
        return 12, value.content
    items = [_encoded(item) for item in value]
    type_ = items[0][0] if items else 12
    few = 15
    head = (
        bytes([len(items) << 4 | type_]) if len(items) < few else bytes([0xF0 | type_]) + _varint(len(items))
    )
    return 9, head + b"".join(content for _, content in items)


def _varint(number: int) -> bytes:
    content = bytearray()
    while number > 0x7F:
        content.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*content, number])
