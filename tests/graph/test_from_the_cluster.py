"""“Use what my cluster has”: the specification keeps to what is free there, and says where that comes from."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from neuralnav.models.specification import DeploymentSpecification
from neuralnav.settings import Settings
from tests.doubles.kubernetes_api import ADMIN, Account, KubernetesApi, Rule
from tests.graph.conftest import Talk

NEED = "I need a chatbot for 100 users"
TalkWith = Callable[..., Talk]


@pytest.fixture(scope="module")
def api() -> Iterator[KubernetesApi]:
    """Two nodes of four L4 each, one of them in use, and accounts that may see less."""
    with KubernetesApi() as api:
        for name in ("one", "two"):
            api.node(name, gpus=4)
        container = {"name": "x", "image": "x", "resources": {"limits": {"nvidia.com/gpu": "1"}}}
        busy: dict[str, Any] = {"spec": {"nodeName": "one", "containers": [container]}, "status": {"phase": "Running"}}
        api.put("Pod", "busy", busy, "default")
        namespaced = Rule(("*",), ("*",), ("*",), "neuralnav")
        api.accounts["inside"] = Account("inside", (namespaced,))
        api.accounts["nodes"] = Account("nodes", (namespaced, Rule(("list",), ("",), ("nodes",))))
        yield api


@pytest.fixture
def on_the_cluster(api: KubernetesApi, settings: Settings, tmp_path: Path, talk_with: TalkWith) -> Callable[..., Talk]:
    """A conversation whose cluster is the double, by one of its accounts."""

    def talk(account: str = ADMIN) -> Talk:
        kubeconfig = str(api.kubeconfig(tmp_path, account))
        return talk_with(settings=settings.model_copy(update={"kubeconfig": kubeconfig}))

    return talk


def specification_of(talk: Talk) -> DeploymentSpecification:
    return DeploymentSpecification.model_validate(talk.state["specification"])


def constraints(talk: Talk) -> tuple[list[str], int | None, int | None]:
    found = specification_of(talk).constraints
    return list(found.available_gpus or ()), found.max_gpus, found.max_tensor_parallel


async def test_a_plan_keeps_to_what_is_free_and_says_where_that_comes_from(on_the_cluster: TalkWith) -> None:
    talk = await on_the_cluster().say(NEED)
    await talk.say("use what my cluster has")
    assert talk.kind == "review_specification"
    assert constraints(talk) == (["L4"], 7, 4)
    assert "from the cluster" in talk.heard[-1]
    assert specification_of(talk).evidence["max_gpus"].startswith("from the cluster ")
    assert talk.asked
    assert "*From the cluster" in talk.asked.prompt
    assert {edit.field for edit in specification_of(talk).edits} == {
        "available_gpus",
        "max_gpus",
        "max_tensor_parallel",
    }
    await talk.say("confirm")
    assert talk.asked.data["options"]
    assert {one["option"]["gpu_type"] for one in talk.asked.data["options"]} == {"L4"}
    await talk.say("at most 2 GPUs")
    assert constraints(talk) == (["L4"], 2, 4)
    assert not specification_of(talk).evidence["max_gpus"].startswith("from the cluster")


async def test_it_can_be_supposed_at_the_options_and_said_there(on_the_cluster: TalkWith) -> None:
    talk = await on_the_cluster().say(NEED)
    await talk.say("confirm")
    await talk.say("what if we use what our cluster has?")
    assert talk.kind == "present_options"
    assert "Now" in talk.heard[-1]
    assert constraints(talk) == ([], None, None)
    await talk.say("ok, only the GPUs that are free in our cluster, and 2000 users")
    assert talk.kind == "present_options"
    assert constraints(talk) == (["L4"], 7, 4)
    assert specification_of(talk).intent.user_count == 2000


async def test_it_is_understood_in_the_first_words_and_beside_an_answer(on_the_cluster: TalkWith) -> None:
    talk = await on_the_cluster().say("a chatbot for 500 people, use what our cluster has but at most 3 GPUs")
    assert talk.kind == "review_specification"
    assert constraints(talk) == (["L4"], 3, 4)
    answering = await on_the_cluster("nodes").say("a chatbot please")
    assert answering.kind == "clarify"
    await answering.say("500 users, and plan for our cluster")
    assert constraints(answering) == (["L4"], 8, 4)
    assert answering.asked
    assert "may not list pods" in answering.asked.prompt


async def test_what_cannot_be_seen_is_said_and_nothing_changes(on_the_cluster: TalkWith) -> None:
    talk = await on_the_cluster("inside").say(NEED)
    before = talk.state["specification"]
    await talk.say("use what my cluster has")
    assert talk.kind == "review_specification"
    assert "an account that may list nodes" in talk.heard[-1]
    assert talk.state["specification"] == before
    excluding = await on_the_cluster().say(f"{NEED}, no L4")
    await excluding.say("use what my cluster has")
    assert "no free GPU to plan with" in excluding.heard[-1]


async def test_without_a_cluster_that_is_said_and_nothing_changes(
    talk: Talk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    await talk.say(f"{NEED}. Use what my cluster has.")
    assert talk.kind == "review_specification"
    assert "No cluster is configured" in talk.heard[0]
    before = talk.state["specification"]
    await talk.say("use only the GPUs in our cluster")
    assert "No cluster is configured" in talk.heard[-1]
    assert talk.state["specification"] == before
