r"""Write Turtle and TriG for people: our prefixes, reading order, one predicate per line, the same bytes.

Three writers were measured first. pyoxigraph's writes every prefix it is given, used or not, and
``article:minsk-2011\/span\/190-485``. rdflib's ``turtle`` and ``longturtle`` rewrite terms (a
double of 123456789.25 comes out as 1.234568e+08), name blank nodes anew in each run, and sort
subjects by how often they are referred to. Hence a writer of our own, in ``longturtle``'s layout.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType

from rdflib import OWL, RDF, RDFS, XSD, BNode, Graph, Literal, URIRef
from rdflib.term import Node

from cstokg import namespaces
from cstokg.build.canonical import DEFAULT_GRAPH, relabelled

Key = tuple[object, ...]

# Articles first, then what they report in the order of an article file, then the register.
SECTIONS = MappingProxyType(
    {
        "Dataset": ("dataset",),
        "Articles": ("article",),
        "Meetings": ("meeting",),
        "Attendances": ("attendance", "expected-attendance", "expected-absence"),
        "Agenda": ("agenda-item",),
        "Documents": ("document",),
        "Actions": ("action",),
        "Statements": ("statement",),
        "Events": ("event", "change", "incident"),  # the last two are of 0.1, and lead to events
        "Memberships": ("membership", "suspension", "presidency", "standing"),
        "Tenures": ("tenure",),
        "Anniversaries": ("anniversary",),
        "Rules": ("rule",),
        "Records": ("record",),
        "Claims": ("claim", "conflict"),
        "People": ("person",),
        "Posts": ("post",),
        "States": ("state",),
        "Bodies": ("body", "organ", "government-body", "group"),
        "Outlets": ("outlet",),
        "Places": ("place",),
        "Concepts": ("scheme", "concept"),
        "Spans": ("span",),
        "Ontology": ("ontology",),
        "Shapes": ("shapes",),
        "Questions": ("queries",),
        "Graphs": ("graph",),
        "Other": ("",),
    }
)
_PLACE = {
    kind: (section, number)
    for section, kinds in enumerate(SECTIONS.values())
    for number, kind in enumerate(kinds)
}
_HEADINGS = tuple(SECTIONS)

# Type and label come first, the evidence and the testimonies last.
_FIRST = (
    "rdf:type",
    "sh:path",
    "sh:targetClass",
    "sh:targetNode",
    "rdfs:subClassOf",
    "rdfs:subPropertyOf",
    "rdfs:domain",
    "rdfs:range",
    "rdfs:label",
    "skos:prefLabel",
    "skos:altLabel",
    "skos:notation",
    "dcterms:title",
    "dcterms:description",
    "skos:definition",
    "skos:scopeNote",
    "rdfs:comment",
    "dcterms:identifier",
    "dcterms:type",
    "skos:inScheme",
    "rdf:subject",
    "rdf:predicate",
    "rdf:object",
    "ckg:spanOf",
    "ckg:charStart",
    "ckg:charEnd",
    "ckg:supports",
    "ckg:onDate",
)
_LAST = (
    "ckg:modality",
    "ckg:evidence",
    "ckg:basis",
    "ckg:rank",
    "ckg:sha256",
    "skos:editorialNote",
    "ckg:hasTestimony",
    "rdfs:seeAlso",
)
_PREDICATES = {
    namespaces.expand(name): (part, rank)
    for part, predicates in ((0, _FIRST), (2, _LAST))
    for rank, name in enumerate(predicates)
}

_KIND = re.compile(rf"{re.escape(namespaces.ID)}(?P<id>[^/]+)|{re.escape(namespaces.BASE)}(?P<base>[^/#]+)")
_DIGITS = re.compile(r"([0-9]+)")

_WIDTH = 110
_STEP = "    "
_MAX_DEPTH = 12  # of nested brackets; deeper blank nodes get names, because parsers slow down or fail
_LOCAL = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_-])?")
_NAMESPACES = sorted(namespaces.PREFIXES.items(), key=lambda item: len(item[1]), reverse=True)
# The forms that readers keep; rdflib reads 007 as 7, 1e3 as 1000.0 and 0.0000001 as 1E-7.
_WITHOUT_QUOTES = {
    XSD.integer: re.compile(r"0|-?[1-9][0-9]*"),
    XSD.decimal: re.compile(r"-?(?:0\.[0-9]{1,6}|[1-9][0-9]*\.[0-9]+)"),
    XSD.boolean: re.compile(r"true|false"),
}
_ESCAPES = {"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f", '"': '\\"'}
_ESCAPED = re.compile(r'[\x00-\x1f\x7f\\"]')
_ESCAPED_LONG = re.compile(r'[\x00-\x09\x0b-\x1f\x7f\\]|"(?="")|"$')


Values = Mapping[Node, Sequence[Node]]  # of one subject, by predicate
Subjects = Mapping[Node, Values]


def write(graph: Graph, prefixes: Mapping[str, str] = MappingProxyType({})) -> str:
    """Return one graph as Turtle, with these prefixes besides those of the project."""
    return write_subjects(subjects(relabelled({DEFAULT_GRAPH: graph})[DEFAULT_GRAPH]), prefixes)


def write_subjects(subjects: Subjects, prefixes: Mapping[str, str] = MappingProxyType({})) -> str:
    """Return the triples, whose blank nodes have canonical names, as Turtle."""
    used: dict[str, str] = {}
    body = _Writer(subjects, used, prefixes).body()
    return f"{_prologue(used)}{body}".lstrip("\n")


def subjects(graph: Graph) -> Subjects:
    """Return the values of each subject of a graph by predicate: looked up three times faster."""
    values: dict[Node, dict[Node, list[Node]]] = {}
    for subject, predicate, node in graph:
        values.setdefault(subject, {}).setdefault(predicate, []).append(node)
    return values


def write_trig(graphs: Mapping[str, Graph]) -> str:
    """Return named graphs, by their IRIs, as TriG, in the order given."""
    used: dict[str, str] = {}
    blocks = []
    for name, graph in relabelled(graphs).items():
        block = _Writer(subjects(graph), used).body()
        # Without GRAPH, which Raptor does not read.
        blocks.append(f"\n{_iri(name, used)} {{\n{block}\n}}\n")
    return _prologue(used) + "".join(blocks)


def ordered(subjects: Subjects) -> Subjects:
    """Return the subjects and their values in the order in which they are written; blank nodes by name."""
    return {
        subject: {
            predicate: sorted(subjects[subject][predicate], key=lambda node: _object_key(node, str(node)))
            for predicate in sorted(subjects[subject], key=_predicate_key)
        }
        for subject in sorted(
            subjects, key=lambda node: (isinstance(node, BNode), *_subject_key(subjects, node))
        )
    }


def _subject_key(subjects: Subjects, subject: Node) -> Key:
    """Return a key that sorts named subjects.

    Sections come in the order of ``SECTIONS``; numbers inside an IRI count as numbers. A thing is
    followed by its testimonies and, in the ontology, a class by the properties that start from it.
    """
    place = _place(subject)
    if _HEADINGS[place[0]] != "Ontology":
        thing, _, testimony = str(subject).partition("/testimony/")
        return (*place, natural(thing), False, natural(testimony))
    values = subjects[subject]
    if OWL.Ontology in values.get(RDF.type, ()):
        return (*place, (), False, natural(str(subject)))
    domain = min(map(str, values.get(RDFS.domain, ())), default=str(subject))
    return (*place, natural(domain), domain != str(subject), natural(str(subject)))


@lru_cache(maxsize=1 << 12)
def _predicate_key(predicate: Node) -> Key:
    """Return a key that sorts predicates: those of ``_FIRST``, the others, those of ``_LAST``."""
    return (*_PREDICATES.get(str(predicate), (1, 0)), str(predicate))


def _object_key(node: Node, rendered: str) -> Key:
    """Return a key that sorts objects: IRIs, literals by language, blank nodes as they are written."""
    if isinstance(node, Literal):
        return (1, node.language or "", str(node.datatype or ""), natural(str(node)))
    return (2 if isinstance(node, BNode) else 0, "", "", natural(rendered))


@lru_cache(maxsize=1 << 16)
def natural(text: str) -> Key:
    """Return a key under which ``190-485`` comes before ``1000-1200``."""
    parts = _DIGITS.split(text)
    # Python converts no more than 4300 digits to a number; the longer number is the larger one too.
    key = [(len(part.lstrip("0")), part.lstrip("0")) if at % 2 else part for at, part in enumerate(parts)]
    return (tuple(key), text)


@lru_cache(maxsize=1 << 16)
def _place(subject: Node) -> tuple[int, int]:
    match = _KIND.match(str(subject)) if isinstance(subject, URIRef) else None
    kind = (match["id"] or match["base"]) if match else ""
    if kind == "article" and namespaces.parse_span(str(subject)):
        kind = "span"
    return _PLACE.get(kind, _PLACE[""])


def _prologue(used: Mapping[str, str]) -> str:
    ours = sorted(prefix for prefix, iri in used.items() if iri.startswith(namespaces.BASE))
    others = sorted(used.keys() - set(ours))
    blocks = ("".join(f"PREFIX {prefix}: <{used[prefix]}>\n" for prefix in part) for part in (ours, others))
    return "\n".join(block for block in blocks if block)


def compact(iri: str, used: dict[str, str]) -> str | None:
    """Return the IRI as ``prefix:local`` and add the prefix to ``used``; ``None`` if escapes were needed."""
    prefix, namespace, text = _compacted(iri)
    if prefix is None:
        return None
    used[prefix] = namespace
    return text


@lru_cache(maxsize=1 << 16)
def _compacted(iri: str) -> tuple[str | None, str, str]:
    """Return the prefix of an IRI, its namespace, and the IRI as ``prefix:local``."""
    if span := namespaces.parse_span(iri):
        prefix, namespace = f"span-{span.name}", f"{span.article}/span/"
        return prefix, namespace, f"{prefix}:{iri.removeprefix(namespace)}"
    for prefix, namespace in _NAMESPACES:
        if iri.startswith(namespace) and _LOCAL.fullmatch(iri, len(namespace)):
            return prefix, namespace, f"{prefix}:{iri[len(namespace) :]}"
    return None, "", ""


def _iri(iri: str, used: dict[str, str]) -> str:
    return compact(iri, used) or f"<{iri}>"


class _Writer:
    """Write the triples of one graph, whose blank nodes have canonical names already."""

    def __init__(
        self, values: Subjects, used: dict[str, str], prefixes: Mapping[str, str] = MappingProxyType({})
    ) -> None:
        self._values = values
        self._used = used
        self._prefixes = sorted(prefixes.items(), key=lambda item: len(item[1]), reverse=True)
        self._uses = Counter[Node](
            node
            for properties in values.values()
            for nodes in properties.values()
            for node in nodes
            if isinstance(node, BNode)
        )
        self._cells = self._find_cells()
        self._nested = self._find_nested()

    def body(self) -> str:
        subjects = {node for node in self._values if node not in self._nested}
        named = sorted(
            (node for node in subjects if isinstance(node, URIRef)),
            key=lambda node: _subject_key(self._values, node),
        )
        blank = sorted(self._statement(node) for node in subjects if isinstance(node, BNode))
        parts = []
        current = None
        for node in named:
            if (section := _HEADINGS[_place(node)[0]]) != current:
                parts.append(f"\n# --- {section} ".ljust(81, "-") + "\n")
                current = section
            parts.append(f"\n{self._statement(node)}")
        return "".join(parts) + "".join(f"\n{statement}" for statement in blank)

    def _find_cells(self) -> set[Node]:
        """Return the cells from which a list goes on to its end, and that are used once."""
        before: dict[Node, list[Node]] = {}
        for cell, values in self._values.items():
            for rest in values.get(RDF.rest, ()):
                before.setdefault(rest, []).append(cell)
        cells: set[Node] = set()
        waiting: list[Node] = [RDF.nil]
        while waiting:
            for cell in before.get(waiting.pop(), ()):
                values = self._values[cell]
                is_cell = values.keys() == {RDF.first, RDF.rest} and all(len(v) == 1 for v in values.values())
                if self._uses[cell] == 1 and is_cell:
                    cells.add(cell)
                    waiting.append(cell)
        return cells

    def _find_nested(self) -> set[Node]:
        """Return the blank nodes that are written where they are used.

        They are used once, not inside themselves, and not too deep for those who read.
        """
        nested: set[Node] = set()
        waiting = [(node, 0) for node in self._values if self._uses[node] != 1]
        while waiting:
            node, depth = waiting.pop()
            values = self._values.get(node, {})
            for predicate, inner in ((name, inner) for name, inners in values.items() for inner in inners):
                if self._uses[inner] != 1:
                    continue
                is_next_cell = predicate == RDF.rest and {node, inner} <= self._cells and node in nested
                inner_depth = depth if is_next_cell else depth + 1
                if inner_depth > _MAX_DEPTH:
                    inner_depth = 0
                else:
                    nested.add(inner)
                waiting.append((inner, inner_depth))
        return nested

    def _statement(self, subject: Node) -> str:
        anonymous = isinstance(subject, BNode) and self._uses[subject] == 0
        name = "[]" if anonymous else self._node(subject, 0)
        return f"{name}\n{self._properties(subject, 1)}.\n"

    def _properties(self, subject: Node, depth: int) -> str:
        indent = _STEP * depth
        lines = []
        for predicate in sorted(self._values.get(subject, ()), key=_predicate_key):
            verb = "a" if predicate == RDF.type else self._iri(str(predicate))
            lines.append(f"{indent}{verb}{self._objects(subject, predicate, depth)} ;\n")
        return "".join(lines)

    def _objects(self, subject: Node, predicate: Node, depth: int) -> str:
        written = [(node, self._node(node, depth)) for node in self._values[subject][predicate]]
        if len(written) > 1:
            written.sort(key=lambda item: _object_key(*item))
        texts = [text for _, text in written]
        line = " , ".join(texts)
        if len(texts) == 1 or len(line) + 40 <= _WIDTH or any(text.startswith("[") for text in texts):
            return f" {line}"
        inner = "\n" + _STEP * (depth + 1)
        return inner + f" ,{inner}".join(texts)

    def _node(self, node: Node, depth: int) -> str:
        if isinstance(node, Literal):
            return self._literal(node)
        if isinstance(node, BNode):
            if node not in self._nested:
                return f"_:{node}"
            if node in self._cells:
                return self._list(node, depth)
            properties = self._properties(node, depth + 1)
            return f"[\n{properties}{_STEP * depth}]" if properties else "[]"
        return "()" if node == RDF.nil else self._iri(str(node))

    def _list(self, cell: Node, depth: int) -> str:
        texts = [self._node(item, depth + 1) for item in self._items(cell)]
        line = f"( {' '.join(texts)} )"
        if len(line) + 40 <= _WIDTH and "\n" not in line:
            return line
        inner = "\n" + _STEP * (depth + 1)
        return f"({inner}{inner.join(texts)}\n{_STEP * depth})"

    def _items(self, cell: Node) -> Iterator[Node]:
        while cell != RDF.nil:
            yield self._values[cell][RDF.first][0]
            cell = self._values[cell][RDF.rest][0]

    def _iri(self, iri: str) -> str:
        for prefix, namespace in self._prefixes:
            if iri.startswith(namespace) and _LOCAL.fullmatch(iri, len(namespace)):
                self._used[prefix] = namespace
                return f"{prefix}:{iri[len(namespace) :]}"
        return _iri(iri, self._used)

    def _literal(self, literal: Literal) -> str:
        text = str(literal)
        if literal.datatype in _WITHOUT_QUOTES and _WITHOUT_QUOTES[literal.datatype].fullmatch(text):
            return text
        quoted = (
            f'"""{_ESCAPED_LONG.sub(_escape, text)}"""'
            if "\n" in text
            else f'"{_ESCAPED.sub(_escape, text)}"'
        )
        if literal.language:
            return f"{quoted}@{literal.language}"
        return f"{quoted}^^{self._iri(literal.datatype)}" if literal.datatype else quoted


def _escape(match: re.Match[str]) -> str:
    return _ESCAPES.get(match[0], f"\\u{ord(match[0]):04X}")
