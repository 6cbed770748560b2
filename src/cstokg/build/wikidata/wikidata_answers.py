"""What Wikidata or an endpoint like it says of items: names, classes, terms of office and memberships."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from cstokg.build.wikidata.sparql_client import Client
from cstokg.http_requests import EndpointError
from cstokg.json_results import JsonTerm

POSITION_HELD, MEMBER_OF = "P39", "P463"

_ENTITY = "http://www.wikidata.org/entity/"
_PROP = "http://www.wikidata.org/prop/"
_LABEL = "http://www.w3.org/2000/01/rdf-schema#label"
_PREFIXES = f"""\
PREFIX owl: <http://www.w3.org/2002/07/owl#>
PREFIX p: <{_PROP}>
PREFIX pq: <{_PROP}qualifier/>
PREFIX pqv: <{_PROP}qualifier/value/>
PREFIX ps: <{_PROP}statement/>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
PREFIX wd: <{_ENTITY}>
PREFIX wdt: <{_PROP}direct/>
PREFIX wikibase: <http://wikiba.se/ontology#>
"""
_ITEMS = """\
SELECT ?item ?target ?exists {
  VALUES ?item { ITEMS }
  OPTIONAL { ?item owl:sameAs ?target }
  BIND (EXISTS { ?item ?property ?value } AS ?exists)
}"""
_NAMES = """\
SELECT ?item ?kind ?name {
  VALUES ?item { ITEMS }
  VALUES ?kind { rdfs:label skos:altLabel }
  ?item ?kind ?name .
  FILTER (LANG(?name) IN ("en", "ru", "mul"))
}"""
_CLASSES = """\
SELECT DISTINCT ?item ?link ?class {
  VALUES ?item { ITEMS }
  VALUES ?class { CLASSES }
  { ?item wdt:P31/wdt:P279* ?class . BIND ("instance" AS ?link) }
  UNION { ?item wdt:P279+ ?class . BIND ("subclass" AS ?link) }
}"""
_DIRECT_CLASSES = """\
SELECT ?item ?class ?name {
  VALUES ?item { ITEMS }
  ?item wdt:P31 ?class .
  OPTIONAL { ?class rdfs:label ?name . FILTER (LANG(?name) = "en") }
}"""
_TERMS = """\
SELECT ?item ?statement ?value ?start ?startPrecision ?end ?endPrecision {
  VALUES ?item { ITEMS }
  ?item p:PROPERTY ?statement .
  ?statement ps:PROPERTY ?value .
  FILTER NOT EXISTS { ?statement wikibase:rank wikibase:DeprecatedRank }
  OPTIONAL { ?statement pq:P580 ?start }
  OPTIONAL { ?statement pqv:P580 ?startNode . ?startNode wikibase:timePrecision ?startPrecision }
  OPTIONAL { ?statement pq:P582 ?end }
  OPTIONAL { ?statement pqv:P582 ?endNode . ?endNode wikibase:timePrecision ?endPrecision }
}"""
_MONTH, _YEAR = 10, 9


@dataclass(frozen=True, slots=True)
class Days:
    """The first and the last day that a date may mean."""

    first: date
    last: date

    def __str__(self) -> str:
        """Return the day, the month or the year."""
        if self.first == self.last:
            return self.first.isoformat()
        length = 7 if self.first.month == self.last.month else 4
        return self.first.isoformat()[:length]


@dataclass(frozen=True, slots=True)
class Term:
    """A term of office or a membership, as a statement of an item has it."""

    value: str
    start: Days | None
    end: Days | None

    def __str__(self) -> str:
        """Return when it began and ended."""
        parts = [f"from {self.start}" if self.start else "", f"to {self.end}" if self.end else ""]
        return " ".join(filter(None, parts)) or "without days"


@dataclass(slots=True)
class About:
    """What the endpoint says of one item.

    Attributes:
        exists: whether it says anything.
        target: the item to which this one redirects, if it does.
        label: the English label; or the one for all languages.
        names: labels and aliases by language; those for all languages are under ``mul``.
        instance_of: the fitting classes of which it is an instance.
        subclass_of: the fitting classes of which it is a subclass.
        classes: its classes as they are, in words.
        terms: terms of office and memberships, by property.
    """

    exists: bool = False
    target: str = ""
    label: str = ""
    names: dict[str, list[str]] = field(default_factory=dict)
    instance_of: set[str] = field(default_factory=set)
    subclass_of: set[str] = field(default_factory=set)
    classes: list[str] = field(default_factory=list)
    terms: dict[str, list[Term]] = field(default_factory=dict)


def ask(
    client: Client, items: Sequence[str], classes: Iterable[str], batch: int
) -> Iterator[tuple[int, dict[str, About]]]:
    """Yield, batch by batch, how many items are done, and what the endpoint says of those of the batch.

    Args:
        client: asks the endpoint.
        items: the items, as ``Q42``.
        classes: the classes that can be fitting.
        batch: how many items one query names.

    Raises:
        EndpointError: the endpoint does not answer.
    """
    fitting = " ".join(f"wd:{name}" for name in sorted(set(classes)))
    for start in range(0, len(items), batch):
        named = items[start : start + batch]
        answers = {item: About() for item in named}

        def rows(
            query: str, *bound: str, asked: Mapping[str, About] = answers, **parts: str
        ) -> Iterator[dict[str, JsonTerm]]:
            for name, text in {"ITEMS": " ".join(f"wd:{item}" for item in asked), **parts}.items():
                query = query.replace(name, text)
            for row in client.select(_PREFIXES + query):
                if not {"item", *bound} <= row.keys() or _item(row["item"]) not in asked:
                    raise EndpointError(
                        f"{client.endpoint} answers what it was not asked. Is it a SPARQL endpoint?"
                    )
                yield row

        for row in rows(_ITEMS):
            about = answers[_item(row["item"])]
            about.exists = _text(row, "exists") in ("true", "1")
            about.target = _item(row["target"]) if "target" in row else about.target
        for row in rows(_NAMES, "name"):
            _add_name(answers[_item(row["item"])], row)
        for row in rows(_CLASSES, "class", CLASSES=fitting):
            about = answers[_item(row["item"])]
            kinds = about.instance_of if _text(row, "link") == "instance" else about.subclass_of
            kinds.add(_item(row["class"]))
        for row in rows(_DIRECT_CLASSES, "class"):
            name = _text(row, "name")
            answers[_item(row["item"])].classes.append(f"{_item(row['class'])}{name and f' ({name})'}")
        for property_ in (POSITION_HELD, MEMBER_OF):
            for row in rows(_TERMS, "value", PROPERTY=property_):
                term = Term(_item(row["value"]), _days(row, "start"), _days(row, "end"))
                answers[_item(row["item"])].terms.setdefault(property_, []).append(term)
        yield start + len(named), answers


def _add_name(about: About, row: dict[str, JsonTerm]) -> None:
    language, name = str(row["name"].get("xml:lang", "")).lower(), _text(row, "name")
    about.names.setdefault(language, []).append(name)
    if _text(row, "kind") == _LABEL and (language == "en" or (language == "mul" and not about.label)):
        about.label = name


def _item(term: JsonTerm) -> str:
    return str(term["value"]).removeprefix(_ENTITY)


def _text(row: dict[str, JsonTerm], name: str) -> str:
    return str(row[name]["value"]) if name in row else ""


def _days(row: dict[str, JsonTerm], name: str) -> Days | None:
    """Return which days a date may mean by its precision; ``None`` for an unknown or a vague one."""
    text, precision = _text(row, name), _text(row, f"{name}Precision")
    try:
        day = date.fromisoformat(text[:10])
        digits = int(precision or "11")
    except ValueError:
        return None
    if digits < _YEAR:
        return None
    if digits == _YEAR:
        return Days(day.replace(month=1, day=1), day.replace(month=12, day=31))
    if digits == _MONTH:
        first = day.replace(day=1)
        return Days(first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1))
    return Days(day, day)
