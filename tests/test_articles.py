"""The page of an article says how much of it is in the graph, sentence by sentence, and without its words."""

import csv
import io
import re
from collections import Counter
from pathlib import Path

import pytest
from werkzeug.test import Client

from cstokg import article_text, namespaces
from cstokg.article_text import ArticleTexts
from cstokg.engine.engine import Engine
from cstokg.release import Release
from cstokg.web.content import articles, footnotes, passages
from cstokg.web.content.articles import CitedRecord
from cstokg.web.content.catalogue import Catalogue, Term
from cstokg.web.content.graph import Description, Graph
from cstokg.web.site import Site
from site_client import BROWSER, words

ARTICLE = f"{namespaces.ID}article/exampleville-2031"


def row(number: int, place: int, *spans: str, is_claim: bool = False) -> CitedRecord:
    """Return a record that rests on spans."""
    iris = tuple(f"{ARTICLE}/span/{span}" for span in spans)
    return CitedRecord(place, f"record-{number}", f"urn:{number}", is_claim, iris, ())


def described(**places: str) -> Description:
    """Return an article with some places, and furniture from 40 to 50."""
    description = Description(ARTICLE)
    for name, values in places.items():
        for value in values.split():
            description.triples[ARTICLE][f"{namespaces.CKG}{name}"][Term(value, "literal")] = None
    description.triples[ARTICLE][f"{namespaces.CKG}furniture"][Term(f"{ARTICLE}/span/40-50", "uri")] = None
    return description


def test_sentences_are_paired_in_order_of_place() -> None:
    """The graph has no order, so starts and ends are sorted as numbers."""
    description = described(sentenceStart="100 0 9", sentenceEnd="8 150 99")
    assert articles.sentences(description, ARTICLE) == [(0, 8), (9, 99), (100, 150)]


@pytest.mark.parametrize(
    ("starts", "ends", "found"),
    [("0 x", "9", [(0, 9)]), ("0 20", "9", [(0, 9)]), ("10", "9", []), ("", "", [])],
)
def test_broken_sentences_are_left_out(starts: str, ends: str, found: list[article_text.Range]) -> None:
    """Data that no shape has checked can be served too."""
    assert articles.sentences(described(sentenceStart=starts, sentenceEnd=ends), ARTICLE) == found


def test_each_sentence_leads_to_the_nearest_record() -> None:
    """To the first that begins in it, else to the nearest, else to a claim; furniture leads nowhere."""
    description = described(sentenceStart="0 10 20 30 40", sentenceEnd="9 19 29 39 50")
    rows = [
        row(1, 1, "0-9", "20-29", is_claim=True),
        row(2, 1, "0-9", "10-12"),
        row(3, 1, "0-9"),
        row(4, 2, "10-12"),
    ]
    measured = articles.measure_coverage(description, rows)
    cells = articles.sentence_cells(measured, rows)
    assert [(cell.standing, cell.anchor, cell.records) for cell in cells] == [
        ("covered", "record-2", 3),
        ("covered in part", "record-4", 2),
        ("covered", "record-1", 1),
        ("not covered", "", 0),
        ("page furniture", "", 0),
    ]
    assert measured.percent == 50


@pytest.mark.parametrize(
    ("article", "said"),
    [
        ("almaty-2024", "100 % : 24 of 24 sentences are covered; 3 more are page furniture"),
        ("minsk-2011", "100 % : 22 of 22 sentences are covered."),
        ("dushanbe-2021", "100 % : 21 of 21 sentences are covered."),
        ("moscow-2011", "100 % : 24 of 24 sentences are covered; 3 more are page furniture"),
    ],
)
def test_page_tells_the_coverage(client: Client, article: str, said: str) -> None:
    """In figures and, for each sentence, in words; every number leads to a place on the page."""
    response = client.get(f"/page/article/{article}", headers=BROWSER)
    assert said in words(response)
    strip = response.text[response.text.index('class="strip"') : response.text.index('id="said"')]
    assert (
        strip.count("<li")
        == len(re.findall(r": (?:covered|covered in part|page furniture)</span>", strip))
        > 20
    )
    leading = re.findall(r'href="#([^"]+)"', strip)
    assert len(leading) > 20
    assert all(f'id="{anchor}"' in response.text for anchor in leading)


def test_page_and_question_agree_on_which_sentences_are_not_covered(client: Client) -> None:
    """The question counts a sentence that is covered in part among those covered at least in part."""
    for row in csv.DictReader(io.StringIO(client.get("/questions/coverage.csv").text)):
        page = client.get(f"/page/article/{row['article']}", headers=BROWSER).text
        standings = Counter(re.findall(r'(?m)^ *<li class="(covered|covered-in-part|not-covered)">', page))
        assert standings["not-covered"] == int(row["left"])
        assert standings["covered"] + standings["covered-in-part"] == int(row["touched"])


def said_by_sentence(client: Client, article: str) -> dict[int, str]:
    """Return the part of the page for each sentence, without the claims."""
    page = client.get(f"/page/article/{article}", headers=BROWSER).text
    said = page[page.index('id="said"') : page.index('id="claims"')]
    parts = said.split('<li id="sentence-')[1:]
    return {int(part.partition('"')[0]): part for part in parts}


def test_records_stand_at_their_sentences(client: Client) -> None:
    """By the sentence's number, also without the text; positions of characters replace the words."""
    parts = said_by_sentence(client, "almaty-2024")
    assert list(parts) == list(range(1, 28))
    assert all(re.search(r"characters \d+–\d+", part) for part in parts.values())
    assert sum(part.count('<li id="record-') for part in parts.values()) > 30


def test_every_sentence_names_the_records_that_rest_on_it(client: Client) -> None:
    """Either the whole record or a link to it, except for sentences that are furniture of the page."""
    for part in said_by_sentence(client, "almaty-2024").values():
        assert 'id="record-' in part or 'href="#record-' in part or "Page furniture" in part


def test_record_stands_where_it_is_told(client: Client) -> None:
    """A tenure that needs the date line too stands where the post is printed."""
    parts = said_by_sentence(client, "almaty-2024")
    (number,) = (
        number for number, part in parts.items() if re.search(r'<p><a href="[^"]*/tenure/peskov-dmitry', part)
    )
    assert number > 1


def test_record_stands_where_its_main_span_begins() -> None:
    """Not at the one that fewer records cite."""
    description = described(sentenceStart="0 60", sentenceEnd="59 80")
    for name, spans in (("one", ("0-50", "62-70")), ("two", ("0-50",))):
        iri = f"{namespaces.ID}statement/{name}"
        description.pointing[namespaces.expand("ckg:reportedIn")][iri] = None
        for span in spans:
            term = Term(f"{ARTICLE}/span/{span}")
            description.triples[iri][namespaces.expand("ckg:evidence")][term] = None
    entries = {
        Term(iri).value: {namespaces.expand("rdf:type"): [Term(namespaces.expand("ckg:Statement"))]}
        for iri in description.incoming("ckg:reportedIn")
    }
    at_first = articles.cited_records(description, Catalogue(entries), lambda _, spans: spans[0])
    at_last = articles.cited_records(description, Catalogue(entries), lambda _, spans: spans[-1])
    assert [(row.iri.rpartition("/")[2], row.place) for row in at_first] == [("one", 1), ("two", 1)]
    assert [(row.iri.rpartition("/")[2], row.place) for row in at_last] == [("two", 1), ("one", 2)]


def test_records_stand_beside_the_sentence_that_tells_them(release: Release, articles: Path) -> None:
    """Not beside one that shares only the names in their labels."""
    site = Site(Engine.from_release(release.folder), release=release, texts=ArticleTexts(articles))
    evidence = footnotes.evidence(site.graph)
    for name, article, number in (
        ("event/nato-us-awareness-of-helicopters-2018", "almaty-2018", 14),  # as Lavrov's words about them
        ("event/islamic-state-fighters-into-afghanistan-2018", "almaty-2018", 7),
        ("action/moscow-2011-put-off", "moscow-2011", 5),  # the sentence with the number
        ("membership/uzbekistan-csto-2006", "almaty-2018", 22),
        ("tenure/ayvazyan-ara-foreign-minister-armenia-2021", "dushanbe-2021", 16),
    ):
        iri = f"{namespaces.ID}article/{article}"
        spans = footnotes.spans_in_article(evidence[namespaces.ID + name], iri)
        main = namespaces.parse_span(site.main_span(namespaces.ID + name, spans))
        assert main
        ends = [end for _, end in passages.sentence_ranges(site.graph)[iri]]
        assert next(at for at, end in enumerate(ends, 1) if main.start < end) == number, name


@pytest.mark.parametrize(
    ("article", "known", "mark"),
    [
        ("almaty-2018", True, True),
        ("almaty-2024", True, True),
        ("dushanbe-2021", False, False),
        ("moscow-2011", True, True),
        # Its year follows from what it prints.
        ("minsk-2011", False, True),
    ],
)
def test_a_day_that_an_article_does_not_print_in_full_is_marked(
    client: Client, graph: Graph, article: str, known: bool, mark: bool
) -> None:
    """On its page, in its footnotes, and in the sources of a figure."""
    page = client.get(f"/page/article/{article}", headers=BROWSER)
    facts = words(page).split("Facts")[1].split("How much of it")[0]
    assert ("(the editors’ knowledge)" in facts.split("title")[0]) == known
    footnote = client.get(f"/cite/article/{article}.txt").text
    assert ("(date not printed in full)" in footnote) == mark
    caption = words(client.get("/figures/timeline", headers=BROWSER)).split("Sources: ")[1]
    name = articles.references(graph)[f"{namespaces.ID}article/{article}"].name
    assert (f"{name}*" in caption) == mark
    assert "* Date not printed in full." in caption


def test_article_without_a_publisher_says_so(client: Client) -> None:
    """On its page and on those of its spans."""
    for path in ("/page/article/almaty-2018", "/page/article/almaty-2018/span/0-151"):
        said = words(client.get(path, headers=BROWSER))
        assert "o publisher is printed" in said or "with no publisher printed" in said
        assert " by ," not in said
