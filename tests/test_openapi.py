"""Whatever is sent that the OpenAPI description allows, the responses are what it says."""

import json
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from cstokg import formats
from cstokg.engine.engine import Engine
from cstokg.release import Release
from cstokg.web.content import facets
from cstokg.web.figures.registry import FIGURES
from cstokg.web.serving import openapi
from site_client import WholeApp, create_app

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
OPERATIONS = [
    ("/sparql", "get"),
    ("/sparql", "post"),
    ("/graphs", "get"),
    ("/api/names", "get"),
    ("/reconcile", "get"),
    ("/reconcile", "post"),
    ("/reconcile/suggest/entity", "get"),
    ("/reconcile/suggest/type", "get"),
    ("/reconcile/suggest/property", "get"),
    ("/reconcile/properties", "get"),
    ("/reconcile/preview", "get"),
    ("/reconcile/view", "get"),
    ("/health", "get"),
    ("/metrics", "get"),
    ("/api/questions", "get"),
]
FILES = [("/figures/timeline.csv", "get"), ("/figures/map.json", "get"), ("/statements.xlsx", "get")]


@pytest.fixture(scope="module")
def app(release: Release) -> WholeApp:
    """Return an application over the release."""
    return create_app(Engine.from_release(release.folder), release=release)


@pytest.mark.parametrize(("path", "method"), [*OPERATIONS, *FILES])
def test_responses_are_as_described(app: WholeApp, path: str, method: str) -> None:
    """No status, media type or document that is not described, and no failure of the server."""
    operation = schemathesis.openapi.from_wsgi("/openapi.json", app)[path][method]

    @given(case=operation.as_strategy())
    @settings(max_examples=100, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    def send(case: schemathesis.Case[Any]) -> None:
        # Without a network schemathesis asks for compressed answers and does not unpack them.
        case.call_and_validate(checks=CHECKS, headers={"Accept-Encoding": "identity"})

    send()


def test_every_operation_is_tried(app: WholeApp) -> None:
    """The description and this file name the same ones, and the description is in the document."""
    described = openapi.paths()
    methods = [(path, method) for path, item in described.items() for method in item]
    assert methods == OPERATIONS
    document = json.loads(app.test_client().get("/openapi.json").data)
    assert set(described) <= set(document["paths"])


def test_the_example_is_answered(app: WholeApp) -> None:
    get = openapi.paths()["/sparql"]["get"]
    (query,) = (row for row in get["parameters"] if row["name"] == "query")
    response = app.test_client().get("/sparql", query_string={"query": query["example"], "format": "csv"})
    assert len(response.get_data(as_text=True).split()) > 2


def test_every_file_of_figures_and_statements_is_described(app: WholeApp) -> None:
    """With its media type, and with the filters of the page."""
    paths = json.loads(app.test_client().get("/openapi.json").data)["paths"]
    for kind in FIGURES.values():
        for suffix, row in {**formats.FIGURE_FORMATS, **formats.CITATION_FORMATS}.items():
            operation = paths[f"/figures/{kind.name}.{suffix}"]["get"]
            assert list(operation["responses"]["200"]["content"]) == [row.media_type]
    assert [row["name"] for row in paths["/statements.csv"]["get"]["parameters"]] == [
        *facets.NAMES,
        facets.ORDER,
    ]
    assert list(paths["/statements.xlsx"]["get"]["responses"]["200"]["content"]) == [formats.XLSX]
