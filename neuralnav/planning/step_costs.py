"""Step times of the candidates' engines, worked out when first asked for: only loads never seen need them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from neuralnav.performance.architecture import SIXTEEN_BIT
from neuralnav.performance.efficiencies import Efficiencies
from neuralnav.performance.rates import EngineRates, RatesBasis, engine_rates, rates_basis
from neuralnav.performance.replica import Engines
from neuralnav.performance.step_time import StepCurves, idle_curves, step_curves
from neuralnav.planning.candidates import Candidate, CandidateTable

Rows = NDArray[np.intp]


class StepCosts:
    """Engines of one candidate table; may be asked from several threads."""

    def __init__(self, table: CandidateTable, efficiencies: Efficiencies) -> None:
        self._table = table
        self._efficiencies = efficiencies
        self._curves = idle_curves(len(table.candidates))
        self._known = ~table.possible
        self._rates_of: dict[RatesBasis, EngineRates] = {}
        self._working = Lock()

    def curves(self, rows: Rows) -> StepCurves:
        """Step times of the candidates at ``rows``; those of impossible ones are 0."""
        with self._working:
            missing = rows[~self._known[rows]]
            if missing.size:
                fresh = self._work_out([self._table.candidates[row] for row in missing])
                for field in fields(StepCurves):
                    getattr(self._curves, field.name)[missing] = getattr(fresh, field.name)
                self._known[missing] = True
            return self._curves.take(rows)

    def engines(self, rows: Rows, gpu_memory_utilization: float) -> Engines:
        """The candidates at ``rows`` as formulas take them."""
        table = self._table
        return Engines(
            curves=self.curves(rows),
            max_num_seqs=table.max_num_seqs[rows],
            max_num_batched_tokens=table.max_num_batched_tokens[rows],
            kv_cache_bytes=table.kv_cache_bytes(gpu_memory_utilization)[rows],
            kv_token_bytes=table.kv_token_bytes[rows],
            kv_window_token_bytes=table.kv_window_token_bytes[rows],
            state_bytes=table.state_bytes[rows],
        )

    def _work_out(self, candidates: Sequence[Candidate]) -> StepCurves:
        return step_curves([one.work for one in candidates], [self._rates(one) for one in candidates])

    def _rates(self, candidate: Candidate) -> EngineRates:
        work, runs, quantization = candidate.work, candidate.runs, candidate.served.quantization
        assert runs is not None  # noqa: S101 - what possible candidates have
        basis = rates_basis(work, runs, quantization, candidate.gpu, SIXTEEN_BIT)
        if basis not in self._rates_of:
            self._rates_of[basis] = engine_rates(
                work, runs, quantization, candidate.gpu, SIXTEEN_BIT, self._efficiencies
            )
        return self._rates_of[basis]
