"""Statements for Wikidata as files: commands for the tool QuickStatements, and Wikidata's RDF model."""

from collections.abc import Iterable
from datetime import date
from types import MappingProxyType

from rdflib import PROV, RDF, XSD, Graph, Literal, URIRef

from cstokg.build.wikidata.wikidata_statements import (
    DAY,
    MONTH,
    URL,
    Item,
    Snak,
    Statement,
    Text,
    Time,
    Value,
)
from cstokg.build.writers import turtle_writer

_WIKIDATA = "http://www.wikidata.org/"
PREFIXES = MappingProxyType(
    {
        "p": f"{_WIKIDATA}prop/",
        "pq": f"{_WIKIDATA}prop/qualifier/",
        "pqv": f"{_WIKIDATA}prop/qualifier/value/",
        "pr": f"{_WIKIDATA}prop/reference/",
        "prv": f"{_WIKIDATA}prop/reference/value/",
        "ps": f"{_WIKIDATA}prop/statement/",
        "wd": f"{_WIKIDATA}entity/",
        "wikibase": "http://wikiba.se/ontology#",
    }
)
_GREGORIAN = URIRef(f"{_WIKIDATA}entity/Q1985727")


def quickstatements(statements: Iterable[Statement]) -> str:
    """Return a QuickStatements V1 command for each statement; without comments, which not every reader knows.

    See https://www.wikidata.org/wiki/Help:QuickStatements. The tool divides commands at ``||`` and their
    columns at ``|`` wherever these stand, and knows no escape. So a bar in an address is percent-encoded;
    titles with one are in no reference.
    """
    return "".join(f"{_command(statement)}\n" for statement in statements)


def _command(statement: Statement) -> str:
    columns = [statement.subject.qid, statement.property, _value(statement.value)]
    for name, value in statement.qualifiers:
        columns += [name, _value(value)]
    for name, value in statement.reference:
        columns += [f"S{name[1:]}", _value(value)]
    return "\t".join(columns)


def _value(value: Value) -> str:
    if isinstance(value, Item):
        return value.qid
    if isinstance(value, Time):
        month = value.day.month if value.precision >= MONTH else 0
        day = value.day.day if value.precision == DAY else 0
        return f"+{value.day.year:04}-{month:02}-{day:02}T00:00:00Z/{value.precision}"
    if isinstance(value, Text):
        return f'{value.language}:"{value.text}"'
    return f'"{value.replace("|", "%7C")}"'


def turtle(statements: Iterable[Statement]) -> str:
    """Return the statements in Wikidata's RDF model, as Turtle."""
    return turtle_writer.write(graph(statements), PREFIXES)


def graph(statements: Iterable[Statement]) -> Graph:
    """Return the statements as triples: https://www.mediawiki.org/wiki/Wikibase/Indexing/RDF_Dump_Format.

    Items and properties are Wikidata's; statements, references and values have IRIs of ours, below those of
    the record and the article that they come from.
    """
    result = Graph(bind_namespaces="none")
    for statement in statements:
        node = URIRef(f"{statement.record}/wikidata/{_name(statement.article)}/{statement.property}")
        reference = URIRef(f"{statement.article}/wikidata/reference")
        result.add((_term(statement.subject), _iri("p", statement.property), node))
        result.add((node, RDF.type, _iri("wikibase", "Statement")))
        result.add((node, _iri("wikibase", "rank"), _iri("wikibase", "NormalRank")))
        result.add((node, _iri("ps", statement.property), _term(statement.value)))
        result.add((node, PROV.wasDerivedFrom, reference))
        result.add((reference, RDF.type, _iri("wikibase", "Reference")))
        for part in statement.qualifiers:
            _add(result, node, part, "pq", "pqv")
        for part in statement.reference:
            _add(result, reference, part, "pr", "prv")
    return result


def _add(result: Graph, node: URIRef, part: Snak, simple: str, full: str) -> None:
    """Add the simple value of a property, and for a time also the full one, which has the precision."""
    name, value = part
    term = URIRef(value) if name == URL and isinstance(value, str) else _term(value)
    result.add((node, _iri(simple, name), term))
    if isinstance(value, Time):
        value_node = URIRef(f"{node}/{name}")
        result.add((node, _iri(full, name), value_node))
        result.add((value_node, RDF.type, _iri("wikibase", "TimeValue")))
        result.add((value_node, _iri("wikibase", "timeValue"), term))
        precision = Literal(str(value.precision), datatype=XSD.integer)
        result.add((value_node, _iri("wikibase", "timePrecision"), precision))
        result.add((value_node, _iri("wikibase", "timeCalendarModel"), _GREGORIAN))


def _term(value: Value) -> URIRef | Literal:
    if isinstance(value, Item):
        return _iri("wd", value.qid)
    if isinstance(value, Time):
        # A month or a year is written as its first day, as Wikidata does.
        month = value.day.month if value.precision >= MONTH else 1
        day = date(value.day.year, month, value.day.day if value.precision == DAY else 1)
        return Literal(f"{day.isoformat()}T00:00:00Z", datatype=XSD.dateTime, normalize=False)
    return Literal(value.text, lang=value.language) if isinstance(value, Text) else Literal(value)


def _iri(prefix: str, local: str) -> URIRef:
    return URIRef(PREFIXES[prefix] + local)


def _name(article: URIRef) -> str:
    return str(article).rpartition("/")[2]
