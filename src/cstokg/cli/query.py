"""The commands for questions: query prints an answer, answers compares answers with the saved ones."""

import math
import os
import signal
import sys
from collections.abc import Iterable, Mapping
from contextlib import closing, suppress
from difflib import unified_diff
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cstokg import formats
from cstokg.cli import terminal
from cstokg.errors import CstokgError, QueryError
from cstokg.settings import Limits

if TYPE_CHECKING:
    from cstokg.engine.engine import Engine
    from cstokg.questions import Question

# A table is made from JSON; a graph is printed as Turtle instead.
_TABLE = formats.DEFAULTS
_PIPE = (formats.CSV, formats.TURTLE)
_QUERIES = "queries"

FOLDER = Path("tests") / "answers"


class _TimeoutError(click.ClickException):
    """A query was stopped at its deadline."""

    exit_code = 124  # as that of timeout in the GNU coreutils


@click.command()
@terminal.root_option
@click.option(
    "--param",
    "params",
    multiple=True,
    metavar="NAME=VALUE",
    help="The value of a parameter, in place of its default; repeat for more.",
)
@click.option(
    "--format",
    "format_",
    type=click.Choice(["table", *formats.NAMES]),
    help="The format of the answer. Default: a table on a terminal; elsewhere CSV, or Turtle for a graph.",
)
@click.option(
    "--deadline",
    type=terminal.Number(0),
    default=Limits().timeout,
    show_default=True,
    metavar="SECONDS",
    help="Stop after this time, with an error and status 124; 0 removes this limit and the one on memory.",
)
@click.argument("query", required=False)
def query(
    root: Path, params: tuple[str, ...], format_: str | None, deadline: float, query: str | None
) -> None:
    """Answer a question from the current release; without QUERY, list the saved questions.

    QUERY is the name of a saved question, a file with a SPARQL query, or - for a query on standard input.
    """
    from shutil import get_terminal_size

    from cstokg import questions, release
    from cstokg.engine.engine import Engine
    from cstokg.engine.loading.store import Source
    from cstokg.errors import QueryTimeoutError

    width = get_terminal_size().columns
    if query is None:
        click.echo(list_questions(saved_questions(root)), nl=False)
        return
    question = plain_question("query", sys.stdin.read()) if query == "-" else find_question(query, root)
    values = parameter_texts(params)
    sparql = questions.bind_texts(question, values)
    folder = release.load(release.current(root)).folder
    as_table = format_ == "table" or (format_ is None and sys.stdout.isatty())
    accepted = formats.named(format_) if format_ not in (None, "table") else _PIPE
    if deadline:
        # Even parsing can take forever, and only a separate process can be stopped.
        limits = Limits(timeout=deadline, workers=1, short=math.inf)
        engine = Engine.isolated(Source(folder), limits)
    else:
        engine = Engine.from_release(folder)
    with closing(engine):
        questions.check_names(question, values, engine)
        if as_table and question.parameters:
            click.echo(_parameter_line(question, values), err=True)
        # Python handles no signals while an engine in this process works, but Ctrl-C must end it.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        try:
            answer = engine.query(sparql, _TABLE if as_table else accepted)
        except QueryTimeoutError as error:
            raise _TimeoutError(f"{error}; allow more time with --deadline") from error
        names: dict[str, str] = {}
        if as_table:
            # The deadline is that of the answer, which is printed in any case.
            with suppress(QueryError):
                names = _names_of_articles(engine)
    if answer.media_type == _TABLE[0] and as_table:
        click.echo(terminal.of_results(answer.text, width, names), nl=False)
    else:
        click.echo(answer.body, nl=False)


def _names_of_articles(engine: "Engine") -> dict[str, str]:
    """Return what pages call each article, by its identifier."""
    from cstokg.web.content import articles
    from cstokg.web.content.graph import Graph

    references = articles.references(Graph(engine))
    return {iri.rpartition("/")[2]: reference.name for iri, reference in references.items()}


def list_questions(saved: Iterable["Question"]) -> str:
    """Return a line, however long, for each saved question: name, question, and parameters in brackets."""
    rows = []
    for question in saved:
        names = ", ".join(parameter.name for parameter in question.parameters)
        rows.append((question.name, f"{question.question} [{names}]" if names else question.question))
    width = max((len(name) for name, _ in rows), default=0)
    return "".join(f"{name.ljust(width)}  {text}\n" for name, text in rows)


def _parameter_line(question: "Question", values: Mapping[str, str]) -> str:
    return " ".join(
        f"{parameter.name}={values.get(parameter.name, parameter.default)}"
        for parameter in question.parameters
    )


def saved_questions(root: Path) -> list["Question"]:
    """Return the questions of a folder's queries/, else those of its current release.

    Raises:
        QuestionError: a file holds no question.
        ReleaseError: there is neither.
    """
    from cstokg import questions, release

    if (root / _QUERIES).is_dir():
        return questions.read_all(root / _QUERIES)
    folder = release.load(release.current(root)).folder
    return questions.from_json((folder / release.QUESTIONS).read_text(encoding="utf-8"))


def find_question(name: str, root: Path) -> "Question":
    """Return the saved question of that name, or the one in the file of that name.

    In a folder without queries/ the saved questions are those of its current release. A file without a
    header is a query without a question; it has no parameters.

    Raises:
        UnknownQuestionError: there is neither a question nor a file of that name.
        ReleaseError: there are neither queries/ nor a release.
        QuestionError: the file cannot be read, or holds no query that may run.
        QuestionHeaderError: the header of the file is not complete.
    """
    from cstokg import questions
    from cstokg.engine import suggestions

    folder = root / _QUERIES
    if "{" in name:
        raise questions.UnknownQuestionError(
            "send SPARQL to standard input, as in: echo 'ASK {}' | cstokg query -"
        )
    released = {} if folder.is_dir() else {question.name: question for question in saved_questions(root)}
    if name in released:
        return released[name]
    saved = folder / f"{name}.rq"
    path = saved if os.path.lexists(saved) else Path(name)
    if not os.path.lexists(path):
        names = sorted(released or (file.stem for file in folder.glob("*.rq")))
        nearest = suggestions.nearest(name, names) or names[:3]
        raise questions.UnknownQuestionError(
            f"no saved question and no file is called '{name}'; `cstokg query` lists the questions, "
            f"such as {', '.join(nearest)}"
        )
    home = root if path == saved else None
    try:
        text = questions.content(path, home).decode()
    except UnicodeDecodeError as error:
        raise questions.QuestionError(f"{path}: save the file as UTF-8 ({error})") from error
    if text.startswith(questions.MARK):
        return questions.read(path, home)
    questions.require_query(path, text)
    return plain_question(path.stem, text)


def plain_question(name: str, sparql: str) -> "Question":
    """Return a query without a header as a question."""
    from cstokg.questions import Question

    return Question(name, "", "", (), sparql)


def parameter_texts(pairs: Iterable[str]) -> dict[str, str]:
    """Return the texts of parameters by name, from ``name=value``.

    Raises:
        ParameterError: a pair has no ``=``, or a name is given twice.
    """
    from cstokg.parameters import ParameterError

    values: dict[str, str] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or name in values:
            problem = "is given twice" if equals else "has no value"
            raise ParameterError(f"parameter '{name}' {problem}; write each once, as NAME=VALUE")
        values[name] = value
    return values


class StaleReleaseError(CstokgError):
    """The current release was not built from the sources as they are now."""


@click.command()
@terminal.root_option
@click.option("--update", is_flag=True, help="Write the answers that differ.")
@click.argument("names", metavar="[QUESTION]...", nargs=-1)
def answers(root: Path, update: bool, names: tuple[str, ...]) -> None:
    """Show where the answers to the saved questions differ from those in tests/answers/.

    Compare each difference with the articles before you save it: otherwise a mistake is saved too.
    Questions that also query another endpoint are left out. Without --update the status is 1 if an answer
    differs.
    """
    from cstokg import formats, questions, release
    from cstokg.engine.engine import Engine

    # The answers of another endpoint can change at any time.
    saved = {
        question.name: question.sparql
        for question in questions.read_all(root / "queries")
        if not question.endpoint
    }
    if unknown := sorted(set(names) - set(saved)):
        raise questions.UnknownQuestionError(
            f"no saved question is called {', '.join(unknown)}; `cstokg query` lists the questions"
        )
    current = release.load(root / release.FOLDER / release.CURRENT)
    _require_fresh(root, current.version)
    with terminal.working("Answering"), closing(Engine.from_release(current.folder)) as engine:
        texts = {
            name: engine.query(saved[name], formats.CSV).text.replace("\r\n", "\n")
            for name in (names or sorted(saved))
        }
    changed = list(_changes(root / FOLDER, texts, removed_too=not names))
    for path, before, after in changed:
        click.echo("".join(_difference(path.name, before, after)), nl=False)
        if update and after is None:
            path.unlink()
        elif update and after is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(after, encoding="utf-8", newline="\n")
    done = "written" if update else "differ"
    click.echo(f"{len(texts)} questions, {len(changed)} answers {done}", err=True)
    sys.exit(1 if changed and not update else 0)


def _require_fresh(root: Path, version: str) -> None:
    from cstokg.build import canonical, sources

    if canonical.digest(canonical.canonical_nquads(sources.read(root).graphs)) != version:
        raise StaleReleaseError(
            "the sources have changed since the release was built. Run `cstokg build` first."
        )


def _changes(
    folder: Path, texts: Mapping[str, str], *, removed_too: bool
) -> Iterable[tuple[Path, str | None, str | None]]:
    """Yield each file that differs, with its text before and after; None where there is no file.

    With ``removed_too`` a file without a question is yielded as well.
    """
    for name, after in texts.items():
        path = folder / f"{name}.csv"
        before = path.read_text(encoding="utf-8") if path.is_file() else None
        if before != after:
            yield path, before, after
    if removed_too:
        for path in sorted(folder.glob("*.csv")):
            if path.stem not in texts:
                yield path, path.read_text(encoding="utf-8"), None


def _difference(name: str, before: str | None, after: str | None) -> Iterable[str]:
    old, new = ((text or "").splitlines(keepends=True) for text in (before, after))
    return unified_diff(
        old,
        new,
        f"{FOLDER.as_posix()}/{name}" if before is not None else "no answer",
        f"{FOLDER.as_posix()}/{name}" if after is not None else "no question",
        n=1,
    )
