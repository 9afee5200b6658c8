from dataclasses import replace

import numpy as np
import pytest

from neuralnav.calibration.serving_fit import (
    CURRENT,
    ITL_SCALE,
    KINDS,
    OLD,
    OLD_CDNA3,
    TTFT_SCALE,
    TTFT_WEIGHT,
    Figure,
    Kind,
    fit_kind,
    fit_serving,
    group_weights,
    residuals,
    rows_of,
    unfitted_serving,
)
from neuralnav.calibration.serving_runs import Outcome, Replay, Run, prepare
from neuralnav.models.catalog import GpuProfile, ModelArchitecture
from neuralnav.models.vocabulary import Precision
from neuralnav.performance.efficiencies import Efficiencies, ServingCosts, shipped_efficiencies
from tests.neuralnav.calibration.runs import LLAMA_8B, QWEN_4B, fixed, measured_as, run_of

Architectures = dict[str, ModelArchitecture]
Gpus = dict[str, GpuProfile]

WIDE = 1000.0
"""A prior that says nothing."""
FEW = Kind(
    "current",
    (),
    (
        Figure("step_s", 4e-4, WIDE, 2e-5, 1e-2),
        Figure("sequence_s", 5e-6, WIDE, 1e-7, 1e-3),
        Figure("prefill_factor", 1.1, WIDE, 1.0, 2.0),
        Figure("client_s", 1.5e-2, WIDE, 1e-3, 2e-1),
    ),
)


PULLED_TO_ITS_START = 0.15
"""Share by which a few runs leave a figure short of the truth: priors hold it near its start."""


@pytest.fixture(scope="module")
def unfitted() -> Efficiencies:
    return shipped_efficiencies().model_copy(update={"serving": unfitted_serving()})


@pytest.fixture(scope="module")
def runs(architectures: Architectures, gpus: Gpus) -> list[Run]:
    return [
        run_of(architectures[model], gpus[gpu], concurrency=clients, prompt=fixed(prompt), output=fixed(60))
        for model, gpu in ((LLAMA_8B, "H100"), (QWEN_4B, "B200"))
        for clients in (1, 6, 24)
        for prompt in (100, 3000)
    ]


def with_costs(efficiencies: Efficiencies, **costs: float) -> Efficiencies:
    first, *others = efficiencies.serving
    return efficiencies.model_copy(update={"serving": (first.model_copy(update=costs), *others)})


def current(efficiencies: Efficiencies) -> ServingCosts:
    return efficiencies.costs("Hopper")


def test_the_costs_behind_measurements_are_found_again(unfitted: Efficiencies, runs: list[Run]) -> None:
    truth = {"step_s": 9e-4, "sequence_s": 2.5e-5, "prefill_factor": 1.35, "client_s": 0.03}
    found = current(fit_kind(measured_as(with_costs(unfitted, **truth), runs), unfitted, FEW))
    for name, value in truth.items():
        assert getattr(found, name) == pytest.approx(value, rel=PULLED_TO_ITS_START), name


def test_a_fit_never_passes_its_bounds(unfitted: Efficiencies, runs: list[Run]) -> None:
    beyond = {"step_s": 5e-2, "sequence_s": 1e-9, "prefill_factor": 0.5, "client_s": 1e-5}
    found = current(fit_kind(measured_as(with_costs(unfitted, **beyond), runs), unfitted, FEW))
    for figure in FEW.figures:
        assert figure.low <= getattr(found, figure.name) <= figure.high, figure.name
    assert found.step_s > 0.9 * 1e-2


def test_a_tight_prior_holds_a_figure_near_its_start(unfitted: Efficiencies, runs: list[Run]) -> None:
    far = measured_as(with_costs(unfitted, step_s=4e-3), runs[:4])
    tight = replace(FEW, figures=(replace(FEW.figures[0], spread_of_prior=1.001), *FEW.figures[1:]))
    assert current(fit_kind(far, unfitted, tight)).step_s == pytest.approx(4e-4, rel=0.02)


def test_measurements_that_agree_with_the_model_leave_every_figure_alone(
    unfitted: Efficiencies, runs: list[Run]
) -> None:
    replay = measured_as(unfitted, runs[:3])
    found = current(fit_kind(replay, unfitted, KINDS[0]))
    for figure in CURRENT:
        assert getattr(found, figure.name) == pytest.approx(figure.start, rel=0.02), figure.name


def test_the_same_measurements_give_the_same_costs(unfitted: Efficiencies, runs: list[Run]) -> None:
    replay = measured_as(with_costs(unfitted, step_s=8e-4), runs[:3])
    first, second = (fit_kind(replay, unfitted, FEW).model_dump_json() for _ in range(2))
    assert first == second


def test_without_runs_the_costs_stay_as_they_are(unfitted: Efficiencies) -> None:
    assert fit_serving(prepare([])[0], unfitted) == unfitted


def test_each_kind_of_server_is_fitted_to_its_own_runs(
    unfitted: Efficiencies, architectures: Architectures, gpus: Gpus
) -> None:
    llama, batch = architectures[LLAMA_8B], {"load": "static_batch", "engine_version": "2024"}
    replay, _ = prepare(
        [
            run_of(llama, gpus["H100"]),
            run_of(llama, gpus["A100-80GB"], **batch),
            run_of(llama, gpus["MI300X"], **batch),
            run_of(llama, gpus["MI300X"]),
        ]
    )
    assert [rows_of(kind, replay, unfitted) for kind in KINDS] == [[0, 3], [1], [2]]


def test_runs_of_one_kind_leave_the_other_kinds_costs_alone(
    unfitted: Efficiencies, architectures: Architectures, gpus: Gpus
) -> None:
    old = [
        run_of(architectures[LLAMA_8B], gpus["A100-80GB"], load="static_batch", engine_version="2024", concurrency=n)
        for n in (1, 16)
    ]
    slower = [replace(run, e2e_s=3 * run.e2e_s) for run in measured_as(unfitted, old).runs if run.e2e_s]
    fitted = fit_serving(prepare(slower)[0], unfitted)
    assert fitted.costs("Hopper") == unfitted.costs("Hopper")
    assert fitted.costs("CDNA3", "2024") == unfitted.costs("CDNA3", "2024")
    assert fitted.costs("Ampere", "2024") != unfitted.costs("Ampere", "2024")


@pytest.fixture
def three(architectures: Architectures, gpus: Gpus) -> Replay:
    llama, qwen = architectures[LLAMA_8B], architectures[QWEN_4B]
    often = run_of(llama, gpus["H100"], ttft_s=0.1, itl_s=0.01)
    seldom = run_of(qwen, gpus["H100"], load="static_batch", e2e_s=2.0)
    return prepare([often, often, often, often, seldom])[0]


def test_models_with_many_runs_count_less_each(three: Replay) -> None:
    weights = group_weights(three)
    assert weights[:4] == pytest.approx(weights[4] / 2)
    assert np.mean(weights**2) == pytest.approx(1)


def test_precisions_of_a_model_are_weighted_apart(architectures: Architectures, gpus: Gpus) -> None:
    one = run_of(architectures[LLAMA_8B], gpus["H100"])
    other = replace(one, precision=Precision.FP8, quantization="fp8")
    assert group_weights(prepare([one, one, other])[0])[2] > group_weights(prepare([one, one, one])[0])[2]


def test_no_runs_have_no_weights() -> None:
    assert group_weights(prepare([])[0]).size == 0


def test_a_static_batch_counts_by_its_time_and_a_closed_loop_by_both_latencies(three: Replay) -> None:
    exact = Outcome(np.full(5, 0.1), np.full(5, 0.01), np.full(5, 2.0))
    assert residuals(exact, three) == pytest.approx(np.zeros(9))
    late = Outcome(np.full(5, 0.1 * np.exp(0.002)), np.full(5, 0.01 * np.exp(0.001)), np.full(5, 2 * np.exp(0.001)))
    weights = group_weights(three)
    first = [0.001 / ITL_SCALE, TTFT_WEIGHT * 0.002 / TTFT_SCALE]
    expected = [weight * part for weight in weights[:4] for part in first] + [weights[4] * 0.001 / ITL_SCALE]
    assert residuals(late, three) == pytest.approx(expected, rel=1e-3)


def test_large_errors_count_less_than_in_proportion(three: Replay) -> None:
    def size(factor: float) -> float:
        return float(np.abs(residuals(Outcome(*(np.full(5, v * factor) for v in (0.1, 0.01, 2.0))), three)).sum())

    assert size(10.0**4) < 3 * size(10.0)


@pytest.mark.parametrize("figures", [CURRENT, OLD, OLD_CDNA3])
def test_every_figure_starts_within_its_bounds_and_is_a_cost_of_servers(figures: tuple[Figure, ...]) -> None:
    names = [figure.name for figure in figures]
    assert len(set(names)) == len(names)
    assert set(names) <= set(ServingCosts.model_fields)
    for figure in figures:
        assert figure.low < figure.start < figure.high or figure.start in (figure.low, figure.high)
        assert figure.spread_of_prior > 1


def test_what_bounds_allow_the_file_can_hold() -> None:
    for kind, costs in zip(KINDS, unfitted_serving(), strict=True):
        for side in ("low", "high"):
            ends = {figure.name: getattr(figure, side) for figure in kind.figures}
            ServingCosts.model_validate({**costs.model_dump(), **ends})


def test_the_shipped_costs_lie_within_the_bounds_of_their_fit() -> None:
    for kind in KINDS:
        costs = next(
            c for c in shipped_efficiencies().serving if (c.era, c.generations) == (kind.era, kind.generations)
        )
        for figure in kind.figures:
            assert figure.low <= getattr(costs, figure.name) <= figure.high, (kind.era, figure.name)
