"""Whether a load generator's figures are what its records of the requests give by our formulas for them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from bench.load_generators.environments import LoadGeneratorError
from bench.load_generators.reports import Latencies, LoadGenerator, Report

BOUND = 0.005
"""Of the reported figure: what rounding may take."""


def check_definitions(generator: LoadGenerator, report: Report) -> None:
    """Compute each reported latency from the records.

    Raises:
        LoadGeneratorError: one differs, so that a replay would be summed up in another way than what was measured.
    """
    if report.latencies is None:
        return
    computed = _computed(generator, report)
    for name in ("ttft", "itl", "e2e"):
        for statistic in ("mean", "p95"):
            reported_ms = getattr(getattr(report.latencies, name), statistic)
            computed_ms = getattr(getattr(computed, name), statistic)
            if abs(computed_ms - reported_ms) > BOUND * reported_ms:
                raise LoadGeneratorError(
                    f"{generator.name}: {name.upper()} {statistic} is reported as {reported_ms:,.2f} ms, "
                    f"but is {computed_ms:,.2f} ms by its records"
                )


def _computed(generator: LoadGenerator, report: Report) -> Latencies:
    """ITL ends with the last token, E2E when the answer is complete."""
    sent_s, first_token_s, last_token_s, end_s = (
        np.array([getattr(request, field) for request in report.requests])
        for field in ("sent_s", "first_token_s", "last_token_s", "end_s")
    )
    output_tokens = np.array([request.output_tokens for request in report.requests])
    to_last_token = generator.latencies(first_token_s - sent_s, last_token_s - sent_s, output_tokens)
    to_end = generator.latencies(first_token_s - sent_s, end_s - sent_s, output_tokens)
    return replace(to_end, itl=to_last_token.itl)
