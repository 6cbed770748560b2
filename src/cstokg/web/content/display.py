"""How each kind of thing is shown: titles, parts of a label, sections, and the order of facts.

All of it is in ``display.toml``, which is read once.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from cstokg import namespaces

# What a column shows where it names no property:
THIS = "@this"  # the record itself, as a link
WHEN = "@when"  # its day or period
ROLE = "@role"  # the properties by which the record points at the entity
SOURCE = "@source"  # the statements or outlets that are the articles' only source for it
ACTING = "@acting"  # whether the holder only acts in the post

Column = tuple[str, str]  # heading; predicates joined by "|", of which the first with a value counts
LabelPart = str | tuple[str, ...]  # text; or the IRIs of properties, of which the first with a value counts


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a page: the records that point at the entity by some property.

    Attributes:
        title: the heading.
        links: the properties, as ``prefix:name``, or two as ``prefix:name/prefix:name``, for records that
            point at something that points at the entity.
        columns: the columns of a table.
        style: how to show the records: as a ``table``, as ``statements``, or as a ``list`` of links.
        classes: only records of these classes; all if empty.
        chart: whether bars show how long each record lasted.
        planned: the heading where all records are plans.
        done: the heading where all are reported as facts.
        counted: whether the number beside the heading counts what the first column names, each thing once,
            instead of the records.
        having: only records with this property, as ``prefix:name``; all if empty.
        numbered: whether a number stands beside the heading.
    """

    title: str
    links: tuple[str, ...]
    columns: tuple[Column, ...] = ()
    style: str = "table"
    classes: tuple[str, ...] = ()
    chart: bool = False
    planned: str = ""
    done: str = ""
    counted: bool = False
    having: str = ""
    numbered: bool = True


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of thing.

    Attributes:
        singular: what one is called, inside a sentence.
        plural: what a list of them is called.
        sections: the sections of a page about one, in order.
        family: the group of kinds that have one colour in Explore.
        label: the parts of which the label of one is composed, if it has none of its own.
        words: the IRI of a property whose value is the label instead, if it has one.
    """

    singular: str
    plural: str
    sections: tuple[Section, ...]
    family: str = "other"
    label: tuple[LabelPart, ...] = ()
    words: str = ""


@dataclass(frozen=True)
class Display:
    """What ``display.toml`` says.

    Attributes:
        kinds: the kinds by what ``namespaces.kind_of`` calls them.
        sections: the sections of pages about other kinds.
        orders: the kinds that certain pages show, in their order.
        browse: the titles of the lists of kinds, with the kinds in each.
        terms: what terms of other vocabularies are called, by IRI.
        searched: names that no article prints, under which search finds things too, by IRI.
        words: what pages call properties, where it is not their label, by IRI.
        matters: what an article says if it supports a property, by IRI.
        heads: the heads of the columns of answers, where they are not the names of the variables.
        beneath: the variables whose values stand beneath another's on a page, with the words before them.
        fact_ranks: the places of properties in the order of facts, by IRI.
        elsewhere: the IRIs of properties that are not shown as facts.
    """

    kinds: Mapping[str, Kind]
    sections: tuple[Section, ...]
    orders: Mapping[str, tuple[str, ...]]
    browse: tuple[tuple[str, tuple[str, ...]], ...]
    terms: Mapping[str, str]
    searched: Mapping[str, tuple[str, ...]]
    words: Mapping[str, str]
    matters: Mapping[str, str]
    heads: Mapping[str, str]
    beneath: Mapping[str, Mapping[str, str]]
    fact_ranks: Mapping[str, int]
    elsewhere: frozenset[str]

    def kind(self, name: str) -> Kind:
        """Return a kind; for one that ``display.toml`` does not have, a record with the usual sections."""
        return self.kinds.get(name) or Kind("record", "records", self.sections)


@cache
def read() -> Display:
    """Return what ``display.toml`` says."""
    tables = tomllib.loads(files("cstokg.web").joinpath("display.toml").read_text(encoding="utf-8"))
    sections = {name: _section(entry) for name, entry in tables["section"].items()}
    default = (sections["mentions"],)
    return Display(
        kinds={name: _kind(entry, sections, default) for name, entry in tables["kind"].items()},
        sections=default,
        orders={name: tuple(kinds) for name, kinds in tables["kinds"].items()},
        browse=tuple((entry["title"], tuple(entry["kinds"])) for entry in tables["browse"]),
        terms={namespaces.expand(name): label for name, label in tables["terms"].items()},
        searched={namespaces.expand(name): tuple(names) for name, names in tables["searched"].items()},
        words={namespaces.expand(name): words for name, words in tables["facts"]["words"].items()},
        matters={namespaces.expand(name): words for name, words in tables["facts"]["matters"].items()},
        heads=tables["answers"]["heads"],
        beneath=tables["answers"]["beneath"],
        fact_ranks={namespaces.expand(name): rank for rank, name in enumerate(tables["facts"]["order"])},
        elsewhere=frozenset(map(namespaces.expand, tables["facts"]["elsewhere"])),
    )


def _section(entry: Mapping[str, Any]) -> Section:
    lists = {name: tuple(entry[name]) for name in ("links", "classes") if name in entry}
    columns = tuple((heading, source) for heading, source in entry.get("columns", ()))
    return Section(**{**entry, **lists, "columns": columns})


def _kind(entry: Mapping[str, Any], sections: Mapping[str, Section], default: tuple[Section, ...]) -> Kind:
    own = tuple(sections[name] for name in entry["sections"]) if "sections" in entry else default
    label = tuple(map(_label_part, entry.get("label", ())))
    words = namespaces.expand(entry["words"]) if "words" in entry else ""
    return Kind(**{**entry, "sections": own, "label": label, "words": words})


def _label_part(part: str) -> LabelPart:
    is_text = ":" not in part.rstrip(": ")
    return part if is_text else tuple(map(namespaces.expand, part.split("|")))


def family_of(kind: str) -> str:
    """Return the family whose colour a thing of a kind has in Explore."""
    kinds = read().kinds
    entry = kinds.get(kind) or kinds.get(kind.partition("/")[0])
    return entry.family if entry else "other"


def fact_order(predicate: str) -> tuple[int, str]:
    """Return a key that sorts properties as a page shows them; unknown ones come before the modality."""
    ranks = read().fact_ranks
    return (ranks.get(predicate, ranks[namespaces.expand("ckg:modality")]), predicate)


def is_fact(predicate: str) -> bool:
    """Return whether a property belongs in the list of facts."""
    return predicate not in read().elsewhere
