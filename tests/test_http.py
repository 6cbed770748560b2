"""What a client takes, from its headers."""

import pytest

from cstokg.web import negotiation


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("", ""),
        ("gzip", "gzip"),
        ("br, gzip", "gzip"),
        ("GZIP;q=0.5, identity;q=0.4", "gzip"),
        ("gzip;q=0.4, identity;q=0.5", ""),
        ("gzip;q=0", ""),
        ("*", "gzip"),
        ("*;q=0", ""),
        ("gzip;q=high", ""),
        ("identity", ""),
        ("x-gzip", "gzip"),
    ],
)
def test_coding(header: str, expected: str) -> None:
    """Gzip, where it is not worse than nothing."""
    assert negotiation.coding(header) == expected


@pytest.mark.parametrize(
    ("media_types", "form", "expected"),
    [
        (("text/turtle", "text/csv"), "SELECT", "text/csv"),
        (("text/turtle", "text/csv"), "DESCRIBE", "text/turtle"),
        (("text/turtle", "text/html"), "ASK", "text/html"),
        (("text/turtle",), "ASK", ""),
        (("text/html",), "", "text/html"),
        (("text/csv", "text/html"), "", ""),
    ],
)
def test_format_is_known_before_evaluation(media_types: tuple[str, ...], form: str, expected: str) -> None:
    """From the form of the query."""
    assert negotiation.fitting(media_types, form) == expected
