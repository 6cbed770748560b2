"""What every template may use: the site, the navigation, labels and addresses.

A template asks ``vendored`` for the address of a script that the build brings from npm; it is empty where
the file is missing, and the page does without.
"""

from pathlib import Path

from flask import Flask, request, url_for

from cstokg import namespaces
from cstokg.web import display, facts, footnotes, periods, testimonies
from cstokg.web.site import Site

# Label, address, and the endpoint without which the entry does not show.
_NAVIGATION = (
    ("Browse", "/browse", "site_pages.browse"),
    ("Statements", "/statements", "statements.statements"),
    ("Conflicts", "/conflicts", "statements.conflicts"),
    ("Figures", "/figures", "figures.figures"),
    ("Questions", "/questions", "questions.listing"),
    ("Query", "/sparql", "query_page.sparql"),
    ("Explore", "/explore", "explore.explore"),
    ("Ontology", "/ontology", "ontology.page"),
    ("About", "/about", "site_pages.about"),
)
_SEARCH = ("/search", "search.search")
_VENDORED = "vendor"  # the folder below the static one


def add_to(app: Flask, site: Site) -> None:
    """Give every template the same context."""

    def static(name: str) -> str:
        return url_for("static", filename=name, v=site.tag)

    def vendored(name: str) -> str:
        path = Path(str(app.static_folder)) / _VENDORED / name
        return static(f"{_VENDORED}/{name}") if path.is_file() else ""

    @app.context_processor
    def context() -> dict[str, object]:
        there, root = app.view_functions, request.script_root
        return {
            "catalogue": site.catalogue,
            "day": periods.day,
            "heading": heading,
            "kinds": display.read().kinds,
            "navigation": [
                (label, at(address)) for label, address, endpoint in _NAVIGATION if endpoint in there
            ],
            "page_of": lambda iri: _below(root, namespaces.page_path(iri)),
            "at": at,
            "search_address": at(_SEARCH[0]) if _SEARCH[1] in there else "",
            "sentence": sentence,
            "short": short,
            "site": site,
            "readings_about": testimonies.readings,
            "spans_of": footnotes.spans_of_records,
            "static": static,
            "vendored": vendored,
            "when": facts.when,
        }


def at(address: str) -> str:
    """Return an address of this site below the path under which a proxy offers it; others as they are."""
    return _below(request.script_root, address)


def _below(root: str, address: str) -> str:
    return root + address if address.startswith("/") else address


def short(iri: str) -> str:
    """Return the last step of an IRI, where a label would be too long."""
    return iri.rpartition("/")[2]


def heading(name: str) -> str:
    """Return the name of a variable as words: ``on behalf of`` for ``onBehalfOf``."""
    return (
        "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in name)
        .replace("_", " ")
        .strip()
    )


def sentence(text: str) -> str:
    """Return a text with its first letter as a capital."""
    return text[:1].upper() + text[1:]
