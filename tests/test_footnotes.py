"""An inferred fact is shown with the evidence of the facts from which it is inferred, and no other."""

from pathlib import Path

import pytest

from cstokg import namespaces
from cstokg.engine.engine import Engine
from cstokg.web.content import facts, footnotes
from cstokg.web.content.catalogue import Term
from cstokg.web.content.graph import Graph

# A derived property, and the path from its subject over the record behind it to its object.
DERIVED = {
    "ckg:attended": "?s ^ckg:attendee ?record . ?record ckg:atMeeting ?o",
    "ckg:continues": "?s ^ckg:resultingBody ?record . ?record ckg:originalBody ?o",
    "ckg:discussed": "?s ^ckg:agendaItemOf ?record . ?record ckg:topic ?o",
    "ckg:hasBeenMemberOf": "?s ^ckg:member ?record . ?record ckg:membershipIn ?o",
    "ckg:hasHeldPost": "?s ^ckg:holder ?record . ?record ckg:tenurePost ?o",
    "ckg:hasHeldRole": "?s ^ckg:holder ?record . ?record ckg:tenurePost/ckg:postRole ?o",
    "ckg:resultedFrom": "?s ^ckg:resultingBody ?o BIND (?o AS ?record)",
}


@pytest.mark.parametrize("name", DERIVED)
def test_inferred_fact_has_the_evidence_of_the_records_behind_it(graph: Graph, name: str) -> None:
    """Of every fact that this property has by inference."""
    derived = f"GRAPH graph:inferred {{ ?s {name} ?o }} {DERIVED[name]}"
    rows = graph.select(f"SELECT ?s ?o ?span {{ {derived} . ?record ckg:evidence ?span }}")
    expected: dict[tuple[str, Term], set[str]] = {}
    for row in rows:
        expected.setdefault((row["s"].value, row["o"]), set()).add(row["span"].value)
    assert expected
    about = {subject: graph.about(subject) for subject, _ in expected}
    found = {
        (s, o): set(footnotes.spans_of_inferred(about[s], namespaces.expand(name), o)) for s, o in expected
    }
    assert found == expected


def test_reporting_article_is_cited_by_its_own_spans(graph: Graph) -> None:
    """Not on those of what else that article reports."""
    description = graph.about(f"{namespaces.ID}meeting/2021-05-19-cfm")
    own = {term.value for term in description.values(description.iri, "ckg:evidence")}
    (article,) = description.values(description.iri, "ckg:reportedIn")
    assert set(footnotes.spans_of_inferred(description, namespaces.expand("ckg:reportedIn"), article)) == own
    assert (
        footnotes.spans_of_inferred(
            description, namespaces.expand("ckg:reportedIn"), Term(f"{namespaces.ID}article/x", "uri")
        )
        == ()
    )


def test_host_rests_on_the_record_itself(graph: Graph) -> None:
    """Not on the attendance of the host's minister, which names the same state."""
    description = graph.about(f"{namespaces.ID}meeting/2021-05-19-cfm")
    own = {term.value for term in description.values(description.iri, "ckg:evidence")}
    shown = {fact.predicate: fact for fact in facts.facts_of(description, graph.catalogue)}
    (host,) = shown[namespaces.expand("ckg:hostState")].values
    assert host.inferred
    assert set(host.spans) == own


def test_a_period_that_no_article_gives_has_no_evidence(tmp_path: Path) -> None:
    """Not that of the record's other facts: like any fact that no article gives, it is the editors' own."""
    data = tmp_path / "data.ttl"
    data.write_text(
        """PREFIX ckg: <https://w3id.org/csto-kg/ontology#>
        BASE <https://w3id.org/csto-kg/id/>
        <membership/m> a ckg:Membership ; ckg:member <state/s> ; ckg:startNotAfter "2002-01-01" ;
          ckg:evidence <article/a/span/1-2> ; ckg:hasTestimony <membership/m/testimony/1> .
        <membership/m/testimony/1> ckg:supports ckg:member ; ckg:evidence <article/a/span/1-2> .
        """
    )
    graph = Graph(Engine.from_files([data], "union"))
    shown = facts.facts_of(graph.about(f"{namespaces.ID}membership/m"), graph.catalogue)
    spans = {fact.name: fact.values[0].spans for fact in shown}
    assert spans["ckg:member"] == (f"{namespaces.ID}article/a/span/1-2",)
    assert spans["ckg:startNotBefore"] == ()


def test_register_gives_no_evidence(graph: Graph) -> None:
    """A post in a council is a post in its organisation: no article says so."""
    description = graph.about(f"{namespaces.ID}post/council-chair-csc")
    assert (
        footnotes.spans_of_inferred(
            description, namespaces.expand("ckg:postIn"), Term(f"{namespaces.ID}body/csto", "uri")
        )
        == ()
    )
