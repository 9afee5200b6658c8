"""The capacity surfaces of a sweep's engines, simulated: a pure function, the same wherever it runs.

Every engine answers the same requests at a load (see ``arrivals``), so that two engines differ by nothing but
themselves. The heavier the load, the longer its queues take to build, and the more requests it takes to see them:
``REQUESTS`` has how many.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from neuralnav.performance.arrivals import Requests, draw_requests
from neuralnav.performance.capacity import LoadedReplica
from neuralnav.performance.clients import Clients
from neuralnav.performance.kv_cache import ReplicaLimits
from neuralnav.performance.memory import BLOCK_TOKENS
from neuralnav.performance.replica import Engines
from neuralnav.performance.results import Results
from neuralnav.performance.surface import LOADS, REQUESTS, Surfaces
from neuralnav.performance.sweep import Sweep

SATURATION_REQUESTS = 4000
"""Those that a replica which never idles answers, at least."""


def simulate(sweep: Sweep) -> Surfaces:
    """The surface of every engine of ``sweep``.

    Raises:
        InvalidInputError: a request never fits into an engine's KV cache.
    """
    counts = {SATURATION_REQUESTS, *REQUESTS}
    drawn = {count: draw_requests(sweep.shape, sweep.process, count) for count in sorted(counts)}
    found = [_surface(sweep.engines, row, drawn) for row in range(len(sweep))]
    return Surfaces(
        saturation_qps=np.array([qps for qps, _ in found]),
        ttft_p95_ms=_rising([[at.ttft_ms.p95 for at in results] for _, results in found]),
        itl_p95_ms=_rising([[at.itl_ms.p95 for at in results] for _, results in found]),
        e2e_p95_ms=_rising([[at.e2e_ms.p95 for at in results] for _, results in found]),
        sequences=_rising([_in_flight(qps, results) for qps, results in found]),
        simulated=np.ones(len(found), dtype=np.bool_),
    )


def _surface(engines: Engines, row: int, drawn: Mapping[int, Requests]) -> tuple[float, list[Results]]:
    replica = _replica(engines, row, drawn[SATURATION_REQUESTS])
    qps = replica.saturation_qps
    loads = zip(LOADS, REQUESTS, strict=True)
    return qps, [replace(replica, requests=drawn[count]).at(qps * share) for share, count in loads]


def _replica(engines: Engines, row: int, requests: Requests) -> LoadedReplica:
    curves, limits = engines.curves, _limits(engines, row)
    return LoadedReplica(
        requests=requests,
        tables=curves.tables(row, limits.max_num_seqs, limits.max_num_batched_tokens),
        limits=limits,
        clients=Clients(
            request_s=float(curves.client_s[row]),
            prompt_token_s=float(curves.client_token_s[row]),
            stream_s=float(curves.client_stream_s[row]),
        ),
    )


def _limits(engines: Engines, row: int) -> ReplicaLimits:
    return ReplicaLimits(
        max_num_seqs=int(engines.max_num_seqs[row]),
        max_num_batched_tokens=int(engines.max_num_batched_tokens[row]),
        kv_cache_bytes=int(engines.kv_cache_bytes[row]),
        block_tokens=BLOCK_TOKENS,
        block_bytes=round(BLOCK_TOKENS * engines.kv_token_bytes[row]),
        window_block_bytes=round(BLOCK_TOKENS * engines.kv_window_token_bytes[row]),
        window_blocks=-(-int(engines.curves.window[row]) // BLOCK_TOKENS) + 1,
        sequence_bytes=round(engines.state_bytes[row]),
    )


def _in_flight(saturation_qps: float, results: Sequence[Results]) -> list[float]:
    """Mean requests in flight at each load, by Little's law."""
    return [share * saturation_qps * at.e2e_ms.mean / 1e3 for share, at in zip(LOADS, results, strict=True)]


def _rising(rows: Sequence[Sequence[float]]) -> NDArray[np.float64]:
    """As an array whose rows never fall: what falls with the load is noise."""
    return np.maximum.accumulate(np.array(rows, dtype=np.float64).reshape(len(rows), LOADS.size), axis=1)
