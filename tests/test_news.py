"""News: the front page leads with a figure and findings, conflicts come by weight, plans stay plans."""

import csv
import re
from datetime import date, timedelta
from pathlib import Path

import pytest
from werkzeug.test import Client, TestResponse

from cstokg import namespaces, questions
from cstokg.engine.engine import Engine
from cstokg.errors import QueryTimeoutError
from cstokg.release import Release
from cstokg.web.content import conflicts, news
from cstokg.web.content.graph import Graph
from cstokg.web.content.meetings import read_meetings
from site_client import BROWSER, create_app, links, words

PLAIN = {"Accept-Encoding": "identity", "Accept": "text/html"}
LATE = date(2100, 1, 1)
PREFIXES = """\
PREFIX ckg: <https://w3id.org/csto-kg/ontology#>
PREFIX dcterms: <http://purl.org/dc/terms/>
PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
PREFIX modality: <https://w3id.org/csto-kg/id/concept/modality/>
PREFIX rank: <https://w3id.org/csto-kg/id/concept/rank/>
BASE <https://w3id.org/csto-kg/id/>
"""


@pytest.fixture(scope="module")
def front(client: Client) -> TestResponse:
    """Return the front page."""
    return client.get("/", headers=BROWSER)


def graph_of(tmp_path: Path, *turtle: str) -> Graph:
    """Return a graph of these triples."""
    (tmp_path / "data.ttl").write_text(PREFIXES + "\n".join(turtle), encoding="utf-8")
    return Graph(Engine.from_files([tmp_path / "data.ttl"]))


def short(iri: str) -> str:
    """Return what an IRI is below the namespace."""
    return iri.removeprefix(namespaces.ID)


# The front page.


def test_front_page_leads_with_a_figure_and_three_findings(front: TestResponse) -> None:
    text = front.text
    assert text.count('class="finding-card"') == 3
    assert text.index("<svg") < text.index('class="finding-card"') < text.index('class="counts"')
    assert 'href="/page/conflict/armenia-standing"' in text
    assert "certain" not in words(front)


def test_the_introduction_to_one_article_says_one_article(tmp_path: Path) -> None:
    article = '<article/a> a ckg:Article ; ckg:onDate "2031-05-12"^^<http://www.w3.org/2001/XMLSchema#date> .'
    (tmp_path / "data.ttl").write_text(f"{PREFIXES}{article}", encoding="utf-8")
    client = create_app(Engine.from_files([tmp_path / "data.ttl"])).test_client()
    assert ", as reported in 1 article of 2031. " in words(client.get("/", headers=BROWSER))
    assert "records what 1 article says: " in words(client.get("/about", headers=BROWSER))


def test_every_line_of_a_finding_leads_to_evidence_and_names_its_source(front: TestResponse) -> None:
    cards = front.text.split('class="findings"')[1].split('class="halves"')[0]
    lines = re.findall(r"<li>(.*?)</li>", cards, re.S)
    assert len(lines) > 3
    for line in lines:
        assert "/span/" in line, line
        assert 'href="/cite/' in line, line
        assert re.search(r"\d{4}", line), line


def test_front_page_says_what_this_is(front: TestResponse, release: Release) -> None:
    for expected in (
        f"{release.counts['articles']} articles from 2011 to 2024",
        "CSTO Council of Foreign Ministers, Dushanbe, 19 May 2021",
        "Downloads",
        release.version[:12],
    ):
        assert expected in words(front)
    assert {"/announced", "/conflicts", "/about/changes"} <= set(links(front))


def test_form_of_the_front_page_finds_statements(client: Client, front: TestResponse) -> None:
    """Each choice of each of its fields is a filter of the page of statements, and finds some."""
    form = front.text.partition('aria-label="Find statements"')[2].partition("</form>")[0]
    fields = re.findall(
        r'(?s)<label for="([\w-]+)">([^<]+)</label>\s*<select id="([\w-]+)" name="(\w+)">(.*?)</select>', form
    )
    assert [name for *_, name, _ in fields] == ["speaker", "topic", "year"]
    for label_for, label, identifier, name, options in fields:
        assert label_for == identifier
        assert label
        values = re.findall(r'<option value="([^"]*)">([^<]+)</option>', options)
        assert values[0] == ("", "all")
        assert len(values) > 3
        for value, words_of_it in values[1:4]:
            page = client.get("/statements", query_string={name: value}, headers=BROWSER)
            assert re.search(r'id="found">[1-9]\d* statement', page.text), (name, value)
            assert words_of_it in page.text
    together = client.get("/statements?speaker=person/lavrov-sergey&topic=&year=2018", headers=BROWSER)
    assert "Sergey Lavrov" in words(together)


def test_front_page_fails_whole_where_a_query_fails_and_is_not_kept(
    release: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = create_app(Engine.from_release(release.folder), release=release)
    select = Graph.select

    def fail(graph: Graph, sparql: str) -> object:
        if "ckg:hasTestimony/ckg:modality" in sparql:
            raise QueryTimeoutError("stopped", 1)
        return select(graph, sparql)

    with app.test_client() as client, monkeypatch.context() as patch:
        patch.setattr(Graph, "select", fail)
        failed = client.get("/", headers=BROWSER)
        assert failed.status_code == 503
        assert "no-store" in failed.headers["Cache-Control"]
        patch.undo()
        assert client.get("/", headers=BROWSER).text.count('class="finding-card"') == 3


def test_other_data_bring_other_findings(tmp_path: Path) -> None:
    graph = graph_of(
        tmp_path,
        '<meeting/a> a ckg:HeldMeeting , ckg:Meeting ; skos:prefLabel "A"@en .',
        '<meeting/b> a ckg:HeldMeeting , ckg:Meeting ; skos:prefLabel "B"@en .',
        '<person/p> skos:prefLabel "P"@en .',
        "<attendance/1> a ckg:Attendance ; ckg:attendee <person/p> ; ckg:atMeeting <meeting/a> .",
        "<attendance/2> a ckg:Attendance ; ckg:attendee <person/p> ; ckg:atMeeting <meeting/b> .",
    )
    (finding,) = news.findings(graph, LATE)
    assert finding.headline == "P came to 2 meetings, more than anyone else"
    assert [line.words for line in finding.lines] == ["A", "B"]
    graph = graph_of(
        tmp_path,
        *(f"<meeting/{name}> a ckg:HeldMeeting , ckg:Meeting ." for name in "ab"),
        *(
            f"<attendance/{who}{name}> a ckg:Attendance ; "
            f"ckg:attendee <person/{who}> ; ckg:atMeeting <meeting/{name}> ."
            for who in "pq"
            for name in "ab"
        ),
    )
    (finding,) = news.findings(graph, LATE)
    assert finding.headline == "person:p came to 2 meetings; nobody came to more"
    assert news.findings(graph_of(tmp_path, ""), LATE) == []


def test_a_presidency_that_is_only_announced_is_not_called_reported(tmp_path: Path) -> None:
    graph = graph_of(
        tmp_path,
        '<state/s> skos:prefLabel "S"@en .',
        "<presidency/s> ckg:presidingState <state/s> ; ckg:presidencyOf <body/b> ; "
        'ckg:startNotAfter "2031-01-01"^^<http://www.w3.org/2001/XMLSchema#date> ; '
        "ckg:hasTestimony <presidency/s/testimony/1> . "
        "<presidency/s/testimony/1> ckg:modality modality:announced .",
    )
    (finding,) = news.findings(graph, LATE)
    assert finding.headline == "The latest presidency announced: S"


def test_the_latest_change_is_not_the_one_in_the_conflict_above_it(graph: Graph) -> None:
    conflict, change, plan = news.findings(graph, LATE)
    contested = conflicts.conflicts_by_entity(graph)
    assert conflict.iri not in contested.get(change.iri, ())
    assert conflict.iri not in contested.get(plan.iri, ())


# Conflicts.


def claim(name: str, rank: str = "normal", contested: str = "ckg:member", article: str = "x") -> str:
    """Return a claim in a conflict of the same first letter."""
    return (
        f"<conflict/{name[0]}> a ckg:Conflict ; ckg:hasClaim <claim/{name}> . "
        f"<article/{article}> a ckg:Article . "
        f"<claim/{name}> rdf:predicate {contested} ; ckg:rank rank:{rank} ; "
        f"ckg:reportedIn <article/{article}> ."
    )


def test_open_conflicts_come_first_then_those_of_most_articles_and_spelling_last(tmp_path: Path) -> None:
    graph = graph_of(
        tmp_path,
        claim("a1", "preferred", "skos:prefLabel"),
        claim("a2", "normal", "skos:altLabel", article="y"),
        claim("b1", "preferred"),
        claim("b2"),
        claim("c1", "preferred"),
        claim("c2", article="y"),
        claim("d1"),
        claim("d2"),
    )
    rows = conflicts.conflicts_by_weight(graph)
    assert [short(row.iri) for row in rows] == ["conflict/d", "conflict/c", "conflict/b", "conflict/a"]
    assert [row.is_spelling for row in rows] == [False, False, False, True]
    assert [row.is_decided for row in rows] == [False, True, True, True]


def test_what_the_editors_make_of_each_side_is_in_a_readers_words(tmp_path: Path, client: Client) -> None:
    graph = graph_of(tmp_path, claim("a1", "preferred"), claim("a2"), claim("b1"), claim("b2", "deprecated"))
    verdicts = {
        short(side.iri): conflict.verdict_on(side)
        for conflict in conflicts.conflicts_by_weight(graph)
        for side in conflict.sides
    }
    assert verdicts == {
        "claim/a1": "accepted by the editors",
        "claim/a2": "not accepted",
        "claim/b1": "left open",
        "claim/b2": "rejected by the editors",
    }
    text = words(client.get("/conflicts", headers=PLAIN))
    for word in ("preferred", "deprecated", "rank", "claim"):
        assert word not in text


def test_conflicts_of_the_release_begin_with_armenia_and_end_with_a_name(graph: Graph) -> None:
    rows = conflicts.conflicts_by_weight(graph)
    assert short(rows[0].iri) == "conflict/armenia-standing"
    assert [short(row.iri) for row in rows if row.is_spelling] == [short(rows[-1].iri)]


def test_the_index_of_conflicts_says_what_is_contested_and_by_whom(client: Client) -> None:
    page = client.get("/conflicts", headers=PLAIN)
    index, spelling = (page.text.split('id="in-full"')[0].partition('id="spelling"')[part] for part in (0, 2))
    first = words(page).split("What is contested")[1]
    assert (
        "Armenia is suspending its participation. "
        "TASS, 21 June 2024, according to Nikol Pashinyan, February 2024"
    ) in first
    assert "Muhriddin" not in index.split('id="contested"')[1]
    assert "Muhriddin" in spelling
    for anchor in re.findall(r'<li><a href="#(conflict-\d+)"', page.text):
        assert f'id="{anchor}"' in page.text


def test_every_conflict_has_all_its_sides_and_the_note(client: Client, graph: Graph) -> None:
    text = client.get("/conflicts", headers=PLAIN).text
    parts = text.split('<section class="dispute"')[1:]
    counted = graph.select(
        "SELECT ?c (COUNT(?claim) AS ?n) WHERE { ?c a ckg:Conflict ; ckg:hasClaim ?claim } GROUP BY ?c"
    )
    assert len(parts) == len(counted) > 0
    assert sorted(part.count('class="side"') for part in parts) == sorted(
        int(row["n"].value) for row in counted
    )
    assert all("The editors:" in part and 'class="mark"' in part for part in parts)


def test_kinds_narrow_the_conflicts_as_counted(client: Client) -> None:
    text = client.get("/conflicts", headers=PLAIN).text
    kinds = re.findall(r'href="(/conflicts\?kind=[^"]+)">[^<]+<span class="count">(\d+)</span>', text)
    assert kinds
    for address, number in kinds:
        assert client.get(address, headers=PLAIN).text.count('<section class="dispute"') == int(number)


def test_an_unknown_kind_has_no_conflicts(client: Client) -> None:
    text = client.get("/conflicts?kind=%3Cscript%3E", headers=PLAIN).text
    assert "There is no case of this kind" in text
    assert "<script>" not in text


# Plans.


def plan(name: str, *more: str, how: str = "announced") -> str:
    """Return a planned meeting."""
    return (
        f'<meeting/{name}> a ckg:Meeting , ckg:AnnouncedMeeting ; skos:prefLabel "{name}"@en ; '
        f"ckg:hasTestimony <meeting/{name}/testimony/1> . "
        f"<meeting/{name}/testimony/1> ckg:modality modality:{how} ."
        + "".join(f" <meeting/{name}> {fact} ." for fact in more)
    )


def day(text: str) -> str:
    """Return the day of a meeting."""
    return f'ckg:onDate "{text}"^^<http://www.w3.org/2001/XMLSchema#date>'


def test_what_an_article_reports_as_held_is_no_plan_any_more(tmp_path: Path) -> None:
    graph = graph_of(
        tmp_path,
        plan("waits", day("2020-02-03")),
        plan("held", day("2020-02-03"), "a ckg:HeldMeeting , ckg:Occurrence"),
        plan("told", day("2020-02-03"), how="reported-fact"),
        plan("undated"),
    )
    assert [(short(row.iri), row.when) for row in news.plans(graph)] == [
        ("meeting/waits", "3 February 2020"),
        ("meeting/undated", ""),
    ]


def test_a_plan_is_unconfirmed_from_the_day_after_its_last_possible_day(tmp_path: Path) -> None:
    graph = graph_of(tmp_path, plan("x", day("2020-02-03")))
    assert news.unconfirmed(graph, date(2020, 2, 3)) == []
    assert len(news.unconfirmed(graph, date(2020, 2, 3) + timedelta(1))) == 1


@pytest.mark.parametrize(
    "pairs", [[("a", "b"), ("b", "c")], [("a", "b"), ("b", "a")]], ids=["three plans", "each for the other"]
)
def test_no_announcement_is_missing_where_the_editors_take_one_for_another(
    tmp_path: Path, pairs: list[tuple[str, str]]
) -> None:
    names = sorted({name for pair in pairs for name in pair})
    readings = [
        f"<claim/{one}> rdf:predicate ckg:realisesPlan ; rdf:object <meeting/{one}> ; "
        f"rdf:subject <meeting/{other}> ; ckg:rank rank:normal ."
        for one, other in pairs
    ]
    path = tmp_path / "data.ttl"
    path.write_text(PREFIXES + "\n".join((*(plan(name) for name in names), *readings)), encoding="utf-8")
    client = create_app(Engine.from_files([path])).test_client()
    page = client.get("/announced", headers=BROWSER)
    assert {f"/page/meeting/{name}" for name in names} <= {*links(page)}


def test_a_plan_that_the_editors_take_for_a_meeting_held_is_not_unconfirmed(tmp_path: Path) -> None:
    reading = (
        "<claim/r> rdf:predicate ckg:realisesPlan ; rdf:object <meeting/x> ; rdf:subject <meeting/y> ; "
        "ckg:rank rank:normal ."
    )
    held = "<meeting/y> a ckg:HeldMeeting , ckg:Meeting ."
    graph = graph_of(tmp_path, plan("x", day("2020-02-03")), reading, held)
    assert [short(row.outcome) for row in news.plans(graph)] == ["meeting/y"]
    assert news.unconfirmed(graph, LATE) == []
    # Nor does another plan for which they take it as well, in whatever order the graph gives them.
    other = reading.replace("claim/r", "claim/s").replace("meeting/y", "meeting/z")
    graph = graph_of(tmp_path, plan("x", day("2020-02-03")), reading, held, other, plan("z"))
    outcomes = {short(row.iri): short(row.outcome) for row in news.plans(graph)}
    assert outcomes["meeting/x"] == "meeting/y"
    # A meeting that was only announced confirms no plan.
    graph = graph_of(tmp_path, plan("x", day("2020-02-03")), reading, plan("y"))
    assert len(news.unconfirmed(graph, LATE)) == 1


def test_what_was_to_happen_at_a_planned_meeting_is_part_of_that_plan(graph: Graph) -> None:
    rows = {short(row.iri): row for row in news.plans(graph)}
    parts = rows["meeting/2024-06-21-cfm"].parts
    assert f"{namespaces.ID}expected-attendance/2024-06-21-cfm-lavrov-sergey" in parts
    assert not {short(part) for part in parts} & rows.keys()


def test_a_plan_taken_for_another_plan_is_not_called_held(graph: Graph) -> None:
    standing = {meeting.iri.rpartition("/")[2]: meeting.standing for meeting in read_meetings(graph)}
    assert standing["2011-h2-csc-plan"] == "announced"
    assert standing["2011-h2-cfm-plan"] == "announced; held later (the editors' conclusion)"


def test_no_plan_of_the_release_is_an_occurrence(graph: Graph) -> None:
    rows = news.plans(graph)
    assert len(rows) > 5
    assert [row.iri for row in rows if graph.catalogue.is_a(row.iri, "ckg:Occurrence")] == []


def test_the_page_of_plans_has_meetings_first_then_what_has_passed_then_what_has_no_date(
    client: Client,
) -> None:
    page = client.get("/announced", headers=BROWSER)
    names = re.findall(r'<section aria-labelledby="(\w+)">', page.text)
    assert names == ["meetings", "waiting", "held", "undated"]
    meetings, waiting, held, undated = (
        page.text.split(f'id="{name}"')[1].split("</section>")[0] for name in names
    )
    assert "/page/meeting/2024-06-21-cfm" in meetings
    assert "/page/meeting/2011-h2-csc-plan" in meetings
    assert "Accounts differ: " in meetings
    assert "Held as" not in meetings
    assert "/page/meeting/2011-h2-cfm-plan" in held
    assert "Held as" in held
    assert "(the editors' conclusion)" in held
    assert "No article says that it was held." in meetings
    assert not re.findall('/page/meeting/[^"]+', undated)
    assert "/page/meeting/2021-05-19-cfm" not in page.text
    assert "still happen" not in page.text
    for passed in ("event/csto-anniversary-events-2022", "event/crrf-development-2012"):
        assert f"/page/{passed}" in waiting
    assert "connected with 20th anniversary of the CSTO, 2022" in re.sub(r"<[^>]+>", "", waiting)


def test_the_page_of_plans_and_the_question_on_what_is_ahead_agree(engine: Engine, graph: Graph) -> None:
    """Apart from threats, possibilities and reported events, which only the question has."""
    question = questions.read(Path(__file__).parents[1] / "queries" / "still-ahead.rq")
    rows = [
        row
        for article in graph.select("SELECT ?article WHERE { ?article a ckg:Article }")
        for values in [{"article": namespaces.shorten(article["article"].value)}]
        for row in csv.DictReader(
            engine.query(questions.bind_texts(question, values), "text/csv").text.splitlines()
        )
    ]
    participants = graph.pairs("SELECT ?plan ?who WHERE { ?plan ckg:participant ?who }")
    shown = {iri for plan in news.plans(graph) for iri in (plan.iri, *plan.parts)}
    names = {graph.catalogue.label(participants.get(iri, [iri])[0]) for iri in shown}
    wanted = {row["what"] for row in rows if row["modality"] not in ("threat", "possible")}
    assert names - {row["what"] for row in rows} == set()
    assert wanted - names == set()


def test_what_goes_on_or_is_only_named_is_no_announcement(client: Client) -> None:
    page = client.get("/announced", headers=BROWSER).text
    assert "/page/event/operation-channel" not in page
    assert "/page/event/tajikistan-priorities-2021" not in page


@pytest.mark.parametrize(
    "path",
    ["/announced", "/page/presidency/kazakhstan-csto-2012", "/page/body/csto", "/questions/presidencies"],
)
def test_a_presidency_that_is_announced_is_planned_for_its_year(client: Client, path: str) -> None:
    text = words(client.get(path, headers=BROWSER))
    assert "planned for 2012" in text
    assert not re.search("ended in 2012|since 31 December 2012", text)


def test_a_plan_with_only_a_first_day_is_unconfirmed_from_the_day_after_it(tmp_path: Path) -> None:
    bound = 'ckg:startNotBefore "2020-02-03"^^<http://www.w3.org/2001/XMLSchema#date>'
    (row,) = news.plans(graph_of(tmp_path, plan("x", bound)))
    assert row.when == "3 February 2020 or later"
    assert [row.standing(date(2020, 2, day)) for day in (3, 4)] == ["ahead", "waiting"]


def test_the_front_page_shows_the_newest_announcement_that_the_lead_is_not_about(graph: Graph) -> None:
    lead, _, announced = news.findings(graph, LATE)
    touched = conflicts.conflicts_by_entity(graph)
    waiting = [
        row.iri
        for row in news.unconfirmed(graph, LATE)
        if row.is_meeting and lead.iri not in touched.get(row.iri, ())
    ]
    assert announced.iri == waiting[0]
    assert short(announced.iri) == "meeting/2024-11-28-csc"


def test_an_announced_presidency_that_was_handed_over_says_so(client: Client) -> None:
    said = words(client.get("/announced", headers=BROWSER))
    entry = said.split("CSTO presidency of Kazakhstan, 2012 evidence")[1].split("In the article")[0]
    handover = "Handover of the CSTO presidency to Kazakhstan, December 2011"
    assert f"Its handover is reported: {handover} ." in entry


def test_the_passage_at_an_announced_presidency_is_the_one_that_announces_it(graph: Graph) -> None:
    presidencies = next(row for row in news.findings(graph, LATE) if row.kind == "Presidency")
    (planned,) = [line for line in presidencies.lines if "(announced" in line.words]
    assert planned.words.endswith("2012 (announced; its handover is reported)")
    assert [span.rpartition("/")[2] for span in planned.spans] == ["1806-1872"]


def test_what_only_a_speaker_tells_is_according_to_the_speaker(graph: Graph) -> None:
    presidencies = next(row for row in news.findings(graph, LATE) if row.kind == "Presidency")
    sources = {line.iri.rpartition("/")[2]: line.source for line in presidencies.lines}
    assert sources["tajikistan-csto-2020"] == "NIAT Khovar, 20 May 2021, according to Sirojiddin Mukhriddin"
    assert not any("according to" in source for iri, source in sources.items() if "tajikistan" not in iri)


def test_a_line_that_gives_a_time_has_the_passage_that_gives_it(graph: Graph) -> None:
    presidencies = next(row for row in news.findings(graph, LATE) if row.kind == "Presidency")
    (line,) = [line for line in presidencies.lines if "December 2020" in line.words]
    assert [span.rpartition("/")[2] for span in line.spans] == ["1061-1130"]
