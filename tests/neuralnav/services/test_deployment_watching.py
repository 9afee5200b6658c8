"""What is in place is checked against what was approved, observed, and how it was decided is kept."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from neuralnav.errors import NotFoundError
from neuralnav.knowledge import deployment_outcomes
from neuralnav.knowledge.database import Database
from neuralnav.models.deployment import ChangeKind, Decision, Deployment
from neuralnav.services.deployment import DeploymentService
from neuralnav.services.said_of_changes import FILES_ONLY
from tests.neuralnav.models.test_outcome import START, outcome
from tests.neuralnav.services.deploying import Chosen, count, recording

HOUR = timedelta(hours=1)


def change_a_file(directory: Path) -> None:
    (directory / "README.md").write_text("mine")


def lose_a_file(directory: Path) -> None:
    (directory / "README.md").unlink()


def add_a_file(directory: Path) -> None:
    (directory / "notes.txt").write_text("mine")


def decided(deployment: Deployment, **changes: Any) -> Decision:
    at = datetime(2026, 11, 20, 10, tzinfo=UTC)
    fields: dict[str, Any] = {
        "deployment_id": deployment.id,
        "thread_id": deployment.thread_id,
        "change": ChangeKind.DEPLOY,
        "option_number": 1,
        "turns": 4,
        "edits": 0,
        "first_word_at": at - HOUR,
        "decided_at": at,
    }
    return Decision(**(fields | changes))


async def test_files_as_approved_pass_and_the_check_says_where_they_are(
    deployer: DeploymentService, chosen: Chosen
) -> None:
    made = await chosen.made_by(deployer)
    validation = await deployer.validate(made, chosen.specification)
    (check,) = validation.checks
    assert validation.passed
    assert check.detail == f"{made.directory} holds the approved files, digest {made.manifests.sha256[:12]}."


@pytest.mark.parametrize("change", [change_a_file, lose_a_file, add_a_file, shutil.rmtree])
async def test_files_that_are_not_as_approved_do_not_pass(
    deployer: DeploymentService, chosen: Chosen, change: Callable[[Path], None]
) -> None:
    made = await chosen.made_by(deployer)
    change(Path(made.directory or ""))
    validation = await deployer.validate(made, chosen.specification)
    assert not validation.passed
    assert validation.failures[0].detail.startswith(f"{made.directory} does not hold the approved files")


async def test_a_deployment_that_was_retired_does_not_pass(deployer: DeploymentService, chosen: Chosen) -> None:
    made = await chosen.made_by(deployer)
    await chosen.made_by(deployer, ChangeKind.RETIRE, revision=2)
    assert not (await deployer.validate(made, chosen.specification)).passed


async def test_a_watch_holds_the_targets_and_says_why_nothing_watches_yet(
    deployer: DeploymentService, chosen: Chosen
) -> None:
    made = await chosen.made_by(deployer)
    watch = await deployer.watch(made, chosen.specification)
    assert watch.deployment_id == made.id
    assert watch.targets == chosen.specification.slo_targets
    assert watch.planned_peak_qps == chosen.specification.traffic.peak_qps
    assert (watch.watched_by, watch.reason) == (None, FILES_ONLY)


async def test_without_records_an_observation_has_no_outcome(deployer: DeploymentService, chosen: Chosen) -> None:
    made = await chosen.made_by(deployer)
    before = datetime.now(UTC)
    seen = await deployer.observe(made)
    assert before <= seen.at <= datetime.now(UTC)
    assert (seen.deployment_id, seen.outcome, seen.validation.passed) == (made.id, None, True)


@pytest.mark.database
async def test_an_observation_has_the_outcome_that_was_recorded_last(
    deployer: DeploymentService, chosen: Chosen, other: Chosen, database: Database
) -> None:
    service = recording(deployer, database)
    made, second = await chosen.made_by(service), await other.made_by(service, revision=2)
    assert (await service.observe(made)).outcome is None
    windows = [
        outcome(
            deployment_id=made.id,
            window_from=START + hour * HOUR,
            window_to=START + (hour + 1) * HOUR,
            recorded_at=START + 9 * HOUR,
        )
        for hour in (2, 0)
    ]
    for one in windows:
        await deployment_outcomes.record(database.pool, one)
    shutil.rmtree(deployer.manifests_dir)
    seen = await service.observe(made)
    assert (seen.outcome, seen.validation.passed) == (windows[0], False)
    assert (await service.observe(second)).outcome is None


async def test_without_records_a_decision_comes_back_as_it_is(deployer: DeploymentService, chosen: Chosen) -> None:
    decision = decided(await chosen.made_by(deployer))
    assert await deployer.record(decision) == decision


@pytest.mark.database
async def test_a_decision_is_kept_once_for_each_change(
    deployer: DeploymentService, chosen: Chosen, database: Database
) -> None:
    service = recording(deployer, database)
    made = await chosen.made_by(service)
    ended = await chosen.made_by(service, ChangeKind.RETIRE, revision=2)
    first = await service.record(decided(made))
    assert await service.record(decided(made, turns=9)) == first
    assert (await service.record(decided(ended, change=ChangeKind.RETIRE))).deployment_id == ended.id
    assert await count(database, "decisions") == 2


@pytest.mark.database
async def test_a_decision_of_a_deployment_that_is_not_kept_is_refused(
    deployer: DeploymentService, chosen: Chosen, database: Database
) -> None:
    made = await chosen.made_by(deployer)
    with pytest.raises(NotFoundError, match="There is no deployment"):
        await recording(deployer, database).record(decided(made, deployment_id=UUID(int=7)))
