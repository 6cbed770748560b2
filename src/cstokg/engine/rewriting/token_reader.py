"""Read the tokens of a query one after another; what all rewriting shares."""

from collections.abc import Sequence

from cstokg.engine.query_text import Token


class UnreadableError(Exception):
    """The query has syntax beyond SPARQL 1.1 that the reader does not follow."""


def joined(tokens: Sequence[Token]) -> str:
    """Return the tokens as text again."""
    return " ".join(token.text for token in tokens)


class TokenReader:
    """A position among the tokens of a query, and what has been rewritten so far.

    Attributes:
        tokens: of the query, with an empty one of the kind "end" behind the last.
        position: the index of the token that is read next.
        exact: whether operators have to compute values that pyoxigraph does not know.
        changed: whether any of the text read so far was corrected.
        variables_added: how many variables the corrections have added.
    """

    def __init__(self, tokens: Sequence[Token], *, exact: bool) -> None:
        """Begin at the first token."""
        self.tokens = [*tokens, Token("end", "", 0)]
        self.position = 0
        self.exact = exact
        self.changed = False
        self.variables_added = 0
        self._used_names = {token.text[1:] for token in tokens if token.kind == "variable"}

    @property
    def token(self) -> Token:
        """Return the token that is read next."""
        return self.tokens[self.position]

    def take(self) -> str:
        """Read a token and return its text.

        Raises:
            UnreadableError: there is none.
        """
        token = self.tokens[self.position]
        if token.kind == "end":
            raise UnreadableError
        self.position += 1
        return token.text

    def at(self, *texts: str) -> bool:
        """Return whether the next token is one of these signs or keywords."""
        token = self.tokens[self.position]
        return token.kind in ("sign", "word") and token.text.upper() in texts

    def expect(self, text: str) -> str:
        """Read a sign or keyword that has to come next, and return its text.

        Raises:
            UnreadableError: another token comes next.
        """
        if not self.at(text):
            raise UnreadableError
        return self.take()

    def read_brackets(self, opening: str, closing: str) -> str:
        """Read from an opening bracket to the closing one that belongs to it; return the text unchanged."""
        parts, depth = [], 0
        while True:
            text = self.take()
            parts.append(text)
            depth += (text == opening) - (text == closing)
            if depth == 0:
                return " ".join(parts)

    def new_variable(self) -> str:
        """Return a variable that the query does not use."""
        self.variables_added += 1
        while f"_c{self.variables_added}" in self._used_names:
            self.variables_added += 1
        return f"?_c{self.variables_added}"
