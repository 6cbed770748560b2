"""The examples of docs/asking.md find something, and it names every property that is not inferred."""

import csv
import re
from pathlib import Path

import pytest
from rdflib import OWL, RDF, SKOS, Graph

from cstokg import namespaces
from cstokg.engine.engine import Engine

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "docs" / "asking.md").read_text(encoding="utf-8")
EXAMPLES = dict(re.findall(r"^\*\*([^\n*]+)\*\*[^\n]*\n\n```sparql\n(.*?)^```", TEXT, re.M | re.S))
# About pages, sentences and files; nobody asks for these to learn what happened.
TECHNICAL = frozenset({"furniture", "sentenceStart", "sentenceEnd", "address", "retrievedOn"})
INFERRED = re.compile(r"\binferred, never written by hand", re.I)


@pytest.mark.parametrize("question", EXAMPLES)
def test_example_finds_something(engine: Engine, question: str) -> None:
    answer = engine.query(EXAMPLES[question], "text/csv").text
    assert len(list(csv.reader(answer.splitlines()))) > 1


def test_every_question_has_its_example() -> None:
    assert len(EXAMPLES) == len(re.findall(r"^\*\*", TEXT, re.M)) == TEXT.count("```sparql")


@pytest.mark.parametrize("question", EXAMPLES)
def test_example_is_short(question: str) -> None:
    assert len(EXAMPLES[question].splitlines()) == 2


def test_every_property_is_named() -> None:
    ontology = Graph().parse(ROOT / "ontology" / "ckg.ttl")
    named = set(re.findall(r"\bckg:(\w+)", TEXT))
    for kind in (OWL.ObjectProperty, OWL.DatatypeProperty):
        for term in ontology.subjects(RDF.type, kind):
            name = str(term).removeprefix(namespaces.CKG)
            notes = " ".join(map(str, ontology.objects(term, SKOS.scopeNote)))
            assert name in named | TECHNICAL or INFERRED.search(notes), name
