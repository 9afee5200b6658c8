"""The specification as a card: every value with where it comes from, each to be changed in its place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import JsonValue

from graph import wording
from graph.payloads import SpecificationPayload
from graph.wording.text import plain
from neuralnav.chat.cards.card import Card
from neuralnav.chat.cards.fields import CardField, Input, Option, Origin, allowed_range, options
from neuralnav.models.figures import duration, figure
from neuralnav.models.gpus import gpu_label
from neuralnav.models.labels import field_label, use_case_name
from neuralnav.models.specification import EDITED, DeploymentSpecification, Derivation, LengthDistribution
from neuralnav.models.vocabulary import Burstiness, GpuType, LicenceDemand, Priority, Quality, UseCase

ELEMENT = "SpecificationCard"
BY_YOU = "by you"
USUAL = "usual for this use case"

WEIGHTS = {
    "accuracy": ("Accuracy", "benchmark scores for this task"),
    "price": ("Cost", "US dollars a month"),
    "latency": ("Latency", "TTFT, ITL and E2E against their targets"),
    "complexity": ("Simplicity", "few GPUs and replicas to run"),
}
"""Score to its name and to what it is made of."""

_RARELY = ("max_hourly_cost_usd", "max_cost_per_1k_tokens_usd", "max_gpus", "excluded_models", "excluded_gpus")
"""Limits that are shown only where they were said."""


def specification_card(data: Mapping[str, Any]) -> list[Card]:
    """The card of the specification that is to be confirmed."""
    spec = SpecificationPayload.model_validate(data).specification
    sections = (
        ("Need", "", _need(spec)),
        ("Traffic", "", _traffic(spec)),
        ("Targets", f"experience class {spec.slo_targets.experience_class}", _targets(spec)),
        ("Limits", "", _limits(spec)),
    )
    props: dict[str, Any] = {
        "sections": [
            {"title": title, "badge": badge, "fields": [field.model_dump(mode="json") for field in fields]}
            for title, badge, fields in sections
        ],
        "priority": _priority(spec).model_dump(mode="json"),
        "weights": [
            {"name": name, "label": label, "about": about, "value": getattr(spec.weights, name)}
            for name, (label, about) in WEIGHTS.items()
        ],
        "weights_set": spec.overrides.weights is not None,
        "notes": list(spec.notes),
    }
    return [Card(ELEMENT, props)]


def specification_lead(data: Mapping[str, Any]) -> str:
    """The specification in a sentence, and what to do with it."""
    spec = SpecificationPayload.model_validate(data).specification
    targets = spec.slo_targets
    held_to = ", ".join(
        f"{name} {duration(value)}"
        for name, value in (
            ("TTFT", targets.ttft_p95_ms),
            ("ITL", targets.itl_p95_ms),
            ("E2E", targets.e2e_p95_ms),
        )
    )
    return (
        f"**Understood** {wording.specified(spec)} Targets at p95: {held_to}.\n\n"
        "Check it, change what is not so, then confirm."
    )


def _need(spec: DeploymentSpecification) -> list[CardField]:
    intent = spec.intent
    use_cases = tuple(Option(value=case.value, label=use_case_name(case)) for case in UseCase)
    found = [_field(spec, "use_case", "Use case", Input.CHOICE, intent.use_case, options=use_cases)]
    users = _number(spec, "user_count", "Users", intent.user_count, "people", empty="not said")
    active = _number(spec, "concurrent_users", "Active at once", intent.concurrent_users, "people", empty="worked out")
    share_of = spec.traffic.derivations["average_qps"].inputs.get("active_fraction")
    if intent.user_count is not None and intent.concurrent_users is None and isinstance(share_of, int | float):
        share = _number(spec, "active_fraction", "Active at once", share_of, "% of users", why=USUAL, scale=100)
        return [*found, users, share]
    return [*found, users, active]


def _traffic(spec: DeploymentSpecification) -> list[CardField]:
    load = spec.traffic
    average = _worked_out(spec, "average_qps", "Average", load.average_qps, "requests/s")
    peak = _worked_out(spec, "peak_qps", "Peak", load.peak_qps, "requests/s")
    arrivals = {"steady": "evenly spread (Poisson)", "bursty": "in bursts"}
    lengths = [
        _number(spec, path, label, length.mean, "tokens (mean)", why=_length(length, load.derivations[path]))
        for path, label, length in (
            ("prompt_tokens", "Prompt", load.prompt_tokens),
            ("output_tokens", "Answer", load.output_tokens),
        )
    ]
    return [
        average,
        peak.model_copy(update={"path": "expected_qps", "also": ("peak_qps", "throughput_rps")}),
        *lengths,
        _field(
            spec,
            "burstiness",
            "Arrivals",
            Input.CHOICE,
            load.burstiness,
            why="usual where nothing else was said",
            options=options(Burstiness, arrivals),
        ),
    ]


def _targets(spec: DeploymentSpecification) -> list[CardField]:
    targets = spec.slo_targets
    fields = [
        ("ttft_p95_ms", "TTFT p95", "ms to the first token"),
        ("itl_p95_ms", "ITL p95", "ms between tokens"),
        ("e2e_p95_ms", "E2E p95", "ms to the whole answer"),
        ("reliability_pct", "Availability", "% of the time"),
    ]
    return [
        _number(spec, path, label, getattr(targets, path), unit, why=targets.reasons.get(path, ""))
        for path, label, unit in fields
    ]


def _limits(spec: DeploymentSpecification) -> list[CardField]:
    intent = spec.intent
    gpus = tuple(Option(value=gpu.value, label=gpu_label(gpu).split(" ", 2)[2]) for gpu in GpuType)
    shown = [
        _limit(spec, "max_monthly_cost_usd", "Budget", "$ a month"),
        _limit(spec, "max_hourly_cost_usd", "Budget", "$ an hour"),
        _limit(spec, "max_cost_per_1k_tokens_usd", "Cost of 1,000 tokens", "$ at most"),
        _field(spec, "available_gpus", "GPUs", Input.SET, intent.available_gpus, empty="any", options=gpus),
        _field(spec, "excluded_gpus", "Not these GPUs", Input.SET, intent.excluded_gpus, empty="none", options=gpus),
        _limit(spec, "max_gpus", "GPUs at most", "GPUs"),
        _field(spec, "preferred_models", "Models", Input.NAMES, intent.preferred_models, empty="any"),
        _field(spec, "excluded_models", "Not these models", Input.NAMES, intent.excluded_models, empty="none"),
        _field(spec, "quality", "Quality", Input.CHOICE, intent.quality, empty="any", options=options(Quality)),
        _field(spec, "licence", "Licence", Input.CHOICE, intent.licence, empty="any", options=options(LicenceDemand)),
    ]
    return [field for field in shown if field.path not in _RARELY or field.value is not None]


def _priority(spec: DeploymentSpecification) -> CardField:
    why = "nothing was said to count most"
    return _field(spec, "priority", "Priority", Input.CHOICE, spec.intent.priority, why=why, options=options(Priority))


def _limit(spec: DeploymentSpecification, path: str, label: str, unit: str) -> CardField:
    return _number(spec, path, label, getattr(spec.intent, path), unit, empty="no limit")


def _worked_out(spec: DeploymentSpecification, path: str, label: str, value: float, unit: str) -> CardField:
    """A rate that follows from others, with its formula."""
    derivation = spec.traffic.derivations[path]
    said = "expected_qps" if path == "peak_qps" else path
    given = getattr(spec.overrides, path) is not None or path in derivation.inputs or said in derivation.inputs
    field = _number(spec, path, label, value, unit, why=_spoken(derivation))
    if given:
        return field.model_copy(update={"origin": _origin(spec, said, Origin.SET), "why": _why(spec, said, BY_YOU)})
    return field.model_copy(update={"origin": Origin.WORKED_OUT, "formula": True})


def _number(
    spec: DeploymentSpecification,
    path: str,
    label: str,
    value: float | None,
    unit: str,
    *,
    why: str = "",
    empty: str = "",
    scale: float = 1,
) -> CardField:
    short = unit.partition(" ")[0]
    bounds = allowed_range(path, short if short in ("ms", "%") else "", scale)
    field = _field(spec, path, label, Input.NUMBER, value, why=why, empty=empty)
    return field.model_copy(update={"unit": unit, "scale": scale, "range": bounds})


def _field(
    spec: DeploymentSpecification,
    path: str,
    label: str,
    kind: Input,
    value: Any,
    *,
    why: str = "",
    empty: str = "",
    options: tuple[Option, ...] = (),
) -> CardField:
    otherwise = Origin.OPEN if value is None else Origin.ASSUMED
    origin = _origin(spec, path, otherwise)
    return CardField(
        path=path,
        label=label,
        input=kind,
        value=_plain_data(value),
        origin=origin,
        why="not said" if origin is Origin.OPEN else _why(spec, path, why or BY_YOU),
        empty=empty,
        options=options,
    )


def _origin(spec: DeploymentSpecification, path: str, otherwise: Origin) -> Origin:
    words = spec.evidence.get(path)
    if words is not None:
        return Origin.SET if words == EDITED else Origin.SAID
    given = getattr(spec.intent, path, None) is not None and path not in spec.assumed
    overridden = getattr(spec.overrides, path, None) is not None
    return Origin.SET if overridden or (given and otherwise is not Origin.OPEN) else otherwise


def _why(spec: DeploymentSpecification, path: str, otherwise: str) -> str:
    words = spec.evidence.get(path)
    if words is None or words == EDITED:
        return otherwise if words is None else BY_YOU
    return f"“{words}”"


def _length(distribution: LengthDistribution, derivation: Derivation) -> str:
    """Where a length comes from, and its tail."""
    source = derivation.formula.partition(";")[0].replace("as set", BY_YOU)
    return f"{source}; p95 {figure(distribution.p95)}"


def _spoken(derivation: Derivation) -> str:
    inputs = ", ".join(f"{_name(name)} {_input(value)}" for name, value in derivation.inputs.items())
    formula = derivation.formula.replace("_", " ").replace(" x ", " × ")
    return f"{formula} with {inputs}" if inputs else formula


def _name(field: str) -> str:
    return plain(field_label(field))


def _input(value: JsonValue) -> str:
    return figure(value) if isinstance(value, int | float) and not isinstance(value, bool) else str(value)


def _plain_data(value: Any) -> JsonValue:
    if isinstance(value, tuple):
        return [str(item) for item in value]
    if value is None or isinstance(value, int | float):
        return value
    return str(value)
