"""What was supposed or compared last stands in the options' payload, as data, until another plan is made."""

from __future__ import annotations

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest

from graph.application import Application, open_application
from graph.checkpoints import Checkpoint, CheckpointReply
from graph.explored import Explored, ExploredKind
from graph.payloads import OptionsPayload
from neuralnav.settings import Settings
from tests.graph.conftest import Talk
from tests.graph.conversing import SCRIPT, hold

A100 = {"available_gpus": ["A100-80GB"]}
HOSTILE = "<b>*big*</b> | iron"


@pytest.fixture(scope="module")
async def application(lasting: Settings) -> AsyncIterator[Application]:
    async with open_application(lasting) as application:
        yield application


@pytest.fixture
async def at_options(talk: Talk) -> Talk:
    await hold_words(talk)
    return talk


async def hold_words(talk: Talk) -> None:
    await talk.say(SCRIPT[0].in_words())
    await talk.press("confirm")


def payload(asked: Checkpoint | None) -> OptionsPayload:
    assert asked is not None
    return OptionsPayload.model_validate(asked.data)


def shown(asked: Checkpoint | None) -> Explored:
    found = payload(asked).explored
    assert found is not None
    return found


async def test_a_what_if_is_shown_with_what_was_supposed_and_what_differs(at_options: Talk) -> None:
    assert payload(at_options.asked).explored is None
    await at_options.press("what_if", A100)
    found = shown(at_options.asked)
    assert (found.kind, found.names, found.changes) == (ExploredKind.WHAT_IF, ("Now", "Then"), A100)
    assert ("GPUs", "not set", "A100-80GB") in found.rows
    for _, now, then in found.rows:
        assert now != then
    assert found.sentence in at_options.heard[-1].replace("\\", "")
    assert not payload(at_options.asked).keeps_scenarios


async def test_it_stands_while_questions_are_asked_and_only_the_newest_is_shown(at_options: Talk) -> None:
    await at_options.press("what_if", A100)
    before = at_options.asked
    await at_options.press("explain", 2)
    assert at_options.asked == before
    await at_options.press("compare", [1, 7_000])
    assert at_options.asked == before
    await at_options.press("compare", [1, 2, 3])
    found = shown(at_options.asked)
    assert found.kind is ExploredKind.OPTIONS
    assert found.options == tuple(one.option.id for one in payload(at_options.asked).options[:3])
    assert found.changes == {}


async def test_options_without_a_number_are_compared_and_chosen_by_their_ids(at_options: Talk) -> None:
    overview = payload(at_options.asked).overview
    assert overview is not None
    ids = [option.id for option in overview.others[:2]]
    await at_options.press("compare", ids)
    assert shown(at_options.asked).options == tuple(ids)
    await at_options.press("compare", [ids[0], "what nobody kept"])
    assert shown(at_options.asked).options == tuple(ids)
    assert "database" in at_options.heard[-1]
    await at_options.press("choose", ids[1])
    assert at_options.state["choice"]["id"] == ids[1]


@pytest.mark.parametrize("action", ["edit", "back"])
async def test_another_plan_shows_none(at_options: Talk, action: str) -> None:
    await at_options.press("what_if", A100)
    if action == "edit":
        await at_options.press("edit", dict(shown(at_options.asked).changes))
        assert payload(at_options.asked).options[0].option.gpu_type == "A100-80GB"
    else:
        await at_options.press("back")
        await at_options.press("confirm")
    assert at_options.kind == "present_options"
    assert payload(at_options.asked).explored is None


async def test_what_is_supposed_elsewhere_is_not_shown_at_the_options(at_options: Talk) -> None:
    await at_options.press("compare", [1, 2])
    before = shown(at_options.asked)
    await at_options.press("choose", 1)
    await at_options.say("why?")
    assert at_options.kind == "approve_deployment"
    await at_options.press("back")
    assert shown(at_options.asked) == before


async def test_a_kept_what_if_says_so_and_is_compared_under_its_name(application: Application) -> None:
    thread = str(uuid4())

    async def after(action: str, value: object) -> OptionsPayload:
        report = await hold(application, thread, CheckpointReply.model_validate({"action": action, "value": value}))
        return payload(report.checkpoint)

    await hold(application, thread, *SCRIPT[:2])
    supposed = await after("what_if", A100)
    assert supposed.keeps_scenarios
    kept = await after("keep", HOSTILE)
    assert kept.scenarios == (HOSTILE,)
    assert kept.explored is not None
    assert kept.explored.kept_as == HOSTILE
    assert (await after("keep", "now")) == kept
    compared = (await after("compare", ["now", HOSTILE])).explored
    assert compared is not None
    assert (compared.kind, compared.names) == (ExploredKind.SCENARIOS, ("Now", HOSTILE))
    assert ("GPUs", "not set", "A100-80GB") in compared.rows


def test_a_question_that_was_stored_without_is_read() -> None:
    stored = {"options": [], "near_misses": [], "evaluated": 3, "compliant": 0, "warnings": []}
    read = OptionsPayload.model_validate(stored)
    assert (read.explored, read.scenarios, read.keeps_scenarios) == (None, (), False)
