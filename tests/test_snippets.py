"""The query editor stands over a form that works without it, and knows our terms, labels and programs."""

import ast
import html
import json
import os
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from werkzeug.serving import make_server
from werkzeug.test import Client

from cstokg import namespaces
from cstokg.engine.engine import Engine
from cstokg.questions import read_all
from cstokg.web import query_page, snippets
from site_client import create_app

ROOT = Path(__file__).parents[1]
STATIC = ROOT / "src/cstokg/web/static"
BROWSER = {"Accept": "text/html"}
ENDPOINT = "http://127.0.0.1/sparql"
NASTY = """\
SELECT ?x { VALUES ?x { 'it''s' "a\\\\b" "${HOME}" "`id`" "$(id)" "\\"\\"\\"" ")---" "ж" } }
"""


@pytest.fixture(scope="module")
def client(engine: Engine) -> Client:
    """A client of the application over the release."""
    return create_app(engine, read_all(ROOT / "queries")).test_client()


@pytest.fixture(scope="module")
def address(engine: Engine) -> Iterator[str]:
    """The address of an endpoint that really listens."""
    server = make_server("127.0.0.1", 0, create_app(engine), threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/sparql"
    server.shutdown()
    thread.join()
    server.server_close()


def test_page_has_the_form_and_the_place_for_the_editor(client: Client) -> None:
    """The place is hidden until the script fills it."""
    page = client.get("/sparql", headers=BROWSER).get_data(as_text=True)
    assert '<form class="ask" action="/sparql" method="get">' in page
    place = re.search(r'<div id="editor"[^>]*>', page)
    assert place
    assert " hidden" in place[0]
    for name in ("endpoint", "labels", "snippets", "terms"):
        found = re.search(rf'data-{name}="([^"]+)"', place[0])
        assert found
        assert client.get(found[1], headers=BROWSER).status_code == 200


def test_page_does_without_the_scripts_of_others(engine: Engine, tmp_path: Path) -> None:
    """Where the build has not brought them, they are not asked for."""
    app = create_app(engine)
    app.pages.static_folder = str(tmp_path)
    client = app.test_client()
    page = client.get("/sparql", headers=BROWSER).get_data(as_text=True)
    assert "yasgui" not in page
    assert "static/editor.js" not in page
    assert '<form class="ask"' in page
    (tmp_path / "vendor").mkdir()
    (tmp_path / "vendor" / "yasgui.min.js").touch()
    page = client.get("/sparql", headers=BROWSER).get_data(as_text=True)
    assert "static/vendor/yasgui.min.js" in page
    assert "static/editor.js" in page


def test_terms_are_those_of_the_graph(client: Client) -> None:
    """Each with its name, label and definition."""
    terms = client.get("/terms.json").get_json()
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


def test_labels_come_with_pages(client: Client) -> None:
    """For what the graph knows, and only so many at once."""
    armenia = f"{namespaces.ID}state/armenia"
    found = client.get("/labels.json", query_string={"iri": [armenia, "urn:nobody"]}).get_json()
    assert found == {armenia: {"label": "Armenia", "page": "/page/state/armenia"}}
    many = [f"urn:{number}" for number in range(query_page.MOST_LABELS + 1)]
    assert client.get("/labels.json", query_string={"iri": many}).status_code == 400


def test_page_shows_programs_for_its_query(client: Client) -> None:
    """Without script too, and as text."""
    query = 'SELECT ?x { BIND ("</code><script>" AS ?x) }'
    page = client.get("/sparql", query_string={"query": query}, headers=BROWSER).get_data(as_text=True)
    for language in ("curl", "python", "r", "javascript"):
        found = re.search(rf'<code id="code-{language}">(.*?)</code>', page, re.DOTALL)
        assert found
        assert query in html.unescape(found[1])
        assert "<script>" not in found[1]
    rows = client.get("/snippets.json", query_string={"query": query}).get_json()
    assert [row["language"] for row in rows] == ["curl", "python", "r", "javascript"]


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
    node = shutil.which("node")
    if node is None:
        pytest.skip("this machine has no Node")
    code = code_of("javascript", query, address)
    command = [node, "--input-type=module", "--eval", code]
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


def test_every_saved_question_is_in_the_menu(client: Client) -> None:
    """As a link that holds its text."""
    page = html.unescape(client.get("/sparql", headers=BROWSER).get_data(as_text=True))
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


def code_of(language: str, query: str, endpoint: str = ENDPOINT) -> str:
    """The program in a language."""
    return next(one.code for one in snippets.write(query, endpoint) if one.language == language)
