"""Which queries rdflib and pyoxigraph answer alike, whatever the data are.

A query is accepted only if all of its parts are known to be answered alike; any other is left to rdflib.
"""

import re
from collections import Counter
from collections.abc import Callable, Sequence, Set
from functools import lru_cache

from cstokg.engine.query_text import Token, read

# What both engines answer alike for any data: patterns, and functions of strings and of kinds of terms.
_COMMON_WORDS = frozenset(
    "A AS BIND CONCAT CONTAINS DISTINCT EXISTS FILTER ISBLANK ISIRI ISLITERAL LCASE NOT SAMETERM SELECT STR "  # noqa: SIM905
    "STRENDS STRLEN STRSTARTS UNION WHERE".split()
)
_COMMON_SIGNS = frozenset("{}().;,/|^!") | {"&&", "||"}
_PATH_SIGNS = frozenset("/|^")
_STRING_FUNCTIONS = frozenset({"CONCAT", "LCASE", "STR"})
_OF_STRINGS = frozenset({"CONCAT", "CONTAINS", "LCASE", "STRENDS", "STRLEN", "STRSTARTS"})
_OF_TERMS = frozenset({"ISBLANK", "ISIRI", "ISLITERAL", "SAMETERM", "STR"})
_TERMS = frozenset({"variable", "iri", "name", "string"})
_COMPARISONS = frozenset({"=", "!=", "<", ">", "<=", ">="})
_ARITHMETIC = frozenset({"+", "-"})
_INTEGER = re.compile(r"[0-9]{1,9}", re.ASCII)
# A pattern that Python's regular expressions and Rust's read alike: no flags, no sign of repetition after
# another, which forbids backtracking in Python, and no sets in sets.
_COMMON_PATTERN = re.compile(
    r"""["']\^?(?:[(|]|(?:[A-Za-z0-9:/.,) -]|\[(?!-)(?:(?!--)[A-Za-z0-9:/., -])+\])[+*?]?)*\$?["']"""
)
# The beginning of a check of the whole graph: what it selects, and whether a group comes first.
_ABOUT = re.compile(
    r"(?P<head>\s*SELECT\s+DISTINCT\s+[$?]this\s+\((?P<variable>\?\w+)\s+AS\s+\?value\)[^{}#]*WHERE\s*\{)"
    r"(?P<inner>\s*\{)?",
    re.IGNORECASE,
)


@lru_cache(maxsize=500)
def both_engines_agree(query: str, datatypes: frozenset[str] = frozenset()) -> bool:
    """Return whether both engines give the same rows, and the same for each focus node.

    ``$this`` may occur in the result only. A comparison needs an IRI on its right side, strings or
    their lengths on both, or a filter that requires one of the datatypes of every variable: the
    engines compare other literals by different rules. Functions of strings need strings that the query
    writes or makes by STR, since a stored literal may be one with a language.

    Args:
        query: a query without its prologue.
        datatypes: prefixed names of the datatypes whose values both engines compare alike.
    """
    tokens = read(query).tokens
    # rdflib reads these escapes everywhere, also in comments and after another backslash.
    if "\\u" in query or "\\U" in query:
        return False
    if [token.text[1:] for token in tokens if token.kind == "variable"].count("this") != 1:
        return False
    opening = next((number for number, token in enumerate(tokens) if token.text == "{"), 0)
    # Among what is selected, rdflib evaluates no EXISTS, and reads && as it does below a negation.
    if {"EXISTS", "&&"} & {token.text.upper() for token in tokens[:opening]}:
        return False
    filters = _common_filters(tokens, opening, datatypes)
    return (
        any(token.text[1:] == "this" for token in tokens[:opening])
        and all(number in filters or _is_answered_alike(tokens, number) for number in range(len(tokens)))
        and _Scopes(tokens, opening).alike
    )


class _Group:
    """The variables of a group and of the groups in it.

    Attributes:
        certain: the variables that have a value in each solution of the group.
        compared: the variables in its own filters, and those from which its own BINDs make a value.
        assigned: the variables to which a BIND gives a value.
        matched: the variables in patterns.
        mentions: how often each variable is written.
    """

    def __init__(self) -> None:
        self.certain: set[str] = set()
        self.compared: set[str] = set()
        self.assigned: set[str] = set()
        self.matched: set[str] = set()
        self.mentions: Counter[str] = Counter()


class _Scopes:
    """The groups of a query.

    Attributes:
        alike: whether both engines give variables the same values in all groups.
        certain: the variables that have a value in each solution of the query.

    rdflib evaluates a group with the values that the patterns around it have found; SPARQL and pyoxigraph
    evaluate it by itself, and join (SPARQL 1.1, section 18.2.1). The answers are the same if a group
    matches what its filters compare, and nothing else gives a value to what it assigns.
    """

    def __init__(self, tokens: Sequence[Token], opening: int) -> None:
        self._tokens = tokens
        self._position = opening
        self._all = Counter(token.text[1:] for token in tokens[opening:] if token.kind == "variable")
        self.alike = True
        self.certain = self._read_group().certain

    def _read_group(self) -> _Group:
        """Read from the bracket that opens a group to the end of the one that closes it."""
        group = _Group()
        self._position += 1
        while self._position < len(self._tokens) and self._tokens[self._position].text != "}":
            token = self._tokens[self._position]
            if token.text == "{":
                self._read_union(group)
            elif token.kind == "word" and token.text.upper() in {"FILTER", "BIND"}:
                self._read_expression(group)
            else:
                if token.kind == "variable":
                    name = token.text[1:]
                    group.certain.add(name)
                    group.matched.add(name)
                    group.mentions[name] += 1
                self._position += 1
        self._position += 1
        self.alike &= not group.assigned & group.matched
        return group

    def _read_union(self, outer: _Group) -> None:
        """Read a group and the groups that UNION adds to it, and add their variables to the outer group."""
        branches = []
        while True:
            branch = self._read_group()
            outside = {name for name in branch.compared if self._all[name] > branch.mentions[name]}
            self.alike &= outside <= branch.certain
            branches.append(branch)
            if self._text(0) != "UNION" or self._text(1) != "{":
                break
            self._position += 1
        assigned = set().union(*(branch.assigned for branch in branches))
        self.alike &= not assigned & outer.assigned
        outer.assigned |= assigned
        outer.certain |= set.intersection(*(branch.certain for branch in branches))
        for branch in branches:
            outer.matched |= branch.matched
            outer.mentions += branch.mentions

    def _read_expression(self, outer: _Group) -> None:
        """Read a filter or a BIND, with the groups of EXISTS in it; add its variables to the outer group."""
        end = self._end_of_expression()
        while self._position < end:
            token = self._tokens[self._position]
            if token.text == "{":
                group = self._read_group()
                outer.compared |= group.mentions.keys()
                outer.mentions += group.mentions
                self.alike &= not group.assigned  # BIND in EXISTS does not see the solution in rdflib
                continue
            if token.kind == "variable":
                name = token.text[1:]
                outer.mentions[name] += 1
                if self._tokens[self._position - 1].text.upper() == "AS":
                    self.alike &= name not in outer.assigned
                    outer.assigned.add(name)
                else:
                    outer.compared.add(name)
            self._position += 1

    def _end_of_expression(self) -> int:
        """Return the position after the brackets of a filter or BIND, or after the { of an EXISTS."""
        position = self._position + 1
        while position < len(self._tokens) and self._tokens[position].text not in {"(", "{"}:
            position += 1
        if position < len(self._tokens) and self._tokens[position].text == "{":
            return position + 1  # reading the group goes beyond this
        return _closing(self._tokens, position) + 1

    def _text(self, ahead: int) -> str:
        position = self._position + ahead
        return self._tokens[position].text.upper() if position < len(self._tokens) else ""


def _common_filters(tokens: Sequence[Token], opening: int, datatypes: Set[str]) -> set[int]:
    """Return the places of the tokens in filters and matches that need no further check."""
    places: set[int] = set()
    for number, token in enumerate(tokens):
        word = token.text.upper() if token.kind == "word" else ""
        if word == "FILTER" and number + 1 < len(tokens) and tokens[number + 1].text == "(":
            end = _closing(tokens, number + 1)
            if _compares_datatypes(tokens[number + 2 : end], datatypes):
                places.update(range(number, end + 1))
        elif word == "REGEX" and _matches_alike(tokens, number, opening):
            places.update(range(number, _closing(tokens, number + 1) + 1))
    return places


def _closing(tokens: Sequence[Token], opening: int) -> int:
    """Return the position of the bracket that closes the one at a position; the end if none does."""
    depth = 0
    for number in range(opening, len(tokens)):
        depth += (tokens[number].text == "(") - (tokens[number].text == ")")
        if depth == 0:
            return number
    return len(tokens)


def _compares_datatypes(tokens: Sequence[Token], datatypes: Set[str]) -> bool:
    """Return whether a condition compares variables, and is false unless all have one of the datatypes.

    It has the form ``DATATYPE(?a) = xsd:date && DATATYPE(?b) = xsd:date && ?a < ?b``.
    """
    required: dict[str, str] = {}
    compared: set[str] = set()
    calculated = False
    conjuncts: list[list[Token]] = [[]]
    for token in tokens:
        if token.text == "&&":
            conjuncts.append([])
        else:
            conjuncts[-1].append(token)
    for conjunct in conjuncts:
        match [token.text.upper() if token.kind == "word" else token.text for token in conjunct]:
            case ["DATATYPE", "(", variable, ")", "=", datatype] if conjunct[2].kind == "variable":
                required[variable] = datatype
            case [*_] as texts if sum(text in _COMPARISONS for text in texts) == 1 and all(
                token.kind == "variable" or _INTEGER.fullmatch(text) or text in _COMPARISONS | _ARITHMETIC
                for token, text in zip(conjunct, texts, strict=True)
            ):
                compared |= {token.text for token in conjunct if token.kind == "variable"}
                calculated |= any(token.kind == "number" or token.text in _ARITHMETIC for token in conjunct)
            case _:
                return False
    kinds = set(required.values())
    # Only integers can be added, or compared with a number.
    usable = datatypes & {"xsd:integer"} if calculated else datatypes
    return compared <= required.keys() and len(kinds) == 1 and kinds <= usable


def _matches_alike(tokens: Sequence[Token], number: int, opening: int) -> bool:
    """Return whether REGEX compares a subject with a pattern that both engines read alike.

    A literal could end with a line break, before which ``$`` matches in Python only. So the subject has to be
    that of the first triple.
    """
    match [token.text for token in tokens[number + 1 : number + 8]]:
        case ["(", "STR" | "str", "(", variable, ")", ",", pattern] if len(tokens) > opening + 3:
            subject, predicate, node = tokens[opening + 1 : opening + 4]
            return (
                bool(_COMMON_PATTERN.fullmatch(pattern))
                and _is_valid(pattern[1:-1])
                and subject.text == variable
                and (predicate.kind in {"name", "iri"} or predicate.text == "a")
                and node.kind != "sign"  # a path
                and tokens[number + 8 : number + 9] != []
                and tokens[number + 8].text == ")"
            )
    return False


def _is_valid(pattern: str) -> bool:
    """Return whether a pattern is one; in pyoxigraph any other matches nothing, in rdflib it is an error."""
    try:
        re.compile(pattern)
    except re.error:
        return False
    return True


def _is_answered_alike(tokens: Sequence[Token], number: int) -> bool:
    kind, text, _ = tokens[number]
    before = tokens[number - 1] if number else None
    after = tokens[number + 1] if number + 1 < len(tokens) else None
    match kind:
        case "variable":
            return text[1:] not in {"shapesGraph", "currentShape", "PATH"} and not _is_condition(
                tokens, number
            )
        case "iri" | "name":
            # In front of a bracket it is a function, or the predicate of a collection.
            return after is None or after.text != "(" or before is None
        case "string":
            return after is None or (after.kind != "language" and after.text != "^^")
        case "word" if text.upper() == "IN":
            return _lists_iris(tokens, number)
        case "word" if text.upper() in _OF_STRINGS:
            return _takes(tokens, number, frozenset({"string"}), _STRING_FUNCTIONS)
        case "word" if text.upper() in _OF_TERMS:
            # In rdflib, an error in their brackets is a term as well.
            return _takes(tokens, number, _TERMS, frozenset())
        case "word" if text.upper() == "BIND":
            # A boolean that the query makes is another term than one in the data, which is marked.
            return _takes(tokens, number, _TERMS, _STRING_FUNCTIONS | {"STRLEN"})
        case "word":
            return text.upper() in _COMMON_WORDS and not (text.upper() == "SELECT" and number)
        case "number":
            return before is not None and before.text in _COMPARISONS and bool(_INTEGER.fullmatch(text))
        case "sign" if text in _COMPARISONS:
            return _compares_alike(tokens, number)
        case "sign" if text == "*":
            # One step, and then any number of steps: never a path of no step from an absent node.
            return _repeats_after_a_step(tokens, number)
        case "sign" if text == "!":
            # rdflib refuses an inverse path among those that a negated one leaves out, and takes an error
            # before && for the value of both, even if what comes after is false.
            negated = tokens[number + 1 : _closing(tokens, number + 1) + 1]
            return all(token.text not in {"^", "&&"} for token in negated)
    return kind == "sign" and text in _COMMON_SIGNS


def _is_condition(tokens: Sequence[Token], number: int) -> bool:
    """Return whether a variable is a condition by itself, true or false by what its value is."""
    before = tokens[number - 1].text if number else ""
    after = tokens[number + 1].text if number + 1 < len(tokens) else ""
    if before == "!" or after in {"&&", "||"}:
        return True
    alone = before == "(" and tokens[number - 2].text.upper() not in _OF_TERMS
    return after == ")" and (alone or before in {"&&", "||"})


def _takes(tokens: Sequence[Token], number: int, kinds: Set[str], functions: Set[str]) -> bool:
    """Return whether each argument of a function, or what BIND names, is one term or one call.

    Args:
        tokens: those of the query.
        number: the position of the function.
        kinds: the kinds of tokens that may be a term.
        functions: what may be called, in capitals.
    """
    start = number + 2
    while start < len(tokens):
        first = tokens[start]
        if first.kind in kinds:
            end = start
        elif first.text.upper() in functions:
            end = _closing(tokens, start + 1)
        else:
            return False
        match tokens[end + 1].text.upper() if end + 1 < len(tokens) else "":
            case ")" | "AS":
                return True
            case ",":
                start = end + 2
            case _:
                return False
    return False


def _repeats_after_a_step(tokens: Sequence[Token], number: int) -> bool:
    """Return whether * repeats a name, or names in brackets, after a step: ``ex:p/(ex:p|^ex:q)*``."""
    start = number - 1
    if start > 0 and tokens[start].text == ")":
        start -= 1
        while start > 0 and (tokens[start].kind == "name" or tokens[start].text in _PATH_SIGNS):
            start -= 1
    begins = start > 0 and (tokens[start].kind == "name" or tokens[start].text == "(")
    return begins and tokens[start - 1].text == "/"


def _lists_iris(tokens: Sequence[Token], number: int) -> bool:
    """Return whether IN compares a variable with IRIs only."""
    before = tokens[number - 1]
    if before.text.upper() == "NOT":
        before = tokens[number - 2]
    end = number + 1
    while end < len(tokens) and tokens[end].text != ")":
        end += 1
    listed = tokens[number + 2 : end]
    return (
        before.kind == "variable"
        and bool(listed)
        and all(token.kind in {"iri", "name"} or token.text == "," for token in listed)
    )


def _compares_alike(tokens: Sequence[Token], number: int) -> bool:
    if number + 2 >= len(tokens):
        return False
    right = tokens[number + 1]
    if (
        tokens[number].text in {"=", "!="}
        and right.kind in {"iri", "name"}
        and tokens[number + 2].text == ")"
    ):
        return tokens[number - 1].kind == "variable"
    left = _function_before(tokens, number)
    if left in _STRING_FUNCTIONS:
        return right.text.upper() in _STRING_FUNCTIONS
    return left == "STRLEN" and right.kind == "number"


def _function_before(tokens: Sequence[Token], number: int) -> str:
    """Return the name of the function whose closing bracket comes before a token."""
    depth = 0
    for position in range(number - 1, 0, -1):
        depth += (tokens[position].text == ")") - (tokens[position].text == "(")
        if depth == 0:
            return tokens[position - 1].text.upper() if position < number - 1 else ""
    return ""


@lru_cache(maxsize=500)
def with_labels(query: str, label: str) -> str:
    """Return a query in which STR of a blank node is its label, as in rdflib; in SPARQL it is an error.

    Args:
        query: a query that both engines otherwise answer alike.
        label: the IRI of a function that returns the label.
    """
    parts, end = [], 0
    text = read(query)
    for number, token in enumerate(text.tokens):
        if token.kind == "word" and token.text.upper() == "STR":
            argument, closing = text.tokens[number + 2 : number + 4]
            parts += [query[end : token.start], f"COALESCE(STR({argument.text}), <{label}>({argument.text}))"]
            end = closing.end
    return "".join(parts) + query[end:]


def about(query: str, asked: Callable[[str], str]) -> str:
    """Return a query for only those rows whose ``?value`` is asked about; other queries as they are.

    This works for ``SELECT DISTINCT $this (?focus AS ?value) … WHERE { … }`` without OPTIONAL and counts, as
    ``both_engines_agree`` requires, if patterns match ``?focus`` in each solution: a pattern at the beginning
    names the nodes, and pyoxigraph starts there.

    Args:
        query: a query that both engines answer alike, without its prologue.
        asked: returns the pattern that a variable fits if it is asked about.
    """
    match = _ABOUT.match(query)
    if match is None:
        return query
    tokens = read(query).tokens
    opening = next(number for number, token in enumerate(tokens) if token.text == "{")
    if match["variable"][1:] not in _Scopes(tokens, opening).certain:
        return query
    pattern = f" {asked(match['variable'])} "
    # Also in a group at the beginning, which would be evaluated by itself.
    inner = f"{{{pattern}" if match["inner"] else ""
    return f"{match['head']}{pattern}{inner}{query[match.end() :]}"
