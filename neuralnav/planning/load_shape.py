"""What of a specification a capacity surface depends on: everything about the requests but their rate."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from neuralnav.models.base import Frozen, Ratio
from neuralnav.models.specification import DeploymentSpecification, TrafficShape
from neuralnav.models.vocabulary import Burstiness
from neuralnav.performance.arrivals import ArrivalProcess, RequestShape
from neuralnav.performance.lengths import mixture_moments, moments
from neuralnav.performance.replica import Workload
from neuralnav.planning.candidates import digest

PROCESSES = {Burstiness.STEADY: ArrivalProcess.POISSON, Burstiness.BURSTY: ArrivalProcess.BURSTY}
MOST_CACHED = 0.999
"""The prefix cache never holds a whole prompt."""


class LoadShape(Frozen):
    """Lengths and arrivals of requests, and the share of GPU memory that vLLM may use."""

    parts: Annotated[tuple[TrafficShape, ...], Field(min_length=1)]
    burstiness: Burstiness
    prefix_cache_hit_ratio: Ratio
    gpu_memory_utilization: float

    @classmethod
    def of(cls, specification: DeploymentSpecification) -> LoadShape:
        """The shape of a specification's load."""
        traffic = specification.traffic
        whole = TrafficShape(weight=1, prompt_tokens=traffic.prompt_tokens, output_tokens=traffic.output_tokens)
        return cls(
            parts=traffic.mix or (whole,),
            burstiness=traffic.burstiness,
            prefix_cache_hit_ratio=min(traffic.prefix_cache_hit_ratio, MOST_CACHED),
            gpu_memory_utilization=specification.policy.gpu_memory_utilization,
        )

    @property
    def key(self) -> str:
        """A digest of the shape."""
        return digest(self.model_dump_json())

    @property
    def process(self) -> ArrivalProcess:
        """How requests arrive."""
        return PROCESSES[self.burstiness]

    @property
    def workload(self) -> Workload:
        """The requests as formulas take them."""
        prompt, output = (
            mixture_moments([(part.weight, getattr(part, name)) for part in self.parts])
            if len(self.parts) > 1
            else moments(getattr(self.parts[0], name))
            for name in ("prompt_tokens", "output_tokens")
        )
        return Workload(prompt, output, self.burstiness, self.prefix_cache_hit_ratio)

    def requests(self, context_window: int) -> RequestShape:
        """The requests that an engine of this context window gets."""
        return RequestShape(self.parts, context_window, self.prefix_cache_hit_ratio)
