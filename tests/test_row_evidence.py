"""Each row of a saved question's answer leads to the records on which it rests, and to their spans."""

from dataclasses import replace

import pytest

from cstokg import formats, json_results, namespaces
from cstokg.questions import Question, bind_texts, from_json
from cstokg.release import Release
from cstokg.web.answers import row_evidence
from cstokg.web.answers.row_evidence import RowRecord
from cstokg.web.content.graph import Graph


@pytest.fixture(scope="module")
def questions(release: Release) -> dict[str, Question]:
    """Return the saved questions that answer with tables, by name."""
    given = from_json((release.folder / "questions.json").read_text(encoding="utf-8"))
    return {
        question.name: question for question in given if question.form == "SELECT" and not question.endpoint
    }


Rows = list[tuple[dict[str, str], tuple[RowRecord, ...]]]


def _evidence(graph: Graph, question: Question) -> Rows:
    results = json_results.read(graph.write(question.sparql, formats.RESULTS_JSON))
    rows = [{name: term["value"] for name, term in row.items()} for row in results.rows]
    return list(zip(rows, row_evidence.of_rows(graph, question.sparql, results), strict=True))


@pytest.fixture(scope="module")
def evidence(graph: Graph, questions: dict[str, Question]) -> dict[str, Rows]:
    """Return the rows of all questions, each with its records."""
    return {name: _evidence(graph, question) for name, question in questions.items()}


def test_every_row_of_every_question_rests_on_records(evidence: dict[str, Rows]) -> None:
    """Only a row that counts spans has none, since spans are not records."""
    assert len(evidence) > 70
    without = [(name, row) for name, rows in evidence.items() for row, records in rows if not records]
    assert [(name, row["kind"]) for name, row in without] == [("counts", "evidence span")]


def test_evidence_is_of_things_in_the_graph(graph: Graph, evidence: dict[str, Rows]) -> None:
    """Each record has a page, each cited thing is a record or its testimony, and each span is a span."""
    for name, rows in evidence.items():
        for _, records in rows:
            for record in records:
                assert record.iri in graph.catalogue, name
                assert record.cited.partition(namespaces.TESTIMONY)[0] == record.iri, name
                assert all(namespaces.parse_span(span) for span in record.spans), name


def test_statement_rests_on_itself(graph: Graph, evidence: dict[str, Rows]) -> None:
    """Not on the other statements of its speaker."""
    for row, records in evidence["statements"]:
        assert [namespaces.kind_of(record.iri) for record in records] == ["statement"]
        paraphrases = {
            term.value for term in graph.about_only(records[0].iri).values(records[0].iri, "ckg:paraphrase")
        }
        assert row["paraphrase"] in paraphrases
        assert records[0].spans


def test_spans_are_those_of_the_rows_article(evidence: dict[str, Rows]) -> None:
    """Where a row names its article, no other article is evidence for it."""
    for name in ("attendances", "tenures", "meetings-known-by-day", "reported-by", "agenda"):
        for row, records in evidence[name]:
            articles = {
                address.article.rpartition("/")[2]
                for record in records
                for address in map(namespaces.parse_span, record.spans)
                if address
            }
            assert articles <= {row["article"]}, (name, row)


def test_conflict_rests_on_its_claims(evidence: dict[str, Rows]) -> None:
    """Since it has no evidence of its own."""
    for _, records in evidence["conflicts-explained"]:
        assert len(records) > 1
        assert {namespaces.kind_of(record.iri) for record in records} == {"claim"}
        assert all(record.spans for record in records)


def test_fact_rests_on_the_testimonies_to_its_property(evidence: dict[str, Rows]) -> None:
    """Only the articles that support this fact are cited, not all that report the thing."""
    for row, records in evidence["articles-that-agree"]:
        addresses = [namespaces.parse_span(span) for record in records for span in record.spans]
        assert len({address.article for address in addresses if address}) == int(row["articles"]), row


@pytest.mark.parametrize(
    ("sparql", "opened"),
    [
        ("SELECT ?a WHERE { ?a ?b ?c } ORDER BY ?a", "SELECT DISTINCT * WHERE { ?a ?b ?c } "),
        ("SELECT DISTINCT ?a { ?a ?b ?c }", "SELECT DISTINCT * { ?a ?b ?c }"),
        (
            "SELECT ?a (COUNT(?b) AS ?n) FROM <urn:g> WHERE { ?a ?b ?c } GROUP BY ?a HAVING (COUNT(?b) > 1)",
            "SELECT DISTINCT * FROM <urn:g> WHERE { ?a ?b ?c } ",
        ),
        (
            "SELECT ?a WHERE { { SELECT DISTINCT ?a WHERE { ?a ?b ?c } ORDER BY ?a } }",
            "SELECT DISTINCT * WHERE { { SELECT * WHERE { ?a ?b ?c }  } }",
        ),
        (
            "SELECT ?a WHERE { { SELECT ?a (MAX(?b) AS ?m) WHERE { ?a ?p ?b } GROUP BY ?a } }",
            "SELECT DISTINCT * WHERE { { SELECT ?a (MAX(?b) AS ?m) WHERE { ?a ?p ?b } GROUP BY ?a } }",
        ),
        (
            "SELECT (IF(EXISTS { ?a ?b 1 }, 1, 2) AS ?x) WHERE { ?a ?b ?c } LIMIT 3 VALUES ?a { 1 }",
            "SELECT DISTINCT * WHERE { ?a ?b ?c }  VALUES ?a { 1 }",
        ),
        (
            "SELECT ?a { ?a ?b ?c . SERVICE SILENT <urn:s> { SELECT ?c { ?c ?d ?e } } ?e ?f ?g }",
            "SELECT DISTINCT * { ?a ?b ?c .  ?e ?f ?g }",
        ),
    ],
)
def test_query_with_all_variables(sparql: str, opened: str) -> None:
    """Without the clauses that group, order or limit the solutions, except in an inner query that counts.

    Other endpoints are not called.
    """
    assert row_evidence.with_all_variables(sparql) == opened


@pytest.mark.parametrize(
    ("name", "values"),
    [
        *((name, {}) for name in ("attendances", "attendances-of-a-meeting", "posts-on-day", "statements")),
        ("tenures", {}),
        ("holders-of-a-post", {"post": "post:foreign-minister-armenia"}),
        ("representatives-of-a-state", {"state": "state:armenia"}),
        ("who-in-role", {"role": "ckg:attendee"}),
    ],
)
def test_a_row_that_shows_what_a_conflict_is_about_leads_to_it(
    graph: Graph, questions: dict[str, Question], name: str, values: dict[str, str]
) -> None:
    question = questions[name]
    if values:
        question = replace(question, sparql=bind_texts(question, values))
    rows = _evidence(graph, question)
    shown = [row for row, _ in rows if "Ara Ayvazyan" in row.values()]
    assert shown
    assert _with_conflict(graph, rows) == shown


@pytest.mark.parametrize("day", ["2024-03-15", "2024-06-21", "2024-06-22", "2026-11-29"])
def test_a_row_of_several_records_leads_to_the_conflict_about_most_of_them(
    graph: Graph, questions: dict[str, Question], day: str
) -> None:
    question = questions["members-on-day"]
    sparql = bind_texts(question, {"body": "body:csto", "day": day})
    found = {
        row["state"]: row_evidence.disputes_of(graph, records)
        for row, records in _evidence(graph, replace(question, sparql=sparql))
    }
    assert found.pop("Armenia") == [f"{namespaces.ID}conflict/armenia-standing"]
    assert set(map(tuple, found.values())) == {()}


def test_a_row_that_only_names_somebody_leads_to_no_conflict_about_them(
    graph: Graph, evidence: dict[str, Rows]
) -> None:
    for name in ("meetings-held", "names-printed", "counts"):
        assert not _with_conflict(graph, evidence[name]), name


def _with_conflict(graph: Graph, rows: Rows) -> list[dict[str, str]]:
    """Return the rows that lead to the conflict on whether somebody was acting."""
    acting = f"{namespaces.ID}conflict/ayvazyan-acting"
    return [row for row, records in rows if acting in row_evidence.disputes_of(graph, records)]
