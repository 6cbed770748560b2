"""Triples of a graph pattern and their property paths: read them, and rewrite those that need it.

A path gives a multiset of solutions (section 18.4): each alternative, and each triple that a negated set
allows, counts by itself, and a path of no triple leads from any term to itself. pyoxigraph counts some
otherwise.
"""

import itertools
from collections.abc import Callable, Sequence
from typing import NamedTuple

from cstokg.engine.query_text import Token, TokenReader, UnreadableError
from cstokg.errors import UnsupportedQueryError
from cstokg.namespaces import PREFIXES

_MAX_BRANCHES = 256
_RDF = PREFIXES["rdf"]


class Path(NamedTuple):
    """A property path: ``kind`` is link, negated, inverse, sequence, alternative, or one of ``*+?``."""

    kind: str
    parts: tuple["Path", ...] = ()
    text: str = ""

    def branches(self) -> list["Path"]:
        """Return paths without alternatives whose union is this path (section 18.2.2.4)."""
        if self.kind == "alternative":
            return [branch for part in self.parts for branch in part.branches()]
        if self.kind == "inverse":
            return [Path("inverse", (branch,)) for branch in self.parts[0].branches()]
        if self.kind == "sequence":
            products = list(
                itertools.islice(
                    itertools.product(*(part.branches() for part in self.parts)), _MAX_BRANCHES + 1
                )
            )
            if len(products) > _MAX_BRANCHES:
                raise UnsupportedQueryError(
                    f"a path of more than {_MAX_BRANCHES} alternatives cannot be counted correctly"
                )
            return [Path("sequence", product) for product in products]
        return [self]

    def may_be_empty(self) -> bool:
        """Return whether the path leads from a term to itself without any triple."""
        if self.kind in "*?":
            return True
        if self.kind in ("sequence", "inverse"):
            return all(part.may_be_empty() for part in self.parts)
        if self.kind == "alternative":
            return any(part.may_be_empty() for part in self.parts)
        return self.kind == "+" and self.parts[0].may_be_empty()

    def negates(self) -> bool:
        """Return whether a part of the path is a negated set, where pyoxigraph drops duplicates."""
        return self.kind == "negated" or (
            self.kind in ("sequence", "inverse") and any(part.negates() for part in self.parts)
        )

    def written(self) -> str:
        """Return the path as text, in brackets unless it is a single link."""
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


class Triple(NamedTuple):
    """A triple pattern, whose predicate is a path."""

    subject: str
    path: Path
    object: str


class TripleRewriter(TokenReader):
    """Reads triples with everything that may stand in them: lists of properties, paths, ``[ ]`` and ``( )``.

    It turns triples with a path into patterns whose solutions are counted correctly.

    Attributes:
        keep_duplicates: whether the number of equal solutions makes a difference.
        in_exists: whether what is read stands in EXISTS.
        adds_variables: whether corrections have added variables that ``*`` would show.
        blanks_as_variables: whether blank nodes are written as variables.
        suffix: what is appended to the labels of blank nodes where a pattern is repeated.
    """

    def __init__(self, tokens: Sequence[Token], *, exact: bool) -> None:
        """Begin at the first token."""
        super().__init__(tokens, exact=exact)
        self.keep_duplicates = True
        self.in_exists = False
        self.adds_variables = False
        self.blanks_as_variables = False
        self.suffix = ""

    def read_path(self) -> Path:
        """Read a path (rules 88 to 96) and return it."""
        return self._read_path_list("|", "alternative", self._read_sequence)

    def _read_sequence(self) -> Path:
        return self._read_path_list("/", "sequence", self._read_inverse)

    def _read_path_list(self, sign: str, kind: str, read: Callable[[], Path]) -> Path:
        parts = [read()]
        while self.at(sign):
            self.take()
            parts.append(read())
        return parts[0] if len(parts) == 1 else Path(kind, tuple(parts))

    def _read_inverse(self) -> Path:
        if self.at("^"):
            self.take()
            return Path("inverse", (self._read_element(),))
        return self._read_element()

    def _read_element(self) -> Path:
        if self.at("("):
            self.take()
            path = self.read_path()
            self.expect(")")
        elif self.at("!"):
            self.take()
            path = self._read_negated_set()
        elif self.token.kind in ("iri", "name") or self.token.text == "a":
            path = Path("link", text=self.take())
        else:
            raise UnreadableError
        return Path(self.take(), (path,)) if self.at("*", "+", "?") else path

    def _read_negated_set(self) -> Path:
        """Read a negated set as the union of its forward and its inverse part (section 18.2.2.3)."""
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
            links.append(f"<{_RDF}type>" if link == "a" else link)
            if not several:
                break
        if several:
            self.take()
        paths = [Path("negated", text=", ".join(forward))] if forward or not inverse else []
        if inverse:
            paths.append(Path("inverse", (Path("negated", text=", ".join(inverse)),)))
        return paths[0] if len(paths) == 1 else Path("alternative", tuple(paths))

    def pattern_of_path(self, triple: Triple) -> str | None:
        """Return the pattern that a triple with a path becomes; None if it needs no correction."""
        ends = triple.subject, triple.object
        constant = any(end[0] not in "?$_" for end in ends)
        branches = triple.path.branches() if self.keep_duplicates else [triple.path]
        negates = self.keep_duplicates and any(branch.negates() for branch in branches)
        if len(branches) == 1 and not negates and not (constant and branches[0].may_be_empty()):
            return None
        parts = []
        for branch in branches:
            if negates and branch.negates():
                parts.append(f"{{ {self._pattern_of_steps(triple.subject, branch, triple.object)} }}")
            else:
                parts.append(f"{{ {triple.subject} {branch.written()} {triple.object} }}")
            if constant and branch.may_be_empty():
                parts.append(self._pattern_of_empty_path(*ends))
        return " UNION ".join(parts)

    def _pattern_of_steps(self, subject: str, path: Path, value: str) -> str:
        """Return patterns for the parts of a path with negated sets, so that each triple counts by itself."""
        if path.kind == "inverse":
            return self._pattern_of_steps(value, path.parts[0], subject)
        if path.kind == "sequence":
            nodes = [subject, *(self.new_variable() for _ in path.parts[1:]), value]
            return " ".join(
                self._pattern_of_steps(before, part, after)
                for before, part, after in zip(nodes, path.parts, nodes[1:], strict=False)
            )
        if path.kind == "negated":
            self.adds_variables = True
            predicate = self.new_variable()
            return f"{subject} {predicate} {value} FILTER({predicate} NOT IN ({path.text}))"
        return f"{subject} {path.written()} {value} ."

    def _pattern_of_empty_path(self, subject: str, value: str) -> str:
        """Return the pattern of a path of no triple.

        It leads from a term to itself, also if no triple has the term (section 18.4).
        """
        term, other = (value, subject) if subject[0] in "?$_" else (subject, value)
        if other[0] not in "?$":
            same = f"FILTER(sameTerm({term}, {other}))"
        elif self.in_exists:
            # BIND would ignore the value that the variable has outside.
            same = f"VALUES {other} {{ {term} }}"
        else:
            # VALUES would leave the variable of a GRAPH around it unbound.
            same = f"BIND({term} AS {other})"
        # A literal cannot be a subject.
        absent = "" if _is_literal(term) else f"FILTER NOT EXISTS {{ {term} ?_p ?_o }} "
        return f"{{ {same} {absent}FILTER NOT EXISTS {{ ?_s ?_p {term} }} }}"

    def read_triples(self) -> str:
        """Read all triples of one subject and return them as corrected patterns."""
        start = self.position
        triples: list[Triple] = []
        bracketed = self.at("[", "(")
        subject = self.read_node(triples)
        if not bracketed or self._at_verb():
            self._read_properties(subject, triples)
        tokens = self.tokens[start : self.position]
        changed = [self.pattern_of_path(triple) for triple in triples]
        if all(pattern is None for pattern in changed):
            return " ".join(self._written_token(token) for token in tokens)
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

    def _written_token(self, token: Token) -> str:
        if token.kind != "blank":
            return token.text
        if self.blanks_as_variables:
            self.variables_added += 1
            return f"?_b_{''.join(c if c.isalnum() else f'_{ord(c)}_' for c in token.text[2:])}{self.suffix}"
        return token.text + self.suffix

    def _at_verb(self) -> bool:
        return self.token.kind in ("variable", "iri", "name") or self.token.text in ("a", "^", "(", "!")

    def _read_properties(self, subject: str, triples: list[Triple]) -> None:
        """Read a list of paths and objects, and add a triple for each."""
        while True:
            path = Path("link", text=self.take()) if self.token.kind == "variable" else self.read_path()
            triples.append(Triple(subject, path, self.read_node(triples)))
            while self.at(","):
                self.take()
                triples.append(Triple(subject, path, self.read_node(triples)))
            if not self.at(";"):
                return
            while self.at(";"):
                self.take()
            if not self._at_verb():
                return

    def read_node(self, triples: list[Triple]) -> str:
        """Read a term, a blank node or a collection, and return what stands for it in a triple.

        The triples inside brackets are added to ``triples``.
        """
        token = self.token
        if token.kind in ("variable", "iri", "name", "number"):
            return self.take()
        if token.kind == "blank":
            self.position += 1
            return self._written_token(token)
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
            subject = self.new_variable()
            if not self.at("]"):
                self._read_properties(subject, triples)
            self.expect("]")
            return subject
        if token.text == "(":
            return self._read_collection(triples)
        if token.text in ("<<(", "<<"):
            return self.read_brackets(token.text, {"<<(": ")>>", "<<": ">>"}[token.text])
        raise UnreadableError

    def _read_collection(self, triples: list[Triple]) -> str:
        """Read a collection, add the triples of its cells, and return the first cell."""
        self.take()
        items = []
        while not self.at(")"):
            items.append(self.read_node(triples))
        self.take()
        cells = [*(self.new_variable() for _ in items), f"<{_RDF}nil>"]
        for cell, rest, item in zip(cells, cells[1:], items, strict=False):
            triples.append(Triple(cell, Path("link", text=f"<{_RDF}first>"), item))
            triples.append(Triple(cell, Path("link", text=f"<{_RDF}rest>"), rest))
        return cells[0]


def _is_literal(term: str) -> bool:
    return term[0] in "\"'+-.0123456789" or term in ("true", "false")
