"""``SELECT *``: its columns in the order in which the query writes them.

pyoxigraph sorts them by name. SPARQL 1.1 leaves the order open (section 16.1), and whoever wrote the
query expects that of the text. So the star becomes the list of the variables: which ones the parser
says, in what order the text.
"""

import re

from pyoxigraph import QuerySolutions, Store

from cstokg.engine import prologue, scan

_GAP = r"(?:[ \t\r\n]|#[^\r\n]*)*"
_STAR = re.compile(rf"SELECT{_GAP}(?:(?:DISTINCT|REDUCED){_GAP})?\*", re.IGNORECASE)


def in_written_order(sparql: str) -> str:
    """The same query with its star written out; any other query comes back as it is.

    Raises:
        SyntaxError: the text is not a query.
    """
    if "*" not in sparql:
        return sparql
    start = prologue.read(sparql).end
    match = _STAR.match(sparql, start)
    if match is None:
        return sparql
    sorted_names = _columns(sparql)
    if len(sorted_names) < 2:
        return sparql
    written = [name for name in scan.variables(sparql) if name in sorted_names]
    # What the scan has overlooked comes last.
    ordered = list(dict.fromkeys([*written, *sorted_names]))
    if ordered == sorted_names:
        return sparql
    star = match.end() - 1
    # On the same line, so that a place in the new text is a place in the old one or near it.
    spelled_out = sparql[:star] + " ".join(["", *(f"?{name}" for name in ordered), ""]) + sparql[star + 1 :]
    return spelled_out if sorted(_columns(spelled_out)) == sorted(sorted_names) else sparql


def _columns(sparql: str) -> list[str]:
    result = Store().query(sparql, base_iri=prologue.BASE_IRI, prefixes=prologue.known_prefixes(sparql))
    return [variable.value for variable in result.variables] if isinstance(result, QuerySolutions) else []
