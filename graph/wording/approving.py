"""What is said before a change is approved: exactly what will be done, where, and at what cost."""

from __future__ import annotations

from collections import Counter

from graph.wording.deployment import delete_yourself, replicas
from graph.wording.diff import diff_of_main
from graph.wording.text import code, escaped
from neuralnav.models.deployment import (
    Approval,
    ChangeKind,
    Delivery,
    Deployment,
    DeploymentTarget,
    EngineMode,
    ManifestSet,
    Proposal,
)
from neuralnav.models.figures import listed, money, plural
from neuralnav.models.gpus import gpu_label
from neuralnav.models.labels import model_label
from neuralnav.models.plan import Recommendation
from neuralnav.models.running import ChangeVerb, ObjectChange, Preflight

MOST_CHANGES = 12
"""Objects that are named one by one; of more, their number is."""

KIND = {
    DeploymentTarget.KSERVE: "InferenceService",
    DeploymentTarget.KUBERNETES: "Deployment",
    DeploymentTarget.LLM_D: "LLMInferenceService",
    DeploymentTarget.LOCAL: "local deployment",
}
RUN_LOCALLY = "neuralnav deploy --target local"
_VERBS = {
    ChangeVerb.CREATE: "creates",
    ChangeVerb.UPDATE: "changes",
    ChangeVerb.DELETE: "removes",
    ChangeVerb.UNCHANGED: "leaves unchanged",
}


def approval(choice: Recommendation, manifests: ManifestSet, live: Deployment | None, proposal: Proposal | None) -> str:
    """What approving a deployment will do, and what it will not."""
    cost = "no price is known for this GPU"
    if choice.cost:
        month = escaped(money(choice.cost.per_month_usd))
        cost = f"running it would cost {month} a month ({escaped(choice.cost.instance)})"
    return _proposed(choice, manifests, live, "as planned", cost, proposal)


def approve_the_way_back(
    choice: Recommendation,
    manifests: ManifestSet,
    live: Deployment | None,
    approved: Approval,
    proposal: Proposal | None,
) -> str:
    """What approving a roll-back will do, and what it will not."""
    cost = "no price was known for this GPU"
    if choice.cost:
        cost = f"it was to cost {escaped(money(choice.cost.per_month_usd))} a month when that was planned"
    return _proposed(choice, manifests, live, f"as it was before (approved {approved.at[:10]})", cost, proposal)


def _proposed(
    choice: Recommendation,
    manifests: ManifestSet,
    live: Deployment | None,
    how: str,
    cost: str,
    proposal: Proposal | None,
) -> str:
    instead = f" It takes the place of {replicas(live.choice.replicas)} of {_runs(live.choice)}." if live else ""
    what = (
        f"**Will be done** (nothing has been changed yet): {plural(len(manifests.files), 'file')} for the "
        f"{KIND[manifests.target]} {code(manifests.name)} in namespace {code(manifests.namespace)}, {how}: "
        f"{replicas(choice.replicas)} of {_runs(choice)}; {_cost(manifests, cost)}.{instead}"
    )
    if proposal is None or proposal.delivery is Delivery.FILES:
        then = [_writing(manifests, again=live is not None)]
    elif proposal.delivery is Delivery.GIT:
        then = _committing(manifests, proposal.preflight, again=live is not None)
    else:
        then = [*_running(manifests, proposal.preflight), _undoing(live)]
    return "\n\n".join([what, *then])


def _cost(manifests: ManifestSet, cost: str) -> str:
    if manifests.mode is EngineMode.SIMULATOR:
        return f"simulated, so no GPU is used; on the GPUs {cost}"
    return cost


def _writing(manifests: ManifestSet, *, again: bool) -> str:
    files = listed([code(file.path) for file in manifests.files])
    undo = "the revision before is written again" if again else "what was written is removed"
    apply = f"apply them yourself with {code('kubectl apply -k DIRECTORY')}"
    nothing = f"**Nothing is applied to a cluster**; {apply}."
    if manifests.target is DeploymentTarget.LOCAL:
        nothing = f"**Nothing is started on this machine**; {code(RUN_LOCALLY)} plans and runs it here."
    return (
        f"Approving writes {files} (digest {code(manifests.sha256[:12])}) and offers {_them(manifests)} for download. "
        f"Should the check afterwards fail, {undo}, as far as nobody else has changed it; that is approved with it. "
        f"{nothing}"
    )


def _committing(manifests: ManifestSet, found: Preflight, *, again: bool) -> list[str]:
    undo = "puts the revision before back" if again else "takes away again what was committed"
    said = (
        f"Approving makes a commit (digest {code(manifests.sha256[:12])}) on {code(found.where)}: {_changes(found)}. "
        f"Should the check afterwards fail, another commit {undo}, as far as nobody else has changed it; that is "
        f"approved with it. **Nothing is pushed and nothing is {_set_going(manifests)}**; push the commits yourself."
    )
    return _besides(said, manifests, found)


def _set_going(manifests: ManifestSet) -> str:
    return "started" if manifests.target is DeploymentTarget.LOCAL else "applied to a cluster"


def _running(manifests: ManifestSet, found: Preflight) -> list[str]:
    digest = code(manifests.sha256[:12])
    said = f"Approving applies {_them(manifests)} (digest {digest}) to {code(found.where)}: {_changes(found)}."
    return _besides(said, manifests, found)


def _besides(said: str, manifests: ManifestSet, found: Preflight) -> list[str]:
    """What is done and, after it, the main change in lines, fields that are taken over, and notes."""
    taken = ""
    if found.conflicts:
        fields = listed([f"{code(one.field)} from {code(one.manager)}" for one in found.conflicts[:MOST_CHANGES]])
        more = len(found.conflicts) - MOST_CHANGES
        rest = f", and {plural(more, 'more field')}" if more > 0 else ""
        taken = f"**This takes fields over that another tool has set**: {fields}{rest}. Approving allows that."
    notes = escaped(" ".join(found.notes))
    return [part for part in (said, diff_of_main(manifests, found), taken, notes) if part]


def _them(manifests: ManifestSet) -> str:
    return "it" if len(manifests.files) == 1 else "them"


def _undoing(live: Deployment | None) -> str:
    undo = "the revision before is put in place again" if live else "what this deployment created is removed"
    return (
        "Then it is checked with real requests. Should it not become ready or not do what was predicted, "
        f"{undo}; that is approved with it. Any later roll-back or removal is asked for."
    )


def _changes(found: Preflight) -> str:
    """What becomes of how many objects, and which these are."""
    if len(found.changes) > MOST_CHANGES:
        counts = Counter(change.verb for change in found.changes)
        return listed([f"{_VERBS[verb]} {plural(count, 'object')}" for verb, count in counts.items()])
    by_verb = [(verb, [change for change in found.changes if change.verb is verb]) for verb in ChangeVerb]
    said = [f"{_VERBS[verb]} {listed([_object(change) for change in changes])}" for verb, changes in by_verb if changes]
    return "; ".join(said) or "changes nothing"


def _object(change: ObjectChange) -> str:
    return code(change.name if change.kind == "File" else f"{change.kind}/{change.name}")


def _runs(choice: Recommendation) -> str:
    """One replica of it."""
    each = " each" if choice.replicas > 1 else ""
    return f"{escaped(model_label(choice))} on {gpu_label(choice.gpu_type, choice.tensor_parallel)}{each}"


def approve_the_end(manifests: ManifestSet, live: Deployment | None, *, shared: bool) -> str:
    """What approving the end of a deployment will do, and what it will not."""
    if live is not None and live.delivery is Delivery.RUN:
        return _end_of_what_runs(manifests, live, shared=shared)
    name = code(f"{manifests.namespace}/{manifests.name}")
    if shared:
        what = (
            f"**Will be retired** (nothing has been changed yet): {name}. Its files are left, as a deployment of "
            "another conversation has the same ones."
        )
        ends = "that runs is ended" if manifests.target is DeploymentTarget.LOCAL else "is removed from a cluster"
        return f"{what}\n\n**Nothing {ends}**."
    where = f" in {code(live.directory)}" if live and live.directory else ""
    what = (
        f"**Will be removed** (nothing has been changed yet): {plural(len(manifests.files), 'file')} of {name}{where}, "
        f"digest {code(manifests.sha256[:12])}."
    )
    if live is not None and live.delivery is Delivery.GIT:
        place = f" on {code(live.approval.where)}" if live.approval.where else ""
        what = f"{what} A commit{place} takes them away. **Nothing is pushed**; push the commit yourself."
    elif live is not None and live.approval.revision > 1:
        what = f"{what} Files of earlier revisions are left."
    return f"{what}\n\n{_not_removed(manifests)}"


def _end_of_what_runs(manifests: ManifestSet, live: Deployment, *, shared: bool) -> str:
    name = code(f"{manifests.namespace}/{manifests.name}")
    if shared:
        return (
            f"**Will be retired** (nothing has been changed yet): {name}. What runs is left, as a deployment of "
            "another conversation has the same name."
        )
    where = f" of {code(live.approval.where)}" if live.approval.where else ""
    return (
        f"**Will be removed** (nothing has been changed yet): the {KIND[manifests.target]} {name}{where} with all "
        f"that was applied for it, {replicas(live.choice.replicas)} of {_runs(live.choice)}. Requests in flight "
        "may finish; clients get no answer afterwards. Nothing else is touched."
    )


def _not_removed(manifests: ManifestSet) -> str:
    if manifests.target is DeploymentTarget.LOCAL:
        return f"**Nothing that runs is ended**; if you run them, {delete_yourself(manifests)}."
    return f"**Nothing is removed from a cluster**; if you applied them, {delete_yourself(manifests)}."


def decide_first(change: ChangeKind) -> str:
    """That a roll-back or an end is to be decided before anything else is planned."""
    what = "returning to the revision before" if change is ChangeKind.ROLL_BACK else "ending the deployment"
    return f"This is about {what}. Approve or reject it first; `back` leads to what is in place."
