"""The neighbourhood of an entity: what cannot be drawn is counted."""

import re
from itertools import pairwise

import pytest
from werkzeug.test import Client

from cstokg.engine.engine import Engine
from figure_client import SVG, inline, page, rows
from site_client import create_app


@pytest.fixture(scope="module")
def client(engine: Engine) -> Client:
    """A client of the application over the release."""
    return create_app(engine).test_client()


def test_the_neighbourhood_tells_all_that_it_cannot_draw(client: Client) -> None:
    found = rows(client, "/figures/neighbourhood?entity=body/csto")
    images = list(inline(page(client, "/figures/neighbourhood?entity=body/csto")))
    assert len(images) == 2
    for image in images:
        drawn = sum(one.get("class") == "node" for one in image.iter(f"{SVG}circle"))
        more = sum(int(number) for number in re.findall(r"and (\d+) more", "".join(image.itertext())))
        assert drawn + more == len(found)


def test_the_narrow_neighbourhood_is_one_column(client: Client) -> None:
    _, image = inline(page(client, "/figures/neighbourhood?entity=person/lavrov-sergey"))
    heights = [float(one.get("y", "0")) for one in image.iter(f"{SVG}text")]
    assert len(heights) > 20
    assert all(low - high >= 15 for high, low in pairwise(heights))
