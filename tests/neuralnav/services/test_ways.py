"""What was put in one place is not touched by settings that lead to another."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from neuralnav.errors import InvalidInputError
from neuralnav.models.deployment import ChangeKind, Deployment
from neuralnav.services.deployment import DeploymentService
from tests.neuralnav.services.deploying import Chosen, files, texts


async def change(service: DeploymentService, chosen: Chosen, kind: ChangeKind, where: str, revision: int) -> Deployment:
    approval = chosen.approval(kind, revision).model_copy(update={"where": where})
    return await service.execute(
        thread_id="thread", choice=chosen.choice, manifests=chosen.manifests, approval=approval
    )


async def test_files_of_another_output_directory_are_not_called_removed(
    deployer: DeploymentService, chosen: Chosen, tmp_path: Path
) -> None:
    where = (await deployer.propose(chosen.manifests)).preflight.where
    made = await change(deployer, chosen, ChangeKind.DEPLOY, where, 1)
    elsewhere = replace(deployer, manifests_dir=tmp_path / "two")
    with pytest.raises(InvalidInputError, match=r"belongs to .*manifests, and the settings lead to .*two.*OUTPUT_DIR"):
        await change(elsewhere, chosen, ChangeKind.RETIRE, where, 2)
    assert files(made) == texts(chosen.manifests)
    await change(deployer, chosen, ChangeKind.RETIRE, where, 2)
    assert files(made) == {}


async def test_a_directory_is_told_from_the_root(
    deployer: DeploymentService, chosen: Chosen, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    here = replace(deployer, manifests_dir=Path("manifests"))
    assert (await here.propose(chosen.manifests)).preflight.where == str(tmp_path / "manifests")
