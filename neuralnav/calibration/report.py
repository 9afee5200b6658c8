"""The accuracy page: ``docs/accuracy.md`` and its pictures, made from one comparison."""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from neuralnav.calibration.accuracy import (
    by_group,
    by_regime,
    coverages,
    headline,
    mean_of_group_medians,
    select,
    summarise,
    worst_groups,
)
from neuralnav.calibration.bands import Errors
from neuralnav.calibration.comparison import METRICS, Comparison, errors_of
from neuralnav.calibration.plots import draw_scatter
from neuralnav.performance.calibration import Calibration, Metric
from neuralnav.performance.efficiencies import Efficiencies

TEMPLATES = Path(__file__).resolve().parent / "templates"
NAMES = {
    Metric.TTFT: "TTFT",
    Metric.ITL: "ITL",
    Metric.E2E: "E2E",
    Metric.THROUGHPUT: "throughput",
    Metric.MAX_QPS: "largest rate",
}
WORST = 8


def write_report(page: Path, comparison: Comparison, calibration: Calibration, efficiencies: Efficiencies) -> None:
    """Write the page to ``page`` and its pictures to ``images`` beside it.

    Raises:
        UnavailableError: matplotlib is not installed.
    """
    images = page.parent / "images"
    images.mkdir(parents=True, exist_ok=True)
    itl = _unseen(comparison, Metric.ITL, "closed_loop")
    ttft = _unseen(comparison, Metric.TTFT, "closed_loop")
    batches = _unseen(comparison, Metric.THROUGHPUT, "static_batch")
    draw_scatter(images / "accuracy-itl.svg", itl, "Mean ITL under closed-loop load", "ms", 1e3)
    draw_scatter(images / "accuracy-ttft.svg", ttft, "Mean TTFT under closed-loop load", "ms", 1e3)
    draw_scatter(images / "accuracy-throughput.svg", batches, "Static batches a second", "batches/s", 1.0)
    page.write_text(_page(comparison, calibration, efficiencies, itl, ttft, batches), encoding="utf-8")


def _page(
    comparison: Comparison,
    calibration: Calibration,
    efficiencies: Efficiencies,
    itl: Errors,
    ttft: Errors,
    batches: Errors,
) -> str:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        undefined=StrictUndefined,
        autoescape=False,  # noqa: S701 - the page is Markdown, made of our own figures and names
        keep_trailing_newline=True,
    )
    groups = []
    for title, errors in (("ITL", itl), ("TTFT", ttft), ("Throughput of static batches", batches)):
        groups += [
            (f"{title} by GPU", by_group(errors, lambda run: run.gpu.gpu_type.value)),
            (f"{title} by model", by_group(errors, lambda run: run.model)),
            (f"{title} by maker", by_group(errors, lambda run: run.family)),
        ]
        if errors is not batches:
            groups.append((f"{title} by load", by_regime(errors)))
    return environment.get_template("accuracy.md.jinja").render(
        calibration=calibration,
        headline=headline(comparison),
        names=NAMES,
        groups=groups,
        group_mean=mean_of_group_medians(itl),
        worst=worst_groups(itl, WORST),
        worst_ttft=worst_groups(ttft, WORST),
        coverages=coverages(comparison, calibration, METRICS),
        kernels=sorted((gpu.value, own) for gpu, own in efficiencies.gpus.items()),
        stand_ins=sorted((gpu.value, other.value) for gpu, other in efficiencies.stand_ins.items()),
        left_out=sorted(calibration.skipped.items()),
        ours_runs=summarise("all", itl).runs,
        ours_itl=summarise("all", itl).median,
        ours_ttft=summarise("all", ttft).median,
        percent=lambda share: f"{100 * share:.1f} %",
        signed=lambda share: f"{100 * share:+.1f} %",
    )


def _unseen(comparison: Comparison, metric: Metric, load: str) -> Errors:
    return select(errors_of(comparison, comparison.without_model, metric), load)
