"""The pages are HTML as the standard has it, and as html-validate recommends it."""

import json
import subprocess
from pathlib import Path

import pytest

import npm_packages
from cstokg.engine.engine import Engine
from cstokg.questions import from_json
from cstokg.release import Release
from site_client import create_app
from test_browser import PAGES

_SECONDS = 300
# A page is titled by the whole name of what it is about, since names that are cut would look alike.
_RULES = ("--preset", "recommended", "--rule", "long-title:off")


@pytest.fixture(scope="module")
def html_validate() -> Path:
    """Return the folder of html-validate."""
    return npm_packages.install(Path(__file__).parent / "html_validate")


def _messages(folder: Path, pages: list[Path]) -> list[str]:
    command = [str(npm_packages.node()), "node_modules/html-validate/bin/html-validate.mjs"]
    done = subprocess.run(
        [*command, *_RULES, "--formatter", "json", *map(str, pages)],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
    )
    assert done.stdout, done.stderr
    return [
        f"{Path(each['filePath']).name}:{message['line']}: {message['message']}"
        for each in json.loads(done.stdout)
        for message in each["messages"]
    ]


def test_every_kind_of_page_is_valid(
    html_validate: Path, release: Release, engine: Engine, tmp_path: Path
) -> None:
    assert _validate(html_validate, release, engine, tmp_path) == []


def test_every_kind_of_page_is_valid_with_the_texts(
    html_validate: Path, release: Release, engine: Engine, tmp_path: Path, articles: Path
) -> None:
    assert _validate(html_validate, release, engine, tmp_path, articles) == []


def _validate(
    html_validate: Path, release: Release, engine: Engine, tmp_path: Path, articles: Path | None = None
) -> list[str]:
    questions = from_json((release.folder / "questions.json").read_text(encoding="utf-8"))
    client = create_app(engine, questions, release=release, articles=articles).test_client()
    pages = []
    for number, path in enumerate(PAGES):
        page = tmp_path / f"{number:02}.html"
        page.write_bytes(client.get(path, headers={"Accept": "text/html"}, follow_redirects=True).data)
        pages.append(page)
    return _messages(html_validate, pages)


def test_a_wrong_page_is_noticed(html_validate: Path, tmp_path: Path) -> None:
    page = tmp_path / "wrong.html"
    page.write_text("<!DOCTYPE html><html lang=en><title>x</title><p><div></p>", encoding="utf-8")
    assert _messages(html_validate, [page])
