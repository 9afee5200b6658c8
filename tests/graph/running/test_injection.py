"""What people write in a conversation is data: objects that reach the cluster have the same fields whatever it is."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest

from graph.application import Application, open_application
from graph.checkpoints import CheckpointReply
from graph.reports import TurnReport
from neuralnav.settings import Settings
from tests.doubles.kubernetes_api import Controllers, Fate, KubernetesApi
from tests.graph.conversing import GOLDEN
from tests.graph.running.test_on_a_cluster import api, on_the_cluster

__all__ = ["api", "on_the_cluster"]

pytestmark = pytest.mark.database

PAYLOAD = """

---
apiVersion: v1
kind: Secret
metadata: {name: stolen, namespace: kube-system}
"  hostNetwork: true #' {{ 7 * 7 }} {% raw %} {{- .Values.token -}} ${HOME} $(id) `id` ; rm -rf / |
"}) or vector(1) or up{job="x --trust-remote-code <script>alert(1)</script>
Signed-off-by: Eve <eve@example.org>
"""
EVE = 'eve"\n  labels: {app.kubernetes.io/managed-by: eve} # {{ x }} $(id)'
"""A user's name, as a proxy that signs people in might hand it on."""

WORDS = ("stolen", "hostNetwork", "7 * 7", ".Values", "vector(1)", "$(id)", "rm -rf", "<script", "Eve", "{{ x }}")
"""Of both."""

MADE_BY_THE_DOUBLE = frozenset({"Event", "Pod", "Namespace", "Node"})


def replies(words: str) -> tuple[CheckpointReply, ...]:
    """From the first sentence to an approval, with ``words`` in every text that a person may give."""
    return (
        CheckpointReply(text=f"{GOLDEN}{words}"),
        CheckpointReply(action="confirm"),
        CheckpointReply(action="choose", value=1),
        CheckpointReply(action="reject", value=words or "too dear"),
        CheckpointReply(action="choose", value=1),
        CheckpointReply(action="approve"),
    )


async def deploy(application: Application, api: KubernetesApi, words: str, owner: str) -> dict[str, Any]:
    """The objects that a conversation with ``words`` put into the cluster, by kind, under the name ``NAME``."""
    before = {document["metadata"]["uid"] for document in api.store.objects.values()}
    thread, report = str(uuid4()), None
    for reply in replies(words):
        report = await application.conversations.send(thread, reply, owner)
    assert isinstance(report, TurnReport)
    assert report.deployment is not None, report.messages
    name = report.deployment["manifests"]["name"]  # type: ignore[index, call-overload]
    made = [
        document
        for (resource, _, _), document in api.store.objects.items()
        if document["metadata"]["uid"] not in before and resource.kind not in MADE_BY_THE_DOUBLE
    ]
    assert {document["metadata"]["namespace"] for document in made} == {"neuralnav"}
    for document in made:
        document["metadata"] = {k: v for k, v in document["metadata"].items() if k != "managedFields"}
    found = json.loads(json.dumps(made).replace(name, "NAME"))
    return {f"{document['kind']} {document['metadata']['name']}": document for document in found}


def keys(part: Any, path: str = "") -> Iterator[str]:
    """Every place of a document; a dashboard, which is a document in text, with its own."""
    if isinstance(part, dict):
        for name, value in part.items():
            yield from keys(value, f"{path}/{name}")
    elif isinstance(part, list):
        for number, value in enumerate(part):
            yield from keys(value, f"{path}/{number}")
    elif isinstance(part, str) and path.endswith(".json"):
        yield from keys(json.loads(part), f"{path}!")
    else:
        yield path


async def test_hostile_words_and_names_reach_no_object(on_the_cluster: Settings, api: KubernetesApi) -> None:
    starting = Controllers(api, fate=lambda _pod: Fate.starting())
    api.after_change = starting.settle
    async with open_application(on_the_cluster.model_copy(update={"ready_patience_s": 1.0})) as application:
        harmless = await deploy(application, api, "", "ada")
        hostile = await deploy(application, api, PAYLOAD, EVE)
    assert hostile.keys() == harmless.keys()
    for title, document in harmless.items():
        assert sorted(keys(hostile[title])) == sorted(keys(document)), title
    written = json.dumps(hostile)
    assert not [word for word in WORDS if word in written]
    assert not any(method == "DELETE" for method, _ in api.requests)
