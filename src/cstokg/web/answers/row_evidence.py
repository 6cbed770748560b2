"""The evidence of each row of an answer: the records on which the row rests, and their spans.

A saved question answers in words, to be read in any tool. The same query with all its variables shows the
things behind the words: statements, attendances, testimonies. Those are the evidence.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from cstokg import formats, json_results, namespaces
from cstokg.engine import query_text
from cstokg.engine.query_text import Token
from cstokg.json_results import JsonTerm, Results
from cstokg.web.content import conflicts, footnotes
from cstokg.web.content.catalogue import natural
from cstokg.web.content.graph import Graph, once

_AGGREGATES = frozenset({"AVG", "COUNT", "GROUP_CONCAT", "MAX", "MIN", "SAMPLE", "SUM"})
_GROUPING = _AGGREGATES | {"GROUP", "LIMIT", "OFFSET"}
# A row rests on the things of the first group that occurs in it, and only names those of later groups.
_KINDS_OF_RECORDS = (
    frozenset(
        {
            *("action", "agenda-item", "anniversary", "attendance", "claim", "event"),
            *("expected-absence", "expected-attendance", "membership", "presidency", "record", "rule"),
            *("standing", "statement", "suspension", "tenure"),
        }
    ),
    frozenset({"conflict", "document", "meeting"}),
    frozenset({"body", "government-body", "group", "organ", "outlet", "person", "place", "post", "state"}),
    frozenset({"article"}),
)
_SHOWN_SINGLY = 3  # records of one row; the page lists as many before it folds the others
_ARTICLE = f"{namespaces.ID}article/"
_TESTIMONIES = """\
SELECT ?testimony ?property ?span
WHERE { ?testimony a ckg:Testimony ; ckg:evidence ?span . OPTIONAL { ?testimony ckg:supports ?property } }
"""
_CLAIMS = "SELECT ?conflict ?claim WHERE { ?conflict a ckg:Conflict ; ckg:hasClaim ?claim }"


@dataclass(frozen=True, slots=True)
class RowRecord:
    """A record on which a row rests.

    Attributes:
        iri: the record.
        cited: the IRI that the footnote cites: the record, or the one testimony on it that the row rests on.
        spans: the evidence, in order of article and position; none for what the editors keep themselves.
    """

    iri: str
    cited: str
    spans: tuple[str, ...]


def disputes_of(graph: Graph, records: Sequence[RowRecord]) -> list[str]:
    """Return the conflicts about what the records of a row say, in a fixed order.

    A row that rests on many records counts them or sums them up, so a conflict is about the row only if it is
    about most of them.
    """
    touched = Counter(conflict for record in records for conflict in _disputes(graph, record))
    least = 1 if len(records) <= _SHOWN_SINGLY else len(records) // 2 + 1
    return [conflict for conflict, number in touched.items() if number >= least]


def _disputes(graph: Graph, record: RowRecord) -> tuple[str, ...]:
    """Return the conflicts about what a record says.

    A row that rests on a person, a state or a meeting shows only a part of what the graph says of it, so a
    conflict counts only if its claims are about that thing itself.
    """
    touching = conflicts.conflicts_by_entity(graph).get(record.iri, ())
    if namespaces.kind_of(record.iri) in _KINDS_OF_RECORDS[0]:
        return tuple(touching)
    subjects = conflicts.subjects_by_conflict(graph)
    return tuple(conflict for conflict in touching if record.iri in subjects[conflict])


@dataclass(slots=True)
class _Testimony:
    properties: set[str] = field(default_factory=set)
    spans: set[str] = field(default_factory=set)


# The query with all its variables.


def with_all_variables(sparql: str) -> str:
    """Return a SELECT query with all variables of another one as columns, and a row for each solution.

    The query no longer groups, orders or limits its solutions; a subquery that groups or limits its own stays
    as it is. Calls of other endpoints are left out: they know nothing of our records, and would be called
    once more.
    """
    query = query_text.read(sparql)
    closing = _closing_braces(query.tokens)
    for edit in sorted(_edits(query.tokens, closing, query.first, outermost=True), reverse=True):
        start, end, text = edit
        sparql = f"{sparql[:start]}{text}{sparql[end:]}"
    return sparql


def _closing_braces(tokens: Sequence[Token]) -> Mapping[int, int]:
    """Return the index of the brace that closes each opening one, by its index."""
    closing, opened = {}, []
    for index, token in enumerate(tokens):
        if token.text == "{":
            opened.append(index)
        elif token.text == "}" and opened:
            closing[opened.pop()] = index
    return closing


def _edits(
    tokens: Sequence[Token], closing: Mapping[int, int], select: int, *, outermost: bool
) -> Iterator[tuple[int, int, str]]:
    """Yield the replacements for the query whose SELECT is the token ``select``: start, end and new text."""
    head_end, brace = _head(tokens, select)
    tail = _tail(tokens, closing, closing[brace] + 1)
    words = {token.text.upper() for token in (*tokens[select:head_end], *tail)}
    if words & _GROUPING and not outermost:
        return
    yield tokens[select].end, tokens[head_end].start, " DISTINCT * " if outermost else " * "
    if tail:
        yield tail[0].start, tail[-1].end, ""
    index = brace + 1
    while index < closing[brace]:
        if tokens[index].text.upper() == "SERVICE":
            opening = next(at for at in range(index, len(tokens)) if tokens[at].text == "{")
            yield tokens[index].start, tokens[closing[opening]].end, ""
            index = closing[opening]
        elif tokens[index].text.upper() == "SELECT":
            yield from _edits(tokens, closing, index, outermost=False)
            index = closing[_head(tokens, index)[1]]
        index += 1


def _head(tokens: Sequence[Token], select: int) -> tuple[int, int]:
    """Return the indices at which the columns after a SELECT end, and at which its group opens."""
    head_end, depth = 0, 0
    for index in range(select + 1, len(tokens)):
        text = tokens[index].text.upper()
        depth += (text == "(") - (text == ")")
        if depth == 0 and not head_end and text in ("FROM", "WHERE", "{"):
            head_end = index
        if depth == 0 and text == "{":
            return head_end, index
    raise ValueError("no group follows SELECT")


def _tail(tokens: Sequence[Token], closing: Mapping[int, int], start: int) -> list[Token]:
    """Return the modifiers after a group: what orders, groups or limits its solutions."""
    index = start
    while index < len(tokens) and tokens[index].text.upper() not in ("}", "VALUES"):
        index = closing.get(index, index) + 1
    return list(tokens[start:index])


# What the rows rest on.


def of_rows(graph: Graph, sparql: str, results: Results) -> list[tuple[RowRecord, ...]]:
    """Return the records on which each row of an answer rests, in order of their IRIs.

    Raises:
        QueryError: the query with all variables cannot be evaluated.
    """
    body = graph.write(with_all_variables(sparql), formats.RESULTS_JSON)
    every = json_results.read(body)
    columns = [name for name in results.columns if name in every.columns]
    solutions: dict[str, list[Mapping[str, JsonTerm]]] = defaultdict(list)
    for solution in every.rows:
        solutions[_key(solution, columns)].append(solution)
    query = query_text.read(sparql)
    properties = frozenset(query.own_names())
    return [_records(graph, solutions.get(_key(row, columns), ()), properties) for row in results.rows]


def _key(solution: Mapping[str, JsonTerm], columns: Iterable[str]) -> str:
    return repr([solution.get(name) for name in columns])


def _records(
    graph: Graph, solutions: Iterable[Mapping[str, JsonTerm]], properties: frozenset[str]
) -> tuple[RowRecord, ...]:
    """Return the records of some solutions; the properties are those that the query names."""
    testimonies: dict[str, set[str]] = defaultdict(set)
    spans: dict[str, set[str]] = defaultdict(set)
    for solution in solutions:
        iris = {term["value"] for term in solution.values() if term["type"] == "uri"}
        articles = {iri for iri in iris if namespaces.kind_of(iri) == "article"}
        if "article" in solution:
            articles.add(_ARTICLE + solution["article"]["value"])
        shown = {iri for iri in iris if iri.startswith(namespaces.CKG)} or properties
        for record, chosen in _chosen(graph, iris, shown, articles):
            testimonies[record] |= chosen
            spans[record] |= _spans(graph, record, chosen, articles)
    return tuple(
        RowRecord(
            record,
            next(iter(testimonies[record])) if len(testimonies[record]) == 1 else record,
            tuple(sorted(spans[record], key=natural)),
        )
        for record in sorted(testimonies, key=natural)
    )


def _chosen(
    graph: Graph, iris: Iterable[str], properties: Iterable[str], articles: set[str]
) -> Iterator[tuple[str, set[str]]]:
    """Yield each record of a solution with the testimonies on which the solution rests.

    Those are the testimonies of the solution itself, or else those that support its properties.
    """
    by_record: dict[str, set[str]] = defaultdict(set)
    for iri in iris:
        record, is_testimony, _ = iri.partition(namespaces.TESTIMONY)
        if is_testimony:
            by_record[record].add(iri)
    groups = _KINDS_OF_RECORDS[:1] if by_record else _KINDS_OF_RECORDS
    for kinds in groups:
        records = {iri for iri in iris if namespaces.kind_of(iri) in kinds} - by_record.keys()
        for record in {claim for iri in records for claim in _claims(graph).get(iri, (iri,))}:
            by_record[record] = _supporting(graph, record, properties, articles)
        if by_record:
            break
    yield from by_record.items()


def _supporting(graph: Graph, record: str, properties: Iterable[str], articles: set[str]) -> set[str]:
    """Return the testimonies on a record that support one of the properties, in one of the articles.

    If none supports any of them, all testimonies count; if none of these is in the articles, all of these do.
    """
    given = _testimonies(graph).get(record, {})
    supporting = {iri for iri, testimony in given.items() if testimony.properties.intersection(properties)}
    supporting = supporting or set(given)
    return {
        iri for iri in supporting if _in_articles(given[iri].spans, articles) or not articles
    } or supporting


def _spans(graph: Graph, record: str, testimonies: set[str], articles: set[str]) -> set[str]:
    """Return the spans of testimonies, or of their record if they have none.

    If any of the spans are in these articles, only those are returned.
    """
    given = _testimonies(graph).get(record, {})
    spans = {span for iri in testimonies if iri in given for span in given[iri].spans}
    spans = spans or set(footnotes.evidence(graph).get(record, ()))
    return _in_articles(spans, articles) or spans


def _in_articles(spans: Iterable[str], articles: set[str]) -> set[str]:
    addresses = ((span, namespaces.parse_span(span)) for span in spans)
    return {span for span, address in addresses if address and address.article in articles}


@once
def _testimonies(graph: Graph) -> Mapping[str, Mapping[str, _Testimony]]:
    """Return, by record, its testimonies by their IRIs."""
    testimonies: dict[str, dict[str, _Testimony]] = defaultdict(lambda: defaultdict(_Testimony))
    for row in graph.select(_TESTIMONIES):
        iri = row["testimony"].value
        testimony = testimonies[iri.partition(namespaces.TESTIMONY)[0]][iri]
        testimony.spans.add(row["span"].value)
        if "property" in row:
            testimony.properties.add(row["property"].value)
    return testimonies


@once
def _claims(graph: Graph) -> Mapping[str, Sequence[str]]:
    return graph.pairs(_CLAIMS)
