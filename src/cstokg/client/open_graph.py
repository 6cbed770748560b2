"""The graph as Python sees it: queries, saved questions, entities with their evidence."""

import os
import warnings
import weakref
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from types import ModuleType, TracebackType
from typing import TYPE_CHECKING, Self, TypeVar

from cstokg import formats, json_results, namespaces, questions, release
from cstokg.article_text import ArticleTexts
from cstokg.client.endpoints import Endpoint, Local, Remote
from cstokg.client.entities import Entity, Evidence, Reader
from cstokg.client.rows import MissingPackageError, Rows
from cstokg.client.values import bind
from cstokg.engine import query_text, suggestions
from cstokg.errors import CstokgError, ServiceFailedError
from cstokg.http_requests import EndpointError
from cstokg.questions import Question, UnknownQuestionError

if TYPE_CHECKING:
    import rdflib

_ARTICLES = "CSTOKG_ARTICLES"
_TRIG = "cstokg.trig"
_ATTEMPTS = 3
_T = TypeVar("_T")
_GRAPHS = frozenset({"CONSTRUCT", "DESCRIBE"})


class FormError(CstokgError):
    """The query is of another form than the function takes; the message names the function to use."""


class Graph:
    """The graph of one release, here or at a site elsewhere.

    Every answer is whole. Where that is not possible, because of a limit, a failure or a connection that
    breaks off, an error says so. A ``with`` statement, or ``close``, ends the processes that a release on
    this machine needs.
    """

    def __init__(self, endpoint: Endpoint, articles: str | Path | None = None) -> None:
        """Ask an endpoint; the folder of the articles' texts adds the words of spans."""
        self._endpoint = endpoint
        self._texts = ArticleTexts(Path(articles)) if articles else None
        self._reader: Reader | None = None
        self._finalizer = weakref.finalize(self, endpoint.close)

    def __repr__(self) -> str:
        """Return what answers."""
        return f"<cstokg.Graph: {self._endpoint!r}>"

    def __enter__(self) -> Self:
        """Return the graph."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close it."""
        self.close()

    def close(self) -> None:
        """End the processes that evaluate queries; the next query would start them again."""
        self._endpoint.close()

    @property
    def release(self) -> str:
        """Return the name of the release that answers."""
        return self._endpoint.release_id()

    def query(self, sparql: str, /, **values: object) -> Rows:
        """Return the rows of a SELECT query.

        The prefixes of the project need no declaration. A value takes the place of a variable:
        ``graph.query("SELECT ?day { ?meeting ckg:onDate ?day }", meeting=Iri("meeting:2021-05-19-cfm"))``.

        Raises:
            FormError: the query is an ASK, CONSTRUCT or DESCRIBE.
            BindingError: the query has no such variable, or no WHERE in braces into which to write a value.
            ValueRefusedError: a value does not stand for an RDF term.
            QueryError: the text is not a query, or the query has no answer within the limits.
            EndpointError: the site cannot be asked, or its answer is incomplete.
        """
        return Rows.of_json(self._results(sparql, values, "SELECT", "query"))

    def ask(self, sparql: str, /, **values: object) -> bool:
        """Return the answer to an ASK query.

        Raises:
            FormError: the query has another form; otherwise as for ``query``.
        """
        return bool(self._results(sparql, values, "ASK", "ask").boolean)

    def construct(self, sparql: str, /, **values: object) -> "rdflib.Graph":
        """Return the graph that a CONSTRUCT or DESCRIBE query describes.

        Raises:
            FormError: the query has another form; otherwise as for ``query``.
            MissingPackageError: rdflib is not installed.
        """
        bound = bind(sparql, values)
        _require_form(bound, _GRAPHS, "construct")
        graph: rdflib.Graph = _rdflib().Graph()
        answer = self._answer(bound, formats.N_TRIPLES)
        try:
            graph.parse(data=answer, format="nt")
        except Exception as error:  # rdflib raises many kinds
            raise self._unreadable("N-Triples") from error
        return graph

    @cached_property
    def questions(self) -> dict[str, Question]:
        """The saved questions by name: each in words, with its parameters and its SPARQL.

        Raises:
            QuestionError: another version of cstokg made the release.
            ReleaseError: the file of the release is not what its manifest says.
            EndpointError: the site cannot be asked, or its answer is incomplete.
        """
        text = self._endpoint.file(release.QUESTIONS).decode()
        return {question.name: question for question in questions.from_json(text)}

    def question(self, name: str, /, **values: object) -> Rows:
        """Return the answer to a saved question; values replace the defaults of its parameters.

        A thing is given as an IRI, as ``prefix:name`` or as an ``Entity``.

        Raises:
            UnknownQuestionError: there is no such question.
            ParameterError: the question has no such parameter, or the value is not of its type.
            UnknownNameError: nothing of the right class has the name.
            QueryError: the question has no answer within the limits.
            EndpointError: the site cannot be asked, or its answer is incomplete.
        """
        question = self.questions.get(name)
        if question is None:
            nearest = suggestions.nearest(name, self.questions) or sorted(self.questions)[:3]
            raise UnknownQuestionError(f"no saved question is called '{name}'; such as {', '.join(nearest)}")
        texts = {
            parameter: value.iri if isinstance(value, Entity) else str(value)
            for parameter, value in values.items()
        }
        sparql = questions.bind_texts(question, texts)
        questions.check_names(question, texts, self._endpoint)
        return self.query(sparql)

    def entity(self, name: str, /) -> Entity:
        """Return what the graph says of a thing, by its IRI or ``prefix:name``.

        Raises:
            UnknownEntityError: nothing has this name.
            TextError: an article's text is not the one from which its spans were taken.
            QueryError: there is no answer within the limits.
            EndpointError: the site cannot be asked, or its answer is incomplete.
        """
        return self._read(lambda reader: reader.entity(namespaces.expand(name)))

    def evidence(self, thing: "str | Entity", property: str | None = None, /) -> tuple[Evidence, ...]:  # noqa: A002
        """Return the spans on which the facts about a thing rest, or those about one property of it.

        Raises:
            UnknownEntityError: nothing has this name; otherwise as for ``entity``.
        """
        name = thing.iri if isinstance(thing, Entity) else namespaces.expand(thing)
        return self._read(lambda reader: reader.evidence(name, property))

    def dataset(self) -> "rdflib.Dataset":
        """Return the release as a Dataset of rdflib: its named graphs, whose union is the default graph.

        Raises:
            MissingPackageError: rdflib is not installed.
            ReleaseError: the file of the release is not what its manifest says.
            EndpointError: the site cannot be asked, or its answer is incomplete.
        """
        dataset: rdflib.Dataset = _rdflib().Dataset(default_union=True)
        with warnings.catch_warnings():
            # rdflib itself calls functions that it has deprecated.
            warnings.simplefilter("ignore", DeprecationWarning)
            dataset.parse(data=self._endpoint.file(_TRIG), format="trig")
        return dataset

    def _results(self, sparql: str, values: dict[str, object], form: str, name: str) -> json_results.Results:
        bound = bind(sparql, values)
        _require_form(bound, frozenset({form}), name)
        try:
            results = json_results.read_foreign(self._answer(bound, formats.RESULTS_JSON))
            if (results.boolean is None) == (form == "ASK"):
                raise ValueError("the answer to a query of another form")
            return results
        except ValueError as error:
            raise self._unreadable("results in JSON") from error

    def _unreadable(self, expected: str) -> EndpointError:
        return EndpointError(f"{self._endpoint!r} did not send {expected}. Is it a site of cstokg?")

    def _answer(self, sparql: str, media_type: str) -> bytes:
        answer = self._endpoint.query(sparql, media_type)
        if answer.failed_services:
            raise ServiceFailedError(
                f"no answer from {', '.join(answer.failed_services)}, so part of it would be missing; "
                "ask again, or leave SERVICE out"
            )
        return answer.body

    def _read(self, read: Callable[[Reader], _T]) -> _T:
        """Return what a function reads, all of it from one release.

        After an error the function is called again if the release has changed meanwhile, because the new
        release may have what the old one lacked.
        """
        for _ in range(_ATTEMPTS):
            if self._reader is None:
                self._reader = Reader(self._endpoint, self._texts)
            try:
                result = read(self._reader)
            except (CstokgError, KeyError):
                if self._endpoint.release_id() == self._reader.release_id:
                    raise
            else:
                if self._endpoint.release_id() == self._reader.release_id:
                    return result
            self._reader = None
        raise EndpointError(f"{self._endpoint!r} changes its release again and again; ask later")


def open_graph(
    place: str | Path | None = None, *, timeout: float, articles: str | Path | None = None
) -> Graph:
    """Return the graph at a place; see ``cstokg.open``."""
    articles = articles or os.environ.get(_ARTICLES)
    if isinstance(place, str) and place.startswith(("http://", "https://")):
        return Graph(Remote(place, timeout), articles)
    folder = Path() if place is None else Path(place)
    is_release = (folder / release.MANIFEST).is_file()
    return Graph(Local(folder if is_release else release.current(folder), timeout), articles)


def _require_form(sparql: str, forms: frozenset[str], name: str) -> None:
    functions = {"SELECT": "query", "ASK": "ask", "CONSTRUCT": "construct", "DESCRIBE": "construct"}
    form = query_text.form(sparql)
    if form in functions and form not in forms:
        raise FormError(
            f"{name}() takes {' and '.join(sorted(forms))} queries; use {functions[form]}() for {form}"
        )


def _rdflib() -> ModuleType:
    try:
        import rdflib
    except ImportError as error:
        raise MissingPackageError("this needs rdflib, which is not installed: pip install rdflib") from error
    return rdflib
