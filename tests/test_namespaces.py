"""Names: short forms of IRIs, which pages need by the thousand."""

import pytest

from cstokg import namespaces


@pytest.mark.parametrize(
    ("iri", "name"),
    [
        (f"{namespaces.ID}person/doe-jane", "person:doe-jane"),
        (f"{namespaces.ID}concept/topic/trade", "topic:trade"),
        ("https://example.org/", "<https://example.org/>"),
    ],
)
def test_short_name_is_that_of_the_longest_namespace(iri: str, name: str) -> None:
    assert namespaces.shorten(iri) == name
    assert namespaces.expand(name) == iri


def test_short_names_are_cached() -> None:
    iri = f"{namespaces.ID}person/doe-jane"
    assert namespaces.shorten(iri) is namespaces.shorten(iri)
