"""What becomes of a node that cannot do its work: tried again, stopped, or led to `failed`, with what to do next."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from langchain_core.tools import BaseTool, StructuredTool
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import Command
from pydantic import ValidationError

from graph import build_graph
from graph.build import WORK, default_tools
from graph.checkpoints import NODES
from graph.policies import TRIES, traceback_of
from graph.state import MAX_MESSAGES
from graph.wording.text import plain
from neuralnav.errors import FieldProblem, InvalidInputError, UnavailableError
from neuralnav.models.catalog import ReferenceData
from neuralnav.models.intent import DeploymentIntent
from neuralnav.services.knowledge import Knowledge
from neuralnav.settings import Settings
from tests.graph.conftest import Talk
from tests.graph.test_workflow import NoArguments

GOLDEN = "I need a chatbot for 1000 users, low latency is critical"


class Sabotage:
    """Lets one tool raise ``error`` on its first ``times`` calls."""

    def __init__(self, tools: list[BaseTool], name: str, error: Exception, times: int) -> None:
        self.calls = 0
        whole = {tool.name: tool for tool in tools}
        work = whole[name].coroutine  # type: ignore[attr-defined]

        async def fail(**arguments: Any) -> Any:
            self.calls += 1
            if self.calls <= times:
                raise error
            return await work(**arguments)

        failing = StructuredTool.from_function(
            coroutine=fail, name=name, description="fails", args_schema=whole[name].args_schema
        )
        self.tools = [failing if tool.name == name else tool for tool in tools]


@pytest.fixture
def tools(settings: Settings, knowledge: Knowledge) -> list[BaseTool]:
    return default_tools(settings, knowledge)


async def test_an_outage_that_passes_is_not_noticed(talk_with: Callable[..., Talk], tools: list[BaseTool]) -> None:
    sabotage = Sabotage(tools, "plan_capacity", UnavailableError("away"), times=2)
    talk = talk_with(tools=sabotage.tools)
    await talk.say(GOLDEN)
    await talk.press("confirm")
    assert talk.kind == "present_options"
    assert sabotage.calls == 3


async def test_an_outage_that_stays_is_given_up(talk_with: Callable[..., Talk], tools: list[BaseTool]) -> None:
    sabotage = Sabotage(tools, "plan_capacity", UnavailableError("The database is away."), times=TRIES)
    talk = talk_with(tools=sabotage.tools)
    await talk.say(GOLDEN)
    await talk.press("confirm")
    assert talk.kind == "failed"
    assert sabotage.calls == TRIES
    assert talk.asked
    assert "The database is away" in talk.asked.prompt
    await talk.press("retry")
    assert talk.kind == "present_options"
    assert talk.state["failure"] is None


async def test_bad_input_is_not_tried_again(talk_with: Callable[..., Talk], tools: list[BaseTool]) -> None:
    sabotage = Sabotage(tools, "plan_capacity", InvalidInputError("That cannot be planned."), times=1)
    talk = talk_with(tools=sabotage.tools)
    await talk.say(GOLDEN)
    await talk.press("confirm")
    assert talk.kind == "failed"
    assert sabotage.calls == 1


async def test_what_nobody_foresaw_is_logged_and_shown_without_its_inside(
    talk_with: Callable[..., Talk], tools: list[BaseTool], caplog: pytest.LogCaptureFixture
) -> None:
    sabotage = Sabotage(tools, "render_manifests", RuntimeError("secret inside"), times=1)
    talk = talk_with(tools=sabotage.tools)
    await talk.say(GOLDEN)
    await talk.press("confirm")
    await talk.press("choose", 1)
    assert talk.kind == "failed"
    assert talk.asked
    assert "secret inside" not in talk.asked.prompt
    assert "failed unexpectedly" in talk.asked.prompt
    assert "secret inside" in caplog.text
    await talk.say("try again")
    assert talk.kind == "approve_deployment"


async def test_the_log_names_fields_and_holds_nothing_that_was_said(
    talk_with: Callable[..., Talk], tools: list[BaseTool], caplog: pytest.LogCaptureFixture
) -> None:
    error = InvalidInputError("Mallory's “secret” cannot be.", (FieldProblem("user_count", "secret", "a number"),))
    talk = talk_with(tools=Sabotage(tools, "plan_capacity", error, times=1).tools)
    await talk.say(GOLDEN)
    await talk.press("confirm")
    assert "secret" not in caplog.text
    assert "plan_capacity failed in talk: InvalidInputError, fields: user_count" in caplog.text


def test_a_traceback_of_a_value_that_pydantic_refused_holds_places_and_not_the_value() -> None:
    def refuse() -> None:
        try:
            DeploymentIntent.model_validate({"user_count": "secret"})
        except ValidationError as error:
            raise ExceptionGroup("secret", [RuntimeError("secret inside")]) from error

    with pytest.raises(ExceptionGroup) as caught:
        refuse()
    told = traceback_of(caught.value)
    assert "secret" not in told.replace('"user_count": "secret"', "").replace('("secret', "")
    assert all(name in told for name in ("ValidationError", "ExceptionGroup", "RuntimeError", "in refuse"))


async def test_any_node_but_failed_itself_can_be_tried_again() -> None:
    drawn = build_graph().get_graph()
    ends = {edge.target for edge in drawn.edges if edge.source == "failed"}
    assert ends == {*WORK, *NODES.values(), "__end__"}


@pytest.mark.parametrize(
    ("action", "value", "said"),
    [
        ("choose", True, "“choose” cannot take True (allowed: the number of an entry, from 1 to 99 or a text)."),
        ("explain", ["a"], "“explain” cannot take 'a' (allowed: the number of an entry, from 1 to 99)."),
        ("edit", 7, "“edit” cannot take 7 (allowed: an object of fields and their values)."),
    ],
)
async def test_a_button_with_a_value_that_it_cannot_take_says_what_is_allowed(
    talk: Talk, action: str, value: Any, said: str
) -> None:
    await talk.say(GOLDEN)
    await talk.press("confirm")
    await talk.press(action, value)
    assert talk.kind == "present_options"
    assert plain(talk.heard[-1]) == said


async def test_an_edit_of_an_impossible_value_says_what_is_allowed(talk: Talk) -> None:
    await talk.say(GOLDEN)
    await talk.press("edit", {"user_count": -5})
    assert "user_count: -5 (allowed: at least 1)" in plain(talk.heard[-1])


async def test_a_node_that_takes_too_long_is_stopped(
    talk_with: Callable[..., Talk], settings: Settings, tools: list[BaseTool]
) -> None:
    async def wait_forever(**_: Any) -> None:
        await asyncio.Event().wait()

    endless = StructuredTool.from_function(
        coroutine=wait_forever, name="suitable_models", description="waits", args_schema=NoArguments
    )
    stuck = [endless if tool.name == "suitable_models" else tool for tool in tools]
    talk = talk_with(tools=stuck, settings=settings.model_copy(update={"turn_timeout_s": 0.3}))
    await talk.say(GOLDEN)
    await talk.press("confirm")
    assert talk.kind == "failed"
    assert talk.asked
    assert "took too long" in talk.asked.prompt


async def test_an_edit_at_a_failure_leads_to_the_specification(
    talk_with: Callable[..., Talk], tools: list[BaseTool]
) -> None:
    sabotage = Sabotage(tools, "plan_capacity", InvalidInputError("That cannot be planned."), times=1)
    talk = talk_with(tools=sabotage.tools)
    await talk.say(GOLDEN)
    await talk.press("confirm")
    await talk.say("make it 500 users")
    assert talk.kind == "review_specification"
    assert talk.state["specification"]["intent"]["user_count"] == 500


async def test_the_rest_of_a_reply_is_dropped_when_a_step_fails(
    talk_with: Callable[..., Talk], tools: list[BaseTool]
) -> None:
    sabotage = Sabotage(tools, "plan_capacity", InvalidInputError("That cannot be planned."), times=1)
    talk = talk_with(tools=sabotage.tools)
    await talk.say(GOLDEN)
    await talk.press("confirm")
    await talk.press("retry")
    assert talk.kind == "present_options"
    assert talk.state["pending"] is None


@pytest.mark.parametrize("reply", ["approve", 7, {}, {"text": "a", "action": "b"}, {"action": "NO WAY"}])
async def test_a_resume_that_is_no_reply_is_asked_for_again(reference: ReferenceData, reply: Any) -> None:
    graph = build_graph(checkpointer=InMemorySaver(), knowledge=reference)
    config: Any = {"configurable": {"thread_id": "studio"}}
    await graph.ainvoke({"messages": [("human", GOLDEN)], "owner": "ada"}, config)
    await graph.ainvoke(Command(resume=reply), config)
    state = await graph.aget_state(config)
    assert state.interrupts[0].value["kind"] == "review_specification"
    assert state.values["turn"] == 1
    await graph.ainvoke(Command(resume={"action": "confirm"}), config)
    state = await graph.aget_state(config)
    assert state.interrupts[0].value["kind"] == "present_options"


async def test_a_long_conversation_stays_bounded(talk: Talk) -> None:
    await talk.say(GOLDEN)
    for users in range(2000, 2000 + MAX_MESSAGES):
        await talk.press("edit", {"user_count": users})
    assert len(talk.state["messages"]) <= MAX_MESSAGES
    assert len(talk.state["specification"]["edits"]) <= 200
    assert talk.state["specification"]["intent"]["user_count"] == 2000 + MAX_MESSAGES - 1
    assert talk.state["specification"]["intent"]["description"] == GOLDEN
    assert talk.state["turn"] == MAX_MESSAGES + 1
