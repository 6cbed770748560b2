"""The front page, conflicts, plans that no article confirms, lists, and the pages about the site."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import date
from pathlib import Path

from flask import Blueprint, abort, redirect, render_template, request
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from cstokg import formats, namespaces
from cstokg.release import FILES
from cstokg.web.content import display, facets, facts, footnotes, news, periods, testimonies
from cstokg.web.content.catalogue import natural
from cstokg.web.content.conflicts import (
    CONCLUSION,
    conflicts_by_entity,
    conflicts_by_weight,
    description_of_conflicts,
    source_of_side,
    standing_of_claims,
)
from cstokg.web.content.graph import Description, Graph
from cstokg.web.content.meetings import counted_once, organs_in_words, read_meetings
from cstokg.web.content.news import Plan
from cstokg.web.content.statements import passed_on, read_statements
from cstokg.web.figures import meeting_map, timeline
from cstokg.web.figures.figure import meetings_in_words
from cstokg.web.site import Site, at, current
from cstokg.web.views import figure_pages

# The pages about the site: the last step of the address, and the title.
ABOUT = (
    ("sources", "Sources and checks"),
    ("limits", "Limits of the data"),
    ("licence", "Licence"),
    ("downloads", "Downloads"),
    ("reconciliation", "Matching names"),
    ("changes", "Changes"),
)

blueprint = Blueprint("site_pages", __name__)

_CONTEXT = "https://schema.org/"

_SHOWN_MEETINGS = 5
_NARROWING = ("speaker", "topic", "year")  # the facets of statements that the front page offers
_MEETINGS = """\
SELECT ?meeting ?day
WHERE { ?meeting a ckg:HeldMeeting ; ckg:onDate ?day }
ORDER BY DESC(?day) ?meeting
"""
_YEARS = """\
SELECT (MIN(YEAR(?day)) AS ?first) (MAX(YEAR(?day)) AS ?last)
WHERE { ?article a ckg:Article ; ckg:onDate|ckg:startNotBefore ?day }
"""
_CONFLICT_KIND = f"{namespaces.ID}concept/conflict-kind/"


@blueprint.get("/browse")
def browse() -> ResponseReturnValue:
    """Show the kinds of entities."""
    by_kind, shown = current().catalogue.by_kind, display.read()
    parts = [
        (title, [(shown.kinds[kind].plural, kind, len(by_kind[kind])) for kind in kinds if kind in by_kind])
        for title, kinds in shown.browse
    ]
    return render_template("browse.html", parts=[part for part in parts if part[1]])


@blueprint.get("/browse/<path:kind>")
def listing(kind: str) -> ResponseReturnValue:
    """Show all entities of a kind."""
    by_kind = current().catalogue.by_kind
    kinds = display.read().kinds
    if kind not in kinds or kind not in by_kind:
        abort(404)
    entries = sorted(by_kind[kind], key=lambda entry: natural(_order(entry.iri, entry.label)))
    if kind == "meeting":
        by_day = {meeting.iri: number for number, meeting in enumerate(read_meetings(current().graph))}
        entries.sort(key=lambda entry: by_day.get(entry.iri, len(by_day)))
    meetings = read_meetings(current().graph) if kind == "meeting" else ()
    gatherings = {row.iri: f"other gathering, {row.standing}" for row in meetings if not row.organs}
    counted = f"{timeline.headline(meetings)}. {timeline.what_counts(meetings)}" if meetings else ""
    if kind == "statement":
        number, words, _ = _count(current().graph, kind, len(entries))
        counted = f"{number} {words}."
    return render_template(
        "listing.html",
        title=kinds[kind].plural,
        kind=kind,
        entries=entries,
        counted=counted,
        gatherings=gatherings,
    )


def _order(iri: str, label: str) -> str:
    """Return the key to sort entries by: the last step of the IRI if it begins with a year, or the label."""
    step = iri.rpartition("/")[2]
    return step if step[:4].isdecimal() else label.casefold()


@blueprint.get("/about")
def about() -> ResponseReturnValue:
    """Show the first of the pages about the site."""
    return render_template("about.html", pages=ABOUT, here="")


@blueprint.get("/about/<any(sources, limits, licence):page>")
def about_text(page: str) -> ResponseReturnValue:
    """Show a page about the site that has only text."""
    return render_template(f"about-{page}.html", pages=ABOUT, here=page)


@blueprint.get("/downloads")
def to_downloads() -> ResponseReturnValue:
    """Redirect from the folder of the files to the page that lists them."""
    return redirect(at("/about/downloads"), 301)


@blueprint.get("/about/downloads")
def downloads() -> ResponseReturnValue:
    """List the files of the release: those that every release has, then the tables, each in two formats."""
    release, files = current().release, []
    tables: dict[str, list[tuple[str, str, str]]] = defaultdict(list)
    if release:
        for name in (*FILES, *sorted(release.files.keys() - FILES.keys())):
            size, sha256 = _size((release.folder / name).stat().st_size), release.files[name]
            if name in FILES:
                files.append((name, FILES[name].description, size, sha256))
            else:
                tables[Path(name).stem].append((name, size, sha256))
    return render_template("about-downloads.html", pages=ABOUT, here="downloads", files=files, tables=tables)


def _size(count: int) -> str:
    """Return a number of bytes in words."""
    return f"{count / 1_000_000:.1f} MB" if count >= 1_000_000 else f"{max(1, round(count / 1_000))} kB"


def dataset_markup(graph: Graph) -> Markup:
    """Return the dataset as JSON-LD, safe inside a script element; empty if the graph has none."""
    about = graph.about_only(namespaces.DATASET)
    if not about.first(about.iri, "dcterms:title"):
        return Markup()
    publisher = about.text(about.iri, "dcterms:publisher")
    return facts.script(
        {
            "@context": _CONTEXT,
            "@type": "Dataset",
            "@id": about.iri,
            "url": namespaces.BASE,
            "identifier": about.iri,
            "name": _texts_by_language(about, "dcterms:title"),
            "description": _texts_by_language(about, "dcterms:description"),
            "keywords": _texts_by_language(about, "dcat:keyword"),
            "inLanguage": ["en", "ru"],
            "license": about.text(about.iri, "dcterms:license"),
            "isAccessibleForFree": True,
            "creator": {"@type": "Organization", "@id": publisher, "name": graph.catalogue.label(publisher)},
            "version": about.text(about.iri, "dcat:version"),
            "datePublished": about.text(about.iri, "dcterms:issued"),
            "dateModified": about.text(about.iri, "dcterms:modified"),
            "distribution": [
                {
                    "@type": "DataDownload",
                    "@id": namespaces.distribution(name),
                    "name": file.title,
                    "description": file.description,
                    "contentUrl": f"{namespaces.BASE}downloads/{name}",
                    "encodingFormat": formats.of_file(name),
                }
                for name, file in FILES.items()
                if file.title
            ],
        }
    )


def _texts_by_language(about: Description, name: str) -> list[dict[str, str]]:
    return [
        {"@value": term.value, "@language": term.language}
        for term in about.values(about.iri, name)
        if term.language
    ]


@blueprint.get("/")
def front() -> ResponseReturnValue:
    """Show the front page: a figure and three findings first."""
    site = current()
    said, years = read_statements(site.graph), site.graph.select(_YEARS)
    return render_template(
        "front.html",
        answered_here=sum(not question.endpoint for question in site.questions),
        counts=[
            _count(site.graph, kind, len(site.catalogue.by_kind.get(kind, ())))
            for kind in display.read().orders["front"]
        ],
        dataset=namespaces.DATASET,
        dataset_markup=dataset_markup(site.graph),
        description=Description(""),
        drawn=figure_pages.draw(meeting_map.KIND, {}, figure_pages.page_link),
        findings=news.findings(site.graph, _today(site)),
        meetings=site.graph.select(_MEETINGS)[:_SHOWN_MEETINGS],
        organs_of=lambda iri: _organs_not_in_its_name(site, iri),
        narrowing=[facet for facet in facets.count(site.catalogue, said, {}) if facet.name in _NARROWING],
        preview=f"{figure_pages.CARDS}/{meeting_map.KIND.name}.png",
        years=[years[0][name].value for name in ("first", "last")] if years and "first" in years[0] else [],
    )


def _count(graph: Graph, kind: str, number: int) -> tuple[int, str, str]:
    """Return how many things of a kind there are, with the word for them and the kind.

    The number of meetings is that of those held, and the words say how many more were announced. Meetings
    and statements that are recorded twice count once. Some words add a remark, without which the number would
    mislead.
    """
    entry = display.read().kinds[kind]
    if kind == "meeting" and number:
        held, announced, _ = counted_once(read_meetings(graph))
        if not held:
            return number, f"{entry.singular if number == 1 else entry.plural.lower()} announced", kind
        first, _, rest = meetings_in_words(held).partition(" ")
        return int(first), f"{rest} held" + (f", {len(announced)} more announced" if announced else ""), kind
    if kind == "statement" and (twice := len(passed_on(read_statements(graph)))):
        words = f"{entry.plural.lower()}, {twice} of them recorded twice (as said and as passed on)"
        return number - twice, words, kind
    words = entry.singular if number == 1 else entry.plural.lower()
    words += " named" if kind == "state" else ""  # most of them are not members
    several, remark = _remark(graph, kind)
    return number, f"{words}, {several} of them {remark}" if several else words, kind


def _remark(graph: Graph, kind: str) -> tuple[int, str]:
    """Return how many things of a kind need a remark on the front page, and the remark."""
    if kind == "claim":
        return sum(
            words.startswith(CONCLUSION) for words in standing_of_claims(graph).values()
        ), "the editors’ conclusions"
    if kind == "document":
        planned = [iri for iri in testimonies.not_as_fact(graph) if namespaces.kind_of(iri) == kind]
        return len(planned), "only announced or expected"
    return 0, ""


def _organs_not_in_its_name(site: Site, meeting: str) -> str:
    """Return the organs that met, in words; empty if the name of the meeting contains the first."""
    met = [row for row in read_meetings(site.graph) if row.iri == meeting]
    organs = [organ for row in met for organ in organs_in_words(site.catalogue, row)]
    return "" if organs and organs[0] in site.catalogue.label(meeting) else ", ".join(organs)


@blueprint.get("/conflicts")
def conflicts() -> ResponseReturnValue:
    """Show all conflicts, the weightiest first; ``?kind=`` narrows them to one kind."""
    site = current()
    all_conflicts = conflicts_by_weight(site.graph)
    counts = Counter(kind for conflict in all_conflicts for kind in conflict.kinds)
    chosen = request.args.get("kind", "")
    shown = [
        conflict for conflict in all_conflicts if not chosen or _CONFLICT_KIND + chosen in conflict.kinds
    ]
    return render_template(
        "conflicts.html",
        chosen=chosen,
        conflicts=shown,
        description=description_of_conflicts(site.graph),
        kinds=[
            (kind, kind.removeprefix(_CONFLICT_KIND), counts[kind])
            for kind in sorted(counts, key=lambda kind: (-counts[kind], kind))
        ],
        source_of=lambda side: source_of_side(site.graph, side),
        total=len(all_conflicts),
    )


@blueprint.get("/announced")
def announced() -> ResponseReturnValue:
    """Show what articles announce and no article confirms."""
    site, today = current(), _today(current())
    groups: dict[str, list[Plan]] = {"meetings": [], "waiting": [], "held": [], "ahead": [], "undated": []}
    plans = {plan.iri: plan for plan in news.plans(site.graph)}
    standing = {iri: plan.standing(today) for iri, plan in plans.items()}
    again: dict[str, list[Plan]] = defaultdict(list)
    for plan in plans.values():
        shown = _shown_plan(plans, plan)
        if shown != plan:
            again[shown.iri].append(plan)
        else:
            unconfirmed = plan.is_meeting and not plan.outcome
            groups["meetings" if unconfirmed else standing[plan.iri]].append(plan)
    return render_template(
        "announced.html",
        again=again,
        conflicts_about=conflicts_by_entity(site.graph),
        description=Description(""),
        evidence=footnotes.evidence(site.graph),
        groups=groups,
        standing=standing,
        today=periods.day(today.isoformat()),
    )


def _shown_plan(plans: Mapping[str, Plan], plan: Plan) -> Plan:
    """Return the plan under which the page shows another: the one that it is by conclusion, or itself."""
    passed = set[str]()
    while plan.same in plans and plan.iri not in passed:
        passed.add(plan.iri)
        plan = plans[plan.same]
    return plan


def _today(site: Site) -> date:
    """Return the day by which plans are judged: that of the release, so that its pages do not change."""
    return date.fromisoformat(site.release.date) if site.release else date.today()  # noqa: DTZ011
