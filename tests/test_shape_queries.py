"""No query in a shape reaches beyond the data, neither disguised nor where it is not checked first."""

import re
import socket
import threading
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from rdflib import ConjunctiveGraph, Graph

import planted
from cstokg import namespaces
from cstokg.build.checks import shape_queries, validation
from cstokg.build.checks.shape_queries import ShapeError
from cstokg.build.sources import read
from cstokg.cli.main import main

SHAPES = "ontology/shapes.ttl"
DECLARED = 'sh:prefix "x" ; sh:namespace "http://x.example/"'
LINE = 15  # of the query that ``shaped`` adds


class Endpoint:
    """A port that counts connections and closes them."""

    def __init__(self) -> None:
        """Listen."""
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.socket.getsockname()[1]}/sparql"
        self.calls = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            self.calls += 1
            connection.close()


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    """Yield an endpoint that nobody may call."""
    listening = Endpoint()
    with closing(listening.socket):
        yield listening


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return a small project."""
    return planted.write(tmp_path / "project")


def shaped(
    root: Path, text: str, constraint: str = "sh:sparql [ sh:select", declared: str = DECLARED
) -> None:
    """Add a query to the shape of persons, at the line ``LINE``."""
    file = root / SHAPES
    shapes = file.read_text(encoding="utf-8").rstrip().removesuffix(".")
    end = "" if constraint.startswith("sh:") and "[" not in constraint else " ]"
    quoted = text.replace("\\", "\\\\").replace('"', '\\"')
    file.write_text(
        f'{shapes}\n    {constraint} """{quoted}""" ; sh:prefixes <urn:declared>{end} ;\n.\n'
        f"<urn:declared> sh:declare [ {declared} ] .\n",
        encoding="utf-8",
    )


def run(command: str, root: Path, *arguments: str) -> Result:
    """Run a command on the project, and return its result."""
    return CliRunner().invoke(main, [command, "--root", str(root), *arguments])


DISGUISES = {
    "plain": "SELECT $this { SERVICE <URL> { } }",
    "silent": "SELECT $this { SERVICE SILENT <URL> { } }",
    "small": "SELECT $this { service<URL>{} }",
    "behind a literal": "SELECT $this { FILTER(true) BIND(trueSERVICE <URL> { } AS ?x) }",
    "behind a triple": "SELECT $this { $this ?p trueSERVICE <URL> { } }",
    "behind no comment": "PREFIX ex: <urn:x:> SELECT $this { $this ?p ex:a\\# . SERVICE <URL> { }\n}",
    "behind no string": "PREFIX ex: <urn:x:> SELECT $this { $this ?p ex:a\\' . SERVICE <URL> { } }",
    "by code points": "SELECT $this { \\u0053ERVICE <URL> { } }",
    "in a long s": "SELECT $this { \u017fERVICE <URL> { } }",
    "in a dotless i": "SELECT $this { SERV\u0131CE <URL> { } }",
    "before a comment": "SELECT $this { SERVICE#\n<URL> { } }",
    "behind fragments": "SELECT $this { OPTIONAL { $this <urn:a#b> <urn:c#d> } SERVICE <URL> { } }",
    "computed": "SELECT $this { BIND(<URL> AS ?e) SERVICE ?e { } }",
    "in EXISTS": "SELECT $this { FILTER NOT EXISTS { SERVICE <URL> { ?s ?p ?o } } }",
    "in a subquery": "SELECT $this { { SELECT $this { SERVICE <URL> { } } } }",
    "after a comment": '# a "string\nSELECT $this { # none }\n SERVICE <URL> { } }',
    "FROM": "SELECT $this FROM <URL> { }",
    "FROM NAMED": "SELECT $this FROM NAMED <URL> { GRAPH ?g { ?s ?p ?o } }",
    "FROM close by": "SELECT*FROM<URL>{ }",
    "FROM a file": "SELECT $this FROM <file:///etc/passwd> { }",
}


@pytest.mark.parametrize("disguise", DISGUISES)
def test_query_that_calls_is_refused_with_its_line(root: Path, endpoint: Endpoint, disguise: str) -> None:
    shaped(root, DISGUISES[disguise].replace("URL", endpoint.url))
    results = [run("check", root), run("check", root, "--reference"), run("build", root)]
    assert endpoint.calls == 0
    for result in results:
        assert result.exit_code == 1
        assert re.search(rf"(?m)^Error: {SHAPES}:{LINE}: the query.*(SERVICE|FROM)", result.stderr), (
            result.stderr
        )


@pytest.mark.parametrize(
    "constraint",
    [
        "sh:sparql [ sh:select",
        "sh:sparql [ sh:ask",
        "sh:rule [ a sh:SPARQLRule ; sh:construct",
        "sh:target [ a sh:SPARQLTarget ; sh:select",
        "sh:validator [ a sh:SPARQLAskValidator ; sh:ask",
        "sh:node [ sh:property [ sh:path sh:name ] ; sh:update",
        "sh:select",
    ],
)
def test_every_kind_of_query_is_looked_at(root: Path, endpoint: Endpoint, constraint: str) -> None:
    form = "CONSTRUCT { $this a $this }" if "construct" in constraint else "ASK"
    form = "SELECT $this" if "select" in constraint else form
    shaped(root, f"{form} {{ SERVICE <{endpoint.url}> {{ }} }}", constraint)
    for command in ("check", "build"):
        result = run(command, root)
        assert result.exit_code == 1
        assert f"Error: {SHAPES}:{LINE}: the query" in result.stderr
    assert endpoint.calls == 0


def test_endpoint_named_by_a_declared_prefix_is_refused(root: Path, endpoint: Endpoint) -> None:
    host, _, _ = endpoint.url.rpartition("/")
    declared = f'sh:prefix "ep" ; sh:namespace "{host}/"'
    shaped(root, "SELECT $this { SERVICE ep:sparql { } }", declared=declared)
    result = run("check", root)
    assert f"Error: {SHAPES}:{LINE}: the query" in result.stderr
    assert endpoint.calls == 0


@pytest.mark.parametrize(
    ("declared", "message"),
    [
        (
            'sh:prefix "x" ; sh:namespace "http://x.example/> SELECT $this { SERVICE <URL> { } } #"',
            "sh:namespace",
        ),
        (
            'sh:prefix "x: <http://x.example/> SELECT $this { SERVICE <URL> { } } #" ; sh:namespace "urn:x"',
            "sh:prefix",
        ),
    ],
)
def test_declaration_that_smuggles_a_query_is_refused(
    root: Path, endpoint: Endpoint, declared: str, message: str
) -> None:
    shaped(root, "SELECT $this { $this x:p ?o }", declared=declared.replace("URL", endpoint.url))
    for arguments in ((), ("--reference",)):
        result = run("check", root, *arguments)
        assert result.exit_code == 1
        assert f"Error: {SHAPES}:{LINE + 2}: {message} is not" in result.stderr
    assert endpoint.calls == 0


@pytest.mark.parametrize(
    "text",
    [
        "SELECT $this { $this x:service ?o } # the foreign service",
        "SELECT $this { $this x:p 'SERVICE <http://x.example/> { }' }",
        "SELECT $this { $this x:p ?from }",
        "SELECT $this { $this x:p 'from here' } # from <there>",
    ],
)
def test_the_words_alone_are_no_calls(root: Path, text: str) -> None:
    shaped(root, text)
    result = run("check", root)
    assert (result.exit_code, result.stdout) == (0, "")


def test_imports_are_not_followed(root: Path, endpoint: Endpoint) -> None:
    planted.change(
        root,
        SHAPES,
        "shape:Person\n",
        f"<urn:o> <{namespaces.PREFIXES['owl']}imports> <{endpoint.url}> .\nshape:Person\n",
    )
    planted.change(
        root, "ontology/ckg.ttl", "ckg:Meeting a", f"<urn:o> owl:imports <{endpoint.url}> .\nckg:Meeting a"
    )
    for arguments in ((), ("--reference",)):
        run("check", root, *arguments)
    run("build", root)
    assert endpoint.calls == 0


@pytest.mark.parametrize(
    "text", ["SELECT * { SERVICE <URL> { ?s ?p ?o } }", "SELECT * FROM <URL> { ?s ?p ?o }"]
)
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of rdflib by rdflib
def test_rdflib_calls_no_endpoint_even_for_unchecked_queries(endpoint: Endpoint, text: str) -> None:
    """A query that pyshacl puts together by itself gets no further than rdflib."""
    graph = ConjunctiveGraph() if "FROM" in text else Graph()
    with suppress(ShapeError), shape_queries.external_access_disabled():
        list(graph.query(text.replace("URL", endpoint.url)))
    assert endpoint.calls == 0


def test_rdflib_is_left_as_it_was(endpoint: Endpoint) -> None:
    with shape_queries.external_access_disabled(), shape_queries.external_access_disabled():
        pass
    with suppress(Exception):
        list(Graph().query(f"SELECT * {{ SERVICE <{endpoint.url}> {{ ?s ?p ?o }} }}"))
    assert endpoint.calls == 1


def test_module_that_validates_refuses_by_itself(root: Path, endpoint: Endpoint) -> None:
    shaped(root, f"SELECT $this {{ SERVICE <{endpoint.url}> {{ }} }}")
    found = read(root)
    for reference in (True, False):
        with pytest.raises(ShapeError, match=SHAPES):
            validation.validate(found, reference=reference)
    assert endpoint.calls == 0


@pytest.mark.parametrize(
    "query",
    [
        "SELECT $this { $this a ckg:Person MINUS { $this a ckg:Meeting } }",
        "SELECT $this { VALUES ?x { 1 } }",
        "SELECT $this { BIND(1 AS $this) }",
        "SELECT $this { { SELECT ?x { ?x ?y ?z } } }",
    ],
)
def test_what_shacl_forbids_is_refused_with_its_line_by_check_and_build(root: Path, query: str) -> None:
    shaped(root, query)
    for result in (run("check", root), run("check", root, "--reference"), run("build", root)):
        assert result.exit_code == 1
        assert f"Error: {SHAPES}:{LINE}: the query of " in result.stderr


@pytest.mark.parametrize("option", ["--reference", "--judge"])
def test_check_prints_the_same_below_other_shapes(root: Path, option: str) -> None:
    with (root / SHAPES).open("a", encoding="utf-8") as file:
        file.write(
            "\nshape:Outer a sh:NodeShape ; sh:targetNode <urn:x:nowhere> ; sh:node shape:Inner .\n"
            'shape:Inner a sh:NodeShape ; sh:sparql [ sh:message "inner" ; '
            'sh:select "SELECT $this { FILTER NOT EXISTS { $this a ?c } }" ] .\n'
        )
    quick, reference = run("check", root), run("check", root, option)
    assert quick.exit_code == 1
    assert "violation" in quick.stdout
    assert (quick.stdout, quick.stderr) == (reference.stdout, reference.stderr)
