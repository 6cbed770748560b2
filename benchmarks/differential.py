"""Ask the corrected engine and rdflib the same queries over small data, and show where they differ.

A difference need not be our mistake, because rdflib makes mistakes too: compare each with SPARQL 1.1.
Usage: python benchmarks/differential.py [FILE of queries, one a line]
"""

import sys
from collections import Counter
from contextlib import suppress
from decimal import Decimal, InvalidOperation
from pathlib import Path

import pyoxigraph as ox
import rdflib
import rdflib.plugins.sparql

from cstokg.engine import query_text
from cstokg.engine.rewriting import corrections
from cstokg.errors import QueryError

PROLOGUE = (
    "PREFIX ex: <http://example.org/> PREFIX xsd: <http://www.w3.org/2001/XMLSchema#> "
    "PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> "
)
DATA = """
ex:a ex:p ex:b ; ex:q ex:b, ex:c ; ex:n 1 ; ex:list (1 2 3) . ex:b ex:p ex:c ; ex:n 2, 3.5 .
ex:c ex:loop ex:c . ex:m ex:mixed 1, "a", "b"@en, ex:z, 2.5e0, true, "2024-01-01"^^xsd:date .
ex:g1 ex:p ex:g2 .
ex:g1 { ex:a ex:p ex:b . ex:b ex:p ex:c ; ex:n 7 }
ex:g2 { ex:x ex:p ex:y . ex:a ex:q ex:z }
"""
Rows = Counter[frozenset[tuple[str, str]]]


def main() -> None:
    """Print each query whose answers differ, with both."""
    default = Path(__file__).with_name("differential.rq")
    queries = Path(sys.argv[1] if len(sys.argv) > 1 else default).read_text(encoding="utf-8").splitlines()
    rdflib.plugins.sparql.SPARQL_LOAD_GRAPHS = False
    store = ox.Store()
    store.load((PROLOGUE + DATA).encode(), format=ox.RdfFormat.TRIG)
    dataset = rdflib.Dataset()
    dataset.parse(data=PROLOGUE + DATA, format="trig")
    differences = 0
    for query in filter(None, queries):
        ours, theirs = _ours(store, PROLOGUE + query), _theirs(dataset, PROLOGUE + query)
        if ours != theirs:
            differences += 1
            print(f"{query}\n  ours    {_shown(ours)}\n  rdflib  {_shown(theirs)}")
    print(f"{differences} of {len(queries)} differ")


def _ours(store: ox.Store, sparql: str) -> Rows | bool | str:
    try:
        corrected = corrections.apply(sparql, list(query_text.tokens(sparql)), store)
        result = store.query(
            corrected.sparql,
            custom_functions=dict(corrected.custom_functions),
            custom_aggregate_functions=dict(corrected.custom_aggregate_functions),
        )
    except (SyntaxError, QueryError) as error:
        return f"refused: {error}"
    if isinstance(result, ox.QueryBoolean):
        return bool(result)
    if isinstance(result, ox.QueryTriples):
        return Counter(
            frozenset(zip("spo", map(_term, (t.subject, t.predicate, t.object)), strict=True)) for t in result
        )
    names = [variable.value for variable in result.variables]
    return Counter(frozenset((n, _term(row[n])) for n in names if row[n] is not None) for row in result)


def _theirs(dataset: rdflib.Dataset, sparql: str) -> Rows | bool | str:
    try:
        result = dataset.query(sparql)
        if result.type == "ASK":
            return bool(result.askAnswer)
        if result.type in ("CONSTRUCT", "DESCRIBE"):
            return Counter(
                frozenset(zip("spo", map(_term, triple), strict=True)) for triple in result.graph or ()
            )
        return Counter(frozenset((str(n), _term(v)) for n, v in row.items()) for row in result.bindings)
    except Exception as error:  # noqa: BLE001, RUF100 - rdflib raises many kinds
        return f"refused: {type(error).__name__} {error}"


def _term(term: object) -> str:
    if isinstance(term, rdflib.BNode | ox.BlankNode):
        return "_:"
    if isinstance(term, rdflib.URIRef):
        return f"<{term}>"
    if isinstance(term, rdflib.Literal):
        kind = str(term.datatype or "string")
        return _literal(str(term), term.language, kind)
    if isinstance(term, ox.Literal):
        return _literal(term.value, term.language, term.datatype.value)
    return str(term)


def _literal(value: str, language: str | None, kind: str) -> str:
    if language:
        return f'"{value}"@{language.lower()}'
    kind = kind.rpartition("#")[2]
    if kind in ("integer", "decimal", "double", "float"):
        with suppress(InvalidOperation):
            value = str(Decimal(value).normalize())
    return f'"{value}"^^{kind}'


def _shown(answer: Rows | bool | str) -> str:
    return str([dict(row) for row in answer.elements()] if isinstance(answer, Counter) else answer)[:400]


if __name__ == "__main__":
    main()
