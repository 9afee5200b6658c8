"""Two options of one real plan, and a service that deploys them into a directory of the test's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from neuralnav.knowledge.seeds import read_seeds
from neuralnav.models.catalog import ReferenceData
from neuralnav.models.intent import DeploymentIntent
from neuralnav.models.vocabulary import UseCase, View
from neuralnav.planning.specification import specify
from neuralnav.services.deployment import DeploymentService
from neuralnav.services.knowledge import Knowledge
from tests.neuralnav.services.deploying import Chosen


@pytest.fixture(scope="session")
def shipped_reference() -> ReferenceData:
    return read_seeds()


@pytest.fixture(scope="session")
def shipped_knowledge(shipped_reference: ReferenceData) -> Knowledge:
    """The planner over the shipped data, which no test changes."""
    return Knowledge.of(shipped_reference)


@pytest.fixture(scope="session")
async def two_chosen(shipped_reference: ReferenceData, shipped_knowledge: Knowledge) -> tuple[Chosen, Chosen]:
    """The first two options under one name, as two revisions of a deployment have it."""
    specification = specify(DeploymentIntent(use_case=UseCase.CHATBOT, user_count=1000), shipped_reference.use_cases)
    first, second, *_ = (await shipped_knowledge.planner()).plan(specification).views[View.BALANCED]
    service = DeploymentService(shipped_knowledge, Path("unused"), "inference")
    manifests = await service.manifests(first, specification)
    others = await service.manifests(second, specification, manifests.name)
    return Chosen(specification, first, manifests), Chosen(specification, second, others)


@pytest.fixture(scope="session")
def chosen(two_chosen: tuple[Chosen, Chosen]) -> Chosen:
    return two_chosen[0]


@pytest.fixture(scope="session")
def other(two_chosen: tuple[Chosen, Chosen]) -> Chosen:
    return two_chosen[1]


@pytest.fixture
def deployer(shipped_knowledge: Knowledge, tmp_path: Path) -> DeploymentService:
    """Keeps no records."""
    return DeploymentService(shipped_knowledge, tmp_path / "manifests", "inference")
