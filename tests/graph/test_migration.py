"""Conversations that an older version stored open under this one: the rows are those that it wrote."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.types.json import Jsonb

from graph.application import Application, open_application
from graph.checkpoints import CheckpointReply
from graph.migration import migrated
from graph.state import SCHEMA_VERSION
from neuralnav.errors import InvalidInputError
from neuralnav.settings import LOCAL_USER, Settings
from tests.graph.conversing import GOLDEN, SCRIPT, hold

STORED = Path(__file__).resolve().parents[1] / "data" / "threads" / "schema_1.json.gz"


def column(value: Any) -> Any:
    if isinstance(value, dict):
        return base64.b64decode(value["bytes"]) if set(value) == {"bytes"} else Jsonb(value)
    return value


async def insert(url: str, tables: dict[str, list[dict[str, Any]]]) -> None:
    async with await psycopg.AsyncConnection.connect(url) as connection:
        for table, rows in tables.items():
            for row in rows:
                names = ", ".join(row)
                values = ", ".join(["%s"] * len(row))
                await connection.execute(
                    f"INSERT INTO {table} ({names}) VALUES ({values})",  # type: ignore[arg-type]
                    [column(value) for value in row.values()],
                )


@pytest.fixture(scope="module")
async def application(lasting: Settings) -> AsyncIterator[Application]:
    async with open_application(lasting) as application:
        await insert(application.database.url, json.loads(gzip.decompress(STORED.read_bytes())))
        yield application


@pytest.mark.parametrize(
    ("rested_at", "turn"), [("review_specification", 1), ("present_options", 2), ("approve_deployment", 3)]
)
async def test_an_old_conversation_goes_on_where_it_was(application: Application, rested_at: str, turn: int) -> None:
    thread = f"v1-{rested_at}"
    report = await application.conversations.present(thread, LOCAL_USER)
    assert (report.state, report.turn) == (rested_at, turn)
    assert report.messages == []
    again = await application.conversations.present(thread, LOCAL_USER)
    assert again == report
    end = await hold(application, thread, *SCRIPT[turn:])
    if rested_at == "approve_deployment":
        assert "rests on figures that have changed since" in end.messages[-1]
        end = await hold(application, thread, *SCRIPT[2:])
    assert end.state == "operate"
    assert end.deployment
    await hold(application, thread, CheckpointReply(action="retire"), CheckpointReply(action="approve"))


async def test_an_old_deployment_is_looked_after(application: Application) -> None:
    report = await application.conversations.present("v1-report_success", LOCAL_USER)
    assert report.state == "operate"
    assert report.checkpoint
    assert "chatbot" in report.checkpoint.prompt
    answered = await application.conversations.send("v1-report_success", CheckpointReply(action="status"), LOCAL_USER)
    assert "as approved" in " ".join(answered.messages)
    asked = await application.conversations.send("v1-report_success", CheckpointReply(action="retire"), LOCAL_USER)
    assert asked.state == "approve_deployment"


async def test_an_answer_that_an_older_version_stored_is_acted_on(application: Application) -> None:
    tables = json.loads(gzip.decompress(STORED.read_bytes()))
    copied = {
        table: [row | {"thread_id": "answered"} for row in rows if row["thread_id"] == "v1-present_options"]
        for table, rows in tables.items()
    }
    await insert(application.database.url, copied)
    stored = application.conversations._stored("answered", LOCAL_USER)
    await stored.store(SCRIPT[2].model_dump(mode="json"), await stored.read())
    report = await application.conversations.present("answered", LOCAL_USER)
    assert (report.state, report.turn) == ("approve_deployment", 3)


async def test_an_old_question_takes_its_answer(application: Application) -> None:
    report = await application.conversations.send("v1-clarify", CheckpointReply(text=GOLDEN), LOCAL_USER)
    assert report.state == "review_specification"


async def test_an_old_conversation_that_ended_begins_again(application: Application) -> None:
    report = await application.conversations.send("v1-cancelled", CheckpointReply(text=GOLDEN), LOCAL_USER)
    assert report.state == "review_specification"
    assert report.turn == 3


@pytest.mark.parametrize("version", [None, 0, "one", SCHEMA_VERSION + 1])
def test_a_version_that_never_was_is_refused(version: object) -> None:
    with pytest.raises(InvalidInputError, match="schema version"):
        migrated({"schema_version": version}, None)


async def test_a_conversation_of_a_later_version_can_be_started_over(application: Application) -> None:
    thread = "later"
    await hold(application, thread, *SCRIPT[:2])
    graph = application.conversations._stored(thread, LOCAL_USER)._graph
    await graph.aupdate_state(
        {"configurable": {"thread_id": thread}}, {"schema_version": SCHEMA_VERSION + 1}, as_node="plan_capacity"
    )
    report = await application.conversations.present(thread, LOCAL_USER)
    report = await application.conversations.send(thread, CheckpointReply(text="confirm"), LOCAL_USER)
    assert report.state == "failed"
    assert report.checkpoint
    assert f"schema version {SCHEMA_VERSION + 1}" in report.checkpoint.prompt
    report = await application.conversations.send(thread, CheckpointReply(text="start over"), LOCAL_USER)
    assert report.checkpoint
    assert report.checkpoint.kind == "clarify"
    report = await application.conversations.send(thread, SCRIPT[0], LOCAL_USER)
    assert report.state == "review_specification"
