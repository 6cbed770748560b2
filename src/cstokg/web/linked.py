"""JSON-LD for the head of a page: what the entity itself is said to be."""

import json
from collections.abc import Mapping

from markupsafe import Markup

from cstokg import namespaces
from cstokg.web.catalogue import Term
from cstokg.web.graph import Description

_ESCAPES = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}
_TYPE = namespaces.expand("rdf:type")


def script(description: Description) -> Markup:
    """The triples of an entity as JSON-LD 1.1, safe inside a script element."""
    context: dict[str, str] = {}
    document: dict[str, object] = {}
    for predicate, terms in description.triples.get(description.iri, {}).items():
        key = "@type" if predicate == _TYPE else _short(predicate, context)
        values = [
            _short(term.value, context) if key == "@type" else _value(term, context)
            for term in sorted(terms, key=lambda term: term.order)
        ]
        document[key] = values[0] if len(values) == 1 else values
    whole = {
        "@context": dict(sorted(context.items())),
        "@id": description.iri,
        **dict(sorted(document.items())),
    }
    return Markup(_escaped(whole))  # noqa: S704 - every character that HTML reads is escaped


def _escaped(document: Mapping[str, object]) -> str:
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    for character, escape in _ESCAPES.items():
        text = text.replace(character, escape)
    return text


def _short(iri: str, context: dict[str, str]) -> str:
    short = namespaces.shorten(iri)
    if short.startswith("<"):
        return iri
    prefix = short.partition(":")[0]
    context[prefix] = namespaces.PREFIXES[prefix]
    return short


def _value(term: Term, context: dict[str, str]) -> object:
    if term.is_iri:
        return {"@id": _short(term.value, context)}
    if term.kind == "bnode":
        return {"@id": f"_:{term.value}"}
    if term.language:
        return {"@language": term.language, "@value": term.value}
    return {"@type": _short(term.datatype, context), "@value": term.value} if term.datatype else term.value
