"""The commands for mapping articles: new-article, add, check, cite, verify, coverage."""

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

_WATCHING_PAUSE = 0.2  # seconds between two checks for changed files


@click.command()
@terminal.root_option
@click.option(
    "--format", "format_", type=click.Choice(["text", "json", "turtle"]), default="text", show_default=True
)
@click.option(
    "--reference", is_flag=True, help="Evaluate everything by rdflib and owlrl: the same findings, slower."
)
@click.option("--judge", "reference", is_flag=True, hidden=True)  # the name in 0.1
@click.option("--fix", is_flag=True, help="First correct what can be corrected automatically.")
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
    """Check everything, and print what is wrong; with PATHs, only what concerns those files.

    A finding concerns a file if it is in the file, or about a thing that the file describes. With PATHs,
    the saved questions and the spelling of the other files are not checked.

    With the articles' texts, spans and sentences are compared too. The status is 1 if a violation was
    printed. Warnings and infos ask for a second look.

    --fix writes the prefixes of files, the articles' sentences, the dataset's list of articles, missing
    rows of the table of links to Wikidata, and the counts in the README. --watch checks each file as
    `cstokg check PATH` does, but does not compare its spans with the texts.
    """
    from datetime import date

    if watch and (reference or paths or format_ != "text"):
        raise click.UsageError("--watch cannot be used with --reference, --format or PATH; leave these out")
    day = date.today().isoformat()  # noqa: DTZ011 - the day where the mapper is
    if fix:
        from cstokg.build.checks import fixes

        for done in fixes.fix(root, day, articles):
            click.echo(f"fixed {done}", err=True)
    if watch:
        _watch(root, articles, day)
        return
    with terminal.working("Checking"), terminal.without_garbage_collection(ends=True):
        # These are imported here because importing creates no garbage either.
        from cstokg.build import sources
        from cstokg.build.checks import mapping_checks, validation
        from cstokg.build.checks.findings import is_in
        from cstokg.build.other_articles import KeptParts
        from cstokg.build.sources import Position

        named = [os.path.relpath(path.resolve(), root.resolve()) for path in paths]

        def needs_lines(path: Path) -> bool:
            return not named or reference or is_in(Position(path.as_posix(), 1), named)

        kept = KeptParts(root)
        read = sources.read(root, needs_lines=needs_lines, kept=kept)
        kept.save()
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


def _watch(root: Path, articles: Path | None, day: str) -> None:
    from cstokg.build.checks.watching import Watcher

    watcher = Watcher(root, articles)
    for warning in watcher.unread:
        click.echo(str(warning))
    click.echo("watching data/ and ontology/ until Ctrl-C; `cstokg check` checks everything", err=True)
    while True:
        for path in watcher.changed():
            start = monotonic()
            with terminal.without_garbage_collection():
                try:
                    report = watcher.check(path, day)
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
    """Print the span of WORDS in ARTICLE, and add it to the article's table of spans.

    WORDS are an exact phrase, or 'first words … last words' (with … or three dots). With - they
    are read from standard input, one phrase a line; each is printed after its span. A phrase that
    cannot be cited does not stop the others, but the status is then 1.
    """
    from cstokg.build import sources, spans

    if prune:
        if words:
            raise click.UsageError("--prune takes no WORDS; it removes what no record uses")
        for span in spans.prune(sources.read(root), article):
            click.echo(f"removed span:{span.name}")
        return
    if articles is None:
        raise click.UsageError("name the folder of the texts, with --articles or in CSTOKG_ARTICLES")
    if not words:
        raise click.UsageError("give WORDS, or - to read them from standard input")
    if len(words) > 1:
        raise click.UsageError(f"put the words between quotation marks: {shlex.quote(' '.join(words))}")
    if words[0] == "-":
        cited = spans.cite_all(root, articles, article, sys.stdin.readlines())
        for phrase, result in cited:
            if isinstance(result, CstokgError):
                click.echo(f"Error: {result}", err=True)
            else:
                click.echo(f"span:{result.name}\t{phrase}")
        sys.exit(1 if any(isinstance(result, CstokgError) for _, result in cited) else 0)
    else:
        span = spans.cite(root, articles, article, words[0])
        click.echo(f"span:{span.name}\n<{span.iri(article)}>")


@click.command()
@terminal.root_option
@terminal.articles_option()
def verify(root: Path, articles: Path | None) -> None:
    """Compare every span, and where sentences begin and end, with the article's text.

    Warnings name the records whose day, number or name is not in the sentences of their spans: look at
    these again. The status is 0 if everything agrees, 1 if something does not, and 3 if a text is missing.
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
@click.option("--records", is_flag=True, help="List the records that cite each span.")
@click.option(
    "--fail-under",
    type=terminal.Number(0, 100),
    help="End with status 1 if a smaller percentage of an article's sentences is covered.",
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
    """Show which sentences of the articles are covered by records, and which are not.

    A sentence is covered if at least half of its characters are in spans that records have as
    ckg:evidence. Page furniture is left out. Text output quotes the articles, so do not add it to the
    repository; JSON has offsets only.
    """
    from cstokg.build import coverage_report, sources

    measured = coverage_report.measure(sources.read(root), articles, names)
    if format_ == "json":
        click.echo(coverage_report.to_json(measured, records=records))
    else:
        for article in measured:
            for line in coverage_report.lines(article, by_sentence=by_sentence, records=records):
                click.echo(line)
    if fail_under is not None and any(article.coverage.percent < fail_under for article in measured):
        sys.exit(1)


@click.command("new-article")
@terminal.root_option
@click.option("--publisher", required=True, help="The outlet: outlet:example-wire, or its name.")
@click.option(
    "--date",
    "day",
    required=True,
    type=click.DateTime(["%Y-%m-%d"]),
    help="The day on which the article was published, such as 2031-05-15.",
)
@click.option(
    "--id", "name", default="", help="The article's name. Default: place and year, with -2 if that is in use."
)
@click.option("--language", default="en", show_default=True, help="The language of the text.")
@click.option("--replace", is_flag=True, help="Overwrite the article's files. What they contain is lost.")
@click.argument("text", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def new_article(
    root: Path, publisher: str, day: datetime, name: str, language: str, replace: bool, text: Path
) -> None:
    """Draft the files of a new article, whose text is in the file TEXT.

    These are its Turtle file, with drafts of records for each sentence, its table of spans, and its entries
    in the dataset and the copy guard. No sentence of the article is copied.
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
    """Write a record into the file of ARTICLE. LINE is: SENTENCES KIND property=value ….

    SENTENCES are numbers, or spans such as 190-278, with commas between them. With - the lines are read
    from standard input. A line from which no record can be made does not stop the others, but the status
    is then 1.
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
