"""The conflicts by entity: pages say where the articles disagree about their entity."""

from pathlib import Path

import pytest
from werkzeug.test import Client

from cstokg import namespaces
from cstokg.engine.engine import Engine
from cstokg.web.content import conflicts
from cstokg.web.content.graph import Graph
from site_client import BROWSER, create_app, links, words

SAID = "The articles disagree here"

PREFIXES = """\
PREFIX body: <https://w3id.org/csto-kg/id/body/>
PREFIX ckg: <https://w3id.org/csto-kg/ontology#>
PREFIX claim: <https://w3id.org/csto-kg/id/claim/>
PREFIX conflict: <https://w3id.org/csto-kg/id/conflict/>
PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>
body:disputed a ckg:InternationalBody .
"""
CONFLICT = """\
claim:N a ckg:Claim ; rdf:subject body:disputed .
conflict:N a ckg:Conflict ; ckg:hasClaim claim:N .
"""


@pytest.mark.parametrize(
    ("page", "conflict"),
    [
        ("state/armenia", "armenia-standing"),
        ("membership/armenia-csto-2024", "armenia-standing"),
        ("suspension/armenia-csto-2024", "armenia-standing"),
        ("statement/almaty-2024-secretariat-full-member", "armenia-standing"),
        ("person/ayvazyan-ara", "ayvazyan-acting"),
        ("post/foreign-minister-armenia", "ayvazyan-acting"),
        ("tenure/ayvazyan-ara-foreign-minister-armenia-2021", "ayvazyan-acting"),
        ("person/mukhriddin-sirojiddin", "mukhriddin-name"),
    ],
)
def test_page_names_the_conflict(client: Client, engine: Engine, page: str, conflict: str) -> None:
    """Once, before the facts where the page has a list of them, as a link by its label."""
    response = client.get(f"/page/{page}", headers=BROWSER)
    label = Graph(engine).catalogue.label(f"{namespaces.ID}conflict/{conflict}")
    text = words(response)
    assert text.count(SAID) == 1
    assert f"{SAID}: {label}" in text
    assert response.text.index(SAID) < response.text.find('id="facts"') % len(response.text)
    assert f"/page/conflict/{conflict}" in links(response)


@pytest.mark.parametrize(
    "page",
    [
        "article/almaty-2024",
        "attendance/2021-05-19-cfm-lavrov-sergey",
        "claim/almaty-2024-armenia-suspended",
        "concept/topic/international-security",
        "conflict/armenia-standing",
        "place/tashkent",
        "state/tajikistan",
        "tenure/lavrov-sergey-foreign-minister-russia-2021",
    ],
)
def test_page_of_what_is_not_disputed(client: Client, page: str) -> None:
    """Neither the page of the conflict, nor those of things that a disputed record only links to."""
    response = client.get(f"/page/{page}", headers=BROWSER)
    assert response.status_code == 200
    assert SAID not in response.text


def test_many_conflicts_are_folded(tmp_path: Path) -> None:
    path = tmp_path / "data.ttl"
    path.write_text(PREFIXES + "".join(CONFLICT.replace("N", str(number)) for number in range(5)))
    engine = Engine.from_files([path])
    assert len(conflicts.conflicts_by_entity(Graph(engine))[f"{namespaces.ID}body/disputed"]) == 5
    text = create_app(engine).test_client().get("/page/body/disputed", headers=BROWSER).text
    folded = text[text.index('<details class="disputed">') :].partition("</details>")[0]
    assert folded.count("/page/conflict/") == text.count("/page/conflict/") == 5
