"""Deployments are put in place, changed and taken away on a cluster, and nothing else is."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from neuralnav.deployment.cluster.answers import ConflictsError, NotAllowedError
from neuralnav.deployment.cluster.connection import Connection
from neuralnav.deployment.manifests import Extra, ManifestOptions
from neuralnav.errors import InvalidInputError, UnavailableError
from neuralnav.models.deployment import DeploymentTarget, EngineMode, ManifestFile, ManifestSet
from neuralnav.models.running import ChangeVerb, FieldConflict
from tests.doubles.kubernetes_api import Account, Controllers, KubernetesApi, Rule
from tests.neuralnav.deployment.cluster.places import MakeRuntime, MakeSet, Place

DEPLOYMENTS = "/apis/apps/v1"
FULL = ManifestOptions()

ANY_FIELD = (FieldConflict(field="spec.ports", manager="kubectl"),)


async def is_gone(place: Place, path: str) -> bool:
    found = await place.find(path)
    return found is None or "deletionTimestamp" in found["metadata"]


async def test_a_deployment_is_tried_applied_and_the_same_again_changes_nothing(
    place: Place, make_set: MakeSet
) -> None:
    manifests = make_set(namespace=place.namespace)
    before = await place.runtime.preflight(manifests)
    assert before.problems == ()
    assert {change.verb for change in before.changes} == {ChangeVerb.CREATE}
    assert await place.find(place.path("deployments", "chatbot", DEPLOYMENTS)) is None

    await place.runtime.apply(manifests)
    made = await place.find(place.path("deployments", "chatbot", DEPLOYMENTS))
    assert made is not None
    assert made["spec"]["template"]["spec"]["securityContext"]["runAsUser"] == 2000

    after = await place.runtime.preflight(manifests)
    assert {change.verb for change in after.changes} == {ChangeVerb.UNCHANGED}
    await place.runtime.apply(manifests)
    again = await place.find(place.path("deployments", "chatbot", DEPLOYMENTS))
    assert again is not None
    assert again["metadata"]["generation"] == made["metadata"]["generation"]


async def test_a_change_is_shown_as_a_diff_and_takes_away_what_only_the_old_revision_had(
    place: Place, make_set: MakeSet
) -> None:
    old = make_set(namespace=place.namespace)
    smaller = ManifestOptions(shared_storage_class="standard", without=frozenset(Extra))
    new = make_set(namespace=place.namespace, replicas=1, options=smaller, engine={"max_num_seqs": 64})
    await place.runtime.apply(old)
    found = await place.runtime.preflight(new, replaces=old)
    assert found.problems == ()
    verbs = {(change.kind, change.verb) for change in found.changes}
    assert ("Deployment", ChangeVerb.UPDATE) in verbs
    assert ("NetworkPolicy", ChangeVerb.DELETE) in verbs
    diff = next(change.diff for change in found.changes if change.kind == "Deployment")
    assert "-  replicas: 2" in diff
    assert "+  replicas: 1" in diff
    assert not any("managedFields" in line or "resourceVersion" in line for line in diff)

    await place.runtime.apply(new, replaces=old)
    assert await is_gone(place, place.path("networkpolicies", "chatbot", "/apis/networking.k8s.io/v1"))
    assert not await is_gone(place, place.path("deployments", "chatbot", DEPLOYMENTS))
    await place.runtime.remove(new)
    assert await is_gone(place, place.path("deployments", "chatbot", DEPLOYMENTS))


async def test_objects_that_somebody_else_made_are_refused_and_left_as_they_are(
    place: Place, make_set: MakeSet
) -> None:
    path = place.path("services", "chatbot")
    theirs = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "chatbot"},
        "spec": {"ports": [{"port": 1, "protocol": "TCP"}], "selector": {"app": "theirs"}},
    }
    await place.apply_as("kubectl", path, theirs)
    manifests = make_set(namespace=place.namespace)
    found = await place.runtime.preflight(manifests)
    assert "Service chatbot is there already" in " ".join(found.problems)
    with pytest.raises(InvalidInputError, match="Service chatbot is there already"):
        await place.runtime.apply(manifests, take_over=ANY_FIELD)
    assert await place.find(place.path("deployments", "chatbot", DEPLOYMENTS)) is None
    await place.runtime.remove(manifests)
    kept = await place.find(path)
    assert kept is not None
    assert kept["spec"]["selector"] == {"app": "theirs"}


async def test_a_field_of_another_tool_is_shown_and_taken_only_when_that_was_approved(
    place: Place, make_set: MakeSet
) -> None:
    manifests = make_set(namespace=place.namespace)
    await place.runtime.apply(manifests)
    path = place.path("deployments", "chatbot", DEPLOYMENTS)
    scaled = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "chatbot"}, "spec": {"replicas": 7}}
    await place.apply_as("argocd", path, scaled, force=True)
    found = await place.runtime.preflight(manifests)
    assert found.possible
    assert found.conflicts == (FieldConflict(field="spec.replicas", manager="argocd"),)
    with pytest.raises(ConflictsError, match="argocd"):
        await place.runtime.apply(manifests)
    kept = await place.find(path)
    assert kept is not None
    assert kept["spec"]["replicas"] == 7
    await place.runtime.apply(manifests, take_over=found.conflicts)
    taken = await place.find(path)
    assert taken is not None
    assert taken["spec"]["replicas"] == 2


async def test_a_field_that_another_tool_takes_after_the_approval_is_not_taken_with_those_that_were_approved(
    place: Place, make_set: MakeSet
) -> None:
    manifests = make_set(namespace=place.namespace)
    await place.runtime.apply(manifests)
    deployment, service = place.path("deployments", "chatbot", DEPLOYMENTS), place.path("services", "chatbot")
    scaled = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "chatbot"}, "spec": {"replicas": 7}}
    await place.apply_as("argocd", deployment, scaled, force=True)
    approved = (await place.runtime.preflight(manifests)).conflicts
    ports = ((await place.find(service)) or {})["spec"]["ports"]
    moved = [{name: port[name] for name in ("port", "protocol")} | {"targetPort": 9999} for port in ports]
    theirs = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "chatbot"}, "spec": {"ports": moved}}
    await place.apply_as("argocd", service, theirs, force=True)
    with pytest.raises(ConflictsError, match=r"set fields of Service chatbot .*targetPort.* \(argocd\)") as caught:
        await place.runtime.apply(manifests, take_over=approved)
    assert not set(caught.value.conflicts) & set(approved)
    assert ((await place.find(deployment)) or {})["spec"]["replicas"] == 7
    assert ((await place.find(service)) or {})["spec"]["ports"][0]["targetPort"] == 9999
    await place.runtime.apply(manifests, take_over=(await place.runtime.preflight(manifests)).conflicts)
    assert ((await place.find(deployment)) or {})["spec"]["replicas"] == 2
    assert ((await place.find(service)) or {})["spec"]["ports"][0]["targetPort"] != 9999


@pytest.mark.parametrize(
    ("target", "mode"),
    [
        (DeploymentTarget.KSERVE, EngineMode.VLLM),
        (DeploymentTarget.KUBERNETES, EngineMode.SIMULATOR),
        (DeploymentTarget.LLM_D, EngineMode.VLLM),
    ],
)
async def test_every_target_is_applied_whole_and_taken_away_whole(
    api: KubernetesApi,
    controllers: Controllers,
    make_runtime: MakeRuntime,
    make_set: MakeSet,
    target: DeploymentTarget,
    mode: EngineMode,
) -> None:
    runtime = make_runtime()
    api.after_change = controllers.settle
    manifests = make_set(target, mode=mode, options=FULL)
    found = await runtime.preflight(manifests)
    assert found.problems == ()
    await runtime.apply(manifests)
    assert (await runtime.state(manifests)).is_ready
    assert {change.verb for change in (await runtime.preflight(manifests)).changes} == {ChangeVerb.UNCHANGED}
    await runtime.remove(manifests)
    left = [key[2] for key in api.store.objects if "chatbot" in key[2] and key[0].kind != "Event"]
    assert left == []


async def test_a_crash_between_any_two_steps_and_another_try_apply_once(
    api: KubernetesApi, make_runtime: MakeRuntime, make_set: MakeSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    runtime = make_runtime()
    bare = ManifestOptions(shared_storage_class="standard", without=frozenset(Extra))
    old, new = make_set(), make_set(replicas=1, options=bare)
    send = Connection._call
    for steps in itertools.count(1):
        api.reset()
        api.node("node", gpus=8)
        await runtime.apply(old)
        left = iter(range(steps))

        def dies(self: Connection, call: Any, left: Any = left) -> Any:
            changing = call.method in ("PATCH", "DELETE") and "dryRun" not in call.query
            if changing and next(left, None) is None:
                raise KeyboardInterrupt
            return send(self, call)

        monkeypatch.setattr(Connection, "_call", dies)
        try:
            await runtime.apply(new, replaces=old)
            finished = True
        except KeyboardInterrupt:
            finished = False
        monkeypatch.setattr(Connection, "_call", send)
        await runtime.apply(new, replaces=old)
        verbs = {change.verb for change in (await runtime.preflight(new, replaces=old)).changes}
        assert verbs == {ChangeVerb.UNCHANGED}
        assert api.get("Deployment", "chatbot")["metadata"]["generation"] == 2
        if finished:
            return


async def test_an_account_without_the_rights_is_told_so_before_anything_changes(
    api: KubernetesApi, make_runtime: MakeRuntime, make_set: MakeSet
) -> None:
    looks = Rule(("get", "list", "watch"), ("*",), ("*",), "neuralnav")
    api.accounts["restricted"] = Account("system:serviceaccount:neuralnav:restricted", (looks,))
    runtime = make_runtime("restricted")
    found = await runtime.preflight(make_set())
    assert not found.possible
    assert "create deployments.apps" in found.problems[0]
    assert "get pods/log" not in found.problems[0]
    with pytest.raises(NotAllowedError, match="patch services"):
        await runtime.apply(make_set())
    api.accounts["nothing"] = Account("nobody", ())
    with pytest.raises(NotAllowedError, match="lacks rights"):
        await make_runtime("nothing").apply(make_set())
    with pytest.raises(NotAllowedError, match='User "nobody" cannot'):
        await make_runtime("nothing").state(make_set())
    with pytest.raises(NotAllowedError, match="list"):
        await make_runtime("nothing").remove(make_set())
    assert api.writes() == []
    await make_runtime().apply(make_set())
    done = len(api.writes())
    with pytest.raises(NotAllowedError, match=r"to remove the deployment: delete configmaps, delete deployments\.apps"):
        await runtime.remove(make_set())
    assert len(api.writes()) == done


async def test_kinds_that_are_not_installed_are_named_and_only_monitoring_is_left_out(
    api: KubernetesApi, runtime: Any, make_set: MakeSet
) -> None:
    manifests = make_set(DeploymentTarget.KSERVE, options=FULL)
    api.missing = frozenset({"monitoring.coreos.com"})
    found = await runtime.preflight(manifests)
    assert found.problems == ()
    assert "PodMonitor, PrometheusRule will be left out: the Prometheus operator is not installed" in found.notes[0]
    assert "PodMonitor" not in {change.kind for change in found.changes}
    await runtime.apply(manifests)
    api.missing = frozenset({"keda.sh", "serving.kserve.io"})
    problems = " ".join((await runtime.preflight(manifests)).problems)
    assert "Have KEDA installed" in problems
    assert "Have KServe installed" in problems


async def test_openshift_gets_no_user(api: KubernetesApi, runtime: Any, make_set: MakeSet) -> None:
    api.openshift = True
    await runtime.apply(make_set())
    assert "runAsUser" not in api.get("Deployment", "chatbot")["spec"]["template"]["spec"]["securityContext"]


async def test_policy_is_asked_before_the_cluster_is_looked_at(
    api: KubernetesApi, make_runtime: MakeRuntime, make_set: MakeSet
) -> None:
    from neuralnav.deployment.cluster.policy import Policy

    elsewhere = make_set(namespace="kube-system")
    runtime = make_runtime(policy=Policy(max_gpus=1, registries=("quay.io/approved",)))
    problems = " ".join((await runtime.preflight(elsewhere)).problems)
    assert "'kube-system' is not allowed" in problems
    assert "may take 2 GPUs; 1 are allowed" in problems
    assert "docker.io/vllm/vllm-openai" in problems
    with pytest.raises(InvalidInputError, match="kube-system"):
        await runtime.apply(elsewhere)
    with pytest.raises(InvalidInputError, match="nothing is removed"):
        await runtime.remove(elsewhere)
    assert api.requests == []
    trusting = make_set(
        model={"trust_remote_code": True}, options=FULL.model_copy(update={"allow_trust_remote_code": True})
    )
    assert "--trust-remote-code" in (await make_runtime().preflight(trusting)).problems[0]


async def test_what_is_being_removed_is_not_applied_to(
    api: KubernetesApi, controllers: Controllers, runtime: Any, make_set: MakeSet
) -> None:
    manifests = make_set()
    await runtime.apply(manifests)
    controllers.settle()
    await runtime.remove(manifests)
    assert "deletionTimestamp" in api.get("Deployment", "chatbot")["metadata"]
    assert (await runtime.state(manifests)).wanted == 0
    with pytest.raises(UnavailableError, match="still being removed"):
        await runtime.apply(manifests)
    controllers.settle()
    await runtime.apply(manifests)
    assert api.get("Deployment", "chatbot")["metadata"]["generation"] == 1


def test_a_set_that_holds_other_objects_is_refused(make_set: MakeSet) -> None:
    from neuralnav.deployment.cluster.objects import objects_of

    good = make_set()
    for extra, told in (
        ("apiVersion: v1\nkind: Secret\nmetadata: {name: x, namespace: neuralnav}\n", "'Secret'"),
        ("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x, namespace: other}\n", "metadata.namespace"),
        ("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x, namespace: neuralnav}\n", "metadata.labels"),
        ("a: 1\n---\nb: 2\n", "one YAML document"),
    ):
        files = (*good.files, ManifestFile(path="extra.yaml", text=extra))
        broken = ManifestSet(**(dict(good) | {"files": files}))
        with pytest.raises(InvalidInputError, match=told):
            objects_of(broken, assigns_users=False)
