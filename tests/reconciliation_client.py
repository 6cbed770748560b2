"""Requests to the reconciliation service, and checks of what it answers."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

import jsonschema_rs
from werkzeug.test import Client, TestResponse

from installed import folder
from reconciliation_schemas import SCHEMAS

LAVROV, KAZAKHSTAN = "person/lavrov-sergey", "state/kazakhstan"


def sent(client: Client, parameter: str, value: object, method: str = "post") -> TestResponse:
    """Send a request with one parameter in JSON, and return the response."""
    fields = {parameter: value if isinstance(value, str) else json.dumps(value)}
    if method == "post":
        return client.post("/reconcile", data=fields)
    return client.get("/reconcile", query_string=fields)


def answered(response: TestResponse) -> Any:
    """Return what a response says, which other origins may read."""
    assert response.status_code == 200, response.text
    assert response.mimetype == "application/json"
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    return json.loads(response.data)


def refused(response: TestResponse, status: int, kind: str) -> dict[str, Any]:
    """Return the problem document of a refused request."""
    assert response.status_code == status
    problem: dict[str, Any] = json.loads(response.data)
    assert problem["type"].endswith(f"/problems/{kind}")
    assert problem["detail"]
    return problem


def validate(name: str, value: object) -> None:
    """Check a value against our schema of a message and, if they are here, against the specification's."""
    jsonschema_rs.Draft7Validator(SCHEMAS[name]).validate(value)
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
