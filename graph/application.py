"""One process's NeuralNav: database, reference data, workflow and conversations, opened and closed together."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass

from agents.model import build_reader
from agents.team import build_agents
from graph.build import default_tools, wire
from graph.checkpointer import open_checkpoints
from graph.conversation import Conversations
from graph.locks import ThreadLocks
from neuralnav.knowledge.database import Database
from neuralnav.models.catalog import ReferenceData
from neuralnav.services.filling import Filler
from neuralnav.services.knowledge import Knowledge
from neuralnav.services.postgres_records import PostgresRecords
from neuralnav.services.scenarios import ScenarioService
from neuralnav.settings import Settings


@dataclass(frozen=True)
class Application:
    """What every face works with."""

    settings: Settings
    database: Database
    reference: ReferenceData
    conversations: Conversations


@asynccontextmanager
async def open_application(settings: Settings) -> AsyncIterator[Application]:
    """Everything started, migrated and seeded; closed again on leaving.

    Raises:
        UnavailableError: the database cannot be started or reached.
    """
    async with (
        Database.open(settings) as database,
        open_checkpoints(database.url) as checkpoints,
        aclosing(ThreadLocks(database.url)) as locks,
        Knowledge.open(settings, database.pool) as knowledge,
        Filler.running(settings, knowledge) as filler,
    ):
        reference = await knowledge.reference()
        records, scenarios = PostgresRecords(database.pool), ScenarioService(database.pool)
        tools = default_tools(settings, knowledge, records, filler, scenarios)
        agents = build_agents(build_reader(settings, reference.short_names), tools)
        workflow = wire(agents, settings.turn_timeout_s)
        conversations = Conversations(workflow, checkpoints, locks, settings.turn_timeout_s, database.wake)
        yield Application(settings, database, reference, conversations)
