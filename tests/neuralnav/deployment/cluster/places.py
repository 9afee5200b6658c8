"""Where tests deploy to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from neuralnav.deployment.cluster.connection import Connection, Document
from neuralnav.deployment.cluster.runtime import ClusterRuntime
from neuralnav.models.deployment import ManifestSet
from tests.doubles.kubernetes_api import KubernetesApi

MakeSet = Callable[..., ManifestSet]
MakeRuntime = Callable[..., ClusterRuntime]


@dataclass
class Place:
    """A cluster with an empty namespace."""

    runtime: ClusterRuntime
    namespace: str
    api: KubernetesApi | None

    @property
    def connection(self) -> Connection:
        return self.runtime.connection

    async def find(self, path: str) -> Document | None:
        return await self.connection.find(path, "look")

    def path(self, plural: str, name: str = "", root: str = "/api/v1") -> str:
        return f"{root}/namespaces/{self.namespace}/{plural}" + (f"/{name}" if name else "")

    async def apply_as(self, manager: str, path: str, document: Document, *, force: bool = False) -> Document:
        """Apply an object as some tool."""
        other = Connection(self.connection.credentials, manager=manager)
        try:
            return await other.apply(path, document, doing="apply", dry_run=False, force=force)
        finally:
            other.close()
