"""Listing the moments of a conversation, going back to one, and beginning a copy at one."""

from __future__ import annotations

import chainlit as cl

from graph.conversation import Conversations, TurnReport
from neuralnav.chat.buttons import identity
from neuralnav.chat.moments import Command, Travel, copied, listing, ways_back
from neuralnav.chat.shown import show_buttons, show_moments, show_report, unanswered, withdraw_buttons
from neuralnav.chat.thread_store import ThreadStore
from neuralnav.chat.workplace import mount_path
from neuralnav.errors import NeuralNavError


class Travels:
    """What the commands with a slash do."""

    def __init__(self, conversations: Conversations, store: ThreadStore) -> None:
        self._conversations = conversations
        self._store = store

    async def do(self, command: Command, standing: TurnReport, owner: str) -> None:
        """Do ``command`` in the conversation that stands at ``standing``.

        Raises:
            NotFoundError: there is no such moment.
        """
        if command.travel is Travel.FORK:
            await self._fork(standing, command.turn, owner)
        elif command.travel is Travel.BACK and command.turn is not None:
            await self.go_back(standing, command.turn, owner)
        else:
            moments = await self._conversations.moments(standing.thread, owner)
            await show_moments(listing(moments, standing.turn), ways_back(moments, standing.turn))

    async def go_back(self, standing: TurnReport, turn: int, owner: str) -> None:
        """Bring the conversation back to the question after ``turn``, and show it.

        Raises:
            NotFoundError: there is no such moment.
        """
        await withdraw_buttons(standing)
        try:
            report = await self._conversations.go_back(standing.thread, owner, turn, standing.turn)
        except NeuralNavError:
            await show_buttons(standing)
            raise
        await show_report(report, standing)

    async def _fork(self, standing: TurnReport, turn: int | None, owner: str) -> None:
        """Begin a copy after ``turn``, with what was shown until then, and say where it is."""
        report = await self._conversations.fork(standing.thread, owner, turn)
        said = unanswered(await self._conversations.history(report.thread, owner))
        shown_anew = [identity(standing.thread, report.turn, what) for what in (*said, "question")]
        await self._store.copy_thread(standing.thread, report.thread, report.turn, until=shown_anew)
        await cl.Message(copied(report.turn, f"{mount_path()}/thread/{report.thread}")).send()
