"""A brace in a string, a ``#`` in an IRI and a word in a comment are not taken for more than they are."""

import pytest

from cstokg import tokens


@pytest.mark.parametrize(
    ("sparql", "form"),
    [
        ("SELECT * { }", "SELECT"),
        ("# SELECT\nask { }", "ASK"),
        ("BASE <http://a/SELECT> PREFIX select: <http://a#> Construct { } { }", "CONSTRUCT"),
        ("PREFIX a: <http://a#>\nDESCRIBE a:ASK", "DESCRIBE"),
        ("", ""),
        ('\'SELECT\' """ASK\n"""', ""),
    ],
)
def test_form(sparql: str, form: str) -> None:
    """The first keyword that is one."""
    assert tokens.form(sparql) == form


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
def test_contents_of_a_block(sparql: str) -> None:
    """They end at the brace that closes the block."""
    ((start, end),) = tokens.values_blocks(sparql, "x")
    assert sparql[start - 1] == "{"
    assert sparql[end] == "}"
    assert "'a'" in sparql[start:end] or "'}'" in sparql[start:end]
    assert not sparql[end + 1 :].strip("} ")


@pytest.mark.parametrize(
    "sparql",
    [
        "VALUES ?y { 1 }",
        "VALUES ?xy { 1 }",
        "VALUES (?x) { (1) }",
        "VALUES ?x { 1",
        "'VALUES ?x { 1 }'",
        "VALUES ?x",
    ],
)
def test_what_is_no_block(sparql: str) -> None:
    """Another variable, several variables, no end."""
    assert tokens.values_blocks(sparql, "x") == []


def test_prologue_as_turtle() -> None:
    """What opens the query, comments left out."""
    sparql = "base <http://a/> # b\nPREFIX a: <b#>#\nprefix : <c>\nSELECT * { PREFIX d: <e> }"
    assert tokens.prefixes(sparql) == "base <http://a/>\nPREFIX a: <b#>\nprefix : <c>"
