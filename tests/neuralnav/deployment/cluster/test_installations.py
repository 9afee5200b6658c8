"""Two installations that derive the same name in one namespace keep their hands off each other's objects."""

from __future__ import annotations

from typing import Any

import pytest

from neuralnav.deployment.manifests import ManifestOptions
from neuralnav.deployment.manifests.workload import INSTALLATION_MARK
from neuralnav.errors import InvalidInputError
from neuralnav.models.deployment import DeploymentTarget, ManifestSet
from neuralnav.models.running import ChangeVerb, FieldConflict
from tests.doubles.kubernetes_api import KubernetesApi
from tests.neuralnav.deployment.cluster.conftest import MINIMAL
from tests.neuralnav.deployment.cluster.places import MakeRuntime, MakeSet, Place

FIRST, SECOND = "0123456789ab", "ba9876543210"
DEPLOYMENTS = "/apis/apps/v1"


def made_by(installation: str | None, make_set: MakeSet, place: Place, **fields: Any) -> ManifestSet:
    options = MINIMAL.model_copy(update={"installation": installation})
    return make_set(namespace=place.namespace, options=options, **fields)


async def objects(place: Place) -> list[Any]:
    """What a deployment has on the cluster, as it is there now."""
    paths = (
        place.path("deployments", "chatbot", DEPLOYMENTS),
        place.path("services", "chatbot"),
        place.path("persistentvolumeclaims", "chatbot-models"),
        place.path("configmaps", "chatbot-dashboard"),
        place.path("networkpolicies", "chatbot", "/apis/networking.k8s.io/v1"),
    )
    return [await place.find(path) for path in paths]


@pytest.mark.parametrize("second", [SECOND, None], ids=["another database", "no database"])
async def test_the_second_is_refused_before_anything_changes_and_removes_nothing_of_the_first(
    place: Place, make_set: MakeSet, second: str | None
) -> None:
    theirs, ours = made_by(FIRST, make_set, place), made_by(second, make_set, place, replicas=1)
    await place.runtime.apply(theirs)
    before = [found["metadata"]["uid"] for found in await objects(place)]
    generation = (await objects(place))[0]["metadata"]["generation"]

    found = await place.runtime.preflight(ours)
    assert not found.possible
    assert found.changes == ()
    assert f"Deployment chatbot is there already in the namespace '{place.namespace}': another NeuralNav" in " ".join(
        found.problems
    )
    assert all(f"(installation {FIRST}) has it, so it is left alone" in problem for problem in found.problems)
    with pytest.raises(InvalidInputError, match="another NeuralNav"):
        await place.runtime.apply(ours, take_over=(FieldConflict(field="spec.replicas", manager="neuralnav"),))
    assert (await place.runtime.state(ours)).wanted == 0
    await place.runtime.remove(ours)

    after = await objects(place)
    assert [found["metadata"]["uid"] for found in after] == before
    assert not any("deletionTimestamp" in found["metadata"] for found in after)
    assert after[0]["metadata"]["generation"] == generation
    assert {c.verb for c in (await place.runtime.preflight(theirs)).changes} == {ChangeVerb.UNCHANGED}


async def test_what_carries_no_mark_is_no_installations_own(place: Place, make_set: MakeSet) -> None:
    await place.runtime.apply(made_by(None, make_set, place))
    ours = made_by(FIRST, make_set, place)
    found = await place.runtime.preflight(ours)
    assert found.problems
    assert all("is there already" in problem and "is not this deployment's" in problem for problem in found.problems)
    await place.runtime.remove(ours)
    assert not any("deletionTimestamp" in there["metadata"] for there in await objects(place))


async def test_each_objects_own_mark_decides_whether_it_goes(place: Place, make_set: MakeSet) -> None:
    theirs, ours = made_by(FIRST, make_set, place), made_by(SECOND, make_set, place)
    await place.runtime.apply(theirs)
    for path in (place.path("deployments", "chatbot", DEPLOYMENTS), place.path("services", "chatbot")):
        live = await place.find(path)
        assert live is not None
        labels = {INSTALLATION_MARK: SECOND}
        document = {key: live[key] for key in ("apiVersion", "kind")} | {
            "metadata": {"name": "chatbot", "labels": labels}
        }
        await place.apply_as("somebody", path, document, force=True)
    await place.runtime.remove(ours)
    deployment, service, *others = await objects(place)
    assert all(found is None or "deletionTimestamp" in found["metadata"] for found in (deployment, service))
    assert not any("deletionTimestamp" in found["metadata"] for found in others)


@pytest.mark.parametrize("target", [DeploymentTarget.KSERVE, DeploymentTarget.LLM_D])
async def test_every_object_of_kserve_and_llm_d_is_refused_alike(
    api: KubernetesApi, make_runtime: MakeRuntime, make_set: MakeSet, target: DeploymentTarget
) -> None:
    runtime = make_runtime()
    theirs, ours = (make_set(target, options=ManifestOptions(installation=whose)) for whose in (FIRST, SECOND))
    await runtime.apply(theirs)
    found = await runtime.preflight(ours)
    assert len(found.problems) == len([file for file in ours.files if file.path.endswith(".yaml")]) - 1
    assert all("another NeuralNav" in problem for problem in found.problems)
