"""RDF files in every format, compression and encoding are loaded into a store."""

import bz2
import gzip
import io
import json
import lzma
import os
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
import rdflib
from pyoxigraph import BlankNode, Literal, NamedNode, Quad
from rdflib.compare import isomorphic

from cstokg.cli import serving
from cstokg.engine.loading import rdf_files, store
from cstokg.engine.loading.store import Loaded, Source
from cstokg.errors import LoadError

_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_XML_LITERAL = rdflib.RDF.XMLLiteral
_NAMESPACES = f'xmlns:rdf="{_RDF}" xmlns:ex="http://ex/" xmlns="http://default/"'
_TRIPLE = "<http://ex/a> <http://ex/p> 'é' ."


def _load(*files: Path, **options: object) -> Loaded:
    return store.load(Source(Path("none"), files, **options))  # type: ignore[arg-type]


def _written(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def _rdfxml(inner: str, attributes: str = "") -> str:
    return f"<rdf:RDF {_NAMESPACES} {attributes}>{inner}</rdf:RDF>"


def _about(inner: str) -> str:
    return _rdfxml(f'<rdf:Description rdf:about="http://ex/a">{inner}</rdf:Description>')


def _objects(loaded: Loaded) -> list[str]:
    return sorted(
        quad.object.value for quad in loaded.store if isinstance(quad.object, NamedNode | BlankNode | Literal)
    )


@pytest.mark.parametrize("suffix", [".ttl", ".nt", ".nq", ".trig", ".n3"])
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_text_formats_with_a_byte_order_mark(tmp_path: Path, suffix: str, encoding: str) -> None:
    path = _written(tmp_path / f"data{suffix}", _TRIPLE.replace("'", '"').encode(encoding))
    assert _objects(_load(path)) == ["é"]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_jsonld_with_a_byte_order_mark(tmp_path: Path, encoding: str) -> None:
    content = json.dumps({"@id": "http://ex/a", "http://ex/p": "é"}, ensure_ascii=False)
    path = _written(tmp_path / "data.json", content.encode(encoding))
    assert _objects(_load(path)) == ["é"]


@pytest.mark.parametrize(
    ("declared", "encoding"),
    [
        ("ISO-8859-1", "iso-8859-1"),
        ("utf-8", "utf-8-sig"),
        ("UTF-16", "utf-16"),
        ("windows-1251", "windows-1251"),
        ("koi8-r", "koi8-r"),
        ("Shift_JIS", "shift_jis"),
    ],
)
def test_rdfxml_in_any_encoding(tmp_path: Path, declared: str, encoding: str) -> None:
    text = "é" if declared == "ISO-8859-1" else "Я"
    document = f'<?xml version="1.0" encoding="{declared}"?>\n{_about(f"<ex:p>{text}</ex:p>")}'
    assert _objects(_load(_written(tmp_path / "data.rdf", document.encode(encoding)))) == [text]


def test_rdfxml_in_ascii_with_character_references(tmp_path: Path) -> None:
    document = f'<?xml version="1.0" encoding="US-ASCII"?>{_about("<ex:p>caf&#233;</ex:p>")}'
    assert _objects(_load(_written(tmp_path / "data.owl", document))) == ["café"]


@pytest.mark.parametrize("encoding", ["no-such", "base64"])
def test_an_unknown_encoding_is_named(tmp_path: Path, encoding: str) -> None:
    path = _written(tmp_path / "data.rdf", f'<?xml version="1.0" encoding="{encoding}"?>{_about("")}')
    with pytest.raises(LoadError, match=f"data.rdf:1: the encoding “{encoding}” is unknown"):
        _load(path)


_DOCUMENTS = {
    "comment": _about("<ex:p>abc<!-- c -->def</ex:p>"),
    "cdata": _about("<ex:p>a<![CDATA[<b>&]]>c</ex:p>"),
    "instruction": _about("<ex:p>a<?x y?>b</ex:p>"),
    "spaces": _about("<ex:p> a\n b\t</ex:p><ex:q>  </ex:q><ex:r/>"),
    "entities": "<!DOCTYPE rdf:RDF [<!ENTITY ex 'http://ex/'><!ENTITY t \"x &amp; y\">]>"
    + _about('<ex:p rdf:resource="&ex;b"/><ex:q>&t;</ex:q>'),
    "attribute defaults": "<!DOCTYPE rdf:RDF [<!ATTLIST ex:p xml:lang CDATA 'fr'>]>"
    + _about("<ex:p>x</ex:p>"),
    "unknown parse type": _about('<ex:p rdf:parseType="daml:collection"><ex:b/></ex:p>'),
    "collection": _about('<ex:p rdf:parseType="Collection"><ex:B rdf:about="http://ex/b"/><ex:C/></ex:p>'),
    "resource": _about('<ex:p rdf:parseType="Resource"><ex:q>1</ex:q></ex:p>'),
    "relative base": _rdfxml(
        '<ex:T rdf:about="a" xml:base="../b/c#f"><ex:p rdf:resource="d"/></ex:T>', 'xml:base="http://ex/s/"'
    ),
    "relative base of nothing": _rdfxml('<ex:T rdf:ID="a"/>', 'xml:base="http://ex/s/doc"'),
    "xml literal": _about('<ex:p rdf:parseType="Literal"><b xmlns="http://w/">x</b></ex:p>'),
    "empty xml literal": _about('<ex:p rdf:parseType="Literal"/>'),
    "reified": _rdfxml(
        '<ex:T rdf:about="http://ex/a"><ex:p rdf:ID="s">x</ex:p></ex:T>', 'xml:base="http://ex/d"'
    ),
    "language and datatype": _about(
        f'<ex:p xml:lang="en">x</ex:p><ex:q rdf:datatype="{rdflib.XSD.integer}">07</ex:q>'
    ),
    "containers": _rdfxml(
        '<rdf:Seq rdf:about="http://ex/s"><rdf:li>1</rdf:li><rdf:li rdf:resource="http://ex/2"/></rdf:Seq>'
    ),
    "labels": _rdfxml('<ex:T rdf:nodeID="x"><ex:p rdf:nodeID="y"/></ex:T><ex:T rdf:nodeID="y"/>'),
    "one node": f'<ex:T {_NAMESPACES} rdf:about="http://ex/a" ex:p="&lt;x>&#10;y"/>',
    "reserved attributes": _about('<ex:p xml:space="preserve" xml:id="i">x</ex:p>'),
}


@pytest.mark.parametrize("name", _DOCUMENTS)
def test_rdfxml_says_what_rdflib_says_of_it(tmp_path: Path, name: str) -> None:
    path = _written(tmp_path / "data.rdf", _DOCUMENTS[name])
    ours = rdflib.Graph()
    ours.parse(data="".join(f"{_line(quad)} .\n" for quad in _load(path).store), format="nt")
    oracle = rdflib.Graph().parse(data=_DOCUMENTS[name], format="xml", publicID=path.as_uri())
    assert len(ours) > 0
    assert isomorphic(_canonical(ours), _canonical(oracle))


def _line(quad: Quad) -> str:
    return f"{quad.subject} {quad.predicate} {quad.object}"


def _canonical(graph: rdflib.Graph) -> rdflib.Graph:
    """Return the graph with its XML literals in one form, and integers in the store's."""
    result = rdflib.Graph()
    for subject, predicate, value in graph:
        if isinstance(value, rdflib.Literal) and value.datatype == _XML_LITERAL:
            text = ET.canonicalize(f"<x>{value}</x>", with_comments=True)
            value = rdflib.Literal(text, datatype=_XML_LITERAL, normalize=False)
        elif isinstance(value, rdflib.Literal) and value.datatype == rdflib.XSD.integer:
            value = rdflib.Literal(int(value))
        result.add((subject, predicate, value))
    return result


@pytest.mark.parametrize(
    ("content", "canonical"),
    [
        ('<b xmlns="http://w/">x</b>', '<b xmlns="http://w/">x</b>'),
        (
            '&lt;<ex:b z="1" ex:a="&quot;2" a="3&#9;"><c><!-- k --><?p i?></c></ex:b><![CDATA[&]]>',
            (
                '&lt;<ex:b xmlns:ex="http://ex/" a="3&#x9;" z="1" ex:a="&quot;2"><c xmlns="http://default/">'
                "<!-- k --><?p i?></c></ex:b>&amp;"
            ),
        ),
        (
            '<b xmlns="http://w/"><c xmlns=""><d xmlns="http://w/"/></c></b>',
            '<b xmlns="http://w/"><c xmlns=""><d xmlns="http://w/"></d></c></b>',
        ),
        ('<x:b xmlns:x="http://w/" xml:lang="en"/>', '<x:b xmlns:x="http://w/" xml:lang="en"></x:b>'),
    ],
)
def test_xml_literals_are_exclusive_canonical_xml_with_comments(
    tmp_path: Path, content: str, canonical: str
) -> None:
    path = _written(tmp_path / "data.rdf", _about(f'<ex:p rdf:parseType="Literal">{content}</ex:p>'))
    assert _objects(_load(path)) == [canonical]


def test_unqualified_attributes_are_read_with_one_warning_each(tmp_path: Path) -> None:
    items = '<rdf:li resource="http://ex/1"/><rdf:li resource="http://ex/2"/>'
    loaded = _load(
        _written(tmp_path / "data.rdf", _rdfxml(f'\n<rdf:Seq about="http://ex/s">{items}</rdf:Seq>'))
    )
    assert loaded.quads == 3
    assert [warning.removeprefix(f"{tmp_path}/") for warning in loaded.warnings] == [
        "data.rdf: line 2: “about” is read as “rdf:about”",
        "data.rdf: line 2: “resource” is read as “rdf:resource”",
    ]


def test_an_unknown_parse_type_is_warned_of(tmp_path: Path) -> None:
    (warning,) = _load(_written(tmp_path / "data.rdf", _DOCUMENTS["unknown parse type"])).warnings
    assert "“daml:collection” is unknown and read as Literal" in warning


_USE_E, _USE_E11 = _about("<ex:p>&e;</ex:p>"), _about("<ex:p>&e11;</ex:p>")
_BOMB = "".join(f'<!ENTITY e{i} "{f"&e{i - 1};" * 10}">' for i in range(1, 12))


@pytest.mark.parametrize(
    ("document", "message"),
    [
        (f'<!DOCTYPE r [<!ENTITY e0 "{"x" * 50}">{_BOMB}]>{_USE_E11}', "expand to more than"),
        (f'<!DOCTYPE r [<!ENTITY e SYSTEM "file:///etc/passwd">]>{_USE_E}', "another document"),
        (f'<!DOCTYPE r SYSTEM "http://127.0.0.1:9/x.dtd">{_USE_E}', "“e” is not declared"),
        (_rdfxml("<ex:T><ex:p>" * 100_000), "data.rdf:1: elements are nested deeper"),
        (_rdfxml("\n<ex:T>\n"), "data.rdf:3: mismatched tag"),
        (_rdfxml("\n\n<x:T/>\n"), "data.rdf:3: unbound prefix"),
        (_rdfxml('\n\n<ex:T foo="1"/>\n'), "data.rdf:3: the attribute “foo” has no namespace"),
        (_rdfxml("\n\n<T xmlns=''/>\n"), "data.rdf:3: the element “T” has no namespace"),
        (_rdfxml('\n\n<ex:T\n rdf:about="http://ex/a b"/>\n'), "data.rdf:3: “http://ex/a b” is not a valid"),
        (_rdfxml('\n\n<ex:T xml:base="a b"/>\n'), "data.rdf:3: “a b” is no"),
        (_about('\n<ex:p rdf:parseType="Literal" rdf:resource="b"/>'), "data.rdf:2: “rdf:resource” may not"),
        (_rdfxml("\n<ex:T>\n<ex:p>a<ex:b/>\n</ex:p></ex:T>"), "data.rdf:3: "),
    ],
)  # fmt: skip
def test_a_fault_in_rdfxml_is_reported_with_its_line(tmp_path: Path, document: str, message: str) -> None:
    start = time.monotonic()
    with pytest.raises(LoadError, match=message):
        _load(_written(tmp_path / "data.rdf", document))
    assert time.monotonic() - start < 60  # a bomb takes minutes


_BAD = [
    "http://ex/a b",
    "http://ex/a[1]",
    "http://ex/{a}",
    "http://ex/a|b",
    "http://ex/%zz",
    "http://ex/a#b#c",
]


def _with_iri(suffix: str, iri: str) -> str:
    if suffix == ".rdf":
        return _rdfxml(f'\n<ex:T rdf:about="http://ex/a"><ex:p rdf:resource="{iri}"/></ex:T>')
    if suffix == ".jsonld":
        return f'{{"@id": "http://ex/a",\n"http://ex/p": {{"@id": "{iri}"}}}}'
    return f"<http://ex/a> <http://ex/p> <http://ex/b> .\n<http://ex/a> <http://ex/p> <{iri}> .\n"


@pytest.mark.parametrize("iri", _BAD)
@pytest.mark.parametrize("suffix", [".ttl", ".nt", ".nq", ".rdf", ".jsonld"])
def test_a_bad_iri_is_refused_with_line_and_remedy_or_loaded_with_a_warning(
    tmp_path: Path, suffix: str, iri: str
) -> None:
    path = _written(tmp_path / f"data{suffix}", _with_iri(suffix, iri))
    with pytest.raises(LoadError, match=rf"data{suffix}:2: .*IRI.*--lenient"):
        _load(path)
    loaded = _load(path, lenient=True)
    written = iri.replace(" ", "%20").replace("{", "%7B").replace("}", "%7D").replace("|", "%7C")
    assert written in _objects(loaded)
    assert any("1 IRIs are not valid" in warning for warning in loaded.warnings)


@pytest.mark.parametrize(
    ("suffix", "content", "message"),
    [
        (".ttl", "\n\n<http://ex/a> <http://ex/p> .", r"data\.ttl:3: [^:]*$"),
        (".jsonld", '{"@id":\n"http://ex/a",\n"http://ex/p" 1}', r"data\.jsonld:3: "),
        (".jsonld", '\n{"@context": {"a": 7}}', r"data\.jsonld: Term definition"),
        (".n3", "\n{ ?x <http://ex/p> ?y } => { ?y <http://ex/p> ?x } .", r"data\.n3:2: .*of N3 only"),
        (".trix", "<TriX/>", r"TriX is not read; convert it: rdfpipe"),
        (".txt", "", r"has to be one of \.ttl.*--data-format"),
        (".gz", "", r"has to be one of \.ttl.*--data-format"),
    ],
)
def test_what_cannot_be_read_is_refused_in_words(
    tmp_path: Path, suffix: str, content: str, message: str
) -> None:
    with pytest.raises(LoadError, match=message):
        _load(_written(tmp_path / f"data{suffix}", content))


def test_the_format_given_wins_over_the_extension(tmp_path: Path) -> None:
    path = _written(tmp_path / "data.rdf", _TRIPLE)
    assert _load(path, data_format="turtle").quads == 1


@pytest.mark.parametrize("suffix", [".rdf", ".rdfs", ".owl", ".xml", ".XML"])
def test_extensions_of_rdfxml(tmp_path: Path, suffix: str) -> None:
    assert _load(_written(tmp_path / f"data{suffix}", _about("<ex:p>x</ex:p>"))).quads == 1


@pytest.mark.parametrize(
    ("suffix", "compress"), [(".gz", gzip.compress), (".bz2", bz2.compress), (".xz", lzma.compress)]
)
@pytest.mark.parametrize(("inner", "content"), [(".ttl", _TRIPLE), (".rdf", _about("<ex:p>é</ex:p>"))])
def test_compressed_files(tmp_path: Path, suffix: str, compress: object, inner: str, content: str) -> None:
    assert callable(compress)
    whole = compress(content.encode())
    path = tmp_path / f"data{inner}{suffix}"
    assert _objects(_load(_written(path, whole))) == ["é"]
    with pytest.raises(LoadError, match="the compressed file is incomplete or damaged"):
        _load(_written(path, whole[:-12]))


def test_what_a_file_expands_to_is_limited(tmp_path: Path) -> None:
    path = _written(tmp_path / "data.ttl.gz", gzip.compress(b" " * 5_000_000, mtime=0))
    with pytest.raises(LoadError, match="more than 1000000 bytes"):
        _load(path, data_bytes=1_000_000)


@pytest.mark.parametrize("data", [_TRIPLE.encode(), gzip.compress(_TRIPLE.encode(), mtime=0)])
def test_standard_input(monkeypatch: pytest.MonkeyPatch, data: bytes) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
    source = Source(Path("none"), (Path("-"),), data_format="turtle")
    loaded = store.load(source)
    assert _objects(loaded) == ["é"]
    assert not source.is_lasting


def test_standard_input_needs_a_format() -> None:
    with pytest.raises(LoadError, match="--data-format"):
        _load(Path("-"))


def test_only_regular_files_are_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.ttl")
    (tmp_path / "folder.ttl").mkdir()
    (tmp_path / "zero.ttl").symlink_to("/dev/zero")
    for name in ("pipe.ttl", "folder.ttl", "zero.ttl"):
        with pytest.raises(LoadError, match=f"{name}: not a regular file"):
            _load(tmp_path / name)
    (tmp_path / "loop.ttl").symlink_to(tmp_path / "loop.ttl")
    for name in ("loop.ttl", "none.ttl"):
        with pytest.raises(LoadError, match=name):
            _load(tmp_path / name)


def test_a_release_that_is_a_loop_of_links_is_reported(tmp_path: Path) -> None:
    (tmp_path / "current").symlink_to(tmp_path / "other")
    (tmp_path / "other").symlink_to(tmp_path / "current")
    with pytest.raises(LoadError, match="current"):
        store.load(Source(tmp_path / "current"))


_REMOTE = {
    "@context": ["https://schema.org/", {"q": "http://ex/q"}],
    "@id": "http://ex/a",
    "name": "x",
    "q": 1,
}


def test_a_remote_context_is_reported_with_its_line_and_remedy(tmp_path: Path) -> None:
    path = _written(tmp_path / "data.jsonld", json.dumps(_REMOTE, indent=1))
    with pytest.raises(
        LoadError, match=r"data\.jsonld:3: .*https://schema\.org/.*--context-file https://schema"
    ):
        _load(path)


def test_remote_contexts_are_read_from_files(tmp_path: Path) -> None:
    path = _written(tmp_path / "data.jsonld", json.dumps(_REMOTE))
    outer = _written(tmp_path / "a", json.dumps({"@context": ["http://c/", {"@base": "http://no/"}]}))
    inner = _written(tmp_path / "b", json.dumps({"@context": {"name": "http://schema.org/name"}}))
    loaded = _load(path, context_files={"https://schema.org/": outer, "http://c/": inner})
    assert sorted(quad.predicate.value for quad in loaded.store) == ["http://ex/q", "http://schema.org/name"]
    assert loaded.version != _load(path, context_files={"https://schema.org/": inner}).version
    with pytest.raises(LoadError, match="a:1: the context “http://c/”"):
        _load(path, context_files={"https://schema.org/": outer})
    loop = _written(tmp_path / "loop", json.dumps({"@context": "https://schema.org/"}))
    with pytest.raises(LoadError, match="loop:1"):
        _load(path, context_files={"https://schema.org/": loop})


_BLANK = {
    ".ttl": "<http://ex/a> <http://ex/p> [ <http://ex/q> (1 2), _:x ] . _:x <http://ex/p> [] .",
    ".trig": "_:g { _:g <http://ex/p> [ <http://ex/q> 1 ] }",
    ".rdf": _rdfxml("<ex:T><ex:p><ex:T/></ex:p></ex:T>"),
    ".jsonld": '{"@id":"_:x","http://ex/p":[{"http://ex/q":[1,2]},{"@list":[1,2]}]}',
    ".nt": "_:x <http://ex/p> _:y .",
    ".nq": "_:x <http://ex/p> _:y _:x .",
}


@pytest.mark.parametrize("suffix", _BLANK)
def test_the_same_file_gives_the_same_blank_nodes(tmp_path: Path, suffix: str) -> None:
    path = _written(tmp_path / f"data{suffix}", _BLANK[suffix])
    program = (
        "import sys, pathlib; from cstokg.engine.loading import store; "
        "data = store.load(store.Source(pathlib.Path(), (pathlib.Path(sys.argv[1]),))); "
        "print(*sorted(map(str, data.store)), sep='\\n')"
    )
    answers = {subprocess.check_output([sys.executable, "-c", program, str(path)]) for _ in range(2)}
    assert len(answers) == 1
    assert b"_:" in answers.pop()


def test_blank_nodes_of_different_files_stay_apart(tmp_path: Path) -> None:
    paths = [_written(tmp_path / f"{name}.nt", "_:x <http://ex/p> _:x .") for name in "ab"]
    loaded = _load(*paths)
    assert loaded.quads == 2
    assert loaded.title == "2 files"
    assert sorted(map(str, loaded.store)) == sorted(map(str, _load(*paths).store))


def test_a_triple_in_two_graphs_counts_once_in_the_union(tmp_path: Path) -> None:
    content = "".join(f"_:s <http://ex/p> _:o {graph} .\n" for graph in ("<http://ex/g>", "_:h", ""))
    path = _written(tmp_path / "data.nq", content)
    plain, union = _load(path), _load(path, default_graph="union")
    assert (plain.quads, union.quads) == (3, 3)
    counted = union.store.query("SELECT * { ?s ?p ?o }")
    assert len(list(counted)) == 1  # type: ignore[arg-type]
    assert plain.version != union.version


def test_the_version_changes_with_content_and_options(tmp_path: Path) -> None:
    path = _written(tmp_path / "data.ttl", _TRIPLE)
    versions = [
        _load(path).version,
        _load(path, lenient=True).version,
        _load(path, default_graph="union").version,
        _load(path, data_format="trig").version,
        _load(_written(path, f"{_TRIPLE} ")).version,
    ]
    assert len(set(versions)) == len(versions)
    assert _load(path).version == versions[-1]


def test_memory_is_limited_while_loading(tmp_path: Path) -> None:
    path = _written(
        tmp_path / "data.jsonld", '{"@context": {}, "http://ex/p": ["' + "x" * 100_000_000 + '"]}'
    )
    program = (
        "import sys, pathlib; from cstokg.engine.loading import store\n"
        "with store.memory_limit(64): store.load(store.Source(pathlib.Path(), (pathlib.Path(sys.argv[1]),)))"
    )
    ended = subprocess.run([sys.executable, "-c", program, str(path)], capture_output=True, text=True)
    assert ended.returncode == 1
    assert "LoadError: the data need more memory than the limit" in ended.stderr


def test_a_source_goes_to_another_process_and_is_the_same_there() -> None:
    source = Source(Path("r"), (Path("a"), Path("-")), "union", "turtle", True, {"http://c/": Path("c")}, 7)
    assert Source.from_json(source.to_json()) == source


def test_the_option_names_the_formats_that_are_read() -> None:
    (option,) = (option for option in serving.serve.params if option.name == "data_format")
    assert sorted(option.type.choices) == sorted(rdf_files.SYNTAXES)  # type: ignore[attr-defined]
