"""Footnotes as files for readers and for programs that keep references: text, BibTeX, RIS and CSL-JSON."""

import json
import re
from collections.abc import Sequence
from datetime import date

from cstokg import formats
from cstokg.web.content import periods
from cstokg.web.content.articles import Reference
from cstokg.web.content.citations import Citation

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_TEX = str.maketrans(
    {
        "\\": r"\textbackslash{}",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
        **{character: rf"\{character}" for character in "{}$&#%_"},
    }
)
_BLANKS = re.compile(r"\s+")


def as_file(citations: Sequence[Citation], media_type: str) -> str:
    """Return footnotes in one of the ``formats.CITATION_FORMATS``."""
    if media_type == formats.BIBTEX:
        return "\n".join(map(_bibtex, citations))
    if media_type == formats.RIS:
        return "".join(map(_ris, citations))
    if media_type == formats.CSL_JSON:
        return json.dumps(list(map(_csl_item, citations)), ensure_ascii=False, indent=2) + "\n"
    return "".join(f"{citation.text}\n" for citation in citations)


def _title(citation: Citation) -> str:
    reference = citation.reference
    if reference is None:
        return citation.matter
    return reference.headline or f"[{reference.label}]"


def _note(citation: Citation) -> str:
    """Return what no other field of a reference holds."""
    reference = citation.reference
    matter = citation.matter_and_outlets if reference else ""
    parts = (matter, citation.places, _published(reference), f"{citation.release}, {citation.iri}")
    return "; ".join(part for part in parts if part)


def _published(reference: Reference | None) -> str:
    """Return what the fields for a date cannot say: bounds, and that an article does not print all of it."""
    if reference is None or not reference.when or (reference.day and reference.is_dated_in_full):
        return ""
    return f"published {reference.when_and_how_sure}"


def _family_and_given(name: str, iri: str) -> tuple[str, str] | None:
    """Return the two parts of a person's name; None where they cannot be told apart.

    The IRIs of people begin with the family name.
    """
    given, _, family = name.rpartition(" ")
    return (family, given) if given and iri.rpartition("/")[2].startswith(f"{family.lower()}-") else None


def _authors(reference: Reference) -> list[tuple[str, tuple[str, str] | None]]:
    """Return the authors, or else whom the article credits, each with the parts of the name."""
    people = [
        (name, _family_and_given(name, iri))
        for name, iri in zip(reference.names, reference.authors, strict=True)
    ]
    return people or ([(reference.credit, None)] if reference.credit else [])


def _parts(day: date | None) -> tuple[int, ...]:
    """Return year, month and day; empty for no day."""
    return (day.year, day.month, day.day) if day else ()


def _common_date(reference: Reference) -> tuple[int, ...]:
    """Return year, month and day as far as they are certain."""
    first, last = reference.first_and_last_day
    if not first or not last or first.year != last.year:
        return ()
    if first.month != last.month:
        return (first.year,)
    return (first.year, first.month, first.day) if first == last else (first.year, first.month)


def _bibtex(citation: Citation) -> str:
    fields = {"title": f"{{{_tex(_title(citation))}}}", "note": _tex(_note(citation))}
    reference = citation.reference
    if reference:
        authors = [
            f"{_tex(parts[0])}, {_tex(parts[1])}" if parts else f"{{{_tex(name)}}}"
            for name, parts in _authors(reference)
        ]
        fields |= {"author": " and ".join(authors), "howpublished": _tex(reference.outlet)}
        fields["url"] = reference.address or citation.iri
        known = _common_date(reference)
    else:
        fields |= {"publisher": _tex(citation.publisher), "url": citation.iri}
        if citation.publisher:
            fields["author"] = f"{{{_tex(citation.publisher)}}}"
        known = _parts(citation.released)
    year, number, day = [*map(str, known), "", "", ""][:3]
    fields |= {"year": year, "day": day}
    month = _MONTHS[int(number) - 1] if number else ""
    lines = [f"  {name} = {{{value}}}" for name, value in sorted(fields.items()) if value]
    lines += [f"  month = {month}"] if month else []
    return f"@misc{{{citation.key},\n" + ",\n".join(lines) + "\n}\n"


def _tex(text: str) -> str:
    return _BLANKS.sub(" ", text).translate(_TEX)


def _ris(citation: Citation) -> str:
    reference = citation.reference
    lines = [
        ("TY", "NEWS" if reference else "DATA"),
        ("ID", citation.key),
        ("TI", _title(citation)),
    ]
    known = _common_date(reference) if reference else _parts(citation.released)
    day = [("PY", str(known[0])), ("DA", "/".join([*map(_two_digits, known), "", ""][:3]))] if known else []
    if reference:
        lines += [("AU", ", ".join(parts) if parts else name) for name, parts in _authors(reference)]
        lines += [
            ("T2", reference.outlet),
            ("PB", reference.outlet),
            *day,
            ("LA", reference.language),
            ("UR", reference.address or citation.iri),
            ("Y2", "/".join(map(_two_digits, _parts(periods.read_day(reference.retrieved))))),
        ]
    else:
        lines += [("AU", citation.publisher), ("PB", citation.publisher), *day, ("UR", citation.iri)]
    lines += [("DB", citation.release), ("N1", _note(citation))]
    written = [f"{tag}  - {_BLANKS.sub(' ', value)}" for tag, value in lines if value]
    return "\r\n".join([*written, "ER  - ", "", ""])


def _two_digits(number: int) -> str:
    return f"{number:02}"


def _csl_item(citation: Citation) -> dict[str, object]:
    reference = citation.reference
    item: dict[str, object] = {
        "id": citation.key,
        "type": "article-newspaper" if reference else "dataset",
        "title": _title(citation),
        "note": _note(citation),
        "source": citation.release,
    }
    if reference is None:
        publisher = citation.publisher
        of_dataset: dict[str, object] = {
            "author": [{"literal": publisher}] if publisher else [],
            "publisher": publisher,
            "issued": _csl_date(_parts(citation.released)),
            "URL": citation.iri,
        }
        return item | {name: value for name, value in of_dataset.items() if value}
    optional: dict[str, object] = {
        "author": [
            {"family": parts[0], "given": parts[1]} if parts else {"literal": name}
            for name, parts in _authors(reference)
        ],
        "container-title": reference.outlet,
        "publisher": reference.outlet,
        "issued": _csl_date(_common_date(reference), reference.when),
        "language": reference.language,
        "URL": reference.address or citation.iri,
        "accessed": _csl_date(_parts(periods.read_day(reference.retrieved))),
    }
    return item | {name: value for name, value in optional.items() if value}


def _csl_date(parts: tuple[int, ...], words: str = "") -> dict[str, object]:
    """Return a date; in words where no year is certain."""
    if not parts:
        return {"literal": words} if words else {}
    return {"date-parts": [list(parts)]}
