"""Clients that know nothing of this project ask a running server, with their own defaults."""

import json
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import pyoxigraph as ox
import pytest
import rdflib
import requests
import SPARQLWrapper
from rdflib.plugins.stores.sparqlstore import SPARQLStore, SPARQLUpdateStore

import client_programs
import result_readers
from result_readers import literal, uri
from servers import Server, serving

EX = "http://example.org/"
TEXTS = ["42", "http://dbpedia.org/resource/Paris,_Texas", "line\nbreak", "plain, quoted", "Привет", "𝄞"]
DATA = f"""
PREFIX ex: <{EX}>
ex:s ex:p 42, <http://dbpedia.org/resource/Paris,_Texas>, "line\\nbreak", "plain, quoted", "Привет"@ru, "𝄞" .
"""
SELECT = f"SELECT ?o WHERE {{ ?s <{EX}p> ?o }} ORDER BY STR(?o)"
ASK = "ASK { ?s ?p ?o }"
CONSTRUCT = f"CONSTRUCT WHERE {{ ?s <{EX}p> ?o }}"
DESCRIBE = f"DESCRIBE <{EX}s>"
PAIRS = f"SELECT ?s ?o WHERE {{ ?s <{EX}p> ?o }} ORDER BY STR(?o)"

TABLES = {
    SPARQLWrapper.JSON: "application/sparql-results+json",
    SPARQLWrapper.XML: "application/sparql-results+xml",
    SPARQLWrapper.CSV: "text/csv",
    SPARQLWrapper.TSV: "text/tab-separated-values",
}
GRAPHS = {
    SPARQLWrapper.XML: "application/rdf+xml",
    SPARQLWrapper.RDF: "application/rdf+xml",
    SPARQLWrapper.RDFXML: "application/rdf+xml",
    SPARQLWrapper.TURTLE: "text/turtle",
    SPARQLWrapper.N3: "text/turtle",
    SPARQLWrapper.JSONLD: "application/ld+json",
    SPARQLWrapper.JSON: "application/ld+json",
}
METHODS = [
    (SPARQLWrapper.GET, SPARQLWrapper.URLENCODED),
    (SPARQLWrapper.POST, SPARQLWrapper.URLENCODED),
    (SPARQLWrapper.POST, SPARQLWrapper.POSTDIRECTLY),
]
FORMATS = (*dict.fromkeys((*TABLES, *GRAPHS)), None)  # None: what it takes for itself


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Yield a server of a few triples."""
    path = tmp_path_factory.mktemp("clients") / "data.ttl"
    path.write_text(DATA, "utf-8")
    with serving("--data", path) as running:
        yield running


def address(server: Server, sparql: str, **more: str) -> str:
    """Return the address of an answer."""
    return f"{server.endpoint}?{urlencode({'query': sparql, **more})}"


def texts_of(body: bytes, media_type: str) -> list[str]:
    """Return the one column of a table."""
    if media_type == "text/csv":
        return [row[0] for row in result_readers.cells(body)[1:]]
    return [str(row["o"][1]) for row in result_readers.rows(body, media_type)[1]]


def wrapped(
    server: Server, sparql: str, form: str | None, method: tuple[str, str]
) -> SPARQLWrapper.SPARQLWrapper:
    """Return a query by SPARQLWrapper, which sends the format as three parameters and as Accept."""
    client = SPARQLWrapper.SPARQLWrapper(server.endpoint)
    client.setMethod(method[0])
    client.setRequestMethod(method[1])
    client.setQuery(sparql)
    if form:
        client.setReturnFormat(form)
    return client


def converted(server: Server, sparql: str, form: str | None) -> Any:
    """Return what SPARQLWrapper makes of an answer."""
    return wrapped(server, sparql, form, METHODS[0]).queryAndConvert()


def received(client: SPARQLWrapper.SPARQLWrapper) -> tuple[bytes, str]:
    """Return the body, and its media type; the client has a warning for a form that a format does not fit."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Sending Accept header", RuntimeWarning)
        result = client.query()
    return result.response.read(), result.info()["content-type"].partition(";")[0]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("form", FORMATS)
def test_sparqlwrapper_selects(server: Server, form: str | None, method: tuple[str, str]) -> None:
    body, media_type = received(wrapped(server, SELECT, form, method))
    assert texts_of(body, media_type) == TEXTS
    if form is None or form in TABLES:
        assert media_type == TABLES[form or SPARQLWrapper.XML]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("form", FORMATS)
def test_sparqlwrapper_asks(server: Server, form: str | None, method: tuple[str, str]) -> None:
    body, media_type = received(wrapped(server, ASK, form, method))
    assert result_readers.boolean(body, media_type)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("sparql", [CONSTRUCT, DESCRIBE])
@pytest.mark.parametrize("form", FORMATS)
def test_sparqlwrapper_gets_graphs(
    server: Server, form: str | None, sparql: str, method: tuple[str, str]
) -> None:
    body, media_type = received(wrapped(server, sparql, form, method))
    assert len(list(ox.parse(body, format=ox.RdfFormat.from_media_type(media_type)))) == len(TEXTS)
    if form is None or form in GRAPHS:
        assert media_type == GRAPHS[form or SPARQLWrapper.XML]


def test_sparqlwrapper_converts(server: Server) -> None:
    """Without a warning that another format came than was asked for."""
    table = converted(server, SELECT, SPARQLWrapper.JSON)
    assert [row["o"]["value"] for row in table["results"]["bindings"]] == TEXTS
    document = converted(server, SELECT, None)
    assert len(document.getElementsByTagName("result")) == len(TEXTS)
    for form in (SPARQLWrapper.CSV, SPARQLWrapper.TSV):
        assert texts_of(converted(server, SELECT, form), TABLES[form]) == TEXTS
    assert converted(server, ASK, SPARQLWrapper.JSON)["boolean"] is True


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of rdflib, by SPARQLWrapper
def test_sparqlwrapper_converts_graphs(server: Server) -> None:
    for form in (None, SPARQLWrapper.XML, SPARQLWrapper.RDFXML, SPARQLWrapper.JSONLD):
        assert len(converted(server, CONSTRUCT, form)) == len(TEXTS)
    for form in (SPARQLWrapper.TURTLE, SPARQLWrapper.N3):
        turtle = converted(server, DESCRIBE, form)
        assert len(rdflib.Graph().parse(data=turtle, format="turtle")) == len(TEXTS)


def test_sparqlwrapper_by_accept_alone(server: Server) -> None:
    client = wrapped(server, CONSTRUCT, SPARQLWrapper.TURTLE, METHODS[0])
    client.setOnlyConneg(True)
    assert received(client)[1] == "text/turtle"


def test_sparqlwrapper_tells_errors(server: Server) -> None:
    """As what they are: 400 has a class of its own, and the message has ours."""
    with pytest.raises(SPARQLWrapper.SPARQLExceptions.QueryBadFormed, match="line 1"):
        wrapped(server, "SELECT ?o WHERE { ?o", SPARQLWrapper.JSON, METHODS[0]).query()


@pytest.mark.parametrize("method", ["GET", "POST", "POST_FORM"])
@pytest.mark.parametrize("store", [SPARQLStore, SPARQLUpdateStore])
def test_rdflib_reads_a_remote_store(server: Server, store: type[SPARQLStore], method: str) -> None:
    graph = rdflib.Graph(store(query_endpoint=server.endpoint, method=method))
    assert sorted(map(str, graph.objects(rdflib.URIRef(f"{EX}s")))) == TEXTS
    assert len(graph) == len(TEXTS)
    assert [str(row[0]) for row in graph.query(SELECT)] == TEXTS  # type: ignore[index]
    assert graph.query(ASK).askAnswer
    constructed = graph.query(CONSTRUCT).graph
    assert constructed is not None
    assert len(constructed) == len(TEXTS)


@pytest.mark.parametrize("form", ["xml", "json", "csv", "tsv"])
def test_rdflib_store_in_every_format(server: Server, form: str) -> None:
    graph = rdflib.Graph(SPARQLStore(server.endpoint, returnFormat=form))
    assert [str(row[0]) for row in graph.query(SELECT)] == TEXTS  # type: ignore[index]


@pytest.mark.filterwarnings("ignore::DeprecationWarning:rdflib")
def test_rdflib_calls_it_as_a_service(server: Server) -> None:
    rows = rdflib.Graph().query(f"SELECT ?o {{ SERVICE <{server.endpoint}> {{ ?s <{EX}p> ?o }} }}")
    assert sorted(str(row[0]) for row in rows) == TEXTS  # type: ignore[index]


def test_rdflib_parses_an_address(server: Server) -> None:
    """By its own Accept header."""
    assert len(rdflib.Graph().parse(address(server, CONSTRUCT))) == len(TEXTS)


@pytest.mark.parametrize("silent", ["", "SILENT "])
def test_pyoxigraph_calls_it_as_a_service(server: Server, silent: str) -> None:
    sparql = f"SELECT ?o {{ SERVICE {silent}<{server.endpoint}> {{ ?s <{EX}p> ?o }} }}"
    solutions = ox.Store().query(sparql)
    assert isinstance(solutions, ox.QuerySolutions)
    assert sorted(str(solution["o"].value) for solution in solutions) == TEXTS


@pytest.mark.parametrize("more", [{"format": "csv"}, {"format": "text/csv"}])
def test_pandas_reads_csv(server: Server, more: dict[str, str]) -> None:
    import pandas as pd  # here: each process imports all tests, and this takes long

    assert pd.read_csv(address(server, SELECT, **more))["o"].tolist() == TEXTS


def test_pandas_reads_with_a_header(server: Server) -> None:
    import pandas as pd  # here: each process imports all tests, and this takes long

    frame = pd.read_csv(address(server, SELECT), storage_options={"Accept": "text/csv"})
    assert frame["o"].tolist() == TEXTS
    frame = pd.read_csv(address(server, SELECT, format="tsv"), sep="\t")
    assert frame.columns.tolist() == ["?o"]
    assert len(frame) == len(TEXTS)


@pytest.mark.parametrize("more", [{"format": "json"}, {}])
def test_pandas_reads_json(server: Server, more: dict[str, str]) -> None:
    import pandas as pd  # here: each process imports all tests, and this takes long

    frame = pd.read_json(address(server, SELECT, **more))
    assert [row["o"]["value"] for row in frame.loc["bindings", "results"]] == TEXTS


def test_pandas_reads_csv_for_spreadsheets(server: Server) -> None:
    """Though it begins with a byte order mark."""
    import pandas as pd  # here: each process imports all tests, and this takes long

    assert pd.read_csv(address(server, SELECT, format="csv-excel"))["o"].tolist() == TEXTS


def test_sparqlwrapper_for_frames(server: Server) -> None:
    """As ``get_sparql_dataframe`` of SPARQLWrapper 2 reads them, typed by the datatypes."""
    from SPARQLWrapper.sparql_dataframe import get_sparql_dataframe

    frame = get_sparql_dataframe(server.endpoint, SELECT)
    assert [str(value) for value in frame["o"]] == TEXTS


def test_python_s_http_libraries(server: Server) -> None:
    """With and without Accept, by GET and POST; they ask for compression themselves."""
    for get, post in ((requests.get, requests.post), (httpx.get, httpx.post)):
        plain: Any = get(server.endpoint, params={"query": SELECT})
        assert [row["o"]["value"] for row in plain.json()["results"]["bindings"]] == TEXTS
        posted: Any = post(server.endpoint, data={"query": SELECT}, headers={"Accept": "application/json"})
        assert posted.json() == plain.json()
        table: Any = get(server.endpoint, params={"query": SELECT}, headers={"Accept": "text/csv"})
        assert texts_of(table.content, "text/csv") == TEXTS
        assert table.encoding == "utf-8"


def test_javascript_clients(server: Server) -> None:
    found = client_programs.javascript(server.endpoint, SELECT, CONSTRUCT)
    assert len(found["bindings"]) == 7
    assert {tuple(texts) for texts in found["bindings"].values()} == {tuple(TEXTS)}
    assert set(found["triples"].values()) == {len(TEXTS)}
    assert set(found["answers"].values()) == {True}


def test_curl(server: Server) -> None:
    """As the manual shows it: the query as a field, by POST and by GET, from a file, compressed."""
    field = ("--data-urlencode", f"query={SELECT}")
    for more in ((), ("--get",), ("--compressed",), ("--http1.0",), ("--header", "Accept:")):
        body = client_programs.run("curl", "--silent", "--fail", *more, *field, server.endpoint)
        assert texts_of(body.encode(), TABLES[SPARQLWrapper.JSON]) == TEXTS
    sent = ("--header", "Content-Type: application/sparql-query", "--header", "Accept: text/csv")
    body = client_programs.run(
        "curl", "--silent", "--fail", *sent, "--data-binary", "@-", server.endpoint, feed=SELECT
    )
    assert texts_of(body.encode(), "text/csv") == TEXTS


def test_wget(server: Server) -> None:
    """By GET and POST; it sends ``Accept: */*`` and ``Accept-Encoding: identity``."""
    body = client_programs.run("wget", "--quiet", "-O-", address(server, SELECT, format="csv"))
    assert texts_of(body.encode(), "text/csv") == TEXTS
    posted = f"--post-data={urlencode({'query': SELECT})}"
    body = client_programs.run("wget", "--quiet", "-O-", posted, server.endpoint)
    assert texts_of(body.encode(), TABLES[SPARQLWrapper.JSON]) == TEXTS


def test_rasqal(server: Server) -> None:
    """It asks for XML, whatever the query is."""
    printed = client_programs.run("roqet", "-p", server.endpoint, "-e", SELECT, "-r", "xml")
    assert texts_of(printed.encode(), "application/sparql-results+xml") == TEXTS


@pytest.mark.parametrize("form", ["turtle", "ntriples", "rdfxml", "nquads", "trig", ""])
def test_raptor(server: Server, form: str) -> None:
    """It reads every graph format by its media type."""
    url = address(server, CONSTRUCT, **({"format": form} if form else {}))
    printed = client_programs.run("rapper", "--quiet", "--guess", url)
    assert {quad.object.value for quad in ox.parse(printed, format=ox.RdfFormat.N_TRIPLES)} == set(TEXTS)


R_PROGRAM = """
suppressMessages(library(SPARQL))
argument <- commandArgs(TRUE)
utf8 <- list(.encoding = "UTF-8")
rows <- SPARQL(argument[1], argument[2], curl_args = utf8)$results
cat(sapply(rows$o, toString), sep = "\\n")
csv <- list(format = "text/csv")
rows <- SPARQL(argument[1], argument[2], format = "csv", extra = csv, curl_args = utf8)$results
cat(sapply(rows$o, toString), sep = "\\n")
"""


def test_r(server: Server) -> None:
    """The package SPARQL, by XML and CSV; RCurl has to be told that the answer is UTF-8."""
    query = (
        f"SELECT ?s ?o WHERE {{ ?s <{EX}p> ?o FILTER(?o != '𝄞' && ?o != 'line\\nbreak') }} ORDER BY STR(?o)"
    )
    printed = client_programs.run("Rscript", "-e", R_PROGRAM, server.endpoint, query).splitlines()
    assert printed[:4] == ["42", "<http://dbpedia.org/resource/Paris,_Texas>", "plain, quoted", '"Привет"@ru']
    assert printed[4:] == ["42", "http://dbpedia.org/resource/Paris,_Texas", "plain, quoted", "Привет"]


PHP_PROGRAM = """
require_once 'EasyRdf/autoload.php';
$client = new EasyRdf\\Sparql\\Client($argv[1]);
foreach ($client->query($argv[2]) as $row) { $texts[] = (string) $row->o; }
$found['texts'] = $texts;
$found['yes'] = $client->query('ASK {}')->isTrue();
$found['construct'] = $client->query($argv[3])->countTriples();
$found['describe'] = $client->query($argv[4])->countTriples();
echo json_encode($found);
"""


def test_easyrdf(server: Server) -> None:
    """A client in PHP."""
    printed = client_programs.run(
        "php", "-r", PHP_PROGRAM, "--", server.endpoint, SELECT, CONSTRUCT, DESCRIBE
    )
    assert json.loads(printed) == {
        "texts": TEXTS,
        "yes": True,
        "construct": len(TEXTS),
        "describe": len(TEXTS),
    }


JAVA_PROGRAM = """
import java.net.URI;
import java.net.URL;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;

class Ask {
    public static void main(String[] arguments) throws Exception {
        byte[] table = new URL(arguments[0]).openStream().readAllBytes();
        HttpRequest request = HttpRequest.newBuilder(URI.create(arguments[0])).build();
        byte[] again = HttpClient.newHttpClient().send(request, BodyHandlers.ofByteArray()).body();
        String[] parts = arguments[0].split("[?]");
        HttpRequest post = HttpRequest.newBuilder(URI.create(parts[0]))
            .header("Content-Type", "application/x-www-form-urlencoded")
            .POST(BodyPublishers.ofString(parts[1])).build();
        byte[] posted = HttpClient.newHttpClient().send(post, BodyHandlers.ofByteArray()).body();
        System.out.write(table);
        System.exit(java.util.Arrays.equals(table, again) && java.util.Arrays.equals(table, posted) ? 0 : 1);
    }
}
"""


def test_java(server: Server, tmp_path: Path) -> None:
    """What comes with Java: HttpURLConnection, which prefers HTML unless a format is named; HttpClient.

    The latter asks to go over to HTTP/2, also where it sends a body.
    """
    program = tmp_path / "Ask.java"
    program.write_text(JAVA_PROGRAM)
    printed = client_programs.run("java", str(program), address(server, SELECT, format="csv"))
    assert texts_of(printed.encode(), "text/csv") == TEXTS


def test_terms_keep_their_languages_and_datatypes(server: Server) -> None:
    """In what the clients above were sent."""
    for media_type in TABLES.values():
        if media_type != "text/csv":
            terms = [
                row["o"] for row in result_readers.rows(server.ask(PAIRS, media_type).body, media_type)[1]
            ]
            assert terms[0] == literal("42", datatype="http://www.w3.org/2001/XMLSchema#integer")
            assert terms[1] == uri(TEXTS[1])
            assert terms[4] == literal("Привет", "ru")
