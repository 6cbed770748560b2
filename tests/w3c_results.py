"""Read query results in every format, and make them comparable."""

import csv
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal, InvalidOperation
from pathlib import Path

import pyoxigraph as ox
import rdflib
from rdflib import XSD, Namespace
from rdflib.term import Node

RS = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/result-set#")

Term = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple
Solutions = list[dict[str, Term]]
VALUES: dict[str, Callable[[str], object]] = {
    str(XSD.integer): int,
    str(XSD.decimal): lambda text: Decimal(text).normalize(),
    str(XSD.double): float,
    str(XSD.float): float,
    str(XSD.boolean): lambda text: text in ("true", "1"),
}


def parse(file: Path, graph: ox.NamedNode | ox.DefaultGraph) -> Iterator[ox.Quad]:
    """Yield the triples of a file, in a graph."""
    for quad in ox.parse(path=file, base_iri=file.as_uri(), rename_blank_nodes=True):
        yield ox.Quad(quad.subject, quad.predicate, quad.object, graph)


def read_results(body: bytes, suffix: str) -> bool | Solutions:
    """Return results in one of the SPARQL result formats."""
    results = ox.parse_query_results(body, format=ox.QueryResultsFormat.from_extension(suffix[1:]))
    if isinstance(results, ox.QueryBoolean):
        return bool(results)
    columns = [variable.value for variable in results.variables]
    return [
        {name: same_value(term) for name in columns if (term := solution[name]) is not None}
        for solution in results
    ]


def read_result_set(file: Path) -> Solutions | None:
    """Return solutions written in the vocabulary for result sets; None if the file holds a graph."""
    graph = rdflib.Graph().parse(file, publicID=file.as_uri())
    solutions: Solutions = []
    for solution in graph.objects(None, RS.solution):
        pairs = [
            (graph.value(binding, RS.variable), graph.value(binding, RS.value))
            for binding in graph.objects(solution, RS.binding)
        ]
        solutions.append({str(name): same_value(ground(value)) for name, value in pairs})
    return solutions or None


def ground(node: Node | None) -> Term:
    """Return an IRI or a literal of rdflib's as the engine's library has it."""
    if isinstance(node, rdflib.Literal):
        datatype = ox.NamedNode(str(node.datatype or XSD.string))
        return (
            ox.Literal(str(node), language=node.language)
            if node.language
            else ox.Literal(str(node), datatype=datatype)
        )
    return ox.NamedNode(str(node))


def same_value(term: Term) -> Term:
    """Return a term that equal numbers and booleans share, however they are written."""
    if not isinstance(term, ox.Literal) or term.datatype.value not in VALUES:
        return term
    return ox.Literal(str(VALUES[term.datatype.value](term.value)), datatype=term.datatype)


def comparable(solutions: Solutions) -> tuple[Counter[str], object]:
    """Solutions without blank nodes as a multiset, and the others up to the names of their blank nodes."""
    ground: Counter[str] = Counter()
    quads = []
    for solution in solutions:
        if any(isinstance(term, ox.BlankNode) for term in solution.values()):
            row = ox.BlankNode()
            quads += [ox.Quad(row, ox.NamedNode(f"var:{name}"), term) for name, term in solution.items()]
        else:
            ground[str(sorted((name, str(term)) for name, term in solution.items()))] += 1
    return ground, canonical(quads)


def canonical(quads: Iterable[ox.Quad]) -> frozenset[ox.Quad]:
    """Return quads with canonical names of blank nodes."""
    dataset = ox.Dataset(quads)
    dataset.canonicalize(ox.CanonicalizationAlgorithm.UNSTABLE)
    return frozenset(dataset)


def read_csv(text: str) -> Counter[str]:
    """Return the rows of CSV by column name; a blank node's name says nothing."""
    rows = csv.DictReader(text.splitlines())
    return Counter(str(sorted((name, csv_value(value)) for name, value in row.items())) for row in rows)


def csv_value(text: str) -> str:
    """Return a text that equal numbers share."""
    try:
        return str(Decimal(text).normalize())
    except InvalidOperation:
        return "_:" if text.startswith("_:") else text
