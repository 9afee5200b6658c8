"""A change that a conversation proposes: approved at the terminal, made, waited for, and told of."""

from __future__ import annotations

import asyncio
import sys
from contextlib import aclosing
from dataclasses import dataclass

from rich.console import Console
from rich.markdown import Markdown

from graph.application import Application
from graph.checkpoints import CheckpointKind, CheckpointReply
from graph.payloads import ApprovalPayload
from graph.reports import StepEvent, TurnReport
from neuralnav.cli.approval import is_approved, show
from neuralnav.cli.output import print_json
from neuralnav.errors import FieldProblem, InvalidInputError, NotFoundError, UnavailableError
from neuralnav.models.deployment import ChangeKind, Deployment, DeploymentState, Validation
from neuralnav.services.deployment import DeploymentService
from neuralnav.settings import LOCAL_USER

LOOK_EVERY_S = 5.0
LONGEST_WAIT_S = 86_400
NO = 1
_CODES = {error.status: error.exit_code for error in (InvalidInputError, NotFoundError, UnavailableError)}
"""Exit codes of the problems that a conversation stands at; of every other one: :data:`NO`."""


@dataclass(frozen=True)
class Terms:
    """How a change is approved, waited for and told of."""

    yes: bool
    wait_s: float
    as_json: bool

    def __post_init__(self) -> None:
        """Refuse a time that cannot be waited for.

        Raises:
            InvalidInputError: it is no number of seconds.
        """
        if not 0 <= self.wait_s <= LONGEST_WAIT_S:
            problem = FieldProblem("--wait", f"{self.wait_s:g}", f"0 to {LONGEST_WAIT_S:,} seconds")
            raise InvalidInputError(f"So long cannot be waited for: {problem}.", (problem,))


async def settle(
    application: Application, proposed: TurnReport, change: ChangeKind, terms: Terms, of: Deployment | None = None
) -> int:
    """Have the ``change`` (``of`` a deployment) that ``proposed`` shows approved, made and checked; print the end.

    What else may wait for an approval there is not approved. Returns 0 where the change was made and, unless it is an
    end, passed its checks; else the code of what stands against it.
    """
    asked = _proposal(proposed, change, of)
    if asked is None:
        tell(proposed, as_json=terms.as_json)
        return _problem_code(proposed)
    if not (terms.yes and terms.as_json):
        prompt = proposed.checkpoint.prompt if proposed.checkpoint else ""
        show(prompt, asked.proposal.preflight.changes if asked.proposal else ())
    conversations = application.conversations
    if not terms.yes and not await is_approved():
        reject = CheckpointReply(action="reject")
        tell(await conversations.send(proposed.thread, reject, LOCAL_USER, proposed.turn), as_json=terms.as_json)
        return NO
    loop = asyncio.get_running_loop()
    report = await _streamed(application, proposed, "approve")
    deadline = loop.time() + terms.wait_s
    while _waits(report) and await _is_decided(application.deploying, _deployment(report), deadline):
        report = await _streamed(application, report, "status")
    tell(report, as_json=terms.as_json)
    return _code(report, asked)


def tell(report: TurnReport, *, as_json: bool) -> None:
    """Print where a conversation stands."""
    if as_json:
        print_json(report.model_dump(mode="json"))
        return
    prompt = [report.checkpoint.prompt] if report.checkpoint else []
    Console(highlight=False).print(Markdown("\n\n".join([*report.messages, *prompt])))
    if prompt:
        sys.stderr.write(f"To answer that: neuralnav chat --thread {report.thread}\n")


def _proposal(report: TurnReport, change: ChangeKind, of: Deployment | None) -> ApprovalPayload | None:
    """What is asked, where it is ``change`` (of that deployment) and nothing else."""
    if report.checkpoint is None or report.checkpoint.kind is not CheckpointKind.APPROVE_DEPLOYMENT:
        return None
    asked = ApprovalPayload.model_validate(report.checkpoint.data)
    same = of is None or (asked.manifests.namespace, asked.manifests.name) == (
        of.manifests.namespace,
        of.manifests.name,
    )
    return asked if same and asked.change is change else None


async def _streamed(application: Application, stands: TurnReport, action: str) -> TurnReport:
    """The report of one turn, whose steps are told on standard error as they happen."""
    console = Console(stderr=True, highlight=False)
    report = stands
    reply = CheckpointReply(action=action)
    turns = application.conversations.stream(stands.thread, reply, LOCAL_USER, stands.turn)
    async with aclosing(turns) as events:  # type: ignore[type-var]
        async for event in events:
            if isinstance(event, StepEvent):
                if event.found:
                    console.print(f"{event.step}: {event.found}", style="dim", markup=False)
            else:
                report = event
    return report


async def _is_decided(deploying: DeploymentService, deployment: Deployment, deadline: float) -> bool:
    """Whether by the ``deadline`` of the event loop's clock it is ready, or is found to become so never.

    Raises:
        UnavailableError: the place did not answer at the last look.
    """
    loop = asyncio.get_running_loop()
    while True:
        left_s = deadline - loop.time()
        try:
            running = (await deploying.observe(deployment)).running
        except UnavailableError:
            if left_s <= 0:
                raise
            running = None
        if running is not None and (running.is_ready or running.stuck):
            return True
        if left_s <= 0:
            return False
        await asyncio.sleep(min(LOOK_EVERY_S, left_s))


def _deployment(report: TurnReport) -> Deployment:
    return Deployment.model_validate(report.deployment)


def _validation(report: TurnReport) -> Validation | None:
    found = report.checkpoint.data.get("validation") if report.checkpoint else None
    return Validation.model_validate(found) if found else None


def _waits(report: TurnReport) -> bool:
    validation = _validation(report)
    return validation is not None and validation.waits_for is not None


def _code(report: TurnReport, asked: ApprovalPayload) -> int:
    """0 where exactly what was asked for is done."""
    made = _deployment(report) if report.deployment else None
    if made is None or (made.approval.change, made.manifests.sha256) != (asked.change, asked.manifests_sha256):
        return _problem_code(report)
    validation = _validation(report)
    ended = made.state is DeploymentState.RETIRED
    passed = ended if asked.change is ChangeKind.RETIRE else validation is not None and validation.passed
    return 0 if passed else _problem_code(report)


def _problem_code(report: TurnReport) -> int:
    """The code of the problem that the conversation stands at."""
    problem = report.checkpoint.data.get("problem") if report.checkpoint else None
    status = problem.get("status") if isinstance(problem, dict) else None
    return _CODES.get(status, NO) if isinstance(status, int) else NO
