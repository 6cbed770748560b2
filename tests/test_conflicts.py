"""The conflicts by entity: pages say where accounts differ about their entity."""

import re
from pathlib import Path

import pytest
from werkzeug.test import Client

from cstokg import namespaces
from cstokg.engine.engine import Engine
from cstokg.web.content import conflicts
from cstokg.web.content.graph import Graph
from site_client import BROWSER, create_app, links, words

SAID = "Accounts differ here"
WHO_DIFFERS = {
    "armenia-standing": "One article reports two views",
    "ayvazyan-acting": "Two wordings in one article",
    "mukhriddin-name": "Two wordings in one article",
}

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
    assert f"{SAID}: {label} {WHO_DIFFERS[conflict]}" in text
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


def test_only_two_cases_set_articles_against_each_other(engine: Engine) -> None:
    rows = {
        row.iri.rpartition("/")[2]: row.who_differs for row in conflicts.conflicts_by_weight(Graph(engine))
    }
    assert rows == {
        **WHO_DIFFERS,
        "anniversary-twenty": "Two articles differ",
        "founding-year": "Three articles differ",
        "november-session": "Two wordings in one article",
    }


def test_a_speaker_and_the_article_that_differ_are_told_apart() -> None:
    def side(article: str, *speakers: str) -> conflicts.Side:
        return conflicts.Side("", "", (article,), speakers, "", False, False, ())

    def who_differs(*sides: conflicts.Side) -> str:
        return conflicts.Conflict("", (), sides, False).who_differs

    assert who_differs(side("a"), side("a", "p")) == "An article and a speaker in it differ"
    assert who_differs(side("a", "p"), side("a", "q"), side("a", "r")) == "One article reports three views"
    assert who_differs(side("a"), side("b", "p"), side("c")) == "Three articles differ"
    assert who_differs(side("a", "p"), side("a", "p")) == "Two wordings in one article"


@pytest.mark.parametrize(
    "page", ["/", "/about", "/conflicts", "/page/conflict/armenia-standing", "/questions"]
)
def test_no_page_says_that_the_articles_disagree(client: Client, page: str) -> None:
    text = words(client.get(page, headers=BROWSER))
    assert "Where accounts differ" in text
    assert not re.search(r"(?i)disagree|contradicts? (itself|each other)|versions about", text)


def test_a_speakers_side_says_when_it_was_said(client: Client) -> None:
    text = re.sub(r"\s+,", ",", words(client.get("/page/conflict/armenia-standing", headers=BROWSER)))
    assert "according to Nikol Pashinyan, February 2024" in text
    assert "case where accounts differ" in text
    assert "according to CSTO Secretariat, by 21 June 2024" in text


def test_nobody_is_made_to_say_that_the_november_session_was_held(client: Client) -> None:
    text = words(client.get("/page/conflict/november-session", headers=BROWSER))
    assert "according to" not in text
    assert "already been held" not in text


def test_what_the_article_says_itself_is_no_evidence_of_what_a_speaker_claims(client: Client) -> None:
    text = client.get("/page/conflict/armenia-standing", headers=BROWSER).text
    assert "span/1146-1177" not in text
    assert "span/3097-3203" in text


def test_many_conflicts_are_folded(tmp_path: Path) -> None:
    path = tmp_path / "data.ttl"
    path.write_text(PREFIXES + "".join(CONFLICT.replace("N", str(number)) for number in range(5)))
    engine = Engine.from_files([path])
    assert len(conflicts.conflicts_by_entity(Graph(engine))[f"{namespaces.ID}body/disputed"]) == 5
    text = create_app(engine).test_client().get("/page/body/disputed", headers=BROWSER).text
    folded = text[text.index('<details class="disputed">') :].partition("</details>")[0]
    assert folded.count("/page/conflict/") == text.count("/page/conflict/") == 5


def test_a_conflict_touches_the_statement_from_which_the_disputed_record_is_known(graph: Graph) -> None:
    statement = f"{namespaces.ID}statement/almaty-2024-zakharova-drafts-presented"
    assert conflicts.conflicts_by_entity(graph)[statement] == [f"{namespaces.ID}conflict/november-session"]


@pytest.mark.parametrize(
    ("claim", "standing"),
    [
        (
            "almaty-2018-uzbekistan-not-renewed",
            "the editors’ conclusion, from Unnamed outlet, 11 June 2018 or later",
        ),
        (
            "almaty-2024-armenia-suspended",
            "left open: TASS, 21 June 2024, according to Nikol Pashinyan, February 2024",
        ),
        ("dushanbe-2021-csto-anniversary", "accepted by the editors: NIAT Khovar, 20 May 2021"),
        ("moscow-2011-anniversary-as-printed", "not accepted: Ilya Kharlamov, 19 or 20 December 2011"),
        (
            "readings-joint-session-realises-plan",
            "from Foreign ministry (state not named), 31 May 2011; Ilya Kharlamov, 19 or 20 December 2011",
        ),
    ],
)
def test_a_claim_is_listed_with_its_standing_and_its_source(
    client: Client, graph: Graph, claim: str, standing: str
) -> None:
    """In the list of all claims, and where the page of what it is about lists it."""
    iri = f"{namespaces.ID}claim/{claim}"
    assert conflicts.standing_of_claims(graph)[iri].endswith(standing)
    shown = f"{graph.catalogue.whole_label(iri)} · {conflicts.standing_of_claims(graph)[iri]}"
    assert shown in words(client.get("/browse/claim", headers=BROWSER))


def test_the_page_of_an_article_tells_conclusions_from_what_it_says(client: Client) -> None:
    shown = words(client.get("/page/article/almaty-2018", headers=BROWSER))
    assert "Uzbekistan did not renew its membership in 1999" in shown
    assert "claim · the editors’ conclusion, from Unnamed outlet, 11 June 2018 or later" in shown
    assert "triples that the article asserts" not in shown
