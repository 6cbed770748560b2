"""Footnotes name who says it, the outlet, its day and the characters."""

import csv
import io
import re
from collections.abc import Iterable
from pathlib import Path

import pytest
from werkzeug.test import Client

from cstokg import formats, namespaces
from cstokg.article_text import ArticleTexts
from cstokg.engine.engine import Engine
from cstokg.questions import bind_texts, from_json
from cstokg.release import Release
from cstokg.web.answers import saved_answers
from cstokg.web.content import articles, citations
from cstokg.web.content.graph import Graph
from cstokg.web.content.passages import Passages
from cstokg.web.content.statements import read_statements
from cstokg.web.site import Site
from site_client import create_app, links, words

HTML = {"Accept": "text/html"}
STATEMENT = "/cite/statement/almaty-2018-lavrov-helicopters"


def text(client: Client, address: str) -> str:
    """Return a footnote as text."""
    path, _, query = address.partition("?")
    response = client.get(f"{path}.txt?{query}")
    assert response.status_code == 200
    assert response.content_type == "text/plain; charset=utf-8"
    return response.text


def test_a_footnote_says_who_said_it_where_and_when(client: Client, release: Release) -> None:
    found = text(client, STATEMENT)
    for part in (
        "Statement by Sergey Lavrov, Minister of Foreign Affairs of Russia",
        "said by the provincial governors",
        "reported via TASS",
        "Unnamed outlet, 11 June 2018 or later",
        "sentences ",
        "(characters 706–745, 1726–1830",
        f"version {release.number}",
        release.version[:12],
        f"{namespaces.ID}statement/almaty-2018-lavrov-helicopters",
    ):
        assert part in found


def test_a_footnote_says_that_the_speaker_was_acting_and_on_which_occasion(client: Client) -> None:
    found = text(client, "/cite/statement/dushanbe-2021-ayvazyan-border")
    assert "Minister of Foreign Affairs of Armenia (acting), on the occasion of" in found
    assert "NIAT Khovar, 20 May 2021, sentence" in found


def test_a_claim_says_according_to_whom(client: Client) -> None:
    found = text(client, "/cite/claim/almaty-2024-armenia-suspended")
    assert "in the editors’ words" in found
    assert (
        "according to Nikol Pashinyan, Prime Minister of Armenia, February 2024. TASS, 21 June 2024" in found
    )


def test_no_paraphrase_has_quotation_marks(client: Client, graph: Graph) -> None:
    """Only printed headlines have quotation marks; the paraphrase of a statement is not in its footnote."""
    headlines = [row.headline for row in articles.references(graph).values() if row.headline]
    assert headlines
    for statement in read_statements(graph):
        found = text(client, f"/cite/{namespaces.step_of(statement.iri)}")
        assert statement.paraphrase.rstrip(".") not in found
        for headline in headlines:
            found = found.replace(f"“{headline}”", "")
        assert not set('“”"«»') & set(found), found


@pytest.mark.parametrize(
    ("query", "part"),
    [
        (
            "property=ckg:chairedBy",
            "Sirojiddin Mukhriddin, Minister of Foreign Affairs of Tajikistan. NIAT Khovar, 20 May 2021, ",
        ),
        ("property=ckg:onDate", "day 19 May 2021 (implied). NIAT Khovar"),
        ("property=ckg:discussed&value=topic:afghanistan", "discussed Afghanistan. NIAT Khovar"),
    ],
)
def test_a_fact_has_a_footnote(client: Client, query: str, part: str) -> None:
    assert part in text(client, f"/cite/meeting/2021-05-19-cfm?{query}")


def test_a_fact_that_no_article_gives_is_named_in_its_footnote(client: Client) -> None:
    """It is the editors' own, so the dataset is cited for it."""
    given = text(client, "/cite/post/foreign-minister-armenia?property=ckg:postIn")
    assert "post in " in given
    assert "characters" not in given


@pytest.mark.parametrize(
    ("query", "part"),
    [
        ("2018-06-11-cfm?property=ckg:onDate", "day 11 June 2018 (implied)"),
        ("2021-05-19-cfm?property=ckg:chairedBy", "Minister of Foreign Affairs of Tajikistan. NIAT"),
    ],
)
def test_a_fact_that_no_article_states_is_called_implied(client: Client, query: str, part: str) -> None:
    assert part in text(client, f"/cite/meeting/{query}")


def test_a_testimony_cites_its_own_spans(client: Client) -> None:
    record = "suspension/armenia-csto-2024"
    own, whole = (
        text(client, f"/cite/{step}")
        for step in (f"{record}/testimony/almaty-2024/suspends/almaty-2024-pashinyan-suspension", record)
    )
    assert namespaces.TESTIMONY in own
    assert "according to Nikol Pashinyan" in own
    assert len(own.split("characters")[1]) >= len("1179–1293")
    assert "according to Nikol Pashinyan" in whole


@pytest.mark.parametrize(
    "address",
    [
        "/cite/claim/nothing",
        "/cite/nothing.bib",
        "/cite/suspension/armenia-csto-2024/testimony/nothing",
        "/cite/suspension/armenia-csto-2024/testimony/nothing.ris",
        "/cite/meeting/2021-05-19-cfm?property=ckg:nothing",
        "/cite/meeting/2021-05-19-cfm?property=ckg:discussed&value=topic:nothing",
    ],
)
def test_unknown_records_and_facts_have_no_footnote(client: Client, address: str) -> None:
    assert client.get(address, headers=HTML).status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "/page/meeting/2021-05-19-cfm",
        "/page/statement/almaty-2018-lavrov-helicopters",
        "/page/article/minsk-2011",
        "/page/conflict/founding-year",
        "/conflicts",
        "/statements?topic=afghanistan",
    ],
)
def test_what_shows_evidence_leads_to_its_footnote(client: Client, path: str) -> None:
    """The link is beside the evidence, and every such link works."""
    response = client.get(path, headers=HTML)
    addresses = sorted({address for address in links(response) if address.startswith("/cite/")})
    assert addresses
    for address in addresses[:40]:
        assert client.get(address, headers=HTML).status_code == 200, address


def test_the_page_offers_every_format(client: Client) -> None:
    page = client.get(f"{STATEMENT}?property=ckg:speaker", headers=HTML)
    files = [address for address in links(page) if "/cite/" in address and address.split("?")[0] != STATEMENT]
    assert [address.partition("?")[0].rpartition(".")[2] for address in files[:4]] == list(
        formats.CITATION_FORMATS
    )
    assert all("property=ckg%3Aspeaker" in address for address in files[:4])
    assert "The articles' texts are not part of this site." in words(page)


@pytest.mark.parametrize(
    ("step", "part"),
    [
        (
            "action/almaty-2024-eurasian-security",
            "collective security guarantees in Eurasia (expected). TASS",
        ),
        ("action/almaty-2024-adopt-statements", "Adopting political statements (expected), according to "),
        ("action/minsk-2011-decisions-carried-out-further", " (hope), according to Yerzhan Kazykhanov"),
        ("agenda-item/almaty-2024-cooperation", "Results of cooperation within the CSTO (announced), "),
        (
            "document/almaty-2024-political-statements",
            "statements of the ministers (expected), according to ",
        ),
        ("event/uzbekistan-ignored-by-csto-2012", " (opinion), according to Uzbekistan, 28 June 2012. "),
        ("presidency/kazakhstan-csto-2012", "CSTO presidency of Kazakhstan, 2012 (announced). "),
        ("presidency/kazakhstan-csto-2012?property=ckg:presidingState", "2012 (announced): "),
        ("record/minsk-2011-aim-threats", "ward off external threats (intended). "),
        # The names of the meeting and of the expected attendance say that it is a plan.
        ("meeting/2024-06-21-cfm", "Ministers, announced for Almaty, 21 June 2024. "),
        (
            "expected-attendance/2024-06-21-cfm-lavrov-sergey",
            "announced for Almaty, 21 June 2024, in the post",
        ),
        # A fact of the article, and what a speaker states as a fact: both without a mark.
        ("document/dushanbe-2021-programme-border", "strengthen the Tajik-Afghan border. "),
        ("suspension/armenia-csto-2024", "participation in the CSTO, according to Nikol Pashinyan"),
    ],
)
def test_a_footnote_marks_what_is_not_reported_as_a_fact(client: Client, step: str, part: str) -> None:
    """A plan, an opinion or a hope must not read as something done."""
    assert part in text(client, f"/cite/{step}")


def test_a_footnote_tells_the_editors_conclusions_from_what_an_article_says(client: Client) -> None:
    concluded = text(client, "/cite/claim/almaty-2018-uzbekistan-not-renewed")
    assert concluded.startswith("The editors’ conclusion from the passages cited: Uzbekistan did not renew ")
    printed = text(client, "/cite/claim/almaty-2024-csto-founded")
    assert printed.startswith("Claim, in the editors’ words: The CSTO was set up in 2002. ")


def test_a_row_that_rests_on_a_conclusion_says_so(client: Client) -> None:
    """In the column with the footnotes of a workbook and of CSV."""
    concluded = "The editors’ conclusion from the passages cited"
    for question, concludes in (("readings", True), ("suspensions", False)):
        body = client.get(f"/questions/{question}.excel").data.decode("utf-8-sig")
        rows = list(csv.DictReader(io.StringIO(body, newline="")))
        assert rows
        assert all((concluded in row["Footnote"]) is concludes for row in rows)


def test_a_footnote_calls_no_passage_a_conclusion_that_an_article_states(client: Client) -> None:
    """The row of Uzbekistan has both: an article says that it returned; that it is gone is concluded."""
    body = client.get("/questions/members-on-day.excel?body=body:csto&day=2024-06-21").data
    rows = csv.DictReader(io.StringIO(body.decode("utf-8-sig"), newline=""))
    (footnotes,) = [row["Footnote"].splitlines() for row in rows if row["State"] == "Uzbekistan"]
    concluded = [line for line in footnotes if line.startswith("The editors’ conclusion")]
    assert concluded
    assert not any("3323–3456" in line for line in concluded)
    assert any("3323–3456" in line for line in footnotes)


def _positions(ranges: Iterable[str]) -> set[int]:
    """Return the positions in ranges of characters that are written as footnotes or spans do."""
    pairs = (re.split("[–-]", each) for each in ranges)
    return {position for start, end in pairs for position in range(int(start), int(end))}


def test_a_row_names_a_statement_only_before_its_own_article_and_passages(
    engine: Engine, release: Release
) -> None:
    """In the footnotes of all saved questions; and no passage of a row is left out."""
    given = from_json((release.folder / "questions.json").read_text(encoding="utf-8"))
    site = Site(engine, given, release=release)
    asked = [(row.name, row.sparql) for row in given if row.form == "SELECT" and not row.endpoint]
    for name, values in (
        ("members-on-day", {"body": "body:csto", "day": "2024-06-21"}),
        ("member-on-day", {"state": "state:armenia", "day": "2024-06-21"}),
    ):
        asked.append((name, bind_texts(site.question[name], values)))
    named = 0
    for name, sparql in asked:
        table = saved_answers.sheet(site, saved_answers.read(site, sparql, {}), "https://example.org/answer")
        for row in (dict(zip(table.heads, cells, strict=True)) for cells in table.rows):
            records = str(row["Records"] or "").splitlines()
            statements = [record for record in records if namespaces.kind_of(record) == "statement"]
            own = [each for record in statements for each in citations.of_statement(site, record)]
            for line in str(row["Footnote"] or "").splitlines():
                if not line.startswith("Statement by"):
                    continue
                named += 1
                cited = re.search(r"\(characters (.+?)\)", line)
                fitting = [
                    each
                    for each in own
                    if each.reference
                    and line.startswith(f"{each.matter_and_outlets}. {each.reference.full_name}, sentence")
                ]
                spans = [span.rpartition("/")[2] for each in fitting for span in each.spans]
                assert cited, (name, line)
                assert _positions(cited[1].split(", ")) <= _positions(spans), (name, line)
    assert named > 400


@pytest.mark.parametrize(
    ("state", "article", "span"),
    [
        *((state, "almaty-2024", "3097-3203") for state in ("Belarus", "Kazakhstan", "Russia")),
        ("Uzbekistan", "almaty-2018", "3547-3581"),
        ("Uzbekistan", "minsk-2011", "3323-3456"),
    ],
)
def test_a_row_quotes_the_passage_that_tells_what_it_shows(
    reader: Client, graph: Graph, articles: Path, state: str, article: str, span: str
) -> None:
    """For a membership, the passage on members, not one on the foundation or on a suspension."""
    body = reader.get("/questions/members-on-day.excel?body=body:csto&day=2024-06-21").data
    rows = csv.DictReader(io.StringIO(body.decode("utf-8-sig"), newline=""))
    (footnotes,) = [row["Footnote"].splitlines() for row in rows if row["State"] == state]
    passages = Passages(graph, ArticleTexts(articles))
    words = passages.opening(f"{namespaces.ID}article/{article}/span/{span}")
    assert words
    assert any(f"“{words}”" in line for line in footnotes if not line.startswith("Statement by"))


TWO_SPEAKERS = """\
PREFIX article: <https://w3id.org/csto-kg/id/article/>
PREFIX basis: <https://w3id.org/csto-kg/id/concept/basis/>
PREFIX ckg: <https://w3id.org/csto-kg/ontology#>
PREFIX event: <https://w3id.org/csto-kg/id/event/>
PREFIX person: <https://w3id.org/csto-kg/id/person/>
PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
PREFIX statement: <https://w3id.org/csto-kg/id/statement/>
event:flood a ckg:Event ; skos:prefLabel "The flood"@en ; ckg:reportedIn article:one , article:two ;
  ckg:hasTestimony <https://w3id.org/csto-kg/id/event/flood/testimony/one/x> ,
    <https://w3id.org/csto-kg/id/event/flood/testimony/two/x> ;
  ckg:evidence <https://w3id.org/csto-kg/id/article/one/span/0-9> ,
    <https://w3id.org/csto-kg/id/article/two/span/0-9> .
"""
TOLD_IN = """\
article:{name} a ckg:Article ; skos:prefLabel "{name}"@en .
person:{name} a ckg:Person ; skos:prefLabel "Speaker {name}"@en .
statement:{name} a ckg:Statement ; ckg:speaker person:{name} ; ckg:reportedIn article:{name} .
<https://w3id.org/csto-kg/id/event/flood/testimony/{name}/x> a ckg:Testimony ; ckg:supports rdf:type ;
  ckg:basis basis:stated ; ckg:accordingTo statement:{name} ; ckg:reportedIn article:{name} ;
  ckg:evidence <https://w3id.org/csto-kg/id/article/{name}/span/0-9> .
"""


def test_each_article_has_its_own_speaker_in_its_footnote(tmp_path: Path) -> None:
    path = tmp_path / "two.ttl"
    path.write_text(TWO_SPEAKERS + "".join(TOLD_IN.format(name=name) for name in ("one", "two")), "utf-8")
    with create_app(Engine.from_files([path])).test_client() as client:
        first, second = client.get("/cite/event/flood.txt").text.splitlines()
    assert "according to Speaker one, " in first
    assert "according to Speaker two, " in second


def test_a_footnote_says_that_the_day_of_a_statement_is_only_implied(client: Client) -> None:
    said = text(client, "/cite/statement/almaty-2024-foreign-ministry-russia-threats")
    assert "15 May 2024 (implied). TASS" in said
    said = text(client, "/cite/statement/moscow-2011-kazykhanov-agenda")
    assert "19 December 2011 (implied). Ilya Kharlamov" in said
    assert "28 June 2012. " in text(client, "/cite/statement/almaty-2018-uzbekistan-suspension")


def test_a_footnote_says_that_an_occasion_is_only_implied(client: Client) -> None:
    said = text(client, "/cite/statement/almaty-2024-shoigu-situation")
    assert re.search(r"on the occasion of .*, 6 June 2024 \(implied\)\. TASS", said)
    stated = text(client, "/cite/statement/minsk-2011-kazykhanov-tool")
    assert "on the occasion of" in stated
    assert "(implied)" not in stated


def test_a_statement_known_by_a_day_is_dated_on_or_before_it(client: Client) -> None:
    found = text(client, "/cite/statement/almaty-2024-pashinyan-withdrawal")
    assert "Prime Minister of Armenia, on or before 21 June 2024. " in found


def test_no_footnote_is_cut(client: Client, graph: Graph) -> None:
    """Claims and expectations have long names, which lists cut."""
    kinds = graph.catalogue.by_kind
    long = [
        entry.iri
        for kind in ("claim", "expected-attendance", "standing", "suspension")
        for entry in kinds[kind]
        if entry.label != entry.whole_label
    ]
    assert len(long) > 3
    for iri in long:
        assert "…" not in text(client, namespaces.cite_path(iri)), iri


def test_the_footnote_of_a_fact_about_an_article_begins_with_the_fact(client: Client) -> None:
    assert text(client, "/cite/article/almaty-2024?property=ckg:onDate").startswith("Day 21 June 2024 ")
    assert text(client, "/cite/article/moscow-2011?property=ckg:startNotBefore").startswith("Time 19 or 20 ")


def test_what_an_article_says_itself_is_not_according_to_a_speaker(client: Client) -> None:
    found = text(client, "/cite/membership/armenia-csto-2024")
    named = "Armenia in the Collective Security Treaty Organization. TASS, 21 June 2024 "
    assert found.startswith(f"{named}(date not printed in full), ")


@pytest.mark.parametrize(
    ("thing", "words", "characters"),
    [
        (
            "membership/armenia-csto-2024",
            "opinion (according to CSTO Secretariat), reported fact",
            "1393–1490, 3097–3203",
        ),
        (
            "membership/armenia-csto-2024?value=modality:opinion",
            "opinion (according to CSTO Secretariat)",
            "1393–1490",
        ),
        ("membership/armenia-csto-2024?value=modality:reported-fact", "reported fact", "3097–3203"),
        ("suspension/armenia-csto-2024", "asserted by the speaker", "1179–1293"),
    ],
)
def test_a_footnote_to_how_something_is_presented_says_what_its_page_says(
    client: Client, thing: str, words: str, characters: str
) -> None:
    path, _, value = thing.partition("?")
    found = text(client, f"/cite/{path}?property=ckg:modality&{value}")
    assert f": presented as {words}. TASS, " in found
    assert f" (characters {characters})" in found


@pytest.mark.parametrize(
    "step",
    [
        "attendance/2021-05-19-cfm-ayvazyan-ara",
        "attendance/2021-05-19-cfm-ayvazyan-ara?property=ckg:attendee",
        "statement/dushanbe-2021-ayvazyan-border",
        "tenure/ayvazyan-ara-foreign-minister-armenia-2021",
    ],
)
def test_a_footnote_that_says_acting_cites_the_passage_that_says_it(client: Client, step: str) -> None:
    found = text(client, f"/cite/{step}")
    assert "Minister of Foreign Affairs of Armenia (acting)" in found
    assert "3170–" in found


def test_a_conflict_is_cited_with_the_passages_of_its_sides(client: Client) -> None:
    found = text(client, "/cite/conflict/armenia-standing")
    assert "TASS, 21 June 2024" in found
    assert "1179–1293" in found
    assert "1393–1490" in found


def test_a_footnote_to_a_conflict_names_each_article(client: Client) -> None:
    found = text(client, "/cite/conflict/founding-year")
    assert "Unnamed outlet" in found
    assert "TASS" in found


def test_no_period_follows_a_question_mark(client: Client) -> None:
    found = text(client, "/cite/conflict/armenia-standing")
    assert found.startswith("Armenia in 2024: participation suspended, or a full member? ")


def test_a_footnote_counts_in_sentences_with_the_characters_in_brackets(client: Client) -> None:
    """Readers count no characters; programs do."""
    found = text(client, "/cite/meeting/2021-05-19-cfm?property=ckg:chairedBy")
    assert ", sentences 1–2, 4 (characters 37–188, 190–278, 631–684). " in found


def test_a_footnote_says_in_which_post_somebody_was_there(client: Client) -> None:
    found = text(client, "/cite/attendance/2021-05-19-cfm-lavrov-sergey")
    assert "in the post of Minister of Foreign Affairs of Russia. " in found


def test_what_an_article_has_from_an_outlet_is_not_according_to_a_speaker(client: Client) -> None:
    cited = text(client, "/cite/agenda-item/almaty-2018-foreign-policy-coordination")
    assert cited.startswith("Coordination of foreign policy within the CSTO, reported via Kazinform. ")


def test_a_footnote_says_that_the_day_is_not_given(client: Client) -> None:
    assert "Russia, day not given, reported via TASS" in text(
        client, "/cite/statement/almaty-2018-lavrov-air-space"
    )


def test_an_article_has_one_name_in_every_footnote(client: Client) -> None:
    name = "Ilya Kharlamov, “CSTO Checking Positions – OpEd”, 19 or 20 December 2011"
    assert name in text(client, "/cite/statement/moscow-2011-martynov-un-head")
    assert name in text(client, "/cite/article/moscow-2011")
    assert name in client.get("/figures/timeline.txt").text + client.get("/figures/timeline").text
    assert name in client.get("/questions/statements", headers=HTML).text


@pytest.mark.parametrize(
    ("step", "words"),
    [
        ("attendance/2018-06-11-cfm-lavrov-sergey", "Almaty, 11 June 2018 (implied), in the post of"),
        ("attendance/2021-05-reception-rahmon-makei-vladimir", "19 May 2021 (implied), in the post of"),
        ("attendance/2021-05-19-cfm-makei-vladimir", "Dushanbe, 19 May 2021, in the post of"),
        ("claim/almaty-2024-armenia-full-member", "according to the CSTO Secretariat, on or before 21 June"),
        (
            "statement/almaty-2018-lavrov-ministers-bridgehead",
            "(implied), on what was said by the ministers at Almaty, 2018, reported via RIA Novosti.",
        ),
    ],
)
def test_footnote_says_what_is_implied_and_says_an_occasion_once(
    client: Client, step: str, words: str
) -> None:
    assert words in client.get(f"/cite/{step}.txt").text


def test_footnote_has_the_first_words_of_the_passage(reader: Client, graph: Graph, articles: Path) -> None:
    """Readers count sentences in other ways; the words are the article's, so quotation marks are right."""
    text = reader.get("/cite/statement/almaty-2024-pashinyan-suspension.txt").text
    span = Passages(graph, ArticleTexts(articles)).opening(
        f"{namespaces.ID}article/almaty-2024/span/1179-1293"
    )
    assert span.endswith(" …")
    assert f"characters 1146–1177, 1179–1293), “{span}”. Meetings" in text


@pytest.mark.parametrize(
    "claim",
    ["almaty-2024-armenia-suspended", "dushanbe-2021-muhriddin-name", "dushanbe-2021-ayvazyan-not-acting"],
)
def test_words_that_an_article_states_are_not_called_implied(client: Client, claim: str) -> None:
    """The year of an anniversary that it does not print is."""
    assert "(implied)" not in text(client, f"/cite/claim/{claim}")
    assert "(implied)" in text(client, "/cite/claim/moscow-2011-anniversary-as-printed")


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        (
            "almaty-2024-shoigu-situation",
            "on the occasion of the meeting of the secretaries of security councils",
        ),
        (
            "dushanbe-2021-ayvazyan-border",
            "on the occasion of the meeting of the CSTO Council of Foreign",
        ),
        ("moscow-2011-bordiuzha-measures", "on the occasion of the joint session of CSTO ministers"),
        ("minsk-2011-secretary-general-report", "Statement by the Secretary General"),
    ],
)
def test_a_footnote_calls_meetings_and_posts_by_their_names(
    client: Client, statement: str, words: str
) -> None:
    assert words in text(client, f"/cite/statement/{statement}")
