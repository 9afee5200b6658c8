"""What tools were asked and found is text: bounded, without secrets, with nothing in it that is read as markup."""

from __future__ import annotations

from langchain_core.tools import StructuredTool
from pydantic import BaseModel, Field

from neuralnav.chat.tool_calls import HIDDEN, MAX_LINES, ToolCalls, outlined


class Found(BaseModel):
    """What the tool of these tests finds."""

    names: list[str] = Field(default_factory=lambda: [f"model {number}" for number in range(50)])
    absent: str | None = None
    words: str = "``` <script>alert(1)</script> :word"


async def _look(need: str, api_key: str) -> Found:
    """Look."""
    return Found()


async def test_calls_are_noted_only_while_they_are_watched() -> None:
    tool = StructuredTool.from_function(coroutine=_look, name="look", description="Looks.")
    given = {"need": "a chatbot", "api_key": "hunter2"}
    calls = ToolCalls()
    with calls.watching():
        await tool.ainvoke(given, {"metadata": {"langgraph_node": "plan"}})
    await tool.ainvoke(given, {"metadata": {"langgraph_node": "plan"}})
    assert calls.asked("plan") == f"look\n  need: a chatbot\n  api_key: {HIDDEN}"
    found = calls.found("plan")
    assert found.startswith("````text\nlook\n  words: ``` <script>")
    assert "    - model 0\n" in found
    assert found.endswith("\n````")
    assert "50 in all" in found
    assert "absent" not in found
    assert calls.asked("plan") == ""


def test_what_is_long_or_deep_is_cut() -> None:
    deep: dict[str, object] = {}
    for _ in range(100):
        deep = {"inside": deep, "beside": "x" * 10_000}
    lines = outlined({f"key {number}": deep for number in range(500)}).splitlines()
    assert len(lines) <= MAX_LINES + 1
    assert max(map(len, lines)) < 250
    assert outlined({"database_password": {"a": 1}, "tokens": 5}) == f"  tokens: 5\n  database_password: {HIDDEN}"
