"""Who may look at a deployment, how often it is asked, and what is said where it does not answer."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest

from neuralnav.chat.live import LiveViews
from neuralnav.errors import NotFoundError, UnavailableError
from neuralnav.models.deployment import DeploymentTarget
from neuralnav.models.running import RunningState
from neuralnav.services.observing import Observatory
from neuralnav.services.runtimes import Runtimes

ID = uuid4()


class Place:
    """Where a deployment runs that has no replica yet, or that does not answer."""

    def __init__(self) -> None:
        self.asked = 0
        self.answers = True

    async def state(self, _: Any) -> RunningState:
        self.asked += 1
        if not self.answers:
            raise UnavailableError("The cluster prod does not answer.")
        return RunningState(wanted=2)


class Kept:
    """One deployment of ada's."""

    def __init__(self) -> None:
        self.taken = False
        manifests = SimpleNamespace(namespace="llm", name="chat", target=DeploymentTarget.LOCAL)
        self.deployment = SimpleNamespace(
            id=ID, thread_id="t", runs=True, manifests=manifests, approval=SimpleNamespace(by="ada")
        )

    async def find_watch(self, deployment_id: Any) -> Any:
        return SimpleNamespace(deployment=self.deployment) if deployment_id == ID else None

    async def is_name_taken(self, *_: str) -> bool:
        return self.taken


@pytest.fixture
def place() -> Place:
    return Place()


@pytest.fixture
def kept() -> Kept:
    return Kept()


@pytest.fixture
def views(place: Place, kept: Kept) -> LiveViews:
    async def make() -> Any:
        return place

    records: Any = kept
    return LiveViews(records, Observatory(Runtimes({DeploymentTarget.LOCAL: make})))


async def test_only_who_approved_a_deployment_sees_it(views: LiveViews, kept: Kept) -> None:
    assert (await views.view(ID, "ada")).state == RunningState(wanted=2)
    for owner, deployment in (("eve", ID), ("ada", uuid4())):
        with pytest.raises(NotFoundError, match="no such deployment"):
            await views.view(deployment, owner)
    kept.taken = True
    with pytest.raises(NotFoundError, match="Another conversation"):
        await views.view(ID, "ada")
    kept.taken, kept.deployment.runs = False, False
    with pytest.raises(NotFoundError):
        await views.view(ID, "ada")


async def test_many_pages_are_one_look(views: LiveViews, place: Place) -> None:
    found = await asyncio.gather(*(views.view(ID, "ada") for _ in range(20)))
    assert place.asked == 1
    assert len({view.at for view in found}) == 1


async def test_a_place_that_does_not_answer_is_said_to(views: LiveViews, place: Place) -> None:
    place.answers = False
    view = await views.view(ID, "ada")
    assert view.state is None
    assert view.unanswered == "The cluster prod does not answer."
