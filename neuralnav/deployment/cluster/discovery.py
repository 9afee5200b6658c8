"""Which kinds a cluster serves, and whether it is OpenShift."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass

from neuralnav.deployment.cluster.connection import Connection
from neuralnav.deployment.cluster.kinds import KINDS, Kind

OPENSHIFT_GROUPS = frozenset({"security.openshift.io", "route.openshift.io"})


@dataclass(frozen=True)
class Discovery:
    """What the cluster serves of what NeuralNav knows."""

    version: str
    openshift: bool
    served: frozenset[Kind]

    @property
    def installed(self) -> tuple[str, ...]:
        """The kinds that others brought into the cluster, as ``scaledobjects.keda.sh``."""
        return tuple(sorted(f"{kind.plural}.{kind.group}" for kind in self.served if kind.installed_by))

    def missing(self, kinds: Iterable[Kind]) -> tuple[Kind, ...]:
        """Those of ``kinds`` that the cluster does not serve, each once."""
        return tuple(
            sorted({kind for kind in kinds if kind not in self.served}, key=lambda kind: (kind.stage, kind.name))
        )


async def discover(connection: Connection) -> Discovery:
    """Ask the cluster.

    Raises:
        UnavailableError: it does not answer.
    """
    roots = sorted({kind.root for kind in KINDS})
    version, groups, *lists = await asyncio.gather(
        connection.find("/version", "read its version"),
        connection.find("/apis", "read its API groups"),
        *(connection.find(root, "read its kinds") for root in roots),
    )
    served = {
        (root, resource.get("name"), resource.get("kind"))
        for root, found in zip(roots, lists, strict=True)
        for resource in (found or {}).get("resources") or ()
    }
    names = {group.get("name") for group in (groups or {}).get("groups") or ()}
    return Discovery(
        version=str((version or {}).get("gitVersion", "unknown")),
        openshift=bool(OPENSHIFT_GROUPS & names),
        served=frozenset(kind for kind in KINDS if (kind.root, kind.plural, kind.name) in served),
    )
