"""Conflicts between articles: where two files give one thing two values, propose two claims and a conflict.

An editor decides. The side that the graph asserts stays where it is; the other becomes a claim only.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

from rdflib import RDF, URIRef
from rdflib.term import Node

from cstokg import namespaces
from cstokg.build import spans
from cstokg.build.checks.findings import Finding, shorten
from cstokg.build.rdf_terms import CKG
from cstokg.build.sources import Position, Sources
from cstokg.build.written_testimonies import ACCORDING_TO, BOUNDS, EVIDENCE, HAS_TESTIMONY, SUPPORTS

# A thing has one value of each of these. Where an article says that there are two, it says so itself.
FUNCTIONAL = frozenset(
    (
        CKG.onDate,
        CKG.heldIn,
        CKG.chairedBy,
        CKG.atMeeting,
        CKG.attendee,
        CKG.inCapacityOf,
        CKG.holder,
        CKG.tenurePost,
        CKG.acting,
        CKG.member,
        CKG.membershipIn,
        CKG.presidingState,
        CKG.presidencyOf,
        CKG.speaker,
        CKG.statedAt,
        CKG.itemCount,
        CKG.years,
        CKG.termInYears,
        CKG.timesPerYear,
    )
)
# An earliest day may not lie after a latest one.
_OPPOSED = (
    (CKG.startNotBefore, CKG.startNotAfter),
    (CKG.startNotBefore, CKG.endNotAfter),
    (CKG.endNotBefore, CKG.endNotAfter),
)
_MAY_BE_TWO = frozenset((CKG.heldIn, CKG.chairedBy))


@dataclass(frozen=True, slots=True)
class _Side:
    """One side of a conflict: what an article's file writes, where, and the testimonies on which it rests."""

    position: Position
    predicate: URIRef
    value: Node
    testimonies: tuple[Node, ...]

    @property
    def article(self) -> str:
        return Path(self.position.path).stem


def propose(sources: Sources) -> Iterator[Finding]:
    """Yield a finding for each conflict between two articles; its message ends with Turtle to paste."""
    written = _Written(sources)
    for subject, sides in written.values():
        for first, second in combinations(sides, 2):
            if (
                first.predicate == second.predicate
                and first.value != second.value
                and first.article != second.article
            ):
                yield _finding(sources, subject, first, second)
    for subject, first, second in written.opposed_bounds():
        yield _finding(sources, subject, first, second)


class _Written:
    """What the articles' files write of each thing, by file."""

    def __init__(self, sources: Sources) -> None:
        self._sources = sources
        self._testimonies: dict[tuple[Node, str], list[Node]] = defaultdict(list)
        self._supports: dict[Node, set[Node]] = defaultdict(set)
        self._bounds: dict[Node, list[tuple[Node, URIRef, Node, Position]]] = defaultdict(list)
        owner: dict[Node, Node] = {}
        for (subject, predicate, node), position in sources.triples.items():
            if predicate == HAS_TESTIMONY:
                self._testimonies[subject, position.path].append(node)
                owner[node] = subject
            elif predicate == SUPPORTS:
                self._supports[subject].add(node)
        spoken = {subject for (subject, predicate, _) in sources.triples if predicate == ACCORDING_TO}
        for (subject, predicate, node), position in sources.triples.items():
            # What only a speaker says contradicts no article.
            if predicate in BOUNDS and subject in owner and subject not in spoken and _in_article(position):
                self._bounds[owner[subject]].append((subject, URIRef(str(predicate)), node, position))

    def values(self) -> Iterator[tuple[Node, list[_Side]]]:
        """Yield each thing with the values of functional properties that articles' files write."""
        sides: dict[tuple[Node, Node], list[_Side]] = defaultdict(list)
        for (subject, predicate, node), position in self._sources.triples.items():
            if predicate in FUNCTIONAL and _in_article(position):
                testimonies = tuple(
                    testimony
                    for testimony in self._testimonies[subject, position.path]
                    if predicate in self._supports[testimony]
                )
                sides[subject, predicate].append(_Side(position, URIRef(str(predicate)), node, testimonies))
        for (subject, _), values in sides.items():
            if len(values) > 1:
                yield subject, values

    def opposed_bounds(self) -> Iterator[tuple[Node, _Side, _Side]]:
        """Yield the bounds of two articles that cannot both hold."""
        for subject, bounds in self._bounds.items():
            for earliest, latest in _OPPOSED:
                lower = [bound for bound in bounds if bound[1] == earliest]
                upper = [bound for bound in bounds if bound[1] == latest]
                # Nearly always no bounds are opposed, and then no pairs need to be compared.
                lowest = min((str(bound[2]) for bound in upper), default="")
                for low in lower:
                    for high in upper if str(low[2]) > lowest else ():
                        if str(low[2]) > str(high[2]) and low[3].path != high[3].path:
                            yield subject, _bound(low), _bound(high)


def _bound(written: tuple[Node, URIRef, Node, Position]) -> _Side:
    testimony, predicate, value, position = written
    return _Side(position, predicate, value, (testimony,))


def _in_article(position: Position) -> bool:
    return position.path.startswith(f"{spans.ARTICLES.as_posix()}/") and position.path.endswith(".ttl")


def _finding(sources: Sources, subject: Node, first: _Side, second: _Side) -> Finding:
    if first.position > second.position:
        first, second = second, first
    # The graph asserts what is written where the thing is described.
    described = {
        position.path
        for (node, predicate, _), position in sources.triples.items()
        if node == subject and predicate == RDF.type
    }
    if second.position.path in described and first.position.path not in described:
        first, second = second, first
    name = shorten(subject)
    message = (
        f"{name}: {shorten(first.predicate)} {shorten(first.value)} at {first.position}, but "
        f"{shorten(second.predicate)} {shorten(second.value)} at {second.position}. If the articles "
        f"disagree, remove the line at {second.position} and paste this into data/conflicts.ttl; "
        f"if they speak of two things, give one another name.\n{_turtle(sources, subject, first, second)}"
    )
    severity = "warning" if first.predicate in _MAY_BE_TWO else "violation"
    return Finding(second.position, severity, subject, first.predicate, second.value, message, "conflict")


def _turtle(sources: Sources, subject: Node, first: _Side, second: _Side) -> str:
    keyword = str(subject).rpartition("/")[2]
    sides = (first, second)
    names = [f"{side.article}-{keyword}-{_word(side.predicate)}" for side in sides]
    blocks = [
        "".join(
            f"PREFIX span-{side.article}: <{namespaces.ID}article/{side.article}/span/>\n"
            for side in sorted(sides, key=lambda side: side.article)
        )
    ]
    for side, name, against, rank in (
        (first, names[0], names[1], "preferred"),
        (second, names[1], names[0], "normal"),
    ):
        evidence = sorted(_evidence(sources, side)) or [f"span-{side.article}:…"]
        blocks.append(
            f"claim:{name}\n"
            "    a ckg:Claim ;\n"
            f"    rdf:subject {shorten(subject)} ;\n"
            f"    rdf:predicate {shorten(side.predicate)} ;\n"
            f"    rdf:object {shorten(side.value)} ;\n"
            f"    ckg:rank rank:{rank} ;\n"
            f'    ckg:paraphrase "… in your own words …"@en ;\n'
            f"    ckg:contradicts claim:{against} ;\n"
            "    ckg:hasTestimony [\n"
            f"        ckg:evidence {' , '.join(evidence)} ;\n"
            "        ckg:basis basis:stated ;\n"
            "    ] ;\n"
            ".\n"
        )
    blocks.append(
        f"conflict:{keyword}-{_word(first.predicate)}\n"
        "    a ckg:Conflict ;\n"
        '    skos:prefLabel "…"@en , "…"@ru ;\n'
        "    dcterms:type conflict-kind:… ;\n"
        f"    ckg:hasClaim {' , '.join(f'claim:{name}' for name in sorted(names))} ;\n"
        '    skos:editorialNote "… why the editors decide so …"@en ;\n'
        ".\n"
    )
    return "\n".join(blocks)


def _evidence(sources: Sources, side: _Side) -> Iterator[str]:
    for testimony in side.testimonies:
        for node in sources.stored.objects(testimony, EVIDENCE):
            if span := namespaces.parse_span(str(node)):
                yield f"span-{span.name}:{span.start}-{span.end}"


def _word(predicate: URIRef) -> str:
    local = str(predicate).rpartition("#")[2]
    return "".join(f"-{letter.lower()}" if letter.isupper() else letter for letter in local)
