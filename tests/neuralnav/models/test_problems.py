"""What Pydantic found wrong is said in our own words: the field, the value and what is allowed."""

from typing import Annotated, Any

import pytest
from pydantic import Field, ValidationError

from neuralnav.models.base import Frozen
from neuralnav.models.intent import DeploymentIntent
from neuralnav.models.problems import problems_of
from neuralnav.models.reply import ReplyAction
from neuralnav.models.vocabulary import Priority


class Order(Frozen):
    count: int = Field(default=1, ge=1, le=10)
    share: float = Field(default=0.5, gt=0, lt=1)
    urgent: bool = False
    name: Annotated[str, Field(min_length=2, max_length=5, pattern="^[a-z]+$")] = "ab"
    tags: tuple[str, ...] = Field(default=(), max_length=1)
    priority: Priority = Priority.BALANCED
    either: int | str = 1


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"count": 0}, "count: 0 (allowed: at least 1)"),
        ({"count": 11}, "count: 11 (allowed: at most 10)"),
        ({"count": 1.5}, "count: '1.5' (allowed: a whole number)"),
        ({"share": 0}, "share: 0 (allowed: more than 0.0)"),
        ({"share": 1}, "share: 1 (allowed: less than 1.0)"),
        ({"share": "much"}, "share: 'much' (allowed: a number)"),
        ({"urgent": "perhaps"}, "urgent: 'perhaps' (allowed: true or false)"),
        ({"name": "a"}, "name: 'a' (allowed: a text of at least 2 characters)"),
        ({"name": "abcdef"}, "name: 'abcdef' (allowed: a text of at most 5 characters)"),
        ({"name": "AB"}, "name: 'AB' (allowed: a text of the form ^[a-z]+$)"),
        ({"tags": "one"}, "tags: 'one' (allowed: a list)"),
        ({"tags": ["one", "two"]}, "tags: \"['one', 'two']\" (allowed: at most 1 of them)"),
        ({"either": []}, "either: '[]' (allowed: a whole number or a text)"),
        ({"colour": "red"}, "colour: 'red' (allowed: no field of this name)"),
        ([], "order: '[]' (allowed: an object of fields and their values)"),
    ],
)
def test_each_kind_of_error_says_what_is_allowed(given: Any, said: str) -> None:
    with pytest.raises(ValidationError) as refused:
        Order.model_validate(given)
    (problem,) = problems_of(refused.value, "order")
    assert str(problem) == said


def test_a_closed_list_is_named_without_quotes() -> None:
    with pytest.raises(ValidationError) as refused:
        Order.model_validate({"priority": "speed"})
    (problem,) = problems_of(refused.value, "order", section="its ")
    assert problem.field == "its priority"
    assert "latency" in problem.allowed
    assert "'" not in problem.allowed


def test_our_own_words_stay_as_they_are() -> None:
    with pytest.raises(ValidationError) as refused:
        DeploymentIntent.model_validate({"user_count": True})
    (problem,) = problems_of(refused.value, "intent")
    assert problem.allowed == "a number, not a text and not true or false"


@pytest.mark.parametrize("value", [True, False, 0, 100, -1, 1.5])
def test_a_truth_value_is_no_number_of_an_option(value: Any) -> None:
    with pytest.raises(ValidationError) as refused:
        ReplyAction.model_validate({"action": "choose", "choice": value})
    (problem,) = problems_of(refused.value, "reply")
    assert problem.field == "choice"
    assert problem.allowed == "the number of an entry, from 1 to 99 or a text"


def test_a_whole_float_is_a_number_of_an_option() -> None:
    action = ReplyAction.model_validate({"action": "explain", "entries": [2.0]})
    assert action.entries == (2,)
