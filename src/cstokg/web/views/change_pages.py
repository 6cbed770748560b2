"""What changed between releases: a page that compares any two, and a feed."""

import json
import re
from collections import Counter
from collections.abc import Mapping
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

from flask import Blueprint, Response, abort, render_template, request
from flask.typing import ResponseReturnValue

from cstokg import comparing, formats, namespaces
from cstokg.comparing import Comparison, ComparisonError, Dataset
from cstokg.release import MANIFEST, Release, is_id
from cstokg.web.content import periods
from cstokg.web.content.catalogue import Catalogue
from cstokg.web.serving.problems import ProblemError
from cstokg.web.site import NAME, current
from cstokg.web.views.site_pages import ABOUT

_ATOM = "http://www.w3.org/2005/Atom"
_MOST_ENTRIES = 8  # the most comparisons in the feed; as many are kept in memory
_MOST_FACTS = 100  # the most facts that the page shows at once, and lines in an entry of the feed
_NOT_IN_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

blueprint = Blueprint("changes", __name__)


@blueprint.get("/about/changes")
def changes() -> ResponseReturnValue:
    """Show what changed between two releases: those that the address names, or this one and the one before.

    Raises:
        ProblemError: a release cannot be read.
    """
    site = current()
    releases = _releases(site.release)
    new = _chosen(releases, "new", site.release.id if site.release else "")
    old = _chosen(releases, "old", _before(releases, new))
    comparison, catalogue = _compared(releases[old], releases[new]) if old and new else (None, site.catalogue)
    entity = namespaces.expand(request.args.get("entity", ""))
    shown = comparison.by_entity if comparison else {}
    if entity:
        shown = {entity: shown[entity]} if entity in shown else abort(404)
    names = _names(releases)
    return render_template(
        "about-changes.html",
        pages=ABOUT,
        here="changes",
        comparison=comparison,
        compared=[names[old], names[new]] if comparison else [],
        counted={iri: Counter(change.kind for change in rows) for iri, rows in shown.items()},
        entity=entity,
        in_words=lambda value, change: periods.day(
            comparing.in_words(value, catalogue.words, comparing.article_of_testimony(change.subject))
        ),
        label=catalogue.words,
        old=old,
        new=new,
        releases=names,
        shown=shown,
        source_of=lambda change: comparing.source_of(change, catalogue.words),
        with_facts=bool(entity) or sum(map(len, shown.values())) <= _MOST_FACTS,
    )


@blueprint.get("/about/changes.atom")
def feed() -> ResponseReturnValue:
    """Return the changes from each release to the next as an Atom feed, the latest first (RFC 4287).

    The first release has an entry too, so that nobody subscribes to an empty feed.

    Raises:
        ProblemError: a release cannot be read.
    """
    release = current().release or abort(404)
    releases = _releases(release)
    root = request.url_root.rstrip("/")
    top = ElementTree.Element("feed", xmlns=_ATOM)
    _add(top, "id", f"{namespaces.DATASET}#changes")
    _add(top, "title", f"Changes: {NAME}")
    _add(top, "updated", f"{release.date}T00:00:00Z")
    _add(_add(top, "author"), "name", "The cstokg editors")
    _add(top, "link", rel="self", type=formats.ATOM, href=f"{root}/about/changes.atom")
    _add(top, "link", rel="alternate", type=formats.HTML, href=f"{root}/about/changes")
    newest_first = list(releases)
    newest_first = newest_first[newest_first.index(release.id) :]
    for new, old in list(pairwise(newest_first))[:_MOST_ENTRIES]:
        comparison, catalogue = _compared(releases[old], releases[new])
        lines = periods.with_days_in_words(comparing.as_text(comparison, catalogue.words)).splitlines()
        more = [f"… and {len(lines) - _MOST_FACTS} more lines"] if len(lines) > _MOST_FACTS else []
        title = f"{periods.with_days_in_words(comparison.new.partition(',')[0])}: {comparison.summary}"
        entry = _entry(top, f"{old}-{new}", title, releases[new], f"{root}/about/changes?old={old}&new={new}")
        _add(entry, "content", "\n".join([*lines[:_MOST_FACTS], *more]), type="text")
    if len(newest_first) <= _MOST_ENTRIES:
        oldest = newest_first[-1]
        name = periods.with_days_in_words(comparing.name_of_release(releases[oldest]).partition(",")[0])
        page = f"{root}/about/changes?new={oldest}"
        entry = _entry(top, oldest, f"{name}: the first release", releases[oldest], page)
        _add(entry, "content", "There is no earlier release here to compare with.", type="text")
    body = ElementTree.tostring(top, encoding="utf-8", xml_declaration=True)
    return Response(body, mimetype=formats.ATOM)


def _entry(top: ElementTree.Element, name: str, title: str, release: Path, page: str) -> ElementTree.Element:
    """Add an entry to the feed, with the page to which it leads, and return it."""
    entry = _add(top, "entry")
    _add(entry, "id", f"{namespaces.DATASET}#changes-{name}")
    _add(entry, "title", title)
    _add(entry, "updated", f"{_date(release)}T00:00:00Z")
    _add(entry, "link", rel="alternate", href=page)
    return entry


def _add(parent: ElementTree.Element, tag: str, text: str = "", **attributes: str) -> ElementTree.Element:
    element = ElementTree.SubElement(parent, tag, attributes)
    element.text = _NOT_IN_XML.sub("\N{REPLACEMENT CHARACTER}", text)
    return element


def _releases(release: Release | None) -> dict[str, Path]:
    """Return the folders of the release that is served and of those beside it, by name, the newest first."""
    if release is None:
        return {}
    folders = [
        path
        for path in release.folder.parent.iterdir()
        if path == release.folder
        or (is_id(path.name) and (path / MANIFEST).is_file() and not path.is_symlink())
    ]
    ordered = sorted(
        folders, key=lambda path: (_date(path), path.stat().st_mtime_ns, path.name), reverse=True
    )
    return {path.name: path for path in ordered}


def _names(releases: Mapping[str, Path]) -> dict[str, str]:
    """Return the name of each release; releases with the same data and day have their folder in it."""
    names = {
        folder: periods.with_days_in_words(comparing.name_of_release(path))
        for folder, path in releases.items()
    }
    alike = Counter(names.values())
    return {folder: f"{name}, in {folder}" if alike[name] > 1 else name for folder, name in names.items()}


def _date(folder: Path) -> str:
    """Return the day of the release in a folder; empty if its manifest does not say."""
    try:
        return str(json.loads((folder / MANIFEST).read_text(encoding="utf-8"))["date"])
    except (ValueError, KeyError, TypeError):
        return ""


def _before(releases: Mapping[str, Path], new: str) -> str:
    """Return the release before another; empty if that is the oldest."""
    names = [*releases, ""]
    return names[names.index(new) + 1] if new in releases else ""


def _chosen(releases: Mapping[str, Path], name: str, default: str) -> str:
    """Return the release that a parameter of the address names; end the request if it does not exist."""
    chosen = request.args.get(name) or default
    if chosen and chosen not in releases:
        abort(404, f"There is no release “{chosen}” here; choose one from the list of /about/changes.")
    return chosen


@lru_cache(maxsize=_MOST_ENTRIES)
def _compared(old: Path, new: Path) -> tuple[Comparison, Catalogue]:
    """Return the differences between two releases, and the catalogue of both.

    Raises:
        ProblemError: one of them cannot be read.
    """
    try:
        datasets = (_dataset(old), _dataset(new))
    except ComparisonError as error:
        raise ProblemError("internal-error", f"{error}. Tell the operator.") from error
    return comparing.compare(*datasets), Catalogue.of_datasets(*datasets)


@lru_cache(maxsize=2)
def _dataset(folder: Path) -> Dataset:
    return comparing.read(folder)
