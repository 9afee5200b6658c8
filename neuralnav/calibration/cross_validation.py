"""What the model predicts for runs that its fit has not seen: fitted anew without each model, and without each GPU."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neuralnav.calibration.serving_fit import KINDS, fit_kind, rows_of
from neuralnav.calibration.serving_runs import Outcome, Replay, Run, simulate
from neuralnav.performance.efficiencies import Efficiencies

Floats = NDArray[np.float64]
Key = Callable[[Run], str]

WORKERS = 2


def by_model(run: Run) -> str:
    """The model whose runs are left out together."""
    return run.model


def by_gpu(run: Run) -> str:
    """The GPU whose runs are left out together."""
    return run.gpu.gpu_type.value


@dataclass(frozen=True)
class _Fold:
    replay: Replay
    fitted: Efficiencies
    kept: tuple[int, ...]
    left: tuple[int, ...]


def predict_unseen(replay: Replay, fitted: Efficiencies, key: Key) -> Outcome:
    """Each run as predicted by a fit that left out all runs with the same ``key``.

    Only the costs of the servers that a left-out run belongs to are fitted anew, from ``fitted``.
    """
    names = [key(run) for run in replay.runs]
    folds = []
    for name in sorted(set(names)):
        left = tuple(i for i, other in enumerate(names) if other == name)
        folds.append(_Fold(replay, fitted, tuple(i for i in range(len(names)) if i not in set(left)), left))
    means = np.full((len(names), 3), np.nan)
    with ProcessPoolExecutor(WORKERS) as workers:
        for fold, outcome in zip(folds, workers.map(_predict_left_out, folds), strict=True):
            means[list(fold.left)] = np.column_stack((outcome.ttft_s, outcome.itl_s, outcome.e2e_s))
    return Outcome(means[:, 0], means[:, 1], means[:, 2])


def _predict_left_out(fold: _Fold) -> Outcome:
    kept, left = fold.replay.take(fold.kept), fold.replay.take(fold.left)
    efficiencies = fold.fitted
    for kind in KINDS:
        if rows_of(kind, left, efficiencies):
            efficiencies = fit_kind(kept.take(rows_of(kind, kept, efficiencies)), efficiencies, kind)
    return simulate(left, efficiencies)
