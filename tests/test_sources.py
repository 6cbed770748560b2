"""Sources are read with the line of every triple, and every defect is reported with its line."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import rdflib
from rdflib import RDF, XSD, BNode, Literal, URIRef

from cstokg import namespaces
from cstokg.build import canonical, turtle_parser, written_testimonies
from cstokg.build.rdf_terms import Triple
from cstokg.build.sources import Position, SourceError, Sources, read

ROOT = Path(__file__).parents[1]
FILES = sorted(
    path.relative_to(ROOT) for folder in ("data", "ontology") for path in (ROOT / folder).rglob("*.ttl")
)
CKG = rdflib.Namespace(namespaces.CKG)
MEETING = rdflib.Namespace(f"{namespaces.ID}meeting/")
HASH = "0" * 64

HEAD = """\
PREFIX article: <https://w3id.org/csto-kg/id/article/>
PREFIX ckg: <https://w3id.org/csto-kg/ontology#>
PREFIX meeting: <https://w3id.org/csto-kg/id/meeting/>
PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
"""

Project = Callable[..., Path]


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """Writes a project of the files given by path, with a data file and an ontology; returns its root."""

    def write(files: dict[str, str | bytes]) -> Path:
        for path, content in {"ontology/ckg.ttl": "# empty", "data/dataset.ttl": "# empty", **files}.items():
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / path).write_bytes(content if isinstance(content, bytes) else content.encode())
        return tmp_path

    return write


def refusal(root: Path) -> str:
    """Return the message with which reading the project is refused."""
    with pytest.raises(SourceError) as error:
        read(root)
    return str(error.value)


@pytest.mark.parametrize("path", FILES, ids=str)
def test_each_file_is_read_as_rdflib_reads_it(sources: Sources, path: Path) -> None:
    """The parser with line numbers reads the same triples, and all without blank nodes get into the graph."""
    document = turtle_parser.parse((ROOT / path).read_text(encoding="utf-8"), "x", {})
    read_here = rdflib.Graph()
    for triple in document.triples:
        read_here.add(triple)
    by_rdflib = rdflib.Graph().parse(ROOT / path)
    assert len(read_here) == len(by_rdflib)
    assert _canonical(read_here) == _canonical(by_rdflib)
    written_testimonies.name_testimonies(document)
    named = {triple for triple in document.triples if not any(isinstance(node, BNode) for node in triple)}
    assert named <= set(sources.graphs[namespaces.graph_of(path)])


def _canonical(graph: rdflib.Graph) -> list[str]:
    """Return the triples with canonical blank nodes, which rdflib takes seconds to find for the shapes."""
    return canonical.canonical_nquads({canonical.DEFAULT_GRAPH: graph})


def test_file_read_without_lines_has_the_same_triples_and_lines_when_asked(sources: Sources) -> None:
    quick = read(sources.root, needs_lines=lambda path: path.parts[0] == "ontology")
    assert quick.triples == sources.triples
    assert quick.subjects == sources.subjects
    assert quick.repeats == sources.repeats
    assert quick.derived == sources.derived


def test_articles_read_in_part_have_the_same_lines_and_are_stored_whole(sources: Sources) -> None:
    checked = "moscow-2011"
    part = read(sources.root, needs_lines=lambda path: path.stem == checked)
    assert len(part.parts) > 1
    about = {node for (node, _, _), at in sources.triples.items() if checked in at.path}
    assert {node: part.subjects[node] for node in about} == {node: sources.subjects[node] for node in about}
    named = {triple: at for triple, at in part.triples.items() if not _has_blank_node(triple)}
    assert named == {triple: at for triple, at in sources.triples.items() if triple in named}
    assert any(at.path in part.parts for at in named.values())
    assert len(named) < len(sources.triples) * 2 / 3
    stored = {triple for triple in part.stored if not _has_blank_node(triple)}
    assert stored == {triple for triple in sources.stored if not _has_blank_node(triple)}
    assert len(part.stored) == len(sources.stored)
    iris = {str(node) for node in sources.subjects if not isinstance(node, BNode)}
    assert {name for name in part.names() if "://" in name} == iris
    assert all(part.is_described(URIRef(iri)) for iri in iris if "/span/" not in iri)


def _has_blank_node(triple: Triple) -> bool:
    return any(isinstance(node, BNode) for node in triple)


@pytest.mark.parametrize(
    "literal", ['"a"^^xsd:string', '"a"@EN', '"a"@en-GB', "007", "1e3", "1.50", "true", '"a"@en']
)
def test_both_parsers_read_literals_alike(literal: str) -> None:
    text = f"PREFIX xsd: <{XSD}>\n<urn:s> <urn:p> {literal} ."
    (quick,), (usual,) = (
        [(node, node.language, node.datatype) for _, _, node in parse(text, "x", {}).triples]  # type: ignore[attr-defined]
        for parse in (turtle_parser.parse_quickly, turtle_parser.parse)
    )
    assert quick == usual


def test_each_line_shows_its_object(sources: Sources) -> None:
    """The line recorded for a triple holds the end of its object's name or text."""
    lines = {path.as_posix(): (ROOT / path).read_text(encoding="utf-8").split("\n") for path in FILES}
    checked = 0
    for (subject, predicate, node), at in sources.triples.items():
        if at.path not in lines or isinstance(node, BNode) or "list" in str(predicate) or "\n" in str(node):
            continue
        if '"' in str(node) or "\\" in str(node) or predicate in (RDF.first, RDF.rest):
            continue
        if "/testimony/" in f"{subject}{node}" or predicate in written_testimonies.BOUNDS:
            continue  # test_testimonies has these
        tail = re.split(r"[/#]", str(node))[-1]
        assert tail in lines[at.path][at.line - 1], at
        checked += 1
    assert checked > 1000


def test_position_of_a_subject_is_the_line_of_its_first_block(sources: Sources) -> None:
    for subject, at in sources.subjects.items():
        if isinstance(subject, URIRef) and at.path.endswith(".ttl") and "/testimony/" not in subject:
            line = (ROOT / at.path).read_text(encoding="utf-8").split("\n")[at.line - 1]
            assert re.split(r"[/#]", str(subject))[-1] in line.split()[0], at


def test_positions_count_lines_of_objects_strings_and_comments(project: Project) -> None:
    """Comments, several objects, long strings, nested nodes and a literal on a line of its own."""
    root = project(
        {
            "ontology/ckg.ttl": HEAD
            + "\n# comment\nckg:a\n    a ckg:B , # one\n\n        ckg:C ;\n"
            + '    ckg:p """x\ny""" ,\n        "z" ;\n'
            + "    ckg:q [\n        ckg:r 1 ;\n    ] , (\n        2\n    ) ;\n.\n"
        }
    )
    found = read(root)
    lines = {str(o): at.line for (_, _, o), at in found.triples.items() if not isinstance(o, BNode)}
    nil = str(RDF.nil)
    assert lines == {str(CKG.B): 8, str(CKG.C): 10, "x\ny": 11, "z": 13, "1": 15, "2": 16, nil: 16}
    assert found.subjects[CKG.a] == Position("ontology/ckg.ttl", 7)
    assert sorted(at.line for node, at in found.subjects.items() if isinstance(node, BNode)) == [14, 16]


def test_literals_stay_as_they_are_written(project: Project) -> None:
    root = project({"data/x.ttl": HEAD + 'meeting:a ckg:p "007"^^xsd:integer , "x"@en-GB .'})
    written = [node for _, _, node in read(root).data()]
    assert sorted(node.n3() for node in written if isinstance(node, Literal)) == [
        f'"007"^^<{XSD.integer}>',
        '"x"@en-GB',
    ]


def test_spans_become_triples_of_the_article(project: Project) -> None:
    """A row is five triples, in the graph of the article and in the line of the table."""
    root = project(
        {
            "data/articles/x-2031.ttl": HEAD + "article:x-2031 a ckg:Article .",
            "data/articles/x-2031.spans.tsv": f"start\tend\tsha256\n0\t58\t{HASH}\n",
        }
    )
    found = read(root)
    article = URIRef(f"{namespaces.ID}article/x-2031")
    span = URIRef(f"{article}/span/0-58")
    graph = found.graphs[f"{namespaces.GRAPH}articles/x-2031"]
    assert dict(graph.predicate_objects(span)) == {
        RDF.type: CKG.EvidenceSpan,
        CKG.spanOf: article,
        CKG.charStart: Literal(0),
        CKG.charEnd: Literal(58),
        CKG.sha256: Literal(HASH),
    }
    assert found.triples[span, CKG.charEnd, Literal(58)] == Position("data/articles/x-2031.spans.tsv", 2)


@pytest.mark.parametrize(
    ("turtle", "line", "message"),
    [
        (
            "meeting:a\n  a ckg:B ;\n  ckg:p preson:x .",
            7,
            r"prefix preson: is not declared\. Did you mean person:\?",
        ),
        (
            "meeting:a ckg:p post:x .",
            5,
            r"prefix post: is not declared\. `cstokg check --fix` writes at the top: PREFIX post: <https",
        ),
        ("meeting:a\n  a ckg:B\n\nmeeting:b a ckg:B .", 8, "not valid Turtle: A dot is expected"),
        ('meeting:a\n  ckg:p "b ;\n.\n', 6, "not valid Turtle"),
        ("meeting:a\n  ckg:p meeting:b ;\n", 7, "not valid Turtle"),
        (
            "meeting:a\n  ckg:p <https://e.org/b\n, <https://e.org/c> .\n",
            6,
            r"not valid Turtle: .*'\\n'.*missing .* '>' before",
        ),
        ("meeting:a ckg:p [ a ckg:B ] .", 5, "a blank node"),
        ("meeting:a ckg:p\n( 1 ) .", 6, "a blank node"),
        ("meeting:a ckg:p\n\n_:x .", 7, "a blank node"),
        ("meeting:Foo\n  a ckg:B .", 5, r"id/meeting/Foo> fits no pattern"),
        ("meeting:a\n  a <https://w3id.org/csto-kg/id/meting/b> .", 6, r"id/meting/b> fits no pattern"),
        ("meeting:a ckg:p\n <b> .", 6, "<b> is a relative IRI"),
        ("meeting:a ckg:p\n <http://a b/> .", 6, "<http://a b/> is not an IRI"),
        ("BASE <http://x.example/>\nmeeting:a ckg:p 1 .", 5, "BASE makes IRIs relative"),
        ('meeting:a ckg:p "2021-13-40"^^xsd:date .', 5, r'"2021-13-40" is not a valid xsd:date'),
        ('meeting:a ckg:p "maybe"^^xsd:boolean .', 5, r'"maybe" is not a valid xsd:boolean'),
        ('"a" ckg:p meeting:b .', 5, "not valid Turtle"),
        ("meeting:a ckg:p meeting:b!ckg:q .", 5, "not valid Turtle"),
        ('meeting:a ckg:p "x"@e_n .', 5, "not valid Turtle"),
        (
            "PREFIX ckg: <http://x.example/>\nmeeting:a ckg:p 1 .",
            5,
            "prefix ckg: stands for <http://x.example/>",
        ),
        (f"meeting:a ckg:p {'[ ckg:p ' * 500}", 5, "nested too deep"),
    ],
)
def test_defect_is_named_with_its_line(project: Project, turtle: str, line: int, message: str) -> None:
    found = refusal(project({"data/x.ttl": HEAD + turtle})).splitlines()
    assert any(re.match(rf"data/x\.ttl:{line}: .*{message}", text) for text in found), found


@pytest.mark.parametrize(
    "literal",
    [
        *['"-0044-03-15"^^xsd:date', '"0000-02-29"^^xsd:date', '"12021-01-01"^^xsd:date'],
        *[
            '"24:00:00"^^xsd:time',
            '"2021-12-31T24:00:00Z"^^xsd:dateTime',
            '"-0044-03-15T12:00:00"^^xsd:dateTime',
        ],
    ],
)
def test_dates_that_python_cannot_hold_are_valid(project: Project, literal: str) -> None:
    """XML Schema 1.1 part 2, sections 3.3.7 to 3.3.9."""
    found = read(project({"data/x.ttl": f"{HEAD}meeting:a ckg:p {literal} ."}))
    value, _, kind = literal.strip('"').partition('"^^xsd:')
    assert (MEETING.a, CKG.p, Literal(value, datatype=XSD[kind], normalize=False)) in found.triples


@pytest.mark.parametrize(
    "literal",
    ['"24:00:01"^^xsd:time', '"-44-03-15"^^xsd:date', '"2021-02-29"^^xsd:date', '"-0001-02-29"^^xsd:date'],
)
def test_invalid_dates_are_refused(project: Project, literal: str) -> None:
    assert "data/x.ttl:5: " in refusal(project({"data/x.ttl": f"{HEAD}meeting:a ckg:p {literal} ."}))


@pytest.mark.parametrize(
    ("written", "kind"),
    [
        *[(form, "double") for form in ("1e3", "1E+03", "-1.50e-2", "+.5e0", "1.e1")],
        *[(form, "decimal") for form in ("1.50", "-0.0", "+1.0", ".5")],
        *[(form, "integer") for form in ("007", "+5", "-0", "12345678901234567890123")],
    ],
)
def test_bare_number_is_kept_as_it_is_written(project: Project, written: str, kind: str) -> None:
    found = read(project({"data/x.ttl": f"{HEAD}meeting:a ckg:p {written} , 1 ; ckg:q {written} ."}))
    number = Literal(written, datatype=XSD[kind], normalize=False)
    for predicate in (CKG.p, CKG.q):
        assert (MEETING.a, predicate, number) in found.triples


def test_every_defect_of_every_file_is_reported(project: Project) -> None:
    broken = HEAD + 'meeting:A a ckg:B .\nmeeting:b ckg:p "x"^^xsd:date ; ckg:q [] .'
    found = refusal(project({"data/a.ttl": broken, "data/b.ttl": broken, "data/c.ttl": b"\xff"}))
    assert [line.split(" ")[0] for line in found.splitlines()] == [
        *["data/a.ttl:5:", "data/a.ttl:6:", "data/a.ttl:6:"],
        *["data/b.ttl:5:", "data/b.ttl:6:", "data/b.ttl:6:"],
        "data/c.ttl:1:",
    ]


@pytest.mark.parametrize(
    ("rows", "line", "message"),
    [
        (f"begin\tend\tsha256\n0\t5\t{HASH}\n", 1, "the header must be"),
        (f"start\tend\tsha256\n0 5 {HASH}\n", 2, "not a start"),
        (f"start\tend\tsha256\n5\t5\t{HASH}\n", 2, "not a start, a greater end"),
        (f"start\tend\tsha256\n0\t5\t{HASH}\n0\t4\t{HASH}\n", 3, "out of order, or twice"),
        (f"start\tend\tsha256\n0\t5\t{HASH}\n0\t5\t{HASH}\n", 3, "out of order, or twice"),
        (f"start\tend\tsha256\r\n0\t5\t{HASH}\r\n", 1, "the header must be"),
        (f"start\tend\tsha256\n0\t5\t{HASH}", 2, "the last line has no end"),
        ("", 1, "the header must be"),
        (f"start\tend\tsha256\n0\t{'9' * 5000}\t{HASH}\n", 2, "not a start"),
    ],
)
def test_broken_table_of_spans_is_refused(project: Project, rows: str, line: int, message: str) -> None:
    root = project(
        {"data/articles/x.ttl": HEAD + "article:x a ckg:Article .", "data/articles/x.spans.tsv": rows}
    )
    assert re.search(rf"(?m)^data/articles/x\.spans\.tsv:{line}: {message}.*cstokg cite", refusal(root))


def test_article_and_its_spans_need_each_other(project: Project) -> None:
    found = refusal(
        project({"data/articles/a.ttl": "# empty", "data/articles/b.spans.tsv": "start\tend\tsha256\n"})
    )
    assert re.search(r"(?m)^data/articles/a\.ttl:1: no a\.spans\.tsv beside it\. Run `cstokg cite a ", found)
    assert re.search(r"(?m)^data/articles/b\.spans\.tsv:1: no b\.ttl beside it", found)


def test_spans_of_another_article_are_refused(project: Project) -> None:
    root = project(
        {
            "data/articles/a.ttl": f"PREFIX span: <{namespaces.ID}article/b/span/>",
            "data/articles/a.spans.tsv": "start\tend\tsha256\n",
        }
    )
    assert f"Write PREFIX span: <{namespaces.ID}article/a/span/>" in refusal(root)


@pytest.mark.parametrize("offsets", ["00-58", "٠-58", f"0-{'9' * 5000}", "0-58-60", "-58"])
def test_span_with_malformed_offsets_fits_no_pattern(project: Project, offsets: str) -> None:
    iri = f"{namespaces.ID}article/a/span/{offsets}"
    assert namespaces.parse_span(iri) is None
    found = refusal(project({"data/x.ttl": f"{HEAD}meeting:a ckg:evidence <{iri}> ."}))
    assert re.match(r"data/x\.ttl:5: .*fits no pattern", found)


def test_span_iri_is_parsed() -> None:
    assert namespaces.parse_span(f"{namespaces.ID}article/minsk-2011/span/0-58") == ("minsk-2011", 0, 58)
    assert namespaces.parse_span(f"{namespaces.ID}article/minsk-2011") is None


@pytest.mark.parametrize("folder", ["ontology", "data"])
def test_missing_folder_is_named(project: Project, folder: str) -> None:
    root = project({})
    shutil.rmtree(root / folder)
    assert re.search(rf"{folder}: no such folder.*--root", refusal(root))


@pytest.mark.parametrize("names", [("a-b", "ab"), ("a/b", "ab"), ("a_b", "a-b"), ("é", "e"), ("Z2d", "-")])
def test_files_of_similar_names_share_no_blank_node(project: Project, names: tuple[str, str]) -> None:
    text = "<https://w3id.org/csto-kg/x> <https://w3id.org/csto-kg/y> [] .\n"
    graphs = read(project({f"ontology/{name}.ttl": text for name in names})).graphs
    nodes = [set(graphs[namespaces.graph_of(Path("ontology", f"{name}.ttl"))].objects()) for name in names]
    assert not nodes[0] & nodes[1]


def test_blank_nodes_have_the_same_names_in_every_run(project: Project) -> None:
    """Two files never share a blank node."""
    turtle = HEAD + "ckg:a ckg:p [ ckg:q 1 ] , ( 2 ) ."
    root = project({"ontology/ckg.ttl": turtle, "ontology/schemes.ttl": turtle})
    first, second = read(root), read(root)
    assert set(first.merged()) == set(second.merged())
    assert list(first.triples) == list(second.triples)
    assert len({node for node in first.subjects if isinstance(node, BNode)}) == 4


def test_parts_are_what_they_are_called(sources: Sources) -> None:
    """The merge leaves out the shapes; data and ontology share the schemes."""
    everything, ontology, data, shapes = (
        set(graph) for graph in (sources.merged(), sources.ontology(), sources.data(), sources.shapes())
    )
    schemes = set(sources.graphs[f"{namespaces.GRAPH}ontology/schemes"])
    assert everything == ontology | data
    assert ontology & data >= schemes
    assert set(sources.merged(shapes=True)) == everything | shapes
    assert not any(isinstance(node, BNode) for triple in data for node in triple)
