"""What is said about approving, doing and failing."""

from __future__ import annotations

from collections.abc import Mapping
from shlex import quote
from typing import Any

from graph.checkpoints import STOPS, CheckpointKind
from graph.wording.text import code, escaped
from neuralnav.errors import NeuralNavError
from neuralnav.models.deployment import Approval, ChangeKind, Deployment, ManifestSet, Validation
from neuralnav.models.figures import listed, money, plural
from neuralnav.models.gpus import gpu_label
from neuralnav.models.labels import model_label
from neuralnav.models.plan import Plan, Recommendation

NOT_VALID = "urn:neuralnav:problem:ValidationFailed"


def replicas(count: int) -> str:
    """A number of replicas."""
    return plural(count, "replica")


def built(manifests: ManifestSet) -> str:
    """One line: which manifests there are."""
    return f"{plural(len(manifests.files), 'file')} for {code(f'{manifests.namespace}/{manifests.name}')}, checked."


def approval(choice: Recommendation, manifests: ManifestSet, live: Deployment | None) -> str:
    """What approving a deployment will do, and what it will not."""
    cost = "no price is known for this GPU"
    if choice.cost:
        month = escaped(money(choice.cost.per_month_usd))
        cost = f"running it would cost {month} a month ({escaped(choice.cost.instance)})"
    return _approve_files(choice, manifests, live, "as planned", cost)


def approve_the_way_back(
    choice: Recommendation, manifests: ManifestSet, live: Deployment | None, approved: Approval
) -> str:
    """What approving a roll-back will do, and what it will not."""
    cost = "no price was known for this GPU"
    if choice.cost:
        cost = f"it was to cost {escaped(money(choice.cost.per_month_usd))} a month when that was planned"
    return _approve_files(choice, manifests, live, f"as it was before (approved {approved.at[:10]})", cost)


def _approve_files(choice: Recommendation, manifests: ManifestSet, live: Deployment | None, how: str, cost: str) -> str:
    files = listed([code(file.path) for file in manifests.files])
    instead = f" It takes the place of {replicas(live.choice.replicas)} of {_runs(live.choice)}." if live else ""
    undo = "the revision before is written again" if live else "what was written is removed"
    return "\n".join(
        [
            f"**Will be done** (nothing has been changed yet): {plural(len(manifests.files), 'file')} for the "
            f"InferenceService {code(manifests.name)} in namespace {code(manifests.namespace)}, {how}: "
            f"{replicas(choice.replicas)} of {_runs(choice)}; {cost}.{instead}",
            "",
            f"Approving writes {files} (digest {code(manifests.sha256[:12])}) and offers them for download. Should "
            f"the check afterwards fail, {undo}, as far as nobody else has changed it; that is approved with it. "
            f"**Nothing is applied to a cluster**; apply them yourself with {code('kubectl apply -k DIRECTORY')}.",
        ]
    )


def _runs(choice: Recommendation) -> str:
    """One replica of it."""
    each = " each" if choice.replicas > 1 else ""
    return f"{escaped(model_label(choice))} on {gpu_label(choice.gpu_type, choice.tensor_parallel)}{each}"


def approve_the_end(manifests: ManifestSet, live: Deployment | None, *, shared: bool) -> str:
    """What approving the end of a deployment will do, and what it will not."""
    name = code(f"{manifests.namespace}/{manifests.name}")
    where = f" in {code(live.directory)}" if live and live.directory else ""
    earlier = " Files of earlier revisions are left." if live and live.approval.revision > 1 else ""
    digest = code(manifests.sha256[:12])
    what = (
        f"**Will be retired** (nothing has been changed yet): {name}. Its files are left, as a deployment of another "
        "conversation has the same ones."
        if shared
        else f"**Will be removed** (nothing has been changed yet): {plural(len(manifests.files), 'file')} of "
        f"{name}{where}, digest {digest}.{earlier}"
    )
    cluster = f"**Nothing is removed from a cluster**; if you applied them, run {code(_delete(manifests))} yourself."
    return f"{what}\n\n{cluster}"


def decide_first(change: ChangeKind) -> str:
    """That a roll-back or an end is to be decided before anything else is planned."""
    what = "returning to the revision before" if change is ChangeKind.ROLL_BACK else "ending the deployment"
    return f"This is about {what}. Approve or reject it first; `back` leads to what is in place."


def _delete(manifests: ManifestSet) -> str:
    return f"kubectl delete inferenceservice {manifests.name} -n {manifests.namespace}"


def done(deployment: Deployment) -> str:
    """One line: what was done and where."""
    if deployment.directory is None:
        return "Nothing was removed: another deployment has the same files."
    what = "Removed from" if deployment.approval.change is ChangeKind.RETIRE else "Written to"
    return f"{what} {code(deployment.directory)}."


def checked(validation: Validation) -> str:
    """One line: what was checked and found."""
    passed = sum(check.passed for check in validation.checks)
    return f"{passed} of {plural(len(validation.checks), 'check')} passed. " + escaped(
        " ".join(check.detail for check in validation.checks)
    )


def undone(now: Deployment, previous: Deployment | None) -> str:
    """What was done after a check failed, as plain text."""
    if previous is None:
        return f"What was written to {now.directory} is gone again."
    return f"The revision before is in place again, in {now.directory}."


def not_undone(error: NeuralNavError) -> str:
    """That a failed deployment could not be undone, and why, as plain text."""
    return f"It could not be undone, so it is in place as it is. {error.detail}"


def not_valid(validation: Validation, undone: str) -> dict[str, Any]:
    """A deployment that failed its checks, as a problem."""
    failed = " ".join(check.detail for check in validation.failures)
    return {
        "type": NOT_VALID,
        "title": "The deployment did not pass its checks",
        "status": 409,
        "detail": f"{failed} {undone}",
        "errors": [
            {"field": check.name, "value": check.detail, "allowed": "as approved"} for check in validation.failures
        ],
    }


def success(deployment: Deployment, validation: Validation, monitoring: str) -> str:
    """What was done, what was found, and what comes next."""
    manifests = deployment.manifests
    return (
        f"Approved, written and checked: {plural(len(manifests.files), 'file')} for {code(manifests.name)}. "
        f"{escaped(' '.join(check.detail for check in validation.checks))} Apply them with\n\n"
        f"```bash\nkubectl apply -k {quote(deployment.directory or '')}\n```\n\n"
        "NeuralNav itself does not apply to a cluster yet, and has changed nothing outside that directory. "
        f"{monitoring}"
    )


def retired(deployment: Deployment) -> str:
    """That a deployment has ended."""
    files = "its files are left, as another deployment has the same ones"
    if deployment.directory:
        files = f"its files were removed from {code(deployment.directory)}"
    return (
        f"{code(deployment.name)} is retired: {files}. If you "
        f"applied them, run {code(_delete(deployment.manifests))}. Say what you need to plan another deployment."
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
        f"What you approved rests on figures that have changed since ({listed(changed)}). Nothing was written. "
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
