"""How many replicas may run, and what load a replica is planned to carry: from the plan, by the plan's formula."""

from __future__ import annotations

from dataclasses import dataclass

from neuralnav.models.plan import Recommendation
from neuralnav.models.specification import DeploymentSpecification
from neuralnav.planning.replicas import replicas_for, usable_qps
from neuralnav.planning.slo import spare_replicas
from neuralnav.planning.traffic import peak_factor

_LEAST_RATE = 0.001
"""Requests per second below which a replica's share is not told apart from none."""


@dataclass(frozen=True)
class Scale:
    """Bounds of the number of replicas, and one replica's share of the load."""

    least: int
    """What the average load takes."""
    most: int
    """What the peak takes: the replicas of the plan."""
    spare: int
    """Replicas on top, so that one may fail."""
    requests_per_second: float
    """Of one replica: the largest rate within the targets times the plan's utilisation."""
    in_flight: float
    """Requests that one replica has running or waiting at that rate."""
    queue: float
    """Waiting requests of one replica that use up half of the TTFT target."""


def scale_of(choice: Recommendation, specification: DeploymentSpecification) -> Scale:
    """The bounds for ``choice``.

    Average and peak go through the planner's own formula (:func:`neuralnav.planning.replicas.replicas_for`).
    Requests in flight follow from the rate by Little's law, with the mean answer taken as TTFT + tokens x ITL at the
    predicted p95, and never exceed what vLLM batches.
    """
    policy, traffic, predicted = specification.policy, specification.traffic, choice.predicted
    spare = spare_replicas(specification.slo_targets, policy)
    average = float(replicas_for(traffic.average_qps * peak_factor(policy), predicted.max_qps.value, policy))
    rate = max(float(usable_qps(predicted.max_qps.value, policy)), _LEAST_RATE)
    answer_s = (predicted.ttft_p95_ms.value + traffic.output_tokens.mean * predicted.itl_p95_ms.value) / 1000
    ttft_s = specification.slo_targets.ttft_p95_ms / 1000
    return Scale(
        least=int(min(average + spare, choice.replicas)),
        most=choice.replicas,
        spare=min(spare, choice.replicas - 1),
        requests_per_second=rate,
        in_flight=min(max(rate * answer_s, 1.0), float(choice.engine.max_num_seqs)),
        queue=max(rate * ttft_s / 2, 1.0),
    )
