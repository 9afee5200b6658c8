"""A trace while it is written: formulas take what is there, sections get what was written since the last one."""

from __future__ import annotations

import math

import pytest

from neuralnav.models.trace import SourceKind
from neuralnav.planning.tracing.ledger import Ledger
from neuralnav.planning.tracing.sources import by_default


def test_a_formula_takes_its_inputs_from_figures_of_earlier_sections() -> None:
    ledger = Ledger()
    ledger.given("peak_qps", 9.0, by_default("traffic.peak_qps"))
    ledger.close("load")
    ledger.derived("planned_peak_qps", 18.0, "peak_qps x 2", max)
    ledger.close("replicas")
    load, replicas = ledger.sections
    assert [entry.name for entry in load.entries] == ["peak_qps"]
    assert replicas.entries[0].inputs == {"peak_qps": 9.0}
    assert (replicas.entries[0].unit, replicas.entries[0].source.kind) == ("requests/s", SourceKind.FORMULA)


def test_a_formula_cannot_take_what_is_not_there() -> None:
    with pytest.raises(KeyError, match="peak_qps"):
        Ledger().derived("planned_peak_qps", 18.0, "peak_qps x 2", max)


def test_what_is_infinite_has_no_value() -> None:
    ledger = Ledger()
    ledger.given("ttft_p95_ms", math.inf, by_default("traffic"))
    ledger.table("Surface", ("load", "ms"), [(0.5, math.inf)], by_default("traffic"))
    ledger.close("latency")
    assert ledger.sections[0].entries[0].value is None
    assert ledger.sections[0].tables[0].rows == ((0.5, None),)
