"""Estimates of what replicas carry and how fast they answer, for loads that nobody has simulated yet.

Queueing formulas over the calibrated step time, in steady state, for thousands of engines at once: they say which ones
are worth simulating first, and stand in until that is done. A request among n others steps in t(n + 1), and a replica
that holds n requests on average finishes n / (steps x t(n + 1)) a second; latencies follow from n. The state is
evaluated on one fixed grid of n and interpolated linearly, so that every answer is monotone in the rate and in the
hardware.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Self

import numpy as np
from numpy.typing import NDArray

from neuralnav.models.vocabulary import Burstiness
from neuralnav.performance.lengths import LengthMoments
from neuralnav.performance.step_time import StepCurves, StepLoad, step_time_s
from neuralnav.performance.surface import LOADS, ReplicaPerformance, Surfaces

Floats = NDArray[np.float64]

ARRIVAL_VARIATION = {Burstiness.STEADY: 1.0, Burstiness.BURSTY: 2.0}
"""Coefficient of variation of the time between arrivals."""
Z95 = 1.645
"""The 95th percentile of a standard normal."""
MOST_OF_BUDGET = 0.95
"""Share of the token budget that prompts may need; a queue grows without bound towards all of it."""
_TAIL = 0.05
_OTHERS = np.concatenate(([0.0, 0.02], np.geomspace(0.1, 2000.0, 38)))
"""Mean numbers of other sequences in flight at which every engine is evaluated."""


@dataclass(frozen=True)
class Workload:
    """The requests that one replica sees, without their rate."""

    prompt: LengthMoments
    output: LengthMoments
    burstiness: Burstiness = Burstiness.STEADY
    prefix_hit_ratio: float = 0.0
    """Share of prompt tokens that the prefix cache holds."""

    @property
    def decode_steps(self) -> float:
        """Steps after the first token of a mean request."""
        return max(self.output.mean - 1, 1.0)

    @property
    def context_tokens(self) -> float:
        """Mean context of a sequence in flight: longer answers are in flight for longer."""
        return self.prompt.mean + self.output.second_moment / (2 * self.output.mean)

    def new_tokens(self, prompt_tokens: float) -> float:
        """Tokens of a prompt that are not cached; the last one never is."""
        return max(prompt_tokens * (1 - self.prefix_hit_ratio), 1.0)

    def pairs(self, square_tokens: float) -> float:
        """Query and key pairs of prompts with this mean square of tokens."""
        return square_tokens * (1 - self.prefix_hit_ratio**2) / 2

    @property
    def arrival_variation(self) -> float:
        """Coefficient of variation of the time between arrivals."""
        return ARRIVAL_VARIATION[self.burstiness]


@dataclass(frozen=True)
class Engines:
    """Engines to evaluate; every array has one entry an engine."""

    curves: StepCurves
    max_num_seqs: Floats
    max_num_batched_tokens: Floats
    kv_cache_bytes: Floats
    """Left for the KV cache on each GPU."""
    kv_token_bytes: Floats
    """KV-cache bytes of one context token on each GPU, in the layers with full attention."""
    kv_window_token_bytes: Floats
    """The same in the layers with a sliding window."""
    state_bytes: Floats
    """Bytes of a sequence that do not grow, on each GPU."""

    def take(self, chosen: NDArray[np.intp]) -> Engines:
        """Only the engines at these positions."""
        own = {field.name: getattr(self, field.name)[chosen] for field in fields(self) if field.name != "curves"}
        return Engines(curves=self.curves.take(chosen), **own)

    def sequences(self, context_tokens: float) -> Floats:
        """Sequences of ``context_tokens`` each that the KV cache holds."""
        in_window = np.minimum(context_tokens, self.curves.window)
        each = context_tokens * self.kv_token_bytes + in_window * self.kv_window_token_bytes + self.state_bytes
        return np.asarray(self.kv_cache_bytes / np.maximum(each, 1.0))


@dataclass(frozen=True)
class ReplicaCurves:
    """Rate and latencies of each engine (rows) at each grid point of sequences in flight (columns)."""

    qps: Floats
    ttft_p95_ms: Floats
    itl_p95_ms: Floats
    e2e_p95_ms: Floats
    limit: Floats
    """Grid position (fractions lie between points) from where on sequences would wait for a place."""

    @property
    def saturation_qps(self) -> Floats:
        """The highest rate without a queue for a place in the batch or the KV cache; 0 where nothing fits."""
        return np.where(self.limit >= 0, _read(self.qps, np.maximum(self.limit, 0.0)), 0.0)

    def at(self, qps: Floats) -> ReplicaPerformance:
        """Latencies when each engine sees its own rate ``qps``."""
        saturation = self.saturation_qps
        saturated = (qps > saturation * (1 + 1e-9)) | (self.limit < 0)
        position = np.clip(_last_within(self.qps, qps), 0.0, np.maximum(self.limit, 0.0))

        def latency(curve: Floats) -> Floats:
            return np.where(saturated, np.inf, _read(curve, position))

        grid = np.broadcast_to(_OTHERS, self.qps.shape)
        return ReplicaPerformance(
            ttft_p95_ms=latency(self.ttft_p95_ms),
            itl_p95_ms=latency(self.itl_p95_ms),
            e2e_p95_ms=latency(self.e2e_p95_ms),
            sequences=_read(grid, position),
            utilisation=np.where(saturated, 1.0, qps / np.where(saturated, 1.0, saturation)),
            saturated=saturated,
        )

    def surfaces(self) -> Surfaces:
        """The same over the loads of capacity surfaces."""
        saturation = self.saturation_qps
        loads = [self.at(share * saturation) for share in LOADS]
        return Surfaces(
            saturation_qps=saturation,
            ttft_p95_ms=np.column_stack([load.ttft_p95_ms for load in loads]),
            itl_p95_ms=np.column_stack([load.itl_p95_ms for load in loads]),
            e2e_p95_ms=np.column_stack([load.e2e_p95_ms for load in loads]),
            sequences=np.column_stack([load.sequences for load in loads]),
            simulated=np.zeros(saturation.size, dtype=np.bool_),
        )


def evaluate_replicas(engines: Engines, workload: Workload) -> ReplicaCurves:
    """Rate and p95 latencies of every engine over the whole range of load."""
    state = _SteadyState.of(engines, workload)
    crowded = _crowded(_OTHERS, workload.arrival_variation)
    busy_step = _read(state.step_s, np.broadcast_to(_grid_position(crowded), state.step_s.shape))
    first, first_p95 = _first_token(state, workload, engines.curves)
    steps, steps_p95 = workload.decode_steps, max(workload.output.p95 - 1, 1.0)
    spread = np.hypot((steps_p95 - steps) * state.step_s, steps * (busy_step - state.step_s))
    whole_p95 = first + steps * state.step_s + np.hypot(spread, first_p95 - first)
    places = np.minimum(engines.max_num_seqs, engines.sequences(workload.context_tokens))
    in_batch = _last_within(np.broadcast_to(crowded + 1, state.step_s.shape), places)
    limit = np.minimum(in_batch, _last_within(state.budget_used, MOST_OF_BUDGET))
    return ReplicaCurves(
        qps=np.maximum.accumulate(state.qps, axis=1),
        ttft_p95_ms=np.maximum.accumulate(first_p95, axis=1) * 1e3,
        itl_p95_ms=np.maximum.accumulate(busy_step, axis=1) * 1e3,
        e2e_p95_ms=np.maximum.accumulate(whole_p95, axis=1) * 1e3,
        limit=np.where(places >= 1, limit, -1.0),
    )


@dataclass(frozen=True)
class _SteadyState:
    """Engines with a constant mean number of other sequences in flight; rows are engines, columns the grid.

    Prompts that wait when a step begins are read in it together, as far as its token budget goes.
    """

    decode_s: Floats
    """A step without new prompts."""
    mixed_s: Floats
    """A step with new prompts: as many as come in between two steps, at least one chunk of one."""
    loaded: Floats
    """Share of the steps that hold new prompts."""
    own_s: Floats
    """The steps that read a mean prompt, with the prompts that come with it."""
    own_p95_s: Floats
    """The same for a p95 prompt among many."""
    full_s: Floats
    """The time of steps filled with prompts that a mean prompt takes."""
    budget_used: Floats
    """Share of the token budget that prompts need."""
    fellows: Floats
    """Prompts that come between two steps."""

    @classmethod
    def of(cls, engines: Engines, workload: Workload) -> Self:
        reader = _PromptReader(engines.curves, engines.max_num_batched_tokens[:, None], workload)
        fellows = _OTHERS / workload.decode_steps
        new, pairs = workload.new_tokens(workload.prompt.mean), workload.pairs(workload.prompt.second_moment)
        new_p95, pairs_p95 = workload.new_tokens(workload.prompt.p95), workload.pairs(workload.prompt.p95**2)
        chunks = np.maximum(new / reader.room, 1.0)
        a_step = np.maximum(fellows * chunks, 1.0) / chunks
        more = _crowded(fellows, workload.arrival_variation) - fellows
        full = reader.room / new
        return cls(
            decode_s=reader.decode_s(),
            mixed_s=reader.read_s(np.minimum(a_step * new, reader.room), a_step * pairs),
            loaded=np.minimum(fellows * chunks, 1.0),
            own_s=reader.read_s((1 + fellows) * new, (1 + fellows) * pairs),
            own_p95_s=reader.read_s(
                (1 + fellows) * new + np.hypot(new_p95 - new, more * new),
                (1 + fellows) * pairs + np.hypot(max(pairs_p95 - pairs, 0.0), more * pairs),
            ),
            full_s=reader.read_s(full * new, full * pairs) / full,
            budget_used=fellows * new / reader.room,
            fellows=fellows,
        )

    @property
    def step_s(self) -> Floats:
        """The mean step."""
        return np.asarray((1 - self.loaded) * self.decode_s + self.loaded * self.mixed_s)

    @property
    def qps(self) -> Floats:
        """Requests a second: those that come between two steps, over the step."""
        return np.asarray(self.fellows / self.step_s)


@dataclass(frozen=True)
class _PromptReader:
    curves: StepCurves
    budget: Floats
    workload: Workload

    @property
    def room(self) -> Floats:
        """Prompt tokens that fit into a step beside the decoding sequences."""
        return np.maximum(self.budget - _OTHERS, 1.0)

    def decode_s(self) -> Floats:
        return np.asarray(step_time_s(self.curves, self._load(0.0, 0.0, _OTHERS + 1, _OTHERS + 1)))

    def read_s(self, tokens: Floats, pairs: Floats) -> Floats:
        """Time of the steps that read ``tokens``, in chunks that fit, with the others decoding alongside."""
        steps = np.maximum(tokens / self.room, 1.0)
        load = self._load(tokens / steps, pairs / steps, _OTHERS, _OTHERS + 1 / steps)
        return np.asarray(steps * step_time_s(self.curves, load))

    def _load(self, tokens: Floats | float, pairs: Floats | float, decoding: Floats, sampled: Floats) -> StepLoad:
        context = decoding * self.workload.context_tokens
        shape = (self.curves.window.size, _OTHERS.size)
        return StepLoad(*(np.broadcast_to(part, shape) for part in (tokens, decoding, context, pairs, sampled)))


def _first_token(state: _SteadyState, workload: Workload, curves: StepCurves) -> tuple[Floats, Floats]:
    """Mean and p95 of the time to the first token, in seconds.

    The parts are the client, the rest of the running step, prompts that do not fit into the step's budget
    (Kingman's formula with an exponential tail) and the steps that read the own prompt; their deviations at p95
    are independent and add as squares. A request meets a long step more often than a short one, in proportion to its
    length, and so longer prompts than the mean one: the renewal paradox.
    """
    running = -np.expm1(-_OTHERS)
    met_s = state.mixed_s * (1 + workload.prompt.squared_variation)
    loaded_s = state.loaded * state.mixed_s
    rest = running * ((1 - state.loaded) * state.decode_s**2 + loaded_s * met_s) / (2 * state.step_s)
    in_prompts = loaded_s / state.step_s
    behind_prompts = met_s * np.maximum(1 - _TAIL / np.maximum(in_prompts, _TAIL), 0.0)
    rest_p95 = running * np.maximum((1 - _TAIL) * state.decode_s, behind_prompts)
    used = np.minimum(state.budget_used, MOST_OF_BUDGET)
    variation = (workload.arrival_variation**2 + workload.prompt.squared_variation) / 2
    if_waiting = state.full_s * variation / (1 - used)
    waiting = used * if_waiting
    waiting_p95 = if_waiting * np.log(np.maximum(used / _TAIL, 1.0))
    client = (curves.client_s + curves.client_token_s * workload.prompt.mean)[:, None]
    streams = curves.client_stream_s[:, None] * (1 + _OTHERS)
    mean = client + streams + rest + waiting + state.own_s
    deviation = np.hypot(
        np.hypot(np.maximum(rest_p95 - rest, 0.0), np.maximum(waiting_p95 - waiting, 0.0)),
        np.maximum(state.own_p95_s - state.own_s, 0.0),
    )
    return mean, mean + deviation


def _crowded(mean: Floats, variation: float) -> Floats:
    """The p95 of a number that is Poisson around its mean, wider for bursts."""
    return mean + Z95 * variation * np.sqrt(mean)


def _grid_position(sequences: Floats) -> Floats:
    """Where numbers of sequences lie on the grid; beyond its end, the end."""
    return np.interp(sequences, _OTHERS, np.arange(_OTHERS.size, dtype=np.float64))


def _last_within(curves: Floats, limit: Floats | float) -> Floats:
    """Per row of rising ``curves``, the last grid position within ``limit``; -1: nowhere."""
    bound = np.broadcast_to(np.asarray(limit, dtype=np.float64), curves.shape[:1])
    within = (curves <= bound[:, None]).sum(axis=1) - 1
    low = np.clip(within, 0, curves.shape[1] - 2)
    rows = np.arange(curves.shape[0])
    here, there = curves[rows, low], curves[rows, low + 1]
    gap = there - here
    share = np.clip((bound - here) / np.where(gap > 0, gap, 1.0), 0.0, 1.0)
    share = np.where(gap > 0, share, 1.0)
    return np.where(within < 0, -1.0, low + share)


def _read(curves: Floats, position: Floats) -> Floats:
    """Values of ``curves`` at grid positions: one a row, or as many a row as ``position`` has columns."""
    if position.ndim == 1:
        return _read(curves, position[:, None])[:, 0]
    low = np.clip(position.astype(np.intp), 0, curves.shape[1] - 2)
    share = np.clip(position - low, 0.0, 1.0)
    here = np.take_along_axis(curves, low, axis=1)
    there = np.take_along_axis(curves, low + 1, axis=1)
    return here + share * (there - here)
