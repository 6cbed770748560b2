r"""Where and why a text does not parse, in plain words.

pyoxigraph's parser compares a word with a keyword by taking as many characters as the keyword has,
and reports where those end. In an expression, where it tries dozens of keywords, that is up to
fourteen characters after the mistake, or the end of the text. So the parser is asked again, with the
text cut off before a token and followed by more blanks than any keyword has letters: if it reports
the place after the blanks, it could read everything before them. The longer the text, the fewer
attempts are made, so that no text takes long.
"""

import re
from dataclasses import dataclass

from pyoxigraph import Store

from cstokg.engine.query_text import BASE_IRI, PREFIXES, QueryText, Token
from cstokg.errors import MalformedQueryError, UnknownFunctionError

_REPORT = re.compile(r"error at (\d++):(\d++): expected (?:one of )?+(.*)", re.DOTALL)
_CHARACTERS = re.compile(r"\[(?:'\['|'\]'|[^\]\[])*+\]")
_WITHOUT_BLANK = frozenset({"COALESCE", "CONCAT"})
_SPACED = re.compile(r"(COALESCE|CONCAT)\s", re.IGNORECASE)
_QUOTES = {"'": '"\'"', '"': '"\\""'}  # as the parser names them
_ESCAPE = '"\\\\"'
_MAX_SIGNS_SHOWN = 4
_EXCERPT_LENGTH = 40

_BLANKS = "\n" + " " * 40
_MAX_TOKENS_TRIED = 24  # tokens; more than can stand in the letters of a keyword
_MAX_CHARACTERS_PARSED = 400_000  # characters that may be parsed to find one mistake

# What stands before an expression, beside the keywords: a call may follow.
_BEFORE_EXPRESSION = frozenset(
    {"(", ",", "!", "=", "!=", "<", ">", "<=", ">=", "+", "-", "*", "/", "&&", "||"}
)
_EXPRESSION_KEYWORDS = frozenset({"FILTER", "HAVING", "BY", "ASC", "DESC", "DISTINCT", "IN"})


@dataclass(frozen=True, slots=True)
class ParserReport:
    """What the parser says of a text.

    Attributes:
        offset: after the text that it looked at.
        expected: what it tried there: signs in quotation marks, keywords, reasons in words.
    """

    offset: int
    expected: tuple[str, ...] = ()

    @property
    def signs(self) -> list[str]:
        """Return the signs that would have fitted."""
        return [item for item in self.expected if item.startswith('"')]

    @property
    def reasons(self) -> list[str]:
        """Return what is wrong, in words, if it is not a matter of grammar."""
        return [item for item in self.expected if " " in item and not item.startswith('"')]


def explain(error: SyntaxError, query: QueryText, shown: str = "") -> MalformedQueryError:
    """Return the parser's message in plain words, at the place where the reader has to look.

    Args:
        error: what the parser raised.
        query: the text that it was given.
        shown: the text to quote from, if not the query's; it has the same length.
    """
    sparql = query.sparql
    shown = shown or sparql
    report = _read(error, sparql)
    if report is None:
        return MalformedQueryError(str(error))
    token = _furthest(query, report.offset)
    if token is None:
        what = "a string is not closed" if _ESCAPE in report.signs else "something does not fit"
        return MalformedQueryError(f"{what}, before this place", *place(sparql, report.offset))
    offset = token.start
    if token.kind == "name" and (undeclared := _undeclared(query, token)):
        message = f"the prefix {undeclared}: is not declared; add PREFIX {undeclared}: <…> at the top"
        return MalformedQueryError(message, *place(sparql, offset))
    if report.reasons:
        return MalformedQueryError("; ".join(report.reasons), *place(sparql, report.offset))
    if unknown := _unknown_call(query, token):
        return UnknownFunctionError(unknown[0], *place(sparql, unknown[1].start))
    expected = _expected_at(query, offset)
    if '">"' in expected.signs and '"<"' not in expected.signs:
        offset = sparql.rfind("<", 0, offset)  # within an IRI nothing but its end is expected
    message = _message(shown, offset, expected)
    if offset == query.body:
        message += ". After its prefixes a query begins with SELECT, ASK, CONSTRUCT or DESCRIBE"
    return MalformedQueryError(message, *place(sparql, offset))


def place(text: str, offset: int) -> tuple[int, int]:
    """Return the line and column of an offset, both counted from 1."""
    before = text[:offset]
    return before.count("\n") + 1, offset - (before.rfind("\n") + 1) + 1


def offset_of(text: str, line: int, column: int) -> int:
    """Return the offset of a line and column, both counted from 1."""
    *before, rest = text.split("\n", line - 1)
    return min(len(text), len(text) - len(rest) + column - 1) if len(before) == line - 1 else len(text)


def _read(error: SyntaxError, text: str) -> ParserReport | None:
    """Return what the parser says of a text; None if it names no place."""
    report = _REPORT.fullmatch(str(error))
    if report is None:
        return None
    items = (item.strip() for item in _CHARACTERS.sub("", report[3]).split(", "))
    expected = tuple(item for item in items if item.strip(" ,|\n"))
    return ParserReport(offset_of(text, int(report[1]), int(report[2])), expected)


def _furthest(query: QueryText, reported: int) -> Token | None:
    """Return the first token that the parser cannot read; None if it is not among the tokens tried.

    If the text breaks off, it is an empty token at the end. The tokens are tried backwards from the place
    that the parser reported.
    """
    sparql = query.sparql
    candidates = [token for token in query.tokens if token.start <= reported]
    if reported >= len(sparql):
        candidates.append(Token("end", "", len(sparql)))
    tries = max(4, min(_MAX_TOKENS_TRIED, _MAX_CHARACTERS_PARSED // (len(sparql) + 1)))
    for token in candidates[: -tries - 1 : -1]:
        # A null character fits nowhere here, so this is never a query that runs.
        report = _ask(f"{sparql[: token.start]}{_BLANKS}\0")
        if report and report.offset >= token.start + len(_BLANKS):
            return token
    return None


def _expected_at(query: QueryText, offset: int) -> ParserReport:
    """Return what would have fitted at an offset that the parser reaches, where it says so."""
    braces = [token.text for token in query.tokens if token.start < offset and token.text in ("{", "}")]
    if braces and braces.count("{") <= braces.count("}"):
        return ParserReport(offset)  # what stands before may be a query, which would run
    report = _ask(query.sparql[:offset])
    return report if report and report.offset == offset else ParserReport(offset)


def _ask(text: str) -> ParserReport | None:
    try:
        Store().query(text, base_iri=BASE_IRI, prefixes=PREFIXES)
    except SyntaxError as error:
        return _read(error, text)
    return None


def _undeclared(query: QueryText, token: Token) -> str:
    """Return the prefix of a name if it is not declared, else an empty text."""
    prefix = token.text.partition(":")[0]
    return "" if prefix in query.known_prefixes else prefix


def _unknown_call(query: QueryText, mistake: Token) -> tuple[str, Token] | None:
    """Return a message about a function or aggregate that does not exist, and its name; None if it does.

    ``NOPE(`` is a mistake at its name; ``ex:nope(DISTINCT`` is one after the bracket, because only an
    aggregate takes DISTINCT.
    """
    index = next((i for i, token in enumerate(query.tokens) if token.start == mistake.start), None)
    if index is None:
        return None
    before = [token.text.upper() for token in query.tokens[max(0, index - 2) : index]]
    after = query.tokens[index + 1].text if index + 1 < len(query.tokens) else ""
    if mistake.text.upper() == "DISTINCT" and before[1:] == ["("]:
        name = query.tokens[index - 2]
        if name.kind in ("name", "iri"):
            return f"there is no aggregate {name.text}", name
    if mistake.kind != "word" or after != "(" or not before or mistake.text.upper() in _WITHOUT_BLANK:
        return None  # the parser refuses them because a blank follows
    if before[-1] in _BEFORE_EXPRESSION or before[-1] in _EXPRESSION_KEYWORDS:
        return f"there is no function or aggregate {mistake.text}", mistake
    return None


def _message(sparql: str, offset: int, expected: ParserReport) -> str:
    excerpt = sparql[offset : offset + _EXCERPT_LENGTH].split("\n", 1)[0].strip()
    signs = expected.signs
    if expected.reasons:
        return f"before this place: {'; '.join(expected.reasons)}"
    if not excerpt:
        here = "the query breaks off, something is missing before this place"
    elif _QUOTES.get(excerpt[0]) in signs:
        return "the string that begins here is not closed, or has an escape that does not exist"
    elif excerpt[0] == "<" and '"<="' not in signs and {'"<"', '">"'} & {*signs}:
        return "what begins here is not an IRI"
    elif spaced := _SPACED.match(excerpt):
        return f"this parser takes no blank between {spaced[1].upper()} and its bracket"
    elif excerpt[0] in ")]}" and f'"{excerpt[0]}"' in signs:
        return f"what stands before “{excerpt}” does not fit"
    else:
        here = f"did not expect “{excerpt}”"
    # Of the keywords that would fit the parser names the longest only, so they would mislead.
    return f"{here}; expected {' or '.join(signs)}" if 0 < len(signs) <= _MAX_SIGNS_SHOWN else here
