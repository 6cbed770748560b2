"""Statement flows: they show whose words reach whom, and lose no statement."""

import re
from html import unescape

import pytest
from werkzeug.test import Client

from cstokg.web.figures import svg
from figure_client import SVG, drawing, entries, page, rows


def test_relayed_words_reach_the_one_who_relays_them(client: Client) -> None:
    told = [row for row in rows(client, "/figures/relays") if row["Way"] == "passed on"]
    assert {row["To"] for row in told} == {"Sergey Lavrov"}
    assert sum(int(row["Statements"]) for row in told) == 4


def test_words_that_are_passed_on_take_one_way(client: Client) -> None:
    """Through the speaker who passes them on, and not a second time past that speaker."""
    ways = {(row["From"], row["To"]) for row in rows(client, "/figures/relays")}
    assert ("the ministers at Almaty, 2018", "Sergey Lavrov") in ways
    assert ("the ministers at Almaty, 2018", "RIA Novosti") not in ways
    assert not {start for start, end in ways if end in ("RIA Novosti", "TASS")} - {"Sergey Lavrov"}
    text = page(client, "/figures/relays")
    assert "For 77 of 87 statements the articles name no other outlet as the source; for 6 they name" in text
    assert "another passes on counts once" in text


def test_what_enters_an_outlet_leaves_it(client: Client) -> None:
    through = [row for row in rows(client, "/figures/relays") if row["Way"] == "through the outlet"]
    outlets = {row["From"] for row in through} & {row["To"] for row in through}
    assert outlets
    for outlet in outlets:
        into = sum(int(row["Statements"]) for row in through if row["To"] == outlet)
        assert into == sum(int(row["Statements"]) for row in through if row["From"] == outlet)


@pytest.mark.parametrize("query", ["", "?state=russia", "?topic=afghanistan&from=2018"])
def test_a_bar_leads_to_the_statements_that_it_counts(client: Client, query: str) -> None:
    """A bar of the list for narrow screens."""
    bars = [entry for entry in entries(page(client, f"/figures/relays{query}")) if entry.parts]
    assert bars
    for bar in bars:
        assert f'id="found">{bar.words} statement' in page(client, bar.address), bar.address


def test_the_list_for_a_narrow_screen_tells_as_many_statements_as_the_table(client: Client) -> None:
    found = rows(client, "/figures/relays")
    listed = entries(page(client, "/figures/relays"))
    articles = {row["To"] for row in found if row["Way"] == "no outlet named"}

    def told(way: str) -> int:
        return sum(
            int(row["Statements"])
            for row in found
            if row["Way"] == way and (way != "through the outlet" or row["To"] in articles)
        )

    relayed = sum(int(entry.words) for entry in listed if "passed on by" in entry.label)
    through = sum(
        int(entry.words) for entry in listed if " through " in entry.label and "passed" not in entry.label
    )
    assert relayed == told("passed on") > 0
    assert through == told("through the outlet") > 0
    assert sum(int(entry.words) for entry in listed) == relayed + through + told("no outlet named")


def _headline(text: str) -> str:
    found = re.search(r'class="finding">(.*?)<', text)
    assert found
    return unescape(found[1])


@pytest.mark.parametrize(
    ("query", "scope"),
    [("", ""), ("?topic=afghanistan", " on Afghanistan"), ("?state=russia", " for Russia")],
)
def test_the_headline_counts_what_the_table_counts(client: Client, query: str, scope: str) -> None:
    """Those without an outlet, all of them, and those through the outlet that is named most."""
    address = f"/figures/relays{query}"
    table = [row for row in rows(client, address) if row["Way"] != "passed on"]
    through: dict[str, int] = {}
    for row in table:
        if row["Way"] == "through the outlet" and row["From"] in {other["To"] for other in table}:
            through[row["From"]] = through.get(row["From"], 0) + int(row["Statements"])
    own = sum(int(row["Statements"]) for row in table if row["Way"] != "through the outlet")
    most = max(through.values())
    outlets = sorted(name for name in through if through[name] == most)
    each = " each" if len(outlets) > 1 else ""
    assert _headline(page(client, address)) == (
        f"For {own} of {own + sum(through.values())} statements{scope} the articles name no other outlet as "
        f"the source; for {most}{each} they name {' and '.join(outlets)}"
    )


@pytest.mark.parametrize(
    ("query", "headline"),
    [
        (
            "state=armenia",
            "For none of the 4 statements for Armenia do the articles name another outlet as the source",
        ),
        ("from=2030", "No statement fits"),
    ],
)
def test_the_headline_of_few_statements_is_a_sentence(client: Client, query: str, headline: str) -> None:
    assert _headline(page(client, f"/figures/relays?{query}")) == headline


def test_bands_of_relayed_words_pass_behind_no_name_but_that_of_their_speaker(client: Client) -> None:
    """They are level where the names of speakers begin."""
    image = drawing(client, "/figures/relays")
    relayed = [one.get("d", "") for one in image.iter(f"{SVG}path") if one.get("class") == "flow relayed"]
    names = [one for one in image.iter(f"{SVG}text") if one.get("x") == "498"]
    assert relayed
    assert len(names) > 10
    first = min(498 - svg.width_of(one.text or "") for one in names)
    for path in relayed:
        level = re.search(r"C[\d. ]+ ([\d.]+) [\d.]+H506", path)
        assert level
        assert float(level[1]) < first
