"""Rewrite a query that pyoxigraph would answer otherwise than SPARQL 1.1 says.

The reader follows the grammar of SPARQL 1.1 (section 19.8) over the tokens; each method reads one
rule and returns its text, corrected where the method says so.
"""

import itertools
import re
from collections.abc import Callable, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

from pyoxigraph import NamedNode, QuerySolutions, Store

from cstokg.engine import functions, xpath_regex
from cstokg.engine.errors import UnsupportedQueryError
from cstokg.engine.query_text import Token

_MAX_GRAPHS = 200
_MAX_BRANCHES = 256
_MAX_TEXT = 2_000_000
_TOO_MANY = "the query has too many combinations of graphs"
_ROUND_A_GROUP = "GRAPH with a variable around SELECT or MINUS is not supported"

_STRING_CALL = re.compile(r"STR\([^()]*\)", re.IGNORECASE)
_AGGREGATES = frozenset({"COUNT", "SUM", "MIN", "MAX", "AVG", "SAMPLE", "GROUP_CONCAT"})
_SEES_DUPLICATES = _AGGREGATES | {"BNODE", "RAND", "UUID", "STRUUID"}
_MODIFIERS = frozenset({"GROUP", "HAVING", "ORDER", "LIMIT", "OFFSET", "VALUES"})
_OPERATORS = MappingProxyType(
    {
        "<": functions.LESS,
        ">": functions.GREATER,
        "<=": functions.AT_MOST,
        ">=": functions.AT_LEAST,
        "=": functions.EQUAL,
        "!=": functions.UNEQUAL,
        "+": functions.PLUS,
        "-": functions.MINUS,
        "*": functions.TIMES,
        "/": functions.DIVIDED,
    }
)


def joined(tokens: Sequence[Token]) -> str:
    """Tokens as text again."""
    return " ".join(token.text for token in tokens)


def _is_literal(term: str) -> bool:
    return term[0] in "\"'+-.0123456789" or term in ("true", "false")


class UnreadableError(Exception):
    """The query has syntax beyond SPARQL 1.1 that the reader does not follow."""


def rewrite(
    tokens: Sequence[Token],
    store: Store | None,
    exact: bool,
    named_graphs: Sequence[str] | None,
    options: dict[str, Any],
) -> str | None:
    """The corrected text of a query; None if it needs no correction.

    The query is one that pyoxigraph has parsed with the options.

    Raises:
        UnreadableError: the reader does not follow the text.
        UnsupportedQueryError: it cannot be corrected.
    """
    return _Rewriter(tokens, store, exact, named_graphs, options).rewritten()


class _Path(NamedTuple):
    """A property path: ``kind`` is link, negated, inverse, sequence, alternative, or one of ``*+?``."""

    kind: str
    parts: tuple["_Path", ...] = ()
    text: str = ""

    def branches(self) -> list["_Path"]:
        """The paths without alternative whose union this one is (section 18.2.2.4)."""
        if self.kind == "alternative":
            return [branch for part in self.parts for branch in part.branches()]
        if self.kind == "inverse":
            return [_Path("inverse", (branch,)) for branch in self.parts[0].branches()]
        if self.kind == "sequence":
            products = list(
                itertools.islice(
                    itertools.product(*(part.branches() for part in self.parts)), _MAX_BRANCHES + 1
                )
            )
            if len(products) > _MAX_BRANCHES:
                raise UnsupportedQueryError(
                    f"a path of more than {_MAX_BRANCHES} alternatives cannot be counted rightly"
                )
            return [_Path("sequence", product) for product in products]
        return [self]

    def may_be_empty(self) -> bool:
        """Whether the path leads from a term to itself without any triple."""
        if self.kind in "*?":
            return True
        if self.kind in ("sequence", "inverse"):
            return all(part.may_be_empty() for part in self.parts)
        if self.kind == "alternative":
            return any(part.may_be_empty() for part in self.parts)
        return self.kind == "+" and self.parts[0].may_be_empty()

    def negates(self) -> bool:
        """Whether a step of the path is a negated set, where pyoxigraph drops duplicates."""
        return self.kind == "negated" or (
            self.kind in ("sequence", "inverse") and any(part.negates() for part in self.parts)
        )

    def written(self) -> str:
        """The path as text; in brackets unless it is a single link."""
        if self.kind == "link":
            return self.text
        if self.kind == "negated":
            return f"!({self.text.replace(',', '|')})"
        if self.kind == "inverse":
            return f"(^{self.parts[0].written()})"
        if self.kind in "*+?":
            return f"({self.parts[0].written()}{self.kind})"
        sign = " / " if self.kind == "sequence" else " | "
        return "(" + sign.join(part.written() for part in self.parts) + ")"


class _Expression(NamedTuple):
    """An expression as pyoxigraph's operators compute it, and with the operators of ``functions``."""

    native: str
    exact: str


class _Triple(NamedTuple):
    subject: str
    path: _Path
    object: str


class _Rewriter:
    """Reads a query by the grammar and returns the corrected text."""

    def __init__(
        self,
        tokens: Sequence[Token],
        store: Store | None,
        exact: bool,
        named_graphs: Sequence[str] | None,
        options: dict[str, Any],
    ) -> None:
        self.tokens = [*tokens, Token("end", "", 0)]
        self.store = store
        self.exact = exact
        self.named_graphs = None if named_graphs is None else [f"<{iri}>" for iri in named_graphs]
        self.options = options
        self.position = 0
        self.prologue = ""
        self.suffix = ""
        self.blanks_as_variables = False
        self.changed = False
        self.in_exists = False
        self.adds_variables = False
        self.counts_distinct_rows = False
        self.fresh = 0
        self.length = 0
        self.from_named: list[str] = []
        self.has_from = False
        self.bnode_calls = sum(
            1
            for before, after in itertools.pairwise(self.tokens)
            if before.text.upper() == "BNODE" and after.text == "("
        )
        self.keep_duplicates = True
        self.used: set[str] = {token.text[1:] for token in tokens if token.kind == "variable"}

    # Tokens

    @property
    def token(self) -> Token:
        return self.tokens[self.position]

    def take(self) -> str:
        token = self.tokens[self.position]
        if token.kind == "end":
            raise UnreadableError
        self.position += 1
        return token.text

    def at(self, *texts: str) -> bool:
        token = self.tokens[self.position]
        return token.kind in ("sign", "word") and token.text.upper() in texts

    def expect(self, text: str) -> str:
        if not self.at(text):
            raise UnreadableError
        return self.take()

    def skipped_brackets(self, opening: str, closing: str) -> str:
        parts, depth = [], 0
        while True:
            text = self.take()
            parts.append(text)
            depth += (text == opening) - (text == closing)
            if depth == 0:
                return " ".join(parts)

    # Queries

    def rewritten(self) -> str | None:
        start = self.position
        text = self.query()
        if self.blanks_as_variables:
            # A union splits what was one basic graph pattern, and a label may stand in one only.
            self.position = start
            self.from_named = []
            text = self.query()
        if self.adds_variables and self.counts_distinct_rows:
            raise UnsupportedQueryError(
                "COUNT(DISTINCT *) is not supported beside a path with a blank node or a negated set; "
                "name the variables in a subselect"
            )
        if len(text) > _MAX_TEXT:
            raise UnsupportedQueryError(_TOO_MANY)
        return text if self.changed else None

    def query(self) -> str:
        parts = []
        while self.at("BASE", "PREFIX", "VERSION"):
            if self.take().upper() == "PREFIX":
                parts.append(f"PREFIX {self.take()} {self.take()}")
            else:
                parts.append(f"{self.tokens[self.position - 1].text} {self.take()}")
        self.prologue = " ".join(parts)
        if self.at("SELECT"):
            return f"{self.prologue} {self.select()} {self.values_clause()}".strip()
        if self.at("CONSTRUCT"):
            self.take()
            if not self.at("{"):
                # The short form has no paths and no groups.
                self.position = len(self.tokens) - 1
                return joined(self.tokens[:-1])
            head = "CONSTRUCT " + self.skipped_brackets("{", "}")
            return f"{self.prologue} {head} {self.dataset()} {self.where()} {self.values_clause()}".strip()
        if self.at("ASK"):
            self.take()
            self.keep_duplicates = False
            return f"{self.prologue} ASK {self.dataset()} {self.where()} {self.values_clause()}".strip()
        if self.at("DESCRIBE"):
            head = self.take()
            while not self.at("FROM", "WHERE", "{", *_MODIFIERS) and self.token.kind != "end":
                head += " " + self.take()
            head += " " + self.dataset()
            where = self.where() if self.at("WHERE", "{") else self.modifiers()
            return f"{self.prologue} {head} {where} {self.values_clause()}".strip()
        raise UnreadableError

    def dataset(self) -> str:
        parts = []
        while self.at("FROM"):
            self.has_from = True
            parts.append(self.take())
            if self.at("NAMED"):
                parts.append(self.take())
                self.from_named.append(self.token.text)
            parts.append(self.take())
        return " ".join(parts)

    def select(self) -> str:
        self.take()
        parts = ["SELECT"]
        star = False
        keeps_duplicates = self.keep_duplicates
        distinct = self.at("DISTINCT")
        if self.at("DISTINCT", "REDUCED"):
            parts.append(self.take())
        clause_start = self.position
        if self.at("*"):
            star = True
            self.take()
        clause = []
        while not self.at("FROM", "WHERE", "{"):
            if self.at("("):
                self.take()
                expression = self.expression()
                self.expect("AS")
                clause.append(f"({expression} AS {self.take()})")
                self.expect(")")
            elif self.token.kind == "variable":
                clause.append(self.take())
            else:
                raise UnreadableError
        # Where nobody can see duplicates, the native path is right, and faster than a union.
        self.keep_duplicates = not distinct or any(
            token.text.upper() in _SEES_DUPLICATES for token in self.tokens[clause_start:]
        )
        dataset = self.dataset()
        fresh_before = self.fresh
        start = self.position
        where = self.where()
        self.keep_duplicates = keeps_duplicates
        if star:
            clause = [self.star(start) if self.fresh > fresh_before else "*"]
        return " ".join([*parts, *clause, dataset, where])

    def star(self, start: int) -> str:
        """The variables of a star, without those that the corrections have added."""
        end = self.position
        query = " ".join([self.prologue, "SELECT *", joined(self.tokens[start:end])])
        try:
            result = Store().query(query, **self.options, **functions.KNOWN)
        except SyntaxError:
            raise UnreadableError from None
        if not isinstance(result, QuerySolutions):
            raise UnreadableError
        names = [variable.value for variable in result.variables]
        order = [token.text[1:] for token in self.tokens[start:end] if token.kind == "variable"]
        written = list(dict.fromkeys(name for name in order if name in names))
        return " ".join(f"?{name}" for name in written) or "*"

    def where(self) -> str:
        if self.at("WHERE"):
            self.take()
        return f"WHERE {self.group()} {self.modifiers()}"

    def modifiers(self) -> str:
        parts = []
        while self.at("GROUP", "HAVING", "ORDER", "LIMIT", "OFFSET"):
            word = self.take()
            parts.append(word)
            if word.upper() in ("LIMIT", "OFFSET"):
                parts.append(self.take())
                continue
            if self.at("BY"):
                parts.append(self.take())
            while not self.at(*_MODIFIERS, "}") and self.token.kind != "end":
                if self.at("ASC", "DESC"):
                    parts.append(self.take())
                if self.at("("):
                    self.take()
                    inner = self.expression()
                    if self.at("AS"):
                        inner += f" {self.take()} {self.take()}"
                    self.expect(")")
                    parts.append(f"({inner})")
                elif self.token.kind == "variable":
                    parts.append(self.take())
                else:
                    # A call without brackets round it; what it becomes may be more than a call.
                    parts.append(f"({self.expression()})")
        return " ".join(parts)

    def values_clause(self) -> str:
        text = self.inline_data() if self.at("VALUES") else ""
        if self.token.kind != "end":
            raise UnreadableError
        return text

    def inline_data(self) -> str:
        text = self.take()
        text += " " + (self.skipped_brackets("(", ")") if self.at("(") else self.take())
        return f"{text} {self.skipped_brackets('{', '}')}"

    # Graph patterns

    def group(self) -> str:
        self.expect("{")
        if self.at("SELECT"):
            text = f"{self.select()} {self.inline_data() if self.at('VALUES') else ''}"
            self.expect("}")
            return f"{{ {text} }}"
        parts = []
        while not self.at("}"):
            if self.at("."):
                self.take()
                parts.append(".")
            elif self.at("FILTER"):
                self.take()
                parts.append(f"FILTER({self.expression()})")
            elif self.at("BIND"):
                self.take()
                self.expect("(")
                expression = self.expression()
                self.expect("AS")
                parts.append(f"BIND({expression} AS {self.take()})")
                self.expect(")")
            elif self.at("OPTIONAL", "MINUS", "LATERAL"):
                parts.append(f"{self.take()} {self.group()}")
            elif self.at("GRAPH"):
                parts.append(self.graph())
            elif self.at("SERVICE"):
                # Another engine answers it.
                parts.append(self.take())
                while not self.at("{"):
                    parts.append(self.take())
                parts.append(self.skipped_brackets("{", "}"))
            elif self.at("VALUES"):
                parts.append(self.inline_data())
            elif self.at("{"):
                text = self.group()
                while self.at("UNION"):
                    text += f" {self.take()} {self.group()}"
                parts.append(text)
            else:
                parts.append(self.triples())
        self.take()
        return "{ " + " ".join(parts) + " }"

    def graph(self) -> str:
        """GRAPH evaluates its pattern in each graph (section 18.6).

        pyoxigraph evaluates once for all graphs what does not match triples of its own: subselects,
        VALUES, and the right side of MINUS.
        """
        self.take()
        name = self.take()
        start = self.position
        words = self.words_of_group()
        if words.isdisjoint({"SELECT", "MINUS"}):
            if "VALUES" not in words:
                return f"GRAPH {name} {self.group()}"
            self.changed = True
            return f"GRAPH {name} {{}} GRAPH {name} {self.group()}"
        self.changed = True
        if name[0] not in "?$":
            return f"GRAPH {name} {{}} GRAPH {name} {self.group()}"
        copies = []
        suffix = self.suffix
        for number, graph in enumerate(self.graphs()):
            self.position = start
            self.suffix = f"{suffix}_{number}"
            copy = f"{{ GRAPH {graph} {{}} GRAPH {graph} {self.group()} VALUES {name} {{ {graph} }} }}"
            copies.append(copy)
            self.length += len(copy)
            if self.length > _MAX_TEXT:
                raise UnsupportedQueryError(_TOO_MANY)
        self.suffix = suffix
        if not copies:
            self.group()
            return f"GRAPH {name} {{}}"
        return " UNION ".join(copies)

    def words_of_group(self) -> set[str]:
        position, depth, words = self.position, 0, set()
        while True:
            token = self.tokens[position]
            position += 1
            if token.kind == "end":
                raise UnreadableError
            if token.kind == "word":
                words.add(token.text.upper())
            depth += (token.text == "{") - (token.text == "}")
            if depth == 0:
                return words

    def graphs(self) -> list[str]:
        """The named graphs that the query sees."""
        if self.named_graphs is not None:
            graphs = self.named_graphs
        elif self.has_from:
            graphs = list(dict.fromkeys(self.from_named))
        elif self.store is None:
            raise UnsupportedQueryError(_ROUND_A_GROUP)
        else:
            named = list(itertools.islice(self.store.named_graphs(), _MAX_GRAPHS + 1))
            if any(not isinstance(graph, NamedNode) for graph in named):
                raise UnsupportedQueryError(f"{_ROUND_A_GROUP} over graphs named by blank nodes")
            graphs = [str(graph) for graph in named]
        if len(graphs) > _MAX_GRAPHS:
            raise UnsupportedQueryError(
                f"{_ROUND_A_GROUP} over more than {_MAX_GRAPHS} graphs; "
                "name the graphs with FROM NAMED, or the one with GRAPH"
            )
        return graphs

    # Triples and paths

    def triples(self) -> str:
        start = self.position
        triples: list[_Triple] = []
        bracketed = self.at("[", "(")
        subject = self.node(triples)
        if not bracketed or self.at_verb():
            self.properties(subject, triples)
        tokens = self.tokens[start : self.position]
        changed = [self.patterns(triple) for triple in triples]
        if all(pattern is None for pattern in changed):
            return " ".join(self.written(token) for token in tokens)
        self.changed = True
        if not self.blanks_as_variables and any(
            token.kind == "blank" or token.text in ("[", "(") for token in tokens
        ):
            self.blanks_as_variables = self.adds_variables = True
        parts = []
        for triple, pattern in zip(triples, changed, strict=True):
            if pattern is None:
                parts.append(f"{triple.subject} {triple.path.written()} {triple.object} .")
            else:
                parts.append(pattern)
        if self.at("."):
            self.take()
        return " ".join(parts)

    def written(self, token: Token) -> str:
        if token.kind != "blank":
            return token.text
        if self.blanks_as_variables:
            self.fresh += 1
            return f"?_b_{''.join(c if c.isalnum() else f'_{ord(c)}_' for c in token.text[2:])}{self.suffix}"
        return token.text + self.suffix

    def variable(self) -> str:
        self.fresh += 1
        while f"_c{self.fresh}" in self.used:
            self.fresh += 1
        return f"?_c{self.fresh}"

    def at_verb(self) -> bool:
        return self.token.kind in ("variable", "iri", "name") or self.token.text in ("a", "^", "(", "!")

    def properties(self, subject: str, triples: list[_Triple]) -> None:
        while True:
            path = _Path("link", text=self.take()) if self.token.kind == "variable" else self.alternatives()
            triples.append(_Triple(subject, path, self.node(triples)))
            while self.at(","):
                self.take()
                triples.append(_Triple(subject, path, self.node(triples)))
            if not self.at(";"):
                return
            while self.at(";"):
                self.take()
            if not self.at_verb():
                return

    def node(self, triples: list[_Triple]) -> str:
        token = self.token
        if token.kind in ("variable", "iri", "name", "number"):
            return self.take()
        if token.kind == "blank":
            self.position += 1
            return self.written(token)
        if token.kind == "string":
            text = self.take()
            if self.token.kind == "language":
                text += self.take()
            elif self.token.text == "^^":
                text += self.take() + self.take()
            return text
        if token.kind == "word" and token.text in ("true", "false"):
            return self.take()
        if token.text in "+-" and token.text:
            return self.take() + self.take()
        if token.text == "[":
            self.take()
            subject = self.variable()
            if not self.at("]"):
                self.properties(subject, triples)
            self.expect("]")
            return subject
        if token.text == "(":
            return self.collection(triples)
        if token.text in ("<<(", "<<"):
            return self.skipped_brackets(token.text, {"<<(": ")>>", "<<": ">>"}[token.text])
        raise UnreadableError

    def collection(self, triples: list[_Triple]) -> str:
        rdf = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
        self.take()
        items = []
        while not self.at(")"):
            items.append(self.node(triples))
        self.take()
        cells = [*(self.variable() for _ in items), f"<{rdf}nil>"]
        for cell, rest, item in zip(cells, cells[1:], items, strict=False):
            triples.append(_Triple(cell, _Path("link", text=f"<{rdf}first>"), item))
            triples.append(_Triple(cell, _Path("link", text=f"<{rdf}rest>"), rest))
        return cells[0]

    def alternatives(self) -> _Path:
        return self.path_list("|", "alternative", self.sequence)

    def sequence(self) -> _Path:
        return self.path_list("/", "sequence", self.inverse_or_element)

    def path_list(self, sign: str, kind: str, read: Callable[[], _Path]) -> _Path:
        parts = [read()]
        while self.at(sign):
            self.take()
            parts.append(read())
        return parts[0] if len(parts) == 1 else _Path(kind, tuple(parts))

    def inverse_or_element(self) -> _Path:
        if self.at("^"):
            self.take()
            return _Path("inverse", (self.element(),))
        return self.element()

    def element(self) -> _Path:
        if self.at("("):
            self.take()
            path = self.alternatives()
            self.expect(")")
        elif self.at("!"):
            self.take()
            path = self.negated()
        elif self.token.kind in ("iri", "name") or self.token.text == "a":
            path = _Path("link", text=self.take())
        else:
            raise UnreadableError
        return _Path(self.take(), (path,)) if self.at("*", "+", "?") else path

    def negated(self) -> _Path:
        """A negated set as the union of its forward and its inverse part (section 18.2.2.3)."""
        forward: list[str] = []
        inverse: list[str] = []
        several = self.at("(")
        if several:
            self.take()
        while not (several and self.at(")")):
            if self.at("|"):
                self.take()
                continue
            links = forward
            if self.at("^"):
                self.take()
                links = inverse
            link = self.take()
            links.append("<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>" if link == "a" else link)
            if not several:
                break
        if several:
            self.take()
        paths = [_Path("negated", text=", ".join(forward))] if forward or not inverse else []
        if inverse:
            paths.append(_Path("inverse", (_Path("negated", text=", ".join(inverse)),)))
        return paths[0] if len(paths) == 1 else _Path("alternative", tuple(paths))

    def patterns(self, triple: _Triple) -> str | None:
        """The pattern that a triple with a path becomes; None if it is right as it is."""
        ends = triple.subject, triple.object
        constant = any(end[0] not in "?$_" for end in ends)
        branches = triple.path.branches() if self.keep_duplicates else [triple.path]
        negates = self.keep_duplicates and any(branch.negates() for branch in branches)
        if len(branches) == 1 and not negates and not (constant and branches[0].may_be_empty()):
            return None
        parts = []
        for branch in branches:
            if negates and branch.negates():
                parts.append(f"{{ {self.steps(triple.subject, branch, triple.object)} }}")
            else:
                parts.append(f"{{ {triple.subject} {branch.written()} {triple.object} }}")
            if constant and branch.may_be_empty():
                parts.append(self.empty_path(*ends))
        return " UNION ".join(parts)

    def steps(self, subject: str, path: _Path, value: str) -> str:
        """A path with negated sets, a pattern for each step: every triple counts, not every pair of ends."""
        if path.kind == "inverse":
            return self.steps(value, path.parts[0], subject)
        if path.kind == "sequence":
            nodes = [subject, *(self.variable() for _ in path.parts[1:]), value]
            return " ".join(
                self.steps(before, part, after)
                for before, part, after in zip(nodes, path.parts, nodes[1:], strict=False)
            )
        if path.kind == "negated":
            self.adds_variables = True
            predicate = self.variable()
            return f"{subject} {predicate} {value} FILTER({predicate} NOT IN ({path.text}))"
        return f"{subject} {path.written()} {value} ."

    def empty_path(self, subject: str, value: str) -> str:
        """A path of no triple leads from a term to itself, also if no triple has the term (section 18.4)."""
        term, other = (value, subject) if subject[0] in "?$_" else (subject, value)
        if other[0] not in "?$":
            same = f"FILTER(sameTerm({term}, {other}))"
        elif self.in_exists:
            # BIND would pass over the value that the variable has outside.
            same = f"VALUES {other} {{ {term} }}"
        else:
            # VALUES would leave the variable of a GRAPH around it unbound.
            same = f"BIND({term} AS {other})"
        # A literal is no subject.
        absent = "" if _is_literal(term) else f"FILTER NOT EXISTS {{ {term} ?_p ?_o }} "
        return f"{{ {same} {absent}FILTER NOT EXISTS {{ ?_s ?_p {term} }} }}"

    # Expressions

    def expression(self) -> str:
        return self.disjunction().exact

    def disjunction(self) -> _Expression:
        return self.chain(("||",), lambda: self.chain(("&&",), self.relation))

    def chain(self, signs: tuple[str, ...], read: Callable[[], _Expression]) -> _Expression:
        left = read()
        while self.at(*signs):
            sign = self.take()
            right = read()
            text = f"{left.exact} {sign} {right.exact}"
            left = _Expression(text, text)
        return left

    def relation(self) -> _Expression:
        left = self.arithmetic(("+", "-"), lambda: self.arithmetic(("*", "/"), self.unary))
        if self.at("=", "!=", "<", ">", "<=", ">="):
            sign = self.take()
            right = self.arithmetic(("+", "-"), lambda: self.arithmetic(("*", "/"), self.unary))
            return self.operation(left, sign, right)
        if self.at("NOT", "IN"):
            words = self.take()
            if words.upper() == "NOT":
                words += " " + self.expect("IN")
            text = f"{left.exact} {words} {self.arguments()}"
            return _Expression(text, text)
        return left

    def arithmetic(self, signs: tuple[str, ...], read: Callable[[], _Expression]) -> _Expression:
        left = read()
        while self.at(*signs):
            sign = self.take()
            left = self.operation(left, sign, read())
        return left

    def operation(self, left: _Expression, sign: str, right: _Expression) -> _Expression:
        native = f"{left.native} {sign} {right.native}"
        if not self.exact:
            return _Expression(native, native)
        self.changed = True
        function = f"{_OPERATORS[sign]}({left.exact}, {right.exact})"
        if sign == "+":
            # A date plus a duration is the date minus its opposite, which pyoxigraph can compute.
            function += f", {left.native} - {functions.OPPOSITE}({right.native})"
            function += f", {right.native} - {functions.OPPOSITE}({left.native})"
        # Each operand stands here in its exact form once only, or the text would double with each operator.
        if len(function) > _MAX_TEXT:
            raise UnsupportedQueryError("an expression with so many operators cannot be computed exactly")
        # pyoxigraph holds NaN for at most, and at least, NaN.
        order = (function, native) if sign in ("<=", ">=") else (native, function)
        return _Expression(native, f"COALESCE({', '.join(order)})")

    def unary(self) -> _Expression:
        if self.at("!"):
            self.take()
            operand = self.unary()
            return _Expression(f"! {operand.exact}", f"! {operand.exact}")
        if self.at("+", "-"):
            sign = self.take()
            operand = self.unary()
            native = (
                f"{sign}{operand.native}" if operand.native[0] not in "+-" else f"{sign} {operand.native}"
            )
            if not self.exact:
                return _Expression(native, native)
            self.changed = True
            return _Expression(native, f"COALESCE({native}, {_OPERATORS[sign]}(0, {operand.exact}))")
        return self.primary()

    def primary(self) -> _Expression:
        token = self.token
        if self.at("("):
            self.take()
            inner = self.disjunction()
            self.expect(")")
            return _Expression(f"({inner.native})", f"({inner.exact})")
        text = self.call() if token.kind == "word" else self.term()
        return _Expression(text, text)

    def term(self) -> str:
        if self.token.kind in ("iri", "name"):
            text = self.take()
            return text + self.arguments() if self.at("(") else text
        if self.token.kind in ("variable", "number", "string") or self.token.text == "<<(":
            return self.node([])
        raise UnreadableError

    def arguments(self) -> str:
        return "(" + ", ".join(self.argument_list()) + ")"

    def argument_list(self) -> list[str]:
        self.expect("(")
        arguments = []
        if self.at("DISTINCT"):
            raise UnreadableError
        while not self.at(")"):
            arguments.append(self.expression())
            if self.at(","):
                self.take()
        self.take()
        return arguments

    def call(self) -> str:
        name = self.take()
        word = name.upper()
        if name in ("true", "false"):
            return name
        if word == "NOT":
            return f"NOT {self.expect('EXISTS')} {self.existence()}"
        if word == "EXISTS":
            return f"EXISTS {self.existence()}"
        if word in _AGGREGATES:
            return self.aggregate(word)
        if word in ("REGEX", "REPLACE"):
            # A literal pattern can be judged before any text is matched.
            arguments = self.argument_list()
            text = xpath_regex.call(word, arguments)
            self.changed = self.changed or not text.startswith(word)
            return text
        arguments = self.argument_list()
        if word == "BNODE" and arguments:
            if self.bnode_calls > 1:
                raise UnsupportedQueryError(
                    "two calls of BNODE with an argument in one query are not supported: "
                    "they would give the same node for every solution"
                )
            self.changed = True
            return f"{functions.BLANK_NODE}({arguments[0]})"
        if word == "ISNUMERIC" and self.exact:
            self.changed = True
            return f"(isNumeric({arguments[0]}) || {functions.IS_NUMERIC}({arguments[0]}))"
        return f"{name}({', '.join(arguments)})"

    def existence(self) -> str:
        before = self.keep_duplicates, self.in_exists
        self.keep_duplicates, self.in_exists = False, True
        text = self.group()
        self.keep_duplicates, self.in_exists = before
        return text

    def aggregate(self, word: str) -> str:
        self.expect("(")
        distinct = f"{self.take()} " if self.at("DISTINCT") else ""
        if self.at("*"):
            self.counts_distinct_rows = self.counts_distinct_rows or bool(distinct)
            argument = self.take()
        else:
            argument = self.expression()
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
            ours = f"{functions.AGGREGATES[word]}({argument})"
            # pyoxigraph passes over the numbers it does not know in MIN and MAX, and fails in SUM and AVG.
            return f"COALESCE({ours}, {text})" if word in ("MIN", "MAX") else f"COALESCE({text}, {ours})"
        return text
