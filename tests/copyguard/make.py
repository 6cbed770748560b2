"""Runs of words and their hashes, for the copy guard; as a script, it writes the list of hashes.

    python tests/copyguard/make.py --articles FOLDER

Whoever maps an article adds its runs. The hashes do not give the texts back.
"""

import argparse
import hashlib
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

LENGTH = 8
HASHES = Path(__file__).with_name("runs.txt")
ALLOWED = Path(__file__).with_name("allowed.txt")

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
    """Offset and hash of every run of ``LENGTH`` words: small letters and digits, nothing else."""
    words = [(match.start(), match[0].lower()) for match in _WORD.finditer(text)]
    for index in range(len(words) - LENGTH + 1):
        run = " ".join(word for _, word in words[index : index + LENGTH])
        yield words[index][0], hashlib.sha256(run.encode()).hexdigest()[:_DIGITS]


def literals(text: str) -> Iterator[tuple[int, str]]:
    """Offset and value of every string literal in a Turtle or SPARQL text."""
    for match in _LITERAL.finditer(text):
        value = next((group for group in match.groups() if group is not None), None)
        if value is not None:
            yield match.start(), _ESCAPE.sub(_unescaped, value)


def copied(text: str, hashes: frozenset[str], *, by_literal: bool = False) -> list[int]:
    """The lines, from 1, where a run begins whose hash is one of these; each line once, in order.

    Args:
        text: a whole file.
        hashes: what must not occur.
        by_literal: whether to look into each string literal as well, with its escapes undone.
    """
    places = {offset for offset, run in runs(text) if run in hashes}
    if by_literal:
        places |= {start for start, value in literals(text) if any(run in hashes for _, run in runs(value))}
    return sorted({text.count("\n", 0, place) + 1 for place in places})


def forbidden() -> frozenset[str]:
    """The hashes on file, without those of the allowed names."""
    names = [line for line in ALLOWED.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    allowed = {run for name in names for _, run in runs(name)}
    return frozenset(HASHES.read_text(encoding="ascii").split()) - allowed


def hashes_of(texts: Iterable[str]) -> list[str]:
    """The hashes of all runs in some texts, sorted, each once."""
    return sorted({run for text in texts for _, run in runs(text)})


def _unescaped(match: re.Match[str]) -> str:
    code = match[1] or match[2]
    return chr(int(code, 16)) if code else _BLANKS.get(match[3], match[3])


def main() -> None:
    """Add the runs of the texts in a folder to the list of hashes; none is ever taken out."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument(
        "--articles", required=True, metavar="FOLDER", help="the folder that holds the articles' texts"
    )
    folder: str = parser.parse_args().articles
    # The path of no letters is the present folder: the project's own files would be refused ever after.
    if not folder or not Path(folder).is_dir():
        parser.error(
            f"--articles: '{folder}' is no folder; name that of the texts, or set CSTOKG_ARTICLES to it"
        )
    articles = Path(folder)
    texts = (path.read_text(encoding="utf-8") for path in sorted(articles.iterdir()) if path.is_file())
    hashes = sorted({*HASHES.read_text(encoding="ascii").split(), *hashes_of(texts)})
    HASHES.write_text("".join(f"{run}\n" for run in hashes), encoding="ascii", newline="\n")


if __name__ == "__main__":
    main()
