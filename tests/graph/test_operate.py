"""Where a deployed conversation rests: status, why, another plan, scale, roll back, retire."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from graph.build import default_tools
from graph.state import MAX_REVISIONS
from neuralnav.services.knowledge import Knowledge
from neuralnav.settings import Settings
from tests.graph.conftest import Talk
from tests.graph.test_workflow import broken

GOLDEN = "I need a chatbot for 1000 users, low latency is critical"


@pytest.fixture
async def deployed(talk: Talk) -> Talk:
    await talk.say(GOLDEN)
    await talk.press("confirm")
    await talk.press("choose", 1)
    return await talk.press("approve")


def directories(settings: Settings) -> set[str]:
    return {path.name for path in settings.manifests_dir.iterdir()} if settings.manifests_dir.exists() else set()


async def test_what_is_in_place_is_shown_with_what_it_is_held_to(deployed: Talk) -> None:
    assert deployed.kind == "operate"
    assert deployed.asked
    assert "150 ms" in deployed.asked.prompt
    assert deployed.asked.data["earlier_revisions"] == 0
    assert deployed.state["watch"]["targets"]["ttft_p95_ms"] == 150
    assert deployed.state["validation"]["checks"][0]["passed"]


async def test_the_status_says_what_is_known(deployed: Talk) -> None:
    await deployed.say("how is it doing?")
    assert deployed.kind == "operate"
    assert "as approved" in deployed.heard[-1]
    assert "No measurement" in deployed.heard[-1]


async def test_the_status_notices_what_somebody_changed(deployed: Talk) -> None:
    directory = Path(deployed.state["deployment"]["directory"])
    (directory / "inferenceservice.yaml").write_text("kind: Other")
    await deployed.press("status")
    assert "not as approved" in deployed.heard[-1]


async def test_why_is_answered_from_what_was_planned(deployed: Talk) -> None:
    await deployed.say("why this one?")
    assert deployed.kind == "operate"
    assert "Predicted at p95" in deployed.heard[-1]


async def test_what_if_compares_without_changing_anything(deployed: Talk, settings: Settings) -> None:
    before = directories(settings)
    await deployed.say("what if we had 5000 users?")
    assert deployed.kind == "operate"
    assert "Now" in deployed.heard[-1]
    assert directories(settings) == before


async def test_scaling_is_planned_and_approved_before_it_happens(deployed: Talk, settings: Settings) -> None:
    first = deployed.state["deployment"]
    await deployed.say("scale to 3 replicas")
    assert deployed.kind == "approve_deployment"
    assert deployed.asked
    assert "3 replicas" in deployed.asked.prompt
    assert "takes the place of 1 replica" in deployed.asked.prompt
    assert deployed.state["deployment"] == first
    await deployed.press("approve")
    assert deployed.kind == "operate"
    second = deployed.state["deployment"]
    assert second["choice"]["replicas"] == 3
    assert second["choice"]["model"] == first["choice"]["model"]
    assert second["manifests"]["name"] == first["manifests"]["name"]
    assert deployed.asked.data["earlier_revisions"] == 1
    assert len(directories(settings)) == 2


@pytest.mark.parametrize("replicas", [0, -1, 1, "many", 10**9])
async def test_a_scale_that_cannot_be_is_said(deployed: Talk, replicas: Any) -> None:
    await deployed.press("scale", replicas)
    assert deployed.kind == "operate"
    assert deployed.heard


async def test_a_change_goes_through_the_same_checkpoints(deployed: Talk) -> None:
    await deployed.say("make it 3000 users")
    assert deployed.kind == "review_specification"
    await deployed.press("confirm")
    assert deployed.kind == "present_options"
    await deployed.press("choose", 1)
    await deployed.press("approve")
    assert deployed.kind == "operate"
    assert deployed.state["deployment"]["approval"]["revision"] == 2


async def test_a_change_that_is_given_up_leaves_what_is_in_place(deployed: Talk) -> None:
    before = deployed.state["deployment"]
    await deployed.say("make it 3000 users")
    await deployed.press("cancel")
    assert deployed.kind == "operate"
    assert deployed.state["deployment"] == before
    assert deployed.state["specification"]["intent"]["user_count"] == 1000


async def test_rolling_back_returns_to_the_revision_before(deployed: Talk) -> None:
    first = deployed.state["deployment"]
    await deployed.press("scale", 3)
    await deployed.press("approve")
    await deployed.say("roll back")
    assert deployed.kind == "approve_deployment"
    assert deployed.asked
    assert "as it was before" in deployed.asked.prompt
    await deployed.press("approve")
    assert deployed.kind == "operate"
    assert deployed.state["deployment"]["manifests"] == first["manifests"]
    assert deployed.state["specification"]["pinned"]["replicas"] is None
    assert deployed.asked.data["earlier_revisions"] == 0


async def test_a_rejected_roll_back_changes_nothing(deployed: Talk) -> None:
    await deployed.press("scale", 3)
    await deployed.press("approve")
    second = deployed.state["deployment"]
    await deployed.press("roll_back")
    await deployed.press("reject", "not now")
    assert deployed.kind == "operate"
    assert deployed.state["deployment"] == second
    assert deployed.state["specification"]["pinned"]["replicas"] == 3


async def test_there_is_nothing_to_roll_back_to_at_first(deployed: Talk) -> None:
    await deployed.press("roll_back")
    assert deployed.kind == "operate"
    assert "no earlier revision" in deployed.heard[-1]


async def test_retiring_removes_what_was_written_once_approved(deployed: Talk, settings: Settings) -> None:
    await deployed.say("take it down")
    assert deployed.kind == "approve_deployment"
    assert directories(settings)
    assert deployed.asked
    assert "Will be removed" in deployed.asked.prompt
    await deployed.press("approve")
    assert deployed.asked is None
    assert directories(settings) == set()
    assert deployed.state["deployment"]["state"] == "retired"
    await deployed.say("translation for 40 people")
    assert deployed.kind == "review_specification"


@pytest.mark.parametrize("words", ["why?", "take option 2", "compare 1 and 2", "make it 3000 users", "what if A100?"])
@pytest.mark.parametrize("change", ["retire", "roll_back"])
async def test_an_end_or_a_way_back_is_decided_before_anything_else(deployed: Talk, change: str, words: str) -> None:
    await deployed.press("scale", 3)
    await deployed.press("approve")
    await deployed.press(change)
    await deployed.say(words)
    assert deployed.kind == "approve_deployment"
    assert "Predicted at p95" in deployed.heard[-1] or "Approve or reject" in deployed.heard[-1]
    await deployed.press("back")
    assert deployed.kind == "operate"


async def test_a_what_if_after_a_scale_is_free_of_its_pins(deployed: Talk) -> None:
    await deployed.press("scale", 3)
    await deployed.press("approve")
    await deployed.say("what if I use A100 instead?")
    assert deployed.kind == "operate"
    assert "| Now | Then |" in deployed.heard[-1]


async def test_a_rejected_scale_returns_to_what_is_in_place(deployed: Talk) -> None:
    await deployed.press("scale", 3)
    await deployed.press("reject", "too dear")
    assert deployed.kind == "operate"
    assert deployed.state["specification"]["pinned"]["replicas"] is None


async def test_a_change_without_effect_stays(deployed: Talk) -> None:
    await deployed.press("edit", {"user_count": 1000})
    assert deployed.kind == "operate"


@pytest.mark.parametrize("tool", ["validate_deployment", "watch_deployment", "record_decision"])
async def test_what_was_done_is_in_place_though_a_later_step_fails(
    talk_with: Callable[..., Talk], settings: Settings, knowledge: Knowledge, tool: str
) -> None:
    talk = talk_with(tools=broken(default_tools(settings, knowledge), tool))
    await talk.say(GOLDEN)
    await talk.press("confirm")
    await talk.press("choose", 1)
    await talk.press("approve")
    assert talk.kind == "failed"
    await talk.press("cancel")
    assert talk.kind == "operate"
    assert "stays as it is" in " ".join(talk.heard)
    await talk.press("retire")
    assert talk.kind == "approve_deployment"


@pytest.mark.parametrize("words", ["should we roll back?", "don't delete it", "what happens if I delete it?"])
async def test_a_question_ends_nothing(deployed: Talk, words: str) -> None:
    await deployed.say(words)
    assert deployed.state["deployment"]["state"] == "written"
    assert deployed.kind == "operate"


async def test_starting_over_lets_the_deployment_be(deployed: Talk, settings: Settings) -> None:
    before = directories(settings)
    await deployed.say("start over: translation for 40 people")
    assert deployed.kind == "operate"
    assert "once more" in deployed.heard[-1]
    await deployed.say("start over")
    assert deployed.kind == "clarify"
    assert "looks after it no longer" in " ".join(deployed.heard)
    assert directories(settings) == before


async def test_what_is_in_place_already_is_not_approved_again(deployed: Talk) -> None:
    await deployed.say("make it 3000 users")
    await deployed.press("edit", {"user_count": 1000})
    await deployed.press("confirm")
    await deployed.press("choose", 1)
    assert deployed.kind == "operate"
    assert "in place already" in " ".join(deployed.heard)


async def test_revisions_are_bounded(deployed: Talk) -> None:
    for replicas in (2, 3, 4, 5, 6, 7):
        await deployed.press("scale", replicas)
        await deployed.press("approve")
    assert len(deployed.state["revisions"]) == MAX_REVISIONS
    assert deployed.state["deployment"]["choice"]["replicas"] == 7


async def test_a_deployment_that_fails_its_check_is_undone(
    talk_with: Callable[..., Talk], settings: Settings, knowledge: Knowledge
) -> None:
    tools = default_tools(settings, knowledge)
    executing = next(tool for tool in tools if tool.name == "execute_change")
    work = executing.coroutine  # type: ignore[attr-defined]

    async def execute_then_spoil(**arguments: Any) -> Any:
        deployment = await work(**arguments)
        shutil.rmtree(deployment.directory)
        return deployment

    executing.coroutine = execute_then_spoil  # type: ignore[attr-defined]
    talk = talk_with(tools=tools)
    await talk.say(GOLDEN)
    await talk.press("confirm")
    await talk.press("choose", 1)
    await talk.press("approve")
    assert talk.kind == "failed"
    assert talk.asked
    assert "did not pass its checks" in talk.asked.prompt
    assert "is gone again" in talk.asked.prompt
    assert talk.state["deployment"] is None
    executing.coroutine = work  # type: ignore[attr-defined]
    await talk.press("retry")
    assert talk.kind == "approve_deployment"
    await talk.press("approve")
    assert talk.kind == "operate"


async def test_a_status_that_cannot_be_read_is_said(
    talk_with: Callable[..., Talk], settings: Settings, knowledge: Knowledge
) -> None:
    talk = talk_with(tools=broken(default_tools(settings, knowledge), "observe_deployment"))
    await talk.say(GOLDEN)
    await talk.press("confirm")
    await talk.press("choose", 1)
    await talk.press("approve")
    await talk.press("status")
    assert talk.kind == "operate"
    assert "This cannot be done" in talk.heard[-1]


@pytest.mark.parametrize("said", ["roll back", "retire"])
async def test_the_end_and_the_way_back_wait_while_a_change_is_planned(deployed: Talk, said: str) -> None:
    await deployed.say("make it 3000 users")
    await deployed.say(said)
    assert deployed.kind == "review_specification"
    assert "Finish that first" in deployed.heard[-1]
    await deployed.say("confirm")
    await deployed.say(said)
    assert deployed.kind == "present_options"
    assert "Finish that first" in deployed.heard[-1]
    await deployed.say("cancel")
    assert deployed.kind == "operate"


async def test_there_is_nothing_to_retire_before_anything_is_deployed(talk: Talk) -> None:
    await talk.say(GOLDEN)
    await talk.say("retire the deployment")
    assert talk.kind == "review_specification"
    assert "nothing to retire" in talk.heard[-1]
