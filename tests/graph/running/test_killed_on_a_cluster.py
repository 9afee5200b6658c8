"""A process that is killed while it changes a cluster: whoever opens the conversation next finishes it, once."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest

from graph.application import open_application
from graph.checkpoints import CheckpointReply
from neuralnav.settings import LOCAL_USER, Settings
from tests.doubles.kubernetes_api import KubernetesApi
from tests.graph.conversing import SCRIPT
from tests.graph.running.conftest import told_in_the_log
from tests.graph.running.test_killed_while_deploying import RETIRE, die, name_of
from tests.graph.running.test_on_a_cluster import CHOSEN, MODEL, api, on_the_cluster, served_by, start
from tests.graph.running.test_on_this_machine import APPROVE
from tests.simulator.api.conftest import Simulator
from tests.warm_python import WarmPython

__all__ = ["api", "on_the_cluster", "start"]

pytestmark = pytest.mark.database

Start = Callable[..., AbstractContextManager[Simulator]]
SCALED_AND_BACK = (
    *SCRIPT,
    CheckpointReply(text="scale to 2"),
    APPROVE,
    CheckpointReply(action="roll_back"),
    APPROVE,
)
DEPLOYED = ["deployment approved", "applied", "passed its checks"]


def on_it(settings: Settings) -> dict[str, str]:
    """The environment of a process with these settings."""
    assert settings.kubeconfig is not None
    return {
        "NEURALNAV_KUBECONFIG": settings.kubeconfig,
        "NEURALNAV_TARGET": "kserve",
        "NEURALNAV_MODE": "simulator",
        "NEURALNAV_READY_PATIENCE_S": "2",
    }


@pytest.mark.parametrize(
    "death",
    [("put", "after", 1), ("validate_deployment", "after", 1)],
    ids=lambda death: "-".join(map(str, death)),
)
async def test_what_was_approved_is_applied_once(
    on_the_cluster: Settings, api: KubernetesApi, start: Start, warm_python: WarmPython, death: tuple[str, str, int]
) -> None:
    with start(*CHOSEN, model=MODEL) as simulator:
        served_by(api, simulator)
        thread = await die(warm_python, on_the_cluster, death, *SCRIPT, **on_it(on_the_cluster))
        async with open_application(on_the_cluster) as application:
            stands = await application.conversations.present(thread, LOCAL_USER)
            assert stands.state == "operate", stands.messages
            assert len(api.names("InferenceService")) == 1
            assert await told_in_the_log(application, name_of(stands)) == DEPLOYED


async def test_what_fails_its_checks_is_removed_once(
    on_the_cluster: Settings, api: KubernetesApi, start: Start, warm_python: WarmPython
) -> None:
    death = ("take_away", "after", 1)
    with start(*CHOSEN, "--fault-slow-tokens=8", model=MODEL) as slow:
        served_by(api, slow)
        thread = await die(warm_python, on_the_cluster, death, *SCRIPT, **on_it(on_the_cluster))
        async with open_application(on_the_cluster) as application:
            stands = await application.conversations.present(thread, LOCAL_USER)
            assert stands.state == "failed", stands.messages
            assert api.names("InferenceService") == []


@pytest.mark.parametrize(
    ("death", "replies", "told"),
    [
        (("put", "after", 3), SCALED_AND_BACK, ["roll-back approved", "rolled back", "passed its checks"]),
        (("take_away", "after", 1), (*SCRIPT, RETIRE, APPROVE), ["end approved", "removed"]),
    ],
    ids=["roll back", "end"],
)
async def test_a_way_back_and_an_end_are_finished_once(
    on_the_cluster: Settings,
    api: KubernetesApi,
    start: Start,
    warm_python: WarmPython,
    death: tuple[str, str, int],
    replies: tuple[CheckpointReply, ...],
    told: list[str],
) -> None:
    with start(*CHOSEN, model=MODEL) as simulator:
        served_by(api, simulator)
        thread = await die(warm_python, on_the_cluster, death, *replies, **on_it(on_the_cluster))
        async with open_application(on_the_cluster) as application:
            stands = await application.conversations.present(thread, LOCAL_USER)
            lines = await told_in_the_log(application, name_of(stands))
            assert lines[-len(told) :] == told
            assert lines.count(told[0]) == 1
