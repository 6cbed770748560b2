"""The words of spans are shown in their sentences, marked, with the quotation marks that they need."""

import csv
import hashlib
import io
import re
from pathlib import Path

import pytest
from werkzeug.test import Client

from cstokg import namespaces
from cstokg.article_text import ArticleTexts
from cstokg.engine.engine import Engine
from cstokg.web.content import passages
from cstokg.web.content.graph import Graph
from cstokg.web.content.passages import Passages
from cstokg.web.content.statements import read_statements
from site_client import create_app, links, words

HTML = {"Accept": "text/html"}
TEXT = "One sentence here. Another one there. And a third one."
ARTICLE = f"{namespaces.ID}article/exampleville-2031"


class Example(Graph):
    """A graph with one article of three sentences and some spans."""

    def __init__(self, *spans: str) -> None:
        """Record the hashes of the words at these places."""
        self._spans = spans

    def pairs(self, sparql: str) -> dict[str, list[str]]:  # noqa: D102
        if "sentenceStart" in sparql:
            return {ARTICLE: ["0", "19", "38"]}
        if "sentenceEnd" in sparql:
            return {ARTICLE: ["18", "37", "54"]}
        if "ckg:evidence" in sparql:
            citing = (*self._spans, "0-3")  # the first words are cited by one record more
            return {f"{namespaces.ID}statement/{number}": [iri(span)] for number, span in enumerate(citing)}
        rows = [(ARTICLE, TEXT)]
        for span in self._spans:
            start, end = map(int, span.split("-"))
            rows.append((iri(span), TEXT[start:end]))
        return {thing: [hashlib.sha256(text.encode()).hexdigest()] for thing, text in rows}


def iri(span: str) -> str:
    """Return the IRI of a span of the example."""
    return f"{ARTICLE}/span/{span}"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with the text of the example, under some name."""
    (tmp_path / "any.txt").write_text(TEXT, encoding="utf-8")
    return tmp_path


def test_words_are_marked_in_their_sentences(folder: Path) -> None:
    """Spans that overlap or touch neighbouring sentences make one excerpt."""
    graph = Example("4-12", "8-17", "19-26", "40-41")
    found = Passages(graph, ArticleTexts(folder)).excerpts(map(iri, ("4-12", "8-17", "19-26")))
    (excerpt,) = found
    assert (excerpt.first, excerpt.last, excerpt.place) == (1, 2, "sentences 1–2")
    assert excerpt.parts == (
        ("One ", False),
        ("sentence", True),
        (" here", True),
        (". ", False),
        ("Another", True),
        (" one there.", False),
    )


def test_distant_sentences_are_excerpts_of_their_own(folder: Path) -> None:
    graph = Example("0-3", "38-41")
    found = Passages(graph, ArticleTexts(folder)).excerpts(map(iri, ("38-41", "0-3")))
    assert [(excerpt.first, excerpt.anchor) for excerpt in found] == [(1, "#sentence-1"), (3, "#sentence-3")]


def test_no_more_than_the_spans_is_shown_where_the_sentences_are_not_known(folder: Path) -> None:
    """Not the words between two spans, which may be most of the article."""

    class WithoutSentences(Example):
        def pairs(self, sparql: str) -> dict[str, list[str]]:
            return {} if "sentenceStart" in sparql else super().pairs(sparql)

    spans = ("4-12", "8-17", "38-41")
    passages = Passages(WithoutSentences(*spans), ArticleTexts(folder))
    found = passages.excerpts(map(iri, spans))
    assert [(excerpt.place, excerpt.parts) for excerpt in found] == [
        ("", (("sentence", True), (" here", True))),
        ("", (("And", True),)),
    ]
    main = passages.main(list(map(iri, spans)))
    assert main is not None
    assert "".join(text for text, _ in main.parts) == TEXT[8:17]  # the longest of them


@pytest.mark.parametrize(("spans", "number"), [(("0-18", "38-53"), 1), (("0-3", "19-20", "38-41"), 3)])
def test_the_main_words_are_those_fewest_share(folder: Path, spans: tuple[str, ...], number: int) -> None:
    """The longest of these spans is main; the others are marked in their sentences."""
    excerpt = Passages(Example(*spans), ArticleTexts(folder)).main([iri(span) for span in spans])
    assert excerpt is not None
    assert (excerpt.first, excerpt.last) == (number, number)
    assert sum(is_marked for _, is_marked in excerpt.parts) == 1


def test_words_that_are_not_those_of_the_record_are_not_shown(folder: Path) -> None:
    """The place is."""
    (excerpt,) = Passages(Example(), ArticleTexts(folder)).excerpts([iri("0-3")])
    assert (excerpt.first, excerpt.parts) == (1, ())


@pytest.mark.parametrize("texts", [None, ArticleTexts(Path(__file__).parent / "valid")])
def test_without_the_text_the_place_and_the_reason_are_given(texts: ArticleTexts | None) -> None:
    found = Passages(Example("0-3"), texts)
    (excerpt,) = found.excerpts([iri("0-3")])
    assert (excerpt.place, excerpt.parts) == ("sentence 1", ())
    assert found.main([iri("0-3")]) is None
    assert found.sentences(ARTICLE) == []
    assert "not" in found.problem(ARTICLE)


def test_the_main_words_are_those_of_the_paraphrase(folder: Path) -> None:
    """A longer span, or one that fewer records cite, comes after those that share words with it."""
    spans = ("0-18", "19-36", "38-53")
    found = Passages(Example(*spans), ArticleTexts(folder)).main(list(map(iri, spans)), "The third was said")
    assert found is not None
    assert found.first == 3


@pytest.fixture
def client(reader: Client) -> Client:
    """Return a client of the pages with the texts."""
    return reader


@pytest.fixture(scope="module")
def found(graph: Graph, articles: Path) -> Passages:
    """Return the passages of the release."""
    return Passages(graph, ArticleTexts(articles))


def marked(text: str) -> list[str]:
    """Return the words that a page marks."""
    return re.findall(r"<mark>([^<]+)</mark>", text)


def test_every_paraphrase_has_the_words_below_it(client: Client, engine: Engine) -> None:
    text = client.get("/statements", headers=HTML).text
    assert text.count('class="own-words"') == len(read_statements(Graph(engine)))
    assert marked(text)


@pytest.mark.parametrize(
    "path",
    ["/page/statement/almaty-2018-lavrov-helicopters", "/page/meeting/2021-05-19-cfm", "/conflicts"],
)
def test_footnotes_show_the_words(client: Client, path: str) -> None:
    text = client.get(path, headers=HTML).text
    notes = text[text.index('id="footnotes"') :]
    assert len(marked(notes)) >= notes.count("<li ")
    assert "not part of this site" not in notes


def test_the_article_is_read_sentence_by_sentence(client: Client, found: Passages, engine: Engine) -> None:
    """With all its words, and with the records that rest on them; each span leads back."""
    graph = Graph(engine)
    for article in passages.sentence_ranges(graph):
        response = client.get(namespaces.page_path(article), headers=HTML)
        said = words(response)
        sentences = found.sentences(article)
        assert len(sentences) > 20
        assert all(" ".join(sentence.split()) in said for sentence in sentences)
        assert all(f'id="sentence-{number}"' in response.text for number in range(1, len(sentences) + 1))
        assert len(response.get_data()) < 400_000
    page = client.get("/page/article/almaty-2024/span/1179-1293", headers=HTML)
    assert "/page/article/almaty-2024#sentence-10" in links(page)


def test_search_finds_words_of_the_articles(client: Client, found: Passages) -> None:
    """With the sentence, its place and the records that rest on it."""
    article = f"{namespaces.ID}article/almaty-2024"
    number = 17
    word = max(re.findall(r"[a-z]{6,}", found.sentences(article)[number - 1]), key=len)
    groups = client.get("/search.json", query_string={"q": word}).get_json()["groups"]
    hits = {hit["iri"]: hit for group in groups if group["kind"] == "passage" for hit in group["hits"]}
    hit = hits[f"{article}#sentence-{number}"]
    assert hit["page"] == f"/page/article/almaty-2024#sentence-{number}"
    assert word in hit["matched"]
    assert hit["records"]
    page = client.get("/search", query_string={"q": word}, headers=HTML)
    assert hit["page"] in links(page)
    assert "Based on it" in page.text


def _sentence(client: Client, words_: str, article: str, number: int) -> dict[str, list[str]]:
    """Return what a search finds for a sentence of an article."""
    groups = client.get("/search.json", query_string={"q": words_}).get_json()["groups"]
    hits = {hit["iri"]: hit for group in groups if group["kind"] == "passage" for hit in group["hits"]}
    found: dict[str, list[str]] = hits[f"{namespaces.ID}article/{article}#sentence-{number}"]
    return found


def test_a_sentence_is_found_with_what_rests_on_it_apart_from_what_only_cites_it(client: Client) -> None:
    """A statement of the next sentence may cite it for a name, a day or an occasion."""
    hit = _sentence(client, "Armenia member", "almaty-2024", 12)
    statement = f"{namespaces.ID}statement/almaty-2024"
    assert hit["records"][0] == f"{statement}-secretariat-full-member"
    assert hit["also_cited_for"] == [f"{statement}-peskov-allies"]
    page = words(client.get("/search?q=Armenia+member", headers=HTML))
    assert "Cited for what was said by CSTO Secretariat Based on it: " in page
    assert "Also cited for a name, a day or an occasion 1 Dmitry Peskov: " in page
    assert "Armenia as a full member of the CSTO, in the view of the Secretariat (opinion)" in page
    assert "Armenia is still a full member, in the view of the Secretariat · left open: TASS" in page


def test_the_records_of_a_sentence_whose_names_have_the_words_come_first(client: Client) -> None:
    hit = _sentence(client, "Лавров", "dushanbe-2021", 2)
    assert f"{namespaces.ID}attendance/2021-05-19-cfm-lavrov-sergey" in hit["records"][:4]
    assert not any("statement/" in iri for iri in hit["records"])


@pytest.mark.parametrize(
    ("article", "record", "number"),
    [
        ("almaty-2024", "statement/almaty-2024-pashinyan-suspension", 10),
        ("almaty-2024", "event/armenia-csto-2024", 10),
        ("almaty-2024", "suspension/armenia-csto-2024", 10),
        ("almaty-2024", "statement/almaty-2024-shoigu-deterioration", 18),
        ("almaty-2018", "statement/almaty-2018-lavrov-channel", 10),
        ("almaty-2018", "statement/almaty-2018-lavrov-air-space", 14),
        ("dushanbe-2021", "action/dushanbe-2021-implementation", 6),
    ],
)
def test_on_an_article_a_record_stands_beside_the_sentence_that_tells_it(
    client: Client, article: str, record: str, number: int
) -> None:
    """Not beside one that only names the speaker or the occasion."""
    page = client.get(f"/page/article/{article}", headers={"Accept": "text/html"})
    (sentence,) = (
        part.partition('"')[0]
        for part in page.text.split('<li id="sentence-')[1:]
        if re.search(rf'<li id="record-[^>]*><p><a href="[^"]*/{record}"', part)
    )
    assert int(sentence) == number


def test_pages_with_texts_are_light(client: Client) -> None:
    for path in (
        "/statements",
        "/page/article/almaty-2018",
        "/page/meeting/2021-05-19-cfm",
        "/page/body/csto",
    ):
        response = client.get(path, headers={**HTML, "Accept-Encoding": "gzip"})
        assert len(response.data) < 60_000, path


def test_the_main_words_are_those_of_what_was_said_not_of_who_said_it(client: Client) -> None:
    """Shoigu's second sentence shares no word with its paraphrase; the first one, which names him, does."""
    page = client.get("/statements?speaker=person/shoigu-sergey", headers={"Accept": "text/html"}).text
    said = page.split('"/page/statement/almaty-2024-shoigu-deterioration"')[1].split("</blockquote>")[0]
    assert "sentence 18" in said


@pytest.mark.parametrize(
    ("text", "opening", "closing"),
    [
        ("No state can,” she added.", "[“]", ""),
        ("“It is so.", "", "[”]"),
        ("He said “it is so.”", "", ""),
        ('A reason is that," he said.', '["]', ""),
        ('He said: "it is so.', "", '["]'),
        ('He said "so" and "not".', "", ""),
        ("Nothing.", "", ""),
    ],
)
def test_quotation_marks_that_a_sentence_leaves_open_are_closed_in_brackets(
    text: str, opening: str, closing: str
) -> None:
    assert passages.with_quotation_marks(text, (0, len(text))) == f"{opening}{text}{closing}"


QUOTING = "He said: “One part. Another part. Not a third.” And no more."


class Quoting(Example):
    """An article with a quotation of three sentences, the first of them after a word of the page."""

    def pairs(self, sparql: str) -> dict[str, list[str]]:  # noqa: D102
        if "sentenceStart" in sparql:
            return {ARTICLE: ["0", "20", "34", "48"]}
        if "sentenceEnd" in sparql:
            return {ARTICLE: ["19", "33", "47", "60"]}
        if "ckg:furniture" in sparql:
            return {ARTICLE: [iri("0-2")]}
        rows = {ARTICLE: QUOTING} | {
            iri(span): QUOTING[slice(*map(int, span.split("-")))] for span in self._spans
        }
        return {thing: [hashlib.sha256(text.encode()).hexdigest()] for thing, text in rows.items()}


def test_a_passage_from_the_midst_of_a_quotation_has_its_quotation_marks(tmp_path: Path) -> None:
    (tmp_path / "any.txt").write_text(QUOTING, encoding="utf-8")
    passages = Passages(Quoting("20-27", "34-39", "48-51"), ArticleTexts(tmp_path))
    assert passages.whole_sentences([iri("20-27")]) == ["[“]Another part.[”]"]
    assert passages.whole_sentences([iri("48-51")]) == ["And no more."]
    (excerpt,) = passages.excerpts([iri("20-27")])
    assert (excerpt.opening, excerpt.closing) == ("[“]", "[”]")
    assert passages.sentences_alone(ARTICLE)[1] == "[“]Another part.[”]"


def test_a_repeated_headline_is_no_part_of_the_sentence_after_it(tmp_path: Path) -> None:
    """Unless the headline itself is the passage."""
    (tmp_path / "any.txt").write_text(QUOTING, encoding="utf-8")
    passages = Passages(Quoting("3-7", "0-2"), ArticleTexts(tmp_path))
    assert passages.whole_sentences([iri("3-7")]) == ["said: “One part.[”]"]
    assert passages.whole_sentences([iri("0-2")]) == ["He said: “One part.[”]"]
    assert passages.sentences(ARTICLE)[0] == "He said: “One part."
    assert passages.sentences_alone(ARTICLE)[0] == "said: “One part.[”]"


def test_every_sentence_within_a_quotation_is_shown_as_one(found: Passages) -> None:
    for article, numbers in (("almaty-2018", (7,)), ("moscow-2011", (10, 11, 12, 13))):
        alone = found.sentences_alone(f"{namespaces.ID}article/{article}")
        for number in numbers:
            assert alone[number - 1].startswith("[“]"), number
            assert alone[number - 1].endswith("[”]"), number


def test_page_of_a_span_within_a_quotation_has_its_quotation_marks(client: Client, graph: Graph) -> None:
    (statement,) = (row for row in read_statements(graph) if row.iri.endswith("/almaty-2018-lavrov-fighters"))
    pages = [client.get(f"/page/{namespaces.step_of(span)}", headers=HTML).text for span in statement.spans]
    assert any(re.search(r"<bdi>\[“\]<mark>.*?\[”\]</bdi>", page) for page in pages)


def test_ranges_of_characters_that_overlap_are_one(graph: Graph) -> None:
    spans = [f"{namespaces.ID}article/almaty-2024/span/{span}" for span in ("25-196", "166-196", "0-15")]
    assert passages.place(graph, spans).endswith("(characters 0–15, 25–196)")


def test_files_have_whole_sentences(folder: Path) -> None:
    """Words from several places are never joined to one sentence; neighbouring sentences stay together."""
    graph = Example("4-12", "8-17", "19-26", "40-41")
    passages = Passages(graph, ArticleTexts(folder))
    first, second, third = TEXT[:18], TEXT[19:37], TEXT[38:]
    assert passages.whole_sentences([iri("4-12"), iri("40-41")]) == [first, third]
    assert passages.whole_sentences([iri("4-12"), iri("19-26")]) == [f"{first} {second}"]
    assert Passages(graph, None).whole_sentences([iri("4-12")]) == []


def test_other_evidence_is_apart_from_the_main_sentence(folder: Path) -> None:
    passages = Passages(Example("4-12", "8-17", "19-26"), ArticleTexts(folder))
    (main,) = passages.excerpts([iri("4-12")])
    rest = passages.whole_sentences([iri("4-12"), iri("8-17"), iri("19-26")], except_in=main)
    assert (main.words, rest) == (TEXT[:18], [TEXT[19:37]])


def test_a_sentence_is_printed_once_for_neighbouring_statements(client: Client, found: Passages) -> None:
    page = client.get("/statements?article=dushanbe-2021", headers=HTML)
    sentence = found.sentences(f"{namespaces.ID}article/dushanbe-2021")[6]
    listed = re.sub("</?mark>", "", page.text).partition('<section class="footnotes"')[0]
    assert listed.count(sentence) == 1
    assert words(page).count("In the article: the same sentence 7 as above") == 3


def test_passages_of_an_article_without_known_sentences_are_not_taken_for_one(tmp_path: Path) -> None:
    (tmp_path / "article.txt").write_text(TEXT, encoding="utf-8")
    spans = ("0-12", "19-31", "38-47")
    hashes = {iri(span): TEXT[slice(*map(int, span.split("-")))] for span in spans} | {ARTICLE: TEXT}
    data = tmp_path / "data.ttl"
    data.write_text(
        "PREFIX ckg: <https://w3id.org/csto-kg/ontology#>\n"
        f"<{ARTICLE}> a ckg:Article .\n"
        + "".join(
            f'<{name}> ckg:sha256 "{hashlib.sha256(text.encode()).hexdigest()}" .\n'
            for name, text in hashes.items()
        )
        + "".join(
            f"<{namespaces.ID}statement/{number}> a ckg:Statement ; ckg:reportedIn <{ARTICLE}> ;\n"
            f'  ckg:paraphrase "Something" ; ckg:evidence <{iri(span)}> .\n'
            for number, span in enumerate(spans)
        ),
        encoding="utf-8",
    )
    client = create_app(Engine.from_files([data], "union"), articles=tmp_path).test_client()
    text = words(client.get("/statements", headers=HTML))
    assert "as above" not in text
    assert "of the same sentence" not in text
    assert [text.count(passage) for passage in ("One sentence", "Another one", "And a thi")] == [2, 2, 2]


def test_evidence_prints_a_sentence_once_and_then_only_its_cited_words(client: Client) -> None:
    page = client.get("/page/meeting/2024-06-06-cssc", headers=HTML).text
    evidence = page.partition('<section class="footnotes"')[2]
    of_sentence = [item for item in evidence.split("<li ")[1:] if ">sentence 19</a>" in item]
    assert len(of_sentence) > 2
    assert ["of the same sentence" in item for item in of_sentence] == [False] + [True] * (
        len(of_sentence) - 1
    )
    assert all("<mark>" in item for item in of_sentence)


def test_files_have_the_sentences_that_the_page_shows(client: Client, found: Passages) -> None:
    """In one column that of the statement itself, in another those of its speaker, day or occasion."""
    rows = csv.DictReader(io.StringIO(client.get("/statements.csv").data.decode("utf-8-sig"), newline=""))
    shown = re.sub(r"\s", "", words(client.get("/statements", headers=HTML)))
    for row in rows:
        assert re.sub(r"\s", "", f"In the article: {row['In the article']}") in shown, row["Statement"]
        assert " … " not in row["In the article"] + row["Other evidence in the article"]
        spans = row["Evidence"].splitlines()
        every = " ".join(found.whole_sentences(spans))
        for line in (row["In the article"], *row["Other evidence in the article"].splitlines()):
            assert line.strip('[“”"]') in every, row["Statement"]


def test_files_have_the_words_of_the_article(client: Client) -> None:
    head = client.get("/statements.csv").data.decode("utf-8-sig").splitlines()[0].split(",")
    assert head[1] == "In the article"
    assert head[-4:] == ["Footnote", "Other evidence in the article", "Statement", "Evidence"]
