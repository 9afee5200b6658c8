"""The approval as a card: exactly what will be done, where, at what cost, how it is tried, and what it rests on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import yaml

from graph.payloads import ApprovalPayload
from graph.wording.approving import KIND, RUN_LOCALLY
from graph.wording.deployment import delete_yourself, replicas
from graph.wording.text import code, escaped, plain
from neuralnav.chat.cards.card import Card
from neuralnav.chat.cards.diffs import signed
from neuralnav.models.deployment import ChangeKind, Delivery, DeploymentTarget, EngineMode, ManifestSet
from neuralnav.models.figures import duration, money
from neuralnav.models.gpus import gpu_label
from neuralnav.models.labels import model_label
from neuralnav.models.plan import Recommendation
from neuralnav.models.running import ChangeVerb, ObjectChange

ELEMENT = "ApprovalCard"

MOST_OBJECTS = 60
"""That are named one by one, and fields that are taken over."""

TITLES = {
    ChangeKind.DEPLOY: "Deploy",
    ChangeKind.ROLL_BACK: "Return to the revision before",
    ChangeKind.RETIRE: "End this deployment",
}

VERBS = {
    ChangeVerb.CREATE: "Created",
    ChangeVerb.UPDATE: "Changed",
    ChangeVerb.DELETE: "Removed",
    ChangeVerb.UNCHANGED: "Left as it is",
}

APPROVING = {
    Delivery.RUN: {
        ChangeKind.DEPLOY: "Put exactly this in place and check it; it is undone if it fails",
        ChangeKind.ROLL_BACK: "Put exactly this in place again, as it was before",
        ChangeKind.RETIRE: "Remove exactly what was applied for this deployment",
    },
    Delivery.FILES: {
        ChangeKind.DEPLOY: "Write exactly these files; nothing is applied to a cluster",
        ChangeKind.ROLL_BACK: "Write exactly these files, as they were before; nothing is applied to a cluster",
        ChangeKind.RETIRE: "Remove exactly these files; nothing is removed from a cluster",
    },
    Delivery.GIT: {
        ChangeKind.DEPLOY: "Commit exactly these files; nothing is pushed",
        ChangeKind.ROLL_BACK: "Commit exactly these files, as they were before; nothing is pushed",
        ChangeKind.RETIRE: "Commit that exactly these files are gone; nothing is pushed",
    },
}
"""What approving a change means."""

REJECTING = {
    ChangeKind.DEPLOY: "Does nothing and goes back",
    ChangeKind.ROLL_BACK: "Changes nothing and leaves in place what is",
    ChangeKind.RETIRE: "Removes nothing and leaves in place what is",
}


def approval_card(data: Mapping[str, Any]) -> list[Card]:
    """The card on which a change is approved or rejected."""
    payload = ApprovalPayload.model_validate(data)
    found = payload.proposal.preflight if payload.proposal else None
    conflicts = found.conflicts if found else ()
    props: dict[str, Any] = {
        "change": payload.change.value,
        "title": TITLES[payload.change],
        "name": f"{payload.manifests.namespace}/{payload.manifests.name}",
        "facts": [{"label": label, "text": text} for label, text in _facts(payload)],
        "effects": _effects(payload),
        "conflicts": [{"field": one.field, "manager": one.manager} for one in conflicts[:MOST_OBJECTS]],
        "more_conflicts": max(len(conflicts) - MOST_OBJECTS, 0),
        "notes": list(found.notes) if found else [],
        "basis": _basis(payload),
        "approving": APPROVING[payload.delivery][payload.change],
        "rejecting": REJECTING[payload.change],
        "editable": payload.change is ChangeKind.DEPLOY,
    }
    return [Card(ELEMENT, props)]


def approval_lead(data: Mapping[str, Any]) -> str:
    """What will be done in a sentence or two, without the details that the card shows."""
    payload = ApprovalPayload.model_validate(data)
    kind, name = KIND[payload.manifests.target], code(f"{payload.manifests.namespace}/{payload.manifests.name}")
    if payload.change is ChangeKind.RETIRE:
        what = "is retired, and what is there is left" if payload.leaves else "ends"
        return f"**Will be removed** once you approve (nothing has been changed yet): the {kind} {name} {what}."
    cost = payload.choice.cost
    price = f", {escaped(money(cost.per_month_usd))} a month" if cost and not _is_simulated(payload) else ""
    again = ", as it was before" if payload.change is ChangeKind.ROLL_BACK else ""
    return (
        f"**Will be done** once you approve (nothing has been changed yet): {escaped(_runs(payload.choice))} as the "
        f"{kind} {name}{again}{price}."
    )


def _facts(payload: ApprovalPayload) -> Iterator[tuple[str, str]]:
    yield "What", _what(payload)
    now = payload.choice_now
    if now and payload.change is not ChangeKind.RETIRE:
        yield "Instead of", _runs(now)
    yield "Where", _where(payload)
    yield "Cost", _cost(payload)
    if payload.change is ChangeKind.RETIRE:
        yield "Then", _after_the_end(payload)
        return
    if payload.delivery is Delivery.RUN:
        yield "Tried", _trial(payload.manifests)
    yield "If it fails", _undo(payload)
    if payload.delivery is not Delivery.RUN:
        yield "Not done", _not_done(payload)


def _what(payload: ApprovalPayload) -> str:
    runs = _runs(payload.choice)
    if payload.change is ChangeKind.RETIRE:
        return f"{_runs(payload.choice_now or payload.choice)}, with all that was put there for it"
    if payload.returns_to:
        return f"{runs}, as approved on {payload.returns_to.at[:10]}"
    return runs


def _where(payload: ApprovalPayload) -> str:
    named = f"{payload.manifests.namespace}/{payload.manifests.name}"
    place = payload.where or payload.directory
    return f"{place}, as {named}" if place else named


def _runs(choice: Recommendation) -> str:
    each = " each" if choice.replicas > 1 else ""
    hardware = f"{gpu_label(choice.gpu_type, choice.tensor_parallel)}{each}"
    return f"{replicas(choice.replicas)} of {model_label(choice)} on {hardware}"


def _is_simulated(payload: ApprovalPayload) -> bool:
    return payload.manifests.mode is EngineMode.SIMULATOR


def _cost(payload: ApprovalPayload) -> str:
    choice = (payload.choice_now or payload.choice) if payload.change is ChangeKind.RETIRE else payload.choice
    if choice.cost is None:
        return "Simulated, so no GPU is used" if _is_simulated(payload) else "No price is known for this GPU"
    month = f"{money(choice.cost.per_month_usd)} a month ({choice.cost.instance})"
    if _is_simulated(payload):
        return f"Nothing: simulated, so no GPU is used; on the GPUs {month}"
    if payload.change is ChangeKind.RETIRE:
        return f"{month} no longer"
    if payload.delivery is not Delivery.RUN:
        return f"{month} once it runs"
    return f"{month}, as priced when that was planned" if payload.change is ChangeKind.ROLL_BACK else month


def _trial(manifests: ManifestSet) -> str:
    longest = _longest_start_s(manifests)
    start = f"A replica may take {duration(longest * 1000)} to start. " if longest and longest < 120 else ""
    if longest and longest >= 120:
        start = f"A replica may take {longest / 60:.0f} min to start. "
    return (
        f"{start}Then short, average and long prompts are sent, one at a time and a few at once, and TTFT and ITL are "
        "held against the prediction and the targets"
    )


def _longest_start_s(manifests: ManifestSet) -> float | None:
    """The longest that a replica may take until it answers, as the manifests say it."""
    documents = [yaml.safe_load(file.text) for file in manifests.files if file.path.endswith(".yaml")]
    return max((seconds for document in documents for seconds in _start_seconds(document)), default=None)


def _start_seconds(node: Any) -> Iterator[float]:
    if isinstance(node, list):
        for part in node:
            yield from _start_seconds(part)
    if not isinstance(node, dict):
        return
    for key, value in node.items():
        if key == "startupProbe" and isinstance(value, dict):
            yield value.get("failureThreshold", 3) * value.get("periodSeconds", 10)
        elif key == "startSeconds" and isinstance(value, int):
            yield value
        else:
            yield from _start_seconds(value)


def _undo(payload: ApprovalPayload) -> str:
    again = payload.replaces is not None
    undo = {
        Delivery.RUN: ("what this deployment created is removed", "the revision before is put in place again"),
        Delivery.FILES: ("what was written is removed", "the revision before is written again"),
        Delivery.GIT: ("another commit takes away what was committed", "another commit puts the revision before back"),
    }[payload.delivery][again]
    return f"It is undone: {undo}. That is approved with it"


def _not_done(payload: ApprovalPayload) -> str:
    pushed = "Nothing is pushed, and nothing" if payload.delivery is Delivery.GIT else "Nothing"
    if payload.manifests.target is DeploymentTarget.LOCAL:
        return f"{pushed} is started on this machine; {RUN_LOCALLY} plans and runs it here"
    return f"{pushed} is applied to a cluster; do that yourself with kubectl apply -k DIRECTORY"


def _after_the_end(payload: ApprovalPayload) -> str:
    if payload.leaves:
        return "Nothing is removed: a deployment of another conversation has the same name"
    if payload.delivery is Delivery.RUN:
        return "Requests in flight may finish; clients get no answer afterwards. Nothing else is touched"
    yours = f"If you {'run' if payload.manifests.target is DeploymentTarget.LOCAL else 'applied'} them, "
    pushed = "Nothing is pushed. " if payload.delivery is Delivery.GIT else ""
    return f"{pushed}Nothing that runs is ended. {yours}{plain(delete_yourself(payload.manifests))}"


def _effects(payload: ApprovalPayload) -> list[dict[str, Any]]:
    """What becomes of which objects or files, by what is done to them."""
    changes = _changes(payload)
    shown, more = changes[:MOST_OBJECTS], len(changes) - MOST_OBJECTS
    groups = [
        {"verb": verb.value, "label": label, "items": [_item(change) for change in shown if change.verb is verb]}
        for verb, label in VERBS.items()
    ]
    if more > 0:
        groups.append({"verb": "more", "label": f"{more:,} more", "items": []})
    return [group for group in groups if group["items"] or group["verb"] == "more"]


def _changes(payload: ApprovalPayload) -> Sequence[ObjectChange]:
    if payload.proposal is not None:
        return payload.proposal.preflight.changes
    if payload.leaves:
        return ()
    ends = payload.change is ChangeKind.RETIRE
    verb = ChangeVerb.DELETE if ends else ChangeVerb.CREATE
    if payload.delivery is not Delivery.RUN:
        return [ObjectChange(kind="File", name=file.path, verb=verb) for file in payload.manifests.files]
    return [
        ObjectChange(kind=document["kind"], name=document["metadata"]["name"], verb=verb)
        for file in payload.manifests.files
        if file.path.endswith(".yaml")
        for document in (yaml.safe_load(file.text),)
        if document.get("metadata", {}).get("name")
    ]


def _item(change: ObjectChange) -> dict[str, Any]:
    name = change.name if change.kind == "File" else f"{change.kind}/{change.name}"
    lines = signed(change.diff) if change.verb is ChangeVerb.UPDATE else []
    return {"name": name, "lines": lines}


def _basis(payload: ApprovalPayload) -> list[dict[str, str]]:
    digest = {"label": "Files", "value": payload.manifests_sha256[:12], "about": "digest of exactly these files"}
    if payload.rests_on is None:
        return [digest]
    return [
        digest,
        {"label": "Prices", "value": payload.rests_on.price_table[:16], "about": "price table behind the cost"},
        {"label": "Calibration", "value": payload.rests_on.calibration[:16], "about": "behind the predicted latencies"},
    ]
