"""Entries of a trace: what their formulas name, and when they differ from the plan."""

from __future__ import annotations

import pytest

from neuralnav.models.trace import SourceKind, TraceEntry, TraceSource, Value, names_in

SOURCE = TraceSource(kind=SourceKind.DATA, where="table cost_data", source="a price page")


@pytest.mark.parametrize(
    ("formula", "names"),
    [
        ("peak_qps x burst_factor x (1 + headroom)", ("peak_qps", "burst_factor", "headroom")),
        ("max(ceil(a / b), 1) + a", ("a", "b")),
        ("50 - 15 x log2(cost_usd / 10^6)", ("cost_usd",)),
        ("2 x tau2", ("tau2",)),
    ],
)
def test_a_formula_names_its_figures_once_each(formula: str, names: tuple[str, ...]) -> None:
    assert names_in(formula) == names


@pytest.mark.parametrize(
    ("value", "planned", "differs"),
    [
        (1.0, None, False),
        (1.0, 1.0 + 1e-12, False),
        (1, 1.0, False),
        (1.0, 1.001, True),
        ("fp8", "fp8", False),
        ("fp8", "bf16", True),
        (None, 3.5, True),
        (0.0, 0.0, False),
    ],
)
def test_a_figure_differs_when_the_plan_holds_another(value: Value, planned: Value, *, differs: bool) -> None:
    assert TraceEntry(name="figure", value=value, source=SOURCE, planned=planned).differs is differs
