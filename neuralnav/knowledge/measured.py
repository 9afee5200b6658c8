"""Published runs of real vLLM servers, as ``data/measured/serving.csv`` holds them: read, typed and checked."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, TypeAdapter, ValidationError, model_validator

from neuralnav.errors import FieldProblem, InvalidInputError
from neuralnav.models.base import Frozen
from neuralnav.models.prediction import LoadKind
from neuralnav.models.vocabulary import GpuType, Precision
from neuralnav.resources import resource_dir

MOST_BYTES = 50_000_000
MOST_PROBLEMS = 20
UNIFORM_SOURCE = "aiconfigurator/silicon_sample:inferencemax"
"""InferenceMAX draws lengths from 0.8 to 1.0 of the nominal ones."""

Degree = Annotated[int, Field(ge=1, le=1024)]
Positive = Annotated[float, Field(gt=0)]
Figure = Annotated[Positive | None, BeforeValidator(lambda text: text or None)]
"""A measured figure; an empty text is none."""
Text = Annotated[str | None, BeforeValidator(lambda text: text or None)]


class MeasuredRun(Frozen):
    """One run; ``data/measured/README.md`` tells what the columns mean. Latencies are means in milliseconds."""

    source: str = Field(min_length=1)
    license: str = Field(min_length=1)
    model: str = Field(min_length=1)
    gpu: GpuType
    tensor_parallel: Degree
    expert_parallel: Degree
    data_parallel: Degree
    precision: Precision
    engine: Literal["vllm"]
    engine_version: Text
    load: LoadKind
    prompt_tokens: Positive
    output_tokens: Positive
    concurrency: Annotated[int | None, Field(ge=1), BeforeValidator(lambda text: text or None)]
    request_rate_rps: Figure
    ttft_mean_ms: Figure
    itl_mean_ms: Figure
    e2e_mean_ms: Figure
    """Of a static batch, until its last answer is complete."""
    e2e_p95_ms: Figure
    throughput_rps: Figure
    output_tokens_per_s: Figure
    suspect: Text
    """A reason to distrust the run."""

    @model_validator(mode="after")
    def _load_is_whole(self) -> Self:
        if (self.load is LoadKind.OPEN_LOOP) != (self.request_rate_rps is not None):
            raise ValueError("request_rate_rps: must be given for an open loop, and for nothing else")
        if (self.load is LoadKind.OPEN_LOOP) == (self.concurrency is not None):
            raise ValueError("concurrency: must be given, but for an open loop")
        return self

    @property
    def length_kind(self) -> str:
        """How lengths vary around ``prompt_tokens`` and ``output_tokens``; those of traces count as lognormal."""
        if self.load is LoadKind.OPEN_LOOP:
            return "lognormal"
        return "uniform_0.8_1.0" if self.source == UNIFORM_SOURCE else "fixed"


def read_measured_runs(path: Path | None = None) -> tuple[MeasuredRun, ...]:
    """The runs in ``path``; unset, those that ship.

    Raises:
        InvalidInputError: the file cannot be read, has other columns, or holds a value that is out of range; each
            problem names line and column, the value and what is allowed.
    """
    source = path or resource_dir("data") / "measured" / "serving.csv"
    try:
        if source.stat().st_size > MOST_BYTES:
            raise _refusal(source, FieldProblem(source.name, source.stat().st_size, f"at most {MOST_BYTES:,} bytes"))
        with source.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file, restkey="more", strict=True))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise _refusal(source, FieldProblem(source.name, str(error), "a readable CSV file in UTF-8")) from None
    try:
        return TypeAdapter(tuple[MeasuredRun, ...]).validate_python(rows)
    except ValidationError as error:
        problems = [
            FieldProblem(
                f"line {int(found['loc'][0]) + 2}, {'.'.join(map(str, found['loc'][1:])) or 'row'}",
                None if len(found["loc"]) == 1 or found["type"] == "missing" else str(found["input"])[:80],
                found["msg"].removeprefix("Value error, "),
            )
            for found in error.errors(include_url=False)[:MOST_PROBLEMS]
        ]
        raise _refusal(source, *problems) from None


def _refusal(source: Path, *problems: FieldProblem) -> InvalidInputError:
    return InvalidInputError(f"{source} cannot be used: {'; '.join(map(str, problems))}", problems)
