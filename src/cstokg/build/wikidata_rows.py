"""Checks of the table of links to Wikidata against the data: rows that lack, and items that are wrong.

Everybody and everything with an identity outside the articles needs a row: an item, or the reason
why there is none. Only items of the list of verified ones may be linked, and none to two things.
"""

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from rdflib import DCTERMS, RDF, SKOS, Graph, Literal, URIRef
from rdflib.term import Node

from cstokg import namespaces, project_files
from cstokg.build import sssom
from cstokg.build.sources import Sources
from cstokg.build.validation import Finding

VERIFIED = Path("data") / "wikidata-verified.tsv"
CLASSES = tuple(
    URIRef(namespaces.CKG + name)
    for name in (
        "GovernmentBody",
        "InternationalBody",
        "NewsOutlet",
        "Organ",
        "Organisation",
        "Person",
        "Place",
        "Post",
        "State",
    )
)
# A group or a draft has no identity outside the articles.
KINDS = tuple(
    URIRef(namespaces.expand(name))
    for name in (
        "document-kind:charter",
        "document-kind:treaty",
        "event-kind:attack",
        "event-kind:clash",
        "event-kind:unrest",
    )
)
_MATCHES = (SKOS.exactMatch, SKOS.closeMatch)
_ITEM = namespaces.PREFIXES["wd"]


def entities(graph: Graph) -> set[Node]:
    """Return what needs a row."""
    due = {entity for kind in CLASSES for entity in graph.subjects(RDF.type, kind)}
    return due.union(*(graph.subjects(DCTERMS.type, kind) for kind in KINDS))


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
    data = sources.data()
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
                f"{name} acts, and wd:{qid} also has hills and rivers. Write skos:closeMatch for a state."
            )
        for message in messages:
            position = sources.triples[(subject, predicate, item)]
            yield Finding(position, "violation", subject, predicate, item, message, "wikidata")


def read_verified(root: Path) -> dict[str, str]:
    """Return the verified items with their labels; nothing if the project has no such list."""
    try:
        lines = project_files.read(root, VERIFIED).decode().splitlines()
    except FileNotFoundError:
        return {}
    rows = (line.split("\t") for line in lines[1:] if not line.startswith("#"))
    return {cells[0]: cells[1] for cells in rows if len(cells) > 1}
