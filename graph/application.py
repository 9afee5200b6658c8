"""One process's NeuralNav: database, reference data, workflow and conversations, opened and closed together."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager, closing, nullcontext
from dataclasses import dataclass, replace

from agents.model import build_reader
from agents.team import build_agents
from graph.build import default_tools, wire
from graph.checkpointer import open_checkpoints
from graph.conversation import Conversations
from graph.locks import ThreadLocks
from graph.watching import watched_over
from neuralnav.knowledge.database import Database
from neuralnav.models.catalog import ReferenceData
from neuralnav.services.deployment import DeploymentService
from neuralnav.services.filling import Filler
from neuralnav.services.knowledge import Knowledge
from neuralnav.services.placing import observatory_of, placed
from neuralnav.services.postgres_records import PostgresRecords
from neuralnav.services.scenarios import ScenarioService
from neuralnav.services.watching import Watcher, reach_of
from neuralnav.settings import Settings


@dataclass(frozen=True)
class Application:
    """What every face works with."""

    settings: Settings
    database: Database
    reference: ReferenceData
    conversations: Conversations
    deploying: DeploymentService
    watcher: Watcher


@asynccontextmanager
async def open_application(settings: Settings, *, watches: bool = False) -> AsyncIterator[Application]:
    """Everything started, migrated and seeded; closed again on leaving.

    ``watches``: deployments are looked at regularly meanwhile, as by ``neuralnav observe``.

    Raises:
        UnavailableError: the database cannot be started or reached.
    """
    observatory = replace(observatory_of(settings), kept_for=reach_of(settings.observe_every_s))
    with closing(observatory.runtimes):
        async with (
            Database.open(settings) as database,
            open_checkpoints(database.url) as checkpoints,
            aclosing(ThreadLocks(database.url)) as locks,
            Knowledge.open(settings, database.pool) as knowledge,
            Filler.running(settings, knowledge) as filler,
        ):
            reference = await knowledge.reference()
            records, scenarios = PostgresRecords(database.pool), ScenarioService(database.pool)
            deploying = placed(settings, knowledge, records, observatory)
            tools = default_tools(settings, knowledge, records, filler, scenarios, deploying)
            agents = build_agents(build_reader(settings, reference.short_names), tools)
            workflow = wire(agents, settings.turn_timeout_s)
            conversations = Conversations(workflow, checkpoints, locks, settings.turn_timeout_s, database.wake)
            watcher = Watcher(records, observatory, settings.observe_every_s)
            async with watched_over(watcher, conversations) if watches else nullcontext():
                yield Application(settings, database, reference, conversations, deploying, watcher)
