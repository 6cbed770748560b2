"""Tables for those who do not use RDF: one for each kind of thing, as CSV in a data package and as Parquet.

A row is a thing, a column a property under the name that the JSON-LD has, with a column for each language.
Ids are paths below id/, so that tables can be joined. What articles say of things is a table of its own.
"""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from arro3.core import Array, DataType, Field, Schema, list_array
from arro3.core import Table as ParquetTable
from arro3.io import write_parquet
from rdflib import DCTERMS, RDF, RDFS, SKOS, XSD, Graph, Literal, URIRef
from rdflib.term import Node

from cstokg import formats, namespaces, release
from cstokg.build.rdf_terms import iri_of
from cstokg.build.writers.jsonld_writer import VOCABULARIES, property_names
from cstokg.build.writers.turtle_writer import Subjects, Values, compact
from cstokg.build.written_testimonies import HAS_TESTIMONY

TEXT, DATE, INTEGER, NUMBER, BOOLEAN = "string", "date", "integer", "number", "boolean"

_EPOCH = date(1970, 1, 1).toordinal()
_PARQUET_TYPES = {
    TEXT: DataType.string(),
    DATE: DataType.date32(),
    INTEGER: DataType.int64(),
    NUMBER: DataType.float64(),
    BOOLEAN: DataType.bool(),
}

Value = str | date | int | float | bool
Cell = Value | Sequence[Value] | None

SEPARATOR = " | "  # of several values in a cell of CSV
BYTE_ORDER_MARK = b"\xef\xbb\xbf"  # without it Excel misreads Cyrillic letters

_VERSION = iri_of("dcat:version")
_OF = "testimonyOf"
_KINDS = frozenset((*namespaces.KINDS, "concept"))
_FIRST = (RDF.type, SKOS.prefLabel, RDFS.label, DCTERMS.title)
_TYPES = {
    XSD.boolean: BOOLEAN,
    XSD.date: DATE,
    XSD.decimal: NUMBER,
    XSD.double: NUMBER,
    XSD.integer: INTEGER,
    XSD.nonNegativeInteger: INTEGER,
}


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


def as_parquet(columns: Sequence[Column]) -> bytes:
    """Return a file that holds the columns, which are of one length."""
    arrays = [_lists(column) if column.many else _array(column.type, column.cells) for column in columns]
    fields = [
        Field(column.name, array.type, nullable=not column.many)
        for column, array in zip(columns, arrays, strict=True)
    ]
    content = io.BytesIO()
    table = ParquetTable.from_arrays(arrays, schema=Schema(fields))
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
    element = Field("element", _PARQUET_TYPES[column.type], nullable=False)
    return list_array(
        Array(ends, DataType.int32()),
        _array(column.type, [value for items in values for value in items]),
        type=DataType.list(element),
    )


def _array(type_: str, cells: Sequence[Cell]) -> Array:
    if type_ == DATE:  # arro3 does not convert Python's dates
        days = [cell.toordinal() - _EPOCH if isinstance(cell, date) else None for cell in cells]
        return Array(days, DataType.int32()).cast(DataType.date32())
    return Array(list(cells), _PARQUET_TYPES[type_])


@dataclass(frozen=True, slots=True)
class Table:
    """A table; ``properties`` holds the IRI of the property of each column that has one."""

    name: str
    columns: tuple[Column, ...]
    properties: Mapping[str, str]


def tables(subjects: Subjects) -> list[Table]:
    """Return a table for each kind of thing that has an IRI below id/, in alphabetical order."""
    by_kind: dict[str, list[Node]] = {}
    thing_of: dict[Node, Node] = {}
    for subject, properties in subjects.items():
        if (kind := _kind(subject)) and DCTERMS.isReplacedBy not in properties:
            by_kind.setdefault(kind, []).append(subject)
        thing_of |= dict.fromkeys(properties.get(HAS_TESTIMONY, ()), subject)
    names = property_names({name for properties in subjects.values() for name in properties})
    return [
        Table(kind, *_columns({subject: subjects[subject] for subject in things}, names, thing_of))
        for kind, things in sorted(by_kind.items())
    ]


def _kind(subject: Node) -> str:
    iri = str(subject)
    if isinstance(subject, URIRef) and iri.startswith(namespaces.ID) and "/" in iri[len(namespaces.ID) :]:
        if "/testimony/" in iri:
            return "testimony"
        kind = "span" if namespaces.parse_span(iri) else iri[len(namespaces.ID) :].partition("/")[0]
        return kind if kind == "span" or kind in _KINDS else ""
    return ""


def _columns(
    things: Subjects, names: Mapping[Node, str], thing_of: Mapping[Node, Node]
) -> tuple[tuple[Column, ...], Mapping[str, str]]:
    columns = [Column("id", TEXT, False, [_id(thing) for thing in things])]
    if any(thing in thing_of for thing in things):
        of = [_id(thing_of[thing]) if thing in thing_of else None for thing in things]
        columns.append(Column(_OF, TEXT, False, of))
    properties: dict[str, str] = {}
    predicates = dict.fromkeys(name for of_thing in things.values() for name in of_thing)
    for predicate in sorted(predicates, key=lambda name: (_rank(name), names[name])):
        if predicate == HAS_TESTIMONY:
            continue
        cells = [of_thing.get(predicate, []) for of_thing in things.values()]
        if predicate == RDF.type:
            columns.append(_types_column(cells))
            continue
        for column in _of_property(names[predicate], cells):
            columns.append(column)
            properties[column.name] = str(predicate)
    return tuple(columns), properties


def _rank(predicate: Node) -> int:
    return _FIRST.index(predicate) if predicate in _FIRST else len(_FIRST)


def _types_column(cells: Sequence[Sequence[Node]]) -> Column:
    names = [[_id(node).removeprefix("ckg:") for node in nodes] for nodes in cells]
    return Column("type", TEXT, True, names)


def _of_property(name: str, cells: Sequence[Sequence[Node]]) -> Iterator[Column]:
    """Return the columns of a property: one for each language of its values, and one for the others."""
    by_language: dict[str, list[list[Node]]] = {}
    for place, nodes in enumerate(cells):
        for node in nodes:
            language = (node.language or "") if isinstance(node, Literal) else ""
            if language not in by_language:
                by_language[language] = [[] for _ in cells]
            by_language[language][place].append(node)
    for language, parts in sorted(by_language.items()):
        many = any(len(part) > 1 for part in parts)
        type_, values = _typed(parts)
        yield Column(
            f"{name}_{language}" if language else name,
            type_,
            many,
            values if many else [part[0] if part else None for part in values],
        )


def _typed(cells: Sequence[Sequence[Node]]) -> tuple[str, list[list[Value]]]:
    """Return the type that all values have, and the values; texts if one is not what its datatype says."""
    types = {
        _TYPES.get(node.datatype, TEXT) if isinstance(node, Literal) and node.datatype else TEXT
        for nodes in cells
        for node in nodes
    }
    type_ = types.pop() if len(types) == 1 else TEXT
    try:
        return type_, [[_value(node, type_) for node in nodes] for nodes in cells]
    except ValueError:
        return TEXT, [[_value(node, TEXT) for node in nodes] for nodes in cells]


def _value(node: Node, type_: str) -> Value:
    text = str(node)
    if type_ == DATE:
        return date.fromisoformat(text)
    if type_ == INTEGER:
        return _in_64_bits(int(text))
    if type_ == NUMBER:
        return float(text)
    if type_ == BOOLEAN:
        return text in ("true", "1")
    return text if isinstance(node, Literal) else _id(node)


def _in_64_bits(number: int) -> int:
    if not -(1 << 63) <= number < 1 << 63:
        raise ValueError(number)
    return number


def _id(node: Node) -> str:
    """Return an IRI below id/ as its path, one of a vocabulary with its prefix, and others in full."""
    iri = str(node)
    if iri.startswith(namespaces.ID):
        return iri.removeprefix(namespaces.ID)
    short = compact(iri, {}) or ""
    return short if short.partition(":")[0] in VOCABULARIES else iri


def write_csv(table: Table) -> bytes:
    """Return a table as CSV (RFC 4180); several values of a cell are separated."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([column.name for column in table.columns])
    columns = [map(_cell, column.cells) for column in table.columns]
    writer.writerows(zip(*columns, strict=True))
    return BYTE_ORDER_MARK + text.getvalue().encode()


def _cell(cell: Cell) -> str:
    texts = (str(value).lower() if isinstance(value, bool) else str(value) for value in values_of(cell))
    return SEPARATOR.join(texts)


def write_package(tables: Iterable[Table], files: Mapping[str, bytes], dataset: Values) -> bytes:
    """Return the descriptor of a Frictionless data package of the CSV files, which lie beside it.

    Args:
        tables: the tables.
        files: the contents of the CSV files, by name.
        dataset: what is said of the dataset.
    """
    package: dict[str, object] = {
        "profile": "tabular-data-package",
        "name": "csto-kg",
        "id": namespaces.DATASET,
        "homepage": namespaces.BASE,
        **{
            member: text
            for member, predicate in (
                ("title", DCTERMS.title),
                ("description", DCTERMS.description),
                ("version", _VERSION),
            )
            if (text := _english(dataset.get(predicate, ())))
        },
        "licenses": [{"path": str(licence)} for licence in dataset.get(DCTERMS.license, ())],
        "resources": [_resource(table, files[f"{release.CSV}{table.name}.csv"]) for table in tables],
    }
    if not package["licenses"]:
        del package["licenses"]
    return f"{json.dumps(package, ensure_ascii=False, indent=2)}\n".encode()


def _english(nodes: Iterable[Node]) -> str:
    texts = (str(node) for node in nodes if isinstance(node, Literal) and node.language in (None, "en"))
    return next(texts, "")


def _resource(table: Table, content: bytes) -> dict[str, object]:
    return {
        "profile": "tabular-data-resource",
        "name": table.name,
        "path": f"{table.name}.csv",
        "format": "csv",
        "mediatype": formats.CSV,
        "encoding": "utf-8",
        "bytes": len(content),
        "hash": f"sha256:{release.sha256(content)}",
        "dialect": {"delimiter": ",", "lineTerminator": "\r\n", "quoteChar": '"', "doubleQuote": True},
        "schema": {
            "fields": [_field(column, table.properties.get(column.name)) for column in table.columns],
            "primaryKey": "id",
            "missingValues": [""],
        },
    }


def _field(column: Column, property_: str | None) -> dict[str, object]:
    field: dict[str, object] = {"name": column.name, "type": TEXT if column.many else column.type}
    if column.name == "id":
        field["constraints"] = {"required": True, "unique": True}
    if property_:
        field["rdfProperty"] = property_
    if column.many:
        field["description"] = f"Several values are separated by {SEPARATOR!r}."
    return field


def write_triples(graphs: Mapping[str, Graph]) -> bytes:
    """Return the triples of named graphs as Parquet, in the order of their terms."""
    rows = sorted(
        (name, *map(str, triple[:2]), *_parts(triple[2]))
        for name, graph in graphs.items()
        for triple in graph
    )
    names = ("graph", "subject", "predicate", "object", "objectKind", "datatype", "language")
    columns = zip(*rows, strict=True) if rows else ([] for _ in names)
    return as_parquet(
        [
            Column(name, TEXT, False, [cell or None for cell in cells] if name in names[5:] else list(cells))
            for name, cells in zip(names, columns, strict=True)
        ]
    )


def _parts(node: Node) -> tuple[str, str, str, str]:
    if isinstance(node, Literal):
        datatype = RDF.langString if node.language else node.datatype or XSD.string
        return str(node), "literal", str(datatype), node.language or ""
    return str(node), "iri" if isinstance(node, URIRef) else "blank", "", ""
