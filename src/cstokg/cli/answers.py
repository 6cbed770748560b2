"""The command answers: compare the saved answers with those of the current release, or write them anew."""

import sys
from collections.abc import Iterable, Mapping
from contextlib import closing
from difflib import unified_diff
from pathlib import Path

import click

from cstokg.base_error import CstokgError
from cstokg.cli import options

FOLDER = Path("tests") / "answers"


class StaleReleaseError(CstokgError):
    """The current release was built from other sources."""


@click.command()
@options.root
@click.option("--update", is_flag=True, help="Write the answers that differ.")
@click.argument("names", metavar="[QUESTION]...", nargs=-1)
def answers(root: Path, update: bool, names: tuple[str, ...]) -> None:
    """Show where the answers to the saved questions differ from those in tests/answers/.

    Read each difference against the articles before you keep it: a saved answer can keep a mistake.
    Without --update the status is 1 if there is a difference.
    """
    from cstokg import formats, questions, release
    from cstokg.cli.query import UnknownQuestionError
    from cstokg.engine.engine import Engine

    saved = {question.name: question.sparql for question in questions.read_all(root / "queries")}
    if unknown := sorted(set(names) - set(saved)):
        raise UnknownQuestionError(f"no saved question is called {', '.join(unknown)}")
    current = release.load(root / release.FOLDER / release.CURRENT)
    _require_fresh(root, current.version)
    with options.working("Answering"), closing(Engine.from_release(current.folder)) as engine:
        texts = {
            name: engine.query(saved[name], formats.CSV).text.replace("\r\n", "\n")
            for name in (names or sorted(saved))
        }
    changed = list(_changes(root / FOLDER, texts, every=not names))
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
    from cstokg.build import rdf_terms, sources

    if rdf_terms.digest(rdf_terms.canonical_nquads(sources.read(root).graphs)) != version:
        raise StaleReleaseError("the current release was built from other sources. Run `cstokg build` first.")


def _changes(
    folder: Path, texts: Mapping[str, str], *, every: bool
) -> Iterable[tuple[Path, str | None, str | None]]:
    """Yield each file that differs, with its text before and after; None where there is no file."""
    for name, after in texts.items():
        path = folder / f"{name}.csv"
        before = path.read_text(encoding="utf-8") if path.is_file() else None
        if before != after:
            yield path, before, after
    if every:
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
