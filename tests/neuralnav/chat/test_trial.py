"""A test prompt is bounded, and what the model server says is text."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from pydantic import ValidationError

from neuralnav.chat.trial import MOST_BYTES, MOST_PROMPT_CHARACTERS, TrialEvent, TrialPrompt, answered, lines

ASKED = TrialPrompt(prompt="hello", max_tokens=16)


def event(**delta: Any) -> bytes:
    return f"data: {json.dumps({'choices': [{'index': 0, 'delta': delta}]})}\n\n".encode()


async def heard(*parts: bytes, status: int = 200) -> list[TrialEvent]:
    """What comes of a server that streams ``parts``, as vLLM does where models think or servers go wrong."""

    async def stream() -> AsyncIterator[bytes]:
        for part in parts:
            yield part

    def answer(_: httpx.Request) -> httpx.Response:
        return httpx.Response(status, content=stream(), headers={"content-type": "text/event-stream"})

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer), base_url="http://model") as client:
        return [found async for found in answered(client, "m", ASKED)]


async def test_an_answer_comes_in_pieces_with_what_it_took() -> None:
    usage = b'data: {"choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": 2}}\n\ndata: [DONE]\n\n'
    *pieces, last = await heard(event(reasoning_content="hm"), event(content="<b>"), event(content=" a"), usage)
    assert [(piece.thought, piece.text) for piece in pieces] == [("hm", ""), ("", "<b>"), ("", " a")]
    assert last.figures is not None
    assert (last.figures.prompt_tokens, last.figures.output_tokens) == (3, 2)
    assert last.figures.itl_ms is not None
    assert last.figures.ttft_ms <= last.figures.e2e_ms


async def test_what_goes_wrong_is_said_in_a_sentence() -> None:
    refused = await heard(b'{"error": "secret"}', status=500)
    assert [found.problem for found in refused] == ["The model server answered with status 500."]
    assert (await heard(b'data: {"error": {"message": "x"}}\n'))[-1].problem.endswith("with an error.")
    assert (await heard(b"data: [1\n", b"no event\n"))[-1].problem == "The answer is empty."
    endless = await heard(*[b"data: " + b"x" * 10_000] * (MOST_BYTES // 10_000 + 1))
    assert "more than 500,000 bytes" in endless[-1].problem


async def test_events_are_one_line_each_whatever_they_hold() -> None:
    async def said() -> AsyncIterator[TrialEvent]:
        yield TrialEvent(text="a\nb\u2028")

    (line,) = [line async for line in lines(said())]
    assert line.count("\n") == 1
    assert json.loads(line) == {"text": "a\nb\u2028"}


@pytest.mark.parametrize(
    "given", [{"prompt": ""}, {"prompt": "x" * (MOST_PROMPT_CHARACTERS + 1)}, {"prompt": "x", "max_tokens": 100_000}]
)
def test_prompts_and_answers_have_bounds(given: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        TrialPrompt.model_validate(given)
