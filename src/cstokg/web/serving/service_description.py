"""Describe the service (SPARQL 1.1 Service Description) and the dataset (VoID and DCAT).

``service.ttl`` has the part of the service description that never changes.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path

import pyoxigraph as ox
from cachetools import LRUCache

from cstokg import formats, json_results, namespaces
from cstokg.engine import results
from cstokg.engine.engine import Engine
from cstokg.engine.evaluation import Request
from cstokg.release import MANIFEST

VOID_PATH = "/.well-known/void"

_SD = "http://www.w3.org/ns/sparql-service-description#"
_GRAPHS = "SELECT ?g (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g ORDER BY ?g LIMIT "
_COUNTS = """\
SELECT (COUNT(*) AS ?triples) (COUNT(DISTINCT ?s) AS ?distinctSubjects) (COUNT(DISTINCT ?p) AS ?properties)
       (COUNT(DISTINCT ?o) AS ?distinctObjects)
{ ?s ?p ?o }"""
_TRIPLES = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
_DATASET = (
    f"CONSTRUCT {{ ?s ?p ?o }} {{ GRAPH ?g {{ ?s ?p ?o }} "
    f"VALUES ?g {{ <{namespaces.METADATA}> <{namespaces.GRAPH}dataset> }} }}"
)
_SPDX = "http://spdx.org/rdf/terms#"
_DESCRIBED_HERE = ("cstokg.trig", "dataset.nq")
_CACHE_BYTES = 4_000_000


class Descriptions:
    """Describes the service and the data of one engine; each description is kept until the data change."""

    def __init__(self, engine: Engine, most_graphs: int) -> None:
        """Describe this engine and at most this many of its graphs, since other requests wait meanwhile."""
        self._engine = engine
        self._most_graphs = most_graphs
        self._cache: LRUCache[tuple[str, ...], bytes] = LRUCache(_CACHE_BYTES, getsizeof=len)

    async def service(self, endpoint: str, media_type: str) -> bytes:
        """Return the description of the endpoint at an address (SPARQL 1.1 Service Description, section 3).

        Raises:
            QueryError: the engine does not answer.
        """
        key = self._engine.version, "service", endpoint, media_type
        if key not in self._cache:
            total = await self._rows(_TRIPLES)
            graphs, omission = await self._graphs()
            triples = _service(_node(endpoint), total, graphs, omission)
            return self._keep(key, _write(triples, media_type))
        return self._cache[key]

    async def dataset(self, endpoint: str, media_type: str) -> bytes:
        """Return the description of the dataset: VoID, DCAT, the prefixes and the saved questions.

        It adds the endpoint to the description in the release. Files that are not a release are described by
        their graphs and counts.

        Raises:
            QueryError: the engine does not answer.
        """
        key = self._engine.version, "dataset", endpoint, media_type
        if key not in self._cache:
            node, folder = _node(endpoint), self._engine.folder
            if folder is None:
                counts, (graphs, omission) = await self._rows(_COUNTS), await self._graphs()
                triples = [*_of_files(node, self._engine.title, counts[0], graphs, omission)]
            else:
                answer = await self._answer(_DATASET, formats.N_TRIPLES)
                stated = ox.parse(answer, format=ox.RdfFormat.N_TRIPLES)
                triples = [*(quad.triple for quad in stated), *_checksums(folder)]
                triples += _access(node, ox.NamedNode(namespaces.DATASET))
            return self._keep(key, _write(triples, media_type))
        return self._cache[key]

    async def _graphs(self) -> tuple[list[dict[str, str]], str]:
        """Return the graphs to describe, and a sentence to add if there are more; it is empty if not."""
        most = self._most_graphs
        graphs = await self._rows(f"{_GRAPHS}{most + 1}")
        more = f"Only the first {most:,} named graphs, in the order of their names, are listed here."
        return graphs[:most], more if len(graphs) > most else ""

    async def _rows(self, sparql: str) -> list[dict[str, str]]:
        rows = json_results.read(await self._answer(sparql, formats.RESULTS_JSON)).rows
        return [{name: term["value"] for name, term in row.items()} for row in rows]

    async def _answer(self, sparql: str, media_type: str) -> bytes:
        """Return the answer to a query, and keep it for the descriptions of other hosts that clients name."""
        key = self._engine.version, sparql
        if key not in self._cache:
            return self._keep(key, (await self._engine.answer(Request(sparql, (media_type,)))).body)
        return self._cache[key]

    def _keep(self, key: tuple[str, ...], body: bytes) -> bytes:
        if len(body) <= self._cache.maxsize:
            self._cache[key] = body
        return body


def _service(
    endpoint: ox.NamedNode, total: Sequence[dict[str, str]], graphs: Sequence[dict[str, str]], omission: str
) -> Iterator[ox.Triple]:
    for quad in ox.parse(_fixed_part(), format=ox.RdfFormat.TURTLE, base_iri=endpoint.value):
        yield quad.triple
    default_dataset, default_graph = _part(endpoint, "dataset"), _part(endpoint, "default-graph")
    for row in total:
        yield ox.Triple(default_graph, _TRIPLES_OF, _number(row["n"]))
    yield from _comments(default_dataset, omission)
    for number, row in enumerate(graphs, 1):
        named, graph = _part(endpoint, f"named-graph-{number}"), _part(endpoint, f"graph-{number}")
        yield ox.Triple(default_dataset, _term(f"{_SD}namedGraph"), named)
        yield ox.Triple(named, _TYPE, _term(f"{_SD}NamedGraph"))
        yield ox.Triple(named, _term(f"{_SD}name"), _graph_name(row["g"]))
        yield ox.Triple(named, _term(f"{_SD}graph"), graph)
        yield ox.Triple(graph, _TYPE, _term(f"{_SD}Graph"))
        yield ox.Triple(graph, _TRIPLES_OF, _number(row["n"]))


@cache
def _fixed_part() -> bytes:
    """Return the part of the service description that does not depend on the data."""
    return files("cstokg.web").joinpath("service.ttl").read_bytes()


def _of_files(
    endpoint: ox.NamedNode,
    title: str,
    counts: dict[str, str],
    graphs: Sequence[dict[str, str]],
    omission: str,
) -> Iterator[ox.Triple]:
    """Yield the description of files in VoID (section 4.6)."""
    dataset = _part(endpoint, "dataset")
    yield ox.Triple(dataset, _TYPE, _term("void:Dataset"))
    yield ox.Triple(dataset, _term("dcterms:title"), ox.Literal(title))
    yield from _comments(dataset, omission)
    for name, value in counts.items():
        yield ox.Triple(dataset, _term(f"void:{name}"), _number(value))
    for number, row in enumerate(graphs, 1):
        part = _part(endpoint, f"graph-{number}")
        yield ox.Triple(dataset, _term("void:subset"), part)
        yield ox.Triple(part, _TYPE, _term("void:Dataset"))
        yield ox.Triple(part, _term("dcterms:title"), ox.Literal(row["g"]))
        yield ox.Triple(part, _TRIPLES_OF, _number(row["n"]))
    yield from _access(endpoint, dataset)


def _comments(dataset: ox.NamedNode, omission: str) -> Iterator[ox.Triple]:
    """Yield a comment on what a description leaves out, if anything."""
    if omission:
        yield ox.Triple(dataset, _term("rdfs:comment"), ox.Literal(omission, language="en"))


def _access(endpoint: ox.NamedNode, dataset: ox.NamedNode) -> Iterator[ox.Triple]:
    """Yield the triples that say where a dataset can be queried."""
    service = _part(endpoint, "service")
    yield ox.Triple(dataset, _term("void:sparqlEndpoint"), endpoint)
    yield ox.Triple(service, _TYPE, _term("dcat:DataService"))
    yield ox.Triple(service, _term("dcat:endpointURL"), endpoint)
    yield ox.Triple(service, _term("dcat:servesDataset"), dataset)
    yield ox.Triple(
        service,
        _term("dcterms:conformsTo"),
        ox.NamedNode("http://www.w3.org/TR/sparql11-protocol/"),
    )


def _checksums(folder: Path) -> Iterator[ox.Triple]:
    """Yield size and checksum of the files that contain the description, and so cannot contain these."""
    if not (folder / MANIFEST).is_file():
        return
    entries = json.loads((folder / MANIFEST).read_text(encoding="utf-8")).get("files", {})
    for name in _DESCRIBED_HERE:
        if name in entries:
            distribution = namespaces.distribution(name)
            file, checksum = ox.NamedNode(distribution), ox.NamedNode(f"{distribution}-checksum")
            size = ox.Literal(str(entries[name]["bytes"]), datatype=_term("xsd:nonNegativeInteger"))
            digest = ox.Literal(entries[name]["sha256"], datatype=_term("xsd:hexBinary"))
            yield ox.Triple(file, _term("dcat:byteSize"), size)
            yield ox.Triple(file, _term(f"{_SPDX}checksum"), checksum)
            yield ox.Triple(checksum, _TYPE, _term(f"{_SPDX}Checksum"))
            algorithm = _term(f"{_SPDX}checksumAlgorithm_sha256")
            yield ox.Triple(checksum, _term(f"{_SPDX}algorithm"), algorithm)
            yield ox.Triple(checksum, _term(f"{_SPDX}checksumValue"), digest)


def _write(triples: Iterable[ox.Triple], media_type: str) -> bytes:
    return results.write_graph(triples, formats.BY_MEDIA_TYPE[media_type].syntax)


def _node(endpoint: str) -> ox.NamedNode:
    try:
        return ox.NamedNode(endpoint)
    except ValueError:  # a client may name any host
        return ox.NamedNode(f"{namespaces.BASE}sparql")


def _graph_name(text: str) -> ox.NamedNode | ox.BlankNode:
    """Return the name of a graph, which may be a blank node in files that are not a release."""
    try:
        return ox.NamedNode(text)
    except ValueError:
        return ox.BlankNode(text)


def _part(endpoint: ox.NamedNode, name: str) -> ox.NamedNode:
    return ox.NamedNode(f"{endpoint.value}#{name}")


def _term(name: str) -> ox.NamedNode:
    """Return the term that a name with a prefix of the project, or an IRI, stands for."""
    return ox.NamedNode(namespaces.expand(name))


def _number(digits: str) -> ox.Literal:
    return ox.Literal(digits, datatype=_term("xsd:integer"))


_TYPE = _term("rdf:type")
_TRIPLES_OF = _term("void:triples")
