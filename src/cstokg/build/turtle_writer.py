r"""Turtle and TriG for people: our prefixes, reading order, one predicate per line, the same bytes.

Three writers were measured first. pyoxigraph's writes every prefix it is given, used or not, and
``article:minsk-2011\/span\/190-485``. rdflib's ``turtle`` and ``longturtle`` rewrite terms (a
double of 123456789.25 comes out as 1.234568e+08), order blank nodes by their passing names, and
sort subjects by how often they are referred to. Hence a writer of our own, for ``longturtle``'s layout.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping

from rdflib import RDF, XSD, BNode, Graph, Literal, URIRef
from rdflib.term import Node

from cstokg import namespaces
from cstokg.build.canonical import DEFAULT, relabelled
from cstokg.build.ordering import heading, object_key, predicate_key, subject_key

_WIDTH = 110
_STEP = "    "
_LOCAL = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_-])?")
_NAMESPACES = sorted(namespaces.PREFIXES.items(), key=lambda item: len(item[1]), reverse=True)
_PLAIN = {
    XSD.integer: re.compile(r"[+-]?[0-9]+"),
    XSD.decimal: re.compile(r"[+-]?[0-9]*\.[0-9]+"),
    XSD.double: re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)[eE][+-]?[0-9]+"),
    XSD.boolean: re.compile(r"true|false"),
}
_ESCAPES = {"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f", '"': '\\"'}
_ESCAPED = re.compile(r'[\x00-\x1f\x7f\\"]')
_ESCAPED_LONG = re.compile(r'[\x00-\x09\x0b-\x1f\x7f\\]|"(?="")|"$')


def write(graph: Graph) -> str:
    """One graph as Turtle."""
    used: dict[str, str] = {}
    body = _Writer(relabelled({DEFAULT: graph})[DEFAULT], used).body()
    return f"{_prologue(used)}{body}".lstrip("\n")


def write_trig(graphs: Mapping[str, Graph]) -> str:
    """Named graphs, by their IRIs, as TriG, in the order given."""
    used: dict[str, str] = {}
    blocks = []
    for name, graph in relabelled(graphs).items():
        block = _Writer(graph, used).body()
        blocks.append(f"\nGRAPH {_iri(name, used)} {{\n{block}\n}}\n")
    return _prologue(used) + "".join(blocks)


def ordered(graph: Graph) -> Iterator[tuple[Node, Node, Node]]:
    """The triples of a graph in the order in which they are written; blank nodes by their names."""
    for subject in sorted(set(graph.subjects()), key=lambda node: _subject_key(graph, node)):
        for predicate in sorted(set(graph.predicates(subject)), key=predicate_key):
            objects = graph.objects(subject, predicate)
            for node in sorted(objects, key=lambda node: object_key(node, str(node))):
                yield subject, predicate, node


def _subject_key(graph: Graph, subject: Node) -> tuple[object, ...]:
    return (isinstance(subject, BNode), *subject_key(graph, subject))


def _prologue(used: Mapping[str, str]) -> str:
    ours = sorted(prefix for prefix, iri in used.items() if iri.startswith(namespaces.BASE))
    others = sorted(used.keys() - set(ours))
    blocks = ("".join(f"PREFIX {prefix}: <{used[prefix]}>\n" for prefix in part) for part in (ours, others))
    return "\n".join(block for block in blocks if block)


def compact(iri: str, used: dict[str, str]) -> str | None:
    """The IRI as ``prefix:local``, or ``None`` where that would need escapes; the prefix is noted as used."""
    if span := namespaces.parse_span(iri):
        prefix = f"span-{span.name}"
        used[prefix] = f"{span.article}/span/"
        return f"{prefix}:{span.start}-{span.end}"
    for prefix, namespace in _NAMESPACES:
        if iri.startswith(namespace) and _LOCAL.fullmatch(iri, len(namespace)):
            used[prefix] = namespace
            return f"{prefix}:{iri[len(namespace) :]}"
    return None


def _iri(iri: str, used: dict[str, str]) -> str:
    return compact(iri, used) or f"<{iri}>"


class _Writer:
    """The triples of one graph, whose blank nodes have canonical names already."""

    def __init__(self, graph: Graph, used: dict[str, str]) -> None:
        self._graph = graph
        self._used = used
        self._nested = self._find_nested()

    def body(self) -> str:
        subjects = {node for node in self._graph.subjects() if node not in self._nested}
        named = sorted(
            (node for node in subjects if isinstance(node, URIRef)),
            key=lambda node: subject_key(self._graph, node),
        )
        blank = sorted(self._statement(node) for node in subjects if isinstance(node, BNode))
        parts = []
        current = None
        for node in named:
            if (section := heading(node)) != current:
                parts.append(f"\n# --- {section} ".ljust(81, "-") + "\n")
                current = section
            parts.append(f"\n{self._statement(node)}")
        return "".join(parts) + "".join(f"\n{statement}" for statement in blank)

    def _find_nested(self) -> set[Node]:
        """Blank nodes that can stand where they are used: one use, and not inside themselves."""
        uses: Counter[Node] = Counter(node for node in self._graph.objects() if isinstance(node, BNode))
        reached: set[Node] = set()
        waiting = [node for node in set(self._graph.subjects()) if uses[node] != 1]
        while waiting:
            for node in self._graph.objects(waiting.pop()):
                if isinstance(node, BNode) and uses[node] == 1:
                    reached.add(node)
                    waiting.append(node)
        self._unused = {node for node in set(self._graph.subjects()) if uses[node] == 0}
        return reached

    def _statement(self, subject: Node) -> str:
        anonymous = isinstance(subject, BNode) and subject in self._unused
        name = "[]" if anonymous else self._node(subject, 0)
        return f"{name}\n{self._properties(subject, 1)}.\n"

    def _properties(self, subject: Node, depth: int) -> str:
        indent = _STEP * depth
        lines = []
        for predicate in sorted(set(self._graph.predicates(subject)), key=predicate_key):
            verb = "a" if predicate == RDF.type else self._node(predicate, depth)
            lines.append(f"{indent}{verb}{self._objects(subject, predicate, depth)} ;\n")
        return "".join(lines)

    def _objects(self, subject: Node, predicate: Node, depth: int) -> str:
        written = [(node, self._node(node, depth)) for node in self._graph.objects(subject, predicate)]
        texts = [text for node, text in sorted(written, key=lambda item: object_key(*item))]
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
            if (items := self._items(node)) is not None:
                return self._list(items, depth)
            properties = self._properties(node, depth + 1)
            return f"[\n{properties}{_STEP * depth}]" if properties else "[]"
        return "()" if node == RDF.nil else _iri(str(node), self._used)

    def _list(self, items: list[Node], depth: int) -> str:
        texts = [self._node(item, depth + 1) for item in items]
        line = f"( {' '.join(texts)} )"
        if len(line) + 40 <= _WIDTH and "\n" not in line:
            return line
        inner = "\n" + _STEP * (depth + 1)
        return f"({inner}{inner.join(texts)}\n{_STEP * depth})"

    def _items(self, node: Node) -> list[Node] | None:
        """The members of a list that starts here, or ``None`` where it is not one from end to end."""
        items = []
        while node != RDF.nil:
            pairs = dict(self._graph.predicate_objects(node))
            if node not in self._nested or pairs.keys() != {RDF.first, RDF.rest}:
                return None
            if len(list(self._graph.predicate_objects(node))) != len(pairs):
                return None
            items.append(pairs[RDF.first])
            node = pairs[RDF.rest]
        return items

    def _literal(self, literal: Literal) -> str:
        text = str(literal)
        if literal.datatype in _PLAIN and _PLAIN[literal.datatype].fullmatch(text):
            return text
        quoted = (
            f'"""{_ESCAPED_LONG.sub(_escape, text)}"""'
            if "\n" in text
            else f'"{_ESCAPED.sub(_escape, text)}"'
        )
        if literal.language:
            return f"{quoted}@{literal.language}"
        return f"{quoted}^^{_iri(literal.datatype, self._used)}" if literal.datatype else quoted


def _escape(found: re.Match[str]) -> str:
    return _ESCAPES.get(found[0], f"\\u{ord(found[0]):04X}")
