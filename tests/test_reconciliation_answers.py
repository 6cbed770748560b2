"""What the reconciliation service suggests, adds to tables and previews."""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from werkzeug.test import Client

from cstokg import namespaces
from cstokg.engine.engine import Engine
from cstokg.settings import Serving
from cstokg.web.content.graph import Graph
from cstokg.web.reconciliation import reconcilable
from cstokg.web.reconciliation.reconcilable import Register
from cstokg.web.serving import http
from reconciliation_client import KAZAKHSTAN, LAVROV, answered, check_named, refused, sent, validate

CELLS: Mapping[str, Callable[[Any], bool]] = {
    "str": lambda value: isinstance(value, str),
    "int": lambda value: isinstance(value, int),
    "float": lambda value: isinstance(value, float),
    "date": lambda value: re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", value) is not None,
}


@pytest.fixture(scope="module")
def register(engine: Engine) -> Register:
    return reconcilable.read(Graph(engine))


def check_extension(answer: Mapping[str, Any]) -> None:
    """Section 7.5: every entity has every property; a value is an entity or of one type."""
    validate("data-extension-response", answer)
    check_named(answer["meta"])
    columns = [column["id"] for column in answer["meta"]]
    for row in answer["rows"].values():
        assert sorted(row) == sorted(set(columns))
        for cells in row.values():
            for cell in cells:
                if "id" in cell:
                    check_named([cell])
                else:
                    ((kind, value),) = cell.items()
                    assert CELLS[kind](value)


@pytest.mark.parametrize(
    ("prefix", "id_"),
    [
        ("lav", LAVROV),
        ("Лав", LAVROV),
        ("Sergey L", LAVROV),
        (LAVROV, LAVROV),
        (namespaces.ID + LAVROV, LAVROV),
        ("kaz", "person/kazakbayev-ruslan"),
        ("almat", "place/almaty"),
    ],
)
def test_entities_are_suggested(client: Client, prefix: str, id_: str) -> None:
    answer = answered(client.get("/reconcile/suggest/entity", query_string={"prefix": prefix}))
    validate("suggest-entities-response", answer)
    check_named(answer["result"])
    assert answer["result"][0]["id"] == id_
    check_named(answer["result"][0]["notable"])


def test_suggestions_of_a_type_and_further_ones(client: Client) -> None:
    only = answered(client.get("/reconcile/suggest/entity?prefix=kaz&type=State"))["result"]
    assert [row["id"] for row in only] == [KAZAKHSTAN]
    every = answered(client.get("/reconcile/suggest/entity?prefix=c"))["result"]
    assert len(every) == Serving().reconcile_results
    later = answered(client.get("/reconcile/suggest/entity?prefix=c&cursor=5"))["result"]
    assert later[:3] == every[5:8]
    assert answered(client.get("/reconcile/suggest/entity?prefix="))["result"] == []


def test_types_and_properties_are_suggested(client: Client) -> None:
    types = answered(client.get("/reconcile/suggest/type?prefix=org"))
    validate("suggest-types-response", types)
    check_named(types["result"])
    assert "Organisation" in {row["id"] for row in types["result"]}
    (organ,) = (row for row in types["result"] if row["id"] == "Organ")
    assert [row["id"] for row in organ["broader"]] == ["Organisation"]
    properties = answered(client.get("/reconcile/suggest/property?prefix=wiki"))
    validate("suggest-properties-response", properties)
    assert properties["result"][0]["id"] == "wikidata"


def test_properties_are_proposed(client: Client) -> None:
    answer = answered(client.get("/reconcile/properties?type=Person&limit=6"))
    validate("data-extension-property-proposal", answer)
    check_named(answer["properties"])
    assert (answer["type"], answer["limit"], len(answer["properties"])) == ("Person", 6, 6)
    ids = [row["id"] for row in answer["properties"]]
    assert {"wikidata", "post", "state"} <= set(ids)
    places = answered(client.get("/reconcile/properties?type=Place"))["properties"]
    assert {"inState", "latitude"} <= {row["id"] for row in places}
    assert "post" not in {row["id"] for row in places}


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_table_is_extended(client: Client, method: str) -> None:
    ids = [LAVROV, namespaces.ID + KAZAKHSTAN, "place/almaty", "meeting/2021-05-19-cfm", "person/nobody"]
    properties = (
        "wikidata", "wikidata-close", "wikidata-item", "post", "state", "onDate", "latitude", "name", "iri",
    )  # fmt: skip
    request = {"ids": ids, "properties": [{"id": name} for name in properties]}
    validate("data-extension-query", request)
    answer = answered(sent(client, "extend", request, method))
    check_extension(answer)
    rows = answer["rows"]
    assert set(rows) == set(ids)
    assert rows[LAVROV]["wikidata"] == [{"str": "Q58217"}]
    assert rows[LAVROV]["wikidata-item"] == [{"id": "Q58217", "name": "Q58217"}]
    post = {"id": "post/foreign-minister-russia", "name": "Minister of Foreign Affairs of Russia"}
    assert rows[LAVROV]["post"] == [post]
    assert rows[LAVROV]["state"] == [{"id": "state/russia", "name": "Russia"}]
    assert {"str": "Сергей Лавров"} in rows[LAVROV]["name"]
    assert rows[LAVROV]["iri"] == [{"str": namespaces.ID + LAVROV}]
    assert rows[namespaces.ID + KAZAKHSTAN]["wikidata-close"] == [{"str": "Q232"}]
    assert rows["place/almaty"]["state"] == [{"id": KAZAKHSTAN, "name": "Kazakhstan"}]
    assert rows["place/almaty"]["latitude"] == [{"float": 43.2}]
    assert rows["meeting/2021-05-19-cfm"]["onDate"] == [{"date": "2021-05-19T00:00:00Z"}]
    assert set(map(str, rows["person/nobody"].values())) == {"[]"}
    (item,) = (column for column in answer["meta"] if column["id"] == "wikidata-item")
    assert item["service"].startswith("https://")


def test_limit_of_values_is_kept(client: Client) -> None:
    names = {"ids": [LAVROV], "properties": [{"id": "name", "settings": {"limit": 1}}]}
    assert len(answered(sent(client, "extend", names))["rows"][LAVROV]["name"]) == 1
    names["properties"] = [{"id": "name", "settings": {"limit": 0}}]
    assert len(answered(sent(client, "extend", names))["rows"][LAVROV]["name"]) > 1


@pytest.mark.parametrize(
    "extension",
    [
        "{",
        "[]",
        {},
        {"ids": [LAVROV]},
        {"ids": LAVROV, "properties": []},
        {"ids": [1], "properties": []},
        {"ids": [LAVROV], "properties": ["wikidata"]},
        {"ids": [LAVROV], "properties": [{"id": "nothing"}]},
        {"ids": [LAVROV], "properties": [{"id": "name", "settings": {"limit": "x"}}]},
        {"ids": [LAVROV], "properties": [{"id": "name", "settings": 1}]},
    ],
    ids=lambda extension: json.dumps(extension)[:60],
)
def test_malformed_extension_is_refused(client: Client, extension: object) -> None:
    problem = refused(sent(client, "extend", extension), 400, "bad-parameter")
    assert problem["parameter"] == "extend"


def test_every_property_has_values_that_can_be_written(register: Register, client: Client) -> None:
    ids = [next(iter(register.of_types([type_])), "") for type_ in register.types]
    names = sorted(register.properties)
    for start in range(0, len(names), 20):
        properties = [{"id": name} for name in names[start : start + 20]]
        check_extension(answered(sent(client, "extend", {"ids": ids, "properties": properties})))


def test_preview_may_be_framed_and_nothing_else(client: Client) -> None:
    page = client.get("/reconcile/preview?id=person/lavrov-sergey")
    assert page.mimetype == "text/html"
    policy = page.headers["Content-Security-Policy"]
    assert "frame-ancestors *" in policy
    assert "frame-ancestors *" not in client.get("/about").headers["Content-Security-Policy"]
    assert policy.replace("frame-ancestors *", "frame-ancestors 'self'") == http.POLICY
    assert "X-Frame-Options" not in page.headers
    for text in ("Sergey Lavrov", "Minister of Foreign Affairs of Russia", "Q58217"):
        assert text in page.text
    assert f'href="/page/{LAVROV}"' in page.text


def test_every_entity_has_a_preview(register: Register, client: Client) -> None:
    for type_ in register.types:
        for id_ in sorted(register.of_types([type_]))[:3]:
            assert client.get("/reconcile/preview", query_string={"id": id_}).status_code == 200
