"""The lists of all there is, and the pages about the site: sources, downloads, changes."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import pyoxigraph as ox
from flask import Blueprint, abort, render_template
from flask.typing import ResponseReturnValue

from cstokg import namespaces
from cstokg.engine.loading.store import DATASET_FILE
from cstokg.release import FILES, MANIFEST, Release, ReleaseError, is_id
from cstokg.web.content import display
from cstokg.web.content.catalogue import natural
from cstokg.web.serving.problems import ProblemError
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


@blueprint.get("/about/changes")
def changes() -> ResponseReturnValue:
    """Show what changed since the release before.

    Raises:
        ProblemError: a release cannot be read.
    """
    release = current().release
    before = _previous(release) if release else None
    try:
        differences = compare(before, release.folder) if release and before else None
    except ReleaseError as error:
        raise ProblemError("internal-error", f"{error} Tell the operator.") from error
    return render_template("about-changes.html", pages=ABOUT, here="changes", changes=differences)


@dataclass(frozen=True, slots=True)
class Changes:
    """What differs between the release before and this one.

    Attributes:
        before: the name of the folder of the release before.
        added: how many triples are new.
        removed: how many are gone.
        changed: how many have another value than before.
        entities: each entity concerned, with its numbers of triples added, removed and changed.
    """

    before: str
    added: int
    removed: int
    changed: int
    entities: tuple[tuple[str, tuple[int, int, int]], ...]


def _previous(release: Release) -> Path | None:
    """Return the folder of the previous release, which is beside this one; None if there is none."""
    beside = [
        path
        for path in release.folder.parent.iterdir()
        if is_id(path.name) and path.name != release.folder.name and (path / MANIFEST).is_file()
    ]
    return max(beside, key=lambda path: path.stat().st_mtime, default=None)


@lru_cache(maxsize=2)
def compare(before: Path, after: Path) -> Changes:
    """Return what differs between the releases in two folders.

    Raises:
        ReleaseError: the dataset of one of them cannot be read, or is not N-Quads.
    """
    old, new = _asserted(before), _asserted(after)
    gone = Counter((subject, predicate) for subject, predicate, _ in old - new)
    came = Counter((subject, predicate) for subject, predicate, _ in new - old)
    counts: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    for key in {*gone, *came}:
        changed = min(gone[key], came[key])
        row = counts[key[0]]
        row[0] += came[key] - changed
        row[1] += gone[key] - changed
        row[2] += changed
    entities = tuple(
        (iri, (row[0], row[1], row[2]))
        for iri, row in sorted(counts.items())
        if iri.startswith(namespaces.ID) and namespaces.kind_of(iri) != "span"
    )
    totals = [sum(row[column] for row in counts.values()) for column in range(3)]
    return Changes(before.name, totals[0], totals[1], totals[2], entities)


@lru_cache(maxsize=2)
def _asserted(folder: Path) -> frozenset[tuple[str, str, str]]:
    """Return the triples that the files behind a release state, with the object as N-Quads writes it.

    Triples with blank nodes are left out, since their names may change.

    Raises:
        ReleaseError: the dataset cannot be read, or is not N-Quads.
    """
    triples = set()
    try:
        for quad in ox.parse(path=folder / DATASET_FILE, format=ox.RdfFormat.N_QUADS):
            is_asserted = (
                isinstance(quad.graph_name, ox.NamedNode)
                and quad.graph_name.value not in (namespaces.INFERRED, namespaces.METADATA)
                and isinstance(quad.subject, ox.NamedNode)
                and not isinstance(quad.object, ox.BlankNode)
            )
            if is_asserted:
                triples.add((quad.subject.value, quad.predicate.value, str(quad.object)))
    except (OSError, SyntaxError) as error:
        problem = error.msg if isinstance(error, SyntaxError) else error.strerror
        raise ReleaseError(f"{folder.name}/{DATASET_FILE}: not readable as N-Quads: {problem}.") from error
    return frozenset(triples)
