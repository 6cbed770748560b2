"""Read results with parsers that are not the engine's, as terms that compare whatever the format was."""

import csv
import io
import json
import xml.etree.ElementTree as ElementTree
from typing import Any

import pyoxigraph as ox

Term = tuple[Any, ...]
Row = dict[str, Term]

XSD_STRING = "http://www.w3.org/2001/XMLSchema#string"
_SPARQL = "{http://www.w3.org/2005/sparql-results#}"
_XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_DIRECTION = "{http://www.w3.org/2005/11/its}dir"
_PARTS = ("subject", "predicate", "object")
BLANK: Term = ("bnode",)


def uri(iri: str) -> Term:
    """Return an IRI."""
    return ("uri", iri)


def literal(text: str, language: str = "", direction: str = "", datatype: str = "") -> Term:
    """Return a literal; one without datatype or language is a string."""
    return ("literal", text, language, direction, "" if datatype == XSD_STRING or language else datatype)


def triple(subject: Term, predicate: Term, object_: Term) -> Term:
    """Return a triple term."""
    return ("triple", subject, predicate, object_)


def turtle(term: Term) -> str:
    """Return a term as N-Triples has it, with every character escaped that may be."""
    if term[0] == "uri":
        return f"<{term[1]}>"
    if term[0] == "bnode":
        return "_:b"
    if term[0] == "triple":
        return f"<<( {' '.join(map(turtle, term[1:]))} )>>"
    _, text, language, direction, datatype = term
    quoted = '"' + "".join(f"\\U{ord(character):08X}" for character in text) + '"'
    if language:
        return f"{quoted}@{language}" + (f"--{direction}" if direction else "")
    return f"{quoted}^^<{datatype}>" if datatype else quoted


def rows(body: bytes, media_type: str) -> tuple[list[str], list[Row]]:
    """Return the columns and rows of a table in JSON, XML or TSV; what is unbound is missing in a row."""
    if media_type.endswith("json"):
        document = json.loads(body)
        bindings = document["results"]["bindings"]
        return document["head"]["vars"], [
            {name: _of_json(term) for name, term in row.items()} for row in bindings
        ]
    if media_type.endswith("xml"):
        root = ElementTree.fromstring(body)
        names = [variable.get("name", "") for variable in root.iter(f"{_SPARQL}variable")]
        found = [
            {binding.get("name", ""): _of_xml(binding[0]) for binding in result}
            for result in root.iter(f"{_SPARQL}result")
        ]
        return names, found
    assert media_type == "text/tab-separated-values"
    read = ox.parse_query_results(body, format=ox.QueryResultsFormat.TSV)
    assert isinstance(read, ox.QuerySolutions)
    names = [variable.value for variable in read.variables]
    return names, [
        {name: of_oxigraph(term) for name, term in zip(names, solution, strict=True) if term is not None}
        for solution in read
    ]


def cells(body: bytes) -> list[list[str]]:
    """Return the lines of CSV, the first of which names the columns."""
    csv.field_size_limit(10_000_000)
    return list(csv.reader(io.StringIO(body.decode("utf-8-sig"), newline="")))


def boolean(body: bytes, media_type: str) -> bool:
    """Return the answer to an ASK."""
    if media_type.endswith("json"):
        return bool(json.loads(body)["boolean"])
    if media_type.endswith("xml"):
        found = ElementTree.fromstring(body).find(f"{_SPARQL}boolean")
        assert found is not None
        return found.text == "true"
    return body.strip() == b"true"


def of_oxigraph(term: Any) -> Term:
    """Return a term of pyoxigraph."""
    if isinstance(term, ox.NamedNode):
        return uri(term.value)
    if isinstance(term, ox.BlankNode):
        return BLANK
    if isinstance(term, ox.Triple):
        return triple(of_oxigraph(term.subject), of_oxigraph(term.predicate), of_oxigraph(term.object))
    direction = str(term.direction.value) if term.direction else ""
    return literal(term.value, term.language or "", direction, term.datatype.value)


def _of_json(term: dict[str, Any]) -> Term:
    kind, value = term["type"], term["value"]
    if kind == "triple":
        return triple(*(_of_json(value[part]) for part in _PARTS))
    if kind == "bnode":
        return BLANK
    if kind == "uri":
        return uri(value)
    assert kind == "literal"
    return literal(value, term.get("xml:lang", ""), term.get("its:dir", ""), term.get("datatype", ""))


def _of_xml(element: ElementTree.Element) -> Term:
    kind, text = element.tag.removeprefix(_SPARQL), element.text or ""
    if kind == "triple":
        return triple(*(_of_xml(element.find(f"{_SPARQL}{part}")[0]) for part in _PARTS))  # type: ignore[index]
    if kind == "bnode":
        return BLANK
    if kind == "uri":
        return uri(text)
    assert kind == "literal"
    return literal(text, element.get(_XML_LANG, ""), element.get(_DIRECTION, ""), element.get("datatype", ""))
