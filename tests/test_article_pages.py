"""The page of an article says how much of it is in the graph, sentence by sentence, and without its words."""

import re
from collections.abc import Iterator

import pytest
from werkzeug.test import Client

from cstokg import article_text, namespaces
from cstokg.engine.engine import Engine
from cstokg.release import Release
from cstokg.web import article_pages
from cstokg.web.article_pages import CitedRecord
from cstokg.web.catalogue import Term
from cstokg.web.graph import Description
from site_client import BROWSER, create_app, words

ARTICLE = f"{namespaces.ID}article/exampleville-2031"


@pytest.fixture(scope="module")
def client(release: Release) -> Iterator[Client]:
    """A client of the pages about the release; the texts are not there."""
    with create_app(Engine.from_release(release.folder), release=release).test_client() as client:
        yield client


def row(number: int, place: int, *spans: str, is_claim: bool = False) -> CitedRecord:
    """A record that rests on spans."""
    iris = tuple(f"{ARTICLE}/span/{span}" for span in spans)
    return CitedRecord(place, f"record-{number}", f"urn:{number}", is_claim, iris, ())


def described(**places: str) -> Description:
    """An article with some places, and furniture from 40 to 50."""
    description = Description(ARTICLE)
    for name, values in places.items():
        for value in values.split():
            description.triples[ARTICLE][f"{namespaces.CKG}{name}"][Term(value, "literal")] = None
    description.triples[ARTICLE][f"{namespaces.CKG}furniture"][Term(f"{ARTICLE}/span/40-50", "uri")] = None
    return description


def test_sentences_are_paired_in_order_of_place() -> None:
    """The graph keeps sets; numbers are compared as numbers."""
    description = described(sentenceStart="100 0 9", sentenceEnd="8 150 99")
    assert article_pages.sentences(description, ARTICLE) == [(0, 8), (9, 99), (100, 150)]


@pytest.mark.parametrize(
    ("starts", "ends", "found"),
    [("0 x", "9", [(0, 9)]), ("0 20", "9", [(0, 9)]), ("10", "9", []), ("", "", [])],
)
def test_broken_sentences_are_left_out(starts: str, ends: str, found: list[article_text.Range]) -> None:
    """Other data than ours may be served."""
    assert article_pages.sentences(described(sentenceStart=starts, sentenceEnd=ends), ARTICLE) == found


def test_each_sentence_leads_to_the_nearest_record() -> None:
    """To the first that begins in it, else to the nearest, else to a claim; furniture leads nowhere."""
    description = described(sentenceStart="0 10 20 30 40", sentenceEnd="9 19 29 39 50")
    rows = [
        row(1, 1, "0-9", "20-29", is_claim=True),
        row(2, 1, "0-9", "10-12"),
        row(3, 1, "0-9"),
        row(4, 2, "10-12"),
    ]
    measured = article_pages.measure_coverage(description, rows)
    cells = article_pages.sentence_cells(measured, rows)
    assert [(cell.standing, cell.anchor, cell.records) for cell in cells] == [
        ("covered", "record-2", 3),
        ("not covered", "record-4", 2),
        ("covered", "record-1", 1),
        ("not covered", "", 0),
        ("page furniture", "", 0),
    ]
    assert measured.percent == 50


@pytest.mark.parametrize(
    ("article", "said"),
    [
        ("almaty-2024", "100 % : 24 of 24 sentences are covered; 3 more are furniture of the page"),
        ("minsk-2011", "100 % : 22 of 22 sentences are covered."),
        ("dushanbe-2021", "100 % : 21 of 21 sentences are covered."),
    ],
)
def test_page_tells_the_coverage(client: Client, article: str, said: str) -> None:
    """In figures and, for each sentence, in words; every number leads to a place on the page."""
    response = client.get(f"/page/article/{article}", headers=BROWSER)
    assert said in words(response)
    strip = response.text[response.text.index('class="strip"') : response.text.index('id="said"')]
    assert strip.count("<li") == len(re.findall(r": (?:covered|page furniture)</span>", strip)) > 20
    leading = re.findall(r'href="#([^"]+)"', strip)
    assert len(leading) > 20
    assert all(f'id="{anchor}"' in response.text for anchor in leading)


def test_records_stand_at_their_sentences(client: Client) -> None:
    """By number, though the text is not there."""
    page = client.get("/page/article/almaty-2024", headers=BROWSER).text
    said = page[page.index('id="said"') : page.index('id="claims"')]
    places = [int(place) for place in re.findall(r"sentence </span>(\d+)", said)]
    assert places == sorted(places)
    assert len(places) > 30
    assert max(places) <= 27


def test_record_stands_where_most_of_it_is_told(client: Client) -> None:
    """A tenure that needs the date line too stands where the post is printed."""
    page = client.get("/page/article/almaty-2024", headers=BROWSER).text
    found = re.search(
        r'sentence </span>(\d+)</span>\s*<div><p><a href="[^"]*/tenure/peskov-dmitry[^"]*"', page
    )
    assert found
    assert int(found[1]) > 1
