"""The queries in shapes: what they may contain, and which of them both engines answer alike.

SHACL forbids SERVICE in them (section 5.3.1). pyshacl searches for the word with a regular expression
that misses ``trueSERVICE <…>``, rdflib also follows ``FROM <…>``, and neither has a time limit. So each
query is checked here before it is evaluated, with the parsers of both engines; and rdflib is set up to
load no graph and to call no endpoint.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from functools import lru_cache

import rdflib.plugins.sparql
from rdflib import SH, Graph
from rdflib.plugins.sparql.parser import expandUnicodeEscapes, parseQuery
from rdflib.plugins.sparql.parserutils import CompValue
from rdflib.plugins.sparql.sparql import QueryContext
from rdflib.term import Node

from cstokg.build.rdf_terms import Triple
from cstokg.build.sources import Position
from cstokg.engine import guard
from cstokg.engine.query_text import QueryText, Token, read
from cstokg.errors import CstokgError, QueryError, ServiceRefusedError
from cstokg.settings import Limits

_TEXTS = (SH.select, SH.ask, SH.construct, SH.update)
_PREFIX = re.compile(r"(?:[^\W\d_](?:[\w.-]*\w)?)?")
_NAMESPACE = re.compile(r"[^\x00-\x20<>\"{}|^`\\]*")
_NO_CALL = "no call"  # the name of our function in rdflib's table of evaluators
_NO_CALLS = "calls to other endpoints (SERVICE) are off"
_REMEDY = "A shape may use only the data of this project, so take it out."

# What both engines answer alike for any data: patterns, and functions of strings and of kinds of terms.
_COMMON_WORDS = frozenset(
    "A AS BIND CONCAT CONTAINS DISTINCT EXISTS FILTER ISBLANK ISIRI ISLITERAL LCASE NOT SAMETERM SELECT STR "  # noqa: SIM905
    "STRENDS STRLEN STRSTARTS UNION WHERE".split()
)
_COMMON_SIGNS = frozenset("{}().;,/|^!") | {"&&", "||"}
_PATH_SIGNS = frozenset("/|^")
_STRING_FUNCTIONS = frozenset({"CONCAT", "LCASE", "STR"})
_COMPARISONS = frozenset({"=", "!=", "<", ">", "<=", ">="})
_ARITHMETIC = frozenset({"+", "-"})
# A pattern in which no character stands for another in Python's regular expressions or in Rust's.
_COMMON_PATTERN = re.compile(r"""["']\^?[A-Za-z0-9:/.,()|+*?\[\] -]*\$?["']""")
# The beginning of a check of the whole graph: what it selects, and whether a group comes first.
_ABOUT = re.compile(
    r"(?P<head>\s*SELECT\s+DISTINCT\s+[$?]this\s+\((?P<variable>\?\w+)\s+AS\s+\?value\)[^{}]*WHERE\s*\{)"
    r"(?P<inner>\s*\{)?",
    re.IGNORECASE,
)
_PRE_BOUND = frozenset({"this", "shapesGraph", "currentShape"})
_FORBIDDEN = frozenset({"MINUS", "VALUES"})


class ShapeError(CstokgError):
    """A shape that cannot be evaluated."""


@lru_cache(maxsize=500)
def both_engines_agree(query: str, datatypes: frozenset[str] = frozenset()) -> bool:
    """Return whether both engines give the same rows, and the same for each focus node.

    ``$this`` may occur in the result only. A comparison needs an IRI on its right side, strings or
    their lengths on both, or a filter that requires one of the datatypes of every variable: the
    engines compare other literals by different rules.

    Args:
        query: a query without its prologue.
        datatypes: prefixed names of the datatypes whose values both engines compare alike.
    """
    text = read(query)
    tokens = text.tokens
    if [token.text[1:] for token in tokens if token.kind == "variable"].count("this") != 1:
        return False
    opening = next((number for number, token in enumerate(tokens) if token.text == "{"), 0)
    filters = _common_filters(tokens, opening, datatypes)
    return any(token.text[1:] == "this" for token in tokens[:opening]) and all(
        number in filters or _is_answered_alike(tokens, number) for number in range(len(tokens))
    )


def _common_filters(tokens: Sequence[Token], opening: int, datatypes: Set[str]) -> set[int]:
    """Return the places of the tokens in filters and matches that need no further check."""
    places: set[int] = set()
    for number, token in enumerate(tokens):
        word = token.text.upper() if token.kind == "word" else ""
        if word == "FILTER" and number + 1 < len(tokens) and tokens[number + 1].text == "(":
            end = _closing(tokens, number + 1)
            if _compares_datatypes(tokens[number + 2 : end], datatypes):
                places.update(range(number, end + 1))
        elif word == "REGEX" and _matches_alike(tokens, number, opening):
            places.update(range(number, _closing(tokens, number + 1) + 1))
    return places


def _closing(tokens: Sequence[Token], opening: int) -> int:
    """Return the position of the bracket that closes the one at a position; the end if none does."""
    depth = 0
    for number in range(opening, len(tokens)):
        depth += (tokens[number].text == "(") - (tokens[number].text == ")")
        if depth == 0:
            return number
    return len(tokens)


def _compares_datatypes(tokens: Sequence[Token], datatypes: Set[str]) -> bool:
    """Return whether a condition compares variables, and is false unless all have one of the datatypes.

    It has the form ``DATATYPE(?a) = xsd:date && DATATYPE(?b) = xsd:date && ?a < ?b``.
    """
    required: dict[str, str] = {}
    compared: set[str] = set()
    conjuncts: list[list[Token]] = [[]]
    for token in tokens:
        if token.text == "&&":
            conjuncts.append([])
        else:
            conjuncts[-1].append(token)
    for conjunct in conjuncts:
        match [token.text.upper() if token.kind == "word" else token.text for token in conjunct]:
            case ["DATATYPE", "(", variable, ")", "=", datatype] if conjunct[2].kind == "variable":
                required[variable] = datatype
            case [*_] as texts if sum(text in _COMPARISONS for text in texts) == 1 and all(
                token.kind in {"variable", "number"} or token.text in _COMPARISONS | _ARITHMETIC
                for token in conjunct
            ):
                compared |= {token.text for token in conjunct if token.kind == "variable"}
            case _:
                return False
    kinds = set(required.values())
    return compared <= required.keys() and len(kinds) == 1 and kinds <= datatypes


def _matches_alike(tokens: Sequence[Token], number: int, opening: int) -> bool:
    """Return whether REGEX compares a subject with a pattern that both engines read alike.

    A literal could end with a line break, before which ``$`` matches in Python only.
    """
    match [token.text for token in tokens[number + 1 : number + 8]]:
        case ["(", string, "(", variable, ")", ",", pattern] if string.upper() == "STR":
            first = tokens[opening + 1 : opening + 4]
            return (
                bool(_COMMON_PATTERN.fullmatch(pattern))
                and "[[" not in pattern
                and "--" not in pattern
                and [token.text for token in first[:1]] == [variable]
                and tokens[number + 8 : number + 9] != []
                and tokens[number + 8].text == ")"
            )
    return False


def _is_answered_alike(tokens: Sequence[Token], number: int) -> bool:
    kind, text, _ = tokens[number]
    before = tokens[number - 1] if number else None
    after = tokens[number + 1] if number + 1 < len(tokens) else None
    match kind:
        case "variable":
            return text[1:] not in {"shapesGraph", "currentShape", "PATH"}
        case "iri" | "name":
            # In front of a bracket it is a function, or the predicate of a collection.
            return "\\u" not in text and (after is None or after.text != "(" or before is None)
        case "string":
            return after is None or (after.kind != "language" and after.text != "^^")
        case "word" if text.upper() == "IN":
            return _lists_iris(tokens, number)
        case "word":
            return text.upper() in _COMMON_WORDS and not (text.upper() == "SELECT" and number)
        case "number":
            return before is not None and before.text in _COMPARISONS
        case "sign" if text in _COMPARISONS:
            return _compares_alike(tokens, number)
        case "sign" if text == "*":
            # One step, and then any number of steps: never a path of no step from an absent node.
            return _repeats_after_a_step(tokens, number)
    return kind == "sign" and text in _COMMON_SIGNS


def _repeats_after_a_step(tokens: Sequence[Token], number: int) -> bool:
    """Return whether * repeats a name, or names in brackets, after a step: ``ex:p/(ex:p|^ex:q)*``."""
    start = number - 1
    if start > 0 and tokens[start].text == ")":
        start -= 1
        while start > 0 and (tokens[start].kind == "name" or tokens[start].text in _PATH_SIGNS):
            start -= 1
    begins = start > 0 and (tokens[start].kind == "name" or tokens[start].text == "(")
    return begins and tokens[start - 1].text == "/"


def _lists_iris(tokens: Sequence[Token], number: int) -> bool:
    """Return whether IN compares a variable with IRIs only."""
    before = tokens[number - 1]
    if before.text.upper() == "NOT":
        before = tokens[number - 2]
    end = number + 1
    while end < len(tokens) and tokens[end].text != ")":
        end += 1
    listed = tokens[number + 2 : end]
    return before.kind == "variable" and all(
        token.kind in {"iri", "name"} or token.text == "," for token in listed
    )


def _compares_alike(tokens: Sequence[Token], number: int) -> bool:
    if number + 2 >= len(tokens):
        return False
    right = tokens[number + 1]
    if (
        tokens[number].text in {"=", "!="}
        and right.kind in {"iri", "name"}
        and tokens[number + 2].text == ")"
    ):
        return tokens[number - 1].kind == "variable"
    left = _function_before(tokens, number)
    if left in _STRING_FUNCTIONS:
        return right.text.upper() in _STRING_FUNCTIONS
    return left == "STRLEN" and right.kind == "number" and right.text.isdecimal()


def _function_before(tokens: Sequence[Token], number: int) -> str:
    """Return the name of the function whose closing bracket comes before a token."""
    depth = 0
    for position in range(number - 1, 0, -1):
        depth += (tokens[position].text == ")") - (tokens[position].text == "(")
        if depth == 0:
            return tokens[position - 1].text.upper() if position < number - 1 else ""
    return ""


def about(query: str, asked: Callable[[str], str]) -> str:
    """Return a query that gives those rows only whose ``?value`` is asked about, where that is easy.

    It is easy for ``SELECT DISTINCT $this (?focus AS ?value) … WHERE { … }`` without OPTIONAL and counts, as
    ``both_engines_agree`` requires: a pattern at the beginning names the nodes, and pyoxigraph starts there.

    Args:
        query: a query that both engines answer alike, without its prologue.
        asked: returns the pattern that a variable fits if it is asked about.
    """
    match = _ABOUT.match(query)
    if match is None:
        return query
    pattern = f" {asked(match['variable'])} "
    # Also in a group at the beginning, which would be evaluated by itself.
    inner = f"{{{pattern}" if match["inner"] else ""
    return f"{match['head']}{pattern}{inner}{query[match.end() :]}"


@lru_cache(maxsize=500)
def with_path(query: str, path: str) -> str:
    """Return a query with the path of its shape in the place of ``$PATH``.

    Raises:
        ShapeError: the shape has no path.
    """
    parts, end = [], 0
    text = read(query)
    for token in text.tokens:
        if token.kind == "variable" and token.text[1:] == "PATH":
            if not path:
                raise ShapeError("the query uses $PATH, but the shape has no sh:path")
            parts += [text.sparql[end : token.start], path]
            end = token.end
    return "".join(parts) + text.sparql[end:]


@lru_cache(maxsize=500)
def forbidden(sparql: str, bound: frozenset[str] = _PRE_BOUND) -> str:
    """Return what SHACL forbids in a query (SHACL 1.0, section 5.2.1 and appendix A), or an empty text.

    Args:
        sparql: the query of a constraint or validator.
        bound: the variables that have a value before the query is evaluated.
    """
    tokens = read(_expanded(sparql)).tokens
    for number, (kind, text, _) in enumerate(tokens):
        word = text.upper() if kind == "word" else ""
        if word in _FORBIDDEN:
            remedy = "FILTER NOT EXISTS" if word == "MINUS" else "FILTER with IN"
            return f"SHACL allows no {word} in a constraint. Use {remedy}."
        if word == "AS" and number + 1 < len(tokens) and tokens[number + 1].text[1:] in bound:
            return f"AS gives {tokens[number + 1].text} a value, but SHACL gives it one already. Use another."
        nested = word == "SELECT" and number > 0 and tokens[number - 1].text == "{"
        if nested and "this" not in _projected(tokens[number + 1 :]):
            return "a subquery does not select $this, which SHACL requires. Add $this to its SELECT."
        if kind == "variable" and text[1:] == "shapesGraph":
            return "$shapesGraph is not supported. Ask about the data only."
    return ""


def _projected(tokens: Sequence[Token]) -> set[str]:
    names, depth = set(), 0
    for kind, text, _ in tokens:
        if text == "{" or text.upper() == "WHERE":
            break
        depth += (text == "(") - (text == ")")
        if kind == "variable" and depth == 0:
            names.add(text[1:])
    return names


def require_no_external_access(shapes: Graph, positions: Mapping[Triple, Position]) -> None:
    """Raise if a query in the shapes could call an endpoint or load a graph.

    Raises:
        ShapeError: a query could, or a declared prefix or namespace is malformed; the message has a line
            for each, with file and line.
    """
    prologue = _prologue(shapes)
    problems = sorted(
        (position, f"{position}: {message}")
        for triple in shapes
        if (message := _problem(shapes, triple, prologue)) and (position := positions[triple])
    )
    if problems:
        raise ShapeError("\n".join(message for _, message in problems))


def _problem(shapes: Graph, triple: Triple, prologue: str) -> str:
    subject, predicate, node = triple
    # Both engines get these as text, so anything more than a prefix would become a part of the query.
    if predicate == SH.prefix and not _PREFIX.fullmatch(str(node)):
        return "sh:prefix is not a prefix. Write letters and digits."
    if predicate == SH.namespace and not _NAMESPACE.fullmatch(str(node)):
        return "sh:namespace is not the beginning of an IRI. Remove the characters that an IRI cannot have."
    if predicate in _TEXTS:
        return _external_access(str(node), prologue) or _forbidden_in(shapes, subject, str(node))
    return ""


def _forbidden_in(shapes: Graph, subject: Node, sparql: str) -> str:
    """Return what the query of a constraint, or of a component's validator, must not contain."""
    constrained = sorted(shapes.subjects(SH.sparql, subject), key=str)
    validated = [
        node
        for term in (SH.validator, SH.nodeValidator, SH.propertyValidator)
        for node in shapes.subjects(term, subject)
    ]
    if not constrained and not validated:
        return ""
    message = forbidden(sparql, _PRE_BOUND | {"value"} if validated else _PRE_BOUND)
    return message and f"the query of {(constrained or validated)[0]}: {message}"


def _external_access(sparql: str, prologue: str) -> str:
    """Return how a query reaches beyond the data; an empty text if it does not.

    Most queries have neither word, and are not parsed.
    """
    # rdflib compares keywords in capitals, which turns ſ into S and ı into I.
    capitals = _expanded(sparql).upper()
    if "FROM" in capitals and any(token.text.upper() == "FROM" for token in read(sparql).tokens):
        return f"the query names graphs to load (FROM). {_REMEDY}"
    if "SERVICE" not in capitals:
        return ""
    query = read(prologue + sparql)
    try:
        guard.check_depth(query, Limits())
        guard.check_no_service(query)
        if _calls_in_rdflib(query):
            raise ServiceRefusedError(_NO_CALLS)
    except QueryError as error:
        place = "" if error.line is None else f", line {error.line}"
        return f"the query{place}: {error.message}. {_REMEDY}"
    return ""


def _expanded(sparql: str) -> str:
    try:
        return expandUnicodeEscapes(sparql)
    except ValueError:
        return sparql  # an escape of no character, which the parsers refuse


def _calls_in_rdflib(query: QueryText) -> bool:
    try:
        parsed = parseQuery(query.sparql)
    except Exception as error:  # it raises many kinds
        raise QueryError(f"not a query: {error}") from error
    return any(part.name == "ServiceGraphPattern" for part in _parts(parsed))


def _parts(parsed: object) -> Iterator[CompValue]:
    waiting = [parsed]
    while waiting:
        part = waiting.pop()
        if isinstance(part, CompValue):
            yield part
            waiting.extend(part.values())
        elif hasattr(part, "__iter__") and not isinstance(part, str):
            waiting.extend(part)


def _prologue(shapes: Graph) -> str:
    """Return a declaration of each prefix that a shape declares, without malformed ones."""
    lines = set()
    for node, prefix in shapes.subject_objects(SH.prefix):
        namespace = shapes.value(node, SH.namespace)
        if namespace is not None and _PREFIX.fullmatch(str(prefix)) and _NAMESPACE.fullmatch(str(namespace)):
            lines.add(f"PREFIX {prefix}: <{namespace}>")
    return " ".join(sorted(lines)) + " "


@contextmanager
def external_access_disabled() -> Iterator[None]:
    """Keep rdflib from loading graphs and calling endpoints inside the block."""
    loads, calls = rdflib.plugins.sparql.SPARQL_LOAD_GRAPHS, rdflib.plugins.sparql.CUSTOM_EVALS
    kept = calls.get(_NO_CALL)
    rdflib.plugins.sparql.SPARQL_LOAD_GRAPHS = False
    calls[_NO_CALL] = _refuse_call
    try:
        yield
    finally:
        rdflib.plugins.sparql.SPARQL_LOAD_GRAPHS = loads
        if kept is None:
            del calls[_NO_CALL]


def _refuse_call(_: QueryContext, part: CompValue) -> Node:
    if part.name == "ServiceGraphPattern":
        raise ShapeError(f"ontology/shapes.ttl: a query: {_NO_CALLS}. {_REMEDY}")
    raise NotImplementedError  # so rdflib evaluates every other part itself
