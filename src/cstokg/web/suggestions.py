"""What somebody may have meant: the nearest prefix, keyword or name of ours to one that does not exist."""

import json
import re
from collections.abc import Iterable

from cstokg import names
from cstokg.engine import (
    Engine,
    MemoryExceededError,
    QueryError,
    QueryTimeoutError,
    ResultTooLargeError,
    prologue,
    syntax,
)

_JSON = "application/sparql-results+json"
_KNOWN = f"""\
SELECT DISTINCT ?iri {{
  {{ ?iri ?p ?o }} UNION {{ ?s ?iri ?o }} UNION {{ ?s ?p ?iri }} UNION {{ GRAPH ?iri {{ ?s ?p ?o }} }}
  FILTER (isIRI(?iri) && STRSTARTS(STR(?iri), "{names.BASE}"))
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
_WORD = re.compile(r"[A-Za-z_][\w.-]*:?")
_NAMES = re.compile(
    r'"""(?:[^"\\]|\\.|"(?!""))*"""|\'\'\'(?:[^\'\\]|\\.|\'(?!\'\'))*\'\'\''
    r'|"(?:[^"\\\r\n]|\\.)*"|\'(?:[^\'\\\r\n]|\\.)*\''
    r'|<(?P<iri>[^<>"{}|^`\\\x00-\x20]*)>'
    r"|#[^\r\n]*|[?$]\w+"
    r"|(?P<prefix>[A-Za-z][\w.-]*)?:(?P<local>[\w-]+(?:\.[\w-]+)*)",
    re.DOTALL,
)
_SECONDS = 2.0  # that the names may take; whoever asked something else waits for them
_LASTING = (QueryTimeoutError, MemoryExceededError, ResultTooLargeError)  # asking again would change nothing
_LEAST = 70  # of 100; below this the likeness is chance
_MOST = 3
_SHORTEST = 3


class Suggestions:
    """Knows the names in the data, which are read once for each release, when they are first needed."""

    def __init__(self, engine: Engine) -> None:
        """Suggest names that this engine's data have."""
        self._engine = engine
        self._known: tuple[str, frozenset[str] | QueryError] | None = None

    def at(self, sparql: str, line: int, column: int) -> str:
        """What was meant by the word at a line and column; empty if nothing is near."""
        word = _WORD.match(sparql, syntax.offset_of(sparql, line, column))
        if word is None:
            return ""
        if word[0].endswith(":"):
            prefixes = prologue.read(sparql).prefixes
            name = word[0][:-1]
            return "" if name in prefixes else _nearest(name, prefixes, ":")
        return "" if word[0].upper() in _KEYWORDS else _nearest(word[0].upper(), _KEYWORDS)

    def unknown_names(self, sparql: str) -> list[tuple[str, str]]:
        """The first names of ours in a query that the data do not have, each with the nearest that they have.

        The query is right and its answer too, but a misspelt name finds nothing.
        """
        asked = list(dict.fromkeys(_ours(sparql)))
        try:
            unknown = [iri for iri in asked if not self.knows(iri)][:_MOST]
            found = [(names.shorten(iri), self.nearest(iri)) for iri in unknown]
        except QueryError:
            return []
        return [(name, near) for name, near in found if near]

    def knows(self, iri: str) -> bool:
        """Whether the data have an IRI of ours.

        Raises:
            QueryError: the engine does not answer.
        """
        return iri in self._names()

    def nearest(self, iri: str) -> str:
        """The name of ours that comes nearest to an IRI, as ``prefix:name``; empty if none is near.

        Raises:
            QueryError: the engine does not answer.
        """
        near = _nearest_iri(iri, self._names())
        return names.shorten(near) if near else ""

    def _names(self) -> frozenset[str]:
        version = self._engine.version
        if self._known is None or self._known[0] != version:
            try:
                rows = json.loads(self._engine.query(_KNOWN, _JSON, timeout=_SECONDS).body)["results"][
                    "bindings"
                ]
                self._known = version, frozenset(row["iri"]["value"] for row in rows)
            except _LASTING as error:
                self._known = version, error
        found = self._known[1]
        if isinstance(found, QueryError):
            raise found
        return found


def _ours(sparql: str) -> Iterable[str]:
    declared = prologue.read(sparql)
    for found in _NAMES.finditer(sparql, declared.end):
        iri = found["iri"]
        if found["local"]:
            iri = declared.prefixes.get(found["prefix"] or "", "") + found["local"]
        if iri and iri.startswith(names.BASE) and iri != names.BASE:
            yield iri


def _nearest_iri(iri: str, known: Iterable[str]) -> str:
    space = names.CKG if iri.startswith(names.CKG) else iri[: iri.rfind("/") + 1]
    near = _nearest(iri.removeprefix(space), [name[len(space) :] for name in known if name.startswith(space)])
    return space + near if near else ""


def _nearest(word: str, choices: Iterable[str], suffix: str = "") -> str:
    # Imported when first needed: most requests have nothing misspelt.
    from rapidfuzz import fuzz, process

    ordered = sorted(choices)
    found = process.extractOne(word, ordered, scorer=fuzz.ratio, processor=str.lower, score_cutoff=_LEAST)
    if found is None or len(word) < _SHORTEST:
        return ""
    return found[0] + suffix
