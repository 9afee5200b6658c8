"""What becomes of a pod, as the scheduler and the kubelet report it.

Reasons and texts are those that ``kubectl describe pod`` shows: https://kubernetes.io/docs/tasks/debug/debug-application/debug-pods/
and https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """How it ends up."""

    READY = "ready"
    STARTING = "starting"
    """It runs and is not ready."""
    UNSCHEDULABLE = "unschedulable"
    IMAGE = "image"
    CRASHING = "crashing"
    CONFIG = "config"
    """A container that cannot be made, as what it refers to is not there."""


@dataclass(frozen=True)
class Fate:
    """One pod's."""

    kind: Kind
    message: str = ""
    logs: str = ""
    exit_code: int = 1
    reason: str = "Error"
    restarts: int = 0
    url: str = ""
    """What answers for the pod: the address of a process on this machine."""

    @classmethod
    def ready(cls, url: str = "") -> Fate:
        return cls(Kind.READY, url=url)

    @classmethod
    def starting(cls, logs: str = "", restarts: int = 0) -> Fate:
        return cls(Kind.STARTING, logs=logs, restarts=restarts)

    @classmethod
    def unschedulable(cls, message: str = "0/3 nodes are available: 3 Insufficient nvidia.com/gpu.") -> Fate:
        return cls(Kind.UNSCHEDULABLE, message)

    @classmethod
    def no_image(cls, message: str = "not found") -> Fate:
        return cls(Kind.IMAGE, message)

    @classmethod
    def crashing(cls, logs: str, exit_code: int = 1, restarts: int = 4) -> Fate:
        return cls(Kind.CRASHING, logs=logs, exit_code=exit_code, restarts=restarts)

    @classmethod
    def out_of_memory(cls) -> Fate:
        return cls(Kind.CRASHING, exit_code=137, reason="OOMKilled", restarts=3)

    @classmethod
    def no_secret(cls, name: str) -> Fate:
        return cls(Kind.CONFIG, f'secret "{name}" not found')
