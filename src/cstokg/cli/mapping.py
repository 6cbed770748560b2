"""The commands for those who map articles: new-article, add, check, cite, verify, coverage."""

import gc
import os
import shlex
import sys
from datetime import datetime
from pathlib import Path
from time import monotonic, sleep

import click

from cstokg.cli import terminal
from cstokg.errors import CstokgError

_WATCHING_PAUSE = 0.2  # seconds between two looks at the files


@click.command()
@terminal.root_option
@click.option(
    "--format", "format_", type=click.Choice(["text", "json", "turtle"]), default="text", show_default=True
)
@click.option(
    "--reference", is_flag=True, help="Let rdflib and owlrl evaluate everything: the same findings, slower."
)
@click.option("--judge", "reference", is_flag=True, hidden=True)  # the name in 0.1
@click.option("--fix", is_flag=True, help="First write what can be written automatically.")
@click.option("--watch", is_flag=True, help="Check each file whenever it is saved, until Ctrl-C.")
@terminal.articles_option()
@click.argument("paths", metavar="[PATH]...", nargs=-1, type=click.Path(exists=True, path_type=Path))
def check(
    root: Path,
    format_: str,
    reference: bool,
    fix: bool,
    watch: bool,
    articles: Path | None,
    paths: tuple[Path, ...],
) -> None:
    """Read everything, and print what is wrong; with PATHs, only what is about those files.

    About a file is what stands in it, and what is wrong, in any file, with the things that it describes.
    With PATHs the questions are left out, and the other files are read without a look at their spelling.

    With the articles' texts, spans and sentences are compared too. The status is 1 if a violation was
    printed. Warnings and infos ask for a second look.

    --fix writes the prefixes of files, the articles' sentences, the dataset's list of articles, missing
    rows of the table of links to Wikidata, and the counts in the README. --watch leaves out what
    concerns the whole graph.
    """
    from datetime import date

    day = date.today().isoformat()  # noqa: DTZ011 - the day where the mapper is
    if fix:
        from cstokg.build.checks import fixes

        for done in fixes.fix(root, day, articles):
            click.echo(f"fixed {done}", err=True)
    if watch:
        _watch(root, articles)
        return
    from cstokg.build import sources
    from cstokg.build.checks import mapping_checks, validation
    from cstokg.build.checks.findings import is_in
    from cstokg.build.sources import Position

    named = [os.path.relpath(path.resolve(), root.resolve()) for path in paths]

    def needs_lines(path: Path) -> bool:
        return not named or reference or is_in(Position(path.as_posix(), 1), named)

    with terminal.working("Checking"), terminal.without_garbage_collection():
        read = sources.read(root, needs_lines=needs_lines)
        if not named:
            from cstokg import questions

            questions.check_all(root / "queries")
        for path, below in zip(paths, named, strict=True):
            if not any(is_in(Position(file, 1), [below]) for file in read.files()):
                folders = f"{root / 'ontology'} or {root / 'data'}"
                raise click.BadParameter(
                    f"{path} is not a source; name a file or folder of {folders}", param_hint="PATH"
                )
        report = validation.check(read, reference=reference, paths=named, articles=articles)
        report = mapping_checks.complete(report, read, day=day, paths=named, articles=articles)
    click.echo({"text": report.text, "json": report.json, "turtle": report.turtle}[format_](), nl=False)
    click.echo(f"{len(read.graphs)} files, {len(read.triples):,} triples: {report.summary()}", err=True)
    sys.exit(0 if report.conforms else 1)


def _watch(root: Path, articles: Path | None) -> None:
    from cstokg.build.checks.watching import Watcher

    watcher = Watcher(root, articles)
    click.echo("watching data/ and ontology/; Ctrl-C ends it, and `cstokg check` checks everything", err=True)
    while True:
        for path in watcher.changed():
            start = monotonic()
            with terminal.without_garbage_collection():
                try:
                    report = watcher.check(path)
                except CstokgError as error:
                    click.echo(str(error))
                else:
                    click.echo(report.text(), nl=False)
                    click.echo(f"{path}: {report.summary()} ({monotonic() - start:.1f} s)", err=True)
            gc.collect()
        sleep(_WATCHING_PAUSE)


@click.command()
@terminal.root_option
@terminal.articles_option()
@click.option("--prune", is_flag=True, help="Instead, remove the spans of ARTICLE that no record uses.")
@click.argument("article")
@click.argument("words", metavar="[WORDS]", nargs=-1)
def cite(root: Path, articles: Path | None, prune: bool, article: str, words: tuple[str, ...]) -> None:
    """Print the span of WORDS in ARTICLE, and record it.

    WORDS are an exact phrase, or 'first words … last words' (three dots will do). With - they
    are read from standard input, one phrase a line; each is printed after its span. One that
    cannot be cited does not stop the others, but the status is then 1.
    """
    from cstokg.build import evidence, sources

    if prune:
        for span in evidence.prune(sources.read(root), article):
            click.echo(f"removed span:{span.name}")
        return
    if articles is None:
        raise click.UsageError("name the folder of the texts, with --articles or in CSTOKG_ARTICLES")
    if not words:
        raise click.UsageError("give WORDS, or - to read them from standard input")
    if len(words) > 1:
        raise click.UsageError(f"put the words between quotation marks: {shlex.quote(' '.join(words))}")
    if words[0] == "-":
        cited = evidence.cite_all(root, articles, article, sys.stdin.readlines())
        for phrase, result in cited:
            if isinstance(result, CstokgError):
                click.echo(f"Error: {result}", err=True)
            else:
                click.echo(f"span:{result.name}\t{phrase}")
        sys.exit(1 if any(isinstance(result, CstokgError) for _, result in cited) else 0)
    else:
        span = evidence.cite(root, articles, article, words[0])
        click.echo(f"span:{span.name}\n<{span.iri(article)}>")


@click.command()
@terminal.root_option
@terminal.articles_option()
def verify(root: Path, articles: Path | None) -> None:
    """Compare every span, and where sentences begin and end, with the article's text.

    Warnings name the records whose day, number or name is not in the sentences of their spans; they
    are worth a second look. The status is 0 when all agree, 1 when something does not, and 3 when a
    text is missing.
    """
    from cstokg.build import sources
    from cstokg.build.checks import span_checks

    read = sources.read(root)
    result = span_checks.verify(read, articles)
    failures = (*result.unlisted, *result.failures)
    warnings = list(span_checks.unstated_parts(read, articles)) if articles else []
    for line in (*failures, *result.unchecked):
        click.echo(line, err=True)
    for warning in warnings:
        click.echo(f"{warning.position}: warning: {warning.message}", err=True)
    click.echo(
        f"{result.verified} spans verified, {len(failures)} failures, {len(warnings)} warnings, "
        f"{len(result.unchecked)} articles not checked"
    )
    sys.exit(1 if failures else 3 if result.unchecked else 0)


@click.command()
@terminal.root_option
@terminal.articles_option(required=True)
@click.option("--format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option("--by-sentence", is_flag=True, help="List the covered sentences too.")
@click.option("--records", is_flag=True, help="List the records that rest on each span.")
@click.option(
    "--fail-under",
    type=click.FloatRange(0, 100),
    help="End with status 1 if an article has a smaller percentage of sentences covered.",
)
@click.argument("names", metavar="[ARTICLE]...", nargs=-1)
def coverage(
    root: Path,
    articles: Path,
    format_: str,
    by_sentence: bool,
    records: bool,
    fail_under: float | None,
    names: tuple[str, ...],
) -> None:
    """Show which sentences of the articles the records rest on.

    A sentence is covered when at least half of its characters lie in spans that some record takes as
    ckg:evidence; the page's furniture does not count. Text output quotes the articles, so do not
    keep it in a file; JSON has offsets only.
    """
    from cstokg.build import evidence, sources

    measured = evidence.measure_coverage(sources.read(root), articles, names)
    if format_ == "json":
        click.echo(evidence.coverage_json(measured, records=records))
    else:
        for article in measured:
            for line in evidence.coverage_lines(article, by_sentence=by_sentence, records=records):
                click.echo(line)
    if fail_under is not None and any(article.coverage.percent < fail_under for article in measured):
        sys.exit(1)


@click.command("new-article")
@terminal.root_option
@click.option("--publisher", required=True, help="The outlet: outlet:example-wire, or what it is called.")
@click.option(
    "--date",
    "day",
    required=True,
    type=click.DateTime(["%Y-%m-%d"]),
    help="The day on which the article was published: 2031-05-15.",
)
@click.option("--id", "name", default="", help="The article's name. Default: place and year, if free.")
@click.option("--language", default="en", show_default=True, help="The language of the text.")
@click.option("--replace", is_flag=True, help="Overwrite the article's files; their contents are lost.")
@click.argument("text", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def new_article(
    root: Path, publisher: str, day: datetime, name: str, language: str, replace: bool, text: Path
) -> None:
    """Write the files of the article in the file TEXT, as far as that can be done automatically.

    These are its Turtle file with a skeleton for each sentence, its spans, and its entries in the dataset
    and the copy guard. No sentence of the article is written.
    """
    from cstokg.build import sources
    from cstokg.build.drafts import article_draft

    created = article_draft.create(
        sources.read(root),
        text,
        publisher=publisher,
        day=day.date(),
        name=name,
        language=language,
        replace=replace,
    )
    for file in created.files:
        click.echo(f"wrote {file}")
    for remark in created.remarks:
        click.echo(remark, err=True)


@click.command()
@terminal.root_option
@terminal.articles_option()
@click.argument("article")
@click.argument("line")
def add(root: Path, articles: Path | None, article: str, line: str) -> None:
    """Write the record of LINE into the file of ARTICLE: SENTENCES KIND property=value ….

    With - the lines are read from standard input. One from which no record can be made does not stop
    the others, but the status is then 1. SENTENCES are numbers, or spans such as 190-278, with commas
    between them.
    """
    from cstokg.build import sources
    from cstokg.build.drafts import short_records

    if articles is None:
        raise click.UsageError("name the folder of the texts, with --articles or in CSTOKG_ARTICLES")
    lines = sys.stdin.read().splitlines() if line == "-" else [line]
    failed = False
    for given, result in short_records.add(sources.read(root), articles, article, lines):
        if isinstance(result, short_records.LineError):
            failed = True
            click.echo(f"Error: {given[:60]}: {result}", err=True)
        else:
            click.echo("wrote " + " and ".join(result))
    sys.exit(int(failed))
