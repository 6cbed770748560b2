"""Read saved questions, and put values in place of their parameters.

Each ``.rq`` file asks the graph one question. The question is in the header, the ``#+ key: value``
lines that open the file. To SPARQL they are comments, so any tool runs the file as it is. What may vary
in a question is a parameter: the header gives its datatype, and a ``VALUES`` block its default. The
module ``parameters`` checks the values. A question that also asks another endpoint (SERVICE) names it in
the header; its answer is not ours alone, and it runs only where that endpoint may be called.
"""

import dataclasses
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from pyoxigraph import Store

from cstokg import project_files
from cstokg.engine import guard, query_text, syntax_errors
from cstokg.engine.query_text import form, values_blocks
from cstokg.errors import CstokgError, MalformedQueryError, QueryError
from cstokg.parameters import DATATYPES, OF_ROWS, Parameter, ParameterError, Term, is_datatype
from cstokg.settings import Limits

if TYPE_CHECKING:
    from cstokg.engine.engine import Queryable

MARK = "#+"  # at the start of each line of the header
_KEYS = ("question", "answer", "tags")
_ENDPOINT = "endpoint"
_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_PARAMETER = re.compile(r"(?P<name>[A-Za-z_]\w*)\s+(?P<datatype>\S+)\s+(?P<description>\S.*)")


class QuestionError(CstokgError):
    """A file holds no question that may be asked; the message names the file and, where it can, the line."""


class QuestionHeaderError(QuestionError):
    """The header of a query file lacks something, or does not fit the query."""


class UnknownQuestionError(CstokgError):
    """No saved question and no file has this name; the message lists the nearest names."""


@dataclass(frozen=True, slots=True)
class Question:
    """A question in words and in SPARQL.

    Attributes:
        endpoint: the IRI of the other endpoint that it asks too; empty if it asks none.
    """

    name: str
    question: str
    answer: str
    tags: tuple[str, ...]
    sparql: str
    parameters: tuple[Parameter, ...] = ()
    endpoint: str = ""

    @property
    def form(self) -> str:
        """The query form: ``SELECT``, ``ASK``, ``CONSTRUCT`` or ``DESCRIBE``."""
        return form(self.sparql)

    def parameter(self, name: str) -> Parameter:
        """Return the parameter of that name.

        Raises:
            ParameterError: the question has no such parameter; the message lists those it has.
        """
        for parameter in self.parameters:
            if parameter.name == name:
                return parameter
        names = ", ".join(parameter.name for parameter in self.parameters) or "none"
        raise ParameterError(f"{self.name} has no parameter '{name}'; its parameters: {names}")


def read(path: Path, root: Path | None = None) -> Question:
    """Return the question in a query file.

    Args:
        path: the file.
        root: the folder of the project, which links may not leave; None for any other file.

    Raises:
        QuestionHeaderError: the header lacks a line, or a parameter does not fit the query; the
            message names the file and the line.
        QuestionError: the file cannot be read, or holds an update, a call to an endpoint that the header
            does not name, or no query.
    """
    question = _read(path, root)
    require_query(path, question.sparql)
    _require_calls(path, question)
    return question


def _read(path: Path, root: Path | None) -> Question:
    if not _NAME.fullmatch(path.stem):
        raise QuestionHeaderError(f"{path}: name the file in lower case, its words joined by hyphens")
    try:
        sparql = content(path, root).decode()
    except UnicodeDecodeError as error:
        raise QuestionHeaderError(f"{path}: save the file as UTF-8 ({error})") from error
    header: dict[str, str] = {}
    parameters: list[Parameter] = []
    line = 0
    for line, key, value in _header(path, sparql):
        if key == "parameter":
            parameters.append(_parameter(f"{path}:{line}", value, sparql))
        elif key not in (*_KEYS, _ENDPOINT) or key in header:
            others = f"{', '.join(_KEYS)}, parameter, {_ENDPOINT}"
            problem = "occurs twice" if key in header else f"is none of {others}"
            raise QuestionHeaderError(f"{path}:{line}: '{key}' {problem}; remove the line")
        else:
            header[key] = value
    missing = [f"'{MARK} {key}: …'" for key in _KEYS if not header.get(key)]
    if missing:
        raise QuestionHeaderError(f"{path}:{line + 1}: begin the file with {' and '.join(missing)}")
    for name, next_name in pairwise(sorted(parameter.name for parameter in parameters)):
        if name == next_name:
            raise QuestionHeaderError(f"{path}:{line}: parameter '{name}' occurs twice; remove a line")
    tags = tuple(tag.strip() for tag in header["tags"].split(","))
    endpoint = header.get(_ENDPOINT, "")
    return Question(
        path.stem, header["question"], header["answer"], tags, sparql, tuple(parameters), endpoint
    )


def read_all(folder: Path) -> list[Question]:
    """Return the question in every query file of a project's folder of queries, in order of name.

    Raises:
        QuestionError: as for ``read``.
    """
    return [read(path, folder.parent) for path in _files(folder)]


def check_all(folder: Path) -> list[Question]:
    """Return the same as ``read_all``, but also let the SPARQL parser read each query.

    Raises:
        QuestionError: as for ``read``, or a file holds no SPARQL.
    """
    questions = []
    for path in _files(folder):
        question = _read(path, folder.parent)
        _parse(path, question)
        questions.append(question)
    return questions


def _files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.rq"))


def _parse(path: Path, question: Question) -> None:
    sparql = question.sparql
    # Reading the tokens takes longer than parsing, so they are read only where they matter.
    if sum(map(sparql.count, "([{")) > Limits().depth:
        require_query(path, sparql)
    _require_calls(path, question)
    if question.endpoint:
        return  # pyoxigraph would call it; finding the calls has parsed the query without them
    try:
        # There are no data, so this is parsing and little more.
        Store().query(sparql, base_iri=query_text.BASE_IRI, prefixes=query_text.PREFIXES)
    except SyntaxError as error:
        require_query(path, sparql)
        raise _refusal(path, syntax_errors.explain(error, query_text.read(sparql))) from error


def content(path: Path, root: Path | None = None) -> bytes:
    """Return the bytes of a query file; the arguments are those of ``read``.

    Raises:
        QuestionError: it cannot be read.
    """
    try:
        if root is not None:
            return project_files.read(root, path.relative_to(root))
        return project_files.read_regular(path, project_files.MAX_BYTES)
    except project_files.FileError as error:
        raise QuestionError(f"{path}: {error}") from error


def _require_calls(path: Path, question: Question) -> None:
    """Raise if a question calls another endpoint than the one in its header, or does not call that one."""
    endpoint = question.endpoint
    if "SERVICE" in question.sparql.upper():
        query = query_text.read(question.sparql)
        try:
            guard.check_depth(query, Limits())
            if not endpoint:
                # Also with SILENT, as running the file elsewhere would call the endpoint.
                guard.check_no_service(query)
                return
            calls = guard.find_calls(query)
            guard.check_services(query, calls, {endpoint})
        except QueryError as error:
            raise _refusal(path, error) from error
        for call in calls:
            if call.silent:
                place = syntax_errors.place(question.sparql, call.silent.start)
                message = "SILENT leaves rows out, with no error, where the endpoint does not answer"
                raise _refusal(path, MalformedQueryError(message, *place))
        if calls:
            return
    if endpoint:
        raise QuestionHeaderError(
            f"{path}: nothing calls SERVICE <{endpoint}>; remove the line '{_ENDPOINT}'"
        )


def require_query(path: Path, sparql: str) -> None:
    """Raise if a text cannot be a query; the parser finds what else is wrong.

    Raises:
        QuestionError: the message names the file and the line.
    """
    query = query_text.read(sparql)
    try:
        guard.check_size(sparql, Limits())
        guard.check_depth(query, Limits())
        guard.check_update(query)
        if not query.form:
            raise QueryError(
                "not a query, which begins with SELECT, ASK, CONSTRUCT or DESCRIBE",
                *syntax_errors.place(query.sparql, query.body),
            )
    except QueryError as error:
        raise _refusal(path, error) from error


def _refusal(path: Path, error: QueryError) -> QuestionError:
    place = "" if error.line is None else f":{error.line}"
    return QuestionError(f"{path}{place}: {error.message}. Mend the query, or remove the file.")


def bind(question: Question, terms: Mapping[str, Term]) -> str:
    """Return the question's SPARQL with these terms in place of the defaults.

    A term is written as RDF, in full, and only between the braces of its parameter's ``VALUES``
    block: whatever its text is, it cannot become another part of the query.

    Raises:
        ParameterError: the question has no parameter of a name, or a term is not of its datatype.
    """
    sparql = question.sparql
    for name, term in terms.items():
        question.parameter(name).check(term)
        for start, end in reversed(values_blocks(sparql, name)):
            sparql = f"{sparql[:start]} {term} {sparql[end:]}"
    return sparql


def bind_texts(question: Question, texts: Mapping[str, str]) -> str:
    """Return the question's SPARQL with the terms for these texts; see ``Parameter.term``.

    Raises:
        ParameterError: the question has no parameter of a name, or a text is not of its datatype.
    """
    return bind(question, {name: question.parameter(name).term(text) for name, text in texts.items()})


def check_names(question: Question, texts: Mapping[str, str], engine: "Queryable") -> None:
    """Raise if a value should name a thing but does not; see ``Parameter.check_name``.

    Raises:
        ParameterError: the question has no parameter of a name, or a text is not of its datatype.
        UnknownNameError: nothing has the name, or a thing of another class has it.
        QueryError: the engine does not answer.
    """
    for name, text in texts.items():
        question.parameter(name).check_name(text, engine)


def to_json(questions: Iterable[Question]) -> str:
    """Return the questions as a JSON array, for programs that have a release and not the query files."""
    rows = [dataclasses.asdict(question) for question in questions]
    return json.dumps(rows, ensure_ascii=False, indent=2) + "\n"


def from_json(text: str) -> list[Question]:
    """Return the questions that ``to_json`` wrote.

    Raises:
        QuestionError: another version of cstokg wrote them, in another form.
    """
    try:
        return [
            Question(
                **{
                    **row,
                    "tags": tuple(row["tags"]),
                    "parameters": tuple(Parameter(**parameter) for parameter in row["parameters"]),
                }
            )
            for row in json.loads(text)
        ]
    except (ValueError, KeyError, TypeError) as error:
        raise QuestionError(
            "the saved questions of the release are those of another version of cstokg; install the version "
            "that made it"
        ) from error


def _header(path: Path, text: str) -> Iterator[tuple[int, str, str]]:
    for number, line in enumerate(text.splitlines(), 1):
        if not line.startswith(MARK):
            return
        key, colon, value = line.removeprefix(MARK).partition(":")
        if not colon:
            raise QuestionHeaderError(f"{path}:{number}: write the line as '{MARK} key: value'")
        yield number, key.strip(), value.strip()


def _parameter(where: str, value: str, sparql: str) -> Parameter:
    """Return the parameter that a header line declares, with its default from the body."""
    declared = _PARAMETER.fullmatch(value)
    if declared is None or not is_datatype(declared["datatype"]):
        expected = f"'{MARK} parameter: day xsd:date The day asked about.'"
        raise QuestionHeaderError(
            f"{where}: write a parameter as {expected}; "
            f"datatypes: {', '.join(DATATYPES)}, iri or a class of ours such as ckg:Post"
        )
    name = declared["name"]
    if name in OF_ROWS:
        raise QuestionHeaderError(f"{where}: rename parameter '{name}', which sorts or filters any answer")
    contents = {sparql[start:end].strip() for start, end in values_blocks(sparql, name)}
    if len(contents) != 1:
        problem = "has no VALUES block" if not contents else "has several defaults"
        raise QuestionHeaderError(
            f"{where}: parameter '{name}' {problem}; write 'VALUES ?{name} {{ … }}' once"
        )
    parameter = Parameter(name, declared["datatype"], declared["description"], "")
    try:
        default = parameter.read_default(contents.pop(), sparql)
    except ParameterError as error:
        raise QuestionHeaderError(f"{where}: {error}") from error
    return dataclasses.replace(parameter, default=default)
