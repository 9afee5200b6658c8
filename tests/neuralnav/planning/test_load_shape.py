"""Which specifications share capacity surfaces, and what is simulated for them."""

from __future__ import annotations

from typing import Any

import pytest

from neuralnav.models.catalog import UseCaseTemplate
from neuralnav.models.specification import DeploymentSpecification, LengthDistribution, TrafficShape
from neuralnav.models.vocabulary import Burstiness
from neuralnav.performance.arrivals import ArrivalProcess, RequestShape
from neuralnav.planning.load_shape import MOST_CACHED, LoadShape
from neuralnav.planning.specification import edit_specification
from tests.neuralnav.planning.conftest import Specify


@pytest.fixture(scope="module")
def stated(spec: Specify) -> DeploymentSpecification:
    return spec()


def edited(stated: DeploymentSpecification, use_cases: tuple[UseCaseTemplate, ...], **changes: Any) -> LoadShape:
    named = {field.replace("__", "."): value for field, value in changes.items()}
    return LoadShape.of(edit_specification(stated, named, use_cases, at=""))


def part(weight: float = 1, prompt: float = 512, output: float = 256) -> TrafficShape:
    return TrafficShape(
        weight=weight,
        prompt_tokens=LengthDistribution.model_validate({"mean": prompt}),
        output_tokens=LengthDistribution.model_validate({"mean": output}),
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"user_count": 7},
        {"peak_qps": 123.0},
        {"priority": "cost"},
        {"ttft_p95_ms": 80},
        {"max_monthly_cost_usd": 900},
        {"available_gpus": ["H100"]},
        {"reliability_pct": 99.99},
        {"policy__max_utilisation": 0.5},
        {"policy__headroom": 1},
        {"pinned__gpu_type": "H100"},
        {"pinned__replicas": 3},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_rates_targets_constraints_and_pins_do_not_change_what_is_simulated(
    changes: dict[str, Any], stated: DeploymentSpecification, use_cases: tuple[UseCaseTemplate, ...]
) -> None:
    assert edited(stated, use_cases, **changes).key == LoadShape.of(stated).key


@pytest.mark.parametrize(
    "changes",
    [
        {"prompt_tokens": 513},
        {"output_tokens": 255},
        {"prompt_tokens": {"mean": 512, "p95": 1100}},
        {"prompt_tokens": {"mean": 512, "kind": "fixed"}},
        {"burstiness": "bursty"},
        {"prefix_cache_hit_ratio": 0.3},
        {"policy__gpu_memory_utilization": 0.85},
    ],
    ids=str,
)
def test_lengths_arrivals_caching_and_memory_do(
    changes: dict[str, Any], stated: DeploymentSpecification, use_cases: tuple[UseCaseTemplate, ...]
) -> None:
    assert edited(stated, use_cases, **changes).key != LoadShape.of(stated).key


def test_parts_weights_and_their_order_do() -> None:
    mixes = [
        _shape(part()),
        _shape(part(0.5), part(0.5, 2000)),
        _shape(part(0.4), part(0.6, 2000)),
        _shape(part(0.5), part(0.5, 2000, 300)),
    ]
    assert len({shape.key for shape in mixes}) == len(mixes)


def _shape(*parts: TrafficShape, **given: Any) -> LoadShape:
    fields = {"burstiness": Burstiness.STEADY, "prefix_cache_hit_ratio": 0.0, "gpu_memory_utilization": 0.9}
    return LoadShape(parts=parts, **(fields | given))


def test_a_whole_number_is_the_same_length_as_its_float(
    stated: DeploymentSpecification, use_cases: tuple[UseCaseTemplate, ...]
) -> None:
    whole = edited(stated, use_cases, prompt_tokens=700)
    assert whole.key == edited(stated, use_cases, prompt_tokens=700.0).key
    assert whole.key == edited(stated, use_cases, prompt_tokens={"mean": 700}).key


def test_a_key_is_a_digest_and_the_same_for_equal_shapes() -> None:
    assert _shape(part()).key == _shape(part()).key
    assert len(_shape(part()).key) == 16
    assert int(_shape(part()).key, 16) >= 0


def test_a_changed_copy_has_a_key_of_its_own() -> None:
    shape = _shape(part())
    asked = shape.key
    assert shape.model_copy(update={"gpu_memory_utilization": 0.5}).key != asked


def test_a_load_gives_its_mix_or_its_plain_lengths(stated: DeploymentSpecification) -> None:
    traffic = stated.traffic
    plain = LoadShape.of(stated)
    (whole,) = plain.parts
    assert (whole.weight, whole.prompt_tokens, whole.output_tokens) == (1, traffic.prompt_tokens, traffic.output_tokens)
    parts = (part(0.5), part(0.5, 2000))
    mixed = stated.model_copy(update={"traffic": traffic.model_copy(update={"mix": parts})})
    assert LoadShape.of(mixed).parts == parts


@pytest.mark.parametrize(
    ("burstiness", "process"),
    [(Burstiness.STEADY, ArrivalProcess.POISSON), (Burstiness.BURSTY, ArrivalProcess.BURSTY)],
)
def test_requests_are_simulated_as_the_load_has_them(burstiness: Burstiness, process: ArrivalProcess) -> None:
    shape = _shape(part(), burstiness=burstiness, prefix_cache_hit_ratio=0.25)
    assert shape.process is process
    assert shape.requests(9000) == RequestShape((part(),), 9000, 0.25)


def test_a_cache_that_holds_everything_holds_all_but_the_last_tokens(stated: DeploymentSpecification) -> None:
    traffic = stated.traffic.model_copy(update={"prefix_cache_hit_ratio": 1.0})
    shape = LoadShape.of(stated.model_copy(update={"traffic": traffic}))
    assert shape.prefix_cache_hit_ratio == MOST_CACHED
    assert shape.requests(8192).prefix_hit_ratio < 1


def test_formulas_see_a_mixture_of_one_part_as_that_part() -> None:
    alone, mixed = _shape(part(1, 700)).workload, _shape(part(0.5, 700), part(0.5, 700)).workload
    assert mixed.prompt.mean == pytest.approx(alone.prompt.mean)
    assert mixed.prompt.p95 == pytest.approx(alone.prompt.p95, rel=1e-3)
    assert mixed.output.second_moment == pytest.approx(alone.output.second_moment, rel=1e-3)


def test_formulas_and_simulations_see_the_same_mean_lengths() -> None:
    workload = _shape(part(0.75, 100, 10), part(0.25, 2000, 500)).workload
    assert workload.prompt.mean == pytest.approx(0.75 * 100 + 0.25 * 2000)
    assert workload.output.mean == pytest.approx(0.75 * 10 + 0.25 * 500)
