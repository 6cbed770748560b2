"""What docs/changes.md says is so: its terms, its query, and where old addresses lead."""

import re
from pathlib import Path

from rdflib import DCTERMS, RDF, URIRef

from cstokg import namespaces
from cstokg.build.sources import Sources
from cstokg.engine.engine import Engine

PAGE = (Path(__file__).parents[1] / "docs" / "changes.md").read_text(encoding="utf-8")
ANSWERS = sorted((Path(__file__).parent / "answers").glob("*.csv"))
NAME = re.compile(r"\b(?:ckg|action-kind|basis|event-kind|rank|record-kind|statement-form):[A-Za-z][\w-]*")
GONE = {
    name
    for row in re.findall(r"^\| (.*?) \|", PAGE.split("## Terms that are gone")[1].split("\n## ")[0], re.M)
    for name in NAME.findall(row)
}


def test_terms_of_this_version_exist_and_those_called_gone_do_not(sources: Sources) -> None:
    ontology = sources.ontology()
    unknown = {
        name
        for name in NAME.findall(PAGE)
        if (URIRef(namespaces.expand(name)), RDF.type, None) not in ontology
    }
    assert len(GONE) > 8
    assert unknown == GONE


def test_query_has_an_answer(engine: Engine) -> None:
    (query,) = re.findall(r"^```sparql\n(.*?)^```", PAGE, re.M | re.S)
    assert len(engine.query(query, "text/csv").text.splitlines()) > 1


def test_old_addresses_lead_to_things_that_are_described(sources: Sources) -> None:
    merged = sources.merged()
    replaced = dict(merged.subject_objects(DCTERMS.isReplacedBy))
    assert len(replaced) > 100
    assert [old for old in replaced if (old, RDF.type, None) in merged] == []
    assert [new for new in replaced.values() if (new, RDF.type, None) not in merged] == []


def test_columns_of_answers_are_those_that_the_page_names() -> None:
    """Each answer that the page names has the new columns, and none of the old ones."""
    table = PAGE.split("## Columns of saved questions")[1].split("\n## ")[0]
    rows = [[*map(str.strip, row.strip("|").split("|"))] for row in re.findall(r"^\| `.*$", table, re.M)]
    assert len(rows) > 10
    headers = {path.stem: path.read_text(encoding="utf-8").splitlines()[0].split(",") for path in ANSWERS}
    for old, new, where in rows:
        names, asked = (re.findall(r"`(\w+)`", cell) for cell in (old, new))
        answers = re.findall(r"`([\w-]+)`", where) or [
            stem for stem in headers if set(asked) <= {*headers[stem]}
        ]
        assert answers
        for answer in answers:
            assert set(asked) <= set(headers[answer]), (answer, new)
            assert not set(names) - set(asked) & set(headers[answer]), (answer, old)
