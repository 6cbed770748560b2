"""The statements browser: facets in the address, counts that hold, evidence, and the same as CSV."""

import csv
import io
import re
from datetime import date
from html import unescape

import openpyxl
import pytest
from werkzeug.test import Client

from cstokg import formats, namespaces
from cstokg.engine.engine import Engine
from cstokg.web.content import facets
from cstokg.web.content.catalogue import natural
from cstokg.web.content.graph import Graph
from cstokg.web.content.passages import Passages
from cstokg.web.content.statements import Statement, read_statements

PLAIN = {"Accept-Encoding": "identity", "Accept": "text/html"}


@pytest.fixture(scope="module")
def statements(engine: Engine) -> tuple[Statement, ...]:
    """Return the statements of the release."""
    return read_statements(Graph(engine))


def lines(client: Client, query: str = "") -> list[dict[str, str]]:
    """Return the statements as CSV."""
    body = client.get(f"/statements.csv{query}").data.decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(body, newline="")))


def shown(client: Client, address: str) -> int:
    """Return the number of statements on a page."""
    text = client.get(address, headers=PLAIN).text
    found = re.search(r'id="found">(\d+) statement', text)
    assert found
    assert text.count('<blockquote class="said">') == int(found[1])
    return int(found[1])


def test_all_statements_are_there_with_their_evidence(
    client: Client, statements: tuple[Statement, ...]
) -> None:
    assert shown(client, "/statements") == len(statements) == len(lines(client)) > 0
    assert all(row.spans for row in statements)
    assert all(row["Evidence"].startswith("https://") for row in lines(client))


@pytest.mark.parametrize("name", facets.NAMES)
def test_every_choice_leads_to_as_many_statements_as_it_says(client: Client, name: str) -> None:
    text = client.get("/statements", headers=PLAIN).text
    choices = re.findall(
        rf'<li><a href="(/statements\?{name}=[^"]+)".*?<span class="count">(\d+)</span></li>', text
    )
    assert choices
    for address, number in choices:
        assert shown(client, address.replace("&amp;", "&")) == int(number), address


def test_choices_in_one_facet_widen_and_in_two_facets_narrow(client: Client) -> None:
    russia, kazakhstan = (
        shown(client, "/statements?state=russia"),
        shown(client, "/statements?state=kazakhstan"),
    )
    assert shown(client, "/statements?state=russia&state=kazakhstan") == russia + kazakhstan
    assert 0 < shown(client, "/statements?state=russia&topic=afghanistan") < russia


def test_the_other_choices_of_a_facet_keep_their_counts(client: Client) -> None:
    """Choosing one adds its statements, so the value chosen in the same facet does not narrow them."""
    text = client.get("/statements?state=russia", headers=PLAIN).text
    number = shown(client, "/statements?state=kazakhstan")
    assert number > 0
    assert re.search(rf'state=kazakhstan&amp;state=russia".*?<span class="count">{number}</span></li>', text)


def test_a_choice_can_be_taken_away(client: Client) -> None:
    text = client.get("/statements?state=russia&topic=afghanistan", headers=PLAIN).text
    assert 'href="/statements?topic=afghanistan" aria-current="true"' in text
    assert 'href="/statements?state=russia" aria-current="true"' in text


def test_the_order_of_choices_does_not_change_the_addresses(client: Client) -> None:
    one = client.get("/statements?topic=afghanistan&state=russia&nothing=1", headers=PLAIN).text
    two = client.get("/statements?state=russia&topic=afghanistan", headers=PLAIN).text
    assert one == two


def test_words_known_only_through_somebody_else_name_that_speaker(client: Client) -> None:
    relayed = "almaty-2018-ministers-stabilisation"
    row = next(row for row in lines(client) if row["Statement"].endswith(relayed))
    assert row["According to"] == "Sergey Lavrov"
    source = re.compile(r"according to <a [^>]*><bdi>Sergey Lavrov</bdi></a> · via <a [^>]*><bdi>RIA Novosti")
    listed = client.get("/statements?article=almaty-2018", headers=PLAIN).text
    assert source.search(listed.partition(f"/page/statement/{relayed}")[2].partition("</footer>")[0])
    page = client.get(f"/page/statement/{relayed}", headers=PLAIN).text
    way = page.partition('class="way"')[2].partition("</ol>")[0]
    assert way.index("ministers at Almaty") < way.index("Sergey Lavrov") < way.index("RIA Novosti")
    footnote = client.get(f"/cite/statement/{relayed}.txt").text
    assert "according to Sergey Lavrov via RIA Novosti" in footnote


def test_statements_on_narrower_topics_are_one_step_away(client: Client) -> None:
    text = client.get("/statements?topic=afghanistan", headers=PLAIN).text
    note = re.search(r'(\d+) more are on narrower topics. <a href="([^"]+)"', text)
    assert note
    address = unescape(note[2])
    assert shown(client, address) == shown(client, "/statements?topic=afghanistan") + int(note[1])
    assert "almaty-2018-lavrov-air-space" in client.get(address, headers=PLAIN).text
    assert "narrower topics" not in client.get(address, headers=PLAIN).text


def test_a_value_that_no_statement_has_is_named_and_escaped(client: Client) -> None:
    text = client.get("/statements?speaker=%3Cimg%20src=x%3E", headers=PLAIN).text
    assert "&lt;img src=x&gt;" in text
    assert "<img src=x" not in text
    assert "No statement has the speaker" in text


def test_csv_comes_by_suffix_and_by_accept(client: Client) -> None:
    by_accept = client.get("/statements?state=armenia", headers={"Accept": "text/csv"})
    assert by_accept.content_type == "text/csv; charset=utf-8"
    assert "Accept" in by_accept.vary
    assert by_accept.data == client.get("/statements.csv?state=armenia").data
    assert {row["Speaks for the state"] for row in lines(client, "?state=armenia")} == {"Armenia"}


def test_the_page_is_light(client: Client) -> None:
    assert len(client.get("/statements", headers={"Accept-Encoding": "gzip"}).data) < 60_000


def test_what_came_through_an_outlet_is_apart_from_what_it_publishes(
    client: Client, statements: tuple[Statement, ...]
) -> None:
    """One list counts an outlet for what others cite from it, the other for what it publishes."""
    tass = f"{namespaces.ID}outlet/tass"
    through = [row for row in statements if tass in (*row.values("ckg:reportedVia"), *row.told_via)]
    published = [row for row in statements if tass in row.publishers]
    assert through
    assert published
    assert shown(client, "/statements?outlet=tass") == len(through)
    assert shown(client, "/statements?publisher=tass") == len(published)


def test_no_statement_is_called_a_reported_fact(client: Client) -> None:
    assert "asserted by the speaker" in client.get("/statements", headers=PLAIN).text
    assert "reported fact" not in client.get("/statements", headers=PLAIN).text
    assert {row["Presented as"] for row in lines(client)} >= {"asserted by the speaker", "opinion"}


def test_workbook_holds_the_chosen_statements(client: Client) -> None:
    """The cells of the CSV, with days as days and years as numbers; a second sheet says what was chosen."""
    import pandas  # here: each process imports all tests, and this takes long

    response = client.get("/statements.xlsx?state=russia&year=2018")
    assert response.mimetype == formats.XLSX
    book = openpyxl.load_workbook(io.BytesIO(response.data))
    heads, *rows = book["Statements"].iter_rows(values_only=True)
    assert heads[:5] == ("The editors’ paraphrase", "Speaker", "Post", "When", "Day")
    assert heads[-3:] == ("Footnote", "Statement", "Evidence")
    expected = lines(client, "?state=russia&year=2018")
    assert [row[0] for row in rows] == [row["The editors’ paraphrase"] for row in expected]
    assert {row[heads.index("Year said, or possible")] for row in rows} == {2018}
    days = pandas.read_excel(io.BytesIO(client.get("/statements.xlsx").data))["Day"].dropna()
    assert days.dtype.kind == "M"
    about = dict(book["About"].iter_rows(values_only=True))
    assert about["Statements"] == "Speaks for the state: Russia; Year said, or possible: 2018"


def test_files_say_in_which_post_somebody_speaks(client: Client) -> None:
    """And that the post is only an acting one, as the page says."""
    posts = {row["Speaker"]: row["Post"] for row in lines(client)}
    assert posts["Sergey Lavrov"] == "Minister of Foreign Affairs of Russia"
    assert posts["Ara Ayvazyan"] == "Minister of Foreign Affairs of Armenia (acting)"
    assert posts["Kazakhstan"] == ""
    book = openpyxl.load_workbook(io.BytesIO(client.get("/statements.xlsx").data))
    assert {(row[1], row[2]) for row in book["Statements"].iter_rows(min_row=2, values_only=True)} >= {
        ("Sergey Lavrov", "Minister of Foreign Affairs of Russia"),
        ("Kazakhstan", None),
    }


def test_files_have_the_time_in_words(client: Client, statements: tuple[Statement, ...]) -> None:
    """So that an empty day explains itself."""
    by_iri = {row["Statement"]: row for row in lines(client)}
    assert {row["When"] for row in by_iri.values()} >= {"February 2024", "by 21 June 2024", "28 June 2012"}
    for statement in statements:
        undated = "undated; article of 11 June 2018 or later"
        assert by_iri[statement.iri]["When"].removesuffix(" (implied)") == (statement.when or undated)


def test_files_mark_days_and_occasions_that_are_only_implied(client: Client) -> None:
    """Also a day that is known only from such an occasion."""
    by_iri = {row["Statement"].rpartition("/")[2]: row for row in lines(client)}
    said = by_iri["almaty-2024-shoigu-situation"]
    assert (said["When"], said["Day"]) == ("6 June 2024 (implied)", "2024-06-06")
    assert said["Occasion"].endswith(", 6 June 2024 (implied)")
    assert by_iri["almaty-2024-foreign-ministry-russia-threats"]["When"] == "15 May 2024 (implied)"
    assert by_iri["almaty-2018-uzbekistan-suspension"]["When"] == "28 June 2012"
    page = client.get("/statements?year=2024").text
    assert "<b>15 May 2024 (implied)</b>" in page
    assert "<b>6 June 2024 (implied)</b>" in page
    stated = by_iri["minsk-2011-kazykhanov-tool"]
    assert stated["Occasion"]
    assert "(implied)" not in stated["Occasion"] + stated["When"]


def test_page_says_which_statements_are_there_twice(client: Client) -> None:
    assert "4 of them are here twice: as said, and as passed on by" in client.get("/statements").text
    assert "here twice" not in client.get("/statements?speaker=person/lavrov-sergey").text


def test_page_offers_files_of_what_is_chosen(client: Client) -> None:
    text = client.get("/statements?state=armenia", headers=PLAIN).text
    for suffix in formats.STATEMENT_FORMATS:
        assert f'<a href="/statements.{suffix}?state=armenia">' in text


def test_statements_of_a_year_are_those_whose_bounds_fall_into_it(
    client: Client, statements: tuple[Statement, ...]
) -> None:
    """Such as one of February 2024."""
    of_february = next(row for row in statements if "pashinyan-suspension" in row.iri)
    assert (of_february.day, of_february.years) == ("", ("2024",))
    iris = {row["Statement"] for row in lines(client, "?year=2024")}
    assert of_february.iri in iris
    assert iris == {row.iri for row in statements if "2024" in row.years}


def test_a_year_leads_to_the_statements_of_no_known_year(client: Client) -> None:
    address = "/statements?speaker=person/lavrov-sergey"
    page = client.get(f"{address}&year=2018").text
    assert "4 more are undated, in an article of 11 June 2018 or later (" in page
    assert "more are undated" not in client.get(f"{address}&year=2018&year=none").text
    assert "more are undated" not in client.get(address).text


def test_a_speaker_and_a_year_are_two_clicks_away(client: Client) -> None:
    """Both lists are open, and stand before the statements on a phone too."""
    page = client.get("/statements", headers=PLAIN).text
    first = page.split('<nav class="facets first"')[1].split("</nav>")[0]
    assert first.count("<details open>") == first.count("<details") == 2
    assert 'href="/statements?speaker=person/lavrov-sergey"' in first
    narrowed = client.get("/statements?speaker=person/lavrov-sergey", headers=PLAIN).text
    address = "/statements?speaker=person/lavrov-sergey&amp;year=2018"
    assert address in narrowed.split('<nav class="facets first"')[1].split("</nav>")[0]


def test_statements_stand_in_order_of_time(client: Client, statements: tuple[Statement, ...]) -> None:
    """Those without a day last; the other way round, and as in the articles, where that is asked for."""
    known = {row.iri: row.first_day for row in statements}

    def days(query: str) -> list[date | None]:
        return [known[row["Statement"]] for row in lines(client, query)]

    dated = [day for day in days("") if day]
    assert dated == sorted(dated)
    assert len(set(dated)) > 5
    assert days("") == [*dated, *([None] * (len(statements) - len(dated)))]
    assert [day for day in days("?order=newest") if day] == dated[::-1]
    assert days("?order=nothing") == days("")


def test_as_in_the_articles_is_the_order_of_the_passages(
    client: Client, engine: Engine, statements: tuple[Statement, ...]
) -> None:
    """On the page of a meeting too, whose statements are of one day."""
    passages = Passages(Graph(engine), None)
    places = {row.iri: passages.main_span(row.spans, row.paraphrase, row.iri) for row in statements}
    order = [row["Statement"] for row in lines(client, "?order=text&article=almaty-2024")]
    assert len(order) > 10
    assert order == sorted(order, key=lambda iri: (natural(places[iri]), natural(iri)))
    meeting = client.get("/page/meeting/2024-06-06-cssc", headers=PLAIN).text
    said = re.findall(
        r'<blockquote class="said">\s*<p><span class="label">Paraphrase:</span> <a href="/page/([^"]+)"',
        meeting,
    )
    assert len(said) > 2
    assert [iri for iri in order if iri.removeprefix(namespaces.ID) in said] == [
        namespaces.ID + step for step in said
    ]


def test_an_order_is_kept_when_statements_are_narrowed(client: Client) -> None:
    text = client.get("/statements?state=armenia&order=newest", headers=PLAIN).text
    assert 'href="/statements?order=newest"' in text
    assert 'href="/statements.csv?state=armenia&amp;order=newest"' in text
    assert "<b>newest first</b>" in text


def test_every_statement_says_when_or_that_it_is_undated(client: Client) -> None:
    text = client.get("/statements?article=almaty-2018", headers=PLAIN).text
    footers = re.findall(r"<footer>(.*?)</footer>", text)
    assert len(footers) > 20
    assert all(footer.startswith(("<b>", "undated; article of 11 June 2018 or later")) for footer in footers)
    assert any(footer.startswith("undated") for footer in footers)


def test_files_have_a_footnote_for_each_statement(client: Client) -> None:
    """The same as on its page, and the articles by the names that the workbook has."""
    rows = lines(client, "?speaker=person/martynov-sergey")
    assert rows
    for row in rows:
        step = row["Statement"].removeprefix(namespaces.ID)
        assert row["Footnote"] == client.get(f"/cite/{step}.txt").text.strip()
        assert row["Article"] == "Ilya Kharlamov, 19 or 20 December 2011"


def test_an_empty_workbook_says_what_was_asked_and_how_many_are_undated(client: Client) -> None:
    response = client.get("/statements.xlsx?speaker=person/lavrov-sergey&year=2021")
    about = dict(openpyxl.load_workbook(io.BytesIO(response.data))["About"].iter_rows(values_only=True))
    assert about["Statements"] == "Speaker: Sergey Lavrov; Year said, or possible: 2021"
    assert about["Rows"] == "0"
    left_out = "4 undated statements are not included, from: Unnamed outlet, 11 June 2018 or later"
    assert about["Undated"] == left_out


def test_statements_carry_the_editors_warnings(client: Client, statements: tuple[Statement, ...]) -> None:
    """On the list and in its files: notes, and that other accounts differ."""
    by_iri = {row["Statement"]: row["The editors’ notes"] for row in lines(client)}
    text = unescape(client.get("/statements", headers=PLAIN).text)
    noted = [row for row in statements if row.notes]
    assert noted
    for row in noted:
        assert by_iri[row.iri].startswith(row.notes[0])
        assert f"Note. {row.notes[0]}" in text
    suspending = f"{namespaces.ID}statement/almaty-2024-pashinyan-suspension"
    assert (
        by_iri[suspending] == "Accounts differ: Armenia in 2024: participation suspended, or a full member?"
    )
    assert 'Accounts differ: <a href="/page/conflict/armenia-standing"' in text


def test_a_paraphrase_is_labelled_as_one(client: Client) -> None:
    text = client.get("/statements?year=2024", headers=PLAIN).text
    assert text.count('<span class="label">Paraphrase:</span>') == text.count('<blockquote class="said">') > 0


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("/statements.csv", "statements.csv"),
        ("/statements.xlsx?year=2024", "statements-2024.xlsx"),
        ("/statements.csv?year=2018&speaker=person/lavrov-sergey", "statements-lavrov-sergey-2018.csv"),
        ("/statements.csv?year=x%22%0D%0A", "statements-x.csv"),
    ],
)
def test_files_are_named_after_what_is_chosen(client: Client, address: str, name: str) -> None:
    assert client.get(address).headers["Content-Disposition"] == f'attachment; filename="{name}"'


def test_workbook_says_what_is_free(client: Client) -> None:
    book = openpyxl.load_workbook(io.BytesIO(client.get("/statements.xlsx?year=2024").data))
    about = {row[0]: row[1] for row in book["About"].iter_rows(values_only=True)}
    assert about["Rights"].startswith("Data, paraphrases and footnotes are in the public domain (CC0).")


@pytest.mark.parametrize("state", ["armenia", "belarus", "kazakhstan", "russia", "tajikistan"])
def test_the_page_of_a_state_counts_who_spoke_for_it_as_the_statements_do(client: Client, state: str) -> None:
    """With its ministries, which are organs of the state."""
    found = re.search(r'id="found">(\d+) statement', client.get(f"/statements?state={state}").text)
    section = re.search(
        r'id="who-spoke-for-it">Who spoke for it <span class="count">(\d+)',
        client.get(f"/page/state/{state}", headers=PLAIN).text,
    )
    assert found
    assert section
    assert found[1] == section[1]
