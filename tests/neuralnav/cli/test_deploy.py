"""`neuralnav deploy`, `status`, `rollback` and `delete`: exit codes, what is approved, and what is refused."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from tests.doubles.kubernetes_api import KubernetesApi
from tests.neuralnav.cli.conftest import PROGRAM, Neuralnav
from tests.warm_python import WarmPython

NEED = {"intent": {"use_case": "chatbot_conversational", "user_count": 200}}
AT_A_TERMINAL = f"""
import os, pty, sys
terminal, sys_stdin = pty.openpty()
os.write(terminal, b"no\\n")
sys.stdin = open(sys_stdin)
{PROGRAM}
"""


@pytest.fixture(scope="module")
def plan(neuralnav: Neuralnav, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The file of a plan."""
    file = tmp_path_factory.mktemp("plan") / "plan.json"
    file.write_text(neuralnav("plan", "--json", "--spec", "-", given=json.dumps(NEED)).out)
    return str(file)


@pytest.fixture
def deployed(neuralnav: Neuralnav, plan: str) -> Iterator[dict[str, Any]]:
    """The report of a deployment as files; what is left of it is deleted afterwards."""
    ran = neuralnav("deploy", "--plan", plan, "--choice", "1", "--yes", "--json")
    assert ran.code == 0, ran.out + ran.err
    yield ran.json
    for left in neuralnav("status", "--json").json:
        assert talk(neuralnav, left["thread"], {"action": "cancel"})
        assert neuralnav("delete", left["name"], "--yes", "--json").code == 0


@pytest.fixture
def cluster() -> Iterator[KubernetesApi]:
    """A cluster in which nothing ever starts."""
    with KubernetesApi() as api:
        api.node("node", gpus=8)
        api.put("Namespace", "elsewhere", {}, "")
        yield api


def name_of(report: dict[str, Any]) -> str:
    manifests = report["deployment"]["manifests"]
    return f"{manifests['namespace']}/{manifests['name']}"


def talk(neuralnav: Neuralnav, thread: str, *replies: dict[str, Any]) -> list[dict[str, Any]]:
    given = "".join(json.dumps(reply) + "\n" for reply in replies)
    lines: list[dict[str, Any]] = neuralnav("chat", "--json", "--thread", thread, given=given).lines
    return lines


def listed(neuralnav: Neuralnav) -> list[str]:
    return [row["name"] for row in neuralnav("status", "--json").json]


def test_a_deployment_is_listed_looked_at_and_deleted(neuralnav: Neuralnav, deployed: dict[str, Any]) -> None:
    name = name_of(deployed)
    directory = Path(deployed["deployment"]["directory"])
    (row,) = neuralnav("status", "--json").json
    assert (row["name"], row["state"], row["revision"]) == (name, "written", 1)
    assert name in neuralnav("status").out
    seen = neuralnav("status", name.partition("/")[2], "--json")
    assert (seen.code, seen.json["name"]) == (0, name)
    (directory / "README.md").unlink()
    assert neuralnav("status", name, "--json").code == 1
    (directory / "README.md").write_text(
        next(file["text"] for file in deployed["deployment"]["manifests"]["files"] if file["path"] == "README.md")
    )
    gone = neuralnav("delete", name, "--yes", "--json")
    assert (gone.code, gone.json["deployment"]["state"]) == (0, "retired")
    assert not directory.exists()
    assert neuralnav("status", "--json").json == []
    again = neuralnav("delete", name, "--yes", "--json")
    assert (again.code, again.json["errors"][0]["field"]) == (2, "NAME")


def test_a_roll_back_returns_to_the_revision_before_if_there_is_one(
    neuralnav: Neuralnav, deployed: dict[str, Any]
) -> None:
    name, thread = name_of(deployed), deployed["thread"]
    first = neuralnav("rollback", name, "--yes", "--json")
    assert first.code == 1
    assert "no earlier revision" in first.json["messages"][-1]
    replicas = deployed["choice"]["replicas"] + 1
    scaled = talk(neuralnav, thread, {"action": "scale", "value": replicas}, {"action": "approve"})[-1]
    assert scaled["deployment"]["choice"]["replicas"] == replicas
    back = neuralnav("rollback", name, "--yes", "--json")
    assert back.code == 0, back.out
    assert back.json["deployment"]["choice"]["replicas"] == replicas - 1


def test_no_other_change_is_approved_than_the_one_asked_for(neuralnav: Neuralnav, deployed: dict[str, Any]) -> None:
    name, thread = name_of(deployed), deployed["thread"]
    scaling = talk(neuralnav, thread, {"action": "scale", "value": deployed["choice"]["replicas"] + 1})[-1]
    assert scaling["state"] == "approve_deployment"
    ran = neuralnav("delete", name, "--yes", "--json")
    assert (ran.code, ran.json["status"]) == (2, 409)
    assert f"neuralnav chat --thread {thread}" in ran.json["detail"]
    (row,) = neuralnav("status", "--json").json
    assert (row["replicas"], row["revision"]) == (deployed["choice"]["replicas"], 1)


def test_what_was_let_go_can_still_be_deleted(neuralnav: Neuralnav, deployed: dict[str, Any]) -> None:
    name = name_of(deployed)
    talk(neuralnav, deployed["thread"], {"action": "start_over"})
    back = neuralnav("rollback", name, "--yes", "--json")
    assert (back.code, back.json["errors"][0]["field"]) == (2, "NAME")
    gone = neuralnav("delete", name, "--yes", "--json")
    assert gone.code == 0, gone.out
    assert gone.json["state"] == "retired"
    assert not Path(deployed["deployment"]["directory"]).exists()
    assert name not in listed(neuralnav)


async def test_what_somebody_has_deployed_who_signed_in_is_theirs_to_change(
    neuralnav: Neuralnav, deployed: dict[str, Any], module_database_url: str
) -> None:
    name = name_of(deployed)
    connection = await asyncpg.connect(module_database_url)
    by = "UPDATE deployments SET document = jsonb_set(document, '{approval,by}', to_jsonb($1::text))"
    try:
        await connection.execute(by, "ada")
        refused = neuralnav("delete", name, "--yes", "--json")
        await connection.execute(by, "local")
    finally:
        await connection.close()
    assert (refused.code, refused.json["errors"][0]["field"]) == (2, "NAME")
    assert f"belongs to ada, whose conversation {deployed['thread']} looks after it" in refused.json["detail"]
    assert listed(neuralnav) == [name]


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        (("deploy", "--yes", "--plan", "p", "--choice", "1", "--target", "moon"), "--target"),
        (("manifests", "--plan", "p", "--choice", "1", "--mode", "fast"), "--mode"),
        (("deploy", "--yes", "--plan", "p"), "--choice"),
        (("deploy", "--yes"), "--plan"),
        (("deploy", "--plan", "p", "--choice", "1"), "--yes"),
        (("delete", "x"), "--yes"),
        (("deploy", "--yes", "--plan", "p", "--choice", "1", "--wait", "nan"), "--wait"),
        (("delete", "x", "--yes", "--wait", "86401"), "--wait"),
    ],
)
def test_what_cannot_be_is_refused_by_option_before_anything_is_begun(
    neuralnav: Neuralnav, arguments: tuple[str, ...], field: str
) -> None:
    ran = neuralnav(*arguments, "--json")
    assert ran.code == 2, ran.out
    assert ran.json["errors"][0]["field"] == field
    assert ran.json["errors"][0]["allowed"]


def test_a_no_at_the_terminal_changes_nothing(
    warm_python: WarmPython, neuralnav: Neuralnav, plan: str, environment: dict[str, str]
) -> None:
    arguments = ("deploy", "--json", "--plan", plan, "--choice", "1")
    ran = warm_python.run(AT_A_TERMINAL, arguments, environment, timeout_s=60)
    assert ran.returncode == 1, ran.stderr
    assert "Approve? [y/N]" in ran.stderr
    assert json.loads(ran.stdout)["state"] == "present_options"
    assert listed(neuralnav) == []


def test_a_failed_step_does_not_stand_in_the_way_of_the_next_change(
    neuralnav: Neuralnav, deployed: dict[str, Any]
) -> None:
    name, foreign = name_of(deployed), Path(deployed["deployment"]["directory"]) / "notes.txt"
    foreign.write_text("mine")
    refused = neuralnav("delete", name, "--yes", "--json")
    assert (refused.code, refused.json["state"]) == (2, "failed")
    foreign.unlink()
    ended = neuralnav("delete", name, "--yes", "--json")
    assert ended.code == 0, ended.out + ended.err
    assert listed(neuralnav) == []


def test_each_objects_differences_are_shown_and_what_is_not_ready_in_time_has_code_1(
    neuralnav: Neuralnav, plan: str, cluster: KubernetesApi, tmp_path: Path
) -> None:
    access = {"KUBECONFIG": str(cluster.kubeconfig(tmp_path)), "NEURALNAV_DELIVERY": "run"}
    options = ("--target", "kubernetes", "--mode", "simulator", "--namespace", "elsewhere", "--wait", "0", "--yes")
    ran = neuralnav("deploy", "--plan", plan, "--choice", "1", *options, NEURALNAV_READY_PATIENCE_S="1", **access)
    assert ran.code == 1, ran.out + ran.err
    assert "create Deployment/" in ran.err
    assert "\n+  namespace: elsewhere\n" in ran.err
    assert "ready so far" in " ".join(ran.out.split())
    assert "\nTo answer that: neuralnav chat --thread " in ran.err
    (row,) = neuralnav("status", "--json").json
    assert row["name"].startswith("elsewhere/")
    cluster.reset()
    gone = neuralnav("delete", row["name"], "--yes", "--json", **access)
    assert gone.code == 0, gone.out + gone.err
    assert listed(neuralnav) == []


def test_a_cluster_that_cannot_be_reached_has_code_3(neuralnav: Neuralnav, plan: str, tmp_path: Path) -> None:
    extra = {"HOME": str(tmp_path), "NEURALNAV_DELIVERY": "run", "NEURALNAV_TARGET": "kserve"}
    ran = neuralnav("deploy", "--plan", plan, "--choice", "1", "--yes", "--json", **extra)
    assert ran.code == 3, ran.out + ran.err
    assert ran.json["state"] == "failed"
    assert ran.json["checkpoint"]["data"]["problem"]["detail"]


def test_an_option_runs_on_this_machine_until_it_is_deleted(neuralnav: Neuralnav, plan: str) -> None:
    ran = neuralnav("deploy", "--plan", plan, "--choice", "1", "--yes", "--json", NEURALNAV_DELIVERY="run")
    try:
        assert ran.code == 0, ran.out + ran.err
        name = name_of(ran.json)
        assert ran.json["deployment"]["state"] == "applied"
        seen = neuralnav("status", name, "--json", NEURALNAV_DELIVERY="run")
        assert seen.code == 0, seen.out + seen.err
        assert seen.json["running"]["endpoint"]["url"].startswith("http://127.0.0.1:")
    finally:
        for left in listed(neuralnav):
            gone = neuralnav("delete", left, "--yes", "--json", NEURALNAV_DELIVERY="run")
            assert gone.code == 0, gone.out + gone.err


def test_manifests_are_built_for_the_target_and_the_mode_that_are_said(neuralnav: Neuralnav, plan: str) -> None:
    ran = neuralnav(
        "manifests", "--json", "--plan", plan, "--choice", "1", "--target", "kubernetes", "--mode", "simulator"
    )
    assert ran.code == 0, ran.err
    files = {file["path"]: file["text"] for file in ran.json["files"]}
    assert "kind: Deployment" in files["deployment.yaml"]
    assert "vllm/vllm-openai" not in files["deployment.yaml"]
