"""The prologue of a query: the BASE and PREFIX declarations before its first word.

Nothing but white space and comments can stand between the declarations (SPARQL 1.1 Query,
section 19.8, rules 4 to 6), so this part of a query can be read without a grammar.
"""

import re
from dataclasses import dataclass
from urllib.parse import urljoin

from cstokg import names

BASE_IRI = names.BASE

_IRI = r'<([^<>"{}|^`\\\x00-\x20]*)>'
_SPACE = re.compile(r"(?:[ \t\r\n]|#[^\r\n]*)*")
_BASE = re.compile(rf"BASE[ \t\r\n]*{_IRI}", re.IGNORECASE)
_PREFIX = re.compile(rf"PREFIX[ \t\r\n]*([^\s:<>]*):[ \t\r\n]*{_IRI}", re.IGNORECASE)
_NAME = re.compile(r"([a-z][a-z-]*):")
_TERM = re.compile(rf"{_IRI}|([\w.-]*):((?:[\w.:-]|%[0-9A-Fa-f]{{2}}|\\.)*)")


@dataclass(frozen=True, slots=True)
class Prologue:
    """What the prologue declares: the base IRI, every prefix in force, and where the query proper begins."""

    base: str
    prefixes: dict[str, str]
    end: int

    def iri(self, text: str, position: int) -> str | None:
        """The absolute IRI of the IRI or prefixed name at a position; None if neither is there."""
        match = _TERM.match(text, space(text, position))
        if match is None:
            return None
        reference: str | None = match[1]
        prefix, local = match[2], match[3]
        if reference is not None:
            return _resolved(self.base, reference)
        if prefix not in self.prefixes:
            return None
        return self.prefixes[prefix] + str(re.sub(r"\\(.)", r"\1", local.rstrip(".")))


def read(sparql: str) -> Prologue:
    """The prologue of a query, over the project's own prefixes and base IRI."""
    base, prefixes, position = BASE_IRI, dict(names.PREFIXES), space(sparql, 0)
    while True:
        if match := _BASE.match(sparql, position):
            base = _resolved(base, match[1])
        elif match := _PREFIX.match(sparql, position):
            prefixes[match[1]] = _resolved(base, match[2])
        else:
            return Prologue(base, prefixes, position)
        position = space(sparql, match.end())


def known_prefixes(sparql: str) -> dict[str, str]:
    """Those of the project's prefixes that a query may use; the parser takes longer with each."""
    if "\\" in sparql:
        return dict(names.PREFIXES)  # any letter may be written as an escape
    return {name: names.PREFIXES[name] for name in _NAME.findall(sparql) if name in names.PREFIXES}


def space(text: str, position: int) -> int:
    """The position after the white space and comments that begin at a position."""
    match = _SPACE.match(text, position)
    return match.end() if match else position


def _resolved(base: str, reference: str) -> str:
    """A reference as an absolute IRI; Python's function alone drops an empty fragment at its end."""
    found = urljoin(base, reference)
    return f"{found}#" if reference.endswith("#") and not found.endswith("#") else found
