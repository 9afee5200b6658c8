"""What is said about a deployment that is in place."""

from __future__ import annotations

from graph.wording.options import named
from graph.wording.text import code, escaped
from neuralnav.models.deployment import Decision, Deployment, Observation, ProposedChange, Watch
from neuralnav.models.figures import banded, duration, figure, listed, plural
from neuralnav.models.outcome import Outcome, Verdict
from neuralnav.models.plan import Recommendation
from neuralnav.models.reply import ActionKind
from neuralnav.models.running import ReplicaPhase
from neuralnav.models.specification import DeploymentSpecification


def in_place(deployment: Deployment, watch: Watch | None, earlier: int) -> str:
    """What is in place, what it is held to, and what can be done with it."""
    lines = [f"**In place** {code(deployment.name)}, {named(deployment.choice)}."]
    if watch:
        targets = watch.targets
        lines.append(
            f"Held to TTFT {duration(targets.ttft_p95_ms)}, ITL {duration(targets.itl_p95_ms)} and E2E "
            f"{duration(targets.e2e_p95_ms)} at p95, for up to {figure(watch.planned_peak_qps)} requests/s."
        )
    back = f", roll back ({plural(earlier, 'earlier revision')})" if earlier else ""
    lines.append(f"Ask how it is or why, say what to change, scale it{back}, or retire it.")
    return "\n\n".join(lines)


def watched(watch: Watch) -> str:
    """What watches a deployment or, where nothing can, why."""
    return f"Watched by {escaped(watch.watched_by)}." if watch.watched_by else escaped(watch.reason)


def observed(deployment: Deployment, found: Observation, *, elsewhere: bool = False) -> str:
    """How a deployment is now; ``elsewhere``: this is not said in the conversation that looks after it."""
    checks = " ".join(check.detail for check in found.validation.checks)
    lines = [f"{code(deployment.name)} is {_standing(found)}. {escaped(checks)}"]
    if found.findings:
        lines.append("\n".join(f"- {escaped(sentence)}" for sentence in found.findings))
    if found.unseen:
        lines.append(escaped(found.unseen))
    lines.append(_outcome(found.outcome) if found.outcome else "No measurement of it has been recorded yet.")
    if found.advice:
        lines.append(advised(found.advice, deployment.thread_id if elsewhere else None))
    return "\n\n".join(lines)


def noticed(deployment: Deployment, sentence: str, advice: ProposedChange | None) -> str:
    """What NeuralNav itself noticed about a deployment, and what that speaks for."""
    said = f"{escaped(sentence)} This is about {code(deployment.name)}."
    return f"{said}\n\n{advised(advice)}" if advice else said


def advised(advice: ProposedChange, thread: str | None = None) -> str:
    """What is advised and, where there is something to plan, how that is asked for (in ``thread``, if not here)."""
    said = f"**Advice** {escaped(advice.sentence)}"
    if not advice.changes:
        return said
    there = f" in {code(f'neuralnav chat --thread {thread}')}" if thread else ""
    return f"{said} Say {code('follow the advice')}{there} to plan that; nothing changes before you approve it."


def nothing_advised(advice: ProposedChange | None) -> str:
    """That there is no advice which could be planned."""
    if advice is None:
        return "Nothing is advised at present; ask how it is doing for what speaks for a change."
    return f"There is nothing to plan in that advice. {escaped(advice.sentence)}"


def _standing(found: Observation) -> str:
    """Whether it is as approved, or on the way there."""
    running = found.running
    if found.validation.passed:
        return "as approved"
    if running is None or not running.exists or running.stuck:
        return "**not as approved**"
    if not running.current:
        return "**not as approved, or not yet**"
    if any(replica.phase is ReplicaPhase.FAILED for replica in running.replicas):
        return "as approved, but **not every replica is ready**" if running.ready else "**not ready**"
    return "as approved, with more replicas starting" if running.ready else "**starting**"


def _outcome(outcome: Outcome) -> str:
    until = outcome.window_to.strftime("%Y-%m-%d %H:%M UTC")
    verdicts = listed([_verdict(verdict) for verdict in outcome.verdicts])
    return (
        f"Until {until}: {verdicts} (p95, {outcome.source.value}); "
        f"{figure(outcome.average_qps)} requests/s on average, {figure(outcome.peak_qps)} at peak."
    )


def _verdict(verdict: Verdict) -> str:
    if verdict.observed_ms is None:
        return f"{verdict.latency} not observed"
    word = "met" if verdict.met else "**missed**"
    return f"{verdict.latency} {duration(verdict.observed_ms)} of {duration(verdict.target_ms)}, {word}"


def explained_in_place(choice: Recommendation, specification: DeploymentSpecification) -> str:
    """Why what is in place was chosen, and what was predicted of it."""
    predicted, targets = choice.predicted, specification.slo_targets
    return (
        f"**{named(choice)}**. {escaped(choice.reason)} Predicted at p95 for {figure(specification.traffic.peak_qps)} "
        f"requests/s: TTFT {banded(predicted.ttft_p95_ms)} of {duration(targets.ttft_p95_ms)}, "
        f"ITL {banded(predicted.itl_p95_ms)} of {duration(targets.itl_p95_ms)}, "
        f"E2E {banded(predicted.e2e_p95_ms)} of {duration(targets.e2e_p95_ms)} "
        f"({predicted.ttft_p95_ms.source.value}, 90 % bands in brackets)."
    )


def same_as_in_place(deployment: Deployment) -> str:
    """That what was chosen is in place already."""
    return f"That is what is in place already as {code(deployment.name)}; there is nothing to do."


def not_beside_a_change(action: ActionKind, live: Deployment | None) -> str:
    """That a roll-back or an end has to wait while a change is being planned."""
    words = action.value.replace("_", " ")
    if live is None:
        return f"Nothing is deployed in this conversation, so there is nothing to {words}. {code('cancel')} ends it."
    return (
        f"{code(live.name)} is in place, and a change of it is being planned. Finish that first, or say "
        f"{code('cancel')} to give it up; say {code(words)} then."
    )


def let_go(deployment: Deployment) -> str:
    """That a deployment is left alone from here on."""
    return f"{code(deployment.name)} stays as it is; this conversation looks after it no longer."


def let_it_go(deployment: Deployment) -> str:
    """The question before a deployment is left alone."""
    return (
        f"Starting over lets go of {code(deployment.name)}: it stays as it is, but this conversation looks after it no "
        "longer. Say `start over` once more to do that; another conversation can plan something else beside it."
    )


def cancelled(live: Deployment | None) -> str:
    """That what was under way ends here."""
    if live is None:
        return "Cancelled. Nothing was written or changed. Say what you need to begin again."
    return f"Cancelled. {code(live.name)} stays as it is."


def decided(decision: Decision) -> str:
    """One line: how the conversation came to the change."""
    took = (decision.decided_at - decision.first_word_at).total_seconds() * 1000
    chosen = f", option {decision.option_number}" if decision.option_number else ""
    after = f" {duration(took)} after the first word" if took > 0 else ""
    return f"Decided{after}, in {plural(decision.turns, 'turn')} with {plural(decision.edits, 'edit')}{chosen}."
