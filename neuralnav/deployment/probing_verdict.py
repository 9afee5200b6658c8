"""Whether a trial went as it should: the server answers, as fast as predicted for so light a load, within its targets.

Against the prediction, TTFT is that of the fastest of a case's requests that were made one at a time: whatever else
the machines do can only make requests slower, while a server that is slow is slow every time. Of requests at once,
where the first comes before it is crowded, it is the median. So is ITL, of requests each of which is a mean over its
tokens.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from statistics import median

from neuralnav.deployment.probing_cases import ProbeCase
from neuralnav.deployment.probing_light import LightPrediction
from neuralnav.deployment.probing_report import ProbeAnswer, ProbeReport, typical
from neuralnav.models.deployment import Check
from neuralnav.models.figures import banded, duration, figure, listed, plural
from neuralnav.models.plan import Estimate
from neuralnav.models.specification import SLOTargets, TrafficProfile
from neuralnav.observability.confidence import SURE, confidence_above

TTFT_ALLOWANCE_MS = 50.0
"""What a first token may take beyond the predicted band and the measured round trip: reading and tokenising the
request, the first run of kernels at a new length, and a busy client."""

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
    passed = report.health == "200"
    took = f", in {duration(report.roundtrip_ms)}" if report.roundtrip_ms is not None else ""
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
        passed=whole == wanted,
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
        times = [answer.ttft_ms for answer in answers if answer.ttft_ms is not None]
        if predicted is None or not times:
            continue
        limit = predicted.ttft_ms.high + (report.roundtrip_ms or 0.0) + TTFT_ALLOWANCE_MS
        fastest, middle = min(times), median(times)
        measured = f"{duration(fastest)} at best, {duration(middle)} in the middle"
        judged = fastest if case.at_once == 1 else middle
        yield _prediction_check("TTFT", case, answers, measured, judged, predicted.ttft_ms, limit)
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
    """Nothing is failed by a request or two: only where so many over it would be no chance at 5 % of requests."""
    network = report.roundtrip_ms or 0.0
    answers = [answer for answer in report.answers if answer.error is None]
    ttft = [answer.ttft_ms - network for answer in answers if answer.ttft_ms is not None]
    itl = [answer.itl_ms for answer in answers if answer.itl_ms is not None]
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
        f"worst; {over} of {plural(len(values), 'request')} over the target of {duration(allowed)}."
    )
    yield Check(name=f"{latency} within its target", passed=passed, detail=detail)
