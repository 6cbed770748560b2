"""Write a graph as RDF/XML: one element per subject, in reading order, with our prefixes.

pyoxigraph's writer leaves out what XML needs: it writes control characters that no reader accepts,
carriage returns that readers turn into line feeds, and element names that are not names. rdflib's
misname ``rdf:lang`` under some prefixes.
"""

import re
from functools import lru_cache
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

from rdflib import RDF, BNode, Literal
from rdflib.term import Node

from cstokg import namespaces
from cstokg.build.rdf_terms import Triple
from cstokg.build.writers.turtle_writer import Subjects, ordered

# By their namespaces, the longest first.
_PREFIXES = {
    namespace: prefix
    for prefix, namespace in sorted(namespaces.PREFIXES.items(), key=lambda item: -len(item[1]))
}
# What begins after the last of these characters may be an XML name.
_PUNCTUATION = ":/?#[]@!$&'()*+,;=%~"
_ASCII_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")
_BLANK = re.compile(r"\s")  # IRIs may have blanks outside ASCII; Python's reader of XML cuts names there
_XMLNS = "http://www.w3.org/2000/xmlns/"
_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# Section 7.2.2 of RDF/XML: names of its syntax and of its older versions.
_SYNTAX = {
    f"{RDF}{name}"
    for name in (
        "RDF",
        "ID",
        "about",
        "parseType",
        "resource",
        "nodeID",
        "datatype",
        "Description",
        "li",
        "aboutEach",
        "aboutEachPrefix",
        "bagID",
    )
}


def write(subjects: Subjects) -> str:
    """Return the triples, whose blank nodes have canonical names, as RDF/XML.

    For each triple ``problem`` must return ``None``.
    """
    used = {str(RDF): "rdf"}
    elements = []
    for subject, values in ordered(subjects).items():
        properties = [(predicate, node) for predicate, nodes in values.items() for node in nodes]
        name = _type_name(*properties[0], used)
        inner = [_property(*pair, used) for pair in properties[1 if name else 0 :]]
        name = name or "rdf:Description"
        elements.append(f"  <{name}{_reference(subject, 'about')}>\n{''.join(inner)}  </{name}>\n")
    declared = "".join(
        f"\n  xmlns:{prefix}={quoteattr(iri)}"
        for prefix, iri in sorted((prefix, iri) for iri, prefix in used.items())
    )
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<rdf:RDF{declared}>\n{"".join(elements)}</rdf:RDF>\n'


def problem(triple: Triple) -> str | None:
    """Return why RDF/XML cannot hold a triple, and the remedy; ``None`` if it can."""
    _, predicate, node = triple
    if str(predicate) in _SYNTAX:
        return "its predicate is a word of the syntax of RDF/XML. Use another predicate, or another format."
    if _BLANK.search(str(predicate)):
        return "its predicate has a blank, at which readers cut it. Use another predicate, or another format."
    if _split(str(predicate)) is None:
        return (
            "its predicate has no end that is an XML name: a letter or '_', then letters, digits, '-', '_' "
            "or '.'. Use another predicate, or another format."
        )
    if match := _NOT_IN_XML.search(str(node)):
        return (
            f"its object has the character U+{ord(match[0]):04X}, which XML does not allow. "
            "Remove the character, or use another format."
        )
    return None


def _type_name(predicate: Node, node: Node, used: dict[str, str]) -> str | None:
    if predicate != RDF.type or isinstance(node, BNode | Literal) or str(node) in _SYNTAX:
        return None
    return _qualified(str(node), used)


def _property(predicate: Node, node: Node, used: dict[str, str]) -> str:
    name = _qualified(str(predicate), used)
    if not isinstance(node, Literal):
        return f"    <{name}{_reference(node, 'resource')}/>\n"
    attribute = ""
    if node.language:
        attribute = f' xml:lang="{node.language}"'
    elif node.datatype:
        attribute = f" rdf:datatype={quoteattr(node.datatype)}"
    # A reader turns a carriage return into a line feed, but not a reference to one.
    text = escape(str(node), {"\r": "&#13;"})
    return f"    <{name}{attribute}>{text}</{name}>\n"


def _reference(node: Node, attribute: str) -> str:
    if isinstance(node, BNode):
        return f' rdf:nodeID="{node}"'
    return f" rdf:{attribute}={quoteattr(str(node))}"


def _qualified(iri: str, used: dict[str, str]) -> str | None:
    """Return the IRI as ``prefix:name`` and add its namespace to ``used``; ``None`` if it has no name."""
    parts = _split(iri)
    if parts is None:
        return None
    namespace, name = parts
    prefix = used.setdefault(namespace, _PREFIXES.get(namespace, f"ns{len(used)}"))
    return f"{prefix}:{name}"


@lru_cache(maxsize=1 << 14)
def _split(iri: str) -> tuple[str, str] | None:
    """Return a namespace and the XML name after it, or ``None`` if no end of the IRI is such a name."""
    if _BLANK.search(iri):
        return None
    for namespace in _PREFIXES:
        if iri.startswith(namespace) and _is_name(iri[len(namespace) :]):
            return namespace, iri[len(namespace) :]
    for start in range(max(map(iri.rfind, _PUNCTUATION)) + 1, len(iri)):
        if _is_name(iri[start:]) and iri[:start] != _XMLNS:
            return iri[:start], iri[start:]
    return None


def _is_name(text: str) -> bool:
    # Later editions of XML allow more names than expat, which many readers use.
    if text.isascii():
        return _ASCII_NAME.fullmatch(text) is not None
    try:
        expat.ParserCreate().Parse(f"<{text}/>", True)
    except expat.ExpatError:
        return False
    return ":" not in text
