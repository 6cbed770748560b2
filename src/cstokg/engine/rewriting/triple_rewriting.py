"""Triples of a graph pattern: read them, and rewrite those whose path or blank nodes need it."""

from collections.abc import Sequence

from cstokg.engine.query_text import Token
from cstokg.engine.rewriting.property_paths import Path, PathRewriter, Triple
from cstokg.engine.rewriting.token_reader import UnreadableError

_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"


class TripleRewriter(PathRewriter):
    """Reads triples with everything that may stand in them: lists of properties, ``[ ]`` and ``( )``.

    Attributes:
        blanks_as_variables: whether blank nodes are written as variables.
        suffix: what the labels of blank nodes get, where a pattern is repeated.
    """

    def __init__(self, tokens: Sequence[Token], *, exact: bool) -> None:
        """Begin at the first token."""
        super().__init__(tokens, exact=exact)
        self.blanks_as_variables = False
        self.suffix = ""

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
