"""CSV for spreadsheets, which guess: the encoding, and that a cell with a leading sign is a formula."""

import csv
import io

from pyoxigraph import BlankNode, Literal, NamedNode, QuerySolutions, Triple

from cstokg.names import PREFIXES

BYTE_ORDER_MARK = b"\xef\xbb\xbf"

_NUMBERS = frozenset(
    NamedNode(PREFIXES["xsd"] + name) for name in ("integer", "decimal", "double", "float", "long", "int")
)
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%")


def write(solutions: QuerySolutions) -> tuple[bytes, int]:
    """The rows, and how many there are.

    As the standard CSV (SPARQL 1.1 Query Results CSV and TSV, section 3) behind a byte order mark,
    with an apostrophe before a text that a spreadsheet would run; numbers keep their signs.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(variable.value for variable in solutions.variables)
    count = 0
    for count, solution in enumerate(solutions, 1):  # noqa: B007 - the last number is the answer
        writer.writerow([_cell(term) for term in solution])
    return BYTE_ORDER_MARK + text.getvalue().encode(), count


def _cell(term: NamedNode | BlankNode | Literal | Triple | None) -> str:
    if term is None:
        return ""
    if not isinstance(term, Literal):
        return term.value if isinstance(term, NamedNode) else str(term)
    harmless = term.datatype in _NUMBERS or not term.value.startswith(_FORMULA)
    return term.value if harmless else f"'{term.value}"
