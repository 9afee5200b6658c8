"""Hold the conversation that docs/conversation.md shows, and write it: ``python -m scripts.hold_conversation``."""

from __future__ import annotations

import asyncio
import tempfile
from contextlib import chdir
from pathlib import Path
from typing import Any

from langchain_core.messages import AIMessage, HumanMessage
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import Command

from graph import build_graph
from graph.checkpoints import Checkpoint, CheckpointReply
from neuralnav.models.deployment import Delivery
from neuralnav.settings import Settings
from scripts.blocks import with_block

PAGE = Path(__file__).resolve().parent.parent / "docs" / "conversation.md"
SAID = (
    "We run a telco help desk. 1,200 agents need a chat assistant, nobody likes waiting. We have L40S and H100 "
    "nodes, 6k a month at most.",
    "300 ms to the first word is ok",
    "fine",
    "why is 2 ranked lower? and what if we took A100s?",
    "hmm, A100",
    "ok take the first",
    "approve",
    "how is it doing?",
    "we do not need it any more, take it down",
    "reject, we keep it until Friday",
)


async def transcript() -> str:
    """The conversation as Markdown, word for word; a question that is asked again unchanged is only named."""
    settings = Settings(
        database_url=None, llm=None, output_dir=Path("manifests"), planning_patience_s=0, delivery=Delivery.FILES
    )
    graph = build_graph(checkpointer=InMemorySaver(), settings=settings)
    thread: Any = {"configurable": {"thread_id": "shown"}, "recursion_limit": 60}
    given: Any = {"messages": [HumanMessage(SAID[0])], "owner": "ada", "reading": None}
    lines: list[str] = []
    shown, known = "", 0
    for words in SAID:
        await graph.ainvoke(given or Command(resume=CheckpointReply(text=words).model_dump(mode="json")), thread)
        given = None
        state = await graph.aget_state(thread)
        checkpoint = Checkpoint.model_validate(state.interrupts[0].value)
        messages = state.values["messages"]
        lines += [f"> **Person** {words}", ""]
        lines += [f"{message.text}\n" for message in messages[known:] if isinstance(message, AIMessage)]
        known = len(messages)
        readings = checkpoint.data.get("readings")
        if isinstance(readings, list) and readings:
            lines += ["Buttons: " + ", ".join(f"`{reading}`" for reading in readings), ""]
        if checkpoint.prompt != shown:
            lines += [checkpoint.prompt, ""]
        lines += [f"*{checkpoint.kind}* `{' | '.join(checkpoint.actions)}`", ""]
        shown = checkpoint.prompt
    return "\n".join(lines)


def page_with_transcript(page: str) -> str:
    """``page`` with the transcript between its marks replaced by the present one."""
    with tempfile.TemporaryDirectory(prefix="neuralnav-transcript-") as place, chdir(place):
        return with_block(page, "transcript", asyncio.run(transcript()))


if __name__ == "__main__":
    PAGE.write_text(page_with_transcript(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
