"""Statement flows: they show whose words reach whom, and lose no statement."""

import pytest
from werkzeug.test import Client

from cstokg.engine.engine import Engine
from figure_client import SVG, inline, page, rows
from site_client import create_app


@pytest.fixture(scope="module")
def client(engine: Engine) -> Client:
    """A client of the application over the release."""
    return create_app(engine).test_client()


def test_relayed_words_reach_the_one_who_relays_them(client: Client) -> None:
    told = [row for row in rows(client, "/figures/relays") if row["Way"] == "passed on"]
    assert {row["To"] for row in told} == {"Sergey Lavrov"}
    assert sum(int(row["Statements"]) for row in told) == 5


def test_what_enters_an_outlet_leaves_it(client: Client) -> None:
    through = [row for row in rows(client, "/figures/relays") if row["Way"] == "through the outlet"]
    outlets = {row["From"] for row in through} & {row["To"] for row in through}
    assert outlets
    for outlet in outlets:
        into = sum(int(row["Statements"]) for row in through if row["To"] == outlet)
        assert into == sum(int(row["Statements"]) for row in through if row["From"] == outlet)


@pytest.mark.parametrize("query", ["", "?state=russia", "?topic=afghanistan&from=2018"])
def test_a_bar_leads_to_the_statements_that_it_counts(client: Client, query: str) -> None:
    """A bar of the narrow drawing leads to the statements that it counts."""
    _, image = inline(page(client, f"/figures/relays{query}"))
    bars = [link for link in image.iter(f"{SVG}a") if any("flow" in one.get("class", "") for one in link)]
    assert bars
    for link in bars:
        number = (link.get("aria-label") or "").rpartition(" ")[2]
        assert f'id="found">{number} statement' in page(client, link.get("href", "")), link.get("href")


def test_the_narrow_drawing_tells_as_many_statements_as_the_table(client: Client) -> None:
    found = rows(client, "/figures/relays")
    _, image = inline(page(client, "/figures/relays"))
    articles = {row["To"] for row in found if row["Way"] == "no outlet named"}
    sorts = {"direct": "no outlet named", "via": "through the outlet", "relayed": "passed on"}
    for class_, way in sorts.items():
        told = [row for row in found if row["Way"] == way]
        counted = [row for row in told if class_ != "via" or row["To"] in articles]
        drawn = [
            (link.get("aria-label") or "").rpartition(" ")[2]
            for link in image.iter(f"{SVG}a")
            for one in link
            if one.get("class") == f"flow {class_} length"
        ]
        assert sum(map(int, drawn)) == sum(int(row["Statements"]) for row in counted) > 0
