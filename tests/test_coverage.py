"""A sentence counts as covered by the share of its characters that lie in evidence."""

import pytest

from cstokg import coverage

Range = tuple[int, int]


@pytest.mark.parametrize(
    ("spans", "covered", "uncovered"),
    [
        ([], False, [(10, 20)]),
        ([(10, 11)], False, [(11, 20)]),
        ([(0, 14)], False, [(14, 20)]),
        ([(0, 15)], True, [(15, 20)]),
        ([(15, 30)], True, [(10, 15)]),
        ([(10, 12), (17, 20)], True, [(12, 17)]),
        ([(10, 13), (11, 14)], False, [(14, 20)]),
        ([(0, 10), (20, 30)], False, [(10, 20)]),
    ],
)
def test_half_of_the_characters_make_a_sentence_covered(
    spans: list[Range], covered: bool, uncovered: list[Range]
) -> None:
    """No character counts twice, and none outside the sentence."""
    measured = coverage.measure([(10, 20)], {span: ["r"] for span in spans})
    (sentence,) = measured.sentences
    assert (sentence.covered, list(sentence.uncovered)) == (covered, uncovered)
    assert measured.percent == (100 if covered else 0)


def test_furniture_counts_neither_way() -> None:
    """A sentence that is all furniture counts neither way; of any other, the rest does."""
    sentences = [(0, 10), (11, 22), (23, 29)]
    measured = coverage.measure(sentences, {(16, 22): ["r"]}, [(0, 16), (23, 29)])
    assert [sentence.furniture for sentence in measured.sentences] == [True, False, True]
    (sentence,) = measured.counting
    assert (sentence.number, sentence.covered, sentence.uncovered) == (2, True, ())
    assert (measured.covered, measured.percent) == (1, 100)


def test_sentence_knows_the_records_that_touch_it() -> None:
    """Each span with its records, in order of place; the next sentence begins where this one ends."""
    records = {(8, 12): ["b"], (0, 5): ["a", "c"], (20, 25): ["d"]}
    first, second = coverage.measure([(0, 10), (10, 20)], records).sentences
    assert list(first.records.items()) == [((0, 5), ["a", "c"]), ((8, 12), ["b"])]
    assert list(second.records) == [(8, 12)]


def test_nothing_to_cover_is_covered() -> None:
    """An article of furniture alone leaves nothing out."""
    assert coverage.measure([(0, 5)], {}, [(0, 5)]).percent == 100
