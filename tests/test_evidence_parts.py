"""What a record states and the sentences of its spans do not have is named."""

from pathlib import Path

import pytest
from click.testing import CliRunner

import meeting_articles
from cstokg.build import sources
from cstokg.build.checks import evidence_parts
from cstokg.cli.main import main
from meeting_articles import FIRST, SECOND

TWO = f"data/articles/{SECOND}.ttl"


@pytest.fixture
def project(tmp_path: Path) -> tuple[Path, Path]:
    """Return the root of a project of two articles, and the folder of their texts."""
    return meeting_articles.write(tmp_path, FIRST, SECOND)


def test_everything_that_is_cited_is_found(project: tuple[Path, Path]) -> None:
    root, texts = project
    assert list(evidence_parts.missing(sources.read(root), texts)) == []


@pytest.mark.parametrize(
    ("path", "old", "new", "message"),
    [
        (
            FIRST,
            '"2031-05-14"^^xsd:date ;\n    ckg:heldIn',
            '"2031-05-17"^^xsd:date ;\n    ckg:heldIn',
            "the day 2031-05-17",
        ),
        (
            FIRST,
            "ckg:speaker person:doe-jane",
            "ckg:speaker person:roe-richard",
            "ckg:speaker person:roe-richard",
        ),
        (FIRST, "    ckg:topic", "    ckg:termInYears 5 ;\n    ckg:topic", "ckg:termInYears 5"),
        (SECOND, '"2031-01-01"^^xsd:date', '"2031-02-03"^^xsd:date', "ckg:startNotBefore 2031-02-03"),
        (SECOND, '"Jayne Doe"@en', '"Jaine Doe"@en', "Jaine Doe is not printed"),
    ],
    ids=["day", "name", "number", "bound", "printed name"],
)
def test_part_that_is_not_there_is_named_with_its_line(
    project: tuple[Path, Path], path: str, old: str, new: str, message: str
) -> None:
    root, texts = project
    file = root / f"data/articles/{path}.ttl"
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    found = [str(failure) for failure in evidence_parts.missing(sources.read(root), texts)]
    assert any(message in each and each.startswith(f"data/articles/{path}.ttl:") for each in found)
    arguments = ["verify", "--root", str(root), "--articles", str(texts)]
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 0
    assert f"{len(found)} warnings" in result.stdout
    assert ": warning: " in result.stderr


def test_article_without_its_text_is_left_out(project: tuple[Path, Path]) -> None:
    root, texts = project
    for file in texts.iterdir():
        file.unlink()
    assert list(evidence_parts.missing(sources.read(root), texts)) == []
