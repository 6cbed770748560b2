"""The reconciliation service: names become our IRIs, and tables get their properties."""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from benchmarks import reconciliation as benchmark
from werkzeug.test import Client, TestResponse

from cstokg import namespaces
from cstokg.engine.engine import Engine
from cstokg.settings import Serving
from cstokg.web.content.graph import Graph
from cstokg.web.reconciliation import reconcilable
from cstokg.web.reconciliation.name_matching import FEATURES
from cstokg.web.reconciliation.reconcilable import Register
from cstokg.web.reconciliation.reconciliation import read_queries
from cstokg.web.serving import http
from cstokg.web.serving.problems import ProblemError, kinds
from installed import folder
from site_client import create_app

Batch = Mapping[str, Mapping[str, object]]

LAVROV, KAZAKHSTAN = "person/lavrov-sergey", "state/kazakhstan"
ORIGIN = {"Origin": "http://127.0.0.1:3333"}  # OpenRefine's


@pytest.fixture(scope="module")
def client(engine: Engine) -> Client:
    """A client of the application over the release."""
    return create_app(engine).test_client()


@pytest.fixture(scope="module")
def register(engine: Engine) -> Register:
    return reconcilable.read(Graph(engine))


def sent(client: Client, parameter: str, value: object, method: str = "post") -> TestResponse:
    """The response to a request with one parameter in JSON."""
    fields = {parameter: value if isinstance(value, str) else json.dumps(value)}
    if method == "post":
        return client.post("/reconcile", data=fields)
    return client.get("/reconcile", query_string=fields)


def answered(response: TestResponse) -> Any:
    """What a response says, which other origins may read."""
    assert response.status_code == 200, response.text
    assert response.mimetype == "application/json"
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    return json.loads(response.data)


def first(client: Client, **query: object) -> dict[str, Any]:
    """The first candidate for a query; empty if there is none."""
    result = answered(sent(client, "queries", {"q": query}))["q"]["result"]
    return result[0] if result else {}


def refused(response: TestResponse, status: int, kind: str) -> dict[str, Any]:
    """The problem document of a refused request."""
    assert response.status_code == status
    problem: dict[str, Any] = json.loads(response.data)
    assert problem["type"].endswith(f"/problems/{kind}")
    assert problem["detail"]
    return problem


# The specification's own schemas, where they are; and what they say, in short, where they are not.


def validate(name: str, value: object) -> None:
    """Check a value against a schema of the specification."""
    schemas = folder("CSTOKG_RECONCILIATION") / "schemas"
    if not schemas.is_dir():
        return

    def retrieve(uri: str) -> Any:
        return json.loads((schemas / uri.rpartition("/")[2]).read_text(encoding="utf-8"))

    schema = json.loads((schemas / f"{name}.json").read_text(encoding="utf-8"))
    schema.get("properties", {}).pop("authentication", None)  # its schema is not among these
    schema["$schema"] = "http://json-schema.org/draft-07/schema#"  # it names none in particular
    jsonschema_rs.Draft7Validator(schema, retriever=retrieve).validate(value)


def check_named(rows: Iterable[Mapping[str, Any]]) -> None:
    """Entities, types and properties have an id and a name."""
    for row in rows:
        assert row["id"]
        assert row["name"]
        assert isinstance(row["id"], str)
        assert isinstance(row["name"], str)


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


CELLS: Mapping[str, Callable[[Any], bool]] = {
    "str": lambda value: isinstance(value, str),
    "int": lambda value: isinstance(value, int),
    "float": lambda value: isinstance(value, float),
    "date": lambda value: re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", value) is not None,
}


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


# The manifest.


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


# Queries.


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_batch(client: Client, method: str) -> None:
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
    assert first(client, query="Tashkent")["match"] is False


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


def test_properties_alone_find(client: Client) -> None:
    answer = answered(sent(client, "queries", {"q": {"properties": [{"pid": "wikidata", "v": "Q58217"}]}}))
    check_candidates(answer)
    assert [(row["id"], row["match"]) for row in answer["q"]["result"]] == [(LAVROV, True)]
    day = {"type": "Meeting", "properties": [{"pid": "ckg:onDate", "v": "2021-05-19"}]}
    assert first(client, **day)["id"] == "meeting/2021-05-19-cfm"


def test_limit(client: Client) -> None:
    query = {"query": "Council of Foreign Ministers", "limit": 2}
    assert len(answered(sent(client, "queries", {"q": query}))["q"]["result"]) == 2
    many = {"query": "Council of Foreign Ministers", "limit": 10_000}
    most = Serving().reconcile_results
    assert 2 < len(answered(sent(client, "queries", {"q": many}))["q"]["result"]) <= most


# What is refused, before any work.


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
def test_wrong_batches(client: Client, batch: object) -> None:
    problem = refused(sent(client, "queries", batch), 400, "bad-parameter")
    assert problem["parameter"] == "queries"


def test_the_nearest_is_named(client: Client) -> None:
    problem = refused(sent(client, "queries", {"q": {"query": "x", "type": "Persn"}}), 400, "bad-parameter")
    assert "Person" in problem["nearest"]
    problem = refused(sent(client, "queries", {"q": {"queri": "x"}}), 400, "bad-parameter")
    assert "“query”" in problem["detail"]


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
        {"query": "x" * 11},
        {"query": "x", "type": ["Person", "State"]},
        {"query": "x", "properties": [{"pid": "state", "v": "Russia"}] * 2},
        {"query": "x", "properties": [{"pid": "state", "v": ["Russia", "x"]}]},
        {"query": "x", "properties": [{"pid": "state", "v": "x" * 11}]},
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


def test_wrong_requests(client: Client) -> None:
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


# Suggestions.


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


# Data extension.


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


def test_settings_of_a_property(client: Client) -> None:
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
def test_wrong_extensions(client: Client, extension: object) -> None:
    problem = refused(sent(client, "extend", extension), 400, "bad-parameter")
    assert problem["parameter"] == "extend"


def test_every_property_has_values_that_can_be_written(register: Register, client: Client) -> None:
    ids = [next(iter(register.of_types([type_])), "") for type_ in register.types]
    names = sorted(register.properties)
    for start in range(0, len(names), 20):
        properties = [{"id": name} for name in names[start : start + 20]]
        check_extension(answered(sent(client, "extend", {"ids": ids, "properties": properties})))


# The preview.


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


# How well.


@pytest.mark.parametrize("variants", benchmark.VARIANTS, ids=lambda path: path.stem)
def test_precision_and_recall(register: Register, variants: Path) -> None:
    rows = benchmark.outcomes(register, variants)
    assert len(rows) > 220
    assert sum(not row.expected for row in rows) > 60
    precision, recall = benchmark.precision_and_recall(rows)
    wrong = [row for row in rows if row.found != row.expected]
    assert precision >= benchmark.PRECISION, wrong
    assert recall >= benchmark.RECALL, wrong


def test_every_expected_id_is_there(register: Register) -> None:
    rows = (row for variants in benchmark.VARIANTS for row in benchmark.outcomes(register, variants))
    expected = {row.expected for row in rows} - {""}
    assert expected <= set(register.entities)


def test_every_label_matches_its_thing(register: Register) -> None:
    """Unless two things have one name; the type helps."""
    wrong = []
    for entity in register.entities.values():
        matches = register.names.match(entity.label, register.of_types(entity.classes[:1]))
        if not matches or matches[0].id != entity.id:
            wrong.append((entity.id, [match.id for match in matches[:2]]))
    assert wrong == []


# The examples of the specification.


def examples(name: str, verdict: str) -> list[Path]:
    """Its examples of a schema, valid or invalid."""
    return sorted((folder("CSTOKG_RECONCILIATION") / "examples" / name / verdict).glob("*.json"))


def test_batches_of_the_specification_are_read_or_refused() -> None:
    if not folder("CSTOKG_RECONCILIATION").is_dir():
        pytest.skip("the specification's examples are not here; name their folder in CSTOKG_RECONCILIATION")
    valid, invalid = (examples("reconciliation-query-batch", name) for name in ("valid", "invalid"))
    assert valid
    assert invalid
    for path in valid:
        text = path.read_text(encoding="utf-8")
        assert list(read_queries(text, Serving())) == list(json.loads(text))
    for path in invalid:
        with pytest.raises(ProblemError):
            read_queries(path.read_text(encoding="utf-8"), Serving())
