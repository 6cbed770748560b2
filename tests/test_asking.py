"""What somebody types after ``cstokg query`` is taken for what it can mean, or refused with a remedy."""

from pathlib import Path

import pytest

from cstokg import asking, questions
from cstokg.engine import Engine
from cstokg.parameters import ParameterError

QUERIES = Path(__file__).parents[1] / "queries"


@pytest.mark.parametrize(
    ("name", "texts", "message"),
    [
        (
            "attendances-of-a-meeting",
            {"meeting": "meeting:2021-05-19-cmf"},
            r"no ckg:Meeting is called meeting:2021-05-19-cmf; the nearest names: meeting:2021-05-19-cfm",
        ),
        ("attendances-of-a-meeting", {"meeting": "person:lavrov-sergey"}, "no ckg:Meeting is called person:"),
        ("statements-on-topic", {"topic": "topic:afganistan"}, "the nearest names: topic:afghanistan"),
        ("statements-about", {"entity": "state:nowhere"}, "no thing is called state:nowhere"),
    ],
)
def test_value_that_names_nothing_is_refused(
    engine: Engine, name: str, texts: dict[str, str], message: str
) -> None:
    """An empty answer would look like a fact."""
    with pytest.raises(ParameterError, match=message):
        asking.known(questions.read(QUERIES / f"{name}.rq"), texts, engine)


@pytest.mark.parametrize("question", questions.read_all(QUERIES), ids=lambda question: question.name)
def test_defaults_name_something(engine: Engine, question: questions.Question) -> None:
    """Every default is a thing of the class that its parameter wants."""
    asking.known(question, {each.name: each.default for each in question.parameters}, engine)


def test_listing_breaks_no_line() -> None:
    """A name can be searched for in a pipe."""
    saved = questions.read_all(QUERIES)
    lines = asking.listing(saved).splitlines()
    assert [line.split()[0] for line in lines] == [question.name for question in saved]
