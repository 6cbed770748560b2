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
from cstokg.base_error import CstokgError
from cstokg.build import copy_guard, printed_forms, register_names, spans
from cstokg.build.register_names import Name
from cstokg.build.sources import Sources
from cstokg.build.spans import MAX_LENGTH, Span

DATASET = Path("data") / "dataset.ttl"
_SOURCE = re.compile(r"(?m)^(    dcterms:source )([^;]*?)( ;)$")
_SAYING = re.compile(
    r"[“”«»\"]|\b(?:said|says|noted|stated|told|added|stressed|according to|believes?|called|"
    r"сказал\w*|заявил\w*|отметил\w*|подчеркнул\w*|сообщил\w*)\b",
    re.IGNORECASE,
)
_MEETING = re.compile(
    r"\b(?:met|meet|meeting|session|summit|заседани\w+|встреч\w+|сесси\w+)\b", re.IGNORECASE
)
_CYRILLIC = re.compile("[\u0400-\u04ff]")
_COMING = re.compile(r"\b(?:will|to be held|is to|are to|going to|состоится|пройд[её]т)\b", re.IGNORECASE)
_ATTENDING = re.compile(r"\b(?:attend\w*|took part|participat\w+|участ\w+|присутств\w+)\b", re.IGNORECASE)
_MONTH_NAMES = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]


class NewArticleError(CstokgError):
    """A new article cannot be written; the message says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Created:
    """What was written: the article's name, the files, and what is left for the mapper."""

    name: str
    files: tuple[str, ...]
    remarks: tuple[str, ...]


def create(
    sources: Sources, file: Path, *, publisher: str, day: date, name: str = "", language: str = "en"
) -> Created:
    """Write the Turtle file and the spans of an article, and its entries in the dataset and the copy guard.

    Args:
        sources: the project as it was read.
        file: the article's text.
        publisher: the outlet: ``outlet:example-wire``, or what it is called.
        day: the day on which the article was published.
        name: the article's name; by place and year, with a number where that is in use, if not given.
        language: the language of the text.

    Raises:
        NewArticleError: the text is not UTF-8, is mapped already, or the name is in use or no name.
    """
    root = sources.root
    text, sha256 = _read(file)
    known = register_names.names(sources)
    found = register_names.find(text, known)
    name = _name(root, name, text, found, day)
    outlet, remarks = _outlet(known, publisher)
    taken = {str(node): str(subject) for subject, _, node in sources.triples if str(node) == sha256}
    if taken:
        raise NewArticleError(f"{file}: mapped already, as {namespaces.shorten(taken[sha256])}.")
    sentences = list(article_text.split_sentences(text))
    ready = [_span(text, start, end) for start, end in sentences if end - start <= MAX_LENGTH]
    ready += [_span(text, each.start, each.end) for each in found]
    printed_day = next((each for each in printed_forms.days(text) if each.is_(day)), None)
    if printed_day:
        ready.append(_span(text, printed_day.start, printed_day.end))
    else:
        remarks.append("The day of the article is not printed in it: say how it is known, in a testimony.")
    body = "".join(
        [
            _record(
                name, outlet, _title(known, outlet, publisher), day, language, sha256, sentences, printed_day
            ),
            *_skeleton(name, text, sentences, found),
            *_names(text, found, language),
        ]
    )
    head = f"# What {_title(known, outlet, publisher)} reported on {_long(day)}, and nothing else.\n\n"
    path = spans.record_path(name)
    (root / path).write_text(head + prefixes(body, name) + "\n" + body, encoding="utf-8", newline="\n")
    spans.write(root, name, ready)
    files = [path.as_posix(), spans.table_path(path).as_posix()]
    if list_in_dataset(root, name):
        files.append(DATASET.as_posix())
    else:
        remarks.append(f"Write `dcterms:source article:{name} ;` in {DATASET.as_posix()}.")
    if (root / copy_guard.FOLDER).is_dir():
        copy_guard.add(root / copy_guard.HASHES, [text])
        files.append(copy_guard.HASHES.as_posix())
    remarks.append(f"{len(found)} names of the register found; keep those that are right, delete the others.")
    return Created(name, tuple(files), tuple(remarks))


def prefixes(body: str, article: str) -> str:
    """Return the declarations of the prefixes that a text uses: ours first, both groups in order."""
    used = [prefix for prefix in spans.prefixes(article) if re.search(rf"(?<![\w:/-]){prefix}:(?!/)", body)]
    lines = {prefix: f"PREFIX {prefix}: <{spans.prefixes(article)[prefix]}>\n" for prefix in used}
    ours = sorted(prefix for prefix in used if spans.prefixes(article)[prefix].startswith(namespaces.BASE))
    others = sorted(set(used) - set(ours))
    groups = ["".join(lines[prefix] for prefix in group) for group in (ours, others) if group]
    return "\n".join(groups)


def list_in_dataset(root: Path, name: str) -> bool:
    """Add an article to ``dcterms:source`` of the dataset, in order; return whether that was possible."""
    try:
        text = project_files.read(root, DATASET).decode()
    except FileNotFoundError:
        return False
    match = _SOURCE.search(text)
    if not match:
        return False
    listed = sorted({*re.split(r"\s*,\s*", match[2].strip()), f"article:{name}"})
    text = text[: match.start()] + match[1] + " , ".join(listed) + match[3] + text[match.end() :]
    (root / DATASET).write_text(text, encoding="utf-8", newline="\n")
    return True


def sentence_lines(sentences: Iterable[article_text.Range]) -> str:
    """Return the two lines that say where the sentences begin and end."""
    ranges = list(sentences)
    starts = " , ".join(str(start) for start, _ in ranges)
    ends = " , ".join(str(end) for _, end in ranges)
    return f"    ckg:sentenceStart {starts} ;\n    ckg:sentenceEnd {ends} ;\n"


def _read(file: Path) -> tuple[str, str]:
    try:
        content = project_files.read_regular(file, project_files.MAX_TEXT_BYTES)
        text = content.decode()
    except project_files.FileError as error:
        raise NewArticleError(f"{file}: {error}") from error
    except UnicodeDecodeError as error:
        raise NewArticleError(f"{file}: byte {error.start} is not UTF-8. Save the text as UTF-8.") from None
    if not text.strip():
        raise NewArticleError(f"{file}: no words in it.")
    return text, hashlib.sha256(content).hexdigest()


def _name(root: Path, name: str, text: str, found: list[Name], day: date) -> str:
    if name:
        if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name):
            raise NewArticleError(f"{name!r} is no name. Write small letters, digits and single hyphens.")
        if (root / spans.record_path(name)).exists():
            raise NewArticleError(f"{spans.record_path(name).as_posix()} exists. Give another --id.")
        return name
    places = [each for each in found if namespaces.kind_of(each.iri) == "place"]
    place = places[0].iri.rpartition("/")[2] if places else "article"
    free = (f"{place}-{day.year}" if number == 1 else f"{place}-{day.year}-{number}" for number in count(1))
    return next(each for each in free if not (root / spans.record_path(each)).exists())


def _outlet(known: dict[str, set[str]], publisher: str) -> tuple[str, list[str]]:
    iri = namespaces.expand(publisher)
    if not iri.startswith(f"{namespaces.ID}outlet/"):
        slug = re.sub(r"[^a-z0-9]+", "-", printed_forms.plain(publisher)).strip("-")
        iri = next(
            (each for each, forms in known.items() if "/outlet/" in each and publisher in forms),
            f"{namespaces.ID}outlet/{slug}",
        )
    remarks = []
    if iri not in known:
        label = publisher if iri != namespaces.expand(publisher) else "…"
        remarks.append(
            "Describe the publisher in data/register/outlets.ttl:\n"
            f"{namespaces.shorten(iri)}\n    a ckg:NewsOutlet ;\n"
            f'    skos:prefLabel "{label}"@en , "…"@ru ;\n.'
        )
    return iri, remarks


def _title(known: dict[str, set[str]], outlet: str, publisher: str) -> str:
    """What the outlet is called, in Latin letters if possible."""
    forms = sorted(known.get(outlet, ()), key=lambda form: (not form.isascii(), form))
    return next(iter(forms), publisher)


def _long(day: date) -> str:
    return f"{day.day} {_MONTH_NAMES[day.month - 1]} {day.year}"


def _span(text: str, start: int, end: int) -> Span:
    return Span(start, end, article_text.digest(text[start:end]))


def _record(
    name: str,
    outlet: str,
    title: str,
    day: date,
    language: str,
    sha256: str,
    sentences: list[article_text.Range],
    printed_day: printed_forms.Day | None,
) -> str:
    lines = [
        f"article:{name}",
        "    a ckg:Article ;",
        f'    skos:prefLabel "{title} on …, {_long(day)}"@en , "…"@ru ;',
        f'    dcterms:identifier "{name}" ;',
        f'    dcterms:language "{language}" ;',
        f"    dcterms:publisher {namespaces.shorten(outlet)} ;",
        "    dcterms:type genre:report ; # or another genre",
        f'    ckg:onDate "{day.isoformat()}"^^xsd:date ;',
        f'    ckg:sha256 "{sha256}" ;',
    ]
    if printed_day:
        testimony = [
            "    ckg:hasTestimony [",
            "        ckg:supports ckg:onDate ;",
            f"        ckg:evidence span:{printed_day.start}-{printed_day.end} ;",
            "        ckg:basis basis:stated ;",
            "    ] ;",
        ]
    else:
        testimony = []
    return (
        "\n".join(lines)
        + "\n"
        + sentence_lines(sentences)
        + "".join(f"{line}\n" for line in [*testimony, "."])
    )


def _skeleton(name: str, text: str, sentences: list[article_text.Range], found: list[Name]) -> Iterable[str]:
    """The comments for each sentence: its span, the names in it, and the record that may fit."""
    yield "\n# --- Sentence by sentence: take off the marks, fill in, delete -------------------\n"
    for number, (start, end) in enumerate(sentences, 1):
        words = text[start:end]
        span = f"span:{start}-{end}" if end - start <= MAX_LENGTH else f"{start}-{end}, too long for one span"
        there = [each for each in found if start <= each.start and each.end <= end]
        yield f"\n# {number}. {span}\n"
        for each in there:
            yield f"#    {register_names.short(each.iri)} span:{each.start}-{each.end}\n"
        people = [each for each in there if namespaces.kind_of(each.iri) == "person"]
        yield from (f"#{line}\n" for line in _stub(name, number, start, words, span, people))


def _stub(name: str, number: int, start: int, words: str, span: str, people: list[Name]) -> list[str]:
    coming = _COMING.search(words) is not None
    saying = _SAYING.search(words)
    # Of several people, the one named nearest to the verb speaks.
    near = saying.start() + start if saying else start
    nearest = min(people, key=lambda each: min(abs(each.start - near), abs(each.end - near)), default=None)
    person = register_names.short(nearest.iri) if nearest else "person:…"
    who = person.partition(":")[2]
    if saying:
        lines = [
            f"statement:{name}-{who}-{number}",
            "    a ckg:Statement ;",
            "    dcterms:type statement-form:indirect ;",
            f"    ckg:speaker {person} ;",
            "    ckg:inCapacityOf post:… ;",
            "    ckg:topic topic:… ;",
            '    ckg:paraphrase "…"@en ;',
        ]
    elif _ATTENDING.search(words) and people:
        lines = [
            f"attendance:MEETING-{who}",
            "    a ckg:Attendance ;",
            "    ckg:atMeeting meeting:… ;",
            f"    ckg:attendee {person} ;",
            "    ckg:inCapacityOf post:… ;",
        ]
    elif _MEETING.search(words):
        lines = [
            "meeting:DATE-ORGAN",
            f"    a ckg:{'AnnouncedMeeting' if coming else 'HeldMeeting'} ;",
            '    skos:prefLabel "…"@en , "…"@ru ;',
            "    ckg:meetingOf organ:… ;",
            '    ckg:onDate "…"^^xsd:date ;',
            "    ckg:heldIn place:… ;",
        ]
    else:
        lines = [
            f"record:{name}-{number}",
            "    a ckg:Remark ;",
            "    dcterms:type record-kind:… ;",
            '    ckg:paraphrase "…"@en ;',
        ]
    return [
        *lines,
        "    ckg:hasTestimony [",
        f"        ckg:modality modality:{'announced' if coming else 'reported-fact'} ;",
        f"        ckg:evidence {span} ;",
        "        ckg:basis basis:stated ;",
        "    ] ;",
        ".",
    ]


def _names(text: str, found: list[Name], language: str) -> Iterable[str]:
    """A testimony for each entity of the register, with the forms in which the article prints its name."""
    yield "\n# --- Names as printed: keep the lines that are right, delete the others ----------\n"
    forms: dict[str, dict[str, Name]] = {}
    for each in found:
        words = text[each.start : each.end]
        if len(words.split()) < copy_guard.LENGTH:
            forms.setdefault(each.iri, {}).setdefault(words, each)
    for iri, printed in sorted(forms.items()):
        names = " , ".join(
            f'"{_escaped(words)}"@{"ru" if _CYRILLIC.search(words) else language}'
            for words in sorted(printed)
        )
        places = " , ".join(f"span:{each.start}-{each.end}" for each in sorted(printed.values()))
        yield (
            f"\n{register_names.short(iri)}\n    ckg:hasTestimony [\n        ckg:printedAs {names} ;\n"
            f"        ckg:evidence {places} ;\n        ckg:basis basis:stated ;\n    ] ;\n.\n"
        )


def _escaped(words: str) -> str:
    return words.replace("\\", "\\\\").replace('"', '\\"')
