from dataclasses import replace

import numpy as np
import pytest

from neuralnav.calibration.cross_validation import by_gpu, by_model, predict_unseen
from neuralnav.calibration.serving_fit import KINDS, fit_kind, unfitted_serving
from neuralnav.calibration.serving_runs import Replay, Run, prepare, simulate
from neuralnav.models.catalog import GpuProfile, ModelArchitecture
from neuralnav.performance.efficiencies import Efficiencies, shipped_efficiencies
from tests.neuralnav.calibration.runs import LLAMA_8B, QWEN_4B, fixed, measured_as, run_of


@pytest.fixture(scope="module")
def unfitted() -> Efficiencies:
    return shipped_efficiencies().model_copy(update={"serving": unfitted_serving()})


@pytest.fixture(scope="module")
def replay(unfitted: Efficiencies, architectures: dict[str, ModelArchitecture], gpus: dict[str, GpuProfile]) -> Replay:
    """Two models on two GPUs, as measured on servers that are slower than the fit starts from."""
    first, *others = unfitted.serving
    slower = unfitted.model_copy(update={"serving": (first.model_copy(update={"step_s": 1.2e-3}), *others)})
    runs = [
        run_of(architectures[model], gpus[gpu], concurrency=clients, prompt=fixed(200), output=fixed(20))
        for model, gpu in ((LLAMA_8B, "H100"), (QWEN_4B, "H200"))
        for clients in (1, 4)
    ]
    return measured_as(slower, runs)


def slowed(replay: Replay, model: str) -> Replay:
    """The same runs, those of one model measured to take half as long again."""

    def slow(run: Run) -> Run:
        assert run.ttft_s
        assert run.itl_s
        return replace(run, ttft_s=1.5 * run.ttft_s, itl_s=1.5 * run.itl_s)

    return prepare([slow(run) if run.model == model else run for run in replay.runs])[0]


def test_what_a_model_measured_has_no_part_in_its_own_prediction(replay: Replay, unfitted: Efficiencies) -> None:
    before = predict_unseen(replay, unfitted, by_model).itl_s
    after = predict_unseen(slowed(replay, QWEN_4B), unfitted, by_model).itl_s
    llama, qwen = before[:2], before[2:]
    assert after[2:].tolist() == qwen.tolist()
    assert (after[:2] > 1.02 * llama).all()


def test_each_run_is_predicted_by_a_fit_to_the_runs_of_other_gpus(replay: Replay, unfitted: Efficiencies) -> None:
    unseen = predict_unseen(replay, unfitted, by_gpu)
    without_h100 = fit_kind(replay.take([2, 3]), unfitted, KINDS[0])
    expected = simulate(replay.take([0, 1]), without_h100)
    assert unseen.itl_s[:2].tolist() == expected.itl_s.tolist()
    assert unseen.ttft_s[:2].tolist() == expected.ttft_s.tolist()
    assert not np.isnan(np.concatenate((unseen.ttft_s, unseen.itl_s, unseen.e2e_s))).any()


def test_models_and_gpus_are_told_apart_by_their_names(replay: Replay) -> None:
    assert [by_model(run) for run in replay.runs] == [LLAMA_8B, LLAMA_8B, QWEN_4B, QWEN_4B]
    assert [by_gpu(run) for run in replay.runs] == ["H100", "H100", "H200", "H200"]
