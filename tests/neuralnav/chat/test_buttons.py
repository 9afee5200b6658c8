"""The buttons of each question: every one is a reply that its checkpoint understands."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import Command

from graph import build_graph
from graph.build import default_tools
from graph.checkpoints import ACTIONS, Checkpoint, CheckpointKind, CheckpointReply
from graph.conversation import TurnReport
from neuralnav.chat.buttons import Press, buttons
from neuralnav.knowledge.seeds import read_seeds
from neuralnav.services.knowledge import Knowledge
from neuralnav.settings import Settings

GOLDEN = "I need a chatbot for 1000 users, low latency is critical"
IMPOSSIBLE = "chatbot for 1000 users on T4, at most $900 a month"


def report(checkpoint: Checkpoint | None, turn: int = 3, thread: str = "t") -> TurnReport:
    return TurnReport(
        thread=thread,
        turn=turn,
        state="",
        messages=[],
        checkpoint=checkpoint,
        specification=None,
        options=[],
        choice=None,
        deployment=None,
    )


@pytest.fixture(scope="module")
def knowledge() -> Knowledge:
    """The planner over the shipped data, which no conversation in memory changes."""
    return Knowledge.of(read_seeds())


@pytest.fixture
def asked(tmp_path: Path, knowledge: Knowledge) -> Callable[..., Any]:
    """The checkpoint that a sentence and then some buttons lead to."""

    async def asked(sentence: str, *pressed: CheckpointReply) -> Checkpoint:
        settings = Settings(home=tmp_path, database_url=None, llm=None)
        graph = build_graph(checkpointer=InMemorySaver(), settings=settings, tools=default_tools(settings, knowledge))
        config: Any = {"configurable": {"thread_id": "t"}}
        await graph.ainvoke({"messages": [("human", sentence)], "owner": "ada", "reading": None}, config)
        for reply in pressed:
            await graph.ainvoke(Command(resume=reply.model_dump(mode="json")), config)
        snapshot = await graph.aget_state(config)
        return Checkpoint.model_validate(snapshot.interrupts[0].value)

    return asked


CONFIRM = CheckpointReply(action="confirm")
CHOOSE = CheckpointReply(action="choose", value=1)
APPROVE = CheckpointReply(action="approve")
STAGES = {
    CheckpointKind.CLARIFY: ("I want to run an LLM",),
    CheckpointKind.REVIEW_SPECIFICATION: (GOLDEN,),
    CheckpointKind.PRESENT_OPTIONS: (GOLDEN, CONFIRM),
    CheckpointKind.APPROVE_DEPLOYMENT: (GOLDEN, CONFIRM, CHOOSE),
    CheckpointKind.OPERATE: (GOLDEN, CONFIRM, CHOOSE, APPROVE),
}


@pytest.mark.parametrize("kind", STAGES)
async def test_every_button_is_a_reply_that_its_checkpoint_takes(
    asked: Callable[..., Any], kind: CheckpointKind
) -> None:
    checkpoint = await asked(*STAGES[kind])
    assert checkpoint.kind is kind
    found = buttons(report(checkpoint))
    actions = {button.press.reply.action for button in found} - {None}
    assert actions <= set(ACTIONS[kind])
    assert "start_over" in actions
    assert len({button.id for button in found}) == len(found)
    for button in found:
        assert Press.model_validate(button.press.model_dump(mode="json")) == button.press


async def test_the_fix_of_a_near_miss_is_one_button(asked: Callable[..., Any]) -> None:
    checkpoint = await asked(IMPOSSIBLE, CONFIRM)
    fixes = [button for button in buttons(report(checkpoint)) if button.press.label.startswith("Plan with")]
    assert fixes
    fix = fixes[0].press.reply
    assert fix.action == "edit"
    assert not fixes[0].press.asks_how
    after = await asked(IMPOSSIBLE, CONFIRM, fix)
    assert after.kind is CheckpointKind.PRESENT_OPTIONS
    assert after.data["options"]


async def test_changes_are_approved_and_made_on_cards_alone(asked: Callable[..., Any]) -> None:
    deploy = await asked(*STAGES[CheckpointKind.APPROVE_DEPLOYMENT])
    retire = await asked(*STAGES[CheckpointKind.OPERATE], CheckpointReply(action="retire"))
    in_place = await asked(*STAGES[CheckpointKind.OPERATE])
    assert retire.data["change"] == "retire"
    assert actions_of(deploy) == ["back", "start_over", "cancel"]
    assert actions_of(retire) == ["back"]
    assert actions_of(in_place) == ["status", "explain", "edit", "start_over"]


async def test_what_a_reply_may_have_meant_comes_first_and_in_place_of_the_choices(asked: Callable[..., Any]) -> None:
    unclear = await asked(GOLDEN, CONFIRM, CheckpointReply(text="2 maybe"))
    offered = unclear.data["readings"]
    assert offered
    found = buttons(report(unclear))
    assert [(button.press.label, button.press.reply.text) for button in found[: len(offered)]] == [
        (text, text) for text in offered
    ]
    assert "choose" not in actions_of(unclear)
    assert "explain" in actions_of(unclear)


def test_a_long_reading_is_sent_whole_under_a_short_label() -> None:
    asked_again = Checkpoint(kind=CheckpointKind.FAILED, prompt="", actions=(), data={"readings": ["word " * 60]})
    press = buttons(report(asked_again))[0].press
    assert len(press.label) <= 80
    assert press.reply.text == "word " * 60


def actions_of(checkpoint: Checkpoint) -> list[str]:
    replies = [button.press.reply.action for button in buttons(report(checkpoint))]
    return [action for action in replies if action]


def test_a_failed_step_can_be_retried() -> None:
    failed = Checkpoint(kind=CheckpointKind.FAILED, prompt="", actions=ACTIONS[CheckpointKind.FAILED])
    assert buttons(report(failed))[0].press.reply == CheckpointReply(action="retry")


def test_the_beginning_and_the_end_have_no_buttons() -> None:
    beginning = Checkpoint(kind=CheckpointKind.CLARIFY, prompt="", actions=ACTIONS[CheckpointKind.CLARIFY])
    assert buttons(report(beginning, turn=0)) == []
    assert buttons(report(None)) == []


def test_a_button_is_the_same_when_shown_again_and_another_in_another_turn() -> None:
    failed = Checkpoint(kind=CheckpointKind.FAILED, prompt="", actions=ACTIONS[CheckpointKind.FAILED])
    ids = [
        {button.id for button in buttons(report(failed, turn, thread))}
        for turn, thread in ((3, "t"), (4, "t"), (3, "u"))
    ]
    assert ids[0] == {button.id for button in buttons(report(failed))}
    assert not ids[0] & ids[1]
    assert not ids[0] & ids[2]
