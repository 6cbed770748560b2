"""Compare two releases, or two files of quads: which facts were added, removed or changed, by entity.

A fact is a triple that a source file states. What is inferred and what is computed about the dataset are
left out; so is the merge in the default graph of a release, since each of its facts has a graph of its own.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import MappingProxyType

import pyoxigraph as ox

from cstokg import namespaces, release
from cstokg.errors import CstokgError

ADDED, REMOVED, CHANGED = "added", "removed", "changed"

_FORMATS: Mapping[str, ox.RdfFormat] = MappingProxyType(
    {
        ".nq": ox.RdfFormat.N_QUADS,
        ".trig": ox.RdfFormat.TRIG,
        ".nt": ox.RdfFormat.N_TRIPLES,
        ".ttl": ox.RdfFormat.TURTLE,
    }
)
_COMPUTED = frozenset(map(ox.NamedNode, (namespaces.INFERRED, namespaces.METADATA)))
_HAS_TESTIMONY, _SUPPORTS, _TYPE = map(namespaces.expand, ("ckg:hasTestimony", "ckg:supports", "rdf:type"))
_BOUNDS = frozenset(namespaces.CKG + name for name in namespaces.BOUNDS)
_SPAN_STEP = "/span/"

Value = ox.NamedNode | ox.Literal
Fact = tuple[str, str, Value]  # subject, predicate, object
Label = Callable[[str], str]


class ComparisonError(CstokgError):
    """What is to be compared cannot be read, or the difference cannot be written; the message says why."""


@dataclass(frozen=True)
class Dataset:
    """What is compared.

    Attributes:
        name: what to call it.
        quads: what it states of things with names, each with its graph.
        blank_nodes: what it states of blank nodes, as canonical N-Quads.
    """

    name: str
    quads: frozenset[ox.Quad]
    blank_nodes: str

    @cached_property
    def facts(self) -> frozenset[Fact]:
        """The quads without their graphs."""
        return frozenset(
            (quad.subject.value, quad.predicate.value, quad.object)
            for quad in self.quads
            if isinstance(quad.subject, ox.NamedNode) and isinstance(quad.object, ox.NamedNode | ox.Literal)
        )


@dataclass(frozen=True, slots=True)
class Change:
    """A fact that differs.

    Attributes:
        subject: what the fact is about; a testimony or a span belongs to its entity.
        predicate: the property.
        old: its value before; None if the fact was added.
        new: its value now; None if the fact was removed.
    """

    subject: str
    predicate: str
    old: Value | None
    new: Value | None

    @property
    def kind(self) -> str:
        """Whether it was added, removed or changed."""
        if self.old is None:
            return ADDED
        return REMOVED if self.new is None else CHANGED


@dataclass(frozen=True)
class Comparison:
    """What differs between two datasets.

    Attributes:
        old: the name of the first.
        new: the name of the second.
        changes: the facts that differ, without those about spans that only one has.
        spans_added: the spans that only the second has.
        spans_removed: the spans that only the first has.
        quads_removed: the quads that only the first has.
        quads_added: the quads that only the second has.
        blank_nodes_differ: whether something about blank nodes differs too.
    """

    old: str
    new: str
    changes: tuple[Change, ...]
    spans_added: tuple[str, ...]
    spans_removed: tuple[str, ...]
    quads_removed: frozenset[ox.Quad]
    quads_added: frozenset[ox.Quad]
    blank_nodes_differ: bool

    @cached_property
    def counts(self) -> Mapping[str, int]:
        """How many facts were added, removed and changed."""
        return Counter(change.kind for change in self.changes)

    @cached_property
    def by_entity(self) -> Mapping[str, tuple[Change, ...]]:
        """The changes of each entity."""
        changes: dict[str, list[Change]] = defaultdict(list)
        for change in self.changes:
            changes[entity_of(change.subject)].append(change)
        return {iri: tuple(changes[iri]) for iri in sorted(changes)}

    @property
    def summary(self) -> str:
        """The numbers in words."""
        counted = [(kind, self.counts[kind]) for kind in (ADDED, REMOVED, CHANGED) if self.counts[kind]]
        if not counted:
            return "no facts changed"
        (kind, number), *others = counted
        words = [f"{number:,} {'fact' if number == 1 else 'facts'} {kind}"]
        words += [f"{number:,} {kind}" for kind, number in others]
        joined = " and ".join([", ".join(words[:-1]), words[-1]] if others else words)
        return f"{joined}, about {len(self.by_entity):,} {'thing' if len(self.by_entity) == 1 else 'things'}"


def entity_of(subject: str) -> str:
    """Return the entity to which a subject belongs: its own for a testimony, the article for a span."""
    return subject.partition(namespaces.TESTIMONY)[0].partition(_SPAN_STEP)[0]


# Reading.


def read(path: Path) -> Dataset:
    """Return what a folder with a release states, or a file of quads or triples.

    Raises:
        ComparisonError: there is no such file, its format is not supported, or it does not parse; the
            message names the file and, where it can, the line.
    """
    if path.is_dir():
        return _parse(path / release.DATASET, name_of_release(path))
    if not path.exists():
        raise ComparisonError(
            f"{path}: no such release and no such file; give the name of a release in {release.FOLDER}/, the "
            "folder of one, or a file"
        )
    if path.suffix not in _FORMATS:
        raise ComparisonError(f"{path}: give the folder of a release, or a file {', '.join(_FORMATS)}")
    return _parse(path, path.name)


def name_of_release(folder: Path) -> str:
    """Return what to call the release in a folder: its number, day and version, as citations have them."""
    folder = folder.resolve()
    try:
        manifest = json.loads((folder / release.MANIFEST).read_text(encoding="utf-8"))
        return f"{manifest['number']} of {manifest['date']}, {manifest['version'][:12]}"
    except (OSError, ValueError, KeyError, TypeError):
        return folder.name


def _parse(path: Path, name: str) -> Dataset:
    shown = f"{path.parent.name}/{path.name}"
    try:
        quads = set(ox.parse(path=path, format=_FORMATS[path.suffix]))
    except SyntaxError as error:
        line = f":{error.lineno}" if error.lineno else ""
        raise ComparisonError(f"{shown}{line}: not readable: {error.msg}") from error
    except OSError as error:
        raise ComparisonError(f"{shown}: not readable: {error.strerror or error}") from error
    merged = ox.DefaultGraph()
    named = {quad.triple for quad in quads if quad.graph_name != merged}
    stated = {
        quad
        for quad in quads
        if (quad.triple not in named if quad.graph_name == merged else quad.graph_name not in _COMPUTED)
    }
    about_blank_nodes = {quad for quad in stated if not _has_names(quad)}
    return Dataset(name, frozenset(stated - about_blank_nodes), _canonical(about_blank_nodes))


def _has_names(quad: ox.Quad) -> bool:
    return (
        isinstance(quad.subject, ox.NamedNode)
        and isinstance(quad.object, ox.NamedNode | ox.Literal)
        and not isinstance(quad.graph_name, ox.BlankNode)
    )


def _canonical(quads: Iterable[ox.Quad]) -> str:
    dataset = ox.Dataset(quads)
    dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    return "\n".join(sorted(map(str, dataset)))


# Comparing.


def compare(old: Dataset, new: Dataset) -> Comparison:
    """Return what differs between two datasets.

    A value that takes the place of another of the same subject and property is a change; where there are
    several, they are paired in their order, and what is left over was added or removed.
    """
    before, after = _with_current_testimony_names(old.facts, new.facts), new.facts
    in_both = {subject for subject, _, _ in before} & {subject for subject, _, _ in after}
    only_before, only_after = _by_property(before - after), _by_property(after - before)
    changes: list[Change] = []
    spans: dict[str, list[str]] = {ADDED: [], REMOVED: []}
    for subject, predicate in sorted({*only_before, *only_after}):
        if predicate == _HAS_TESTIMONY or (predicate == _TYPE and namespaces.TESTIMONY in subject):
            continue  # the other triples of the testimony are listed, and these two add nothing to them
        removed = only_before.get((subject, predicate), [])
        added = only_after.get((subject, predicate), [])
        if predicate == _SUPPORTS:  # a bound is listed with its day
            removed, added = _without_bounds(removed), _without_bounds(added)
        if namespaces.parse_span(subject) and subject not in in_both:
            spans[ADDED if added else REMOVED].append(subject)
            continue
        common = min(len(removed), len(added))
        changes += (Change(subject, predicate, *pair) for pair in zip(removed, added, strict=False))
        changes += (Change(subject, predicate, value, None) for value in removed[common:])
        changes += (Change(subject, predicate, None, value) for value in added[common:])
    return Comparison(
        old.name,
        new.name,
        tuple(changes),
        tuple(dict.fromkeys(spans[ADDED])),
        tuple(dict.fromkeys(spans[REMOVED])),
        old.quads - new.quads,
        new.quads - old.quads,
        old.blank_nodes != new.blank_nodes,
    )


def _without_bounds(properties: Iterable[Value]) -> list[Value]:
    return [value for value in properties if value.value not in _BOUNDS]


def _with_current_testimony_names(before: frozenset[Fact], after: frozenset[Fact]) -> frozenset[Fact]:
    """Return the facts before the change; where a testimony changed, its subject is the present name.

    The name of a testimony follows from what it says. So a changed testimony looks like a testimony that
    was removed and another that was added.
    """
    old, new = _testimonies(before), _testimonies(after)
    removed = {name: old[name] for name in old.keys() - new.keys()}
    added = {name: new[name] for name in new.keys() - old.keys()}
    alike = sorted(
        (-len(removed[old_name] & added[new_name]), old_name, new_name)
        for old_name in removed
        for new_name in added
        if _article_and_entity(old_name) == _article_and_entity(new_name)
        and removed[old_name] & added[new_name]
    )
    names: dict[str, str] = {}
    for _, old_name, new_name in alike:
        if old_name not in names and new_name not in names.values():
            names[old_name] = new_name
    return frozenset((names.get(subject, subject), predicate, value) for subject, predicate, value in before)


def _testimonies(facts: Iterable[Fact]) -> dict[str, set[tuple[str, Value]]]:
    """Return the properties and values of each testimony, by its IRI."""
    properties: dict[str, set[tuple[str, Value]]] = defaultdict(set)
    for subject, predicate, value in facts:
        if namespaces.TESTIMONY in subject:
            properties[subject].add((predicate, value))
    return properties


def _article_and_entity(testimony: str) -> tuple[str, str]:
    entity, _, rest = testimony.partition(namespaces.TESTIMONY)
    return entity, rest.partition("/")[0]


def _by_property(facts: Iterable[Fact]) -> dict[tuple[str, str], list[Value]]:
    values: dict[tuple[str, str], list[Value]] = defaultdict(list)
    for subject, predicate, value in sorted(facts, key=str):
        values[subject, predicate].append(value)
    return values


# Writing.


def as_text(comparison: Comparison, label: Label) -> str:
    """Return the changes for people: under each entity's label a line for each fact."""
    lines = [f"From {comparison.old} to {comparison.new}: {comparison.summary}."]
    labels = {iri: label(iri) for iri in comparison.by_entity}
    alike = Counter(labels.values())
    for iri in sorted(labels, key=lambda iri: (labels[iri].casefold(), iri)):
        name = labels[iri]
        lines += ["", f"{name} ({'/'.join(iri.split('/')[-2:])})" if alike[name] > 1 else name]
        for change in comparison.by_entity[iri]:
            lines.append(f"  {change.kind:8} {source_of(change, label)}{fact(change, label)}")
    lines += ["", *_spans_in_words(comparison, label)]
    if comparison.blank_nodes_differ:
        lines.append("Facts about nodes without an address changed too; they are not listed.")
    return "\n".join(lines).rstrip() + "\n"


def fact(change: Change, label: Label) -> str:
    """Return the property of a change with its value or values, in words."""
    article = article_of_testimony(change.subject)
    values = [in_words(value, label, article) for value in (change.old, change.new) if value is not None]
    return f"{label(change.predicate)}: {' -> '.join(values)}"


def source_of(change: Change, label: Label) -> str:
    """Return the article whose testimony changed, as ``in ARTICLE: ``; empty for the entity's own facts."""
    article = article_of_testimony(change.subject)
    return f"in {label(article)}: " if article else ""


def article_of_testimony(subject: str) -> str:
    """Return the IRI of the article to which a testimony belongs; empty if the subject is not a testimony."""
    _, separator, testimony = subject.partition(namespaces.TESTIMONY)
    return f"{namespaces.ID}article/{testimony.partition('/')[0]}" if separator else ""


def in_words(value: Value, label: Label, article: str = "") -> str:
    """Return a value for people; a span names its article, unless that is ``article``."""
    if isinstance(value, ox.NamedNode):
        span = namespaces.parse_span(value.value)
        if span is None:
            return label(value.value)
        named = "" if span.article == article else f" of {label(span.article)}"
        return f"characters {span.start}–{span.end}{named}"
    return f"{value.value} ({value.language})" if value.language else value.value


def _spans_in_words(comparison: Comparison, label: Label) -> Iterator[str]:
    for kind, spans in ((ADDED, comparison.spans_added), (REMOVED, comparison.spans_removed)):
        counts = Counter(map(entity_of, spans))
        for article in sorted(counts):
            passages = "passage" if counts[article] == 1 else "passages"
            yield f"{counts[article]} {passages} {kind} in {label(article)}"


def as_json(comparison: Comparison, label: Label) -> str:
    """Return the changes for programs: entities with their facts, each value as SPARQL results have it."""
    document = {
        "old": comparison.old,
        "new": comparison.new,
        **{kind: comparison.counts[kind] for kind in (ADDED, REMOVED, CHANGED)},
        "entities": [
            {"iri": iri, "label": label(iri), "changes": [_json_change(change, label) for change in changes]}
            for iri, changes in comparison.by_entity.items()
        ],
        "spans": {ADDED: comparison.spans_added, REMOVED: comparison.spans_removed},
        "blankNodesDiffer": comparison.blank_nodes_differ,
    }
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def _json_change(change: Change, label: Label) -> dict[str, object]:
    return {
        "change": change.kind,
        "subject": change.subject,
        "property": change.predicate,
        "label": label(change.predicate),
        **{
            name: _json_term(value)
            for name, value in (("old", change.old), ("new", change.new))
            if value is not None
        },
    }


def _json_term(value: Value) -> dict[str, str]:
    if isinstance(value, ox.NamedNode):
        return {"type": "uri", "value": value.value}
    term = {"type": "literal", "value": value.value}
    if value.language:
        return {**term, "xml:lang": value.language}
    return {**term, "datatype": value.datatype.value}


def as_patch(comparison: Comparison) -> str:
    """Return the changes as an RDF Patch that turns the first dataset's quads into the second's.

    Raises:
        ComparisonError: blank nodes differ, which a patch cannot name.
    """
    if comparison.blank_nodes_differ:
        raise ComparisonError(
            "a patch cannot say what changed about blank nodes, which have no lasting names; "
            "write the changes as text or JSON"
        )
    rows = [("D", comparison.quads_removed), ("A", comparison.quads_added)]
    lines = [f"{step} {line} ." for step, quads in rows for line in sorted(map(_terms, quads))]
    return "\n".join(["TX .", *lines, "TC ."]) + "\n"


def _terms(quad: ox.Quad) -> str:
    terms: list[object] = [quad.subject, quad.predicate, quad.object]
    if quad.graph_name != ox.DefaultGraph():
        terms.append(quad.graph_name)
    return " ".join(map(str, terms))
