"""Rewrite a query that pyoxigraph would answer differently from SPARQL 1.1.

The reader follows the grammar of SPARQL 1.1 (section 19.8) over the tokens; each method reads one
rule and returns its text, corrected where the method says so. This module has the forms of
queries and the groups of patterns; the rest of the grammar is in the classes that it builds on.
"""

import itertools
from collections.abc import Sequence
from typing import Any

from pyoxigraph import NamedNode, QuerySolutions, Store

from cstokg.engine.query_text import Token, UnreadableError, joined
from cstokg.engine.rewriting import python_functions
from cstokg.engine.rewriting.expression_rewriting import AGGREGATES, MAX_TEXT, ExpressionRewriter
from cstokg.errors import UnsupportedQueryError

_MAX_GRAPHS = 200
_TOO_MANY_COPIES = "the query has too many combinations of graphs"
_GRAPH_AROUND = "GRAPH with a variable around SELECT or MINUS is not supported"

_SEES_DUPLICATES = AGGREGATES | {"BNODE", "RAND", "UUID", "STRUUID"}
_MODIFIERS = frozenset({"GROUP", "HAVING", "ORDER", "LIMIT", "OFFSET", "VALUES"})


def rewrite(
    tokens: Sequence[Token],
    store: Store | None,
    exact: bool,
    named_graphs: Sequence[str] | None,
    options: dict[str, Any],
) -> str | None:
    """Return the corrected text of a query; None if it needs no correction.

    The query is one that pyoxigraph has parsed with the options.

    Raises:
        UnreadableError: the reader does not understand the text.
        UnsupportedQueryError: the query cannot be corrected.
    """
    return _QueryRewriter(tokens, store, exact, named_graphs, options).rewritten()


class _QueryRewriter(ExpressionRewriter):
    """Reads a query from its prologue to its end."""

    def __init__(
        self,
        tokens: Sequence[Token],
        store: Store | None,
        exact: bool,
        named_graphs: Sequence[str] | None,
        options: dict[str, Any],
    ) -> None:
        super().__init__(tokens, exact=exact)
        self.store = store
        self.named_graphs = None if named_graphs is None else [f"<{iri}>" for iri in named_graphs]
        self.options = options
        self.prologue = ""
        self.copied_length = 0
        self.from_named: list[str] = []
        self.has_from = False

    # Queries

    def rewritten(self) -> str | None:
        """Read the whole query and return it corrected; None if it needs no correction."""
        start = self.position
        text = self._read_query()
        if self.blanks_as_variables:
            # A union splits what was one basic graph pattern, and a label may stand in one only.
            self.position = start
            self.from_named = []
            text = self._read_query()
        if self.adds_variables and self.counts_distinct_rows:
            raise UnsupportedQueryError(
                "COUNT(DISTINCT *) is not supported beside a path with a blank node or a negated set; "
                "name the variables in a subselect"
            )
        if len(text) > MAX_TEXT:
            raise UnsupportedQueryError(_TOO_MANY_COPIES)
        return text if self.changed else None

    def _read_query(self) -> str:
        parts = []
        while self.at("BASE", "PREFIX", "VERSION"):
            if self.take().upper() == "PREFIX":
                parts.append(f"PREFIX {self.take()} {self.take()}")
            else:
                parts.append(f"{self.tokens[self.position - 1].text} {self.take()}")
        self.prologue = " ".join(parts)
        if self.at("SELECT"):
            return f"{self.prologue} {self._read_select()} {self._read_last_values()}".strip()
        if self.at("CONSTRUCT"):
            self.take()
            if not self.at("{"):
                # The short form has no paths and no groups.
                self.position = len(self.tokens) - 1
                return joined(self.tokens[:-1])
            head = "CONSTRUCT " + self.read_brackets("{", "}")
            return self._read_rest(head)
        if self.at("ASK"):
            self.take()
            self.keep_duplicates = False
            return self._read_rest("ASK")
        if self.at("DESCRIBE"):
            head = self.take()
            while not self.at("FROM", "WHERE", "{", *_MODIFIERS) and self.token.kind != "end":
                head += " " + self.take()
            head += " " + self._read_dataset()
            where = self._read_where() if self.at("WHERE", "{") else self._read_modifiers()
            return f"{self.prologue} {head} {where} {self._read_last_values()}".strip()
        raise UnreadableError

    def _read_rest(self, head: str) -> str:
        dataset, where, values = self._read_dataset(), self._read_where(), self._read_last_values()
        return f"{self.prologue} {head} {dataset} {where} {values}".strip()

    def _read_dataset(self) -> str:
        parts = []
        while self.at("FROM"):
            self.has_from = True
            parts.append(self.take())
            if self.at("NAMED"):
                parts.append(self.take())
                self.from_named.append(self.token.text)
            parts.append(self.take())
        return " ".join(parts)

    def _read_select(self) -> str:
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
                expression = self.read_expression()
                self.expect("AS")
                clause.append(f"({expression} AS {self.take()})")
                self.expect(")")
            elif self.token.kind == "variable":
                clause.append(self.take())
            else:
                raise UnreadableError
        # Where duplicates make no difference, the native path is right, and faster than a union.
        self.keep_duplicates = not distinct or any(
            token.text.upper() in _SEES_DUPLICATES for token in self.tokens[clause_start:]
        )
        dataset = self._read_dataset()
        added_before = self.variables_added
        start = self.position
        where = self._read_where()
        self.keep_duplicates = keeps_duplicates
        if star:
            clause = [self._columns_of_star(start) if self.variables_added > added_before else "*"]
        return " ".join([*parts, *clause, dataset, where])

    def _columns_of_star(self, start: int) -> str:
        """Return the variables that ``*`` stands for, without those that the corrections have added."""
        end = self.position
        query = " ".join([self.prologue, "SELECT *", joined(self.tokens[start:end])])
        try:
            result = Store().query(query, **self.options, **python_functions.QUERY_OPTIONS)
        except (SyntaxError, OSError, RuntimeError, ValueError):  # perhaps a function that does not exist
            raise UnreadableError from None
        if not isinstance(result, QuerySolutions):
            raise UnreadableError
        names = [variable.value for variable in result.variables]
        order = [token.text[1:] for token in self.tokens[start:end] if token.kind == "variable"]
        written = list(dict.fromkeys(name for name in order if name in names))
        return " ".join(f"?{name}" for name in written) or "*"

    def _read_where(self) -> str:
        if self.at("WHERE"):
            self.take()
        return f"WHERE {self.read_group()} {self._read_modifiers()}"

    def _read_modifiers(self) -> str:
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
                    inner = self.read_expression()
                    if self.at("AS"):
                        inner += f" {self.take()} {self.take()}"
                    self.expect(")")
                    parts.append(f"({inner})")
                elif self.token.kind == "variable":
                    parts.append(self.take())
                else:
                    # A call without brackets round it; what it becomes may be more than a call.
                    parts.append(f"({self.read_expression()})")
        return " ".join(parts)

    def _read_last_values(self) -> str:
        text = self._read_values() if self.at("VALUES") else ""
        if self.token.kind != "end":
            raise UnreadableError
        return text

    def _read_values(self) -> str:
        text = self.take()
        text += " " + (self.read_brackets("(", ")") if self.at("(") else self.take())
        return f"{text} {self.read_brackets('{', '}')}"

    # Graph patterns

    def read_group(self) -> str:
        self.expect("{")
        if self.at("SELECT"):
            text = f"{self._read_select()} {self._read_values() if self.at('VALUES') else ''}"
            self.expect("}")
            return f"{{ {text} }}"
        parts = []
        while not self.at("}"):
            if self.at("."):
                self.take()
                parts.append(".")
            elif self.at("FILTER"):
                self.take()
                parts.append(f"FILTER({self.read_expression()})")
            elif self.at("BIND"):
                self.take()
                self.expect("(")
                expression = self.read_expression()
                self.expect("AS")
                parts.append(f"BIND({expression} AS {self.take()})")
                self.expect(")")
            elif self.at("OPTIONAL", "MINUS", "LATERAL"):
                parts.append(f"{self.take()} {self.read_group()}")
            elif self.at("GRAPH"):
                parts.append(self._read_graph())
            elif self.at("SERVICE"):
                # Another engine answers it.
                parts.append(self.take())
                while not self.at("{"):
                    parts.append(self.take())
                parts.append(self.read_brackets("{", "}"))
            elif self.at("VALUES"):
                parts.append(self._read_values())
            elif self.at("{"):
                text = self.read_group()
                while self.at("UNION"):
                    text += f" {self.take()} {self.read_group()}"
                parts.append(text)
            else:
                parts.append(self.read_triples())
        self.take()
        return "{ " + " ".join(parts) + " }"

    def _read_graph(self) -> str:
        """Read GRAPH, which evaluates its pattern in each graph (section 18.6).

        pyoxigraph evaluates once for all graphs what does not match triples of its own: subselects,
        VALUES, and the right side of MINUS.
        """
        self.take()
        name = self.take()
        start = self.position
        words = self._words_of_group()
        if words.isdisjoint({"SELECT", "MINUS"}):
            if "VALUES" not in words:
                return f"GRAPH {name} {self.read_group()}"
            self.changed = True
            return f"GRAPH {name} {{}} GRAPH {name} {self.read_group()}"
        self.changed = True
        if name[0] not in "?$":
            return f"GRAPH {name} {{}} GRAPH {name} {self.read_group()}"
        copies = []
        suffix = self.suffix
        for number, graph in enumerate(self._visible_graphs()):
            self.position = start
            self.suffix = f"{suffix}_{number}"
            copy = f"{{ GRAPH {graph} {{}} GRAPH {graph} {self.read_group()} VALUES {name} {{ {graph} }} }}"
            copies.append(copy)
            self.copied_length += len(copy)
            if self.copied_length > MAX_TEXT:
                raise UnsupportedQueryError(_TOO_MANY_COPIES)
        self.suffix = suffix
        if not copies:
            self.read_group()
            return f"GRAPH {name} {{}}"
        return " UNION ".join(copies)

    def _words_of_group(self) -> set[str]:
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

    def _visible_graphs(self) -> list[str]:
        """Return the named graphs that the query sees."""
        if self.named_graphs is not None:
            graphs = self.named_graphs
        elif self.has_from:
            graphs = list(dict.fromkeys(self.from_named))
        elif self.store is None:
            raise UnsupportedQueryError(_GRAPH_AROUND)
        else:
            named = list(itertools.islice(self.store.named_graphs(), _MAX_GRAPHS + 1))
            if any(not isinstance(graph, NamedNode) for graph in named):
                raise UnsupportedQueryError(f"{_GRAPH_AROUND} over graphs named by blank nodes")
            graphs = [str(graph) for graph in named]
        if len(graphs) > _MAX_GRAPHS:
            raise UnsupportedQueryError(
                f"{_GRAPH_AROUND} over more than {_MAX_GRAPHS} graphs; "
                "name the graphs with FROM NAMED, or the one with GRAPH"
            )
        return graphs
