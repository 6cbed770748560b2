"""Terms of results in JSON, written for readers."""

from typing import Any

from cstokg import namespaces

# As far as a line has to stay one line (RDF 1.2 Turtle, section 7.4).
_ESCAPES = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n", "\r": r"\r", "\t": r"\t"})


def in_turtle(term: dict[str, Any]) -> str:
    """A term as RDF 1.2 Turtle has it, its IRIs shortened by the project's prefixes.

    Args:
        term: as SPARQL 1.2 Query Results JSON Format, section 3.2.2, has it.
    """
    kind, value = term["type"], term["value"]
    if kind == "triple":
        return f"<<( {' '.join(in_turtle(value[part]) for part in ('subject', 'predicate', 'object'))} )>>"
    if kind == "uri":
        return namespaces.shorten(value)
    if kind == "bnode":
        return f"_:{value}"
    quoted = f'"{value.translate(_ESCAPES)}"'
    if language := term.get("xml:lang"):
        direction = term.get("its:dir")
        return f"{quoted}@{language}--{direction}" if direction else f"{quoted}@{language}"
    datatype = term.get("datatype")
    return f"{quoted}^^{namespaces.shorten(datatype)}" if datatype else quoted
