"""Saved questions answer people and programs alike, and only with what they were asked for."""

import csv
import io
import re
from datetime import datetime

import openpyxl
import pytest
from werkzeug.test import Client, TestResponse

from cstokg import namespaces
from cstokg.engine.engine import Engine
from cstokg.errors import QueryTimeoutError
from cstokg.formats import XLSX
from cstokg.questions import Question, from_json
from cstokg.release import Release
from cstokg.web.answers import row_evidence
from site_client import BROWSER, create_app, links, words


@pytest.fixture(scope="module")
def questions(release: Release) -> list[Question]:
    """Return the saved questions of the release."""
    return from_json((release.folder / "questions.json").read_text(encoding="utf-8"))


def test_every_question_is_listed_and_answers(client: Client, questions: list[Question]) -> None:
    """With the defaults, on its page and for programs."""
    listed = links(client.get("/questions", headers=BROWSER))
    for question in questions:
        assert f"/questions/{question.name}" in listed
        page = client.get(f"/questions/{question.name}", headers=BROWSER)
        assert page.status_code == 200, question.name
        if question.endpoint:  # see test_wikidata_docs.py
            continue
        answer = client.get(f"/api/questions/{question.name}").get_json()
        assert answer["rows"], question.name
        assert f"{len(answer['rows'])} row" in words(page), question.name


def test_answer_follows_the_parameter(client: Client) -> None:
    """Names lead to pages, and the address asks again."""
    page = client.get("/questions/presiding-state-on-day?day=2011-06-15", headers=BROWSER)
    assert "/page/state/belarus" in links(page)
    assert 'value="2011-06-15"' in page.text
    assert "queries/presiding-state-on-day?day=2011-06-15" in page.text


def test_texts_that_are_no_names_lead_nowhere(client: Client) -> None:
    """A verdict is not the concept that happens to be called so, and a class is a term of the ontology."""
    page = client.get("/questions/posts-on-day", headers=BROWSER)
    assert "possible" in words(page)
    assert not any("/concept/" in address for address in links(page))
    page = client.get("/questions/records-by-article", headers=BROWSER)
    assert {"/ontology#Statement", "/ontology#Document"} <= set(links(page))
    assert not any("/concept/" in address for address in links(page))
    assert any("/concept/topic/" in address for address in links(client.get("/questions/topics-by-article")))


def test_choices_come_from_the_graph(client: Client) -> None:
    """By label; the one asked about is chosen."""
    page = client.get("/questions/holder-on-day", headers=BROWSER).text
    assert '<input id="parameter-day" name="day" type="date"' in page
    assert '<option value="post:foreign-minister-kazakhstan" selected>' in page
    assert "Minister of Foreign Affairs of Belarus</option>" in page


@pytest.mark.parametrize(
    "query_string", ["day=yesterday", "post=%3E%3B%20DROP", "nobody=1", "post=javascript:alert(1)"]
)
def test_wrong_parameter_is_named(client: Client, query_string: str) -> None:
    """On the page and as a problem."""
    page = client.get(f"/questions/holder-on-day?{query_string}", headers=BROWSER)
    assert page.status_code == 400
    assert 'role="alert"' in page.text
    problem = client.get(f"/api/questions/holder-on-day?{query_string}")
    assert problem.status_code == 400
    assert problem.get_json()["detail"]


NEAREST = "no skos:Concept is called topic:afganistan; the nearest names: topic:afghanistan"


def test_value_that_names_nothing_is_refused(client: Client) -> None:
    """An empty answer would look like a fact; the page links the question as it may have been meant."""
    address = "statements-on-topic{}?topic=topic:afganistan"
    page = client.get(f"/questions/{address.format('')}", headers=BROWSER)
    assert page.status_code == 400
    assert f"Parameter 'topic': {NEAREST}" in words(page)
    meant = "/questions/statements-on-topic?topic=topic%3Aafghanistan"
    assert meant in links(page)
    assert client.get(meant, headers=BROWSER).status_code == 200
    for path in ("/api/questions/{}".format(address.format("")), f"/questions/{address.format('.csv')}"):
        problem = client.get(path)
        assert problem.status_code == 400
        document = problem.get_json()
        assert NEAREST in document["detail"]
        assert document["parameter"] == "topic"
        assert document["nearest"][0] == namespaces.expand("topic:afghanistan")


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        ("", "application/json"),
        ("*/*", "application/json"),
        (BROWSER["Accept"], "application/json"),
        ("application/json, text/csv", "application/json"),
        ("application/sparql-results+json", "application/sparql-results+json"),
        ("application/sparql-results+xml", "application/sparql-results+xml"),
        ("application/json;q=0.5, text/csv", "text/csv"),
        ("text/tab-separated-values", "text/tab-separated-values"),
    ],
)
def test_answer_comes_in_the_format_that_accept_prefers(client: Client, accept: str, media_type: str) -> None:
    """With a tag of its own, so that a cache does not take one format for another."""
    address = "/api/questions/holder-on-day"
    response = client.get(address, headers={"Accept": accept} if accept else {})
    assert (response.status_code, response.mimetype) == (200, media_type)
    assert "Accept" in response.vary
    other = client.get(
        address, headers={"Accept": "application/*", "If-None-Match": response.headers["ETag"]}
    )
    assert other.status_code == 200
    same = client.get(
        address, headers={**dict(response.request.headers), "If-None-Match": response.headers["ETag"]}
    )
    assert same.status_code == 304
    assert "Accept" in same.vary


def test_formats_hold_the_same(client: Client) -> None:
    """By Accept and by suffix."""
    by_accept = client.get("/api/questions/tenures", headers={"Accept": "text/csv"})
    assert by_accept.data == client.get("/questions/tenures.csv").data


def test_unavailable_format_is_refused(client: Client) -> None:
    """The problem lists those that there are."""
    response = client.get("/api/questions/tenures", headers={"Accept": "text/turtle"})
    assert response.status_code == 406
    assert "text/csv" in response.get_json()["formats"]
    assert "Accept" in response.vary


def test_question_whose_answer_is_a_graph(engine: Engine) -> None:
    """It comes as Turtle, or in another format for graphs."""
    sparql = (
        "CONSTRUCT { ?person skos:prefLabel ?name } WHERE { ?person a ckg:Person ; skos:prefLabel ?name }"
    )
    client = create_app(engine, [Question("people", "Who?", "Names.", (), sparql)]).test_client()
    for accept, media_type in (("*/*", "text/turtle"), ("application/ld+json", "application/ld+json")):
        response = client.get("/api/questions/people", headers={"Accept": accept})
        assert (response.status_code, response.mimetype) == (200, media_type)
        assert "Lavrov" in response.text
    assert client.get("/api/questions/people", headers={"Accept": "text/csv"}).status_code == 406
    content = client.get("/openapi.json").get_json()["paths"]["/api/questions/people"]["get"]["responses"]
    assert "text/turtle" in content["200"]["content"]
    assert "text/csv" not in content["200"]["content"]


@pytest.mark.parametrize("path", ["/questions/tenurs", "/api/questions/tenurs", "/questions/tenurs.csv"])
def test_unknown_question_gets_the_nearest_names(client: Client, path: str) -> None:
    """As links, as JSON, and as text."""
    page = client.get(path, headers=BROWSER)
    assert page.status_code == 404
    assert "/questions/tenures" in links(page)
    problem = client.get(path)
    assert problem.status_code == 404
    assert problem.get_json()["nearest"] == [f"{namespaces.BASE}queries/tenures"]
    assert f"\n{namespaces.BASE}queries/tenures\n" in client.get(path, headers={"Accept": "text/plain"}).text


def test_downloads_hold_the_same_rows(client: Client) -> None:
    """CSV, JSON, and CSV for readers, which has heads in words, and footnotes before the IRIs."""
    name = "/questions/tenures"
    plain = list(csv.reader(io.StringIO(client.get(f"{name}.csv").text)))
    excel = client.get(f"{name}.excel")
    assert excel.data.startswith(b"\xef\xbb\xbf")
    assert excel.headers["Content-Disposition"] == 'attachment; filename="tenures.csv"'
    heads, *rows = list(csv.reader(io.StringIO(excel.data.decode("utf-8-sig"), newline="")))
    assert heads[-3:] == ["Footnote", "Records", "Evidence"]
    assert len(rows) == len(plain) - 1
    assert [row[0] for row in rows] == [row[0] for row in plain[1:]]
    assert all("(characters " in row[-3] for row in rows)
    page = client.get(name, headers=BROWSER)
    assert f'<a href="{name}.excel">CSV</a> <a href="{name}.csv">CSV for programs</a>' in page.text
    assert len(client.get(f"{name}.json").get_json(force=True)["results"]["bindings"]) == len(plain) - 1


def test_iri_of_a_question_leads_to_its_page(client: Client) -> None:
    """With the parameters."""
    response = client.get("/queries/holder-on-day?day=2021-05-19", headers=BROWSER)
    assert (response.status_code, response.headers["Location"]) == (
        303,
        "/questions/holder-on-day?day=2021-05-19",
    )
    assert client.get("/queries/none", headers=BROWSER).status_code == 404


def test_openapi_describes_every_question(client: Client, questions: list[Question]) -> None:
    """With types and defaults that the service itself accepts."""
    description = client.get("/openapi.json").get_json()
    assert description["openapi"] == "3.1.0"
    for question in questions:
        operation = description["paths"][f"/api/questions/{question.name}"]["get"]
        names = [row.name for row in question.parameters]
        assert [row["name"] for row in operation["parameters"]] == [*names, "sort", "contains", "in"]
        responses = operation["responses"]
        assert next(iter(responses["200"]["content"])) == "application/json"
        assert {"text/csv", "application/sparql-results+xml", XLSX} < responses["200"]["content"].keys()
        assert responses["406"]["$ref"].endswith("/NotAcceptable")
    asked = description["paths"]["/api/questions/holder-on-day"]["get"]["parameters"]
    given = {row["name"]: row["schema"]["default"] for row in asked if "default" in row["schema"]}
    assert client.get("/api/questions/holder-on-day", query_string=given).status_code == 200


def test_page_says_that_accounts_differ_about_what_it_shows(client: Client) -> None:
    """Above the answer, as the page of the meeting does, and at the row."""
    banner = "Accounts differ here: Ayvazyan: minister or acting minister?"
    for name in (
        "attendances-of-a-meeting",
        "attendances",
        "tenures",
        "representatives-of-a-state?state=state:armenia",
    ):
        page = client.get(f"/questions/{name}", headers=BROWSER)
        assert banner in words(page), name
        assert "/page/conflict/ayvazyan-acting" in page.text.partition("<tbody>")[2], name
    assert "Accounts differ" not in words(client.get("/questions/meetings-held", headers=BROWSER))


def test_edit_leads_to_the_query_as_asked(client: Client) -> None:
    """The query contains the parameter's value."""
    page = client.get("/questions/presiding-state-on-day?day=2011-06-15", headers=BROWSER)
    edit = next(address for address in links(page) if address.startswith("/sparql?query="))
    assert "2011-06-15" in edit


def test_page_says_for_what_it_was_asked(client: Client) -> None:
    """Above the answer, in the permanent address and in the citation: the defaults too, for paper."""
    page = client.get("/questions/members-on-day", headers=BROWSER).text
    assert "For body Collective Security Treaty Organization, day 31 May 2011." in page
    assert "queries/members-on-day?body=body%3Acsto&amp;day=2011-05-31" in page
    assert "(body Collective Security Treaty Organization, day 31 May 2011)" in page


def test_refused_question_has_no_citation(client: Client) -> None:
    """A page without an answer has no permanent address."""
    page = client.get("/questions/members-on-day?day=yesterday", headers=BROWSER).text
    assert 'id="permanent"' not in page
    assert 'id="citation"' not in page


def test_citation_names_the_articles(client: Client) -> None:
    """By outlet and day, in their order; and evidence in the answer leads to a footnote."""
    page = client.get("/questions/tenures", headers=BROWSER)
    cited = page.text[page.text.index('id="citation"') :]
    assert "Foreign ministry (state not named), 31 May 2011 (date not printed in full); " in cited
    assert "TASS, 21 June 2024 (date not printed in full). Meetings of" in cited
    page = client.get("/questions/evidence", headers=BROWSER)
    assert any(re.fullmatch(r"/cite/article/[\w-]+/span/\d+-\d+", address) for address in links(page))


@pytest.mark.parametrize("page", ["statements", "attendances", "wikidata-links", "holder-on-day"])
def test_rows_lead_to_records_and_footnotes(client: Client, page: str) -> None:
    """Each row to at least one record, and to its footnote to copy."""
    text = client.get(f"/questions/{page}", headers=BROWSER).text
    rows = text[text.index("<tbody>") : text.index("</tbody>")].split("<tr>")[1:]
    assert rows
    for row in rows:
        assert 'class="record" href="/page/' in row
        assert 'href="/cite/' in row or ">register<" in row


def test_row_that_counts_says_so(client: Client) -> None:
    """With the number of records where there are too many to list."""
    text = words(client.get("/questions/counts", headers=BROWSER))
    assert re.search(r"statement \d+ .*?counted from \d{3} records", text)
    assert "more" in words(client.get("/questions/records-by-article", headers=BROWSER))


def _rows(client: Client, name: str) -> int:
    """How many rows the answer to a question has."""
    return len(client.get(f"/api/questions/{name}").get_json()["rows"])


def _column(response: TestResponse, head: str) -> list[str]:
    """Return the texts of a column of the answer's table."""
    cells = re.findall(rf'(?s)<td[^>]*data-label="{head}">(.*?)</td>', response.text)
    return [re.sub(r"<[^>]+>", "", cell.partition('<div class="beneath">')[0]).strip() for cell in cells]


def test_heads_sort_and_keep_the_address(client: Client) -> None:
    """A link that sorts, then one that turns the order round; other parameters stay."""
    address = "/questions/members-on-day?day=2011-05-31&contains=certain"
    page = client.get(address, headers=BROWSER)
    link = next(link for link in links(page) if "sort=state" in link)
    assert {"day=2011-05-31", "contains=certain", "sort=state"} <= set(re.split(r"[?&#]", link))
    up = client.get(link, headers=BROWSER)
    assert 'aria-sort="ascending"' in up.text
    down = client.get(next(link for link in links(up) if "sort=-state" in link), headers=BROWSER)
    assert 'aria-sort="descending"' in down.text
    states = _column(up, "State")
    assert states == sorted(states)
    assert _column(down, "State") == states[::-1]
    assert '<input type="hidden" name="day" value="2011-05-31">' in up.text


def test_filter_keeps_rows_and_the_address(client: Client) -> None:
    """It says how many of how many are shown, and downloads hold the same."""
    page = client.get(
        "/questions/statements?contains=SERGEY+LAV&in=speaker&sort=-paraphrase", headers=BROWSER
    )
    rows = _column(page, "Paraphrase")
    assert set(_column(page, "Speaker")) == {"Sergey Lavrov"}
    assert f"{len(rows)} of {_rows(client, 'statements')} rows" in words(page)
    for suffix in ("csv", "xlsx", "json"):
        link = next(link for link in links(page) if f"/questions/statements.{suffix}?" in link)
        assert {"contains=SERGEY+LAV", "in=speaker", "sort=-paraphrase"} == set(
            link.partition("?")[2].split("&")
        )
    csv_link = next(link for link in links(page) if "statements.csv" in link)
    table = list(csv.DictReader(io.StringIO(client.get(csv_link).text)))
    assert [row["paraphrase"] for row in table] == [re.sub("&#39;", "'", row) for row in rows]
    for accept in ("application/json", "text/tab-separated-values", "application/sparql-results+xml"):
        answer = client.get(
            "/api/questions/statements?contains=SERGEY+LAV&in=speaker&sort=-paraphrase",
            headers={"Accept": accept},
        )
        assert answer.status_code == 200
        assert answer.text.count("Sergey Lavrov") == len(rows)
        first, last = table[0]["paraphrase"][:30], table[-1]["paraphrase"][:30]
        assert answer.text.index(first) < answer.text.index(last)


def test_filter_finds_articles_by_the_name_that_is_shown(client: Client) -> None:
    """Also by their identifier."""
    for part in ("TASS, 21 June", "almaty-2024"):
        page = client.get("/questions/statements", query_string={"contains": part, "in": "article"})
        assert set(_column(page, "Article")) == {"TASS, 21 June 2024"}


@pytest.mark.parametrize(
    ("query_string", "parameter"),
    [
        ("sort=nothing", "sort"),
        ("in=nothing", "in"),
        ("contains=" + "x" * 201, "contains"),
        ("sort=%00", "sort"),
    ],
)
def test_wrong_order_or_filter_is_a_problem(client: Client, query_string: str, parameter: str) -> None:
    """On the page, in files and for programs."""
    page = client.get(f"/questions/tenures?{query_string}", headers=BROWSER)
    assert page.status_code == 400
    assert f"Parameter '{parameter}': expected" in words(page)
    for address in ("/questions/tenures.xlsx", "/questions/tenures.csv", "/api/questions/tenures"):
        problem = client.get(f"{address}?{query_string}")
        assert problem.status_code == 400
        assert problem.get_json()["type"].endswith("bad-parameter")


def test_filter_that_leaves_nothing_says_so(client: Client) -> None:
    page = client.get("/questions/tenures?contains=xyzzy", headers=BROWSER)
    assert page.status_code == 200
    assert f"None of the {_rows(client, 'tenures')} rows contains “ xyzzy ”." in words(page)


def test_heads_are_words(client: Client, questions: list[Question]) -> None:
    """Capital first, no name of a variable."""
    for question in questions:
        if question.endpoint:
            continue
        page = client.get(f"/questions/{question.name}", headers=BROWSER)
        heads = re.findall(r'<a class="sort[^>]*>([^<]*)</a>', page.text)
        assert heads, question.name
        assert all(re.fullmatch(r"[A-Z](?:[a-z ]+|HA-256)", head) for head in heads), heads


def test_page_says_everything_that_the_files_say(client: Client) -> None:
    """Though its table has fewer columns: the post stands beneath the speaker, and four days are a period."""
    page = client.get("/questions/statements?contains=Kharlamov&in=speaker", headers=BROWSER)
    assert "each value has a column of its own" in words(page)
    page = client.get("/questions/presidencies?sort=endNotBefore", headers=BROWSER)
    assert {"When", "Presented as", "According to"} <= set(
        re.findall(r'<a class="sort[^>]*>([^<]*)</a>', page.text)
    )
    text = words(page)
    assert "from December 2020, still on 19 May 2021 basis: implied" in text
    assert "asserted by the speaker according to Sirojiddin Mukhriddin" in text
    header = client.get("/questions/presidencies.csv").text.splitlines()[0].split(",")
    assert {"startNotBefore", "endNotAfter", "basisOfDates", "accordingTo"} <= set(header)


def test_yes_and_no_are_words_on_pages(client: Client) -> None:
    """In files they are booleans, which each program words as it likes."""
    page = client.get("/questions/agenda", headers=BROWSER)
    assert set(_column(page, "Taken up")) == {"yes", "no"}
    assert not re.search(r"<bdi>(?:true|false)</bdi>", page.text)
    acting = _column(client.get("/questions/tenures?in=acting&contains=yes", headers=BROWSER), "Acting")
    assert set(acting) == {"yes"}
    book = openpyxl.load_workbook(io.BytesIO(client.get("/questions/agenda.xlsx").data))
    heads, *rows = book["Answer"].iter_rows(values_only=True)
    assert {row[heads.index("Taken up")] for row in rows} - {None} == {True, False}
    assert ",true," in client.get("/questions/agenda.csv").text


def test_workbook_names_articles_and_sources_as_pages_do(client: Client) -> None:
    """With outlet and day, also where a cell lists several; each row has the places of its evidence."""
    book = openpyxl.load_workbook(io.BytesIO(client.get("/questions/statements.xlsx").data))
    heads, *rows = book["Answer"].iter_rows(values_only=True)
    assert heads[-3:] == ("Footnote", "Records", "Evidence")
    assert {"TASS, 21 June 2024", "NIAT Khovar, 20 May 2021"} <= {row[heads.index("Article")] for row in rows}
    for row in rows:
        line = re.search(r"sentences? [^(]+ \(characters (.+?)\)", str(row[-3]))
        assert line, row[-3]
        assert str(row[-3]).startswith("Statement by ")
        given, spans = (
            {place for start, end in pairs for place in range(int(start), int(end))}
            for pairs in (
                re.findall(r"(\d+)–(\d+)", line[1]),
                re.findall(r"/span/(\d+)-(\d+)", str(row[-1])),
            )
        )
        assert given == spans
    book = openpyxl.load_workbook(io.BytesIO(client.get("/questions/persons-in-several-articles.xlsx").data))
    heads, *rows = book["Answer"].iter_rows(values_only=True)
    assert all("; " in str(row[heads.index("Which articles")]) for row in rows)
    assert not any("almaty-2018" in str(value) for row in rows for value in row[:-3])


def test_files_for_readers_say_where_accounts_differ(client: Client) -> None:
    """The table for programs has the columns of the query and no other."""
    armenia = "/questions/members-on-day.xlsx?body=body:csto&day=2024-06-21"
    for address, column, values in (
        ("/questions/anniversaries.xlsx", "First year", {1992, 2002}),
        (armenia, "State", {"Armenia"}),
    ):
        book = openpyxl.load_workbook(io.BytesIO(client.get(address).data))
        heads, *rows = book["Answer"].iter_rows(values_only=True)
        by_head = [dict(zip(heads, row, strict=True)) for row in rows]
        assert {row[column] for row in by_head if row["Accounts differ"]} == values, address
        text = client.get(address.replace(".xlsx", ".excel")).data.decode("utf-8-sig")
        read = list(csv.DictReader(io.StringIO(text, newline="")))
        assert [row["Accounts differ"] or None for row in read] == [row["Accounts differ"] for row in by_head]
        assert all(
            row["Accounts differ"].endswith(("differ)", "views)")) for row in read if row["Accounts differ"]
        )
        assert "Accounts" not in client.get(address.replace(".xlsx", ".csv")).text


def test_workbook_holds_the_answer(client: Client) -> None:
    """Days as days, years as numbers, Cyrillic intact, evidence as IRIs; a second sheet says what it is."""
    import pandas  # here: each process imports all tests, and this takes long

    response = client.get("/questions/tenures.xlsx")
    assert response.mimetype == XLSX
    assert response.headers["Content-Disposition"] == 'attachment; filename="tenures.xlsx"'
    book = openpyxl.load_workbook(io.BytesIO(response.data))
    rows = list(book["Answer"].iter_rows(values_only=True))
    assert rows[0][-2:] == ("Records", "Evidence")
    assert len(rows) == 1 + _rows(client, "tenures")
    assert any(isinstance(value, datetime) for row in rows for value in row)
    assert all(str(row[-2]).startswith(namespaces.ID) for row in rows[1:])
    about = dict(book["About"].iter_rows(values_only=True))
    assert about["Address"] == "https://w3id.org/csto-kg/queries/tenures"
    years = pandas.read_excel(io.BytesIO(client.get("/questions/anniversaries.xlsx").data))
    assert years["Years"].dtype.kind == "i"
    names = pandas.read_excel(io.BytesIO(client.get("/questions/names-printed.xlsx").data))
    assert len(names) == _rows(client, "names-printed")


def test_answer_whose_evidence_takes_too_long_is_shown_and_not_kept(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says what is missing; the next request finds it."""

    def fail(*_: object) -> None:
        raise QueryTimeoutError("stopped after 10 seconds", 10.0)

    address = "/questions/tenures?contains=Lavrov"
    with monkeypatch.context() as patch:
        patch.setattr(row_evidence, "of_rows", fail)
        page = client.get(address, headers=BROWSER)
        assert page.status_code == 200
        assert "could not be collected" in words(page)
        assert page.headers["Cache-Control"] == "no-store"
    again = client.get(address, headers=BROWSER)
    assert "could not be collected" not in words(again)
    assert 'class="record"' in again.text


def test_answer_about_a_meeting_that_no_article_reports_says_so(client: Client) -> None:
    address = "/questions/attendances-of-a-meeting?meeting=meeting:"
    plan = words(client.get(f"{address}2024-06-21-cfm", headers=BROWSER))
    assert "No article reports whether CSTO Council of Foreign Ministers, announced for Almaty" in plan
    assert "No article reports" not in words(client.get(f"{address}2021-05-19-cfm", headers=BROWSER))
