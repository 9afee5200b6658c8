"""Print what several simulations come to, to the bit: to compare processes that compile with one that does not."""

from __future__ import annotations

import json
import sys
from hashlib import sha256

import numpy as np

from neuralnav.performance.compiled import COMPILES
from neuralnav.performance.kv_cache import ReplicaLimits
from neuralnav.performance.routing import Routing, Served, serve, serve_closed_loop
from tests.neuralnav.performance.live import serve_live
from tests.neuralnav.performance.loads import chat_requests, h100_limits, h100_tables, random_tables


def main() -> None:
    """Simulate what uses every part of the simulation, and print a JSON object."""
    sliding = ReplicaLimits(40, 700, 30_000, 16, 10, 7, 9, 3)
    sliding_tables = random_tables(np.random.default_rng(1), sliding, window=128)
    tight = h100_limits(kv_cache_gib=3)
    live, _ = serve_live(chat_requests(300, qps=60), h100_tables(), tight, {n: n / 60 + 1.5 for n in range(0, 300, 3)})
    loads = {
        "poisson": serve(chat_requests(400, qps=30), h100_tables(), h100_limits()),
        "preempting": serve(chat_requests(400, qps=60), h100_tables(), tight),
        "sliding": serve(chat_requests(200, qps=20, hit_ratio=0.3), sliding_tables, sliding),
        "closed": serve_closed_loop(chat_requests(200, qps=1), 32, h100_tables(), tight, pause_s=0.1),
        "routed": serve(chat_requests(400, qps=90), h100_tables(), tight, replicas=3, routing=Routing.LEAST_LOADED),
        "live": live,
    }
    json.dump({"compiles": COMPILES} | {name: digest(served) for name, served in loads.items()}, sys.stdout)


def digest(served: Served) -> str:
    """A hash of all that is known of a load."""
    arrays = (served.arrival_s, served.first_token_s, served.finish_s, served.preemptions, served.replica)
    totals = np.array([served.steps, served.busy_s, served.running_s, served.peak_kv_bytes])
    return sha256(b"".join(array.tobytes() for array in (*arrays, totals))).hexdigest()


if __name__ == "__main__":
    main()
