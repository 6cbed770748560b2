"""What the service says of itself: a Service Description, and the dataset as VoID and DCAT have it."""

import gzip
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import pyoxigraph as ox
from werkzeug import Request, Response

from cstokg import formats, names
from cstokg.engine import Engine, results
from cstokg.manifest import MANIFEST
from cstokg.web import negotiation

VOID_PATH = "/.well-known/void"

_SD = "http://www.w3.org/ns/sparql-service-description#"
_FORMATS = "http://www.w3.org/ns/formats/"
_JSON = "application/sparql-results+json"
_GRAPHS = "SELECT ?g (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g ORDER BY ?g"
_TRIPLES = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
_DATASET = (
    f"CONSTRUCT {{ ?s ?p ?o }} {{ GRAPH ?g {{ ?s ?p ?o }} "
    f"VALUES ?g {{ <{names.METADATA}> <{names.GRAPH}dataset> }} }}"
)
# The names that the W3C gave to formats: https://www.w3.org/ns/formats/
_FORMAT_NAMES = (
    *("SPARQL_Results_JSON", "SPARQL_Results_XML", "SPARQL_Results_CSV", "SPARQL_Results_TSV"),
    *("Turtle", "N-Triples", "RDF_XML", "JSON-LD", "N-Quads", "TriG"),
)
_SPDX = "http://spdx.org/rdf/terms#"
_DESCRIBED_HERE = ("cstokg.trig", "dataset.nq")
_KEPT = 32


class Descriptions:
    """Describes the service and the data of one engine; what was written is kept until the data change."""

    def __init__(self, engine: Engine) -> None:
        """Describe this engine."""
        self._engine = engine
        self._version = ""
        self._kept: dict[tuple[str, str, str], bytes] = {}

    def service(self, endpoint: str, media_type: str) -> bytes:
        """The description of the endpoint at an address (SPARQL 1.1 Service Description, section 3).

        Raises:
            QueryError: the engine does not answer.
        """
        return self._write("service", endpoint, media_type)

    def dataset(self, endpoint: str, media_type: str) -> bytes:
        """The description of the dataset: VoID, DCAT, the prefixes and the saved questions.

        Beside what the release says of itself it names the endpoint where the data can be asked.

        Raises:
            QueryError: the engine does not answer.
        """
        return self._write("dataset", endpoint, media_type)

    def _write(self, what: str, endpoint: str, media_type: str) -> bytes:
        if self._version != self._engine.version or len(self._kept) >= _KEPT:
            self._version, self._kept = self._engine.version, {}
        key = what, endpoint, media_type
        if key not in self._kept:
            triples = (_service if what == "service" else _dataset)(self._engine, _node(endpoint))
            self._kept[key] = results.write_graph(triples, formats.BY_MEDIA_TYPE[media_type].syntax)
        return self._kept[key]


def respond(request: Request, body: bytes, media_type: str) -> Response:
    """A description as a response, with an entity tag; 304 for a client that has it."""
    compressed = negotiation.coding(request.headers.get("Accept-Encoding", "")) == negotiation.GZIP
    sent = gzip.compress(body, mtime=0) if compressed else body
    response = Response(sent, content_type=negotiation.content_type(media_type))
    if compressed:
        response.headers["Content-Encoding"] = negotiation.GZIP
    response.headers["Cache-Control"] = "public, no-cache"
    response.headers["Vary"] = "Accept, Accept-Encoding"
    response.set_etag(hashlib.sha256(sent).hexdigest()[:32])
    return response.make_conditional(request)


def _service(engine: Engine, endpoint: ox.NamedNode) -> Iterator[ox.Triple]:
    default_dataset, default_graph = _part(endpoint, "dataset"), _part(endpoint, "default-graph")
    yield ox.Triple(endpoint, _TYPE, _sd("Service"))
    yield ox.Triple(endpoint, _sd("endpoint"), endpoint)
    yield ox.Triple(endpoint, _sd("supportedLanguage"), _sd("SPARQL11Query"))
    # The default graph is the merge of the named graphs.
    yield ox.Triple(endpoint, _sd("feature"), _sd("UnionDefaultGraph"))
    for name in _FORMAT_NAMES:
        yield ox.Triple(endpoint, _sd("resultFormat"), ox.NamedNode(_FORMATS + name))
    yield ox.Triple(endpoint, _sd("defaultDataset"), default_dataset)
    yield ox.Triple(default_dataset, _TYPE, _sd("Dataset"))
    yield ox.Triple(default_dataset, _sd("defaultGraph"), default_graph)
    yield ox.Triple(default_graph, _TYPE, _sd("Graph"))
    for row in _rows(engine, _TRIPLES):
        yield ox.Triple(default_graph, _TRIPLES_OF, _number(row["n"]))
    for number, row in enumerate(_rows(engine, _GRAPHS), 1):
        named, graph = _part(endpoint, f"named-graph-{number}"), _part(endpoint, f"graph-{number}")
        yield ox.Triple(default_dataset, _sd("namedGraph"), named)
        yield ox.Triple(named, _TYPE, _sd("NamedGraph"))
        yield ox.Triple(named, _sd("name"), ox.NamedNode(row["g"]))
        yield ox.Triple(named, _sd("graph"), graph)
        yield ox.Triple(graph, _TYPE, _sd("Graph"))
        yield ox.Triple(graph, _TRIPLES_OF, _number(row["n"]))


def _dataset(engine: Engine, endpoint: ox.NamedNode) -> Iterator[ox.Triple]:
    answer = engine.query(_DATASET, "application/n-triples")
    for quad in ox.parse(answer.body, format=ox.RdfFormat.N_TRIPLES):
        yield quad.triple
    yield from _checksums(engine.folder)
    dataset, service = ox.NamedNode(names.DATASET), _part(endpoint, "service")
    yield ox.Triple(dataset, _void("sparqlEndpoint"), endpoint)
    yield ox.Triple(service, _TYPE, ox.NamedNode(names.expand("dcat:DataService")))
    yield ox.Triple(service, ox.NamedNode(names.expand("dcat:endpointURL")), endpoint)
    yield ox.Triple(service, ox.NamedNode(names.expand("dcat:servesDataset")), dataset)
    yield ox.Triple(
        service,
        ox.NamedNode(names.expand("dcterms:conformsTo")),
        ox.NamedNode("http://www.w3.org/TR/sparql11-protocol/"),
    )


def _checksums(folder: Path | None) -> Iterator[ox.Triple]:
    """Size and checksum of the files that hold their own description, and so cannot say them."""
    if folder is None or not (folder / MANIFEST).is_file():
        return
    files = json.loads((folder / MANIFEST).read_text(encoding="utf-8")).get("files", {})
    for name in _DESCRIBED_HERE:
        if name in files:
            distribution = f"{names.METADATA}#file-{name.replace('.', '-')}"
            file, checksum = ox.NamedNode(distribution), ox.NamedNode(f"{distribution}-checksum")
            size = ox.Literal(str(files[name]["bytes"]), datatype=_xsd("nonNegativeInteger"))
            digest = ox.Literal(files[name]["sha256"], datatype=_xsd("hexBinary"))
            yield ox.Triple(file, ox.NamedNode(names.expand("dcat:byteSize")), size)
            yield ox.Triple(file, ox.NamedNode(f"{_SPDX}checksum"), checksum)
            yield ox.Triple(checksum, _TYPE, ox.NamedNode(f"{_SPDX}Checksum"))
            algorithm = ox.NamedNode(f"{_SPDX}checksumAlgorithm_sha256")
            yield ox.Triple(checksum, ox.NamedNode(f"{_SPDX}algorithm"), algorithm)
            yield ox.Triple(checksum, ox.NamedNode(f"{_SPDX}checksumValue"), digest)


def _rows(engine: Engine, sparql: str) -> list[dict[str, str]]:
    bindings = json.loads(engine.query(sparql, _JSON).body)["results"]["bindings"]
    return [{name: term["value"] for name, term in binding.items()} for binding in bindings]


def _node(endpoint: str) -> ox.NamedNode:
    try:
        return ox.NamedNode(endpoint)
    except ValueError:  # a client may name any host
        return ox.NamedNode(f"{names.BASE}sparql")


def _part(endpoint: ox.NamedNode, name: str) -> ox.NamedNode:
    return ox.NamedNode(f"{endpoint.value}#{name}")


def _sd(name: str) -> ox.NamedNode:
    return ox.NamedNode(_SD + name)


def _void(name: str) -> ox.NamedNode:
    return ox.NamedNode(names.expand(f"void:{name}"))


def _xsd(name: str) -> ox.NamedNode:
    return ox.NamedNode(names.expand(f"xsd:{name}"))


def _number(digits: str) -> ox.Literal:
    return ox.Literal(digits, datatype=_xsd("integer"))


_TYPE = ox.NamedNode(names.expand("rdf:type"))
_TRIPLES_OF = _void("triples")
