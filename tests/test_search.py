"""Search: what people type, in two scripts and any spelling, finds what they mean."""

import re
from html import unescape
from pathlib import Path
from urllib.parse import urljoin

import pytest
from werkzeug.http import parse_options_header
from werkzeug.test import Client

from cstokg import namespaces
from cstokg.article_text import ArticleTexts
from cstokg.engine import evaluation
from cstokg.engine.engine import Engine
from cstokg.web.content.spelling import spelling_keys
from cstokg.web.serving import sparql_protocol
from cstokg.web.site import Site
from cstokg.web.views import search
from cstokg.web.views.search import Entry, Index
from site_client import BROWSER, create_app


@pytest.fixture(scope="module")
def index(engine: Engine) -> Index:
    """Return the index of the release."""
    return search.make_index(Site(engine))


@pytest.fixture(scope="module")
def site_with_texts(engine: Engine, articles: Path) -> Site:
    """Return a site of the release with the articles' texts."""
    return Site(engine, texts=ArticleTexts(articles))


@pytest.fixture(scope="module")
def index_of_texts(site_with_texts: Site) -> Index:
    """Return its index."""
    return search.make_index(site_with_texts)


@pytest.mark.parametrize(("typed", "passage"), [("Нюрнберг", 10), ("Зась", 2), ("Афганистан", 12)])
def test_passages_are_found_by_names_in_another_language(
    index_of_texts: Index, typed: str, passage: int
) -> None:
    """With the sentence shown, not the name."""
    groups = index_of_texts.find(typed)
    (passages,) = [group for group in groups if group.kind == "passage"]
    found = {hit.iri: hit.matched for hit in passages.hits}
    sentence = found[f"{namespaces.ID}article/dushanbe-2021#sentence-{passage}"]
    assert sentence.isascii() or "’" in sentence or "—" in sentence


def test_a_sentence_that_is_found_has_its_quotation_marks_once(reader: Client) -> None:
    page = unescape(reader.get("/search?q=deteriorate", headers=BROWSER).text)
    assert 'deteriorate.["]</bdi>' in page


def test_a_sentence_that_is_found_is_shown_whole(site_with_texts: Site, index_of_texts: Index) -> None:
    """A part of one would lack the end of its quotation."""
    groups = index_of_texts.find("Kazakhstan considers")
    (passages,) = [group for group in groups if group.kind == "passage"]
    article = f"{namespaces.ID}article/minsk-2011"
    found = {hit.iri: hit.matched for hit in passages.hits}
    assert found[f"{article}#sentence-4"] == site_with_texts.passages.sentences_alone(article)[3]


@pytest.mark.parametrize(
    ("typed", "step"),
    [
        ("Lavrov", "person/lavrov-sergey"),
        ("Lavroff", "person/lavrov-sergey"),
        ("Лавров", "person/lavrov-sergey"),
        ("лавров сергей", "person/lavrov-sergey"),
        ("Muhriddin", "person/mukhriddin-sirojiddin"),
        ("Mukhriddin", "person/mukhriddin-sirojiddin"),
        ("мухриддин", "person/mukhriddin-sirojiddin"),
        ("Bordyuzha", "person/bordiuzha-nikolay"),
        ("Казыханов", "person/kazykhanov-yerzhan"),
        ("Shoygu", "person/shoigu-sergey"),
        ("Belorussia", "state/belarus"),
        ("Белоруссия", "state/belarus"),
        ("Kirgizstan", "state/kyrgyzstan"),
        ("Alma-Ata", "place/almaty"),
        ("Джанаозен", "place/zhanaozen"),
        ("Афганистан", "state/afghanistan"),
        ("foreign ministers council", "organ/cfm"),
        ("OTSC", "body/csto"),
        ("ОДКБ", "body/csto"),
        ("CSTO", "body/csto"),
        ("Nuremberg", "place/nuremberg"),
    ],
)
def test_the_first_hit_is_what_was_meant(index: Index, typed: str, step: str) -> None:
    groups = index.find(typed)
    assert groups
    assert groups[0].hits[0].iri == f"{namespaces.ID}{step}"


@pytest.mark.parametrize(
    ("typed", "kind"),
    [("helicopters", "statement"), ("spells the host minister", "conflict")],
)
def test_words_of_texts_are_found(index: Index, typed: str, kind: str) -> None:
    assert kind in {group.kind for group in index.find(typed)}


@pytest.mark.parametrize(
    ("typed", "not_meant"),
    [("Nuremberg", "start character"), ("Nuremberg", "An agenda of 12 items"), ("OTSC", "OSCE")],
)
def test_what_was_spelled_right_is_no_misspelling(index: Index, typed: str, not_meant: str) -> None:
    labels = {text for group in index.find(typed) for hit in group.hits for text in (hit.label, hit.matched)}
    assert not any(not_meant in label for label in labels)


@pytest.mark.parametrize("typed", ["OSC", "Lav", "Лав"])
def test_the_beginning_of_a_short_word_is_enough(index: Index, typed: str) -> None:
    assert index.find(typed)


def test_question_words_need_not_be_found(index: Index) -> None:
    assert index.find("who attended Dushanbe 2021") == index.find("attended Dushanbe 2021")
    assert index.find("who attended Dushanbe 2021")


def test_without_the_texts_the_page_says_what_is_not_searched(client: Client) -> None:
    page = client.get("/search?q=border", headers={"Accept": "text/html"})
    assert "own words are not searched: their texts are not on this site" in page.text


@pytest.mark.parametrize("typed", ["qwertzuiop", "12345678", "!!!", "<script>alert</script>", "\u202e", "ы"])
def test_unknown_words_find_nothing(index: Index, typed: str) -> None:
    assert index.find(typed) == []


@pytest.mark.parametrize(
    ("one", "another"),
    [
        ("Мухриддин", "Muhriddin"),
        ("Лавров", "Lavroff"),
        ("Жанаозен", "Zhanaozen"),
        ("Щёкин", "Shchekin"),
        ("Maltsev", "Мальцев"),
        ("Юсупов", "Yusupov"),
    ],
)
def test_spellings_of_one_name_fall_together(one: str, another: str) -> None:
    assert spelling_keys(one) == spelling_keys(another)


def test_different_names_stay_apart() -> None:
    found = {
        tuple(spelling_keys(name)) for name in ("Lavrov", "Lebedev", "Putin", "Peskov", "Minsk", "Moscow")
    }
    assert len(found) == 6


def test_a_name_counts_more_than_a_text_and_a_short_name_more_than_a_long_one() -> None:
    index = Index(
        [
            Entry("a", "person", "A", "in a long text that names Exampleov somewhere", 1),
            Entry("b", "person", "B", "Exampleov", 3),
            Entry("c", "person", "C", "The residence of Exampleov in the hills", 3),
        ]
    )
    assert [hit.iri for hit in index.find("exampleov")[0].hits] == ["b", "c", "a"]


def test_every_hit_has_a_page(client: Client) -> None:
    for typed in ("Lavrov", "border", "presidency", "Минск"):
        found = client.get("/search.json", query_string={"q": typed}).get_json()
        assert found["count"] == sum(len(group["hits"]) for group in found["groups"]) > 0
        for group in found["groups"]:
            for hit in group["hits"]:
                if hit["iri"].startswith(namespaces.ID):
                    assert client.get(hit["page"]).status_code == 200, hit


def test_a_hit_leads_to_its_footnote(client: Client) -> None:
    """If it has evidence; questions and terms have none."""
    text = client.get("/search?q=Lavrov+sky", headers={"Accept": "text/html"}).text
    results = re.findall(r'<li><a href="(/[^"]*)">.*?</li>', text)
    assert results
    for address in results:
        step = address.removeprefix("/page/")
        assert (f'href="/cite/{step}"' in text) == address.startswith("/page/"), address


@pytest.mark.parametrize(
    "accept",
    [
        "application/json",
        "application/json; charset=utf-8",
        "text/html;q=0.5, application/json;v=1",
        "application/json, text/plain, */*",
    ],
)
def test_json_comes_by_suffix_and_by_accept(client: Client, accept: str) -> None:
    by_accept = client.get("/search?q=Lavrov", headers={"Accept": accept})
    assert by_accept.get_json() == client.get("/search.json?q=Lavrov").get_json()
    assert "Accept" in by_accept.vary


@pytest.mark.parametrize("typed", ["<b>x</b>", '"><script>alert(1)</script>', "\u202eabc"])
def test_what_was_typed_is_shown_as_text(client: Client, typed: str) -> None:
    text = client.get("/search", query_string={"q": typed}, headers={"Accept": "text/html"}).text
    assert "<b>x" not in text
    assert "<script>" not in text


def test_the_page_works_without_a_question(client: Client) -> None:
    response = client.get("/search", headers={"Accept": "text/html"})
    assert response.status_code == 200
    assert 'name="q"' in response.text


def test_long_questions_are_cut(client: Client) -> None:
    found = client.get("/search.json", query_string={"q": "lavrov " * 1000}).get_json()
    assert len(found["query"]) <= search.LONGEST


TITLE = "The data have no ckg:HeldMeetng. Did you mean ckg:HeldMeeting?"


@pytest.mark.parametrize(
    "sparql",
    [
        "SELECT * { ?m a ckg:HeldMeetng }",
        "SELECT (COUNT(*) AS ?n) { ?m a ckg:HeldMeetng }",
        "ASK { ?m a ckg:HeldMeetng }",
        "CONSTRUCT WHERE { ?m a ckg:HeldMeetng }",
    ],
)
def test_answer_to_a_misspelt_query_links_help(client: Client, sparql: str) -> None:
    for _ in range(2):
        response = client.get("/sparql", query_string={"query": sparql})
        assert response.status_code == 200
        assert b"HeldMeeting" not in response.data
        target, options = parse_options_header(response.headers["Link"])
        assert options == {"rel": "help", "title": TITLE}
        (name,) = client.get(urljoin("/sparql", target.strip("<>"))).get_json()["names"]
        assert name == {
            "name": "ckg:HeldMeetng",
            "iri": f"{namespaces.CKG}HeldMeetng",
            "known": False,
            "nearest": "ckg:HeldMeeting",
        }


@pytest.mark.parametrize(
    "sparql",
    ["SELECT * { ?m a ckg:HeldMeeting }", "ASK { ?m a ckg:HeldMeeting }", "ASK { ?s ?p <urn:x:HeldMeetng> }"],
)
def test_other_answers_have_no_such_link(client: Client, sparql: str) -> None:
    assert "Link" not in client.get("/sparql", query_string={"query": sparql}).headers


def test_names_are_looked_up(client: Client) -> None:
    asked = ["person:lavrov-sergey", f"<{namespaces.ID}person/lavrov-sergej>", "ckg:zzzzzzzzz"]
    found = client.get("/api/names", query_string={"name": asked}).get_json()["names"]
    assert [row["name"] for row in found] == asked
    assert [row["known"] for row in found] == [True, False, False]
    assert [row["nearest"] for row in found] == [None, "person:lavrov-sergey", None]


@pytest.mark.parametrize("query", ["", "name=foaf:name", "name=", "&".join(["name=ckg:x"] * 21)])
def test_wrong_look_ups_are_refused(client: Client, query: str) -> None:
    response = client.get(f"/api/names?{query}")
    assert response.status_code == 400
    assert response.get_json()["parameter"] == "name"


def test_names_in_large_data_are_not_read_for_a_hint(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evaluation, "_SEARCHED", 10)
    client = create_app(engine).test_client()
    assert "Link" not in client.get("/sparql?query=ASK{?m a ckg:HeldMeetng}").headers


def test_header_stays_small_and_plain() -> None:
    assert sparql_protocol._help_link((("ckg:" + "x" * 10_000, "ckg:y"),), "/sparql") == ""  # noqa: SLF001
    header = sparql_protocol._help_link((("ckg:\u043c", "ckg:m"),), "/sparql")  # noqa: SLF001
    assert header == '<api/names?name=ckg%3A%D0%BC>; rel="help"'
