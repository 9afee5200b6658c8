"""The conversations that are held once ``docs/extending.md`` has been followed, in the copy that it changed."""

from __future__ import annotations

from graph.build import default_tools
from graph.checkpoints import CheckpointReply
from graph.conversation import TurnReport
from neuralnav.chat.buttons import buttons
from neuralnav.knowledge.seeds import read_seeds
from neuralnav.services.knowledge import Knowledge
from neuralnav.settings import Settings
from tests.graph.conftest import Talk

GATED = "chatbot for 100 users, only llama-3.1-8b"
OPEN = "chatbot for 100 users, only gpt-oss-20b"


async def choose(talk: Talk, sentence: str) -> Talk:
    await talk.say(sentence)
    await talk.press("confirm")
    return await talk.press("choose", 1)


async def test_the_new_agent_speaks_before_the_approval(talk: Talk) -> None:
    await choose(talk, OPEN)
    assert talk.kind == "approve_deployment"
    assert "Apache" in talk.heard[-1]


async def test_the_new_tool_says_what_it_is_for() -> None:
    tools = {tool.name: tool for tool in default_tools(Settings(llm=None), Knowledge.of(read_seeds()))}
    assert "licence" in tools["review_licence"].description


async def test_the_new_checkpoint_asks_and_takes_words(talk: Talk) -> None:
    await choose(talk, GATED)
    assert talk.kind == "confirm_licence"
    assert talk.asked
    assert "Llama 3.1 Community License" in talk.asked.prompt
    await talk.say("yes, I accept the licence")
    assert talk.kind == "approve_deployment"
    await talk.say("approve")
    assert talk.kind == "operate"


async def test_the_new_checkpoint_takes_its_buttons(talk: Talk) -> None:
    await choose(talk, GATED)
    await talk.press("reject", "legal says no")
    assert talk.kind == "present_options"
    assert "legal says no" in talk.heard[-1]
    await talk.press("choose", 1)
    await talk.press("accept")
    assert talk.kind == "approve_deployment"


async def test_the_new_checkpoint_refuses_nonsense_with_a_question(talk: Talk) -> None:
    await choose(talk, GATED)
    for words in ("purple monkey dishwasher", "ok", "approve", "accept the licence?"):
        await talk.say(words)
        assert talk.kind == "confirm_licence", words
        assert talk.asked
        assert talk.asked.data["readings"], words
        assert talk.state.get("accepted_licence") is None
    await talk.press("approve")
    assert talk.kind == "confirm_licence"
    assert "accept" in talk.heard[-1]


async def test_a_licence_is_not_accepted_beside_something_else(talk: Talk) -> None:
    await choose(talk, GATED)
    await talk.say("accept the licence and make it 200 users")
    assert talk.kind == "present_options"
    assert any("alone" in said for said in talk.heard)
    assert talk.state["specification"]["intent"]["user_count"] == 200
    assert talk.state.get("accepted_licence") is None


async def test_what_is_everywhere_is_there_too(talk: Talk) -> None:
    await choose(talk, GATED)
    await talk.say("status")
    assert "waits for you to accept" in talk.heard[-1]
    await talk.say("why?")
    assert "Llama 3.1 Community License" in talk.heard[-1]
    await talk.say("make it 200 users")
    assert talk.kind == "present_options"
    assert talk.state["specification"]["intent"]["user_count"] == 200
    await talk.press("choose", 1)
    assert talk.kind == "confirm_licence"
    await talk.press("back")
    assert talk.kind == "present_options"


async def test_the_chat_has_buttons_for_it(talk: Talk) -> None:
    await choose(talk, GATED)
    report = TurnReport(
        thread="t", turn=3, state="confirm_licence", messages=[], checkpoint=talk.asked, specification=None, options=[],
        choice=None, deployment=None,
    )  # fmt: skip
    assert [button.press.reply for button in buttons(report)][:2] == [
        CheckpointReply(action="accept"),
        CheckpointReply(action="reject"),
    ]
