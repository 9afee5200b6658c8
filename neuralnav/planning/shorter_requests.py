"""Shorter requests, for loads whose requests are too long for every model."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from pydantic import JsonValue

from neuralnav.models.specification import DeploymentSpecification, LengthDistribution
from neuralnav.planning.candidates import ServedModel
from neuralnav.planning.suitability import p95_request

LENGTH_FIELDS = ("prompt_tokens", "output_tokens")
MOST_CONTEXTS = 4
"""Context windows that requests are fitted into, longest first; the rest would only be farther away."""


def shorter_requests(
    specification: DeploymentSpecification, served: Sequence[ServedModel]
) -> Iterator[dict[str, JsonValue]]:
    """Changes of the lengths, each making the p95 request fill one context window below it, longest first.

    Answers keep their length while they leave at least half of the window to the prompts; otherwise, and for a mix,
    all lengths shrink alike.
    """
    longest = p95_request(specification)
    windows = {one.model.context_tokens for one in served if one.model.approved_for_production}
    for window in sorted((tokens for tokens in windows if tokens < longest), reverse=True)[:MOST_CONTEXTS]:
        yield _fitted(specification, window, window / longest)


def _fitted(specification: DeploymentSpecification, window: int, share: float) -> dict[str, JsonValue]:
    traffic = specification.traffic
    if traffic.mix:
        parts = [
            part.model_copy(
                update={"prompt_tokens": _shrunk(part.prompt_tokens, share)}
                | {"output_tokens": _shrunk(part.output_tokens, share)}
            )
            for part in traffic.mix
        ]
        return {"mix": [part.model_dump(mode="json") for part in parts]}
    prompts, answers = traffic.prompt_tokens, traffic.output_tokens
    if answers.p95 <= window / 2:
        return {"prompt_tokens": _mean(prompts, (window - answers.p95) / prompts.p95)}
    return {"prompt_tokens": _mean(prompts, share), "output_tokens": _mean(answers, share)}


def _mean(lengths: LengthDistribution, share: float) -> int:
    return max(math.floor(lengths.mean * share), 1)


def _shrunk(lengths: LengthDistribution, share: float) -> LengthDistribution:
    mean = max(lengths.mean * share, 1.0)
    return lengths.model_copy(update={"mean": mean, "p95": max(lengths.p95 * share, mean)})
