"""Write the files of a new article: all that can be written without reading it.

No sentence of the article gets into a file: only offsets, hashes, and names of the register.
"""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import count
from pathlib import Path

from cstokg import article_text, namespaces, project_files
from cstokg.build import spans
from cstokg.build.checks import copy_guard, fixes, printed_forms
from cstokg.build.checks.printed_forms import Name
from cstokg.build.drafts import guessing, named_things
from cstokg.build.drafts.guessing import Knowledge
from cstokg.build.drafts.named_things import Dateline, NamedThings
from cstokg.build.drafts.record_drafts import Drafter
from cstokg.build.drafts.record_turtle import block, escaped, long_day
from cstokg.build.sources import Sources
from cstokg.build.spans import MAX_LENGTH, Span
from cstokg.errors import CstokgError

_SPAN = re.compile(r"span:(\d+)-(\d+)")
_CYRILLIC = re.compile("[\u0400-\u04ff]")


class NewArticleError(CstokgError):
    """A new article cannot be written; the message says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Created:
    """What was written: the article's name, the files, and what the mapper still has to do."""

    name: str
    files: tuple[str, ...]
    remarks: tuple[str, ...]


def create(
    sources: Sources,
    file: Path,
    *,
    publisher: str,
    day: date,
    name: str = "",
    language: str = "en",
    replace: bool = False,
) -> Created:
    """Write the Turtle file and the spans of an article, and its entries in the dataset and the copy guard.

    Args:
        sources: the project as it was read.
        file: the article's text.
        publisher: the outlet: ``outlet:example-wire``, or what it is called.
        day: the day on which the article was published.
        name: the article's name; by place and year, with a number where that is in use, if not given.
        language: the language of the text.
        replace: whether to overwrite the files of an article with this text; their contents are lost.

    Raises:
        NewArticleError: the text is not UTF-8, or is mapped already or under another name, or the name is
            in use or malformed.
    """
    root = sources.root
    text, sha256 = _read(file)
    register = printed_forms.names_of_register(sources)
    names = printed_forms.find_names(text, register)
    knowledge = guessing.knowledge_of(sources)
    place = named_things.dateline(text, names, day)
    mapped = {str(subject) for subject, _, node in sources.triples if str(node) == sha256}
    if mapped and not replace:
        raise NewArticleError(
            f"{file}: mapped already, as {namespaces.shorten(min(mapped))}. --replace writes its files anew."
        )
    mapped_as = min(mapped).rpartition("/")[2] if mapped else ""
    if mapped_as and name not in ("", mapped_as):
        raise NewArticleError(
            f"{file}: mapped as article:{mapped_as}, not as article:{name}; leave out --id or give that name."
        )
    name = mapped_as or _name(root, name, place, names, day)
    outlet, remarks = _outlet(register, publisher)
    sentences = list(article_text.split_sentences(text))
    cited = [Span.of(text, start, end) for start, end in sentences if end - start <= MAX_LENGTH]
    cited += [Span.of(text, mention.start, mention.end) for mention in names]
    printed_day = next((printed for printed in printed_forms.days(text) if printed.is_(day)), None)
    if printed_day:
        cited.append(Span.of(text, printed_day.start, printed_day.end))
    else:
        remarks.append("The day of the article is not printed in it: say how it is known, in a testimony.")
    things = NamedThings(name, text, day, names, knowledge, place)
    drafter = Drafter(things, sentences)
    skeleton = "".join(_skeleton(drafter, things, sentences))
    cited += [Span.of(text, mention.start, mention.end) for mention in things.names]
    title = _title(register, outlet, publisher)
    testimonies = _article_testimonies(text, place, printed_day, title)
    cited += [Span.of(text, *map(int, offsets)) for offsets in _SPAN.findall(skeleton + str(testimonies))]
    remarks += _to_describe(things)
    record = [
        "a ckg:Article",
        f"skos:prefLabel {_labels(knowledge, outlet, title, place, day)}",
        f'dcterms:identifier "{name}"',
        f'dcterms:language "{language}"',
        f"dcterms:publisher {namespaces.shorten(outlet)}",
        "dcterms:type genre:report",
        *([f"ckg:datelinePlace {place.place}"] if place else []),
        f'ckg:onDate "{day.isoformat()}"^^xsd:date',
        f'ckg:sha256 "{sha256}"',
        *fixes.sentence_lines(sentences),
        *([f"ckg:furniture {' , '.join(drafter.furniture)}"] if drafter.furniture else []),
    ]
    body = "\n".join(block(f"article:{name}", record, *testimonies)) + "\n" + skeleton
    body += "".join(_names(text, things.names, language))
    head = f"# What {title} reported on {long_day(day)}, and nothing else.\n\n"
    path = spans.record_path(name)
    turtle = fixes.with_prefixes(head + body, name)
    (root / path).write_text(turtle, encoding="utf-8", newline="\n")
    spans.write(root, name, cited)
    files = [path.as_posix(), spans.table_path(path).as_posix()]
    if fixes.list_in_dataset(root, name):
        files.append(fixes.DATASET.as_posix())
    else:
        remarks.append(f"Write `prov:wasDerivedFrom article:{name} ;` in {fixes.DATASET.as_posix()}.")
    if (root / copy_guard.FOLDER).is_dir():
        copy_guard.add(root / copy_guard.HASHES, [text])
        files.append(copy_guard.HASHES.as_posix())
    remarks.append(f"{len(names)} names of the register found; keep those that are right, delete the others.")
    return Created(name, tuple(files), tuple(remarks))


def _read(file: Path) -> tuple[str, str]:
    try:
        content = project_files.read_regular(file, project_files.MAX_TEXT_BYTES)
        text = content.decode()
    except project_files.FileError as error:
        raise NewArticleError(f"{file}: {error}") from error
    except UnicodeDecodeError as error:
        raise NewArticleError(f"{file}: byte {error.start} is not UTF-8. Save the text as UTF-8.") from None
    if not text.strip():
        raise NewArticleError(f"{file}: no words in it. Give the file with the article's text.")
    return text, hashlib.sha256(content).hexdigest()


def _name(root: Path, name: str, dateline: Dateline | None, names: list[Name], day: date) -> str:
    if name:
        if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name):
            raise NewArticleError(f"{name!r} is not a name. Write small letters, digits and single hyphens.")
        if (root / spans.record_path(name)).exists():
            raise NewArticleError(f"{spans.record_path(name).as_posix()} exists. Give another --id.")
        return name
    places = [mention for mention in names if namespaces.kind_of(mention.iri) == "place"]
    place = places[0].iri.rpartition("/")[2] if places else "article"
    if dateline:
        place = dateline.place.partition(":")[2]
    free = (f"{place}-{day.year}" if number == 1 else f"{place}-{day.year}-{number}" for number in count(1))
    return next(candidate for candidate in free if not (root / spans.record_path(candidate)).exists())


def _outlet(register: dict[str, set[str]], publisher: str) -> tuple[str, list[str]]:
    iri = namespaces.expand(publisher)
    if not iri.startswith(f"{namespaces.ID}outlet/"):
        slug = re.sub(r"[^a-z0-9]+", "-", printed_forms.plain(publisher)).strip("-")
        iri = next(
            (outlet for outlet, forms in register.items() if "/outlet/" in outlet and publisher in forms),
            f"{namespaces.ID}outlet/{slug}",
        )
    remarks = []
    if iri not in register:
        label = publisher if iri != namespaces.expand(publisher) else "…"
        remarks.append(
            "Describe the publisher in data/register/outlets.ttl:\n"
            f"{namespaces.shorten(iri)}\n    a ckg:NewsOutlet ;\n"
            f'    skos:prefLabel "{label}"@en , "…"@ru ;\n.'
        )
    return iri, remarks


def _title(register: dict[str, set[str]], outlet: str, publisher: str) -> str:
    """Return what the outlet is called, in Latin letters if possible."""
    forms = sorted(register.get(outlet, ()), key=lambda form: (not form.isascii(), form))
    return next(iter(forms), publisher)


def _labels(knowledge: Knowledge, outlet: str, title: str, place: Dateline | None, day: date) -> str:
    """Return the labels of an article in both languages: outlet, place of the dateline, day."""
    labels = {"en": title, "ru": "…", **knowledge.labels.get(outlet, {})}
    places = {"en": "", "ru": ""}
    if place:
        places = {language: knowledge.label(place.place, language) for language in places}
        places["en"] = place.printed if places["en"] == "…" else places["en"]
    return " , ".join(
        f'"{", ".join(filter(None, [labels[language], places.get(language), long_day(day, language)]))}"'
        f"@{language}"
        for language in ("en", "ru")
    )


def _article_testimonies(
    text: str, place: Dateline | None, printed_day: printed_forms.Day | None, title: str
) -> list[list[str]]:
    """Return testimonies of the article's day, place and publisher, as far as it prints them."""
    if not printed_day:
        return []
    start, end = (place.start, place.end) if place else (printed_day.start, printed_day.end)
    supports = "ckg:supports ckg:datelinePlace , ckg:onDate" if place else "ckg:supports ckg:onDate"
    testimonies = [[supports, f"ckg:evidence span:{start}-{end}", "ckg:basis basis:stated"]]
    credit = text.find(title, start, end + len(title) + 20)
    if credit >= 0:
        supports = "ckg:supports dcterms:publisher , dcterms:type"
        evidence = f"ckg:evidence span:{min(start, credit)}-{max(end, credit + len(title))}"
        testimonies.append([supports, evidence, "ckg:basis basis:implied"])
    return testimonies


def _to_describe(things: NamedThings) -> Iterable[str]:
    """Yield the records of people, groups, posts and the place that the register lacks, to be pasted."""
    knowledge, place = things.knowledge, things.dateline
    if place and namespaces.expand(place.place) not in knowledge.described:
        lines = [
            "a ckg:Place",
            f'skos:prefLabel "{place.printed}"@en , "…"@ru',
            "dcterms:type place-kind:city",
        ]
        lines += ["ckg:inState state:…", "ckg:latitude …", "ckg:longitude …"]
        note = 'skos:editorialNote "No article says where the city lies; it is general knowledge."@en'
        background = ["ckg:supports ckg:latitude , ckg:longitude", "ckg:basis basis:background", note]
        yield _proposal("places", place.place, lines, background)
    for iri, form in sorted(things.unknown.items()):
        lines = ["a ckg:Person", f'skos:prefLabel "{form}"@en , "…"@ru']
        yield _proposal("people", namespaces.shorten(iri), lines)
    for post in things.posts_lacking():
        if "…" not in post:
            title, _, state = post.partition(":")[2].rpartition("-")
            name = knowledge.label(f"state:{state}", "en")
            label = f"{title.replace('-', ' ').capitalize()} of {name}"
            lines = ["a ckg:Post", f'skos:prefLabel "{label}"@en , "…"@ru']
            lines += [f"ckg:postIn {'state:…' if name == '…' else f'state:{state}'}", "ckg:postRole role:…"]
            yield _proposal("posts", post, lines)
    for iri in sorted(
        {mention.iri for mention in things.names if "/group/" in mention.iri} - knowledge.described
    ):
        label = iri.rpartition("/")[2].replace("-", " ").capitalize()
        lines = ["a ckg:Group", f'skos:prefLabel "{label}"@en , "…"@ru']
        yield _proposal("groups", namespaces.shorten(iri), lines)


def _proposal(file: str, name: str, lines: list[str], *testimonies: list[str]) -> str:
    written = "\n".join(block(name, lines, *testimonies))
    return f"Not in the register; if it is right, write it in data/register/{file}.ttl:\n{written}"


def _skeleton(drafter: Drafter, things: NamedThings, sentences: list[article_text.Range]) -> Iterable[str]:
    """Yield the comments for each sentence: its span, the names in it, and the records that may fit."""
    yield "\n# --- Sentence by sentence: remove the # where a draft is right, fill in, delete --\n"
    for number, (start, end) in enumerate(sentences, 1):
        span = f"span:{start}-{end}" if end - start <= MAX_LENGTH else f"{start}-{end}, too long for one span"
        kind, drafts = drafter.drafts(start, end)
        yield f"\n# {number}. {span}{f' ({kind})' if kind else ''}\n"
        for mention in things.between(start, end):
            yield f"#    {namespaces.shorten(mention.iri)} span:{mention.start}-{mention.end}\n"
        for draft in drafts:
            yield "#\n" + "".join(f"#{line}\n" for line in draft)


def _names(text: str, names: list[Name], language: str) -> Iterable[str]:
    """Yield a testimony for each entity of the register, with its name in the forms that are printed."""
    yield "\n# --- Names as printed: keep the lines that are right, delete the others ----------\n"
    forms: dict[str, dict[str, Name]] = {}
    for mention in names:
        words = text[mention.start : mention.end]
        if len(words.split()) < copy_guard.LENGTH:
            forms.setdefault(mention.iri, {}).setdefault(words, mention)
    for iri, printed in sorted(forms.items()):
        literals = " , ".join(
            f'"{escaped(words)}"@{"ru" if _CYRILLIC.search(words) else language}' for words in sorted(printed)
        )
        places = " , ".join(f"span:{mention.start}-{mention.end}" for mention in sorted(printed.values()))
        yield (
            f"\n{namespaces.shorten(iri)}\n    ckg:hasTestimony [\n        ckg:printedAs {literals} ;\n"
            f"        ckg:evidence {places} ;\n        ckg:basis basis:stated ;\n    ] ;\n.\n"
        )
