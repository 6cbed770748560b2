"""The pages are HTML as the standard has it, and as html-validate recommends it."""

import json
import subprocess
from pathlib import Path

import pytest

import npm_packages
from cstokg.engine.engine import Engine
from cstokg.questions import from_json
from cstokg.release import Release
from installed import folder
from site_client import create_app
from test_browser import PAGES

pytestmark = pytest.mark.early

_SECONDS = 300
# The title of a page has the whole name of its subject, since shortened names would look alike.
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
    """With the texts of the articles as well, if they are here, where that makes another page."""
    plain = _pages(release, engine)
    files = {f"{number:02}.html": page for number, page in enumerate(plain)}
    if folder("CSTOKG_ARTICLES").is_dir():
        with_texts = _pages(release, engine, folder("CSTOKG_ARTICLES"))
        pairs = zip(plain, with_texts, strict=True)
        others = {f"{number:02}-texts.html": new for number, (old, new) in enumerate(pairs) if new != old}
        assert others
        files |= others
    for name, page in files.items():
        (tmp_path / name).write_bytes(page)
    assert _messages(html_validate, [tmp_path / name for name in files]) == []


def _pages(release: Release, engine: Engine, articles: Path | None = None) -> list[bytes]:
    """Return a page of each kind."""
    questions = from_json((release.folder / "questions.json").read_text(encoding="utf-8"))
    client = create_app(engine, questions, release=release, articles=articles).test_client()
    return [client.get(path, headers={"Accept": "text/html"}, follow_redirects=True).data for path in PAGES]


def test_a_wrong_page_is_noticed(html_validate: Path, tmp_path: Path) -> None:
    page = tmp_path / "wrong.html"
    page.write_text("<!DOCTYPE html><html lang=en><title>x</title><p><div></p>", encoding="utf-8")
    assert _messages(html_validate, [page])
