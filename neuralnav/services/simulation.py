"""Simulations of replicas as the faces give them: a recorded trace, or a number of requests at a rate."""

from __future__ import annotations

import csv
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from neuralnav.errors import FieldProblem, InvalidInputError
from neuralnav.models.catalog import ReferenceData
from neuralnav.models.prediction import SimulationAnswer, SimulationRequest
from neuralnav.performance.arrivals import ArrivalProcess, Requests, RequestShape, draw_requests
from neuralnav.performance.calibration import Calibration
from neuralnav.performance.capacity import places
from neuralnav.performance.clients import mean_streams
from neuralnav.performance.efficiencies import Efficiencies
from neuralnav.performance.engine import Engine
from neuralnav.performance.prediction import mean_running, saturation_qps
from neuralnav.performance.results import load_regime, whole_run_results
from neuralnav.performance.routing import Routing, Served, serve
from neuralnav.performance.trace import read_trace
from neuralnav.services.answers import engine_facts, shortened, simulated_figures
from neuralnav.services.engines import EngineCatalogue, EngineNames, configure, context_for
from neuralnav.services.loads import longest_request, traffic_shape

COLUMNS = ("arrival_s", "first_token_s", "finish_s", "prompt_tokens", "output_tokens", "preemptions", "replica")
DECIMALS = 6
"""Of the seconds in a file of requests."""


@dataclass(frozen=True)
class Simulation:
    """The summary, and what became of each request; nothing where the engine does not fit."""

    answer: SimulationAnswer
    requests: Requests
    served: Served | None
    """As clients see it; replicas count from 0."""


def simulate(
    request: SimulationRequest,
    trace: Path | None,
    reference: ReferenceData,
    calibration: Calibration,
    efficiencies: Efficiencies | None = None,
) -> Simulation:
    """Replicas of an engine under the requests of ``trace``, or under as many as ``request`` says.

    Latencies are those of all requests, the first ones included. Data-parallel ranks get requests as replicas do.

    Raises:
        NotFoundError: no model or GPU is called so.
        InvalidInputError: there is not one load, or it, the number format, the parallelism or the trace cannot be.
    """
    if (request.qps is None) == (trace is None):
        problem = FieldProblem("qps", request.qps, "a rate with requests, or else a trace")
        raise InvalidInputError("Give either a trace, or qps and requests.", (problem,))
    names = EngineCatalogue(reference).resolve(request)
    context, requests = _drawn(request, names) if trace is None else _recorded(request, names, trace)
    configured = configure(request, names, context, efficiencies)
    facts = engine_facts(request, configured, calibration)
    facts |= {"replicas": request.replicas, "routing": request.routing}
    if configured.reason is not None:
        return Simulation(SimulationAnswer(**facts), requests, None)
    engine = configured.engine
    servers = request.replicas * engine.parallelism.data
    served = serve(requests, engine.tables, engine.limits, replicas=servers, routing=Routing(request.routing))
    seen = _as_clients_see(engine, requests, served, request.replicas)
    results = whole_run_results(requests, seen, client_s=0.0)
    offered, most = _offered_qps(requests), saturation_qps(engine, requests) * servers
    answer = SimulationAnswer(
        **facts,
        **simulated_figures(results, load_regime(offered, most), configured, calibration),
        saturated=offered > most and len(requests) > places(requests, engine.limits) * servers,
        requests=len(requests),
        duration_s=shortened(float(seen.finish_s.max() - seen.arrival_s.min())),
        preemptions=int(served.preemptions.sum()),
        mean_running=shortened(mean_running(served)),
        peak_kv_cache=shortened(served.peak_kv_bytes / engine.limits.kv_cache_bytes),
    )
    return Simulation(answer, requests, seen)


def write_requests(simulation: Simulation, path: Path) -> None:
    """Write what became of every request to a CSV file with ``COLUMNS``, which can itself be replayed as a trace.

    Raises:
        InvalidInputError: the file cannot be written; a file that was there is then as it was.
    """
    served, requests = simulation.served, simulation.requests
    if served is None:
        return
    seconds = (np.round(times, DECIMALS) for times in (served.arrival_s, served.first_token_s, served.finish_s))
    numbers = (requests.prompt_tokens, requests.output_tokens, served.preemptions, served.replica)
    rows = zip(*(column.tolist() for column in (*seconds, *numbers)), strict=True)
    special = path.exists() and not path.is_file()
    target = path if special else path.with_name(f"{path.name}.part")
    try:
        with target.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(COLUMNS)
            writer.writerows(rows)
        target.replace(path)
    except OSError as error:
        problem = FieldProblem("requests_out", str(path), "a file that can be written")
        raise InvalidInputError(f"{path} cannot be written: {error.strerror}.", (problem,)) from None


def _drawn(request: SimulationRequest, names: EngineNames) -> tuple[int, Requests]:
    """Context and requests of a rate; the request's own checks see that its fields are there."""
    kind, prompt, output = request.length_kind or "fixed", request.prompt_tokens or 1, request.output_tokens or 1
    context = context_for(request, names, longest_request(kind, prompt, output))
    shape = RequestShape((traffic_shape(kind, prompt, output),), context, request.prefix_hit_ratio)
    process = ArrivalProcess(request.arrival or "poisson")
    return context, draw_requests(shape, process, request.requests or 1, request.seed).at(request.qps or 1.0)


def _recorded(request: SimulationRequest, names: EngineNames, trace: Path) -> tuple[int, Requests]:
    """Context and requests of a trace."""
    most = context_for(request, names, names.context_tokens)
    requests = read_trace(trace, most, request.prefix_hit_ratio)
    return context_for(request, names, float((requests.prompt_tokens + requests.output_tokens).max())), requests


def _as_clients_see(engine: Engine, requests: Requests, served: Served, replicas: int) -> Served:
    """``served`` with the clients' part in every time; a replica's front end streams to its own clients."""
    seen = engine.clients.with_prompts(requests, served)
    added_s = engine.clients.added_s(mean_streams(served, engine.parallelism.data))
    return replace(
        seen,
        first_token_s=seen.first_token_s + added_s,
        finish_s=seen.finish_s + added_s,
        replica=served.replica % replicas,
    )


def _offered_qps(requests: Requests) -> float:
    """The mean rate of arrivals; 0 where all come at once, as such a load has an end."""
    span_s = float(requests.arrival_s[-1] - requests.arrival_s[0])
    return (len(requests) - 1) / span_s if span_s > 0 else 0.0
