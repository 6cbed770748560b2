"""Drawings as PNG and PDF: Typst draws both, with a font that comes along; none need be installed."""

import hashlib
from threading import Lock

from cachetools import LRUCache

from cstokg import formats
from cstokg.web.figures.svg import Drawing

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


class Pictures:
    """Makes each picture once, and keeps the last ones."""

    def __init__(self, limit: int) -> None:
        """Keep as many bytes; 0 keeps nothing."""
        self._pictures: LRUCache[tuple[bytes, str], bytes] = LRUCache(limit, getsizeof=len)
        self._lock = Lock()  # also lets one picture be drawn at a time, as each takes much memory

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
    # Both take time and memory, and most servers draw no picture for hours.
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
