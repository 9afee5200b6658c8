from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from neuralnav.knowledge.seeds import read_seeds
from neuralnav.knowledge.shipped_surfaces import read_shipped
from neuralnav.models.catalog import ReferenceData, UseCaseTemplate
from neuralnav.models.intent import DeploymentIntent
from neuralnav.models.plan import Plan
from neuralnav.models.specification import DeploymentSpecification
from neuralnav.planning.planner import Planner
from neuralnav.planning.specification import specify
from scripts.make_surfaces import default_loads

GOLDEN = {"use_case": "chatbot_conversational", "user_count": 1000, "priority": "latency"}

Specify = Callable[..., DeploymentSpecification]


@pytest.fixture(scope="session")
def seeds() -> ReferenceData:
    return read_seeds()


@pytest.fixture(scope="session")
def use_cases(seeds: ReferenceData) -> tuple[UseCaseTemplate, ...]:
    return seeds.use_cases


def knowing(seeds: ReferenceData, *, trusts_remote_code: bool = False) -> Planner:
    """A planner that knows what ships: the use cases' own loads are simulated, others estimated."""
    planner = Planner(seeds, trusts_remote_code=trusts_remote_code)
    for shape in default_loads(planner):
        shipped = read_shipped(planner.edition, shape.key)
        assert shipped is not None, "run: python -m scripts.make_surfaces"
        planner.surfaces.put_records(shape, shipped)
    return planner


@pytest.fixture(scope="session")
def planner(seeds: ReferenceData) -> Planner:
    return knowing(seeds)


@pytest.fixture(scope="session")
def trusting(seeds: ReferenceData) -> Planner:
    """Like ``planner``, and models may bring code that vLLM has to run."""
    return knowing(seeds, trusts_remote_code=True)


@pytest.fixture(scope="session")
def spec(use_cases: tuple[UseCaseTemplate, ...]) -> Specify:
    """The golden sentence's specification with other intent fields in place of its own."""

    def build(**fields: Any) -> DeploymentSpecification:
        return specify(DeploymentIntent.model_validate({**GOLDEN, **fields}), use_cases)

    return build


@pytest.fixture(scope="session")
def golden(planner: Planner, spec: Specify) -> Plan:
    return planner.plan(spec())
