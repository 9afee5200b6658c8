"""Engines whose steps take a second, and answers that are read to the end."""

from __future__ import annotations

from neuralnav.performance.clients import Clients
from neuralnav.performance.engine import Engine
from neuralnav.performance.kv_cache import ReplicaLimits
from neuralnav.performance.memory import MemoryFit
from neuralnav.performance.step_tables import StepTables
from neuralnav.performance.work import Parallelism
from simulator.engine.generation import Generation, Tokens
from tests.neuralnav.performance.loads import even_tables, limits_of

FITS = MemoryFit(80, 20, 1, 1, 1, 50, 100_000, fits=True, reason=None)


def engine_of(tables: StepTables | None = None, limits: ReplicaLimits | None = None) -> Engine:
    return Engine(tables or even_tables(), limits or limits_of(), FITS, Parallelism(), Clients())


async def read(generation: Generation) -> list[Tokens]:
    return [tokens async for tokens in generation]
