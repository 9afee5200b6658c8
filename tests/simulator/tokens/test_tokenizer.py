"""The shipped tokenizer: any text survives it, its readers agree, and it is made from the repository's own words."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer as Backend

from neuralnav.errors import InvalidInputError
from scripts.make_tokenizer import tokenizer_files
from simulator.tokens.tokenizer import TOKENIZER_DIR, Tokenizer, load_tokenizer


@pytest.fixture(scope="module")
def backend() -> Backend:
    return Backend.from_file(str(TOKENIZER_DIR / "tokenizer.json"))


def test_the_shipped_files_are_what_the_script_makes_byte_for_byte() -> None:
    shipped = {path.name: path.read_bytes() for path in TOKENIZER_DIR.iterdir()}
    assert shipped == {name: text.encode() for name, text in tokenizer_files().items()}, (
        "run: python -m scripts.make_tokenizer"
    )


def test_the_files_stay_small() -> None:
    assert sum(path.stat().st_size for path in TOKENIZER_DIR.iterdir()) < 300_000


@given(st.text())
def test_any_text_survives_encoding_and_decoding(text: str) -> None:
    tokenizer = load_tokenizer()
    assert tokenizer.decode(tokenizer.encode(text)) == text


@pytest.mark.parametrize(
    "text", ["", "a<|im_end|>b", "\n\n x \t\r\n", "don't 12345", "naïve 漢字 👩‍👩‍👧", '{\n    "a": [1]\n}']
)
def test_difficult_texts_survive_too(tokenizer: Tokenizer, text: str) -> None:
    assert tokenizer.decode(tokenizer.encode(text)) == text


def test_half_a_surrogate_pair_counts_as_the_replacement_character(tokenizer: Tokenizer) -> None:
    assert tokenizer.decode(tokenizer.encode("a\ud800b")) == "a\ufffdb"
    assert tokenizer.decode(tokenizer.encode("\ud83d\ude00")) == "😀"


@given(st.lists(st.integers(min_value=0, max_value=load_tokenizer().vocabulary_size - 1)))
def test_any_ids_decode_as_the_tokenizers_library_decodes_them(ids: list[int]) -> None:
    backend = Backend.from_file(str(TOKENIZER_DIR / "tokenizer.json"))
    assert load_tokenizer().decode(ids) == backend.decode(ids, skip_special_tokens=False)


@pytest.mark.parametrize("unknown", [-1, 6144, 10**12])
def test_an_id_of_no_token_is_refused_by_value_and_range(tokenizer: Tokenizer, unknown: int) -> None:
    with pytest.raises(InvalidInputError) as caught:
        tokenizer.decode([1, unknown])
    (problem,) = caught.value.problems
    assert (problem.field, problem.value, problem.allowed) == ("tokens", unknown, "0 to 6143")


def test_english_takes_fewer_tokens_than_half_of_its_characters(tokenizer: Tokenizer) -> None:
    text = "Please explain how the scheduler decides which request is served next, and why that is fair."
    assert len(tokenizer.encode(text)) < len(text) / 4


def test_special_tokens_are_those_of_the_configuration(tokenizer: Tokenizer, backend: Backend) -> None:
    config = json.loads((TOKENIZER_DIR / "tokenizer_config.json").read_text())
    special = json.loads((TOKENIZER_DIR / "special_tokens_map.json").read_text())
    assert special == {"eos_token": config["eos_token"], "pad_token": config["pad_token"]}
    assert tokenizer.encode(config["eos_token"]) == [tokenizer.end_of_turn] == [backend.token_to_id("<|im_end|>")]
    assert tokenizer.encode(config["pad_token"]) == [tokenizer.end_of_text]
    assert tokenizer.vocabulary_size == backend.get_vocab_size()


def test_a_conversation_is_rendered_turn_by_turn(tokenizer: Tokenizer) -> None:
    messages: list[dict[str, Any]] = [
        {"role": "system", "content": "Be kind."},
        {"role": "user", "content": [{"type": "text", "text": "Hi "}, {"type": "text", "text": "<b> é"}]},
        {"role": "assistant", "content": None, "tool_calls": [{"function": {"name": "f", "arguments": '{"a": 1}'}}]},
        {"role": "tool", "content": "3\n", "tool_call_id": "x"},
    ]
    rendered = tokenizer.render(messages)
    assert rendered == (
        "<|im_start|>system\nBe kind.<|im_end|>\n"
        "<|im_start|>user\nHi <b> é<|im_end|>\n"
        '<|im_start|>assistant\n<tool_call>{"name": "f", "arguments": "{\\"a\\": 1}"}</tool_call><|im_end|>\n'
        "<|im_start|>tool\n3\n<|im_end|>\n"
        "<|im_start|>assistant\n"
    )
    assert tokenizer.chat(messages) == tokenizer.encode(rendered)
    assert tokenizer.decode(tokenizer.chat(messages)) == rendered


def test_a_conversation_can_end_without_the_beginning_of_an_answer(tokenizer: Tokenizer) -> None:
    messages = [{"role": "user", "content": "Hi"}]
    whole, begun = tokenizer.render(messages, add_generation_prompt=False), tokenizer.render(messages)
    assert begun == whole + "<|im_start|>assistant\n"


def test_functions_stand_before_the_conversation(tokenizer: Tokenizer) -> None:
    rendered = tokenizer.render([{"role": "user", "content": "Hi"}], tools=[{"function": {"name": "é<f"}}])
    assert rendered.startswith(
        "<|im_start|>system\nThese functions may be called:\n"
        '{"function": {"name": "é<f"}}\n<|im_end|>\n<|im_start|>user\nHi'
    )


def test_a_longer_conversation_begins_with_the_tokens_of_the_shorter_one(tokenizer: Tokenizer) -> None:
    messages = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello."}]
    shorter = tokenizer.chat(messages[:1])
    assert tokenizer.chat(messages)[: len(shorter)] == shorter


@pytest.mark.parametrize(
    "message",
    [
        {"content": "no role"},
        {"role": None, "content": "x"},
        {"role": "user", "content": [{"type": "image_url", "image_url": {"url": "x"}}]},
        {"role": "user", "content": 5},
        {"role": "user", "content": ["x"]},
        {"role": "assistant", "content": None, "tool_calls": [{"id": "x"}]},
    ],
)
def test_messages_that_are_no_text_are_refused(tokenizer: Tokenizer, message: dict[str, Any]) -> None:
    with pytest.raises(InvalidInputError, match="chat template"):
        tokenizer.render([message])
