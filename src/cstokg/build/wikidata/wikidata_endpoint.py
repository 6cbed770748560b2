"""Ask Wikidata, or an endpoint like it, what it says of items: names, classes, terms of office, memberships.

After 429 and 503 the client waits as it is asked to, and tries again. Answers can be kept in a file, so that
a run that was broken off does not ask again.
"""

import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from email.utils import parsedate_to_datetime
from hashlib import sha256
from http.client import HTTPException
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode
from urllib.request import Request, build_opener

from cstokg import formats, http_requests, json_results
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

_BUSY = (429, 503)
_ATTEMPTS = 5
_FIRST_WAIT = 2.0  # seconds; each further one is twice as long
_LONGEST_WAIT = 300.0
_SECONDS = 90.0  # Wikidata's own limit is 60
_MOST_BYTES = 64_000_000

Rows = list[dict[str, JsonTerm]]


@dataclass(slots=True)
class Client:
    """Asks one endpoint.

    Attributes:
        endpoint: its address.
        state: the file that keeps the answers, if they are to be kept.
        on_wait: is called with the seconds for which the client waits, and why.
        sleep: waits for some seconds.
    """

    endpoint: str
    state: Path | None = None
    on_wait: Callable[[float, str], None] = lambda seconds, reason: None
    sleep: Callable[[float], None] = time.sleep
    _answers: dict[str, Rows] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Read the state.

        Raises:
            EndpointError: the text is not an address, or the file does not hold answers of this endpoint.
        """
        if not http_requests.is_address(self.endpoint):
            raise EndpointError(f"{self.endpoint}: not the address of an endpoint; write it with https://")
        if self.state and self.state.exists():
            try:
                kept = json.loads(self.state.read_bytes())
                endpoint, self._answers = str(kept["endpoint"]), dict(kept["answers"])
            except (OSError, ValueError, KeyError, TypeError) as error:
                raise EndpointError(
                    f"{self.state}: not the state of a run that was broken off; remove it, or name another"
                ) from error
            if endpoint != self.endpoint:
                raise EndpointError(
                    f"{self.state}: the state of a run at {endpoint}; remove it, or name another file"
                )

    def select(self, query: str) -> Rows:
        """Return the rows of a SELECT query, from the state if they are there.

        Raises:
            EndpointError: there is no answer, or it holds no results.
        """
        key = sha256(query.encode()).hexdigest()
        if key not in self._answers:
            self._answers[key] = self._ask(query)
            self._keep()
        return self._answers[key]

    def finish(self) -> None:
        """Remove the state of a run that is complete."""
        if self.state:
            self.state.unlink(missing_ok=True)

    def _keep(self) -> None:
        if not self.state:
            return
        text = json.dumps({"endpoint": self.endpoint, "answers": self._answers}, ensure_ascii=False)
        new = self.state.with_name(f"{self.state.name}.new")
        try:
            new.write_text(text, encoding="utf-8")
            new.replace(self.state)
        except OSError as error:
            raise EndpointError(f"{self.state}: {error.strerror}; name another file") from error

    def _ask(self, query: str) -> Rows:
        for attempt in range(_ATTEMPTS):
            try:
                return self._request(query)
            except HTTPError as error:
                with error:  # the connection is of no use during the pause
                    if error.code not in _BUSY or attempt == _ATTEMPTS - 1:
                        raise EndpointError(self._refusal(error)) from error
                seconds = _seconds_to_wait(error.headers.get("Retry-After"), attempt)
                if seconds > _LONGEST_WAIT:
                    raise EndpointError(
                        f"{self.endpoint} asks for a pause of {seconds:.0f} seconds; {self._later()}"
                    ) from error
                self.on_wait(seconds, f"{error.code} {error.reason}")
                self.sleep(seconds)
            except (URLError, OSError, HTTPException) as error:
                reason = error.reason if isinstance(error, URLError) else error
                raise EndpointError(
                    f"{self.endpoint} cannot be reached ({reason}). Check the network and the address, or "
                    f"name another endpoint with --endpoint; {self._later()}"
                ) from error
        raise AssertionError("the last attempt returns or raises")

    def _request(self, query: str) -> Rows:
        request = Request(  # noqa: S310 - the scheme was checked
            self.endpoint,
            urlencode({"query": query}).encode(),
            {
                "Accept": formats.RESULTS_JSON,
                "Content-Type": formats.FORM,
                "User-Agent": http_requests.user_agent(),
            },
        )
        with build_opener(http_requests.NoRedirects).open(request, timeout=_SECONDS) as response:
            body = response.read(_MOST_BYTES + 1)
        if len(body) > _MOST_BYTES:
            raise EndpointError(
                f"{self.endpoint} sent more than {_MOST_BYTES:,} bytes; ask for less with --batch"
            )
        try:
            results = json_results.read_foreign(body)
            if results.boolean is not None:
                raise ValueError("the answer to another form of query")
            return results.rows
        except ValueError as error:
            raise EndpointError(
                f"{self.endpoint} sent no results in JSON. Is it the address of a SPARQL endpoint?"
            ) from error

    def _refusal(self, error: HTTPError) -> str:
        if location := error.headers.get("Location"):
            return f"{self.endpoint} redirects to {location}; if that is right, name it with --endpoint"
        with suppress(OSError, HTTPException):
            text = " ".join(error.read(2000).decode("utf-8", "replace").split())[:200]
            return f"{self.endpoint} answered {error.code} {error.reason} ({text}); {self._later()}"
        return f"{self.endpoint} answered {error.code} {error.reason}; {self._later()}"

    def _later(self) -> str:
        if self.state:
            return f"the next run continues from {self.state}"
        return "with --state FILE a later run can continue where this one stopped"


def _seconds_to_wait(retry_after: str | None, attempt: int) -> float:
    """Return the seconds to wait: as the endpoint asks, in seconds or as a date, or longer each time."""
    if retry_after and retry_after.strip().isdecimal():
        return float(retry_after)
    if retry_after:
        with suppress(ValueError):
            at = parsedate_to_datetime(retry_after)
            return max(0.0, (at.replace(tzinfo=at.tzinfo or UTC) - datetime.now(UTC)).total_seconds())
    return _FIRST_WAIT * (1 << attempt)


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
