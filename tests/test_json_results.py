"""Results of queries in JSON are read into columns and rows, or yes and no."""

import gc
import json
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from cstokg import json_results

IRI = {"type": "uri", "value": "http://www.w3.org/2004/02/skos/core#Concept"}


def test_rows_lack_unbound_variables() -> None:
    document = {"head": {"vars": ["a", "b"]}, "results": {"bindings": [{"b": IRI}, {}]}}
    assert json_results.read(json.dumps(document)) == (("a", "b"), [{"b": IRI}, {}], None)


@pytest.mark.parametrize("boolean", [True, False])
def test_an_ask_query_has_no_rows(boolean: bool) -> None:
    body = json.dumps({"head": {}, "boolean": boolean}).encode()
    assert json_results.read(body) == ((), [], boolean)


@pytest.mark.parametrize(
    ("term", "turtle"),
    [
        (IRI, "skos:Concept"),
        ({"type": "bnode", "value": "b0"}, "_:b0"),
        ({"type": "literal", "value": 'a "b"\n'}, r'"a \"b\"\n"'),
        ({"type": "literal", "value": "a", "xml:lang": "ar", "its:dir": "rtl"}, '"a"@ar--rtl'),
        ({"type": "literal", "value": "a", "datatype": IRI["value"]}, '"a"^^skos:Concept'),
    ],
)
def test_terms_in_turtle(term: dict[str, str], turtle: str) -> None:
    assert json_results.in_turtle(term) == turtle


def test_an_error_leaves_nothing_to_free_in_another_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pyoxigraph's solutions may be freed only where they were made; an error may be kept elsewhere."""
    complaints: list[object] = []
    monkeypatch.setattr(sys, "unraisablehook", complaints.append)
    with ThreadPoolExecutor(1) as threads:
        future = threads.submit(
            json_results.read_foreign, b'{"head":{"vars":["a"]},"results":{"bindings":[1]}}'
        )
        assert isinstance(future.exception(), ValueError)
    del future
    gc.collect()
    assert complaints == []
