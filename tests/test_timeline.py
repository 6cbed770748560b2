"""The timeline: each meeting and membership, and only what is certain is solid."""

import re
from datetime import date

import pytest
from werkzeug.test import Client

from cstokg import namespaces
from cstokg.web.content.graph import Graph
from cstokg.web.content.meetings import Situation, read_meetings, read_situations
from cstokg.web.content.periods import Period
from cstokg.web.figures.svg import Drawing
from cstokg.web.figures.timeline_marks import Axis, draw_situation, time_of
from figure_client import SVG, drawing, entries, inline, page, rows


def test_each_meeting_and_each_membership_is_on_the_timeline(client: Client, graph: Graph) -> None:
    linked = {link.get("href") for link in drawing(client, "/figures/timeline").iter(f"{SVG}a")}
    told = {row["Record (IRI)"] for row in rows(client, "/figures/timeline")}
    everything = {one.iri for one in read_meetings(graph)} | {one.iri for one in read_situations(graph)}
    assert told == everything
    assert everything <= linked


def test_the_table_has_as_many_meetings_held_as_the_headline(client: Client) -> None:
    """A reception is a gathering there too."""
    kinds = [row["Kind"] for row in rows(client, "/figures/timeline")]
    held = sum(kind.startswith("meeting, held") for kind in kinds)
    others = sum(kind.startswith("gathering, held") for kind in kinds)
    assert f"{held} meetings and {others} other gathering" in client.get("/figures/timeline").text


def test_held_meetings_are_filled_and_announced_ones_are_open(client: Client, graph: Graph) -> None:
    image = drawing(client, "/figures/timeline")
    classes = {
        link.get("href"): {one.get("class") for one in link if one.get("class") != "target"}
        for link in image.iter(f"{SVG}a")
    }
    for one in read_meetings(graph):
        if one.day:
            assert classes[one.iri] >= {"held" if one.held else "announced"}, one.iri


def test_only_what_is_certain_is_solid(client: Client, graph: Graph) -> None:
    image = drawing(client, "/figures/timeline")
    solid = {
        link.get("href")
        for link in image.iter(f"{SVG}a")
        for one in link
        if (one.get("class") or "").startswith("certain")
    }
    for one in read_situations(graph):
        start, end = one.period.start_not_after, one.period.end_not_before
        certain = bool(start and end and start <= end)
        assert (one.iri in solid) == certain, one.iri


def test_what_is_attested_within_some_days_is_hatched_there(client: Client, graph: Graph) -> None:
    image = drawing(client, "/figures/timeline")
    hatched = {
        link.get("href")
        for link in image.iter(f"{SVG}a")
        for one in link
        if (one.get("class") or "").startswith("possible")
    }
    attested = {
        one.iri
        for one in read_situations(graph)
        if "" < one.period.end_not_before < one.period.start_not_after and not one.period.start_not_before
    }
    assert attested
    assert attested <= hatched


def test_a_suspension_is_told_beside_its_mark(client: Client, graph: Graph) -> None:
    suspensions = sum(one.kind == "suspension" for one in read_situations(graph))
    (image,) = inline(page(client, "/figures/timeline"))
    texts = [one.text or "" for link in image.iter(f"{SVG}a") for one in link.iter(f"{SVG}text")]
    assert sum(text.startswith("suspension:") for text in texts) == suspensions


def test_a_narrow_screen_lists_all_with_its_time_in_words(client: Client, graph: Graph) -> None:
    listed = entries(page(client, "/figures/timeline"))
    by_address = {entry.address: entry for entry in listed}
    for one in read_meetings(graph):
        entry = by_address[namespaces.page_path(one.iri)]
        joint = ", one joint meeting" if len(one.organs) > 1 else ""
        assert entry.label == f"{one.when}, {one.standing}{joint}"
        assert entry.parts == (
            () if one.first_day == date.max else ("sure" if one.held and one.day else "maybe",)
        )
    for situation in read_situations(graph):
        entry = by_address[namespaces.page_path(situation.iri)]
        assert entry.label == time_of(situation)
        assert entry.words.startswith(situation.kind)
        start, end = situation.period.start_not_after, situation.period.end_not_before
        assert ("sure" in entry.parts) == bool(start and end and start <= end)
    assert any(entry.label == "21 June 2024, announced" for entry in listed)


def test_the_page_tells_the_days_in_words_and_the_file_gives_every_bound(client: Client) -> None:
    text = page(client, "/figures/timeline")
    assert re.findall(r'<th scope="col">([^<]+)', text) == ["Record", "Kind", "Who", "Of", "When", "Articles"]
    row = next(row for row in rows(client, "/figures/timeline") if row["Began not before"] == "2020-12-01")
    assert row["When"] == "from December 2020, still on 19 May 2021"
    assert row["Articles"] == "NIAT Khovar, 20 May 2021"
    assert row["Began not after"] == "2020-12-31"
    assert row["Ended not before"] == "2021-05-19"
    assert {"Day", "Ended not after"} <= set(row)


@pytest.mark.parametrize(
    ("query", "headline"),
    [
        (
            "state=armenia",
            "report 1 meeting and 1 other gathering held for which an article names someone of Armenia",
        ),
        ("state=armenia", "both in 2021<"),
        (
            "state=azerbaijan",
            "The articles report no meeting held for which an article names someone of Azerbaijan<",
        ),
        ("state=tajikistan", "held in Tajikistan or with someone of Tajikistan named"),
        (
            "topic=afghanistan",
            "4 meetings held for which an article gives Afghanistan as a topic, from 2011 to 2021",
        ),
        (
            "",
            "report 7 meetings and 1 other gathering held, from 2010 to 2024, and announce 3 more<",
        ),
        ("from=2024", "The articles report 1 meeting held, in 2024, and announce 2 more<"),
        ("from=2030", "The articles report no meeting held<"),
    ],
)
def test_the_headline_says_to_what_the_meetings_are_narrowed(
    client: Client, query: str, headline: str
) -> None:
    assert headline in client.get(f"/figures/timeline?{query}", headers={"Accept": "text/html"}).text


def _classes_of(client: Client, address: str, iri: str) -> list[str]:
    """Return the classes of what is drawn for a record."""
    links = [link for link in drawing(client, address).iter(f"{SVG}a") if (link.get("href") or "") == iri]
    return [one.get("class", "") for link in links for one in link]


@pytest.mark.parametrize("address", ["/figures/timeline", "/figures/timeline?state=uzbekistan"])
def test_a_start_or_end_open_for_years_is_a_day_with_an_arrow_and_no_band(
    client: Client, address: str
) -> None:
    for name, hatched in (("uzbekistan-csto-2012", 0), ("uzbekistan-cst-1999", 1)):
        iri = f"{namespaces.ID}suspension/{name}"
        classes = _classes_of(client, address, iri)
        assert "arrow suspension" in classes
        assert classes.count("possible suspension") == hatched
        (link,) = (link for link in drawing(client, address).iter(f"{SVG}a") if link.get("href") == iri)
        assert all(float(one.get("width", "0")) < 60 for one in link.findall(f"{SVG}rect[@class!='ground']"))
    words = "".join(drawing(client, address).itertext())
    assert "suspension: by 28 June 2012; said by Uzbekistan, 28 June 2012" in words
    assert "ended by the end of 2006" in words


def test_a_suspension_without_a_time_is_marked_when_it_was_said_and_by_whom(client: Client) -> None:
    iri = f"{namespaces.ID}suspension/armenia-csto-2024"
    assert "said suspension" in _classes_of(client, "/figures/timeline", iri)
    words = "".join(drawing(client, "/figures/timeline").itertext())
    assert "suspension: time not given; said by Nikol Pashinyan, February 2024" in words
    row = next(row for row in rows(client, "/figures/timeline") if row["Record (IRI)"] == iri)
    assert row["Kind"] == "suspension, said by Nikol Pashinyan, February 2024"


def test_what_only_a_speaker_tells_is_printed_with_the_speaker(client: Client, graph: Graph) -> None:
    """A tooltip alone would be missing in pictures and on paper."""
    links = {link.get("href"): link for link in drawing(client, "/figures/timeline").iter(f"{SVG}a")}
    told = [one for one in read_situations(graph) if one.said_by]
    assert {one.kind for one in told} == {"presidency", "suspension"}
    for one in told:
        printed = " ".join(text.text or "" for text in links[one.iri].iter(f"{SVG}text"))
        assert "said by " in printed, one.iri


@pytest.mark.parametrize(
    ("others", "side"), [((), "end"), (("2005-06-01",), "start"), (("2005-06-01", "2015-06-01"), "")]
)
def test_the_speaker_is_written_where_no_other_bar_is(others: tuple[str, ...], side: str) -> None:
    told, *row = (
        Situation(f"presidency/{day}", "presidency", "state/s", "body/b", Period(day, day, day, day))
        for day in ("2010-06-01", *others)
    )
    image = Drawing("x", "Title", "Description.", 600, lambda _: "")
    axis = Axis(date(2000, 1, 1), date(2020, 1, 1), 0, 600)
    draw_situation(image, axis, told, "S", 20, "said by the minister of S, 1 June 2010", (told, *row))
    texts = re.findall("<text [^>]*>", str(image.markup()))
    assert ["end" if 'anchor="end"' in text else "start" for text in texts] == ([side] if side else [])


def test_what_is_announced_looks_other_than_what_is_reported(client: Client, graph: Graph) -> None:
    announced = {one.iri for one in read_situations(graph) if one.announced}
    assert announced == {f"{namespaces.ID}presidency/kazakhstan-csto-2012"}
    for one in read_situations(graph):
        classes = " ".join(_classes_of(client, "/figures/timeline", one.iri))
        assert ("planned" in classes) == (one.iri in announced), one.iri
        if one.iri in announced:
            assert "possible" not in classes
            assert "certain" not in classes


def test_what_is_planned_for_a_year_is_drawn_from_the_beginning_of_that_year(client: Client) -> None:
    iri = f"{namespaces.ID}presidency/kazakhstan-csto-2012"
    image = drawing(client, "/figures/timeline")
    (link,) = [one for one in image.iter(f"{SVG}a") if one.get("href") == iri]
    (box,) = [one for one in link if (one.get("class") or "").startswith("planned")]
    assert box.get("x") in {
        line.get("x1") for line in image.iter(f"{SVG}line") if line.get("class") == "grid"
    }


@pytest.mark.parametrize(
    ("first", "last"),
    [(date(2011, 12, 20), date(2011, 12, 31)), (date(2012, 1, 1), date(2012, 1, 2)), (date(2011, 7, 1),) * 2],
)
def test_a_mark_is_wide_enough_to_be_seen_and_stays_in_its_year(first: date, last: date) -> None:
    axis = Axis(date(2010, 1, 1), date(2025, 1, 1), 0, 600)
    left, right = axis.widened((axis.x(first), axis.x(last)), 10)
    assert right - left == pytest.approx(10)
    assert axis.x(date(first.year, 1, 1)) <= left
    assert right <= axis.x(date(first.year + 1, 1, 1))


def test_the_month_of_a_meeting_stands_beside_its_mark_in_that_year(client: Client) -> None:
    image = drawing(client, "/figures/timeline")
    texts = list(image.iter(f"{SVG}text"))
    places = {text.text: float(text.get("x") or 0) for text in reversed(texts)}  # of two axes, the upper one
    assert places["2010"] < places["Dec"] < places["2011"]
    assert "Jul" not in places  # one announced for July or later
    assert "20 Dec" in places


def test_the_key_explains_the_signs_that_are_drawn_and_no_others(client: Client) -> None:
    whole = "|".join(drawing(client, "/figures/timeline").itertext())
    for words in (
        "held, day not known",
        "announced, day not known",
        "presidency announced",
        "then or earlier",
    ):
        assert f"|{words}" in whole
    narrowed = "|".join(drawing(client, "/figures/timeline?state=uzbekistan").itertext())
    assert "|meeting held" not in narrowed
    assert "|presidency announced" not in narrowed


@pytest.mark.parametrize(("query", "scales"), [("", 2), ("state=uzbekistan", 1), ("topic=afghanistan", 2)])
def test_the_note_tells_of_two_time_scales_where_there_are_two(
    client: Client, query: str, scales: int
) -> None:
    assert ("different time scales" in page(client, f"/figures/timeline?{query}")) == (scales == 2)


def test_a_plan_that_was_held_by_the_editors_conclusion_is_not_counted_again(client: Client) -> None:
    assert "2 announcements are not counted" in page(client, "/figures/timeline")
    assert "not counted" not in page(client, "/figures/timeline?from=2018")


def test_a_meeting_of_several_organs_is_joined_across_their_rows(client: Client, graph: Graph) -> None:
    """The organs that met together are next to each other, so that the line passes no other meeting."""
    (joint,) = (one for one in read_meetings(graph) if len(one.organs) > 1)
    image = drawing(client, "/figures/timeline")
    heights = [
        float(mark.get("cy", ""))
        for link in image.iter(f"{SVG}a")
        if link.get("href") == joint.iri
        for mark in link
        if mark.get("class") == "held"
    ]
    line, _ = (
        one for one in image.iter(f"{SVG}line") if one.get("class") == "joint"
    )  # the other is the key's
    assert len(heights) == len(joint.organs)
    assert [line.get("y1"), line.get("y2")] == [f"{height:g}" for height in (min(heights), max(heights))]
    others = [
        float(mark.get("cy", ""))
        for link in image.iter(f"{SVG}a")
        if link.get("href") != joint.iri
        for mark in link
        if mark.get("class") in ("held", "announced") and mark.get("cx") == line.get("x1")
    ]
    assert not [height for height in others if min(heights) < height < max(heights)]


def test_an_organ_that_no_article_names_is_marked_as_the_editors_knowledge(client: Client) -> None:
    text = page(client, "/figures/timeline")
    assert "CSTO Committee of Secretaries of Security Councils (the editors’ knowledge)" in text
    assert "CSTO Council of Foreign Ministers (the editors’ knowledge)" not in text
    assert "Apart from the organ marked" in text
    assert "Apart from the organ marked" not in page(client, "/figures/timeline?until=2021")
    assert "(the editors’ knowledge)" in page(client, "/figures/map")
    assert "(the editors’ knowledge)" in page(client, "/")


@pytest.mark.parametrize("figure", ["timeline", "map"])
def test_a_meeting_that_a_state_will_not_attend_is_not_one_of_its_meetings(
    client: Client, figure: str
) -> None:
    text = page(client, f"/figures/{figure}?state=armenia")
    assert "Left out: the meeting of 21 June 2024, which an article says Armenia will not attend." in text
    assert "meeting/2024-06-21-cfm" not in text
    assert "Left out" not in page(client, f"/figures/{figure}?state=armenia&until=2021")
    assert "meeting/2024-06-21-cfm" in page(client, f"/figures/{figure}?state=kazakhstan")
