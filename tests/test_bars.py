"""Bars show what is certain and what is possible, and no more."""

import pytest

from cstokg.web import bars
from cstokg.web.bars import Stretch
from cstokg.web.catalogue import Catalogue
from cstokg.web.graph import Description
from cstokg.web.outlines import Section
from cstokg.web.sections import Cell, Filled, Record
from cstokg.web.terms import Term

CKG = "https://w3id.org/csto-kg/ontology#"


def drawn(**bounds: str) -> tuple[Stretch, ...]:
    """The stretches of a membership with these bounds, over the years 2000 to 2009."""
    description = Description("urn:body")
    for name, day in bounds.items():
        description.triples["urn:m"][CKG + name][Term(day, "literal")] = None
    for name, day in {"startNotBefore": "2000-01-01", "endNotAfter": "2009-12-31"}.items():
        description.triples["urn:frame"][CKG + name][Term(day, "literal")] = None
    records = tuple(Record(iri, (Cell((Term("urn:state"),)),), ()) for iri in ("urn:m", "urn:frame"))
    filled = Filled(Section("Members", ("ckg:membershipIn",)), (), records)
    return bars.of([filled], description, Catalogue({}))["Members"].rows[0].stretches


def test_certain_lies_within_possible() -> None:
    """From the latest start to the earliest end."""
    maybe, sure = drawn(
        startNotBefore="2001-01-01",
        startNotAfter="2002-01-01",
        endNotBefore="2006-01-01",
        endNotAfter="2008-01-01",
    )
    assert [maybe.left, maybe.left + maybe.width] == pytest.approx([10, 80], abs=0.1)
    assert [sure.left, sure.left + sure.width] == pytest.approx([20, 60], abs=0.1)


def test_nothing_is_certain_without_both_bounds() -> None:
    """A start alone makes no certain time."""
    assert [stretch.sure for stretch in drawn(startNotBefore="2001-01-01", startNotAfter="2002-01-01")] == [
        False
    ]


def test_attested_on_one_day_is_seen() -> None:
    """However thin."""
    _, sure = drawn(startNotAfter="2005-01-01", endNotBefore="2005-01-01")
    assert sure.width > 0.5
