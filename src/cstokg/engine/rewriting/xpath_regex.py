r"""REGEX and REPLACE with the regular expressions and replacements of XPath.

SPARQL 1.1 takes both from XPath functions (sections 7.6.2 to 7.6.4 there), pyoxigraph uses those of
Rust: without back-references, ``\i``, ``\c``, blocks and subtraction of classes, and with another
reading of ``$3_`` in a replacement. What Rust reads alike stays with pyoxigraph, which is fast and
linear; the rest is translated for the ``regex`` package. Such a match can take long; the deadline of
the worker ends it.
"""

import re
from typing import Any

from pyoxigraph import Literal, NamedNode, QuerySolutions, Store

from cstokg.bounded_cache import bounded_cache
from cstokg.errors import UnsupportedQueryError
from cstokg.namespaces import PREFIXES

MATCHES = "<urn:x-cstokg:function:matches>"
REPLACES = "<urn:x-cstokg:function:replace>"

_LITERAL = re.compile(r"""(?P<quote>"(?:"")?+|'(?:'')?+)(?P<text>.*)(?P=quote)""", re.DOTALL)
_ESCAPE = re.compile(r"\\(?:u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|.)", re.DOTALL)
_ESCAPES = {"t": "\t", "b": "\b", "n": "\n", "r": "\r", "f": "\f"}
# What only XPath reads, or Rust reads otherwise.
_ONLY_XPATH = re.compile(r"-\[|\\[icIC1-9]|\\[pP]\{Is")
_NAME_START = (
    r":A-Z_a-z\u00C0-\u00D6\u00D8-\u00F6\u00F8-\u02FF\u0370-\u037D\u037F-\u1FFF\u200C-\u200D\u2070-\u218F"
    r"\u2C00-\u2FEF\u3001-\uD7FF\uF900-\uFDCF\uFDF0-\uFFFD\U00010000-\U000EFFFF"
)
_NAME = _NAME_START + r"\-.0-9\u00B7\u0300-\u036F\u203F-\u2040"
_UNKNOWN_ESCAPE = re.compile(r"\\[^nrt\\|.?*+(){}$\-\[\]^dDsSwW0-9]", re.DOTALL)
_TOKEN = re.compile(r"\\[pP]\{[^}]*\}|\\.|\[|\]|.", re.DOTALL)
_REPLACEMENT = re.compile(r"\\[\\$]|\$[0-9]+|[^\\$]", re.DOTALL)
_XSD_STRING = NamedNode(PREFIXES["xsd"] + "string")


def call(word: str, arguments: list[str]) -> str:
    """Return a call of REGEX or REPLACE as text: of the native function if that reads the arguments as XPath.

    Raises:
        UnsupportedQueryError: a literal pattern, replacement or flag is not one of XPath.
    """
    native = f"{word}({', '.join(arguments)})"
    name = MATCHES if word == "REGEX" else REPLACES
    exact = f"{name}({', '.join(arguments)})"
    pattern = literal_text(arguments[1])
    replacement = literal_text(arguments[2]) if word == "REPLACE" else ""
    flags_at = 2 if word == "REGEX" else 3
    flags = literal_text(arguments[flags_at]) if len(arguments) > flags_at else ""
    if replacement is not None:
        if "q" not in (flags or "") and ("$" in replacement or "\\" in replacement):
            _check_replacement(replacement)
            if pattern is not None and flags is not None:
                _check(pattern, flags)
            return exact
    elif word == "REPLACE":
        return exact
    if pattern is None or flags is None:
        return f"COALESCE({native}, {exact})"
    if "q" in flags or (
        not _ONLY_XPATH.search(pattern) and _is_native(f"{Literal(pattern)}, {Literal(flags)}")
    ):
        return native
    _check(pattern, flags)
    return exact


def matches(text: Any, pattern: Any, flags: Any = None) -> Literal | None:
    """Return whether a pattern matches anywhere in a text; None for an error."""
    compiled = _compiled_of(text, pattern, flags)
    return None if compiled is None else Literal(compiled.search(text.value) is not None)


def replaced(text: Any, pattern: Any, replacement: Any, flags: Any = None) -> Literal | None:
    """Return the text with each match replaced, in the language of the text; None for an error."""
    compiled = _compiled_of(text, pattern, flags)
    if compiled is None or not isinstance(replacement, Literal):
        return None
    if flags is not None and "q" in flags.value:
        parts: list[str | int] = [replacement.value]
    else:
        try:
            parts = _replacement_parts(replacement.value, compiled.groups)
        except ValueError:
            return None

    def expand(match: Any) -> str:
        return "".join(part if isinstance(part, str) else match[part] or "" for part in parts)

    value = compiled.sub(expand, text.value)
    return Literal(value, language=text.language) if text.language else Literal(value)


def literal_text(argument: str) -> str | None:
    """Return the text of an argument that is a plain string in the query; None for anything else."""
    match = _LITERAL.fullmatch(argument)
    if match is None or (match["quote"] in _ESCAPE.sub("", match["text"])):
        return None

    def plain(escape: re.Match[str]) -> str:
        letter = escape[0][1]
        return chr(int(escape[0][2:], 16)) if letter in "uU" else _ESCAPES.get(letter, letter)

    return _ESCAPE.sub(plain, match["text"])


def _compiled(pattern: str, flags: str) -> Any:
    """Compile a pattern of XPath.

    Raises:
        ValueError: it is not one, or a flag is unknown.
    """
    for flag in flags:
        if flag not in "imsxq":
            raise ValueError(f"the flag “{flag}” is not one of i, m, s, x, q")
    import regex  # takes a tenth of a second, which only workers need to spend

    try:
        return _compiled_as(_for_regex(f"{flags}/{pattern}"))
    except regex.error as error:
        raise ValueError(str(error)) from None


# A translated pattern takes about a hundred bytes for each of its characters: 13 MB, if all are as long.
@bounded_cache(16, 8_000)
def _compiled_as(options_and_text: str) -> Any:
    import regex

    options, _, text = options_and_text.partition("/")
    # The cache of the package itself has a limit on entries only.
    return regex.compile(text, int(options), cache_pattern=False)


@bounded_cache(16)
def _for_regex(flags_and_pattern: str) -> str:
    """Return the options of ``regex`` for some flags, and a pattern translated, with a slash between them."""
    import regex

    flags, _, pattern = flags_and_pattern.partition("/")
    options = regex.VERSION1
    options |= regex.IGNORECASE if "i" in flags else 0
    options |= regex.MULTILINE if "m" in flags else 0
    options |= regex.DOTALL if "s" in flags else 0
    text = regex.escape(pattern) if "q" in flags else _translated(pattern, flags)
    return f"{options:d}/{text}"


def _translated(pattern: str, flags: str) -> str:
    """Return the pattern in the syntax of ``regex``."""
    free, multiline, dot_all = (flag in flags for flag in "xms")
    parts: list[str] = []
    depth = 0
    last = ""
    for match in _TOKEN.finditer(pattern):
        part = match[0]
        if part == "[":
            if depth and last != "-":
                raise ValueError("[ inside a class needs a backslash")
            if depth:
                parts[-1] = "--"
            depth += 1
        elif part == "]":
            if not depth:
                raise ValueError("] without [")
            depth -= 1
        elif part in (r"\i", r"\c", r"\I", r"\C"):
            names = _NAME_START if part in (r"\i", r"\I") else _NAME
            part = f"[{'^' if part.isupper() or part[1].isupper() else ''}{names}]"
        elif part.startswith((r"\p{Is", r"\P{Is")):
            part = f"{part[:3]}In{part[5:]}"
        elif _UNKNOWN_ESCAPE.fullmatch(part):
            raise ValueError(f"{part} is not an escape of XPath")
        elif depth and part in "&|~":
            part = "\\" + part
        elif not depth and part == "." and not dot_all:
            part = r"[^\n\r]"
        elif not depth and part == "$" and not multiline:
            part = r"\Z"
        elif free and not depth and part.isspace():
            continue
        elif not depth and part == "?" and last == "(" and not pattern.startswith("?:", match.start()):
            raise ValueError("XPath has no groups with (?, except (?:")
        parts.append(part)
        last = match[0]
    return "".join(parts)


def _replacement_parts(replacement: str, groups: int) -> list[str | int]:
    parts: list[str | int] = []
    end = 0
    for match in _REPLACEMENT.finditer(replacement):
        if match.start() != end:
            break
        end = match.end()
        token = match[0]
        if token[0] == "\\":
            parts.append(token[1])
        elif token[0] == "$":
            # The longest number that is a group; the other digits stand for themselves.
            digits = token[1:]
            length = next((n for n in range(len(digits), 1, -1) if int(digits[:n]) <= groups), 1)
            group = int(digits[:length])
            parts.extend([group if group <= groups else "", digits[length:]])
        else:
            parts.append(token)
    if end != len(replacement):
        raise ValueError(r"in a replacement \ stands before \ or $, and $ before a digit")
    return parts


def _compiled_of(text: Any, pattern: Any, flags: Any) -> Any:
    if not _is_string(text) or not _is_simple(pattern) or not (flags is None or _is_simple(flags)):
        return None
    try:
        return _compiled(pattern.value, flags.value if flags is not None else "")
    except (RecursionError, ValueError):
        return None


def _is_string(term: Any) -> bool:
    return isinstance(term, Literal) and (term.language is not None or term.datatype == _XSD_STRING)


def _is_simple(term: Any) -> bool:
    return isinstance(term, Literal) and term.datatype == _XSD_STRING


def _check(pattern: str, flags: str) -> None:
    try:
        _compiled(pattern, flags)
    except ValueError as error:
        message = (
            f"the pattern “{pattern}” with the flags “{flags}” is not a regular expression of XPath: {error}"
        )
        raise UnsupportedQueryError(message) from None


def _check_replacement(replacement: str) -> None:
    try:
        _replacement_parts(replacement, 99)
    except ValueError as error:
        raise UnsupportedQueryError(f"the replacement “{replacement}” is not one of XPath: {error}") from None


@bounded_cache(256)
def _is_native(pattern_and_flags: str) -> bool:
    """Return whether pyoxigraph compiles a pattern; it and the flags are two literals."""
    result = Store().query(f"SELECT (REGEX('', {pattern_and_flags}) AS ?x) {{}}")
    return isinstance(result, QuerySolutions) and next(iter(result))["x"] is not None
