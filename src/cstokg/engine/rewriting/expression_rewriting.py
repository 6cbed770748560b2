"""Expressions: rewrite the operators, functions and aggregates that pyoxigraph computes wrongly."""

import itertools
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import NamedTuple

from cstokg.engine.query_text import Token, UnreadableError
from cstokg.engine.rewriting import python_functions, xpath_regex
from cstokg.engine.rewriting.triple_rewriting import TripleRewriter
from cstokg.errors import UnsupportedQueryError

MAX_TEXT = 2_000_000  # characters of a rewritten query
AGGREGATES = frozenset({"COUNT", "SUM", "MIN", "MAX", "AVG", "SAMPLE", "GROUP_CONCAT"})
_STRING_CALL = re.compile(r"STR\([^()]*\)", re.IGNORECASE)


class _Expression(NamedTuple):
    """An expression as pyoxigraph's operators compute it, and with the operators of ``python_functions``."""

    native: str
    exact: str


class ExpressionRewriter(TripleRewriter, ABC):
    """Reads expressions by the rules 110 to 128 of the grammar.

    Attributes:
        counts_distinct_rows: whether ``COUNT(DISTINCT *)`` has been read.
    """

    def __init__(self, tokens: Sequence[Token], *, exact: bool) -> None:
        """Begin at the first token."""
        super().__init__(tokens, exact=exact)
        self.counts_distinct_rows = False
        self._bnode_calls = sum(
            1
            for before, after in itertools.pairwise(self.tokens)
            if before.text.upper() == "BNODE" and after.text == "("
        )

    @abstractmethod
    def read_group(self) -> str:
        """Read the group of graph patterns after EXISTS, and return it corrected."""

    def read_expression(self) -> str:
        """Read an expression and return it corrected."""
        return self._read_disjunction().exact

    def _read_disjunction(self) -> _Expression:
        return self._read_chain(("||",), lambda: self._read_chain(("&&",), self._read_relation))

    def _read_chain(self, signs: tuple[str, ...], read: Callable[[], _Expression]) -> _Expression:
        left = read()
        while self.at(*signs):
            sign = self.take()
            right = read()
            text = f"{left.exact} {sign} {right.exact}"
            left = _Expression(text, text)
        return left

    def _read_relation(self) -> _Expression:
        left = self._read_sum()
        if self.at("=", "!=", "<", ">", "<=", ">="):
            sign = self.take()
            right = self._read_sum()
            return self._operation(left, sign, right)
        if self.at("NOT", "IN"):
            words = self.take()
            if words.upper() == "NOT":
                words += " " + self.expect("IN")
            text = f"{left.exact} {words} {self._read_arguments()}"
            return _Expression(text, text)
        return left

    def _read_sum(self) -> _Expression:
        return self._read_arithmetic(("+", "-"), self._read_product)

    def _read_product(self) -> _Expression:
        return self._read_arithmetic(("*", "/"), self._read_unary)

    def _read_arithmetic(self, signs: tuple[str, ...], read: Callable[[], _Expression]) -> _Expression:
        left = read()
        while self.at(*signs):
            sign = self.take()
            left = self._operation(left, sign, read())
        return left

    def _operation(self, left: _Expression, sign: str, right: _Expression) -> _Expression:
        """Return two operands and their operator, in both forms."""
        native = f"{left.native} {sign} {right.native}"
        if not self.exact:
            return _Expression(native, native)
        self.changed = True
        function = f"{python_functions.OPERATORS[sign]}({left.exact}, {right.exact})"
        if sign == "+":
            # A date plus a duration is the date minus the opposite duration, which pyoxigraph can compute.
            function += f", {left.native} - {python_functions.OPPOSITE}({right.native})"
            function += f", {right.native} - {python_functions.OPPOSITE}({left.native})"
        # The exact form of each operand must occur only once, or the text would double with each operator.
        if len(function) > MAX_TEXT:
            raise UnsupportedQueryError("an expression with so many operators cannot be computed exactly")
        # To pyoxigraph, NaN <= NaN and NaN >= NaN are true.
        order = (function, native) if sign in ("<=", ">=") else (native, function)
        return _Expression(native, f"COALESCE({', '.join(order)})")

    def _read_unary(self) -> _Expression:
        if self.at("!"):
            self.take()
            operand = self._read_unary()
            return _Expression(f"! {operand.exact}", f"! {operand.exact}")
        if self.at("+", "-"):
            sign = self.take()
            operand = self._read_unary()
            native = (
                f"{sign}{operand.native}" if operand.native[0] not in "+-" else f"{sign} {operand.native}"
            )
            if not self.exact:
                return _Expression(native, native)
            self.changed = True
            return _Expression(
                native, f"COALESCE({native}, {python_functions.OPERATORS[sign]}(0, {operand.exact}))"
            )
        return self._read_primary()

    def _read_primary(self) -> _Expression:
        token = self.token
        if self.at("("):
            self.take()
            inner = self._read_disjunction()
            self.expect(")")
            return _Expression(f"({inner.native})", f"({inner.exact})")
        text = self._read_call() if token.kind == "word" else self._read_term()
        return _Expression(text, text)

    def _read_term(self) -> str:
        if self.token.kind in ("iri", "name"):
            text = self.take()
            return text + self._read_arguments() if self.at("(") else text
        if self.token.kind in ("variable", "number", "string") or self.token.text == "<<(":
            return self.read_node([])
        raise UnreadableError

    def _read_arguments(self) -> str:
        return "(" + ", ".join(self._read_argument_list()) + ")"

    def _read_argument_list(self) -> list[str]:
        self.expect("(")
        arguments = []
        if self.at("DISTINCT"):
            raise UnreadableError
        while not self.at(")"):
            arguments.append(self.read_expression())
            if self.at(","):
                self.take()
        self.take()
        return arguments

    def _read_call(self) -> str:
        name = self.take()
        word = name.upper()
        if name in ("true", "false"):
            return name
        if word == "NOT":
            return f"NOT {self.expect('EXISTS')} {self._read_existence()}"
        if word == "EXISTS":
            return f"EXISTS {self._read_existence()}"
        if word in AGGREGATES:
            return self._read_aggregate(word)
        if word in ("REGEX", "REPLACE"):
            # A literal pattern can be judged before any text is matched.
            arguments = self._read_argument_list()
            text = xpath_regex.call(word, arguments)
            self.changed = self.changed or not text.startswith(word)
            return text
        arguments = self._read_argument_list()
        if word == "BNODE" and arguments:
            if self._bnode_calls > 1:
                raise UnsupportedQueryError(
                    "two calls of BNODE with an argument in one query are not supported: "
                    "they would give the same node for every solution"
                )
            self.changed = True
            return f"{python_functions.BLANK_NODE}({arguments[0]})"
        if word == "ISNUMERIC" and self.exact:
            self.changed = True
            return f"(isNumeric({arguments[0]}) || {python_functions.IS_NUMERIC}({arguments[0]}))"
        return f"{name}({', '.join(arguments)})"

    def _read_existence(self) -> str:
        """Read the group after EXISTS, where the number of solutions makes no difference."""
        before = self.keep_duplicates, self.in_exists
        self.keep_duplicates, self.in_exists = False, True
        text = self.read_group()
        self.keep_duplicates, self.in_exists = before
        return text

    def _read_aggregate(self, word: str) -> str:
        self.expect("(")
        distinct = f"{self.take()} " if self.at("DISTINCT") else ""
        if self.at("*"):
            self.counts_distinct_rows = self.counts_distinct_rows or bool(distinct)
            argument = self.take()
        else:
            argument = self.read_expression()
        separator = ""
        if self.at(";"):
            self.take()
            separator = f" ; {self.take()} {self.take()} {self.take()}"
        self.expect(")")
        if word == "GROUP_CONCAT" and not _STRING_CALL.fullmatch(argument):
            # Strings are what it joins (section 18.5.1.7); pyoxigraph gives no value for anything else.
            self.changed = True
            argument = f"STR({argument})"
        text = f"{word}({distinct}{argument}{separator})"
        if self.exact and not distinct and word in ("SUM", "AVG", "MIN", "MAX"):
            self.changed = True
            exact = f"{python_functions.AGGREGATES[word]}({argument})"
            # pyoxigraph ignores the numbers that it does not know in MIN and MAX, and fails in SUM and AVG.
            return f"COALESCE({exact}, {text})" if word in ("MIN", "MAX") else f"COALESCE({text}, {exact})"
        return text
