"""Compare the links to Wikidata with what an endpoint says: items, classes, names, terms and memberships."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from types import MappingProxyType

from rapidfuzz import fuzz, utils
from rdflib import Graph

from cstokg import namespaces
from cstokg.build.wikidata import sssom, wikidata_endpoint, wikidata_links
from cstokg.build.wikidata.wikidata_endpoint import MEMBER_OF, POSITION_HELD, About, Client, Term
from cstokg.build.wikidata.wikidata_links import Link, Situation

CONTRADICTION, ADDITION, AGREEMENT = "contradiction", "addition", "agreement"
VERDICTS = (CONTRADICTION, ADDITION, AGREEMENT)
LEAST_LIKENESS = 70.0  # of names, from 0 to 100

_ORGANISATION = ("Q43229", "Q484652", "Q245065")
# The classes that fit, by what an entity is; where there is none, the class is not compared.
CLASSES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "Person": ("Q5",),
        "State": ("Q3624078",),
        "Post": ("Q4164871", "Q294414"),
        "InternationalBody": (*_ORGANISATION, "Q1127126", "Q17127659"),
        "Organ": (*_ORGANISATION, "Q327333"),
        "Organisation": (*_ORGANISATION, "Q17127659"),
        "GovernmentBody": ("Q20901295", "Q327333", "Q43229"),
        "NewsOutlet": ("Q192283", "Q1153191", "Q43229"),
        "city": ("Q515",),
        "treaty": ("Q131569",),
        "attack": ("Q1656682",),
        "clash": ("Q1656682",),
        "unrest": ("Q1656682",),
    }
)
# Items of posts are often classes of posts.
_SUBCLASS_FITS = frozenset({"Post"})
_KINDS = (
    (POSITION_HELD, "Tenure", "holder", "tenurePost", "position held"),
    (MEMBER_OF, "Membership", "member", "membershipIn", "member of"),
)
COLUMNS = ("entity", "item", "aspect", "verdict", "detail")
_SSSOM_COLUMNS = (*sssom.COLUMNS[:6], "mapping_tool", "mapping_tool_version", "mapping_date", "comment")
_OTHER_PREFIXES = {
    "semapv": "https://w3id.org/semapv/vocab/",
    "skos": namespaces.PREFIXES["skos"],
    "sssom": "https://w3id.org/sssom/",
    "wd": namespaces.PREFIXES["wd"],
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was compared.

    Attributes:
        link: the link.
        aspect: what was compared.
        verdict: one of ``VERDICTS``.
        detail: both sides.
    """

    link: Link
    aspect: str
    verdict: str
    detail: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """All findings, contradictions first, and what the endpoint says of each item."""

    findings: list[Finding]
    answers: Mapping[str, About]


def compare(
    graph: Graph,
    links: Sequence[Link],
    client: Client,
    batch: int,
    on_batch: Callable[[int, int], None] = lambda done, all_: None,
) -> Comparison:
    """Ask an endpoint about each linked item, and compare.

    Args:
        graph: the data.
        links: the links.
        client: asks the endpoint.
        batch: how many items one query names.
        on_batch: is called with how many items are done, and how many there are.

    Raises:
        EndpointError: the endpoint does not answer.
    """
    classes = {name for link in links for name in CLASSES.get(link.kind, ())}
    items = list(dict.fromkeys(link.item for link in links))
    answers: dict[str, About] = {}
    for done, more in wikidata_endpoint.ask(client, items, classes, batch):
        answers |= more
        on_batch(done, len(items))
    findings = [finding for link in links for finding in _compare_link(link, answers[link.item], graph)]
    usable = [link for link in links if answers[link.item].exists and not answers[link.item].target]
    for property_, kind, subject, value, name in _KINDS:
        situations = wikidata_links.situations(graph, list(links), kind, subject, value)
        findings += _compare_terms(usable, answers, situations, property_, name)
    findings.sort(key=lambda finding: VERDICTS.index(finding.verdict))
    return Comparison(findings, answers)


def _compare_link(link: Link, about: About, graph: Graph) -> Iterator[Finding]:
    if about.target:
        detail = f"redirects to {about.target}; link that one, if it is the same thing"
        yield Finding(link, "item", CONTRADICTION, detail)
        return
    if not about.exists:
        yield Finding(link, "item", CONTRADICTION, "does not exist")
        return
    yield Finding(link, "item", AGREEMENT, "exists")
    if fitting := CLASSES.get(link.kind):
        classes = about.instance_of | (about.subclass_of if link.kind in _SUBCLASS_FITS else set())
        is_fitting = bool(classes & set(fitting))
        theirs = ", ".join(sorted(classes & set(fitting)) if is_fitting else about.classes) or "no class"
        detail = theirs if is_fitting else f"theirs: {theirs}; fitting would be {', '.join(fitting)}"
        yield Finding(link, "class", AGREEMENT if is_fitting else CONTRADICTION, detail)
    ours = wikidata_links.labels(link.iri, graph)
    for language in ("en", "ru"):
        if names := ours.get(language):
            # A name that the table gives for the item is one that the editors have seen.
            listed = [link.item_label] if language == "en" else []
            yield _compare_names(link, language, [*names, *listed], about)


def _compare_names(link: Link, language: str, ours: Sequence[str], about: About) -> Finding:
    aspect = f"label {language}"
    # The label for all languages is mostly in Latin letters.
    theirs = about.names.get(language, []) + (about.names.get("mul", []) if language == "en" else [])
    if not theirs:
        return Finding(link, aspect, ADDITION, f"only ours: {ours[0]}")
    pairs = ((_likeness(our, their), our, their) for our in ours for their in theirs)
    likeness, our_name, their_name = max(pairs, key=lambda pair: pair[0])
    verdict = AGREEMENT if likeness >= LEAST_LIKENESS else CONTRADICTION
    return Finding(link, aspect, verdict, f"ours: {our_name}; theirs: {their_name} ({likeness:.0f} of 100)")


def _likeness(our_name: str, their_name: str) -> float:
    """Return how alike two names are, from 0 to 100.

    The order of words does not matter; if both have several words, additional words in one do not either.
    """
    ours, theirs = utils.default_process(our_name), utils.default_process(their_name)
    scorers = [fuzz.ratio, fuzz.token_sort_ratio]
    if min(len(ours.split()), len(theirs.split())) > 1:
        scorers.append(fuzz.token_set_ratio)
    return max(scorer(ours, theirs) for scorer in scorers)


def _compare_terms(
    links: Sequence[Link],
    answers: Mapping[str, About],
    situations: Sequence[Situation],
    property_: str,
    name: str,
) -> Iterator[Finding]:
    by_item = {link.item: link for link in links}
    ours: dict[tuple[str, str], list[Situation]] = {}
    for situation in situations:
        ours.setdefault((situation.subject, situation.value), []).append(situation)
    for item, link in by_item.items():
        theirs: dict[str, list[Term]] = {}
        for term in answers[item].terms.get(property_, ()):
            theirs.setdefault(term.value, []).append(term)
        values = [value for subject, value in ours if subject == item]
        for value in dict.fromkeys((*values, *theirs)):
            linked = by_item.get(value)
            if linked is None:
                continue  # no entity of ours is linked to that item
            what = f"{linked.label} ({value})"
            records = ours.get((item, value), [])
            terms = theirs.get(value, [])
            for situation in records:
                yield _compare_situation(link, name, what, situation, terms)
            if more := [term for term in terms if not records or term.start or term.end]:
                days = "; ".join(dict.fromkeys(map(str, more)))
                label = "theirs has days" if records else "only theirs"
                yield Finding(link, name, ADDITION, f"{label}: {what} {days}")


def _compare_situation(
    link: Link, name: str, what: str, situation: Situation, terms: Sequence[Term]
) -> Finding:
    ours = f"{what}, ours: {_bounds_in_words(situation)} ({situation.record})"
    if not terms:
        return Finding(link, name, ADDITION, f"only ours: {ours}")
    fitting = [term for term in terms if _fits(situation, term)]
    theirs = "; ".join(dict.fromkeys(map(str, fitting or terms)))
    return Finding(link, name, AGREEMENT if fitting else CONTRADICTION, f"{ours}; theirs: {theirs}")


def _fits(situation: Situation, term: Term) -> bool:
    """Return whether a term can be the one that we know; what is not known fits."""
    start_after, start_before, end_after, end_before = situation.bounds
    start, end = term.start, term.end
    return not (
        (start and start_after and start.last < start_after)
        or (start and start_before and start.first > start_before)
        or (end and end_after and end.last < end_after)
        or (end and end_before and end.first > end_before)
    )


def _bounds_in_words(situation: Situation) -> str:
    start_after, start_before, end_after, end_before = situation.bounds
    if start_before and end_after and start_before == end_after and not start_after and not end_before:
        return f"on {start_before}"
    parts = [
        f"began not before {start_after}" if start_after else "",
        f"began not after {start_before}" if start_before else "",
        f"ended not before {end_after}" if end_after else "",
        f"ended not after {end_before}" if end_before else "",
    ]
    return ", ".join(filter(None, parts)) or "without days"


# What was found, as a table and as SSSOM.


def rows(comparison: Comparison) -> list[tuple[str, ...]]:
    """Return the findings, contradictions first."""
    return [
        (finding.link.entity, finding.link.item, finding.aspect, finding.verdict, finding.detail)
        for finding in comparison.findings
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
    findings = [finding for finding in comparison.findings if finding.link is link]
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
        "comment": " | ".join(
            f"{finding.verdict}, {finding.aspect}: {finding.detail}" for finding in findings
        )
        + ("" if any(finding.verdict == CONTRADICTION for finding in findings) else " | no contradiction"),
    }
    return "\t".join(_cell(cells[column]) for column in _SSSOM_COLUMNS)


def _cell(text: str) -> str:
    return " ".join(text.replace('"', "'").split())
