"""Write records from short lines, one for each, in the words of the ontology.

A line has the sentences that say it (numbers or spans), a kind of record, and properties with values::

    14 statement speaker=person:doe-jane topic=drug-trafficking tells=operation en="…" ru="…" paraphrase="…"
"""

import re
import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rdflib import OWL, RDF, RDFS, XSD, URIRef

from cstokg import article_text, namespaces, project_files
from cstokg.build import spans
from cstokg.build.checks import fixes
from cstokg.build.drafts.record_turtle import block, escaped, free_name
from cstokg.build.sources import Sources
from cstokg.build.spans import MAX_LENGTH, Span
from cstokg.engine import suggestions
from cstokg.errors import CstokgError

_CKG = namespaces.CKG
_DATES = frozenset({*namespaces.BOUNDS, "onDate", "retrievedOn"})
# The properties in the brackets of the testimony, in this order.
_TESTIMONY = (
    "supports",
    "accordingTo",
    "reportedVia",
    "modality",
    *namespaces.BOUNDS,
    "printedAs",
    "note",
    "evidence",
    "basis",
)
_PREFIX_OF = {
    "basis": "basis",
    "hasSeatFor": "role",
    "modality": "modality",
    "partOfYear": "part-of-year",
    "supports": "ckg",
    "topic": "topic",
}
# The properties of a line that belong to a statement; the others go to its event, and the topic to both.
_OF_STATEMENTS = frozenset(
    [
        "addressee",
        "after",
        "before",
        "blamed",
        "calledUpon",
        "criticised",
        "inCapacityOf",
        "key",
        "modality",
        "name",
        "note",
        "onBehalfOf",
        "paraphrase",
        "praised",
        "refersTo",
        "relays",
        "reportedVia",
        "respondsTo",
        "speaker",
        "statedAt",
        "tells",
        "topic",
        "type",
    ]
)
_NAMES = "# --- Names as printed"
# The type of a record whose line has none, by the scheme of its kind.
_USUAL_TYPES = {"record-kind": "account", "statement-form": "indirect"}
_SPAN = re.compile(r"(?:span:)?(\d+)-(\d+)")


class LineError(CstokgError):
    """A line from which no record can be made; the message says what is wrong with it, and the remedy."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of record.

    Attributes:
        types: its classes.
        name: the pattern of its name; in braces the properties whose values it needs.
        scheme: the scheme of its ``type``.
        modality: the modality, unless the line has another; none if the kind has none.
    """

    types: str
    name: str
    scheme: str = ""
    modality: str = "reported-fact"


KINDS: Mapping[str, Kind] = {
    "action-done": Kind("ckg:Action , ckg:Occurrence", "action:{article}-{key}", "action-kind"),
    "action-expected": Kind("ckg:Action", "action:{article}-{key}", "action-kind", "expected"),
    "agenda-item": Kind("ckg:AgendaItem", "agenda-item:{article}-{key}"),
    "announced-meeting": Kind("ckg:AnnouncedMeeting", "meeting:{key}-{meetingOf}-plan", modality="announced"),
    "attendance": Kind("ckg:Attendance", "attendance:{atMeeting}-{attendee}"),
    "document": Kind("ckg:Document", "document:{article}-{key}", "document-kind"),
    "event": Kind("ckg:Event", "event:{key}", "event-kind"),
    "expected-absence": Kind(
        "ckg:ExpectedAbsence", "expected-absence:{atMeeting}-{participant}", modality="announced"
    ),
    "expected-attendance": Kind(
        "ckg:ExpectedAttendance", "expected-attendance:{atMeeting}-{participant}", modality="announced"
    ),
    "held-meeting": Kind("ckg:HeldMeeting", "meeting:{onDate}-{meetingOf}"),
    "membership": Kind("ckg:Membership", "membership:{member}-{membershipIn}-{key}", modality=""),
    "occurrence": Kind("ckg:Occurrence", "event:{key}", "event-kind"),
    "presidency": Kind("ckg:Presidency", "presidency:{presidingState}-{presidencyOf}-{key}"),
    "remark": Kind("ckg:Remark", "record:{article}-{key}", "record-kind"),
    "rule": Kind("ckg:Rule", "rule:{article}-{key}"),
    "standing": Kind("ckg:Standing", "standing:{standingOf}-in-{standingIn}-{key}", "standing-kind"),
    "statement": Kind("ckg:Statement", "statement:{article}-{speaker}-{key}", "statement-form"),
    "tenure": Kind("ckg:Tenure", "tenure:{holder}-{tenurePost}-{key}", modality=""),
    "testimony": Kind("", "{name}", modality=""),
}


@dataclass(slots=True)
class Writer:
    """Writes the records of one article.

    Attributes:
        article: the article's name.
        text: its text.
        ranges: the ranges of the sentences, in order.
        terms: the properties of the ontology: the datatype of those whose values are literals, else nothing.
        used: the IRIs that are described.
    """

    article: str
    text: str
    ranges: Sequence[article_text.Range]
    terms: Mapping[str, str]
    used: set[str]
    cited: list[Span] = field(default_factory=list)

    def records(self, line: str) -> list[list[str]]:
        """Return the records of a line, in Turtle, line by line; their spans are added to ``cited``.

        Raises:
            LineError: a sentence, kind or property in the line is unknown, or the line lacks one.
        """
        try:
            where, kind_name, *pairs = shlex.split(line, comments=True)
        except ValueError:
            raise LineError("write: SENTENCES KIND property=value …, texts in quotation marks.") from None
        kind = KINDS.get(kind_name)
        if kind is None:
            raise LineError(f"{kind_name!r} is not a kind of record. Write one of {', '.join(KINDS)}.")
        cited = [self._span(part) for part in where.split(",")]
        values: dict[str, str] = {}
        for name, value in self._pairs(pairs):
            values[name] = f"{values[name]},{value}" if name in values else value
        event_kind = values.get("tells", "")
        of_told_event = {}
        if kind_name == "statement" and event_kind and ":" not in event_kind:
            topic_or_key = values.get("key") or values.get("topic", "").partition(",")[0]
            event = free_name(f"event:{topic_or_key}-{self.article}", self.used)
            of_event = [term for term in values if term not in _OF_STATEMENTS]
            of_told_event = {"type": event_kind, "name": event}
            of_told_event |= {term: values.pop(term) for term in of_event}
            of_told_event |= {"topic": values["topic"]} if "topic" in values else {}
            values["tells"] = event
        name = self._name(kind, values)
        modality = values.get("modality", kind.modality)
        records = [self._record(kind, name, values, cited, modality)]
        if of_told_event:
            of_told_event["accordingTo"] = name
            event = of_told_event["name"]
            records.append(self._record(KINDS["event"], event, of_told_event, cited, modality))
        self.cited += cited
        return records

    def _pairs(self, pairs: Iterable[str]) -> Iterator[tuple[str, str]]:
        properties = {*self.terms, "en", "key", "name", "note", "ru", "tells", "type"}
        for pair in pairs:
            name, equals, value = pair.partition("=")
            if not equals or not value:
                raise LineError(f"{pair!r} is not property=value; put texts between quotation marks.")
            if name == "evidence":
                raise LineError(f"{pair}: the first word of the line gives the evidence, so remove this.")
            if name not in properties:
                iris = {_CKG + term for term in properties}
                near = suggestions.nearest_name(_CKG + name, iris).partition(":")[2]
                raise LineError(
                    f"{name} is not a property of the ontology.{f' Did you mean {near}?' if near else ''}"
                )
            yield name, value

    def _span(self, where: str) -> Span:
        if match := _SPAN.fullmatch(where):
            start, end = int(match[1]), int(match[2])
        elif where.isdigit() and 1 <= int(where) <= len(self.ranges):
            start, end = self.ranges[int(where) - 1]
        else:
            raise LineError(
                f"{where!r} is not a sentence: {self.article} has {len(self.ranges)} sentences. Write the "
                "number of one, or a span such as 190-278."
            )
        if not 0 <= start < end <= len(self.text) or end - start > MAX_LENGTH:
            raise LineError(
                f"{start}-{end} is not in the text, or has more than {MAX_LENGTH} characters. Write another "
                "span."
            )
        return Span.of(self.text, start, end)

    def _name(self, kind: Kind, values: dict[str, str]) -> str:
        if name := values.pop("name", ""):
            return name
        steps = {key: value.rpartition(":")[2].partition(",")[0] for key, value in values.items()}
        steps |= {"article": self.article}
        steps.setdefault("key", steps.get("topic") or steps.get("type") or "")
        values.pop("key", None)
        missing = [part for part in re.findall(r"\{(\w+)\}", kind.name) if not steps.get(part)]
        if missing == ["speaker"] and "inCapacityOf" in steps:
            steps["speaker"] = steps["inCapacityOf"]
        elif missing:
            raise LineError(f"its name needs {' and '.join(f'{part}=…' for part in missing)}, or name=….")
        return free_name(kind.name.format_map(steps), self.used)

    def _record(
        self, kind: Kind, name: str, values: Mapping[str, str], cited: Sequence[Span], modality: str
    ) -> list[str]:
        labels = [
            f'"{escaped(values[language])}"@{language}' for language in ("en", "ru") if language in values
        ]
        type_ = values.get("type", _USUAL_TYPES.get(kind.scheme, ""))
        if type_ and ":" not in type_ and not kind.scheme:
            raise LineError(f"type={type_}: write prefix:name, as in event-kind:{type_}, or remove it.")
        lines = [
            *([f"a {kind.types}"] if kind.types else []),
            *([f"skos:prefLabel {' , '.join(labels)}"] if labels else []),
            *([f"dcterms:type {type_ if ':' in type_ else f'{kind.scheme}:{type_}'}"] if type_ else []),
            *([f"ckg:tellsOf {values['tells']}"] if "tells" in values else []),
            *(
                f"ckg:{term} {self._value(term, value)}"
                for term, value in values.items()
                if term in self.terms and term not in _TESTIMONY
            ),
        ]
        inside = {
            **({"modality": modality} if modality else {}),
            **{term: value for term, value in values.items() if term in _TESTIMONY},
            "evidence": ",".join(f"span:{span.name}" for span in sorted(set(cited))),
            "basis": values.get("basis", "stated"),
        }
        testimony = [
            f"{'skos:editorialNote' if term == 'note' else f'ckg:{term}'} {self._value(term, inside[term])}"
            for term in _TESTIMONY
            if term in inside
        ]
        return block(name, lines, testimony)

    def _value(self, term: str, value: str) -> str:
        if term in {"paraphrase", "note"}:
            return f'"{escaped(value)}"@en'
        if term == "printedAs":
            language = "ru" if re.search("[\u0400-\u04ff]", value) else "en"
            return f'"{escaped(value)}"@{language}'
        values = value.split(",")
        if term in _DATES:
            if not all(re.fullmatch(r"\d{4}-\d\d-\d\d", day) for day in values):
                raise LineError(f"{term}={value}: write a day as 2031-05-14.")
            return " , ".join(f'"{day}"^^xsd:date' for day in values)
        if datatype := self.terms.get(term):
            return _literal(term, value, URIRef(datatype))
        prefix = _PREFIX_OF.get(term)
        names = [name if ":" in name or not prefix else f"{prefix}:{name}" for name in values]
        for name in names:
            if name.partition(":")[0] not in spans.prefixes(self.article) or ":" not in name:
                raise LineError(f"{term}={value}: write prefix:name, as in state:armenia.")
        return " , ".join(names)


def add(
    sources: Sources, articles: Path, article: str, lines: Iterable[str]
) -> list[tuple[str, list[str] | LineError]]:
    """Write the records of several lines into an article's file, and return their names, by line.

    A line from which no record can be made comes with its error, and does not stop the others. Blank
    lines and what follows ``#`` are skipped.

    Raises:
        SpanError: there is no such article, or no text of it.
    """
    writer = Writer(
        article,
        text := spans.text_of(sources.root, article, articles),
        list(article_text.split_sentences(text)),
        _terms(sources),
        {str(subject) for subject, predicate, _ in sources.triples if predicate == RDF.type},
    )
    written: list[list[str]] = []
    results: list[tuple[str, list[str] | LineError]] = []
    for line in map(str.strip, lines):
        if not line or line.startswith("#"):
            continue
        try:
            records = writer.records(line)
        except LineError as error:
            results.append((line, error))
        else:
            written += records
            results.append((line, [record[0] for record in records]))
    if written:
        path = spans.record_path(article)
        before, names, after = project_files.read_text(sources.root, path).partition(_NAMES)
        body = "".join("\n" + "\n".join(record) + "\n" for record in written)
        turtle = f"{before.rstrip()}\n{body}\n{names}{after}".rstrip() + "\n"
        (sources.root / path).write_text(fixes.with_prefixes(turtle, article), encoding="utf-8", newline="\n")
        recorded = spans.read(sources.root, article).values()
        spans.write(sources.root, article, [*recorded, *writer.cited])
    return results


def _literal(term: str, value: str, datatype: URIRef) -> str:
    """Return a value as Turtle writes it."""
    if datatype in (XSD.string, XSD.anyURI):
        return f'"{escaped(value)}"{"^^xsd:anyURI" if datatype == XSD.anyURI else ""}'
    is_boolean = datatype == XSD.boolean
    if not re.fullmatch("true|false" if is_boolean else r"[+-]?[0-9]+(?:\.[0-9]+)?", value):
        raise LineError(f"{term}={value}: write {'true or false' if is_boolean else 'a number in digits'}.")
    return value


def _terms(sources: Sources) -> dict[str, str]:
    """Return the properties of the ontology by name, each with the datatype of its values, or nothing."""
    ontology = sources.ontology()
    terms = {}
    for kind in (OWL.ObjectProperty, OWL.DatatypeProperty):
        for term in ontology.subjects(RDF.type, kind):
            if str(term).startswith(_CKG):
                datatype = ontology.value(term, RDFS.range) or (
                    XSD.string if kind == OWL.DatatypeProperty else ""
                )
                literal = kind == OWL.DatatypeProperty and isinstance(datatype, URIRef)
                terms[str(term).removeprefix(_CKG)] = str(datatype) if literal else ""
    return terms
