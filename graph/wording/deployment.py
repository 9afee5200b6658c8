"""What is said about what was done, checked and undone, and about failing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from shlex import quote
from typing import Any

from graph.checkpoints import STOPS, CheckpointKind
from graph.wording.text import code, escaped, fenced
from neuralnav.deployment.manifests.workload import DEPLOYMENT_MARK, INSTALLATION_MARK
from neuralnav.errors import NeuralNavError
from neuralnav.models.deployment import (
    Approval,
    ChangeKind,
    Delivery,
    Deployment,
    DeploymentTarget,
    ManifestSet,
    Proposal,
    Validation,
)
from neuralnav.models.figures import listed, plural
from neuralnav.models.plan import Plan
from neuralnav.models.running import ChangeVerb

_KIND_LINE = re.compile(r"^kind: ([A-Za-z]+)$", re.MULTILINE)
NOT_VALID = "urn:neuralnav:problem:ValidationFailed"


def replicas(count: int) -> str:
    """A number of replicas."""
    return plural(count, "replica")


def built(manifests: ManifestSet) -> str:
    """One line: which manifests there are."""
    return f"{plural(len(manifests.files), 'file')} for {code(f'{manifests.namespace}/{manifests.name}')}, checked."


def looked_at(proposal: Proposal) -> str:
    """One line: where it would be done, and what was looked at there."""
    found = proposal.preflight
    changed = sum(change.verb is not ChangeVerb.UNCHANGED for change in found.changes)
    if proposal.delivery is Delivery.RUN:
        what = plural(changed, "object") if changed else "nothing"
        return f"Would change {what} of {code(found.where)}."
    what = plural(changed, "file") if changed else "nothing"
    return f"Would {'commit' if proposal.delivery is Delivery.GIT else 'change'} {what} in {code(found.where)}."


def done(deployment: Deployment) -> str:
    """One line: what was done and where."""
    ends = deployment.approval.change is ChangeKind.RETIRE
    if deployment.left:
        return "Nothing was removed: another deployment has the same name."
    if deployment.delivery is Delivery.RUN:
        return f"{'Removed from' if ends else 'Applied to'} {code(deployment.approval.where or 'its place')}."
    what = "Removed from" if ends else "Written to"
    if deployment.delivery is Delivery.GIT:
        return f"{what} {code(deployment.directory or 'the repository')} and committed."
    return f"{what} {code(deployment.directory or 'its directory')}."


def checked(validation: Validation) -> str:
    """One line: what was checked and found."""
    passed = sum(check.passed for check in validation.checks)
    waits = f" {escaped(validation.waits_for)}" if validation.waits_for else ""
    return f"{passed} of {plural(len(validation.checks), 'check')} passed. " + escaped(validation.in_short) + waits


def undone(now: Deployment, previous: Deployment | None) -> str:
    """What was done after a check failed, as plain text."""
    if now.left:
        return "What it put there is left, as another deployment has the same name."
    if now.delivery is Delivery.RUN:
        return "What it created was removed." if previous is None else "The revision before is in place again."
    if now.delivery is Delivery.GIT:
        what = "takes away again what it put into" if previous is None else "puts the revision before back into"
        return f"Another commit {what} {now.directory}; nothing was pushed."
    if previous is None:
        return f"What was written to {now.directory} is gone again."
    return f"The revision before is in place again, in {now.directory}."


def left_behind(deployment: Deployment) -> str:
    """That a change which could not be undone is left as it is, and how to end it."""
    where = f" at {code(deployment.approval.where)}" if deployment.approval.where else ""
    end = code(f"neuralnav delete {deployment.manifests.name}")
    begun = f"What was begun of {code(deployment.name)}{where}"
    return f"{begun} could not be undone and may still be there; {end} ends it."


def not_undone(error: NeuralNavError) -> str:
    """That a failed deployment could not be undone, and why, as plain text."""
    return f"It could not be undone, so it is in place as it is. {error.detail}"


INTERRUPTED_CHANGE = {
    "type": "urn:neuralnav:problem:Interrupted",
    "title": "The change was interrupted",
    "status": 409,
    "detail": "It was begun, and is not known to be in place.",
    "errors": [],
}
"""A change that is undone because nobody knows how far it came, as a problem."""


def not_valid(validation: Validation) -> dict[str, Any]:
    """A deployment that failed its checks, as a problem."""
    failed = " ".join(check.detail for check in validation.failures)
    return {
        "type": NOT_VALID,
        "title": "The deployment did not pass its checks",
        "status": 409,
        "detail": failed,
        "errors": [
            {"field": check.name, "value": check.detail, "allowed": "as approved"} for check in validation.failures
        ],
    }


def success(deployment: Deployment, validation: Validation, monitoring: str) -> str:
    """What was done, what was found, and what comes next."""
    manifests = deployment.manifests
    details = escaped(validation.in_short)
    if deployment.delivery is Delivery.RUN:
        where = code(deployment.approval.where or "its place")
        if validation.waits_for:
            return (
                f"Applied to {where}: {code(deployment.name)}. {escaped(validation.waits_for)} It is checked as "
                f"soon as it is ready, and undone if it fails its checks; ask for the status meanwhile. {details}"
            )
        return f"Deployed to {where} and checked: {code(deployment.name)}. {details}\n\n{monitoring}"
    files = f"{plural(len(manifests.files), 'file')} for {code(manifests.name)}"
    directory = quote(deployment.directory or "")
    if deployment.delivery is Delivery.GIT:
        push = fenced(f"git -C {directory} push", "bash")
        return f"Approved, committed and checked: {files}. {details} Push the commit with\n\n{push}\n\n{monitoring}"
    written = f"Approved, written and checked: {files}. {details}"
    if manifests.target is DeploymentTarget.LOCAL:
        return f"{written}\n\nNeuralNav has started nothing and changed nothing outside that directory. {monitoring}"
    return (
        f"{written} Apply them with\n\n{fenced(f'kubectl apply -k {directory}', 'bash')}\n\n"
        f"NeuralNav has changed nothing outside that directory. {monitoring}"
    )


def retired(deployment: Deployment) -> str:
    """That a deployment has ended."""
    more = "Say what you need to plan another deployment."
    if deployment.left:
        left = "its files are left" if deployment.delivery is not Delivery.RUN else "what was applied is left"
        return f"{code(deployment.name)} is retired: {left}, as another deployment has the same name. {more}"
    if deployment.delivery is Delivery.RUN:
        return f"{code(deployment.name)} is retired: what was applied for it is gone. {more}"
    files = f"its files were removed from {code(deployment.directory or 'their directory')}"
    if deployment.delivery is Delivery.GIT:
        files = f"{files} by a commit, which is not pushed: push it yourself"
    applied = "run" if deployment.manifests.target is DeploymentTarget.LOCAL else "applied"
    yourself = f"If you {applied} them, {delete_yourself(deployment.manifests)}."
    return f"{code(deployment.name)} is retired: {files}. {yourself} {more}"


def delete_yourself(manifests: ManifestSet) -> str:
    """How a person removes everything that they applied."""
    if manifests.target is DeploymentTarget.LOCAL:
        return "end the processes yourself"
    texts = [file.text for file in manifests.files if file.path.endswith(".yaml")]
    kinds = dict.fromkeys(kind for text in texts for kind in _KIND_LINE.findall(text) if kind != "Kustomization")
    resources = ",".join(kind.lower() for kind in kinds)
    marked = f"{DEPLOYMENT_MARK}={manifests.name}"
    if manifests.installation is not None:
        marked += f",{INSTALLATION_MARK}={manifests.installation}"
    return f"run {code(f'kubectl delete {resources} -n {manifests.namespace} -l {marked}')} yourself"


def elsewhere(approved: Approval, now: Proposal) -> str:
    """That it would be done elsewhere, or take more, than was approved."""
    before = f"{code(approved.where)} ({approved.delivery.value})" if approved.where else approved.delivery.value
    return (
        f"What you approved was for {before}; it would be done to {code(now.preflight.where)} "
        f"({now.delivery.value}) now, or take over what other tools have set since. Nothing was done. "
        "Here are the options; please choose again."
    )


def overtaken(approved: Approval, manifests: ManifestSet, today: Plan) -> str:
    """What changed since the approval."""
    changed = [
        f"{what} {code(old[:16])} → {code(new[:16])}"
        for what, old, new in (
            ("prices", approved.price_table, today.price_table),
            ("calibration", approved.calibration, today.calibration),
            ("manifests", approved.manifests_sha256, manifests.sha256),
        )
        if old != new
    ]
    return (
        f"What you approved rests on figures that have changed since ({listed(changed)}). Nothing was done. "
        "Here are the options with today's figures; please choose again."
    )


def failure(failed: Mapping[str, Any]) -> str:
    """What failed, in the problem's own words, and what can be done."""
    problem = failed.get("problem") or {}
    where = str(failed.get("node") or "the last step").replace("_", " ")
    comfort = "" if problem.get("type") == NOT_VALID else "Nothing is lost. "
    return (
        f"**{escaped(str(problem.get('title', 'Something went wrong')))}** in {escaped(where)}. "
        f"{escaped(str(problem.get('detail', '')))}\n\n{comfort}Retry, go back, edit, start over or cancel."
    )


def standing(kind: CheckpointKind) -> str:
    """Where the conversation stands."""
    return STOPS[kind].standing
