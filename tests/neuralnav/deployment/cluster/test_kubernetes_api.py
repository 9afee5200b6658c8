"""What NeuralNav relies on of a Kubernetes API. The double has to pass what a real cluster passes."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import httpx
import pytest

from neuralnav.deployment.cluster.answers import ConflictsError
from neuralnav.deployment.cluster.connection import Document
from neuralnav.deployment.cluster.runtime import ClusterRuntime
from neuralnav.deployment.cluster.waiting import Watched, changes
from neuralnav.errors import InvalidInputError
from neuralnav.models.running import FieldConflict
from tests.doubles.kubernetes_api import KubernetesApi
from tests.neuralnav.deployment.cluster.places import Place


def config_map(data: dict[str, str], **metadata: Any) -> Document:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "notes"} | metadata, "data": data}


async def applied_by(place: Place, manager: str, document: Document, *, force: bool = False) -> Document:
    return await place.apply_as(manager, place.path("configmaps", "notes"), document, force=force)


async def test_a_dry_run_answers_with_the_object_and_stores_nothing(place: Place) -> None:
    path = place.path("configmaps", "notes")
    made = await place.connection.apply(path, config_map({"a": "1"}), doing="try", dry_run=True)
    assert made["data"] == {"a": "1"}
    assert made["metadata"]["uid"]
    assert await place.find(path) is None


async def test_applying_the_same_again_changes_nothing(place: Place) -> None:
    first = await applied_by(place, "neuralnav", config_map({"a": "1"}, labels={"x": "y"}))
    again = await applied_by(place, "neuralnav", config_map({"a": "1"}, labels={"x": "y"}))
    assert first["metadata"]["resourceVersion"] == again["metadata"]["resourceVersion"]


async def test_a_field_that_is_no_longer_applied_goes_unless_somebody_else_applies_it(place: Place) -> None:
    await applied_by(place, "neuralnav", config_map({"a": "1", "b": "2", "c": "3"}, labels={"x": "y"}))
    await applied_by(place, "other", config_map({"b": "2"}))
    left = await applied_by(place, "neuralnav", config_map({"c": "3"}))
    assert left["data"] == {"b": "2", "c": "3"}
    assert "labels" not in left["metadata"]


async def test_a_field_of_another_manager_is_a_conflict_that_names_both(place: Place) -> None:
    await applied_by(place, "argocd", config_map({"a": "1", "b": "2"}))
    with pytest.raises(ConflictsError) as raised:
        await applied_by(place, "neuralnav", config_map({"a": "9", "b": "2"}))
    assert raised.value.conflicts == (FieldConflict(field="data.a", manager="argocd"),)
    taken = await applied_by(place, "neuralnav", config_map({"a": "9", "b": "2"}), force=True)
    assert taken["data"]["a"] == "9"


async def test_a_field_that_the_kind_does_not_have_is_refused(place: Place) -> None:
    with pytest.raises(InvalidInputError, match=r"\.colour: field not declared in schema"):
        await applied_by(place, "neuralnav", config_map({}) | {"colour": "red"})


async def test_a_name_that_cannot_be_is_refused_with_the_rule(place: Place) -> None:
    document = config_map({}) | {"metadata": {"name": "Bad_Name"}}
    with pytest.raises(InvalidInputError, match="lowercase RFC 1123 subdomain"):
        await place.connection.apply(place.path("configmaps", "Bad_Name"), document, doing="apply", dry_run=True)


async def test_deleting_takes_the_object_with_the_uid_and_no_other(place: Place) -> None:
    path = place.path("configmaps", "notes")
    made = await applied_by(place, "neuralnav", config_map({"a": "1"}))
    with pytest.raises(InvalidInputError, match="UID in the precondition"):
        await place.connection.delete(path, "another-uid", doing="remove", policy="Background")
    await place.connection.delete(path, made["metadata"]["uid"], doing="remove", policy="Background")
    assert await place.find(path) is None
    await place.connection.delete(path, made["metadata"]["uid"], doing="remove", policy="Background")


async def test_lists_are_selected_by_labels_and_come_in_pages(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("neuralnav.deployment.cluster.connection.PAGE", 2)
    for number in range(5):
        name = f"notes-{number}"
        document = config_map({}, name=name, labels={"kind": "even" if number % 2 == 0 else "odd"})
        await place.connection.apply(place.path("configmaps", name), document, doing="apply", dry_run=False)
    found = await place.connection.all_of(place.path("configmaps"), "list", query={"labelSelector": "kind=even"})
    assert [document["metadata"]["name"] for document in found] == ["notes-0", "notes-2", "notes-4"]


async def test_a_change_is_told_to_who_waits_for_it(place: Place) -> None:
    told = []

    async def wait() -> None:
        async for _ in changes(place.connection, [Watched(place.path("configmaps"))], 10):
            told.append(len(told))
            if len(told) == 1:
                change.set()
            else:
                return

    change = asyncio.Event()
    waiting = asyncio.create_task(wait())
    await change.wait()
    number = 0
    while not waiting.done() and number < 100:
        number += 1
        await applied_by(place, "neuralnav", config_map({"a": str(number)}))
    await asyncio.wait_for(waiting, 10)
    assert told == [0, 1]


async def test_a_watch_from_a_forgotten_version_is_answered_with_410(
    api: KubernetesApi, runtime: ClusterRuntime
) -> None:
    api.store.compact()
    query = {"watch": "true", "resourceVersion": "1", "timeoutSeconds": "1"}
    async with runtime.connection.http("", httpx.Timeout(5)) as client:
        answer = await client.get("/api/v1/namespaces/neuralnav/configmaps", params=query)
    event = json.loads(answer.text)
    assert (event["type"], event["object"]["code"], event["object"]["reason"]) == ("ERROR", 410, "Expired")


async def test_a_key_that_is_given_twice_is_refused(api: KubernetesApi, runtime: ClusterRuntime) -> None:
    query = {"fieldManager": "neuralnav", "fieldValidation": "Strict"}
    kind = {"Content-Type": "application/apply-patch+yaml"}
    body = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: notes}\ndata:\n  a: '1'\n  a: '2'\n"
    async with runtime.connection.http("", httpx.Timeout(5)) as client:
        path = "/api/v1/namespaces/neuralnav/configmaps/notes"
        answer = await client.patch(path, params=query, content=body, headers=kind)
    assert answer.status_code == 400
    assert 'key "a" already set in map' in answer.json()["message"]
