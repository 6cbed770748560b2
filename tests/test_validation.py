"""Findings: the same from pyshacl and from the quick way, each where the mapper has to look."""

import json
import logging
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from rdflib import RDF, RDFS, SH, XSD, Graph, Literal, URIRef

import meeting_articles
from cstokg import namespaces
from cstokg.build import turtle_parser
from cstokg.build.checks import mapping_checks, shacl, validation
from cstokg.build.checks.findings import Finding, Report, described_in, is_in
from cstokg.build.checks.shape_queries import ShapeError
from cstokg.build.sources import Position, Sources, read
from cstokg.cli.main import main
from invalid_files import PATHS, apart
from meeting_articles import CONTRADICTION, FIRST, SECOND

pytestmark = pytest.mark.patient

ROOT = Path(__file__).parents[1]

DATASET = """\
PREFIX dcterms: <http://purl.org/dc/terms/>
PREFIX void: <http://rdfs.org/ns/void#>

<https://w3id.org/csto-kg/id/dataset>
    a void:Dataset ;
    dcterms:title "Invented"@en ;
.
"""

# One mistake of each kind of position: a missing value, a wrong value, a wrong object and a wrong
# predicate named by a check of the whole graph, too many values, a contradiction.
PLANTED = """\
PREFIX attendance: <https://w3id.org/csto-kg/id/attendance/>
PREFIX ckg: <https://w3id.org/csto-kg/ontology#>
PREFIX meeting: <https://w3id.org/csto-kg/id/meeting/>
PREFIX organ: <https://w3id.org/csto-kg/id/organ/>
PREFIX person: <https://w3id.org/csto-kg/id/person/>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>

meeting:2032-01-01-example-council
    a ckg:HeldMeeting ;
    skos:prefLabel "Example Council"@en ,
        "Council of Example"@en ;
    ckg:meetingOf
        organ:nowhere ;
    ckg:hedlIn person:doe-jane ;
.

person:doe-jane
    a ckg:Person , ckg:Organ ;
    skos:prefLabel "Doe" ;
.
"""

Project = Callable[[str], Path]


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """Writes a project of our ontology and shapes and one data file; returns its root."""
    return partial(_written, tmp_path)


def _written(root: Path, turtle: str) -> Path:
    """Return the root of a project of our ontology and shapes and one data file."""
    shutil.copytree(ROOT / "ontology", root / "ontology")
    (root / "data").mkdir()
    (root / "data" / "dataset.ttl").write_text(DATASET, encoding="utf-8")
    (root / "data" / "planted.ttl").write_text(turtle, encoding="utf-8")
    return root


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Sources:
    """Return the project with the planted mistakes, as it is read."""
    return read(_written(tmp_path_factory.mktemp("planted"), PLANTED))


@pytest.fixture(scope="module")
def quick_findings(planted: Sources) -> Report:
    """Return what the quick way finds in it, without contradictions."""
    return validation.validate(planted, reference=False)


@pytest.fixture(scope="module")
def all_findings(planted: Sources) -> Report:
    """Return what pyshacl and owlrl find in it."""
    return validation.check(planted)


def run(root: Path, *arguments: str) -> Result:
    """Run the command ``check`` in a project, and return its result."""
    return CliRunner().invoke(main, ["check", "--root", str(root), *arguments])


def finding(line: int, severity: str = "violation", message: str = "m", path: str = "data/a.ttl") -> Finding:
    """Return some finding."""
    return Finding(Position(path, line), severity, URIRef("http://x.example/"), None, None, message, "X1")


def test_path_is_named_as_in_a_query(project: Project) -> None:
    root = project(PLANTED)
    with (root / "ontology" / "shapes.ttl").open("a", encoding="utf-8") as shapes:
        shapes.write(
            "shape:Paths a sh:NodeShape ; sh:targetNode <https://w3id.org/csto-kg/id/person/doe-jane> ; "
            'sh:property [ sh:path ( [ sh:inversePath ckg:holder ] ckg:tenurePost ) ; sh:name "X1" ; '
            'sh:minCount 1 ; sh:message "Add a tenure."@en ] .'
        )
    (message,) = [
        entry.message
        for entry in validation.validate(read(root), reference=False).findings
        if entry.constraint == "X1"
    ]
    assert message == "person:doe-jane has no ^ckg:holder / ckg:tenurePost. Add a tenure."


def test_quick_way_finds_in_real_data_what_pyshacl_finds(tmp_path: Path) -> None:
    """The same findings, word for word and line for line, of one article; of all in `build --reference`."""
    shutil.copytree(ROOT / "ontology", tmp_path / "ontology")
    others = [path.stem for path in (ROOT / "data" / "articles").glob("*.ttl") if path.stem != "moscow-2011"]
    ignored = shutil.ignore_patterns("wikidata.sssom.tsv", *(f"{stem}.*" for stem in others))
    shutil.copytree(ROOT / "data", tmp_path / "data", ignore=ignored)
    part = read(tmp_path)
    quick = validation.validate(part, reference=False)
    assert quick == validation.validate(part, reference=True)
    assert quick.findings != ()


def test_quick_way_finds_in_planted_data_what_pyshacl_finds(
    planted: Sources, quick_findings: Report, all_findings: Report
) -> None:
    """Even where findings are many; the contradictions too."""
    there = [found for found in all_findings.findings if found.constraint != "contradiction"]
    assert quick_findings == Report.of(there)
    assert len(quick_findings.findings) > 5
    assert validation.check(planted, reference=False) == all_findings != quick_findings


def test_quick_way_finds_in_invalid_files_what_pyshacl_finds(sources: Sources) -> None:
    """Each file by itself, and all in one graph, where they affect each other."""
    terms = sources.ontology() + Graph().parse(data=DATASET, format="turtle")
    together = Graph() + terms
    for path in [*(ROOT / "tests" / "valid").glob("*.ttl"), *PATHS]:
        together.parse(path)
    for data in (apart(PATHS, terms), together):
        quick = {_said(result) for result in shacl.check_quickly(data, sources.shapes())}
        assert quick == {_said(result) for result in shacl.check(data, sources.shapes())}
        assert len(quick) >= len(PATHS) > 0


@pytest.mark.parametrize(
    "path",
    ["data/articles/exampleville-2031.ttl", "data/planted.ttl", "data/register", "ontology/ckg.ttl"],
)
def test_check_of_some_files_finds_all_that_is_in_them(
    planted: Sources, all_findings: Report, path: str
) -> None:
    """Looking at fewer nodes loses nothing: the findings are those of the whole check in these files."""
    stem = path.removesuffix(".ttl")
    everything = [found for found in all_findings.findings if found.position]
    there = [found for found in everything if found.position and found.position.path.startswith(stem)]
    assert validation.check(planted, reference=False, paths=[path]).findings == tuple(there)


def test_check_of_a_file_finds_what_it_breaks_in_another(project: Project) -> None:
    """What a file adds to a meeting described elsewhere may clash with that description."""
    root = project(PLANTED)
    (root / "data" / "more.ttl").write_text(
        "PREFIX meeting: <https://w3id.org/csto-kg/id/meeting/>\n"
        "PREFIX skos: <http://www.w3.org/2004/02/skos/core#>\n\n"
        'meeting:2032-01-01-example-council\n    skos:altLabel "Council"@en ;\n.\n',
        encoding="utf-8",
    )
    found = validation.check(read(root), reference=False, paths=["data/more.ttl"]).findings
    assert any(finding.position and finding.position.path == "data/planted.ttl" for finding in found)


# Faults in one article that concern others, which are read only in part when one article is checked: a thing
# described twice, spans of another article, a conclusion, days that another excludes, another value, terms
# that the ontology does not have, and drafts that are not filled in.
THIRD = "thirdtown-2031"
ACROSS = """
meeting:2031-05-14-example-council
    a ckg:HeldMeeting ;
    skos:prefLabel "Another name"@en ;
    ckg:heldIn place:northtown ;
    ckg:onDay "2031-05-14"^^xsd:date ;
    ckg:hasTestimony [
        ckg:evidence <https://w3id.org/csto-kg/id/article/samplepost-2031/span/0-52> ;
        ckg:basis basis:stated ;
    ] , [
        ckg:supports ckg:heldIn , ckg:heldOut ;
        ckg:evidence span:«Ministers of the Example Council sat in Exampleville» , span:1-9 ;
        ckg:basis basis:inferred ;
    ] , [
        ckg:supports ckg:onDate ;
        ckg:evidence <https://w3id.org/csto-kg/id/article/samplepost-2031/span/900-901> ;
        ckg:basis basis:unheard-of ;
        skos:editorialNote "Not filled in …"@en ;
    ] ;
.

tenure:doe-jane-foreign-minister-exampleland-2031
    ckg:startNotBefore "2031-02-01"^^xsd:date ;
    ckg:hasTestimony [
        ckg:startNotBefore "2031-03-01"^^xsd:date ;
        ckg:startNotAfter "2031-04-01"^^xsd:date ;
        ckg:evidence span:«Jayne Doe … January 2031» ;
        ckg:basis basis:stated ;
    ] ;
.

attendance:2031-05-14-example-council-doe-jane
    ckg:attendee person:roe-richard ;
    ckg:hasTestimony [
        ckg:accordingTo statement:nobody-said-this ;
        ckg:evidence span:«Jayne Doe … in the room» ;
        ckg:basis basis:stated ;
    ] ;
.

person:doe-jane
    a ckg:Organ ;
    ckg:hasTestimony [
        ckg:printedAs "… Doe"@en ;
        ckg:bassi basis:stated ;
        ckg:evidence span:«Jayne Doe» ;
        ckg:basis person:roe-richard ;
    ] ;
.

article:exampleville-2031
    ckg:hasTestimony [ ckg:supports ckg:onDate ; ckg:basis basis:background ] ;
.
"""


@pytest.fixture(scope="module")
def faulty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the root of two articles that contradict each other, and of a file for each fault.

    Many describe the same things, so each fault meets the others. The files are in five folders.
    """
    root, texts = meeting_articles.write(tmp_path_factory.mktemp("faulty"), FIRST)
    body = meeting_articles.body(SECOND) + CONTRADICTION
    meeting_articles.add(root, texts, SECOND, meeting_articles.text_of(SECOND), body)
    meeting_articles.add(root, texts, THIRD, meeting_articles.text_of(SECOND), ACROSS)
    for number, path in enumerate(PATHS):
        text = path.read_text(encoding="utf-8")
        # Files that the parser refuses are not for the shapes to find.
        if not turtle_parser.parse(text, "x", namespaces.PREFIXES, blank_nodes=False).problems:
            folder = root / "data" / f"faults{number % 5}"
            folder.mkdir(exist_ok=True)
            (folder / path.name).write_text(text, encoding="utf-8")
    return root


@pytest.fixture(scope="module")
def found_in_all(faulty: Path) -> Report:
    """Return what the check of everything finds in them."""
    return _complete(read(faulty), [])


@pytest.mark.parametrize(
    "path",
    [
        *(f"data/faults{number}" for number in range(5)),
        f"data/articles/{FIRST}.ttl",
        f"data/articles/{SECOND}.ttl",
        f"data/articles/{THIRD}.ttl",
        "data/articles",
        "data/faults2/two-chairs.ttl",
        "data/register",
    ],
)
def test_check_of_a_file_finds_what_the_check_of_everything_finds_about_it(
    faulty: Path, found_in_all: Report, path: str
) -> None:
    """Though others are read without lines or in part, and the shapes are asked about its things only."""
    sources = read(faulty, needs_lines=lambda file: path in file.as_posix())
    about = described_in(sources, [path])
    there = [each for each in found_in_all.findings if each.focus in about or is_in(each.position, [path])]
    assert there
    assert list(_complete(sources, [path]).findings) == there


def _complete(sources: Sources, paths: list[str]) -> Report:
    report = validation.check(sources, reference=False, paths=paths)
    return mapping_checks.complete(report, sources, day="2031-05-20", paths=paths)


def test_quick_way_on_some_nodes_finds_what_it_finds_on_them_in_all(sources: Sources) -> None:
    """On the invalid files, node by node: the same results, and no others."""
    data = sources.ontology() + Graph().parse(data=DATASET, format="turtle")
    for path in PATHS:
        data.parse(path)
    everything = shacl.check_quickly(data, sources.shapes())
    nodes = set(sorted({result.focus for result in everything}, key=str)[::2])
    some = shacl.check_quickly(data, sources.shapes(), nodes)
    assert {_said(result) for result in some if result.focus in nodes} == {
        _said(result) for result in everything if result.focus in nodes
    }
    assert len(nodes) > 25


def _said(result: shacl.Result) -> tuple[object, ...]:
    messages = frozenset(str(message) for message in result.messages)
    return result.focus, result.path, result.value, result.severity, result.component, messages


@pytest.mark.parametrize(
    ("line", "text"),
    [
        (8, "meeting:2032-01-01-example-council has no ckg:hasTestimony."),
        (11, "meeting:2032-01-01-example-council has two skos:prefLabel in one language."),
        (13, "organ:nowhere"),
        (14, "ckg:hedlIn"),
        (19, 'person:doe-jane skos:prefLabel "Doe"'),
        (17, "person:doe-jane is inferred to be both a ckg:Person and a ckg:Organisation"),
    ],
)
def test_finding_stands_where_one_has_to_look(all_findings: Report, line: int, text: str) -> None:
    """The line of the value, else that of the predicate, else that of the subject."""
    lines = [
        found.position.line
        for found in all_findings.findings
        if text in found.message and found.position is not None
    ]
    assert line in lines, all_findings.text()


def test_messages_have_short_names_only(quick_findings: Report) -> None:
    """A mapper reads ``ckg:evidence``, never the whole IRI."""
    assert "://w3id.org/csto-kg/id/" not in quick_findings.text()


def test_severities_come_from_the_shapes(quick_findings: Report) -> None:
    """Some constraints only warn, some only inform."""
    assert not quick_findings.conforms
    assert quick_findings.counts()["violation"] > 0
    assert quick_findings.counts()["info"] > 0


def test_findings_are_in_the_order_of_the_files() -> None:
    """By file, line and gravity, each once."""
    wrong = [finding(3), finding(1, "info"), finding(1), finding(1), finding(1, path="data/Z.ttl")]
    assert Report.of(wrong).text().splitlines() == [
        "data/Z.ttl:1: violation: m",
        "data/a.ttl:1: violation: m",
        "data/a.ttl:1: info: m",
        "data/a.ttl:3: violation: m",
    ]


def test_turtle_is_a_validation_report_and_always_the_same(planted: Sources, quick_findings: Report) -> None:
    """One result per finding, and the same bytes from another reading."""
    first, second = quick_findings, validation.validate(read(planted.root), reference=False)
    graph = Graph().parse(data=first.turtle(), format="turtle")
    assert len(set(graph.subjects(SH.resultMessage))) == len(first.findings)
    assert first.turtle() == second.turtle()
    assert first.json() == second.json()


def test_validation_is_silent(capfd: pytest.CaptureFixture[str]) -> None:
    """The logger of pyshacl writes nothing, although there are findings, and is left as it was."""
    handlers = list(logging.getLogger("pyshacl-validate").handlers)
    data = Graph().parse(data=DATASET, format="turtle")
    shapes = Graph()
    shapes.add((URIRef("urn:shape"), RDF.type, SH.PropertyShape))
    shapes.add((URIRef("urn:shape"), SH.path, RDFS.label))
    shapes.add((URIRef("urn:shape"), SH.minCount, Literal(1)))
    shapes.add((URIRef("urn:shape"), SH.targetNode, next(data.subjects())))
    assert len(shacl.check(data, shapes)) == 1
    assert capfd.readouterr() == ("", "")
    assert logging.getLogger("pyshacl-validate").handlers == handlers


def test_malformed_query_in_a_shape_is_refused(project: Project) -> None:
    """The error names the shape."""
    root = project(PLANTED)
    shapes = root / "ontology" / "shapes.ttl"
    with shapes.open("a", encoding="utf-8") as file:
        file.write(
            "\nshape:Broken a sh:NodeShape ; sh:targetNode <https://w3id.org/csto-kg/id/dataset> ;\n"
            '    sh:sparql [ sh:message "m" ; sh:select "SELECT $this WHERE { nonsense" ] .\n'
        )
    with pytest.raises(ShapeError, match="shapes#Broken"):
        validation.validate(read(root), reference=False)


def test_check_prints_findings_and_ends_with_one(project: Project) -> None:
    """Findings on standard output, the summary on standard error."""
    result = run(project(PLANTED))
    assert result.exit_code == 1
    assert (
        "data/planted.ttl:8: violation: meeting:2032-01-01-example-council has no ckg:hasTestimony."
        in result.stdout
    )
    assert result.stderr.startswith("6 files, ")
    assert "triples: " in result.stderr
    assert "data/planted.ttl" not in result.stderr


def test_check_of_other_files_prints_nothing_of_this_one(project: Project) -> None:
    """Everything is read, and only the findings of the named files count."""
    root = project(PLANTED)
    result = run(root, str(root / "data" / "dataset.ttl"))
    assert (result.exit_code, result.stdout) == (0, "")
    assert run(root, str(root / "data" / "planted.ttl")).exit_code == 1
    assert run(root, str(ROOT / "README.md")).exit_code == 2


def test_check_speaks_json_and_turtle(project: Project) -> None:
    root = project(PLANTED)
    lines = run(root).stdout.splitlines()
    report = json.loads(run(root, "--format", "json").stdout)
    assert [f"{found['file']}:{found['line']}" for found in report["findings"]] == [
        ":".join(line.split(":")[:2]) for line in lines
    ]
    graph = Graph().parse(data=run(root, "--format", "turtle").stdout, format="turtle")
    assert len(set(graph.objects(None, SH.result))) == len(lines)


def test_check_says_where_a_file_is_broken(project: Project) -> None:
    """A file that cannot be read is no finding but an error, with its line."""
    result = run(project("meeting:a a ckg:Meeting ."))
    assert result.exit_code == 1
    assert "data/planted.ttl:1: prefix meeting: is not declared." in result.stderr


def test_datatype_holds_for_what_python_has_no_value_for() -> None:
    data, shapes = Graph(), Graph()
    thing, shape = URIRef("urn:thing"), URIRef("urn:shape")
    forms = ("-0044-03-15", "12021-01-01", "2021-02-30")
    for form in forms:
        data.add((thing, RDFS.label, Literal(form, datatype=XSD.date, normalize=False)))
    for predicate, node in ((SH.targetNode, thing), (SH.path, RDFS.label), (SH.datatype, XSD.date)):
        shapes.add((shape, predicate, node))
    shapes.add((shape, RDF.type, SH.PropertyShape))
    for way in (shacl.check, shacl.check_quickly):
        assert [str(result.value) for result in way(data, shapes)] == ["2021-02-30"]
