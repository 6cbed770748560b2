"""What is kept of articles for the next check is what would be read, whatever has changed since."""

import os
import random
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

import meeting_articles
from cstokg.build import other_articles, sources, turtle_parser
from cstokg.build.checks import mapping_checks, validation
from cstokg.build.checks.findings import Report, described_in, is_in
from cstokg.build.other_articles import KeptParts
from cstokg.build.sources import Position, Sources
from cstokg.build.turtle_parser import Document
from meeting_articles import CONTRADICTION, FIRST, SECOND

ONE, TWO = f"data/articles/{FIRST}.ttl", f"data/articles/{SECOND}.ttl"
REGISTER, LINKS = "data/register/all.ttl", "data/wikidata.sssom.tsv"
KEPT = "releases/other-articles.sqlite3"
SEEDS = range(3)
STATEMENT = "statement:exampleville-2031-doe-jane-review"

# Edits of a file: what is replaced, and by what. They add mistakes in it and about what others describe.
EDITS = (
    ('ckg:startNotAfter "2031-01-31"', 'ckg:startNotAfter "2030-01-31"'),
    ('ckg:startNotBefore "2031-01-01"', 'ckg:startNotBefore "2032-01-01"'),
    ("ckg:basis basis:stated", "ckg:basis basis:inferred"),
    ("ckg:basis basis:stated", "ckg:basis basis:unheard-of"),
    ('ckg:printedAs "Jayne Doe"@en', 'ckg:printedAs "Jane Roe"@en'),
    ("ckg:modality modality:reported-fact", "ckg:modallity modality:reported-fact"),
    ("    ckg:hasTestimony [", "    ckg:heldIn place:nowhere ;\n    ckg:hasTestimony ["),
    ("    ckg:hasTestimony [", "    a ckg:Person ;\n    ckg:hasTestimony ["),
    ("    ckg:hasTestimony [", "    a ckg:Unknown ;\n    ckg:hasTestimony ["),
    ("    ckg:evidence span:", "    ckg:supports ckg:heldIn ;\n        ckg:evidence span:"),
    ("    ckg:evidence span:", f"    ckg:accordingTo {STATEMENT} ;\n        ckg:evidence span:"),
    ("ckg:atMeeting meeting:", "ckg:agendaOf meeting:"),
    ('"2031-05-14"^^xsd:date', '"2031-05-13"^^xsd:date'),
    ("person:roe-richard", "person:doe-jane"),
    ('skos:prefLabel "', 'skos:prefLabel "… '),
    (" ;\n", " ; # no more\n"),
)


def project(folder: Path) -> Path:
    """Return the root of a project of two articles that contradict each other, and of four made of them."""
    root, texts = meeting_articles.write(folder, FIRST)
    body = meeting_articles.body(SECOND) + CONTRADICTION
    meeting_articles.add(root, texts, SECOND, meeting_articles.text_of(SECOND), body)
    for seed in range(4):
        meeting_articles.add(root, texts, *meeting_articles.shuffled(seed))
    return root


def read_for(root: Path, path: str, kept: KeptParts | None) -> Sources:
    """Return what a check of one file reads, of which articles are kept."""
    read = sources.read(root, needs_lines=lambda file: is_in(Position(file.as_posix(), 1), [path]), kept=kept)
    if kept:
        kept.save()
    return read


def check(root: Path, path: str, kept: KeptParts | None) -> Report | str:
    """Return the findings in a file and about what it describes, or why a file cannot be read."""
    try:
        read = read_for(root, path, kept)
    except sources.SourceError as error:
        return str(error)
    report = validation.check(read, reference=False, paths=[path])
    return mapping_checks.complete(report, read, day="2031-05-20", paths=[path])


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> Report | str:
    """Return what a check with nothing kept finds in one article of the project as it is written."""
    return check(project(tmp_path_factory.mktemp("expected")), TWO, None)


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """Return what the command prints about it where what was kept is no database."""
    root = project(tmp_path_factory.mktemp("printed"))
    (root / "releases").mkdir()
    (root / KEPT).write_bytes(b"no database")
    return run_check(root)


def run_check(root: Path) -> tuple[str, str]:
    """Return what the command prints about one article, run without the rights of root."""
    # Root may read and write every file, unless the process gives up these capabilities.
    prefix = "setpriv --bounding-set=-dac_override,-dac_read_search" if os.geteuid() == 0 else ""
    command = [*prefix.split(), sys.executable, "-m", "cstokg", "check", "--root", str(root), str(root / TWO)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout, done.stderr


def check_everything(root: Path, path: str) -> Report | str:
    """Return those findings of the check of everything that are in a file or about what it describes."""
    try:
        read = sources.read(root)
    except sources.SourceError as error:
        return str(error)
    report = validation.check(read, reference=False)
    report = mapping_checks.complete(report, read, day="2031-05-20")
    about = described_in(read, [path])
    return Report.of(
        [each for each in report.findings if each.focus in about or is_in(each.position, [path])]
    )


def edit(root: Path, choice: random.Random) -> None:
    """Make one of the edits in some file that has what it replaces; none if no file has."""
    old, new = choice.choice(EDITS)
    files = [path for path in sorted((root / "data").rglob("*.ttl")) if old in path.read_text("utf-8")]
    if files:
        path = choice.choice(files)
        parts = path.read_text("utf-8").split(old)
        place = choice.randrange(1, len(parts))
        text = old.join(parts[:place]) + new + old.join(parts[place:])
        path.write_text(text, "utf-8")


def keys_of(root: Path) -> set[str]:
    """Return the keys of what is kept."""
    with closing(sqlite3.connect(root / KEPT)) as connection:
        return {key for (key,) in connection.execute("SELECT key FROM part")}


@pytest.mark.parametrize("seed", SEEDS)
def test_check_with_what_was_kept_finds_what_the_check_of_everything_finds(seed: int, tmp_path: Path) -> None:
    root = project(tmp_path)
    choice = random.Random(seed)  # noqa: S311 - the same edits in each run
    articles = sorted(path.relative_to(root).as_posix() for path in (root / "data/articles").glob("*.ttl"))
    found = 0
    for _ in range(3):
        edit(root, choice)
        path = choice.choice(articles)
        everything = check_everything(root, path)
        assert check(root, path, None) == everything
        assert check(root, path, KeptParts(root)) == everything
        found += len(everything.findings) if isinstance(everything, Report) else 1
    assert found


@pytest.mark.parametrize(
    ("term", "axiom"),
    [
        ("ckg:evidence", "rdfs:domain ckg:Testimony"),
        ("ckg:reportedIn", "rdfs:domain ckg:Statement"),
        ("prov:wasDerivedFrom", "rdfs:domain ckg:Place"),
        ("ckg:evidence", "owl:propertyDisjointWith prov:wasDerivedFrom"),
    ],
)
def test_what_an_ontology_infers_from_the_evidence_of_other_articles_is_found(
    term: str, axiom: str, tmp_path: Path
) -> None:
    root = project(tmp_path)
    ontology = root / "ontology/ckg.ttl"
    text = ontology.read_text("utf-8")
    prefix = "" if "PREFIX prov:" in text else "PREFIX prov: <http://www.w3.org/ns/prov#>\n"
    ontology.write_text(f"{prefix}{text}\n{term} {axiom} .\n", "utf-8")
    everything = check_everything(root, REGISTER)
    assert isinstance(everything, Report)
    assert any(each.constraint == "contradiction" for each in everything.findings)
    assert check(root, REGISTER, KeptParts(root)) == everything


def test_evidence_is_read_apart_with_the_ontology_as_it_is() -> None:
    read = sources.read(meeting_articles.ROOT, needs_lines=lambda path: path.name == "dataset.ttl")
    assert read.parts
    assert len(read.stored.copy_of_facts()) < len(read.stored) / 2


def test_check_of_the_links_finds_what_articles_say_of_linked_things(tmp_path: Path) -> None:
    root = project(tmp_path)
    meeting_articles.link(root)
    path = root / ONE
    path.write_text(path.read_text("utf-8") + "\nperson:doe-jane a ckg:Person .\n", "utf-8")
    everything = check_everything(root, LINKS)
    assert isinstance(everything, Report)
    assert [each.constraint for each in everything.findings].count("described-twice") == 1
    assert check(root, LINKS, KeptParts(root)) == everything


def test_articles_that_have_not_changed_are_not_read_again(
    tmp_path: Path, expected: Report | str, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = project(tmp_path)
    assert check(root, TWO, KeptParts(root)) == expected
    read = []
    usual = turtle_parser.parse_quickly

    def parse(text: str, label: str, prefixes: dict[str, str], *, blank_nodes: bool) -> Document:
        if "span" in prefixes:  # an article
            read.append(text)
        return usual(text, label, prefixes, blank_nodes=blank_nodes)

    monkeypatch.setattr(turtle_parser, "parse_quickly", parse)
    assert check(root, TWO, KeptParts(root)) == expected
    unkept, read[:] = len(read), []
    path = root / "data/articles/shuffled-1.ttl"
    path.write_text(path.read_text("utf-8") + "# longer\n", "utf-8")
    assert check(root, TWO, KeptParts(root)) == expected
    assert len(read) == unkept + 1
    monkeypatch.setattr(other_articles, "_version", lambda: "another")
    assert check(root, TWO, KeptParts(root)) == expected
    assert len(read) > 2 * unkept + 3


def test_an_update_of_the_program_meanwhile_does_not_pass_for_what_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = project(tmp_path)
    kept = KeptParts(root)
    monkeypatch.setattr(other_articles, "_version", lambda: "updated")
    read_for(root, TWO, kept)
    monkeypatch.undo()
    keys = keys_of(root)
    (root / KEPT).unlink()
    read_for(root, TWO, KeptParts(root))
    assert keys == keys_of(root) != set()


def test_what_was_kept_is_bounded_by_the_articles_that_are_there(tmp_path: Path) -> None:
    root = project(tmp_path)
    path = root / "data/articles/shuffled-1.ttl"
    for number in range(3):
        path.write_text(path.read_text("utf-8") + f"# {number}\n", "utf-8")
        read_for(root, TWO, KeptParts(root))
    assert len(keys_of(root)) <= 5


@pytest.mark.parametrize("content", [b"", b"no database", b"SQLite format 3\0" + bytes(100)])
def test_broken_file_is_as_none(tmp_path: Path, content: bytes, expected: Report | str) -> None:
    root = project(tmp_path)
    (root / "releases").mkdir()
    (root / KEPT).write_bytes(content)
    assert [check(root, TWO, KeptParts(root)) for _ in range(2)] == [expected] * 2
    assert (root / KEPT).stat().st_size > 5_000


def test_nothing_is_written_through_a_link_or_where_nothing_can_be(
    tmp_path: Path, expected: Report | str
) -> None:
    root = project(tmp_path)
    (root / "releases").write_text("a file")
    assert check(root, TWO, KeptParts(root)) == expected
    (root / "releases").unlink()
    (root / "releases").mkdir()
    outside = tmp_path / "outside"
    outside.write_bytes(b"")
    (root / KEPT).symlink_to(outside)
    assert check(root, TWO, KeptParts(root)) == expected
    assert outside.read_bytes() == b""


@pytest.mark.parametrize("mode", [0o000, 0o555])
def test_folder_that_the_user_may_not_use_is_as_none(
    tmp_path: Path, mode: int, printed: tuple[str, str]
) -> None:
    root = project(tmp_path)
    (root / "releases").mkdir()
    (root / KEPT).write_bytes(b"no database")
    (root / "releases").chmod(mode)
    try:
        assert run_check(root) == printed
    finally:
        (root / "releases").chmod(0o755)
    assert (root / KEPT).read_bytes() == b"no database"
