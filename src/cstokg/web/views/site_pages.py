"""The lists of all there is, and the pages about the site: sources, downloads."""

from collections import defaultdict
from pathlib import Path

from flask import Blueprint, abort, render_template
from flask.typing import ResponseReturnValue

from cstokg.release import FILES
from cstokg.web.content import display
from cstokg.web.content.catalogue import natural
from cstokg.web.site import current

# The pages about the site: the last step of the address, and the title.
ABOUT = (
    ("sources", "Sources and checks"),
    ("limits", "Limits of the data"),
    ("licence", "Licence"),
    ("downloads", "Downloads"),
    ("reconciliation", "Matching names"),
    ("changes", "Changes"),
)

blueprint = Blueprint("site_pages", __name__)


@blueprint.get("/browse")
def browse() -> ResponseReturnValue:
    """Show the kinds of entities."""
    by_kind, shown = current().catalogue.by_kind, display.read()
    parts = [
        (title, [(shown.kinds[kind].plural, kind, len(by_kind[kind])) for kind in kinds if kind in by_kind])
        for title, kinds in shown.browse
    ]
    return render_template("browse.html", parts=[part for part in parts if part[1]])


@blueprint.get("/browse/<path:kind>")
def listing(kind: str) -> ResponseReturnValue:
    """Show all entities of a kind."""
    by_kind = current().catalogue.by_kind
    kinds = display.read().kinds
    if kind not in kinds or kind not in by_kind:
        abort(404)
    entries = sorted(by_kind[kind], key=lambda entry: natural(_order(entry.iri, entry.label)))
    return render_template("listing.html", title=kinds[kind].plural, kind=kind, entries=entries)


def _order(iri: str, label: str) -> str:
    """Return what entries are sorted by: the day where the IRI begins with one, otherwise the label."""
    step = iri.rpartition("/")[2]
    return step if step[:4].isdecimal() else label.casefold()


@blueprint.get("/about")
def about() -> ResponseReturnValue:
    """Show the first of the pages about the site."""
    return render_template("about.html", pages=ABOUT, here="")


@blueprint.get("/about/<any(sources, limits, licence):page>")
def about_text(page: str) -> ResponseReturnValue:
    """Show a page about the site that is text alone."""
    return render_template(f"about-{page}.html", pages=ABOUT, here=page)


@blueprint.get("/about/downloads")
def downloads() -> ResponseReturnValue:
    """List the files of the release: those that each has, then the tables, each in both formats."""
    release, files = current().release, []
    tables: dict[str, list[tuple[str, str, str]]] = defaultdict(list)
    if release:
        for name in (*FILES, *sorted(release.files.keys() - FILES.keys())):
            size, sha256 = _size((release.folder / name).stat().st_size), release.files[name]
            if name in FILES:
                files.append((name, FILES[name].description, size, sha256))
            else:
                tables[Path(name).stem].append((name, size, sha256))
    return render_template("about-downloads.html", pages=ABOUT, here="downloads", files=files, tables=tables)


def _size(count: int) -> str:
    """Return a number of bytes in words."""
    return f"{count / 1_000_000:.1f} MB" if count >= 1_000_000 else f"{max(1, round(count / 1_000))} kB"
