"""``field=value`` as people type it."""

from __future__ import annotations

from typing import Any

import pytest

from neuralnav.errors import InvalidInputError
from neuralnav.models.catalog import UseCaseTemplate
from neuralnav.planning.field_values import read_changes
from neuralnav.planning.specification import edit_specification
from tests.neuralnav.planning.conftest import Specify

AT = "2026-11-20T10:00:00+00:00"


@pytest.mark.parametrize(
    ("assignment", "field", "value"),
    [
        ("user_count=2000", "user_count", 2000),
        (" user_count = 2e3 ", "user_count", 2000.0),
        ("pinned.gpu_type=H100", "pinned.gpu_type", "H100"),
        ("pinned.model=7", "pinned.model", "7"),
        ("available_gpus=L4, H100", "available_gpus", "L4, H100"),
        ('available_gpus=["L4"]', "available_gpus", ["L4"]),
        ("excluded_gpus=T4, A100", "excluded_gpus", "T4, A100"),
        ("priority=cost", "priority", "cost"),
        ("streaming=true", "streaming", True),
        ("policy.approved_only=false", "policy.approved_only", False),
        ('prompt_tokens={"kind":"fixed","mean":900}', "prompt_tokens", {"kind": "fixed", "mean": 900}),
        ("pinned.replicas=none", "pinned.replicas", None),
        ("region=", "region", None),
        ("description=a=b", "description", "a=b"),
    ],
)
def test_a_value_is_read_by_its_fields_type(assignment: str, field: str, value: Any) -> None:
    assert read_changes([assignment]) == {field: value}


@pytest.mark.parametrize("assignments", [["user_count"], ["=3"], ["max_gpus=1", "max_gpus=2"]])
def test_what_is_no_assignment_is_refused(assignments: list[str]) -> None:
    with pytest.raises(InvalidInputError) as caught:
        read_changes(assignments)
    assert caught.value.problems


@pytest.mark.parametrize(
    ("assignment", "field"),
    [
        ("user_count=many", "user_count"),
        ("user_count=-5", "user_count"),
        ("user_count=NaN", "user_count"),
        ("ttft_p95_ms=Infinity", "ttft_p95_ms"),
        ("max_gpus=2.5", "max_gpus"),
        ("priority=speed", "priority"),
        ("pinned.precision=fp7", "pinned.precision"),
        ("colour=red", "field"),
    ],
)
def test_a_value_of_the_wrong_type_is_refused_by_the_edit_with_its_field(
    spec: Specify, use_cases: tuple[UseCaseTemplate, ...], assignment: str, field: str
) -> None:
    with pytest.raises(InvalidInputError) as caught:
        edit_specification(spec(), read_changes([assignment]), use_cases, at=AT)
    assert caught.value.problems[0].field == field
    assert caught.value.problems[0].allowed
