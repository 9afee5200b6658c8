"""The configurations and the loads at which generators measure the simulator.

All are slow GPUs: some hundred tokens a second, so that two cores carry the simulator and the generator with ease.

The predicted capacity is the rate that saturates the replica: the requests a second that the performance model finishes
when it never idles. No targets go into it, and at 90 % of it requests queue, batches change at every step, and the
tails are long: the hardest of the usual definitions.
"""

from __future__ import annotations

from dataclasses import dataclass

from bench.load_generators.reports import Load
from neuralnav.knowledge.seeds import read_seeds
from neuralnav.models.prediction import SimulationRequest
from neuralnav.models.specification import LengthDistribution, TrafficShape
from neuralnav.performance.arrivals import ArrivalProcess, RequestShape, draw_requests
from neuralnav.performance.capacity import CAPACITY_REQUESTS
from neuralnav.performance.prediction import saturation_qps
from neuralnav.services.engines import EngineCatalogue, configure

MAX_MODEL_LEN = 4096
PROMPT_TOKENS, PROMPT_DEVIATION = 400, 100
OUTPUT_TOKENS, OUTPUT_DEVIATION = 100, 25
LOADS = {0.3: 200, 0.6: 250, 0.9: 300}
"""Shares of the capacity, and the requests that are sent at each."""
IDLE_REQUESTS, IDLE_OUTPUT_TOKENS = 40, 8


@dataclass(frozen=True)
class Configuration:
    """One replica."""

    title: str
    model: str
    gpu: str
    tensor_parallel: int = 1

    @property
    def engine(self) -> SimulationRequest:
        """What ``neuralnav simulate`` is asked for."""
        return SimulationRequest(
            model=self.model, gpu=self.gpu, tensor_parallel=self.tensor_parallel, max_model_len=MAX_MODEL_LEN
        )

    @property
    def arguments(self) -> tuple[str, ...]:
        """The same for ``neuralnav simulator``."""
        return (
            *("--model", self.model, "--gpu", self.gpu, "--tensor-parallel-size", str(self.tensor_parallel)),
            *("--max-model-len", str(MAX_MODEL_LEN)),
        )

    def capacity_qps(self) -> float:
        """The rate that saturates it, with prompts and answers of the mean lengths."""
        names = EngineCatalogue(read_seeds()).resolve(self.engine)
        engine = configure(self.engine, names, MAX_MODEL_LEN).engine
        prompt, output = (
            LengthDistribution(kind="fixed", mean=mean, p95=mean) for mean in (PROMPT_TOKENS, OUTPUT_TOKENS)
        )
        part = TrafficShape(weight=1.0, prompt_tokens=prompt, output_tokens=output)
        shape = RequestShape((part,), MAX_MODEL_LEN)
        return saturation_qps(engine, draw_requests(shape, ArrivalProcess.POISSON, CAPACITY_REQUESTS))

    def load(self, qps: float, requests: int) -> Load:
        """Requests at a rate."""
        return Load(
            self.model, PROMPT_TOKENS, PROMPT_DEVIATION, OUTPUT_TOKENS, OUTPUT_DEVIATION, requests=requests, qps=qps
        )

    def idle_load(self) -> Load:
        """Requests of which each has the replica to itself."""
        return Load(
            self.model, PROMPT_TOKENS, PROMPT_DEVIATION, IDLE_OUTPUT_TOKENS, 0, requests=IDLE_REQUESTS, qps=None
        )


CONFIGURATIONS = (
    Configuration("Llama 3.1 8B, 1x L4", "llama-3.1-8b", "L4"),
    Configuration("Qwen2.5 7B, 1x A10G", "qwen2.5-7b", "A10G"),
    Configuration("Llama 3.1 8B, 2x L4", "llama-3.1-8b", "L4", tensor_parallel=2),
)
