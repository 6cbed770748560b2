"""Spelling forgiven: words in plain Latin letters, where common ways to write a name fall together."""

import re

from anyascii import anyascii

from cstokg.bounded_cache import bounded_cache

_WORD = re.compile(r"[a-z0-9]+")
# Between Cyrillic and Latin, and between one Latin spelling and another, these stand for one sound.
_SAME = (
    ("shch", "sh"),
    ("tch", "ch"),
    ("kh", "h"),
    ("gh", "g"),
    ("zh", "j"),
    ("dj", "j"),
    ("ck", "k"),
    ("ph", "v"),
    ("ts", "s"),
    ("tz", "s"),
    ("yu", "u"),
    ("ya", "a"),
    ("yo", "e"),
    ("ye", "e"),
    ("iy", "i"),
    ("ii", "i"),
    ("x", "ks"),
    ("q", "k"),
    ("c", "k"),
    ("w", "v"),
    ("f", "v"),
    ("z", "s"),
    ("y", "i"),
)
_TWICE = re.compile(r"(.)\1+")
_CH = re.compile("ch")
_MARK = "\u00a7"  # keeps "ch" from becoming "kh"


@bounded_cache(20_000)
def key(word: str) -> str:
    """The form under which all spellings of a word in plain lower-case Latin letters fall together.

    >>> key("lavroff") == key("lavrov")
    True
    """
    text = word
    for spelling, sound in _SAME:
        text = text.replace(spelling, sound) if spelling != "c" else _CH.sub(_MARK, text).replace("c", "k")
    found = _TWICE.sub(r"\1", text.replace(_MARK, "ch"))
    return found if len(found) > 1 else word


def words(text: str) -> list[str]:
    """The words of a text in any script, in plain lower-case Latin letters."""
    return _WORD.findall(anyascii(text).lower().replace("'", ""))


def keys(text: str) -> list[str]:
    """The forms of the words of a text, in its order."""
    return [key(word) for word in words(text)]
