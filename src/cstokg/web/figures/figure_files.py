"""Figures as files: a drawing under a headline with the source at its foot, previews, PNG and PDF.

Typst draws PNG and PDF. It and its font are Python packages, so nothing else has to be installed.
"""

import hashlib
from collections.abc import Sequence
from threading import Lock

from cachetools import LRUCache

from cstokg import formats
from cstokg.web.figures.svg import Drawing, lines, shortened

_MARGIN = 24.0
_BOLD = 1.12  # bold letters are wider
_HEADLINE, _HEADLINE_LINE = 22.0, 28.0
_FOOT, _FOOT_LINE = 11.5, 16.0

# The sizes of previews, as is usual for them:
_CARD_WIDTH, _CARD_HEIGHT, _CARD_MARGIN = 1200.0, 630.0, 48.0
_CARD_PICTURE = 700.0  # the width of a drawing, at most
_CARD_HEADLINE, _CARD_LINE = 30.0, 38.0
_CARD_FOOT, _CARD_FOOT_LINE, _CARD_FOOT_LINES = 15.0, 20.0, 12
_CARD_TITLE, _CARD_TITLE_LINE, _CARD_TEXT = 46.0, 58.0, 26.0

SCALE = 2.0  # pixels of a PNG for one of the drawing

_MOST_PIXELS = 24_000_000  # of a PNG; a larger drawing is scaled down to this
_POINTS = 0.75  # for one pixel of a drawing
_PPI = 96.0  # pixels of a drawing in an inch
_PAGE = b"""\
#set document(title: sys.inputs.title, author: sys.inputs.author, date: none)
#set page(
  width: float(sys.inputs.width) * 1pt, height: float(sys.inputs.height) * 1pt, margin: 0pt, fill: white,
)
#image(bytes(sys.inputs.svg), format: "svg", width: 100%, height: 100%, alt: sys.inputs.title)
"""


def plate(drawing: Drawing, headline: str, subtitle: str, foot: Sequence[str]) -> Drawing:
    """Return a drawing on white paper, with a headline, a line below it, and paragraphs at the foot."""
    room = drawing.width
    frame = drawing.framed(headline, room + 2 * _MARGIN)
    paper = frame.add("rect", class_="paper")
    y = _MARGIN - 6
    for line in lines(headline, room, _HEADLINE * _BOLD):
        y += _HEADLINE_LINE
        frame.text(_MARGIN, y, line, "headline")
    for index, line in enumerate(lines(subtitle, room) if subtitle else ()):
        y += _FOOT_LINE if index else 22
        frame.text(_MARGIN, y, line, "dim")
    y += 16
    with frame.group(transform=f"translate({_MARGIN:g} {y:g})"):
        drawing.put_into(frame)
    y += drawing.height + 8
    for paragraph in foot:
        y += 4
        for line in lines(paragraph, room, _FOOT):
            y += _FOOT_LINE
            frame.text(_MARGIN, y, line, "foot")
    frame.height = y + _MARGIN
    paper.set("width", f"{frame.width:g}")
    paper.set("height", f"{frame.height:g}")
    return frame


def card(headline: str, foot: str, drawing: Drawing) -> Drawing:
    """Return a preview: the headline with a text below it, cut if long, and beside them the whole drawing."""
    frame = drawing.framed(headline, _CARD_WIDTH)
    frame.height = _CARD_HEIGHT
    frame.add("rect", class_="paper", width=_CARD_WIDTH, height=_CARD_HEIGHT)
    scale = min(_CARD_PICTURE / drawing.width, (_CARD_HEIGHT - _CARD_MARGIN) / drawing.height)
    left = _CARD_WIDTH - _CARD_MARGIN - scale * drawing.width
    top = (_CARD_HEIGHT - scale * drawing.height) / 2
    with frame.group(transform=f"translate({left:g} {top:g}) scale({scale:.4f})"):
        drawing.put_into(frame)
    room = left - 2 * _CARD_MARGIN
    below = shortened(foot, room, _CARD_FOOT_LINES, _CARD_FOOT)
    y = _CARD_HEIGHT - _CARD_MARGIN - _CARD_FOOT_LINE * len(below)
    most = int((y - _CARD_MARGIN) / _CARD_LINE)
    for index, line in enumerate(below, 1):
        foot_line = frame.text(_CARD_MARGIN, y + _CARD_FOOT_LINE * index, line, "dim")
        foot_line.set("font-size", f"{_CARD_FOOT:g}")
    for index, line in enumerate(shortened(headline, room, most, _CARD_HEADLINE * _BOLD)):
        head_line = frame.text(_CARD_MARGIN, _CARD_MARGIN + 28 + _CARD_LINE * index, line, "headline")
        head_line.set("font-size", f"{_CARD_HEADLINE:g}")
    return frame


def text_card(kind: str, title: str, text: str, foot: str) -> Drawing:
    """Return a preview of a page without a drawing: its kind, its title, and what it says first."""
    card = Drawing("card", title, text, _CARD_WIDTH, str)
    card.height = _CARD_HEIGHT
    card.add("rect", class_="paper", width=_CARD_WIDTH, height=_CARD_HEIGHT)
    card.add("rect", class_="block", width=_CARD_WIDTH, height=12)
    room, y = _CARD_WIDTH - 2 * _CARD_MARGIN, 2 * _CARD_MARGIN
    card.text(_CARD_MARGIN, y, kind, "dim").set("font-size", f"{_CARD_TEXT:g}")
    y += 12
    for line in shortened(title, room, 5, _CARD_TITLE):
        y += _CARD_TITLE_LINE
        card.text(_CARD_MARGIN, y, line, "headline").set("font-size", f"{_CARD_TITLE:g}")
    y += 16
    for line in shortened(text, room, 4, _CARD_TEXT) if text else ():
        y += _CARD_TEXT * 1.4
        card.text(_CARD_MARGIN, y, line).set("font-size", f"{_CARD_TEXT:g}")
    card.text(_CARD_MARGIN, _CARD_HEIGHT - 0.7 * _CARD_MARGIN, foot, "dim").set("font-size", "18")
    return card


class Pictures:
    """Draws each picture once, and keeps the most recent ones."""

    def __init__(self, limit: int) -> None:
        """Keep up to this many bytes; 0 keeps nothing."""
        self._pictures: LRUCache[tuple[bytes, str], bytes] = LRUCache(limit, getsizeof=len)
        self._lock = Lock()  # held while drawing too: one picture at a time, because each takes much memory

    def draw(self, drawing: Drawing, media_type: str, title: str, author: str) -> bytes:
        """Return a drawing as PNG or PDF, with a title and an author in the file's own data."""
        svg = drawing.document()
        key = hashlib.sha256(svg).digest(), media_type
        with self._lock:
            picture = self._pictures.get(key)
            if picture is None:
                picture = _draw(svg, drawing.width, drawing.height, media_type, title, author)
                if len(picture) <= self._pictures.maxsize:
                    self._pictures[key] = picture
        return picture


def _draw(svg: bytes, width: float, height: float, media_type: str, title: str, author: str) -> bytes:
    # Imported here, because both take time and memory and most servers rarely draw a picture.
    import fontpkg_arimo
    import typst

    scale = min(SCALE, (_MOST_PIXELS / (width * height)) ** 0.5)
    picture = typst.compile(
        _PAGE,
        format="pdf" if media_type == formats.PDF else "png",
        ppi=_PPI * scale,
        font_paths=[fontpkg_arimo.ROOT / "files"],
        ignore_system_fonts=True,
        sys_inputs={
            "svg": svg.decode(),
            "title": title,
            "author": author,
            "width": str(width * _POINTS),
            "height": str(height * _POINTS),
        },
    )
    assert isinstance(picture, bytes)  # noqa: S101 - a drawing is one page
    return picture
