"""Days and periods read as people say them, and their bars show what is certain and what is possible."""

import pytest

from cstokg.web.content import periods
from cstokg.web.content.periods import Period, Stretch


@pytest.mark.parametrize(
    ("first", "last", "words"),
    [
        ("2021-05-19", "2021-05-19", "19 May 2021"),
        ("2002-01-01", "2002-12-31", "2002"),
        ("2001-01-01", "2002-12-31", "between 2001 and 2002"),
        ("2024-02-01", "2024-02-29", "February 2024"),
        ("2023-02-01", "2023-02-27", "between 1 and 27 February 2023"),
        ("2011-07-01", "2011-12-31", "between 1 July and 31 December 2011"),
        ("2011-12-19", "2012-12-31", "between 19 December 2011 and 31 December 2012"),
        ("2011-12-19", "2011-12-20", "19 or 20 December 2011"),
        ("2011-11-30", "2011-12-01", "between 30 November and 1 December 2011"),
        ("", "2011-05-31", "by 31 May 2011"),
        ("2011-05-31", "", "31 May 2011 or later"),
        ("", "", ""),
        ("soon", "later", "between soon and later"),
    ],
)
def test_time_between_two_days(first: str, last: str, words: str) -> None:
    assert periods.between(first, last) == words


@pytest.mark.parametrize(
    ("start", "end", "words"),
    [
        (("", "2021-05-19"), ("2021-05-19", ""), "known on 19 May 2021"),
        (("", "1999-04-30"), ("1999-04-01", ""), "known in April 1999"),
        (("", "1999-05-02"), ("1999-04-01", ""), "known between 1 April and 2 May 1999"),
        (("", "1999-04-02"), ("1999-04-01", ""), "known on 1 or 2 April 1999"),
        (
            ("2011-01-01", "2011-12-20"),
            ("2011-01-01", "2011-12-31"),
            "began between 1 January and 20 December 2011, ended in 2011",
        ),
        (
            ("2020-12-01", "2020-12-31"),
            ("2021-05-19", "2021-12-31"),
            "from December 2020, ended between 19 May and 31 December 2021",
        ),
        (
            ("", "2011-12-20"),
            ("2011-12-19", "2011-12-31"),
            "began by 20 December 2011, ended between 19 and 31 December 2011",
        ),
        (("2011-12-19", "2012-12-31"), ("2012-01-01", ""), "known in 2012, not before 19 December 2011"),
        (("", "2006-12-31"), ("2012-06-28", ""), "since 2006 or earlier, still on 28 June 2012"),
        (("1999-01-01", "1999-12-31"), ("", "2006-12-31"), "from 1999, ended by the end of 2006"),
        (("2006-01-01", "2012-06-28"), ("2012-06-28", ""), "by 28 June 2012; start not given"),
        (("2006-01-01", ""), ("", "2012-06-28"), "by 28 June 2012; day not given"),
        (("2005-05-01", "2006-12-31"), ("", ""), "began between 1 May 2005 and 31 December 2006"),
        (("", "1999-04-01"), ("1999-04-30", ""), "since 1 April 1999 or earlier, still on 30 April 1999"),
        (("1992-01-01", "1992-12-31"), ("1999-04-01", ""), "from 1992, still on 1 April 1999"),
        (("", "2011-05-31"), ("", "2024-06-20"), "began by 31 May 2011, ended by 20 June 2024"),
        (("2006-01-01", "2006-12-31"), ("2012-06-28", "2012-06-28"), "from 2006, until 28 June 2012"),
        (("1992-01-01", ""), ("", "1992-12-31"), "1992"),
        (("", ""), ("", "2021-05-19"), "by 19 May 2021"),
        (("2024-02-01", ""), ("2024-03-01", ""), "not before 1 February 2024, still on 1 March 2024"),
        (("", ""), ("", ""), ""),
    ],
)
def test_period_with_bounds(start: tuple[str, str], end: tuple[str, str], words: str) -> None:
    assert Period(*start, *end).words == words


def test_text_that_is_not_a_day_stays_as_it_is() -> None:
    assert periods.day("yesterday") == "yesterday"


@pytest.mark.parametrize(
    ("first", "last", "overlaps"),
    [("2003", "2010", True), ("", "2001", True), ("2004", "", False), ("", "2000", False), ("", "", True)],
)
def test_period_overlaps_the_years_of_which_something_is_known(first: str, last: str, overlaps: bool) -> None:
    assert Period("2001-01-01", "", "2003-05-01", "").overlaps(first, last) == overlaps


def bar(period: Period) -> tuple[Stretch, ...]:
    """Return the bar of a period in a chart of the years 2000 to 2009."""
    chart = periods.bar_chart([("", period), ("", Period("2000-01-01", "", "", "2009-12-31"))])
    assert chart
    return chart.rows[0].stretches


def test_certain_lies_within_possible() -> None:
    maybe, sure = bar(Period("2001-01-01", "2002-01-01", "2006-01-01", "2008-01-01"))
    assert [maybe.left, maybe.left + maybe.width] == pytest.approx([10, 80], abs=0.1)
    assert [sure.left, sure.left + sure.width] == pytest.approx([20, 60], abs=0.1)


def test_nothing_is_certain_without_both_bounds() -> None:
    assert [stretch.sure for stretch in bar(Period("2001-01-01", "2002-01-01"))] == [False]


def test_what_is_planned_for_a_year_covers_that_year() -> None:
    (maybe,) = bar(Period("2001-12-19", "2002-12-31", "2002-01-01"))
    assert maybe.left <= 20
    assert maybe.left + maybe.width > 30


def test_attested_on_one_day_is_seen() -> None:
    _, sure = bar(Period("", "2005-01-01", "2005-01-01"))
    assert sure.width > 0.5


def test_no_chart_where_no_bound_is_known() -> None:
    assert periods.bar_chart([("", Period("soon"))]) is None


@pytest.mark.parametrize(
    ("start", "end", "words"),
    [
        (("2011-12-19", "2012-12-31"), ("2012-01-01", "2012-12-31"), "planned for 2012"),
        (("2011-12-19", "2012-12-31"), ("2012-01-01", ""), "planned for 2012, not before 19 December 2011"),
        (
            ("2012-01-01", "2012-06-30"),
            ("2012-05-01", "2012-06-30"),
            "planned for the time between 1 May and 30 June 2012",
        ),
        (
            ("2011-01-01", "2011-12-20"),
            ("2012-01-01", "2012-12-31"),
            "to begin between 1 January and 20 December 2011, to end in 2012",
        ),
        (("", "2021-05-19"), ("2021-05-19", ""), "planned for 19 May 2021"),
        (("2011-07-01", ""), ("", "2011-12-31"), "between 1 July and 31 December 2011"),
        (("2011-07-01", ""), ("", ""), "1 July 2011 or later"),
        (("", ""), ("", ""), ""),
    ],
)
def test_what_is_announced_never_began_or_ended(
    start: tuple[str, str], end: tuple[str, str], words: str
) -> None:
    assert Period(*start, *end).planned_words == words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("2012-06-28 -> 2012-06-30", "28 June 2012 -> 30 June 2012"),
        ("version 0.2, 2026-11-29", "version 0.2, 29 November 2026"),
        ("https://example.org/2012-06-28/text", "https://example.org/2012-06-28/text"),
        ("meeting/2012-06-28-council", "meeting/2012-06-28-council"),
    ],
)
def test_days_in_a_text_are_in_words_and_addresses_stay(text: str, words: str) -> None:
    assert periods.with_days_in_words(text) == words
