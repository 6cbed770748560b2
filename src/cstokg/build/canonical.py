"""The canonical form of a dataset (RDFC-1.0): its lines in N-Quads, names for blank nodes, and the hash.

The hash of the asserted dataset is the version of a release.
"""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

import pyoxigraph as ox
from rdflib import BNode, Graph, Literal
from rdflib.term import Node

from cstokg.build.rdf_terms import Triple, to_oxigraph, triple
from cstokg.errors import CstokgError

Graphs = Mapping[str, Graph]  # by the graph's IRI
DEFAULT_GRAPH = ""  # the name of the default graph, which has no IRI
# How many linked blank nodes may be alike, and with how many of them one may be linked. The time that
# RDFC-1.0 takes grows with the cube of the first number and the factorial of the second.
_MOST_ALIKE = 200
_MOST_LINKS = 6


class BlankNodeError(CstokgError):
    """Canonical names for the blank nodes would take too long; the message names the graph."""


def canonical_nquads(graphs: Graphs, plain: Iterable[str] | None = None) -> list[str]:
    """Return the dataset as canonical N-Quads: its lines without their ends, in code point order.

    Args:
        graphs: the graphs; if ``plain`` is given, those that have blank nodes are enough.
        plain: the lines without blank nodes, as ``plain_nquads`` returns them.

    Raises:
        BlankNodeError: too many blank nodes are alike.
    """
    lines = plain_nquads(graphs) if plain is None else plain
    return sorted((*lines, *(f"{quad} ." for quad in _canonical(_with_blank_nodes(graphs)))))


def plain_nquads(graphs: Graphs) -> set[str]:
    """Return the lines of canonical N-Quads that have no blank nodes, without their ends."""
    plain = (
        (name, (node_triple for node_triple in graph if not _has_blank_node(node_triple)))
        for name, graph in graphs.items()
    )
    return {f"{quad} ." for quad in _quads(plain)}


def without_graph(line: str) -> str:
    """Return a line of canonical N-Quads of a named graph as one of the default graph."""
    return f"{line[: line.rindex(' <')]} ."


def has_blank_nodes(graph: Graph) -> bool:
    """Return whether a graph has a blank node."""
    return any(map(_has_blank_node, graph))


def digest(lines: Iterable[str]) -> str:
    """Return the hash that RDFC-1.0 defines: the SHA-256 of canonical N-Quads, in hexadecimal digits."""
    return hashlib.sha256("".join(f"{line}\n" for line in lines).encode()).hexdigest()


def relabelled(graphs: Graphs) -> dict[str, Graph]:
    """Return the same graphs with canonical names for their blank nodes; other terms stay as they are.

    Raises:
        BlankNodeError: too many blank nodes are alike.
    """
    changed = _with_blank_nodes(graphs)
    result: dict[str, Graph] = {}
    for name, graph in graphs.items():
        if not changed[name]:
            result[name] = graph
            continue
        result[name] = Graph(store="SimpleMemory", bind_namespaces="none")
        for node_triple in graph:
            if not _has_blank_node(node_triple):
                result[name].add(node_triple)
    # pyoxigraph has other forms of some literals: "a"@en for "a"@EN, "a" for "a"^^xsd:string.
    literals = {
        to_oxigraph(node): node
        for triples in changed.values()
        for _, _, node in triples
        if isinstance(node, Literal)
    }
    for quad in _canonical(changed):
        subject, predicate, node = triple(quad)
        if _has_blank_node((subject, predicate, node)):
            name = quad.graph_name.value if isinstance(quad.graph_name, ox.NamedNode) else DEFAULT_GRAPH
            original = literals.get(quad.object, node) if isinstance(quad.object, ox.Literal) else node
            result[name].add((subject, predicate, original))
    return result


def _has_blank_node(node_triple: Triple) -> bool:
    # isinstance takes five times as long, since the classes of terms are abstract.
    return type(node_triple[0]) is BNode or type(node_triple[2]) is BNode


def _with_blank_nodes(graphs: Graphs) -> dict[str, list[Triple]]:
    """Return of each graph the triples with blank nodes."""
    return {name: list(filter(_has_blank_node, graph)) for name, graph in graphs.items()}


def _canonical(changed: Mapping[str, Sequence[Triple]]) -> ox.Dataset:
    """Return the quads with blank nodes, canonically named; other quads do not matter (RDFC-1.0, 4.4.3)."""
    _require_few_alike(changed)
    dataset = ox.Dataset(_quads(changed.items()))
    dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    return dataset


def _require_few_alike(changed: Mapping[str, Sequence[Triple]]) -> None:
    """Raise if too many blank nodes are linked with others that have the same triples but for blank nodes."""
    triples: dict[Node, list[tuple[object, ...]]] = defaultdict(list)
    links: list[tuple[str, Node, Node]] = []
    for name, with_blank_nodes in changed.items():
        for subject, predicate, node in with_blank_nodes:
            if isinstance(subject, BNode) and isinstance(node, BNode) and subject != node:
                links.append((name, subject, node))
            for blank in {end for end in (subject, node) if isinstance(end, BNode)}:
                ends = [end == blank if isinstance(end, BNode) else end for end in (subject, node)]
                triples[blank].append((name, predicate, *ends))
    keys = {node: frozenset(Counter(of_node).items()) for node, of_node in triples.items()}
    numbers = Counter(keys.values())
    alike_links = [link for link in links if all(numbers[keys[end]] > 1 for end in link[1:])]
    neighbours: dict[Node, set[Node]] = defaultdict(set)
    for _, subject, node in alike_links:
        neighbours[subject].add(node)
        neighbours[node].add(subject)
    if len(neighbours) > _MOST_ALIKE or any(len(nodes) > _MOST_LINKS for nodes in neighbours.values()):
        graph_name = Counter(name for name, _, _ in alike_links).most_common(1)[0][0]
        raise BlankNodeError(
            f"graph '{graph_name}': {len(neighbours)} linked blank nodes are alike, too many to give them "
            "canonical names. Give these nodes IRIs, or something in which they differ."
        )


def _quads(triples: Iterable[tuple[str, Iterable[Triple]]]) -> Iterator[ox.Quad]:
    """Yield triples as quads of the graphs that are named beside them."""
    for name, of_graph in triples:
        graph_name = ox.NamedNode(name) if name else ox.DefaultGraph()
        for s, p, o in of_graph:
            yield ox.Quad(to_oxigraph(s), to_oxigraph(p), to_oxigraph(o), graph_name)  # type: ignore[arg-type]
