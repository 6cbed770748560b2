"""Access to the graph: a query in, small typed rows out."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property, wraps
from types import MappingProxyType
from typing import TypeVar
from weakref import WeakKeyDictionary

import pyoxigraph as ox

from cstokg import formats, json_results, namespaces
from cstokg.engine.engine import Queryable
from cstokg.json_results import Results
from cstokg.web.content import periods
from cstokg.web.content.catalogue import Catalogue, Term, of_json
from cstokg.web.content.periods import Period

Row = dict[str, Term]
Read = TypeVar("Read")

# The description follows these links one step beyond the entity.
_FOLLOWED = (
    "ckg:hasTestimony",
    "ckg:hasClaim",
    "ckg:hasHeldPost",
    "ckg:relays",
    "ckg:respondsTo",
    "ckg:accordingTo",
    "ckg:suspends",
    "ckg:affectsMembership",
)

# Very many things point at entities of these kinds; only these properties of them are needed.
_NEEDED = MappingProxyType(
    {
        "article": ("ckg:evidence", "ckg:reportedIn", "rdf:predicate", "rdf:object", "ckg:rank"),
        **dict.fromkeys(("concept/basis", "concept/modality", "concept/rank"), ("ckg:evidence",)),
    }
)

# What testimonies say of a record is read as if the record had it: pages show records, not testimonies.
_SAID = "ckg:hasTestimony [ ?p ?o ] . FILTER (?p IN (ckg:accordingTo, ckg:basis))"

# Types and labels are in the catalogue; the spans of an article are too many, and their IRIs say all.
# Each branch finds its subjects by itself: joined with a union, all testimonies would be read first.
_ABOUT = f"""\
SELECT DISTINCT ?s ?p ?o ?inferred
WHERE {{
  {{ ENTITY ?p ?o . BIND (ENTITY AS ?s) }}
  UNION {{ ?s ?link ENTITY ; ?p ?o . FILTER (?link != ckg:spanOf && NEEDED) }}
  UNION {{ ?s ?p ENTITY . BIND (ENTITY AS ?o) FILTER (?p != ckg:spanOf) }}
  UNION {{ ?s ckg:suspends|ckg:affectsMembership ?membership ; ?p ?o . ?membership ckg:member ENTITY }}
  UNION {{ ENTITY a ckg:State . ?body ckg:organOf ENTITY . ?s ckg:speaker ?body ; ?p ?o }}
  UNION {{ ENTITY {"|".join(_FOLLOWED)} ?s . ?s ?p ?o . FILTER (?p NOT IN (rdf:type, skos:prefLabel)) }}
  UNION {{ ?s ckg:hasTestimony/ckg:accordingTo ENTITY ; ?p ?o . FILTER (NEEDED) }}
  UNION {{ ?s ?link ENTITY ; {_SAID} }}
  UNION {{ ?s (ckg:suspends|ckg:affectsMembership)/ckg:member ENTITY ; {_SAID} }}
  UNION {{ ENTITY a ckg:State . ?s ckg:speaker/ckg:organOf ENTITY ; {_SAID} }}
  UNION {{ ?s ckg:hasTestimony/ckg:accordingTo ENTITY ; {_SAID} }}
  UNION {{ ENTITY ckg:hasClaim ?s . ?s {_SAID} }}
  UNION {{ ENTITY {_SAID} BIND (ENTITY AS ?s) }}
  UNION {{ GRAPH graph:inferred {{ ENTITY ?p ?o }} BIND (ENTITY AS ?s) BIND (true AS ?inferred) }}
  UNION {{ GRAPH graph:inferred {{ ?s ?p ENTITY }} BIND (ENTITY AS ?o) BIND (true AS ?inferred) }}
}}
"""


@dataclass(slots=True)
class Description:
    """What the graph says around one entity: its own triples, and those of whatever points at it.

    ``inferred`` holds the triples from or to the entity that follow from others.
    """

    iri: str
    # Dictionaries without values serve as ordered sets.
    triples: dict[str, dict[str, dict[Term, None]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(dict))
    )
    pointing: dict[str, dict[str, None]] = field(default_factory=lambda: defaultdict(dict))
    inferred: set[tuple[str, str, str]] = field(default_factory=set)

    def values(self, subject: str, *predicates: str) -> list[Term]:
        """Return the objects of some predicates, given as ``prefix:name``; each once, in a fixed order."""
        objects = self.triples.get(subject)
        if objects is None:
            return []
        terms = (term for predicate in predicates for term in objects.get(namespaces.expand(predicate), ()))
        return sorted(dict.fromkeys(terms), key=lambda term: term.order)

    def first(self, subject: str, *predicates: str) -> Term | None:
        """Return the first of the objects, or None."""
        return next(iter(self.values(subject, *predicates)), None)

    def text(self, subject: str, *predicates: str) -> str:
        """Return the value of the first of the objects, or nothing."""
        term = self.first(subject, *predicates)
        return term.value if term else ""

    def period(self, subject: str) -> Period:
        """Return when something was or is, as far as the graph gives bounds."""
        return Period(*(self.text(subject, name) for name in periods.BOUNDS))

    def incoming(self, *predicates: str) -> list[str]:
        """Return the subjects that point at the entity by some predicates, given as ``prefix:name``.

        With two, as ``prefix:name/prefix:name``, the subjects point by the first at something that points at
        the entity by the second.
        """
        return sorted({subject for name in predicates for subject in self._pointing(name)})

    def _pointing(self, name: str) -> Iterable[str]:
        name, _, last = name.partition("/")
        if not last:
            return self.pointing.get(namespaces.expand(name), ())
        between = {Term(subject) for subject in self.pointing.get(namespaces.expand(last), ())}
        first = namespaces.expand(name)
        return [
            subject for subject, objects in self.triples.items() if between & objects.get(first, {}).keys()
        ]


class Graph:
    """Asks an engine for what pages show.

    Attributes:
        engine: what answers the queries.
    """

    def __init__(self, engine: Queryable) -> None:
        """Ask this engine; nothing is asked yet."""
        self.engine = engine

    @cached_property
    def catalogue(self) -> Catalogue:
        """The names of everything in the graph; read once, since the data never change."""
        return Catalogue.read(self.select)

    def select(self, sparql: str) -> list[Row]:
        """Return the rows of a SELECT query.

        Raises:
            QueryError: it cannot be evaluated.
        """
        rows = self._results(sparql).rows
        return [{name: of_json(term) for name, term in row.items()} for row in rows]

    def pairs(self, sparql: str) -> dict[str, list[str]]:
        """Return the values that a SELECT query gives its second variable, by those of its first.

        Both are IRIs, or the texts of literals; those of the second are in the order of the rows.

        Raises:
            QueryError: it cannot be evaluated.
        """
        results = self._results(sparql)
        first, second = results.columns
        pairs: dict[str, list[str]] = defaultdict(list)
        for row in results.rows:
            pairs[row[first]["value"]].append(row[second]["value"])
        return dict(pairs)

    def write(self, sparql: str, media_type: str) -> bytes:
        """Return the answer to a query in a media type.

        Raises:
            QueryError: it cannot be evaluated.
        """
        return self.engine.query(sparql, media_type).body

    def about_only(self, iri: str) -> Description:
        """Return the description of an entity without what points at it."""
        return self.describe(f"SELECT ?s ?p ?o WHERE {{ VALUES ?s {{ {node(iri)} }} ?s ?p ?o }}", iri)

    def describe(self, sparql: str, iri: str = "") -> Description:
        """Return the triples ``?s ?p ?o`` of a SELECT query as a description, of an entity or of several.

        Raises:
            QueryError: it cannot be evaluated.
        """
        description = Description(iri)
        for row in self.select(sparql):
            description.triples[row["s"].value][row["p"].value][row["o"]] = None
        return description

    def about(self, iri: str) -> Description:
        """Return the description of an entity; empty if the graph does not name it."""
        description = Description(iri)
        for row in self._results(about(iri)).rows:
            subject, predicate, term = row["s"]["value"], row["p"]["value"], of_json(row["o"])
            if "inferred" in row:
                description.inferred.add((subject, predicate, term.value))
                continue
            description.triples[subject][predicate][term] = None
            if namespaces.kind_of(subject) == "testimony":
                continue
            if term.is_iri and term.value == iri and subject != iri:
                description.pointing[predicate][subject] = None
        return description

    def _results(self, sparql: str) -> Results:
        return json_results.read(self.engine.query(sparql, formats.RESULTS_JSON).body)


def text(row: Row, name: str) -> str:
    """Return the IRI or the text that a row has for a variable; empty where it is unbound."""
    return row[name].value if name in row else ""


def period(row: Row) -> Period:
    """Return the period of which a row has the bounds, as ``periods.bounds_of`` reads them."""
    return Period(*(text(row, name) for name in periods.VARIABLES))


def about(iri: str) -> str:
    """Return the query for the description of an entity."""
    needed = _NEEDED.get(namespaces.kind_of(iri))
    condition = f"?p IN ({', '.join(needed)})" if needed else "?p NOT IN (rdf:type, skos:prefLabel)"
    return _ABOUT.replace("NEEDED", condition).replace("ENTITY", node(iri))


def node(iri: str) -> str:
    """Return an IRI as SPARQL writes it.

    Raises:
        ValueError: it is not an IRI, and could change the query.
    """
    return str(ox.NamedNode(iri))


def once(read: Callable[[Graph], Read]) -> Callable[[Graph], Read]:
    """Return the function, cached by graph: a release never changes."""
    results: WeakKeyDictionary[Graph, Read] = WeakKeyDictionary()

    @wraps(read)
    def read_once(graph: Graph) -> Read:
        if graph not in results:
            results[graph] = read(graph)
        return results[graph]

    return read_once
