"""People get a form and answers as tables, without script."""

import html
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from werkzeug.test import Client

from cstokg.engine.engine import Engine
from cstokg.questions import Question
from cstokg.web import tables
from site_client import create_app

DATA = """\
<http://example.org/s> <http://example.org/p> "<script>alert(1)</script>"@en <http://example.org/one> .
<http://example.org/s> <http://example.org/p> <javascript:alert(1)> .
<http://example.org/s> <http://example.org/p> <http://example.org/o?a=1&b=2> .
<http://example.org/s> <http://example.org/p> "42"^^<http://www.w3.org/2001/XMLSchema#integer> .
"""
SELECT = "SELECT ?o WHERE { ?s ?p ?o }"
CONSTRUCT = "CONSTRUCT WHERE { ?s ?p ?o }"
BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
SAVED = Question("all", "What is <there>?", "One row a triple.", ("all",), "SELECT * { ?s ?p ?o }")


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    """A client of an application over a small file, with one saved question."""
    path = tmp_path / "data.nq"
    path.write_text(DATA)
    with create_app(Engine.from_files([path]), [SAVED]).test_client() as client:
        yield client


def test_form_works_without_script(client: Client) -> None:
    """It is a form like any other."""
    page = client.get("/sparql", headers=BROWSER).get_data(as_text=True)
    assert '<form class="ask" action="/sparql" method="get">' in page
    assert '<label for="query">' in page


def test_form_offers_saved_questions_as_links(client: Client) -> None:
    """Each link asks its question."""
    page = client.get("/sparql", headers=BROWSER).get_data(as_text=True)
    assert "What is &lt;there&gt;?</a>" in page
    url = html.unescape(page.split('<a href="/sparql?query=')[1].split('"')[0])
    answer = client.get(f"/sparql?query={url}", headers=BROWSER).get_data(as_text=True)
    assert 'aria-current="true"' in answer
    assert "3 rows" in answer


def test_table_links_web_addresses_and_escapes_text(client: Client) -> None:
    """No text becomes markup, and no IRI becomes script."""
    sparql = "SELECT ?o ?none WHERE { { ?s ?p ?o } UNION { GRAPH ?g { ?s ?p ?o } } }"
    page = client.get("/sparql", query_string={"query": sparql}, headers=BROWSER).get_data(as_text=True)
    assert '<a href="http://example.org/o?a=1&amp;b=2" title=' in page
    assert "<td>javascript:alert(1)</td>" in page
    assert '<td lang="en">&lt;script&gt;alert(1)&lt;/script&gt; <span class="note">en</span></td>' in page
    assert '<td class="number">42</td>' in page
    assert page.count("<td></td>") == 4
    assert "4 rows" in page


def test_page_of_a_boolean_and_of_a_graph(client: Client) -> None:
    """Yes or no, and Turtle, with the formats each can be had in."""
    yes = client.get("/sparql?query=ASK{}", headers=BROWSER).get_data(as_text=True)
    assert '<p class="boolean">Yes</p>' in yes
    graph = client.get(f"/sparql?query={quote(CONSTRUCT)}", headers=BROWSER).get_data(as_text=True)
    assert "&lt;http://example.org/s&gt; &lt;http://example.org/p&gt; 42" in graph
    assert "format=turtle" in graph
    assert "format=csv" not in graph


def test_page_shows_the_first_rows_of_many(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """And says so."""
    monkeypatch.setattr(tables, "ROW_LIMIT", 2)
    page = client.get(f"/sparql?query={quote(SELECT)}", headers=BROWSER).get_data(as_text=True)
    assert "3 rows, the first 2 shown" in page


@pytest.mark.parametrize(
    ("query_string", "status", "words"),
    [
        ("query=SELECT%20nono:x", 400, "The query is not well formed"),
        ("query=ASK{}&query=ASK{}", 400, "A parameter is not right"),
        ("query=CLEAR%20ALL", 403, "Updates are off"),
        ("update=CLEAR%20ALL", 403, "Updates are off"),
        ("query=", 200, "Ask the graph"),
    ],
)
def test_page_tells_problems_with_their_status(
    client: Client, query_string: str, status: int, words: str
) -> None:
    """A person sees the form again, with the query and what is wrong."""
    response = client.get(f"/sparql?{query_string}", headers=BROWSER)
    assert response.status_code == status
    assert response.mimetype == "text/html"
    assert "Accept" in response.vary
    assert words in response.get_data(as_text=True)


def test_other_methods_are_told_to_people_too(client: Client) -> None:
    """With the methods there are."""
    response = client.put("/sparql", headers=BROWSER)
    assert response.status_code == 405
    assert response.headers["Allow"] == "GET, HEAD, OPTIONS, POST, QUERY"


def test_post_from_a_browser_is_answered_with_the_page(client: Client) -> None:
    """A query too long for an address may be sent by POST."""
    response = client.post("/sparql", data={"query": SELECT}, headers=BROWSER)
    assert "3 rows" in response.get_data(as_text=True)
