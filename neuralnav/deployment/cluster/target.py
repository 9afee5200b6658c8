"""What a change means for one cluster: its objects there, what is there already, and what has to go."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass

from neuralnav.deployment.cluster.answers import NotAllowedError
from neuralnav.deployment.cluster.connection import Connection, Document
from neuralnav.deployment.cluster.discovery import Discovery
from neuralnav.deployment.cluster.kinds import Kind
from neuralnav.deployment.cluster.objects import ClusterObject, is_ours, objects_of, ownership_labels, why_not_ours
from neuralnav.errors import InvalidInputError
from neuralnav.models.deployment import ManifestSet


@dataclass(frozen=True)
class Found:
    """An object of the cluster."""

    entry: ClusterObject
    live: Document

    @property
    def uid(self) -> str:
        """Which object of that name it is."""
        return str(self.live["metadata"]["uid"])

    @property
    def is_going(self) -> bool:
        """Whether it is being removed."""
        return bool(self.live["metadata"].get("deletionTimestamp"))


@dataclass(frozen=True)
class Target:
    """A set of manifests on one cluster."""

    manifests: ManifestSet
    objects: tuple[ClusterObject, ...]
    """Those that are applied here, in order."""
    left_out: tuple[Kind, ...]
    """Optional kinds of the manifests that the cluster does not serve."""
    missing: tuple[Kind, ...]
    """Needed kinds that it does not serve."""

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """The kinds of what is applied, each once."""
        return tuple(dict.fromkeys(entry.kind for entry in self.objects))

    def problems(self) -> tuple[str, ...]:
        """Why the manifests do not suit the cluster."""
        return tuple(
            f"The cluster does not serve {kind.plural}.{kind.group} ({kind.version}), which the deployment needs. "
            f"Have {kind.installed_by or 'a newer Kubernetes'} installed, or choose another target."
            for kind in self.missing
        )

    def notes(self) -> tuple[str, ...]:
        """What is left out, and what that means."""
        if not self.left_out:
            return ()
        names = ", ".join(kind.name for kind in self.left_out)
        return (
            f"{names} will be left out: {self.left_out[0].installed_by} is not installed. The deployment serves "
            "without; metrics can be read from the replicas themselves, but nobody is alerted.",
        )


def aim(manifests: ManifestSet, discovery: Discovery) -> Target:
    """``manifests`` on the cluster that ``discovery`` tells of.

    Raises:
        InvalidInputError: they hold something that is never applied.
    """
    objects = objects_of(manifests, assigns_users=discovery.openshift)
    unserved = discovery.missing(entry.kind for entry in objects)
    return Target(
        manifests,
        tuple(entry for entry in objects if entry.kind not in unserved),
        tuple(kind for kind in unserved if kind.optional),
        tuple(kind for kind in unserved if not kind.optional),
    )


async def find_objects(connection: Connection, objects: Iterable[ClusterObject]) -> list[Document | None]:
    """What is there of each of ``objects``.

    Raises:
        UnavailableError: the cluster does not answer.
        NotAllowedError: this account may not look.
    """
    reads = (connection.find(entry.path, f"read {entry.title}") for entry in objects)
    return list(await asyncio.gather(*reads))


async def find_owned(
    connection: Connection, manifests: ManifestSet, discovery: Discovery, *, needed: Iterable[Kind] = ()
) -> list[Found]:
    """Every object of the deployment that is there, from whatever revision; last applied first.

    Kinds that this account may not list are passed over, unless they are ``needed``.

    Raises:
        NotAllowedError: a needed kind may not be listed.
    """
    kinds = sorted(discovery.served, key=lambda kind: (kind.stage, kind.name), reverse=True)
    wanted = frozenset(needed)
    lists = await asyncio.gather(
        *(_list_owned(connection, manifests, kind, passed_over=kind not in wanted) for kind in kinds)
    )
    return [found for owned in lists for found in owned]


async def _list_owned(connection: Connection, manifests: ManifestSet, kind: Kind, *, passed_over: bool) -> list[Found]:
    selector = ",".join(f"{name}={value}" for name, value in ownership_labels(manifests).items())
    path = kind.path(manifests.namespace)
    try:
        documents = await connection.all_of(path, f"list {kind.plural}", query={"labelSelector": selector})
    except NotAllowedError:
        if passed_over:
            return []
        raise
    return [
        Found(ClusterObject(kind, document["metadata"]["name"], manifests.namespace, document), document)
        for document in documents
        if is_ours(document, manifests)
    ]


def foreign(
    objects: Iterable[ClusterObject], live: Iterable[Document | None], manifests: ManifestSet
) -> tuple[str, ...]:
    """Why objects that are there cannot be touched: somebody else made them."""
    reasons = (
        why_not_ours(entry, document, manifests)
        for entry, document in zip(objects, live, strict=True)
        if document is not None
    )
    return tuple(reason for reason in reasons if reason is not None)


def require(problems: Iterable[str]) -> None:
    """Raise ``InvalidInputError`` if there is any problem."""
    found = tuple(problems)
    if found:
        raise InvalidInputError(" ".join(found))
