"""``neuralnav deploy``: an option approved at the terminal, put in place and checked."""

from __future__ import annotations

import asyncio
import sys
from contextlib import aclosing
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markdown import Markdown

from graph.application import open_application
from graph.checkpoints import CheckpointKind, CheckpointReply
from graph.conversation import Conversations, StepEvent, TurnReport
from neuralnav.cli.output import print_json
from neuralnav.cli.plan import plan_for, specification_in
from neuralnav.cli.stored_plan import read_plan
from neuralnav.errors import FieldProblem, InvalidInputError, NothingFitsError
from neuralnav.models.deployment import DeploymentTarget, EngineMode, Validation
from neuralnav.models.options import find_option
from neuralnav.models.plan import Plan
from neuralnav.services.planning import PlanningService
from neuralnav.settings import LOCAL_USER, Settings, get_settings

LOOK_EVERY_S = 5.0


def run(
    *,
    plan: Path | None,
    choice: str | None,
    spec: Path | None,
    yes: bool,
    target: str | None,
    mode: str | None,
    context: str | None,
    namespace: str | None,
    wait_s: float,
    as_json: bool,
) -> int:
    """Put an option of ``plan``, or the best balanced one for ``spec``, in place once it is approved.

    Returns 1 where it cannot be done, was not approved, or did not pass its checks.
    """
    if (plan is None) == (spec is None):
        raise InvalidInputError("Give either --plan or --spec.", (FieldProblem("--plan", plan, "a file"),))
    if plan is not None and choice is None:
        raise InvalidInputError("Say which option: --choice.", (FieldProblem("--choice", None, "a number or a view"),))
    given = {
        "target": _member(DeploymentTarget, "--target", target),
        "mode": _member(EngineMode, "--mode", mode),
        "context": context,
        "namespace": namespace,
    }
    settings = Settings.model_validate(
        get_settings().model_dump() | {name: value for name, value in given.items() if value is not None}
    )
    return asyncio.run(_deploy(settings, plan, choice or "balanced", spec, yes=yes, wait_s=wait_s, as_json=as_json))


def _member(kind: type[DeploymentTarget] | type[EngineMode], option: str, given: str | None) -> Any:
    if given is None or given in {member.value for member in kind}:
        return given
    allowed = ", ".join(member.value for member in kind)
    raise InvalidInputError(
        f"{option} cannot be {given[:40]!r}; allowed: {allowed}.", (FieldProblem(option, given[:40], allowed),)
    )


async def _deploy(
    settings: Settings,
    plan_file: Path | None,
    choice: str,
    spec: Path | None,
    *,
    yes: bool,
    wait_s: float,
    as_json: bool,
) -> int:
    plan = await _planned(settings, plan_file, spec)
    option = find_option(plan, choice)
    async with open_application(settings) as application:
        conversations = application.conversations
        proposed = await conversations.propose(plan, option, LOCAL_USER)
        return await settle(conversations, proposed, yes=yes, wait_s=wait_s, as_json=as_json)


async def _planned(settings: Settings, plan_file: Path | None, spec: Path | None) -> Plan:
    if plan_file is not None:
        return await asyncio.to_thread(read_plan, plan_file)
    async with PlanningService.open(settings) as planning:
        reference = await planning.knowledge.reference()
        plan = await plan_for(planning, specification_in(spec or Path("-"), reference))
    if not plan.feasible:
        raise NothingFitsError("Nothing meets these SLOs; 'neuralnav plan --spec' says what is nearest.")
    return plan


async def settle(conversations: Conversations, proposed: TurnReport, *, yes: bool, wait_s: float, as_json: bool) -> int:
    """Have what ``proposed`` shows approved, made and checked; prints what came of it.

    Raises:
        InvalidInputError: nobody is there to approve it.
    """
    if proposed.checkpoint is None or proposed.checkpoint.kind is not CheckpointKind.APPROVE_DEPLOYMENT:
        return _print(proposed, as_json=as_json)
    if not yes and not await _approved(proposed):
        reply = CheckpointReply(action="reject")
        return _print(
            await conversations.send(proposed.thread, reply, LOCAL_USER, proposed.turn), as_json=as_json, no=True
        )
    report = await _streamed(conversations, proposed, "approve")
    loop = asyncio.get_running_loop()
    deadline = loop.time() + wait_s
    while _waits(report) and loop.time() < deadline:
        await asyncio.sleep(LOOK_EVERY_S)
        report = await _streamed(conversations, report, "status")
    return _print(report, as_json=as_json)


async def _approved(proposed: TurnReport) -> bool:
    if not sys.stdin.isatty():
        problem = FieldProblem("--yes", None, "--yes, or a terminal to ask at")
        raise InvalidInputError(f"Nobody is there to approve this: {problem}.", (problem,))
    console = Console(stderr=True)
    console.print(Markdown(proposed.checkpoint.prompt if proposed.checkpoint else ""))
    console.print("Approve? [y/N] ", end="", markup=False)
    answer = await asyncio.to_thread(sys.stdin.readline)
    return answer.strip().lower() in {"y", "yes"}


async def _streamed(conversations: Conversations, stands: TurnReport, action: str) -> TurnReport:
    """The report of one turn, whose steps are told on standard error as they happen."""
    console = Console(stderr=True, highlight=False)
    report = stands
    turns = conversations.stream(stands.thread, CheckpointReply(action=action), LOCAL_USER, stands.turn)
    async with aclosing(turns) as events:  # type: ignore[type-var]
        async for event in events:
            if isinstance(event, StepEvent):
                if event.found:
                    console.print(f"{event.step}: {event.found}", style="dim", markup=False)
            else:
                report = event
    return report


def _validation(report: TurnReport) -> Validation | None:
    found = report.checkpoint.data.get("validation") if report.checkpoint else None
    return Validation.model_validate(found) if found else None


def _waits(report: TurnReport) -> bool:
    validation = _validation(report)
    return validation is not None and validation.waits_for is not None


def _print(report: TurnReport, *, as_json: bool, no: bool = False) -> int:
    if as_json:
        print_json(report.model_dump(mode="json"))
    else:
        prompt = [report.checkpoint.prompt] if report.checkpoint else []
        Console(highlight=False).print(Markdown("\n\n".join([*report.messages, *prompt])))
    validation = _validation(report)
    ended = report.checkpoint is None
    passed = ended or (validation is not None and validation.passed)
    return 0 if passed and not no else 1
