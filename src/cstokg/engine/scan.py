r"""Look at a query without parsing it: how deep its brackets nest, and which variables come first.

A scan can be fooled, because what a character means depends on the grammar. Depth therefore errs to
the safe side: where a text could be read as a comment or as brackets, the brackets count. What gets
past the scan meets the parser in a process that may die.
"""

import re

_TOKENS = re.compile(
    r'"""(?:[^"\\]|\\.|"(?!""))*"""'
    r"|'''(?:[^'\\]|\\.|'(?!''))*'''"
    r'|"(?:[^"\\\n\r]|\\.)*"'
    r"|'(?:[^'\\\n\r]|\\.)*'"
    r"|<[^<>\"{}|^`\\\x00-\x20]*>"
    r"|\\."
    r"|#[^\n\r]*"
    r"|[?$]([^\W]\w*)"
    r"|[(){}\[\]]",
    re.DOTALL,
)
_OPENING, _CLOSING = "([{", ")]}"


def too_deep_at(sparql: str, limit: int) -> int | None:
    """The offset of the bracket that nests deeper than the limit; None if there is none."""
    if sum(map(sparql.count, _OPENING)) <= limit:
        return None
    level = 0
    for match in _TOKENS.finditer(sparql):
        token = match[0]
        if token in _OPENING:
            level += 1
        elif token in _CLOSING:
            level = max(0, level - 1)
        elif token.startswith("#") and level + sum(map(token.count, _OPENING)) > limit:
            return match.start()  # where the grammar has a # in a name, this is no comment
        if level > limit:
            return match.start()
    return None


def variables(sparql: str) -> list[str]:
    """The names of the variables, each once, in the order in which they are first written."""
    return list(dict.fromkeys(match[1] for match in _TOKENS.finditer(sparql) if match[1]))
