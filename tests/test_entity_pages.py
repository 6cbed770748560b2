"""Every IRI answers: with a page for people, with data for programs, and with help where there is nothing."""

import html
import re
from collections.abc import Iterator
from pathlib import Path

import pyoxigraph as ox
import pytest
from werkzeug.test import Client

from cstokg import article_text, formats, namespaces
from cstokg.engine.engine import Engine
from cstokg.web.content import display, periods
from site_client import BROWSER, create_app, links, words

LAVROV = "/page/person/lavrov-sergey"
PERSON = ox.NamedNode(f"{namespaces.ID}person/lavrov-sergey")


@pytest.mark.parametrize(
    ("accept", "location"),
    [
        (BROWSER["Accept"], LAVROV),
        ("text/turtle", "/data/person/lavrov-sergey.ttl"),
        ("application/ld+json;q=0.9, text/html;q=0.1", "/data/person/lavrov-sergey.jsonld"),
        ("text/csv", "/data/person/lavrov-sergey.csv"),
        ("text/csv; header=present", "/data/person/lavrov-sergey.csv"),
        ("text/html, image/gif, */*", LAVROV),
        ("*/*", "/data/person/lavrov-sergey.ttl"),
    ],
)
def test_iri_leads_to_what_the_client_takes(client: Client, accept: str, location: str) -> None:
    """By 303 See Other, with a Vary header for caches."""
    response = client.get("/id/person/lavrov-sergey", headers={"Accept": accept})
    assert (response.status_code, response.headers["Location"]) == (303, location)
    assert "Accept" in response.vary


def test_unavailable_format_of_an_iri_is_refused(client: Client) -> None:
    """The message lists what there is."""
    response = client.get("/id/person/lavrov-sergey", headers={"Accept": "image/png"})
    assert response.status_code == 406


@pytest.mark.parametrize(
    ("item", "page"), [("Q58217", LAVROV), ("Q159", "/page/state/russia"), ("Q318693", "/page/body/csto")]
)
def test_wikidata_item_leads_to_the_page(client: Client, item: str, page: str) -> None:
    """Also from an item that is only close, where no other entity is linked with it."""
    response = client.get(f"/wikidata/{item}")
    assert (response.status_code, response.headers["Location"]) == (303, page)


@pytest.mark.parametrize("item", ["Q42", "Q0", "q58217", "P31", "Q58217%3E", "Q58217.ttl", "Q" + "9" * 99])
def test_other_wikidata_item_is_a_problem(client: Client, item: str) -> None:
    response = client.get(f"/wikidata/{item}", headers={"Accept": "application/json"})
    assert (response.status_code, response.mimetype) == (404, formats.PROBLEM)
    assert client.get(f"/wikidata/{item}", headers=BROWSER).status_code == 404


@pytest.mark.parametrize("row", formats.ENTITY_FORMATS.values(), ids=lambda row: str(row.extension))
def test_data_says_the_same_in_every_format(client: Client, row: formats.Format) -> None:
    """The suffix chooses; the name of the person is in each."""
    response = client.get(f"/id/person/lavrov-sergey.{row.extension}", follow_redirects=True)
    assert response.mimetype == row.media_type
    if row.extension == "csv":
        assert "Sergey Lavrov" in response.text
        return
    triples = list(ox.parse(response.data, format=ox.RdfFormat.from_media_type(row.media_type)))
    label = ox.Literal("Sergey Lavrov", language="en")
    assert any((triple.subject, triple.object) == (PERSON, label) for triple in triples)
    holder = ox.NamedNode(f"{namespaces.CKG}holder")
    assert any((triple.predicate, triple.object) == (holder, PERSON) for triple in triples)


def test_page_of_a_person(client: Client) -> None:
    """Names, links, posts, attendances, statements, and how to cite it all."""
    response = client.get(LAVROV, headers=BROWSER)
    text = words(response)
    for expected in (
        "Sergey Lavrov",
        "Сергей Лавров",
        "Sergei Lavrov",
        "Minister of Foreign Affairs of Russia",
        "known in office on 19 May 2021",
        "CSTO Council of Foreign Ministers, Dushanbe, 19 May 2021",
        "See the query",
        "https://w3id.org/csto-kg/id/person/lavrov-sergey",
        "version 0.3.0 of 30 November 2026",
    ):
        assert expected in text
    assert "http://www.wikidata.org/entity/Q58217" in links(response)
    assert '<https://w3id.org/csto-kg/id/person/lavrov-sergey>; rel="canonical"' in response.headers["Link"]
    assert '</data/person/lavrov-sergey.ttl>; rel="alternate"; type="text/turtle"' in response.headers["Link"]


def test_data_leads_to_the_page(client: Client) -> None:
    link = client.get("/data/person/lavrov-sergey.ttl").headers["Link"]
    assert '<https://w3id.org/csto-kg/id/person/lavrov-sergey>; rel="describes"' in link
    assert '</page/person/lavrov-sergey>; rel="alternate"; type="text/html"' in link


def test_every_record_leads_to_its_evidence(client: Client) -> None:
    """The marks are links to spans, numbered in the order of the page, and listed at its end."""
    response = client.get("/page/meeting/2021-05-19-cfm", headers=BROWSER)
    spans = [address for address in links(response) if "/span/" in address]
    assert "/page/article/dushanbe-2021/span/190-278" in spans
    numbers = [int(number) for number in re.findall(r"evidence </span>(\d+)</a>", response.text)]
    assert list(dict.fromkeys(numbers)) == list(range(1, max(numbers) + 1))
    assert response.text.count('<li value="') == max(numbers)


@pytest.mark.parametrize("path", ["attendance/2021-05-19-cfm-ayvazyan-ara", "meeting/2021-05-19-cfm"])
def test_acting_is_shown_with_the_passage_that_says_it(client: Client, path: str) -> None:
    """The passage that names who came calls him minister; another one calls him acting."""
    page = client.get(f"/page/{path}", headers=BROWSER).text
    (row,) = (row for row in re.findall(r"(?s)<tr>.*?</tr>", page) if "(acting)" in row)
    assert "characters 3170–3224" in row


@pytest.mark.parametrize(
    ("path", "title", "count"),
    [
        ("body/csto", "States named as members", "7"),  # of which articles report 13 memberships
        ("meeting/2021-05-reception-rahmon", "Who attended", "8"),  # one of them in two posts
        ("meeting/2011-05-31-cfm", "Who attended", "1 person, 4 groups"),
        ("meeting/2024-06-21-cfm", "Expected to be absent", "1 person, 1 state"),
        ("post/foreign-minister-russia", "Holders", "1"),
        ("person/lavrov-sergey", "Posts held", "1"),
        ("person/lavrov-sergey", "Attendances", "3"),
    ],
)
def test_a_section_counts_what_its_title_names(client: Client, path: str, title: str, count: str) -> None:
    """States and people once each, and not the records of them."""
    page = client.get(f"/page/{path}", headers=BROWSER).text
    assert f'>{title} <span class="count">{count}</span></h2>' in page
    assert f'>{title}</a> <span class="count">{count}</span></li>' in page or "On this page" not in page


@pytest.mark.parametrize(
    ("person", "named"),
    [
        ("ayvazyan-ara", "acting Minister of Foreign Affairs of Armenia, 2021"),
        ("lavrov-sergey", "Minister of Foreign Affairs of Russia, 2018, 2021, 2024"),
        ("martynov-sergey", "Minister of Foreign Affairs of Belarus, 2011"),
    ],
)
def test_a_person_has_a_post_only_with_its_years(client: Client, person: str, named: str) -> None:
    """An article named them so then; no article says that they still hold it."""
    for path in (f"/page/person/{person}", f"/explore?iri=person:{person}", "/browse/person"):
        response = client.get(path, headers=BROWSER)
        assert f"named as {named} " in words(response), path
        assert not re.search(r'class="(kind|quiet)">(<[^>]+>)*foreign minister', response.text), path


def test_claim_says_in_words_what_is_claimed(client: Client) -> None:
    """Before the triple."""
    text = words(client.get("/page/claim/almaty-2024-armenia-suspended", headers=BROWSER))
    assert "Armenia is suspending its participation." in text


def test_statement_tells_how_the_words_came_here(client: Client) -> None:
    """Who said it first, who relayed it, through whom, and who printed it."""
    text = words(client.get("/page/statement/almaty-2018-lavrov-helicopters", headers=BROWSER))
    way = text[text.index("How the statement reached the article") : text.index("Facts")]
    order = ("provincial governors", "Sergey Lavrov", "relayed it", "TASS reported it", "published it")
    assert [way.index(part) for part in order] == sorted(way.index(part) for part in order)


def test_article_marks_what_no_other_reports(client: Client) -> None:
    """And names the others where they do."""
    response = client.get("/page/article/almaty-2024", headers=BROWSER)
    said = response.text[response.text.index('id="said"') : response.text.index('id="claims"')]
    assert 'class="alone"' in said
    assert "also in" in said


def test_conflict_shows_both_sides(client: Client) -> None:
    """Each with its article and what the editors make of it, and their note; in a reader's words."""
    text = words(client.get("/page/conflict/founding-year", headers=BROWSER))
    for expected in (
        "The CSTO was founded in Tashkent in 1992.",
        "The CSTO was set up in 2002.",
        "Accepted by the editors",
        "Not accepted",
        "two bodies",
    ):
        assert expected in text
    for word in ("preferred", "As a triple", "rank"):
        assert word not in text


def test_a_claim_is_called_by_its_paraphrase(client: Client) -> None:
    """In lists and links; its own page is headed by the article, over the paraphrase."""
    assert "The CSTO was founded in Tashkent in 1992" in words(client.get("/browse/claim", headers=BROWSER))
    page = client.get("/page/claim/almaty-2018-founding-csto", headers=BROWSER)
    assert re.search(r"Unnamed outlet, 11 June 2018 or later ?: a claim", words(page))
    assert "resulting body ·" not in words(page)


def test_evidence_without_the_text_says_where_to_look(client: Client) -> None:
    """The hash of the text file, the place, and what rests on it."""
    text = words(client.get("/page/article/almaty-2024/span/1179-1293", headers=BROWSER))
    assert "Where to look" in text
    assert "read the code points from 1179 up to, not including, 1293" in text
    assert "Armenia is suspending its participation in the CSTO." in text


def test_evidence_with_the_text_shows_the_sentence(reader: Client, articles: Path) -> None:
    """And compares the hash of the words."""
    if (
        article_text.find(articles, "eda78575b1adc65da538fff5a5ee449309449ad8dcc310676367822f13c263f7")
        is None
    ):
        pytest.skip("the text of almaty-2024 is not among the articles' texts")
    page = reader.get("/page/article/almaty-2024/span/1179-1293", headers=BROWSER).text
    assert page.count("<mark>") == 1
    assert "matches the record" in page
    assert "Where to look" not in page
    assert "Sentence 10. The hash" in page


@pytest.mark.parametrize("kind", display.read().orders["figure"])
def test_named_things_lead_to_what_is_around_them(client: Client, kind: str) -> None:
    """To the entity's page in Explore, and to the figure of its neighbourhood."""
    listed = links(client.get(f"/browse/{kind}", headers=BROWSER))
    page = client.get(next(link for link in listed if link.startswith(f"/page/{kind}/")), headers=BROWSER)
    title = re.search(r"<h1>(.*?)</h1>", page.text)
    assert title
    for stem in ("/explore?iri=", "/figures/neighbourhood?entity="):
        (link,) = [link for link in links(page) if link.startswith(stem)]
        response = client.get(link, headers=BROWSER)
        assert response.status_code == 200
        assert re.sub("<[^>]+>", "", title[1]) in response.text


def test_records_have_no_figure(client: Client) -> None:
    """Only what has a name of its own stands in the middle of one."""
    page = client.get("/page/tenure/lavrov-sergey-foreign-minister-russia-2021", headers=BROWSER)
    assert not [link for link in links(page) if link.startswith(("/explore?", "/figures/"))]


def test_unknown_iri_gets_the_nearest_names(client: Client) -> None:
    """As a page, and for programs as a problem."""
    page = client.get("/id/person/lavrow-sergei", headers=BROWSER)
    assert page.status_code == 404
    assert LAVROV in links(page)
    problem = client.get("/id/person/lavrow-sergei", headers={"Accept": "text/turtle"})
    assert problem.status_code == 404
    assert problem.mimetype == "application/problem+json"
    assert problem.get_json()["nearest"][0] == f"{namespaces.ID}person/lavrov-sergey"
    for suffix in (".ttl", ".doc", ""):
        problem = client.get(f"/data/person/lavrow-sergei{suffix}")
        assert problem.get_json()["nearest"][0] == f"{namespaces.ID}person/lavrov-sergey", suffix
    graphs = client.get("/page/graph/articles/minsk-2012", headers=BROWSER)
    assert "/page/graph/articles/minsk-2011" in links(graphs)


def test_data_without_a_suffix_say_which_there_are(client: Client) -> None:
    """The entity exists, and nothing says in which format."""
    problem = client.get("/data/person/lavrov-sergey")
    assert problem.status_code == 404
    assert ".ttl" in problem.get_json()["detail"]


DATA = """\
@prefix ckg: <https://w3id.org/csto-kg/ontology#> .
@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix person: <https://w3id.org/csto-kg/id/person/> .
person:old dcterms:isReplacedBy person:new .
person:new a ckg:Person ; skos:prefLabel "</script><b>New</b>"@en , "\\u202Eevil"@ar ;
    ckg:refersTo <javascript:alert(1)> , <data:text/html,x> , <https://example.org/a%22b> .
"""


@pytest.fixture
def hostile(tmp_path: Path) -> Iterator[Client]:
    """Yield a client of pages about malicious data."""
    path = tmp_path / "data.ttl"
    path.write_text(DATA, encoding="utf-8")
    with create_app(Engine.from_files([path])).test_client() as client:
        yield client


@pytest.mark.parametrize(
    ("address", "accept", "location"),
    [
        ("/id/person/old", BROWSER["Accept"], "/page/person/new"),
        ("/id/person/old", "text/turtle", "/data/person/new.ttl"),
        ("/id/person/old.jsonld", BROWSER["Accept"], "/data/person/new.jsonld"),
        ("/page/person/old", BROWSER["Accept"], "/page/person/new"),
        ("/data/person/old.nt", "*/*", "/data/person/new.nt"),
        ("/cards/page/person/old.png", "image/*", "/cards/page/person/new.png"),
    ],
)
def test_superseded_iri_leads_on_to_what_was_asked_for(
    hostile: Client, address: str, accept: str, location: str
) -> None:
    """For good: to a page for people, and to data for programs."""
    response = hostile.get(address, headers={"Accept": accept})
    assert (response.status_code, response.headers["Location"]) == (301, location)
    assert "Accept" in response.headers["Vary"] or not address.startswith("/id/")


@pytest.mark.parametrize(
    ("address", "location"),
    [
        ("/id/person/new/testimony/x", "/data/person/new.ttl"),
        ("/data/person/new/testimony/x.ttl", "/data/person/new.ttl"),
        ("/page/person/new/testimony/x", "/page/person/new#testimony"),
    ],
)
def test_a_testimony_leads_to_its_subject(hostile: Client, address: str, location: str) -> None:
    response = hostile.get(address, headers={"Accept": "text/turtle"})
    assert (response.status_code, response.headers["Location"]) == (303, location)


def test_markup_in_the_data_is_text(hostile: Client) -> None:
    """In the title, in the facts, and in the JSON-LD; only web addresses become links."""
    response = hostile.get("/page/person/new", headers=BROWSER)
    assert "<b>New" not in response.text
    assert response.text.count("</script>") == 2
    assert not [address for address in links(response) if address.startswith(("javascript:", "data:"))]
    assert "javascript:alert(1)" in words(response)
    assert '<bdi lang="ar">' in response.text


def test_unchanged_page_is_not_sent_again(client: Client) -> None:
    """The tag is known before the page is made."""
    first = client.get(LAVROV, headers=BROWSER)
    again = client.get(LAVROV, headers={**BROWSER, "If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert "max-age" in first.headers["Cache-Control"]
    assert "Set-Cookie" not in first.headers
    assert first.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    "address",
    [
        *(LAVROV, "/", "/about/changes", "/announced", "/conflicts", "/explore", "/figures/topics"),
        *("/questions/attendances", "/search?q=Lavrov", "/search?q=zzzz", "/sparql"),
        *("/statements?state=russia&year=2021", "/statements?topic=afghanistan", "/statements?topic=nothing"),
    ],
)
def test_addresses_stay_below_the_path_of_a_proxy(client: Client, address: str) -> None:
    page = client.get(address, headers=BROWSER, environ_overrides={"SCRIPT_NAME": "/kg"}).text
    ours = re.findall(r' (?:action|data-[a-z]+|href|src)="(/[^"]*)"', page)
    assert [other for other in ours if not other.startswith("/kg/")] == []


def test_page_shows_how_long_several_memberships_or_presidencies_lasted(client: Client) -> None:
    text = client.get("/page/state/kazakhstan", headers=BROWSER).text
    bars = dict(
        re.findall(r'<h2 id="([a-z]+)">(?:(?!<h2).)*?<div class="bars"(.*?)class="years"', text, re.DOTALL)
    )
    assert bars.keys() == {"memberships", "presidencies"}
    assert bars["presidencies"].count("<span>Collective Security Treaty Organization</span>") == 2
    assert all('class="maybe"' in chart for chart in bars.values())


@pytest.mark.parametrize(
    ("path", "is_said"),
    [
        ("/page/statement/almaty-2018-lavrov-helicopters", True),
        ("/page/suspension/armenia-csto-2024", True),
        ("/page/meeting/2021-05-19-cfm", False),
    ],
)
def test_what_a_speaker_says_is_asserted_by_the_speaker(client: Client, path: str, is_said: bool) -> None:
    """And what an article says itself is a reported fact."""
    said = words(client.get(path, headers=BROWSER))
    assert ("asserted by the speaker" in said) == is_said
    assert ("reported fact" in said) != is_said


@pytest.mark.parametrize("path", ["/page/statement/almaty-2018-lavrov-helicopters", "/conflicts"])
def test_sources_are_called_by_outlet_and_day(client: Client, path: str) -> None:
    said = words(client.get(path, headers=BROWSER))
    assert "Unnamed outlet, 11 June 2018 or later" in said
    assert not re.search(r"(?<!/)\balmaty-2018(?![-/])", said)


def test_a_preview_of_a_statement_says_whose_words_it_shows_and_where_they_are_from(client: Client) -> None:
    """A headline that begins with a name would else be taken for a quotation."""
    text = client.get("/page/statement/almaty-2024-pashinyan-suspension", headers=BROWSER).text
    shown = html.unescape(re.findall(r'property="og:description" content="([^"]+)"', text)[0])
    assert shown == "In the editors' words, not a quotation. Source: TASS, 21 June 2024."


def test_what_an_article_says_is_in_words(client: Client, engine: Engine) -> None:
    """Each property that a testimony supports has words of its own, which are not the term's label."""
    table = engine.query("SELECT DISTINCT ?p WHERE { ?t ckg:supports ?p }", "text/csv").text
    supported = set(table.split()[1:]) - {namespaces.expand(bound) for bound in periods.BOUNDS}
    assert len(supported) > 50
    assert supported <= display.read().matters.keys()
    says = words(client.get("/page/event/andijon-2005", headers=BROWSER)).partition("What each article says")[
        2
    ]
    assert "what it is, of what kind, who did it, against whom, where, on which topic" in says
    assert "when: May 2005" in says


def test_an_article_prints_its_publisher_once(client: Client) -> None:
    text = words(client.get("/page/article/almaty-2024", headers=BROWSER))
    assert "publisher TASS" in text
    assert "Published by" not in text
    assert "language English" in text


@pytest.mark.parametrize("page", ["rule/almaty-2018-sessions", "record/moscow-2011-voice-of-russia"])
def test_the_heading_of_a_remark_does_not_repeat_its_paraphrase(client: Client, page: str) -> None:
    """It says which article makes it."""
    text = client.get(f"/page/{page}", headers=BROWSER).text
    heading = re.sub(r"<[^>]+>", "", text.partition("<h1>")[2].partition("</h1>")[0])
    assert re.fullmatch(r".+ 201[18].*: a (?:rule|remark)", heading)


def test_kind_without_a_class_has_no_stray_dot(client: Client) -> None:
    assert (
        '<p class="kind"><a href="/browse/scheme">'
        in client.get("/page/scheme/event-kind", headers=BROWSER).text
    )


def test_every_missing_page_says_the_same(client: Client) -> None:
    """Whatever its address, it says so in the same words and leads on."""
    for address in ("/nothing-here", "/page/person/nobody", "/figures/nothing", "/about/changes?new=nothing"):
        page = client.get(address, headers=BROWSER)
        assert page.status_code == 404
        assert "Page not found" in words(page)
        assert "/browse" in links(page)
        assert "URL" not in words(page)


def test_a_held_meeting_says_that_no_article_names_its_chair(client: Client) -> None:
    assert "chaired by no article says" in words(client.get("/page/meeting/2024-06-06-cssc", headers=BROWSER))
    for step in ("meeting/2021-05-19-cfm", "meeting/2024-06-21-cfm", "person/lavrov-sergey"):
        assert "no article says" not in words(client.get(f"/page/{step}", headers=BROWSER))


def test_a_statement_has_its_paraphrase_for_a_heading(client: Client) -> None:
    page = client.get("/page/statement/almaty-2018-lavrov-air-space", headers=BROWSER)
    assert '<h1><bdi>Sergey Lavrov</bdi>: <bdi lang="en">NATO forces and the United States' in page.text
    assert "said it, on a day that no article gives" in words(page)
    conclusion = words(page).partition("The editors' conclusion 1")[2].partition("What each article")[0]
    assert "Lavrov spoke of Afghan airspace after the Almaty meeting of 11 June 2018" in conclusion


def test_who_will_not_attend_is_named_beside_a_group_only_by_the_article_that_expects_it(
    tmp_path: Path,
) -> None:
    data = tmp_path / "data.ttl"
    data.write_text(
        """PREFIX ckg: <https://w3id.org/csto-kg/ontology#>
        BASE <https://w3id.org/csto-kg/id/>
        <meeting/m> a ckg:Meeting , ckg:AnnouncedMeeting .
        <expected-attendance/g> a ckg:ExpectedAttendance ; ckg:atMeeting <meeting/m> ;
          ckg:participant <group/g> ; ckg:reportedIn <article/a> .
        <expected-absence/one> a ckg:ExpectedAbsence ; ckg:atMeeting <meeting/m> ;
          ckg:participant <person/one> ; ckg:reportedIn <article/a> .
        <expected-absence/again> a ckg:ExpectedAbsence ; ckg:atMeeting <meeting/m> ;
          ckg:participant <person/one> ; ckg:reportedIn <article/a> .
        <expected-absence/two> a ckg:ExpectedAbsence ; ckg:atMeeting <meeting/m> ;
          ckg:participant <person/two> ; ckg:reportedIn <article/b> .
        <person/one> a ckg:Person . <person/two> a ckg:Person . <group/g> a ckg:Group .
        """
    )
    client = create_app(Engine.from_files([data], "union")).test_client()
    text = words(client.get("/page/meeting/m", headers=BROWSER))
    found = re.search("According to the same article, (.*?) will not attend", text)
    assert found
    assert found[1].count("person/one") + found[1].count("person:one") == 1
    assert "two" not in found[1]


def test_page_of_a_meeting_that_is_only_announced_says_so_first(client: Client) -> None:
    """And which meeting it is by conclusion; a group is expected without those who will not attend."""
    text = words(client.get("/page/meeting/2024-06-21-cfm", headers=BROWSER))
    first = text[: text.index(" Facts ")]
    assert "Not confirmed. No article reports whether this meeting was held, or who came." in first
    absent = "According to the same article, Armenia and Ararat Mirzoyan will not attend; a group named here"
    assert absent in text
    plan = words(client.get("/page/meeting/2011-h2-cfm-plan", headers=BROWSER))
    assert "the editors conclude that it was held as Joint session" in plan[: plan.index(" Facts ")]
    presumed = words(client.get("/page/meeting/2011-h2-csc-plan", headers=BROWSER))
    assert "The editors conclude that it is CSTO Collective Security Council" in presumed
    held = words(client.get("/page/meeting/2018-06-11-cfm", headers=BROWSER))
    assert "Not confirmed" not in held
    assert "will not attend" not in held


def test_numbers_of_evidence_are_in_order(client: Client) -> None:
    text = client.get("/page/meeting/2024-06-21-cfm", headers=BROWSER).text
    rows = [
        [int(number) for number in re.findall(r"evidence </span>(\d+)</a>", marks)]
        for marks in text.split('<span class="marks">')[1:]
    ]
    assert max(map(len, rows)) > 2
    assert rows == [sorted(row) for row in rows]
