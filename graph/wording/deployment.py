"""What is said about approving, writing and failing."""

from __future__ import annotations

from collections.abc import Mapping
from shlex import quote
from typing import Any

from graph.checkpoints import CheckpointKind
from graph.wording.text import code, escaped
from neuralnav.models.deployment import Approval, Deployment, ManifestSet
from neuralnav.models.figures import listed, money, plural
from neuralnav.models.labels import hardware_label, model_label
from neuralnav.models.plan import Plan, Recommendation


def built(manifests: ManifestSet) -> str:
    """One line: which manifests there are."""
    return f"{plural(len(manifests.files), 'file')} for {code(f'{manifests.namespace}/{manifests.name}')}, checked."


def approval(choice: Recommendation, manifests: ManifestSet) -> str:
    """What approving will do, and what it will not."""
    cost = "no price is known for this GPU"
    if choice.cost:
        month = escaped(money(choice.cost.per_month_usd))
        cost = f"running it would cost {month} a month ({escaped(choice.cost.instance)})"
    files = listed([code(file.path) for file in manifests.files])
    return "\n".join(
        [
            f"**Will be done** (nothing has been written yet): {plural(len(manifests.files), 'file')} for the "
            f"InferenceService {code(manifests.name)} in namespace {code(manifests.namespace)}, "
            f"{plural(choice.replicas, 'replica')} of {escaped(model_label(choice))} on "
            f"{hardware_label(choice)}; {cost}.",
            "",
            f"Approving writes {files} (digest {code(manifests.sha256[:12])}) and offers them for download. "
            f"**Nothing is applied to a cluster**; apply them yourself with {code('kubectl apply -k DIRECTORY')}.",
        ]
    )


def written(deployment: Deployment) -> str:
    """One line: where the files are."""
    return f"Written to {code(deployment.directory or '')}."


def success(deployment: Deployment) -> str:
    """What was done and what comes next."""
    manifests = deployment.manifests
    return (
        f"Approved and written: {plural(len(manifests.files), 'file')} for {code(manifests.name)}. Apply them with\n\n"
        f"```bash\nkubectl apply -k {quote(deployment.directory or '')}\n```\n\n"
        "NeuralNav itself does not apply to a cluster yet, and has changed nothing outside that directory. "
        "Say what you need to plan another deployment."
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
    return (
        f"**{escaped(str(problem.get('title', 'Something went wrong')))}** in {escaped(where)}. "
        f"{escaped(str(problem.get('detail', '')))}\n\nNothing is lost: retry, go back, edit, start over or cancel."
    )


def standing(kind: CheckpointKind) -> str:
    """Where the conversation stands."""
    return {
        CheckpointKind.CLARIFY: "I am still collecting what you need; nothing has been planned.",
        CheckpointKind.REVIEW_SPECIFICATION: "The specification waits for you to confirm it; nothing is planned yet.",
        CheckpointKind.PRESENT_OPTIONS: "The options wait for you to choose one; nothing has been written.",
        CheckpointKind.APPROVE_DEPLOYMENT: "The manifests wait for your approval; nothing has been written.",
        CheckpointKind.FAILED: "A step failed and waits for you to say how to go on.",
    }[kind]
