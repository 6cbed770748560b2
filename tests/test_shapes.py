"""Each constraint finds the mistake it is meant for, and nothing in an example without mistakes."""

import functools
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyoxigraph
import pyshacl
import pytest
from rdflib import FOAF, RDF, RDFS, SH, SKOS, VOID, XSD, BNode, Graph, Literal, Namespace, URIRef, Variable
from rdflib.plugins.sparql import prepareQuery
from rdflib.query import Result
from rdflib.term import Node

import invalid_files
from cstokg import namespaces

pytestmark = pytest.mark.patient

ROOT = Path(__file__).parents[1]
FILE = ROOT / "ontology" / "shapes.ttl"
SHAPES = Graph().parse(FILE)
TERMS = ("alignments", "ckg", "schemes")
VALID = ROOT / "tests" / "valid" / "exampleville.ttl"
DATASET = URIRef(namespaces.DATASET)
CKG = Namespace(namespaces.CKG)


_prepared = functools.cache(prepareQuery)


class ParsingOnce(Graph):
    """A graph that parses each query once: pyshacl asks the same about one node after the other."""

    def query(self, query_object: Any, *arguments: Any, **options: Any) -> Result:
        """Return the result of a text or a prepared query."""
        if isinstance(query_object, str):
            query_object = _prepared(query_object)
        return super().query(query_object, *arguments, **options)


@dataclass(frozen=True, slots=True)
class Mistake:
    """A file with one mistake, the constraint meant for it, and a part of its message."""

    path: Path
    constraint: str
    message: str

    @property
    def name(self) -> str:
        """What the file is called."""
        return self.path.stem

    @property
    def data(self) -> Graph:
        """What the file holds; read when a test needs it, not by every process that collects the tests."""
        return _data(self.path)


@functools.cache
def _data(path: Path) -> Graph:
    return invalid_files.read(path)


def read(path: Path) -> Mistake:
    """Return the file, and what its first line expects."""
    with path.open(encoding="utf-8") as file:
        line = file.readline().rstrip("\n")
    header = re.fullmatch(r"# expect: ([A-Z]+[0-9]+): (.+)", line)
    assert header, f"{path.name}:1: begin with '# expect: <id>: <part of the message>'"
    return Mistake(path, header[1], header[2])


MISTAKES = [read(path) for path in sorted((ROOT / "tests" / "invalid").glob("*.ttl"))]
PREFIXES = "".join(
    f"PREFIX {SHAPES.value(declaration, SH.prefix)}: <{SHAPES.value(declaration, SH.namespace)}>\n"
    for declaration in SHAPES.objects(None, SH.declare)
)
CHECKS = {
    str(SHAPES.value(shape, SH.name)): str(SHAPES.value(constraint, SH.select))
    for shape, constraint in SHAPES.subject_objects(SH.sparql)
}


@pytest.fixture(scope="module")
def terms() -> Iterator[Graph]:
    """The ontology, its alignments and schemes, and the node that checks of the whole graph hang on."""
    graph = ParsingOnce()
    for name in TERMS:
        graph.parse(ROOT / "ontology" / f"{name}.ttl")
    graph.add((DATASET, RDF.type, VOID.Dataset))
    # The creators of the ontology are described with the data.
    graph.add((URIRef(f"{namespaces.ID}group/editors"), RDF.type, FOAF.Group))
    before = set(graph)
    yield graph
    assert set(graph) == before


@contextmanager
def added(data: Graph, terms: Graph) -> Iterator[Graph]:
    """Yield the terms with some data, which are removed at the end: a copy of the terms takes longer."""
    new = [triple for triple in data if triple not in terms]
    for triple in new:
        terms.add(triple)
    try:
        yield terms
    finally:
        for triple in new:
            terms.remove(triple)


def carriers(constraint: str) -> list[str]:
    """Return the shapes that the constraint of this name is or belongs to, as far as they have IRIs."""
    (named,) = SHAPES.subjects(SH.name, Literal(constraint))
    return [
        str(shape) for shape in (named, *SHAPES.subjects(SH.property, named)) if isinstance(shape, URIRef)
    ]


def findings(data: Graph, terms: Graph, *constraints: str) -> list[tuple[str, str, Node]]:
    """Constraint, message and severity of what pyshacl finds; by some constraints alone, if any are named."""
    shapes = [shape for constraint in constraints for shape in carriers(constraint)]
    with added(data, terms) as graph:
        _, report, _ = pyshacl.validate(
            graph,
            shacl_graph=SHAPES,
            inference="none",
            advanced=True,
            inplace=True,
            use_shapes=shapes or None,
        )
    assert isinstance(report, Graph)
    return [
        (
            str(SHAPES.value(report.value(result, SH.sourceShape), SH.name)),
            str(report.value(result, SH.resultMessage)),
            report.value(result, SH.resultSeverity) or SH.Violation,
        )
        for result in report.objects(None, SH.result)
    ]


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.name)
def test_mistake_is_found(mistake: Mistake, terms: Graph) -> None:
    """The constraint that the file expects finds something, and says what the file expects."""
    found = findings(mistake.data, terms, mistake.constraint)
    messages = [message for constraint, message, _ in found if constraint == mistake.constraint]
    assert any(mistake.message in message for message in messages), messages


def test_example_has_no_finding(terms: Graph) -> None:
    """An article mapped as it should be gives no violation, no warning and no information."""
    assert findings(invalid_files.read(VALID), terms) == []


def test_example_has_one_of_each_kind() -> None:
    """No shape is satisfied only because the example has nothing of its class."""
    terms = Graph().parse(ROOT / "ontology" / "ckg.ttl")
    used: set[Node | None] = set(invalid_files.read(VALID).objects(None, RDF.type))
    used |= {above for each in used for above in terms.transitive_objects(each, RDFS.subClassOf)}
    assert set(SHAPES.objects(None, SH.targetClass)) - used == {SKOS.Concept}


def test_shapes_are_valid_shacl() -> None:
    """The shapes conform to the shapes of SHACL itself."""
    conforms, _, text = pyshacl.validate(ParsingOnce(), shacl_graph=SHAPES, meta_shacl=True)
    assert conforms, text


def test_every_constraint_has_one_name_of_its_own() -> None:
    """A name for whatever can make a finding; none is used twice."""
    named = [str(name) for name in SHAPES.objects(None, SH.name)]
    assert [name for name, count in Counter(named).items() if count > 1] == []
    targeted = set(SHAPES.subjects(RDF.type, SH.NodeShape))
    of_classes = {part for shape in targeted for part in SHAPES.objects(shape, SH.property)}
    of_nodes = {node for part in (SH["or"], SH.closed, SH.sparql) for node in SHAPES.subjects(part)}
    assert [node for node in of_classes | of_nodes if (node, SH.name, None) not in SHAPES] == []


def test_every_constraint_says_in_english_what_to_do() -> None:
    """One message, with nothing in braces that its query does not give."""
    for shape, name in SHAPES.subject_objects(SH.name):
        constraint = SHAPES.value(shape, SH.sparql)
        (message,) = SHAPES.objects(constraint or shape, SH.message)
        assert isinstance(message, Literal)
        assert message.language == "en", name
        given = re.findall(r"AS \?(\w+)\)", CHECKS.get(str(name), ""))
        assert set(re.findall(r"\{\?(\w+)\}", message)) <= set(given), name


def test_every_constraint_is_tested() -> None:
    """A file with a mistake for each constraint, and no file for a constraint that is gone."""
    assert {mistake.constraint for mistake in MISTAKES} == set(map(str, SHAPES.objects(None, SH.name)))


@pytest.fixture(scope="module")
def stored_terms(terms: Graph) -> pyoxigraph.Store:
    """The same as the terms, for pyoxigraph."""
    store = pyoxigraph.Store()
    store.extend(_quads(terms))
    return store


def _quads(graph: Graph) -> Iterator[pyoxigraph.Quad]:
    content = graph.serialize(format="nt").encode()
    return pyoxigraph.parse(content, format=pyoxigraph.RdfFormat.N_TRIPLES)


@pytest.mark.parametrize("name", sorted(CHECKS))
def test_engines_agree(name: str, terms: Graph, stored_terms: pyoxigraph.Store) -> None:
    """A query gives the same rows in rdflib and in pyoxigraph: on each of its mistakes, some."""
    query = PREFIXES + CHECKS[name]
    for mistake in (mistake for mistake in MISTAKES if mistake.constraint == name):
        quads = [quad for quad in _quads(mistake.data) if quad not in stored_terms]
        stored_terms.extend(quads)
        try:
            rows = stored_terms.query(query)
            assert isinstance(rows, pyoxigraph.QuerySolutions)
            columns = [variable.value for variable in rows.variables if variable.value != "this"]
            by_pyoxigraph = {tuple(getattr(row[column], "value", None) for column in columns) for row in rows}
        finally:
            for quad in quads:
                stored_terms.remove(quad)
        with added(mistake.data, terms) as graph:
            bindings = graph.query(query).bindings
            by_rdflib = {tuple(str(row[Variable(column)]) for column in columns) for row in bindings}
        assert by_rdflib == by_pyoxigraph != set()


def test_blank_node_is_no_node_of_ours(terms: Graph) -> None:
    """A node without a name, which the reader of files refuses too."""
    data = Graph().add((BNode(), RDF.type, CKG.Person))
    assert [constraint for constraint, _, _ in findings(data, terms, "G9")] == ["G9"]


def test_blank_node_is_no_object(terms: Graph) -> None:
    """A property that leads to a node leads to a named one."""
    data = Graph().add((URIRef(f"{namespaces.ID}meeting/x"), CKG.heldIn, BNode()))
    assert [constraint for constraint, _, _ in findings(data, terms, "G10")] == ["G10"]


def test_time_zone_is_no_part_of_a_day(terms: Graph) -> None:
    """In a literal made here: rdflib drops the time zone of one that it reads from a file."""
    day = Literal("2031-05-14+03:00", datatype=XSD.date, normalize=False)
    data = Graph().add((URIRef(f"{namespaces.ID}meeting/x"), CKG.onDate, day))
    assert "T1" in {constraint for constraint, _, _ in findings(data, terms, "T1")}


@pytest.mark.parametrize(
    "name", ["person/Doe-Jane", "person/doe_jane", "person/doe/jane", "person/", "doe", "person/d%C3%B6"]
)
def test_name_outside_the_patterns(name: str, terms: Graph) -> None:
    """Names that the reader of files refuses too."""
    assert not namespaces.is_well_formed(namespaces.ID + name)
    data = Graph().add((URIRef(namespaces.ID + name), RDF.type, CKG.Person))
    assert [constraint for constraint, _, _ in findings(data, terms, "G9")] == ["G9"]


def test_severities() -> None:
    """Only these constraints inform or warn; findings of all others stop a release."""
    severities: dict[Node, set[str]] = {SH.Info: set(), SH.Warning: set(), SH.Violation: set()}
    for shape, name in SHAPES.subject_objects(SH.name):
        severities[SHAPES.value(shape, SH.severity) or SH.Violation].add(str(name))
    assert severities[SH.Info] == {"E7", "E18", "M8", "V12"}
    warnings = "C6 C7 C8 E11 E12 E13 E19 E6 E8 L6 L7 M7 S12 S3 S8 T5 V17 V8 V9 W2"
    assert " ".join(sorted(severities[SH.Warning])) == warnings
