"""What ``local.yaml`` may hold, and what a plan makes of it."""

from __future__ import annotations

from typing import Any

import pytest

from neuralnav.deployment.arguments import engine_flags
from neuralnav.deployment.local.document import LocalDeployment, local_document
from neuralnav.deployment.local.order import read_document
from neuralnav.deployment.local.program import engine_command, engine_environment
from neuralnav.errors import InvalidInputError
from neuralnav.models.deployment import EngineMode, ManifestFile
from tests.neuralnav.deployment.local.conftest import Make


def _planned(
    make_choice: Make, make_model: Make, make_gpu: Make, mode: EngineMode, replicas: int, **more: Any
) -> LocalDeployment:
    model, gpu = make_model(), make_gpu()
    choice = make_choice(model, gpu, replicas=replicas, gpus=replicas)
    document = local_document(
        choice,
        engine_flags(choice, model, gpu, drain_seconds=30),
        name="chat",
        namespace="neuralnav",
        labels={"app.kubernetes.io/name": "vllm"},
        annotations={"neuralnav.io/plan-id": choice.id},
        mode=mode,
        start_seconds=700,
        drain_seconds=30,
        **more,
    )
    return LocalDeployment.model_validate(document)


def test_a_plan_of_many_replicas_runs_two_and_says_why(make_choice: Make, make_model: Make, make_gpu: Make) -> None:
    spec = _planned(make_choice, make_model, make_gpu, EngineMode.SIMULATOR, 5).spec
    assert (spec.replicas, spec.planned_replicas) == (2, 5)
    assert spec.note is not None
    assert spec.note.startswith("5 replicas were planned; 2 of them run")
    all_of_them = _planned(make_choice, make_model, make_gpu, EngineMode.VLLM, 5, most_replicas=8).spec
    assert (all_of_them.replicas, all_of_them.note) == (5, None)


def test_flags_are_the_plans_but_the_port_and_times_fit_what_serves(
    make_choice: Make, make_model: Make, make_gpu: Make
) -> None:
    simulated = _planned(make_choice, make_model, make_gpu, EngineMode.SIMULATOR, 1).spec
    real = _planned(make_choice, make_model, make_gpu, EngineMode.VLLM, 1).spec
    assert simulated.args == real.args
    assert not any(argument.startswith("--port") for argument in real.args)
    assert "--shutdown-timeout=30" in real.args
    assert real.served_name == make_model().model_id
    assert (simulated.start_seconds, real.start_seconds) == (120, 700)
    assert simulated.termination_seconds == real.termination_seconds == 35


@pytest.mark.parametrize(
    ("spec", "field"),
    [
        ({"command": ["sh"]}, "spec.command"),
        ({"args": ["--load-format=dummy"]}, "spec.args.0"),
        ({"args": ["--port=80"]}, "spec.args.0"),
        ({"args": ["--host=0.0.0.0"]}, "spec.args.0"),
        ({"args": ["--dtype=half", "--dtype=auto"]}, "spec.args"),
        ({"args": ["serve"]}, "spec.args.0"),
        ({"model": "--config=/etc/passwd"}, "spec.model"),
        ({"model": "/etc/passwd"}, "spec.model"),
        ({"env": {"LD_PRELOAD": "/tmp/a.so"}}, "spec.env"),
        ({"env": {"HF_TOKEN": "hf_secret"}}, "spec.env"),
        ({"mode": "bash"}, "spec.mode"),
        ({"replicas": 2, "plannedReplicas": 3}, "note"),
        ({"replicas": 1_000, "plannedReplicas": 1_000}, "spec.replicas"),
    ],
)
def test_a_document_cannot_name_a_program_an_address_or_what_is_unknown(
    spec: dict[str, Any], field: str, make_manifests: Make
) -> None:
    with pytest.raises(InvalidInputError, match=r"local\.yaml cannot be used") as refusal:
        read_document(make_manifests(**spec))
    assert field in refusal.value.detail


def test_manifests_of_another_name_or_without_the_file_are_refused(make_manifests: Make) -> None:
    manifests = make_manifests()
    with pytest.raises(InvalidInputError, match="another deployment"):
        read_document(manifests.model_copy(update={"name": "other"}))
    readme = ManifestFile(path="README.md", text="# Chat")
    with pytest.raises(InvalidInputError, match=r"no local\.yaml"):
        read_document(manifests.model_copy(update={"files": (readme,)}))
    python_object = ManifestFile(path="local.yaml", text="!!python/object/apply:os.system ['true']")
    with pytest.raises(InvalidInputError, match="not YAML"):
        read_document(manifests.model_copy(update={"files": (python_object,)}))


def test_what_starts_follows_from_the_mode_and_listens_on_loopback(
    make_document: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = LocalDeployment.model_validate(make_document()).spec
    simulator = engine_command(spec, 4321)
    vllm = engine_command(spec.model_copy(update={"mode": EngineMode.VLLM}), 4321)
    assert simulator[-1] == "--disable-uvicorn-access-log"
    assert vllm[:7] == ("vllm", "serve", spec.model, "--host", "127.0.0.1", "--port", "4321")
    assert set(spec.args) <= set(simulator) & set(vllm)
    monkeypatch.setenv("NEURALNAV_PASSWORD", "secret")
    monkeypatch.setenv("VLLM_API_KEY", "secret")
    monkeypatch.setenv("NEURALNAV_SIMULATOR_SEED", "1")
    environment = engine_environment(spec, {"NEURALNAV_SIMULATOR_TIME_SCALE": "4"}, owner="/here", gpus=())
    assert "secret" not in environment.values()
    assert [name for name in environment if name.startswith("NEURALNAV_SIM")] == ["NEURALNAV_SIMULATOR_TIME_SCALE"]
