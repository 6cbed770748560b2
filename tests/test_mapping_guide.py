"""What data/README.md says is so: its commands, its terms, and its examples."""

import re
import shlex
from pathlib import Path

import click
import pytest
from rdflib import RDF, RDFS, SKOS, URIRef

import meeting_articles
from cstokg import namespaces
from cstokg.build import spans
from cstokg.build.checks import validation
from cstokg.build.sources import Sources, read
from cstokg.build.spans import Span
from cstokg.cli.main import main

GUIDE = (Path(__file__).parents[1] / "data" / "README.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^```turtle\n(.*?)^```", GUIDE, re.M | re.S)
COMMANDS = sorted(
    {
        line.partition("#")[0].strip()
        for block in re.findall(r"^```sh\n(.*?)^```", GUIDE, re.M | re.S)
        for line in block.splitlines()
        if line.startswith("cstokg ")
    }
    | set(re.findall(r"`(cstokg [^`…]+)`", GUIDE))
)
# Terms that are inferred, or only group the ones that are written.
NOT_WRITTEN = {
    *("Agent", "EvidencedRecord", "EvidenceSpan", "ForeignMinister"),
    *("Meeting", "Participation", "Situation", "Testimony"),
}
CKG = namespaces.CKG


@pytest.mark.parametrize("command", COMMANDS)
def test_command_and_its_options_exist(command: str) -> None:
    _, name, *arguments = shlex.split(command)
    found = main.get_command(click.Context(main), name)
    assert found
    parameters = found.params
    options = {option for parameter in parameters for option in parameter.opts}
    assert {argument for argument in arguments if argument.startswith("--")} <= options


def test_terms_and_values_exist(sources: Sources) -> None:
    ontology = sources.ontology()
    named = set(re.findall(r"\bckg:[A-Za-z0-9]+", GUIDE))
    values = set(re.findall(rf"\b(?:{'|'.join(namespaces.SCHEMES)}):[a-z-]+[a-z]", GUIDE))
    missing = [
        name for name in named | values if (URIRef(namespaces.expand(name)), None, None) not in ontology
    ]
    assert missing == []
    assert len(named) > 80


def test_every_class_and_role_is_explained(sources: Sources) -> None:
    ontology = sources.ontology()
    classes = {
        str(term).removeprefix(CKG)
        for term in ontology.subjects(RDF.type, URIRef(namespaces.expand("owl:Class")))
        if str(term).startswith(CKG)
    }
    roles = {
        str(term).removeprefix(CKG)
        for term in ontology.subjects(RDFS.subPropertyOf, URIRef(f"{CKG}involves"))
    }
    missing = {name for name in (classes - NOT_WRITTEN) | roles if not re.search(rf"`ckg:{name}\b", GUIDE)}
    assert missing == set()


@pytest.mark.parametrize(
    "scheme", ["action-kind", "modality", "basis", "conflict-kind", "place-kind", "statement-form", "rank"]
)
def test_every_value_of_a_scheme_is_named(sources: Sources, scheme: str) -> None:
    concepts = sources.ontology().subjects(SKOS.inScheme, URIRef(f"{namespaces.ID}scheme/{scheme}"))
    missing = [name for name in map(namespaces.shorten, map(str, concepts)) if f"`{name}`" not in GUIDE]
    assert missing == []


def test_examples_are_read_and_have_no_violation(tmp_path: Path) -> None:
    """All examples are read together, with the things that they refer to and do not describe."""
    root, _ = meeting_articles.write(tmp_path)
    name = meeting_articles.FIRST
    others = """
document:exampleville-2031-trade-plan
    a ckg:Document ;
    skos:prefLabel "Trade plan of the Example Union"@en , "Торговый план"@ru ;
    dcterms:type document-kind:plan ;
    ckg:hasTestimony [
        ckg:modality modality:expected ;
        ckg:evidence span:231-260 ;
        ckg:basis basis:stated ;
    ] ;
.

attendance:2031-05-14-example-council-doe-jane
    a ckg:Attendance ;
    ckg:atMeeting meeting:2031-05-14-example-council ;
    ckg:attendee person:doe-jane ;
    ckg:inCapacityOf post:foreign-minister-exampleland ;
.

group:raiders-north-pass-2031
    a ckg:Group ;
    skos:prefLabel "the raiders at the North Pass, 2031"@en , "участники набега"@ru ;
.

meeting:2031-h1-example-council-plan
    a ckg:AnnouncedMeeting ;
    skos:prefLabel "Example Council, first half of 2031"@en , "Примерный совет, 2031 год"@ru ;
    ckg:meetingOf organ:example-council ;
    ckg:hasTestimony [
        ckg:modality modality:announced ;
        ckg:startNotBefore "2031-01-01"^^xsd:date ;
        ckg:endNotAfter "2031-06-30"^^xsd:date ;
        ckg:evidence span:231-260 ;
        ckg:basis basis:stated ;
    ] ;
.
"""
    body = "\n".join([*EXAMPLES, others])
    meeting_articles.turtle(root, f"data/articles/{name}.ttl", body, name)
    cited = sorted({(int(start), int(end)) for start, end in re.findall(r"span:(\d+)-(\d+)", body)})
    spans.write(root, name, [Span(start, end, f"{start:064x}") for start, end in cited])
    meeting_articles.list_articles(root)
    report = validation.check(read(root), reference=False)
    assert [str(each) for each in report.findings if each.severity == "violation"] == []
    assert len(EXAMPLES) > 6


def test_guide_is_not_long() -> None:
    assert GUIDE.count("\n") <= 365
