"""Every failure is a problem document with a type of its own, and none shows how the server works."""

import json

import pytest
from werkzeug.test import Client

from cstokg import errors as engines
from cstokg.engine.engine import Engine
from cstokg.engine.evaluation import Answer
from cstokg.errors import QueryError
from cstokg.settings import Serving
from cstokg.web.serving.problems import kinds, of_error
from protocol_client import BROWSER, get, problem

ERRORS = [
    (engines.MalformedQueryError("m"), 400, "malformed-query"),
    (engines.UnknownFunctionError("m"), 400, "unknown-function"),
    (engines.UnsupportedQueryError("m"), 400, "unsupported-query"),
    (engines.UpdateRefusedError("m"), 403, "update-refused"),
    (engines.ServiceRefusedError("m"), 403, "service-refused"),
    (engines.GraphNameError("m"), 400, "bad-parameter"),
    (engines.NotAcceptableError("m"), 406, "not-acceptable"),
    (engines.InexpressibleResultError("m"), 406, "not-acceptable"),
    (engines.QueryTooLongError("m"), 413, "body-too-large"),
    (engines.QueryTooDeepError("m"), 422, "query-too-deep"),
    (engines.ResultTooLargeError("m"), 422, "result-too-large"),
    (engines.QueryTimeoutError("m", 2.5), 503, "timeout"),
    (engines.MemoryExceededError("m"), 503, "memory-exceeded"),
    (engines.OverloadedError("m", 7), 503, "overloaded"),
    (engines.WorkerLostError("m", 7), 503, "overloaded"),
    (engines.QueryCancelledError("m"), 503, "cancelled"),
    (engines.ServiceFailedError("m"), 502, "service-failed"),
    (engines.BackendFailedError("m"), 502, "backend-failed"),
    (engines.BackendUnavailableError("m"), 503, "backend-unavailable"),
    (QueryError("m"), 500, "failed-query"),
]


def failing(engine: Engine, monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    """Let every query of an engine end with an error."""

    def fail(*_: object, **__: object) -> Answer:
        raise error

    async def fail_later(*_: object, **__: object) -> Answer:
        raise error

    monkeypatch.setattr(engine, "query", fail)
    monkeypatch.setattr(engine, "answer", fail_later)


@pytest.mark.parametrize(("error", "status", "name"), ERRORS, ids=lambda value: type(value).__name__)
def test_each_error_of_the_engine_has_its_status(
    small_client: Client,
    small_engine: Engine,
    monkeypatch: pytest.MonkeyPatch,
    error: QueryError,
    status: int,
    name: str,
) -> None:
    """Only overload has Retry-After: other queries fail again, however long the client waits."""
    failing(small_engine, monkeypatch, error)
    response = get(small_client, "ASK {}")
    assert response.status_code == status
    assert str(problem(response)["type"]).endswith(f"/problems/{name}")
    assert response.headers.get("Retry-After") == ("7" if name == "overloaded" else None)
    # No page was shown before, so nothing is cached that a page could show.
    page = small_client.get("/sparql?query=ASK{}", headers=BROWSER)
    assert page.status_code == status
    assert kinds()[name].title in page.get_data(as_text=True)


def test_problems_of_people_are_pages(
    small_client: Client, small_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the form, to try again."""
    small_client.get("/sparql", headers=BROWSER)
    failing(small_engine, monkeypatch, engines.OverloadedError("m", 7))
    page = small_client.get("/sparql?query=ASK{}", headers=BROWSER)
    assert page.status_code == 503
    assert page.headers["Retry-After"] == "7"
    assert page.mimetype == "text/html"
    assert "<textarea" in page.get_data(as_text=True)


def test_every_error_of_the_engine_is_in_that_list() -> None:
    """A new one needs a status."""
    classes = {
        value for value in vars(engines).values() if isinstance(value, type) and issubclass(value, QueryError)
    }
    assert classes == {type(error) for error, _, _ in ERRORS}


def test_each_type_has_a_page(small_client: Client) -> None:
    """For people, and as JSON; and one lists them all."""
    listed = {row["type"].rsplit("/", 1)[1]: row for row in json.loads(small_client.get("/problems/").data)}
    assert set(listed) == set(kinds())
    index = small_client.get("/problems/", headers=BROWSER).get_data(as_text=True)
    for name, kind in kinds().items():
        assert json.loads(small_client.get(f"/problems/{name}").data) == listed[name]
        assert listed[name]["status"] == kind.status
        page = small_client.get(f"/problems/{name}", headers=BROWSER)
        assert page.mimetype == "text/html"
        assert kind.title in page.get_data(as_text=True)
        assert f'href="/problems/{name}"' in index
    assert small_client.get("/problems/none").status_code == 404


def test_problems_of_the_server_reveal_only_their_number(
    small_client: Client,
    small_engine: Engine,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """For programs and for people; the operator finds the rest under that number."""
    failing(small_engine, monkeypatch, ZeroDivisionError("a secret"))
    for headers in ({}, BROWSER):
        response = small_client.get("/sparql?query=ASK{}", headers=headers)
        assert response.status_code == 500
        text = response.get_data(as_text=True)
        assert "Traceback" not in text
        assert "secret" not in text
        number = response.headers["X-Request-Id"]
        assert number in text
        log = capsys.readouterr().err
        assert "a secret" in log
        assert number in log
        assert response.headers["X-Content-Type-Options"] == "nosniff"


def test_pages_that_do_not_exist(small_client: Client) -> None:
    """A page for people, a document for programs."""
    response = small_client.get("/none", headers={"Accept": "application/json"})
    assert response.status_code == 404
    assert problem(response)["type"] == "https://w3id.org/csto-kg/problems/not-found"
    assert small_client.get("/none", headers=BROWSER).mimetype == "text/html"
    wrong = small_client.delete("/limits", headers={"Accept": "application/json"})
    assert wrong.status_code == 405
    assert problem(wrong)["title"]
    assert "GET" in wrong.headers["Allow"]


@pytest.mark.parametrize(
    ("sparql", "words", "suggestion"),
    [
        ("SELECT * { ?s perso:x ?o }", "the prefix perso:", "person:"),
        ("SELECT * { ?s CKG:attended ?o }", "the prefix CKG:", "ckg:"),
        ("SELCT * { ?s ?p ?o }", "SELCT", "SELECT"),
        ("SELECT * { ?s ?p ?o } ODER BY ?s", "ODER", "ORDER"),
        ("SELECT * { ?s nowhere:near ?o }", "the prefix nowhere:", None),
        ("ASK { FILTER(STRLENN('a') > 1) }", "there is no function or aggregate STRLENN", "STRLEN"),
        ("WHERE { ?s ?p ?o }", "begins with SELECT, ASK, CONSTRUCT or DESCRIBE", None),
    ],
)
def test_nearest_prefix_or_keyword_is_suggested(
    small_client: Client, sparql: str, words: str, suggestion: str | None
) -> None:
    """The nearest prefix or keyword, where one is near."""
    document = problem(get(small_client, sparql))
    assert words in str(document["detail"])
    assert document.get("suggestion") == suggestion
    if suggestion:
        assert f"Did you mean {suggestion}?" in str(document["detail"])


@pytest.mark.parametrize(
    ("sparql", "shown"),
    [
        (
            "SELECT * { ?m ckg:atended ?o }",
            "<code>ckg:atended</code>. Did you mean <code>ckg:attended</code>?",
        ),
        ("ASK { meeting:2021-05-18-cfm ?p ?o }", "Did you mean <code>meeting:2021-05-19-cfm</code>?"),
        (
            "ASK { <https://w3id.org/csto-kg/id/meeting/2021-5-19-cfm> ?p ?o }",
            "Did you mean <code>meeting:2021-05-19-cfm</code>?",
        ),
        ("SELECT * { ?m ckg:attended ?o }", None),
        (
            "PREFIX ckg: <https://w3id.org/csto-kg/ontology#> SELECT * { ?m ckg:atended ?o }",
            "<code>ckg:atended</code>. Did you mean <code>ckg:attended</code>?",
        ),
        ("PREFIX ckg: <https://w3id.org/csto-kg/ontology#> SELECT * { ?m ckg:attended ?o }", None),
        ('SELECT * { ?m ?p "ckg:atended" } # ckg:atended', None),
    ],
)
def test_misspelt_names_of_ours_are_told_to_people(
    small_client: Client, sparql: str, shown: str | None
) -> None:
    """The query is valid and its answer empty; the page suggests why."""
    page = small_client.get("/sparql", query_string={"query": sparql}, headers=BROWSER).get_data(as_text=True)
    if shown:
        assert shown in page
    else:
        assert "Did you mean" not in page


def test_excerpt_shows_the_place_in_a_long_line() -> None:
    """A hundred characters around it, tabs and control characters as blanks, and a caret below."""
    sparql = "SELECT * {\n" + "\t?s ?p ?o ." * 30 + " ?s ?p \x07! }"
    column = sparql.split("\n")[1].index("!") + 1
    document = of_error(engines.MalformedQueryError("m", 2, column), sparql).document()
    excerpt, caret = str(document["excerpt"]), str(document["caret"])
    assert len(excerpt) <= 100
    assert excerpt[len(caret) - 1] == "!"
    assert excerpt.isprintable()


def test_text_shows_excerpt_and_caret(small_client: Client) -> None:
    response = get(small_client, "SELECT * {\n  ?s a no:x }", "text/plain, text/csv;q=0.5")
    assert "\n  ?s a no:x }\n       ^\n" in response.get_data(as_text=True)


def test_long_addresses_are_refused(small_client: Client) -> None:
    """With the way to do it."""
    response = small_client.get("/sparql?query=" + "x" * Serving().address_bytes)
    assert response.status_code == 414
    assert "body" in str(problem(response)["detail"])


@pytest.mark.parametrize("timeout", ["-1", "nan", "inf", "soon"])
def test_timeout_has_to_be_a_number_of_seconds(small_client: Client, timeout: str) -> None:
    response = get(small_client, "ASK {}", timeout=timeout)
    assert response.status_code == 400
    assert problem(response)["parameter"] == "timeout"
