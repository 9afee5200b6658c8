"""Options that say where deployments go: values that cannot be, and bounds that no option lifts."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from neuralnav.cli.placement import settings_to_deploy, settings_with
from neuralnav.errors import InvalidInputError
from neuralnav.models.deployment import DeploymentTarget
from neuralnav.settings import get_settings


@pytest.fixture(autouse=True)
def fresh_settings(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Settings are read anew, and by nobody afterwards."""
    for name in ("NEURALNAV_NAMESPACE", "NEURALNAV_ALLOWED_NAMESPACES", "NEURALNAV_TARGET"):
        monkeypatch.delenv(name, raising=False)
    get_settings.cache_clear()
    yield
    get_settings.cache_clear()


def test_options_take_the_place_of_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEURALNAV_TARGET", "kserve")
    assert settings_with(target=None).target is DeploymentTarget.KSERVE
    assert settings_with(target="llm-d").target is DeploymentTarget.LLM_D


@pytest.mark.parametrize(
    ("option", "value"),
    [("target", "moon"), ("mode", "fast"), ("namespace", "Bad_NS"), ("namespace", "../x"), ("context", "c" * 300)],
)
def test_a_value_that_cannot_be_is_refused_with_what_can(option: str, value: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        settings_with(**{option: value})
    (problem,) = refused.value.problems
    assert problem.field == f"--{option}"
    assert problem.allowed


def test_where_the_environment_names_no_namespace_the_option_does() -> None:
    assert settings_to_deploy("elsewhere").allowed_namespaces == ("elsewhere",)
    assert settings_to_deploy(None).allowed_namespaces == ("neuralnav",)


@pytest.mark.parametrize(
    ("name", "value", "allowed"),
    [
        ("NEURALNAV_NAMESPACE", "mine", ("mine",)),
        ("NEURALNAV_ALLOWED_NAMESPACES", '["mine", "ours"]', ("mine", "ours")),
    ],
)
def test_no_option_lifts_the_bounds_of_the_environment(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, allowed: tuple[str, ...]
) -> None:
    monkeypatch.setenv(name, value)
    assert settings_to_deploy("mine").allowed_namespaces == allowed
    with pytest.raises(InvalidInputError) as refused:
        settings_to_deploy("elsewhere")
    (problem,) = refused.value.problems
    assert (problem.field, problem.value) == ("--namespace", "elsewhere")
    assert problem.allowed.startswith(", ".join(allowed))
