"""Programs ask the query that they were made for, of a real endpoint."""

import ast
import json
import os
import shutil
import subprocess
import threading
from collections.abc import Iterator

import pytest
from werkzeug.serving import make_server

import npm_packages
from cstokg.engine.engine import Engine
from cstokg.web.views import snippets
from site_client import create_app

ENDPOINT = "http://127.0.0.1/sparql"
NASTY = """\
SELECT ?x { VALUES ?x { 'it''s' "a\\\\b" "${HOME}" "`id`" "$(id)" "\\"\\"\\"" ")---" "ж" } }
"""


@pytest.fixture(scope="module")
def address(engine: Engine) -> Iterator[str]:
    """Yield the address of an endpoint that really listens."""
    server = make_server("127.0.0.1", 0, create_app(engine), threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/sparql"
    server.shutdown()
    thread.join()
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
    return next(one.code for one in snippets.write(query, endpoint) if one.language == language)
