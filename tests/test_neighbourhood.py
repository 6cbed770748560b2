"""The neighbourhood of an entity: neighbours that are not drawn are counted."""

import re

from werkzeug.test import Client

from figure_client import SVG, entries, inline, page, rows


def test_the_neighbourhood_tells_all_that_it_cannot_draw(client: Client) -> None:
    found = rows(client, "/figures/neighbourhood?entity=body/csto")
    text = page(client, "/figures/neighbourhood?entity=body/csto")
    (image,) = inline(text)
    drawn = sum(one.get("class") == "node" for one in image.iter(f"{SVG}circle"))
    more = sum(int(number) for number in re.findall(r"and (\d+) more", "".join(image.itertext())))
    assert drawn + more == len(found)
    listed = entries(text)
    more = sum(
        int(number) for number in re.findall(r"and (\d+) more", " ".join(entry.label for entry in listed))
    )
    assert sum(bool(entry.address) for entry in listed) + more == len(found)
