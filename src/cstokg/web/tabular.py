"""Answers for programs that know no SPARQL."""

import json

from cstokg import namespaces

_NUMBERS = frozenset(namespaces.PREFIXES["xsd"] + name for name in ("decimal", "double", "float", "integer"))


def objects(results: bytes) -> dict[str, object]:
    """SPARQL 1.1 Query Results JSON as plain objects: columns and rows, or yes or no.

    Numbers are JSON numbers, all else is text; what is not known is null.
    """
    document = json.loads(results)
    if "boolean" in document:
        return {"boolean": document["boolean"]}
    columns = document["head"]["vars"]
    rows = [
        {name: _value(binding[name]) if name in binding else None for name in columns}
        for binding in document["results"]["bindings"]
    ]
    return {"columns": columns, "rows": rows}


def _value(term: dict[str, str]) -> object:
    datatype = term.get("datatype", "")
    if datatype in _NUMBERS:
        try:
            return json.loads(term["value"].removeprefix("+"))
        except ValueError:
            return term["value"]
    if datatype == f"{namespaces.PREFIXES['xsd']}boolean":
        return term["value"] in ("true", "1")
    return term["value"]
