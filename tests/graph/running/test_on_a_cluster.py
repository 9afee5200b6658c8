"""From a sentence to a checked deployment on a cluster: the Kubernetes double, with a real simulator for each pod."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from uuid import uuid4

import pytest

from graph.application import open_application
from graph.checkpoints import CheckpointReply
from graph.watching import tell
from neuralnav.models.deployment import Delivery, DeploymentTarget, EngineMode
from neuralnav.settings import LOCAL_USER, Settings
from tests.doubles.kubernetes_api import Account, Controllers, Fate, KubernetesApi, Rule
from tests.graph.conversing import hold
from tests.graph.running.conftest import told_in_the_log
from tests.graph.running.test_on_this_machine import APPROVE, TO_APPROVAL, name_of
from tests.simulator.api.conftest import Simulator, start

__all__ = ["start"]

pytestmark = pytest.mark.database

Start = Callable[..., AbstractContextManager[Simulator]]
MODEL = "Qwen/Qwen3-4B-Instruct-2507-FP8"
CHOSEN = ("--gpu=H100", "--max-model-len=4096")
"""What the plan for the sentence starts, with ``MODEL``."""
STATUS = CheckpointReply(action="status")


@pytest.fixture
def api() -> Iterator[KubernetesApi]:
    with KubernetesApi() as api:
        api.node("gpus", gpus=8)
        yield api


@pytest.fixture
def on_the_cluster(settings: Settings, api: KubernetesApi, tmp_path: Path) -> Settings:
    """KServe on the double; simulators, as no GPU is there."""
    return settings.model_copy(
        update={
            "delivery": Delivery.RUN,
            "target": DeploymentTarget.KSERVE,
            "mode": EngineMode.SIMULATOR,
            "kubeconfig": str(api.kubeconfig(tmp_path)),
            "ready_patience_s": 2.0,
        }
    )


def served_by(api: KubernetesApi, simulator: Simulator) -> None:
    """Every pod becomes ready, and ``simulator`` answers for it."""
    controllers = Controllers(api, fate=lambda _pod: Fate.ready(simulator.url))
    api.after_change = controllers.settle


async def test_a_sentence_becomes_a_checked_service(on_the_cluster: Settings, api: KubernetesApi, start: Start) -> None:
    thread = str(uuid4())
    with start(*CHOSEN, model=MODEL) as simulator:
        served_by(api, simulator)
        async with open_application(on_the_cluster) as application:
            proposed = await hold(application, thread, *TO_APPROVAL)
            assert proposed.checkpoint is not None
            assert "InferenceService/" in proposed.checkpoint.prompt
            deployed = await hold(application, thread, APPROVE)
            assert deployed.state == "operate", deployed.messages
            assert "within every target" in deployed.messages[-1]
            status = await hold(application, thread, STATUS)
            assert "TTFT at p95" in status.messages[-1]
            ended = await hold(application, thread, CheckpointReply(action="retire"), APPROVE)
            assert ended.checkpoint is None
            assert api.names("InferenceService") == []
            assert await told_in_the_log(application, name_of(proposed)) == [
                "deployment approved",
                "applied",
                "passed its checks",
                "end approved",
                "removed",
            ]


async def test_a_service_that_is_not_ready_in_time_is_checked_later_and_removed_if_it_is_too_slow(
    on_the_cluster: Settings, api: KubernetesApi, start: Start
) -> None:
    thread = str(uuid4())
    starting = Controllers(api, fate=lambda _pod: Fate.starting())
    api.after_change = starting.settle
    async with open_application(on_the_cluster) as application:
        waiting = await hold(application, thread, *TO_APPROVAL, APPROVE)
        assert waiting.state == "operate", waiting.messages
        assert "checked as soon as it is ready" in waiting.messages[-1]
        assert await application.watcher.look() == ()
        with start(*CHOSEN, "--fault-slow-tokens=8", model=MODEL) as slow:
            starting.fate = lambda _pod: Fate.ready(slow.url)
            starting.settle()
            (word,) = await application.watcher.look()
            assert word.reason == "ready"
            assert await tell(application.conversations, word)
            stands = await application.conversations.present(thread, LOCAL_USER)
        assert stands.state == "failed"
        assert stands.checkpoint is not None
        assert "What it created was removed." in stands.checkpoint.prompt
        assert api.names("InferenceService") == []


async def test_an_account_without_rights_changes_nothing_and_says_what_is_missing(
    on_the_cluster: Settings, api: KubernetesApi, tmp_path: Path
) -> None:
    api.accounts["reader"] = Account("reader", (Rule(("get", "list"), ("*",), ("*",)),))
    restricted = on_the_cluster.model_copy(update={"kubeconfig": str(api.kubeconfig(tmp_path, "reader"))})
    async with open_application(restricted) as application:
        refused = await hold(application, str(uuid4()), *TO_APPROVAL)
    assert refused.state == "failed"
    assert refused.checkpoint is not None
    assert "create" in refused.checkpoint.prompt
    assert api.writes() == []
