"""The reconciliation service: its manifest, its matches of names with our IRIs, and what it refuses."""

import json
from collections.abc import Mapping
from typing import Any

import jsonschema_rs
import pytest
from werkzeug.test import Client

from cstokg import namespaces
from cstokg.engine.engine import Engine
from cstokg.settings import Serving
from cstokg.web.content import spelling
from cstokg.web.reconciliation.name_matching import FEATURES
from cstokg.web.reconciliation.reconciliation import read_queries
from cstokg.web.serving.problems import ProblemError, kinds
from installed import folder
from reconciliation_client import KAZAKHSTAN, LAVROV, answered, check_named, refused, sent, validate
from site_client import create_app

Batch = Mapping[str, Mapping[str, object]]

ORIGIN = {"Origin": "http://127.0.0.1:3333"}  # OpenRefine's


def first(client: Client, **query: object) -> dict[str, Any]:
    """Return the first candidate for a query; empty if there is none."""
    result = answered(sent(client, "queries", {"q": query}))["q"]["result"]
    return result[0] if result else {}


def check_candidates(batch: Mapping[str, Any]) -> None:
    """Section 4.2 of the specification."""
    validate("reconciliation-result-batch", batch)
    for answer in batch.values():
        assert list(answer) == ["result"]
        check_named(answer["result"])
        scores = [row["score"] for row in answer["result"]]
        assert scores == sorted(scores, reverse=True)
        assert sum(row["match"] for row in answer["result"]) <= 1
        for row in answer["result"]:
            check_named(row["type"])
            assert len({feature["id"] for feature in row["features"]}) == len(row["features"])
            for feature in row["features"]:
                assert isinstance(feature["value"], int | float)
                assert FEATURES[feature["id"]] == feature["name"]


def test_manifest(client: Client) -> None:
    manifest = answered(client.get("/reconcile", headers=ORIGIN))
    validate("manifest", manifest)
    assert "0.2" in manifest["versions"]
    assert manifest["identifierSpace"] == namespaces.ID
    assert manifest["schemaSpace"] == namespaces.CKG
    assert manifest["batchSize"] == Serving().reconcile_queries
    check_named(manifest["defaultTypes"])
    assert {"Person", "State", "Organisation", "Post", "Place", "Meeting", "Document", "Event"} <= {
        row["id"] for row in manifest["defaultTypes"]
    }
    for what in ("entity", "type", "property"):
        suggest = manifest["suggest"][what]
        assert client.get(suggest["service_url"] + suggest["service_path"] + "?prefix=a").status_code == 200
    assert client.get(manifest["documentation"]).status_code == 200


def test_manifest_names_addresses_below_a_base_path(engine: Engine) -> None:
    client = create_app(engine, settings=Serving(base_path="/kg")).test_client()
    manifest = answered(client.get("/kg/reconcile"))
    assert manifest["view"]["url"].startswith("http://localhost/kg/reconcile/view")
    view = client.get("/kg/reconcile/view?id=person%2Flavrov-sergey")
    assert view.headers["Location"] == f"/kg/page/{LAVROV}"


def test_templates_of_the_manifest_lead_somewhere(client: Client) -> None:
    """With the id as one component of an address, its slash encoded."""
    manifest = answered(client.get("/reconcile"))
    encoded = LAVROV.replace("/", "%2F")
    view = client.get(manifest["view"]["url"].replace("{{id}}", encoded))
    assert (view.status_code, view.headers["Location"]) == (303, f"/page/{LAVROV}")
    preview = client.get(manifest["preview"]["url"].replace("{{id}}", encoded))
    assert preview.status_code == 200
    documented = client.get("/about/reconciliation").text
    for feature in FEATURES:
        address, _, anchor = manifest["feature_view"]["url"].replace("{{id}}", feature).partition("#")
        assert address == manifest["documentation"]
        assert f'id="{anchor}"' in documented


@pytest.mark.parametrize("method", ["get", "post"])
def test_every_query_of_a_batch_is_answered(client: Client, method: str) -> None:
    batch = {
        "q0": {"query": "Lavrov S.V.", "type": "Person", "type_strict": "should", "limit": 3},
        "q1": {"query": "Лавров"},
        "q2": {"query": "Mukhriddin", "type": ["Person", "State"]},
        "q3": {"query": "nobody at all"},
    }
    answer = answered(sent(client, "queries", batch, method))
    check_candidates(answer)
    assert list(answer) == list(batch)
    assert [row["result"][0]["id"] for row in (answer["q0"], answer["q1"])] == [LAVROV, LAVROV]
    assert answer["q2"]["result"][0]["id"] == "person/mukhriddin-sirojiddin"
    assert answer["q2"]["result"][0]["match"] is True
    assert answer["q3"]["result"] == []


def test_another_person_of_the_name_is_a_candidate_and_no_match(client: Client) -> None:
    candidate = first(client, query="Lavrov A.P.", type="Person")
    assert (candidate["id"], candidate["match"]) == (LAVROV, False)
    assert {"id": "contradiction", "value": True, "name": FEATURES["contradiction"]} in candidate["features"]


@pytest.mark.parametrize("text", [LAVROV, namespaces.ID + LAVROV])
def test_an_id_or_iri_is_a_name_too(client: Client, text: str) -> None:
    for strict in ("any", "should"):
        candidate = first(client, query=text, type="Person", type_strict=strict)
        assert (candidate["id"], candidate["match"], candidate["score"]) == (LAVROV, True, 100)


def test_types_by_strictness(client: Client) -> None:
    """Tashkent is a city, and in an article stands for the state."""
    queries = {
        strict: {"query": "Tashkent", "type": "State", "type_strict": strict} for strict in ("any", "should")
    }
    answer = answered(sent(client, "queries", queries))
    ids = {name: [row["id"] for row in value["result"]] for name, value in answer.items()}
    assert ids["any"] == ["state/uzbekistan"]
    assert ids["should"][:2] == ["state/uzbekistan", "place/tashkent"]
    assert answer["should"]["result"][0]["match"] is True
    both = {"query": "Lavrov", "type": ["ForeignMinister", "State"]}
    assert first(client, **both)["id"] == LAVROV
    assert first(client, **both, type_strict="all") == {}
    assert (
        first(client, query="Lavrov", type=["ForeignMinister", "Person"], type_strict="all")["id"] == LAVROV
    )
    assert first(client, query="Tashkent")["id"] == "place/tashkent"


@pytest.mark.parametrize("name", ["Person", "ckg:Person", f"{namespaces.CKG}Person"])
def test_a_type_by_id_name_or_iri(client: Client, name: str) -> None:
    assert first(client, query="Lavrov", type=name)["id"] == LAVROV


@pytest.mark.parametrize(
    ("value", "match"),
    [
        ("Russia", True),
        ("Россия", True),
        ("state/russia", True),
        ({"id": "state/russia", "name": "Russia"}, True),
        (["Belarus", "Russia"], True),
        ("Belarus", False),
        (2011, False),
    ],
)
def test_properties_decide(client: Client, value: object, match: bool) -> None:
    properties = [{"pid": "state", "v": value}]
    candidate = first(client, query="Lavrov", type="Person", properties=properties)
    assert (candidate["id"], candidate["match"]) == (LAVROV, match)
    assert any(feature["id"] == "properties" for feature in candidate["features"])


def test_a_number_is_compared_with_all_its_digits() -> None:
    """As a column of coordinates has them; a whole number has no fraction."""
    row = {"pid": "latitude", "v": [44.5236571, 1234567.0, -0.5, 1e300]}
    query = read_queries(json.dumps({"q": {"query": "x", "properties": [row]}}), Serving())["q"]
    assert query
    assert query.properties[0].values == ("44.5236571", "1234567", "-0.5", "1e+300")


def test_words_of_values_are_read_once_whatever_the_number_of_candidates(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    values = [f"someone {number}" for number in range(20)]
    query = {"properties": [{"pid": pid, "v": values} for pid in ("name", "post", "state", "refersTo")]}
    answered(sent(client, "queries", {"q": query}))  # the values that the graph has are read first
    read: list[str] = []

    def words(text: str) -> list[str]:
        read.append(text)
        return [text]

    monkeypatch.setattr(spelling, "latin_words", words)
    answered(sent(client, "queries", {"q": query}))
    assert 0 < len(read) <= 4 * len(values)


def test_properties_alone_find(client: Client) -> None:
    answer = answered(sent(client, "queries", {"q": {"properties": [{"pid": "wikidata", "v": "Q58217"}]}}))
    check_candidates(answer)
    assert [(row["id"], row["match"]) for row in answer["q"]["result"]] == [(LAVROV, True)]
    day = {"type": "Meeting", "properties": [{"pid": "ckg:onDate", "v": "2021-05-19"}]}
    assert first(client, **day)["id"] == "meeting/2021-05-19-cfm"


def test_limit_of_candidates_is_kept(client: Client) -> None:
    query = {"query": "Council of Foreign Ministers", "limit": 2}
    assert len(answered(sent(client, "queries", {"q": query}))["q"]["result"]) == 2
    many = {"query": "Council of Foreign Ministers", "limit": 10_000}
    most = Serving().reconcile_results
    assert 2 < len(answered(sent(client, "queries", {"q": many}))["q"]["result"]) <= most


@pytest.mark.parametrize(
    "batch",
    [
        "",
        "{",
        "[" * 100_000,
        "[]",
        '"text"',
        '{"q": 1}',
        '{"q": {"query": NaN}}',
        {"q": {}},
        {"q": {"query": ""}},
        {"q": {"query": " ", "properties": []}},
        {"q": {"query": 1}},
        {"q": {"query": "x", "limit": 0}},
        {"q": {"query": "x", "limit": "3"}},
        {"q": {"query": "x", "limit": True}},
        {"q": {"query": "x", "type_strict": "perhaps"}},
        {"q": {"query": "x", "type": 1}},
        {"q": {"query": "x", "type": "Persn"}},
        {"q": {"query": "x", "properties": "state"}},
        {"q": {"query": "x", "properties": [{"pid": "state"}]}},
        {"q": {"query": "x", "properties": [{"v": "Russia"}]}},
        {"q": {"query": "x", "properties": [{"pid": "nothing", "v": "Russia"}]}},
        {"q": {"query": "x", "properties": [{"pid": "state", "v": None}]}},
        {"q": {"query": "x", "properties": [{"pid": "state", "v": {"name": "Russia"}}]}},
    ],
    ids=lambda batch: json.dumps(batch)[:60],
)
def test_malformed_batch_is_refused(client: Client, batch: object) -> None:
    problem = refused(sent(client, "queries", batch), 400, "bad-parameter")
    assert problem["parameter"] == "queries"


def test_nearest_type_and_member_are_suggested(client: Client) -> None:
    problem = refused(sent(client, "queries", {"q": {"query": "x", "type": "Persn"}}), 400, "bad-parameter")
    assert "Person" in problem["nearest"]
    problem = refused(sent(client, "queries", {"q": {"queri": "x"}}), 400, "bad-parameter")
    assert "“query”" in problem["detail"]


def test_cell_that_is_too_long_for_a_name_has_no_candidates(client: Client) -> None:
    """OpenRefine sends ten rows in a batch; the other nine are answered."""
    long = "Sergey Lavrov, minister. " * 20
    batch = {
        "long": {"query": long},
        "property": {"query": "Lavrov", "properties": [{"pid": "state", "v": long}]},
        "short": {"query": "Lavrov"},
    }
    answer = answered(sent(client, "queries", batch))
    assert answer["long"] == {"result": []}
    assert not any(row["match"] for row in answer["property"]["result"])
    assert answer["short"]["result"][0]["id"] == LAVROV


def test_limits(engine: Engine) -> None:
    """Each has a number in the settings and stands on the page of the limits."""
    settings = Serving(
        reconcile_queries=2,
        reconcile_characters=10,
        reconcile_results=1,
        reconcile_properties=1,
        reconcile_rows=1,
    )
    client = create_app(engine, settings=settings).test_client()
    queries = {str(number): {"query": "Lavrov"} for number in range(3)}
    refused(sent(client, "queries", queries), 413, "batch-too-large")
    assert len(answered(sent(client, "queries", dict(list(queries.items())[:2])))) == 2
    for wrong in (
        {"query": "x", "type": "x" * 11},
        {"query": "x", "type": ["Person", "State"]},
        {"query": "x", "properties": [{"pid": "state", "v": "Russia"}] * 2},
        {"query": "x", "properties": [{"pid": "state", "v": ["Russia", "x"]}]},
    ):
        refused(sent(client, "queries", {"q": wrong}), 400, "bad-parameter")
    assert len(answered(sent(client, "queries", {"q": {"query": "Council of"}}))["q"]["result"]) <= 1
    two = {"ids": [LAVROV, KAZAKHSTAN], "properties": [{"id": "wikidata"}]}
    refused(sent(client, "extend", two), 413, "batch-too-large")
    more = {"ids": [LAVROV], "properties": [{"id": "wikidata"}, {"id": "state"}]}
    refused(sent(client, "extend", more), 400, "bad-parameter")
    refused(client.get("/reconcile/suggest/entity?prefix=" + "x" * 11), 400, "bad-parameter")
    assert len(answered(client.get("/reconcile/suggest/type?prefix="))["result"]) == 1
    listed = json.loads(client.get("/limits").data)
    assert {name for name in listed if name.startswith("reconcile")} == {
        "reconcile_queries",
        "reconcile_characters",
        "reconcile_results",
        "reconcile_properties",
        "reconcile_rows",
    }
    assert kinds()["batch-too-large"].status == 413


def test_malformed_requests_are_refused(client: Client) -> None:
    refused(client.post("/reconcile", data={"query": "Lavrov"}), 400, "bad-parameter")
    refused(client.post("/reconcile", data={"queries": "{}", "extend": "{}"}), 400, "bad-parameter")
    refused(client.post("/reconcile?queries={}", data={"queries": "{}"}), 400, "bad-parameter")
    response = client.post("/reconcile", data="{}", content_type="application/json")
    refused(response, 415, "unsupported-media-type")
    assert response.headers["Accept-Post"] == "application/x-www-form-urlencoded"
    refused(client.get("/reconcile?queries=%ff"), 400, "unreadable-text")
    refused(client.put("/reconcile"), 405, "method-not-allowed")
    refused(client.get("/reconcile/preview?id=person/nobody"), 404, "not-found")
    refused(client.get("/reconcile/view?id=https://example.org/"), 404, "not-found")
    refused(client.get("/reconcile/suggest/entity?prefix=a&cursor=-1"), 400, "bad-parameter")
    refused(client.get("/reconcile/properties?type=Nothing"), 400, "bad-parameter")


def test_half_a_surrogate_pair_is_no_mistake_of_the_server(client: Client) -> None:
    assert answered(sent(client, "queries", '{"q\\ud800": {"query": "\\ud800"}}'))
    refused(sent(client, "queries", '{"\\ud800": {"\\ud800": 1}}'), 400, "bad-parameter")


def test_other_origins_may_ask(client: Client) -> None:
    response = client.options("/reconcile", headers={**ORIGIN, "Access-Control-Request-Method": "POST"})
    assert response.status_code in (200, 204)
    assert "POST" in response.headers["Access-Control-Allow-Methods"]
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert response.headers["Access-Control-Allow-Headers"] == "*"
    failed = client.post("/reconcile", data={"none": ""}, headers=ORIGIN)
    assert failed.headers["Access-Control-Allow-Origin"] == "*"


# Batches by what is right or wrong in them; the service accepts and refuses those that the schemas do.
VALID = {
    "a name": {"q0": {"query": "Lavrov"}},
    "two, with all members": {
        "q0": {"query": "Lavrov", "type": "Person", "limit": 3, "type_strict": "should"},
        "q1": {"query": "Лавров", "properties": [{"pid": "holder", "v": "Россия"}]},
    },
    "values of several kinds": {
        "q0": {"query": "a", "properties": [{"pid": "p", "v": ["b", 1, True, {"id": "state/kazakhstan"}]}]}
    },
    "properties alone": {"q0": {"properties": [{"pid": "p", "v": "b"}]}},
}
INVALID = {
    "an empty query": {"q0": {}},
    "an empty name": {"q0": {"query": ""}},
    "no properties": {"q0": {"properties": []}},
    "a misspelt member of a property": {"q0": {"query": "a", "properties": [{"id": "p", "v": "b"}]}},
    "a list": [{"query": "a"}],
}


def examples(verdict: str) -> dict[str, object]:
    """Return the specification's own batches of a folder, ``valid`` or ``invalid``, if they are here."""
    place = folder("CSTOKG_RECONCILIATION") / "examples" / "reconciliation-query-batch" / verdict
    return {path.name: json.loads(path.read_text(encoding="utf-8")) for path in sorted(place.glob("*.json"))}


@pytest.mark.parametrize("batch", [*VALID.values(), *examples("valid").values()])
def test_batch_that_the_schema_takes_is_read(batch: dict[str, object]) -> None:
    validate("reconciliation-query-batch", batch)
    assert list(read_queries(json.dumps(batch), Serving())) == list(batch)


@pytest.mark.parametrize("batch", [*INVALID.values(), *examples("invalid").values()])
def test_batch_that_the_schema_refuses_is_refused(batch: object) -> None:
    with pytest.raises(jsonschema_rs.ValidationError):
        validate("reconciliation-query-batch", batch)
    with pytest.raises(ProblemError):
        read_queries(json.dumps(batch), Serving())
