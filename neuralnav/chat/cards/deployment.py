"""What is in place as a card: what is known without asking it, and what can be done; the page asks for the rest."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from graph.payloads import OperatePayload
from graph.wording.options import named
from graph.wording.text import code, plain
from neuralnav.chat.cards.card import Card
from neuralnav.models.deployment import Delivery, Deployment, EngineMode, Watch
from neuralnav.models.figures import figure, money, plural
from neuralnav.services.watching import HOURS_A_MONTH

ELEMENT = "DeploymentCard"
MOST_REPLICAS = 100
"""That can be asked for in the card; more can be said."""


def deployment_card(data: Mapping[str, Any]) -> list[Card]:
    """The card of what is in place."""
    payload = OperatePayload.model_validate(data)
    deployment, watch, advice = payload.deployment, payload.watch, payload.advice
    props: dict[str, Any] = {
        "id": str(deployment.id),
        "name": deployment.name,
        "what": plain(named(deployment.choice)),
        "runs": deployment.runs,
        "where": deployment.approval.where or deployment.directory or "",
        "approved": {"by": deployment.approval.by, "at": deployment.approval.at},
        "revision": deployment.approval.revision,
        "replicas": deployment.choice.replicas,
        "most_replicas": MOST_REPLICAS,
        "cost": _cost(deployment),
        "targets": _targets(watch),
        "checks": _checks(payload),
        "watched": (watch.reason if watch else "") if deployment.runs else "",
        "standing": _standing(deployment),
        "advice": {"sentence": advice.sentence, "can_follow": bool(advice.changes)} if advice else None,
        "earlier": payload.earlier_revisions,
    }
    return [Card(ELEMENT, props)]


def deployment_lead(data: Mapping[str, Any]) -> str:
    """What is in place, and what can be said; the card shows the rest."""
    payload = OperatePayload.model_validate(data)
    name, what = code(payload.deployment.name), named(payload.deployment.choice)
    return f"**In place** {name}, {what}.\n\nAsk how it is or why, or say what to change."


def _targets(watch: Watch | None) -> dict[str, Any] | None:
    if watch is None:
        return None
    return {
        "ttft_p95_ms": watch.targets.ttft_p95_ms,
        "itl_p95_ms": watch.targets.itl_p95_ms,
        "e2e_p95_ms": watch.targets.e2e_p95_ms,
        "peak_qps": watch.planned_peak_qps,
        "peak": f"{figure(watch.planned_peak_qps)} requests/s",
    }


def _checks(payload: OperatePayload) -> dict[str, Any] | None:
    found = payload.validation
    if found is None:
        return None
    return {
        "passed": found.passed,
        "waits_for": found.waits_for or "",
        "found": found.in_short,
        "failures": [check.detail for check in found.failures],
    }


def _cost(deployment: Deployment) -> dict[str, Any]:
    """What it costs an hour, for the page to say what it has come to; 0: nothing is paid for, or nobody knows."""
    cost = deployment.choice.cost
    if cost is None:
        return {"hourly_usd": 0, "note": "no price is known for this GPU"}
    month = f"{money(cost.per_month_usd)} a month"
    if not deployment.runs:
        return {"hourly_usd": 0, "note": f"{month} once it runs"}
    if deployment.manifests.mode is EngineMode.SIMULATOR:
        return {"hourly_usd": 0, "note": f"nothing, as it is simulated; {month} on the GPUs"}
    gpus = plural(deployment.choice.gpus, "GPU")
    return {"hourly_usd": cost.per_month_usd / HOURS_A_MONTH, "note": f"{month} for {gpus}"}


def _standing(deployment: Deployment) -> str:
    """Why nothing live is shown; empty: NeuralNav itself put it in place."""
    if deployment.runs:
        return ""
    if deployment.delivery is Delivery.GIT:
        return "Committed, not pushed: whether anything runs from it is not known here."
    return "Written as files: whether anything runs from them is not known here."
