"""Several intentions in one message are all done, in order, wherever each belongs."""

from __future__ import annotations

import pytest

from graph.state import MAX_PENDING
from tests.graph.conftest import Talk

GOLDEN = "I need a chatbot for 1000 users, low latency is critical"


async def at_options(talk: Talk) -> Talk:
    await talk.say(GOLDEN)
    return await talk.press("confirm")


async def test_questions_are_answered_before_the_choice_is_taken(talk: Talk) -> None:
    await at_options(talk)
    await talk.say("why is 2 ranked lower? what if we took A100s? ok take the first")
    assert talk.kind == "approve_deployment"
    assert len(talk.heard) == 2
    assert talk.state["choice"]["id"] == talk.state["plan"]["views"]["balanced"][0]["id"]
    assert talk.state["pending"] is None
    assert talk.state["turn"] == 3


async def test_going_back_changing_and_confirming_in_one_message(talk: Talk) -> None:
    await at_options(talk)
    await talk.say("go back to the spec, make TTFT 300 ms and confirm")
    assert talk.kind == "present_options"
    assert talk.state["specification"]["slo_targets"]["ttft_p95_ms"] == 300
    assert talk.state["plan"]["specification"]["slo_targets"]["ttft_p95_ms"] == 300


async def test_a_change_and_a_choice_by_name_plan_again_and_choose(talk: Talk) -> None:
    await at_options(talk)
    await talk.say("make it 2000 users and take the cheapest")
    assert talk.kind == "approve_deployment"
    assert talk.state["specification"]["intent"]["user_count"] == 2000
    assert talk.state["choice"]["id"] == talk.state["plan"]["views"]["lowest_cost"][0]["id"]


async def test_a_number_of_a_list_that_is_gone_chooses_nothing(talk: Talk) -> None:
    await at_options(talk)
    await talk.say("make it 2000 users and take 2")
    assert talk.kind == "present_options"
    assert talk.state["choice"] is None
    assert "choose again" in " ".join(talk.heard)


async def test_starting_over_with_the_new_need_in_the_same_message(talk: Talk) -> None:
    await at_options(talk)
    await talk.say("start over: translation for 40 people")
    assert talk.kind == "review_specification"
    intent = talk.state["specification"]["intent"]
    assert (intent["use_case"], intent["user_count"]) == ("translation", 40)


async def test_an_approval_beside_anything_else_approves_nothing(talk: Talk) -> None:
    await at_options(talk)
    await talk.press("choose", 1)
    await talk.say("make it 2000 users and approve")
    assert talk.state.get("deployment") is None


async def test_more_than_is_done_at_once_is_said(talk: Talk) -> None:
    await at_options(talk)
    many = " ".join(f"why is {1 + n % 3} ranked so? compare 1 and {2 + n % 4}." for n in range(MAX_PENDING))
    await talk.say(many)
    assert talk.kind == "present_options"
    assert len(talk.heard) <= MAX_PENDING + 1


async def test_an_unclear_reply_offers_what_it_may_have_meant(talk: Talk) -> None:
    await at_options(talk)
    await talk.say("hmm, A100")
    assert talk.kind == "present_options"
    assert talk.asked
    readings = talk.asked.data["readings"]
    assert isinstance(readings, list)
    assert readings
    await talk.say(str(readings[0]))
    assert talk.asked
    assert talk.asked.data["readings"] == []


@pytest.mark.parametrize("action", ["confirm", "approve", "retry", "roll_back", "status"])
async def test_a_button_of_another_checkpoint_does_nothing(talk: Talk, action: str) -> None:
    await at_options(talk)
    before = talk.state["plan"]
    await talk.press(action)
    assert talk.kind == "present_options"
    assert talk.state["plan"] == before
    assert talk.heard


async def test_a_supposition_before_there_are_options_changes_nothing(talk: Talk) -> None:
    await talk.say(GOLDEN)
    before = talk.state["specification"]
    await talk.press("what_if", {"user_count": 5000})
    assert talk.kind == "review_specification"
    assert talk.state["specification"] == before
    assert "| Now | Then |" in talk.heard[-1]
