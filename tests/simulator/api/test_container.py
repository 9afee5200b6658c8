"""The image, as far as it can be checked without building it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tomllib
from fnmatch import fnmatchcase
from importlib.metadata import PackageNotFoundError, packages_distributions, requires
from pathlib import Path

import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from neuralnav.models.deployment import ManifestSet
from simulator.api.options import parse_options
from tests.neuralnav.deployment.conftest import one_nvidia_gpu  # noqa: F401 - a fixture
from tests.simulator.api.conftest import MODEL, Start

ROOT = Path(__file__).resolve().parents[3]
SIMULATOR = ROOT / "simulator"
WITHOUT = """
import sys
from importlib.abc import MetaPathFinder
from json import loads

class Absent(MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in absent:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

absent = frozenset(loads(sys.argv.pop(1)))
sys.meta_path.insert(0, Absent())
from neuralnav.cli import run
run()
"""


def instructions() -> list[tuple[str, str]]:
    text = (SIMULATOR / "Dockerfile").read_text().replace("\\\n", " ")
    lines = (line.strip() for line in text.splitlines())
    return [(line.partition(" ")[0], line.partition(" ")[2]) for line in lines if line and not line.startswith("#")]


def the(name: str) -> str:
    return [rest for instruction, rest in instructions() if instruction == name][-1]


def test_it_is_small_and_has_no_gpu() -> None:
    bases = [rest.split()[0] for instruction, rest in instructions() if instruction == "FROM"]
    assert bases == ["docker.io/library/python:3.11-slim"] * 2
    assert not re.search(r"nvidia|cuda|rocm|torch", (SIMULATOR / "Dockerfile").read_text(), re.IGNORECASE)


def test_it_runs_as_a_numbered_user_that_is_not_root() -> None:
    user, group = the("USER").split(":")
    assert int(user) > 0
    assert int(group) > 0


def test_it_listens_where_vllms_image_does_open_to_others() -> None:
    variables = dict(pair.split("=") for pair in the("ENV").split())
    server = parse_options(["serve", MODEL], variables).server
    assert (server.host, server.port) == ("0.0.0.0", 8000)
    assert the("EXPOSE") == "8000"
    assert parse_options(["serve", MODEL, "--port=9000"], variables).server.port == 9000
    assert "-p 8001:8000 neuralnav-simulator" in (ROOT / "docs" / "simulator.md").read_text()


def test_what_it_copies_is_there() -> None:
    copied = [rest.split() for instruction, rest in instructions() if instruction == "COPY"]
    sources = [
        part for parts in copied for part in parts[:-1] if not part.startswith(("--", "/wheels", "/constraints"))
    ]
    assert sources
    assert all((ROOT / source.removeprefix("/src/")).exists() for source in sources)


def is_left_out(path: str) -> bool:
    """Whether ``Dockerfile.dockerignore`` keeps a path of the root from the build: the last line that fits decides."""
    left_out = False
    for line in (SIMULATOR / "Dockerfile.dockerignore").read_text().splitlines():
        if fnmatchcase(path.partition("/")[0], line.removeprefix("!")):
            left_out = not line.startswith("!")
    return left_out


def test_the_build_gets_all_that_the_package_is_made_of_and_nothing_that_tools_leave_behind() -> None:
    wheel = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"]
    needed = [*wheel["packages"], *wheel["force-include"], "pyproject.toml", "uv.lock", "README.md", "LICENSE"]
    assert not [path for path in needed if is_left_out(path)]
    for left in (".git", ".venv", ".uv", ".mypy_cache", ".hypothesis", ".env", ".files", "tests", "docs", "bench"):
        assert is_left_out(left), left


def started(*arguments: str) -> subprocess.CompletedProcess[str]:
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    command = ["sh", str(SIMULATOR / "entrypoint.sh"), *arguments]
    environment = os.environ | {"PATH": path, "NEURALNAV_SIMULATOR_GPU": "L4"}
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=30, check=False)


def test_its_entry_point_takes_what_vllms_takes() -> None:
    assert json.loads(the("ENTRYPOINT")) == ["vllm"]
    assert started("serve", "--help").returncode == 0
    too_large = started("serve", MODEL, "--served-model-name=x", "--max-model-len=131072", "--port=8000")
    assert too_large.returncode == 1
    assert f"{MODEL} (bf16) on 1x L4 does not fit" in too_large.stderr


def test_the_command_of_manifests_is_in_the_image(one_nvidia_gpu: ManifestSet) -> None:  # noqa: F811
    (main,) = (yaml.safe_load(file.text) for file in one_nvidia_gpu.files if file.path == "inferenceservice.yaml")
    (container,) = main["spec"]["predictor"]["containers"]
    assert container["command"] == ["vllm", "serve"]
    assert parse_options(["serve", *container["args"]], {"NEURALNAV_SIMULATOR_GPU": "L4"}).warnings == ()
    installed = [rest.split()[-1] for instruction, rest in instructions() if instruction == "COPY"]
    assert "/usr/local/bin/vllm" in installed


def required() -> set[str]:
    """The distributions that ``simulator/requirements.txt`` brings, with theirs."""
    lines = (SIMULATOR / "requirements.txt").read_text().splitlines()
    waiting = [canonicalize_name(line) for line in lines if not line.startswith("#")]
    found: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        found.add(name)
        try:
            wanted = [Requirement(line) for line in requires(name) or ()]
        except PackageNotFoundError:
            continue
        waiting += [
            canonicalize_name(one.name) for one in wanted if one.marker is None or one.marker.evaluate({"extra": ""})
        ]
    return found


def test_its_requirements_are_the_projects_own() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    own = {canonicalize_name(Requirement(line).name) for line in project["dependencies"]}
    assert {line for line in (SIMULATOR / "requirements.txt").read_text().splitlines() if line[0] != "#"} <= own


def test_it_serves_with_nothing_but_its_requirements(start: Start) -> None:
    kept = required() | {"neuralnav"}
    absent = [
        package
        for package, owners in packages_distributions().items()
        if not any(canonicalize_name(owner) in kept for owner in owners)
    ]
    assert {"numba", "asyncpg", "chainlit", "langgraph"} <= set(absent)
    program = (sys.executable, "-c", WITHOUT, json.dumps(absent), "simulator")
    with start("--time-scale=50", program=program) as simulator:
        body = {"messages": [{"role": "user", "content": "Hello"}], "max_tokens": 5}
        assert simulator.post("/v1/chat/completions", body).status_code == 200
        assert "vllm:num_requests_running" in simulator.get("/metrics").text
        assert simulator.metric("process_resident_memory_bytes") < 150e6
