"""Which rights a change needs, and whether this account has them: the cluster is asked before anything changes."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass

from neuralnav.deployment.cluster.connection import Connection
from neuralnav.deployment.cluster.kinds import DEPLOYMENT, Kind

CHANGE = ("get", "list", "create", "patch", "delete")
"""A server-side apply is a ``patch``, and a ``create`` besides where the object is not there yet."""


@dataclass(frozen=True)
class Right:
    """A verb on a resource in a namespace."""

    verb: str
    group: str
    resource: str
    subresource: str = ""
    needed_to: str = "apply the deployment"
    required: bool = True
    """Whether nothing can be deployed without it."""

    @property
    def name(self) -> str:
        """As people and roles say it: ``create deployments.apps``."""
        resource = f"{self.resource}/{self.subresource}" if self.subresource else self.resource
        return f"{self.verb} {resource}.{self.group}" if self.group else f"{self.verb} {resource}"


WATCHING = (
    Right("list", "", "pods", needed_to="see the replicas"),
    Right("get", DEPLOYMENT.group, DEPLOYMENT.plural, needed_to="see the replicas"),
    Right("get", "", "pods", "proxy", "send requests to the replicas"),
    Right("create", "", "pods", "proxy", "send requests to the replicas"),
    Right("list", "", "events", needed_to="say what happens", required=False),
    Right("get", "", "pods", "log", "explain a replica that fails", required=False),
)
"""Rights to follow a deployment, whatever it consists of."""


def removal_rights(kinds: Iterable[Kind]) -> tuple[Right, ...]:
    """What taking away objects of ``kinds`` needs."""
    return tuple(Right("delete", kind.group, kind.plural, needed_to="remove the deployment") for kind in kinds)


def rights_for(kinds: Iterable[Kind]) -> tuple[Right, ...]:
    """What applying, following and removing objects of ``kinds`` needs, each once."""
    changing = [Right(verb, kind.group, kind.plural) for kind in kinds for verb in CHANGE]
    return tuple({(right.name): right for right in (*WATCHING, *changing)}.values())


async def missing_rights(connection: Connection, namespace: str, rights: Iterable[Right]) -> tuple[Right, ...]:
    """Those of ``rights`` that this account does not have in ``namespace``.

    Raises:
        UnavailableError: the cluster does not answer.
    """
    asked = tuple(rights)
    answers = await asyncio.gather(*(connection.review(_attributes(right, namespace)) for right in asked))
    return tuple(right for right, allowed in zip(asked, answers, strict=True) if not allowed)


def _attributes(right: Right, namespace: str) -> dict[str, str]:
    attributes = {"namespace": namespace, "verb": right.verb, "group": right.group, "resource": right.resource}
    return attributes | ({"subresource": right.subresource} if right.subresource else {})


def explain(missing: Iterable[Right], namespace: str) -> str:
    """What is missing, in a sentence, by what it is needed for."""
    purposes: dict[str, list[str]] = {}
    for right in missing:
        purposes.setdefault(right.needed_to, []).append(right.name)
    parts = [f"to {purpose}: {', '.join(sorted(names))}" for purpose, names in purposes.items()]
    return (
        f"The account lacks rights in the namespace {namespace!r} that this needs, {'; '.join(parts)}. "
        "Ask the cluster's administrator for a Role with these rights."
    )
