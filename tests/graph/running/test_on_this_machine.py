"""From a sentence to a model server that runs on this machine, is checked, watched, changed, undone and retired."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import httpx
import pytest

from graph.application import Application
from graph.checkpoints import CheckpointReply
from graph.reports import TurnReport
from neuralnav.knowledge import deployments
from tests.graph.conversing import GOLDEN, hold
from tests.graph.running.conftest import SLOW, told_in_the_log

pytestmark = [pytest.mark.database, pytest.mark.usefixtures("nothing_left")]

TO_APPROVAL = (
    CheckpointReply(text=GOLDEN),
    CheckpointReply(action="confirm"),
    CheckpointReply(action="choose", value=1),
)
APPROVE = CheckpointReply(action="approve")


def data(report: TurnReport) -> dict[str, Any]:
    assert report.checkpoint is not None, report.messages
    return report.checkpoint.data


def name_of(report: TurnReport) -> str:
    manifests: Any = data(report)["manifests"]
    return f"{manifests['namespace']}/{manifests['name']}"


async def retire(application: Application, thread: str) -> TurnReport:
    return await hold(application, thread, CheckpointReply(action="retire"), APPROVE)


async def test_a_sentence_becomes_a_server_that_is_checked_watched_scaled_and_retired(
    application: Application,
) -> None:
    thread = str(uuid4())
    proposed = await hold(application, thread, *TO_APPROVAL)
    assert proposed.checkpoint is not None
    assert "`this machine (" in proposed.checkpoint.prompt
    assert "no GPU is used" in proposed.checkpoint.prompt
    deployed = await hold(application, thread, APPROVE)
    assert deployed.state == "operate", deployed.messages
    assert "as predicted for so light a load, and within every target" in deployed.messages[-1]
    running: Any = data(deployed)["deployment"]
    assert (running["state"], running["delivery"]) == ("applied", "run")

    found = await application.deploying.observe(await live(application))
    assert found.running is not None
    assert found.running.endpoint is not None
    async with httpx.AsyncClient(base_url=found.running.endpoint.url, trust_env=False) as client:
        said = await client.post("/v1/completions", json={"model": running["choice"]["model"], "prompt": "the sea"})
    assert said.status_code == httpx.codes.OK

    status = await hold(application, thread, CheckpointReply(action="status"))
    assert "TTFT at p95 is" in status.messages[-1]
    assert await application.watcher.look() == ()

    scaled = await hold(application, thread, CheckpointReply(text="scale to 2"), APPROVE)
    assert scaled.state == "operate", scaled.messages
    assert "2 of 2 replicas ready" in scaled.messages[-1]
    back = await hold(application, thread, CheckpointReply(action="roll_back"), APPROVE)
    assert "1 of 1 replica ready" in back.messages[-1]
    ended = await retire(application, thread)
    assert ended.checkpoint is None
    assert await told_in_the_log(application, name_of(proposed)) == [
        "deployment approved",
        "applied",
        "passed its checks",
        "deployment approved",
        "applied",
        "passed its checks",
        "roll-back approved",
        "rolled back",
        "passed its checks",
        "end approved",
        "removed",
    ]


async def live(application: Application) -> Any:
    (watched,) = await application.watcher.records.watched()
    return watched.deployment


async def test_a_server_that_is_too_slow_fails_its_checks_and_is_removed_again(
    application: Application, simulator_options: dict[str, str]
) -> None:
    simulator_options[SLOW] = "8"
    thread = str(uuid4())
    proposed = await hold(application, thread, *TO_APPROVAL)
    failed = await hold(application, thread, APPROVE)
    assert failed.state == "failed"
    assert failed.checkpoint is not None
    assert "did not pass its checks" in failed.checkpoint.prompt
    assert "times what was predicted" in failed.checkpoint.prompt
    assert "What it created was removed." in failed.checkpoint.prompt
    assert await application.watcher.records.watched() == ()
    assert await told_in_the_log(application, name_of(proposed)) == [
        "deployment approved",
        "applied",
        "did not pass its checks",
        "removed by itself",
    ]


async def test_a_change_that_fails_brings_back_the_revision_before(
    application: Application, simulator_options: dict[str, str]
) -> None:
    thread = str(uuid4())
    await hold(application, thread, *TO_APPROVAL, APPROVE)
    simulator_options[SLOW] = "8"
    failed = await hold(application, thread, CheckpointReply(text="scale to 2"), APPROVE)
    assert failed.state == "failed", failed.messages
    assert failed.checkpoint is not None
    assert "The revision before is in place again." in failed.checkpoint.prompt
    (before,) = await deployments.in_place(application.database.pool)
    found = await application.deploying.observe(before)
    assert found.running is not None
    assert found.running.wanted == 1
    kept = await hold(application, thread, CheckpointReply(action="cancel"))
    assert kept.state == "operate", kept.messages
    await retire(application, thread)
