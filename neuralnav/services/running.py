"""Approved manifests that run: applied, waited for, tried with real requests, and taken away again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from uuid import UUID

from neuralnav.deployment.probing import probe
from neuralnav.deployment.probing_cases import probe_cases
from neuralnav.deployment.probing_light import light_load
from neuralnav.deployment.probing_report import ProbeReport, typical
from neuralnav.deployment.probing_verdict import judge
from neuralnav.deployment.runtime import Runtime
from neuralnav.models.deployment import Check, Deployment, ManifestSet, Validation
from neuralnav.models.figures import duration, listed, plural
from neuralnav.models.plan import Recommendation
from neuralnav.models.running import FieldConflict, Preflight, RunningState
from neuralnav.models.specification import DeploymentSpecification
from neuralnav.services.delivery import Deliverer, Say
from neuralnav.services.knowledge import Knowledge
from neuralnav.services.light_loads import predict_light
from neuralnav.services.patience import Patience
from neuralnav.services.runtimes import Runtimes

Left = Callable[[], float]
"""Says how many seconds are left."""


@dataclass(frozen=True)
class RunDeliverer(Deliverer):
    """Applies manifests where they run, and tries what comes of it."""

    runtimes: Runtimes
    knowledge: Knowledge
    patience: Patience

    async def where(self, manifests: ManifestSet) -> str:
        """As the place calls itself."""
        return (await self.runtimes.of(manifests)).where(manifests)

    async def preflight(self, manifests: ManifestSet, replaces: ManifestSet | None) -> Preflight:
        """What the place says of it."""
        return await (await self.runtimes.of(manifests)).preflight(manifests, replaces=replaces)

    async def put(
        self,
        manifests: ManifestSet,
        choice: Recommendation,
        replaces: ManifestSet | None,
        *,
        take_over: tuple[FieldConflict, ...],
    ) -> str | None:
        """Apply them; they are not ready yet."""
        await (await self.runtimes.of(manifests)).apply(manifests, replaces=replaces, take_over=take_over)
        return None

    async def take_away(self, manifests: ManifestSet) -> str | None:
        """Remove what was applied."""
        await (await self.runtimes.of(manifests)).remove(manifests)
        return None

    async def look(self, deployment: Deployment) -> tuple[Validation, RunningState | None]:
        """Whether its replicas are there, of the revision that was approved."""
        state = await (await self.runtimes.of(deployment.manifests)).state(deployment.manifests)
        return Validation(checks=(_replicas(state),)), state

    async def validate(self, deployment: Deployment, specification: DeploymentSpecification, say: Say) -> Validation:
        """Wait a while for the replicas, then make real requests and hold the answers against the prediction.

        All of it shares one deadline; what it cuts off is done when the deployment is looked at again.
        """
        clock = asyncio.get_running_loop().time
        ends = clock() + self.patience.validate_s
        try:
            async with asyncio.timeout_at(ends) as limit:
                return await self._checked(deployment, specification, say, lambda: ends - clock())
        except TimeoutError:
            if not limit.expired():
                raise
            return _waits(f"The checks were not through after {self.patience.validate_s:.0f} s.")

    async def _checked(
        self, deployment: Deployment, specification: DeploymentSpecification, say: Say, left_s: Left
    ) -> Validation:
        """The checks, in the time that ``left_s`` says."""
        runtime = await self.runtimes.of(deployment.manifests)
        state = await self._ready(runtime, deployment.manifests, say)
        replicas = _replicas(state)
        if state.stuck or not state.exists:
            return Validation(checks=(replicas,))
        if not state.is_ready or state.endpoint is None:
            return _waits(f"{state.ready} of {plural(state.wanted, 'replica')} ready so far.")
        most_s, seed = self.patience.trial_within(left_s()), _seed_of(deployment.id)
        if most_s is None:
            return _waits(f"{plural(state.ready, 'replica')} ready; no time was left to try real requests.")
        say(f"{plural(state.ready, 'replica')} ready; trying real requests")
        model = state.endpoint.model
        report, checks = await self._tried(deployment, specification, model, most_s, seed, left_s)
        more_s = min(most_s - report.duration_s, left_s() - self.patience.judging_s)
        if more_s >= report.duration_s and _only_slower(checks):
            say("slower than it should be; trying once more")
            report, checks = await self._tried(deployment, specification, model, more_s, seed + 1, left_s)
        return Validation(checks=(replicas, *checks), summary=_summary(replicas, checks, report))

    async def _tried(
        self,
        deployment: Deployment,
        specification: DeploymentSpecification,
        model: str,
        most_s: float,
        seed: int,
        left_s: Left,
    ) -> tuple[ProbeReport, tuple[Check, ...]]:
        """What real requests gave, held against what the model predicts for just these."""
        cases = probe_cases(specification.traffic, deployment.choice.engine)
        async with (await self.runtimes.of(deployment.manifests)).client(deployment.manifests) as client:
            report = await probe(client, model, cases, seed=seed, total_s=most_s, request_s=most_s)
        asked = light_load(deployment.choice, report)
        light = await asyncio.to_thread(predict_light, await self.knowledge.reference(), asked, left_s())
        return report, judge(report, light, specification.slo_targets, specification.traffic)

    async def _ready(self, runtime: Runtime, manifests: ManifestSet, say: Say) -> RunningState:
        """Its state once it is ready, stuck, or waited for long enough."""
        async with aclosing(runtime.changes(manifests, self.patience.ready_s)) as states:
            async for state in states:
                if (state.is_ready and state.endpoint) or state.stuck:
                    break
                newest = f"; {state.events[-1].message}" if state.events else ""
                say(f"{state.ready} of {plural(state.wanted, 'replica')} ready{newest}")
        return state


def _replicas(state: RunningState) -> Check:
    """Whether every replica of the approved revision takes requests."""
    at = f" at {state.endpoint.url}" if state.endpoint else ""
    detail = f"{state.ready} of {plural(state.wanted, 'replica')} ready{at}."
    if not state.exists:
        detail = "Nothing of it is there any more."
    if state.stuck:
        detail = f"{detail} {state.stuck}"
    elif not state.current:
        detail = f"{detail} An earlier revision still runs."
    return Check(name="replicas", passed=state.is_ready, detail=detail)


def _waits(waits_for: str) -> Validation:
    """That it is applied, and what is still to come."""
    return Validation(checks=(Check(name="applied", passed=True, detail="It is applied."),), waits_for=waits_for)


def _summary(replicas: Check, checks: Sequence[Check], report: ProbeReport) -> str:
    """The trial in a sentence; what failed is told besides."""
    figures = (
        ("TTFT", typical(answer.ttft_ms for answer in report.answers)),
        ("ITL", typical(answer.itl_ms for answer in report.answers)),
    )
    medians = listed([f"{name} {duration(value)}" for name, value in figures if value is not None])
    failed = [check.name for check in checks if not check.passed]
    verdict = f"failed: {listed(failed)}" if failed else "as predicted for so light a load, and within every target"
    tried = f"{plural(len(report.answers), 'real request')}: {f'{medians} in the middle, ' if medians else ''}{verdict}"
    return f"{replicas.detail} {tried}."


def _only_slower(checks: Sequence[Check]) -> bool:
    """Whether nothing failed but latencies, against the prediction or the targets, which a busy moment can spoil."""
    failed = [check.name for check in checks if not check.passed]
    return bool(failed) and all("as predicted" in name or "within its target" in name for name in failed)


def _seed_of(deployment_id: UUID) -> int:
    """Other words for every deployment, so that no prefix cache knows its prompts."""
    return deployment_id.int % 1_000_000
