"""A trial's verdict: firm where a server is slow, unmoved by a busy machine, and said in numbers."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from neuralnav.deployment.probing_cases import ProbeCase
from neuralnav.deployment.probing_light import LightPrediction
from neuralnav.deployment.probing_report import ProbeAnswer, ProbeReport
from neuralnav.deployment.probing_verdict import judge
from neuralnav.models.deployment import Check
from neuralnav.models.plan import Estimate
from neuralnav.models.specification import LengthDistribution, SLOTargets, TrafficProfile
from neuralnav.models.vocabulary import Source

ALONE = ProbeCase(name="short prompts", prompt_tokens=64, output_tokens=24, requests=7)
TOGETHER = ProbeCase(name="prompts at once", prompt_tokens=64, output_tokens=24, requests=4, at_once=4)
TARGETS = SLOTargets(ttft_p95_ms=150, itl_p95_ms=25, e2e_p95_ms=7000)
TRAFFIC = TrafficProfile(
    prompt_tokens=LengthDistribution(mean=512, p95=1024),
    output_tokens=LengthDistribution(mean=256, p95=512),
    average_qps=3,
    peak_qps=9,
    steady_concurrency=10,
    peak_concurrency=30,
)


def band(value: float) -> Estimate:
    return Estimate(value=value, low=0.8 * value, high=1.3 * value, source=Source.SIMULATED, reference="roofline")


LIGHT = {
    ALONE.name: LightPrediction(ttft_ms=band(40), itl_ms=band(10)),
    TOGETHER.name: LightPrediction(ttft_ms=band(90), itl_ms=band(11)),
}


def answer(case: ProbeCase, ttft_ms: float, itl_ms: float | None = 10, **changes: Any) -> ProbeAnswer:
    tokens = 1 if itl_ms is None else 24
    fields: dict[str, Any] = {
        "case": case.name,
        "status": 200,
        "prompt_tokens": 60,
        "output_tokens": tokens,
        "pieces": tokens,
        "finish_reason": "length",
        "ttft_ms": ttft_ms,
        "itl_ms": itl_ms,
        "e2e_ms": ttft_ms + 23 * (itl_ms or 0),
    }
    return ProbeAnswer(**(fields | changes))


def verdict(alone: list[ProbeAnswer], together: list[ProbeAnswer] | None = None, **changes: Any) -> dict[str, Check]:
    together = together or [answer(TOGETHER, 95)] * 4
    cases = tuple(
        case.model_copy(update={"requests": len(answers)}) for case, answers in ((ALONE, alone), (TOGETHER, together))
    )
    fields: dict[str, Any] = {
        "model": "m",
        "started_at": datetime(2026, 3, 2, tzinfo=UTC),
        "duration_s": 3,
        "cases": cases,
        "health": "200",
        "roundtrip_ms": 2.0,
        "worst_roundtrip_ms": 10.0,
        "served": ("m",),
        "answers": (*alone, *together),
    }
    light = changes.pop("light", LIGHT)
    report = ProbeReport(**(fields | changes))
    return {check.name: check for check in judge(report, light, TARGETS, TRAFFIC)}


def failed(checks: dict[str, Check]) -> set[str]:
    return {name for name, check in checks.items() if not check.passed}


def test_a_trial_as_predicted_reads_so() -> None:
    checks = verdict([answer(ALONE, 41)] * 7)
    assert failed(checks) == set()
    assert checks["TTFT as predicted, short prompts"].detail == (
        "TTFT, short prompts: 41 ms at best, 41 ms in the middle (7 requests); 40 ms (32-52) predicted for one request "
        "at a time, up to 122 ms accepted."
    )
    assert checks["TTFT within its target"].detail == (
        "TTFT: 39 ms in the middle, 93 ms at worst; 0 of 8 times over the target of 150 ms."
    )
    assert (
        "an answer of 512 tokens, the longest but 5 % of the load, takes 5.15 s"
        in checks["E2E within its target"].detail
    )


def test_a_busy_machine_fails_nothing() -> None:
    busy = [answer(ALONE, 120, 13), answer(ALONE, 400, 18), answer(ALONE, 60, 12), *[answer(ALONE, 130, 13)] * 4]
    assert failed(verdict(busy)) == set()


def test_a_machine_that_stands_still_is_given_the_time_that_its_health_took() -> None:
    slow = [answer(ALONE, 140)] * 7
    assert failed(verdict(slow)) == {"TTFT as predicted, short prompts"}
    assert failed(verdict(slow, worst_roundtrip_ms=25.0)) == set()
    assert failed(verdict([answer(ALONE, 700)] * 7, worst_roundtrip_ms=9000.0)) >= {"TTFT as predicted, short prompts"}


def test_a_server_that_is_slow_every_time_fails() -> None:
    checks = verdict([answer(ALONE, 130, 30)] * 7, [answer(TOGETHER, 100, 11)] * 4)
    assert failed(checks) == {
        "TTFT as predicted, short prompts",
        "ITL as predicted, one request at a time",
        "ITL within its target",
        "E2E within its target",
    }
    assert checks["ITL as predicted, one request at a time"].detail.endswith(
        "10 ms (8-13) predicted for one request at a time, up to 16.3 ms accepted: 3 times what was predicted."
    )


def test_three_of_eight_times_over_a_target_are_no_chance() -> None:
    late, fine = answer(ALONE, 160), answer(ALONE, 41)
    assert "TTFT within its target" not in failed(verdict([late] * 2 + [fine] * 5))
    assert "TTFT within its target" in failed(verdict([late] * 3 + [fine] * 4))
    assert "TTFT within its target" not in failed(verdict([fine] * 7, [answer(TOGETHER, 160)] * 4)), "one moment"


def test_requests_at_once_are_judged_by_the_median_of_their_best_round() -> None:
    slow, fast = (50, 900, 900, 900), (50, 95, 95, 95)
    alone = [answer(ALONE, 41)] * 30
    once_slow = verdict(alone, [answer(TOGETHER, ttft) for ttft in (*slow, *fast)])
    always_slow = verdict(alone, [answer(TOGETHER, ttft) for ttft in (*slow, *slow)])
    assert "TTFT as predicted, prompts at once" not in failed(once_slow)
    assert "TTFT as predicted, prompts at once" in failed(always_slow)


def test_answers_in_one_piece_are_no_stream() -> None:
    whole = answer(ALONE, 200, pieces=1).model_copy(update={"itl_ms": None})
    assert "streaming" in failed(verdict([whole] * 7, [whole.model_copy(update={"case": TOGETHER.name})] * 4))


def test_answers_of_one_token_are_judged_by_their_first() -> None:
    checks = verdict([answer(ALONE, 41, None)] * 7, [answer(TOGETHER, 95, None)] * 4)
    assert failed(checks) == set()
    assert {name for name in checks if "ITL" in name or "E2E" in name} == set()


def test_without_a_prediction_only_targets_are_held() -> None:
    checks = verdict([answer(ALONE, 41)] * 7, light={})
    assert {name for name in checks if "predicted" in name} == set()
    assert "TTFT within its target" in checks


def test_every_request_must_be_answered_whole() -> None:
    cut = ProbeAnswer(case=ALONE.name, error="the stream was cut after 3 pieces", status=200)
    checks = verdict([answer(ALONE, 41)] * 6 + [cut])
    assert failed(checks) == {"answers"}
    assert checks["answers"].detail == (
        "10 of 11 requests were answered whole, ended 10 by 'length': the stream was cut after 3 pieces (1 request); "
        "3 s in all."
    )
