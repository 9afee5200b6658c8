"""Why an option stands where it does, and how two options differ: sentences built from their numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from neuralnav.models.base import Frozen
from neuralnav.models.figures import duration, figure, listed, money
from neuralnav.models.labels import hardware_label, model_label
from neuralnav.models.plan import Cost, Predicted, Recommendation
from neuralnav.models.specification import DeploymentSpecification, SLOTargets

Difference = tuple[str, str, str]
"""What differs, its value before and its value after."""


class Comparison(Frozen):
    """Options side by side."""

    sentence: str
    differences: tuple[tuple[str, ...], ...]
    """What differs, then its value for each option."""


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


def compare(first: Recommendation, second: Recommendation, *others: Recommendation) -> Comparison:
    """How two options differ, or which of more is the best at what."""
    options = (first, second, *others)
    differences = tuple(row for row in _rows(options) if len(set(row[1:])) > 1)
    if not differences:
        words = "All" if others else "Both"
        return Comparison(sentence=f"{words} are the same configuration with the same figures.", differences=())
    sentence = _best_at_what(options) if others else _gains_and_losses(first, second)
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


def _rows(options: Sequence[Recommendation]) -> tuple[tuple[str, ...], ...]:
    def each(name: str, show: Callable[[Recommendation], str]) -> tuple[str, ...]:
        return (name, *map(show, options))

    return (
        each("Model", model_label),
        each("Checkpoint", lambda o: o.model),
        each("Precision", lambda o: o.precision.value),
        each("GPUs", hardware_label),
        each("Cost", lambda o: f"{money(o.cost.per_month_usd)}/month" if o.cost else "no price known"),
        each("Rented", lambda o: o.cost.instance if o.cost else "-"),
        each("TTFT p95", lambda o: duration(o.predicted.ttft_p95_ms.value)),
        each("ITL p95", lambda o: duration(o.predicted.itl_p95_ms.value)),
        each("E2E p95", lambda o: duration(o.predicted.e2e_p95_ms.value)),
        each("Carries", lambda o: f"{figure(o.predicted.max_qps.value * o.replicas)} requests/s"),
        each("GPU memory used", lambda o: f"{o.utilisation.gpu_memory:.0%}"),
        each("Throughput used", lambda o: f"{o.utilisation.compute:.0%}"),
        each("Accuracy score", lambda o: f"{o.scores.accuracy:.0f}{'' if o.scores.accuracy_rated else ' (estimate)'}"),
        each("Balanced score", lambda o: f"{o.scores.balanced:.0f}"),
    )


def _gains_and_losses(first: Recommendation, second: Recommendation) -> str:
    gains = [*_cost_words(first.cost, second.cost), *_latency_words(first, second), *_score_words(first, second)]
    better = [words for is_better, words in gains if is_better]
    worse = [words for is_better, words in gains if not is_better]
    subject = short_label(second)
    if better and worse:
        return f"{subject} {listed(better)}, but {listed(worse)} than {short_label(first)}."
    if better or worse:
        return f"{subject} {listed(better or worse)} than {short_label(first)}."
    return f"{subject} costs, answers and scores about the same as {short_label(first)}."


def _best_at_what(options: Sequence[Recommendation]) -> str:
    """Who leads in what, and by how much over the next."""
    leads: dict[int, list[str]] = {}
    for contest in _CONTESTS:
        values = [(contest.value(option), at) for at, option in enumerate(options)]
        ordered = sorted((value, at) for value, at in values if value is not None)
        if len(ordered) > 1 and ordered[1][0] - ordered[0][0] >= contest.least_gap(ordered[0][0]):
            (best, leader), (following, _) = ordered[:2]
            leads.setdefault(leader, []).append(contest.words(abs(best), following - best))
    if not leads:
        return f"All {len(options)} cost, answer and score about the same."
    parts = [f"{short_label(options[at])} {listed(words)}" for at, words in leads.items()]
    behind = [short_label(option) for at, option in enumerate(options) if at not in leads]
    rest = f"; {listed(behind)} {'lead' if len(behind) > 1 else 'leads'} in none of these" if behind else ""
    return f"Of these {len(options)}, {'; '.join(parts)}{rest}."


@dataclass(frozen=True)
class _Contest:
    """Something that options are better or worse at."""

    value: Callable[[Recommendation], float | None]
    """Less is better."""
    least_gap: Callable[[float], float]
    """From which difference to the next on the best one leads."""
    words: Callable[[float, float], str]
    """What leading means, from the best value and the gap to the next."""


def _latency_contest(field: str, what: str) -> _Contest:
    return _Contest(
        value=lambda option: float(getattr(option.predicted, field).value),
        least_gap=lambda best: 0.05 * best,
        words=lambda best, gap: f"gives the {what} soonest ({duration(best)} at p95, {duration(gap)} before the next)",
    )


_CONTESTS = (
    _Contest(
        value=lambda option: option.cost.per_month_usd if option.cost else None,
        least_gap=lambda best: 1,  # noqa: ARG005
        words=lambda best, gap: f"costs least ({money(best)} a month, {money(gap)} less than the next)",
    ),
    _latency_contest("ttft_p95_ms", "first token"),
    _latency_contest("e2e_p95_ms", "whole answer"),
    _Contest(
        value=lambda option: -round(option.scores.accuracy),
        least_gap=lambda best: 1,  # noqa: ARG005
        words=lambda best, gap: f"is the most accurate ({best:.0f}, {gap:.0f} above the next)",
    ),
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
