"""Objects say which installation made them; pods, and what selects them, do not."""

from __future__ import annotations

from typing import Any

import pytest

from neuralnav.deployment.checks import check_manifests
from neuralnav.deployment.manifests.workload import INSTALLATION_MARK
from neuralnav.errors import InvalidInputError
from neuralnav.models.deployment import DeploymentTarget, EngineMode, ManifestSet
from tests.neuralnav.deployment.conftest import case
from tests.neuralnav.deployment.documents import documents, text_of

HERE, ELSEWHERE = "0123456789ab", "ba9876543210"
WHOLE: tuple[dict[str, Any], ...] = ({}, {"shared_storage_class": "nfs"})


def made(target: DeploymentTarget, mode: EngineMode = EngineMode.VLLM, **options: Any) -> ManifestSet:
    manifests = case("one-nvidia-gpu").build(target, mode, **options)
    check_manifests(manifests)
    return manifests


@pytest.mark.parametrize("options", WHOLE, ids=["own-cache", "shared-cache"])
@pytest.mark.parametrize("target", DeploymentTarget)
def test_an_installation_marks_every_object_and_changes_nothing_else_of_it(
    target: DeploymentTarget, options: dict[str, Any]
) -> None:
    plain, marked = made(target, **options), made(target, installation=HERE, **options)
    assert (plain.installation, marked.installation) == (None, HERE)
    found = documents(marked)
    for path, unmarked in documents(plain).items():
        if unmarked["kind"] != "Kustomization":
            assert found[path]["metadata"]["labels"].pop(INSTALLATION_MARK) == HERE
        assert found[path] == unmarked, "pods, selectors and templates are the same: nothing restarts"


@pytest.mark.parametrize("target", DeploymentTarget)
def test_without_an_installation_no_file_speaks_of_one(target: DeploymentTarget) -> None:
    assert not any(INSTALLATION_MARK in file.text for file in made(target).files)


def test_the_readme_names_the_mark() -> None:
    readme = text_of(made(DeploymentTarget.KSERVE, installation=HERE), "README.md")
    assert f"`{INSTALLATION_MARK}: {HERE}`" in readme


@pytest.mark.parametrize("target", [DeploymentTarget.KUBERNETES, DeploymentTarget.LOCAL])
@pytest.mark.parametrize("claimed", [None, ELSEWHERE])
def test_objects_of_another_installation_than_their_set_do_not_pass_the_checks(
    target: DeploymentTarget, claimed: str | None
) -> None:
    manifests = made(target, installation=HERE).model_copy(update={"installation": claimed})
    with pytest.raises(InvalidInputError) as refused:
        check_manifests(manifests)
    assert {(problem.field.partition(": ")[2], problem.value) for problem in refused.value.problems} == {
        (f"metadata.labels.{INSTALLATION_MARK}", HERE)
    }


@pytest.mark.parametrize("given", ["", "neuralnav", "0123456789AB", "0" * 13])
def test_an_installation_is_twelve_hexadecimal_digits(given: str) -> None:
    with pytest.raises(ValueError, match="installation"):
        made(DeploymentTarget.KSERVE, installation=given)
