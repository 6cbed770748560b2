"""Nothing in the project repeats an article: no run of eight words from one, in any file."""

import subprocess
import sys
from pathlib import Path

import pytest

from copyguard import make

ROOT = Path(__file__).parents[1]
INVENTED = "The Exampleville council met on a rainy Tuesday and agreed to plant ninety pear trees."
HASHES = frozenset(make.hashes_of([INVENTED]))


def _tracked() -> list[Path]:
    # New files count before they are added. The folder may belong to another user than the one who tests.
    command = [
        "git",
        "-c",
        "safe.directory=*",
        "ls-files",
        "-z",
        "--cached",
        "--others",
        "--exclude-standard",
    ]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    paths = [ROOT / name for name in listed.split("\0") if name]
    return sorted({path for path in paths if path.is_file()} - {make.HASHES})


def test_no_file_repeats_eight_words_of_an_article() -> None:
    """Every text file that git knows, over all its words and within each literal."""
    forbidden = make.forbidden()
    assert forbidden, "the list of hashes is empty"
    found = []
    for path in _tracked():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        lines = make.copied(text, forbidden, by_literal=path.suffix in {".ttl", ".trig", ".rq"})
        found += [f"{path.relative_to(ROOT)}:{line}" for line in lines]
    assert not found, "eight words or more from an article; write them in your own words:\n" + "\n".join(
        found
    )


def test_allowed_names_stand_in_an_article() -> None:
    """A name that no article prints need not be allowed."""
    hashes = set(make.HASHES.read_text(encoding="ascii").split())
    for name in make.ALLOWED.read_text(encoding="utf-8").splitlines():
        assert name.startswith("#") or hashes.intersection(run for _, run in make.runs(name)), name


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("Nothing of the kind.\n", []),
        (f"First line.\n{INVENTED}\n", [2]),
        ("# The EXAMPLEVILLE council,\n# met -- on\n# a rainy_Tuesday\n", [1]),
        ("Exampleville council met on a rainy Monday and agreed", []),
        ('"agreed to plant"@en , "ninety pear trees" .', []),
        ("1\n2\nmet on a rainy Tuesday and agreed to\n", [3]),
    ],
    ids=["none", "whole", "across comment lines", "seven words", "cut by a tag", "eight words"],
)
def test_runs_are_found_across_lines_marks_and_case(text: str, lines: list[int]) -> None:
    """A finding names the line in which a run begins; seven words are allowed."""
    assert make.copied(text, HASHES) == lines


@pytest.mark.parametrize(
    ("text", "values"),
    [
        (r'ckg:a ckg:b "a \u0054uesday"@en .', ["a Tuesday"]),
        (r"ckg:a ckg:b 'rainy\nTuesday', 'b\\' .", ["rainy\nTuesday", "b\\"]),
        ("# it's\n<http://e.org/#don't> ckg:b '''the \\\"rain\\\"\nand it's''' .", ['the "rain"\nand it\'s']),
        ('ckg:a ckg:b """the ""rain"" and\nit\'s""", "" .', ['the ""rain"" and\nit\'s', ""]),
        ("FILTER (?a < ?b && ?c > 1 && ?d = 'x')", ["x"]),
    ],
    ids=["unicode escape", "line feed", "long, after apostrophes", "long, with marks", "comparison"],
)
def test_literals_are_read_as_their_values(text: str, values: list[str]) -> None:
    """Apostrophes in comments and IRIs open no literal, and escapes are undone."""
    assert [value for _, value in make.literals(text)] == values


def test_escapes_in_a_literal_hide_nothing() -> None:
    """What the file spells with escapes is read with them undone, and its line is named."""
    text = '# One.\nckg:a ckg:b "met on a rainy \\u0054uesday\\nand agreed to"@en .'
    assert make.copied(text, HASHES) == []
    assert make.copied(text, HASHES, by_literal=True) == [2]


@pytest.mark.parametrize("folder", ["", "no-such-folder"])
def test_no_folder_adds_no_hashes(
    folder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A variable that is not set does not stand for the current folder."""
    (tmp_path / "readme.txt").write_text(INVENTED, encoding="utf-8")
    hashes = tmp_path / "runs.txt"
    hashes.write_text("", encoding="ascii")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(make, "HASHES", hashes)
    monkeypatch.setattr(sys, "argv", ["make.py", "--articles", folder])
    with pytest.raises(SystemExit):
        make.main()
    assert "is no folder; name that of the texts" in capsys.readouterr().err
    assert hashes.read_text(encoding="ascii") == ""


def test_list_of_hashes_is_that_of_the_articles(articles: Path) -> None:
    """It has the hash of every run of the texts that are here."""
    texts = [path.read_text(encoding="utf-8") for path in sorted(articles.iterdir()) if path.is_file()]
    assert set(make.hashes_of(texts)) <= set(make.HASHES.read_text(encoding="ascii").split())
