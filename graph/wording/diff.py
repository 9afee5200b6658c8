"""What changes in the object that a deployment is about, in a few lines."""

from __future__ import annotations

from graph.wording.text import code, fenced
from neuralnav.deployment.markdown import one_line
from neuralnav.models.deployment import DeploymentTarget, ManifestSet
from neuralnav.models.figures import plural
from neuralnav.models.running import ChangeVerb, ObjectChange, Preflight

MOST_LINES = 8
MOST_CHARACTERS = 120
"""Of one line."""
MOST_INDENT = 24

_MAIN = {
    DeploymentTarget.KSERVE: ("InferenceService", "inferenceservice.yaml"),
    DeploymentTarget.KUBERNETES: ("Deployment", "deployment.yaml"),
    DeploymentTarget.LLM_D: ("LLMInferenceService", "llminferenceservice.yaml"),
    DeploymentTarget.LOCAL: ("LocalDeployment", "local.yaml"),
}
"""The kind of the object that serves, and the file that holds it."""


def diff_of_main(manifests: ManifestSet, found: Preflight) -> str:
    """The first lines that change in the object that serves; empty where it is new or stays as it is."""
    change = next((change for change in found.changes if _is_main(change, manifests)), None)
    if change is None or change.verb is not ChangeVerb.UPDATE:
        return ""
    changed = [_shown(line) for line in change.diff[2:] if line.startswith(("+", "-"))]
    if not changed:
        return ""
    more = len(changed) - MOST_LINES
    rest = f"\n\n{plural(more, 'more line')} of it {'changes' if more == 1 else 'change'}." if more > 0 else ""
    block = fenced("\n".join(changed[:MOST_LINES]), "diff")
    name = change.name if change.kind == "File" else f"{change.kind}/{change.name}"
    return f"In {code(name)}:\n\n{block}{rest}"


def _is_main(change: ObjectChange, manifests: ManifestSet) -> bool:
    kind, file = _MAIN[manifests.target]
    return (change.kind, change.name) == ("File", file) or change.kind == kind


def _shown(line: str) -> str:
    """A changed line without control characters and what looks like a token, and not longer than is read."""
    sign, text = line[0], line[1:]
    indent = " " * min(len(text) - len(text.lstrip(" ")), MOST_INDENT)
    words = one_line(text)
    return f"{sign}{indent}{words if len(words) <= MOST_CHARACTERS else f'{words[: MOST_CHARACTERS - 1]}…'}"
