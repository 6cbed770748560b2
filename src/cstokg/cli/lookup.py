"""From what somebody types after ``cstokg query`` to a query and the media types of its answer."""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from cstokg import questions
from cstokg.engine import suggestions
from cstokg.errors import CstokgError
from cstokg.parameters import ParameterError
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
        QuestionError: the file cannot be read, or holds no query that may run.
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
    path = saved if os.path.lexists(saved) else Path(name)
    if not os.path.lexists(path):
        there = sorted(file.stem for file in folder.glob("*.rq"))
        nearest = suggestions.nearest(name, there) or there[:3]
        raise UnknownQuestionError(
            f"no saved question and no file is called '{name}'; `cstokg query` lists the questions, "
            f"such as {', '.join(nearest)}"
        )
    home = root if path == saved else None
    text = questions.content(path, home).decode(errors="replace")
    if text.startswith(questions.MARK):
        return questions.read(path, home)
    questions.require_query(path, text)
    return plain(path.stem, text)


def plain(name: str, sparql: str) -> Question:
    """A query that nobody put into words."""
    return Question(name, "", "", (), sparql)


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
