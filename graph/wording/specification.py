"""What is said about a specification: what was understood, what was assumed, what changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import JsonValue

from graph.wording.text import code, escaped, field_value, quoted
from neuralnav.errors import NeuralNavError
from neuralnav.models.cluster import FROM_CLUSTER
from neuralnav.models.figures import duration, figure, listed
from neuralnav.models.gpus import gpu_label
from neuralnav.models.intent import DeploymentIntent, RejectedValue
from neuralnav.models.labels import field_label, use_case_name
from neuralnav.models.specification import DeploymentSpecification, SLOTargets

WHAT_DO_YOU_NEED = "What should the model do, and for how many people?"

_NOT_SHOWN = frozenset({"description", "use_case", "priority"})


def specification(spec: DeploymentSpecification) -> str:
    """The specification as understood, with what was said and what was assumed apart."""
    traffic, targets = spec.traffic, spec.slo_targets
    rows = [
        (
            "Load",
            f"{_rate(traffic.average_qps)} on average, **{figure(traffic.peak_qps)} at peak**",
        ),
        (
            "Tokens",
            f"{figure(traffic.prompt_tokens.mean)} in, {figure(traffic.output_tokens.mean)} out (means)",
        ),
        ("TTFT p95", _target(targets, "ttft_p95_ms")),
        ("ITL p95", _target(targets, "itl_p95_ms")),
        ("E2E p95", _target(targets, "e2e_p95_ms")),
    ]
    lines = [
        f"**Understood** {_understood(spec)}.",
        "",
        "| What | Planned for |",
        "| --- | --- |",
        *(f"| {what} | {value} |" for what, value in rows),
        "",
    ]
    if spec.assumed:
        assumed = listed([field_label(field) for field in spec.assumed])
        lines += [f"*Assumed* (say what to change): {assumed}.", ""]
    for source, fields in _from_cluster(spec).items():
        lines += [f"*{escaped(source[0].upper() + source[1:])}* (free when I looked): {listed(fields)}.", ""]
    for note in spec.notes:
        lines += [f"**Note** {escaped(note)}", ""]
    return "\n".join(lines).strip()


def _from_cluster(spec: DeploymentSpecification) -> dict[str, list[str]]:
    """What the cluster gave, with its values, by source."""
    found: dict[str, list[str]] = {}
    for field, value in _said(spec.intent).items():
        source = spec.evidence.get(field, "")
        if source.startswith(FROM_CLUSTER):
            found.setdefault(source, []).append(f"{field_label(field)} {field_value(field, value)}")
    return found


def _understood(spec: DeploymentSpecification) -> str:
    intent = spec.intent
    parts = [use_case_name(intent.use_case) if intent.use_case else "use case not said"]
    if intent.user_count:
        parts.append(f"{figure(intent.user_count)} users")
    if intent.concurrent_users:
        parts.append(f"{figure(intent.concurrent_users)} at once")
    parts.append(f"priority {intent.priority.value}")
    if intent.available_gpus:
        parts.append(f"GPUs {listed([gpu_label(gpu)[3:] for gpu in intent.available_gpus])}")
    shown = {"user_count", "concurrent_users", "available_gpus", "ttft_p95_ms", "itl_p95_ms", "e2e_p95_ms"}
    parts += [
        f"{field_label(field)} {field_value(field, value)}"
        for field, value in _said(intent).items()
        if field not in shown | _NOT_SHOWN
    ]
    return ", ".join(parts)


def _said(intent: DeploymentIntent) -> dict[str, Any]:
    return {field: value for field, value in intent.model_dump(mode="json").items() if value is not None}


def _target(targets: SLOTargets, field: str) -> str:
    reason = targets.reasons.get(field)
    value = duration(getattr(targets, field))
    return f"{value}, {escaped(reason)}" if reason else value


def specified(spec: DeploymentSpecification) -> str:
    """One line: what the specification is for."""
    return f"{_understood(spec)}; {_rate(spec.traffic.peak_qps)} at peak."


def _rate(qps: float) -> str:
    return f"{figure(qps)} request/s" if qps == 1 else f"{figure(qps)} requests/s"


def traffic(spec: DeploymentSpecification) -> str:
    """One line: the load."""
    load = spec.traffic
    return (
        f"{_rate(load.average_qps)} on average, {figure(load.peak_qps)} at peak, "
        f"{figure(load.prompt_tokens.mean)} tokens in and {figure(load.output_tokens.mean)} out."
    )


def changed(before: DeploymentSpecification, after: DeploymentSpecification) -> str:
    """What an edit changed."""
    fresh = [edit for edit in after.edits if edit.version > before.version]
    if not fresh:
        return "That is how it already was; nothing changed."
    said = "; ".join(
        f"{field_label(edit.field)} {field_value(edit.field, _effective(before, edit.field, edit.old))} → "
        f"**{field_value(edit.field, _effective(after, edit.field, edit.new))}**"
        for edit in fresh
    )
    sources = {after.evidence.get(edit.field, "") for edit in fresh}
    given = sorted(escaped(source) for source in sources if source.startswith(FROM_CLUSTER))
    return f"{said} ({'; '.join(given)})" if given else said


def _effective(spec: DeploymentSpecification, field: str, said: Any) -> Any:
    """What holds for ``field``: what was said or, where nothing was, the default that was taken."""
    if said is not None:
        return said
    lengths = {"prompt_tokens": spec.traffic.prompt_tokens.mean, "output_tokens": spec.traffic.output_tokens.mean}
    return lengths.get(field, getattr(spec.slo_targets, field, None))


def derivations(spec: DeploymentSpecification) -> str:
    """How the load and the targets came about."""
    lines = ["How these figures came about:"]
    for field, derivation in spec.traffic.derivations.items():
        inputs = ", ".join(f"{_spoken(name)} {_input(value)}" for name, value in derivation.inputs.items())
        lines.append(f"- {field_label(field)} = {_spoken(derivation.formula)}" + (f" with {inputs}" if inputs else ""))
    for field, reason in spec.slo_targets.reasons.items():
        lines.append(f"- {field_label(field)}, {escaped(reason)}")
    return "\n".join(lines)


def _spoken(formula: str) -> str:
    return escaped(formula.replace("_", " "))


def _input(value: JsonValue) -> str:
    return figure(value) if isinstance(value, int | float) and not isinstance(value, bool) else escaped(str(value))


def refused(rejected: Sequence[RejectedValue]) -> str:
    """What was said but cannot be."""
    return "\n".join(f"I left out {field_label(r.field)} {quoted(r.value)}. {escaped(r.reason)}" for r in rejected)


def why_asked() -> str:
    """What the answers that planning cannot start without are for."""
    return (
        "What people do with it decides which models can do it and how fast they must answer; how many they are "
        "decides the load, and with it GPUs and cost. “I don't know” is an answer too."
    )


def without_the_cluster(error: NeuralNavError) -> str:
    """That planning goes on without what the cluster has, and why."""
    return f"I go on without what your cluster has. {escaped(error.detail)}"


def defaults_taken(changes: Mapping[str, Any]) -> str:
    """Which defaults stand in for what a person could not say."""
    taken = listed([f"{field_label(f)} {field_value(f, getattr(v, 'value', v))}" for f, v in changes.items()])
    return f"Then I take {taken}; change it whenever you know better."


def model_absent(model: str) -> str:
    """That the language model did not answer, and what that means."""
    return (
        f"The language model {code(model)} did not answer, so I read your words by rules. Everything else is the same."
    )
