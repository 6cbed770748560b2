"""A value that names nothing is refused with the nearest names."""

from pathlib import Path

import pytest

from cstokg import known, questions
from cstokg.engine.engine import Engine
from cstokg.known import UnknownNameError

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
    with pytest.raises(UnknownNameError, match=message):
        known.check(questions.read(QUERIES / f"{name}.rq"), texts, engine)


@pytest.mark.parametrize("question", questions.read_all(QUERIES), ids=lambda question: question.name)
def test_defaults_name_something(engine: Engine, question: questions.Question) -> None:
    """Every default is a thing of the class that its parameter wants."""
    known.check(question, {each.name: each.default for each in question.parameters}, engine)


def test_the_name_of_the_parameter_and_the_nearest_names_can_be_read(engine: Engine) -> None:
    """For those who show them in another way; a long value is cut."""
    question = questions.read(QUERIES / "statements-on-topic.rq")
    with pytest.raises(UnknownNameError) as caught:
        known.check(question, {"topic": "topic:afganistan"}, engine)
    assert (caught.value.parameter, caught.value.nearest[0]) == ("topic", "topic:afghanistan")
    with pytest.raises(UnknownNameError, match=r"x…$"):
        known.check(question, {"topic": "https://example.org/" + "x" * 1000}, engine)


def test_in_full_or_short_is_the_same(engine: Engine) -> None:
    """An IRI may be written either way."""
    question = questions.read(QUERIES / "statements-on-topic.rq")
    known.check(question, {"topic": "https://w3id.org/csto-kg/id/concept/topic/afghanistan"}, engine)
