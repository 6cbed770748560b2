"""The things that names are matched with: how well they are found by name."""

from pathlib import Path

import pytest
from benchmarks import reconciliation as benchmark

from cstokg.engine.engine import Engine
from cstokg.web.content.graph import Graph
from cstokg.web.reconciliation import reconcilable
from cstokg.web.reconciliation.reconcilable import Register


@pytest.fixture(scope="module")
def register(engine: Engine) -> Register:
    return reconcilable.read(Graph(engine))


@pytest.mark.parametrize("variants", benchmark.VARIANTS, ids=lambda path: path.stem)
def test_precision_and_recall(register: Register, variants: Path) -> None:
    rows = benchmark.outcomes(register, variants)
    assert len(rows) > 220
    assert sum(not row.expected for row in rows) > 60
    precision, recall = benchmark.precision_and_recall(rows)
    wrong = [row for row in rows if row.matched != row.expected]
    assert precision >= benchmark.PRECISION, wrong
    assert recall >= benchmark.RECALL, wrong


def test_every_expected_id_is_there(register: Register) -> None:
    rows = (row for variants in benchmark.VARIANTS for row in benchmark.read(variants))
    expected = {row["expected"] for row in rows} - {""}
    assert expected <= set(register.entities)


def test_every_label_matches_its_thing(register: Register) -> None:
    """With its type given, and unless two things have the same name."""
    wrong = []
    for entity in register.entities.values():
        matches = register.names.match(entity.label, register.of_types(entity.classes[:1]))
        if not matches or matches[0].id != entity.id:
            wrong.append((entity.id, [match.id for match in matches[:2]]))
    assert wrong == []


def test_properties_that_are_used_equally_often_have_a_fixed_order(register: Register) -> None:
    """Whatever order Python gives the members of a type."""
    own = {row.id for row in register.properties.values() if row.path == f"ckg:{row.id}"}
    for type_ in register.types:
        members = [register.entities[id_] for id_ in register.of_types([type_])]
        rows = [row for row in register.properties_of(type_) if row.id in own]
        counts = [(-sum(bool(register.values(row, member)) for member in members), row.id) for row in rows]
        assert counts == sorted(counts), type_


def test_a_person_is_described_by_posts_with_their_years(register: Register) -> None:
    """A type or a post alone does not say when, and an acting minister was not a full one."""
    described = register.describe(register.entities["person/ayvazyan-ara"])
    assert described == "acting Minister of Foreign Affairs of Armenia, 2021; Armenia"
    assert register.describe(register.entities["state/armenia"]).startswith("state")
