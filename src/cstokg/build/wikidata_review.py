"""The findings about links as rows of a table, and as an SSSOM mapping set that reviews them."""

from collections.abc import Sequence
from importlib.metadata import version

from cstokg import namespaces
from cstokg.build import sssom
from cstokg.build.wikidata_check import CONTRADICTION, Comparison
from cstokg.build.wikidata_links import Link

COLUMNS = ("entity", "item", "aspect", "verdict", "detail")
_SSSOM_COLUMNS = (
    "subject_id",
    "subject_label",
    "predicate_id",
    "object_id",
    "object_label",
    "mapping_justification",
    "mapping_tool",
    "mapping_tool_version",
    "mapping_date",
    "comment",
)
_OTHER_PREFIXES = {
    "semapv": "https://w3id.org/semapv/vocab/",
    "skos": namespaces.PREFIXES["skos"],
    "sssom": "https://w3id.org/sssom/",
    "wd": namespaces.PREFIXES["wd"],
}


def rows(comparison: Comparison) -> list[tuple[str, ...]]:
    """Return the findings, contradictions first."""
    return [
        (each.link.entity, each.link.item, each.aspect, each.verdict, each.detail)
        for each in comparison.findings
    ]


def write_sssom(comparison: Comparison, links: Sequence[Link], endpoint: str, day: str) -> str:
    """Return a mapping set with a row for each link, whose comment holds what was found.

    The object is the item to which the linked one redirects, or none where the item does not exist.
    """
    kinds = sorted({link.entity.partition(":")[0] for link in links})
    prefixes = {kind: namespaces.PREFIXES[kind] for kind in kinds} | _OTHER_PREFIXES
    head = [
        '#sssom_version: "1.1"',
        f"#mapping_set_id: {namespaces.GRAPH}wikidata/review",
        "#mapping_set_title: Review of the links to Wikidata",
        f'#comment: "What {endpoint} says of the linked items."',
        "#license: https://creativecommons.org/publicdomain/zero/1.0/",
        "#curie_map:",
        *(f"#  {prefix}: {iri}" for prefix, iri in sorted(prefixes.items())),
        "\t".join(_SSSOM_COLUMNS),
    ]
    return "\n".join([*head, *(_row(link, comparison, day) for link in links)]) + "\n"


def _row(link: Link, comparison: Comparison, day: str) -> str:
    about = comparison.answers[link.item]
    found = [each for each in comparison.findings if each.link is link]
    cells = {
        "subject_id": link.entity,
        "subject_label": link.label,
        "predicate_id": link.predicate,
        "object_id": f"wd:{about.target or link.item}" if about.exists else sssom.NO_ITEM,
        "object_label": about.label,
        "mapping_justification": "semapv:MappingReview",
        "mapping_tool": "cstokg",
        "mapping_tool_version": version("cstokg"),
        "mapping_date": day,
        "comment": " | ".join(f"{each.verdict}, {each.aspect}: {each.detail}" for each in found)
        + ("" if any(each.verdict == CONTRADICTION for each in found) else " | no contradiction"),
    }
    return "\t".join(_cell(cells[column]) for column in _SSSOM_COLUMNS)


def _cell(text: str) -> str:
    return " ".join(text.replace('"', "'").split())
