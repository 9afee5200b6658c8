"""What is refused is refused as vLLM refuses it: status, type, parameter and words."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.simulator.api.conftest import CONTEXT, MODEL, Simulator

COMPLETIONS, CHAT = "/v1/completions", "/v1/chat/completions"
HELLO = {"messages": [{"role": "user", "content": "Hello"}]}
TOOL = {"type": "function", "function": {"name": "look", "parameters": {"type": "object"}}}


def problem(answer: httpx.Response, status: int = 400, kind: str = "BadRequestError") -> dict[str, Any]:
    """The error of an answer, whose shape is checked."""
    error: dict[str, Any] = answer.json()["error"]
    assert set(error) == {"message", "type", "param", "code"}
    assert (answer.status_code, error["code"], error["type"]) == (status, status, kind)
    return error


@pytest.mark.parametrize("path", [COMPLETIONS, CHAT, "/v1/embeddings", "/tokenize", "/detokenize"])
def test_unknown_models_are_not_found(simulator: Simulator, path: str) -> None:
    body = {"model": "gpt-4", "prompt": "Hello", "tokens": [1], **HELLO}
    error = problem(simulator.post(path, body), 404, "NotFoundError")
    assert (error["message"], error["param"]) == ("The model `gpt-4` does not exist.", "model")


@pytest.mark.parametrize("path", [COMPLETIONS, CHAT, "/v1/embeddings", "/tokenize", "/detokenize"])
@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'"text"', b"\xff", b"[" * 100_000, b"1" * 5000])
def test_what_is_no_object_of_json_is_a_bad_request(simulator: Simulator, path: str, content: bytes) -> None:
    answer = httpx.post(simulator.url + path, content=content, headers={"content-type": "application/json"})
    problem(answer, 400, "Bad Request")


def test_other_types_than_json_are_refused(simulator: Simulator) -> None:
    answer = httpx.post(simulator.url + COMPLETIONS, content=b'{"prompt": "Hello"}')
    assert "Only 'application/json' is allowed" in problem(answer, 400, "Bad Request")["message"]


def test_wrong_types_name_the_field(simulator: Simulator) -> None:
    error = problem(simulator.post(COMPLETIONS, {"prompt": "Hello", "max_tokens": "many"}), 400, "Bad Request")
    assert error["param"] == "max_tokens"
    assert "'many'" in error["message"]


def test_a_prompt_that_is_too_long_names_the_context(simulator: Simulator) -> None:
    error = problem(simulator.post(COMPLETIONS, {"prompt": [1] * CONTEXT, "max_tokens": 100}))
    assert error["param"] == "input_tokens"
    assert error["message"] == (
        "This model's maximum context length is 4096 tokens. However, you requested 100 output tokens and your prompt "
        "contains at least 3997 input tokens, for a total of at least 4097 tokens. Please reduce the length of the "
        "input prompt or the number of requested output tokens. (parameter=input_tokens, value=3997)"
    )


@pytest.mark.parametrize("path", [COMPLETIONS, CHAT])
def test_a_text_that_must_have_too_many_tokens_is_refused_for_its_characters(simulator: Simulator, path: str) -> None:
    text = "a" * 200_000
    body = {"prompt": text, "messages": [{"role": "user", "content": text}], "max_tokens": 96}
    error = problem(simulator.post(path, body))
    assert error["param"] == "input_text"
    assert "However, you requested 96 output tokens and your prompt contains 200" in error["message"]
    assert "(more than 64000 characters, which is the upper bound for 4000 input tokens)" in error["message"]
    assert simulator.post(path, body | {"truncate_prompt_tokens": 4}).status_code == 200


@pytest.mark.parametrize("field", ["max_tokens", "max_completion_tokens"])
def test_too_many_output_tokens_name_the_parameter(simulator: Simulator, field: str) -> None:
    error = problem(simulator.post(CHAT, HELLO | {field: 5000}))
    assert error["param"] == field
    assert error["message"].startswith(f"{field}=5000 cannot be greater than max_model_len=4096. Please request fewer")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"n": 0}, "n must be at least 1, got 0."),
        ({"n": 10**30}, "n must be at most"),
        ({"temperature": -1}, "temperature must be non-negative"),
        ({"top_p": 0}, "top_p must be in (0, 1], got 0.0."),
        ({"top_k": -2}, "top_k must be 0 (disable), or at least 1, got -2."),
        ({"min_p": 2}, "min_p must be in [0, 1], got 2.0."),
        ({"presence_penalty": 3}, "presence_penalty must be in [-2, 2], got 3.0."),
        ({"frequency_penalty": -3}, "frequency_penalty must be in [-2, 2], got -3.0."),
        ({"repetition_penalty": 0}, "repetition_penalty must be greater than zero, got 0.0."),
        ({"min_tokens": -1}, "min_tokens must be greater than or equal to 0, got -1."),
        ({"min_tokens": 9, "max_tokens": 8}, "min_tokens must be less than or equal to max_tokens=8, got 9."),
        ({"max_tokens": -5}, "max_tokens must be at least 1, got -5."),
        ({"stop": ["", "a"]}, "stop cannot contain an empty string."),
        ({"stop": ["a"] * 500}, "stop can hold at most"),
        ({"stream_options": {"include_usage": True}}, "Stream options can only be defined when `stream=True`."),
        ({"use_beam_search": True}, "Beam search is not simulated."),
        ({"prompt_logprobs": 1}, "Logprobs of prompts are not simulated."),
        ({"response_format": {"type": "json_schema"}}, "'json_schema' field must be provided"),
        ({"structured_outputs": {"regex": "a+"}}, "structured_outputs.regex is not simulated"),
        ({"structured_outputs": {"regex": "a", "choice": ["a"]}}, "You can only use one kind of constraints"),
        ({"structured_outputs": {"json": "{"}}, "structured_outputs.json is no JSON schema."),
        ({"structured_outputs": {"json": "[" * 100_000}}, "structured_outputs.json is no JSON schema."),
        ({"truncate_prompt_tokens": 5000}, "truncate_prompt_tokens=5000 cannot be greater than"),
    ],
)
@pytest.mark.parametrize("path", [COMPLETIONS, CHAT])
def test_values_out_of_range_are_refused(simulator: Simulator, path: str, changes: Any, words: str) -> None:
    body = HELLO if path == CHAT else {"prompt": "Hello"}
    assert words in problem(simulator.post(path, body | changes))["message"]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({}, "Either prompt or prompt_embeds must be provided and non-empty."),
        ({"prompt": ""}, "Either prompt or prompt_embeds must be provided and non-empty."),
        ({"prompt": []}, "The decoder prompt cannot be empty"),
        ({"prompt": [[1], []]}, "The decoder prompt cannot be empty"),
        ({"prompt": [10**6]}, "Token id 1000000 is out of vocabulary"),
        ({"prompt": ["a"] * 2000}, "prompt list length 2000"),
        ({"prompt": "a", "max_tokens": 0}, "max_tokens must be at least 1, got 0."),
        ({"prompt": "a", "logprobs": 21}, "logprobs of 21, which is greater than max allowed: 20"),
        ({"prompt": "a", "logprobs": -3}, "`logprobs` must be a positive value or -1."),
        ({"prompt_embeds": "AAAA"}, "You must set `--enable-prompt-embeds`"),
        ({"prompt": [100_000], "echo": True}, "token id 100000"),
    ],
)
def test_prompts_that_cannot_be_are_refused(simulator: Simulator, body: Any, words: str) -> None:
    assert words in problem(simulator.post(COMPLETIONS, body))["message"]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"tools": []}, "`tools` must not be an empty array"),
        ({"tool_choice": "required"}, "When using `tool_choice`, `tools` must be set."),
        ({"tools": [TOOL]}, '"auto" tool choice requires --enable-auto-tool-choice'),
        ({"tools": [TOOL], "tool_choice": {"type": "function", "function": {"name": "x"}}}, "does not match any"),
        ({"top_logprobs": 2}, "when using `top_logprobs`, `logprobs` must be set to true."),
        ({"logprobs": True, "top_logprobs": 50}, "greater than max allowed: 20"),
        ({"add_generation_prompt": True, "continue_final_message": True}, "Cannot set both"),
        (
            {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "x"}}]}]},
            "At most 0 image(s) may be provided in one prompt.",
        ),
        ({"messages": [{"role": "user", "content": [{"type": "smell"}]}]}, "Unknown part type: smell"),
        ({"messages": [{"role": "user", "content": "a", "tool_calls": 5}]}, "cannot render these messages"),
    ],
)
def test_conversations_that_cannot_be_are_refused(simulator: Simulator, changes: Any, words: str) -> None:
    assert words in problem(simulator.post(CHAT, HELLO | changes))["message"]


def test_embeddings_are_refused_as_by_a_model_that_generates(simulator: Simulator) -> None:
    error = problem(simulator.post("/v1/embeddings", {"model": MODEL, "input": "Hello"}))
    assert error["message"] == "The model does not support Embeddings API"


def test_unknown_paths_and_methods_have_the_same_shape(simulator: Simulator) -> None:
    problem(simulator.get("/v1/nothing"), 404, "Not Found")
    problem(simulator.get(COMPLETIONS), 405, "Method Not Allowed")


def test_bodies_beyond_the_bound_are_not_read(simulator: Simulator) -> None:
    content = b'{"prompt": "' + b"a" * (17 * 2**20) + b'"}'
    with httpx.Client() as client:
        answer = client.post(simulator.url + COMPLETIONS, content=content, headers={"content-type": "application/json"})
    problem(answer, 413, "Request Entity Too Large")


def test_fields_that_vllm_does_not_know_are_accepted(simulator: Simulator) -> None:
    answer = simulator.post(CHAT, HELLO | {"max_tokens": 3, "store": True, "made_up": {"a": 1}, "logit_bias": {"5": 1}})
    assert answer.status_code == 200


@pytest.mark.parametrize("text", ["\ud800", "\x00", "\U0001f600 \u0301", "<|im_end|>"])
def test_any_text_can_be_a_prompt(simulator: Simulator, text: str) -> None:
    body = '{"prompt": "' + "".join(f"\\u{ord(c):04x}" if ord(c) < 0x10000 else c for c in text) + '", "max_tokens": 2}'
    headers = {"content-type": "application/json"}
    assert httpx.post(simulator.url + COMPLETIONS, content=body.encode(), headers=headers).status_code == 200
