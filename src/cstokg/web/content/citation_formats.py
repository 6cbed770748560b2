"""Footnotes as text, BibTeX, RIS and CSL-JSON.

The title of a reference is the headline of its article; where none is printed, it is the editors' name for
the article in square brackets. The note has what is cited, who said it, and the characters.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from cstokg import formats
from cstokg.web.content.citations import Citation
from cstokg.web.content.testimonies import Reference

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


def write(citations: Sequence[Citation], media_type: str) -> str:
    """Return footnotes in one of the ``formats.CITATION_FORMATS``."""
    return _WRITERS[media_type](citations)


def _title(citation: Citation) -> str:
    reference = citation.reference
    if reference is None:
        return citation.matter
    return reference.headline or f"[{reference.label}]"


def _note(citation: Citation) -> str:
    """Return what no other field of a reference holds."""
    reference = citation.reference
    published = f"published {reference.when}" if reference and reference.when and not reference.day else ""
    matter = citation.matter_and_outlets if reference else ""
    parts = (matter, citation.places, published, f"{citation.release}, {citation.iri}")
    return "; ".join(part for part in parts if part)


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


def _common_date(reference: Reference) -> tuple[int, ...]:
    """Return year, month and day as far as they are certain."""
    first, last = reference.first_and_last_day
    if not first or not last or first.year != last.year:
        return ()
    if first.month != last.month:
        return (first.year,)
    return (first.year, first.month, first.day) if first == last else (first.year, first.month)


def _text(citations: Sequence[Citation]) -> str:
    return "".join(f"{citation.text}\n" for citation in citations)


def _bibtex(citations: Sequence[Citation]) -> str:
    return "\n".join(map(_bibtex_entry, citations))


def _bibtex_entry(citation: Citation) -> str:
    fields = {"title": f"{{{_tex(_title(citation))}}}", "note": _tex(_note(citation))}
    reference, month = citation.reference, ""
    if reference:
        authors = [
            f"{_tex(parts[0])}, {_tex(parts[1])}" if parts else f"{{{_tex(name)}}}"
            for name, parts in _authors(reference)
        ]
        year, *rest = [*map(str, _common_date(reference)), ""]
        fields |= {"author": " and ".join(authors), "howpublished": _tex(reference.outlet), "year": year}
        month = _MONTHS[int(rest[0]) - 1] if rest and rest[0] else ""
        fields |= {"day": rest[1] if len(rest) > 2 else "", "url": reference.address}
    else:
        fields["url"] = citation.iri
    lines = [f"  {name} = {{{value}}}" for name, value in sorted(fields.items()) if value]
    lines += [f"  month = {month}"] if month else []
    return f"@misc{{{citation.key},\n" + ",\n".join(lines) + "\n}\n"


def _tex(text: str) -> str:
    return _BLANKS.sub(" ", text).translate(_TEX)


def _ris(citations: Sequence[Citation]) -> str:
    return "".join(map(_ris_record, citations))


def _ris_record(citation: Citation) -> str:
    reference = citation.reference
    lines = [
        ("TY", "NEWS" if reference else "DATA"),
        ("ID", citation.key),
        ("TI", _title(citation)),
    ]
    if reference:
        known = _common_date(reference)
        slashed = [*map(_two_digits, known), "", ""][:3]
        lines += [("AU", ", ".join(parts) if parts else name) for name, parts in _authors(reference)]
        lines += [
            ("T2", reference.outlet),
            ("PB", reference.outlet),
            ("PY", str(known[0]) if known else ""),
            ("DA", "/".join(slashed) if known else ""),
            ("LA", reference.language),
            ("UR", reference.address),
            ("Y2", reference.retrieved.replace("-", "/")),
        ]
    else:
        lines.append(("UR", citation.iri))
    lines += [("DB", citation.release), ("N1", _note(citation))]
    written = [f"{tag}  - {_BLANKS.sub(' ', value)}" for tag, value in lines if value]
    return "\r\n".join([*written, "ER  - ", "", ""])


def _two_digits(number: int) -> str:
    return f"{number:02}"


def _csl_json(citations: Sequence[Citation]) -> str:
    return json.dumps(list(map(_csl_item, citations)), ensure_ascii=False, indent=2) + "\n"


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
        return {**item, "URL": citation.iri}
    optional: dict[str, object] = {
        "author": [
            {"family": parts[0], "given": parts[1]} if parts else {"literal": name}
            for name, parts in _authors(reference)
        ],
        "container-title": reference.outlet,
        "publisher": reference.outlet,
        "issued": _csl_date(_common_date(reference)),
        "language": reference.language,
        "URL": reference.address,
        "accessed": _csl_date(tuple(map(int, reference.retrieved.split("-") if reference.retrieved else ()))),
    }
    return item | {name: value for name, value in optional.items() if value}


def _csl_date(parts: tuple[int, ...]) -> dict[str, object]:
    return {"date-parts": [list(parts)]} if parts else {}


_WRITERS: Mapping[str, Callable[[Sequence[Citation]], str]] = MappingProxyType(
    {formats.TEXT: _text, formats.BIBTEX: _bibtex, formats.RIS: _ris, formats.CSL_JSON: _csl_json}
)
