"""The front page and the lists count in one way, and say what is no reported fact."""

import re
from pathlib import Path

import pyoxigraph as ox
import pytest
from werkzeug.test import Client, TestResponse

from cstokg import namespaces
from cstokg.web.content import news
from cstokg.web.content.graph import Graph
from cstokg.web.content.meetings import read_meetings
from site_client import BROWSER, links, words


@pytest.fixture(scope="module")
def front(client: Client) -> TestResponse:
    """Return the front page."""
    return client.get("/", headers=BROWSER)


def test_a_meeting_that_is_only_announced_is_called_so_once(client: Client) -> None:
    assert "announced) announced" not in words(client.get("/browse/meeting", headers=BROWSER))


def test_the_front_page_counts_the_questions_that_are_answered_here(client: Client) -> None:
    tests = Path(__file__).parent
    asked = len([*tests.parent.glob("queries/*.rq")])
    answered = len([*tests.glob("answers/*.csv")])
    words_of_page = words(client.get("/", headers=BROWSER))
    assert f"{asked} saved questions" in words_of_page
    assert f"{answered} of them answered here" in words_of_page


def test_the_front_page_links_the_questions_about_a_day(front: TestResponse) -> None:
    assert {"/questions/members-on-day", "/questions/holder-on-day"} <= set(links(front))


def test_the_front_page_says_how_many_meetings_were_held(front: TestResponse) -> None:
    assert "7 meetings and 1 other gathering held, 3 more announced" in words(front)
    for counted in (
        "87 statements, 4 of them recorded twice (as said and as passed on)",
        "22 documents, 5 of them only announced or expected",
        "14 states named",
        "of them the editors’ conclusions",
    ):
        assert counted in words(front)
    assert "Committee of Secretaries of Security Councils" in words(front)


def test_statements_are_counted_in_one_way_or_it_is_said_what_counts(client: Client) -> None:
    counted = "87 statements, 4 of them recorded twice (as said and as passed on)"
    assert counted in words(client.get("/browse/statement", headers=BROWSER))
    assert "The numbers count records" in words(client.get("/browse", headers=BROWSER))


def test_meetings_are_counted_in_one_way_everywhere(client: Client, front: TestResponse) -> None:
    """A plan that the editors conclude to be a meeting held, or another plan, does not count again."""
    held = "7 meetings and 1 other gathering held"
    assert f"{held}, 3 more announced" in words(front)
    for path in ("/figures/timeline", "/browse/meeting"):
        said = words(client.get(path, headers=BROWSER))
        assert f"{held}, from 2010 to 2024, and announce 3 more" in said
        concluded = "as the editors conclude that they are for meetings already counted."
        assert f"2 announcements are not counted, {concluded}" in said
    announced = client.get("/announced", headers=BROWSER).text
    assert re.search(r'<h2 id="meetings">Meetings <span class="count">3</span>', announced)
    again = "Also announced as CSTO Collective Security Council, announced to follow the ministers' meeting"
    assert again in words(client.get("/announced", headers=BROWSER))


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("/browse/document", "Political statements of the ministers (expected)"),
        ("/browse/document", "Draft decisions connected with the Collective Security Council's session of"),
        ("/browse/action", "Approving several draft decisions (expected)"),
        ("/browse/presidency", "CSTO presidency of Kazakhstan, 2012 (announced)"),
        ("/search?q=adopting+political+statements", "Adopting political statements cite (expected)"),
        ("/page/article/almaty-2024", "Adopting political statements "),
        ("/page/article/almaty-2024", " cite action (expected)"),
        ("/announced", "Event, intended, connected with CSTO presidency of Kazakhstan, 2012"),
    ],
)
def test_lists_mark_what_is_not_reported_as_a_fact(client: Client, path: str, shown: str) -> None:
    assert shown in words(client.get(path, headers=BROWSER))


def test_lists_do_not_repeat_what_a_name_says_or_what_is_a_fact(client: Client) -> None:
    shown = words(client.get("/browse/document", headers=BROWSER))
    assert "Statement on extending the START-3 Treaty (" not in shown
    shown = words(client.get("/browse/meeting", headers=BROWSER))
    assert "announced for Almaty, 21 June 2024 (announced)" not in shown
    assert "dated 28 November 2024 (announced)" in shown or "for 28 November 2024" in shown


def test_meetings_are_listed_in_order_of_time(client: Client, graph: Graph) -> None:
    listed = re.findall(
        r'<li><a href="/page/(meeting/[^"]+)"', client.get("/browse/meeting", headers=BROWSER).text
    )
    assert listed == [row.iri.removeprefix(namespaces.ID) for row in read_meetings(graph)]
    assert listed[0] == "meeting/2010-12-csc"


def test_pages_are_light(client: Client) -> None:
    for path in ("/", "/conflicts", "/announced"):
        assert len(client.get(path, headers={**BROWSER, "Accept-Encoding": "gzip"}).data) < 60_000


def test_terms_that_the_queries_name_are_in_the_ontology(graph: Graph) -> None:
    """A term that is misspelt would find nothing, and the page would say that there is no news."""
    text = Path(news.__file__).read_text(encoding="utf-8")
    for name in sorted(set(re.findall(r"\b(?:ckg|modality|rank):[A-Za-z-]+", text))):
        assert str(ox.NamedNode(namespaces.expand(name)))
        assert namespaces.expand(name) in graph.catalogue, name


def test_a_gathering_of_no_organ_is_not_listed_as_a_meeting(client: Client) -> None:
    """The sentence above the list does not count it as one."""
    shown = words(client.get("/browse/meeting", headers=BROWSER))
    assert (
        "Reception by the President of Tajikistan before the meeting of 19 May 2021 other gathering, held"
        in shown
    )
    assert "CSTO Council of Foreign Ministers, Dushanbe, 19 May 2021 held meeting" in shown
