"""Values come from the words that a model quotes, never from the model."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.quoting import QuotedText
from agents.words import Quote, QuotedField


def values(text: str, **quotes: str) -> dict[str, Any]:
    said = [Quote(field=QuotedField(name), words=words) for name, words in quotes.items()]
    return QuotedText(text).values(said).values


@pytest.mark.parametrize(
    ("text", "field", "words", "value"),
    [
        ("a sign of life must show, 250 ms at worst", "ttft_p95_ms", "sign of life must show, 250 ms", 250),
        ("250 ms and there is a sign of life", "ttft_p95_ms", "250 ms and there is a SIGN  of life", 250),
        ("no more than 0.25 s to paint", "ttft_p95_ms", "0.25 s", 250),
        ("45 jobs land each minute", "expected_qps", "45 jobs land each minute", 0.75),
        ("300 souls", "user_count", "300 souls", 300),
        ("a quarter of a million souls", "user_count", "a quarter of a million souls", 250_000),
        ("mails run to 700 tokens", "prompt_tokens", "700 tokens", 700),
    ],
)
def test_the_value_is_read_from_the_quoted_words(text: str, field: str, words: str, value: float) -> None:
    assert values(text, **{field: words}) == {field: value}


@pytest.mark.parametrize(
    ("text", "field", "words"),
    [
        ("300 souls", "user_count", "3000 souls"),
        ("300 souls", "user_count", "30"),
        ("300 souls", "user_count", "user_count: 300"),
        ("100 ms to paint", "ttft_p95_ms", "00 ms"),
        ("100 ms to paint", "ttft_p95_ms", "100"),
        ("100 ms to paint", "user_count", "100 ms"),
        ("100 to paint", "ttft_p95_ms", "100 to paint"),
        ("100 ms or 300 ms to paint", "ttft_p95_ms", "100 ms or 300 ms to paint"),
        ("we do not want 250 ms there", "ttft_p95_ms", "250 ms"),
        ("never for 300 souls", "user_count", "300 souls"),
        ("12 languages", "user_count", "12 languages"),
        ("45 jobs", "expected_qps", "45 jobs"),
        ("TTFT of 200 ms", "itl_p95_ms", "200 ms"),
        ("0 ms to paint", "ttft_p95_ms", "0 ms to paint"),
        ("9 hours to paint", "ttft_p95_ms", "9 hours"),
        ("the pot holds 3000 euros", "max_monthly_cost_usd", "3000 euros"),
        ("the pot holds 3000 dollars for a year", "max_monthly_cost_usd", "3000 dollars"),
        ("the pot holds 3000 dollars", "max_hourly_cost_usd", "3000 dollars"),
        ("an RTX 9090 is there", "available_gpus", "RTX 9090"),
        ("nothing of the kind", "cloud_provider", "of the kind"),
        ("", "user_count", ""),
        ("300 souls", "user_count", "   "),
        ("300 souls", "user_count", "(.*)"),
    ],
)
def test_a_quote_that_does_not_hold_is_nothing(text: str, field: str, words: str) -> None:
    assert values(text, **{field: words}) == {}


def test_a_word_that_two_fields_claim_gives_neither() -> None:
    assert values("300 things", user_count="300 things", concurrent_users="300 things") == {}


def test_two_figures_for_one_field_give_none_and_the_same_twice_gives_it() -> None:
    quotes = [Quote(field=QuotedField.USER_COUNT, words=words) for words in ("300 souls", "400 souls")]
    assert QuotedText("300 souls, 400 souls").values(quotes).values == {}
    same = [Quote(field=QuotedField.USER_COUNT, words=words) for words in ("300 souls", "300 souls")]
    assert QuotedText("300 souls").values(same).values == {"user_count": 300}


def test_names_of_several_quotes_come_together_with_their_words() -> None:
    text = "is qwen3-8b any good? as good as mistral 7b?"
    words = ("is qwen3-8b any good", "as good as mistral 7b")
    found = QuotedText(text).values([Quote(field=QuotedField.EXCLUDED_MODELS, words=said) for said in words])
    assert found.values["excluded_models"] == ("qwen3-8b", "mistral-7b")
    assert found.evidence["excluded_models"] == "is qwen3-8b any good; as good as mistral 7b"


def test_typographic_quotes_and_case_do_not_matter() -> None:
    assert values("it’s 300 souls", user_count="It's 300 souls") == {"user_count": 300}


def test_a_long_text_with_many_quotes_is_read_in_time() -> None:
    text = "300 souls " * 1_900
    quotes = [Quote(field=QuotedField.USER_COUNT, words="300 souls " * 15)] * 16
    assert QuotedText(text).values(quotes).values == {}


@given(
    st.sampled_from(["300 souls, 250 ms to paint", "the pot: 3000 dollars, 45 jobs land each minute, 700 tokens"]),
    st.lists(
        st.tuples(st.sampled_from(QuotedField), st.text(alphabet="0123456789 smoulpaintjbdchevrk:,$", max_size=30))
    ),
)
def test_whatever_is_quoted_no_value_comes_that_was_not_said(text: str, said: list[tuple[QuotedField, str]]) -> None:
    quotes = [Quote(field=field, words=words) for field, words in said]
    assert set(QuotedText(text).values(quotes).values.values()) <= {300, 250, 3000, 0.75, 700}


@given(st.sampled_from(QuotedField), st.integers(0, 70), st.integers(1, 40))
def test_any_stretch_of_the_text_gives_only_values_that_stand_in_it(name: QuotedField, start: int, length: int) -> None:
    text = "300 souls, 250 ms to paint, a pot of 3000 dollars each month, 45 jobs each minute"
    found = QuotedText(text).values([Quote(field=name, words=text[start : start + length])]).values
    assert set(found.values()) <= {300, 250, 3000, 0.75}
