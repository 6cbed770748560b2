"""The table of links to Wikidata against the data: links, gaps, missing rows, wrong items.

Everybody and everything with an identity outside the articles needs a row: an item, or the reason why there
is none. Only items on the list of verified items may be linked, and each to one thing only.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from rdflib import DCTERMS, RDF, SKOS, Graph, Literal, URIRef
from rdflib.term import Node

from cstokg import namespaces, project_files
from cstokg.build.checks.findings import Finding
from cstokg.build.rdf_terms import CKG, day_of, iri_of
from cstokg.build.sources import Sources
from cstokg.build.wikidata import sssom
from cstokg.build.written_testimonies import ACCORDING_TO, BOUNDS, HAS_TESTIMONY, PRINTED_AS

VERIFIED = Path("data") / "wikidata-verified.tsv"
CLASSES = (
    CKG.GovernmentBody,
    CKG.InternationalBody,
    CKG.NewsOutlet,
    CKG.Organ,
    CKG.Organisation,
    CKG.Person,
    CKG.Place,
    CKG.Post,
    CKG.State,
)
# A group or a draft has no identity outside the articles.
KINDS = (
    iri_of("document-kind:charter"),
    iri_of("document-kind:treaty"),
    iri_of("event-kind:attack"),
    iri_of("event-kind:clash"),
    iri_of("event-kind:unrest"),
)
_MATCHES = (SKOS.exactMatch, SKOS.closeMatch)
_ITEM = namespaces.PREFIXES["wd"]
_MOST_LABELS = 40


@dataclass(frozen=True, slots=True)
class Link:
    """An entity and its item.

    Attributes:
        entity: our name of the entity, such as ``person:lavrov-sergey``.
        label: its English label.
        kind: the class, without prefix; for a place, a document or an event its own kind.
        predicate: ``skos:exactMatch`` or ``skos:closeMatch``.
        item: the item, as ``Q58217``.
        item_label: the label of the item in the table.
        confidence: the confidence in the table.
        comment: the reason for the link.
    """

    entity: str
    label: str
    kind: str
    predicate: str
    item: str
    item_label: str
    confidence: str
    comment: str

    @property
    def iri(self) -> URIRef:
        """The IRI of the entity."""
        return iri_of(self.entity)


@dataclass(frozen=True, slots=True)
class Gap:
    """An entity without an item, and why."""

    entity: str
    label: str
    kind: str
    reason: str


@dataclass(frozen=True, slots=True)
class Situation:
    """A term of office or a membership of ours, between linked entities.

    Attributes:
        record: our record of it.
        subject: the item of the holder or member.
        value: the item of the post or body.
        bounds: the first and the last day on which it can have begun, and ended; ``None`` where that is open.
    """

    record: str
    subject: str
    value: str
    bounds: tuple[date | None, date | None, date | None, date | None]


def read(sources: Sources) -> tuple[list[Link], list[Gap]]:
    """Return the links and the gaps, each in order of the entities' names."""
    data = sources.data()
    try:
        rows = sssom.rows(project_files.read_text(sources.root, Path(sssom.PATH)))
    except FileNotFoundError:
        rows = []  # a project need not have the table
    links: list[Link] = []
    gaps: list[Gap] = []
    for row in rows:
        entity, label = row["subject_id"], row["subject_label"]
        kind = _kind(iri_of(entity), data)
        if row["object_id"] == sssom.NO_ITEM:
            gaps.append(Gap(entity, label, kind, row["comment"]))
        else:
            item = row["object_id"].removeprefix("wd:")
            links.append(
                Link(
                    entity,
                    label,
                    kind,
                    row["predicate_id"],
                    item,
                    row["object_label"],
                    row["confidence"],
                    row["comment"],
                )
            )
    described = {link.entity for link in links} | {gap.entity for gap in gaps}
    for node in without_row(data, described):
        label = next(iter(labels(node, data).get("en", ())), "")
        gaps.append(Gap(namespaces.shorten(str(node)), label, _kind(node, data), "no row in the table yet"))
    return sorted(links, key=lambda link: (link.entity, link.item)), sorted(gaps, key=lambda gap: gap.entity)


def labels(entity: Node, graph: Graph) -> dict[str, list[str]]:
    """Return the names of an entity by language: the preferred ones first, then others, also as printed."""
    by_language: dict[str, dict[str, None]] = {}
    testimonies = list(graph.objects(entity, HAS_TESTIMONY))
    literals = [
        *graph.objects(entity, SKOS.prefLabel),
        *sorted(graph.objects(entity, SKOS.altLabel), key=str),
        *sorted((literal for node in testimonies for literal in graph.objects(node, PRINTED_AS)), key=str),
    ]
    for literal in literals:
        if isinstance(literal, Literal) and literal.language:
            by_language.setdefault(literal.language, {}).setdefault(str(literal))
    return {language: list(names)[:_MOST_LABELS] for language, names in by_language.items()}


def situations(graph: Graph, links: list[Link], kind: str, subject: str, value: str) -> list[Situation]:
    """Return our terms of office or memberships between entities that have items.

    What only speakers say is left out.

    Args:
        graph: the data.
        links: the links.
        kind: the class of the records, without prefix; likewise the properties.
        subject: the property that names the holder or member.
        value: the property that names the post or body.
    """
    items = {link.iri: link.item for link in links}

    def linked(record: Node, name: str) -> str:
        return next((items[node] for node in _values(graph, record, name) if node in items), "")

    return [
        Situation(namespaces.shorten(str(record)), linked(record, subject), linked(record, value), bounds)
        for record in sorted(graph.subjects(RDF.type, CKG[kind]), key=str)
        if linked(record, subject) and linked(record, value) and _in_own_voice(record, graph)
        for bounds in [_bounds(record, graph)]
    ]


def _in_own_voice(record: Node, graph: Graph) -> bool:
    testimonies = graph.objects(record, HAS_TESTIMONY)
    return any((testimony, ACCORDING_TO, None) not in graph for testimony in testimonies)


def _values(graph: Graph, record: Node, name: str) -> Iterator[URIRef]:
    for node in graph.objects(record, CKG[name]):
        if isinstance(node, URIRef):
            yield node


def _bounds(record: Node, graph: Graph) -> tuple[date | None, date | None, date | None, date | None]:
    first, second, third, fourth = (graph.value(record, bound) for bound in BOUNDS)
    return day_of(first), day_of(second), day_of(third), day_of(fourth)


def _kind(entity: Node, graph: Graph) -> str:
    types = set(graph.objects(entity, RDF.type))
    kinds = set(graph.objects(entity, DCTERMS.type))
    classes = [class_ for class_ in CLASSES if class_ in types]
    if not classes or CKG.Place in types:
        classes = [*sorted((kind for kind in kinds if isinstance(kind, URIRef)), key=str), *classes]
    return namespaces.shorten(str(classes[0])).partition(":")[2] if classes else ""


# Rows, and checks of them.


def entities(graph: Graph) -> set[Node]:
    """Return the entities that need a row in the table."""
    of_classes = {entity for kind in CLASSES for entity in graph.subjects(RDF.type, kind)}
    return of_classes.union(*(graph.subjects(DCTERMS.type, kind) for kind in KINDS))


def row(entity: Node, graph: Graph, day: str) -> str:
    """Return the row for an entity whose item is not known: its cells, separated by tabs."""
    labels = graph.objects(entity, SKOS.prefLabel)
    label = next((str(text) for text in labels if isinstance(text, Literal) and text.language == "en"), "…")
    cells = {
        "subject_id": namespaces.shorten(str(entity)),
        "subject_label": label,
        "predicate_id": "skos:exactMatch",
        "object_id": sssom.NO_ITEM,
        "mapping_justification": "semapv:ManualMappingCuration",
        "author_label": "The cstokg editors",
        "mapping_date": day,
        "comment": "No item was looked for yet.",
    }
    return "\t".join(cells.get(column, "") for column in sssom.COLUMNS)


def without_row(graph: Graph, described: set[str]) -> list[Node]:
    """Return the entities that need a row and whose short names are not among those described."""
    missing = (entity for entity in entities(graph) if namespaces.shorten(str(entity)) not in described)
    return sorted(missing, key=str)


def check(sources: Sources, day: str) -> Iterator[Finding]:
    """Yield what is wrong with the table; nothing if there is no table.

    Args:
        sources: what was read.
        day: the date of the rows that are proposed.
    """
    table = namespaces.graph_of(sssom.PATH.with_suffix(""))
    if table not in sources.graphs:
        return
    links = sources.graphs[table]
    data = sources.stored
    for entity in without_row(data, {namespaces.shorten(str(subject)) for subject in links.subjects()}):
        yield Finding(
            position=sources.subjects.get(entity),
            severity="violation",
            focus=entity,
            path=None,
            value=None,
            message=(
                f"{sssom.PATH.as_posix()} has no row for {namespaces.shorten(str(entity))}. Add its item, or "
                "let `cstokg check --fix` add this row, and write the reason:\n" + row(entity, data, day)
            ),
            constraint="wikidata",
        )
    yield from _wrong_links(sources, links)


def _wrong_links(sources: Sources, links: Graph) -> Iterator[Finding]:
    verified = read_verified(sources.root)
    subjects: dict[Node, set[Node]] = defaultdict(set)
    for subject, predicate, item in links:
        if predicate in _MATCHES:
            subjects[item].add(subject)
    for subject, predicate, item in links:
        if predicate not in _MATCHES:
            continue
        name, qid = namespaces.shorten(str(subject)), str(item).removeprefix(_ITEM)
        messages = []
        if verified and qid not in verified:
            messages.append(f"wd:{qid} is not in {VERIFIED.as_posix()}. Use an item of that list, or none.")
        others = sorted(namespaces.shorten(str(other)) for other in subjects[item] - {subject})
        if others:
            messages.append(f"wd:{qid} is also the item of {', '.join(others)}. Keep it for one of them.")
        if name.startswith("state:") and predicate == SKOS.exactMatch:
            messages.append(
                f"{name} is the state as an actor, and wd:{qid} the whole country. Write skos:closeMatch."
            )
        for message in messages:
            position = sources.triples[(subject, predicate, item)]
            yield Finding(position, "violation", subject, predicate, item, message, "wikidata")


def read_verified(root: Path) -> dict[str, str]:
    """Return the verified items with their labels; nothing if the project has no such list.

    Raises:
        FileError: the list cannot be read; the message names it.
    """
    try:
        lines = project_files.read_text(root, VERIFIED).splitlines()
    except FileNotFoundError:
        return {}
    rows = (line.split("\t") for line in lines[1:] if not line.startswith("#"))
    return {cells[0]: cells[1] for cells in rows if len(cells) > 1}
