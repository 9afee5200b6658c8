"""One option as a card shows it: figures against targets, scores, badges, the reason; all of it written out."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from neuralnav.chat.cards.specification import WEIGHTS
from neuralnav.models.figures import banded, duration, figure, listed, money
from neuralnav.models.labels import hardware_label, model_label
from neuralnav.models.options import NumberedOption
from neuralnav.models.plan import Estimate, Recommendation
from neuralnav.models.specification import SLOTargets
from neuralnav.models.vocabulary import Source

LATENCIES = {"ttft_p95_ms": "TTFT", "itl_p95_ms": "ITL", "e2e_p95_ms": "E2E"}
"""Targets in the order in which they are shown, and their short names."""

SCORES = {**{name: label for name, (label, _) in WEIGHTS.items()}, "balanced": "Together"}
"""Score to its name, in the order in which an option's are listed."""

SOURCES = {
    Source.MEASURED: "Benchmarks of this configuration at this load.",
    Source.CALIBRATED: "Simulated, and corrected by benchmarks of this configuration at other loads.",
    Source.SIMULATED: "Simulated at this load; the simulator is calibrated on measured vLLM servers.",
    Source.ESTIMATED: "By formulas, not simulated yet: simulating may change it.",
    Source.DECLARED: "As the source of the data declares it.",
}
"""What it means that a figure is from a source."""

MOST_CLASSES = 4
CLASS_STEP = 5
"""Classes of accuracy begin at whole multiples of so many points."""


@dataclass(frozen=True)
class QualityClass:
    """A range of accuracy scores that has a colour of its own."""

    low: int
    high: int

    @property
    def label(self) -> str:
        """The range as the legend has it."""
        return f"{self.low} to {self.high}"


def quality_classes(options: Sequence[Recommendation]) -> tuple[QualityClass, ...]:
    """Up to four classes of equal width that hold the accuracy of all ``options``, lowest first."""
    scores = [option.scores.accuracy for option in options]
    if not scores:
        return ()
    low = math.floor(min(scores) / CLASS_STEP) * CLASS_STEP
    span = max(scores) - low
    width = max(1, math.ceil(span / MOST_CLASSES / CLASS_STEP)) * CLASS_STEP
    count = max(1, math.ceil(span / width))
    return tuple(QualityClass(low + n * width, min(100, low + (n + 1) * width)) for n in range(count))


def option_label(option: Recommendation) -> str:
    """A model and its GPUs in a line."""
    return f"{model_label(option)} on {hardware_label(option)}"


def target_props(targets: SLOTargets | None) -> list[dict[str, Any]]:
    """The latency targets, in the order of every option's latencies; values are ``None`` where they are not known."""
    found = []
    for field, name in LATENCIES.items():
        value = getattr(targets, field) if targets else None
        found.append({"name": name, "value": value, "text": duration(value) if value is not None else ""})
    return found


def option_props(
    option: Recommendation,
    targets: SLOTargets | None,
    classes: Sequence[QualityClass],
    numbered: NumberedOption | None,
) -> dict[str, Any]:
    """``option`` as the page draws it; ``numbered``: its number and template, where it has them."""
    cost = option.cost
    return {
        "id": option.id,
        "number": numbered.number if numbered else None,
        "model": model_label(option),
        "hardware": hardware_label(option),
        "label": option_label(option),
        "cost": f"{money(cost.per_month_usd)} a month" if cost else "no price known",
        "monthly": cost.per_month_usd if cost else None,
        "latencies": [
            _latency(option, getattr(option.predicted, field), name, getattr(targets, field) if targets else None)
            for field, name in LATENCIES.items()
        ],
        "scores": [f"{getattr(option.scores, name):.0f}" for name in SCORES],
        "accuracy": _accuracy(option),
        "quality": _class_of(option, classes),
        "badges": _badges(option, targets, numbered),
        "reason": option.reason,
        "details": _details(option),
        "notes": list(option.notes),
    }


def _latency(option: Recommendation, estimate: Estimate, name: str, target: float | None) -> dict[str, Any]:
    of = f" of {duration(target)}" if target is not None else ""
    other = f", {estimate.source.value}" if estimate.source is not option.source else ""
    return {
        "name": f"{name} p95",
        "value": round(estimate.value, 2),
        "low": round(estimate.low, 2),
        "high": round(estimate.high, 2),
        "text": banded(estimate),
        "of": f"{of}{other}",
        "fits": _fits(estimate, target),
    }


def _fits(estimate: Estimate, target: float | None) -> str:
    if target is None:
        return ""
    if estimate.value > target:
        return "missed"
    return "kept" if estimate.high <= target else "may miss"


def _accuracy(option: Recommendation) -> str:
    estimated = "" if option.scores.accuracy_rated else " (estimate)"
    return f"accuracy {option.scores.accuracy:.0f}{estimated}"


def _class_of(option: Recommendation, classes: Sequence[QualityClass]) -> int:
    """The number of the class that holds the option's accuracy; the lowest is 0."""
    return next((n for n, one in enumerate(classes) if option.scores.accuracy <= one.high), 0)


def _badges(
    option: Recommendation, targets: SLOTargets | None, numbered: NumberedOption | None
) -> list[dict[str, str]]:
    """What a person must not miss: where the figures come from, what is but an estimate, what the bands reach."""
    found = [{"kind": option.source.value, "text": option.source.value}]
    if numbered and numbered.template:
        found.append({"kind": "template", "text": f"template {numbered.template}"})
    if not option.scores.accuracy_rated:
        found.append({"kind": "unrated", "text": "accuracy estimated"})
    if targets and option.slo_met:
        beyond = [
            name for field, name in LATENCIES.items() if getattr(option.predicted, field).high > getattr(targets, field)
        ]
        kept = {"kind": "kept", "text": "whole bands within targets"}
        found.append({"kind": "may-miss", "text": f"{listed(beyond)} may miss"} if beyond else kept)
    return found


def _details(option: Recommendation) -> list[dict[str, str]]:
    cost, predicted = option.cost, option.predicted
    carried = predicted.max_qps.value * option.replicas
    rows = {
        "Checkpoint": option.model,
        "Carries": f"{figure(carried)} requests/s within the targets ({predicted.max_qps.source.value})",
        "GPU use at peak": f"{option.utilisation.gpu_memory:.0%} of the memory, "
        f"{option.utilisation.compute:.0%} of the throughput",
        option.source.value.capitalize(): SOURCES[option.source],
        "Figures from": "; ".join(dict.fromkeys(getattr(predicted, field).reference for field in LATENCIES)),
    }
    if cost:
        rows["Rented"] = (
            f"{cost.instance} ({cost.cloud_provider.value}), {money(cost.per_hour_usd)} an hour, "
            f"{money(cost.per_1k_tokens_usd)} per 1,000 tokens"
        )
        rows["Price from"] = cost.reference
    return [{"name": name, "text": text} for name, text in rows.items()]
