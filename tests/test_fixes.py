"""What check --fix writes, and that it leaves everything else alone."""

import re
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

import meeting_articles
from cstokg.build.checks import fixes
from cstokg.cli.main import main
from meeting_articles import FIRST, SECOND

ROOT = Path(__file__).parents[1]
ONE = f"data/articles/{FIRST}.ttl"
TABLE = "data/wikidata.sssom.tsv"


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a project of two articles, of which nothing has to be fixed, and their texts."""
    folder = tmp_path_factory.mktemp("written")
    root, texts = meeting_articles.write(folder, FIRST, SECOND)
    meeting_articles.link(root)
    list(fixes.fix(root, "2031-05-20", texts))
    return folder


@pytest.fixture
def project(written: Path, tmp_path: Path) -> tuple[Path, Path]:
    """Return the root of a copy of that project, which the test may change, and the folder of the texts."""
    shutil.copytree(written, tmp_path, dirs_exist_ok=True)
    return tmp_path / "root", tmp_path / "texts"


def fix(project: tuple[Path, Path]) -> list[str]:
    """Fix a project, and return what was done."""
    return list(fixes.fix(project[0], "2031-05-20", project[1]))


def test_nothing_is_done_twice(project: tuple[Path, Path]) -> None:
    before = {path: path.read_bytes() for path in project[0].rglob("*.t*") if path.is_file()}
    assert fix(project) == []
    assert {path: path.read_bytes() for path in before} == before


@pytest.mark.parametrize("path", sorted((ROOT / "data").rglob("*.ttl")), ids=lambda path: path.name)
def test_files_of_the_project_have_their_prefixes_in_order(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert fixes.with_prefixes(text, path.stem if path.parent.name == "articles" else "") == text


def test_prefixes_are_added_sorted_and_removed(project: tuple[Path, Path]) -> None:
    path = project[0] / ONE
    text = path.read_text(encoding="utf-8")
    prefixes = re.findall(r"PREFIX .*\n", text)
    unused = "PREFIX rule: <https://w3id.org/csto-kg/id/rule/>\n"
    body = text[text.rindex("PREFIX") :].partition("\n")[2]
    path.write_text("".join([unused, *reversed(prefixes[3:])]) + body, encoding="utf-8")
    assert fix(project) == [f"{ONE}: wrote the prefixes that are used, in order"]
    assert path.read_text(encoding="utf-8") == text


def test_colon_in_a_literal_is_no_prefix() -> None:
    text = (
        'PREFIX skos: <http://www.w3.org/2004/02/skos/core#>\n\n<http://x.example/> skos:note "place:b" .\n'
    )
    assert fixes.with_prefixes(text) == text


def test_sentences_are_written(project: tuple[Path, Path]) -> None:
    path = project[0] / ONE
    text = path.read_text(encoding="utf-8")
    for broken in (
        re.sub(r"(?m)^    ckg:sentence.*\n", "", text),
        text.replace("ckg:sentenceStart 0 , ", "ckg:sentenceStart 1 , "),
    ):
        path.write_text(broken, encoding="utf-8")
        assert fix(project) == [f"{ONE}: wrote where the sentences begin and end"]
        assert path.read_text(encoding="utf-8") == text


def test_article_is_listed_in_the_dataset(project: tuple[Path, Path]) -> None:
    path = project[0] / "data/dataset.ttl"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace(f"article:{FIRST} , ", ""), encoding="utf-8")
    assert fix(project) == [f"data/dataset.ttl: listed article:{FIRST} in prov:wasDerivedFrom"]
    assert path.read_text(encoding="utf-8") == text


def test_rows_are_added_and_sorted(project: tuple[Path, Path]) -> None:
    path = project[0] / TABLE
    text = path.read_text(encoding="utf-8")
    *lines, last, before = text.splitlines(keepends=True)
    path.write_text("".join([*lines, before, last]), encoding="utf-8")
    assert fix(project) == [f"{TABLE}: sorted the rows"]
    path.write_text("".join([*lines, before]), encoding="utf-8")
    subject = last.partition("\t")[0]
    assert fix(project) == [f"{TABLE}: added a row without an item for {subject}"]
    assert path.read_text(encoding="utf-8") == text


def test_counts_of_the_readme_are_written(project: tuple[Path, Path]) -> None:
    path = project[0] / "README.md"
    path.write_text("7 articles · 1 meetings\nheld or announced · 60\nquestions\n", encoding="utf-8")
    assert fix(project) == ["README.md: wrote the counts of the graph"]
    assert path.read_text(encoding="utf-8") == "2 articles · 1 meetings\nheld or announced · 0\nquestions\n"


def test_command_says_what_it_did(project: tuple[Path, Path]) -> None:
    root, texts = project
    path = root / ONE
    path.write_text(
        re.sub(r"(?m)^    ckg:sentence.*\n", "", path.read_text(encoding="utf-8")), encoding="utf-8"
    )
    arguments = ["check", "--fix", "--root", str(root), "--articles", str(texts)]
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 0, result.output
    assert f"fixed {ONE}: wrote where the sentences begin and end" in result.stderr


@pytest.mark.parametrize(
    ("name", "before"),
    [(ONE, b"#\n"), ("data/register/all.ttl", b"#\n"), (TABLE, b"#\n"), ("README.md", b"1\n")],
)
def test_file_in_another_encoding_is_named_with_its_line(
    project: tuple[Path, Path], name: str, before: bytes
) -> None:
    path = project[0] / name
    content = path.read_bytes() if path.exists() else b""
    path.write_bytes(before + "# Žluťoučký\n".encode("cp1250") + content)
    for option in ("--fix", "--format=text"):
        result = CliRunner().invoke(main, ["check", option, "--root", str(project[0])])
        assert result.exit_code == 1
        assert f"Error: {name}:2: not UTF-8. Save the file in that encoding." in result.stderr


def test_dataset_that_is_missing_is_named_with_the_remedy(project: tuple[Path, Path]) -> None:
    (project[0] / "data/dataset.ttl").unlink()
    result = CliRunner().invoke(main, ["check", "--fix", "--root", str(project[0])])
    assert result.exit_code == 1
    assert "Error: data/dataset.ttl: no such file, and it lists the articles. " in result.stderr
