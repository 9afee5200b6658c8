"""Every field of a request for a prediction is checked, and an error names it, its value and what is allowed."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest

from neuralnav.errors import InvalidInputError
from neuralnav.models.prediction import LoadKind, PredictionRequest, SimulationRequest
from neuralnav.models.vocabulary import Precision
from neuralnav.services.prediction_inputs import read_inputs
from tests.neuralnav.services.predicting import REQUEST

WHOLE = ("tensor_parallel", "expert_parallel", "data_parallel", "concurrency", "max_model_len")
LIMITS = ("max_num_seqs", "max_num_batched_tokens")
NUMBERS = ("prompt_tokens", "output_tokens", "qps", "prefix_hit_ratio", "gpu_memory_utilization")
WORDS = ("precision", "length_kind", "arrival", "load", "kv_cache_dtype", "engine_version", "model", "gpu")


def refused(**changes: Any) -> InvalidInputError:
    with pytest.raises(InvalidInputError) as caught:
        read_inputs(PredictionRequest, REQUEST | changes)
    json.dumps(caught.value.as_problem(), allow_nan=False)
    return caught.value


@pytest.mark.parametrize("field", [*WHOLE, *LIMITS, *NUMBERS, "seed"])
@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, -1, 1e300, 10**30, "8", "", True, [], {}])
def test_a_number_that_cannot_be_is_named(field: str, value: object) -> None:
    problems = refused(**{field: value}).problems
    assert field in [problem.field for problem in problems]
    assert all(problem.allowed for problem in problems)


@pytest.mark.parametrize("field", [*WHOLE, *LIMITS, "prompt_tokens", "output_tokens", "qps", "gpu_memory_utilization"])
def test_zero_is_refused_where_it_means_nothing(field: str) -> None:
    assert refused(**{field: 0}).problems[0].field == field


@pytest.mark.parametrize("field", [*WHOLE, *LIMITS, "seed"])
def test_a_fraction_is_no_whole_number(field: str) -> None:
    assert refused(**{field: 1.5}).problems[0].field == field


@pytest.mark.parametrize("field", WORDS)
@pytest.mark.parametrize("value", ["", "  ", "no such thing \x00", 5, 1.5, True, ["bf16"]])
def test_a_word_that_cannot_be_is_named(field: str, value: object) -> None:
    assert field in [problem.field for problem in refused(**{field: value}).problems]


@pytest.mark.parametrize("field", ["model", "gpu", "prompt_tokens", "output_tokens"])
def test_a_missing_field_is_named(field: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        read_inputs(PredictionRequest, {name: value for name, value in REQUEST.items() if name != field})
    (problem,) = caught.value.problems
    assert (problem.field, problem.value) == (field, None)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"qps": 4}, "qps"),
        ({"concurrency": None}, "qps"),
        ({"arrival": "poisson"}, "arrival"),
        ({"load": "open_loop"}, "load"),
        ({"qps": 4, "concurrency": None, "load": "static_batch"}, "load"),
        ({"max_num_seqs": 512, "max_num_batched_tokens": 256}, "max_num_batched_tokens"),
    ],
)
def test_fields_that_contradict_each_other_are_refused(changes: dict[str, Any], field: str) -> None:
    (problem,) = refused(**changes).problems
    assert problem.field == field


def test_an_unknown_field_is_refused_with_close_ones() -> None:
    (problem,) = refused(tensor_paralel=2).problems
    assert (problem.field, problem.value) == ("tensor_paralel", 2)
    assert "tensor_parallel" in problem.allowed


def test_all_problems_are_told_at_once() -> None:
    error = refused(tensor_parallel=0, seed=-1, colour="red")
    assert {problem.field for problem in error.problems} == {"tensor_parallel", "seed", "colour"}


def test_an_error_repeats_no_more_than_a_little_of_a_long_value() -> None:
    assert len(refused(precision="x" * 10_000).detail) < 500
    assert len(refused(**{"x" * 10_000: 1}).detail) < 1500


@pytest.mark.parametrize("spelling", ["FP8", " fp8 ", "Fp8"])
def test_words_of_closed_sets_may_be_in_any_letter_case(spelling: str) -> None:
    assert read_inputs(PredictionRequest, REQUEST | {"precision": spelling}).precision is Precision.FP8


def test_the_load_follows_from_what_is_given() -> None:
    closed = read_inputs(PredictionRequest, REQUEST)
    rate = {"concurrency": None, "qps": 4.0}
    assert closed.load_kind is LoadKind.CLOSED_LOOP
    assert read_inputs(PredictionRequest, REQUEST | {"load": "STATIC_BATCH"}).load_kind is LoadKind.STATIC_BATCH
    assert read_inputs(PredictionRequest, REQUEST | rate).load_kind is LoadKind.OPEN_LOOP
    assert read_inputs(PredictionRequest, REQUEST | rate | {"load": "open_loop"}).load_kind is LoadKind.OPEN_LOOP


def test_a_whole_number_may_be_written_as_a_float() -> None:
    assert read_inputs(PredictionRequest, REQUEST | {"concurrency": 8.0, "seed": 3.0}).concurrency == 8


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"qps": 4, "prompt_tokens": 8, "output_tokens": 8}, "requests"),
        ({"qps": 4, "requests": 10, "output_tokens": 8}, "prompt_tokens"),
        ({"requests": 10}, "requests"),
        ({"length_kind": "fixed"}, "length_kind"),
        ({"replicas": 0}, "replicas"),
        ({"replicas": 10_000}, "replicas"),
        ({"routing": "random"}, "routing"),
        ({"qps": 1, "requests": 3_000_000, "prompt_tokens": 8, "output_tokens": 8}, "requests"),
        ({"concurrency": 8}, "concurrency"),
    ],
)
def test_a_simulation_has_a_whole_load_or_none(fields: dict[str, Any], problem: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        read_inputs(SimulationRequest, {"model": "m", "gpu": "g"} | fields)
    assert caught.value.problems[0].field == problem
