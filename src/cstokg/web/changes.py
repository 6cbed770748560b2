"""Changes between releases: which asserted triples came, went or took another value."""

import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from cstokg import namespaces
from cstokg.engine.store import DATASET_FILE
from cstokg.release import MANIFEST, Release, is_id
from cstokg.web import addresses

_LINE = re.compile(r"<(?P<s>[^>]*)> <(?P<p>[^>]*)> (?P<o>.*) <(?P<g>[^>]*)> \.")
_COMPUTED = frozenset({namespaces.INFERRED, namespaces.METADATA})

Fact = tuple[str, str, str]  # subject, predicate, object as N-Quads writes it


@dataclass(frozen=True, slots=True)
class Changes:
    """What differs between the release before and this one.

    Attributes:
        before: the name of the folder of the release before.
        added: how many facts are new.
        removed: how many are gone.
        changed: how many have another value than before.
        entities: each entity concerned, with its numbers of facts added, removed and changed.
    """

    before: str
    added: int
    removed: int
    changed: int
    entities: tuple[tuple[str, tuple[int, int, int]], ...]


@lru_cache(maxsize=2)
def _facts(folder: Path) -> frozenset[Fact]:
    """The triples of a release that some file states, but those with blank nodes, whose names may change."""
    found = set()
    for line in (folder / DATASET_FILE).read_text(encoding="utf-8").splitlines():
        match = _LINE.fullmatch(line)
        if match and match["g"] not in _COMPUTED and not match["o"].startswith("_:"):
            found.add((match["s"], match["p"], match["o"]))
    return frozenset(found)


def previous(release: Release) -> Path | None:
    """The folder of the release before, which stands beside this one; None if there is none."""
    beside = [
        path
        for path in release.folder.parent.iterdir()
        if is_id(path.name) and path.name != release.folder.name and (path / MANIFEST).is_file()
    ]
    return max(beside, key=lambda path: path.stat().st_mtime, default=None)


def since_previous(release: Release) -> Changes | None:
    """What differs from the release before; None if there is none."""
    folder = previous(release)
    return between(folder, release.folder) if folder else None


@lru_cache(maxsize=2)
def between(before: Path, after: Path) -> Changes:
    """What differs between the releases in two folders."""
    old, new = _facts(before), _facts(after)
    gone: dict[tuple[str, str], int] = Counter((s, p) for s, p, _ in old - new)
    came: dict[tuple[str, str], int] = Counter((s, p) for s, p, _ in new - old)
    counts: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    for key in {*gone, *came}:
        changed = min(gone.get(key, 0), came.get(key, 0))
        counted = counts[key[0]]
        counted[0] += came.get(key, 0) - changed
        counted[1] += gone.get(key, 0) - changed
        counted[2] += changed
    entities = tuple(
        (iri, (row[0], row[1], row[2]))
        for iri, row in sorted(counts.items())
        if iri.startswith(namespaces.ID) and addresses.kind_of(iri) != "span"
    )
    totals = [sum(row[place] for row in counts.values()) for place in range(3)]
    return Changes(before.name, totals[0], totals[1], totals[2], entities)
