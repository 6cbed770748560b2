"""People get a form and answers as tables, without script."""

import ast
import html
import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from werkzeug.serving import make_server
from werkzeug.test import Client

import npm_packages
import remote_endpoints
from cstokg import namespaces
from cstokg.engine.engine import Engine
from cstokg.questions import Question, read_all
from cstokg.web.answers import tables
from cstokg.web.views import query_page
from site_client import create_app

ROOT = Path(__file__).parents[1]
STATIC = ROOT / "src/cstokg/web/static"
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

ENDPOINT = "http://127.0.0.1/sparql"
NASTY = """\
SELECT ?x { VALUES ?x { 'it''s' "a\\\\b" "${HOME}" "`id`" "$(id)" "\\"\\"\\"" ")---" "ж" } }
"""


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    """Yield a client of an application over a small file, with one saved question."""
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
    monkeypatch.setattr(tables, "ROW_LIMIT", 2)
    page = client.get(f"/sparql?query={quote(SELECT)}", headers=BROWSER).get_data(as_text=True)
    assert "3 rows, the first 2 shown" in page


@pytest.mark.parametrize(
    ("query_string", "status", "words"),
    [
        ("query=SELECT%20nono:x", 400, "The query is not well formed"),
        ("query=ASK{}&query=ASK{}", 400, "A parameter is wrong"),
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


def test_problem_stands_before_the_form(client: Client) -> None:
    page = client.get("/sparql?query=SELECT", headers=BROWSER).text
    assert page.index('id="problem"') < page.index('<form class="ask"') < page.index('id="snippets"')


def test_other_methods_are_told_to_people_too(client: Client) -> None:
    """With the methods there are."""
    response = client.put("/sparql", headers=BROWSER)
    assert response.status_code == 405
    assert response.headers["Allow"] == "GET, HEAD, OPTIONS, POST, QUERY"


def test_post_from_a_browser_is_answered_with_the_page(client: Client) -> None:
    """A query too long for an address may be sent by POST."""
    response = client.post("/sparql", data={"query": SELECT}, headers=BROWSER)
    assert "3 rows" in response.get_data(as_text=True)


@pytest.fixture(scope="module")
def release_client(engine: Engine) -> Client:
    """Return a client of the application over the release."""
    return create_app(engine, read_all(ROOT / "queries")).test_client()


def test_page_has_the_form_and_the_place_for_the_editor(release_client: Client) -> None:
    """The place is hidden until the script fills it."""
    page = release_client.get("/sparql", headers=BROWSER).get_data(as_text=True)
    assert '<form class="ask" action="/sparql" method="get">' in page
    place = re.search(r'<div id="editor"[^>]*>', page)
    assert place
    assert " hidden" in place[0]
    for name in ("endpoint", "labels", "snippets", "terms"):
        found = re.search(rf'data-{name}="([^"]+)"', place[0])
        assert found
        assert release_client.get(found[1], headers=BROWSER).status_code == 200


def test_terms_are_those_of_the_graph(release_client: Client) -> None:
    """Each with its name, label and definition."""
    terms = release_client.get("/terms.json").get_json()
    assert terms["prefixes"] == dict(namespaces.PREFIXES)
    classes = {term["name"]: term for term in terms["classes"]}
    properties = {term["name"]: term for term in terms["properties"]}
    assert classes["ckg:Meeting"]["label"] == "meeting"
    assert classes["ckg:Meeting"]["definition"]
    assert "ckg:speaker" in properties
    assert not classes.keys() & properties.keys()
    entities = {term["name"] for term in terms["entities"]}
    assert {"person:lavrov-sergey", "state:armenia", "topic:terrorism"} <= entities
    for term in (*terms["classes"], *terms["properties"], *terms["entities"]):
        assert namespaces.expand(term["name"]) == term["iri"]
        assert "/" not in term["name"], "such a name would need an escape in a query"


def test_labels_come_with_pages(release_client: Client) -> None:
    """For what the graph knows, and only so many at once."""
    armenia = f"{namespaces.ID}state/armenia"
    found = release_client.get("/labels.json", query_string={"iri": [armenia, "urn:nobody"]}).get_json()
    assert found == {armenia: {"label": "Armenia", "page": "/page/state/armenia"}}
    many = [f"urn:{number}" for number in range(query_page.MOST_LABELS + 1)]
    assert release_client.get("/labels.json", query_string={"iri": many}).status_code == 400


def test_the_answer_names_things_by_their_labels(release_client: Client) -> None:
    query = quote("SELECT ?m { ?m a ckg:HeldMeeting }")
    text = release_client.get(f"/sparql?query={query}", headers={"Accept": "text/html"}).text
    assert re.search(
        r'href="/page/meeting/2021-05-19-cfm"[^>]*>CSTO Council of Foreign Ministers, Dushanbe', text
    )
    assert ">meeting:2021" not in text


def test_page_shows_programs_for_its_query(release_client: Client) -> None:
    """Without script too, and as text."""
    query = 'SELECT ?x { BIND ("</code><script>" AS ?x) }'
    page = release_client.get("/sparql", query_string={"query": query}, headers=BROWSER).get_data(
        as_text=True
    )
    for language in ("curl", "python", "r", "javascript"):
        found = re.search(rf'<code id="code-{language}">(.*?)</code>', page, re.DOTALL)
        assert found
        assert query in html.unescape(found[1])
        assert "<script>" not in found[1]
    rows = release_client.get("/snippets.json", query_string={"query": query}).get_json()
    assert [row["language"] for row in rows] == ["curl", "python", "r", "javascript"]


def test_every_saved_question_is_in_the_menu(release_client: Client) -> None:
    """As a link that holds its text."""
    page = html.unescape(release_client.get("/sparql", headers=BROWSER).get_data(as_text=True))
    for question in read_all(ROOT / "queries"):
        assert question.question in page


def test_scripts_of_ours_ask_nobody_else() -> None:
    """No address of another host stands in them, and nothing that the policy forbids."""
    scripts = sorted(STATIC.glob("*.js"))
    assert {"editor.js", "explore.js"} <= {path.name for path in scripts}
    for path in scripts:
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"https?://", text), path.name
        assert not re.search(r"\beval\(|new Function|innerHTML|document\.write", text), path.name


@pytest.fixture(scope="module")
def address(engine: Engine) -> Iterator[str]:
    """Yield the address of an endpoint that really listens."""
    server = make_server("127.0.0.1", 0, create_app(engine), threaded=True)
    with remote_endpoints.answering(server):
        yield f"http://127.0.0.1:{server.server_port}/sparql"
    server.server_close()


@pytest.mark.parametrize("form", ["SELECT * { ?s ?p ?o }", "ASK {}", "CONSTRUCT WHERE { ?s ?p ?o }", NASTY])
def test_python_holds_the_query_as_it_is(form: str) -> None:
    """The program is well formed, and its text is the query."""
    code = code_of("python", form)
    values = [node.value for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Constant)]
    assert form.strip() in [value.strip() for value in values if isinstance(value, str)]


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("SELECT (COUNT(*) AS ?n) { ?m a ckg:HeldMeeting }", "n\r\n"),
        ("ASK { ?m a ckg:Meeting }", '"boolean"'),
        ("CONSTRUCT WHERE { person:lavrov-sergey a ?c }", "lavrov-sergey a "),
        (NASTY.replace("'it''s'", '"it\'s"').replace('"$(id)"', '"$(id)" # \'\n'), "$(id)\r\n"),
    ],
)
def test_curl_asks_the_query(address: str, query: str, words: str) -> None:
    """In a real shell, of a real endpoint; nothing in the query is taken for a command."""
    bash, curl = shutil.which("bash"), shutil.which("curl")
    if bash is None or curl is None:
        pytest.skip("this machine has no curl")
    code = code_of("curl", query, address)
    done = subprocess.run([bash, "-c", code], capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert words in done.stdout or words.replace("\r\n", "\n") in done.stdout


@pytest.mark.parametrize(
    "query", ["SELECT ?m { ?m a ckg:HeldMeeting }", "ASK {}", NASTY.replace("'it''s'", "")]
)
def test_javascript_asks_the_query(address: str, query: str) -> None:
    """In Node, which has the same functions as a browser."""
    code = code_of("javascript", query, address)
    command = [str(npm_packages.node()), "--input-type=module", "--eval", code]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=30, check=False, env=dict(os.environ)
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout


def test_r_holds_the_query_as_it_is() -> None:
    """In a raw string, or escaped where it holds the raw string's end."""
    assert 'r"---(\nASK {}\n)---"' in code_of("r", "ASK {}")
    escaped = code_of("r", NASTY + '# )---"')
    assert 'r"---(' not in escaped
    text = escaped.partition("query <- ")[2].partition("\naddress <- ")[0]
    assert json.loads(text) == (NASTY + '# )---"')


def code_of(language: str, query: str, endpoint: str = ENDPOINT) -> str:
    """Return the program in a language."""
    return next(one.code for one in query_page.snippets_of(query, endpoint) if one.language == language)
