"""What was planned: the load and the latencies that a deployment is held against."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from neuralnav.models.base import Frozen, RequestsPerSecond
from neuralnav.models.plan import Predicted, Recommendation
from neuralnav.models.specification import DeploymentSpecification
from neuralnav.planning.traffic import planned_peak_qps


class Expectation(Frozen):
    """A plan's figures that can be observed."""

    peak_qps: RequestsPerSecond
    """The load's own peak."""
    planned_qps: RequestsPerSecond
    """What replicas were planned for: the peak with bursts and room to grow."""
    prompt_tokens_mean: float
    output_tokens_mean: float
    predicted: Predicted
    """Of one replica at its share of the peak."""
    replicas: Annotated[int, Field(ge=1)] | None = None
    """That should run at present: where they follow the load, fewer than the plan has; ``None``: not known."""

    @classmethod
    def of(
        cls, choice: Recommendation, specification: DeploymentSpecification, replicas: int | None = None
    ) -> Expectation:
        """What was planned with ``choice`` for the load of ``specification``; ``replicas`` should run at present."""
        traffic = specification.traffic
        return cls(
            peak_qps=traffic.peak_qps,
            planned_qps=planned_peak_qps(specification),
            prompt_tokens_mean=traffic.prompt_tokens.mean,
            output_tokens_mean=traffic.output_tokens.mean,
            predicted=choice.predicted,
            replicas=replicas,
        )
