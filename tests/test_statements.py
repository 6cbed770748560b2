"""What is read of statements: whose words they pass on, for which state, who published them, and when."""

from pathlib import Path

import pytest

from cstokg import namespaces
from cstokg.engine.engine import Engine
from cstokg.web.content.catalogue import Term
from cstokg.web.content.graph import Graph
from cstokg.web.content.statements import NONE, Statement, read_statements


@pytest.fixture(scope="module")
def statements(engine: Engine) -> tuple[Statement, ...]:
    """Return the statements of the release."""
    return read_statements(Graph(engine))


def test_statements_that_pass_on_words_of_others_are_found_by_whose_they_are(
    statements: tuple[Statement, ...],
) -> None:
    """Whether their speaker is a person or known by the post only."""
    speakers = {row.iri: row.speakers[0] for row in statements}
    passing = [row for row in statements if row.values("ckg:relays")]
    assert passing
    for row in statements:
        expected = {speakers[iri] for iri in row.values("ckg:relays")} or {NONE}
        assert set(row.values_of_facet("relayed")) == expected


def test_a_government_body_speaks_for_its_state(statements: tuple[Statement, ...]) -> None:
    ministries = [row for row in statements if any("/government-body/" in iri for iri in row.speakers)]
    assert ministries
    assert all(row.states != (NONE,) for row in ministries)


def test_every_outlet_that_publishes_an_article_counts(tmp_path: Path) -> None:
    data = tmp_path / "data.ttl"
    data.write_text(
        """PREFIX ckg: <https://w3id.org/csto-kg/ontology#>
        BASE <https://w3id.org/csto-kg/id/>
        <article/a> a ckg:Article ; <http://purl.org/dc/terms/publisher> <outlet/one> , <outlet/two> .
        <statement/s> a ckg:Statement ; ckg:reportedIn <article/a> .
        """
    )
    (statement,) = read_statements(Graph(Engine.from_files([data])))
    publishers = [outlet.rpartition("/")[2] for outlet in statement.values_of_facet("publisher")]
    assert publishers == ["one", "two"]
    assert statement.values_of_facet("outlet") == (NONE,)


@pytest.mark.parametrize(
    ("bounds", "years"),
    [
        ({}, (NONE,)),
        ({"endNotAfter": "2024-06-21"}, ("2024",)),
        ({"startNotBefore": "2022-12-31", "endNotAfter": "2024-01-01"}, ("2022", "2023", "2024")),
    ],
)
def test_a_statement_may_be_of_each_year_between_its_bounds(
    bounds: dict[str, str], years: tuple[str, ...]
) -> None:
    triples = {namespaces.expand(f"ckg:{name}"): {Term(value): None} for name, value in bounds.items()}
    assert Statement("x", triples, "").years == years


def test_no_paraphrase_begins_with_the_name_of_its_own_speaker(
    statements: tuple[Statement, ...], graph: Graph
) -> None:
    """Pages and files print the speaker before it."""
    for row in statements:
        for person in row.values("ckg:speaker"):
            if namespaces.kind_of(person) == "person":
                first = row.paraphrase.split()[0].removesuffix(",")
                assert first not in graph.catalogue.label(person).split(), row.paraphrase


def test_who_spoke_after_a_meeting_spoke_on_its_occasion(statements: tuple[Statement, ...]) -> None:
    """On no certain day, where the article gives several."""
    (row,) = (row for row in statements if row.iri.endswith("/moscow-2011-bordiuzha-measures"))
    assert list(row.values("ckg:statedAt")) == [f"{namespaces.ID}meeting/2011-12-19-joint"]
    assert row.day == ""
