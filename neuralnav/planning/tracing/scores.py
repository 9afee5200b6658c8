"""The scores of a trace: each absolute, each from figures that stand before it."""

from __future__ import annotations

import math

from neuralnav.models.catalog import QualityScore
from neuralnav.models.trace import TraceSource
from neuralnav.performance.architecture import parameter_counts
from neuralnav.planning.figures import UnratedScores
from neuralnav.planning.scoring import (
    GPU_POINTS_PER_DOUBLING,
    LEAST_WEIGHT,
    MACHINE_POINTS_PER_DOUBLING,
    PARALLEL_POINTS_PER_DOUBLING,
    PRICE_POINTS_PER_DOUBLING,
    QualityBook,
    balanced_scores,
    complexity_scores,
    latency_scores,
    price_scores,
)
from neuralnav.planning.tracing.context import Traced
from neuralnav.planning.tracing.ledger import Ledger
from neuralnav.planning.tracing.sources import as_said, by_default, of_figures, of_row, of_use_case

POINTS = "points of 100"
WEIGHED = ("accuracy", "price", "latency", "complexity")


def trace_scores(traced: Traced, ledger: Ledger) -> None:
    """Accuracy, price, latency and complexity, and how the weights mix them."""
    _accuracy(traced, ledger)
    _price(traced, ledger)
    _latency(traced, ledger)
    _complexity(traced, ledger)
    _balanced(traced, ledger)
    ledger.close("scores")


def _accuracy(traced: Traced, ledger: Ledger) -> None:
    """Benchmarks by weight; what was not measured is estimated from the model's size."""
    template, scores = traced.setting.template, traced.quality_scores
    weights, judged = template.quality_weights, traced.judged.accuracy
    known = {name: scores[name] for name in weights if name in scores} if judged.rated else {}
    ledger.given(
        "benchmarks_weight_known",
        sum(weight for name, weight in weights.items() if name in scores),
        of_use_case(template),
        note=f"share of the weight that was measured; from {LEAST_WEIGHT:g} on a model is rated, below it every "
        "benchmark is estimated from its size",
    )
    if len(known) < len(weights):
        counts = parameter_counts(traced.candidate.served.architecture)
        ledger.derived(
            "size_in_billions",
            math.sqrt(float(counts.total) * counts.active_per_token) / 1e9,
            "sqrt(total_parameters x active_parameters) / 10^9",
            UnratedScores.estimate,
            note="what mixtures of experts are about as good as",
        )
    for name, weight in weights.items():
        ledger.given(f"weight_{name}", weight, of_use_case(template), note=template.quality_reasons.get(name))
        if name in known:
            _measured_benchmark(traced, ledger, known[name])
        else:
            _estimated_benchmark(traced, ledger, name)
    kept, source = _kept(traced)
    ledger.given("accuracy_kept", kept, source, note="share of the score that the number format keeps")
    mixed = " + ".join(f"weight_{name} x {name}" for name in weights)
    ledger.derived(
        "accuracy",
        traced.today.scores.accuracy,
        f"min(max(({mixed}) x accuracy_kept, 0), 100)",
        QualityBook.accuracy,
        unit=POINTS,
        planned=traced.option.scores.accuracy,
        note="rated" if judged.rated else "unrated: an estimate, give or take 10 points",
    )
    if judged.note:
        ledger.note(judged.note)


def _measured_benchmark(traced: Traced, ledger: Ledger, score: QualityScore) -> None:
    figures = traced.setting.figures
    row = of_row("quality_scores", f"{score.model}, {score.benchmark}", score)
    share = figures.reasoning_kept.share(score)
    if share == 1:
        ledger.given(score.benchmark, score.score, row, unit=POINTS, note=f"as published ({score.mode})")
        return
    published, left = f"published_{score.benchmark}", f"kept_{score.benchmark}"
    ledger.given(published, score.score, row, unit=POINTS, note="reached by thinking at length")
    ledger.given(left, share, of_figures(figures, "reasoning_kept"), note="share that is left without")
    ledger.derived(
        score.benchmark, score.score * share, f"{published} x {left}", type(figures.reasoning_kept).share, unit=POINTS
    )


def _estimated_benchmark(traced: Traced, ledger: Ledger, name: str) -> None:
    figures = traced.setting.figures
    unrated, source = figures.unrated_scores, of_figures(figures, "unrated_scores")
    line = unrated.benchmarks.get(name)
    note = "not measured: what the lower quarter of models of its size reach"
    if line is None:
        ledger.given(name, 0.0, source, unit=POINTS, note="not measured, and there is no estimate for it")
        return
    ledger.given(f"{name}_at_one_billion", line.at_one_billion, source, unit=POINTS)
    ledger.given(f"{name}_per_doubling", line.per_doubling, source, unit=POINTS)
    ledger.derived(
        name,
        unrated.estimate(name, ledger.number("size_in_billions")),
        f"max({name}_at_one_billion + {name}_per_doubling x log2(size_in_billions), 0)",
        UnratedScores.estimate,
        unit=POINTS,
        note=note,
    )


def _kept(traced: Traced) -> tuple[float, TraceSource]:
    """What the format keeps of the accuracy; a model that was trained in it loses nothing."""
    served, figures = traced.candidate.served, traced.setting.figures
    source = of_figures(figures, "accuracy_kept")
    if served.quantization == "mxfp4":
        return 1.0, source
    return figures.accuracy_kept.values[served.precision], source


def _price(traced: Traced, ledger: Ledger) -> None:
    figures, case = traced.setting.figures, traced.setting.template.use_case
    reference = figures.reference_cost_usd_per_million_tokens
    source = of_figures(figures, "reference_cost_usd_per_million_tokens")
    ledger.given("reference_usd_per_million_tokens", reference.values[case], source, unit="$")
    ledger.given("least_reference_usd", reference.least_hourly_usd, source, unit="$/h")
    hourly = max(reference.values[case] * ledger.number("tokens_per_hour") / 1e6, reference.least_hourly_usd)
    ledger.derived(
        "reference_hourly_usd",
        hourly,
        "max(reference_usd_per_million_tokens x tokens_per_hour / 10^6, least_reference_usd)",
        price_scores,
        unit="$/h",
        note="what the load's tokens may cost for 50 points",
    )
    value, planned = traced.today.scores.price, traced.option.scores.price
    if traced.today.cost is None:
        ledger.given("price", value, source, unit=POINTS, planned=planned, note="0: no price is known")
        return
    ledger.derived(
        "price",
        value,
        f"min(max(50 - {PRICE_POINTS_PER_DOUBLING:g} x log2(per_hour_usd / reference_hourly_usd), 0), 100)",
        price_scores,
        unit=POINTS,
        planned=planned,
    )


def _latency(traced: Traced, ledger: Ledger) -> None:
    names = []
    for metric in ("ttft", "itl", "e2e"):
        field, name = f"{metric}_p95_ms", f"{metric}_headroom"
        target, predicted = ledger.number(f"target_{field}"), ledger.number(field)
        ledger.derived(name, 1 - predicted / target, f"1 - {field} / target_{field}", latency_scores)
        names.append(name)
    ledger.derived(
        "latency",
        traced.today.scores.latency,
        f"min(max(100 x ({' + '.join(names)}) / {len(names)}, 0), 100)",
        latency_scores,
        unit=POINTS,
        planned=traced.option.scores.latency,
    )


def _complexity(traced: Traced, ledger: Ledger) -> None:
    today = traced.today
    machines = math.ceil(today.gpus / traced.candidate.gpu.gpus_per_node)
    ledger.derived("machines", machines, "ceil(gpus / gpus_per_machine)", complexity_scores)
    ledger.derived(
        "complexity",
        today.scores.complexity,
        f"min(max(100 - {GPU_POINTS_PER_DOUBLING:g} x log2(gpus) - {MACHINE_POINTS_PER_DOUBLING:g} x log2(machines) "
        f"- {PARALLEL_POINTS_PER_DOUBLING:g} x log2(tensor_parallel), 0), 100)",
        complexity_scores,
        unit=POINTS,
        planned=traced.option.scores.complexity,
    )


def _balanced(traced: Traced, ledger: Ledger) -> None:
    spec = traced.specification
    own = spec.overrides.weights is not None
    source = as_said(spec, "weights", "overrides") if own else by_default("weights")
    note = None if own else f"of the priority {spec.intent.priority.value}"
    for name in WEIGHED:
        ledger.given(f"weight_of_{name}", getattr(spec.weights, name), source, note=note)
    ledger.derived(
        "balanced",
        traced.today.scores.balanced,
        " + ".join(f"weight_of_{name} x {name}" for name in WEIGHED),
        balanced_scores,
        unit=POINTS,
        planned=traced.option.scores.balanced,
    )
