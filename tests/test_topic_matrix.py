"""The topic matrix: its counts are those of the statements to which it leads."""

from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from werkzeug.test import Client

from cstokg import namespaces
from cstokg.engine.engine import Engine
from cstokg.web.content.graph import Graph
from figure_client import SVG, entries, inline, page, rows
from site_client import create_app


def test_the_counts_of_topics_are_those_of_a_query(client: Client, graph: Graph) -> None:
    told = {
        (row["Topic (IRI)"], row["State spoken for (IRI)"]): int(row["Statements"])
        for row in rows(client, "/figures/topics?by=state")
    }
    assert told[f"{namespaces.ID}concept/topic/afghanistan", f"{namespaces.ID}state/russia"] == 7
    asked = graph.select(
        "SELECT ?topic ?speaker (COUNT(DISTINCT ?s) AS ?n) "
        "WHERE { ?s a ckg:Statement ; ckg:topic ?topic ; ckg:speaker ?speaker } GROUP BY ?topic ?speaker"
    )
    by_speaker = {
        (row["Topic (IRI)"], row["Speaker (IRI)"]): row["Statements"]
        for row in rows(client, "/figures/topics")
    }
    for row in asked:
        assert by_speaker[row["topic"].value, row["speaker"].value] == row["n"].value


@pytest.mark.parametrize(
    "query",
    [
        *("", "?state=russia", "?topic=afghanistan&from=2018", "?by=article&until=2021"),
        *("?by=state&from=2018&until=2021", "?by=year&from=2012&until=2017"),
    ],
)
def test_a_cell_leads_to_as_many_statements_as_it_counts(client: Client, query: str) -> None:
    for image in inline(page(client, f"/figures/topics{query}")):
        for link in _cells(image)[:12]:
            number = (link.get("aria-label") or "").rpartition(" ")[2]
            assert f'id="found">{number} statement' in page(client, link.get("href", ""))


def test_years_outside_those_asked_for_are_not_counted(tmp_path: Path) -> None:
    """Also if a statement may be of several years, some of which are outside."""
    data = tmp_path / "data.ttl"
    data.write_text(
        """PREFIX ckg: <https://w3id.org/csto-kg/ontology#>
        PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
        <https://w3id.org/csto-kg/id/statement/one> a ckg:Statement ;
          ckg:topic <https://w3id.org/csto-kg/id/concept/topic/peace> ;
          ckg:startNotBefore "2010-05-01"^^xsd:date ; ckg:endNotAfter "2013-02-01"^^xsd:date .
        <https://w3id.org/csto-kg/id/statement/two> a ckg:Statement ;
          ckg:topic <https://w3id.org/csto-kg/id/concept/topic/peace> ; ckg:onDate "2010-06-01"^^xsd:date .
        """
    )
    client = create_app(Engine.from_files([data])).test_client()
    told = rows(client, "/figures/topics?by=year&from=2012")
    assert [row["Year said"] for row in told] == ["2012", "2013"]
    (image,) = inline(page(client, "/figures/topics?from=2012"))
    (cell,) = _cells(image)
    assert "year=2012&year=2013" in cell.get("href", "")
    assert 'id="found">1 statement' in page(client, cell.get("href", ""))


@pytest.mark.parametrize("by", ["speaker", "state", "article", "year"])
def test_the_drawing_and_the_list_show_every_count(client: Client, by: str) -> None:
    told = sorted(row["Statements"] for row in rows(client, f"/figures/topics?by={by}"))
    text = page(client, f"/figures/topics?by={by}")
    (image,) = inline(text)
    numbers = [one.text for link in _cells(image) for one in link if "number" in one.get("class", "")]
    assert sorted(filter(None, numbers)) == told
    assert sorted(entry.words for entry in entries(text)) == told


def _cells(image: ET.Element) -> list[ET.Element]:
    found = [link for link in image.iter(f"{SVG}a") if link.find(f"{SVG}rect[@class='cell']") is not None]
    assert found
    return found


@pytest.mark.parametrize(
    ("query", "headline"),
    [
        (
            "",
            "7 of them by Sergey Lavrov; with narrower topics 19, 10 of them by Sergey Lavrov<",
        ),
        ("by=state", "16 statements, "),
        ("topic=afghanistan&state=russia", "statements for Russia on Afghanistan, "),
        (
            "state=uzbekistan",
            "Membership is the most frequent topic of the statements for Uzbekistan: 3 statements",
        ),
        ("from=2018&until=2018", "of the statements in 2018: "),
        ("topic=afghanistan", "19 statements on Afghanistan, "),
        ("from=2030", "No statement fits"),
    ],
)
def test_the_headline_says_of_which_statements_it_speaks(client: Client, query: str, headline: str) -> None:
    assert headline in page(client, f"/figures/topics?{query}")


def test_a_statement_that_is_passed_on_counts_once_in_the_headline(client: Client, graph: Graph) -> None:
    """The cells have it for both speakers, and the note says so."""
    rows_of = graph.select(
        "SELECT (COUNT(DISTINCT ?s) AS ?n) WHERE { ?s a ckg:Statement ; ckg:topic topic:afghanistan "
        "FILTER NOT EXISTS { ?other ckg:relays ?s } }"
    )
    text = page(client, "/figures/topics")
    assert f": {rows_of[0]['n'].value} statements, 7 of them" in text
    assert "4 statements are in the cells twice, as said and as passed on by another speaker" in text


def test_where_topics_are_equally_frequent_the_headline_names_all_or_none(client: Client) -> None:
    text = page(client, "/figures/topics?state=belarus")
    numbers = [int(row["Statements"]) for row in rows(client, "/figures/topics?state=belarus")]
    if numbers.count(max(numbers)) > 1:
        assert "are the most frequent topics of the statements for Belarus" in text
