"""Write what a machine can: prefixes, sentences, the dataset's list, rows for Wikidata, counts.

``check --fix`` mends them in all files, and the commands that draft records write them too. What the mapper
wrote stays, letter by letter; only these lines are added, sorted or replaced.
"""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from cstokg import article_text, namespaces, project_files
from cstokg.build import spans
from cstokg.build.checks import mapping_checks
from cstokg.build.sources import SourceError, Sources, read, require_folders
from cstokg.build.wikidata import sssom, wikidata_links

DATASET = Path("data") / "dataset.ttl"
_PREFIX = re.compile(r"PREFIX ([\w-]*): <([^>]*)>\n")
_SOURCE = re.compile(r"(?m)^(    prov:wasDerivedFrom )([^;]*?)( ;)$")
_SENTENCES = re.compile(r"(?m)^    ckg:sentence(?:Start|End) [^;]*;\n")
_SHA256 = re.compile(r'(?m)^    ckg:sha256 "[0-9a-f]{64}" ;\n')


def fix(root: Path, day: str, articles: Path | None = None) -> Iterator[str]:
    """Mend the files of a project, and yield a line for each thing that was done.

    Args:
        root: the folder that holds ontology/ and data/.
        day: the date of new rows of the table of links to Wikidata.
        articles: the folder of the articles' texts, with which sentences are compared.

    Raises:
        SourceError: files cannot be read even when their prefixes are mended, or the dataset's is missing.
        FileError: a file cannot be read, or is not UTF-8; the message names it.
    """
    require_folders(root)
    yield from _prefixes(root)
    if articles:
        yield from _sentences(root, articles)
    yield from _list_of_articles(root)
    yield from _sorted_table(root)
    sources = read(root)
    yield from _rows(sources, day)
    yield from _counts(sources)


def _list_of_articles(root: Path) -> Iterator[str]:
    path = DATASET
    try:
        for article in sorted((root / spans.ARTICLES).glob("*.ttl")):
            before = _text(root, path)
            if list_in_dataset(root, article.stem) and _text(root, path) != before:
                yield f"{path.as_posix()}: listed article:{article.stem} in prov:wasDerivedFrom"
    except FileNotFoundError as error:
        raise SourceError(
            f"{path.as_posix()}: no such file, and it lists the articles. Restore it, or check without --fix"
        ) from error


def _prefixes(root: Path) -> Iterator[str]:
    for path in project_files.find(root, "data", ".ttl"):
        text = _text(root, path)
        article = path.stem if path.parent == spans.ARTICLES else ""
        mended = with_prefixes(text, article)
        if mended != text:
            _write(root, path, mended)
            yield f"{path.as_posix()}: wrote the prefixes that are used, in order"


def _sentences(root: Path, articles: Path) -> Iterator[str]:
    for record in sorted((root / spans.ARTICLES).glob("*.ttl")):
        path = spans.record_path(record.stem)
        text = _text(root, path)
        sha256 = _SHA256.search(text)
        article = article_text.find(articles, sha256[0].split('"')[1]) if sha256 else None
        if article is None:
            continue
        predicates = sentence_lines(article_text.split_sentences(article))
        lines = "".join(f"    {predicate} ;\n" for predicate in predicates)
        if "".join(_SENTENCES.findall(text)) == lines:
            continue
        bare = _SENTENCES.sub("", text)
        place = _SHA256.search(bare)
        if place:
            _write(root, path, bare[: place.end()] + lines + bare[place.end() :])
            yield f"{path.as_posix()}: wrote where the sentences begin and end"


def _rows(sources: Sources, day: str) -> Iterator[str]:
    path = Path(sssom.PATH)
    graph = sources.graphs.get(namespaces.graph_of(path.with_suffix("")))
    if graph is None:
        return
    data = sources.data()
    described = {namespaces.shorten(str(subject)) for subject in graph.subjects()}
    missing = wikidata_links.without_row(data, described)
    if missing:
        text = _text(sources.root, path)
        added = "".join(f"{wikidata_links.row(entity, data, day)}\n" for entity in missing)
        _write(sources.root, path, sorted_rows(text + added))
    for entity in missing:
        yield f"{path.as_posix()}: added a row without an item for {namespaces.shorten(str(entity))}"


def _sorted_table(root: Path) -> Iterator[str]:
    path = Path(sssom.PATH)
    try:
        text = _text(root, path)
    except FileNotFoundError:
        return
    if (ordered := sorted_rows(text)) != text:
        _write(root, path, ordered)
        yield f"{path.as_posix()}: sorted the rows"


def sorted_rows(text: str) -> str:
    """Return the table of links with its rows in order, each once."""
    lines = text.splitlines(keepends=True)
    header = "\t".join(sssom.COLUMNS) + "\n"
    if header not in lines:
        return text
    start = lines.index(header) + 1
    rows = sorted({row for row in lines[start:] if row.strip()}, key=_cells)
    return "".join([*lines[:start], *rows])


def _cells(row: str) -> tuple[str, str, str]:
    cells = row.split("\t")
    return cells[0], cells[3] if len(cells) > 3 else "", row


def _counts(sources: Sources) -> Iterator[str]:
    path = mapping_checks.README
    try:
        text = _text(sources.root, path)
    except FileNotFoundError:
        return
    mended = mapping_checks.with_counts(text, mapping_checks.counts(sources))
    if mended != text:
        _write(sources.root, path, mended)
        yield f"{path.as_posix()}: wrote the counts of the graph"


def _text(root: Path, path: Path) -> str:
    return project_files.read_text(root, path)


def _write(root: Path, path: Path, text: str) -> None:
    (root / path).write_text(text, encoding="utf-8", newline="\n")


def with_prefixes(text: str, article: str = "") -> str:
    """Return a file with the prefixes that it uses at its top: ours first, both groups in order.

    A prefix that is not the project's is kept. A file with prefixes in other places stays as it is.
    """
    declared = {match[1]: match[2] for match in _PREFIX.finditer(text)}
    first = _PREFIX.search(text)
    head = text[: first.start()] if first else "".join(re.findall(r"\A(?:#[^\n]*\n|\n)*", text))
    rest = text[len(head) :]
    block = re.match(r"(?:PREFIX [^\n]*\n|\n)*", rest)
    body = rest[block.end() :] if block else rest
    if _PREFIX.search(body) or re.search(r"(?im)^\s*@?prefix", body):
        return text
    ours_and_reused = spans.prefixes(article) if article else dict(namespaces.PREFIXES)
    names = ours_and_reused | declared
    used = [name for name in names if re.search(rf"(?<![\w:/-]){re.escape(name)}:(?=[\w…«-])", _code(body))]
    ours = sorted(name for name in used if names[name].startswith(namespaces.BASE))
    others = sorted(set(used) - set(ours))
    groups = [
        "".join(f"PREFIX {name}: <{names[name]}>\n" for name in group) for group in (ours, others) if group
    ]
    lead = head.rstrip("\n")
    return (f"{lead}\n\n" if lead else "") + "\n".join(groups) + ("\n" if groups else "") + body


def _code(body: str) -> str:
    """Return the text without its literals, where a word before a colon is not a prefix."""
    return re.sub(r'"(?:[^"\\\n]|\\.)*"', '""', body)


def list_in_dataset(root: Path, name: str) -> bool:
    """Add an article to ``prov:wasDerivedFrom`` of the dataset, in order; return whether it was possible."""
    try:
        text = project_files.read_text(root, DATASET)
    except FileNotFoundError:
        return False
    match = _SOURCE.search(text)
    if not match:
        return False
    listed = sorted({*re.split(r"\s*,\s*", match[2].strip()), f"article:{name}"})
    text = text[: match.start()] + match[1] + " , ".join(listed) + match[3] + text[match.end() :]
    (root / DATASET).write_text(text, encoding="utf-8", newline="\n")
    return True


def sentence_lines(sentences: Iterable[article_text.Range]) -> list[str]:
    """Return the two predicates that say where the sentences begin and end, with their values."""
    ranges = list(sentences)
    starts = " , ".join(str(start) for start, _ in ranges)
    ends = " , ".join(str(end) for _, end in ranges)
    return [f"ckg:sentenceStart {starts}", f"ckg:sentenceEnd {ends}"]
