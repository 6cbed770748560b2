"""The timeline: each meeting and membership, and only what is certain is solid."""

import re
from datetime import date

import pytest
from werkzeug.test import Client

from cstokg import namespaces
from cstokg.web.content.graph import Graph
from cstokg.web.content.records import meetings, situations
from figure_client import SVG, drawing, entries, inline, page, rows


def test_each_meeting_and_each_membership_is_on_the_timeline(client: Client, graph: Graph) -> None:
    linked = {link.get("href") for link in drawing(client, "/figures/timeline").iter(f"{SVG}a")}
    told = {row["Record (IRI)"] for row in rows(client, "/figures/timeline")}
    everything = {one.iri for one in meetings(graph)} | {one.iri for one in situations(graph)}
    assert told == everything
    assert everything <= linked


def test_held_meetings_are_filled_and_announced_ones_are_open(client: Client, graph: Graph) -> None:
    image = drawing(client, "/figures/timeline")
    classes = {
        link.get("href"): {one.get("class") for one in link if one.get("class") != "target"}
        for link in image.iter(f"{SVG}a")
    }
    for one in meetings(graph):
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
    for one in situations(graph):
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
        for one in situations(graph)
        if "" < one.period.end_not_before < one.period.start_not_after and not one.period.start_not_before
    }
    assert attested
    assert attested <= hatched


def test_a_suspension_is_told_beside_its_mark(client: Client, graph: Graph) -> None:
    suspensions = sum(one.kind == "suspension" for one in situations(graph))
    (image,) = inline(page(client, "/figures/timeline"))
    texts = [one.text or "" for link in image.iter(f"{SVG}a") for one in link.iter(f"{SVG}text")]
    assert sum(text.startswith("suspended") for text in texts) == suspensions


def test_a_narrow_screen_lists_all_with_its_time_in_words(client: Client, graph: Graph) -> None:
    listed = entries(page(client, "/figures/timeline"))
    by_address = {entry.address: entry for entry in listed}
    for one in meetings(graph):
        entry = by_address[namespaces.page_path(one.iri)]
        assert entry.label == f"{one.when}, {one.standing}"
        assert entry.parts == (
            () if one.first_day == date.max else ("sure" if one.held and one.day else "maybe",)
        )
    for situation in situations(graph):
        entry = by_address[namespaces.page_path(situation.iri)]
        assert (entry.label, entry.words) == (situation.when, situation.kind)
        start, end = situation.period.start_not_after, situation.period.end_not_before
        assert ("sure" in entry.parts) == bool(start and end and start <= end)
    assert any(entry.label == "21 June 2024, announced" for entry in listed)


def test_the_page_tells_the_days_in_words_and_the_file_gives_every_bound(client: Client) -> None:
    text = page(client, "/figures/timeline")
    assert re.findall(r'<th scope="col">([^<]+)', text) == ["Record", "Kind", "Who", "Of", "When"]
    row = next(row for row in rows(client, "/figures/timeline") if row["Began not before"] == "2020-12-01")
    assert row["When"] == "from December 2020, still on 19 May 2021"
    assert row["Began not after"] == "2020-12-31"
    assert row["Ended not before"] == "2021-05-19"
    assert {"Day", "Ended not after"} <= set(row)


@pytest.mark.parametrize(
    ("query", "headline"),
    [
        ("state=armenia", "The articles report 2 meetings with Armenia held in 2021, and 1 announced"),
        ("state=azerbaijan", "The articles report no meeting with Azerbaijan held"),
        ("topic=afghanistan", "meetings on Afghanistan held from 2011 to 2021"),
        ("", "The articles report 8 meetings held from 2010 to 2024"),
        ("", "and 5 announced; suspensions reported for Armenia and Uzbekistan"),
        ("from=2024", "The articles report 1 meeting held in 2024, and 2 announced"),
        ("from=2030", "The articles report no meeting held<"),
    ],
)
def test_the_headline_says_to_what_the_meetings_are_narrowed(
    client: Client, query: str, headline: str
) -> None:
    assert headline in client.get(f"/figures/timeline?{query}", headers={"Accept": "text/html"}).text
