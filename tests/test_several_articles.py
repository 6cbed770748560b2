"""Several articles on one meeting: things are described once, and each article adds its testimony."""

from pathlib import Path

import pyoxigraph as ox
import pytest
from rdflib import Graph, URIRef

import meeting_articles
from cstokg import namespaces
from cstokg.build import rdf_terms, reasoning
from cstokg.build.checks import mapping_checks, validation
from cstokg.build.sources import Sources, read
from cstokg.build.written_testimonies import HAS_TESTIMONY
from meeting_articles import ATTENDANCE, CONTRADICTION, FIRST, MEETING, NEW_ATTENDANCE, SECOND, TENURE

PREFIXES = "".join(f"PREFIX {name}: <{iri}>\n" for name, iri in namespaces.PREFIXES.items())

WHO_REPORTS_IT = """
SELECT ?article ?basis WHERE {
    <THING> ckg:hasTestimony ?testimony .
    ?testimony ckg:evidence/ckg:spanOf ?article ; ckg:basis ?basis .
} ORDER BY ?article
"""
WHICH_AGREE = """
SELECT ?property (GROUP_CONCAT(DISTINCT ?name; separator=" ") AS ?articles) WHERE {
    { SELECT DISTINCT ?property ?name WHERE {
        <THING> ckg:hasTestimony ?testimony .
        ?testimony ckg:supports ?property ; ckg:evidence/ckg:spanOf/dcterms:identifier ?name .
    } ORDER BY ?property ?name }
} GROUP BY ?property ORDER BY ?property
"""
ONLY_IN_ONE = """
SELECT DISTINCT ?thing ?property WHERE {
    ?thing ckg:hasTestimony ?testimony .
    ?testimony ckg:supports ?property ; ckg:evidence/ckg:spanOf <THING> .
    FILTER NOT EXISTS {
        ?thing ckg:hasTestimony ?other .
        ?other ckg:supports ?property ; ckg:evidence/ckg:spanOf ?article .
        FILTER (?article != <THING>)
    }
} ORDER BY ?thing ?property
"""


def ask(sources: Sources, query: str, thing: str) -> list[tuple[str, ...]]:
    """Return the rows of a query about a thing, with short names."""
    store = ox.Store()
    for s, p, o in sources.merged():
        store.add(ox.Quad(*map(rdf_terms.to_oxigraph, (s, p, o))))  # type: ignore[arg-type]
    solutions = store.query(PREFIXES + query.replace("THING", thing))
    assert isinstance(solutions, ox.QuerySolutions)
    return [
        tuple(term.value if isinstance(term, ox.Literal) else namespaces.shorten(term.value) for term in row)
        for row in solutions
    ]


def bounds(sources: Sources, thing: str) -> dict[str, str]:
    """Return the bounds of a thing itself."""
    return {
        str(predicate).rpartition("#")[2]: str(value)
        for subject, predicate, value in sources.derived
        if subject == URIRef(thing) and "Not" in str(predicate)
    }


def described(sources: Sources) -> Graph:
    """Return what is written of things, apart from testimonies, articles and spans."""
    graph = Graph(bind_namespaces="none")
    for triple in sources.data():
        kind = namespaces.kind_of(str(triple[0]))
        if kind not in {"testimony", "span", "article", "dataset", ""} and triple[1] != HAS_TESTIMONY:
            graph.add(triple)
    return graph


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Sources:
    """Return the two articles, as they are read."""
    return read(meeting_articles.write(tmp_path_factory.mktemp("both"), FIRST, SECOND)[0])


def test_second_article_touches_no_file_of_the_first(tmp_path: Path) -> None:
    root, texts = meeting_articles.write(tmp_path, FIRST)
    before = {path: path.read_bytes() for path in (root / "data" / "articles").iterdir()}
    assert len(before) == 2
    meeting_articles.add(root, texts, SECOND, meeting_articles.text_of(SECOND), meeting_articles.body(SECOND))
    assert {path: path.read_bytes() for path in before} == before
    report = validation.check(read(root), reference=False, articles=texts)
    assert [str(finding) for finding in report.findings if finding.severity == "violation"] == []


def test_who_reports_it_and_how_surely(both: Sources) -> None:
    """The second article states what the first implies; one of them is enough for a new attendance."""
    assert ask(both, WHO_REPORTS_IT, ATTENDANCE) == [
        (f"article:{FIRST}", "basis:implied"),
        (f"article:{SECOND}", "basis:stated"),
    ]
    assert ask(both, WHO_REPORTS_IT, NEW_ATTENDANCE) == [(f"article:{SECOND}", "basis:stated")]


def test_which_articles_agree(both: Sources) -> None:
    """On the place, but not on the day."""
    assert {row[0]: row[1] for row in ask(both, WHICH_AGREE, MEETING)} == {
        "ckg:heldIn": f"{FIRST} {SECOND}",
        "ckg:meetingOf": f"{FIRST} {SECOND}",
        "ckg:onDate": FIRST,
        "rdf:type": f"{FIRST} {SECOND}",
    }


def test_what_only_one_article_says(both: Sources) -> None:
    only = ask(both, ONLY_IN_ONE, f"{namespaces.ID}article/{SECOND}")
    things = {thing for thing, _ in only}
    assert things == {
        namespaces.shorten(NEW_ATTENDANCE),
        "tenure:roe-richard-foreign-minister-norland-2031",
    }
    first = ask(both, ONLY_IN_ONE, f"{namespaces.ID}article/{FIRST}")
    assert ("meeting:2031-05-14-example-council", "ckg:onDate") in first


def test_bounds_of_the_two_articles_are_joined(both: Sources) -> None:
    assert bounds(both, TENURE) == {
        "startNotBefore": "2031-01-01",
        "startNotAfter": "2031-01-31",
        "endNotBefore": "2031-05-14",
    }


def test_other_spelling_is_kept_with_its_article(both: Sources) -> None:
    printed = [(s, str(o)) for s, p, o in both.triples if str(p).endswith("#printedAs")]
    assert printed == [(URIRef(f"{namespaces.ID}person/doe-jane/testimony/{SECOND}/printedAs"), "Jayne Doe")]


def test_one_contradiction_is_one_conflict(tmp_path: Path) -> None:
    root, texts = meeting_articles.write(tmp_path, FIRST)
    body = meeting_articles.body(SECOND) + CONTRADICTION
    meeting_articles.add(root, texts, SECOND, meeting_articles.text_of(SECOND), body)
    sources = read(root)
    report = validation.check(sources, reference=False, articles=texts)
    report = mapping_checks.complete(report, sources, day="2031-05-20")
    violations = [finding for finding in report.findings if finding.severity == "violation"]
    assert [finding.constraint for finding in violations] == ["conflict"]
    assert str(violations[0].focus) == MEETING


def test_ten_articles_on_one_meeting_merge(tmp_path: Path, both: Sources) -> None:
    """Eight more, made of sentences of the two, add testimonies, and change nothing that is described."""
    root, texts = meeting_articles.write(tmp_path, FIRST, SECOND)
    made = [meeting_articles.shuffled(seed) for seed in range(8)]
    for name, text, body in made:
        meeting_articles.add(root, texts, name, text, body)
    sources = read(root)
    assert len(list((root / "data" / "articles").glob("*.ttl"))) == 10
    assert set(described(sources)) - set(described(both)) == set()
    assert set(described(both)) - set(described(sources)) == set()
    reporters = {name for name, text, _ in made if meeting_articles.SENTENCES[SECOND][1] in text}
    expected = {f"article:{name}" for name in {FIRST, SECOND, *reporters}}
    reported = {row[0] for row in ask(sources, WHO_REPORTS_IT, ATTENDANCE)}
    assert expected <= reported
    assert len(reporters) > 1
    report = validation.check(sources, reference=False, articles=texts)
    assert [str(finding) for finding in report.findings if finding.severity == "violation"] == []
    inferred = reasoning.infer_quickly(sources.merged())
    reported_in = URIRef(f"{namespaces.CKG}reportedIn")
    assert len(set(inferred.objects(URIRef(ATTENDANCE), reported_in))) == len(reported)
