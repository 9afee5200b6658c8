"""A plan as tables for people at a terminal."""

from __future__ import annotations

from typing import TextIO

from rich.console import Console
from rich.table import Table
from rich.text import Text

from neuralnav.cli.side_by_side import print_warnings
from neuralnav.models.figures import banded, duration
from neuralnav.models.labels import UNRATED, hardware_label, listed_model_label
from neuralnav.models.options import NumberedOption, number_options, sources_of
from neuralnav.models.plan import Plan
from neuralnav.models.specification import DeploymentSpecification


def print_plan(plan: Plan, stream: TextIO) -> None:
    """The specification, the numbered options and, where little complies, the near misses."""
    console = Console(file=stream, highlight=False)
    _specification(console, plan.specification)
    console.print(
        f"{plan.evaluated:,} configurations of {plan.models_considered} models evaluated in "
        f"{plan.elapsed_ms:,.0f} ms; {plan.compliant:,} meet every target.",
        markup=False,
    )
    print_warnings(console, plan.warnings)
    numbered = number_options(plan)
    if numbered:
        console.print(_options(numbered))
        if not all(one.option.scores.accuracy_rated for one in numbered):
            console.print(UNRATED, markup=False)
        for option in numbered[:3]:
            console.print(f"{option.number}. {option.option.reason}", markup=False)
        console.print(f"Figures are {sources_of(numbered)}; brackets hold the 90 % band.", markup=False)
    else:
        console.print("Nothing meets every target and constraint.", style="bold", markup=False)
        for reason, count in sorted(plan.rejected_summary.items(), key=lambda item: -item[1]):
            console.print(f"  {count:>7,}  {reason}", markup=False)
    for miss in plan.near_misses:
        console.print(f"Near: {miss.sentence}", markup=False)


def _specification(console: Console, spec: DeploymentSpecification) -> None:
    traffic, targets = spec.traffic, spec.slo_targets
    use_case = spec.intent.use_case.value if spec.intent.use_case else "?"
    lines = (
        f"{use_case}, priority {spec.intent.priority.value}",
        f"{traffic.average_qps:.3g} requests/s on average, {traffic.peak_qps:.3g} at peak; "
        f"{traffic.prompt_tokens.mean:.0f} tokens in, {traffic.output_tokens.mean:.0f} out (means)",
        f"p95 targets: TTFT {duration(targets.ttft_p95_ms)}, ITL {duration(targets.itl_p95_ms)}, "
        f"E2E {duration(targets.e2e_p95_ms)}",
        f"assumed: {', '.join(spec.assumed) or 'nothing'}",
        *spec.notes,
    )
    for line in lines:
        console.print(line, markup=False)


def _options(numbered: tuple[NumberedOption, ...]) -> Table:
    table = Table(box=None, pad_edge=False)
    for heading in ("#", "Model", "GPUs", "$/month", "TTFT p95", "ITL p95", "E2E p95", "First in"):
        table.add_column(heading, justify="right" if heading in {"#", "$/month"} else "left")
    for entry in numbered:
        option = entry.option
        table.add_row(
            str(entry.number),
            Text(listed_model_label(option)),
            hardware_label(option),
            f"{option.cost.per_month_usd:,.0f}" if option.cost else "no price",
            banded(option.predicted.ttft_p95_ms),
            banded(option.predicted.itl_p95_ms),
            banded(option.predicted.e2e_p95_ms),
            ", ".join(_places(entry)),
        )
    return table


def _places(entry: NumberedOption) -> list[str]:
    """What an option is first in, and the template that it is."""
    first_in = [view.value for view, rank in entry.ranks.items() if rank == 1]
    return [f"template {entry.template}", *first_in] if entry.template else first_in
