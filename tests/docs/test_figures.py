"""Figures that the documentation quotes are those of the code and the data as they are."""

from __future__ import annotations

from pathlib import Path

from neuralnav.deployment.images import VLLM_VERSION
from neuralnav.knowledge.seeds import read_seeds
from neuralnav.performance.calibration import Metric, read_calibration
from neuralnav.performance.engine import HAND_PICKED
from neuralnav.planning.planner import Planner
from neuralnav.planning.specification import specify
from neuralnav.understanding.request import read_request

DOCS = Path(__file__).resolve().parents[2] / "docs"
NEARLY = "RAG for 200 people, TTFT 120 ms, only L4"
NAMES = {
    Metric.TTFT: "TTFT",
    Metric.ITL: "ITL",
    Metric.E2E: "E2E",
    Metric.MAX_QPS: "most that a replica carries",
}


def page(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def test_the_error_bands_are_those_of_the_calibration() -> None:
    text, calibration = page("performance-model.md"), read_calibration()
    assert f"{calibration.rows} runs" in text
    for metric, band in calibration.bands.items():
        row = f"| {NAMES[metric]} | {band.low:.3f} to {band.high:.3f} | {band.median:.3f} |"
        assert f"{row} {band.median_absolute_error:.1%} |".replace("%", " %") in text


def test_the_efficiencies_and_host_times_are_those_of_the_engine() -> None:
    text = " ".join(page("performance-model.md").split())
    used = HAND_PICKED
    for words in (
        f"{used.arithmetic_16bit:.2f} for 16-bit products",
        f"{used.arithmetic_8bit:.2f} for 8-bit and {used.arithmetic_4bit:.2f} for 4-bit ones",
        f"{used.weight_read:.2f} for reading weights",
        f"{used.kv_read:.2f} for reading the cache",
        f"{used.attention:.2f} for prompt attention",
        f"{used.link:.2f} for links on a switch",
        f"{used.step_s * 1e3:g} ms a step, {used.layer_s * 1e6:g} µs a layer, {used.sequence_s * 1e6:g} µs a sequence",
        f"vLLM {VLLM_VERSION.rpartition('.')[0]}",
    ):
        assert words in text


def test_the_quoted_near_miss_is_what_that_request_gets() -> None:
    text, reference = page("planning.md"), read_seeds()
    assert NEARLY in text
    plan = Planner(reference).plan(specify(read_request(NEARLY), reference.use_cases))
    assert any(f"> {miss.sentence}\n" in text for miss in plan.near_misses)
