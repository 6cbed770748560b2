"""Both checks find the same: constraints wherever they stand, and all that SHACL says of their queries."""

import time
from collections.abc import Callable

import pytest
from rdflib import RDF, RDFS, SH, XSD, BNode, Graph, Literal, Namespace

from cstokg.build.checks import portable_queries, shacl
from cstokg.build.checks.shape_queries import ShapeError

EX = Namespace("http://x.example/")
CHECKS = (shacl.check, shacl.check_quickly)
Check = Callable[[Graph, Graph], set[shacl.Result]]

HEAD = """
PREFIX ex: <http://x.example/>
PREFIX owl: <http://www.w3.org/2002/07/owl#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX sh: <http://www.w3.org/ns/shacl#>
PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
ex:shapes sh:declare [ sh:prefix "ex" ; sh:namespace "http://x.example/"^^xsd:anyURI ] ;
    owl:imports ex:imported .
ex:imported sh:declare [ sh:prefix "far" ; sh:namespace "http://x.example/pa"^^xsd:anyURI ] .
"""
DATA = (
    HEAD
    + """
ex:a a ex:Thing ; rdfs:label "A" , "{?value}"@en-GB ; ex:part ex:b , _:n ; ex:number 7 ;
    ex:on "-0044-03-15"^^xsd:date .
ex:b a ex:Small ; rdfs:label "B"@en ; ex:part ex:a .
ex:Small rdfs:subClassOf ex:Thing .
_:n a ex:Thing ; rdfs:label "N" .
"""
)
ALL = "SELECT $this (?focus AS ?value) { ?focus a ex:Thing }"


def graph(turtle: str) -> Graph:
    return Graph().parse(data=HEAD + turtle, format="turtle")


def constraint(query: str, more: str = "") -> str:
    return f"sh:sparql [ sh:prefixes ex:shapes ; {more} sh:select '''{query}''' ]"


BAD = f"ex:bad a sh:NodeShape ; {constraint('SELECT $this { $this rdfs:label ?label }')} ."


def results(shapes: str, data: str = DATA) -> list[shacl.Result]:
    """Return the results of the quick check, which are those of the reference check."""
    data_graph, shapes_graph = Graph().parse(data=data, format="turtle"), graph(shapes)
    data_graph.add((EX.a, EX.number, Literal("007", datatype=XSD.integer, normalize=False)))
    reference, quick = (check(data_graph, shapes_graph) for check in CHECKS)
    assert quick == reference
    return sorted(quick, key=str)


def test_days_that_python_does_not_have_are_checked_in_silence(caplog: pytest.LogCaptureFixture) -> None:
    data, shapes = (
        Graph().parse(data=DATA, format="turtle"),
        graph(f"{BAD} ex:bad sh:targetObjectsOf ex:on ."),
    )
    caplog.clear()
    shacl.check_quickly(data, shapes)
    assert not caplog.records


REACHED = {
    "node": ("sh:targetNode ex:a ; sh:node ex:bad", 1),
    "or": ("sh:targetNode ex:a ; sh:or ( ex:bad [ sh:class ex:Other ] )", 1),
    "and": ("sh:targetNode ex:a ; sh:and ( ex:bad )", 1),
    "not": ("sh:targetNode ex:nowhere ; sh:not ex:bad", 1),
    "xone": ("sh:targetNode ex:a ; sh:xone ( ex:bad [ sh:class ex:Other ] )", 1),
    "property, node": ("sh:targetNode ex:a ; sh:property [ sh:path ex:part ; sh:node ex:bad ]", 2),
    "qualified": (
        (
            "sh:targetNode ex:a ; sh:property [ sh:path ex:part ; sh:qualifiedValueShape ex:bad ; "
            "sh:qualifiedMinCount 3 ]"
        ),
        1,
    ),
    "property": (f"sh:targetNode ex:a ; sh:property [ sh:path ex:part ; {constraint(ALL)} ]", 2),
    "property of a property": (
        (
            "sh:targetNode ex:a ; sh:property [ sh:path ex:part ; sh:property "
            f"[ sh:path rdfs:label ; {constraint('SELECT $this ?value { $this $PATH ?value }')} ] ]"
        ),
        2,
    ),
    "inverse path": (
        (
            "sh:targetNode ex:a ; sh:property [ sh:path [ sh:inversePath ex:part ] ; "
            f"{constraint('SELECT $this ?value { $this ex:part/$PATH ?value }')} ]"
        ),
        1,
    ),
}


@pytest.mark.parametrize(("shape", "count"), REACHED.values(), ids=REACHED)
def test_constraint_is_found_wherever_it_stands(shape: str, count: int) -> None:
    assert len(results(f"ex:shape a sh:NodeShape ; {shape} .\n{BAD}")) == count


@pytest.mark.parametrize(
    ("labels", "asked", "found"),
    [
        ("'A'@en , 'Б'@ru", "[ sh:languageIn ('en') ] ; sh:qualifiedMinCount 1", False),
        ("'A'@en-GB", "[ sh:languageIn ('EN') ] ; sh:qualifiedMinCount 1", False),
        ("'A'@en , 'B'@de", "[ sh:languageIn ('en' 'de') ] ; sh:qualifiedMinCount 2", False),
        ("'A'@en , 'Б'@ru", "[ sh:languageIn ('en') ] ; sh:qualifiedMinCount 2", True),
        ("'A' , 'en' , 'Б'@ru", "[ sh:languageIn ('en') ] ; sh:qualifiedMinCount 1", True),
        (
            "'A'@en , 'B'@en",
            "[ sh:languageIn ('en') ] ; sh:qualifiedMinCount 1 ; sh:qualifiedMaxCount 1",
            True,
        ),
        ("'A'@en", "[ sh:languageIn ('en') ; sh:minLength 2 ] ; sh:qualifiedMinCount 1", True),
        ("'A'@en", "[ sh:languageIn ('en') ] , [ sh:languageIn ('ru') ] ; sh:qualifiedMinCount 1", True),
    ],
)
def test_labels_of_a_language_are_counted(labels: str, asked: str, found: bool) -> None:
    shapes = "ex:shape a sh:NodeShape ; sh:targetNode ex:a ; sh:property [ sh:path rdfs:label ; "
    # A message of ours, because pyshacl's own names the shapes in any order.
    shapes += f"sh:message 'Add a label.' ; sh:qualifiedValueShape {asked} ] ."
    assert bool(results(shapes, f"{HEAD} ex:a rdfs:label {labels} .")) == found


SMALL = "sh:prefixes ex:shapes ; sh:select 'SELECT ?this { ?this a ex:Small }'"
TARGETS = {
    "sh:targetNode ex:a , ex:nowhere": 2,
    "sh:targetNode 'A'": 0,
    "sh:targetClass ex:Thing": 4,
    "a rdfs:Class": 0,
    "sh:targetSubjectsOf ex:part": 3,
    "sh:targetObjectsOf ex:part": 4,
    f"sh:target [ a sh:SPARQLTarget ; {SMALL} ]": 1,
    "sh:targetNode ex:a ; sh:deactivated true": 0,
}


@pytest.mark.parametrize("target", TARGETS)
def test_every_kind_of_target_is_found_and_blank_nodes_too(target: str) -> None:
    query = constraint("SELECT $this ?value { $this rdfs:label ?value }")
    found = results(f"ex:shape a sh:NodeShape ; {target} ; {query} .")
    expected = {"sh:targetNode ex:a , ex:nowhere": 2, "sh:targetSubjectsOf ex:part": 3}.get(
        target, TARGETS[target]
    )
    assert len(found) == expected


def test_class_that_is_a_shape_is_its_own_target() -> None:
    query = constraint("SELECT $this { $this a ex:Small }")
    found = results(f"ex:Thing a sh:NodeShape , rdfs:Class ; {query} .")
    assert [result.focus for result in found] == [EX.b]


BOUND = {
    "union": (
        "{ $this rdfs:label ?value } UNION { FILTER NOT EXISTS { $this a ?type } BIND('none' AS ?value) }"
    ),
    "not exists": "FILTER NOT EXISTS { $this a ex:Small }",
    "exists": "FILTER EXISTS { $this a ex:Small }",
    "bind": "BIND($this AS ?other) FILTER(?other = ex:nowhere)",
    "bind in a group": "{ BIND($this AS ?value) } FILTER(?value != ex:a)",
    "filter in nested groups": "{ { FILTER($this = ex:nowhere) } FILTER(bound($this)) } FILTER(true)",
    "subquery": "{ SELECT $this { FILTER($this = ex:nowhere) } }",
    "subquery that counts": (
        "{ SELECT $this (COUNT(?label) AS ?value) { $this rdfs:label ?label } GROUP BY $this }"
    ),
    "optional": "OPTIONAL { $this ex:part ?value } FILTER(!bound(?value))",
    "after a comma": "FILTER(STRSTARTS(STR($this),STR(ex:no)))",
    "after a sign": "FILTER(ex:nowhere=$this)",
    "current shape": "FILTER($currentShape = ex:shape)",
    "comment": "# { find these } SERVICE MINUS $this\n $this rdfs:label ?value",
    "string": "$this rdfs:label ?value FILTER(?value != '} MINUS { VALUES ?x { } # $PATH')",
    "imported prefix": "$this far:rt ?value",
    "numbers": "$this ex:number ?value FILTER(?value = 7)",
    "number as written": "$this ex:number ?value FILTER(STR(?value) = '007')",
    "values elsewhere": "?other ex:number ?value FILTER(STR(?value) = STR('007'))",
    "labels elsewhere": "?other rdfs:label ?value",
    "years before 1": "$this ex:on ?value FILTER(STRSTARTS(STR(?value), '-'))",
}


@pytest.mark.parametrize("pattern", BOUND.values(), ids=BOUND)
def test_this_is_the_focus_node_everywhere(pattern: str) -> None:
    query = f"\n# find {{these}}\nSELECT $this ?value {{ {pattern} }}".replace("'''", '"')
    query = query.replace("\\", "\\\\").replace("'", "\\'")
    assert results(
        f"ex:shape a sh:NodeShape ; sh:targetNode ex:a , ex:b , ex:nowhere ; {constraint(query)} ."
    )


FORBIDDEN = {
    "MINUS": "SELECT $this { $this a ?c MINUS { $this a ex:Thing } }",
    "MINUS behind a number sign": "SELECT $this { $this <urn:a#b> ?c MINUS { $this a ex:Thing } }",
    "VALUES": "SELECT $this { VALUES ?any { true } }",
    "AS": "SELECT $this { BIND(true AS $this) }",
    "AS ?this": "SELECT (ex:a AS ?this) { }",
    "SELECT": "SELECT $this { $this ?x ?any { SELECT ?other { ?other ?b ?c } } }",
    "SELECT *": "SELECT $this { { SELECT * { FILTER($this = ex:a) } } }",
    "shapesGraph": "SELECT $this { GRAPH $shapesGraph { $currentShape ?p ?o } }",
    "PATH": "SELECT $this { $this $PATH ?o }",
    "prefix": "SELECT $this { $this unknown:p ?o }",
    "brackets": "SELECT $this { $this ?p ?o",
    "form": "ASK { $this ?p ?o }",
    "failure": "SELECT $this ?failure { BIND(true AS ?failure) }",
}


@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize("query", FORBIDDEN.values(), ids=FORBIDDEN)
def test_what_shacl_forbids_is_refused_by_both_and_names_the_shape(check: Check, query: str) -> None:
    shapes = graph(f"ex:shape a sh:NodeShape ; sh:targetNode ex:a ; {constraint(query)} .")
    with pytest.raises(ShapeError, match=r"x\.example/shape"):
        check(Graph().parse(data=DATA, format="turtle"), shapes)


def test_messages_are_filled_once_and_the_row_has_precedence() -> None:
    query = constraint(
        'SELECT $this ?a ?b { BIND("{?b}" AS ?a) BIND("B" AS ?b) $this a ?t }', 'sh:message "a={?a} b={$b}" ;'
    )
    (result,) = results(f"ex:shape a sh:NodeShape ; sh:targetNode ex:a ; {query} .")
    assert result.messages == {Literal("a={?b} b=B")}
    query = constraint('SELECT $this ?message { BIND("own" AS ?message) }', 'sh:message "general" ;')
    (result,) = results(f"ex:shape a sh:NodeShape ; sh:targetNode ex:a ; {query} .")
    assert result.messages == {Literal("own")}


PART = "sh:property [ sh:path ex:part ; sh:maxCount 1 ; sh:message 'one' ]"
PROPERTIES = {
    "plain": (f"ex:shape a sh:NodeShape ; sh:targetClass ex:Thing ; {PART} .", 1),
    "no type": (f"ex:shape sh:targetClass ex:Thing ; {PART} .", 1),
    "severity": (f"ex:shape a sh:NodeShape ; sh:severity sh:Info ; sh:targetNode ex:a , ex:b ; {PART} .", 1),
    "closed": (f"ex:shape a sh:NodeShape ; sh:targetNode ex:b ; sh:closed true ; {PART} .", 2),
    "closed, ignoring": (
        (
            "ex:shape a sh:NodeShape ; sh:targetNode ex:b ; sh:closed true ; "
            f"sh:ignoredProperties ( rdfs:label <{RDF.type}> ) ; {PART} ."
        ),
        0,
    ),
    "closed, of an inverse path": (
        (
            "ex:shape a sh:NodeShape ; sh:targetNode ex:b ; sh:closed true ; "
            "sh:property [ sh:path [ sh:inversePath ex:part ] ; sh:maxCount 0 ] ."
        ),
        4,
    ),
    "deactivated": (f"ex:shape a sh:NodeShape ; sh:targetNode ex:a ; sh:deactivated true ; {PART} .", 0),
    "shared": (
        (
            "ex:one a sh:NodeShape ; sh:targetNode ex:a ; sh:property ex:part1 . "
            "ex:two a sh:NodeShape ; sh:targetNode ex:b ; sh:property ex:part1 . "
            "ex:part1 sh:path ex:part ; sh:minCount 2 ."
        ),
        1,
    ),
    "used by another": (
        (
            f"ex:shape a sh:NodeShape ; sh:targetNode ex:b ; {PART} . "
            "ex:other a sh:NodeShape ; sh:targetClass ex:Thing ; sh:node ex:shape ."
        ),
        1,
    ),
    "disjoint with its siblings": (
        (
            "ex:shape a sh:NodeShape ; sh:targetNode ex:a ; sh:property [ sh:path ex:part ; "
            "sh:qualifiedValueShape [ sh:class ex:Thing ] ; sh:qualifiedValueShapesDisjoint true ; "
            "sh:qualifiedMinCount 2 ] , [ sh:path ex:part ; sh:qualifiedValueShape [ sh:class ex:Small ] ; "
            "sh:qualifiedValueShapesDisjoint true ; sh:qualifiedMinCount 1 ] ."
        ),
        2,
    ),
    "SPARQL target": (
        (
            "ex:shape a sh:NodeShape ; sh:targetNode ex:b ; sh:target [ a sh:SPARQLTarget ; "
            f"sh:prefixes ex:shapes ; sh:select 'SELECT ?this {{ ?this ex:number ?n }}' ] ; {PART} ."
        ),
        1,
    ),
}


@pytest.mark.parametrize(("shapes", "count"), PROPERTIES.values(), ids=PROPERTIES)
def test_property_shapes_find_the_same_in_whatever_shape_they_are(shapes: str, count: int) -> None:
    assert len(results(shapes)) == count


def test_severity_is_that_of_the_shape() -> None:
    (result,) = results(
        "ex:shape a sh:NodeShape ; sh:severity sh:Info ; sh:targetNode ex:b ; "
        f"{constraint('SELECT $this { }')} ."
    )
    assert result.severity == SH.Info


def test_deactivated_constraint_finds_nothing() -> None:
    query = constraint("SELECT $this { }", "sh:deactivated true ;")
    assert results(f"ex:shape a sh:NodeShape ; sh:targetNode ex:b ; {query} .") == []


def test_dates_that_python_cannot_hold_fit_their_datatype_below_other_shapes() -> None:
    inner = "[ sh:property [ sh:path ex:on ; sh:datatype xsd:date ] ]"
    assert results(f"ex:shape a sh:NodeShape ; sh:targetNode ex:a ; sh:node {inner} .") == []
    assert len(results(f"ex:shape a sh:NodeShape ; sh:targetNode ex:a ; sh:not {inner} .")) == 1


def test_datatype_to_which_nothing_is_cast_has_its_values_too() -> None:
    data = f"{HEAD} ex:a ex:size '7'^^xsd:byte , 'large'^^xsd:byte ."
    size = "[ sh:path ex:size ; sh:datatype xsd:byte ]"
    (result,) = results(f"ex:shape a sh:NodeShape ; sh:targetNode ex:a ; sh:property {size} .", data)
    assert str(result.value) == "large"


@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize("more", ["", "FILTER(bound($this))"], ids=["whole graph", "one node"])
def test_query_that_does_not_end_is_refused(check: Check, more: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shacl, "_SECONDS", 0.3)
    data = Graph()
    for number in range(60):
        data.add((EX[f"n{number}"], RDFS.label, Literal(str(number))))
    pattern = " ".join(f"?s{n} ?p{n} ?o{n} ." for n in range(4))
    shapes = graph(
        f"ex:shape a sh:NodeShape ; sh:targetNode ex:a ; "
        f"{constraint(f'SELECT $this {{ {pattern} FILTER(STR(?s0) = STR(?o3)) {more} }}')} ."
    )
    start = time.monotonic()
    with pytest.raises(ShapeError, match=r"x\.example/shape took more than"):
        check(data, shapes)
    assert time.monotonic() - start < 120  # without the limit, for ever


@pytest.mark.parametrize(
    ("pattern", "values"),
    [
        ("?a ex:p ?value FILTER(!STRSTARTS(STR(?value), 'x'))", {"", "0", "7", "Y", "_:n"}),
        ("?a ex:p ?value FILTER(STRLEN(STR(?value)) > 20)", {"_:n"}),
        ("?a ex:p ?value FILTER(STR(?value) = STR(?a))", {"_:n"}),
        ("?a ex:p/ex:p* ?value", {"", "0", "7", "Y", "_:n", "x"}),
        ("?a ex:q ?value . ?b ex:p/ex:p* ?value", {"", "0", "Y"}),
        ("?a ex:p/(ex:p|^ex:q)* ?value", {"", "0", "7", "Y", "_:n", "x", "a"}),
        ("?value ^ex:p/ex:q ?value", {"", "0", "Y"}),
    ],
)
def test_engines_agree_about_blank_nodes_false_values_and_languages(pattern: str, values: set[str]) -> None:
    """Blank nodes have a string in rdflib, and 0 and an empty string in a path are no values."""
    query = f"SELECT DISTINCT $this ?value {{ {pattern} }}"
    assert portable_queries.both_engines_agree(query)
    found = results(
        f"ex:shape a sh:NodeShape ; sh:targetNode ex:a ; {constraint(query)} .",
        f"{HEAD} ex:a ex:p '', 0, 7, 'x', 'Y'@EN, _:n ; ex:q '', 0, 'Y'@en . _:n ex:p _:n, '' .",
    )
    names = {"_:n" if isinstance(row.value, BNode) else str(row.value).removeprefix(EX) for row in found}
    assert names == values


ODD = ["2024-02-30", "2024-1-1", "-0044-03-15", "0000-01-01", "2024-01-01Z", "x"]


@pytest.mark.parametrize("date", ["2024-01-01", "2024-01-03", *ODD])
@pytest.mark.parametrize("declaration", ["http://www.w3.org/2001/XMLSchema#", "http://y.example/"])
def test_dates_are_compared_alike_whatever_they_are(date: str, declaration: str) -> None:
    data = f"{HEAD} ex:a ex:p '{date}'^^xsd:date , 5 , 'x' , ex:b ; ex:q '2024-01-02'^^xsd:date , 007 ."
    both = "DATATYPE(?b) = xsd:date && DATATYPE(?c) = xsd:date"
    query = f"SELECT $this (?b AS ?value) {{ ?a ex:p ?b ; ex:q ?c FILTER({both} && ?b < ?c) }}"
    found = results(
        f"ex:shape a sh:NodeShape ; sh:targetNode ex:a ; {constraint(query)} . ex:shapes sh:declare "
        f"[ sh:prefix 'xsd' ; sh:namespace '{declaration}'^^xsd:anyURI ] .",
        data,
    )
    assert (date != "2024-01-01") or (len(found) == (declaration != "http://y.example/"))
