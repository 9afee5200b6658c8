"""Specifications from what people say, and edits of them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import BaseModel, JsonValue, ValidationError

from neuralnav.errors import FieldProblem, InvalidInputError, QuestionPendingError
from neuralnav.models.catalog import UseCaseTemplate
from neuralnav.models.intent import DeploymentIntent, IntentReading, RejectedValue
from neuralnav.models.labels import field_label
from neuralnav.models.problems import invalid_input, shown, unknown_field
from neuralnav.models.specification import (
    EDITED,
    DeploymentSpecification,
    Pinned,
    PlanningPolicy,
    ScoreWeights,
    SpecificationEdit,
    SpecificationOverrides,
)
from neuralnav.planning.derivation import derive_specification

_SECTIONS = ("intent.", "traffic.", "slo_targets.", "constraints.")
_LOAD_FIELDS = ("concurrent_users", "expected_qps")
_LOAD_REPLACES: Mapping[str, tuple[str, ...]] = {
    "user_count": _LOAD_FIELDS,
    "active_fraction": _LOAD_FIELDS,
    "concurrent_users": ("expected_qps",),
    "expected_qps": (),
}
"""A newly stated load replaces the stated loads that would otherwise still hide it."""
MAX_EDITS = 200
"""Changes that a specification remembers; the oldest are dropped."""

M = TypeVar("M", bound=BaseModel)


def specify(
    reading: IntentReading | DeploymentIntent,
    use_cases: Sequence[UseCaseTemplate],
    evidence: Mapping[str, str] | None = None,
) -> DeploymentSpecification:
    """The specification that follows from an intent; a reading brings its evidence, and notes on what it refused.

    Raises:
        QuestionPendingError: the use case or the load is missing; the error is the question.
        InvalidInputError: the load is outside what can be planned.
    """
    said = reading if isinstance(reading, IntentReading) else IntentReading(intent=reading)
    try:
        specification = derive_specification(
            said.intent,
            use_cases,
            evidence={**said.evidence, **(evidence or {})},
            overrides=SpecificationOverrides(),
            policy=PlanningPolicy(),
            pinned=Pinned(),
        )
    except QuestionPendingError as pending:
        if said.question:
            raise QuestionPendingError(said.question, pending.problems) from None
        raise
    left_out = tuple(_left_out(value) for value in said.rejected)
    return specification.model_copy(update={"notes": left_out + specification.notes})


def _left_out(rejected: RejectedValue) -> str:
    return f'Left out, {field_label(rejected.field)} "{rejected.value}": {rejected.reason.rstrip(".")}.'


def editable_fields() -> tuple[str, ...]:
    """Every field that :func:`edit_specification` knows, sorted."""
    nested = (("weights", ScoreWeights), ("policy", PlanningPolicy), ("pinned", Pinned))
    dotted = {f"{name}.{field}" for name, model in nested for field in model.model_fields}
    return tuple(sorted({*DeploymentIntent.model_fields, *SpecificationOverrides.model_fields, *dotted}))


def edit_specification(
    specification: DeploymentSpecification,
    changes: Mapping[str, Any],
    use_cases: Sequence[UseCaseTemplate],
    at: str,
    evidence: Mapping[str, str] | None = None,
) -> DeploymentSpecification:
    """``specification`` with ``changes``, one version on, each change recorded; unchanged if nothing differs.

    Keys are fields of ``DeploymentIntent``, of ``SpecificationOverrides``, or ``weights.*``, ``policy.*`` and
    ``pinned.*``; a section in front (``slo_targets.``, ``traffic.``, ``constraints.``, ``intent.``) is allowed.
    ``None`` takes a value back, and frees what was pinned. ``at`` is the UTC time in ISO 8601, ``evidence`` the words
    that a change was said in. All changes are made, or none.

    Raises:
        InvalidInputError: a field is unknown or a value is not allowed.
        QuestionPendingError: the changes take away the use case or the load.
    """
    draft = _Draft.of(specification)
    known = editable_fields()
    unknown = [field for field in changes if _bare(field) not in known]
    if unknown:
        problems = tuple(unknown_field(field, known) for field in unknown)
        names = ", ".join(problem.value for problem in problems)
        raise InvalidInputError(f"A specification has no field {names}.", problems)
    for field, value in changes.items():
        draft.change(_bare(field), value, untouched=lambda other: other not in map(_bare, changes))
    draft.evidence.update(
        {field: words for field, words in (evidence or {}).items() if draft.evidence.get(field) == EDITED}
    )
    return draft.finish(specification, use_cases, at)


def _bare(field: str) -> str:
    for section in _SECTIONS:
        if field.startswith(section):
            return field.removeprefix(section)
    return field


@dataclass
class _Draft:
    """The parts of a specification that edits may change, as plain data until they are checked."""

    intent: dict[str, Any]
    overrides: dict[str, Any]
    policy: dict[str, Any]
    pinned: dict[str, Any]
    weights: dict[str, float]
    evidence: dict[str, str]

    @classmethod
    def of(cls, specification: DeploymentSpecification) -> _Draft:
        return cls(
            intent=specification.intent.model_dump(),
            overrides=specification.overrides.model_dump(),
            policy=specification.policy.model_dump(),
            pinned=specification.pinned.model_dump(),
            weights=specification.weights.model_dump(),
            evidence=dict(specification.evidence),
        )

    def change(self, field: str, value: Any, untouched: Any) -> None:
        if field.startswith("weights."):
            self._weigh(field.removeprefix("weights."), value)
        elif field.startswith("policy."):
            name = field.removeprefix("policy.")
            self.policy[name] = PlanningPolicy.model_fields[name].default if value is None else value
        elif field.startswith("pinned."):
            self.pinned[field.removeprefix("pinned.")] = value
        elif field in self.intent and not isinstance(value, Mapping):
            self._say(field, value, untouched)
        else:
            self.overrides[field] = SpecificationOverrides.model_fields[field].default if value is None else value

    def _say(self, field: str, value: Any, untouched: Any) -> None:
        if field == "priority" and value is None:
            value = DeploymentIntent.model_fields["priority"].default
        self.intent[field] = value
        self.evidence.pop(field, None)
        if value is not None:
            self.evidence[field] = EDITED
        if field in ("prompt_tokens", "output_tokens"):
            self.overrides[field] = None
        if field in _LOAD_REPLACES:
            self.overrides["average_qps"] = self.overrides["peak_qps"] = None
            for hidden in filter(untouched, _LOAD_REPLACES[field] if value is not None else ()):
                self.intent[hidden] = None
                self.evidence.pop(hidden, None)

    def _weigh(self, name: str, value: Any) -> None:
        """Set one weight and scale the others to what is left."""
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
            raise InvalidInputError(
                f"A weight is a number from 0 to 1, not {value!r}.",
                (FieldProblem(f"weights.{name}", shown(value), "0 to 1"),),
            )
        others = {other: weight for other, weight in self.weights.items() if other != name}
        left, total = 1 - value, sum(others.values())
        share = {o: left * w / total if total else left / len(others) for o, w in others.items()}
        self.weights = {**share, name: float(value)}
        self.overrides["weights"] = self.weights

    def finish(
        self, before: DeploymentSpecification, use_cases: Sequence[UseCaseTemplate], at: str
    ) -> DeploymentSpecification:
        version = before.version + 1
        after = derive_specification(
            _checked(DeploymentIntent, self.intent, "change"),
            use_cases,
            evidence=self.evidence,
            overrides=_checked(SpecificationOverrides, self.overrides, "change"),
            policy=_checked(PlanningPolicy, self.policy, "policy", "policy."),
            pinned=_checked(Pinned, self.pinned, "pin", "pinned."),
            version=version,
        )
        edits = tuple(
            SpecificationEdit(version=version, field=field, old=old, new=new, at=at)
            for field, old, new in _differences(before, after)
        )
        if not edits:
            return before
        return after.model_copy(update={"edits": (before.edits + edits)[-MAX_EDITS:]})


def _checked(model: type[M], values: Mapping[str, Any], what: str, section: str = "") -> M:
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise invalid_input(error, what, section) from None


def stated_fields(specification: DeploymentSpecification) -> dict[str, JsonValue]:
    """Every field that can be stated, as :func:`edit_specification` calls it, with its JSON value."""
    fields: dict[str, JsonValue] = {}
    for section, prefix in (("intent", ""), ("overrides", ""), ("policy", "policy."), ("pinned", "pinned.")):
        for field, value in json.loads(getattr(specification, section).model_dump_json()).items():
            if value is not None or prefix + field not in fields:
                fields[prefix + field] = value
    return fields


def _differences(
    before: DeploymentSpecification, after: DeploymentSpecification
) -> list[tuple[str, JsonValue, JsonValue]]:
    """What was set to something else, by field, as JSON values."""
    old, new = stated_fields(before), stated_fields(after)
    return [(field, old[field], new[field]) for field in new if old[field] != new[field]]
