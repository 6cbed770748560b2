"""From what somebody types after ``cstokg query`` to a query and the media types of its answer."""

import difflib
from collections.abc import Iterable
from pathlib import Path

from cstokg import questions
from cstokg.errors import CstokgError
from cstokg.parameters import ParameterError
from cstokg.questions import Question

# A table is drawn from JSON; a result that is a graph has no table, and comes as Turtle.
TABLE = ("application/sparql-results+json", "text/turtle")
PIPE = ("text/csv", "text/turtle")


class UnknownQuestionError(CstokgError):
    """Neither a saved question nor a file has that name; the message lists the nearest names."""


def listing(saved: Iterable[Question]) -> str:
    """The saved questions: on each line a name and, in a second column, the question. No line is broken."""
    rows = [(question.name, question.question) for question in saved]
    widest = max((len(name) for name, _ in rows), default=0)
    return "".join(f"{name.ljust(widest)}  {question}\n" for name, question in rows)


def find(name: str, root: Path) -> Question:
    """The saved question of that name, or the one in that file.

    A file without a header is a query without a question; it has no parameters.

    Raises:
        UnknownQuestionError: there is neither.
        QuestionHeaderError: the file begins a header and does not complete it.
    """
    saved = root / "queries" / f"{name}.rq"
    path = saved if saved.is_file() else Path(name)
    if not path.is_file():
        known = sorted(file.stem for file in (root / "queries").glob("*.rq"))
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
