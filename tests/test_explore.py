"""Every entity leads to its neighbours, with script or without."""

import re
from html import unescape

import pytest
from werkzeug.test import Client

from cstokg import namespaces
from cstokg.engine.engine import Engine
from cstokg.web.site import Site
from cstokg.web.views import explore

LAVROV = f"{namespaces.ID}person/lavrov-sergey"
BROWSER = {"Accept": "text/html"}


@pytest.fixture(scope="module")
def site(engine: Engine) -> Site:
    """Return the site over the release."""
    return Site(engine)


def test_every_entity_has_a_page_and_data(site: Site, client: Client) -> None:
    """One of each kind is asked, and each neighbour named there can be explored in its turn."""
    asked = 0
    for kind, entries in site.catalogue.by_kind.items():
        if kind in ("", "span", "graph"):
            continue
        iri = entries[0].iri
        response = client.get("/explore", query_string={"iri": iri}, headers=BROWSER)
        assert response.status_code == 200, iri
        page = unescape(response.get_data(as_text=True))
        document = client.get("/explore.json", query_string={"iri": iri}).get_json()
        assert document["iri"] == iri
        for neighbour in document["neighbours"]:
            assert f'data-explore="{neighbour["iri"]}"' in page
            assert explore.is_explorable(site, neighbour["iri"]), neighbour
            assert neighbour["label"]
            assert neighbour["propertyLabel"]
        asked += 1
    assert asked > 30


def test_page_works_without_script(client: Client) -> None:
    """Each neighbour is a link to its own neighbours, by property."""
    page = client.get("/explore?iri=person:lavrov-sergey", headers=BROWSER).get_data(as_text=True)
    assert "<bdi>Sergey Lavrov</bdi></h1>" in page
    links = re.findall(r'<a href="(/explore\?iri=[^"]+)" data-explore', page)
    assert "/explore?iri=post:foreign-minister-russia" in links
    assert client.get(unescape(links[0]), headers=BROWSER).status_code == 200
    assert '<figure id="drawing" class="walk"' in page
    assert re.search(r"<figure[^>]* hidden>", page)


def test_page_lists_the_last_of_several(client: Client) -> None:
    """The address has all of them, for the drawing."""
    page = client.get("/explore?iri=person:lavrov-sergey&iri=state:armenia", headers=BROWSER).get_data(
        as_text=True
    )
    assert "<bdi>Armenia</bdi></h1>" in page
    assert f'data-iris="{LAVROV} {namespaces.ID}state/armenia"' in page


def test_page_without_an_entity_offers_where_to_begin(client: Client) -> None:
    """People, meetings and more, in a list that needs no script; the Council is drawn meanwhile."""
    page = client.get("/explore", headers=BROWSER).get_data(as_text=True)
    assert '<option value="person:lavrov-sergey">Sergey Lavrov</option>' in page
    assert '<optgroup label="Meetings">' in page
    assert f'data-iris="{namespaces.ID}organ/cfm"' in page


@pytest.mark.parametrize(
    "iri", ["person:lavrof-sergey", "javascript:alert(1)", "urn:x:<script>", "article:x/span/1-2"]
)
def test_what_does_not_exist_is_not_found(client: Client, iri: str) -> None:
    """With the nearest names, and nothing taken as markup."""
    response = client.get("/explore", query_string={"iri": iri}, headers=BROWSER)
    assert response.status_code == 404
    assert "<script>" not in response.get_data(as_text=True)
    assert client.get("/explore.json", query_string={"iri": iri}).status_code == 404


def test_too_many_entities_are_a_wrong_parameter(client: Client) -> None:
    query = {"iri": [f"meeting:{number}" for number in range(41)]}
    response = client.get("/explore", query_string=query, headers=BROWSER)
    assert response.status_code == 400
    assert "at most 40" in response.get_data(as_text=True)
