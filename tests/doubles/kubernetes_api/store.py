"""Objects with versions, owners of their fields, and a log of what happened to them.

https://kubernetes.io/docs/reference/using-api/api-concepts/ (resource versions, watches),
https://kubernetes.io/docs/concepts/overview/working-with-objects/finalizers/ (deletion).
"""

from __future__ import annotations

import copy
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from tests.doubles.kubernetes_api.admission import require_valid, with_defaults
from tests.doubles.kubernetes_api.applying import Owners, apply, own_update
from tests.doubles.kubernetes_api.kinds import Resource
from tests.doubles.kubernetes_api.ownership import Manager, as_fields_v1
from tests.doubles.kubernetes_api.shapes import UndeclaredError
from tests.doubles.kubernetes_api.status import already_exists, conflict, not_found, stale, untyped

Key = tuple[Resource, str, str]
"""Resource, namespace (empty where it has none) and name."""

Document = dict[str, Any]
FOREGROUND = "foregroundDeletion"
_SERVERS_OWN = ("uid", "creationTimestamp", "resourceVersion", "generation", "managedFields", "deletionTimestamp")
KEPT_EVENTS = 1000


def now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass(frozen=True)
class Happening:
    """One entry of the log."""

    version: int
    kind: str
    key: Key
    document: Document


@dataclass
class Store:
    """Everything that the API holds. Safe to use from several threads."""

    version: int = 1
    oldest: int = 1
    """Versions before this one have been forgotten: a watch from there is answered with 410."""
    objects: dict[Key, Document] = field(default_factory=dict)
    owners: dict[Key, Owners] = field(default_factory=dict)
    log: deque[Happening] = field(default_factory=lambda: deque(maxlen=KEPT_EVENTS))
    listeners: list[Callable[[], None]] = field(default_factory=list)
    lock: threading.RLock = field(default_factory=threading.RLock)

    def get(self, key: Key) -> Document:
        with self.lock:
            if key not in self.objects:
                raise not_found(key[0].qualified, key[2])
            return copy.deepcopy(self.objects[key])

    def all_of(self, resource: Resource, namespace: str = "") -> list[Document]:
        """Every object of a kind, by namespace and name; of one namespace, or of all."""
        with self.lock:
            keys = sorted(
                (k for k in self.objects if k[0] == resource and namespace in ("", k[1])), key=lambda k: k[1:]
            )
            return [copy.deepcopy(self.objects[key]) for key in keys]

    def create(self, key: Key, document: Document, *, manager: str, dry_run: bool = False) -> Document:
        with self.lock:
            if key in self.objects:
                raise already_exists(key[0].qualified, key[2])
            fresh = self._prepared(key, document, None)
            owner = Manager(manager, "Update", key[0].api_version, time=now())
            owners = own_update({}, fresh, key[0].schema, manager=owner, owners={})
            return self._store(key, fresh, owners, None, dry_run=dry_run)

    def replace(
        self, key: Key, document: Document, *, manager: str, subresource: str = "", dry_run: bool = False
    ) -> Document:
        """An update (PUT, or a patch that was merged by the caller) of the object, or of its status alone."""
        with self.lock:
            old = self.get(key)
            version = document.get("metadata", {}).get("resourceVersion")
            if version and version != old["metadata"]["resourceVersion"]:
                raise stale(key[0].qualified, key[2])
            if subresource:
                fresh = old | {part: document[part] for part in (subresource,) if part in document}
            else:
                fresh = self._prepared(key, document, old)
            owner = Manager(manager, "Update", key[0].api_version, subresource, now())
            owners = own_update(old, fresh, key[0].schema, manager=owner, owners=self.owners[key])
            return self._store(key, fresh, owners, old, dry_run=dry_run)

    def apply(self, key: Key, document: Document, *, manager: str, force: bool, dry_run: bool) -> tuple[Document, bool]:
        """A server-side apply; whether it made the object."""
        with self.lock:
            resource = key[0]
            old = self.objects.get(key)
            owner = Manager(manager, "Apply", resource.api_version, time=now())
            applied = {k: v for k, v in document.items() if not (k == "status" and resource.has_status)}
            try:
                fresh, owners = apply(
                    old, applied, resource.schema, manager=owner, owners=self.owners.get(key, {}), force=force
                )
            except UndeclaredError as error:
                described = f"{key[1]}/{key[2]}; {resource.api_version}, Kind={resource.kind}"
                raise untyped(described, str(error)) from None
            fresh = self._prepared(key, fresh, old)
            return self._store(key, fresh, owners, old, dry_run=dry_run), old is None

    def delete(self, key: Key, *, uid: str | None = None, policy: str = "", dry_run: bool = False) -> Document:
        """Begin to delete: at once, or when the finalizers have been taken away."""
        with self.lock:
            document = self.get(key)
            metadata = document["metadata"]
            if uid is not None and uid != metadata["uid"]:
                why = (
                    f"the UID in the precondition ({uid}) does not match the UID in record ({metadata['uid']}). "
                    "The object might have been deleted and then recreated"
                )
                raise conflict(key[0].kind, key[2], why)
            if dry_run:
                return document
            if policy == "Foreground":
                metadata["finalizers"] = sorted({*metadata.get("finalizers", ()), FOREGROUND})
            if metadata.get("finalizers"):
                metadata |= {
                    "deletionTimestamp": metadata.get("deletionTimestamp") or now(),
                    "deletionGracePeriodSeconds": 0,
                }
                return self._store(key, document, self.owners[key], self.objects[key], dry_run=False)
            self._forget(key)
            return document

    def without_finalizer(self, key: Key, finalizer: str) -> None:
        """What a controller does when it has cleaned up; the last finalizer takes a dying object with it."""
        with self.lock:
            document = self.get(key)
            metadata = document["metadata"]
            metadata["finalizers"] = [name for name in metadata.get("finalizers", ()) if name != finalizer]
            if not metadata["finalizers"]:
                del metadata["finalizers"]
            if metadata.get("deletionTimestamp") and not metadata.get("finalizers"):
                self._forget(key)
            else:
                self._store(key, document, self.owners[key], self.objects[key], dry_run=False)

    def compact(self) -> None:
        """Forget what happened so far, as a server does after some minutes."""
        with self.lock:
            self.oldest = self.version + 1
            self.log.clear()

    def _prepared(self, key: Key, document: Document, old: Document | None) -> Document:
        resource = key[0]
        fresh = copy.deepcopy(document)
        fresh |= {"apiVersion": resource.api_version, "kind": resource.kind}
        metadata = fresh.setdefault("metadata", {})
        for name in _SERVERS_OWN:
            metadata.pop(name, None)
        metadata["name"] = key[2]
        if key[1]:
            metadata["namespace"] = key[1]
        if old is None:
            metadata |= {"uid": str(uuid4()), "creationTimestamp": now(), "generation": 1}
        else:
            metadata |= {k: v for k, v in old["metadata"].items() if k in _SERVERS_OWN}
            if resource.has_status and "status" in old:
                fresh["status"] = old["status"]
        fresh = with_defaults(resource, fresh)
        require_valid(resource, fresh, old)
        return fresh

    def _store(self, key: Key, fresh: Document, owners: Owners, old: Document | None, *, dry_run: bool) -> Document:
        metadata = fresh["metadata"]
        metadata.pop("managedFields", None)
        if old is not None:
            if _content(old) == _content(fresh) and set(owners) == set(self.owners[key]) and owners == self.owners[key]:
                return copy.deepcopy(old)
            if old.get("spec") != fresh.get("spec"):
                metadata["generation"] = old["metadata"].get("generation", 0) + 1
        oldest_first = sorted(owners.items(), key=lambda owned: (owned[0].operation, owned[0].time))
        metadata["managedFields"] = [_entry(*owned) for owned in oldest_first]
        if dry_run:
            return fresh
        self.owners[key] = owners
        self._put("ADDED" if old is None else "MODIFIED", key, fresh)
        return copy.deepcopy(fresh)

    def _put(self, kind: str, key: Key, document: Document) -> None:
        self.version += 1
        document["metadata"]["resourceVersion"] = str(self.version)
        self.objects[key] = document
        self._tell(kind, key, document)

    def _forget(self, key: Key) -> None:
        document = self.objects.pop(key)
        self.owners.pop(key, None)
        self.version += 1
        document["metadata"]["resourceVersion"] = str(self.version)
        self._tell("DELETED", key, document)

    def _tell(self, kind: str, key: Key, document: Document) -> None:
        self.log.append(Happening(self.version, kind, key, copy.deepcopy(document)))
        for listener in list(self.listeners):
            listener()


def _content(document: Document) -> Document:
    volatile = ("resourceVersion", "managedFields", "generation")
    return document | {"metadata": {k: v for k, v in document["metadata"].items() if k not in volatile}}


def _entry(manager: Manager, fields: Any) -> Document:
    entry = {
        "manager": manager.name,
        "operation": manager.operation,
        "apiVersion": manager.api_version,
        "time": manager.time,
        "fieldsType": "FieldsV1",
        "fieldsV1": as_fields_v1(fields),
    }
    return entry | ({"subresource": manager.subresource} if manager.subresource else {})
