"""Exports: a graph, an entity or the whole dataset in any RDF format, from the sources as they are now.

An export needs no release: what follows (``--inferred``) is computed by the compiled rules, which
takes hundredths of a second. The same sources give the same bytes.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import pyoxigraph as ox
from rdflib import DCTERMS, RDFS, SKOS, BNode, Graph, URIRef
from rdflib.term import Node

from cstokg import namespaces, questions
from cstokg.build import canonical, jsonld, metadata, reasoning, turtle_writer
from cstokg.build.sources import Sources
from cstokg.engine import suggestions
from cstokg.errors import CstokgError

_SHAPES = f"{namespaces.GRAPH}ontology/shapes"
_COMPUTED = (namespaces.INFERRED, namespaces.METADATA)
_LABELS = (SKOS.prefLabel, RDFS.label, DCTERMS.title)

Named = Mapping[str, Graph]  # by the graph's IRI


class ExportError(CstokgError):
    """There is no graph, entity or format of that name; the message lists the nearest ones."""


@dataclass(frozen=True, slots=True)
class Format:
    """A way to write RDF: its media type, how a file name ends, and the function that writes."""

    media_type: str
    suffix: str
    write: Callable[[Named], str]


def merge(graphs: Iterable[Graph]) -> Graph:
    """The triples of all the graphs; blank nodes are theirs alone, so this is an RDF merge."""
    merged = Graph(bind_namespaces="none")
    for graph in graphs:
        for triple in graph:
            merged.add(triple)
    return merged


def _turtle(graphs: Named) -> str:
    return turtle_writer.write(merge(graphs.values()))


def _nquads(graphs: Named) -> str:
    return "".join(f"{line}\n" for line in canonical.nquads(graphs))


def _ntriples(graphs: Named) -> str:
    return _nquads({canonical.DEFAULT: merge(graphs.values())})


def _rdfxml(graphs: Named) -> str:
    # rdflib's writers misname rdf:lang under some prefixes; this one streams, so the order is ours.
    graph = canonical.relabelled({canonical.DEFAULT: merge(graphs.values())})[canonical.DEFAULT]
    triples = canonical.triples(turtle_writer.ordered(graph))
    predicates = {str(predicate) for predicate in graph.predicates()}
    prefixes = {
        prefix: namespace
        for prefix, namespace in namespaces.PREFIXES.items()
        if any(predicate.startswith(namespace) for predicate in predicates)
    }
    written = ox.serialize(triples, format=ox.RdfFormat.RDF_XML, prefixes=prefixes)
    return f"{(written or b'').decode()}\n"


def _jsonld(graphs: Named) -> str:
    return jsonld.write(canonical.relabelled({canonical.DEFAULT: merge(graphs.values())})[canonical.DEFAULT])


FORMATS = MappingProxyType(
    {
        "turtle": Format("text/turtle", ".ttl", _turtle),
        "trig": Format("application/trig", ".trig", turtle_writer.write_trig),
        "nquads": Format("application/n-quads", ".nq", _nquads),
        "ntriples": Format("application/n-triples", ".nt", _ntriples),
        "jsonld": Format("application/ld+json", ".jsonld", _jsonld),
        "rdfxml": Format("application/rdf+xml", ".rdf", _rdfxml),
    }
)


def format_of(suffix: str) -> str:
    """The name of the format that a file with this suffix holds.

    Raises:
        ExportError: no format has that suffix.
    """
    for name, known in FORMATS.items():
        if known.suffix == suffix:
            return name
    known_suffixes = ", ".join(known.suffix for known in FORMATS.values())
    raise ExportError(f"no format has the suffix '{suffix}'; use one of {known_suffixes}, or --format")


def write(graphs: Named, format_name: str) -> bytes:
    """The graphs as UTF-8; formats without named graphs get their merge."""
    return FORMATS[format_name].write(graphs).encode()


def select(
    sources: Sources, *, graph: str | None = None, entity: str | None = None, inferred: bool = False
) -> dict[str, Graph]:
    """The graphs to export, by their IRIs.

    Args:
        sources: what was read.
        graph: only this one, by any name that ``find_graph`` knows; otherwise all source graphs but
            the shapes, which say nothing of the data.
        entity: of these graphs, only what describes this entity.
        inferred: whether to add the graph of what follows.

    Raises:
        ExportError: there is no such graph or entity.
        CstokgError: what follows cannot be computed.
    """
    wanted = find_graph(graph, [*sources.graphs, namespaces.INFERRED, namespaces.METADATA]) if graph else None
    follows = reasoning.infer_quickly(sources.merged()) if inferred or wanted in _COMPUTED else Graph()
    known = {**sources.graphs, namespaces.INFERRED: follows}
    if wanted == namespaces.METADATA:
        asked = questions.read_all(sources.root / "queries")
        known[wanted] = metadata.describe(sources, follows, asked)
    selected = {
        name: found
        for name, found in known.items()
        if (name == wanted if wanted else name not in (_SHAPES, namespaces.INFERRED))
        or (inferred and name == namespaces.INFERRED)
    }
    if entity is None:
        return selected
    merged = merge(selected.values())
    described = describe(merged, find_entity(entity, merged))
    parts = {name: found * described for name, found in selected.items()}
    return {name: part for name, part in parts.items() if len(part)}


def find_graph(name: str, graphs: Iterable[str]) -> str:
    """The IRI of the graph that a CURIE, an IRI or the stem of its file stands for.

    Raises:
        ExportError: there is none, or a stem fits several; the message lists the nearest names.
    """
    known = sorted(graphs)
    iri = namespaces.expand(name)
    if iri in known:
        return iri
    fitting = [graph for graph in known if graph.rpartition("/")[2] == name]
    if len(fitting) == 1:
        return fitting[0]
    shown = [namespaces.shorten(graph) for graph in fitting or known]
    stems = [graph.rpartition("/")[2] for graph in known]
    nearest = shown if fitting else _nearest(name, [*shown, *stems])
    raise ExportError(f"no graph is called '{name}'; {_hint(nearest, shown)}")


def find_entity(name: str, graph: Graph) -> URIRef:
    """The IRI that a CURIE or IRI stands for, if the graph says anything of it.

    Raises:
        ExportError: the graph does not name it; the message lists the nearest names.
    """
    entity = URIRef(namespaces.expand(name))
    if (entity, None, None) in graph or (None, None, entity) in graph:
        return entity
    subjects = {namespaces.shorten(str(node)) for node in graph.subjects() if isinstance(node, URIRef)}
    ours = sorted(subject for subject in subjects if not subject.startswith("<"))
    raise ExportError(f"nothing is called '{name}'; {_hint(_nearest(name, ours), ours)}")


def describe(graph: Graph, entity: URIRef) -> Graph:
    """What the graph says of an entity.

    That is the triples that start from it and those that point at it, with the blank nodes on the
    way, and the labels of every thing so named.
    """
    described = Graph(bind_namespaces="none")
    waiting: list[Node] = [entity]
    seen: set[Node] = set()
    while waiting:
        node = waiting.pop()
        seen.add(node)
        around = [*graph.triples((node, None, None))]
        if node == entity or isinstance(node, BNode):
            around += graph.triples((None, None, node))
        for triple in around:
            described.add(triple)
            waiting += [end for end in triple if isinstance(end, BNode) and end not in seen]
    for node in {*described.subjects(), *described.predicates(), *described.objects()}:
        for label in _LABELS:
            for triple in graph.triples((node, label, None)):
                described.add(triple)
    return described


def _nearest(name: str, known: Sequence[str]) -> list[str]:
    local = re.split(r"[:/#]", name.strip("<>"))[-1]
    by_local = {re.split(r"[:/#]", text)[-1]: text for text in known}
    close = suggestions.nearest(name, known)
    close += [by_local[text] for text in suggestions.nearest(local, by_local)]
    return list(dict.fromkeys(close))[:5]


def _hint(nearest: list[str], known: list[str]) -> str:
    if nearest:
        return f"the nearest names: {', '.join(nearest)}"
    return f"names look like {', '.join(known[:5])}" if known else "there are none"
