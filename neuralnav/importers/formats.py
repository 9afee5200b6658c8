"""What every format of benchmark files is: how it is recognised, which runs it holds, what each run says."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict

from neuralnav.errors import FieldProblem

SAME_LENGTH = 0.1
"""Lengths that vary by no more than this share of their mean (standard deviation) count as fixed."""

Fields = dict[str, Any]
"""What a run says, by field of ``Benchmark``; what it does not say is not there."""


class Part(BaseModel):
    """A part of a tool's file that is read: types as JSON has them, finite numbers; other fields are left alone."""

    model_config = ConfigDict(strict=True, extra="ignore", allow_inf_nan=False, frozen=True)


class UnusableRunError(ValueError):
    """A run that is not one load on an engine, or not a finished one."""

    def __init__(self, field: str, value: object, allowed: str) -> None:
        super().__init__(field)
        self.problem = FieldProblem(field, value, allowed)


@dataclass(frozen=True)
class Format:
    """One kind of file."""

    name: str
    recognises: Callable[[Any], bool]
    runs: Callable[[Any], Iterator[tuple[str, Any]]]
    """Each run with where it is in the file."""
    read: Callable[[Any, Any], Fields]
    """What a run of a document says; raises ``ValidationError`` or ``UnusableRunError``."""


def length_kind(variations: Sequence[float]) -> str:
    """``fixed``, or ``lognormal`` as the nearest that can be asked for, by standard deviations over means."""
    return "fixed" if max(variations) <= SAME_LENGTH else "lognormal"


def gamma_arrival(shape: float) -> str:
    """The arrival process with gamma-distributed gaps of this shape (``burstiness``): 1 is Poisson, 1/4 ``bursty``.

    Raises:
        UnusableRunError: it is another one.
    """
    known = {1.0: "poisson", 0.25: "bursty"}
    if shape not in known:
        raise UnusableRunError("arrival", shape, "gaps of shape 1 (poisson) or 0.25 (bursty)")
    return known[shape]


def said(fields: Mapping[str, Any]) -> Fields:
    """``fields`` without those that have no value."""
    return {name: value for name, value in fields.items() if value is not None}
