"""The terms stay within OWL 2 DL and RL, and a reasoner draws from them what the scope notes promise."""

import itertools
import os
import shutil
import subprocess
from pathlib import Path

import owlrl
import pytest
import rdflib
from rdflib import OWL, RDF, Graph, URIRef
from rdflib.term import Node

from cstokg import namespaces

ROOT = Path(__file__).parents[1]
ONTOLOGY = ROOT / "ontology" / "ckg.ttl"
CKG = rdflib.Namespace(namespaces.CKG)

# What owlrl adds where the data contradict the terms; it raises nothing.
ERROR = URIRef("http://www.daml.org/2002/03/agents/agent-ont#error")

PROGRAM = Path(__file__).parent / "owl_profile" / "OwlProfileCheck.java"
PACKAGES = "default-jdk-headless and libowlapi-java"
# The fewest with which OWLAPI reads Turtle and checks profiles: it does not without any of them.
JARS = [
    Path("/usr/share/java") / f"{name}.jar"
    for name in (
        "owlapi-distribution",
        "atinject-jsr330-api",
        "caffeine",
        "commons-io",
        "commons-rdf-api",
        "guava",
        "hppcrt",
        "rdf4j-model",
        "rdf4j-model-api",
        "rdf4j-model-vocabulary",
        "rdf4j-rio-api",
        "rdf4j-rio-turtle",
        "rdf4j-util",
        "slf4j-api",
        "slf4j-nop",
        "xz",
    )
]

PLANTED = """
PREFIX ckg: <https://w3id.org/csto-kg/ontology#>
PREFIX role: <https://w3id.org/csto-kg/id/concept/role/>
PREFIX : <https://example.org/>
PREFIX org: <http://www.w3.org/ns/org#>
PREFIX schema: <https://schema.org/>

:membership ckg:member :state ; ckg:membershipIn :body .
:event ckg:originalBody :treaty ; ckg:resultingBody :body .
:ministry ckg:organOf :state .
:post ckg:postIn :ministry ; ckg:postRole role:foreign-minister .
:other-post ckg:postIn :ministry ; ckg:postRole role:spokesperson .
:tenure ckg:holder :minister ; ckg:tenurePost :post .
:other-tenure ckg:holder :spokesperson ; ckg:tenurePost :other-post .
:hall ckg:locatedIn :quarter .
:quarter ckg:locatedIn :city .
:city ckg:inState :state .
:meeting ckg:heldIn :hall .
:attendance ckg:attendee :minister ; ckg:atMeeting :meeting ; ckg:inCapacityOf :post .
:attendance ckg:hasTestimony :testimony .
:testimony ckg:evidence :span ; ckg:modality :fact ; ckg:reportedVia :agency .
:first ckg:before :second .
:third ckg:after :second .
:span ckg:spanOf :article .
:item ckg:agendaItemOf :meeting ; ckg:topic :peace .
:claim ckg:contradicts :other-claim .

:expectation a ckg:ExpectedAttendance ; ckg:participant :spokesperson ; ckg:atMeeting :meeting .
:expected-item ckg:expectedAgendaItemOf :meeting ; ckg:topic :trade .
"""

FOLLOWS = (
    # chains
    ":state ckg:hasBeenMemberOf :body",
    ":body ckg:continues :treaty",
    ":post ckg:postIn :state",
    ":minister ckg:hasHeldPost :post",
    ":minister ckg:hasHeldRole role:foreign-minister",
    ":hall ckg:inState :state",
    ":meeting ckg:hostState :state",
    ":minister ckg:attended :meeting",
    ":attendance ckg:onBehalfOf :state",
    ":meeting ckg:discussed :peace",
    ":attendance ckg:reportedIn :article",
    ":attendance ckg:evidence :span",
    ":attendance ckg:modality :fact",
    ":attendance ckg:reportedVia :agency",
    # inverses
    ":second ckg:after :first",
    ":second ckg:before :third",
    ":state ckg:hasMembership :membership",
    ":body ckg:resultedFrom :event",
    ":minister ckg:hasTenure :tenure",
    ":minister ckg:hasAttendance :attendance",
    ":meeting ckg:hasAgendaItem :item",
    # the rest
    ":first ckg:before :third",
    ":attendance ckg:involves :minister",
    ":minister a ckg:ForeignMinister",
    ":attendance ckg:participant :minister",
    ":attendance a ckg:Attendance",
    ":hall ckg:locatedIn :city",
    ":other-claim ckg:contradicts :claim",
)
NEVER_FOLLOWS = (
    ":spokesperson a ckg:ForeignMinister",
    ":spokesperson ckg:attended :meeting",
    ":meeting ckg:discussed :trade",
    ":body ckg:continues :body",
    ":state a org:Organization",
    ":state a schema:Place",
)
DISJOINT = (
    "Person State Group Organisation",
    "Attendance ExpectedAttendance ExpectedAbsence",
    "Agent Post Place Article EvidenceSpan Testimony EvidencedRecord Conflict",
    "Event Situation Anniversary AgendaItem Document Statement Remark Rule Claim",
)


def triple(text: str) -> tuple[Node, Node, Node]:
    """Return the one triple that the text states with the prefixes of ``PLANTED``."""
    prologue = PLANTED[: PLANTED.index("\n\n")]
    (only,) = Graph().parse(data=f"{prologue}\n{text} .", format="turtle")
    return only


def closure(data: str) -> Graph:
    """Return the terms, their alignments and the data, with all that owlrl draws from them."""
    graph = Graph().parse(ONTOLOGY).parse(ONTOLOGY.with_name("alignments.ttl"))
    graph.parse(data=data, format="turtle")
    owlrl.DeductiveClosure(owlrl.OWLRL_Semantics).expand(graph)
    return graph


@pytest.fixture(scope="module")
def planted() -> Graph:
    """Return the closure of the planted data."""
    return closure(PLANTED)


@pytest.mark.parametrize("text", FOLLOWS)
def test_follows(planted: Graph, text: str) -> None:
    """The triple is inferred, and was not asserted."""
    assert triple(text) not in Graph().parse(data=PLANTED, format="turtle")
    assert triple(text) in planted


@pytest.mark.parametrize("text", NEVER_FOLLOWS)
def test_never_follows(planted: Graph, text: str) -> None:
    """A plan does not become a fact, and one post does not stand for another."""
    assert triple(text) not in planted


def test_every_chain_and_inverse_is_planted() -> None:
    graph = Graph().parse(ONTOLOGY)
    derived = {*graph.subjects(OWL.propertyChainAxiom), *graph.objects(None, OWL.inverseOf)}
    assert len(derived) == 20
    assert derived <= {triple(text)[1] for text in FOLLOWS}


def test_terms_and_alignments_do_not_contradict_themselves(planted: Graph) -> None:
    """No error, and nothing is the same as something else."""
    assert list(planted.subject_objects(ERROR)) == []
    assert [pair for pair in planted.subject_objects(OWL.sameAs) if pair[0] != pair[1]] == []


def test_contradictions_are_seen() -> None:
    """A node in two classes of which it can be one only is an error."""
    pairs = [pair for group in DISJOINT for pair in itertools.combinations(group.split(), 2)]
    nodes = [f"https://example.org/both-{number}" for number in range(len(pairs))]
    found = closure(
        "\n".join(f"<{node}> a <{CKG[a]}> , <{CKG[b]}> ." for node, (a, b) in zip(nodes, pairs, strict=True))
    )
    messages = " ".join(map(str, found.objects(None, ERROR))).split()
    assert [pair for node, pair in zip(nodes, pairs, strict=True) if node not in messages] == []


DEFECTS = {
    "OWL2_DL": "ckg:acting rdfs:range xsd:date .",
    "OWL2_RL": "ckg:Event rdfs:subClassOf [ owl:onProperty ckg:heldIn ; owl:someValuesFrom ckg:Place ] .",
}


def profile_check(*paths: Path) -> subprocess.CompletedProcess[str]:
    """Return what the profile check prints about files.

    Skips the test where the check is not installed, except in continuous integration, where that
    is a failure.
    """
    java = shutil.which("java")
    missing = [jar.name for jar in JARS if not jar.exists()]
    if java is None or shutil.which("javac") is None or missing:
        message = f"install the Debian packages {PACKAGES}: missing {', '.join(missing) or 'a JDK'}"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    # To start and to optimize Java takes longer than to check.
    quick = ["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"]
    command = [java, *quick, "-cp", os.pathsep.join(map(str, JARS)), str(PROGRAM), *map(str, paths)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


def test_terms_stay_in_owl_2_dl_and_rl_and_violations_are_seen(tmp_path: Path) -> None:
    """OWLAPI reads every term and finds no violation of either profile, but where a defect leaves one."""
    text = ONTOLOGY.read_text(encoding="utf-8")
    for profile, defect in DEFECTS.items():
        (tmp_path / f"{profile}.ttl").write_text(f"{text}\n{defect}\n", encoding="utf-8")
    graph = Graph().parse(ONTOLOGY)
    classes, objects, data = (
        len(set(graph.subjects(RDF.type, kind)))
        for kind in (OWL.Class, OWL.ObjectProperty, OWL.DatatypeProperty)
    )
    done = profile_check(ONTOLOGY, *(tmp_path / f"{profile}.ttl" for profile in DEFECTS))
    _, without, *defective = done.stdout.split("read: ")
    assert without.splitlines() == [
        f"{classes} classes, {objects} object properties, {data} data properties",
        "OWL2_DL: 0 violations",
        "OWL2_RL: 0 violations",
    ], done.stderr
    for profile, printed in zip(DEFECTS, defective, strict=True):
        assert f"\n{profile}: " in printed
        assert f"\n{profile}: 0 violations" not in printed
    assert done.returncode == 1
    assert profile_check(ONTOLOGY).returncode == 0
