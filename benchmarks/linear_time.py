"""Measure that no text of a client takes more than proportionally longer when it is longer.

    python benchmarks/linear_time.py

Every compiled pattern of the modules that see such texts, and every function that scans them, is given
growing texts that bring out repeated looks at the same place. Prints what grows faster, with the text; the
status is then 1.
"""

import sys
from pathlib import Path

# Beside this file lies http.py, which would hide the standard library's package of that name.
sys.path[:] = [entry for entry in sys.path if Path(entry or ".").resolve() != Path(__file__).resolve().parent]

import importlib
import pkgutil
import re
import time
from collections.abc import Callable, Iterator

import cstokg.engine
import cstokg.web
from cstokg.engine import query_text, results, syntax_errors
from cstokg.engine.guard import check_depth
from cstokg.engine.loading import lexical_forms
from cstokg.engine.query_text import QueryText
from cstokg.engine.rewriting import corrections
from cstokg.settings import Limits
from cstokg.web.content import catalogue, spelling
from cstokg.web.reconciliation import names
from cstokg.web.serving import http, problems, response_cache, sparql_requests

PACKAGES = (cstokg.engine, cstokg.web)
# A pattern over the parser's messages, which are short and not written by clients.
NOT_OF_CLIENTS = ("cstokg.engine.syntax_errors._CHARACTERS",)

# Texts to repeat: each class of characters, brackets that are not closed, and alternations.
PARTS = (
    *(
        "a",
        "A",
        "é",
        "😀",
        "7",
        "_",
        "-",
        ".",
        ":",
        "?",
        "$",
        "@",
        "#",
        "%",
        "\\",
        "/",
        "|",
        "^",
        "!",
        "=",
        "&",
    ),
    *(
        " ",
        "\t",
        "\r",
        "\n",
        "\r\n",
        "\0",
        "\u00a0",
        "\ufeff",
        "<",
        ">",
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        ",",
        ";",
    ),
    *(
        "'",
        '"',
        "'''",
        '"""',
        "'\\",
        '"\\',
        "''\\",
        "'\"",
        "'''\\'''\n\\",
        '"" ',
        "\\'",
        "\\\\",
        "'a' ",
        "'\n",
    ),
    *(
        "a.",
        "a-",
        "a:",
        "a: ",
        "a:\\#",
        "a:b.",
        "a b ",
        ".a",
        ".5",
        "5.",
        "1e",
        "1e+",
        "+1",
        "+1.",
        "_:",
        "_:a.",
    ),
    *(
        "<a",
        "<a>",
        "< ",
        "<<(",
        ")>>",
        "<?a",
        "?a",
        "$a ",
        "@a-",
        "@a",
        "^^",
        "||",
        "&&",
        "<=",
        "#\n",
        "# a\n",
    ),
    *("{}", "()", "[]", "{ ", "'['", "[']'", "}},{", '}},{"', '{"a":{"type":', ",{", "[{", "\\u0041", "%41"),
    *(
        "BASE <a> ",
        "PREFIX a: <b> ",
        "PREFIX ",
        "SELECT * ",
        "FROM <a> ",
        "FROM NAMED ",
        "VALUES ?x { ",
        "NOW(",
    ),
    *(
        "VALUES ?x { 1 } ",
        "SERVICE ",
        "service:a ",
        "SERVICE SILENT ",
        "?a<?b ",
        "RAND() ",
        "@prefix a: <b> .\n",
    ),
    *("custom function <", "error at 1:1: expected [", "COALESCE ", "<x", "<x:", "\xef\xbf", "=", "=1", "+-"),
)
BEFORE = (
    "",
    "SELECT * { ?s ?p ",
    "CONSTRUCT {",
    "'",
    '"""',
    "<",
    "+1",
    "error at 1:1: expected ",
    "@prefix ",
)
SIZE = 1_500
FLOOR = 0.02  # seconds; a faster call is fast enough
TRIES = 3
RATIO = 9  # between a text and one of four times its length; 16 would be quadratic


def patterns() -> Iterator[tuple[str, re.Pattern[str] | re.Pattern[bytes]]]:
    """Yield the compiled patterns of the modules, by name, each once."""
    yielded = set()
    for package in PACKAGES:
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            for name, value in vars(importlib.import_module(module.name)).items():
                if isinstance(value, re.Pattern) and value not in yielded:
                    yielded.add(value)
                    if f"{module.name}.{name}" not in NOT_OF_CLIENTS:
                        yield f"{module.name}.{name}", value


def read_everything(text: str) -> None:
    """Ask all that can be asked of a text without the parser."""
    query = query_text.read(text)
    for name, value in vars(QueryText).items():
        if not name.startswith("_") and not callable(value) and name not in ("graphs", "prefixes"):
            getattr(query, name)
    check_depth(query, Limits(depth=10**9))


SCANNERS: dict[str, Callable[[str], object]] = {
    "Accept": lambda text: http.media_types(f"text/html,{text},*/*;q=0.1"),
    "Accept-Encoding": http._takes_gzip.__wrapped__,  # noqa: SLF001
    "If-None-Match": lambda text: http.knows(text, '"x"'),
    "format of a problem": problems.best,
    "excerpt": lambda text: problems._excerpt(text, 1, len(text)),  # noqa: SLF001
    "parameters": lambda text: sparql_requests.read_fields(text.encode()),
    "repeated request": lambda text: response_cache.is_whole(text.encode()),
    "words to search": spelling.spelling_keys,
    "readings of a word": spelling.readings,
    "words to match": names.words_of_text,
    "natural order": catalogue.natural.__wrapped__,  # type: ignore[attr-defined]
    "corrections": lambda text: corrections.may_be_needed(text, text.upper()),
    "columns from the data": lambda text: lexical_forms.unassigned(query_text.tokens(text), ["a"]),
    "tokens": query_text.tokens,
    "read": read_everything,
    "values_blocks": lambda text: query_text.values_blocks(text, "x"),
    "prologue": query_text.prologue,
    "place": lambda text: syntax_errors.place(text, len(text)),
    "offset_of": lambda text: syntax_errors.offset_of(text, text.count("\n") + 1, 1),
    "used prefixes": lambda text: results._with_used_prefixes(text.encode()),  # noqa: SLF001
    "count": lambda text: results._count(text.encode(), "application/json"),  # noqa: SLF001
    "spreadsheet": lambda text: results.write_spreadsheet([[text]]),
}


def seconds(function: Callable[[str], object], text: str) -> float:
    """Return the time that a call takes."""
    start = time.process_time()
    function(text)
    return time.process_time() - start


def _grows_too_fast(function: Callable[[str], object], small: str, large: str) -> bool:
    """Return whether the best time of the large text is too long for the best time of the small one."""
    # Even a time that grows with the square of the length would be short enough for the large one.
    if seconds(function, small) <= FLOOR / 16:
        return False
    after = seconds(function, large)
    if after <= FLOOR:
        return False
    most = max(FLOOR, RATIO * min(seconds(function, small) for _ in range(3)))
    return after > most and all(seconds(function, large) > most for _ in range(2))


def slow_texts(function: Callable[[str], object]) -> Iterator[str]:
    """Yield the texts whose time grows faster than their length."""
    for part in PARTS:
        for before in BEFORE:
            large = before + part * (4 * SIZE // len(part))
            small = before + part * (SIZE // len(part))
            # What looks slow is measured again, since a busy machine may have made it so.
            if all(_grows_too_fast(function, small, large) for _ in range(TRIES)):
                yield before + part


def apply(pattern: re.Pattern[str] | re.Pattern[bytes]) -> Callable[[str], object]:
    """Return a function that uses a pattern in each way on a text."""

    def use(text: str) -> None:
        subject = text.encode() if isinstance(pattern.pattern, bytes) else text
        pattern.fullmatch(subject)  # type: ignore[arg-type]
        # Its first step is what match does.
        for _ in pattern.finditer(subject):  # type: ignore[arg-type]
            pass

    return use


def main() -> int:
    """Print what takes more than linear time, and return 1 if anything does."""
    slow = apply(re.compile("(?:a|b)*c|(?:a|b)*d"))  # looks at the same letters from each of them
    assert next(slow_texts(slow), ""), "a slow pattern was not noticed"
    functions = {name: apply(pattern) for name, pattern in patterns()} | SCANNERS
    slow_uses = [(name, text) for name, function in functions.items() for text in slow_texts(function)]
    for name, text in slow_uses:
        print(f"{name}: slow for {text!r} repeated")
    verdict = "missed" if slow_uses else "met"
    print(f"{len(functions)} patterns and functions, {len(slow_uses)} texts too slow  at most 0  {verdict}")
    return int(bool(slow_uses))


if __name__ == "__main__":
    sys.exit(main())
