"""Approvals are bound to exact manifests; checks, watches and decisions hold values that can be."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from neuralnav.models.deployment import (
    Approval,
    ChangeKind,
    Check,
    Decision,
    ManifestFile,
    ManifestSet,
    Observation,
    Validation,
    Watch,
)
from neuralnav.models.specification import SLOTargets

AT = datetime(2026, 11, 20, 10, tzinfo=UTC)
PASSED = Check(name="files", passed=True, detail="They are there.")
FAILED = Check(name="files", passed=False, detail="They are not there.")


def approval(**changes: Any) -> Approval:
    fields = {"by": "ada", "at": AT.isoformat(), "manifests_sha256": "0" * 64, "price_table": "p", "calibration": "c"}
    return Approval.model_validate(fields | changes)


def decision(**changes: Any) -> Decision:
    fields: dict[str, Any] = {
        "deployment_id": UUID(int=1),
        "thread_id": "thread",
        "change": "deploy",
        "option_number": 1,
        "turns": 1,
        "edits": 0,
        "first_word_at": AT,
        "decided_at": AT + timedelta(minutes=5),
    }
    return Decision.model_validate(fields | changes)


def manifests(*files: tuple[str, str]) -> ManifestSet:
    return ManifestSet(
        name="chatbot",
        namespace="inference",
        files=tuple(ManifestFile(path=path, text=text) for path, text in files),
    )


def test_an_approval_without_a_change_is_of_a_first_deployment() -> None:
    assert (approval().change, approval().revision) == (ChangeKind.DEPLOY, 1)


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"change": "scale"}, "change"),
        ({"change": None}, "change"),
        ({"revision": 0}, "revision"),
        ({"revision": 1_000_001}, "revision"),
        ({"revision": 1.5}, "revision"),
        ({"revision": "2"}, "revision"),
        ({"revision": True}, "revision"),
    ],
)
def test_a_change_or_revision_that_cannot_be_is_refused(changes: dict[str, Any], named: str) -> None:
    with pytest.raises(ValidationError, match=named):
        approval(**changes)


def test_the_digest_is_the_same_in_any_order_and_another_for_any_other_content() -> None:
    files = (("a.yaml", "x"), ("b.yaml", "y"))
    digest = manifests(*files).sha256
    assert manifests(*files[::-1]).sha256 == digest
    others = [
        manifests(("a.yaml", "y"), ("b.yaml", "x")),
        manifests(("a.yaml", "x")),
        manifests(("a.yaml", "x "), ("b.yaml", "y")),
        manifests(*files, ("c.yaml", "")),
    ]
    assert len({digest, *(one.sha256 for one in others)}) == 5


@given(first=st.text(), second=st.text(), between=st.text())
def test_text_cannot_move_from_one_file_to_the_next_under_the_same_digest(
    first: str, second: str, between: str
) -> None:
    one = manifests(("a.yaml", first + between), ("b.yaml", second))
    two = manifests(("a.yaml", first), ("b.yaml", between + second))
    assert (one.sha256 == two.sha256) is (one.files == two.files)


def test_a_validation_passes_where_every_check_does() -> None:
    assert Validation(checks=(PASSED, PASSED)).passed
    mixed = Validation(checks=(PASSED, FAILED))
    assert not mixed.passed
    assert mixed.failures == (FAILED,)


def test_a_validation_without_checks_says_nothing_and_is_refused() -> None:
    with pytest.raises(ValidationError, match="checks"):
        Validation(checks=())


@pytest.mark.parametrize("rate", [0, -1, float("nan"), float("inf"), "9"])
def test_a_watch_is_of_a_rate_that_can_be(rate: object) -> None:
    targets = SLOTargets(ttft_p95_ms=150, itl_p95_ms=25, e2e_p95_ms=7000)
    with pytest.raises(ValidationError, match="planned_peak_qps"):
        Watch.model_validate(
            {"deployment_id": UUID(int=1), "targets": targets, "planned_peak_qps": rate, "reason": "none"}
        )


def test_an_observation_knows_its_time_zone() -> None:
    with pytest.raises(ValidationError, match="at"):
        Observation(deployment_id=UUID(int=1), at=AT.replace(tzinfo=None), validation=Validation(checks=(PASSED,)))


def test_a_decision_that_came_from_no_list_has_no_number() -> None:
    assert decision(option_number=None).option_number is None


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"option_number": 0}, "option_number"),
        ({"option_number": 100}, "option_number"),
        ({"turns": 0}, "turns"),
        ({"edits": -1}, "edits"),
        ({"change": "scale"}, "change"),
        ({"first_word_at": AT.replace(tzinfo=None)}, "first_word_at"),
        ({"decided_at": AT.replace(tzinfo=None)}, "decided_at"),
        ({"deployment_id": "one"}, "deployment_id"),
        ({"mood": "good"}, "mood"),
    ],
)
def test_a_decision_that_cannot_be_is_refused(changes: dict[str, Any], named: str) -> None:
    with pytest.raises(ValidationError, match=named):
        decision(**changes)
