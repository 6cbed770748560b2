"""The neighbourhood of an entity: what cannot be drawn is counted."""

import re

import pytest
from flask.testing import FlaskClient

from cstokg.engine import Engine
from cstokg.web import create_app
from drawn import SVG, drawing, rows


@pytest.fixture(scope="module")
def client(engine: Engine) -> FlaskClient:
    """A client of the application over the release."""
    return create_app(engine).test_client()


def test_the_neighbourhood_tells_all_that_it_cannot_draw(client: FlaskClient) -> None:
    """The neighbourhood tells all that it cannot draw."""
    found = rows(client, "/figures/neighbourhood?entity=body/csto")
    image = drawing(client, "/figures/neighbourhood?entity=body/csto")
    drawn = sum(one.get("class") == "node" for one in image.iter(f"{SVG}circle"))
    more = sum(int(number) for number in re.findall(r"and (\d+) more", "".join(image.itertext())))
    assert drawn + more == len(found)
