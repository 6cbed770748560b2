"""The endpoint speaks the SPARQL 1.1 Protocol."""

import gzip

import pytest
from werkzeug.test import Client

from cstokg.settings import Serving
from protocol_client import BROWSER, SELECT, get, problem, send

CONSTRUCT = "CONSTRUCT WHERE { ?s ?p ?o }"
JSON = "application/sparql-results+json"
DIRECT = "application/sparql-query"
FORM = "application/x-www-form-urlencoded"
ONE = "http://example.org/one"
SETTINGS = Serving()
UNFILLED = "PREFIX my: <https://[your-domain]/ns/> SELECT * { ?s my:p ?o }"


@pytest.mark.parametrize(
    ("sparql", "accept", "expected"),
    [
        (SELECT, None, JSON),
        (SELECT, "*/*", JSON),
        (SELECT, "*", JSON),
        (SELECT, "text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2", "text/html"),
        (SELECT, "application/json", "application/json"),
        (SELECT, "application/sparql-results+xml", "application/sparql-results+xml"),
        (SELECT, "application/sparql-results+json; charset=utf-8", JSON),
        (SELECT, "text/csv;charset=utf-8", "text/csv"),
        (SELECT, "text/csv; header=present", "text/csv"),
        (SELECT, "TEXT/CSV", "text/csv"),
        (SELECT, "text/*", "text/csv"),
        (SELECT, "text/csv;q=0.5, text/tab-separated-values", "text/tab-separated-values"),
        (SELECT, "text/turtle, text/csv;q=0.1", "text/csv"),
        (SELECT, "application/sparql-results+json;q=0, */*;q=0.1", "application/sparql-results+xml"),
        (CONSTRUCT, "*/*", "text/turtle"),
        (
            CONSTRUCT,
            'application/ld+json;profile="http://www.w3.org/ns/json-ld#flattened"',
            "application/ld+json",
        ),
        (CONSTRUCT, "application/sparql-results+json, application/ld+json;q=0.5", "application/ld+json"),
        ("ASK {}", "text/html;q=0.5, application/sparql-results+xml", "application/sparql-results+xml"),
    ],
)
def test_accept_decides_whatever_its_parameters(
    small_client: Client, sparql: str, accept: str | None, expected: str
) -> None:
    response = get(small_client, sparql, accept)
    assert response.status_code == 200
    assert response.mimetype == expected


@pytest.mark.parametrize(
    ("name", "sparql", "expected"),
    [
        ("csv", SELECT, "text/csv"),
        ("CSV", SELECT, "text/csv"),
        ("JSON", SELECT, JSON),
        ("turtle", CONSTRUCT, "text/turtle"),
        ("application/n-triples", CONSTRUCT, "application/n-triples"),
    ],
)
def test_format_outranks_accept_and_names_the_file(
    small_client: Client, name: str, sparql: str, expected: str
) -> None:
    response = small_client.get("/sparql", query_string={"query": sparql, "format": name}, headers=BROWSER)
    assert response.mimetype == expected
    assert response.headers["Content-Disposition"].startswith('inline; filename="answer.')


def test_format_html_shows_the_page_to_a_program(small_client: Client) -> None:
    assert get(small_client, SELECT, JSON, format="html").mimetype == "text/html"


@pytest.mark.parametrize(
    ("sparql", "accept", "name", "expected"),
    [
        (CONSTRUCT, "application/rdf+xml", "rdf+xml", "application/rdf+xml"),
        (CONSTRUCT, "application/rdf+xml", "xml", "application/rdf+xml"),
        (CONSTRUCT, "application/ld+json", "json-ld", "application/ld+json"),
        (CONSTRUCT, "text/turtle", "n3", "text/turtle"),
        (SELECT, "text/tab-separated-values", "tab-separated-values", "text/tab-separated-values"),
        (SELECT, "*/*", "auto", JSON),
        (SELECT, "*/*", "text/x-html+tr", JSON),
        (SELECT, "text/csv", "docx", "text/csv"),
    ],
)
def test_format_that_is_unknown_or_does_not_fit_leaves_the_choice_to_accept(
    small_client: Client, sparql: str, accept: str, name: str, expected: str
) -> None:
    response = get(small_client, sparql, accept, format=name)
    assert (response.status_code, response.mimetype) == (200, expected)


@pytest.mark.parametrize("timeout", ["0", "5", "1e308", ""])
def test_timeout_is_taken(small_client: Client, timeout: str) -> None:
    assert get(small_client, "ASK {}", timeout=timeout).status_code == 200


@pytest.mark.parametrize("timeout", ["-1", "nan", "inf", "soon"])
def test_timeout_that_is_no_number_of_seconds_is_refused(small_client: Client, timeout: str) -> None:
    response = get(small_client, "ASK {}", timeout=timeout)
    assert response.status_code == 400
    assert problem(response)["parameter"] == "timeout"


@pytest.mark.parametrize(
    ("arguments", "status", "name"),
    [
        ({"headers": {"Accept": JSON}}, 400, "missing-query"),
        ({"method": "POST", "data": {"format": "json"}}, 400, "missing-query"),
        ({"query_string": {"query": " "}}, 400, "missing-query"),
        ({"query_string": {"query": "SELECT"}}, 400, "malformed-query"),
        ({"query_string": "query=ASK{}&query=ASK{}"}, 400, "bad-parameter"),
        ({"query_string": "query=ASK{}&timeout=1&timeout=2"}, 400, "bad-parameter"),
        ({"query_string": "query=ASK{}" + "&a=b" * SETTINGS.parameters}, 400, "bad-parameter"),
        (
            {"method": "POST", "data": "query=ASK{}" + "&a=b" * SETTINGS.parameters, "content_type": FORM},
            400,
            "bad-parameter",
        ),
        ({"query_string": "query=%FF"}, 400, "unreadable-text"),
        ({"query_string": {"query": "ASK {}", "default-graph-uri": "x y"}}, 400, "bad-parameter"),
        ({"query_string": {"update": "CLEAR ALL"}}, 403, "update-refused"),
        ({"query_string": {"query": "CLEAR ALL"}}, 403, "update-refused"),
        ({"query_string": {"query": "ASK { SERVICE <x:y> {} }"}}, 403, "service-refused"),
        (
            {"method": "POST", "data": "CLEAR ALL", "content_type": "application/sparql-update"},
            403,
            "update-refused",
        ),
        ({"method": "POST", "data": {"update": "CLEAR ALL"}}, 403, "update-refused"),
        ({"method": "POST", "data": "ASK {}"}, 415, "unsupported-media-type"),
        ({"method": "POST", "data": "ASK {}", "content_type": "text/plain"}, 415, "unsupported-media-type"),
        (
            {
                "method": "POST",
                "data": "ASK {}".encode("utf-16"),
                "content_type": f"{DIRECT}; charset=UTF-16",
            },
            415,
            "unsupported-media-type",
        ),
        ({"method": "POST", "data": b"\xff", "content_type": DIRECT}, 400, "unreadable-text"),
        (
            {"method": "POST", "query_string": {"query": "ASK {}"}, "data": "ASK {}", "content_type": DIRECT},
            400,
            "bad-parameter",
        ),
        (
            {"method": "POST", "data": b"#" * (SETTINGS.body_bytes + 1), "content_type": DIRECT},
            413,
            "body-too-large",
        ),
        ({"query_string": {"query": "ASK {}"}, "headers": {"Accept": "image/png"}}, 406, "not-acceptable"),
        ({"query_string": {"query": "ASK {}"}, "headers": {"Accept": "text/turtle"}}, 406, "not-acceptable"),
        ({"method": "PUT", "query_string": {"query": "ASK {}"}}, 405, "method-not-allowed"),
        ({"method": "DELETE"}, 405, "method-not-allowed"),
        (
            {"query_string": {"query": UNFILLED}},
            400,
            "malformed-query",
        ),
        (
            {"query_string": {"query": "BASE <https://[your-domain]/> ASK { <a> ?p ?o }"}},
            400,
            "malformed-query",
        ),
        ({"query_string": {"query": "PREFIX my: <https://a\u2100b/> ASK { ?s my:p ?o }"}}, 200, ""),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_every_problem_has_its_status_and_type(
    small_client: Client, arguments: dict[str, object], status: int, name: str
) -> None:
    response = small_client.open("/sparql", **{"method": "GET", **arguments})  # type: ignore[arg-type]
    assert response.status_code == status
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert ("Allow" in response.headers) == (status == 405)
    if name:
        assert problem(response)["type"] == f"https://w3id.org/csto-kg/problems/{name}"
        assert response.headers["Vary"] == "Accept"


def test_error_of_a_malformed_query_has_its_place(small_client: Client) -> None:
    document = problem(get(small_client, "SELECT ?s\r\nWHERE { ?s a nono:x }\r\n"))
    assert (document["line"], document["column"]) == (2, 14)
    assert document["excerpt"] == "WHERE { ?s a nono:x }"
    assert "prefix nono:" in str(document["detail"])


def test_path_with_a_slash_at_its_end_is_the_endpoint_too(small_client: Client) -> None:
    query = {"query": SELECT}
    assert (
        small_client.get("/sparql/", query_string=query).data
        == small_client.get("/sparql", query_string=query).data
    )
    assert small_client.post("/sparql/", data=query).status_code == 200
    assert small_client.get("/sparql/", query_string=query, headers=BROWSER).mimetype == "text/html"
    assert small_client.get("/sparql/").mimetype == "text/turtle"


@pytest.mark.parametrize("path", ["/sparql", "/sparql/", "/graphs", "/graph/x"])
@pytest.mark.parametrize(
    "asked", ["queryid", "x-requested-with, cache-control,traceparent", "Authorization", ""]
)
def test_preflight_allows_the_headers_that_are_asked_for(small_client: Client, path: str, asked: str) -> None:
    headers = {
        "Origin": "https://x.example",
        "Access-Control-Request-Method": "GET",
        **({"Access-Control-Request-Headers": asked} if asked else {}),
    }
    response = small_client.options(path, headers=headers)
    assert response.status_code == 204
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert response.headers["Access-Control-Allow-Headers"] == (asked or "*")
    assert "GET" in response.headers["Access-Control-Allow-Methods"]
    assert "POST" in response.headers["Allow"] or path.startswith("/graph")


def test_preflight_echoes_no_characters_that_no_header_name_has(small_client: Client) -> None:
    headers = {"Access-Control-Request-Headers": "a; <script>"}
    assert small_client.options("/sparql", headers=headers).headers["Access-Control-Allow-Headers"] == "*"


def test_accepted_types_of_a_body_are_named(small_client: Client) -> None:
    response = small_client.options("/sparql")
    assert response.headers["Accept-Query"] == f'"{DIRECT}", "{FORM}"'
    assert response.headers["Accept-Post"] == f"{DIRECT}, {FORM}"
    wrong = send(small_client, "QUERY", b"ASK {}", "text/plain")
    assert wrong.headers["Accept-Query"] == f'"{DIRECT}", "{FORM}"'


@pytest.mark.parametrize("method", ["POST", "QUERY"])
def test_gzipped_bodies_are_read(small_client: Client, method: str) -> None:
    for media_type, text in ((DIRECT, SELECT.encode()), (FORM, b"query=ASK+%7B%7D")):
        for coding in ("gzip", "x-gzip", "GZIP"):
            response = send(
                small_client, method, gzip.compress(text, mtime=0), media_type, Content_Encoding=coding
            )
            assert response.status_code == 200
            assert response.data == send(small_client, method, text, media_type).data


def test_gzipped_bodies_are_read_up_to_the_limit(small_client: Client) -> None:
    bomb = gzip.compress(b"#" * 100_000_000, mtime=0)
    assert len(bomb) < SETTINGS.body_bytes
    assert send(small_client, "POST", bomb, Content_Encoding="gzip").status_code == 413
    most = gzip.compress(b"ASK {}" + b" " * (SETTINGS.body_bytes - 6))
    assert send(small_client, "POST", most, Content_Encoding="gzip").status_code != 400


@pytest.mark.parametrize(
    ("body", "coding", "status"),
    [
        (b"ASK {}", "gzip", 400),
        (gzip.compress(b"ASK {}", mtime=0)[:-9], "gzip", 400),
        (b"ASK {}", "br", 415),
        (b"ASK {}", "identity", 200),
    ],
)
def test_body_has_to_have_the_content_coding_that_it_names(
    small_client: Client, body: bytes, coding: str, status: int
) -> None:
    assert send(small_client, "POST", body, Content_Encoding=coding).status_code == status


def test_byte_order_mark_is_read(small_client: Client) -> None:
    assert send(small_client, "POST", "\ufeffASK { ?s ?p 'ю' }".encode()).status_code == 200


def test_head_has_the_headers_of_get_and_no_body(small_client: Client) -> None:
    got = get(small_client, SELECT)
    head = small_client.head("/sparql", query_string={"query": SELECT})
    assert (head.status_code, head.data) == (200, b"")
    for name in ("Content-Type", "Content-Length", "ETag", "Vary", "Cache-Control"):
        assert head.headers[name] == got.headers[name]
    assert small_client.head("/sparql", query_string={"query": "SELECT"}).status_code == 400


def test_large_answers_are_compressed_for_who_takes_it(small_client: Client) -> None:
    sparql = 'SELECT (CONCAT("' + "word " * 400 + '", STR(?o)) AS ?x) { ?s ?p ?o } ORDER BY ?x'
    query, packs = {"query": sparql}, {"Accept-Encoding": "br, gzip;q=0.5"}
    plain = small_client.get("/sparql", query_string=query)
    assert "Content-Encoding" not in plain.headers
    packed = small_client.get("/sparql", query_string=query, headers=packs)
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == plain.data
    assert packed.content_length == len(packed.data) < len(plain.data)
    assert small_client.get("/sparql", query_string=query, headers=packs).data == packed.data
    small = small_client.get("/sparql", query_string={"query": "ASK {}"}, headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in small.headers


def test_spreadsheets_get_a_mark_and_no_formulas(small_client: Client) -> None:
    excel = get(small_client, SELECT, format="csv-excel")
    assert excel.content_type == "text/csv; charset=utf-8"
    lines = excel.text.split("\r\n")
    assert lines[0] == "\ufeffo"
    assert "'=1+1" in lines
    assert "-4.5" in lines
    plain = get(small_client, SELECT, "text/csv").text
    assert plain.startswith("o\r\n")
    assert "\r\n=1+1\r\n" in plain


@pytest.mark.parametrize("headers", [{}, {"Accept": "text/turtle"}, {"Accept": JSON}, BROWSER])
def test_misspelt_parameter_is_named_with_the_nearest(small_client: Client, headers: dict[str, str]) -> None:
    response = small_client.get("/sparql", query_string={"qery": "ASK {}"}, headers=headers)
    assert response.status_code == 400
    assert "There is no parameter “qery”. Did you mean “query”?" in response.text
    if headers != BROWSER:
        document = problem(response)
        assert str(document["type"]).endswith("/missing-query")
        assert (document["parameter"], document["nearest"]) == ("qery", ["query"])


def test_parameter_that_is_near_to_none_is_named_alone(small_client: Client) -> None:
    document = problem(small_client.get("/sparql?utm_source=x&format=turtle"))
    assert document["detail"] == "There is no parameter “utm_source”. Send a query in the parameter “query”."


@pytest.mark.parametrize(
    ("parameters", "headers", "status"),
    [
        ({"format": "turtle"}, {}, 200),
        ({"default-graph-uri": ONE}, {}, 400),
        ({"timeout": "1"}, {"Accept": "text/turtle"}, 400),
        ({"default-graph-uri": ONE}, BROWSER, 200),
    ],
)
def test_parameters_without_a_query(
    small_client: Client, parameters: dict[str, str], headers: dict[str, str], status: int
) -> None:
    """A format gets the description in that format, and people get the form; the others belong to a query."""
    assert small_client.get("/sparql", query_string=parameters, headers=headers).status_code == status


@pytest.mark.parametrize(
    ("sparql", "possible", "impossible"),
    [("ASK {}", JSON, "text/turtle"), (SELECT, "text/csv", "text/turtle"), (CONSTRUCT, "text/turtle", JSON)],
)
def test_formats_that_are_offered_fit_the_form_of_the_query(
    small_client: Client, sparql: str, possible: str, impossible: str
) -> None:
    document = problem(get(small_client, sparql, "image/png"))
    assert document["status"] == 406
    listed = document["formats"]
    assert isinstance(listed, list)
    assert possible in listed
    assert "text/html" in listed
    assert impossible not in listed
    assert impossible not in str(document["detail"])
