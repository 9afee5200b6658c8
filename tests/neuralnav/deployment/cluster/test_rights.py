"""An account with just the rights that are asked about can do everything; without any one of them nothing changes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import httpx
import pytest

from neuralnav.deployment.cluster.answers import NotAllowedError
from neuralnav.deployment.cluster.objects import objects_of
from neuralnav.deployment.cluster.rights import Right, rights_for
from neuralnav.deployment.manifests import Extra, ManifestOptions
from neuralnav.models.deployment import DeploymentTarget, ManifestSet
from tests.doubles.kubernetes_api import Account, Controllers, Fate, KubernetesApi, Rule
from tests.neuralnav.deployment.cluster.places import MakeRuntime, MakeSet

SMALL = ManifestOptions(without=frozenset(Extra))
TOKEN = "restricted"


def rights_of(manifests: ManifestSet) -> tuple[Right, ...]:
    return rights_for(dict.fromkeys(entry.kind for entry in objects_of(manifests, assigns_users=False)))


def account(rights: Iterable[Right]) -> Account:
    """With these rights in the namespace, and no others anywhere."""
    rules = (
        Rule((r.verb,), (r.group,), (f"{r.resource}/{r.subresource}" if r.subresource else r.resource,), "neuralnav")
        for r in rights
    )
    return Account("system:serviceaccount:neuralnav:restricted", tuple(rules))


def without(rights: Iterable[Right], one: Right) -> Account:
    return account(right for right in rights if right != one)


@pytest.mark.parametrize("target", [DeploymentTarget.KSERVE, DeploymentTarget.KUBERNETES, DeploymentTarget.LLM_D])
async def test_the_rights_that_are_asked_about_are_enough_for_everything(
    api: KubernetesApi,
    make_runtime: MakeRuntime,
    controllers: Controllers,
    make_set: MakeSet,
    target: DeploymentTarget,
) -> None:
    manifests = make_set(target, options=ManifestOptions())
    api.accounts[TOKEN] = account(rights_of(manifests))
    api.after_change = controllers.settle
    controllers.fate = lambda pod: Fate.ready(api.url)
    runtime = make_runtime(TOKEN)
    assert (await runtime.preflight(manifests)).problems == ()
    await runtime.apply(manifests)
    async with runtime.client(manifests) as client:
        assert (await client.get("/health")).status_code != httpx.codes.FORBIDDEN
        assert (await client.post("/v1/completions")).status_code != httpx.codes.FORBIDDEN
    controllers.fate = lambda pod: Fate.crashing("the last line")
    controllers.settle()
    state = await runtime.state(manifests)
    assert state.replicas[0].log_tail == ("the last line",)
    assert state.events != ()
    await runtime.remove(manifests)
    assert not any("chatbot" in name for resource, _, name in api.store.objects if resource.kind != "Event")


async def test_without_any_one_right_preflight_names_it_and_nothing_is_applied(
    api: KubernetesApi, make_runtime: MakeRuntime, make_set: MakeSet
) -> None:
    manifests = make_set(options=SMALL)
    rights, runtime = rights_of(manifests), make_runtime(TOKEN)
    assert {right.verb for right in rights} == {"get", "list", "create", "patch", "delete"}
    for right in rights:
        api.accounts[TOKEN] = without(rights, right)
        found = await runtime.preflight(manifests)
        if not right.required:
            assert found.possible, right
            assert any(right.name in note for note in found.notes), right
            continue
        (problem,) = found.problems
        assert right.name in problem
        assert found.changes == ()
        with pytest.raises(NotAllowedError) as refused:
            await runtime.apply(manifests)
        assert right.name in refused.value.detail
    assert api.writes() == []


async def test_without_the_right_to_remove_or_to_see_a_kind_nothing_is_removed(
    api: KubernetesApi, make_runtime: MakeRuntime, make_set: MakeSet
) -> None:
    manifests = make_set(options=SMALL)
    await make_runtime().apply(manifests)
    applied, rights, runtime = len(api.writes()), rights_of(manifests), make_runtime(TOKEN)
    needed = [
        right for right in rights if right.verb in ("delete", "list") and right.resource not in ("pods", "events")
    ]
    for right in needed:
        api.accounts[TOKEN] = without(rights, right)
        with pytest.raises(NotAllowedError, match=right.resource):
            await runtime.remove(manifests)
    assert len(api.writes()) == applied
    assert len(needed) == 2 * len(objects_of(manifests, assigns_users=False))


NEEDED_TO_SEE = ("list pods", "get deployments.apps", "get inferenceservices.serving.kserve.io")
TO_SEE_MORE = ("list events", "get pods/log", "get pods/proxy", "create pods/proxy")


@pytest.mark.parametrize("name", [*NEEDED_TO_SEE, *TO_SEE_MORE])
async def test_looking_without_a_right_fails_clearly_or_shows_less(
    api: KubernetesApi, make_runtime: MakeRuntime, controllers: Controllers, make_set: MakeSet, name: str
) -> None:
    manifests = make_set(DeploymentTarget.KSERVE, replicas=1, options=SMALL)
    rights = rights_of(manifests)
    (right,) = (right for right in rights if right.name == name)
    api.accounts[TOKEN] = without(rights, right)
    await make_runtime().apply(manifests)
    controllers.fate = lambda pod: Fate.ready(api.url)
    controllers.settle()
    version, runtime = api.store.version, make_runtime(TOKEN)
    if name in NEEDED_TO_SEE:
        with pytest.raises(NotAllowedError, match=f"cannot {right.verb} resource"):
            await runtime.state(manifests)
    else:
        state = await runtime.state(manifests)
        assert (state.ready, bool(state.events)) == (1, name != "list events")
    if name != "list pods":
        assert await statuses(runtime, manifests) == (name == "get pods/proxy", name == "create pods/proxy")
    assert api.store.version == version


async def statuses(runtime: Any, manifests: ManifestSet) -> tuple[bool, bool]:
    """Whether reading from a replica and asking it are forbidden."""
    assert await runtime.expositions(manifests) == {}
    async with runtime.client(manifests) as client:
        answers = (await client.get("/health"), await client.post("/v1/completions"))
    read, asked = (answer.status_code == httpx.codes.FORBIDDEN for answer in answers)
    return read, asked


async def test_an_inventory_names_what_it_could_not_see(
    api: KubernetesApi, make_runtime: MakeRuntime, make_set: MakeSet
) -> None:
    unseen = {
        "nodes": "nodes",
        "pods": "pods of all namespaces",
        "resourcequotas": "quotas",
        "storageclasses": "storage classes",
    }
    runtime = make_runtime(TOKEN)
    for resource in unseen:
        rules = (Rule(("list",), ("*",), (other,)) for other in unseen if other != resource)
        api.accounts[TOKEN] = Account("looker", tuple(rules))
        assert (await runtime.inventory("neuralnav", ())).unseen == (unseen[resource],)
    assert api.writes() == []
