"""The options as a card: five views and a Pareto plot of the same options, and what nearly fits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from graph import wording
from graph.checkpoints import Checkpoint, CheckpointKind
from graph.payloads import OptionsPayload
from graph.wording.text import escaped
from neuralnav.chat.buttons import change_label
from neuralnav.chat.cards.card import Card
from neuralnav.chat.cards.option import SCORES, QualityClass, option_label, option_props, quality_classes, target_props
from neuralnav.models.figures import figure, money, plural
from neuralnav.models.labels import field_label, field_value
from neuralnav.models.options import NumberedOption
from neuralnav.models.plan import MissedTarget, NearMiss, Recommendation
from neuralnav.models.vocabulary import View

ELEMENT = "OptionsCard"

VIEWS = {
    View.BALANCED: ("Balanced", "by all four scores, as the priorities weigh them"),
    View.BEST_ACCURACY: ("Best accuracy", "by benchmark scores for this task, then cost"),
    View.LOWEST_COST: ("Lowest cost", "by US dollars a month, then accuracy"),
    View.LOWEST_LATENCY: ("Lowest latency", "by headroom under the targets, then cost"),
    View.SIMPLEST: ("Simplest", "by few GPUs and replicas to run"),
}
"""View to its name and to what it ranks by, in the order of the tabs."""


def options_card(data: Mapping[str, Any]) -> list[Card]:
    """The card of the options that one is chosen from, or of what is nearest where there are none."""
    payload = OptionsPayload.model_validate(data)
    overview = payload.overview
    numbers = {one.option.id: one for one in payload.options}
    every = [*(one.option for one in payload.options), *(overview.others if overview else ())]
    if not every and not payload.near_misses:
        return []
    classes = quality_classes(every)
    targets = overview.targets if overview else None
    props: dict[str, Any] = {
        "targets": target_props(targets),
        "scores": list(SCORES.values()),
        "options": {option.id: option_props(option, targets, classes, numbers.get(option.id)) for option in every},
        "views": _views(payload),
        "plot": _plot(payload, every, classes),
        "near": [_near(miss, payload) for miss in payload.near_misses],
        "warnings": list(payload.warnings) if every else [],
        "chosen": None,
    }
    return [Card(ELEMENT, props)]


def options_lead(data: Mapping[str, Any]) -> str:
    """How many options there are, which one to take, and what can be said."""
    payload = OptionsPayload.model_validate(data)
    if not payload.options:
        nearest = f"\n\nNearest: {escaped(payload.near_misses[0].sentence)}" if payload.near_misses else ""
        reasons = "".join(f" {escaped(warning)}" for warning in payload.warnings)
        return f"**No configuration meets every target and constraint.**{reasons}{nearest}"
    first = payload.options[0]
    return (
        f"**{plural(payload.compliant, 'option')}** of {payload.evaluated:,} configurations meet every target. "
        f"I would take {first.number}, {wording.named(first.option)}.\n\n"
        "Choose one, ask why, compare, or say what to change."
    )


def chosen_option(after: Checkpoint) -> dict[str, Any]:
    """What the card shows of the choice that led to the question ``after``; nothing where none was made."""
    if after.kind is not CheckpointKind.APPROVE_DEPLOYMENT:
        return {}
    choice = Recommendation.model_validate(after.data["choice"])
    return {"chosen": {"id": choice.id, "label": option_label(choice)}}


def _views(payload: OptionsPayload) -> list[dict[str, Any]]:
    """Each view with its options, best first; what people kept as templates stands before the balanced ones."""
    kept = [one.option.id for one in payload.options if one.template]
    found = []
    for view, (title, about) in VIEWS.items():
        ranked = [*payload.overview.views.get(view, ())] if payload.overview else _ranked(payload.options, view)
        first = kept if view is View.BALANCED else []
        ids = list(dict.fromkeys([*first, *ranked]))
        if ids:
            found.append({"key": view.value, "title": title, "about": about, "ids": ids})
    return found


def _ranked(options: Sequence[NumberedOption], view: View) -> list[str]:
    ranked = sorted((one.ranks[view], one.option.id) for one in options if view in one.ranks)
    return [identity for _, identity in ranked]


def _plot(
    payload: OptionsPayload, every: Sequence[Recommendation], classes: Sequence[QualityClass]
) -> dict[str, Any] | None:
    """What the plot shows: options with a price, those of the front apart; ``None``: fewer than two of them."""
    priced = [option for option in every if option.cost is not None]
    if len(priced) < 2:
        return None
    front = set(payload.overview.front) if payload.overview else set()
    shown = sorted(priced, key=lambda option: option.cost.per_month_usd if option.cost else 0)
    return {
        "ids": [option.id for option in shown],
        "front": [option.id for option in shown if option.id in front],
        "classes": [one.label for one in classes],
        "summary": _summary(shown, len(front), len(every) - len(priced)),
    }


def _summary(by_cost: Sequence[Recommendation], front: int, unpriced: int) -> str:
    """The plot in words."""
    fastest = min(by_cost, key=lambda option: option.predicted.ttft_p95_ms.value)
    best = max(by_cost, key=lambda option: option.scores.accuracy)
    kept = f"{plural(front, 'option')} that no other beats in cost, latency and accuracy at once. " if front else ""
    without = f" {plural(unpriced, 'option')} without a known price not in the plot." if unpriced else ""
    return (
        f"{kept}Cheapest: {_at_cost(by_cost[0])}. Soonest first token: {_at_cost(fastest)}. "
        f"Most accurate: {_at_cost(best)}.{without}"
    )


def _at_cost(option: Recommendation) -> str:
    return f"{option_label(option)}, {money(option.cost.per_month_usd) if option.cost else ''} a month"


def _near(miss: NearMiss, payload: OptionsPayload) -> dict[str, Any]:
    targets = payload.overview.targets if payload.overview else None
    return {
        "option": option_props(miss.option, targets, (), None),
        "sentence": miss.sentence,
        "missed": [_missed(missed) for missed in miss.missed],
        "change": miss.change,
        "fix": f"Plan again with {change_label(miss)}" if miss.change else "",
    }


def _missed(missed: MissedTarget) -> str:
    def shown(value: float) -> str:
        return figure(value) if "replicas" in missed.target else field_value(missed.target, value)

    label = field_label(missed.target)
    return f"{label[:1].upper()}{label[1:]} {shown(missed.predicted)}, allowed {shown(missed.allowed)}"
