"""The words of names and of texts, and how alike two words are."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from anyascii import anyascii
from rapidfuzz.distance import OSA

from cstokg.web.content.spelling import readings, spelling_key, spelling_keys

_MOST_WORDS = 30  # of a text; further ones are not read
_WORD = re.compile(r"[^\W_]+(?:['’ʻʼ][^\W_]+)*\.?")
_BRACKETS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")
_TITLES = re.compile(
    r"(?:(?:[Mm]rs?|[Mm]s|[Mm]me|[Dd]r|[Pp]rof|[Ss]ir|[Hh]err|[Ff]rau|[Mm]onsieur|[Mm]adame|[Pp]ani?|[Ss]ignor"
    r"|H\. ?E|(?:His|Her) Excellency|S\. ?E|[Дд]-р|[Пп]ан[аеуі]?|[Сс]падар"
    r"|[Гг]-(?:н|на|ну|жа|жи|жу)|[Гг]осподина?|[Гг]оспож[аиу]|[Тт]ов)(?:\.|\b)\s*)+"
    r"|M\.\s+(?=\w{2,}\s+\w{2,})"  # of two names: before one it may be an initial
)
_PATRONYMIC = re.compile(r"(?:ich|ovna|evna|ichna|ogli|uli|ulu|kisi)$")  # in keys
# Words that may stand beside any person's name.
_RANKS = frozenset(
    key
    for words in (
        "academician admiral ambassador army chief colonel eks ex fm former general lieutenant major",
        "marshal mfa minister pm president prime vice akademik armii bivshii gensek glava gossekretar mid",
        "ministr polkovnik posol premer prezident vitse Präsident Ministerpräsident Außenminister",
        "Verteidigungsminister Botschafter ministre président ambassadeur général ministro presidente",
        "generale prezydent міністр прем'єр прэзідэнт",
    )
    for key in spelling_keys(words)
)
# Cyrillic and Latin letters that look alike; a word has letters of one script.
_CYRILLIC, _LATIN = "АВЕЅІЈКМНОРСТУХаеѕіјорсух", "ABESIJKMHOPCTYXaesijopcyx"
_TO_CYRILLIC = str.maketrans(_LATIN, _CYRILLIC)
_TO_LATIN = str.maketrans(_CYRILLIC, _LATIN)
_IN_CYRILLIC = re.compile("[\u0400-\u052f]")
_IN_LATIN = re.compile("[A-Za-z]")
_JOINED = re.compile(r"(?<=[^\W\d_]{4})(?<=[a-zа-яё])(?=[A-ZА-ЯЁ][^\W\d_]{3})")  # MakeiVladimir
_CONTRACTED = re.compile(r"['’][a-z]{1,2}$")  # Int'l, Gov't
_POSSESSIVE = re.compile("['’]s$")
# One Cyrillic letter, as initials have it in Latin ones.
_DIGRAPHS = frozenset(("ch", "dzh", "kh", "sh", "shch", "ts", "ya", "ye", "yo", "yu", "zh"))
_VOWELS = frozenset("aeiou")
_FEMININE = re.compile(r"(?:[aeo]v|in)a$|(?:sk|tsk)aia$")
# Words that say little.
_STOP = frozenset(
    (
        *("a", "affairs", "an", "and", "at", "by", "for", "in", "of", "on", "the", "to"),
        *("в", "дел", "для", "за", "и", "из", "на", "о", "об", "от", "по", "с", "со", "у"),
    )
)
_COUNTED = frozenset(("avairs", "del"))  # those of them that acronyms have: MFA, МИД
# Endings by which words of one root differ: of English and Russian adjectives and cases, as keys have them.
_ENDINGS = frozenset(
    (
        *("", "a", "e", "i", "o", "u", "n", "s", "an", "ei", "em", "ia", "ie", "ii", "im", "in", "iu"),
        *("oe", "oi", "om", "ov", "ogo", "ian", "ani", "stan", "tan", "istan", "stani", "stana", "tana"),
        *("istana", "ski", "skoi", "skogo", "skaia", "skie", "anski", "anskaia"),
    )
)
_INITIALS = 2  # capitals that may be initials without dots
_LONG = 6  # letters of words in which one may be wrong, as they are written
ROOT = 4  # letters that words of one root share at least


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a text or a name.

    Attributes:
        text: as it is written.
        key: its spelling key.
        keys: the keys that it can have, by the schemes of transliteration.
        cut: whether a dot or an apostrophe says that it is shortened.
        little: whether it distinguishes little, as *of* does.
    """

    text: str
    key: str
    keys: tuple[str, ...]
    cut: bool = False
    little: bool = False

    @property
    def is_initial(self) -> bool:
        """Whether it is the first letter of a name."""
        return (len(self.text) == 1 and self.text.isalpha()) or (self.cut and self.text.lower() in _DIGRAPHS)

    @property
    def counts_in_acronyms(self) -> bool:
        """Whether an acronym of words has its first letter."""
        return not self.little or self.key in _COUNTED


def words_of_name(text: str) -> list[Word]:
    """Return the words of a name."""
    joined = re.sub(r"\b([Cc])o-(?=\w)", r"\1o", text)
    words = []
    for match in _WORD.finditer(joined):
        word = _POSSESSIVE.sub("", match[0].rstrip("."))
        if keys := readings(word):
            # Unless it is the only word: IS, ON.
            little = word.lower() in _STOP and match[0] != text.strip()
            is_cut = match[0].endswith(".") or bool(_CONTRACTED.search(word))
            words.append(Word(word, keys[0], keys, is_cut, little))
    return words[:_MOST_WORDS]


def words_in_brackets(text: str) -> list[Word]:
    """Return the words of a text that stand in brackets."""
    return [word for part in _BRACKETS.findall(_normalised(text)) for word in words_of_name(part[1:-1])]


def _normalised(text: str) -> str:
    """Return a text without invisible characters and marks, each word in one script, and words apart."""
    visible = "".join(
        character
        for character in unicodedata.normalize("NFKC", text)
        if unicodedata.category(character) not in ("Cf", "Mn")
    )
    return _JOINED.sub(" ", re.sub(r"\w+", lambda match: _in_one_script(match[0]), visible))


def _in_one_script(word: str) -> str:
    """Return a word with the letters of the script that it has more of, where others look like them."""
    cyrillic, latin = len(_IN_CYRILLIC.findall(word)), len(_IN_LATIN.findall(word))
    if not cyrillic or not latin:
        return word
    other = word.translate(_TO_CYRILLIC if cyrillic >= latin else _TO_LATIN)
    return word if _IN_CYRILLIC.search(other) and _IN_LATIN.search(other) else other


def words_of_text(text: str) -> list[Word]:
    """Return the words of a text, each once, without a title before them and what stands in brackets."""
    text = _normalised(text)
    title = _TITLES.match(text.lstrip())
    outside = _BRACKETS.sub(" ", text.lstrip()[title.end() if title else 0 :])
    kept = outside if _WORD.search(outside) else text
    if re.fullmatch(r"\s*(?:[^\W\d_](?:\.\s?|\s)){1,7}[^\W\d_]\.?\s*", kept):
        kept = re.sub(r"[.\s]", "", kept)  # U.S., U S A
    return list(dict.fromkeys(words_of_name(kept)))


def acronym(words: Iterable[Word]) -> Word:
    """Return the acronym of words."""
    letters = "".join(word.text[0].upper() for word in words if word.counts_in_acronyms)
    key = acronym_key(letters)
    return Word(letters, key, (key,))


def is_acronym(name: str) -> bool:
    """Return whether a name is one word with several capitals."""
    return " " not in name and sum(letter.isupper() for letter in name) > 1


def acronym_key(text: str) -> str:
    """Return the key of capitals that may stand for words, which no other spelling has; or nothing."""
    return f"={anyascii(text).lower()}" if len(text) > 1 and text.isupper() else ""


def initials_apart(word: Word) -> list[Word]:
    """Return the letters of two initials without dots, as in *Lavrov SV*; any other word as it is."""
    may_be = len(word.text) == _INITIALS and word.text.isupper() and word.key not in _RANKS
    letters = word.text if may_be else ""
    return [apart for letter in letters for apart in words_of_name(f"{letter}.")] or [word]


def likeness_if_misspelled(reading: str, other: str, word: Word) -> float:
    """Return how alike a reading of a word is to another, if that is a likely misspelling of it; else 0.

    Short words are not, and in a scheme other than English one letter may be wrong.
    """
    length = max(len(reading), len(other))
    most = 0 if length <= 4 else 1 if length <= 8 or reading != word.key else 2
    first = {reading[0], other[0]}
    distance = OSA.distance(reading, other, score_cutoff=most)
    return 1 - distance / length if 0 < distance <= most and (len(first) == 1 or first <= _VOWELS) else 0.0


def is_contraction(short: str, word: str) -> bool:
    """Return whether letters are some of a word's, with its first and its last: *Gt.*, *Govt.*."""
    letters = iter(word)
    ends = len(short) > 1 and (short[0], short[-1]) == (word[0], word[-1])
    return ends and short != word and all(letter in letters for letter in short)


def have_same_root(one: str, other: str) -> bool:
    """Return whether two keys differ in endings only, as *Armenia* and *Armenian* do."""
    if one[-3:] == other[-3:]:
        return one == other  # forms of a word differ in their ends
    length = next(
        (place for place, pair in enumerate(zip(one, other, strict=False)) if pair[0] != pair[1]),
        min(len(one), len(other)),
    )
    # The root may be shorter than what both begin with.
    return (
        any(one[root:] in _ENDINGS and other[root:] in _ENDINGS for root in range(ROOT, length + 1))
        and not one.isdecimal()
    )


def is_initial_of(word: Word, part: Word) -> bool:
    """Return whether a letter begins a name, as either is written or as it sounds: Ж. and Zhanna."""
    letter, written = anyascii(word.text).lower(), anyascii(part.text).lower()
    return written.startswith(letter) or part.key.startswith(spelling_key(f"{letter}a")[:-1])


def is_rank_or_patronymic(word: Word) -> bool:
    """Return whether a word may stand beside the name of any person."""
    return any(key in _RANKS or _PATRONYMIC.search(key) for key in word.keys)


def likeness_in_person(word: Word, part: Word, likeness: float, *, family: bool) -> float:
    """Return how alike a word is to a part of a person's name, if ``likeness`` is that in other names.

    A longer or shorter family name is another one, and so is a feminine form; a given name may lack its
    last letter.
    """
    likeness = likeness or _likeness_as_written(word, part)
    if likeness in (0.0, 1.0):
        return likeness
    shorter, longer = sorted((word.key, part.key), key=len)
    if longer.startswith(shorter) and (family or len(longer) - len(shorter) > 1 or longer.endswith("a")):
        return 0.0
    swapped = sorted(word.key) == sorted(part.key)
    if not swapped and bool(_FEMININE.search(word.key)) != bool(_FEMININE.search(part.key)):
        return 0.0
    return max(
        _likeness_as_written(word, part),
        *(likeness_if_misspelled(key, part.key, word) for key in word.keys),
    )


def _likeness_as_written(word: Word, part: Word) -> float:
    """Return how alike two longer words are that differ by one letter, in whatever script; else 0."""
    one, other = word.text.lower(), part.text.lower()
    length = max(len(one), len(other))
    if length < _LONG or one[0] != other[0] or OSA.distance(one, other, score_cutoff=1) != 1:
        return 0.0
    return 1 - 1 / length
