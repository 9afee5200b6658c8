"""The server: a real port on loopback, tokens, and what tests do to it from outside."""

from __future__ import annotations

import socket
import threading
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

import uvicorn
import yaml

from tests.doubles.kubernetes_api.faults import Fault
from tests.doubles.kubernetes_api.kinds import BUILT_IN, Resource, custom_resources
from tests.doubles.kubernetes_api.rights import Account
from tests.doubles.kubernetes_api.serving import application
from tests.doubles.kubernetes_api.status import no_such_resource, unauthorized
from tests.doubles.kubernetes_api.store import Document, Key, Store

ADMIN = "administrators-token"
OPENSHIFT = Resource(
    "security.openshift.io", "v1", "SecurityContextConstraints", "securitycontextconstraints", namespaced=False
)


@dataclass
class KubernetesApi:
    """A cluster's API, from ``with`` to its end; every test may have one, or share one and ``reset`` it."""

    openshift: bool = False
    missing: frozenset[str] = frozenset()
    """Groups of custom kinds that are not installed: ``keda.sh``, ``monitoring.coreos.com`` ..."""
    store: Store = field(default_factory=Store)
    accounts: dict[str, Account] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    requests: list[tuple[str, str]] = field(default_factory=list)
    """Method and path (with the query) of each request, in order."""
    after_change: Any = None
    """Called after each request that changed something: controllers that are quick, in the test's own order."""

    def __enter__(self) -> KubernetesApi:
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=100)
        config = uvicorn.Config(application(self), log_level="critical", lifespan="off", timeout_graceful_shutdown=1)
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, args=([self._socket],), daemon=True)
        self._thread.start()
        self.reset()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.should_exit = True
        self._server.force_exit = True
        self._thread.join(10)
        self._socket.close()

    def reset(self) -> None:
        """An empty cluster with one administrator and the namespaces ``default`` and ``neuralnav``."""
        with self.store.lock:
            self.store.__init__()  # type: ignore[misc]
        self.accounts = {ADMIN: Account("kubernetes-admin")}
        self.faults, self.requests, self.after_change = [], [], None
        self.openshift, self.missing = False, frozenset()
        for name in ("default", "neuralnav"):
            self.put("Namespace", name, {})

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._socket.getsockname()[1]}"

    def kubeconfig(self, directory: Path, token: str = ADMIN) -> Path:
        """A kubeconfig file for an account, with the context ``double``."""
        path = directory / f"kubeconfig-{len(list(directory.glob('kubeconfig-*')))}"
        document = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "double",
            "clusters": [{"name": "double", "cluster": {"server": self.url}}],
            "users": [{"name": "someone", "user": {"token": token}}],
            "contexts": [
                {"name": "double", "context": {"cluster": "double", "user": "someone", "namespace": "neuralnav"}}
            ],
        }
        path.write_text(yaml.safe_dump(document))
        return path

    @property
    def resources(self) -> tuple[Resource, ...]:
        """Every kind that is served now."""
        custom = tuple(found for found in custom_resources() if found.group not in self.missing)
        return BUILT_IN + custom + ((OPENSHIFT,) if self.openshift else ())

    @property
    def groups(self) -> set[str]:
        return {resource.group for resource in self.resources}

    def resource(self, kind: str) -> Resource:
        """A kind by its name, in its newest version."""
        found = [resource for resource in self.resources if resource.kind == kind]
        if not found:
            raise no_such_resource()
        return max(found, key=lambda resource: resource.version)

    def account(self, header: str) -> Account:
        """Who a request comes from.

        Raises:
            StatusError: 401, nobody that is known.
        """
        scheme, _, token = header.partition(" ")
        if scheme.lower() != "bearer" or token not in self.accounts:
            raise unauthorized()
        return self.accounts[token]

    def fault(self, method: str, path: str) -> Fault | None:
        """The trouble that a request meets, which is used up by it."""
        for place, fault in enumerate(self.faults):
            if fault.matches(method, path):
                left = fault.times - 1
                if left:
                    self.faults[place] = Fault(**(vars(fault) | {"times": left}))
                else:
                    del self.faults[place]
                return fault
        return None

    def key(self, kind: str, name: str, namespace: str = "neuralnav") -> Key:
        resource = self.resource(kind)
        return (resource, namespace if resource.namespaced else "", name)

    def put(self, kind: str, name: str, document: Document, namespace: str = "neuralnav", by: str = "test") -> Document:
        """Make or replace an object with its status, as somebody else than NeuralNav."""
        key = self.key(kind, name, namespace)
        with self.store.lock:
            if key in self.store.objects:
                self.store.replace(key, self.get(kind, name, namespace) | document, manager=by)
            else:
                self.store.create(key, {"metadata": {}} | document, manager=by)
            if "status" in document:
                self.store.replace(
                    key,
                    self.get(kind, name, namespace) | {"status": document["status"]},
                    manager=by,
                    subresource="status",
                )
            return self.store.get(key)

    def get(self, kind: str, name: str, namespace: str = "neuralnav") -> Document:
        return self.store.get(self.key(kind, name, namespace))

    def names(self, kind: str, namespace: str = "neuralnav") -> list[str]:
        found = self.store.all_of(self.resource(kind), namespace if self.resource(kind).namespaced else "")
        return [document["metadata"]["name"] for document in found]

    def has(self, kind: str, name: str, namespace: str = "neuralnav") -> bool:
        return self.key(kind, name, namespace) in self.store.objects

    def node(
        self, name: str, gpus: int, product: str = "NVIDIA-L4", resource: str = "nvidia.com/gpu", **labels: str
    ) -> None:
        """A node with GPUs, as the vendor's operator labels and counts them."""
        key = (
            f"{resource.partition('/')[0]}/gpu.product" if resource == "nvidia.com/gpu" else "amd.com/gpu.product-name"
        )
        counts = {"cpu": "32", "memory": "128Gi", resource: str(gpus)}
        ready = [{"type": "Ready", "status": "True"}]
        taints = [{"key": resource, "effect": "NoSchedule"}]
        self.put(
            "Node",
            name,
            {
                "metadata": {"labels": {key: product, "kubernetes.io/os": "linux"} | labels},
                "spec": {"taints": taints},
                "status": {"capacity": counts, "allocatable": counts, "conditions": ready},
            },
        )

    def writes(self) -> list[tuple[str, str]]:
        """The requests that were meant to change something."""
        return [
            (method, path)
            for method, path in self.requests
            if method != "GET" and "dryRun=All" not in path and "selfsubjectaccessreviews" not in path
        ]
