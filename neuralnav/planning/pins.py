"""Pins that no plan can keep: names that do not exist, and parts that contradict each other or a constraint."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence

from neuralnav.errors import FieldProblem, InvalidInputError
from neuralnav.models.catalog import GpuProfile
from neuralnav.models.specification import DeploymentSpecification
from neuralnav.planning.candidates import TENSOR_PARALLEL_DEGREES, ServedModel
from neuralnav.planning.suitability import is_named, is_pinned


def check_pins(
    specification: DeploymentSpecification, served: Sequence[ServedModel], gpus: Sequence[GpuProfile]
) -> None:
    """Nothing, where some catalogue could keep all pins.

    Raises:
        InvalidInputError: a pin names what does not exist, or contradicts another pin or a constraint; names each
            field, its value and what is allowed.
    """
    problems = (
        *_of_model(specification, served),
        *_of_gpu(specification, gpus),
        *_of_tensor_parallel(specification, gpus),
        *_of_replicas(specification),
    )
    if problems:
        raise InvalidInputError("The pins cannot be kept: " + "; ".join(map(str, problems)), problems)


def _of_model(specification: DeploymentSpecification, served: Sequence[ServedModel]) -> Iterator[FieldProblem]:
    pinned, constraints = specification.pinned, specification.constraints
    if pinned.model is None:
        return
    of_that_name = [one for one in served if is_pinned(one.model, pinned.model)]
    if not of_that_name:
        yield FieldProblem("pinned.model", pinned.model, _close_names(pinned.model, _allowed(specification, served)))
        return
    precisions = sorted({one.precision for one in of_that_name})
    if pinned.precision is not None and pinned.precision not in precisions:
        allowed = f"{', '.join(precisions)}: what {pinned.model} is served in"
        yield FieldProblem("pinned.precision", pinned.precision.value, allowed)
    models = [one.model for one in of_that_name]
    preferred, excluded = constraints.preferred_models, constraints.excluded_models
    if preferred and not any(is_named(model, name) for model in models for name in preferred):
        allowed = f"one of preferred_models: {', '.join(preferred)}"
        yield FieldProblem("pinned.model", pinned.model, allowed)
    if excluded and all(any(is_named(model, name) for name in excluded) for model in models):
        allowed = f"none of excluded_models: {', '.join(excluded)}"
        yield FieldProblem("pinned.model", pinned.model, allowed)


def _allowed(specification: DeploymentSpecification, served: Sequence[ServedModel]) -> Sequence[ServedModel]:
    """What approval and the names that were asked for leave to be pinned; all where that is nothing."""
    constraints, approved_only = specification.constraints, specification.policy.approved_only
    left = [
        one
        for one in served
        if (one.model.approved_for_production or not approved_only)
        and (not constraints.preferred_models or any(is_named(one.model, n) for n in constraints.preferred_models))
        and not any(is_named(one.model, name) for name in constraints.excluded_models or ())
    ]
    return left or served


def _close_names(name: str, served: Sequence[ServedModel]) -> str:
    known = sorted({one.model.short_name for one in served})
    close = difflib.get_close_matches(name.casefold().rpartition("/")[2], known, n=3, cutoff=0.4)
    return ", ".join(close or known)


def _of_gpu(specification: DeploymentSpecification, gpus: Sequence[GpuProfile]) -> Iterator[FieldProblem]:
    pinned, available = specification.pinned.gpu_type, specification.constraints.available_gpus
    if pinned is None:
        return
    known = [gpu.gpu_type for gpu in gpus]
    if pinned not in known:
        yield FieldProblem("pinned.gpu_type", pinned.value, f"a GPU with a hardware profile: {', '.join(known)}")
    excluded = specification.constraints.excluded_gpus
    if excluded is not None and pinned in excluded:
        yield FieldProblem("pinned.gpu_type", pinned.value, f"none of excluded_gpus: {', '.join(excluded)}")
    if available is not None and pinned not in available:
        yield FieldProblem("pinned.gpu_type", pinned.value, f"one of available_gpus: {', '.join(available)}")


def _of_tensor_parallel(specification: DeploymentSpecification, gpus: Sequence[GpuProfile]) -> Iterator[FieldProblem]:
    pinned, most = specification.pinned, specification.constraints.max_tensor_parallel
    degree = pinned.tensor_parallel
    if degree is None:
        return
    allowed = [
        one
        for one in TENSOR_PARALLEL_DEGREES
        if any(one <= gpu.gpus_per_node and pinned.gpu_type in (None, gpu.gpu_type) for gpu in gpus)
    ]
    if degree not in allowed:
        where = f" on {pinned.gpu_type}" if pinned.gpu_type else ""
        yield FieldProblem("pinned.tensor_parallel", degree, f"{', '.join(map(str, allowed))}{where}")
    if most is not None and degree > most:
        yield FieldProblem("pinned.tensor_parallel", degree, f"at most max_tensor_parallel: {most}")


def _of_replicas(specification: DeploymentSpecification) -> Iterator[FieldProblem]:
    pinned = specification.pinned
    if pinned.replicas is None:
        return
    limits = {
        "max_gpus": specification.constraints.max_gpus,
        "policy.max_gpus_per_plan": specification.policy.max_gpus_per_plan,
    }
    each = pinned.tensor_parallel or 1
    for field, limit in limits.items():
        if limit is not None and pinned.replicas * each > limit:
            yield FieldProblem(
                "pinned.replicas", pinned.replicas, f"at most {limit // each:,}: {field} allows {limit:,} GPUs"
            )
