"""What the performance model says of a few requests to an idle engine, worked out in a process of its own.

Serving processes stay small: none of them imports what simulates, and so few requests need nothing compiled.
"""

from __future__ import annotations

from collections.abc import Mapping

from loky.process_executor import BrokenProcessPool, ProcessPoolExecutor  # type: ignore[import-untyped]

from neuralnav.deployment.probing_light import LightPrediction
from neuralnav.errors import UnavailableError
from neuralnav.models.catalog import ReferenceData
from neuralnav.models.prediction import PredictionRequest

LONGEST_S = 15.0
INTERPRETED = {"NUMBA_DISABLE_JIT": "1"}


def predict_light(
    reference: ReferenceData, asked: Mapping[str, PredictionRequest], within_s: float = LONGEST_S
) -> dict[str, LightPrediction]:
    """What is to be expected of each load, by the same names; loads of engines that do not fit are left out. Blocks.

    Raises:
        UnavailableError: the process died, or took longer than ``within_s``, 15 s at most.
        NeuralNavError: a model or GPU is not known, as :meth:`PredictionService.predict` says it.
    """
    if not asked:
        return {}
    with ProcessPoolExecutor(1, env=INTERPRETED) as pool:
        try:
            predicted: dict[str, LightPrediction] = pool.submit(_predict, reference, dict(asked)).result(
                min(within_s, LONGEST_S)
            )
        except (TimeoutError, BrokenProcessPool) as error:
            pool.shutdown(wait=False, kill_workers=True)
            raise UnavailableError("What was to be expected could not be worked out. Try again.") from error
    return predicted


def _predict(reference: ReferenceData, asked: Mapping[str, PredictionRequest]) -> dict[str, LightPrediction]:
    from neuralnav.services.prediction import predictions_over

    predictions = predictions_over(reference, ())
    light = {name: LightPrediction.of(predictions.predict(request, measured=False)) for name, request in asked.items()}
    return {name: one for name, one in light.items() if one is not None}
