"""What SPARQL text says before it is parsed: a word in a string, a comment or an IRI is no keyword."""

import re
from pathlib import Path

import pytest
from pyoxigraph import Store

from conftest import ROOT
from cstokg import namespaces
from cstokg.engine import query_text
from cstokg.engine.query_text import Token, read


@pytest.mark.parametrize(
    ("sparql", "kinds"),
    [
        ("?a $b ?é", "variable variable variable"),
        ("a:b :c d: a.b:c.d a:b\\#c", "name name name name name"),
        ("a:b. true. _:x. a:\\.", "name sign word sign blank sign name"),
        ("<a> <b c> a<b&&c>d", "iri sign word word sign word iri word"),
        ("'a' \"b\" '''c'\n''' \"\"\"d\\\"\"\"\"", "string string string string"),
        ("'a\n \"b", "broken broken"),
        ("'''a''", "broken"),
        ("1 1.5 .5 1e-3 1.", "number number number number number sign"),
        ("'a'@en-GB ^^ && || <= >= != << >> <<( )>>", "string language" + 10 * " sign"),
        ("# a 'b'\n c # d", "word"),
        ("  \n", ""),
    ],
)
def test_kinds_of_tokens(sparql: str, kinds: str) -> None:
    assert " ".join(token.kind for token in query_text.tokens(sparql)) == kinds


@pytest.mark.parametrize("path", sorted((ROOT / "queries").glob("*.rq")), ids=lambda path: path.stem)
def test_tokens_leave_out_only_white_space_and_comments(path: Path) -> None:
    sparql = path.read_text(encoding="utf-8")
    end = 0
    for token in query_text.tokens(sparql):
        gap = sparql[end : token.start]
        assert all(not line.strip() or line.lstrip().startswith("#") for line in gap.splitlines()[-1:])
        assert sparql[token.start : token.end] == token.text
        end = token.end
    plain = " ".join(token.text for token in query_text.tokens(sparql))
    plain = re.sub(r"\b(COALESCE|CONCAT) \(", r"\1(", plain)  # the parser takes no blank there
    Store().query(plain, prefixes=dict(namespaces.PREFIXES))


@pytest.mark.parametrize(
    ("sparql", "form"),
    [
        ("SELECT * { }", "SELECT"),
        ("# SELECT\nask { }", "ASK"),
        ("BASE <http://a/SELECT> PREFIX select: <http://a#> Construct { } { }", "CONSTRUCT"),
        ("PREFIX a: <http://a#>\nDESCRIBE a:ASK", "DESCRIBE"),
        ("\ufeffASK {}", "ASK"),
        ("", ""),
        ('\'SELECT\' """ASK\n"""', ""),
        ("INSERT DATA {}", ""),
    ],
)
def test_form_is_the_first_word_after_the_prologue(sparql: str, form: str) -> None:
    assert query_text.form(sparql) == form


def test_update_is_told_by_its_first_word() -> None:
    assert read("PREFIX a: <b> # c\n delete where {}").is_update
    assert not read("ASK { ?delete ?insert 'LOAD' }").is_update


def test_prologue_is_read_over_the_prefixes_of_the_project() -> None:
    query = read("base <http://a/> PREFIX ckg: <b#> prefix : <c> # PREFIX d: <e>\n ASK { PREFIX f: <g> }")
    assert query.prefixes["ckg"] == "http://a/b#"
    assert query.prefixes[""] == "http://a/c"
    assert query.prefixes["person"] == namespaces.PREFIXES["person"]
    assert not {"d", "f"} & query.prefixes.keys()
    assert query.sparql[query.body :].startswith("ASK")
    assert read("PREFIX a: <b>").body == len("PREFIX a: <b>")


@pytest.mark.parametrize(
    "declaration",
    ["PREFIX my: <https://[your-domain]/ns/>", "BASE <https://[x]/>", "PREFIX my: <http://\u2100/>"],
)
def test_placeholder_in_a_declaration_is_no_error_of_reading(declaration: str) -> None:
    query = read(f"{declaration} SELECT * {{ ?s my:p ?o }}")
    assert query.form == "SELECT"
    assert query.variables == ("s", "o")


def test_each_declaration_counts() -> None:
    sparql = "BASE <a/> " * 1_900 + "SELECT * FROM <x> FROM <y> {}"
    default, named = read(sparql).graphs
    assert [iri.removeprefix(namespaces.BASE).count("a/") for iri in default] == [1_900, 1_900]
    assert named == ()


def test_graphs_of_the_clauses_from_are_read() -> None:
    query = read(
        "BASE <http://a/> PREFIX from: <b/> SELECT ?from FROM from:x FROM # <c>\n NAMED <y> from<http://z>"
        "{ ?s ?p 'FROM <e>' . { ?s FROM <f> } }"
    )
    assert query.graphs == (("http://a/b/x", "http://z"), ("http://a/y",))
    assert query.merges_graphs
    assert read("CONSTRUCT { ?s ?p ?o } FROM <http://x> WHERE {}").graphs == (("http://x",), ())
    assert read("ASK { ?s ?p ?o }").graphs == ((), ())


def test_variables_come_in_written_order() -> None:
    """Each once, whatever its sign; those in strings, IRIs and comments are none."""
    sparql = "SELECT * { ?z ?y $x . # ?c\n ?y '?s' <http://x/?i> ; ?é ?z }"
    assert read(sparql).variables == ("z", "y", "x", "é")


@pytest.mark.parametrize(
    ("sparql", "selects_all"),
    [
        ("SELECT * {}", True),
        ("SELECT REDUCED* {}", True),
        ("PREFIX a: <b> select distinct # c\n * {}", True),
        ("SELECT (COUNT(*) AS ?n) {}", False),
        ("SELECT ?x { { SELECT * {} } }", False),
        ("DESCRIBE * {}", False),
    ],
)
def test_only_select_with_a_star_selects_all(sparql: str, selects_all: bool) -> None:
    assert read(sparql).selects_all == selects_all


@pytest.mark.parametrize(
    ("sparql", "volatile"),
    [
        ("SELECT (NOW() AS ?x) {}", True),
        ("SELECT (rand # x\n () AS ?x) {}", True),
        ("ASK { FILTERRAND() }", True),
        ("ASK { FILTER(?a<?b+RAND()>?c) }", True),
        ("SELECT (STRUUID() AS ?x) {}", True),
        ("SELECT * { SERVICE <x> {} }", True),
        ("CONSTRUCT { _:a ?p ?o } WHERE { ?s ?p ?o }", True),
        ("CONSTRUCT { [] ?p ?o } WHERE { ?s ?p ?o }", True),
        ("CONSTRUCT { ?s ?p ( 1 ) } WHERE { ?s ?p ?o }", True),
        ("CONSTRUCT { ?s ?p '_:a [' } WHERE { _:x ?p [] FILTER(?o > (1)) }", False),
        ("SELECT * { _:x ?now 'RAND()' . ?s <http://x/uuid> a:bnode } # NOW()", False),
        ("SELECT ?rand ?uuid { ?s ?p ?o }", False),
    ],
)
def test_queries_whose_evaluations_may_differ(sparql: str, volatile: bool) -> None:
    assert read(sparql).is_volatile == volatile


def test_names_of_the_project_are_found() -> None:
    query = read(
        "PREFIX ckg: <http://x/> PREFIX my: <ontology#> ASK { ckg:a my:b\\~c person:x . "
        f"<{namespaces.CKG}d> foaf:name 'ckg:e' # ckg:f\n }}"
    )
    assert list(query.own_names()) == [
        f"{namespaces.CKG}b~c",
        f"{namespaces.ID}person/x",
        f"{namespaces.CKG}d",
    ]


@pytest.mark.parametrize(
    "sparql",
    [
        "VALUES ?x { 'a' }",
        "values $x{'a'}",
        "VALUES # VALUES ?x { 'b' }\n ?x # {\n { 'a' # }\n }",
        "VALUES ?x { '}' '''}'}''' \"}\" \"\"\"\"}\"\"\" <http://a#> a:\\} } }",
        "?s a:\\# 'VALUES ?x { }' . VALUES ?x { 'a' }",
    ],
)
def test_contents_of_a_block_end_at_the_brace_that_closes_it(sparql: str) -> None:
    ((start, end),) = query_text.values_blocks(sparql, "x")
    assert sparql[start - 1] == "{"
    assert sparql[end] == "}"
    assert "'a'" in sparql[start:end] or "'}'" in sparql[start:end]
    assert not sparql[end + 1 :].strip("} ")


def test_each_block_has_its_own_end() -> None:
    sparql = "VALUES ?x { 1 } VALUES ?x { 2 } ?s ?p ?o }"
    assert [sparql[start:end] for start, end in query_text.values_blocks(sparql, "x")] == [" 1 ", " 2 "]


@pytest.mark.parametrize(
    "sparql",
    [
        "VALUES ?y { 1 }",
        "VALUES ?xy { 1 }",
        "VALUES (?x) { (1) }",
        "VALUES ?x { 1",
        "'VALUES ?x { 1 }'",
        "VALUES ?x",
        "",
    ],
)
def test_other_texts_have_no_block(sparql: str) -> None:
    assert query_text.values_blocks(sparql, "x") == []


def test_prologue_as_turtle() -> None:
    sparql = "base <http://a/> # b\nPREFIX a: <b#>#\nprefix : <c>\nSELECT * { PREFIX d: <e> }"
    assert query_text.prologue(sparql) == "base <http://a/>\nPREFIX a: <b#>\nprefix : <c>"


def test_a_token_knows_its_end() -> None:
    assert Token("word", "ASK", 4).end == 7
