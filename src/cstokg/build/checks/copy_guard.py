"""The copy guard: runs of eight words, their hashes, and where a file repeats a run of an article.

The hashes of all runs are kept in the project, because they do not give the texts back.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

LENGTH = 8
FOLDER = Path("tests") / "copyguard"
HASHES = FOLDER / "runs.txt"
ALLOWED = FOLDER / "allowed.txt"

_WORD = re.compile(r"[^\W_]+")
_DIGITS = 16
# Comments and IRIs come first, because quotation marks and apostrophes in them open no literal.
_LITERAL = re.compile(
    r"""#[^\n]*|<[^<>"{}|^`\\\s]*>"""
    r'''|"{3}(?P<long>(?:[^"\\]|\\.|"{1,2}(?!"))*)"{3}|"(?P<double>(?:[^"\\\n]|\\.)*)"'''
    r"""|'{3}(?P<other>(?:[^'\\]|\\.|'{1,2}(?!'))*)'{3}|'(?P<single>(?:[^'\\\n]|\\.)*)'""",
    re.DOTALL,
)
_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))", re.DOTALL)
_BLANKS = {"t": "\t", "n": "\n", "r": "\r", "b": "\b", "f": "\f"}


def runs(text: str) -> Iterator[tuple[int, str]]:
    """Yield the offset and hash of every run of ``LENGTH`` words: small letters and digits, nothing else."""
    matches = list(_WORD.finditer(text))
    words = [match[0].lower() for match in matches]
    for index in range(len(words) - LENGTH + 1):
        run = " ".join(words[index : index + LENGTH])
        yield matches[index].start(), hashlib.sha256(run.encode()).hexdigest()[:_DIGITS]


def literals(text: str) -> Iterator[tuple[int, str]]:
    """Yield the offset and value of every string literal in a Turtle or SPARQL text."""
    for match in _LITERAL.finditer(text):
        value = next((group for group in match.groups() if group is not None), None)
        if value is not None:
            yield match.start(), _ESCAPE.sub(_unescaped, value)


def copied(text: str, hashes: frozenset[str], *, by_literal: bool = False) -> list[int]:
    """Return the lines, from 1, where a run begins whose hash is one of these; each line once, in order.

    Args:
        text: a whole file.
        hashes: what must not occur.
        by_literal: whether to look into each string literal as well, with its escapes undone.
    """
    places = {offset for offset, run in runs(text) if run in hashes}
    if by_literal:
        places |= {
            start
            for start, value in literals(text)
            # A literal that needs no escapes was found above, as a part of the whole text.
            if not text.startswith(value, start + 1) and any(run in hashes for _, run in runs(value))
        }
    return sorted({text.count("\n", 0, place) + 1 for place in places})


def hashes_of(texts: Iterable[str]) -> list[str]:
    """Return the hashes of all runs in some texts, sorted, each once."""
    return sorted({run for text in texts for _, run in runs(text)})


def forbidden(root: Path, texts: Iterable[str] = ()) -> frozenset[str]:
    """Return the hashes on file and those of the texts, without those of the allowed names."""
    hashes = {*_lines(root / HASHES), *hashes_of(texts)}
    names = (line for line in _lines(root / ALLOWED) if not line.startswith("#"))
    return frozenset(hashes.difference(run for name in names for _, run in runs(name)))


def add(hashes: Path, texts: Iterable[str]) -> int:
    """Add the runs of some texts to a list of hashes, which only grows; return how many were new."""
    before = set(_lines(hashes))
    after = before.union(hashes_of(texts))
    hashes.write_text("".join(f"{run}\n" for run in sorted(after)), encoding="ascii", newline="\n")
    return len(after) - len(before)


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines() if path.is_file() else []


def _unescaped(match: re.Match[str]) -> str:
    code = match[1] or match[2]
    return chr(int(code, 16)) if code else _BLANKS.get(match[3], match[3])
