"""What check finds that shapes cannot: which file says what, misspelt terms, copied words, and counts."""

import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

import meeting_articles
from cstokg import namespaces
from cstokg.build.checks import copy_guard, mapping_checks, watching
from cstokg.build.checks.findings import Report
from cstokg.build.sources import Sources
from cstokg.build.wikidata import wikidata_links
from cstokg.cli.main import main
from meeting_articles import CONTRADICTION, FIRST, SECOND

ONE, TWO = f"data/articles/{FIRST}.ttl", f"data/articles/{SECOND}.ttl"
REGISTER = "data/register/all.ttl"
TABLE = "data/wikidata.sssom.tsv"

Change = Callable[[str, str, str], None]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a project of two articles and their texts, with nothing wrong in it."""
    folder = tmp_path_factory.mktemp("written")
    meeting_articles.link(meeting_articles.write(folder, FIRST, SECOND)[0])
    return folder


@pytest.fixture
def root(written: Path, tmp_path: Path) -> Path:
    """Return a copy of that project, which the test may change."""
    shutil.copytree(written, tmp_path, dirs_exist_ok=True)
    return tmp_path / "root"


@pytest.fixture
def change(root: Path) -> Change:
    """Replaces words in a file of the project."""

    def replace(path: str, old: str, new: str) -> None:
        text = (root / path).read_text(encoding="utf-8")
        assert old in text
        (root / path).write_text(text.replace(old, new, 1), encoding="utf-8")

    return replace


def check(root: Path, *arguments: object) -> tuple[int, list[str]]:
    """Run the command; return the status and the violations that it prints, with what follows each."""
    result = CliRunner().invoke(main, ["check", "--root", str(root), *map(str, arguments)])
    assert result.exit_code in (0, 1), result.output
    found = re.split(r"(?m)^(?=\S+:\d+: (?:violation|warning|info): )", result.stdout)
    return result.exit_code, [finding for finding in found if ": violation: " in finding]


def line_of(root: Path, path: str, words: str) -> int:
    """Return the line, from 1, of the first occurrence of some words in a file."""
    text = (root / path).read_text(encoding="utf-8")
    return text.count("\n", 0, text.index(words)) + 1


def test_project_has_no_mistake(root: Path) -> None:
    assert check(root) == (0, [])


def test_real_data_have_no_mistake(sources: Sources) -> None:
    report = mapping_checks.complete(Report.of([]), sources, day="2031-05-20")
    assert [str(finding) for finding in report.findings if finding.severity == "violation"] == []


@pytest.mark.parametrize(
    ("path", "old", "new", "message"),
    [
        (TWO, "ckg:attendee", "ckg:atendee", "ckg:atendee is not a property .* Did you mean ckg:attendee?"),
        (TWO, "a ckg:Attendance", "a ckg:Atendance", "ckg:Atendance is not a class .* mean ckg:Attendance?"),
        (ONE, "a ckg:HeldMeeting", "a ckg:HeldMeting", "ckg:HeldMeting is not a class .* ckg:HeldMeeting?"),
        (
            ONE,
            "    a ckg:Tenure ;\n",
            '    a ckg:Tenure ;\n    ckg:endNotAfter "2031-12-31"^^xsd:date ;\n',
            "ckg:endNotAfter of tenure:.* stands outside its testimonies",
        ),
        (ONE, "ckg:heldIn place:exampleville", "ckg:heldIn place:examplevile", r"mean place:exampleville\?"),
        (
            TWO,
            "ckg:attendee person:roe-richard",
            "ckg:attendee person:roe-rich",
            r"mean person:roe-richard\?",
        ),
        (
            ONE,
            "Example Council, Exampleville, 14 May 2031",
            "…",
            "skos:prefLabel of meeting:.* is not filled in",
        ),
        (
            REGISTER,
            "ckg:latitude 50.1 ;",
            "",
            "place:exampleville is the place of a meeting, and the map needs",
        ),
    ],
    ids=[
        "property",
        "class",
        "class of a meeting",
        "bound",
        "place",
        "person",
        "mark of a draft",
        "coordinates",
    ],
)
def test_one_mistake_is_one_violation(
    root: Path, change: Change, path: str, old: str, new: str, message: str
) -> None:
    change(path, old, new)
    status, (violation, *others) = check(root)
    assert status == 1
    assert re.search(message, violation)
    assert others == []


def test_commented_out_drafts_are_counted(root: Path, change: Change) -> None:
    change(ONE, "\nmeeting:", "\n#record:draft\n#.\n#record:draft-2\n#.\n\nmeeting:")
    result = CliRunner().invoke(main, ["check", "--root", str(root)])
    line = line_of(root, ONE, "#record:draft")
    assert f"{ONE}:{line}: warning: 2 drafts are commented out" in result.stdout


def test_span_of_another_article_is_a_violation(root: Path, change: Change) -> None:
    span = re.search(r"span:(\d+-\d+)", (root / ONE).read_text(encoding="utf-8"))
    assert span
    iri = f"<https://w3id.org/csto-kg/id/article/{FIRST}/span/{span[1]}>"
    change(TWO, "    ckg:atMeeting", f"    ckg:hasTestimony [ ckg:evidence {iri} ] ;\n    ckg:atMeeting")
    _, violations = check(root, root / TWO)
    assert any(f"{TWO}:{line_of(root, TWO, iri)}: violation: " in each for each in violations)
    assert any(f"is a span of {FIRST}, in the file of {SECOND}" in each for each in violations)


def test_conclusion_of_the_editors_in_an_article_is_a_violation(root: Path) -> None:
    reading = """
claim:exampleville-2031-plan
    a ckg:Claim ;
    rdf:subject meeting:2031-05-14-example-council ;
    rdf:predicate ckg:chairedBy ;
    rdf:object person:doe-jane ;
    ckg:rank rank:normal ;
    skos:editorialNote "It is probably this one."@en ;
    ckg:hasTestimony [
        ckg:evidence span:0-55 ;
        ckg:basis basis:inferred ;
    ] ;
.
"""
    path = root / ONE
    text = path.read_text(encoding="utf-8")
    for name in ("claim", "rank", "rdf"):
        if f"PREFIX {name}: " not in text:
            text = f"PREFIX {name}: <{namespaces.PREFIXES[name]}>\n{text}"
    span = re.search(r"span:\d+-\d+", text)
    assert span
    path.write_text(text + reading.replace("span:0-55", span[0]), encoding="utf-8")
    line = line_of(root, ONE, "ckg:basis basis:inferred")
    words = f"{ONE}:{line}: violation: claim:exampleville-2031-plan is a conclusion of the editors"
    violations = check(root)[1]
    assert [violation for violation in violations if violation.startswith(words)], violations


@pytest.mark.parametrize("words", ["    a ckg:Person ;\n", '    skos:prefLabel "Jayne Doe"@en ;\n'])
def test_thing_described_twice_names_both_places(root: Path, change: Change, words: str) -> None:
    change(TWO, "person:doe-jane\n", f"person:doe-jane\n{words}")
    prefix = "PREFIX person: <https://w3id.org/csto-kg/id/person/>\n"
    skos = "PREFIX skos: <http://www.w3.org/2004/02/skos/core#>\n"
    assert prefix in (root / TWO).read_text(encoding="utf-8")
    assert skos in (root / TWO).read_text(encoding="utf-8")
    _, violations = check(root)
    twice = [each for each in violations if "person:doe-jane is described at" in each]
    assert len(twice) == len(violations) == 1
    first = line_of(root, REGISTER, "person:doe-jane\n") + (1 if "a ckg" in words else 2)
    assert f"at {TWO}:{line_of(root, TWO, words)} and at {REGISTER}:{first}" in twice[0]


def test_missing_row_is_printed_with_its_tabs(root: Path, change: Change) -> None:
    table = (root / TABLE).read_text(encoding="utf-8").splitlines(keepends=True)
    row = next(line for line in table if line.startswith("place:exampleville"))
    change(TABLE, row, "")
    _, (violation,) = check(root)
    assert (
        f"{REGISTER}:{line_of(root, REGISTER, 'place:exampleville')}: violation: {TABLE} has no row"
        in violation
    )
    pasted = violation.splitlines()[1]
    assert pasted.startswith("place:exampleville\tExampleville\tskos:exactMatch\tsssom:NoTermFound\t\t")
    change(TABLE, "\npost:", f"\n{pasted}\npost:")
    assert check(root) == (0, [])


@pytest.mark.parametrize(
    ("subjects", "predicate", "item", "message"),
    [
        (["state:norland"], "skos:exactMatch", "Q408", "and wd:Q408 the whole country"),
        (["person:doe-jane"], "skos:exactMatch", "Q1", "wd:Q1 is not in data/wikidata-verified.tsv"),
        (["person:doe-jane", "person:roe-richard"], "skos:exactMatch", "Q408", "is also the item of person:"),
    ],
    ids=["state", "not verified", "twice"],
)
def test_wrong_item_is_named_at_its_row(
    root: Path, subjects: list[str], predicate: str, item: str, message: str
) -> None:
    (root / wikidata_links.VERIFIED).write_text("wikidata\tlabel\nQ408\tAustralia\n", encoding="utf-8")
    text = (root / TABLE).read_text(encoding="utf-8")
    for subject in subjects:
        line = next(line for line in text.splitlines() if line.startswith(f"{subject}\t"))
        cells = line.split("\t")
        cells[2:5], cells[8] = [predicate, f"wd:{item}", "x"], "0.9"
        text = text.replace(line, "\t".join(cells))
    (root / TABLE).write_text(text, encoding="utf-8")
    status, violations = check(root)
    assert status == 1
    assert len(violations) == len(subjects)
    for subject, violation in zip(subjects, violations, strict=True):
        assert violation.startswith(f"{TABLE}:{line_of(root, TABLE, f'{subject}{chr(9)}')}: violation: ")
        assert message in violation


def test_copied_words_are_found_by_the_hashes_and_by_the_texts(
    tmp_path: Path, root: Path, change: Change
) -> None:
    copied = meeting_articles.SENTENCES[FIRST][2]
    change(ONE, "Doe wants the agreement on trade to be looked at again soon.", copied)
    assert check(root) == (0, [])
    _, (violation,) = check(root, "--articles", tmp_path / "texts")
    place = f"{ONE}:{line_of(root, ONE, copied)}"
    assert violation.startswith(f"{place}: violation: repeats 8 words of an article")
    (root / copy_guard.FOLDER).mkdir(parents=True)
    copy_guard.add(root / copy_guard.HASHES, [copied])
    _, (violation,) = check(root)
    assert violation.startswith(f"{place}: violation: ")


@pytest.mark.parametrize("content", [b"\xe9 on a rainy Tuesday", None], ids=["encoding", "pipe"])
def test_text_that_the_copy_guard_cannot_read_is_a_warning(
    tmp_path: Path, root: Path, content: bytes | None
) -> None:
    (tmp_path / "texts" / "folder").mkdir()
    path = tmp_path / "texts" / "other.txt"
    path.write_bytes(content) if content else os.mkfifo(path)
    arguments = ["check", "--root", str(root), "--articles", str(tmp_path / "texts")]
    for extra in ([], [str(root / ONE)]):
        result = CliRunner().invoke(main, arguments + extra)
        assert result.exit_code == 0
        (warning,) = (line for line in result.stdout.splitlines() if line.startswith("data: warning: "))
        assert f"data: warning: {path}: " in warning
        assert "words copied from it are not found" in warning
    (unread,) = watching.Watcher(root, tmp_path / "texts").unread
    assert str(unread) == warning


def test_list_of_verified_items_in_another_encoding_is_named_with_its_line(root: Path) -> None:
    (root / wikidata_links.VERIFIED).write_bytes(b"wikidata\tlabel\nQ408\t\xe9\n")
    result = CliRunner().invoke(main, ["check", "--root", str(root)])
    assert result.exit_code == 1
    assert result.stderr.startswith(f"Error: {wikidata_links.VERIFIED.as_posix()}:2: not UTF-8.")


def test_counts_of_the_readme_are_compared(root: Path) -> None:
    (root / "README.md").write_text(
        "2 articles ·\n7 statements · 1 meetings\nheld or announced\n", encoding="utf-8"
    )
    result = CliRunner().invoke(main, ["check", "--root", str(root)])
    assert result.exit_code == 0
    assert "README.md:2: warning: the graph has 1 statements, not 7." in result.stdout
    assert result.stdout.count("README.md") == 1


def test_conflict_is_proposed_with_both_lines_and_can_be_pasted(tmp_path: Path, root: Path) -> None:
    meeting_articles.add(
        root,
        tmp_path / "texts",
        SECOND,
        meeting_articles.text_of(SECOND),
        meeting_articles.body(SECOND) + CONTRADICTION,
    )
    status, (violation, *others) = check(root)
    assert (status, others) == (1, [])
    one, two = line_of(root, ONE, 'ckg:onDate "2031-05-14"'), line_of(root, TWO, 'ckg:onDate "2031-05-13"')
    assert f"{ONE}:{one}, but " in violation
    assert f"at {TWO}:{two}." in violation
    block = violation.partition("\n")[2]
    meeting_articles.add(
        root, tmp_path / "texts", SECOND, meeting_articles.text_of(SECOND), meeting_articles.body(SECOND)
    )
    settled = block.replace("conflict-kind:…", "conflict-kind:different-referent").replace(
        "… in your own words …", "The council sat on that day."
    )
    meeting_articles.turtle(root, "data/conflicts.ttl", settled.replace("…", "Two days of one meeting?"))
    assert check(root) == (0, [])


def test_bounds_that_exclude_each_other_are_a_conflict(tmp_path: Path, root: Path, change: Change) -> None:
    change(TWO, '"2031-01-01"^^xsd:date', '"2031-06-01"^^xsd:date')
    change(TWO, '        ckg:startNotAfter "2031-01-31"^^xsd:date ;\n', "")
    _, violations = check(root)
    (conflict,) = [each for each in violations if "If the articles disagree" in each]
    assert 'ckg:startNotBefore "2031-06-01"^^xsd:date' in conflict
    assert 'ckg:startNotAfter "2031-05-14"^^xsd:date' in conflict
    assert f"claim:{FIRST}-doe-jane-foreign-minister-exampleland-2031-start-not-after" in conflict
