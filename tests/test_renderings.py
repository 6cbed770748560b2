"""Figures as files: independent renderers draw them as a browser does."""

import io
from pathlib import Path

import cairosvg
import pytest
import resvg_py
from PIL import Image, ImageChops, ImageStat
from playwright.sync_api import Browser
from werkzeug.test import Client

from client_programs import run
from cstokg.web.figures.registry import FIGURES

CELL = 24  # pixels; what differs less than a letter is not looked at
MEAN, MOST = 1.2, 22  # of 255: how far the grey of all cells may differ on average, and that of one cell


@pytest.mark.parametrize("name", FIGURES)
def test_renderers_draw_alike(client: Client, browser: Browser, name: str) -> None:
    svg = client.get(f"/figures/{name}.svg").text
    seen = _picture_of_browser(browser, svg)
    drawn = {
        # It rounds the width of each letter to pixels.
        "CairoSVG": cairosvg.svg2png(bytestring=svg.encode(), scale=2),
        "resvg": resvg_py.svg_to_bytes(svg_string=svg),
    }
    for renderer, picture in drawn.items():
        mean, most = _difference(seen, bytes(picture))
        assert mean <= MEAN, renderer
        assert most <= MOST, renderer


# The programs with which graphics editors open a figure, and how each writes a PNG.
PROGRAMS = {
    "inkscape": ("--export-type=png", "--export-filename={png}", "{svg}"),
    "rsvg-convert": ("--output", "{png}", "{svg}"),
}


@pytest.mark.parametrize("program", PROGRAMS)
@pytest.mark.parametrize("name", FIGURES)
def test_programs_of_graphics_editors_draw_the_same(
    client: Client, browser: Browser, name: str, program: str, tmp_path: Path
) -> None:
    svg, png = tmp_path / f"{name}.svg", tmp_path / f"{name}.png"
    svg.write_bytes(client.get(f"/figures/{name}.svg").data)
    run(program, *(argument.format(svg=svg, png=png) for argument in PROGRAMS[program]))
    mean, most = _difference(_picture_of_browser(browser, svg.read_text(encoding="utf-8")), png.read_bytes())
    assert mean <= MEAN
    assert most <= MOST


def test_the_measure_sees_what_is_missing(client: Client, browser: Browser) -> None:
    svg = client.get("/figures/topics.svg").text
    seen = _picture_of_browser(browser, svg)
    for damaged in (svg.replace('class="cell"', 'opacity="0"'), svg.replace("#ffffff", "#000000")):
        mean, most = _difference(seen, bytes(resvg_py.svg_to_bytes(svg_string=damaged)))
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
