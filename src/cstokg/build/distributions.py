"""The files of a release as DCAT distributions of the dataset.

A file that holds this description cannot hold its own checksum: of such files only the formats are
told here, and their sizes and checksums stand in the manifest.
"""

import hashlib
from collections.abc import Iterator, Mapping

from rdflib import DCAT, DCTERMS, RDF, XSD, Literal, URIRef
from rdflib.namespace import VOID
from rdflib.term import Node

from cstokg import namespaces

SPDX = "http://spdx.org/rdf/terms#"
DOWNLOADS = f"{namespaces.BASE}downloads/"

# Media type and title of each file, in the order in which people are offered them.
FILES = {
    "cstokg.ttl": ("text/turtle", "What the sources assert"),
    "cstokg-inferred.ttl": ("text/turtle", "What follows from it"),
    "cstokg.trig": ("application/trig", "All graphs, each under its name"),
    "dataset.nq": ("application/n-quads", "All graphs, and their merge as the default graph"),
}

_DATASET = URIRef(namespaces.DATASET)
_MEDIA_TYPES = "https://www.iana.org/assignments/media-types/"


def describe(contents: Mapping[str, bytes]) -> Iterator[tuple[Node, Node, Node]]:
    """The distributions of the dataset; with size and checksum, of those whose contents are given."""
    for name, (media_type, title) in FILES.items():
        distribution = node(name)
        address = URIRef(DOWNLOADS + name)
        yield _DATASET, DCAT.distribution, distribution
        yield _DATASET, VOID.dataDump, address
        yield distribution, RDF.type, DCAT.Distribution
        yield distribution, DCTERMS.title, Literal(title, lang="en")
        yield distribution, DCAT.downloadURL, address
        yield distribution, DCAT.mediaType, URIRef(_MEDIA_TYPES + media_type)
        if name in contents:
            content = contents[name]
            checksum = URIRef(f"{distribution}-checksum")
            yield distribution, DCAT.byteSize, Literal(len(content), datatype=XSD.nonNegativeInteger)
            yield distribution, URIRef(f"{SPDX}checksum"), checksum
            yield checksum, RDF.type, URIRef(f"{SPDX}Checksum")
            yield checksum, URIRef(f"{SPDX}algorithm"), URIRef(f"{SPDX}checksumAlgorithm_sha256")
            digest = hashlib.sha256(content).hexdigest()
            yield checksum, URIRef(f"{SPDX}checksumValue"), Literal(digest, datatype=XSD.hexBinary)


def node(name: str) -> URIRef:
    """The IRI of the distribution that a file is."""
    return URIRef(f"{namespaces.METADATA}#file-{name.replace('.', '-')}")
