"""Days and periods read as people say them, and never say more than is known."""

import pytest

from cstokg.web import periods


@pytest.mark.parametrize(
    ("first", "last", "words"),
    [
        ("2021-05-19", "2021-05-19", "19 May 2021"),
        ("2002-01-01", "2002-12-31", "2002"),
        ("2001-01-01", "2002-12-31", "between 2001 and 2002"),
        ("2024-02-01", "2024-02-29", "February 2024"),
        ("2023-02-01", "2023-02-27", "between 1 February 2023 and 27 February 2023"),
        ("", "2011-05-31", "by 31 May 2011"),
        ("2011-05-31", "", "31 May 2011 or later"),
        ("", "", ""),
        ("soon", "later", "between soon and later"),
    ],
)
def test_time_between_two_days(first: str, last: str, words: str) -> None:
    """A whole year or month has a name."""
    assert periods.between(first, last) == words


@pytest.mark.parametrize(
    ("start", "end", "words"),
    [
        (("", "2021-05-19"), ("2021-05-19", ""), "attested on 19 May 2021"),
        (("1992-01-01", "1992-12-31"), ("1999-04-01", ""), "from 1992, still on 1 April 1999"),
        (("", "2011-05-31"), ("", "2024-06-20"), "since 31 May 2011 or earlier, ended by 20 June 2024"),
        (("2006-01-01", "2006-12-31"), ("2012-06-28", "2012-06-28"), "from 2006, until 28 June 2012"),
        (("1992-01-01", ""), ("", "1992-12-31"), "1992"),
        (("", ""), ("", "2021-05-19"), "by 19 May 2021"),
        (("2024-02-01", ""), ("2024-03-01", ""), "not before 1 February 2024, still on 1 March 2024"),
        (("", ""), ("", ""), ""),
    ],
)
def test_period_with_bounds(start: tuple[str, str], end: tuple[str, str], words: str) -> None:
    """What is not known is not said."""
    assert periods.period(start, end) == words


def test_day_that_is_none_stays_as_it_is() -> None:
    """Data may be wrong; the page shows them all the same."""
    assert periods.day("yesterday") == "yesterday"
