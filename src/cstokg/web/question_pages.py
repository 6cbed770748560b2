"""Saved questions: a page for each, with a form for what it leaves open, and its answer in many forms."""

from collections import defaultdict
from collections.abc import Mapping
from urllib.parse import urlencode

from flask import Blueprint, jsonify, redirect, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug import Response

from cstokg import known, namespaces, questions
from cstokg.engine.errors import QueryError
from cstokg.known import UnknownNameError
from cstokg.parameters import ParameterError
from cstokg.questions import Question
from cstokg.web import answers, choices, http, openapi, problem_pages, problems, tabular
from cstokg.web.context import at
from cstokg.web.problems import ProblemError
from cstokg.web.site import Site

# Suffix, media type, what people read.
DOWNLOADS = (
    ("csv", "text/csv; charset=utf-8", "CSV"),
    ("excel", "text/csv; charset=utf-8", "CSV for Excel"),
    ("json", "application/sparql-results+json", "JSON"),
)
_EXTENSION = {"excel": "csv"}
_GRAPH_DOWNLOADS = (
    ("ttl", "text/turtle; charset=utf-8", "Turtle"),
    ("jsonld", "application/ld+json", "JSON-LD"),
)


def blueprint(site: Site) -> Blueprint:
    """The pages of the saved questions, and the same for programs."""
    pages = Blueprint("questions", __name__)

    @pages.get("/questions")
    def listing() -> ResponseReturnValue:
        by_tag: dict[str, list[Question]] = defaultdict(list)
        for question in site.questions:
            for tag in question.tags or ("other",):
                by_tag[tag].append(question)
        return render_template("questions.html", by_tag=sorted(by_tag.items()))

    @pages.get("/queries/<name>")
    def identify(name: str) -> ResponseReturnValue:
        found(name)
        return redirect(at(_address(name, request.args)), 303)

    @pages.get("/questions/<name>")
    def page(name: str) -> ResponseReturnValue:
        question = found(name)
        given = _given(question)
        problem, answer, sparql = None, None, question.sparql
        meant: list[tuple[str, str, str]] = []
        try:
            sparql = bound(question)
            answer = answers.ask(site, sparql)
        except UnknownNameError as error:
            problem = _refusal(error)
            meant = [
                (
                    site.catalogue.label(namespaces.expand(near)),
                    near,
                    _address(name, {**given, error.parameter: near}),
                )
                for near in error.nearest
            ]
        except ParameterError as error:
            problem = _refusal(error)
        except QueryError as error:
            problem = problems.of_error(error, sparql)
        defaults = {parameter.name: parameter.default for parameter in question.parameters}
        body = render_template(
            "question.html",
            answer=answer,
            asked=choices.in_words(site, question, given),
            downloads=[
                (label, _address(f"{name}.{suffix}", given))
                for suffix, _, label in (
                    DOWNLOADS if question.form in ("SELECT", "ASK") else _GRAPH_DOWNLOADS
                )
            ],
            edit=f"/sparql?{urlencode({'query': sparql})}",
            fields=choices.fields(site, question, given),
            meant=meant,
            # With the defaults too: they may change, and what is cited may not.
            permanent=namespaces.BASE.rstrip("/")
            + _address(name, defaults | given).replace("/questions/", "/queries/"),
            problem=problem,
            question=question,
            sparql=sparql,
        )
        return body, problem.status if problem else 200

    @pages.get("/questions/<name>.<any(csv, json, ttl, jsonld, excel):suffix>")
    def download(name: str, suffix: str) -> ResponseReturnValue:
        question = found(name)
        media_type = next(row[1] for row in (*DOWNLOADS, *_GRAPH_DOWNLOADS) if row[0] == suffix)
        body = ask(question, media_type.partition(";")[0], spreadsheet=suffix == "excel")
        response = Response(body, content_type=media_type)
        response.headers["Content-Disposition"] = (
            f'attachment; filename="{name}.{_EXTENSION.get(suffix, suffix)}"'
        )
        return response

    @pages.get("/api/questions")
    def api_listing() -> ResponseReturnValue:
        return jsonify(questions=[_described(question) for question in site.questions])

    @pages.get("/api/questions/<name>")
    def api(name: str) -> ResponseReturnValue:
        question = found(name)
        media_type = http.media_types(request.headers.get("Accept", ""), (), http.of_question(question.form))[
            0
        ]
        response = plain(question) if media_type == http.PLAIN else Response(ask(question, media_type))
        response.content_type = http.content_type(media_type)
        response.vary.add("Accept")
        return response

    def plain(question: Question) -> Response:
        results = tabular.objects(ask(question, "application/sparql-results+json"))
        release = site.release.version if site.release else None
        given = {parameter.name: parameter.default for parameter in question.parameters} | _given(question)
        return jsonify(**_described(question), given=given, release=release, **results)

    @pages.get("/openapi.json")
    def description() -> ResponseReturnValue:
        return jsonify(openapi.describe(site, request.url_root.rstrip("/")))

    def found(name: str) -> Question:
        if name not in site.question:
            near = known.nearest(name, site.question)
            problem_pages.end_not_found(
                f"No saved question is called “{name}”.", [f"{namespaces.BASE}queries/{one}" for one in near]
            )
        return site.question[name]

    def bound(question: Question) -> str:
        given = _given(question)
        sparql = questions.bind_texts(question, given)
        known.check(question, given, site.engine)
        return sparql

    def ask(question: Question, media_type: str, *, spreadsheet: bool = False) -> bytes:
        sparql = question.sparql
        try:
            sparql = bound(question)
            return site.engine.query(sparql, media_type, spreadsheet=spreadsheet).body
        except ParameterError as error:
            raise _refusal(error) from error
        except QueryError as error:
            raise problems.of_error(error, sparql) from error

    return pages


def _given(question: Question) -> dict[str, str]:
    """What the address gives for the parameters; an empty value stands for the default."""
    return {name: value for name, value in request.args.items() if value}


def _address(name: str, given: Mapping[str, str]) -> str:
    return f"/questions/{name}" + (f"?{urlencode(given)}" if given else "")


def _refusal(error: ParameterError) -> ProblemError:
    """The problem that a wrong value is; for an unknown name with the nearest ones."""
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
