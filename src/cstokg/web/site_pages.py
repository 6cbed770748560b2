"""The front page, and lists of all there is."""

from flask import Blueprint, abort, render_template
from flask.typing import ResponseReturnValue

from cstokg import namespaces, questions
from cstokg.engine.errors import QueryError
from cstokg.questions import Question
from cstokg.web import answers, choices, kinds
from cstokg.web.site import Site
from cstokg.web.terms import natural

# What is counted on the front page, and under which kind it is listed.
COUNTED = (
    ("article", "article", "articles"),
    ("meeting", "meeting", "meetings"),
    ("person", "person", "people"),
    ("state", "state", "states"),
    ("statement", "statement", "statements"),
    ("document", "document", "documents"),
    ("claim", "claim", "claims"),
    ("conflict", "conflict", "conflicts"),
)
_ASKED = ("members-on-day", "outlets-cited", "persons-in-several-articles", "meetings-held", "chairs")
_SHOWN_QUESTIONS = 3
_SHOWN_ROWS = 5
_SHOWN_MEETINGS = 5
_MEETINGS = """\
SELECT ?meeting ?day ?place (EXISTS { ?meeting a ckg:HeldMeeting } AS ?held)
WHERE {
  ?meeting a ckg:Meeting ; ckg:onDate ?day .
  OPTIONAL { ?meeting ckg:heldIn ?place }
}
ORDER BY DESC(?day) ?meeting
"""
_YEARS = """\
SELECT (MIN(YEAR(?day)) AS ?first) (MAX(YEAR(?day)) AS ?last)
WHERE { ?article a ckg:Article ; ckg:onDate|ckg:startNotBefore ?day }
"""


def blueprint(site: Site) -> Blueprint:
    """The front page and the lists."""
    front = Blueprint("front", __name__)

    @front.get("/")
    def index() -> ResponseReturnValue:
        meetings = site.graph.select(_MEETINGS)
        years = site.graph.select(_YEARS)
        return render_template(
            "front.html",
            asked=[_live(site, question) for question in _chosen(site)],
            counts=[
                (
                    len(site.catalogue.by_kind.get(kind, ())),
                    one if len(site.catalogue.by_kind.get(kind, ())) == 1 else many,
                    kind,
                )
                for kind, one, many in COUNTED
            ],
            dataset=namespaces.DATASET,
            meetings=[row for row in meetings if row["held"].value == "true"][:_SHOWN_MEETINGS],
            years=[years[0][name].value for name in ("first", "last")]
            if years and "first" in years[0]
            else [],
        )

    @front.get("/browse")
    def browse() -> ResponseReturnValue:
        parts = [
            (
                title,
                [
                    (kinds.TITLES[kind], kind, len(site.catalogue.by_kind[kind]))
                    for kind in steps
                    if kind in site.catalogue.by_kind
                ],
            )
            for title, steps in kinds.PARTS
        ]
        return render_template("browse.html", parts=[part for part in parts if part[1]])

    @front.get("/browse/<path:kind>")
    def listing(kind: str) -> ResponseReturnValue:
        if kind not in kinds.TITLES or kind not in site.catalogue.by_kind:
            abort(404)
        entries = sorted(
            site.catalogue.by_kind[kind], key=lambda entry: natural(_order(entry.iri, entry.label))
        )
        return render_template("listing.html", title=kinds.TITLES[kind], kind=kind, entries=entries)

    return front


def _order(iri: str, label: str) -> str:
    """IRIs of dated things begin with the day; the rest is in order of name."""
    step = iri.rpartition("/")[2]
    return step if step[:4].isdecimal() else label.casefold()


def _chosen(site: Site) -> list[Question]:
    found = [site.question[name] for name in _ASKED if name in site.question]
    return found[:_SHOWN_QUESTIONS]


def _live(site: Site, question: Question) -> dict[str, object]:
    """A question with the first rows of its answer."""
    try:
        answer = answers.ask(site, questions.bind_texts(question, {}))
    except QueryError:
        answer = None
    given = choices.in_words(site, question, {})
    return {"question": question, "answer": answer, "given": given, "limit": _SHOWN_ROWS}
