"""Checks of a mapper's files that shapes cannot make, and one finding for one mistake.

They need to know which file says what: spans of another article, conclusions among what an article says,
things described in two files, bounds outside testimonies, misspelt terms, copied words, and counts in
the README.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import replace
from pathlib import Path

from rdflib import OWL, RDF, SKOS, Literal, URIRef
from rdflib.term import Node

from cstokg import namespaces, project_files
from cstokg.build import spans, written_testimonies
from cstokg.build.checks import conflict_proposals, copy_guard
from cstokg.build.checks.findings import Finding, Report, described_in, is_in, shorten
from cstokg.build.rdf_terms import CKG, iri_of
from cstokg.build.sources import Position, Sources
from cstokg.build.wikidata import wikidata_links
from cstokg.engine import suggestions

README = Path("README.md")
_INFERRED = iri_of("basis:inferred")
_PREF_LABEL = SKOS.prefLabel
_COORDINATES = (CKG.latitude, CKG.longitude)
_COUNTED = {
    "articles": ("Article",),
    "meetings held or announced": ("HeldMeeting", "AnnouncedMeeting"),
    "statements": ("Statement",),
    "claims": ("Claim",),
    "cases where accounts differ": ("Conflict",),
    "spans of evidence": ("EvidenceSpan",),
}
_UNDESCRIBED = re.compile(r"(\S+) is named here but described nowhere")
_DRAFT = re.compile(r"(?m)^#[a-z-]+:\S+$")
# The folders whose files may hold words, and how the names of the files end.
_TEXTS = (("data", ".ttl"), ("data", ".tsv"), ("ontology", ".ttl"), ("queries", ".rq"))


def complete(
    report: Report,
    sources: Sources,
    *,
    day: str,
    paths: Collection[str] = (),
    articles: Path | None = None,
    hashes: frozenset[str] | None = None,
) -> Report:
    """Return the report with the findings of this module, without findings that only follow from these.

    Args:
        report: the findings of the shapes.
        sources: what was read.
        day: the date of proposed rows of the table of links to Wikidata.
        paths: only findings in these files and folders; all if none is named.
        articles: the folder of the articles' texts, whose words no file may repeat.
        hashes: the runs of words that no file may repeat; by default ``forbidden_runs``.

    Raises:
        FileError: a file cannot be read; the message names it.
    """
    if hashes is None:
        hashes = forbidden_runs(sources.root, articles)
    nodes = described_in(sources, paths) if paths else None
    findings = [
        *misspelt(sources),
        *foreign_spans(sources),
        *misplaced_conclusions(sources),
        *described_twice(sources),
        *bounds_outside_testimonies(sources),
        *unfinished(sources),
        *conflict_proposals.propose(sources),
        *wikidata_links.check(sources, day),
        *without_coordinates(sources),
        *copied_words(sources.root, hashes, paths),
        *(wrong_counts(sources) if nodes is None or URIRef(namespaces.DATASET) in nodes else ()),
    ]
    joined = _joined(report, findings, sources)
    if nodes is not None:
        # Filtered only now, since a mistake elsewhere may be the cause of a finding of the shapes.
        joined = [finding for finding in joined if finding.focus in nodes or is_in(finding.position, paths)]
    if articles:  # whatever the paths, because a copy from such a text is missed in any file
        joined += unread_texts(articles)
    return Report.of(joined)


def foreign_spans(sources: Sources) -> Iterator[Finding]:
    """Yield a violation for each span of another article that an article's file cites."""
    folder = f"{spans.ARTICLES.as_posix()}/"
    for (subject, predicate, node), position in sources.triples.items():
        if "/span/" not in str(node) or not position.path.startswith(folder):
            continue
        if position.path.endswith(".tsv"):
            continue
        span = namespaces.parse_span(str(node))
        path = Path(position.path)
        if span is None or path.stem == span.name:
            continue
        message = (
            f"{shorten(node)} is a span of {span.name}, in the file of {path.stem}. Cite words of "
            f"{path.stem}, or move the testimony to {spans.record_path(span.name).as_posix()}."
        )
        yield Finding(position, "violation", subject, predicate, node, message, "foreign-span")


def misplaced_conclusions(sources: Sources) -> Iterator[Finding]:
    """Yield a violation for each conclusion of the editors in the file of an article."""
    folder = f"{spans.ARTICLES.as_posix()}/"
    subjects = {t: s for (s, p, t) in sources.triples if p == written_testimonies.HAS_TESTIMONY}
    for (testimony, predicate, basis), position in sources.triples.items():
        if basis != _INFERRED or not position.path.startswith(folder):
            continue
        focus = subjects.get(testimony, testimony)
        message = (
            f"{shorten(focus)} is a conclusion of the editors, and this file holds only what the article "
            "says. Move it to data/readings.ttl, with the article's name in the prefix of its spans."
        )
        yield Finding(position, "violation", focus, predicate, basis, message, "misplaced-conclusion")


def described_twice(sources: Sources) -> Iterator[Finding]:
    """Yield a violation for each thing that has its class, or other labels, in two files of the data."""
    for (subject, predicate, node), further in sources.repeats.items():
        first = sources.triples[subject, predicate, node]
        places = [place for place in (first, *further) if place.path.startswith("data/")]
        if predicate == RDF.type and len(places) > 1 and str(subject).startswith(namespaces.ID):
            yield _twice(subject, predicate, node, places)
    labels: dict[tuple[Node, str | None], list[tuple[Node, Position]]] = defaultdict(list)
    typed_twice = {s for (s, p, _) in sources.repeats if p == RDF.type}
    for (subject, predicate, node), position in sources.triples.items():
        if isinstance(node, Literal) and predicate == _PREF_LABEL and position.path.startswith("data/"):
            labels[subject, node.language].append((node, position))
    for (subject, _), written in labels.items():
        if len({position.path for _, position in written}) > 1 and subject not in typed_twice:
            yield _twice(subject, SKOS.prefLabel, written[-1][0], [position for _, position in written])


def _twice(subject: Node, predicate: Node, node: Node, places: list[Position]) -> Finding:
    message = (
        f"{shorten(subject)} is described at {places[0]} and at {' and at '.join(map(str, places[1:]))}. "
        "Describe it once; another article adds only ckg:hasTestimony, and what only it says. "
        "Two things need two names."
    )
    return Finding(places[-1], "violation", subject, predicate, node, message, "described-twice")


def bounds_outside_testimonies(sources: Sources) -> Iterator[Finding]:
    """Yield a violation for each of the four bounds that a file writes on a thing itself."""
    for triple, position in sources.triples.items():
        subject, predicate, _ = triple
        if predicate not in written_testimonies.BOUNDS or triple in sources.derived:
            continue
        if namespaces.kind_of(str(subject)) == "testimony" or not str(subject).startswith(namespaces.ID):
            continue
        message = (
            f"{shorten(predicate)} of {shorten(subject)} stands outside its testimonies. Write it in the "
            "brackets of ckg:hasTestimony; the build gives the record the narrowest bounds."
        )
        yield Finding(position, "violation", subject, predicate, None, message, "bounds")


def unfinished(sources: Sources) -> Iterator[Finding]:
    """Yield a violation for each text that still has the … of a draft, a warning for commented-out drafts."""
    for (subject, predicate, node), position in sources.triples.items():
        if not isinstance(node, Literal) or "…" not in str(node) or not position.path.startswith("data/"):
            continue
        message = f"{shorten(predicate)} of {shorten(subject)} is not filled in: write something for the …."
        yield Finding(position, "violation", subject, predicate, node, message, "unfinished")
    folder = f"{spans.ARTICLES.as_posix()}/"
    for path in map(Path, sorted(sources.files())):
        if not path.as_posix().startswith(folder) or path.suffix != ".ttl":
            continue
        if namespaces.graph_of(path) not in sources.graphs:
            continue  # read in part, because the check is not about it
        drafts = list(_DRAFT.finditer(text := project_files.read_text(sources.root, path)))
        if drafts:
            position = Position(path.as_posix(), text.count("\n", 0, drafts[0].start()) + 1)
            message = (
                f"{len(drafts)} drafts are commented out: remove the # in front of those that are right, "
                "and delete the others."
            )
            focus = URIRef(f"{namespaces.ID}article/{path.stem}")
            yield Finding(position, "warning", focus, None, None, message, "draft")


def misspelt(sources: Sources) -> Iterator[Finding]:
    """Yield a violation for each property or class that the ontology does not have, and name the nearest."""
    if (URIRef(namespaces.ONTOLOGY), RDF.type, OWL.Ontology) not in sources.triples:
        return  # the ontology was not read, or only a part of it, so terms would seem to be missing
    terms = {
        str(term)
        for term, position in sources.subjects.items()
        if position.path.startswith("ontology/") and str(term).startswith(namespaces.CKG)
    }
    terms.add(namespaces.CKG)
    if len(terms) < 2:
        return
    right: set[Node] = set()  # most terms occur many times
    for triple, position in sources.triples.items():
        subject, predicate, node = triple
        names = [
            term
            for term in (predicate, node)
            if isinstance(term, URIRef) and term not in right and not _is_right(term, terms, right)
        ]
        if not names or triple in sources.derived or not position.path.startswith("data/"):
            continue
        for term in names:
            if term is not node or predicate != SKOS.exactMatch:
                near = suggestions.nearest_name(str(term), terms)
                kind = "class" if predicate == RDF.type and term is node else "property"
                remedy = f"Did you mean {near}?" if near else "Look it up in ontology/ckg.ttl."
                message = f"{shorten(term)} is not a {kind} of the ontology. {remedy}"
                yield Finding(position, "violation", subject, predicate, term, message, "misspelt")


def _is_right(term: URIRef, terms: set[str], right: set[Node]) -> bool:
    """Return whether a term is in the ontology or of another vocabulary; if so, add it to ``right``."""
    if term.startswith(namespaces.CKG) and str(term) not in terms:
        return False
    right.add(term)
    return True


def without_coordinates(sources: Sources) -> Iterator[Finding]:
    """Yield a violation for each place of a meeting that the map cannot show."""
    data = sources.stored
    places = {
        place
        for meeting, place in data.subject_objects(CKG.heldIn)
        if namespaces.kind_of(str(meeting)) == "meeting" and (place, RDF.type, None) in data
    }
    for place in sorted(places, key=str):
        enclosing = {place, *data.transitive_objects(place, CKG.locatedIn)}
        if not any(all((town, name, None) in data for name in _COORDINATES) for town in enclosing):
            message = (
                f"{shorten(place)} is the place of a meeting, and the map needs its ckg:latitude and "
                "ckg:longitude. Write them in the register, for the town; their basis is basis:background."
            )
            yield Finding(sources.subjects.get(place), "violation", place, None, None, message, "coordinates")


def copied_words(root: Path, hashes: frozenset[str], paths: Collection[str] = ()) -> Iterator[Finding]:
    """Yield a violation for each line with one of these runs of words, in these files and folders."""
    for folder, ending in _TEXTS:
        if not (root / folder).is_dir():
            continue
        for path in project_files.find(root, folder, ending) if hashes else ():
            if not paths or is_in(Position(path.as_posix(), 1), paths):
                yield from _copied_in(root, path, hashes)


def forbidden_runs(root: Path, articles: Path | None) -> frozenset[str]:
    """Return the hashes of the runs of words that no file may repeat: on file, and of the texts."""
    return copy_guard.forbidden(root, _read_texts(articles)[0] if articles else ())


def unread_texts(articles: Path) -> Iterator[Finding]:
    """Yield a warning for each file in the folder of the articles' texts that cannot be read as a text."""
    for path, reason in _read_texts(articles)[1]:
        yield Finding(
            position=None,
            severity="warning",
            focus=URIRef(namespaces.DATASET),
            path=None,
            value=None,
            message=f"{path}: {reason} Until then words copied from it are not found, unless their hashes "
            f"are in {copy_guard.HASHES.as_posix()}.",
            constraint="unread-text",
        )


def _copied_in(root: Path, path: Path, hashes: frozenset[str]) -> Iterator[Finding]:
    text = project_files.read_text(root, path, errors="replace")
    for line in copy_guard.copied(text, hashes, by_literal=path.suffix in {".ttl", ".rq"}):
        yield Finding(
            position=Position(path.as_posix(), line),
            severity="violation",
            focus=URIRef(namespaces.graph_of(path)),
            path=None,
            value=None,
            message=f"repeats {copy_guard.LENGTH} words of an article. Write it in your own words; "
            f"an official name of that length goes into {copy_guard.ALLOWED.as_posix()}.",
            constraint="copied",
        )


def _read_texts(folder: Path) -> tuple[list[str], list[tuple[Path, str]]]:
    """Return the texts in a folder, and the files that cannot be read as texts, with reason and remedy."""
    texts: list[str] = []
    unread: list[tuple[Path, str]] = []
    for path in sorted(folder.iterdir()):
        if path.is_dir():
            continue
        try:
            texts.append(project_files.read_regular(path, project_files.MAX_TEXT_BYTES).decode())
        except project_files.FileError as error:
            unread.append((path, str(error)))
        except UnicodeDecodeError as error:
            unread.append(
                (path, f"byte {error.start} is not UTF-8. Save the text as UTF-8, or move it away.")
            )
    return texts, unread


def counts(sources: Sources) -> dict[str, int]:
    """Return the counts that the README gives, by the words that follow them."""
    data = sources.stored
    counted = {
        words: len(set().union(*(data.subjects(RDF.type, CKG[name]) for name in classes)))
        for words, classes in _COUNTED.items()
    }
    both = set(data.subjects(RDF.type, CKG.HeldMeeting)) & set(data.subjects(RDF.type, CKG.AnnouncedMeeting))
    counted["meetings held or announced"] += len(both)  # the question `counts` has them in both rows
    questions = sources.root / "queries"
    counted["questions"] = len(list(questions.glob("*.rq"))) if questions.is_dir() else 0
    return counted


def with_counts(text: str, counted: dict[str, int]) -> str:
    """Return the README with its counts replaced by these."""
    for words, count in counted.items():
        text = re.sub(_count_of(words), lambda match, count=count: f"{count}{match[2]}", text)  # type: ignore[misc]
    return text


def _count_of(words: str) -> str:
    return r"\b(\d+)(\s+" + r"\s+".join(words.split()) + r")\b"


def wrong_counts(sources: Sources) -> Iterator[Finding]:
    """Yield a warning for each count in the README that differs from the data."""
    try:
        text = project_files.read_text(sources.root, README)
    except FileNotFoundError:
        return
    for words, count in counts(sources).items():
        for match in re.finditer(_count_of(words), text):
            if int(match[1]) != count:
                yield Finding(
                    position=Position(README.as_posix(), text.count("\n", 0, match.start()) + 1),
                    severity="warning",
                    focus=URIRef(namespaces.DATASET),
                    path=None,
                    value=None,
                    message=f"the graph has {count} {words}, not {match[1]}. `cstokg check --fix` writes it.",
                    constraint="count",
                )


def _joined(report: Report, mistakes: list[Finding], sources: Sources) -> list[Finding]:
    """Return both kinds of findings, without those that follow from others, and with the nearest names."""
    lacking = any(_UNDESCRIBED.search(finding.message) for finding in report.findings)
    described = sources.names() if lacking else set()
    findings = [_with_nearest_name(finding, described) for finding in report.findings]
    causes = [*mistakes, *(finding for finding in findings if _UNDESCRIBED.search(finding.message))]
    kept = [finding for finding in findings if not any(_follows(finding, cause) for cause in causes)]
    return [*kept, *mistakes]


def _with_nearest_name(finding: Finding, described: set[str]) -> Finding:
    match = _UNDESCRIBED.search(finding.message)
    iri = namespaces.expand(match[1]) if match else ""
    near = suggestions.nearest_name(iri, described - {iri}) if iri else ""
    return replace(finding, message=f"{finding.message} Did you mean {near}?") if near else finding


def _follows(finding: Finding, cause: Finding) -> bool:
    """Return whether a finding of the shapes repeats a mistake found here, or follows from it."""
    match cause.constraint:
        case "misspelt":
            near = cause.message.partition("Did you mean ")[2].rstrip("?")
            if finding.position == cause.position:
                return True
            if cause.path == RDF.type:  # without its class, a thing fails every shape that asks for the class
                return (
                    cause.focus in (finding.focus, finding.value) or shorten(cause.focus) in finding.message
                )
            return finding.focus == cause.focus and shorten(finding.path or RDF.nil) == near
        case "described-twice":
            return finding.focus == cause.focus and finding.path == SKOS.prefLabel
        case "conflict":
            same = finding.path == cause.path or finding.constraint in {"T2", "T4", "T5", "T7"}
            return finding.focus == cause.focus and same
        case "foreign-span":
            return finding.focus == cause.focus and finding.constraint == "V22"
        case "bounds":
            return finding.position == cause.position
        case "wikidata":
            return finding.focus == cause.focus and "the same Wikidata item" in finding.message
    # A node that is described nowhere is of no class either.
    undescribed = _UNDESCRIBED.search(cause.message) is not None
    return undescribed and finding.position == cause.position and finding != cause
