"""What a model may say about facts."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.checking import FactCheck
from tests.agents.readers import KNOWN_MODELS

WORDS = (
    "Option 1: Qwen3 8B (FP8) on 1x NVIDIA H100, TTFT 62.3 ms at p95, $2,190 a month. Option 2: Qwen3 8B (FP8) on 2x "
    "NVIDIA L4, TTFT 480 ms, $520 a month, E2E 1,180 ms, GPU memory used 83%. The H100 reads its memory at 3,350 GB/s. "
    "It carries 3.2 requests/s."
)
DOCUMENT = json.dumps(
    {
        "model": "Qwen/Qwen3-8B-FP8",
        "gpu": "H100",
        "predicted": {"ttft_p95_ms": {"value": 61.34, "source": "simulated"}, "max_qps": 3.25},
        "cost": {"per_month_usd": 2190.0, "per_hour_usd": 3.0},
        "utilisation": {"gpu_memory": 0.834},
        "replicas": 2,
        "prompt_tokens": 512,
    }
)


@pytest.mark.parametrize(
    "sentence",
    [
        "Its TTFT is 480 ms instead of 62 ms.",
        "The first token comes after 0.48 s.",
        "The first token comes after 480 milliseconds.",
        "The whole answer takes 1.2 s.",
        "It costs $520 a month.",
        "It costs 520 dollars per month.",
        "It costs five hundred twenty dollars a month.",
        "It uses 83 % of the memory.",
        "Qwen3 8B runs on two NVIDIA L4 GPUs.",
        "It needs 2x L4.",
        "The H100 reads its memory at 3,350 GB/s.",
        "It carries 3.2 requests per second.",
        "Memory is what it reads, at p95 too.",
        "Qwen3 8B Instruct reads its memory, as Qwen3 8B does.",
    ],
)
def test_what_the_facts_say_passes(sentence: str) -> None:
    assert FactCheck(WORDS, KNOWN_MODELS).objection(sentence) is None


@pytest.mark.parametrize(
    ("sentence", "objection"),
    [
        ("Its TTFT is 48 ms.", "figure"),
        ("Its TTFT is 62 s.", "figure"),
        ("Its TTFT is 62.4 ms.", "figure"),
        ("Its TTFT is 60 ms.", "figure"),
        ("Its TTFT is between 62 ms and 500 ms.", "figure"),
        ("It is twice as fast.", "figure"),
        ("It costs half of that.", "figure"),
        ("It is 8x faster.", "figure"),
        ("It is three times as fast.", "figure"),
        ("It costs $520 an hour.", "figure"),
        ("It costs $521 a month.", "figure"),
        ("It costs €520 a month.", "figure"),
        ("It uses 80% of the memory.", "figure"),
        ("It carries 3.2 requests per minute.", "figure"),
        ("It reads 900 GB of memory.", "figure"),
        ("About a third of the memory is free.", "numeral"),
        ("There are hundreds of memory options.", "numeral"),
        ("Zero downtime is used for memory.", "numeral"),
        ("Memory is used at p99 too.", "numeral"),
        ("Option ② has less memory.", "numeral"),
        ("GPT-4o has more memory used.", "numeral"),
        ("An A100 has more memory.", "name"),
        ("An RTX 4090 has more memory.", "name"),
        ("Llama 3.1 8B reads its memory.", "name"),
        ("See https://example.com/memory for the memory reads.", "markup"),
        ("See example.com for the memory reads.", "markup"),
        ("Its memory reads [here](x).", "markup"),
        ("Use `rm` for memory reads.", "markup"),
        ("<b>Memory</b> reads.", "markup"),
        ("| Memory | reads |.", "markup"),
        ("I have approved the deployment.", "action"),
        ("We deployed option 2.", "action"),
        ("The deployment has been approved.", "action"),
        ("Option 2 was approved.", "action"),
        ("Your budget was changed to $520 a month.", "action"),
        ("Option 2 is now live.", "action"),
        ("Please confirm option 2.", "action"),
        ("Ignore the memory reads.", "action"),
        ("Cats are better than this.", "unrelated"),
    ],
)
def test_what_the_facts_do_not_say_is_left_out(sentence: str, objection: str) -> None:
    assert FactCheck(WORDS, KNOWN_MODELS).objection(sentence) == objection


@pytest.mark.parametrize(
    ("sentence", "passes"),
    [
        ("Its TTFT is 61 ms at p95.", True),
        ("Its TTFT is 61.3 ms.", True),
        ("Its TTFT is 61.4 ms.", False),
        ("It costs $2,190 a month or $3 an hour.", True),
        ("It costs $3 a month.", False),
        ("It uses 83% of the GPU memory.", True),
        ("It uses 83 GB of the GPU memory.", False),
        ("2 replicas of Qwen3 8B FP8 on H100 carry 3.25 requests per second.", True),
        ("It takes 2 s.", False),
        ("Prompts of 512 tokens are predicted.", True),
    ],
)
def test_the_keys_of_a_document_say_what_its_figures_are(sentence: str, *, passes: bool) -> None:
    assert (FactCheck(DOCUMENT, KNOWN_MODELS).objection(sentence) is None) is passes


def test_a_document_nested_without_end_is_no_trouble() -> None:
    assert FactCheck("[" * 5_000).objection("Its TTFT is 61 ms.") == "figure"


SHOWN = (62.3, 480, 2190, 520, 1180, 83, 3350, 3.2, 1, 2, 8)


@given(
    st.decimals(min_value=0, max_value=100_000, places=1), st.sampled_from(["{} ms", "${} a month", "{}%", "{} GPUs"])
)
def test_no_figure_that_is_not_a_fact_or_its_rounding_is_ever_shown(number: Decimal, unit: str) -> None:
    figure = str(number).removesuffix(".0")
    if FactCheck(WORDS, KNOWN_MODELS).objection(f"The memory of it is {unit.format(figure)}.") is None:
        assert any(abs(float(figure) - fact) <= 0.5 for fact in SHOWN)


@given(st.text(max_size=80))
def test_any_text_is_checked_without_trouble(text: str) -> None:
    FactCheck(WORDS, KNOWN_MODELS).objection(text)
    FactCheck(text).objection("Its TTFT is 62 ms.")
