"""Leaving a turn that somebody stopped, and forgetting a whole conversation."""

from __future__ import annotations

from graph.checkpointer import CheckpointPool, in_time, saver
from graph.moments import moments_of
from graph.reports import TurnReport, beginning, report_of, shown_already
from graph.stored_thread import StoredThread
from graph.time_travel import gone_back

MUST_BE_FINISHED = frozenset(
    {
        "execute_deployment",
        "validate_deployment",
        "undo_deployment",
        "set_up_monitoring",
        "report_success",
        "record_outcome",
    }
)
"""The nodes of a change that was approved: half of it is never left behind."""

NOT_STOPPED = "What was approved had begun, so it was finished rather than left half done. This is where it stands."


async def left(pool: CheckpointPool, stored: StoredThread) -> TurnReport:
    """Leave the turn of a conversation that was cut off for the question before it; only while no turn of it runs.

    What NeuralNav does after an approval is finished instead, and the report says so. Raises as
    :meth:`~graph.stored_thread.StoredThread.current` does.
    """
    now = await stored.current()
    if not now.values:
        return beginning(stored.thread)
    if not await stored.is_interrupted(now):
        return report_of(stored.thread, now, shown_already(now))
    if now.next[0] in MUST_BE_FINISHED:
        finished = await stored.settle()
        return report_of(stored.thread, finished.snapshot, finished.shown).noted(NOT_STOPPED)
    moments = await moments_of(pool, stored.thread)
    if not moments:
        await forgotten(pool, stored.thread)
        return beginning(stored.thread)
    then = await stored.read_at(moments[-1].checkpoint_id)
    return report_of(stored.thread, await stored.run(gone_back(then, now.values)), shown_already(now))


async def forgotten(pool: CheckpointPool, thread: str) -> None:
    """Forget every step of ``thread``; only while no turn of it runs.

    Raises:
        UnavailableError: the database does not answer in time.
    """
    async with in_time():
        await saver(pool).adelete_thread(thread)
