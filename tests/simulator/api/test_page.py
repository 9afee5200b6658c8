"""The page about the simulator says what is so."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

from simulator.api.options import parse_options
from tests.simulator.api.conftest import Simulator, Start

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "simulator.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def test_the_first_example_runs(start: Start) -> None:
    uv, run, program, command, *arguments = shlex.split(blocks("sh")[0])
    assert (uv, run, program, command) == ("uv", "run", "neuralnav", "simulator")
    served = parse_options(arguments, {}).server.served_model_names
    with start("--served-model-name", *served, "--time-scale=20") as simulator:
        code = blocks("python")[0].replace("http://127.0.0.1:8001", simulator.url)
        said = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, timeout=30, check=True
        ).stdout
    assert len(said.split()) > 20


def test_the_containers_arguments_are_known() -> None:
    *_, last = blocks("sh")[1].strip().splitlines()
    arguments = shlex.split(last)
    assert parse_options(arguments[arguments.index("serve") :], {}).warnings == ()


def test_every_option_and_metric_that_it_names_is_there(simulator: Simulator) -> None:
    shown = simulator.get("/metrics").text
    for metric in set(re.findall(r"(?:vllm:|neuralnav_simulator_)\w+", PAGE)):
        assert metric in shown, metric
    for flag in set(re.findall(r"--fault-[a-z-]*[a-z]", PAGE)):
        assert parse_options(["m", "--gpu=L4", flag, "1"], {}).warnings == ()
