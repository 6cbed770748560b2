"""Suggestions for misspelt words: the nearest prefix, keyword or name of ours to one that does not exist."""

from collections.abc import Iterable
from functools import lru_cache

from pyoxigraph import NamedNode, QuerySolutions, Store

from cstokg import namespaces
from cstokg.engine import syntax_errors
from cstokg.engine.query_text import QueryText

KNOWN_NAMES = f"""\
SELECT DISTINCT ?iri {{
  {{ ?iri ?p ?o }} UNION {{ ?s ?iri ?o }} UNION {{ ?s ?p ?iri }} UNION {{ GRAPH ?iri {{ ?s ?p ?o }} }}
  FILTER (isIRI(?iri) && STRSTARTS(STR(?iri), "{namespaces.BASE}"))
}}
"""
_KEYWORDS = (
    *("SELECT", "DISTINCT", "REDUCED", "ASK", "CONSTRUCT", "DESCRIBE", "WHERE", "FROM", "NAMED", "PREFIX"),
    *("BASE", "OPTIONAL", "UNION", "MINUS", "FILTER", "BIND", "VALUES", "GRAPH", "EXISTS", "NOT", "ORDER"),
    *("GROUP", "HAVING", "LIMIT", "OFFSET", "COUNT", "SAMPLE", "GROUP_CONCAT", "SEPARATOR", "LANGMATCHES"),
    *("REGEX", "BOUND", "COALESCE", "CONTAINS", "STRSTARTS", "STRENDS", "STRAFTER", "STRBEFORE", "CONCAT"),
    *("REPLACE", "SUBSTR", "STRLEN", "UCASE", "LCASE", "DATATYPE", "LANG", "ISIRI", "ISLITERAL", "ISBLANK"),
    *("YEAR", "MONTH", "HOURS", "MINUTES", "SECONDS", "UNDEF"),
)
# The least likeness, from 0 to 100: for a single suggestion, and for each name in a list to choose from.
_MIN_LIKENESS, _MIN_LIKENESS_IN_LIST = 70, 55
_MAX_SUGGESTIONS = 3
_MIN_LENGTH = 3
_MAX_LENGTH = 200  # characters; longer names are not typed by hand


def at(query: QueryText, line: int, column: int) -> str:
    """Return the keyword or prefix that the word at a line and column may mean; empty if none is near."""
    offset = syntax_errors.offset_of(query.sparql, line, column)
    token = next((token for token in query.tokens if token.start == offset), None)
    if token is None or token.kind not in ("word", "name"):
        return ""
    if token.kind == "word":
        word = token.text.upper()
        return "" if word in _KEYWORDS else "".join(nearest(word, _KEYWORDS, 1, _MIN_LIKENESS))
    prefix = token.text.partition(":")[0]
    prefixes = query.known_prefixes
    near = "" if prefix in prefixes else "".join(nearest(prefix, prefixes, 1, _MIN_LIKENESS))
    return near and f"{near}:"


def unknown_names(query: QueryText, store: Store) -> tuple[tuple[str, str], ...]:
    """Return the first names of ours in a query that the data lack, each with the nearest name in the data.

    Such a query is valid and so is its answer, but a misspelt name matches nothing.
    """
    unknown = [iri for iri in dict.fromkeys(query.own_names()) if not is_known(iri, store)][:_MAX_SUGGESTIONS]
    if not unknown:
        return ()
    names_of_data = known_names(store)
    pairs = [(namespaces.shorten(iri), nearest_name(iri, names_of_data)) for iri in unknown]
    return tuple((name, near) for name, near in pairs if near)


def is_known(iri: str, store: Store) -> bool:
    """Return whether the data have an IRI, in any place of a quad."""
    try:
        node = NamedNode(iri)
    except ValueError:
        return False
    patterns = (
        (node, None, None, None),
        (None, node, None, None),
        (None, None, node, None),
        (None, None, None, node),
    )
    return any(next(iter(store.quads_for_pattern(*pattern)), None) is not None for pattern in patterns)


@lru_cache(maxsize=1)
def known_names(store: Store) -> frozenset[str]:
    """Return the IRIs of ours in the data; read once for each store, in a time proportional to its size."""
    result = store.query(KNOWN_NAMES)
    return frozenset(row[0].value for row in result) if isinstance(result, QuerySolutions) else frozenset()


def nearest_name(iri: str, names: Iterable[str]) -> str:
    """Return the nearest of some names to an IRI, as ``prefix:name``; empty if none is near.

    Only names in the namespace of the IRI are compared.
    """
    namespace = namespaces.CKG if iri.startswith(namespaces.CKG) else iri[: iri.rfind("/") + 1]
    local_names = [name[len(namespace) :] for name in names if name.startswith(namespace)]
    near = "".join(nearest(iri.removeprefix(namespace), local_names, 1, _MIN_LIKENESS))
    return namespaces.shorten(namespace + near) if near else ""


def nearest(
    name: str, choices: Iterable[str], limit: int = _MAX_SUGGESTIONS, least: int = _MIN_LIKENESS_IN_LIST
) -> list[str]:
    """Return the choices that are spelled most like a name, the nearest first; none if all differ much.

    Upper and lower case count as the same. ``least`` is a likeness from 0 to 100.
    """
    if not _MIN_LENGTH <= len(name) <= _MAX_LENGTH:
        return []
    # Imported here, because most requests have nothing misspelt.
    from rapidfuzz import fuzz, process

    matches = process.extract(
        name, sorted(choices), scorer=fuzz.ratio, processor=str.lower, score_cutoff=least, limit=limit
    )
    return [choice for choice, _, _ in matches]
