"""The cards of the chat: which ones a question is shown with, and what is said above them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from graph.checkpoints import Checkpoint, CheckpointKind
from neuralnav.chat.cards.approval import approval_card, approval_lead
from neuralnav.chat.cards.card import Card, Lead, Maker
from neuralnav.chat.cards.comparison import comparison_card, scenarios_card
from neuralnav.chat.cards.deployment import deployment_card, deployment_lead
from neuralnav.chat.cards.manifests import approved_files, files_to_approve
from neuralnav.chat.cards.options import chosen_option, options_card, options_lead
from neuralnav.chat.cards.specification import specification_card, specification_lead
from neuralnav.chat.cards.table import all_options

__all__ = ["CARDS", "LEADS", "Card", "cards_of", "decided_cards", "lead_of"]

CARDS: Mapping[CheckpointKind, tuple[Maker, ...]] = MappingProxyType(
    {
        CheckpointKind.REVIEW_SPECIFICATION: (specification_card,),
        CheckpointKind.PRESENT_OPTIONS: (comparison_card, options_card, all_options, scenarios_card),
        CheckpointKind.APPROVE_DEPLOYMENT: (approval_card, files_to_approve),
        CheckpointKind.OPERATE: (deployment_card, approved_files),
    }
)
"""Kind of question to what makes its cards, in the order in which they are shown."""

LEADS: Mapping[CheckpointKind, Lead] = MappingProxyType(
    {
        CheckpointKind.REVIEW_SPECIFICATION: specification_lead,
        CheckpointKind.PRESENT_OPTIONS: options_lead,
        CheckpointKind.APPROVE_DEPLOYMENT: approval_lead,
        CheckpointKind.OPERATE: deployment_lead,
    }
)
"""Kind of question to what is said above its cards; the others are shown with their own text."""

DECIDED: Mapping[CheckpointKind, Callable[[Checkpoint], Mapping[str, Any]]] = MappingProxyType(
    {
        CheckpointKind.PRESENT_OPTIONS: chosen_option,
    }
)
"""Kind of question to those properties of its cards that tell its answer, from the question that came next."""


def cards_of(checkpoint: Checkpoint) -> list[Card]:
    """The cards that ``checkpoint`` is shown with."""
    return [card for make in CARDS.get(checkpoint.kind, ()) for card in make(checkpoint.data)]


def lead_of(checkpoint: Checkpoint) -> str:
    """What is said above the cards of ``checkpoint``."""
    lead = LEADS.get(checkpoint.kind)
    return checkpoint.prompt if lead is None else lead(checkpoint.data)


def decided_cards(answered: Checkpoint, after: Checkpoint) -> list[Card]:
    """The cards of ``answered`` with what was decided, as ``after`` tells; none where there is nothing to show."""
    tells = DECIDED.get(answered.kind)
    decided = tells(after) if tells else {}
    if not decided:
        return []
    return [
        Card(card.element, {name: decided.get(name, value) for name, value in card.props.items()})
        for card in cards_of(answered)
    ]
