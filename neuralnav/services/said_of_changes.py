"""What is said of changes of deployments: in the audit log, and to people about where they are and who watches them."""

from __future__ import annotations

from neuralnav.models.deployment import ChangeKind, Delivery

APPROVED = {
    ChangeKind.DEPLOY: "deployment approved",
    ChangeKind.ROLL_BACK: "roll-back approved",
    ChangeKind.RETIRE: "end approved",
}
"""What the audit log calls an approval, before anything is done."""

REJECTED = {
    ChangeKind.DEPLOY: "deployment rejected",
    ChangeKind.ROLL_BACK: "roll-back rejected",
    ChangeKind.RETIRE: "end rejected",
}
"""What the audit log calls a rejection, after which nothing is done."""

DONE = {
    Delivery.FILES: {
        ChangeKind.DEPLOY: "manifests written",
        ChangeKind.ROLL_BACK: "rolled back",
        ChangeKind.RETIRE: "retired",
    },
    Delivery.GIT: {
        ChangeKind.DEPLOY: "manifests committed",
        ChangeKind.ROLL_BACK: "rolled back in the repository",
        ChangeKind.RETIRE: "retired in the repository",
    },
    Delivery.RUN: {
        ChangeKind.DEPLOY: "applied",
        ChangeKind.ROLL_BACK: "rolled back",
        ChangeKind.RETIRE: "removed",
    },
}
"""What a change is called in the audit log."""

UNDONE = {
    ChangeKind.ROLL_BACK: "returned to the revision before by itself",
    ChangeKind.RETIRE: "removed by itself",
}
"""The same of a change that nobody asked for: another one failed, and its approval covers that it is undone."""

FILES_ONLY = "The manifests were written as files, which NeuralNav does not run: there is nothing to measure yet."
WAYS_THERE = {
    Delivery.RUN: "Set NEURALNAV_TARGET, with NEURALNAV_KUBECONFIG and NEURALNAV_CONTEXT or NEURALNAV_HOME, as it was.",
    Delivery.FILES: "Set NEURALNAV_OUTPUT_DIR as it was.",
    Delivery.GIT: "Switch the repository to that branch.",
}
"""How to come back to where a deployment is."""

UNWATCHED = {
    Delivery.RUN: "It has ended.",
    Delivery.FILES: FILES_ONLY,
    Delivery.GIT: "The manifests were committed; NeuralNav does not follow what applies them, and measures nothing.",
}
"""Why nothing watches a deployment."""

WATCHED_BY = "NeuralNav"
WATCHES = "Its replicas and their latencies are looked at regularly; a target that drifts is told here."
