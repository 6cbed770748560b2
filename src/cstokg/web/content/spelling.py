"""Keys of words: different ways to spell a name have the same key.

``spelling_key`` joins the spellings that English uses for one sound, and Cyrillic letters with Latin ones.
``readings`` adds other ways to write the same names: German, French, Polish, scholarly, Belarusian.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType

from anyascii import anyascii

from cstokg.bounded_cache import bounded_cache

_WORD = re.compile(r"[a-z0-9]+")
# Between Cyrillic and Latin, and between Latin spellings, these are one sound.
_SAME_SOUND = (
    ("shch", "sh"),
    ("tch", "ch"),
    ("kh", "h"),
    ("gh", "g"),
    ("dzh", "j"),
    ("zh", "j"),
    ("dj", "j"),
    ("ck", "k"),
    ("ph", "v"),
    ("ts", "s"),
    ("tz", "s"),
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
_TWICE = re.compile(r"([^aeou])\1+")
_CH = re.compile("ch")
_MARK = "\u00a7"  # keeps "ch" from becoming "kh"

_GERMAN = {"tsch": "ch", "dsch": "j", "sch": "sh", "ch": "kh", "ü": "yu", "ue": "yu", "w": "v", "j": "y"}
# What other schemes write where English writes otherwise; the letters still have their diacritical marks.
_SCHEMES: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "scholarly": MappingProxyType(  # ISO 9 and its relatives
            {
                "ž": "zh",
                "š": "sh",
                "č": "ch",
                "ŝ": "shch",
                "û": "yu",
                "â": "ya",
                "ë": "e",
                "ch": "kh",
                "c": "ts",
                "j": "y",
            }
        ),
        "german": MappingProxyType(_GERMAN),
        "german zh": MappingProxyType({**_GERMAN, "sch": "zh"}),  # Schukow
        "french": MappingProxyType(
            {"tch": "ch", "ch": "sh", "dj": "j", "ou": "u", "gue": "ge", "gui": "gi", "gué": "ge", "ï": "y"}
        ),
        "polish": MappingProxyType(
            {
                "szcz": "shch",
                "sz": "sh",
                "cz": "ch",
                "dż": "dzh",
                "rz": "zh",
                "ż": "zh",
                "ch": "kh",
                "dzi": "di",
                "ci": "ti",
                "c": "ts",
                "ie": "e",
                "j": "y",
                "w": "v",
            }
        ),
        "belarusian": MappingProxyType(
            {
                "dz": "d",
                "ts": "t",
                "ŭ": "v",
                **{letters: letters for letters in ("ch", "kh", "sh", "zh")},
                "h": "g",
                "uladz": "vlad",
                "mikala": "nikola",
                "дз": "д",
                "ц": "т",
                "ў": "в",
                "уладз": "влад",
                "мікала": "нікола",
            }
        ),
    }
)
_PATTERNS = MappingProxyType(
    {
        scheme: re.compile("|".join(sorted(map(re.escape, table), key=len, reverse=True)))
        for scheme, table in _SCHEMES.items()
    }
)
# Beginnings and ends of words: Poutine, Arménie; Armenien; Siarhei, Martynau.
_EDGES: Mapping[str, tuple[tuple[re.Pattern[str], str], ...]] = MappingProxyType(
    {
        "french": ((re.compile("(?<=in)e$"), ""), (re.compile("ie$"), "ia")),
        "german": ((re.compile("ien$"), "ia"),),
        "belarusian": (
            (re.compile("^([bcdfghklmnprstvzбвгдзклмнпрстф]+)(?:ia|ya|я)"), r"\1e"),
            (re.compile("au$"), "ov"),
        ),
    }
)


@bounded_cache(20_000)
def spelling_key(word: str) -> str:
    """Return the form that all spellings of a word have in common; the word has plain lower-case letters.

    >>> spelling_key("lavroff") == spelling_key("lavrov")
    True
    """
    text = word
    for spelling, sound in _SAME_SOUND:
        text = text.replace(spelling, sound) if spelling != "c" else _CH.sub(_MARK, text).replace("c", "k")
    text = _TWICE.sub(r"\1", text.replace(_MARK, "ch"))
    return text if len(text) > 1 else word


def latin_words(text: str) -> list[str]:
    """Return the words of a text in any script, in plain lower-case Latin letters."""
    return _WORD.findall(anyascii(text).lower().replace("'", ""))


def spelling_keys(text: str) -> list[str]:
    """Return the ``spelling_key`` of each word of a text, in its order."""
    return [spelling_key(word) for word in latin_words(text)]


@bounded_cache(20_000)
def readings(word: str) -> tuple[str, ...]:
    """Return the keys that a word can have: one for each scheme in which it may be written, each key once.

    >>> spelling_key("poutine") in readings("Putin")
    False
    >>> spelling_key("putin") in readings("Poutine")
    True
    """
    lower = word.lower()
    texts = [lower, *(_in_scheme(scheme, lower) for scheme in _SCHEMES)]
    return tuple(dict.fromkeys(key for text in texts if (key := "".join(spelling_keys(text)))))


def _in_scheme(scheme: str, word: str) -> str:
    """Return what English would write for a word in another scheme."""
    table = _SCHEMES[scheme]

    def replaced(match: re.Match[str]) -> str:
        return table[match[0]]

    text = _PATTERNS[scheme].sub(replaced, word)
    for edge, other in _EDGES.get(scheme, ()):
        text = edge.sub(other, text)
    return text
