"""Export a graph, an entity or the whole dataset in any RDF format, from the sources as they are now.

An export needs no release: the inferred triples (``--inferred``) are computed by the quick rules,
which takes hundredths of a second. The same sources give the same bytes. What a format cannot hold
is refused, with the triple and the remedy, before anything is written.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType

import pyoxigraph as ox
from rdflib import DCTERMS, RDFS, SKOS, BNode, Graph, Literal, URIRef
from rdflib.term import Node

from cstokg import formats, namespaces, questions
from cstokg.build import canonical, metadata, rdf_terms, reasoning
from cstokg.build.rdf_terms import Triple
from cstokg.build.sources import Sources
from cstokg.build.writers import jsonld_writer, rdfxml_writer, turtle_writer
from cstokg.build.writers.turtle_writer import Subjects
from cstokg.engine import suggestions
from cstokg.errors import CstokgError

_SHAPES = f"{namespaces.GRAPH}ontology/shapes"
_LABELS = (SKOS.prefLabel, RDFS.label, DCTERMS.title)

Named = Mapping[str, Graph]  # by the graph's IRI


class ExportError(CstokgError):
    """No such graph, entity or format, or the format cannot hold a triple; the message has the remedy."""


def merge(graphs: Iterable[Graph]) -> Graph:
    """Return the triples of all the graphs; no graphs share a blank node, so this is an RDF merge."""
    merged = Graph(store="SimpleMemory", bind_namespaces="none")
    for graph in graphs:
        for triple in graph:
            merged.add(triple)
    return merged


def _turtle(graphs: Named) -> str:
    return turtle_writer.write(merge(graphs.values()))


def _nquads(graphs: Named) -> str:
    lines = {
        f"{' '.join(_nquads_term(node) for node in (*triple, *([URIRef(name)] if name else [])))} .\n"
        for name, graph in canonical.relabelled(graphs).items()
        for triple in graph
    }
    return "".join(sorted(lines))


def _nquads_term(node: Node) -> str:
    """Return the term as in canonical N-Quads, but with its language tag and datatype as they are."""
    if isinstance(node, Literal):
        quoted = str(ox.Literal(node))
        if node.language:
            return f"{quoted}@{node.language}"
        return f"{quoted}^^{_nquads_term(node.datatype)}" if node.datatype else quoted
    # rdflib takes an IRI to end at any blank, though IRIs may have those outside ASCII.
    return re.sub(r"\s", lambda blank: f"\\u{ord(blank[0]):04X}", str(rdf_terms.to_oxigraph(node)))


def _ntriples(graphs: Named) -> str:
    return _nquads(_merged(graphs))


def _rdfxml(graphs: Named) -> str:
    return rdfxml_writer.write(_subjects(graphs))


def _jsonld(graphs: Named) -> str:
    return jsonld_writer.write(_subjects(graphs))


def _subjects(graphs: Named) -> Subjects:
    return turtle_writer.subjects(canonical.relabelled(_merged(graphs))[canonical.DEFAULT_GRAPH])


def _merged(graphs: Named) -> Named:
    return {canonical.DEFAULT_GRAPH: merge(graphs.values())}


_WRITERS: Mapping[str, Callable[[Named], str]] = MappingProxyType(
    {
        "turtle": _turtle,
        "trig": turtle_writer.write_trig,
        "nquads": _nquads,
        "ntriples": _ntriples,
        "jsonld": _jsonld,
        "rdfxml": _rdfxml,
    }
)
FORMATS = MappingProxyType({row.name: row for row in formats.for_kind(formats.GRAPH)})


def format_of(suffix: str) -> str:
    """Return the name of the format that a file with this suffix holds.

    Raises:
        ExportError: no format has that suffix.
    """
    names = {f".{format_.extension}": name for name, format_ in FORMATS.items()}
    if suffix in names:
        return names[suffix]
    suffixes = ", ".join(names)
    raise ExportError(f"no format has the suffix '{suffix}'; use one of {suffixes}, or --format")


def write(graphs: Named, format_name: str) -> bytes:
    """Return the graphs as UTF-8; formats without named graphs get their merge.

    Raises:
        ExportError: the format cannot hold a triple, or a graph's name is not an IRI; the message names
            the triple or graph, and the remedy.
    """
    require_writable(graphs, format_name)
    return _WRITERS[format_name](graphs).encode()


def require_writable(graphs: Named, format_name: str) -> None:
    """Raise if a format cannot hold a triple.

    Raises:
        ExportError: as ``write`` does.
    """
    for name in graphs:
        if name and (problem := _not_rdf([URIRef(name)])):
            raise ExportError(f"the graph '{name}' cannot be written: {problem} Rename its file.")
    problems = {
        " ".join(map(_shown, triple)): problem
        for graph in graphs.values()
        for triple in graph
        if (problem := _problem(triple, format_name))
    }
    for triple in sorted(problems)[:1]:
        number = f"{len(problems)} triples, such as" if len(problems) > 1 else "the triple"
        raise ExportError(f"{FORMATS[format_name].label} cannot hold {number} {triple}: {problems[triple]}")


def _problem(triple: Triple, format_name: str) -> str | None:
    return _not_rdf(triple) or (rdfxml_writer.problem(triple) if format_name == "rdfxml" else None)


def _shown(node: Node) -> str:
    """Return the term for a message: with a prefix where there is one, and without control characters."""
    if isinstance(node, URIRef):
        return namespaces.shorten(str(node))
    return f'"{ascii(str(node))[1:-1]}"' if isinstance(node, Literal) else f"_:{node}"


def _not_rdf(terms: Iterable[Node]) -> str | None:
    for node in terms:
        try:
            rdf_terms.to_oxigraph(node)
        except ValueError as error:
            return f"{str(node)!a} is not a term of RDF ({error}). Correct it."
    return None


def select(
    sources: Sources, *, graph: str | None = None, entity: str | None = None, inferred: bool = False
) -> dict[str, Graph]:
    """Return the graphs to export, by their IRIs.

    Args:
        sources: the source files, as read.
        graph: only this one, by any name that ``find_graph`` takes; otherwise all source graphs but
            the shapes, which are not about the data.
        entity: of these graphs, only the triples about this entity.
        inferred: whether to add the graph of the inferred triples.

    Raises:
        ExportError: there is no such graph or entity.
        CstokgError: the inferred triples cannot be computed.
    """
    only = find_graph(graph, [*sources.graphs, namespaces.INFERRED, namespaces.METADATA]) if graph else None
    needs_inferred = inferred or only in (namespaces.INFERRED, namespaces.METADATA)
    inferred_graph = reasoning.infer_quickly(sources.merged()) if needs_inferred else Graph()
    graphs = {**sources.graphs, namespaces.INFERRED: inferred_graph}
    if only == namespaces.METADATA:
        saved = questions.read_all(sources.root / "queries")
        graphs[only] = metadata.describe(sources, inferred_graph, saved)
    names = {only} if only else graphs.keys() - {_SHAPES, namespaces.INFERRED}
    if inferred:
        names = {*names, namespaces.INFERRED}
    selected = {name: content for name, content in graphs.items() if name in names}
    if entity is None:
        return selected
    merged = merge(selected.values())
    described = describe(merged, find_entity(entity, merged))
    parts = {name: content * described for name, content in selected.items()}
    return {name: part for name, part in parts.items() if len(part)}


def find_graph(name: str, graphs: Iterable[str]) -> str:
    """Return the IRI of the graph that a CURIE, an IRI or the stem of its file names.

    Raises:
        ExportError: no graph has that name, or several have that stem; the message lists the nearest names.
    """
    iris = sorted(graphs)
    iri = namespaces.expand(name)
    if iri in iris:
        return iri
    fitting = [graph for graph in iris if graph.rpartition("/")[2] == name]
    if len(fitting) == 1:
        return fitting[0]
    shown = [namespaces.shorten(graph) for graph in fitting or iris]
    stems = [graph.rpartition("/")[2] for graph in iris]
    nearest = shown if fitting else _nearest(name, [*shown, *stems])
    raise ExportError(f"no graph is called '{name}'; {_hint(nearest, shown)}")


def find_entity(name: str, graph: Graph) -> URIRef:
    """Return the IRI that a CURIE or IRI names, if the graph has a triple about it.

    Raises:
        ExportError: the graph has no triple about it; the message lists the nearest names.
    """
    entity = rdf_terms.iri_of(name)
    if (entity, None, None) in graph or (None, None, entity) in graph:
        return entity
    subjects = {namespaces.shorten(str(node)) for node in graph.subjects() if isinstance(node, URIRef)}
    ours = sorted(subject for subject in subjects if not subject.startswith("<"))
    raise ExportError(f"nothing is called '{name}'; {_hint(_nearest(name, ours), ours)}")


def describe(graph: Graph, entity: URIRef) -> Graph:
    """Return the triples about an entity.

    They are those with the entity as subject or object, those of the blank nodes among these, and the
    labels of everything that they name.
    """
    described = Graph(store="SimpleMemory", bind_namespaces="none")
    waiting: list[Node] = [entity]
    visited: set[Node] = set()
    while waiting:
        node = waiting.pop()
        visited.add(node)
        triples = [*graph.triples((node, None, None))]
        if node == entity or isinstance(node, BNode):
            triples += graph.triples((None, None, node))
        for triple in triples:
            described.add(triple)
            waiting += [end for end in triple if isinstance(end, BNode) and end not in visited]
    for node in {*described.subjects(), *described.predicates(), *described.objects()}:
        for label in _LABELS:
            for triple in graph.triples((node, label, None)):
                described.add(triple)
    return described


def _nearest(name: str, names: Sequence[str]) -> list[str]:
    local = re.split(r"[:/#]", name.strip("<>"))[-1]
    by_local = {re.split(r"[:/#]", text)[-1]: text for text in names}
    close = suggestions.nearest(name, names)
    close += [by_local[text] for text in suggestions.nearest(local, by_local)]
    return list(dict.fromkeys(close))[:5]


def _hint(nearest: list[str], names: list[str]) -> str:
    if nearest:
        return f"the nearest names: {', '.join(nearest)}"
    return f"names look like {', '.join(names[:5])}" if names else "there are none"
