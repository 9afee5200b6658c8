"""The approval's card says exactly what will be done, where, at what cost, how it is tried and what it rests on."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from graph.checkpoints import Checkpoint
from graph.payloads import ApprovalPayload
from neuralnav.chat.cards import cards_of, lead_of
from neuralnav.chat.cards.approval import approval_card
from neuralnav.models.deployment import ChangeKind, Delivery, EngineMode, Proposal
from neuralnav.models.running import ChangeVerb, FieldConflict, ObjectChange, Preflight

HOSTILE = "<img src=x onerror=alert(1)> **bold** `code`"
TOKEN = "hf_" + "a" * 30


def props(data: Mapping[str, Any]) -> dict[str, Any]:
    (card,) = approval_card(data)
    return json.loads(json.dumps(dict(card.props)))  # type: ignore[no-any-return]


def facts(data: Mapping[str, Any]) -> dict[str, str]:
    return {fact["label"]: fact["text"] for fact in props(data)["facts"]}


def run(checkpoint: Checkpoint, **changes: Any) -> dict[str, Any]:
    """The same approval where it is applied to a cluster."""
    payload = ApprovalPayload.model_validate(checkpoint.data)
    found = Preflight.model_validate({"where": "namespace llm of the cluster prod", **changes})
    applied = {
        "delivery": Delivery.RUN,
        "proposal": Proposal(delivery=Delivery.RUN, preflight=found),
        "where": found.where,
        "manifests": payload.manifests.model_copy(update={"mode": EngineMode.VLLM}),
    }
    return payload.model_copy(update=applied).model_dump(mode="json")


def test_a_first_deployment_says_what_it_writes_and_what_it_does_not(deployed: Mapping[str, Checkpoint]) -> None:
    asked = deployed["deploy"]
    first, files = cards_of(asked)
    assert (first.element, files.element) == ("ApprovalCard", "ManifestFiles")
    assert lead_of(asked).startswith("**Will be done** once you approve (nothing has been changed yet): 1 replica of ")
    shown = props(asked.data)
    (created,) = shown["effects"]
    assert created["label"] == "Created"
    assert {"name": "README.md", "lines": []} in created["items"]
    assert "Instead of" not in facts(asked.data)
    assert facts(asked.data)["If it fails"].startswith("It is undone: what was written is removed")
    assert facts(asked.data)["Not done"].startswith("Nothing is ")
    assert shown["editable"]


def test_it_names_the_digest_the_prices_and_the_calibration_that_it_rests_on(
    deployed: Mapping[str, Checkpoint],
) -> None:
    for name in ("deploy", "scale", "roll back", "retire"):
        payload = ApprovalPayload.model_validate(deployed[name].data)
        assert payload.rests_on is not None, name
        values = [one["value"] for one in props(deployed[name].data)["basis"]]
        assert values == [
            payload.manifests_sha256[:12],
            payload.rests_on.price_table[:16],
            payload.rests_on.calibration[:16],
        ]


def test_a_change_a_way_back_and_an_end_say_what_goes(deployed: Mapping[str, Checkpoint]) -> None:
    scale, back, end = (facts(deployed[name].data) for name in ("scale", "roll back", "retire"))
    assert scale["What"].startswith("2 replicas of ")
    assert scale["Instead of"].startswith("1 replica of ")
    assert "the revision before is written again" in scale["If it fails"]
    assert back["What"].startswith("1 replica of ")
    assert ", as approved on 20" in back["What"]
    assert end["What"].startswith("2 replicas of ")
    assert "Nothing that runs is ended" in end["Then"]
    shown = props(deployed["retire"].data)
    assert [group["label"] for group in shown["effects"]] == ["Removed"]
    assert not shown["editable"]
    assert lead_of(deployed["retire"]).startswith("**Will be removed**")


def test_what_is_taken_from_other_tools_stands_apart(deployed: Mapping[str, Checkpoint]) -> None:
    conflict = FieldConflict(field=".spec.replicas", manager=HOSTILE)
    diff = ("--- there now", "+++ to be", "@@ -1 +1 @@", "-replicas: 1", f"+token: {TOKEN}")
    changes = (
        ObjectChange(kind="Deployment", name="chat", verb=ChangeVerb.UPDATE, diff=diff, conflicts=(conflict,)),
        ObjectChange(kind="Service", name="chat", verb=ChangeVerb.CREATE, diff=("--- a", "+++ b", "+kind: Service")),
    )
    shown = props(run(deployed["scale"], changes=changes, notes=(HOSTILE,)))
    assert shown["conflicts"] == [{"field": ".spec.replicas", "manager": HOSTILE}]
    assert shown["notes"] == [HOSTILE]
    by_verb = {group["verb"]: group["items"] for group in shown["effects"]}
    assert by_verb["update"] == [
        {"name": "Deployment/chat", "lines": [["-", "replicas: 1"], ["+", "token: [removed]"]]}
    ]
    assert by_verb["create"] == [{"name": "Service/chat", "lines": []}]


def test_many_objects_are_cut_and_counted(deployed: Mapping[str, Checkpoint]) -> None:
    changes = tuple(ObjectChange(kind="Pod", name=f"p{n}", verb=ChangeVerb.CREATE) for n in range(70))
    created, more = props(run(deployed["deploy"], changes=changes))["effects"]
    assert len(created["items"]) == 60
    assert more["label"] == "10 more"


def test_what_runs_says_how_long_it_may_take_and_how_it_is_tried(deployed: Mapping[str, Checkpoint]) -> None:
    told = facts(run(deployed["deploy"]))
    assert told["Where"].startswith("namespace llm of the cluster prod, as neuralnav/")
    assert told["Tried"].startswith("A replica may take ")
    assert "TTFT and ITL are held against the prediction" in told["Tried"]
    assert " a month (" in told["Cost"]


def test_an_approval_that_was_stored_with_less_is_shown_still(deployed: Mapping[str, Checkpoint]) -> None:
    new = {"rests_on", "choice_now", "where", "directory", "leaves", "returns_to"}
    for name in ("deploy", "roll back", "retire"):
        old = {field: value for field, value in deployed[name].data.items() if field not in new} | {"proposal": None}
        assert [one["label"] for one in props(old)["basis"]] == ["Files"]


@pytest.mark.parametrize("delivery", Delivery)
@pytest.mark.parametrize("change", ChangeKind)
def test_what_approving_and_rejecting_mean_depends_on_change_and_delivery(
    deployed: Mapping[str, Checkpoint], delivery: Delivery, change: ChangeKind
) -> None:
    shown = props(deployed["deploy"].data | {"change": change.value, "delivery": delivery.value, "proposal": None})
    approve, reject = shown["approving"], shown["rejecting"]
    assert ("Commit" in approve, "pushed" in approve) == (delivery is Delivery.GIT, delivery is Delivery.GIT)
    assert ("cluster" in approve) == (delivery is Delivery.FILES)
    assert ("Put exactly this" in approve) == (delivery is Delivery.RUN and change is not ChangeKind.RETIRE)
    assert ("before" in approve) == (change is ChangeKind.ROLL_BACK)
    assert not {"write", "written", "cluster", "commit"} & set(reject.lower().split())
