"""What a change would do and whether it could be done, found out without changing anything."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass

from neuralnav.deployment.cluster.answers import ConflictsError
from neuralnav.deployment.cluster.capacity import capacity_problems
from neuralnav.deployment.cluster.changes import change_of, removal_of
from neuralnav.deployment.cluster.connection import METADATA_ONLY, Connection, Document
from neuralnav.deployment.cluster.demand import demands, secret_names
from neuralnav.deployment.cluster.discovery import Discovery
from neuralnav.deployment.cluster.inventory import take_inventory
from neuralnav.deployment.cluster.objects import ClusterObject
from neuralnav.deployment.cluster.rights import Right, explain, missing_rights, rights_for
from neuralnav.deployment.cluster.target import Found, Target, find_objects, find_owned, foreign
from neuralnav.errors import InvalidInputError
from neuralnav.models.deployment import ManifestSet
from neuralnav.models.running import ObjectChange


@dataclass(frozen=True)
class Look:
    """What was found before a change."""

    target: Target
    live: tuple[Document | None, ...]
    """Of each of the target's objects; empty where they could not be looked at."""
    leftovers: tuple[Found, ...]
    """Objects of this deployment that the change takes away."""
    denied: tuple[str, ...]
    """Rights that are missing, in a sentence."""
    problems: tuple[str, ...]
    """What else speaks against it."""
    notes: tuple[str, ...]


async def look(connection: Connection, target: Target, discovery: Discovery) -> Look:
    """Everything that speaks against a change but the objects' own content: namespace, kinds, rights, strangers."""
    manifests = target.manifests
    namespace, owned = await asyncio.gather(
        _namespace_problems(connection, manifests.namespace), find_owned(connection, manifests, discovery)
    )
    keep = {entry.identity for entry in target.objects}
    leftovers = tuple(found for found in owned if found.entry.identity not in keep and not found.is_going)
    kinds = dict.fromkeys((*target.kinds, *(found.entry.kind for found in leftovers)))
    missing = await missing_rights(connection, manifests.namespace, rights_for(kinds))
    denied = _rights_problems(missing, manifests)
    problems = (*target.problems(), *namespace)
    notes = (*target.notes(), *_rights_notes(missing))
    if denied:
        return Look(target, (), leftovers, denied, problems, notes)
    live = await find_objects(connection, target.objects)
    problems = (*problems, *foreign(target.objects, live, manifests))
    return Look(target, tuple(live), leftovers, denied, problems, notes)


async def dry_run(connection: Connection, found: Look) -> tuple[list[ObjectChange], list[str]]:
    """The change of every object by a dry run on the server, and what the server says against it."""
    looks = zip(found.target.objects, found.live, strict=True)
    tried = await asyncio.gather(*(_try(connection, entry, live) for entry, live in looks))
    changes = [change for change, _ in tried if change is not None]
    changes += [removal_of(doomed.entry, doomed.live) for doomed in found.leftovers]
    return changes, [problem for _, problem in tried if problem is not None]


async def _try(
    connection: Connection, entry: ClusterObject, live: Document | None
) -> tuple[ObjectChange | None, str | None]:
    doing = f"apply {entry.title}"
    try:
        result = await connection.apply(entry.path, entry.document, doing=doing, dry_run=True)
    except ConflictsError as error:
        taken = await connection.apply(entry.path, entry.document, doing=doing, dry_run=True, force=True)
        return change_of(entry, live, taken, error.conflicts), None
    except InvalidInputError as error:
        return None, f"{entry.title}: {error.detail}"
    return change_of(entry, live, result), None


async def room_problems(
    connection: Connection, found: Look, *, nodes_may_grow: bool
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Why the replicas find no room or cannot start, and what could not be looked at."""
    target = found.target
    namespace = target.manifests.namespace
    wanted, there = demands(target.objects), demands(_as_they_are(found))
    secrets, notes = await _secret_problems(connection, target)
    if not any(demand.gpus for demand in wanted):
        return secrets, notes
    inventory = await take_inventory(connection, namespace, ())
    unseen = [what for what in inventory.unseen if what in ("nodes", "pods of all namespaces", "quotas")]
    if unseen:
        text = f"Whether there is room could not be checked in full: this account may not list {', '.join(unseen)}."
        notes = (*notes, text)
    return (*secrets, *capacity_problems(wanted, there, inventory, nodes_may_grow=nodes_may_grow)), notes


def _as_they_are(found: Look) -> Iterable[ClusterObject]:
    pairs = zip(found.target.objects, found.live, strict=True)
    present = [ClusterObject(entry.kind, entry.name, entry.namespace, live) for entry, live in pairs if live]
    return [entry for entry in present if not entry.document["metadata"].get("deletionTimestamp")]


async def _namespace_problems(connection: Connection, namespace: str) -> tuple[str, ...]:
    try:
        there = await connection.find(f"/api/v1/namespaces/{namespace}", "read the namespace")
    except InvalidInputError:
        return ()  # accounts of one namespace often may not read it; applying tells
    if there is None:
        return (f"The namespace {namespace!r} is not there. Make it once: kubectl create namespace {namespace}",)
    if there["metadata"].get("deletionTimestamp"):
        return (f"The namespace {namespace!r} is being removed. Choose another, or wait and make it again.",)
    return ()


def _rights_problems(missing: Iterable[Right], manifests: ManifestSet) -> tuple[str, ...]:
    required = [right for right in missing if right.required]
    return (explain(required, manifests.namespace),) if required else ()


def _rights_notes(missing: Iterable[Right]) -> tuple[str, ...]:
    return tuple(
        f"This account may not {right.name}, so NeuralNav cannot {right.needed_to}."
        for right in missing
        if not right.required
    )


async def _secret_problems(connection: Connection, target: Target) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Secrets that pods need, by their metadata alone: what is in them is never read."""
    names = sorted({name for entry in target.objects for name in secret_names(entry.document)})
    namespace = target.manifests.namespace
    problems, notes = [], []
    for name in names:
        path = f"/api/v1/namespaces/{namespace}/secrets/{name}"
        try:
            there = await connection.find(path, "see the Secret", accept=METADATA_ONLY)
        except InvalidInputError:
            notes.append(f"The deployment needs the Secret {name!r}; this account may not see whether it is there.")
            continue
        if there is None:
            problems.append(
                f'secret "{name}" not found in the namespace {namespace!r}. Make it once: '
                f"kubectl create secret generic {name} --namespace {namespace} --from-file=token=./token.txt"
            )
    return tuple(problems), tuple(notes)
