"""The light load of a trial, as the performance model is asked about it and as it answers."""

from __future__ import annotations

from statistics import fmean

from neuralnav.deployment.probing_report import ProbeReport
from neuralnav.models.base import Frozen
from neuralnav.models.plan import Estimate, Recommendation
from neuralnav.models.prediction import Latency, LatencySources, LoadKind, PredictionAnswer, PredictionRequest
from neuralnav.models.vocabulary import Source


class LightPrediction(Frozen):
    """What was to be expected of one case of a trial; in ms."""

    ttft_ms: Estimate
    itl_ms: Estimate | None
    """``None`` where answers have a single token."""

    @classmethod
    def of(cls, answer: PredictionAnswer) -> LightPrediction | None:
        """The medians of ``answer`` with the bands of its means; ``None``: the engine does not fit."""
        if answer.ttft_ms is None or answer.itl_ms is None:
            return None
        sources = answer.sources
        itl = _estimate(answer.itl_ms, sources.itl_ms if sources else None, answer.calibration)
        return cls(
            ttft_ms=_estimate(answer.ttft_ms, sources.ttft_ms if sources else None, answer.calibration),
            itl_ms=itl if itl.value > 0 else None,
        )


def light_load(choice: Recommendation, report: ProbeReport) -> dict[str, PredictionRequest]:
    """What to ask the performance model for each case that was answered, with the lengths that it really had.

    One request at a time is a client that waits for each answer; several at once come to an idle engine together.
    """
    asked = {}
    for case in report.cases:
        answers = report.of_case(case.name)
        if not answers:
            continue
        asked[case.name] = PredictionRequest(
            model=choice.model,
            gpu=choice.gpu_type.value,
            tensor_parallel=choice.tensor_parallel,
            precision=choice.precision,
            kv_cache_dtype="fp8" if choice.engine.kv_cache_dtype else "auto",
            max_model_len=choice.engine.max_model_len,
            max_num_seqs=choice.engine.max_num_seqs,
            max_num_batched_tokens=choice.engine.max_num_batched_tokens,
            gpu_memory_utilization=choice.engine.gpu_memory_utilization,
            prompt_tokens=round(fmean(answer.prompt_tokens or case.prompt_tokens for answer in answers)),
            output_tokens=round(fmean(max(answer.output_tokens, 1) for answer in answers)),
            concurrency=case.at_once,
            load=LoadKind.CLOSED_LOOP if case.at_once == 1 else LoadKind.STATIC_BATCH,
        )
    return asked


def _estimate(latency: Latency, sources: LatencySources | None, calibration: str) -> Estimate:
    value = latency.p50
    source = sources.p50 if sources else Source.SIMULATED
    low, high = min(latency.low, value), max(latency.high, value)
    return Estimate(value=value, low=low, high=high, source=source, reference=calibration)
