"""Rewrite queries that pyoxigraph would answer differently from SPARQL 1.1, before they are parsed.

What cannot be corrected is refused or is listed in ``sparql_deviations.toml``, so that no wrong answer is
given silently. A query is rewritten only if it holds a construct in question and the parser has accepted it
as it was written, so that errors are always about the text of the user.
"""

import itertools
import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pyoxigraph import NamedNode, Store

from cstokg.engine.query_text import Token, UnreadableError, joined
from cstokg.engine.rewriting import python_functions
from cstokg.engine.rewriting.query_rewriting import rewrite

Function = Callable[..., Any]

# Words and signs at which pyoxigraph may be wrong. A query with none of them stays as it is.
_SUSPECT_WORDS = ("GRAPH", "GROUP_CONCAT", "REPLACE", "REGEX", "BNODE")
_SUSPECT_PARTS = ("|", "*", "!", "\\", *_SUSPECT_WORDS, "URATION", "NAN", "TRUE", "FALSE")
_PATH_MARK = re.compile(r"\?(?!\w)")  # a question mark that begins no variable
_VARIABLE = re.compile(r"[?$]\w++")
_BOOLEANS = frozenset({"true", "false"})
_LONG_NUMBER = re.compile(r"[0-9.]{18}")
_NUMBER_STARTS = frozenset("\"'.0123456789")
_TEXT_OF = operator.itemgetter(1)
_PATH_SIGNS = frozenset({"|", "*", "?", "!"})
_ORDERINGS = frozenset({"<", ">", "<=", ">="})


@dataclass(frozen=True, slots=True)
class Corrected:
    """A query to hand to ``Store.query`` with the functions that its text calls."""

    sparql: str
    custom_functions: Mapping[NamedNode, Function] = field(default_factory=dict)
    custom_aggregate_functions: Mapping[NamedNode, Function] = field(default_factory=dict)


def apply(
    sparql: str,
    tokens: Sequence[Token],
    store: Store | None = None,
    *,
    exact: bool = False,
    named_graphs: Sequence[str] | None = None,
    base_iri: str | None = None,
    prefixes: Mapping[str, str] | None = None,
) -> Corrected:
    """Return the query with its corrections; the same text if it needs none.

    ``exact`` says that the data hold numbers or other values that pyoxigraph's operators do not know
    (see ``lexical_forms``). ``named_graphs`` are those that the request gives beside the query, None
    for those of the query or of the store. A text that does not parse comes back as it is.

    Raises:
        UnsupportedQueryError: it would be answered wrongly and cannot be corrected.
    """
    if not exact and not _is_suspect(sparql, tokens):
        return Corrected(sparql)
    if "SERVICE" in sparql.upper() and any(token.text.upper() == "SERVICE" for token in tokens):
        # Parsing such a query could call the endpoint.
        return Corrected(sparql)
    options: dict[str, Any] = {"base_iri": base_iri, "prefixes": dict(prefixes or {})}
    if not _parses(sparql, options):
        tokens = _without_repeated_columns(tokens)
        sparql_once = joined(tokens)
        if not _parses(sparql_once, options):
            return Corrected(sparql)
        sparql = sparql_once
    exact = exact or _needs_exact_operators(tokens, set(map(_TEXT_OF, tokens)), sparql.upper())
    try:
        text = rewrite(tokens, store, exact, named_graphs, options)
    except UnreadableError:
        # Syntax beyond SPARQL 1.1, such as annotations.
        return Corrected(sparql)
    if text is None or not _parses(text, options):
        return Corrected(sparql)
    return Corrected(text, **python_functions.QUERY_OPTIONS)


def may_be_needed(sparql: str, uppercase: str) -> bool:
    """Return whether a text may need a correction: a quick test of its words, which may say so needlessly."""
    for part in _SUSPECT_PARTS:
        if part in uppercase:
            return True
    if _PATH_MARK.search(sparql) or _LONG_NUMBER.search(sparql):
        return True
    start = uppercase.find("SELECT")
    columns = _VARIABLE.findall(sparql, start, max(start, sparql.find("{", start)))
    return len(set(columns)) != len(columns) or uppercase.count("SELECT") > 1


def _is_suspect(sparql: str, tokens: Sequence[Token]) -> bool:
    # It may be wrong about a harmless query, but must not miss a construct in question. It has to be fast.
    texts = set(map(_TEXT_OF, tokens))
    upper = sparql.upper()
    if any(word in upper for word in _SUSPECT_WORDS):
        return True
    if not _PATH_SIGNS.isdisjoint(texts) and _has_path(tokens):
        return True
    return _needs_exact_operators(tokens, texts, upper) or _has_repeated_column(
        tokens, upper.count("SELECT") > 1
    )


def _has_path(tokens: Sequence[Token]) -> bool:
    for before, token in itertools.pairwise(tokens):
        if token[1] in _PATH_SIGNS and (before[0] in ("iri", "name") or before[1] in ("a", ")")):
            return True
        if before[1] == "!" and (token[0] in ("iri", "name") or token[1] in ("(", "^", "a")):
            return True
    return False


def _needs_exact_operators(tokens: Sequence[Token], texts: set[str], upper: str) -> bool:
    """Return whether a query names values that pyoxigraph's operators do not know."""
    if "URATION" in upper or "NAN" in upper:
        return True
    if _LONG_NUMBER.search(upper) and any(
        len(text) >= 18 and text[0] in _NUMBER_STARTS and _LONG_NUMBER.search(text) for text in texts
    ):
        return True
    if _BOOLEANS.isdisjoint(texts) or _ORDERINGS.isdisjoint(texts):
        return False
    # COALESCE(?day <= ?end, true) orders no booleans; a comparison with one does, and a table of them may.
    in_table = _BOOLEANS | {"{", "("} if "VALUES" in upper else frozenset()
    return any(
        (after[1] in _BOOLEANS and (before[1] in _ORDERINGS or before[1] in in_table))
        or (before[1] in _BOOLEANS and after[1] in _ORDERINGS)
        for before, after in itertools.pairwise(tokens)
    )


def _has_repeated_column(tokens: Sequence[Token], nested: bool) -> bool:
    if not nested:
        end = next((number for number, token in enumerate(tokens) if token[1] == "{"), len(tokens))
        tokens = tokens[:end]
    return len(_without_repeated_columns(tokens)) != len(tokens)


def _without_repeated_columns(tokens: Sequence[Token]) -> Sequence[Token]:
    """Return the tokens without each plain variable that its SELECT clause has named before."""
    kept: list[Token] = []
    columns: set[str] | None = None  # those named so far; None outside a SELECT clause
    depth = 0
    for token in tokens:
        kind, text, _ = token
        if kind == "word" and text.upper() == "SELECT":
            columns, depth = set(), 0
        elif columns is not None:
            if text == "(":
                depth += 1
            elif text == ")":
                depth -= 1
            elif depth == 0 and kind == "variable":
                if text[1:] in columns:
                    continue
                columns.add(text[1:])
            elif depth == 0 and not (kind == "word" and text.upper() in ("DISTINCT", "REDUCED")):
                columns = None
        kept.append(token)
    return kept


def _parses(sparql: str, options: dict[str, Any]) -> bool:
    try:
        Store().query(sparql, **options, **python_functions.QUERY_OPTIONS)
    except SyntaxError:
        return False
    except (OSError, RuntimeError, ValueError):
        return True
    return True
