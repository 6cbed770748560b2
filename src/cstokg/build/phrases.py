"""Where a text says the words that somebody quotes from it.

Words are compared as readers compare them: blanks, line ends, letter case, and the shapes of
quotation marks and dashes do not count. Offsets are code points of the text as it is, the end
exclusive.
"""

import re
import unicodedata
from collections.abc import Iterator
from itertools import pairwise

from rapidfuzz import fuzz

from cstokg.errors import CstokgError

MAX_LENGTH = 500
"""The most code points that evidence may have and still be checked at a glance."""

_ELLIPSIS = re.compile(r"…|\.{3,}")
_DASHES = "\\-‐‑‒–—―−"
# Marks that are part of a word but hardly seen: accents written apart, soft hyphens, zero-width characters.
_UNSEEN = "\u00ad\u200b-\u200d\u2060\ufeff"
_TOKEN = re.compile(rf"[^\W_](?:[^\W_]|[\u0300-\u036f{_UNSEEN}])*|…|\.{{3,}}|[{_DASHES}]+|[^\s{_UNSEEN}]")
_IGNORED = re.compile(f"[{_UNSEEN}]")
_QUOTES = frozenset("'\"`´‘’‚‛“”„‟«»‹›′″")
_CONTEXT = 40
_NEAREST = 3
_LISTED = 8


class PhraseError(CstokgError):
    """The words are not in the text, or in several places, or make too long a span."""


def locate(text: str, words: str) -> tuple[int, int]:
    """Start and end of the one place where the text has the words.

    The words are an exact phrase, or ``first words … last words`` with all that lies between. Where
    several places have them, the only one that has them letter by letter is meant.

    Raises:
        PhraseError: no place, more than one place, or more than ``MAX_LENGTH`` code points. The
            message shows the places with the words around them.
    """
    words = words.strip()
    places = find(text, words)
    short = [place for place in places if place[1] - place[0] <= MAX_LENGTH]
    verbatim = [(start, end) for start, end in short if text[start:end] == words]
    for found in (short, verbatim):
        if len(found) == 1:
            return found[0]
    if short:
        listed = "".join(f"\n  {_in_context(text, place)}" for place in short[:_LISTED])
        more = f"\n  … and {len(short) - _LISTED} more" if len(short) > _LISTED else ""
        raise PhraseError(
            f"{_cut(words)!r} stands in {len(short)} places; add words to tell them apart:{listed}{more}"
        )
    if places:
        start, end = min(places, key=lambda place: place[1] - place[0])
        raise PhraseError(
            f"{_cut(words)!r} spans {end - start} characters, and a span has at most {MAX_LENGTH}: "
            "cite the sentence that bears the fact, or one span for each part of it"
        )
    nearest = "".join(f"\n  {_in_context(text, place)}" for place in _nearest(text, words))
    raise PhraseError(f"{_cut(words)!r} is not in the text; nearest to it:{nearest}")


def find(text: str, words: str) -> list[tuple[int, int]]:
    """Start and end of every place where the text has the words, in the text's order.

    Raises:
        PhraseError: there are no words, or none on one side of an ellipsis.
    """
    if not _tokens(_ELLIPSIS.sub("", words)):
        raise PhraseError("no words to look for: quote a phrase, or 'first words … last words'")
    tokens = _tokens(text)
    whole = list(_occurrences(tokens, words))
    if whole or not _ELLIPSIS.search(words):
        return whole
    parts = _ELLIPSIS.split(words)
    if not all(_tokens(part) for part in parts):
        raise PhraseError(f"{_cut(words)!r}: write words on both sides of the ellipsis")
    places = list(_occurrences(tokens, parts[0]))
    for part in parts[1:]:
        ends = list(_occurrences(tokens, part))
        places = [(start, last) for start, end in places for first, last in ends if first >= end]
    return sorted(set(places))


def _tokens(text: str) -> list[tuple[str, int, int]]:
    return [(_fold(match[0]), *match.span()) for match in _TOKEN.finditer(text)]


def _fold(token: str) -> str:
    if token in _QUOTES:
        return "'"
    if re.fullmatch(f"[{_DASHES}]+", token):
        return "-"
    return unicodedata.normalize("NFKC", _IGNORED.sub("", token)).casefold()


def _occurrences(tokens: list[tuple[str, int, int]], phrase: str) -> Iterator[tuple[int, int]]:
    sought = [token for token, _, _ in _tokens(phrase)]
    folded = [token for token, _, _ in tokens]
    for index in range(len(folded) - len(sought) + 1):
        if folded[index : index + len(sought)] == sought:
            yield tokens[index][1], tokens[index + len(sought) - 1][2]


def _nearest(text: str, words: str) -> list[tuple[int, int]]:
    """The places most like the words, one for each line of the text at most, best first."""
    breaks = [0, *(match.end() for match in re.finditer(r"\n", text)), len(text)]
    scored = []
    for part in _ELLIPSIS.split(words):
        for start, end in pairwise(breaks):
            found = fuzz.partial_ratio_alignment(part.casefold(), text[start:end].casefold())
            if found and found.dest_end > found.dest_start:
                # Folding the case can lengthen a line by a letter or two; the place is approximate anyway.
                first, last = start + found.dest_start, min(start + found.dest_end, end)
                while first > start and text[first - 1].isalnum():
                    first -= 1
                while last < end and text[last].isalnum():
                    last += 1
                scored.append((-found.score, first, last))
    return [(start, end) for _, start, end in sorted(scored)[:_NEAREST]]


def _in_context(text: str, place: tuple[int, int]) -> str:
    start, end = place
    before, after = text[max(0, start - _CONTEXT) : start], text[end : end + _CONTEXT]
    shown = " ".join(f"{before}[{_cut(text[start:end])}]{after}".split())
    return f"{start}-{end}: … {shown} …"


def _cut(words: str) -> str:
    return words if len(words) <= 2 * _CONTEXT else f"{words[:_CONTEXT]} … {words[-_CONTEXT:]}"
