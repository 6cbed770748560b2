"""The figure of relays: whose words reach whom, and none is lost on the way."""

import pytest
from flask.testing import FlaskClient

from cstokg.engine import Engine
from cstokg.web import create_app
from drawn import rows


@pytest.fixture(scope="module")
def client(engine: Engine) -> FlaskClient:
    """A client of the application over the release."""
    return create_app(engine).test_client()


def test_relayed_words_reach_the_one_who_relays_them(client: FlaskClient) -> None:
    """Relayed words reach the one who relays them."""
    told = [row for row in rows(client, "/figures/relays") if row["Way"] == "passed on"]
    assert {row["To"] for row in told} == {"Sergey Lavrov"}
    assert sum(int(row["Statements"]) for row in told) == 3  # one of them passes on two


def test_what_enters_an_outlet_leaves_it(client: FlaskClient) -> None:
    """What enters an outlet leaves it."""
    through = [row for row in rows(client, "/figures/relays") if row["Way"] == "through the outlet"]
    outlets = {row["From"] for row in through} & {row["To"] for row in through}
    assert outlets
    for outlet in outlets:
        into = sum(int(row["Statements"]) for row in through if row["To"] == outlet)
        assert into == sum(int(row["Statements"]) for row in through if row["From"] == outlet)
