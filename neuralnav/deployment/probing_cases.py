"""The requests that a new deployment is tried with: their sizes from its load, their words from a fixed list."""

from __future__ import annotations

import random
from typing import Annotated

from pydantic import Field

from neuralnav.models.base import Frozen, Tokens, WholeNumber
from neuralnav.models.plan import EngineArguments
from neuralnav.models.specification import TrafficProfile

OUTPUT_TOKENS = 24
"""Of every answer: enough that a late packet or two do not change the mean gap, few enough that trying is quick."""

SHORT_PROMPT_TOKENS = 64
AT_ONCE = 4
"""Requests that are made together: light for any replica."""

ROUNDS = 2
"""How often that is done: one round may meet a moment in which the machine does something else."""

SHARE_OF_CONTEXT = 0.7
"""Most of the context that a prompt takes: words are more tokens for one tokenizer than for another."""

LONGEST_PROMPT_TOKENS = 32_000
"""Longer ones would take minutes to read on small GPUs."""

_WORDS = (
    *("the", "a", "one", "this", "that", "every", "some", "most", "with", "from", "into", "over", "under", "after"),
    *("before", "between", "along", "and", "but", "while", "when", "river", "mountain", "garden", "window", "market"),
    *("teacher", "doctor", "village", "winter", "summer", "morning", "evening", "letter", "story", "music", "question"),
    *("answer", "machine", "engine", "bridge", "station", "island", "forest", "kitchen", "library", "number"),
    *("picture", "small", "large", "early", "quiet", "bright", "simple", "careful", "useful", "open", "warm", "heavy"),
    *("distant", "famous", "common", "old", "young", "carries", "follows", "remembers", "builds", "opens", "reads"),
    *("writes", "brings", "keeps", "turns", "finds", "shows", "begins", "learns", "moves", "waits"),
)


class ProbeCase(Frozen):
    """One kind of request, made a few times."""

    name: Annotated[str, Field(pattern=r"^[a-z ]{1,40}$")]
    prompt_tokens: Tokens
    """Wanted; the server says how many they were."""
    output_tokens: Tokens
    requests: Annotated[WholeNumber, Field(ge=1, le=32)]
    at_once: Annotated[WholeNumber, Field(ge=1, le=16)] = 1
    """Requests in flight at a time."""


def probe_cases(traffic: TrafficProfile, engine: EngineArguments) -> tuple[ProbeCase, ...]:
    """Short prompts, those of the load's mean length and of its longest twentieth one at a time, then some at once."""
    output = max(min(OUTPUT_TOKENS, engine.max_model_len // 4), 1)
    most = max(min(int((engine.max_model_len - output) * SHARE_OF_CONTEXT), LONGEST_PROMPT_TOKENS), 1)
    mean, long = (
        min(max(round(tokens), 1), most) for tokens in (traffic.prompt_tokens.mean, traffic.prompt_tokens.p95)
    )
    at_once = min(AT_ONCE, engine.max_num_seqs)
    sizes = (
        ("short prompts", min(SHORT_PROMPT_TOKENS, mean), 2, 1),
        ("prompts of average length", mean, 3, 1),
        ("long prompts", long, 2, 1),
        ("prompts at once", mean, ROUNDS * at_once, at_once),
    )
    return tuple(
        ProbeCase(name=name, prompt_tokens=tokens, output_tokens=output, requests=count, at_once=together)
        for name, tokens, count, together in sizes
    )


def prompt(words: int, seed: int) -> str:
    """So many English words in no order, others for each seed: a prefix cache that knows one text knows no other."""
    chosen = random.Random(seed)  # noqa: S311 - texts to read, not secrets
    text = [chosen.choice(_WORDS) for _ in range(max(words, 1))]
    return " ".join(text) + "."
