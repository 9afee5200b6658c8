"""The card of what is in place: what it is held to, what it costs, and what can be done with it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from graph.checkpoints import Checkpoint
from graph.payloads import OperatePayload
from neuralnav.chat.cards import cards_of, lead_of
from neuralnav.chat.cards.deployment import deployment_card
from neuralnav.models.deployment import Delivery, DeploymentState, EngineMode, ProposedChange


def props(data: Mapping[str, Any]) -> dict[str, Any]:
    (card,) = deployment_card(data)
    return json.loads(json.dumps(dict(card.props)))  # type: ignore[no-any-return]


def running(checkpoint: Checkpoint, mode: EngineMode) -> dict[str, Any]:
    """The same deployment where NeuralNav itself put it in place."""
    payload = OperatePayload.model_validate(checkpoint.data)
    manifests = payload.deployment.manifests.model_copy(update={"mode": mode})
    update = {"delivery": Delivery.RUN, "state": DeploymentState.APPLIED, "manifests": manifests}
    return payload.model_copy(update={"deployment": payload.deployment.model_copy(update=update)}).model_dump(
        mode="json"
    )


def test_files_are_not_known_to_run_and_cost_nothing_yet(deployed: Mapping[str, Checkpoint]) -> None:
    asked = deployed["in place"]
    assert [card.element for card in cards_of(asked)] == ["DeploymentCard", "ManifestFiles"]
    assert lead_of(asked).startswith("**In place** `neuralnav/")
    shown = props(asked.data)
    assert not shown["runs"]
    assert shown["standing"].startswith("Written as files")
    assert shown["cost"]["hourly_usd"] == 0
    assert shown["cost"]["note"].endswith(" a month once it runs")


def test_what_runs_costs_by_the_hour_unless_it_is_simulated(deployed: Mapping[str, Checkpoint]) -> None:
    cost = OperatePayload.model_validate(deployed["in place"].data).deployment.choice.cost
    assert cost is not None
    real, simulated = (props(running(deployed["in place"], mode))["cost"] for mode in EngineMode)
    assert real["hourly_usd"] == cost.per_month_usd / 730
    assert simulated["hourly_usd"] == 0
    assert simulated["note"].startswith("nothing, as it is simulated; $")


def test_it_is_held_to_its_targets_and_shows_its_checks(deployed: Mapping[str, Checkpoint]) -> None:
    payload = OperatePayload.model_validate(deployed["in place"].data)
    assert payload.watch is not None
    shown = props(deployed["in place"].data)
    assert shown["targets"]["ttft_p95_ms"] == payload.watch.targets.ttft_p95_ms
    assert shown["targets"]["peak_qps"] == payload.watch.planned_peak_qps
    assert shown["checks"]["passed"]
    assert shown["checks"]["failures"] == []


def test_it_can_be_rolled_back_once_there_is_something_to_return_to(deployed: Mapping[str, Checkpoint]) -> None:
    first, scaled = props(deployed["in place"].data), props(deployed["scaled"].data)
    assert (first["earlier"], first["replicas"]) == (0, 1)
    assert (scaled["earlier"], scaled["replicas"]) == (1, 2)


def test_advice_can_be_followed_where_it_is_a_change(deployed: Mapping[str, Checkpoint]) -> None:
    payload = OperatePayload.model_validate(deployed["in place"].data)
    assert props(deployed["in place"].data)["advice"] is None
    for changes in ({"peak_qps": 60}, {}):
        advice = ProposedChange(sentence="More comes than was planned for.", changes=changes)
        shown = props(payload.model_copy(update={"advice": advice}).model_dump(mode="json"))["advice"]
        assert shown == {"sentence": advice.sentence, "can_follow": bool(changes)}
