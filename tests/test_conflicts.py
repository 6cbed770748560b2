"""The page of all conflicts: each with its sides, their evidence and the editors' note."""

import re

import pytest
from werkzeug.test import Client

from cstokg.engine.engine import Engine
from cstokg.web.graph import Graph
from site_client import create_app

PLAIN = {"Accept-Encoding": "identity"}


@pytest.fixture(scope="module")
def client(engine: Engine) -> Client:
    """A client of the application over the release."""
    return create_app(engine).test_client()


def test_every_conflict_has_all_its_sides_and_the_note(client: Client, engine: Engine) -> None:
    """Every conflict has all its sides and the note."""
    graph = Graph(engine)
    text = client.get("/conflicts", headers=PLAIN).text
    parts = text.split('<section class="dispute"')[1:]
    counted = graph.select(
        "SELECT ?c (COUNT(?claim) AS ?n) WHERE { ?c a ckg:Conflict ; ckg:hasClaim ?claim } GROUP BY ?c"
    )
    assert len(parts) == len(counted) > 0
    assert sorted(part.count('class="side"') for part in parts) == sorted(
        int(row["n"].value) for row in counted
    )
    assert all("The editors:" in part and 'class="mark"' in part for part in parts)


def test_kinds_narrow_and_their_counts_hold(client: Client) -> None:
    """Kinds narrow and their counts hold."""
    text = client.get("/conflicts", headers=PLAIN).text
    kinds = re.findall(r'href="(/conflicts\?kind=[^"]+)">[^<]+<span class="count">(\d+)</span>', text)
    assert kinds
    for address, number in kinds:
        assert client.get(address, headers=PLAIN).text.count('<section class="dispute"') == int(number)


def test_an_unknown_kind_has_no_conflicts(client: Client) -> None:
    """An unknown kind has no conflicts."""
    text = client.get("/conflicts?kind=%3Cscript%3E", headers=PLAIN).text
    assert "There is no conflict of this kind" in text
    assert "<script>" not in text


def test_the_page_is_light(client: Client) -> None:
    """The page is light."""
    assert len(client.get("/conflicts", headers={"Accept-Encoding": "gzip"}).data) < 60_000
