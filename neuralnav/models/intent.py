"""What a person said that they need: nothing more, and each value with the words it came from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, ValidationError, ValidationInfo, field_validator

from neuralnav.errors import NotFoundError
from neuralnav.models.base import (
    Frozen,
    GpuCount,
    Milliseconds,
    Name,
    Number,
    PlainText,
    Ratio,
    RequestsPerSecond,
    TensorParallel,
    Tokens,
    UsDollars,
    UserCount,
)
from neuralnav.models.gpus import resolve_gpu
from neuralnav.models.problems import invalid_input
from neuralnav.models.vocabulary import (
    Burstiness,
    CloudProvider,
    GpuType,
    LicenceDemand,
    Priority,
    Quality,
    UseCase,
)

MAX_TEXT_CHARACTERS = 20_000
"""The longest text that is read as a request; a longer one is refused, not cut."""


def _names(value: Any) -> list[str] | None:
    names = value.replace(";", ",").split(",") if isinstance(value, str) else value
    if names is None:
        return None
    if not isinstance(names, list | tuple | set | frozenset) or not all(isinstance(name, str) for name in names):
        raise ValueError("a list of names")
    return sorted({name.strip().lower() for name in names if name.strip()}) or None


def _gpus(value: Any) -> list[GpuType] | None:
    found: set[GpuType] = set()
    for name in _names(value) or ():
        try:
            found.update(resolve_gpu(name))
        except NotFoundError as error:
            raise ValueError(f"{error.problems[0].allowed} instead of {name[:60]!r}") from None
    return sorted(found) or None


ModelNames = Annotated[tuple[Name, ...] | None, BeforeValidator(_names)]
"""Names in lower case, sorted; a text is taken apart at its commas, and no names at all are ``None``."""

GpuNames = Annotated[tuple[GpuType, ...] | None, BeforeValidator(_gpus)]
"""Canonical ids, sorted, from names as people write them; no names at all are ``None``."""


def excluded_beside_available(excluded: GpuNames, info: ValidationInfo) -> GpuNames:
    """``excluded`` GPUs, where none of them is among ``available_gpus``, the field before.

    Raises:
        ValueError: a GPU is both.
    """
    both = sorted({*(excluded or ())} & {*(info.data.get("available_gpus") or ())})
    if both:
        raise ValueError(f"none of available_gpus: {', '.join(both)} cannot be both")
    return excluded


class DeploymentIntent(Frozen):
    """A need in the field's terms. What the person did not say is ``None`` (``priority``: ``balanced``)."""

    use_case: UseCase | None = None
    description: PlainText | None = Field(default=None, max_length=MAX_TEXT_CHARACTERS)
    """The person's own words, as data."""
    subject_matter: Name | None = Field(default=None, max_length=80)
    """The field of knowledge, such as ``legal`` or ``medical``."""
    user_count: UserCount | None = None
    concurrent_users: UserCount | None = None
    """Users active at the same time; replaces ``user_count`` x active fraction."""
    active_fraction: Ratio | None = None
    """Share of the users that are active at once, where it was said."""
    expected_qps: RequestsPerSecond | None = None
    """Requests per second at peak."""
    prompt_tokens: Tokens | None = None
    """Mean tokens a prompt."""
    output_tokens: Tokens | None = None
    """Mean tokens an answer."""
    priority: Priority = Priority.BALANCED
    max_monthly_cost_usd: UsDollars | None = None
    max_hourly_cost_usd: UsDollars | None = None
    max_cost_per_1k_tokens_usd: UsDollars | None = None
    ttft_p95_ms: Milliseconds | None = None
    itl_p95_ms: Milliseconds | None = None
    e2e_p95_ms: Milliseconds | None = None
    reliability_pct: Annotated[Number, Field(ge=50, lt=100)] | None = None
    """Share of time that the service must be up, in percent."""
    preferred_models: ModelNames = None
    """Short names."""
    excluded_models: ModelNames = None
    """Short names or makers."""
    available_gpus: GpuNames = None
    excluded_gpus: GpuNames = None
    """GPUs not to be used, whatever else is open; none of them can be among the available ones."""
    max_gpus: GpuCount | None = None
    max_tensor_parallel: TensorParallel | None = None
    cloud_provider: CloudProvider | None = None
    region: str | None = Field(default=None, max_length=40, pattern=r"^[a-z0-9-]+$")
    burstiness: Burstiness | None = None
    streaming: bool | None = None
    throughput_rps: RequestsPerSecond | None = None
    """Requests per second that the deployment must be able to carry."""
    quality: Quality | None = None
    licence: LicenceDemand | None = None

    _no_gpu_is_both = field_validator("excluded_gpus")(excluded_beside_available)

    @property
    def has_load(self) -> bool:
        """Whether anything was said that a request rate can be worked out from."""
        return any(
            load is not None
            for load in (self.user_count, self.concurrent_users, self.expected_qps, self.throughput_rps)
        )


class RejectedValue(Frozen):
    """A value that was said but cannot be: it never reaches the intent."""

    field: str
    value: PlainText
    reason: str


class IntentReading(Frozen):
    """An intent with its evidence: which words each value came from, what is missing, what was refused."""

    intent: DeploymentIntent = DeploymentIntent()
    evidence: dict[str, PlainText] = Field(default_factory=dict)
    """Field name to the words that it came from."""
    missing: tuple[str, ...] = ()
    """What planning cannot start without."""
    rejected: tuple[RejectedValue, ...] = ()
    question: str | None = None
    """One question to ask before planning, or ``None``."""
    from_cluster: bool = False
    """Whether the GPUs are to be those that are free in the cluster, which only the cluster can say."""
    model: str = "rules"
    """Who read the text: ``rules`` or the name of the language model."""


def update_intent(intent: DeploymentIntent, changes: Mapping[str, Any]) -> DeploymentIntent:
    """``intent`` with ``changes`` (field to new value, ``None`` clears), validated as a whole.

    Raises:
        InvalidInputError: a field is unknown or a value is not allowed.
    """
    unset = {"priority"} & {field for field, value in changes.items() if value is None}
    merged = intent.model_dump() | {field: value for field, value in changes.items() if field not in unset}
    try:
        return DeploymentIntent.model_validate({k: v for k, v in merged.items() if k not in unset})
    except ValidationError as error:
        raise invalid_input(error, "intent") from None
