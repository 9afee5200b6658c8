"""Lengths of requests as somebody gives them, and the context that these need."""

from __future__ import annotations

from neuralnav.models.prediction import LengthKind
from neuralnav.models.specification import LengthDistribution, TrafficShape
from neuralnav.performance.lengths import UNIFORM_MEAN
from neuralnav.planning.suitability import LENGTH_STEP, LONG_REQUESTS, SHORTEST_CONTEXT


def traffic_shape(kind: LengthKind, prompt_tokens: float, output_tokens: float) -> TrafficShape:
    """Requests of one kind; the tokens are each one's, the mean of lognormal ones, the largest of uniform ones."""
    share = UNIFORM_MEAN if kind == "uniform_0.8_1.0" else 1.0
    prompt, output = (
        LengthDistribution.model_validate({"kind": kind, "mean": max(share * tokens, 1.0)})
        for tokens in (prompt_tokens, output_tokens)
    )
    return TrafficShape(weight=1.0, prompt_tokens=prompt, output_tokens=output)


def longest_request(kind: LengthKind, prompt_tokens: float, output_tokens: float) -> float:
    """Tokens of the longest request; of lognormal ones, all but one in a thousand are shorter."""
    if kind == "lognormal":
        shape = traffic_shape(kind, prompt_tokens, output_tokens)
        return LONG_REQUESTS * (shape.prompt_tokens.p95 + shape.output_tokens.p95)
    return prompt_tokens + output_tokens


def usual_context(longest: float, most: int) -> int:
    """The context to serve requests of up to ``longest`` tokens with, in steps of 1,024; ``most`` is the model's."""
    needed = -(-int(longest) // LENGTH_STEP) * LENGTH_STEP
    return min(max(needed, SHORTEST_CONTEXT), most)
