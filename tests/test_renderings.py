"""Figures as files: independent renderers draw them as a browser does."""

import io
from pathlib import Path

import pytest
import resvg_py
from PIL import Image, ImageChops, ImageStat
from playwright.sync_api import Browser
from werkzeug.test import Client

from client_programs import run
from cstokg.web.figures.registry import FIGURES

CELL = 24  # pixels; what differs less than a letter is not looked at
MEAN, MOST = 1.2, 22  # of 255: how far the grey of all cells may differ on average, and that of one cell


@pytest.fixture(scope="module")
def figures(client: Client, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Return a file of each figure by its name, in a folder of their own."""
    folder = tmp_path_factory.mktemp("figures")
    files = {name: folder / f"{name}.svg" for name in FIGURES}
    for name, path in files.items():
        path.write_bytes(client.get(f"/figures/{name}.svg").data)
    return files


@pytest.fixture(scope="module")
def seen(figures: dict[str, Path], browser: Browser) -> dict[str, bytes]:
    """Return the picture that a browser makes of each figure."""
    return {name: _picture_of_browser(browser, path.read_text("utf-8")) for name, path in figures.items()}


@pytest.mark.parametrize("name", FIGURES)
def test_renderers_draw_alike(figures: dict[str, Path], seen: dict[str, bytes], name: str) -> None:
    import cairosvg  # here: each process imports all tests, and this takes long

    svg = figures[name].read_text("utf-8")
    drawn = {
        # It rounds the width of each letter to pixels.
        "CairoSVG": cairosvg.svg2png(bytestring=svg.encode(), scale=2),
        "resvg": resvg_py.svg_to_bytes(svg_string=svg),
    }
    for renderer, picture in drawn.items():
        mean, most = _difference(seen[name], bytes(picture))
        assert mean <= MEAN, renderer
        assert most <= MOST, renderer


def _inkscape(*files: Path) -> None:
    """Write a PNG beside each file with Inkscape, started once for all because that takes seconds."""
    run("inkscape", "--export-type=png", *map(str, files))


def _rsvg_convert(*files: Path) -> None:
    for path in files:
        run("rsvg-convert", "--output", str(path.with_suffix(".png")), str(path))


@pytest.fixture(scope="module", params=[_inkscape, _rsvg_convert], ids=lambda draw: draw.__name__[1:])
def drawn(figures: dict[str, Path], request: pytest.FixtureRequest) -> dict[str, bytes]:
    """Return the picture of each figure that a program makes with which graphics editors open figures."""
    pictures = {name: path.with_suffix(".png") for name, path in figures.items()}
    for picture in pictures.values():
        picture.unlink(missing_ok=True)
    request.param(*figures.values())
    return {name: picture.read_bytes() for name, picture in pictures.items()}


@pytest.mark.parametrize("name", FIGURES)
def test_programs_of_graphics_editors_draw_the_same(
    seen: dict[str, bytes], drawn: dict[str, bytes], name: str
) -> None:
    mean, most = _difference(seen[name], drawn[name])
    assert mean <= MEAN
    assert most <= MOST


def test_the_measure_sees_what_is_missing(figures: dict[str, Path], seen: dict[str, bytes]) -> None:
    svg = figures["topics"].read_text("utf-8")
    for damaged in (svg.replace('class="cell"', 'opacity="0"'), svg.replace("#ffffff", "#000000")):
        mean, most = _difference(seen["topics"], bytes(resvg_py.svg_to_bytes(svg_string=damaged)))
        assert mean > MEAN or most > MOST


def _picture_of_browser(browser: Browser, svg: str) -> bytes:
    page = browser.new_page()
    page.set_content(f"<style>body {{ margin: 0 }} svg {{ display: block }}</style>{svg.partition('?>')[2]}")
    picture = page.locator("svg").screenshot()
    page.close()
    return picture


def _difference(one: bytes, other: bytes) -> tuple[float, float]:
    """Return how far two pictures differ in the grey of their cells: on average, and at most."""
    first, second = map(_on_paper, (one, other))
    assert second.width / second.height == pytest.approx(first.width / first.height, rel=0.01)
    size = first.width // CELL, first.height // CELL
    cells = [picture.resize(size, Image.Resampling.BOX) for picture in (first, second)]
    difference = ImageStat.Stat(ImageChops.difference(*cells))
    return difference.mean[0], difference.extrema[0][1]


def _on_paper(picture: bytes) -> Image.Image:
    with Image.open(io.BytesIO(picture)) as opened:
        paper = Image.new("RGBA", opened.size, "white")
        paper.alpha_composite(opened.convert("RGBA"))
    return paper.convert("L")
