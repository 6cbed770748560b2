"""Each saved question says what it asks, and its answer is on file; what varies in it is bound as a term."""

import csv
import re
from collections.abc import Callable
from pathlib import Path

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rdflib import OWL, RDF, SKOS, Graph, Literal
from rdflib.query import ResultRow
from rdflib.term import Node

from cstokg import namespaces, questions
from cstokg.engine.engine import Engine
from cstokg.parameters import Parameter, ParameterError, UnknownNameError
from cstokg.questions import QuestionError, QuestionHeaderError
from cstokg.release import Release

pytestmark = pytest.mark.patient

ROOT = Path(__file__).parents[1]
ANSWERS = ROOT / "tests" / "answers"
ALL = questions.read_all(ROOT / "queries")
SAVED = [question for question in ALL if not question.endpoint]  # the others: test_wikidata_docs.py

HEADER = "#+ question: Who?\n#+ answer: One row.\n#+ tags: officials, time\n"
DAY = "#+ parameter: day xsd:date The day asked about.\n"
BODY = (
    'PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>\nSELECT * { VALUES ?day { "2021-05-19"^^xsd:date } }\n'
)

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Return a function that saves a query file and returns its path."""

    def save(text: str, name: str = "asked.rq") -> Path:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return save


def parameter(datatype: str) -> Parameter:
    """Return a parameter called x."""
    return Parameter("x", datatype, "What is asked about.", "")


def answer_on_file(question: questions.Question) -> list[list[str]]:
    """Return the header and the rows of the answer that is on file."""
    return list(csv.reader((ANSWERS / f"{question.name}.csv").read_text(encoding="utf-8").splitlines()))


@pytest.mark.parametrize("question", SAVED, ids=lambda question: question.name)
def test_answer_is_the_one_on_file(question: questions.Question, engine: Engine) -> None:
    """``queries/X.rq`` gives the rows of ``tests/answers/X.csv``, in that order."""
    answer = engine.query(question.sparql, "text/csv").text.splitlines()
    assert list(csv.reader(answer)) == answer_on_file(question)


def test_every_answer_has_its_question() -> None:
    """There is no saved answer without a query."""
    assert {path.stem for path in ANSWERS.glob("*.csv")} == {question.name for question in SAVED}


def test_every_term_is_used_by_a_question_or_a_shape_or_is_inferred() -> None:
    """Other terms would not be needed."""
    ontology = Graph().parse(ROOT / "ontology" / "ckg.ttl")
    texts = [question.sparql for question in SAVED]
    texts.append((ROOT / "ontology" / "shapes.ttl").read_text(encoding="utf-8"))
    used = set(re.findall(r"\bckg:(\w+)", "\n".join(texts)))
    for kind in (OWL.Class, OWL.ObjectProperty, OWL.DatatypeProperty):
        for term in ontology.subjects(RDF.type, kind):
            notes = " ".join(map(str, ontology.objects(term, SKOS.scopeNote)))
            if str(term).startswith(namespaces.CKG) and "Inferred, never written by hand" not in notes:
                assert str(term).removeprefix(namespaces.CKG) in used


@pytest.fixture(scope="module")
def dumps(release: Release) -> Graph:
    """Return the two Turtle files of the release, read by rdflib."""
    graph = Graph(store="SimpleMemory")
    for name in ("cstokg.ttl", "cstokg-inferred.ttl"):
        graph.parse(release.folder / name)
    return graph


@pytest.mark.parametrize("question", SAVED, ids=lambda question: question.name)
def test_two_engines_give_one_answer(
    question: questions.Question, dumps: Graph, monkeypatch: pytest.MonkeyPatch
) -> None:
    """rdflib, over the Turtle files, finds the rows on file, which our engine finds too, in that order."""
    monkeypatch.setattr("rdflib.plugins.sparql.SPARQL_LOAD_GRAPHS", False)
    result = dumps.query(question.sparql)
    header = [str(variable) for variable in result.vars or ()]
    rows = [[_csv(term) for term in row] for row in result if isinstance(row, ResultRow)]
    assert answer_on_file(question) == [header, *rows]


def _csv(term: Node | None) -> str:
    """Return a term as the SPARQL 1.1 CSV results format writes it; blank nodes have no name to compare."""
    if isinstance(term, Literal) and term.datatype is not None and term.value is not None:
        return re.sub(r"^(-?\d+)\.0*$", r"\1", str(term))
    return "" if term is None else str(term)


@pytest.mark.parametrize("missing", ["question", "answer", "tags"])
def test_query_that_does_not_say_what_it_asks_is_refused(write: Write, missing: str) -> None:
    """The error names the file, and the line to begin it with."""
    path = write(re.sub(rf"#\+ {missing}:.*\n", "", HEADER) + "ASK { }", "silent.rq")
    with pytest.raises(QuestionHeaderError, match=rf"silent\.rq:3: .*'#\+ {missing}: "):
        questions.read(path)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (HEADER + "#+ question: Who else?\n", r":4: 'question' occurs twice"),
        (HEADER + "#+ tag: one\n", r":4: 'tag' is none of"),
        (HEADER + "#+ no colon\n", r":4: write the line as '#\+ key: value'"),
        (HEADER + "#+ parameter: day\n" + BODY, r":4: write a parameter as .*xsd:date"),
        (HEADER + DAY.replace("xsd:date", "xsd:gYear") + BODY, r":4: .*datatypes: .*xsd:date"),
        (HEADER + DAY.replace("xsd:date", "ckg:post") + BODY, r":4: .*ckg:Post"),
        (HEADER + DAY + DAY + BODY, "'day' occurs twice"),
        (HEADER + DAY + "ASK { }", r":4: parameter 'day' has no VALUES block; write 'VALUES \?day "),
        (HEADER + DAY + BODY.replace("VALUES ?day", "VALUES ?days"), "has no VALUES block"),
        (HEADER + DAY + "ASK { # VALUES ?day { 1 }\n }", "has no VALUES block"),
        (HEADER + DAY + "ASK { ?x ?y 'VALUES ?day { 1 }' }", "has no VALUES block"),
        (HEADER + DAY + BODY + BODY.replace("19", "20"), "has several defaults"),
        (HEADER + DAY + BODY.replace("05-19", "13-19"), r":4: parameter 'day' expects a day .*'2021-13-19'"),
        (HEADER + DAY + BODY.replace('"2021-05-19"^^xsd:date', '"a" "b"'), "expects a day"),
        (HEADER + DAY + BODY.replace('"2021-05-19"^^xsd:date', ""), "expects a day"),
        (HEADER + DAY + BODY.replace('"2021-05-19"^^xsd:date', "UNDEF"), "expects a day"),
    ],
)
def test_bad_header_is_refused(write: Write, text: str, complaint: str) -> None:
    """The error names the file and the line, and says what to write."""
    with pytest.raises(QuestionHeaderError, match=rf"asked\.rq.*{complaint}"):
        questions.read(write(text))


@pytest.mark.parametrize("name", ["Asked.rq", "asked it.rq", "asked_it.rq", "-asked.rq"])
def test_name_that_makes_no_iri_is_refused(write: Write, name: str) -> None:
    """The name of the file is the name of the question, also in its IRI."""
    with pytest.raises(QuestionHeaderError, match="lower case"):
        questions.read(write(HEADER, name))


def test_file_in_another_encoding_is_refused(tmp_path: Path) -> None:
    """The error names the file."""
    (tmp_path / "asked.rq").write_bytes("#+ question: Кто?".encode("koi8-r"))
    with pytest.raises(QuestionHeaderError, match=r"asked\.rq: save the file as UTF-8"):
        questions.read(tmp_path / "asked.rq")


PROLOGUE = "PREFIX x: <urn:x:>\n"


@pytest.mark.parametrize(
    ("body", "line", "message"),
    [
        ("DROP ALL\n", 5, "updates are off"),
        ("\n# a comment\ninsert data { x:a x:b x:c }\n", 7, "updates are off"),
        ("LOAD <http://127.0.0.1:9/>", 5, "updates are off"),
        ("", 5, "not a query, which begins with SELECT"),
        ("SELECTED ?x { }", 5, "not a query, which begins with SELECT"),
        ("SELECT ?x\n{ SERVICE <http://127.0.0.1:9/> { } }", 6, "SERVICE"),
        ("SELECT ?x\n{ SERVICE SILENT <http://127.0.0.1:9/> { } }", None, "SERVICE"),
        ("SELECT ?x {\nFILTER(true) FILTER(trueSERVICE <http://127.0.0.1:9/> { })}", None, ""),
        ("SELECT ?x {\n?x ?y trueSERVICE<http://127.0.0.1:9/>{}}", 6, "SERVICE"),
        ("SELECT ?x " + "{" * 200 + "}" * 200, 5, "levels deep"),
    ],
)
def test_file_that_holds_no_query_that_may_run_is_refused(
    write: Write, body: str, line: int | None, message: str
) -> None:
    path = write(HEADER + PROLOGUE + body)
    place = "" if line is None else f":{line}"
    with pytest.raises(QuestionError, match=rf"asked\.rq{place}.*{message}"):
        questions.read(path)
    with pytest.raises(QuestionError, match=rf"asked\.rq{place}.*{message}"):
        questions.check_all(path.parent)


@pytest.mark.parametrize(
    ("body", "line"),
    [("SELECT ?x\n{ ?x }", 6), ("ASK { }\n; DROP ALL", 6), ("ASK { ?x nowhere:p ?y }", 5)],
)
def test_check_has_the_parser_read_every_question(write: Write, body: str, line: int) -> None:
    path = write(HEADER + PROLOGUE + body)
    with pytest.raises(QuestionError, match=rf"asked\.rq:{line}: "):
        questions.check_all(path.parent)


ENDPOINT = "#+ endpoint: http://127.0.0.1:9/sparql\n"
CALL = "SELECT ?x { SERVICE <http://127.0.0.1:9/sparql> { ?x ?y ?z } }"


def test_question_may_call_the_endpoint_that_its_header_names(write: Write) -> None:
    """Neither reading nor checking it calls anybody: nobody listens there."""
    path = write(HEADER + ENDPOINT + CALL)
    assert questions.read(path).endpoint == "http://127.0.0.1:9/sparql"
    assert questions.check_all(path.parent) == [questions.read(path)]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (CALL.replace("sparql", "other"), r":5: the endpoint http://127\.0\.0\.1:9/other is not one"),
        (CALL.replace("<http://127.0.0.1:9/sparql>", "?x"), r":5: SERVICE needs an IRI"),
        (CALL.replace("SERVICE", "SERVICE SILENT"), ":5: SILENT leaves rows out"),
        (CALL.replace("z } }", "z } SERVICE SILENT <http://127.0.0.1:9/other> {} }"), ":5: SILENT leaves"),
        ("SELECT ?x { ?x ?y ?z }", "nothing calls SERVICE <http://127.0.0.1:9/sparql>"),
        ("SELECT ?x { ?x ?y 'SERVICE' }", "nothing calls SERVICE <http://127.0.0.1:9/sparql>"),
        (CALL.replace("?z }", "?z"), ":5: "),
    ],
)
def test_question_may_call_no_other_endpoint(write: Write, text: str, message: str) -> None:
    path = write(HEADER + ENDPOINT + text)
    with pytest.raises(QuestionError, match=rf"asked\.rq.*{message}"):
        questions.check_all(path.parent)


def test_question_may_speak_of_services(write: Write) -> None:
    path = write(HEADER + "SELECT ?service { ?service ?p 'SERVICE <http://127.0.0.1:9/> {}' } # a service\n")
    assert questions.check_all(path.parent) == [questions.read(path)]


def test_header_and_default_are_read(write: Write) -> None:
    """The default has the form in which one would type it."""
    question = questions.read(write(HEADER + DAY + BODY))
    assert question == questions.Question(
        "asked",
        "Who?",
        "One row.",
        ("officials", "time"),
        HEADER + DAY + BODY,
        (Parameter("day", "xsd:date", "The day asked about.", "2021-05-19"),),
    )
    assert question.form == "SELECT"


@pytest.mark.parametrize(
    ("datatype", "term", "default"),
    [
        ("iri", "<http://www.wikidata.org/entity/Q1>", "wd:Q1"),
        ("ckg:Post", "post:a", "post:a"),
        ("ckg:Post", "p:a", "post:a"),
        ("xsd:integer", "5", "5"),
        ("xsd:string", "'a } b'", "a } b"),
        ("xsd:string", '"""# no "comment" """', '# no "comment" '),
    ],
)
def test_default_may_be_written_in_any_way(write: Write, datatype: str, term: str, default: str) -> None:
    """As SPARQL allows: prefixes of the query's own, any quotes, braces inside them."""
    prefixes = f"PREFIX p: <{namespaces.ID}post/>\nprefix post: <{namespaces.ID}post/>\n"
    body = f"{prefixes}SELECT * {{ values\n$x{{ {term} # the default }}\n}} }}"
    question = questions.read(write(f"{HEADER}#+ parameter: x {datatype} What.\n{body}"))
    assert question.parameters[0].default == default
    bound = questions.bind_texts(question, {"x": default})
    assert ox.Store().query(bound)


@pytest.mark.parametrize("question", SAVED, ids=lambda question: question.name)
def test_binding_the_defaults_changes_no_answer(question: questions.Question, engine: Engine) -> None:
    """Without a value, the query in the file runs with the default that the header names."""
    bound = questions.bind_texts(question, {each.name: each.default for each in question.parameters})
    assert list(csv.reader(engine.query(bound, "text/csv").text.splitlines())) == answer_on_file(question)


def test_binding_replaces_the_default_and_nothing_else(write: Write) -> None:
    """Also where the block occurs twice, and where text looks like it."""
    twice = BODY.replace("SELECT *", "SELECT * # VALUES ?day { 1 }\n").replace("} }", "} }") + "# VALUES ?day"
    question = questions.read(write(HEADER + DAY + twice + "\n" + BODY))
    term = ox.Literal("2011-05-31", datatype=ox.NamedNode(namespaces.expand("xsd:date")))
    assert questions.bind(question, {"day": term}) == question.sparql.replace(
        ' "2021-05-19"^^xsd:date ', f" {term} "
    )


def test_unknown_parameter_lists_the_known_ones(write: Write) -> None:
    question = questions.read(write(HEADER + DAY + BODY))
    with pytest.raises(ParameterError, match="asked has no parameter 'date'; its parameters: day"):
        questions.bind_texts(question, {"date": "2021-05-19"})


@pytest.mark.parametrize(
    ("datatype", "text", "expected"),
    [
        ("xsd:date", "19 May 2021", "a day such as 2021-05-19"),
        ("xsd:date", "2021-02-29", "a day"),
        ("xsd:date", "2021-05-19Z", "a day"),
        ("xsd:date", "２０２１-05-19", "a day"),
        ("xsd:date", "2021-05-19\n", "a day"),
        ("xsd:date", '2021-05-19" } SERVICE <http://a/> { } #', "a day"),
        ("xsd:integer", "1.0", "a whole number"),
        ("xsd:integer", "", "a whole number"),
        ("xsd:string", "\ud800", "a text"),
        ("ckg:Post", "foreign minister", "the IRI of a ckg:Post"),
        ("ckg:Post", "posts:foreign-minister-armenia", "the IRI of a ckg:Post"),
        ("ckg:Post", "post:Foreign_Minister", "the IRI of a ckg:Post"),
        ("iri", "javascript:alert(1)", "the IRI of a thing"),
        ("iri", "file:///etc/passwd", "the IRI of a thing"),
        ("iri", "http://a/> } SERVICE <http://b/", "the IRI of a thing"),
        ("iri", "<http://a/", "the IRI of a thing"),
        ("iri", "http://a/\ud800", "the IRI of a thing"),
    ],
)
def test_text_that_is_no_such_term_is_refused(datatype: str, text: str, expected: str) -> None:
    """The error names the parameter and what it expects."""
    with pytest.raises(ParameterError, match=rf"parameter 'x' expects {re.escape(expected)}"):
        parameter(datatype).term(text)


@pytest.mark.parametrize(
    ("datatype", "term"),
    [
        ("xsd:date", ox.Literal("2021-05-19")),
        ("xsd:date", ox.NamedNode("http://a/")),
        ("xsd:string", ox.Literal("a", language="en")),
        ("iri", ox.Literal("http://a/")),
    ],
)
def test_term_of_another_datatype_is_refused(datatype: str, term: ox.Literal | ox.NamedNode) -> None:
    """Terms that are not made from text are checked too."""
    sparql = "SELECT ?x { VALUES ?x { '' } }"
    question = questions.Question("asked", "", "", (), sparql, (parameter(datatype),))
    with pytest.raises(ParameterError, match="parameter 'x' expects"):
        questions.bind(question, {"x": term})


@given(text=st.text(st.characters(exclude_categories=["Cs"])))
def test_no_text_gets_out_of_its_literal(text: str) -> None:
    """Whatever a string holds, the bound query asks about that string and nothing more."""
    sparql = "SELECT ?x { VALUES ?x { '' } }"
    question = questions.Question("asked", "", "", (), sparql, (parameter("xsd:string"),))
    result = ox.Store().query(questions.bind_texts(question, {"x": text}))
    assert isinstance(result, ox.QuerySolutions)
    assert [solution["x"] for solution in result] == [ox.Literal(text)]


def test_json_gives_the_questions_back() -> None:
    assert any(question.endpoint for question in ALL)
    assert questions.from_json(questions.to_json(ALL)) == ALL


@pytest.mark.parametrize(
    ("name", "texts", "message"),
    [
        (
            "attendances-of-a-meeting",
            {"meeting": "meeting:2021-05-19-cmf"},
            r"no ckg:Meeting is called meeting:2021-05-19-cmf; the nearest names: meeting:2021-05-19-cfm",
        ),
        ("attendances-of-a-meeting", {"meeting": "person:lavrov-sergey"}, "no ckg:Meeting is called person:"),
        ("statements-on-topic", {"topic": "topic:afganistan"}, "the nearest names: topic:afghanistan"),
        ("statements-about", {"entity": "state:nowhere"}, "no thing is called state:nowhere"),
    ],
)
def test_value_that_names_nothing_is_refused(
    engine: Engine, name: str, texts: dict[str, str], message: str
) -> None:
    """An empty answer would look like a fact."""
    with pytest.raises(UnknownNameError, match=message):
        questions.check_names(questions.read(ROOT / "queries" / f"{name}.rq"), texts, engine)


@pytest.mark.parametrize("question", SAVED, ids=lambda question: question.name)
def test_defaults_name_something(engine: Engine, question: questions.Question) -> None:
    """Every default is a thing of the class that its parameter wants."""
    questions.check_names(question, {each.name: each.default for each in question.parameters}, engine)


def test_the_name_of_the_parameter_and_the_nearest_names_can_be_read(engine: Engine) -> None:
    """So that callers can show them in another way; a long value is cut short."""
    question = questions.read(ROOT / "queries" / "statements-on-topic.rq")
    with pytest.raises(UnknownNameError) as caught:
        questions.check_names(question, {"topic": "topic:afganistan"}, engine)
    assert (caught.value.parameter, caught.value.nearest[0]) == ("topic", "topic:afghanistan")
    with pytest.raises(UnknownNameError, match=r"x…$"):
        questions.check_names(question, {"topic": "https://example.org/" + "x" * 1000}, engine)


def test_in_full_or_short_is_the_same(engine: Engine) -> None:
    question = questions.read(ROOT / "queries" / "statements-on-topic.rq")
    iri = "https://w3id.org/csto-kg/id/concept/topic/afghanistan"
    questions.check_names(question, {"topic": iri}, engine)


# What the answers say.


def _answer(name: str) -> list[dict[str, str]]:
    return list(csv.DictReader((ANSWERS / f"{name}.csv").read_text(encoding="utf-8").splitlines()))


@pytest.mark.parametrize("question", SAVED, ids=lambda question: question.name)
def test_what_only_a_speaker_says_is_no_reported_fact(question: questions.Question) -> None:
    said = [row for row in _answer(question.name) if row.get("accordingTo")]
    assert "reported fact" not in {row.get("modality") for row in said}


def test_a_record_that_only_a_speaker_asserts_is_no_reported_fact(engine: Engine) -> None:
    question = next(one for one in SAVED if one.name == "facts-about")
    values = {"entity": "action:moscow-2011-prepare-memorandum"}
    answer = engine.query(questions.bind_texts(question, values), "text/csv").text
    assert "asserted by the speaker" in answer
    assert "reported fact" not in answer


def test_each_attendance_has_one_row_with_all_posts() -> None:
    rows = [(row["meeting"], row["person"], row["article"]) for row in _answer("attendances")]
    assert len(rows) == len(set(rows))
    (host,) = (row for row in _answer("attendances") if row["person"] == "Emomali Rahmon")
    assert host["post"] == "President of Tajikistan; Chairman of the CSTO Collective Security Council"
    assert host["onBehalfOf"] == "Tajikistan"


def test_a_reception_is_no_meeting() -> None:
    kinds = {row["meeting"]: row["kind"] for row in _answer("meetings-held")}
    assert [name for name in kinds if kinds[name] == "gathering"] == [
        "Reception by the President of Tajikistan before the meeting of 19 May 2021"
    ]


def test_a_suspension_has_the_time_at_which_it_was_said() -> None:
    (row,) = (row for row in _answer("suspensions") if row["state"] == "Armenia")
    assert (row["saidEarliest"], row["saidLatest"]) == ("2024-02-01", "2024-02-29")
