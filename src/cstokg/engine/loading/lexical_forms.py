"""Literals as the data write them, where pyoxigraph's store gives them back in another form.

The store keeps the value of most XSD literals and not their lexical form: ``"007"^^xsd:integer``
comes back as 7, ``"5"^^xsd:short`` as an ``xsd:integer``. In RDF 1.1 (Concepts, section 3.3) these are
different terms. (Language tags in small letters are what RDF 1.1 allows; pyoxigraph has no
others.) The table is made while the data are loaded and says which form stands where; it is empty,
and costs nothing, where no literal is rewritten.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad, Store, Triple

from cstokg.engine.query_text import Token
from cstokg.namespaces import PREFIXES

Place = tuple[object, NamedNode, object]

_XSD, _RDF = PREFIXES["xsd"], PREFIXES["rdf"]
_PLAIN = frozenset({f"{_XSD}string", f"{_RDF}langString", f"{_RDF}HTML", f"{_RDF}XMLLiteral", f"{_RDF}JSON"})

# The form that the store gives back for the commonest types; for any other the store is asked.
_CANONICAL = {
    f"{_XSD}integer": re.compile(r"0|-?[1-9][0-9]{0,16}", re.ASCII),
    f"{_XSD}boolean": re.compile(r"true|false"),
    f"{_XSD}date": re.compile(r"[12][0-9]{3}-[0-9]{2}-[0-9]{2}", re.ASCII),
    f"{_XSD}dateTime": re.compile(
        r"[12][0-9]{3}-[0-9]{2}-[0-9]{2}T(?:[01][0-9]|2[0-3]):[0-9]{2}:[0-9]{2}Z?", re.ASCII
    ),
    f"{_XSD}gYear": re.compile(r"[12][0-9]{3}", re.ASCII),
    f"{_XSD}anyURI": re.compile(r".*", re.DOTALL),
    f"{_XSD}decimal": re.compile(
        r"(?:0|-?[1-9][0-9]{0,8})|-?(?:0|[1-9][0-9]{0,8})\.[0-9]{0,7}[1-9]", re.ASCII
    ),
}
_CANONICAL_BYTES = {
    kind.encode(): re.compile(pattern.pattern.encode(), pattern.flags & re.DOTALL)
    for kind, pattern in _CANONICAL.items()
} | {kind.encode(): re.compile(rb".*", re.DOTALL) for kind in _PLAIN}
_LINE_LITERAL = re.compile(rb'"(?P<value>[^"\n]*+)"\^\^<(?P<kind>[^>\n]*+)>')
_BEYOND = frozenset(f"{_XSD}{name}" for name in ("integer", "decimal"))
_LONG = re.compile(r"[0-9.]{18}", re.ASCII)
_MAX_LITERALS_SEARCHED = 50  # literals; beyond that, every body may hold one


@dataclass(slots=True)
class LexicalForms:
    """The literals that the store gives back in another form than the data have.

    ``by_literal`` has the form as written for each literal of the store that has just one;
    ``by_place`` has all forms by subject, predicate and literal of the store. ``exact`` says that there are
    numbers that the store's operators do not know (see ``corrections.apply``).
    """

    by_literal: dict[Literal, Literal] = field(default_factory=dict)
    by_place: dict[Place, tuple[Literal, ...]] = field(default_factory=dict)
    exact: bool = False
    _patterns: tuple[bytes, ...] = ()

    def __bool__(self) -> bool:
        """Return whether the store gives back any literal in another form than the data have."""
        return bool(self.by_place)

    def may_be_in(self, body: bytes) -> bool:
        """Return whether a body in JSON may hold a literal that the data write otherwise."""
        if len(self.by_literal) > _MAX_LITERALS_SEARCHED:
            return True
        if not self._patterns and self.by_literal:
            self._patterns = tuple(f'"{literal.value}"'.encode() for literal in self.by_literal)
        return any(pattern in body for pattern in self._patterns)

    def term(self, literal: Literal) -> Literal:
        """Return a literal of a solution as the data write it; unchanged where they have several forms."""
        return self.by_literal.get(literal, literal)

    def triples(self, triple: Triple) -> Iterator[Triple]:
        """Yield a triple of the store as the data write it, once for each form."""
        place = triple.subject, triple.predicate, triple.object
        written = self.by_place.get(place) if isinstance(triple.object, Literal) else None
        if written is None:
            yield triple
        else:
            for literal in written:
                yield Triple(triple.subject, triple.predicate, literal)


class Reader:
    """Makes the table of the quads that pass through it on their way from a parser into the store."""

    def __init__(self) -> None:
        """Begin with an empty table."""
        self._exact = False
        self._suspects: dict[Quad, None] = {}
        self._plain: set[int] = set()
        self._plain_places: set[int] = set()

    def watch(self, quads: Iterable[Quad]) -> Iterator[Quad]:
        """Yield the quads, and note each."""
        for quad in quads:
            literal = quad.object
            if type(literal) is Literal:
                kind = literal.datatype.value
                if kind not in _PLAIN:
                    self._note(quad, literal, kind)
            yield quad

    def _note(self, quad: Quad, literal: Literal, kind: str) -> None:
        canonical = _CANONICAL.get(kind)
        if canonical is not None and canonical.fullmatch(literal.value):
            # Numbers in place of the terms, of which large data have many.
            self._plain.add(hash(literal))
            self._plain_places.add(hash((quad.subject, quad.predicate, literal)))
            return
        self._exact = self._exact or _is_beyond_the_store(literal, kind)
        self._suspects[quad] = None

    def forms(self) -> LexicalForms:
        """Return the table of all quads that have passed."""
        suspects = [quad.object for quad in self._suspects if isinstance(quad.object, Literal)]
        literals = list(dict.fromkeys(suspects))
        stored = dict(zip(literals, _round_trip(literals), strict=True)) if literals else {}
        written: dict[Literal, set[Literal]] = {}
        for before, after in stored.items():
            written.setdefault(after, {after} if hash(after) in self._plain else set()).add(before)
        places: dict[tuple[object, NamedNode, Literal], dict[Literal, None]] = {}
        for quad in self._suspects:
            if isinstance(quad.object, Literal):
                place = quad.subject, quad.predicate, stored[quad.object]
                if place not in places:
                    places[place] = {place[2]: None} if hash(place) in self._plain_places else {}
                places[place][quad.object] = None
        return LexicalForms(
            {
                after: next(iter(befores))
                for after, befores in written.items()
                if len(befores) == 1 and after not in befores
            },
            {place: tuple(befores) for place, befores in places.items() if {*befores} != {place[2]}},
            self._exact,
        )


def read(quads: Iterable[Quad]) -> LexicalForms:
    """Return the table of some quads, as a parser gives them."""
    reader = Reader()
    for _ in reader.watch(quads):
        pass
    return reader.forms()


def is_plain(data: bytes) -> bool:
    """Return whether no literal of a file of N-Triples or N-Quads is rewritten, so that its table is empty.

    In doubt the answer is no: what looks like a typed literal may be part of a text.
    """
    for match in _LINE_LITERAL.finditer(data):
        canonical = _CANONICAL_BYTES.get(match["kind"])
        if canonical is None or not canonical.fullmatch(match["value"]):
            return False
    return True


def unassigned(tokens: Sequence[Token], names: Iterable[str]) -> set[str]:
    """Return the columns whose values come from the data: no AS and no VALUES gives them one."""
    assigned: set[str] = set()
    in_values = False
    before = ""
    for token in tokens:
        if token.kind == "variable" and (before == "AS" or in_values):
            assigned.add(token.text[1:])
        if token.kind == "word":
            before = token.text.upper()
            in_values = before == "VALUES"
        else:
            before = ""
            in_values = in_values and token.text != "{"
    return {name for name in names if name not in assigned}


def _is_beyond_the_store(literal: Literal, kind: str) -> bool:
    if kind in _BEYOND:
        return _LONG.search(literal.value) is not None
    if kind.endswith("uration"):
        return True
    return kind in (f"{_XSD}double", f"{_XSD}float") and literal.value == "NaN"


def _round_trip(literals: Sequence[Literal]) -> Iterator[Literal]:
    """Return what the store gives back for each literal."""
    store = Store()
    predicate = NamedNode("urn:x-cstokg:form")
    subjects = [NamedNode(f"urn:x-cstokg:literal:{number}") for number in range(len(literals))]
    store.extend(
        Quad(subject, predicate, literal, DefaultGraph())
        for subject, literal in zip(subjects, literals, strict=True)
    )
    stored = {quad.subject: quad.object for quad in store if isinstance(quad.object, Literal)}
    return (stored[subject] for subject in subjects)
