"""Each tool checks its arguments and returns the typed result of its service."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from langchain_core.tools import BaseTool
from pydantic import ValidationError

from neuralnav.deployment.manifests import ManifestOptions
from neuralnav.errors import InvalidInputError
from neuralnav.knowledge.seeds import read_seeds
from neuralnav.models.catalog import ReferenceData
from neuralnav.models.deployment import (
    Approval,
    ChangeKind,
    Decision,
    Deployment,
    DeploymentState,
    ManifestSet,
    Observation,
    Proposal,
    Rejection,
    Validation,
    Watch,
)
from neuralnav.models.intent import IntentReading
from neuralnav.models.plan import Plan, Recommendation
from neuralnav.models.specification import DeploymentSpecification
from neuralnav.models.vocabulary import View
from neuralnav.planning.candidates import ModelShortlist
from neuralnav.planning.explain import Comparison
from neuralnav.planning.what_if import WhatIf
from neuralnav.services.deployment import DeploymentService, Placing
from neuralnav.services.knowledge import Knowledge
from neuralnav.services.planning import PlanningService
from neuralnav.understanding.request import read_request
from tools.calling import Toolbox, call, toolbox
from tools.deployment import deployment_tools
from tools.observation import observation_tools
from tools.planning import planning_tools

CHANGES = {"ttft_p95_ms": 200}


@pytest.fixture(scope="module")
def reference() -> ReferenceData:
    return read_seeds()


@pytest.fixture(scope="module")
def reading(reference: ReferenceData) -> IntentReading:
    return read_request("a chatbot for 1000 users", known_models=reference.short_names)


@pytest.fixture(scope="module")
def knowledge(reference: ReferenceData) -> Knowledge:
    return Knowledge.of(reference)


@pytest.fixture(scope="module")
def planning(knowledge: Knowledge) -> PlanningService:
    return PlanningService(knowledge)


@pytest.fixture(scope="module")
async def specification(planning: PlanningService, reading: IntentReading) -> DeploymentSpecification:
    return await planning.specify(reading)


@pytest.fixture(scope="module")
async def options(planning: PlanningService, specification: DeploymentSpecification) -> tuple[Recommendation, ...]:
    return (await planning.plan(specification)).views[View.BALANCED]


@pytest.fixture
def deploying(knowledge: Knowledge, tmp_path: Path) -> DeploymentService:
    placing = Placing(options=ManifestOptions(allow_trust_remote_code=True))
    return DeploymentService(knowledge, tmp_path, "inference", placing=placing)


@pytest.fixture
def tools(planning: PlanningService, deploying: DeploymentService) -> Toolbox:
    return toolbox([*planning_tools(planning), *deployment_tools(deploying), *observation_tools(deploying)])


@pytest.fixture
async def good(
    reading: IntentReading,
    specification: DeploymentSpecification,
    options: tuple[Recommendation, ...],
    deploying: DeploymentService,
) -> dict[str, dict[str, Any]]:
    """Arguments that each tool takes, by tool."""
    change = {"specification": specification, "changes": CHANGES, "evidence": {}}
    manifests = await deploying.manifests(options[0], specification)
    executed: dict[str, Any] = {
        "thread_id": "thread",
        "choice": options[0],
        "manifests": manifests,
        "approval": Approval(
            by="ada", at="2026-11-20T10:00:00Z", manifests_sha256=manifests.sha256, price_table="p", calibration="c"
        ),
    }
    deployment = await deploying.execute(**executed)
    return {
        "specify_deployment": {"reading": reading},
        "edit_specification": change,
        "record_specification": {"thread_id": "thread", "specification": specification},
        "suitable_models": {"specification": specification},
        "plan_capacity": {"specification": specification},
        "what_if": change,
        "compare_options": {"options": [options[0], options[1]]},
        "render_manifests": {"choice": options[0], "specification": specification},
        "propose_change": {"manifests": manifests},
        "execute_change": executed,
        "record_rejection": {
            "thread_id": "thread",
            "manifests": manifests,
            "rejection": Rejection(by="ada", change=ChangeKind.DEPLOY, turn=3),
        },
        "find_change": {name: executed[name] for name in ("thread_id", "manifests", "approval")},
        "shares_files": {name: executed[name] for name in ("thread_id", "manifests")},
        "validate_deployment": {"deployment": deployment, "specification": specification},
        "undo_deployment": {"deployment": deployment},
        "find_undone": {"deployment": deployment},
        "watch_deployment": {"deployment": deployment, "specification": specification},
        "observe_deployment": {"deployment": deployment},
        "record_decision": {"decision": decision(deployment)},
    }


RESULTS: dict[str, type] = {
    "specify_deployment": DeploymentSpecification,
    "edit_specification": DeploymentSpecification,
    "record_specification": type(None),
    "suitable_models": ModelShortlist,
    "plan_capacity": Plan,
    "what_if": WhatIf,
    "compare_options": Comparison,
    "render_manifests": ManifestSet,
    "propose_change": Proposal,
    "execute_change": Deployment,
    "record_rejection": type(None),
    "find_change": type(None),
    "shares_files": bool,
    "validate_deployment": Validation,
    "undo_deployment": Deployment,
    "find_undone": type(None),
    "watch_deployment": Watch,
    "observe_deployment": Observation,
    "record_decision": Decision,
}


def decision(deployment: Deployment) -> Decision:
    at = datetime(2026, 11, 20, 10, tzinfo=UTC)
    return Decision(
        deployment_id=deployment.id,
        thread_id="thread",
        change=ChangeKind.DEPLOY,
        turns=1,
        edits=0,
        first_word_at=at,
        decided_at=at,
    )


def written(directory: str) -> set[str]:
    return {path.name for path in Path(directory).iterdir()}


def test_every_tool_says_what_it_is_for_and_what_it_takes(tools: Toolbox) -> None:
    assert set(tools) == set(RESULTS)
    for tool in tools.values():
        assert isinstance(tool, BaseTool)
        assert tool.description
        assert tool.args


@pytest.mark.parametrize("name", sorted(RESULTS))
async def test_tool_returns_its_typed_result(name: str, tools: Toolbox, good: dict[str, dict[str, Any]]) -> None:
    assert isinstance(await call(tools, name, RESULTS[name], **good[name]), RESULTS[name])


@pytest.mark.parametrize("name", sorted(RESULTS))
async def test_documents_do_as_well_as_values(name: str, tools: Toolbox, good: dict[str, dict[str, Any]]) -> None:
    documents = {
        field: value.model_dump(mode="json") if hasattr(value, "model_dump") else value
        for field, value in good[name].items()
    }
    assert isinstance(await call(tools, name, RESULTS[name], **documents), RESULTS[name])


@pytest.mark.parametrize("name", sorted(RESULTS))
async def test_arguments_of_a_wrong_type_or_missing_are_named(
    name: str, tools: Toolbox, good: dict[str, dict[str, Any]]
) -> None:
    for field in good[name].keys() - {"evidence", "thread_id"}:
        with pytest.raises(ValidationError, match=field):
            await tools[name].ainvoke(good[name] | {field: "nonsense"})
        without = {other: value for other, value in good[name].items() if other != field}
        with pytest.raises(ValidationError, match=rf"{field}\n  Field required"):
            await tools[name].ainvoke(without)


async def test_values_that_a_specification_cannot_have_are_named(
    tools: Toolbox, specification: DeploymentSpecification
) -> None:
    for changes, words in (({"ttft_p95_ms": "soon"}, "ttft_p95_ms"), ({"colour": "red"}, "colour")):
        with pytest.raises(InvalidInputError, match=words):
            await tools["edit_specification"].ainvoke({"specification": specification, "changes": changes})


async def test_execute_change_needs_a_whole_approval_of_these_manifests(
    tools: Toolbox, good: dict[str, dict[str, Any]], tmp_path: Path
) -> None:
    given = good["execute_change"]
    before = written(str(tmp_path))
    approval = given["approval"].model_dump()
    for wrong in (None, {}, {"by": "ada"}, approval | {"change": "scale"}, approval | {"revision": 0}):
        with pytest.raises(ValidationError, match="approval"):
            await tools["execute_change"].ainvoke(given | {"approval": wrong})
    with pytest.raises(InvalidInputError, match="covers other manifests"):
        await tools["execute_change"].ainvoke(given | {"approval": approval | {"manifests_sha256": "0" * 64}})
    assert written(str(tmp_path)) == before


async def test_a_deployment_is_made_checked_and_undone(
    tools: Toolbox, good: dict[str, dict[str, Any]], specification: DeploymentSpecification, tmp_path: Path
) -> None:
    made = await call(tools, "execute_change", Deployment, **good["execute_change"])
    assert written(made.directory or "") == {file.path for file in made.manifests.files}
    assert (await call(tools, "validate_deployment", Validation, deployment=made, specification=specification)).passed
    undone = await call(tools, "undo_deployment", Deployment, deployment=made, previous=None)
    assert undone.state is DeploymentState.RETIRED
    assert written(str(tmp_path)) == set()
    assert not (await call(tools, "observe_deployment", Observation, deployment=made)).validation.passed


async def test_undoing_returns_to_the_deployment_that_is_given(
    tools: Toolbox, good: dict[str, dict[str, Any]], options: tuple[Recommendation, ...]
) -> None:
    first = await call(tools, "execute_change", Deployment, **good["execute_change"])
    manifests = await call(
        tools, "render_manifests", ManifestSet, **good["render_manifests"] | {"choice": options[1], "name": "another"}
    )
    approval = first.approval.model_copy(update={"manifests_sha256": manifests.sha256, "revision": 2})
    second = await call(
        tools,
        "execute_change",
        Deployment,
        thread_id="thread",
        choice=options[1],
        manifests=manifests,
        approval=approval,
    )
    undone = await call(tools, "undo_deployment", Deployment, deployment=second, previous=first)
    assert (undone.manifests, undone.directory) == (first.manifests, first.directory)


async def test_result_of_another_type_is_refused(tools: Toolbox, good: dict[str, dict[str, Any]]) -> None:
    with pytest.raises(TypeError, match="plan_capacity returned Plan, not ManifestSet"):
        await call(tools, "plan_capacity", ManifestSet, **good["plan_capacity"])
