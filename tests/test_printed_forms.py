"""Days, numbers and names are found in the forms in which articles print them."""

from datetime import date

import pytest

from cstokg.build.checks import printed_forms

DAY = date(2031, 5, 14)


@pytest.mark.parametrize(
    ("text", "there"),
    [
        ("EXAMPLEVILLE, 14.05.2031 (Wire)", True),
        ("It met on 14 May.", True),
        ("It met on May 14, 2031.", True),
        ("on the 14th of May", True),
        ("Совет собрался 14 мая 2031 года.", True),
        ("2031-05-14", True),
        ("The council met yesterday.", True),
        ("on the 14th", True),
        ("It met on 14 May 2030.", False),
        ("It met on 15 May.", False),
        ("Fourteen came.", False),
    ],
)
def test_day_is_found_as_it_is_printed(text: str, there: bool) -> None:
    assert printed_forms.has_day(text, DAY) is there


@pytest.mark.parametrize(
    ("text", "day", "there"),
    [
        ("since January 2031", date(2031, 1, 1), True),
        ("since January 2031", date(2031, 1, 31), True),
        ("in 2031", date(2031, 12, 31), True),
        ("in 2030", date(2031, 12, 31), False),
        ("in May", date(2031, 5, 14), False),
        ("this year", date(2031, 12, 31), True),
    ],
)
def test_bound_is_found_by_its_month_or_year(text: str, day: date, there: bool) -> None:
    assert printed_forms.has_bound(text, day) is there


@pytest.mark.parametrize(
    ("text", "number", "there"),
    [
        ("22 issues", 22, True),
        ("twenty-two issues", 22, True),
        ("the 30th anniversary", 30, True),
        ("the thirtieth anniversary", 30, True),
        ("twice a year", 2, True),
        ("for five years", 5, True),
        ("на пять лет", 5, True),
        ("2,022 issues", 22, False),
        ("in 2022", 22, False),
        ("the fifth item", 6, False),
    ],
)
def test_number_is_found_in_digits_and_words(text: str, number: int, there: bool) -> None:
    assert printed_forms.has_number(text, number) is there


@pytest.mark.parametrize(
    ("text", "forms", "there"),
    [
        ("Minister Doughty said", ["Jane Doughty", "Джейн Даути"], True),
        ("Jayne Doughtie said", ["Jane Doughty"], True),
        ("министра Лаврова", ["Sergey Lavrov"], True),
        ("The minister said", ["Jane Doughty"], False),
    ],
)
def test_name_is_found_in_other_spellings(text: str, forms: list[str], there: bool) -> None:
    assert printed_forms.has_name(text, forms) is there
