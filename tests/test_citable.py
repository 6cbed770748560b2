"""The dataset can be cited and found: CITATION.cff, schema.org on the front page, versions."""

import json
import re
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml
from rdflib import DCTERMS, OWL, URIRef

import wheels
from cstokg import namespaces
from cstokg.build.sources import Sources
from cstokg.engine.engine import Engine
from cstokg.release import FILES, Release
from site_client import BROWSER, create_app

ROOT = Path(__file__).parents[1]
# As JSON, in which days are strings.
CITATION: dict[str, Any] = json.loads(
    json.dumps(yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8")), default=str)
)
NUMBER = URIRef(namespaces.expand("dcat:version"))
DATASET = URIRef(namespaces.DATASET)
ONTOLOGY = URIRef(namespaces.ONTOLOGY)
# https://semver.org, item 2
VERSION = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)")

# The package that holds the schema. It is not installed: it needs a version of jsonschema from 2019.
PACKAGE = "cffconvert==2.0.0"
SHA256 = "573c825e4e16173d99396dc956bd22ff5d4f84215cc16b6ab05299124f5373bb"
SCHEMA = "cffconvert/schemas/1.2.0/schema.json"


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    """The JSON schema of the Citation File Format 1.2.0, from PyPI."""
    document: dict[str, Any] = json.loads(wheels.read(PACKAGE, SHA256, SCHEMA))
    return document


def test_citation_file_is_valid(schema: dict[str, Any]) -> None:
    validator = jsonschema_rs.validator_for(schema)
    assert [error.message for error in validator.iter_errors(CITATION)] == []
    assert not validator.is_valid({**CITATION, "date-released": "28 November 2026"})
    assert not validator.is_valid({key: CITATION[key] for key in CITATION if key != "authors"})


def test_citation_file_says_what_the_dataset_says(sources: Sources, release: Release) -> None:
    graph = sources.merged()
    assert CITATION["version"] == str(graph.value(DATASET, NUMBER)) == release.number
    assert CITATION["date-released"] == str(graph.value(DATASET, DCTERMS.modified))
    publisher = graph.value(DATASET, DCTERMS.publisher)
    names = {str(name) for name in graph.objects(publisher, URIRef(namespaces.expand("foaf:name")))}
    assert {author["name"] for author in CITATION["authors"]} <= names


def test_data_and_ontology_have_semantic_versions_of_their_own(sources: Sources) -> None:
    graph = sources.merged()
    assert VERSION.fullmatch(str(graph.value(DATASET, NUMBER)))
    version = str(graph.value(ONTOLOGY, OWL.versionInfo))
    assert VERSION.fullmatch(version)
    assert graph.value(ONTOLOGY, OWL.versionIRI) == URIRef(f"{namespaces.ONTOLOGY}/{version}")
    assert graph.value(DATASET, OWL.versionInfo) is None


def test_front_page_describes_the_dataset_for_search_engines(engine: Engine, release: Release) -> None:
    with create_app(engine, release=release).test_client() as client:
        page = client.get("/", headers=BROWSER).text
    (script,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page, re.S)
    described = json.loads(script)
    assert (described["@context"], described["@type"]) == ("https://schema.org/", "Dataset")
    assert described["version"] == release.number
    assert described["license"] == "https://creativecommons.org/publicdomain/zero/1.0/"
    assert {text["@language"] for text in described["name"]} == {"en", "ru"}
    assert all(50 <= len(text["@value"]) <= 5000 for text in described["description"])  # what Google asks
    assert described["creator"]["name"] == "The cstokg editors"
    addresses = {row["contentUrl"] for row in described["distribution"]}
    assert addresses == {f"{namespaces.BASE}downloads/{name}" for name, file in FILES.items() if file.title}
