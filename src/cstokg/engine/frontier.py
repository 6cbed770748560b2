r"""How far the parser got with a text that is no query.

pyoxigraph's parser compares a word with a keyword by taking as many characters as the keyword has,
and reports where those end. In an expression, where it tries dozens of keywords, that is up to
fourteen characters behind the mistake, or the end of the text. So it is asked again, with the text
broken off before a token and followed by more blanks than any keyword has letters: if it reports
the place behind the blanks, it could read all that stands before them.
"""

import re
from dataclasses import dataclass

from pyoxigraph import Store

from cstokg.engine import prologue

_REPORT = re.compile(r"error at (\d+):(\d+): expected (?:one of )?(.*)", re.DOTALL)
_CHARACTERS = re.compile(r"\[(?:[^\]\[]|'\['|'\]')*\]")
_SERVICE = re.compile("service", re.IGNORECASE)
# White space and comments are no tokens; a word is one however many the grammar sees in it.
TOKENS = re.compile(
    r"[ \t\r\n]+|#[^\r\n]*|("
    r'"""(?:[^"\\]|\\.|"(?!""))*"""'
    r"|'''(?:[^'\\]|\\.|'(?!''))*'''"
    r'|"(?:[^"\\\n\r]|\\.)*"'
    r"|'(?:[^'\\\n\r]|\\.)*'"
    r"|<[^<>\"{}|^`\\\x00-\x20]*>"
    r"|[?$]?(?:[\w:.%-]|\\.)+"
    r"|&&|\|\||\^\^|<<|>>|[<>!]="
    r"|.)",
    re.DOTALL,
)
_BLANKS = "\n" + " " * 40
_LOOKED_AT = 24  # tokens; more than can stand in the letters of a keyword


@dataclass(frozen=True, slots=True)
class Report:
    """What the parser says of a text.

    Attributes:
        offset: behind the text that it looked at.
        expected: what it tried there: signs in quotation marks, keywords, reasons in words.
    """

    offset: int
    expected: tuple[str, ...]

    @property
    def signs(self) -> list[str]:
        """The signs that would have fitted, in quotation marks."""
        return [item for item in self.expected if item.startswith('"')]

    @property
    def reasons(self) -> list[str]:
        """What is wrong beyond the grammar, in the parser's words."""
        return [item for item in self.expected if " " in item and not item.startswith('"')]


def read(error: SyntaxError, text: str) -> Report | None:
    """What the parser reports of a text; None if that is no place."""
    report = _REPORT.fullmatch(str(error))
    if report is None:
        return None
    items = (item.strip() for item in _CHARACTERS.sub("", report[3]).split(", "))
    expected = tuple(item for item in items if item.strip(" ,|\n"))
    return Report(offset_of(text, int(report[1]), int(report[2])), expected)


def furthest(sparql: str, reported: int) -> int | None:
    """The offset of the first token that the parser cannot read after what stands before it.

    It is the end of the text if that breaks off. It is sought backwards from the place that the parser
    reported; None if it is not found among the last tokens.
    """
    starts = [*(match.start(1) for match in TOKENS.finditer(sparql) if match[1]), len(sparql)]
    prefixes = prologue.known_prefixes(sparql)
    for start in [start for start in starts if start <= reported][: -_LOOKED_AT - 1 : -1]:
        # A null character fits nowhere here, so this is never a query that runs.
        report = _ask(f"{sparql[:start]}{_BLANKS}\0", prefixes)
        if report and report.offset >= start + len(_BLANKS):
            return start
    return None


def expected_at(sparql: str, offset: int) -> Report:
    """What would have fitted at an offset that the parser reaches, as far as that can be told."""
    if _SERVICE.search(sparql):
        return Report(offset, ())  # what stands before may be a query, which would call
    report = _ask(sparql[:offset], prologue.known_prefixes(sparql))
    return report if report and report.offset == offset else Report(offset, ())


def offset_of(text: str, line: int, column: int) -> int:
    """The offset of a line and column, both counted from 1."""
    before = text.split("\n")[: line - 1]
    return min(len(text), sum(len(row) + 1 for row in before) + column - 1)


def _ask(text: str, prefixes: dict[str, str]) -> Report | None:
    try:
        Store().query(text, base_iri=prologue.BASE_IRI, prefixes=prefixes)
    except SyntaxError as error:
        return read(error, text)
    return None
