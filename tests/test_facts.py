"""The facts about an entity and the sections of its page: in which order, how worded, and each told once."""

import re
from pathlib import Path

import pyoxigraph as ox
import pytest
from werkzeug.test import Client

from cstokg import namespaces
from cstokg.engine.engine import Engine
from cstokg.web.content import testimonies
from cstokg.web.content.graph import Graph
from site_client import BROWSER, words

_REPEATING = (
    "meeting/2024-06-21-cfm",
    "person/lavrov-sergey",
    "body/csto",
    "organ/crrf",
    "outlet/ria-novosti",
    "event/andijon-2005",
    "action/almaty-2018-afghanistan",
    "agenda-item/almaty-2018-afghanistan",
    "document/almaty-2018-treaty-1994",
    "membership/armenia-cst-1992",
    "attendance/2011-05-31-cfm-delegates",
    "claim/almaty-2024-armenia-full-member",
    "statement/almaty-2018-governors-helicopters",
    "place/tajik-afghan-border",
    "article/almaty-2024",
)


def test_json_ld_in_the_page_is_the_entity(client: Client) -> None:
    """It parses, and says what the page says."""
    page = client.get("/page/person/lavrov-sergey", headers=BROWSER).text
    found = re.search(r'(?s)<script type="application/ld\+json">(.*?)</script>', page)
    assert found
    triples = list(ox.parse(found[1], format=ox.RdfFormat.JSON_LD))
    assert {triple.subject for triple in triples} == {ox.NamedNode(f"{namespaces.ID}person/lavrov-sergey")}
    assert ox.NamedNode(f"{namespaces.CKG}ForeignMinister") in [triple.object for triple in triples]


def test_expected_is_not_attended(client: Client) -> None:
    """Mirzoyan was not expected in Almaty: neither his state's page nor his post's lists him as there."""
    for page in ("state/armenia", "post/foreign-minister-armenia"):
        text = client.get(f"/page/{page}", headers=BROWSER).text
        attended = text[text.index('id="attendances') : text.index('id="expected-to-be-absent"')]
        assert "ayvazyan-ara" in attended
        assert "mirzoyan-ararat" not in attended
        assert "mirzoyan-ararat" in text[text.index('id="expected-to-be-absent"') :]


def test_what_was_done_after_a_meeting_is_listed_with_what_was_done_at_it(client: Client) -> None:
    text = client.get("/page/meeting/2021-05-19-cfm", headers=BROWSER).text
    done = text[text.index('id="what-was-done"') :].split("</section>")[0]
    assert "dushanbe-2021-decisions-signing" in done
    assert "dushanbe-2021-decisions-approval" in done


def test_only_meetings_are_called_meetings(client: Client) -> None:
    """Disorders on a state's territory stand apart."""
    text = client.get("/page/state/kazakhstan", headers=BROWSER).text
    meetings, _, others = text.partition('id="other-events-on-its-territory"')
    assert "event/zhanaozen-2011" not in meetings[meetings.index('id="meetings-on-its-territory"') :]
    assert "event/zhanaozen-2011" in others


def test_acting_minister_is_called_so(client: Client) -> None:
    """At the tenure. Without an acting holder the table has no column for it."""
    found = words(client.get("/page/person/ayvazyan-ara", headers=BROWSER))
    assert "Minister of Foreign Affairs of Armenia acting known in office on 19 May 2021" in found
    assert " As When" not in words(client.get("/page/person/lavrov-sergey", headers=BROWSER))


def test_state_shows_the_suspensions_of_its_memberships(client: Client) -> None:
    """A suspension points at the membership, and the membership at the state."""
    text = words(client.get("/page/state/armenia", headers=BROWSER))
    suspended = "Suspension of Armenia's participation in the CSTO"
    assert f"{suspended} Nikol Pashinyan: Armenia is suspending its participation in the CSTO." in text
    text = words(client.get("/page/state/uzbekistan", headers=BROWSER))
    assert "Uzbekistan returns to the CSTO, 2006" in text


def test_what_is_announced_of_a_meeting_is_worded_as_a_plan(client: Client) -> None:
    announced = words(client.get("/page/meeting/2024-06-21-cfm", headers=BROWSER))
    assert "to be held in Almaty" in announced
    assert "to be chaired by Kazakhstan" in announced
    held = words(client.get("/page/meeting/2018-06-11-cfm", headers=BROWSER))
    assert "to be held" not in held
    assert "held in Almaty" in held


def test_statements_of_a_person_are_in_the_order_of_the_text(client: Client) -> None:
    """So that one follows from another."""
    text = words(client.get("/page/person/lavrov-sergey", headers=BROWSER))
    first, second = "The terrorist group Islamic State", "NATO's mission in Afghanistan"
    assert text.index(first) < text.index(second)


def test_incoming_facts_are_folded_with_counts(client: Client) -> None:
    """By property and class."""
    page = client.get("/page/state/armenia", headers=BROWSER).text
    assert re.search(r"<summary>[^<]+ · [^<]+<span class=\"count\">\d+</span></summary>", page)


@pytest.mark.parametrize(
    "path",
    [
        "/page/attendance/2021-05-19-cfm-ayvazyan-ara",
        "/page/meeting/2021-05-19-cfm",
        "/page/person/ayvazyan-ara",
        "/page/post/foreign-minister-armenia",
        "/page/state/armenia",
        "/page/statement/dushanbe-2021-ayvazyan-border",
    ],
)
def test_acting_is_shown_wherever_somebody_attends_or_speaks(client: Client, path: str) -> None:
    """The graph prefers that he was acting. All pages but the state's link the case where accounts differ."""
    said = words(client.get(path, headers=BROWSER))
    assert "Minister of Foreign Affairs of Armenia (acting)" in said or "Ara Ayvazyan acting" in said
    assert "Ayvazyan: minister or acting minister?" in said or path == "/page/state/armenia"


def test_nobody_else_is_called_acting(client: Client) -> None:
    said = words(client.get("/page/meeting/2021-05-19-cfm", headers=BROWSER))
    assert set(re.findall(r"Affairs of (\w+) \(acting\)", said)) == {"Armenia"}


@pytest.mark.parametrize(
    ("path", "section", "fact"),
    [
        ("/page/person/lavrov-sergey", "Attendances", "attended"),
        ("/page/person/lavrov-sergey", "Posts held", "has held post"),
        ("/page/meeting/2021-05-19-cfm", "What was discussed", "discussed"),
        ("/page/state/armenia", "Memberships", "is or was a member of"),
    ],
)
def test_the_facts_do_not_repeat_what_a_section_tells(
    client: Client, path: str, section: str, fact: str
) -> None:
    text = client.get(path, headers=BROWSER).text
    assert f">{section} <" in text
    assert not re.search(rf'<th scope="row">(?:<a[^>]*>)?<bdi>{fact}<', text)


@pytest.mark.parametrize(
    ("meeting", "headings"),
    [
        ("2018-06-11-cfm", ["Agenda", "What was discussed 5"]),
        ("2011-05-31-cfm", ["What was discussed 6"]),
        ("2011-12-19-joint", ["Agenda", "What was discussed 3"]),
        ("2024-06-21-cfm", ["What is to be discussed 4"]),
    ],
)
def test_an_agenda_is_only_what_an_article_calls_one(
    client: Client, meeting: str, headings: list[str]
) -> None:
    """The number of its items is listed apart from what was discussed."""
    page = client.get(f"/page/meeting/{meeting}", headers=BROWSER).text
    found = (" ".join(re.sub("<[^>]+>", "", text).split()) for text in re.findall(r"(?s)<h2.*?</h2>", page))
    assert [text for text in found if "genda" in text or "discussed" in text] == headings
    agenda = page.partition('<h2 id="agenda"')[2].partition("</section>")[0]
    numbers = re.findall(r'data-label="Items">\D*(\d+)', agenda)
    assert bool(numbers) == ("Agenda" in headings)


def _facts(page: str) -> dict[str, str]:
    """Return the cells of the table of facts by the words before them."""
    table = page.partition('id="facts"')[2].partition("</section>")[0]
    rows = re.findall(r'(?s)<th scope="row">(.*?)</th>\s*<td>(.*?)</td>', table)
    return {re.sub(r"<[^>]+>", "", name): cell for name, cell in rows}


@pytest.mark.parametrize("page", _REPEATING)
def test_facts_do_not_say_which_article_reports_them(client: Client, page: str) -> None:
    """The table of what each article says does."""
    text = client.get(f"/page/{page}", headers=BROWSER).text
    assert "reported in" not in _facts(text)
    assert 'id="testimony"' in text


@pytest.mark.parametrize("page", _REPEATING)
def test_what_every_article_says_alike_is_a_fact_and_no_column(client: Client, page: str) -> None:
    text = client.get(f"/page/{page}", headers=BROWSER).text
    table = text.partition('id="testimony"')[2].partition("</table>")[0]
    heads = re.findall(r'<th scope="col">(.*?)</th>', table)
    assert not {"presented as", "according to"} & {*_facts(text)} & {head.lower() for head in heads}
    assert not re.search(r"<th scope=\"col\">According to</th>", table) or "/statement/" in table


def test_what_a_section_lists_is_no_fact(client: Client) -> None:
    """The founding of a body is among its changes, and an attendee is a participant."""
    assert "resulted from" not in _facts(client.get("/page/body/cst", headers=BROWSER).text)
    facts = _facts(client.get("/page/attendance/2011-05-31-cfm-delegates", headers=BROWSER).text)
    assert "attendee" in facts
    assert "participant" not in facts


@pytest.mark.parametrize("page", ["meeting/2021-05-19-cfm", "presidency/kazakhstan-csto-2012"])
def test_the_inverse_of_a_fact_is_not_told_again(client: Client, page: str) -> None:
    text = client.get(f"/page/{page}", headers=BROWSER).text
    assert {"before", "after"} & {*_facts(text)}
    assert not re.search(r"<summary>(?:before|after) ·", text)


@pytest.mark.parametrize(
    ("step", "year"), [("presidency/belarus-csto-2011", 2011), ("suspension/uzbekistan-cst-1999", 2006)]
)
def test_what_lasted_ended_by_a_day_and_did_not_happen_by_it(client: Client, step: str, year: int) -> None:
    said = words(client.get(f"/page/{step}", headers=BROWSER))
    assert f"when: ended by the end of {year}" in said


def test_what_has_no_day_comes_last_in_a_table(client: Client) -> None:
    text = client.get("/page/state/armenia", headers=BROWSER).text
    table = text.partition('id="changes-of-membership"')[2].partition("</table>")[0]
    days = [re.sub(r"<[^>]+>", "", cell) for cell in re.findall(r'<td data-label="When">(.*?)</td>', table)]
    assert days
    assert any(days)
    assert days == [day for day in days if day] + [day for day in days if not day]


def test_outlet_that_alone_tells_of_a_deed_is_named(client: Client) -> None:
    page = words(client.get("/page/meeting/2018-06-11-cfm", headers=BROWSER))
    row = page[page.index("Discussion of foreign policy coordination and of security consider") :][:300]
    assert "reported fact Kazinform" in row


def test_change_of_membership_says_how_it_is_presented(client: Client) -> None:
    page = words(client.get("/page/state/armenia", headers=BROWSER))
    changes = page[page.index("Changes of membership") :]
    assert re.search(
        r"Permanent withdrawal of Armenia from the CSTO, .{,90} expected Nikol Pashinyan", changes
    )


def test_an_organ_that_only_the_editors_know_is_marked(client: Client) -> None:
    """In the table of facts and in its footnote; one that the article names is not."""
    page = words(client.get("/page/meeting/2024-06-06-cssc", headers=BROWSER))
    named = "meeting of CSTO Committee of Secretaries of Security Councils (the editors’ knowledge)"
    assert named in page
    cited = client.get("/cite/meeting/2024-06-06-cssc.txt?property=ckg:meetingOf").text
    assert f"{named}. TASS, 21 June 2024 (date not printed in full), sentence 15" in cited
    assert "knowledge" not in client.get("/cite/meeting/2024-06-06-cssc.txt?property=ckg:heldIn").text
    assert "knowledge)" not in words(client.get("/page/meeting/2018-06-11-cfm", headers=BROWSER))


def test_plans_are_not_headed_as_deeds(client: Client) -> None:
    """And they name the speakers or outlets that are the article's only source."""
    plan = words(client.get("/page/meeting/2024-06-21-cfm", headers=BROWSER))
    assert "What is planned" in plan
    assert "What was done" not in plan
    assert "According to" in plan
    row = plan[plan.index("Adopting political statements adopt") :][:200]
    assert "expected Ministry of Foreign Affairs of Kazakhstan" in row
    held = words(client.get("/page/meeting/2024-06-06-cssc", headers=BROWSER))
    assert "What was done" in held
    assert "or is planned" not in held
    told = words(client.get("/page/meeting/2018-06-11-cfm", headers=BROWSER))
    assert "What was done, as reported" in told
    assert "or is planned" not in told


def test_statements_of_one_sentence_are_counted_once_more(client: Client) -> None:
    assert re.search(
        r"Statements 16, from \d+ sentences", words(client.get("/page/person/lavrov-sergey", headers=BROWSER))
    )


def test_a_start_bounded_only_by_another_record_is_shown_as_not_given(client: Client) -> None:
    found = words(client.get("/page/state/uzbekistan", headers=BROWSER))
    assert "by 28 June 2012; start not given" in found
    assert "by 28 June 2012; day not given" in found
    assert "1 January 2006 and 28" not in found


def test_the_way_of_a_statement_can_be_cited_and_is_told_once(client: Client) -> None:
    """Each part of it has its evidence and a footnote to copy."""
    text = client.get("/page/statement/almaty-2018-lavrov-actions", headers=BROWSER).text
    assert not {"speaker", "in the post of", "said at", "reported in"} & {*_facts(text)}
    way = text.partition('<ol class="way">')[2].partition("</ol>")[0]
    for name in ("ckg:speaker", "ckg:inCapacityOf", "ckg:statedAt", "ckg:reportedIn"):
        assert f"property={name.replace(':', '%3A')}" in way, name
    assert "/span/" in way


def test_each_way_of_presenting_has_the_evidence_and_the_speaker_of_its_own_testimonies(
    client: Client,
) -> None:
    """The list of members is the article's own; that Armenia is still one is the view of the Secretariat."""
    page = client.get("/page/membership/armenia-csto-2024", headers=BROWSER).text
    row = page.partition(">presented as<")[2].partition("</tr>")[0]
    values = re.findall(r"<li>(.*?)</li>", row, re.DOTALL)
    assert [re.findall(r"/span/([0-9-]+)", value) for value in values] == [["1393-1490"], ["3097-3203"]]
    opinion, fact = (" ".join(re.sub(r"<[^>]+>", "", value).split()) for value in values)
    assert opinion.startswith("opinion (according to CSTO Secretariat) evidence")
    assert fact.startswith("reported fact evidence")


def test_only_what_no_article_says_itself_is_asserted_by_the_speaker(tmp_path: Path) -> None:
    """It does not matter who else speaks of the record."""
    (tmp_path / "data.ttl").write_text(
        """\
        PREFIX ckg: <https://w3id.org/csto-kg/ontology#>
        PREFIX modality: <https://w3id.org/csto-kg/id/concept/modality/>
        BASE <https://w3id.org/csto-kg/id/>
        <membership/own> ckg:modality modality:reported-fact ; ckg:accordingTo <statement/s> ;
            ckg:hasTestimony <membership/own/testimony/1> , <membership/own/testimony/2> .
        <membership/own/testimony/1> ckg:modality modality:reported-fact .
        <membership/own/testimony/2> ckg:modality modality:reported-fact ; ckg:accordingTo <statement/s> .
        <membership/said> ckg:modality modality:reported-fact ; ckg:accordingTo <statement/s> ;
            ckg:hasTestimony <membership/said/testimony/1> .
        <membership/said/testimony/1> ckg:modality modality:reported-fact ; ckg:accordingTo <statement/s> .
        """,
        encoding="utf-8",
    )
    graph = Graph(Engine.from_files([tmp_path / "data.ttl"]))
    said = {
        step
        for step in ("own", "own/testimony/1", "own/testimony/2", "said", "said/testimony/1")
        if testimonies.modality_in_words(
            graph, f"{namespaces.ID}membership/{step}", testimonies.REPORTED_FACT
        )
        == "asserted by the speaker"
    }
    assert said == {"own/testimony/2", "said", "said/testimony/1"}
