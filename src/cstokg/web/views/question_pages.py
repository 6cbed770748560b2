"""The pages of saved questions: a form for the parameters, and the answer for people and for programs."""

import dataclasses
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from urllib.parse import urlencode

from flask import Blueprint, jsonify, redirect, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug import Response

from cstokg import formats, json_results, namespaces, questions
from cstokg.engine import suggestions
from cstokg.errors import QueryError
from cstokg.parameters import DATATYPES, OF_ROWS, Parameter, ParameterError, UnknownNameError
from cstokg.questions import Question
from cstokg.web.answers import saved_answers, tables
from cstokg.web.answers.row_evidence import disputes_of
from cstokg.web.answers.saved_answers import Arrangement, SavedAnswer
from cstokg.web.answers.tables import ShownCell
from cstokg.web.content import conflicts, periods
from cstokg.web.content.catalogue import Entry
from cstokg.web.content.meetings import Meeting, unconfirmed_meetings
from cstokg.web.serving import http, openapi, problems
from cstokg.web.serving.problems import ProblemError
from cstokg.web.site import Site, at, current
from cstokg.web.views import problem_pages

_SPREADSHEET = "excel"  # the suffix of CSV for readers: heads in words, footnotes, a byte order mark

_TABULAR = ("SELECT", "ASK")
_INPUTS = MappingProxyType({"xsd:date": "date", "xsd:integer": "number", "xsd:string": "text"})
# A parameter that may be any thing offers things of these classes, which statements and claims are about.
_ANYTHING = (
    "ckg:State",
    "ckg:Organisation",
    "ckg:Person",
    "ckg:Document",
    "ckg:Place",
    "ckg:Event",
)

blueprint = Blueprint("questions", __name__)


@blueprint.get("/questions")
def listing() -> ResponseReturnValue:
    """Show all questions by tag."""
    by_tag: dict[str, list[Question]] = defaultdict(list)
    for question in current().questions:
        for tag in question.tags or ("other",):
            by_tag[tag].append(question)
    return render_template("questions.html", by_tag=sorted(by_tag.items()))


@blueprint.get("/queries/<name>")
def identify(name: str) -> ResponseReturnValue:
    """Redirect from the IRI of a question to its page."""
    _find(name)
    return redirect(at(_address(name, request.args)), 303)


@blueprint.get("/questions/<name>")
def page(name: str) -> ResponseReturnValue:
    """Show a question with its form and its answer, or with a problem if a value is wrong."""
    site, question, values = current(), _find(name), _values()
    askable = not question.endpoint or question.endpoint in site.engine.services
    problem, answer, table, sparql = None, None, None, question.sparql
    nearest: list[tuple[str, str, str]] = []
    try:
        sparql = _bind(question)
        if not askable or _is_head_of_call(question):
            pass
        elif question.form in _TABULAR:
            answer = saved_answers.read(site, sparql, request.args)
            table = answer.table
        else:
            table = tables.read(site.engine.query(sparql, formats.TURTLE))
    except UnknownNameError as error:
        problem = _problem(error)
        nearest = [
            (
                site.catalogue.label(namespaces.expand(near)),
                near,
                _address(name, {**values, error.parameter: near}),
            )
            for near in error.nearest
        ]
    except ParameterError as error:
        problem = _problem(error)
    except QueryError as error:
        problem = problems.of_error(error, sparql)
    evidence = saved_answers.evidence(site, answer) if answer and answer.table.rows else ()
    arranged = answer.arrangement if answer else Arrangement()
    body = render_template(
        "question.html",
        address=_address(name, {}),
        answer=table,
        arrangement=arranged,
        articles=tables.articles_in(site, table) if table else (),
        askable=askable,
        asked=values_in_words(site, question, values),
        disputes=conflicts.with_who_differs(
            site.graph, (iri for records in evidence or () for iri in disputes_of(site.graph, records))
        ),
        disputes_of_row=partial(disputes_of, site.graph),
        downloads=[
            (label, _address(f"{name}.{suffix}", values | arranged.values))
            for label, suffix in _downloads(question)
        ],
        edit=f"/sparql?{urlencode({'query': sparql})}",
        evidence=evidence,
        fields=fields(site, question, values),
        given=values,
        heads=(heads := _heads(name, values, answer) if answer else {}),
        longest=site.settings.filter_characters,
        nearest=nearest,
        permanent=_permanent(question, values, arranged),
        problem=problem,
        question=question,
        shown=_shown(answer, heads) if answer else (),
        sparql=sparql,
        total=answer.total if answer else 0,
        unconfirmed=_unconfirmed(site, question, values),
    )
    # An answer without its evidence is shown, but not kept: the next time the evidence may be found in time.
    headers = {"Cache-Control": http.NO_STORE} if evidence is None else _caching(question)
    return body, problem.status if problem else 200, headers


def _downloads(question: Question) -> list[tuple[str, str]]:
    """Return the label and the suffix of each file of an answer."""
    kind = formats.BINDINGS if question.form in _TABULAR else formats.GRAPH
    rows = {suffix: row for suffix, row in formats.ANSWER_FORMATS.items() if kind in row.kinds}
    downloads = [
        (f"{row.label} for programs" if row.media_type == formats.CSV else row.label, suffix)
        for suffix, row in rows.items()
    ]
    index = next((at for at, (_, suffix) in enumerate(downloads) if suffix == "csv"), None)
    if index is not None:
        downloads.insert(index, (rows["csv"].label, _SPREADSHEET))
    return downloads


def _is_head_of_call(question: Question) -> bool:
    """Return whether this is a HEAD request, for which another endpoint need not be called."""
    return bool(question.endpoint) and request.method == "HEAD"


def _caching(question: Question) -> dict[str, str]:
    """Return the header that forbids to keep an answer of which a part comes from another endpoint."""
    return {"Cache-Control": http.NO_STORE} if question.endpoint else {}


@dataclass(frozen=True, slots=True)
class Head:
    """The head of a column.

    Attributes:
        name: the name of the variable.
        text: the name in words.
        address: the address of the same answer sorted by the column, or in the other direction if it is so.
        state: how it is sorted by the column now: ascending, descending or none.
        numeric: whether its values are numbers.
    """

    name: str
    text: str
    address: str
    state: str
    numeric: bool


def _heads(name: str, values: Mapping[str, str], answer: SavedAnswer) -> dict[str, Head]:
    """Return the heads of an answer by variable, each with the address that sorts by it."""
    heads, arranged = {}, answer.arrangement
    for index, column in enumerate(answer.results.columns):
        state = ("descending" if arranged.descending else "ascending") if arranged.sort == column else "none"
        sort = dataclasses.replace(arranged, sort=column, descending=state == "ascending")
        cells = [cell for row in answer.table.rows if (cell := row[index])]
        address = _address(name, {**values, **sort.values})
        is_numeric = bool(cells and cells[0].numeric)
        heads[column] = Head(column, tables.head(column), address, state, is_numeric)
    return heads


@dataclass(frozen=True, slots=True)
class ShownColumn:
    """A column of the table on a page.

    Attributes:
        heads: its head, and those of the variables whose values stand beneath.
        cells: the cells, from the first row to the last.
    """

    heads: Sequence[Head]
    cells: Sequence[ShownCell]

    @property
    def state(self) -> str:
        """How the table is sorted by it now: ascending, descending or none."""
        return next((head.state for head in self.heads if head.state != "none"), "none")


def _shown(answer: SavedAnswer, heads: Mapping[str, Head]) -> list[ShownColumn]:
    """Return the columns of the table on a page, which may show several variables in one."""
    names = answer.results.columns
    rows = [
        (terms, dict(zip(names, cells, strict=True)))
        for terms, cells in zip(answer.results.rows, answer.table.rows, strict=True)
    ]
    return [
        ShownColumn(
            [
                dataclasses.replace(heads[column.name], text=column.head),
                *(heads[name] for name in column.beneath),
            ],
            [tables.shown_cell(column, terms, cells) for terms, cells in rows],
        )
        for column in tables.columns_of(names)
    ]


@blueprint.get("/questions/<name>.<any(xlsx, csv, json, ttl, jsonld, excel):suffix>")
def download(name: str, suffix: str) -> ResponseReturnValue:
    """Send the answer to a question as a file."""
    question = _find(name)
    form = formats.ANSWER_FORMATS["csv" if suffix == _SPREADSHEET else suffix]
    body = _answer(question, form.media_type, spreadsheet=suffix == _SPREADSHEET)
    response = Response(body, content_type=formats.content_type(form.media_type))
    extension = suffix if suffix in formats.ANSWER_FORMATS else form.extension
    named = saved_answers.file_name(name, _values().values(), extension)
    response.headers["Content-Disposition"] = f'attachment; filename="{named}"'
    response.headers.update(_caching(question))
    return response


@blueprint.get("/api/questions")
def api_listing() -> ResponseReturnValue:
    """Describe all questions for programs."""
    return jsonify(questions=[_described(question) for question in current().questions])


@blueprint.get("/api/questions/<name>")
def api(name: str) -> ResponseReturnValue:
    """Answer a question for programs, in the format that Accept asks for."""
    question = _find(name)
    accept = request.headers.get("Accept", "")
    media_type = http.media_types(accept, (), http.of_question(question.form))[0]
    response = (
        _plain_answer(question) if media_type == formats.JSON else Response(_answer(question, media_type))
    )
    response.content_type = formats.content_type(media_type)
    response.vary.add("Accept")
    response.headers.update(_caching(question))
    return response


@blueprint.get("/openapi.json")
def description() -> ResponseReturnValue:
    """Return the OpenAPI description of everything that programs can ask."""
    return jsonify(openapi.describe(current(), request.url_root.rstrip("/")))


def _find(name: str) -> Question:
    """Return the question with this name; if there is none, end the request with the nearest names."""
    by_name = current().question
    if name not in by_name:
        nearest = [f"{namespaces.BASE}queries/{near}" for near in suggestions.nearest(name, by_name)]
        problem_pages.end_not_found(f"No saved question is called “{name}”.", nearest)
    return by_name[name]


def _values() -> dict[str, str]:
    """Return the values of a question's parameters in the address; an empty one means the default."""
    return {name: value for name, value in request.args.items() if value and name not in OF_ROWS}


def _bind(question: Question) -> str:
    """Return the query with the values of the address.

    Raises:
        ParameterError: a value does not fit its parameter.
        QueryError: the engine does not answer.
    """
    values = _values()
    sparql = questions.bind_texts(question, values)
    questions.check_names(question, values, current().engine)
    if question.form not in _TABULAR:
        saved_answers.read_arrangement(request.args, (), current().settings.filter_characters)
    return sparql


def _answer(question: Question, media_type: str, *, spreadsheet: bool = False) -> bytes:
    """Return the answer to a question in a media type.

    Raises:
        ProblemError: a value does not fit its parameter, or the query cannot be evaluated.
    """
    site, sparql = current(), question.sparql
    try:
        sparql = _bind(question)
        if _is_head_of_call(question):
            return b""
        for_readers = spreadsheet and question.form in _TABULAR
        if for_readers or media_type == formats.XLSX or any(request.args.get(name) for name in OF_ROWS):
            answer = saved_answers.read(site, sparql, request.args)
            iri = _permanent(question, _values(), answer.arrangement)
            if media_type == formats.XLSX:
                notes = _notes(question, answer.arrangement, iri)
                return saved_answers.write_workbook(site, answer, question.question, notes, iri)
            if for_readers:
                return saved_answers.write_spreadsheet(site, answer, iri)
            if answer.arrangement:
                return saved_answers.write(site, answer, media_type)
        return site.engine.query(sparql, media_type, spreadsheet=spreadsheet).body
    except ParameterError as error:
        raise _problem(error) from error
    except QueryError as error:
        raise problems.of_error(error, sparql) from error


def _permanent(question: Question, values: Mapping[str, str], arranged: Arrangement) -> str:
    """Return the address to cite; it includes the defaults, so that it stays the same if they change."""
    defaults = {parameter.name: parameter.default for parameter in question.parameters}
    query = urlencode({**defaults, **values, **arranged.values})
    return f"{namespaces.BASE}queries/{question.name}" + (f"?{query}" if query else "")


def _notes(question: Question, arranged: Arrangement, iri: str) -> list[tuple[str, str]]:
    """Return the notes of a workbook: names and texts, without the question."""
    site = current()
    asked = values_in_words(site, question, _values())
    return [
        ("What a row is", question.answer),
        *([("Asked for", asked)] if asked else []),
        *([("Only rows that contain", arranged.contains)] if arranged.contains else []),
        ("Dataset", site.name_and_version),
        ("Address", iri),
        ("Words", "Paraphrases are the editors' words, not quotations."),
        *saved_answers.rights(site),
    ]


def _plain_answer(question: Question) -> Response:
    site, body = current(), _answer(question, formats.RESULTS_JSON)
    results = tables.as_objects(json_results.read(body)) if body else {}
    release = site.release.version if site.release else None
    values = {parameter.name: parameter.default for parameter in question.parameters} | _values()
    return jsonify(**_described(question), given=values, release=release, **results)


def _address(name: str, values: Mapping[str, str]) -> str:
    return f"/questions/{name}" + (f"?{urlencode(values)}" if values else "")


def _problem(error: ParameterError) -> ProblemError:
    """Return the problem for a value that does not fit; for an unknown name it lists the nearest ones."""
    members: dict[str, object] = {}
    if isinstance(error, UnknownNameError):
        members = {
            "parameter": error.parameter,
            "nearest": [namespaces.expand(name) for name in error.nearest],
        }
    text = str(error)
    return ProblemError("bad-parameter", f"{text[:1].upper()}{text[1:]}.", members)


def _described(question: Question) -> dict[str, object]:
    return {
        "name": question.name,
        "question": question.question,
        "answer": question.answer,
        "tags": list(question.tags),
        **({"endpoint": question.endpoint} if question.endpoint else {}),
        "parameters": [
            {
                "name": parameter.name,
                "datatype": parameter.datatype,
                "description": parameter.description,
                "default": parameter.default,
            }
            for parameter in question.parameters
        ],
        "url": f"/api/questions/{question.name}",
    }


Group = tuple[str, Sequence[tuple[str, str]]]  # heading; value and label of each choice


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a question's form.

    Attributes:
        parameter: the parameter whose value it takes.
        kind: the type of an input element, or ``select``.
        value: its current value.
        groups: the choices of a ``select``.
    """

    parameter: Parameter
    kind: str
    value: str
    groups: tuple[Group, ...] = ()


def fields(site: Site, question: Question, values: Mapping[str, str]) -> list[Field]:
    """Return the fields of a question's form, with what the graph offers to choose from."""
    return [_field(site, parameter, values) for parameter in question.parameters]


def _field(site: Site, parameter: Parameter, values: Mapping[str, str]) -> Field:
    value = values.get(parameter.name, parameter.default)
    if parameter.datatype in DATATYPES:
        # A browser does not show a wrong value in a field of a narrower type.
        fits = DATATYPES[parameter.datatype][0](value)
        return Field(parameter, _INPUTS[parameter.datatype] if fits else "text", value)
    classes = _ANYTHING if parameter.datatype == "iri" else (parameter.datatype,)
    groups: list[Group] = []
    for name in classes:
        entries = site.catalogue.of_class(name)
        if name == "skos:Concept":
            entries = _of_same_scheme(entries, namespaces.expand(parameter.default))
        if entries:
            heading = site.catalogue.label(namespaces.expand(name)) if len(classes) > 1 else ""
            groups.append(
                (heading, [(namespaces.shorten(entry.iri).strip("<>"), entry.label) for entry in entries])
            )
    short = namespaces.shorten(namespaces.expand(value)).strip("<>")
    if not any(short == choice for _, choices in groups for choice, _ in choices):
        groups.insert(0, ("", [(value, value)]))
    return Field(parameter, "select", short, tuple(groups))


def _of_same_scheme(entries: Sequence[Entry], concept: str) -> list[Entry]:
    scheme = concept.rpartition("/")[0]
    return [entry for entry in entries if entry.iri.startswith(f"{scheme}/")]


def _unconfirmed(site: Site, question: Question, values: Mapping[str, str]) -> list[Meeting]:
    """Return the meetings asked about that no article reports as held."""
    iris = (namespaces.expand(values.get(each.name, each.default)) for each in question.parameters)
    return [meeting for iri in iris if (meeting := unconfirmed_meetings(site.graph).get(iri))]


def values_in_words(site: Site, question: Question, values: Mapping[str, str]) -> str:
    """Return each parameter with its value or its default, as a page shows them."""
    return ", ".join(
        f"{parameter.name} {_value_in_words(site, values.get(parameter.name, parameter.default))}"
        for parameter in question.parameters
    )


def _value_in_words(site: Site, value: str) -> str:
    iri = namespaces.expand(value)
    return site.catalogue.label(iri) if iri in site.catalogue else periods.day(value)
