"""Real clients find what they expect of an OpenAI-compatible server."""

from __future__ import annotations

import asyncio
from typing import Any

import openai
import pytest
from langchain_openai import ChatOpenAI
from openai import AsyncOpenAI, OpenAI
from pydantic import BaseModel, SecretStr

from tests.simulator.api.conftest import MODEL, Simulator, Start

HELLO: list[Any] = [{"role": "user", "content": "Say hello."}]


@pytest.fixture
def client(simulator: Simulator) -> OpenAI:
    return OpenAI(base_url=f"{simulator.url}/v1", api_key="none", max_retries=0, timeout=30)


def test_openai_lists_the_served_names(client: OpenAI) -> None:
    assert [model.id for model in client.models.list()] == [MODEL, "llama"]


def test_openai_gets_a_chat_completion_with_its_usage(client: OpenAI) -> None:
    answer = client.chat.completions.create(model=MODEL, messages=HELLO, max_completion_tokens=12)
    assert answer.choices[0].finish_reason == "length"
    assert answer.choices[0].message.content
    assert answer.usage is not None
    assert answer.usage.completion_tokens == 12
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + 12


def test_openai_streams_the_text_that_it_gets_at_once(client: OpenAI) -> None:
    options: Any = {"model": MODEL, "messages": HELLO, "max_tokens": 30, "seed": 3}
    whole = client.chat.completions.create(**options)
    chunks = list(client.chat.completions.create(**options, stream=True, stream_options={"include_usage": True}))
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert text == whole.choices[0].message.content
    assert chunks[0].choices[0].delta.role == "assistant"
    assert chunks[-2].choices[0].finish_reason == "length"
    assert chunks[-1].usage == whole.usage


def test_openai_streams_completions_of_several_prompts(client: OpenAI) -> None:
    options: Any = {"model": "llama", "prompt": ["One", "Two"], "max_tokens": 9, "n": 2}
    whole = client.completions.create(**options)
    texts = dict.fromkeys(range(4), "")
    for chunk in client.completions.create(**options, stream=True):
        texts[chunk.choices[0].index] += chunk.choices[0].text
    assert texts == {choice.index: choice.text for choice in whole.choices}
    assert len(set(texts.values())) == 4


async def test_openai_asks_many_things_at_once(simulator: Simulator) -> None:
    async with AsyncOpenAI(base_url=f"{simulator.url}/v1", api_key="none", max_retries=0) as client:

        async def ask(number: int) -> int:
            messages: Any = [{"role": "user", "content": f"Number {number}"}]
            stream = await client.chat.completions.create(
                model=MODEL, messages=messages, max_tokens=20 + number, stream=True, extra_body={"ignore_eos": True}
            )
            return sum([1 async for chunk in stream if chunk.choices and chunk.choices[0].delta.content])

        assert all(await asyncio.gather(*(ask(number) for number in range(20))))


def test_openai_understands_the_errors(client: OpenAI) -> None:
    with pytest.raises(openai.NotFoundError, match="does not exist"):
        client.chat.completions.create(model="gpt-4", messages=HELLO)
    with pytest.raises(openai.BadRequestError, match="maximum context length is 4096 tokens") as refused:
        client.completions.create(model=MODEL, prompt="word " * 5000, max_tokens=10)
    assert refused.value.param == "input_tokens"


def test_a_key_is_asked_for_under_v1_and_nowhere_else(start: Start) -> None:
    with start("--api-key", "first", "second", "--host=127.0.0.1") as guarded:
        for key in ("first", "second"):
            assert OpenAI(base_url=f"{guarded.url}/v1", api_key=key).models.list().data
        with pytest.raises(openai.AuthenticationError):
            OpenAI(base_url=f"{guarded.url}/v1", api_key="wrong", max_retries=0).models.list()
        assert guarded.get("/v1/models").json() == {"error": "Unauthorized"}
        assert guarded.get("/health").status_code == 200
        assert "vllm:num_requests_running" in guarded.get("/metrics").text


class Weather(BaseModel):
    """The weather at a place."""

    place: str
    celsius: float


@pytest.fixture(scope="module")
def chat(simulator: Simulator) -> ChatOpenAI:
    return ChatOpenAI(base_url=f"{simulator.url}/v1", api_key=SecretStr("none"), model=MODEL, max_retries=0)


def test_langchain_asks_and_streams(chat: ChatOpenAI) -> None:
    answer = chat.bind(max_tokens=15).invoke("Say hello.")
    assert answer.response_metadata["finish_reason"] == "length"
    streamed = list(chat.bind(max_tokens=15).stream("Say hello."))
    assert "".join(str(chunk.content) for chunk in streamed) == answer.content


@pytest.mark.parametrize("method", ["function_calling", "json_schema"])
def test_langchain_gets_structured_output(chat: ChatOpenAI, method: Any) -> None:
    found = chat.with_structured_output(Weather, method=method).invoke("What is the weather in Paris?")
    assert isinstance(found, Weather)


async def test_langchain_binds_a_required_tool(chat: ChatOpenAI) -> None:
    bound = chat.bind_tools([Weather], tool_choice="required")
    answer = await bound.ainvoke("What is the weather in Paris?")
    assert [call["name"] for call in answer.tool_calls] == ["Weather"]
    assert Weather.model_validate(answer.tool_calls[0]["args"])
