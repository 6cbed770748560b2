"""About pages: how facts get in, what the data cannot say, the licence, the files, and what changed."""

from types import MappingProxyType

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from cstokg.web import changes
from cstokg.web.site import Site

# What each file of a release is; files that are not listed here are offered too, without a word.
FILES = MappingProxyType(
    {
        "cstokg.ttl": "What the files of the project state, as Turtle",
        "cstokg-inferred.ttl": "What follows from it by the rules of the ontology, as Turtle",
        "cstokg.trig": "Both, each source file a named graph, as TriG",
        "dataset.nq": "The same as N-Quads, with their merge as default graph; this site answers from it",
        "questions.json": "The saved questions with their SPARQL",
        "report.ttl": "The findings of the checks, as a SHACL validation report",
        "report.json": "The findings of the checks, as JSON",
    }
)
_PAGES = (
    ("sources", "Sources and checks"),
    ("limits", "Limits of the data"),
    ("licence", "Licence"),
    ("downloads", "Downloads"),
    ("changes", "Changes"),
)


def blueprint(site: Site) -> Blueprint:
    """The about pages and the files of the release."""
    about = Blueprint("about", __name__)

    @about.get("/about", endpoint="about")
    def index() -> ResponseReturnValue:
        return render_template("about.html", pages=_PAGES, here="")

    @about.get("/about/<any(sources, limits, licence):page>")
    def text(page: str) -> ResponseReturnValue:
        return render_template(f"about-{page}.html", pages=_PAGES, here=page)

    @about.get("/about/downloads")
    def downloads() -> ResponseReturnValue:
        files = []
        if site.release:
            for name, sha256 in sorted(site.release.files.items()):
                size = (site.release.folder / name).stat().st_size
                files.append((name, FILES.get(name, ""), _size(size), sha256))
        return render_template("about-downloads.html", pages=_PAGES, here="downloads", files=files)

    @about.get("/about/changes")
    def changed() -> ResponseReturnValue:
        found = changes.since_previous(site.release) if site.release else None
        return render_template("about-changes.html", pages=_PAGES, here="changes", found=found)

    return about


def _size(count: int) -> str:
    """A number of bytes in words."""
    return f"{count / 1_000_000:.1f} MB" if count >= 1_000_000 else f"{max(1, round(count / 1_000))} kB"
