"""Values for the variables of a query, written into its text where nothing else can become of them."""

from collections.abc import Mapping, Sequence

from cstokg.base_error import CstokgError
from cstokg.client import values
from cstokg.engine import query_text
from cstokg.engine.query_text import Token


class BindingError(CstokgError):
    """A query has no place for a value; the message names the variable and the remedy."""


def bind(sparql: str, bindings: Mapping[str, object]) -> str:
    """Return a query that answers as if its ``WHERE`` began with ``VALUES ?name { value }`` for each name.

    Where it has such a block of its own, as the saved questions do, the value takes the place of what is
    in it. A variable inside a subquery that does not select it is another variable.

    Raises:
        BindingError: the query lacks a variable, or has no WHERE in braces.
        ValueRefusedError: a value stands for no term.
    """
    sparql = sparql.removeprefix("\ufeff")  # a byte order mark, which the tokens do not count
    missing = {}
    for name, value in bindings.items():
        term = values.to_term(value)
        tokens = query_text.tokens(sparql)
        if not any(token.kind == "variable" and token.text[1:] == name for token in tokens):
            raise BindingError(f"the query has no variable ?{name}; remove the value, or add the variable")
        blocks = query_text.values_blocks(sparql, name)
        for start, end in reversed(blocks):
            sparql = f"{sparql[:start]} {term} {sparql[end:]}"
        if not blocks:
            missing[name] = term
    if not missing:
        return sparql
    start, end, is_subquery = _group(query_text.read(sparql))
    text = " ".join(f"VALUES ?{name} {{ {term} }}" for name, term in missing.items())
    inner = f"{{{sparql[start:end]}}}" if is_subquery else sparql[start:end]
    return f"{sparql[:start]} {text} {inner}{sparql[end:]}"


def _group(query: query_text.QueryText) -> tuple[int, int, bool]:
    """Return where the outermost group starts and ends inside its braces, and if it is only a subquery."""
    opening = _braces(query.tokens[query.first :])
    position = 0 if query.form != "CONSTRUCT" else 1  # the first group is the template
    if len(opening) <= position:
        raise BindingError("the query has no place for values; write WHERE { … } in full")
    first, last, next_word = opening[position]
    return first, last, next_word == "SELECT"


def _braces(tokens: Sequence[Token]) -> list[tuple[int, int, str]]:
    """Return the inside of each outermost pair of braces, and the word that it begins with."""
    depth, start, groups = 0, 0, list[tuple[int, int, str]]()
    for index, token in enumerate(tokens):
        if token.kind != "sign":
            continue
        if token.text in "{([":
            if depth == 0 and token.text == "{":
                start = index
            depth += 1
        elif token.text in "})]":
            depth -= 1
            if depth == 0 and token.text == "}":
                groups.append((tokens[start].end, token.start, tokens[start + 1].text.upper()))
    return groups
