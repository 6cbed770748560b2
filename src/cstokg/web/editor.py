"""What the query editor needs beside the form: terms to complete, labels of results, and programs."""

from collections.abc import Iterable
from dataclasses import asdict

from flask import Blueprint, jsonify, request, url_for
from flask.typing import ResponseReturnValue

from cstokg import namespaces
from cstokg.web import addresses, snippets
from cstokg.web.catalogue import Entry
from cstokg.web.context import at
from cstokg.web.problems import ProblemError
from cstokg.web.site import Site

LABELS_AT_ONCE = 100

# What one names in a query; records are found through these.
_NAMED = (
    "person",
    "state",
    "body",
    "organ",
    "government-body",
    "outlet",
    "post",
    "place",
    "meeting",
    "article",
)


def blueprint(site: Site) -> Blueprint:
    """The addresses that the editor's script asks, and what its template may call."""
    editor = Blueprint("editor", __name__)

    @editor.get("/terms.json")
    def terms() -> ResponseReturnValue:
        return jsonify(document(site))

    @editor.get("/labels.json")
    def labels() -> ResponseReturnValue:
        iris = request.args.getlist("iri")
        if len(iris) > LABELS_AT_ONCE:
            detail = f"Ask for at most {LABELS_AT_ONCE} labels at once."
            raise ProblemError("bad-parameter", detail, {"parameter": "iri"})
        known = [iri for iri in dict.fromkeys(iris) if iri in site.catalogue]
        return jsonify(
            {iri: {"label": site.catalogue.label(iri), "page": at(addresses.page(iri))} for iri in known}
        )

    @editor.get("/snippets.json")
    def programs() -> ResponseReturnValue:
        return jsonify([asdict(snippet) for snippet in _snippets(request.args.get("query", ""))])

    @editor.app_context_processor
    def context() -> dict[str, object]:
        return {"snippets": _snippets}

    return editor


def document(site: Site) -> dict[str, object]:
    """The terms that the editor completes, ready for JSON: prefixes, classes, properties and entities."""
    terms = [entry for iri, entry in sorted(site.catalogue.entries.items()) if iri.startswith(namespaces.CKG)]
    named = [entry for kind in _NAMED for entry in site.catalogue.by_kind.get(kind, ())]
    concepts = [
        entry
        for kind, entries in sorted(site.catalogue.by_kind.items())
        if kind.startswith("concept/")
        for entry in entries
    ]
    return {
        "prefixes": dict(namespaces.PREFIXES),
        "classes": _rows(entry for entry in terms if _local(entry)[:1].isupper()),
        "properties": _rows(entry for entry in terms if _local(entry)[:1].islower()),
        "entities": _rows((*named, *concepts)),
    }


def _rows(entries: Iterable[Entry]) -> list[dict[str, str]]:
    return [
        {
            "iri": entry.iri,
            "name": namespaces.shorten(entry.iri),
            "label": entry.label,
            "definition": entry.definition,
        }
        for entry in entries
    ]


def _local(entry: Entry) -> str:
    return entry.iri.removeprefix(namespaces.CKG)


def _snippets(query: str) -> list[snippets.Snippet]:
    return snippets.write(query, url_for("query_page.sparql", _external=True))
