"""What is measured is real work: engines that fit, points up to saturation, targets that a search can find, lines that
are all answered."""

from __future__ import annotations

import json

import pytest

from bench.capacity import ENGINES, MAX_MODEL_LEN, SHAPE, SHARES, loaded_replica, reachable_targets
from bench.predictions import prediction_lines
from neuralnav.knowledge.seeds import read_seeds
from neuralnav.models.prediction import EngineRequest, PredictionRequest
from neuralnav.performance.arrivals import ArrivalProcess, draw_requests
from neuralnav.services.engines import EngineCatalogue, configure
from neuralnav.services.prediction_inputs import read_inputs


@pytest.fixture(scope="module")
def catalogue() -> EngineCatalogue:
    return EngineCatalogue(read_seeds())


@pytest.mark.parametrize("engine", ENGINES, ids=lambda engine: f"{engine.model} on {engine.gpu}")
def test_every_engine_fits_and_its_targets_stop_a_search_within_its_rates(
    engine: EngineRequest, catalogue: EngineCatalogue
) -> None:
    assert configure(engine, catalogue.resolve(engine), MAX_MODEL_LEN).reason is None
    loaded = loaded_replica(catalogue, engine, draw_requests(SHAPE, ArrivalProcess.POISSON, 1000))
    most = loaded.max_qps(reachable_targets(loaded))
    assert loaded.saturation_qps / 2 <= most < loaded.saturation_qps


def test_points_reach_from_light_load_to_saturation() -> None:
    assert min(SHARES) <= 0.1
    assert max(SHARES) == 1.0
    assert len(set(SHARES)) == len(SHARES)


def test_lines_for_predictions_are_a_thousand_valid_and_different_requests() -> None:
    lines = prediction_lines()
    assert len(set(lines)) == len(lines) == 1000
    for line in lines:
        read_inputs(PredictionRequest, json.loads(line))
