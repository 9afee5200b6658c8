"""Whether a trial went as it should: the server answers, as fast as predicted for so light a load, within its targets.

Against the prediction, TTFT is that of a case's fastest request or, of requests at once, the median of the fastest
round: whatever else the machines do can only make requests slower, while a server that is slow is slow every time. ITL
is the median of all requests, each of which is a mean over its tokens already.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from statistics import median

from neuralnav.deployment.probing_cases import ProbeCase
from neuralnav.deployment.probing_light import LightPrediction
from neuralnav.deployment.probing_report import WELL, ProbeAnswer, ProbeReport, typical
from neuralnav.models.deployment import Check
from neuralnav.models.figures import banded, duration, figure, listed, plural
from neuralnav.models.plan import Estimate
from neuralnav.models.specification import SLOTargets, TrafficProfile
from neuralnav.observability.confidence import SURE, confidence_above

TTFT_ALLOWANCE_MS = 50.0
"""What a first token may take beyond the predicted band for reading and tokenising the request and for the first run of
kernels at a new length."""

STANDSTILLS = 2
"""Times that a request may meet the longest standstill that ``/health`` met: on its way there, and back."""

MOST_STANDSTILL_MS = 250.0
"""The longest standstill that is believed: a server whose ``/health`` takes longer is not well."""

ITL_ALLOWANCE_MS = 2.0
"""What a token may take beyond the predicted band: a late packet of 40 ms, spread over an answer of 24 tokens."""

ITL_ALLOWANCE_SHARE = 0.1
"""The same as a share of the band's upper end, for what the server does besides: counting, logging, sending."""

OVER = 0.05
"""Share of requests that a p95 target lets pass over it."""

MOST_NAMED = 3


def judge(
    report: ProbeReport,
    light: Mapping[str, LightPrediction],
    targets: SLOTargets,
    traffic: TrafficProfile,
) -> tuple[Check, ...]:
    """Every check of a trial, each with what was found in a sentence.

    Args:
        report: what was tried.
        light: what was to be expected, by the case's name; a case without is held to the targets alone.
        targets: what has to hold at p95 at any load, so under so light a one too.
        traffic: the load, for the length of its answers.
    """
    checks = [_health(report), _model(report), _answered(report)]
    if any(answer.error is None for answer in report.answers):
        checks.append(_streams(report))
        checks += _against_prediction(report, light)
        checks += _against_targets(report, targets, traffic)
    return tuple(checks)


def _health(report: ProbeReport) -> Check:
    passed = report.health == WELL
    took = ""
    if report.roundtrip_ms is not None and report.worst_roundtrip_ms is not None:
        took = f", in {duration(report.roundtrip_ms)} ({duration(report.worst_roundtrip_ms)} at worst)"
    return Check(name="health", passed=passed, detail=f"/health: {report.health}{took}.")


def _model(report: ProbeReport) -> Check:
    passed = report.model in report.served
    others = listed(report.served[:MOST_NAMED]) or "no model"
    detail = f"{report.model} is served." if passed else f"{report.model} is not served, {others} is."
    return Check(name="model", passed=passed, detail=detail)


def _answered(report: ProbeReport) -> Check:
    if report.warm_up is not None and report.warm_up.error is not None:
        return Check(
            name="answers", passed=False, detail=f"The first request was not answered: {report.warm_up.error}."
        )
    whole = sum(answer.error is None for answer in report.answers)
    wanted = sum(case.requests for case in report.cases)
    errors = Counter(answer.error for answer in report.answers if answer.error is not None)
    reasons = listed([f"{error} ({plural(count, 'request')})" for error, count in errors.most_common(MOST_NAMED)])
    unmade = "" if report.complete else f"; there was no time for {plural(wanted - len(report.answers), 'request')}"
    finished = Counter(answer.finish_reason for answer in report.answers if answer.error is None)
    ends = listed([f"{count} by '{reason}'" for reason, count in finished.most_common(MOST_NAMED)])
    detail = f"{whole} of {plural(wanted, 'request')} were answered whole{f', ended {ends}' if ends else ''}"
    return Check(
        name="answers",
        passed=0 < whole == len(report.answers),
        detail=f"{detail}{f': {reasons}' if reasons else ''}{unmade}; {report.duration_s:.0f} s in all.",
    )


def _streams(report: ProbeReport) -> Check:
    longer = [answer for answer in report.answers if answer.error is None and answer.output_tokens > 1]
    in_one = sum(answer.pieces == 1 for answer in longer)
    passed = not longer or in_one < len(longer)
    detail = (
        "Answers come token by token."
        if passed
        else "Answers come in one piece: something on the way holds them back, so that nobody sees a first token early."
    )
    return Check(name="streaming", passed=passed, detail=detail)


def _against_prediction(report: ProbeReport, light: Mapping[str, LightPrediction]) -> Iterator[Check]:
    for case in report.cases:
        predicted, answers = light.get(case.name), report.of_case(case.name)
        rounds = _rounds(report, case, _ttft)
        if predicted is None or not rounds:
            continue
        standstill = min(report.worst_roundtrip_ms or 0.0, MOST_STANDSTILL_MS)
        limit = predicted.ttft_ms.high + STANDSTILLS * standstill + TTFT_ALLOWANCE_MS
        best = min(rounds)
        measured = f"{duration(best)} at best, {duration(median(rounds))} in the middle"
        yield _prediction_check("TTFT", case, answers, measured, best, predicted.ttft_ms, limit)
    for together in (False, True):
        yield from _itl_against_prediction(report, light, together=together)


def _itl_against_prediction(
    report: ProbeReport, light: Mapping[str, LightPrediction], *, together: bool
) -> Iterator[Check]:
    """ITL hardly depends on the length of prompts: one verdict for all cases of as many requests at a time."""
    cases = [case for case in report.cases if (case.at_once > 1) == together]
    answers = [answer for case in cases for answer in report.of_case(case.name)]
    predicted = [one.itl_ms for case in cases if (one := light.get(case.name)) and one.itl_ms]
    middle = typical(answer.itl_ms for answer in answers)
    if not predicted or middle is None:
        return
    slowest = max(predicted, key=lambda estimate: estimate.high)
    limit = slowest.high * (1 + ITL_ALLOWANCE_SHARE) + ITL_ALLOWANCE_MS
    yield _prediction_check("ITL", cases[0], answers, f"{duration(middle)} in the middle", middle, slowest, limit)


def _prediction_check(
    latency: str,
    case: ProbeCase,
    answers: Sequence[ProbeAnswer],
    measured: str,
    value: float,
    predicted: Estimate,
    limit: float,
) -> Check:
    passed = value <= limit
    load = "one request at a time" if case.at_once == 1 else f"{case.at_once} requests at once"
    what = case.name if latency == "TTFT" else load
    slower = "" if passed else f": {figure(value / predicted.value)} times what was predicted"
    detail = (
        f"{latency}, {what}: {measured} ({plural(len(answers), 'request')}); {banded(predicted)} predicted for {load}, "
        f"up to {duration(limit)} accepted{slower}."
    )
    return Check(name=f"{latency} as predicted, {what}", passed=passed, detail=detail)


def _against_targets(report: ProbeReport, targets: SLOTargets, traffic: TrafficProfile) -> Iterator[Check]:
    """Nothing is failed by a request or two: only where so many over it would be no chance at 5 % of requests.

    Requests at once meet the same moments, so that one round of them is one witness: its median.
    """
    network = report.roundtrip_ms or 0.0
    ttft = [time - network for case in report.cases for time in _rounds(report, case, _ttft)]
    itl = [gap for case in report.cases for gap in _rounds(report, case, _itl)]
    yield from _target("TTFT", ttft, targets.ttft_p95_ms)
    yield from _target("ITL", itl, targets.itl_p95_ms)
    first, gap = typical(ttft), typical(itl)
    if first is None or gap is None:
        return
    tokens = round(traffic.output_tokens.p95)
    e2e = first + gap * (tokens - 1)
    passed = e2e <= targets.e2e_p95_ms
    detail = (
        f"E2E: at this pace an answer of {tokens:,} tokens, the longest but 5 % of the load, takes {duration(e2e)}; "
        f"target {duration(targets.e2e_p95_ms)}."
    )
    yield Check(name="E2E within its target", passed=passed, detail=detail)


def _target(latency: str, values: Sequence[float], allowed: float) -> Iterator[Check]:
    if not values:
        return
    over = sum(value > allowed for value in values)
    passed = confidence_above(over, len(values), OVER) < SURE
    detail = (
        f"{latency}: {duration(max(median(values), 0.0))} in the middle, {duration(max(max(values), 0.0))} at "
        f"worst; {over} of {plural(len(values), 'time')} over the target of {duration(allowed)}."
    )
    yield Check(name=f"{latency} within its target", passed=passed, detail=detail)


def _rounds(report: ProbeReport, case: ProbeCase, pick: Callable[[ProbeAnswer], float | None]) -> list[float]:
    """One figure for each round of a case: the median of the requests that were made together."""
    answers = report.of_case(case.name)
    found = (typical(map(pick, answers[at : at + case.at_once])) for at in range(0, len(answers), case.at_once))
    return [time for time in found if time is not None]


def _ttft(answer: ProbeAnswer) -> float | None:
    return answer.ttft_ms


def _itl(answer: ProbeAnswer) -> float | None:
    return answer.itl_ms
