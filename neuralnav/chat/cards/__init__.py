"""The cards of the chat: which ones a question is shown with, and what is said above them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from graph.checkpoints import Checkpoint, CheckpointKind
from neuralnav.chat.cards.card import Card, Lead, Maker
from neuralnav.chat.cards.manifests import approved_files, files_to_approve
from neuralnav.chat.cards.specification import specification_card, specification_lead

__all__ = ["CARDS", "LEADS", "Card", "cards_of", "lead_of"]

CARDS: Mapping[CheckpointKind, tuple[Maker, ...]] = MappingProxyType(
    {
        CheckpointKind.REVIEW_SPECIFICATION: (specification_card,),
        CheckpointKind.APPROVE_DEPLOYMENT: (files_to_approve,),
        CheckpointKind.OPERATE: (approved_files,),
    }
)
"""Kind of question to what makes its cards, in the order in which they are shown."""

LEADS: Mapping[CheckpointKind, Lead] = MappingProxyType(
    {
        CheckpointKind.REVIEW_SPECIFICATION: specification_lead,
    }
)
"""Kind of question to what is said above its cards; the others are shown with their own text."""


def cards_of(checkpoint: Checkpoint) -> list[Card]:
    """The cards that ``checkpoint`` is shown with."""
    return [card for make in CARDS.get(checkpoint.kind, ()) for card in make(checkpoint.data)]


def lead_of(checkpoint: Checkpoint) -> str:
    """What is said above the cards of ``checkpoint``."""
    lead = LEADS.get(checkpoint.kind)
    return checkpoint.prompt if lead is None else lead(checkpoint.data)
