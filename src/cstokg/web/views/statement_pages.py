"""The page of all statements, narrowed by facets."""

from collections.abc import Sequence

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue

from cstokg import formats
from cstokg.engine import results
from cstokg.web.answers import saved_answers, tables
from cstokg.web.answers.tables import CellValue, Sheet
from cstokg.web.content import citations, facets, footnotes, periods
from cstokg.web.content.articles import names_of_articles
from cstokg.web.content.conflicts import conflicts_by_entity
from cstokg.web.content.facets import Choice, Chosen, Facet
from cstokg.web.content.statements import (
    IMPLIED,
    NONE,
    Statement,
    acting_records,
    description_of_statements,
    implied_occasions,
    narrower_topics,
    passed_on,
    read_statements,
    tellers_by_statement,
)
from cstokg.web.site import Site, current

_CSV, _HTML = formats.CSV, formats.HTML
_SPEAKER, *_OTHERS = facets.NAMES
_DAY, _YEAR = "Day", "year"

blueprint = Blueprint("statements", __name__)


@blueprint.get("/statements", endpoint="statements")
def browse() -> ResponseReturnValue:
    """Show the statements that the facets in the address choose; as CSV for a client that prefers it."""
    if formats.accepted(request.headers.get("Accept", ""), (_HTML, _CSV))[:1] == (_CSV,):
        response = as_csv()
    else:
        response = Response(_statements_page(current()), mimetype=_HTML)
    response.vary.add("Accept")
    return response


@blueprint.get("/statements.csv")
def as_csv() -> Response:
    """Return the same statements as CSV."""
    site, chosen = current(), facets.chosen(request.args)
    shown = _shown(site, chosen)
    rows = [list(_row(site, statement).values()) for statement in shown]
    response = Response(results.write_spreadsheet([_heads(site), *rows]), mimetype=_CSV)
    return _named(response, chosen, "csv")


@blueprint.get("/statements.xlsx")
def as_workbook() -> Response:
    """Return the same statements as a workbook."""
    site, chosen = current(), facets.chosen(request.args)
    shown = _shown(site, chosen)
    asked = "; ".join(
        f"{facets.KINDS[facet].title}: {facets.shown(site.catalogue, facet, value)}"
        for facet, values in chosen.items()
        for value in values
    )
    notes = [
        ("Statements", asked or "all"),
        ("Rows", str(len(shown))),
        *([("Undated", undated)] if (undated := _undated_in_words(site, chosen)) else []),
        ("Words", "Paraphrases are the editors’ words, not quotations."),
        *([("In the article", saved_answers.SENTENCES)] if site.texts else []),
        *saved_answers.rights(site),
        ("Dataset", site.name_and_version),
    ]
    rows = [_workbook_row(site, statement) for statement in shown]
    body = tables.as_workbook(Sheet("Statements", _heads(site), rows), notes, saved_answers.day_of(site))
    response = Response(body, mimetype=formats.XLSX)
    return _named(response, chosen, "xlsx")


def _named(response: Response, chosen: Chosen, suffix: str) -> Response:
    """Return the response as a file whose name contains the chosen values."""
    values = (value for values in chosen.values() for value in values)
    name = saved_answers.file_name("statements", values, suffix)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _workbook_row(site: Site, statement: Statement) -> list[CellValue]:
    """Return the cells of the CSV with days as days and years as numbers."""
    cells: dict[str, CellValue] = {head: cell or None for head, cell in _row(site, statement).items()}
    day, year = statement.day, str(cells[facets.KINDS[_YEAR].title])
    cells[_DAY] = periods.read_day(day) or day or None
    if year.isdecimal():
        cells[facets.KINDS[_YEAR].title] = int(year)
    return list(cells.values())


def _undated_in_words(site: Site, chosen: Chosen) -> str:
    """Return how many statements without a year are left out, and of which articles; empty if none."""
    undated = _undated(facets.count(site.catalogue, _statements(site), chosen)) if _YEAR in chosen else None
    if undated is None:
        return ""
    articles = names_of_articles(site.graph, _articles_of_undated(site, chosen))
    number, are = undated.count, "is" if undated.count == 1 else "are"
    return f"{number} undated statement{'' if number == 1 else 's'} {are} not included, from: {articles}"


def _statements(site: Site) -> Sequence[Statement]:
    """Return all statements in the order of the articles' texts."""
    return sorted(read_statements(site.graph), key=lambda row: site.order_in_texts[row.iri])


def _order() -> str:
    """Return the order that the address asks for; the first order if it names none that exists."""
    order = request.args.get(facets.ORDER, "")
    return order if order in facets.ORDERS else ""


def _shown(site: Site, chosen: Chosen) -> list[Statement]:
    """Return the chosen statements in the order that the address asks for."""
    return facets.in_order(facets.narrow(_statements(site), chosen), _order(), site.by_day)


def _statements_page(site: Site) -> str:
    statements, chosen, order = _statements(site), facets.chosen(request.args), _order()
    shown = _shown(site, chosen)
    counted = facets.count(site.catalogue, statements, chosen, order)
    description = description_of_statements(site.graph)
    return render_template(
        "statements.html",
        chosen=[
            (facet, facets.shown(site.catalogue, facet, value))
            for facet, values in chosen.items()
            for value in values
        ],
        files=[
            (facets.address(chosen, order).replace(facets.STEM, f"{facets.STEM}.{suffix}", 1), row)
            for suffix, row in formats.STATEMENT_FORMATS.items()
        ],
        description=description,
        facets=counted,
        orders=[
            (words, "" if name == order else facets.address(chosen, name))
            for name, words in facets.ORDERS.items()
        ],
        shown=shown,
        spans={statement.iri: footnotes.spans_of_records(description, statement.iri) for statement in shown},
        total=len(statements) - len(passed_on(statements)),
        twice=len(passed_on(shown)),
        undated=_undated(counted) if "year" in chosen else None,
        undated_in=_articles_of_undated(site, chosen),
        narrower=_narrower(site, statements, chosen, order),
        unknown=facets.unknown(statements, chosen),
    )


def _undated(counted: Sequence[Facet]) -> Choice | None:
    """Return the choice of the undated statements; None if there are none, or if it is chosen."""
    choices = (choice for facet in counted if facet.name == "year" for choice in facet.choices)
    return next((each for each in choices if each.value == NONE and each.count and not each.chosen), None)


def _articles_of_undated(site: Site, chosen: Chosen) -> list[str]:
    """Return the articles with undated statements that fit the other choices, in order of their days."""
    undated = facets.narrow(_statements(site), {**chosen, "year": (NONE,)})
    articles = {article for statement in undated for article in statement.values("ckg:reportedIn")}
    return sorted(articles, key=site.by_day)


def _narrower(
    site: Site, statements: Sequence[Statement], chosen: Chosen, order: str
) -> tuple[int, str] | None:
    """Return how many more statements are on narrower topics than the chosen ones, and their address."""
    topics = {
        facets.in_address("topic", iri)
        for topic in chosen.get("topic", ())
        for iri in narrower_topics(site.graph, topic)
    }
    wider = {**chosen, "topic": tuple(sorted(topics))}
    more = len(facets.narrow(statements, wider)) - len(facets.narrow(statements, chosen)) if topics else 0
    return (more, facets.address(wider, order)) if more else None


def _heads(site: Site) -> list[str]:
    """Return the heads of the columns of files; ``_row`` fills them."""
    speaker, *others = (facets.KINDS[name].title for name in (_SPEAKER, *_OTHERS))
    words = [saved_answers.IN_ARTICLE] if site.texts else []
    more_words = ["Other evidence in the article"] if site.texts else []
    first = ["The editors’ paraphrase", *words, speaker, "Post", "When", _DAY]
    last = [saved_answers.FOOTNOTE, *more_words, "Statement", "Evidence"]
    return [*first, *others, "According to", "The editors’ notes", *last]


def _row(site: Site, statement: Statement) -> dict[str, str]:
    """Return the cells of a statement by their heads; the post stands beside its holder, IRIs come last."""
    speaker, *others = [
        names_of_articles(site.graph, statement.values("ckg:reportedIn"))
        if name == "article"
        else "; ".join(
            facets.label(site.catalogue, name, value) + _implied(site, statement, name)
            for value in statement.values_of_facet(name)
            if value != NONE
        )
        for name in facets.NAMES
    ]
    acting = " (acting)" if statement.iri in acting_records(site.graph) else ""
    post = "; ".join(site.catalogue.label(iri) + acting for iri in statement.values("ckg:inCapacityOf"))
    tellers = tellers_by_statement(site.graph).get(statement.iri, ())
    sources = "; ".join(site.catalogue.label(speaker) for teller in tellers for speaker in teller.speakers)
    words, more_words = _words(site, statement) if site.texts else ([], [])
    footnote = "\n".join(citation.text for citation in citations.of_statement(site, statement.iri))
    first = [statement.paraphrase, *words, speaker, post, _when(site, statement), statement.day]
    last = [footnote, *more_words, statement.iri, "\n".join(statement.spans)]
    cells = [*first, *others, sources, _notes(site, statement), *last]
    return dict(zip(_heads(site), cells, strict=True))


def _implied(site: Site, statement: Statement, facet: str) -> str:
    """Return the mark for an occasion that articles only imply; empty for anything else."""
    return IMPLIED if facet == "meeting" and statement.iri in implied_occasions(site.graph) else ""


def _notes(site: Site, statement: Statement) -> str:
    """Return what the editors note of a statement, and the cases in which other accounts differ from it."""
    cases = conflicts_by_entity(site.graph).get(statement.iri, ())
    differing = [f"Accounts differ: {site.catalogue.label(case)}" for case in cases]
    return "\n".join((*statement.notes, *differing))


def _when(site: Site, statement: Statement) -> str:
    """Return when it was said, in words; where no article gives that, the day of the article."""
    if statement.when:
        return statement.when_and_how_sure
    days = ", ".join(map(site.day_of, statement.values("ckg:reportedIn")))
    return f"undated; article of {days}" if days else "undated"


def _words(site: Site, statement: Statement) -> tuple[list[str], list[str]]:
    """Return the sentences that pages show below the paraphrase, and those of the other evidence."""
    main = site.passages.main(statement.spans, statement.paraphrase, statement.iri)
    others = site.passages.whole_sentences(statement.spans, except_in=main)
    return [main.words if main else ""], [saved_answers.in_lines(others)]
