"""Replicas get what they need of the environment, and no secret of NeuralNav."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from neuralnav.deployment.local.document import LocalDeployment
from neuralnav.deployment.local.program import engine_environment, supervisor_environment
from tests.neuralnav.deployment.local.conftest import Make

NEEDED = {"HF_TOKEN": "for-gated-weights", "CUDA_HOME": "/cuda", "https_proxy": "http://proxy", "LC_ALL": "C.UTF-8"}
OF_SIMULATORS = {"DATABASE_URL": "postgresql://x", "NEURALNAV_HOME": "/home/ada/neuralnav"}
SECRETS = {
    "NEURALNAV_PROMETHEUS_TOKEN": "t",
    "NEURALNAV_PASSWORD": "t",
    "CHAINLIT_AUTH_SECRET": "t",
    "VLLM_API_KEY": "t",
    "AWS_SECRET_ACCESS_KEY": "t",
    "NEURALNAV_SIMULATOR_FAULT_SLOW_TOKENS": "9",
}


@pytest.fixture(autouse=True)
def surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (NEEDED | OF_SIMULATORS | SECRETS).items():
        monkeypatch.setenv(name, value)


def _environment(make_document: Make, mode: str) -> Mapping[str, str]:
    spec = LocalDeployment.model_validate(make_document(mode=mode)).spec
    return engine_environment(spec, {}, owner="/place", gpus=("0",))


def test_vllm_gets_its_libraries_variables_and_nothing_of_neuralnav(make_document: Make) -> None:
    environment = _environment(make_document, "vllm")
    assert environment.items() >= NEEDED.items()
    assert not environment.keys() & (SECRETS | OF_SIMULATORS).keys()
    assert environment["CUDA_VISIBLE_DEVICES"] == "0"


def test_simulators_and_supervisors_also_learn_where_added_models_are(make_document: Make) -> None:
    for environment in (_environment(make_document, "simulator"), supervisor_environment()):
        assert environment.items() >= (NEEDED | OF_SIMULATORS).items()
        assert not environment.keys() & SECRETS.keys()
