"""Drawings: text in them is text, and fits."""

from xml.etree import ElementTree as ET

from cstokg.web.drawings import svg


def test_text_in_a_drawing_is_text() -> None:
    """Text in a drawing is text."""
    made = svg.Drawing("any", "<script>", "\x00 & ]]>", 100, lambda iri: iri)
    made.text(0, 0, "</text><script>alert(1)</script>\x0b")
    with made.link("https://example.org/?a=1&b=<", '"><img>'):
        made.add("circle", r=1)
    written = str(made.markup())
    assert "<script>" not in written
    assert "<img>" not in written
    assert "\x00" not in written
    ET.fromstring(made.file())  # noqa: S314 - written by ourselves


def test_long_text_is_cut_and_broken() -> None:
    """Long text is cut and broken."""
    assert svg.fit("Ministry of Foreign Affairs", 60).endswith("…")
    assert svg.fit("short", 100) == "short"
    assert all(svg.width_of(line) <= 120 for line in svg.lines("one two three four five six seven", 120))
