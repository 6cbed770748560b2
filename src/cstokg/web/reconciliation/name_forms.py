"""The names of a thing in all the forms that a text may have: short forms, acronyms, given names.

A name is a sequence of words (``name_words``).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from cstokg.web.reconciliation.name_words import Word, acronym, have_same_root, is_acronym, words_of_name

_MOST_SHORTENED = 8  # words of a name of which an acronym is made


@dataclass(frozen=True, slots=True)
class Named:
    """Something that has names.

    Attributes:
        id: what it is known by here.
        names: all its names.
        personal: whether it is a person: the last word of a name is the family name.
        abbreviated: whether acronyms are made of its names, as of those of bodies.
        parts: for each thing whose name may be part of its names, such as its state, all names of that.
        context: texts whose words may stand beside its name, such as the state in which it lies.
    """

    id: str
    names: tuple[str, ...]
    personal: bool = False
    abbreviated: bool = False
    parts: tuple[tuple[str, ...], ...] = ()
    context: tuple[str, ...] = ()


def context_keys(thing: Named) -> Iterator[str]:
    """Yield the keys of words that may stand beside a name: also those of its others, unless a person's."""
    texts = thing.context if thing.personal else (*thing.names, *thing.context)
    return (word.key for text in texts for word in words_of_name(text))


def forms(thing: Named) -> Iterator[tuple[str, tuple[Word, ...]]]:
    """Yield each name of a thing with its words, and further forms of it."""
    seen = set()
    for name, words in ((name, tuple(words_of_name(name))) for name in thing.names):
        shorter: Iterable[tuple[Word, ...]] = (words,)
        if thing.personal:
            shorter = _with_given_names(words, thing.names)
        elif thing.abbreviated:
            shorter = _with_acronyms(words, thing.names)
        for form in (*shorter, *_with_other_parts(words, thing.parts)):
            if form and form not in seen:
                seen.add(form)
                yield name, form


def _with_other_parts(words: tuple[Word, ...], parts: Iterable[Sequence[str]]) -> Iterator[tuple[Word, ...]]:
    """Yield a name with a short form in place of the long one of a part, or the other way: *UN*, *РФ*."""
    for names in parts:
        forms = [tuple(words_of_name(name)) for name in names]
        long = [form for form in forms if not is_acronym(form[0].text)]
        short = [form for form in forms if form not in long]
        short += [(acronym(form),) for form in long if len(form) > 1]
        for some, others in ((long, short), (short, long)):
            for form in some:
                yield from (_replaced(words, form, other) for other in others)


def _replaced(words: tuple[Word, ...], part: tuple[Word, ...], other: tuple[Word, ...]) -> tuple[Word, ...]:
    """Return words with another form of a part in the same script; nothing where the part is missing."""
    for start in range(1 + len(words) - len(part)):
        end = start + len(part)
        pairs = zip(words[start:end], part, strict=True)
        if words[0].text.isascii() == other[0].text.isascii() and all(
            one.text == each.text or have_same_root(one.key, each.key) for one, each in pairs
        ):
            return (*words[:start], *other, *words[end:])
    return ()


def _with_given_names(words: tuple[Word, ...], names: Sequence[str]) -> Iterator[tuple[Word, ...]]:
    """Yield a person's name; a family name alone with the given names that others of the names have."""
    given = {tuple(words_of_name(name)[:-1]) for name in names} - {()} if len(words) == 1 else ()
    if given:
        yield from ((*before, *words) for before in given)
    else:
        yield words


def _with_acronyms(words: tuple[Word, ...], names: Sequence[str]) -> Iterator[tuple[Word, ...]]:
    """Yield a name, and forms in which its first words are an acronym: ``MFA Russia``, ``СМИД ОДКБ``.

    A thing that has its own acronym in that script gets no second one.
    """
    yield words
    full = [word for word in words if word.counts_in_acronyms]
    if len(full) > _MOST_SHORTENED or any(word.text.isdecimal() for word in full):
        return
    latin = all(word.text.isascii() for word in full)
    has_own = any(is_acronym(name) and name.isascii() == latin for name in names)
    for count in range(2, len(full) + 1 - has_own):
        if not any(is_acronym(word.text) for word in full[:count]):
            yield (acronym(full[:count]), *full[count:])
