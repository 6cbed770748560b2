"""From what somebody types after ``cstokg query`` to a query and the media types of its answer."""

import difflib
from collections.abc import Iterable, Mapping
from pathlib import Path

from cstokg import names, questions
from cstokg.engine import Engine
from cstokg.errors import CstokgError
from cstokg.parameters import DATATYPES, ParameterError
from cstokg.questions import Question

# A table is drawn from JSON; a result that is a graph has no table, and comes as Turtle.
TABLE = ("application/sparql-results+json", "text/turtle")
PIPE = ("text/csv", "text/turtle")


class UnknownQuestionError(CstokgError):
    """Neither a saved question nor a file has that name; the message lists the nearest names."""


def listing(saved: Iterable[Question]) -> str:
    """The saved questions: on each line a name and, in a second column, the question.

    Its parameters follow in brackets. No line is broken.
    """
    rows = list(saved)
    widest = max((len(question.name) for question in rows), default=0)
    return "".join(f"{each.name.ljust(widest)}  {each.question}{_parameters(each)}\n" for each in rows)


def _parameters(question: Question) -> str:
    names_of = ", ".join(parameter.name for parameter in question.parameters)
    return f" [{names_of}]" if names_of else ""


def asked(question: Question, texts: Mapping[str, str]) -> str:
    """The parameters with the values that the answer is for, in one line; empty if there are none."""
    return " ".join(f"{each.name}={texts.get(each.name, each.default)}" for each in question.parameters)


def find(name: str, root: Path) -> Question:
    """The saved question of that name, or the one in that file.

    A file without a header is a query without a question; it has no parameters.

    Raises:
        UnknownQuestionError: there is neither.
        QuestionHeaderError: the file begins a header and does not complete it.
    """
    folder = root / "queries"
    if not folder.is_dir():
        raise UnknownQuestionError(
            f"{folder}: no such folder. Run the command in the one that holds it, or name that with --root."
        )
    if "{" in name:
        raise UnknownQuestionError("give SPARQL on standard input, as in: echo 'ASK {}' | cstokg query -")
    saved = folder / f"{name}.rq"
    path = saved if saved.is_file() else Path(name)
    if not path.is_file():
        known = sorted(file.stem for file in folder.glob("*.rq"))
        nearest = difflib.get_close_matches(name, known, n=3) or known[:3]
        raise UnknownQuestionError(
            f"no saved question and no file is called '{name}'; `cstokg query` lists the questions, "
            f"such as {', '.join(nearest)}"
        )
    text = path.read_text(encoding="utf-8", errors="replace")
    return questions.read(path) if text.startswith(questions.MARK) else plain(path.stem, text)


def plain(name: str, sparql: str) -> Question:
    """A query that nobody put into words."""
    return Question(name, "", "", (), sparql)


def known(question: Question, texts: Mapping[str, str], engine: Engine) -> None:
    """Make sure that each IRI among the values names a thing of the class that its parameter wants.

    Raises:
        ParameterError: nothing is called so, or it is of another class; the message lists the nearest names.
    """
    for name, text in texts.items():
        parameter = question.parameter(name)
        if parameter.datatype in DATATYPES:
            continue
        of_any = parameter.datatype == "iri"
        wanted = "?class" if of_any else f"<{names.expand(parameter.datatype)}>"
        answer = engine.query(f"SELECT DISTINCT ?thing {{ ?thing a {wanted} }}", "text/csv")
        there = [names.shorten(iri) for iri in answer.text.splitlines()[1:]]
        wanted_name = names.shorten(parameter.term(text).value)
        if wanted_name not in there:
            near = difflib.get_close_matches(wanted_name, there, n=3)
            hint = f"; the nearest names: {', '.join(near)}" if near else ""
            what = "thing" if of_any else parameter.datatype
            raise ParameterError(f"parameter '{name}': no {what} is called {text}{hint}")


def texts(pairs: Iterable[str]) -> dict[str, str]:
    """The values by the names of their parameters, from ``name=value``.

    Raises:
        ParameterError: a pair has no ``=``, or a name stands twice.
    """
    result: dict[str, str] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or name in result:
            problem = "stands twice" if equals else "has no value"
            raise ParameterError(f"parameter '{name}' {problem}; write each once, as NAME=VALUE")
        result[name] = value
    return result
