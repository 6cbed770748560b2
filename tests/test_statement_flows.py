"""Statement flows: they show whose words reach whom, and lose no statement."""

import pytest
from werkzeug.test import Client

from figure_client import entries, page, rows


def test_relayed_words_reach_the_one_who_relays_them(client: Client) -> None:
    told = [row for row in rows(client, "/figures/relays") if row["Way"] == "passed on"]
    assert {row["To"] for row in told} == {"Sergey Lavrov"}
    assert sum(int(row["Statements"]) for row in told) == 4


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
