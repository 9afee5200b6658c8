"""What plans cost: CPU where the load is known, time to an answer where it is new, plans a second of a server."""

from __future__ import annotations

import asyncio
import resource
import time
from collections.abc import Iterator

from bench.figures import Figure, Measured, Rate, Size
from bench.plan_server import plans_per_s
from neuralnav.models.specification import DeploymentSpecification
from neuralnav.planning.partial import read_specification
from neuralnav.services.planning import PlanningService
from neuralnav.settings import Settings

RUNS = 50
PLAN_BOUND_MS = 10
FIRST_ANSWER_BOUND_MS, COMPLETE_BOUND_MS = 2_000, 30_000
NEW_LOADS = (337, 421, 503)
"""Mean lengths of answers that no use case has."""
ENGINES_RATE = 100
MEMORY_BOUND_MIB = 700
PLANS_RATE = 150
KIB_PER_MIB = 1024


def measure_planning(settings: Settings) -> Iterator[Measured]:
    """Figures of plans over the shipped catalogue, without constraints, in the database of ``settings``."""
    yield from asyncio.run(_plans(settings))
    resident_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / KIB_PER_MIB
    yield Size("memory of a process that has planned for known and new loads", resident_mib, MEMORY_BOUND_MIB)
    rate = plans_per_s(settings)
    yield Rate("plans for known loads by two server processes, for 8 clients on the same machine", rate, PLANS_RATE)


async def _plans(settings: Settings) -> list[Measured]:
    async with PlanningService.open(settings) as service:
        return [await _known_load(service), *await _new_loads(service)]


async def _known_load(service: PlanningService) -> Figure:
    taken_ms, evaluated = [], 0
    for run in range(-1, RUNS):
        specification = await _specification(service, user_count=1000 + 10 * run)
        if run < 0:
            await service.plan(specification)
            continue
        planner = await service.knowledge.planner()
        begun = time.process_time()
        evaluated = planner.plan(specification).evaluated
        taken_ms.append((time.process_time() - begun) * 1000)
    return Figure(f"CPU of one plan over {evaluated:,} configurations", tuple(taken_ms), PLAN_BOUND_MS)


async def _new_loads(service: PlanningService) -> list[Measured]:
    """Workers are up, as in a server; each load is simulated from nothing."""
    await service.plan(await _specification(service, output_tokens=min(NEW_LOADS) - 1))
    first_ms, complete_ms, engines, took_s = [], [], 0, 0.0
    for tokens in NEW_LOADS:
        specification = await _specification(service, output_tokens=tokens)
        begun, answered = time.perf_counter(), False
        async for update in service.updates(specification):
            if update.is_answer and not answered:
                answered = True
                first_ms.append((time.perf_counter() - begun) * 1000)
        complete_ms.append((time.perf_counter() - begun) * 1000)
        engines, took_s = engines + update.simulated, took_s + complete_ms[-1] / 1000
    return [
        Figure("new load: first ranked answer, its best options simulated", tuple(first_ms), FIRST_ANSWER_BOUND_MS),
        Figure("new load: complete answer", tuple(complete_ms), COMPLETE_BOUND_MS),
        Rate("new load: configurations simulated over their whole range of load", engines / took_s, ENGINES_RATE),
    ]


async def _specification(
    service: PlanningService, *, user_count: int = 1000, output_tokens: int | None = None
) -> DeploymentSpecification:
    intent = {
        "use_case": "chatbot_conversational",
        "user_count": user_count,
        "priority": "latency",
        "output_tokens": output_tokens,
    }
    return read_specification({"intent": intent}, (await service.knowledge.reference()).use_cases)
