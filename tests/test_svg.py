"""Text in drawings is real text, and fits."""

import re
from xml.etree import ElementTree as ET

from cstokg.web.figures import figure_files, svg


def test_text_in_a_drawing_is_text() -> None:
    made = svg.Drawing("any", "<script>", "\x00 & ]]>", 100, lambda iri: iri)
    made.text(0, 0, "</text><script>alert(1)</script>\x0b")
    with made.link("https://example.org/?a=1&b=<", '"><img>'):
        made.add("circle", r=1)
    written = str(made.markup())
    assert "<script>" not in written
    assert "<img>" not in written
    assert "\x00" not in written
    ET.fromstring(made.document())  # noqa: S314 - written by ourselves


def test_long_text_is_cut_and_broken() -> None:
    assert svg.fit("Ministry of Foreign Affairs", 60).endswith("…")
    assert svg.fit("short", 100) == "short"
    assert all(svg.width_of(line) <= 120 for line in svg.lines("one two three four five six seven", 120))


def test_a_long_word_is_broken_after_its_hyphen() -> None:
    assert svg.lines("Armenian-Azerbaijani border", 126) == ["Armenian-", "Azerbaijani border"]
    assert svg.lines("Armenian-Azerbaijani border", 200) == ["Armenian-Azerbaijani border"]


def test_what_does_not_fit_into_so_many_lines_is_left_out_with_a_sign() -> None:
    assert svg.shortened("Armenian-Azerbaijani border", 126, 2) == ["Armenian-", "Azerbaijani border"]
    (line,) = svg.shortened("Armenian-Azerbaijani border", 126, 1)
    assert line.startswith("Armenian-Az")
    assert line.endswith("…")
    assert svg.width_of(line) <= 126


def test_hatching_stays_within_its_rectangle() -> None:
    made = svg.Drawing("any", "Any", "Any", 100, str)
    made.hatched("membership", 10, 20, 33, 12)
    path = ET.fromstring(made.document()).find("{*}path")  # noqa: S314 - written by ourselves
    assert path is not None
    places = [tuple(map(float, pair)) for pair in re.findall(r"([0-9.]+) ([0-9.]+)", path.get("d", ""))]
    assert len(places) > 10
    assert all(10 <= x <= 43 and 20 <= y <= 32 for x, y in places)


def test_a_plate_keeps_the_drawing_that_it_frames() -> None:
    made = svg.Drawing("any", "Any", "Any", 300, str)
    made.height = 100
    made.add("rect", class_="target", width=10, height=10)
    made.add("rect", class_="held", width=10, height=10)
    before = made.document()
    framed = figure_files.plate(made, "A finding " * 9, "below it", ["The source"]).document()
    assert made.document() == before
    assert b'class="held"' in framed
    assert b'class="target"' not in framed
    assert framed.count(b'class="headline"') > 1
