"""Figures that the documentation quotes are those of the code and the data as they are."""

from __future__ import annotations

from pathlib import Path

from neuralnav.calibration.serving_fit import CURRENT
from neuralnav.deployment.images import VLLM_VERSION
from neuralnav.knowledge.seeds import read_seeds
from neuralnav.performance.calibration import Band, Metric, read_calibration
from neuralnav.performance.efficiencies import shipped_efficiencies
from neuralnav.planning.planner import Planner
from neuralnav.planning.specification import specify
from neuralnav.services.shipped_plans import recall_shipped
from neuralnav.understanding.request import read_request

DOCS = Path(__file__).resolve().parents[2] / "docs"
NEARLY = "RAG for 200 people, TTFT 120 ms, only L4"
WORDS = {8: "eight", 17: "seventeen"}


def page(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def test_the_accuracy_page_belongs_to_the_calibration_that_ships() -> None:
    text, calibration = " ".join(page("accuracy.md").split()), read_calibration()
    assert calibration.version == shipped_efficiencies().version
    assert f"from {calibration.rows:,} measured runs of real vLLM servers (calibration {calibration.version})" in text
    for name, own in shipped_efficiencies().gpus.items():
        assert f"| {name.value} | {own.points:,} | {own.median_error:.1%} |".replace("%", " %") in text


def test_the_performance_page_counts_what_the_calibration_holds() -> None:
    text = " ".join(page("performance-model.md").split())
    efficiencies, calibration = shipped_efficiencies(), read_calibration()
    timings = round(sum(own.points for own in efficiencies.gpus.values()), -3)
    by_era = {
        era: sum(
            band.points for band in calibration.bands if (band.metric, band.era) == (Metric.E2E, era) and whole(band)
        )
        for era in ("current", "2024")
    }
    assert f"{timings:,} timings of single vLLM kernels on {WORDS[len(efficiencies.gpus)]} kinds of GPU" in text
    assert f"{WORDS[len(CURRENT)].capitalize()} figures that hold for every model and GPU" in text
    assert f"fitted to {by_era['current']} measured runs" in text
    assert f"({by_era['2024']} static batches" in text
    assert f"vLLM {VLLM_VERSION.rpartition('.')[0]}" in text


def whole(band: Band) -> bool:
    """Whether a band is of the E2E of all loads on one generation of GPUs."""
    return band.metric is Metric.E2E and band.generation is not None and band.regime is None


def test_the_quoted_near_miss_is_what_that_request_gets() -> None:
    text, reference = page("planning.md"), read_seeds()
    assert NEARLY in text
    planner, specification = Planner(reference), specify(read_request(NEARLY), reference.use_cases)
    recall_shipped(planner, specification)
    plan = planner.plan(specification)
    assert any(f"> {miss.sentence}\n" in text for miss in plan.near_misses)
