"""What completions and chats answer: text, lengths, stops, logprobs, forms and tools."""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import jsonschema
import pytest

from simulator.tokens.tokenizer import load_tokenizer
from tests.simulator.api.conftest import CONTEXT, MODEL, Simulator, Start

COMPLETIONS, CHAT = "/v1/completions", "/v1/chat/completions"
HELLO = [{"role": "user", "content": "Hello"}]


def completed(simulator: Simulator, **body: Any) -> Any:
    answer = simulator.post(COMPLETIONS, {"prompt": "Hello"} | body)
    assert answer.status_code == 200, answer.text
    return answer.json()


def chatted(simulator: Simulator, **body: Any) -> Any:
    answer = simulator.post(CHAT, {"messages": HELLO} | body)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_prompts_may_be_text_or_tokens_one_or_several(simulator: Simulator) -> None:
    tokens = load_tokenizer().encode("Hello there")
    one = completed(simulator, prompt="Hello there", max_tokens=7)
    same = completed(simulator, prompt=tokens, max_tokens=7)
    assert same["choices"] == one["choices"]
    assert same["usage"] == one["usage"]
    several = completed(simulator, prompt=[tokens, tokens[:1]], max_tokens=7)
    assert several["choices"][0]["text"] == one["choices"][0]["text"]
    assert several["usage"]["prompt_tokens"] == len(tokens) + 1
    assert several["usage"]["completion_tokens"] == 14
    assert len(completed(simulator, prompt=["a", "b", "c"], max_tokens=2)["choices"]) == 3


def test_the_text_has_as_many_tokens_as_usage_says(simulator: Simulator) -> None:
    for length in (1, 2, 50, 333):
        answer = completed(simulator, max_tokens=length, ignore_eos=True)
        assert answer["usage"]["completion_tokens"] == length
        assert len(load_tokenizer().encode(answer["choices"][0]["text"])) == length
        assert answer["choices"][0]["finish_reason"] == "length"


def test_without_ignore_eos_answers_end_by_themselves_after_at_least_min_tokens(simulator: Simulator) -> None:
    ended = completed(simulator, prompt=[f"Question {i}" for i in range(20)], max_tokens=3000)
    assert {choice["finish_reason"] for choice in ended["choices"]} == {"stop"}
    mean = ended["usage"]["completion_tokens"] / 20
    assert 128 < mean < 512
    longer = completed(simulator, max_tokens=3500, min_tokens=2000)
    assert longer["usage"]["completion_tokens"] == 2000


def test_completions_have_16_tokens_at_most_by_default_and_chats_what_the_context_leaves(simulator: Simulator) -> None:
    assert completed(simulator)["usage"]["completion_tokens"] == 16
    assert completed(simulator, max_tokens=None)["usage"]["completion_tokens"] == 16
    assert chatted(simulator, ignore_eos=True)["usage"]["total_tokens"] == CONTEXT


def test_the_same_request_gets_the_same_text_and_another_seed_another(simulator: Simulator) -> None:
    first, again, other = (completed(simulator, seed=seed)["choices"][0]["text"] for seed in (1, 1, 2))
    assert first == again != other


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("included", [False, True])
def test_answers_end_at_a_stop_string(simulator: Simulator, *, included: bool, stream: bool) -> None:
    text = completed(simulator, max_tokens=60, ignore_eos=True)["choices"][0]["text"]
    stop = text[40:52]
    body = {"max_tokens": 60, "stop": ["never there", stop], "include_stop_str_in_output": included, "stream": stream}
    answer = simulator.post(COMPLETIONS, {"prompt": "Hello"} | body)
    if stream:
        chunks = [json.loads(line[6:]) for line in answer.text.split("\n\n") if line.startswith("data: {")]
        choice = chunks[-1]["choices"][0]
        said = "".join(chunk["choices"][0]["text"] for chunk in chunks)
    else:
        choice = answer.json()["choices"][0]
        said = choice["text"]
    assert said == text[: text.index(stop)] + stop * included
    assert (choice["finish_reason"], choice["stop_reason"]) == ("stop", stop)


def test_a_stop_string_that_ended_before_min_tokens_stops_nothing_after_them(simulator: Simulator) -> None:
    text = completed(simulator, max_tokens=60, ignore_eos=True)["choices"][0]["text"]
    early = load_tokenizer().decode(load_tokenizer().encode(text)[2:9])
    assert text.count(early) == 1
    body = {"max_tokens": 60, "ignore_eos": True, "min_tokens": 9, "stop": [early, "x" * 1000]}
    assert completed(simulator, **body)["usage"]["completion_tokens"] == 60
    assert completed(simulator, **body | {"min_tokens": 8})["choices"][0]["stop_reason"] == early


@pytest.mark.parametrize("stop", ["x" * 1001, ["a", "x" * 1001]])
def test_stop_strings_have_a_bound(simulator: Simulator, stop: Any) -> None:
    answer = simulator.post(COMPLETIONS, {"prompt": "Hello", "stop": stop})
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, "stop")
    assert "at most 1000 characters" in answer.json()["error"]["message"]


def test_biases_of_tokens_change_nothing_but_must_be_numbers_by_token_id(simulator: Simulator) -> None:
    plain = completed(simulator, seed=5)["choices"]
    for biases in ({}, None, {"5": -100, "17": 1e9}):
        assert completed(simulator, seed=5, logit_bias=biases)["choices"] == plain
    for wrong in ({"word": 1}, {"-5": 1}, {"5": "much"}, [5], "5"):
        answer = simulator.post(COMPLETIONS, {"prompt": "Hello", "logit_bias": wrong})
        assert (answer.status_code, answer.json()["error"]["param"]) == (400, "logit_bias")


def test_answers_end_at_a_stop_token(simulator: Simulator) -> None:
    tokens = load_tokenizer().encode(completed(simulator, max_tokens=30)["choices"][0]["text"])
    answer = completed(simulator, max_tokens=30, stop_token_ids=[tokens[10]], return_token_ids=True)
    choice = answer["choices"][0]
    assert choice["token_ids"] == tokens[: tokens.index(tokens[10]) + 1]
    assert choice["stop_reason"] == tokens[10]


def test_the_prompt_is_echoed_and_may_be_all_that_is_wanted(simulator: Simulator) -> None:
    answer = completed(simulator, prompt="Hello there", echo=True, max_tokens=3, logprobs=1)["choices"][0]
    assert answer["text"].startswith("Hello there")
    assert "".join(answer["logprobs"]["tokens"]) == answer["text"]
    assert answer["logprobs"]["token_logprobs"][0] is None
    assert completed(simulator, prompt="Hello there", echo=True, max_tokens=0)["choices"][0]["text"] == "Hello there"


def test_logprobs_of_completions_have_openais_shape(simulator: Simulator) -> None:
    choice = completed(simulator, max_tokens=8, logprobs=3)["choices"][0]
    logprobs = choice["logprobs"]
    assert {key: len(value) for key, value in logprobs.items()} == dict.fromkeys(logprobs, 8)
    for token, offset in zip(logprobs["tokens"], logprobs["text_offset"], strict=True):
        assert choice["text"][offset:].startswith(token)
    assert all(len(top) <= 3 and max(top.values()) <= 0 for top in logprobs["top_logprobs"])


def test_logprobs_of_chats_have_openais_shape(simulator: Simulator) -> None:
    choice = chatted(simulator, max_tokens=8, logprobs=True, top_logprobs=2)["choices"][0]
    content = choice["logprobs"]["content"]
    assert "".join(entry["token"] for entry in content) == choice["message"]["content"]
    assert all(bytes(entry["bytes"]).decode() == entry["token"] for entry in content)
    assert all(len(entry["top_logprobs"]) == 2 for entry in content)
    assert chatted(simulator, max_tokens=2)["choices"][0]["logprobs"] is None


def test_long_prompts_are_cut_where_the_request_says(simulator: Simulator) -> None:
    assert completed(simulator, prompt=[5] * 6000, truncate_prompt_tokens=100)["usage"]["prompt_tokens"] == 100
    assert completed(simulator, prompt=[5] * 6000, truncate_prompt_tokens=-1)["usage"]["total_tokens"] == CONTEXT


def test_content_may_be_a_list_of_parts(simulator: Simulator) -> None:
    parts = [{"type": "text", "text": "Hello"}]
    assert (
        chatted(simulator, messages=[{"role": "user", "content": parts}], seed=1)["choices"][0]["message"]
        == (chatted(simulator, seed=1)["choices"][0]["message"])
    )


def test_a_prompt_that_came_before_is_cached_but_for_its_last_block(simulator: Simulator) -> None:
    prompt = [7, 8, 9, 10] * 25
    completed(simulator, prompt=prompt)
    usage = completed(simulator, prompt=prompt)["usage"]
    assert usage["prompt_tokens_details"] == {"cached_tokens": 96}
    assert completed(simulator, prompt=prompt[:96])["usage"]["prompt_tokens_details"] == {"cached_tokens": 80}


def test_each_turn_of_a_conversation_finds_the_prompts_and_answers_before_it_in_the_prefix_cache(
    simulator: Simulator,
) -> None:
    messages, known = [{"role": "user", "content": "Tell me about the sea, in several turns."}], 0
    for turn in range(5):
        answer = chatted(simulator, messages=messages, max_tokens=90 + 7 * turn, min_tokens=60)
        usage = answer["usage"]
        assert usage["prompt_tokens_details"]["cached_tokens"] == known
        known = (usage["total_tokens"] - 1) // 16 * 16
        messages += [answer["choices"][0]["message"], {"role": "user", "content": f"And then? This is turn {turn}."}]


@pytest.mark.parametrize("field", ["response_format", "structured_outputs"])
def test_json_is_valid_and_as_long_as_prose_would_be(simulator: Simulator, field: str) -> None:
    value = {"type": "json_object"} if field == "response_format" else {"json_object": True}
    answer = chatted(simulator, max_tokens=200, ignore_eos=True, **{field: value})
    assert json.loads(answer["choices"][0]["message"]["content"])["answer"]
    assert 150 < answer["usage"]["completion_tokens"] <= 200
    assert answer["choices"][0]["finish_reason"] == "stop"


SCHEMA = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "minLength": 30},
        "kind": {"enum": ["a", "b"]},
        "sizes": {"type": "array", "items": {"$ref": "#/$defs/size"}, "minItems": 2},
        "when": {"anyOf": [{"type": "string", "format": "date-time"}, {"type": "null"}]},
    },
    "required": ["name", "kind", "sizes"],
    "additionalProperties": False,
    "$defs": {"size": {"type": "integer", "exclusiveMinimum": 3, "maximum": 9, "multipleOf": 2}},
}


def test_json_of_a_schema_satisfies_it(simulator: Simulator) -> None:
    form = {"type": "json_schema", "json_schema": {"name": "thing", "schema": SCHEMA}}
    answer = chatted(simulator, max_tokens=500, response_format=form)["choices"][0]
    jsonschema.validate(json.loads(answer["message"]["content"]), SCHEMA)
    cut = chatted(simulator, max_tokens=5, response_format=form)["choices"][0]
    assert cut["finish_reason"] == "length"


def test_a_schema_that_cannot_be_imitated_is_refused(simulator: Simulator) -> None:
    form = {"type": "json_schema", "json_schema": {"name": "x", "schema": {"type": "string", "pattern": "^a+$"}}}
    answer = simulator.post(CHAT, {"messages": HELLO, "response_format": form})
    assert answer.status_code == 400
    assert "'pattern' is not supported" in answer.json()["error"]["message"]


def doubled(levels: int) -> dict[str, Any]:
    """A schema that refers to the next one twice, and so on."""
    chain = {f"n{i}": {"allOf": [{"$ref": f"#/$defs/n{i + 1}"}] * 2} for i in range(levels)}
    return {"$ref": "#/$defs/n0", "$defs": chain | {f"n{levels}": {"type": "string"}}}


def lists(levels: int) -> dict[str, Any]:
    """A schema of lists of a thousand lists."""
    schema: dict[str, Any] = {"type": "string"}
    for _ in range(levels):
        schema = {"type": "array", "items": schema, "minItems": 1000}
    return schema


OWN_PROPERTIES = {"type": "object", "properties": {f"p{i}": {"$ref": "#"} for i in range(40)}}
NAMES = [f"{number:x}" for number in range(5000)]


@pytest.mark.parametrize(
    ("place", "schema", "status"),
    [
        ("response_format", OWN_PROPERTIES, 200),
        ("response_format", lists(4), 400),
        ("structured_outputs", lists(4), 400),
        ("tools", lists(4), 400),
        ("structured_outputs", doubled(31), 400),
        ("response_format", doubled(18), 400),
        ("response_format", {"allOf": [{"enum": NAMES}, {"enum": [f"{name}." for name in NAMES]}]}, 400),
        ("structured_outputs", {"const": [lists(40)]}, 200),
    ],
)
def test_schemas_that_multiply_end_soon_and_others_are_answered_meanwhile(
    simulator: Simulator, place: str, schema: dict[str, Any], status: int
) -> None:
    bodies: dict[str, dict[str, Any]] = {
        "response_format": {"response_format": {"type": "json_schema", "json_schema": {"name": "x", "schema": schema}}},
        "structured_outputs": {"structured_outputs": {"json": json.dumps(schema)}},
        "tools": {
            "tools": [{"type": "function", "function": {"name": "look", "parameters": schema}}],
            "tool_choice": "required",
        },
    }
    body = {"messages": HELLO, "max_tokens": 3000} | bodies[place]
    with ThreadPoolExecutor(1) as asking:
        begin = time.monotonic()
        asked = asking.submit(simulator.post, CHAT, body)
        slowest = 0.0
        while not asked.done():
            since = time.monotonic()
            assert simulator.get("/health").status_code == 200
            slowest = max(slowest, time.monotonic() - since)
        answer = asked.result()
    assert time.monotonic() - begin < 10
    assert slowest < 1
    assert answer.status_code == status, answer.text
    if status == 400:
        error = answer.json()["error"]
        assert error["param"] == place
        assert "The simulator cannot answer in this JSON schema" in error["message"]
        assert len(error["message"]) < 1500


def test_one_of_several_texts_is_chosen(simulator: Simulator) -> None:
    answer = completed(simulator, structured_outputs={"choice": ["yes", "no"]}, max_tokens=9)
    assert answer["choices"][0]["text"] in ("yes", "no")


def tool(name: str) -> dict[str, Any]:
    return {"type": "function", "function": {"name": name, "parameters": SCHEMA}}


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(
    ("choice", "reason"), [("required", "tool_calls"), ({"type": "function", "function": {"name": "look"}}, "stop")]
)
def test_tools_are_called_where_a_call_is_required(
    simulator: Simulator, choice: Any, reason: str, *, stream: bool
) -> None:
    body = {"messages": HELLO, "tools": [tool("look")], "tool_choice": choice, "stream": stream}
    answer = simulator.post(CHAT, body)
    if stream:
        chunks = [
            json.loads(line[6:])["choices"][0] for line in answer.text.split("\n\n") if line.startswith("data: {")
        ]
        calls = [call for chunk in chunks for call in chunk["delta"].get("tool_calls", ())]
        name, arguments = calls[0]["function"]["name"], "".join(call["function"]["arguments"] for call in calls)
        finished = chunks[-1]["finish_reason"]
    else:
        made = answer.json()["choices"][0]
        function = made["message"]["tool_calls"][0]["function"]
        name, arguments, finished = function["name"], function["arguments"], made["finish_reason"]
    jsonschema.validate(json.loads(arguments), SCHEMA)
    assert (name, finished) == ("look", reason)


def test_with_vllms_flags_a_tool_is_called_when_the_user_names_it(start: Start) -> None:
    with start("--enable-auto-tool-choice", "--tool-call-parser=hermes", "--time-scale=50") as simulator:
        asked = [{"role": "user", "content": "Use look to find it"}]
        called = chatted(simulator, messages=asked, tools=[tool("look")], max_tokens=300)["choices"][0]
        assert called["finish_reason"] == "tool_calls"
        result = {"role": "tool", "tool_call_id": "1", "content": "found with look"}
        told = [*asked, called["message"], result]
        assert chatted(simulator, messages=told, tools=[tool("look")], max_tokens=9)["choices"][0]["message"]["content"]


def test_tokens_go_to_text_and_back(simulator: Simulator) -> None:
    counted = simulator.post("/tokenize", {"model": MODEL, "prompt": "Hello there", "return_token_strs": True}).json()
    assert counted["count"] == len(counted["tokens"]) == len(counted["token_strs"])
    assert counted["max_model_len"] == CONTEXT
    assert simulator.post("/detokenize", {"tokens": counted["tokens"]}).json() == {"prompt": "Hello there"}
    conversation = simulator.post("/tokenize", {"messages": HELLO}).json()
    assert conversation["count"] == chatted(simulator, max_tokens=1)["usage"]["prompt_tokens"]


def test_probes_and_names_answer(simulator: Simulator) -> None:
    assert simulator.get("/health").content == b""
    assert simulator.get("/ping").status_code == simulator.post("/ping", {}).status_code == 200
    assert simulator.get("/version").json() == {"version": "0.31.0"}
    card = simulator.get("/v1/models").json()["data"][1]
    assert (card["id"], card["root"], card["max_model_len"]) == ("llama", MODEL, CONTEXT)
