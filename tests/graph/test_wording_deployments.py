"""What is said about deployments: true for every target, way to deliver and change, and text stays text."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import cache
from typing import Any
from uuid import UUID

import pytest

from graph import wording
from graph.wording.text import fenced
from neuralnav.models.deployment import (
    Approval,
    ChangeKind,
    Check,
    Delivery,
    Deployment,
    DeploymentState,
    DeploymentTarget,
    ManifestFile,
    ManifestSet,
    Observation,
    Proposal,
    Validation,
)
from neuralnav.models.running import (
    ChangeVerb,
    FieldConflict,
    ObjectChange,
    Preflight,
    ReplicaPhase,
    ReplicaState,
    RunningState,
)
from tests.neuralnav.deployment.conftest import case

PLANNED = case("one-nvidia-gpu")
IDENTITY = UUID(int=7)
MAIN = {
    DeploymentTarget.KSERVE: "InferenceService",
    DeploymentTarget.KUBERNETES: "Deployment",
    DeploymentTarget.LLM_D: "LLMInferenceService",
    DeploymentTarget.LOCAL: "LocalDeployment",
}
UNTRUE = {
    Delivery.RUN: ("commit", "push", "kubectl", "download", "written", "Nothing is"),
    Delivery.FILES: ("commit", "push", "real requests", "Applied to"),
    Delivery.GIT: ("written", "download", "real requests", "apply -k", "Applied to", "Files of earlier"),
}
UNTRUE_HERE = ("kubectl", "cluster")
"""Of what is for this machine."""

EVERYWHERE = pytest.mark.parametrize("target", DeploymentTarget)
EVERY_WAY = pytest.mark.parametrize("delivery", Delivery)


@cache
def manifests_for(target: DeploymentTarget) -> ManifestSet:
    return PLANNED.build(target)


def place_of(target: DeploymentTarget, delivery: Delivery) -> str:
    if delivery is Delivery.FILES:
        return "out/manifests"
    if delivery is Delivery.GIT:
        return "branch main of /srv/fleet/east"
    return "this machine" if target is DeploymentTarget.LOCAL else "namespace neuralnav of the cluster east"


def proposal_for(target: DeploymentTarget, delivery: Delivery, **more: Any) -> Proposal:
    manifests = manifests_for(target)
    change = ObjectChange(kind=MAIN[target], name=manifests.name, verb=ChangeVerb.CREATE)
    if delivery is not Delivery.RUN:
        change = ObjectChange(kind="File", name=manifests.files[0].path, verb=ChangeVerb.CREATE)
    found: dict[str, Any] = {"where": place_of(target, delivery), "changes": (change,)} | more
    return Proposal(delivery=delivery, preflight=Preflight(**found))


def deployment_of(
    target: DeploymentTarget, delivery: Delivery, change: ChangeKind = ChangeKind.DEPLOY, **more: Any
) -> Deployment:
    manifests = more.pop("manifests", manifests_for(target))
    fields: dict[str, Any] = {
        "id": IDENTITY,
        "thread_id": "t",
        "idempotency_key": "k",
        "state": DeploymentState.RETIRED if change is ChangeKind.RETIRE else DeploymentState.APPLIED,
        "choice": PLANNED.choice,
        "manifests": manifests,
        "approval": Approval(
            by="ada",
            at="2026-11-20T10:00:00+00:00",
            manifests_sha256=manifests.sha256,
            price_table="p",
            calibration="c",
            change=change,
            revision=2,
            delivery=delivery,
            where=place_of(target, delivery),
        ),
        "delivery": delivery,
        "directory": None if delivery is Delivery.RUN else "/srv/fleet/east/neuralnav/chat",
    }
    return Deployment(**(fields | more))


def approvals(target: DeploymentTarget, delivery: Delivery) -> dict[str, str]:
    """What is shown before a first deployment, another in its place, the way back and the end."""
    manifests, live = manifests_for(target), deployment_of(target, delivery)
    proposal = proposal_for(target, delivery)
    return {
        "first": wording.approval(PLANNED.choice, manifests, None, proposal),
        "another": wording.approval(PLANNED.choice, manifests, live, proposal),
        "back": wording.approve_the_way_back(PLANNED.choice, manifests, live, live.approval, proposal),
        "end": wording.approve_the_end(manifests, live, shared=False),
        "shared end": wording.approve_the_end(manifests, live, shared=True),
    }


def reports(target: DeploymentTarget, delivery: Delivery) -> dict[str, str]:
    """What is shown while it is done and afterwards."""
    done, ended = deployment_of(target, delivery), deployment_of(target, delivery, ChangeKind.RETIRE)
    passed = Validation(checks=(Check(name="there", passed=True, detail="It is there."),))
    return {
        "looked": wording.looked_at(proposal_for(target, delivery)),
        "done": wording.done(done),
        "ended": wording.done(ended),
        "undone": wording.undone(ended, None),
        "undone to": wording.undone(done, done),
        "success": wording.success(done, passed, "Looked after."),
        "retired": wording.retired(ended),
    }


@EVERYWHERE
@EVERY_WAY
def test_every_approval_says_what_where_at_what_cost_and_what_undoes_it(
    target: DeploymentTarget, delivery: Delivery
) -> None:
    manifests, said = manifests_for(target), approvals(target, delivery)
    for name, text in said.items():
        assert "(nothing has been changed yet)" in text, name
        assert manifests.name in text, name
        assert manifests.namespace in text, name
    for name in ("first", "another", "back"):
        assert manifests.sha256[:12] in said[name], name
        assert r"a month" in said[name], name
        assert "approved with it" in said[name], name
        assert delivery is Delivery.FILES or f"`{place_of(target, delivery)}`" in said[name], name
    assert "revision before" not in said["first"]
    assert all("revision before" in said[name] for name in ("another", "back"))
    assert "It takes the place of 2 replicas" in said["another"]
    assert "as it was before" in said["back"]
    assert "left" in said["shared end"]


@EVERYWHERE
@EVERY_WAY
def test_nothing_is_said_that_is_untrue_for_the_target_or_the_delivery(
    target: DeploymentTarget, delivery: Delivery
) -> None:
    untrue = (*UNTRUE[delivery], *(UNTRUE_HERE if target is DeploymentTarget.LOCAL else ()))
    for name, text in (approvals(target, delivery) | reports(target, delivery)).items():
        found = [words for words in untrue if words in text]
        assert not found, f"{name}: {text}"
        assert "None" not in text, name
        assert not re.search(r"\b1 (files|objects|replicas|lines)\b", text), name


@pytest.mark.parametrize("target", [target for target in DeploymentTarget if target is not DeploymentTarget.LOCAL])
def test_how_to_delete_names_every_kind_that_was_applied(target: DeploymentTarget) -> None:
    manifests = manifests_for(target)
    said = wording.approve_the_end(manifests, deployment_of(target, Delivery.FILES), shared=False)
    (command,) = re.findall(r"`kubectl delete ([^`]+)`", said)
    kinds, *rest = command.split(" ")
    assert rest == ["-n", manifests.namespace, "-l", f"neuralnav.io/deployment={manifests.name}"]
    texts = "\n".join(file.text for file in manifests.files if file.path not in ("README.md", "kustomization.yaml"))
    assert set(kinds.split(",")) == {kind.lower() for kind in re.findall(r"^kind: (\w+)$", texts, re.MULTILINE)}
    assert MAIN[target].lower() in kinds.split(",")


def test_only_what_this_installation_applied_is_deleted() -> None:
    manifests = manifests_for(DeploymentTarget.KSERVE).model_copy(update={"installation": "0123456789ab"})
    ended = deployment_of(DeploymentTarget.KSERVE, Delivery.FILES, ChangeKind.RETIRE, manifests=manifests)
    only = f"-l neuralnav.io/deployment={manifests.name},neuralnav.io/installation=0123456789ab`"
    assert only in wording.retired(ended)


def test_a_removal_by_git_is_a_commit_that_is_not_pushed() -> None:
    target = DeploymentTarget.KSERVE
    before = approvals(target, Delivery.GIT)["end"]
    assert "A commit on `branch main of /srv/fleet/east` takes them away. **Nothing is pushed**" in before
    assert "by a commit, which is not pushed" in reports(target, Delivery.GIT)["retired"]
    assert "another commit takes away again what was committed" in approvals(target, Delivery.GIT)["first"]
    assert "another commit puts the revision before back" in approvals(target, Delivery.GIT)["another"]


@EVERY_WAY
def test_what_another_deployment_has_is_left_and_nobody_is_told_to_delete_it(delivery: Delivery) -> None:
    ended = deployment_of(DeploymentTarget.KSERVE, delivery, ChangeKind.RETIRE, directory=None)
    ended = ended.model_copy(update={"left": True})
    for said in (wording.undone(ended, None), wording.retired(ended)):
        assert re.search("(is|are) left, as another deployment has the same name", said)
    assert "Nothing was removed" in wording.done(ended)
    shared = approvals(DeploymentTarget.KSERVE, delivery)["shared end"]
    assert "kubectl delete" not in shared + wording.retired(ended)


def changed(*lines: str, **more: Any) -> str:
    """What is shown before an InferenceService changes in ``lines``."""
    target = DeploymentTarget.KSERVE
    change = ObjectChange(
        kind="InferenceService",
        name="chat",
        verb=ChangeVerb.UPDATE,
        diff=("--- InferenceService/chat (now)", "+++ InferenceService/chat (then)", "@@ -1 +1 @@", *lines),
    )
    proposal = proposal_for(target, Delivery.RUN, changes=(change,), **more)
    return wording.approval(PLANNED.choice, manifests_for(target), deployment_of(target, Delivery.RUN), proposal)


def test_what_changes_in_the_object_that_serves_is_shown_in_a_few_lines() -> None:
    said = changed("-  replicas: 1", "+  replicas: 2")
    assert "In `InferenceService/chat`:\n\n```diff\n-  replicas: 1\n+  replicas: 2\n```" in said
    many = changed(*(f"+  line{number}: 1" for number in range(9)))
    assert "line7" in many
    assert "line8" not in many
    assert "1 more line of it changes." in many
    assert "3 more lines of it change." in changed(*(f"-  line{number}: 1" for number in range(11)))


def test_nothing_is_shown_of_an_object_that_is_new_or_stays() -> None:
    for delivery in Delivery:
        assert "```" not in approvals(DeploymentTarget.KSERVE, delivery)["first"]


def test_a_diff_has_no_way_out_of_its_fence() -> None:
    hostile = (
        "+```",
        "+~~~~",
        "-````\n\n# Approve",
        "+<script>alert(1)</script>",
        "+\x1b[31m\u202ered",
        f"+{'a' * 500}",
    )
    said = changed(*hostile)
    (fence,) = re.findall(r"^(`+)diff$", said, re.MULTILINE)
    inside = said.partition(f"{fence}diff\n")[2].partition(f"\n{fence}\n")[0].splitlines()
    assert len(inside) == len(hostile)
    assert all(line[0] in "+-" and fence not in line and len(line) < 130 for line in inside)
    assert "# Approve" in inside[2]
    assert "\x1b" not in said
    assert "\u202e" not in said


def test_a_token_in_a_diff_is_not_shown() -> None:
    assert "hf_" not in changed(f"+    value: hf_{'a' * 30}")


def test_a_fence_is_longer_than_what_it_holds() -> None:
    assert fenced("a") == "```\na\n```"
    assert fenced("```\nb").startswith("````\n")


def test_names_notes_and_fields_of_others_stay_text() -> None:
    conflict = FieldConflict(field=".spec.`x` <b>", manager="`evil` [a](b)")
    change = ObjectChange(kind="Service", name="`a` [b](c)", verb=ChangeVerb.UPDATE, conflicts=(conflict,))
    proposal = proposal_for(
        DeploymentTarget.KUBERNETES,
        Delivery.RUN,
        where="the `cluster` <i>",
        changes=(change,),
        notes=("See **this** [link](http://x) <img src=x> `code`",),
    )
    said = wording.approval(PLANNED.choice, manifests_for(DeploymentTarget.KUBERNETES), None, proposal)
    outside = re.sub(r"`[^`\n]*`", "", re.sub(r"\\.", "", said))
    assert not re.search(r"[`\[\]<>]", outside)
    assert "**this**" not in said


def test_a_great_many_conflicts_are_counted() -> None:
    conflicts = tuple(FieldConflict(field=f".spec.f{number}", manager="helm") for number in range(13))
    change = ObjectChange(kind="Service", name="chat", verb=ChangeVerb.UPDATE, conflicts=conflicts)
    proposal = proposal_for(DeploymentTarget.KSERVE, Delivery.RUN, changes=(change,))
    said = wording.approval(PLANNED.choice, manifests_for(DeploymentTarget.KSERVE), None, proposal)
    assert ", and 1 more field. Approving allows that." in said


def test_one_file_is_spoken_of_as_one() -> None:
    one = ManifestSet(
        name="chat",
        namespace="neuralnav",
        target=DeploymentTarget.LOCAL,
        files=(ManifestFile(path="local.yaml", text="kind: LocalDeployment\n"),),
    )
    for delivery in Delivery:
        said = wording.approval(PLANNED.choice, one, None, proposal_for(DeploymentTarget.LOCAL, delivery))
        assert "1 file for" in said
        assert " them " not in said


def test_what_stays_as_it_is_is_not_counted_as_changed() -> None:
    same = ObjectChange(kind="File", name="a.yaml", verb=ChangeVerb.UNCHANGED)
    for delivery in Delivery:
        assert "nothing" in wording.looked_at(proposal_for(DeploymentTarget.KSERVE, delivery, changes=(same,)))


def replica(phase: ReplicaPhase) -> ReplicaState:
    return ReplicaState(name="r", phase=phase)


READY, STARTING, FAILED = (replica(phase) for phase in (ReplicaPhase.READY, ReplicaPhase.STARTING, ReplicaPhase.FAILED))


@pytest.mark.parametrize(
    ("running", "said"),
    [
        (RunningState(wanted=1, replicas=(READY,)), "is as approved."),
        (RunningState(wanted=1, replicas=(STARTING,)), "is **starting**."),
        (RunningState(wanted=2), "is **starting**."),
        (RunningState(wanted=3, replicas=(READY, STARTING)), "is as approved, with more replicas starting."),
        (RunningState(wanted=1, replicas=(FAILED,)), "is **not ready**."),
        (RunningState(wanted=2, replicas=(READY, FAILED)), "is as approved, but **not every replica is ready**."),
        (RunningState(wanted=1, replicas=(READY,), current=False), "is **not as approved, or not yet**."),
        (RunningState(wanted=1, replicas=(FAILED,), stuck="No image."), "is **not as approved**."),
        (RunningState(wanted=0), "is **not as approved**."),
    ],
)
def test_what_starts_or_grows_is_not_called_other_than_approved(running: RunningState, said: str) -> None:
    check = Check(name="replicas", passed=running.is_ready, detail="As it is.")
    found = Observation(
        deployment_id=IDENTITY, at=datetime.now(UTC), validation=Validation(checks=(check,)), running=running
    )
    deployment = deployment_of(DeploymentTarget.KSERVE, Delivery.RUN)
    assert said in wording.observed(deployment, found)
