"""Why an option stands where it does, and how two options differ: sentences built from their numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from neuralnav.models.base import Frozen
from neuralnav.models.figures import duration, figure, listed, money
from neuralnav.models.labels import hardware_label, model_label
from neuralnav.models.plan import Cost, Predicted, Recommendation
from neuralnav.models.specification import DeploymentSpecification, SLOTargets

Difference = tuple[str, str, str]
"""What differs, the value of the first and the value of the second."""


class Comparison(Frozen):
    """Two options side by side."""

    sentence: str
    differences: tuple[Difference, ...]


def reason(
    option: Recommendation, specification: DeploymentSpecification, titles: Sequence[str], compliant: int
) -> str:
    """Why an option is shown, in one or two sentences of its numbers.

    ``titles`` are the views that it leads, of ``compliant`` configurations that meet every target.
    """
    cost = f"at {money(option.cost.per_month_usd)}/month" if option.cost else "without a known price"
    lead = f"The {listed(titles)} of {compliant:,} options" if titles and compliant > 1 else "Meets every target"
    if not option.slo_met:
        lead = "Does not meet every target and constraint"
    return (
        f"{lead}: {model_label(option)} on {hardware_label(option)} {cost}; "
        f"p95 {_against(option.predicted, specification.slo_targets)}; {_carries(option, specification)}."
    )


def compare(first: Recommendation, second: Recommendation) -> Comparison:
    """How ``second`` differs from ``first``."""
    differences = tuple(row for row in _rows(first, second) if row[1] != row[2])
    if not differences:
        return Comparison(sentence="Both are the same configuration with the same figures.", differences=())
    gains = [*_cost_words(first.cost, second.cost), *_latency_words(first, second), *_score_words(first, second)]
    better = [words for is_better, words in gains if is_better]
    worse = [words for is_better, words in gains if not is_better]
    subject = short_label(second)
    if better and worse:
        sentence = f"{subject} {listed(better)}, but {listed(worse)} than {short_label(first)}."
    elif better or worse:
        sentence = f"{subject} {listed(better or worse)} than {short_label(first)}."
    else:
        sentence = f"{subject} costs, answers and scores about the same as {short_label(first)}."
    return Comparison(sentence=sentence, differences=differences)


def short_label(option: Recommendation) -> str:
    """An option in a few words, such as ``Qwen3 4B (FP8) on 2 x (1x NVIDIA L40S)``."""
    return f"{model_label(option)} on {hardware_label(option)}"


def _against(predicted: Predicted, targets: SLOTargets) -> str:
    return ", ".join(
        f"{name} {duration(value)} of {duration(target)}"
        for name, value, target in (
            ("TTFT", predicted.ttft_p95_ms.value, targets.ttft_p95_ms),
            ("ITL", predicted.itl_p95_ms.value, targets.itl_p95_ms),
            ("E2E", predicted.e2e_p95_ms.value, targets.e2e_p95_ms),
        )
    )


def _carries(option: Recommendation, specification: DeploymentSpecification) -> str:
    most, peak = option.predicted.max_qps.value * option.replicas, specification.traffic.peak_qps
    return f"carries {figure(most)} requests/s within the targets, for a peak of {figure(peak)}"


def _rows(first: Recommendation, second: Recommendation) -> tuple[Difference, ...]:
    def both(name: str, show: Callable[[Recommendation], str]) -> Difference:
        return name, show(first), show(second)

    return (
        both("Model", model_label),
        both("Checkpoint", lambda o: o.model),
        both("Precision", lambda o: o.precision.value),
        both("GPUs", hardware_label),
        both("Cost", lambda o: f"{money(o.cost.per_month_usd)}/month" if o.cost else "no price known"),
        both("Rented", lambda o: o.cost.instance if o.cost else "-"),
        both("TTFT p95", lambda o: duration(o.predicted.ttft_p95_ms.value)),
        both("ITL p95", lambda o: duration(o.predicted.itl_p95_ms.value)),
        both("E2E p95", lambda o: duration(o.predicted.e2e_p95_ms.value)),
        both("Carries", lambda o: f"{figure(o.predicted.max_qps.value * o.replicas)} requests/s"),
        both("GPU memory used", lambda o: f"{o.utilisation.gpu_memory:.0%}"),
        both("Throughput used", lambda o: f"{o.utilisation.compute:.0%}"),
        both("Accuracy score", lambda o: f"{o.scores.accuracy:.0f}{'' if o.scores.accuracy_rated else ' (estimate)'}"),
        both("Balanced score", lambda o: f"{o.scores.balanced:.0f}"),
    )


def _cost_words(first: Cost | None, second: Cost | None) -> list[tuple[bool, str]]:
    if first is None or second is None or abs(first.per_month_usd - second.per_month_usd) < 1:
        return []
    saved = first.per_month_usd - second.per_month_usd
    return [(saved > 0, f"costs {money(abs(saved))} a month {'less' if saved > 0 else 'more'}")]


def _latency_words(first: Recommendation, second: Recommendation) -> list[tuple[bool, str]]:
    words = []
    for name, field in (("first token", "ttft_p95_ms"), ("whole answer", "e2e_p95_ms")):
        old, new = (getattr(option.predicted, field).value for option in (first, second))
        if abs(new - old) >= 0.05 * old:
            pace = "sooner" if new < old else "later"
            words.append((new < old, f"gives the {name} {duration(abs(new - old))} {pace} at p95"))
    return words


def _score_words(first: Recommendation, second: Recommendation) -> list[tuple[bool, str]]:
    gained = round(second.scores.accuracy) - round(first.scores.accuracy)
    if not gained:
        return []
    points = "point" if abs(gained) == 1 else "points"
    return [(gained > 0, f"scores {abs(gained)} {points} {'higher' if gained > 0 else 'lower'} in accuracy")]
